import { isDockerReachable, openDocker } from './docker.ts';
import { openEmbedded } from './embedded.ts';
import { messageOf, ServerError } from './errors.ts';
import {
  type Major,
  type OpenOptions,
  type Server,
  type ServerKind,
  supportedMajors,
} from './server.ts';
import { openUrl } from './url.ts';

const kinds: readonly ServerKind[] = ['url', 'docker', 'embedded'];
const defaultMajor: Major = 18;
/** Nobody asked for Docker by name, so it may not keep anybody waiting for long. */
const unaskedLimitMs = 90_000;
const askedLimitMs = 600_000;

/**
 * Opens a database server: a given URL, else Docker where it is reachable, else an embedded one. The
 * option `prefer`, or the environment variable AIBOS_DB, insists on one of them. Given URLs are used for
 * throwaway databases only. Errors: {@link ServerError} IB901 to IB971, IB973, IB974.
 *
 * @example
 * const server = await openServer();
 * console.log(server.describe());
 * const database = await server.createDatabase();
 * // … pg.Client(server.connection({ database })) …
 * await server.close();
 */
export async function openServer(options: OpenOptions = {}): Promise<Server> {
  assertMajor(options.major);
  const url = options.url ?? process.env.DATABASE_URL ?? '';
  const kind = options.prefer ?? (options.url === undefined ? kindFromEnvironment() : 'url');
  if (kind === 'url' || (kind === undefined && url !== '')) {
    return openUrl(requireUrl(url), { major: options.major });
  }
  const wanted = { ...options, major: options.major ?? defaultMajor };
  if (kind === 'docker') return openDocker({ ...wanted, limitMs: askedLimitMs });
  if (kind === 'embedded' || !(await isDockerReachable())) return openEmbedded(wanted);
  try {
    return await openDocker({ ...wanted, limitMs: unaskedLimitMs });
  } catch (reason) {
    return openEmbedded({ ...wanted, remark: messageOf(reason) });
  }
}

function kindFromEnvironment(): ServerKind | undefined {
  const value = process.env.AIBOS_DB ?? '';
  if (value === '') return undefined;
  const kind = kinds.find((candidate) => candidate === value);
  if (kind === undefined) {
    throw new ServerError('IB974', {
      message: `AIBOS_DB is "${value}"`,
      hint: `Set it to one of ${kinds.join(', ')}, or leave it unset.`,
    });
  }
  return kind;
}

function requireUrl(url: string): string {
  if (url !== '') return url;
  throw new ServerError('IB908', {
    message: 'no database URL was given',
    hint: 'Set DATABASE_URL, or AIBOS_DB to docker or embedded.',
  });
}

/** Callers in JavaScript and command lines can pass anything. */
function assertMajor(major: number | undefined): void {
  if (major === undefined || supportedMajors.some((supported) => supported === major)) return;
  throw new ServerError('IB974', {
    message: `PostgreSQL ${major} is not supported`,
    hint: `Choose one of ${supportedMajors.join(', ')}.`,
  });
}
