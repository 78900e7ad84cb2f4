import type pg from 'pg';
import { codeOf, messageOf, ServerError } from './errors.ts';
import { serverOf } from './facade.ts';
import { readFacts, type ServerFacts } from './facts.ts';
import type { ConnectionOptions, Server } from './server.ts';

/** Uses a given server: only throwaway databases are made there, and dropped again. Errors IB908 to IB971, IB973. */
export async function openUrl(
  url: string,
  options: { readonly major?: number | undefined } = {},
): Promise<Server> {
  const parsed = parseUrl(url);
  const connection = (chosen: ConnectionOptions = {}): pg.ClientConfig => ({
    connectionString: rewrite(parsed, chosen),
  });
  const place = placeOf(parsed);
  const facts = await factsOf(connection(), place);
  assertUsable(facts, place, options.major);
  return serverOf({
    kind: 'url',
    place: `the given server ${place}`,
    facts,
    connection,
    stop: async () => {},
    stopNow: () => {},
    isThrowaway: false,
  });
}

/** Reads a connection URL without ever repeating it in a message, since it holds a password; error IB908. */
function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw new ServerError('IB908', {
      message: 'the database URL is not a PostgreSQL connection URL',
      hint: 'Write it as postgresql://user:password@host:5432/database.',
    });
  }
  return parsed;
}

/** The query parameters win over the rest of a URL, for `pg` as for libpq. */
function rewrite(url: URL, chosen: ConnectionOptions): string {
  const changed = new URL(url);
  if (chosen.database !== undefined) changed.pathname = `/${encodeURI(chosen.database)}`;
  if (chosen.user !== undefined) {
    changed.searchParams.set('user', chosen.user);
    changed.searchParams.set('password', chosen.password ?? '');
  }
  return changed.href;
}

function placeOf(url: URL): string {
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  const port = url.searchParams.get('port') ?? url.port;
  return `${host === '' ? 'localhost' : host}:${port === '' ? '5432' : port}`;
}

const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Start the server, or correct host and port in the URL.',
  ENOTFOUND: 'Correct the host in the URL.',
  '28P01': 'Correct the user or the password in the URL.',
  '28000': 'Allow this user in pg_hba.conf, or correct the user in the URL.',
  '3D000': 'Name an existing database in the URL, for example /postgres.',
};

async function factsOf(config: pg.ClientConfig, place: string): Promise<ServerFacts> {
  try {
    return await readFacts(config);
  } catch (reason) {
    // Several addresses of one host fail as an aggregate without a message.
    const code = codeOf(reason) ?? '';
    throw new ServerError('IB909', {
      message: `the given server ${place} cannot be reached: ${messageOf(reason) || code}`,
      hint: hints[code] ?? 'Correct the URL, or unset DATABASE_URL to use an embedded server.',
      cause: reason,
    });
  }
}

/** Refuses a server that is too old (IB970), of the wrong major (IB973) or whose role lacks CREATEDB (IB971). */
export function assertUsable(facts: ServerFacts, place: string, major: number | undefined): void {
  if (facts.major < 15) {
    throw new ServerError('IB970', {
      message: `PostgreSQL ${facts.major} at ${place} is too old`,
      detail: facts.version,
      hint: 'Use PostgreSQL 15 or later, or unset DATABASE_URL to use an embedded server.',
    });
  }
  if (major !== undefined && facts.major !== major) {
    throw new ServerError('IB973', {
      message: `PostgreSQL ${major} was asked for, and ${place} is PostgreSQL ${facts.major}`,
      hint: `Give the URL of a server of major ${major}, or unset DATABASE_URL.`,
    });
  }
  if (!facts.createdb) {
    throw new ServerError('IB971', {
      message: `role "${facts.role}" at ${place} may not create databases`,
      detail: 'Only databases made for the purpose are used, never one that was there.',
      hint: `As an administrator: alter role "${facts.role}" createdb.`,
    });
  }
}
