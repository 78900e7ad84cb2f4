import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import format from 'pg-format';
import { type Canary, contentOf, contextOf } from './canary.ts';
import { enterTenant } from './context.ts';
import type { CaseName, Outcome } from './model.ts';
import { freshRow, insertOf, updatable } from './rows.ts';
import type { ContextSigner } from './signer.ts';
import { readTables, type TableFacts } from './tables.ts';
import type { Holding } from './watcher.ts';

/** The case that listens. */
export const listeningCase: CaseName = {
  ...{ id: 'H7', group: 'H', title: "Listen while the other tenant's rows are written" },
  should: 'notifications carry ids and no content of rows',
};

/** Who listens, who writes, and what there is to write. */
export interface Listening {
  readonly listener: pg.ClientConfig;
  /** An administrator; undefined where the login under test has to watch itself. */
  readonly writer: pg.ClientBase | undefined;
  readonly signer: ContextSigner | undefined;
  readonly other: Canary;
  readonly holdings: ReadonlyMap<string, Holding>;
}

/** Begins the notification that comes last. */
const END = 'hostile suite, end: ';
const MOST_WAITED_MS = 5_000;

const NOTIFIERS = `
select distinct m[1] as channel from pg_proc p join pg_namespace n on n.oid = p.pronamespace
cross join regexp_matches(p.prosrc, $re$(?:pg_notify\\s*\\(\\s*'|\\mnotify\\s+"?)([^'",;\\s]+)$re$, 'gi') m
where n.nspname !~ '^(pg_|information_schema$)' order by 1`;

/**
 * Listens as the login under test to every channel that a function of the database names, while an administrator writes rows of the
 * other tenant: each is inserted once more and deleted again, and updated to what it is, in one transaction that is committed.
 */
export async function listen(listening: Listening): Promise<Outcome> {
  const { writer, other } = listening;
  const client = new pg.Client(listening.listener);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ channel: string }>(NOTIFIERS);
    const channels = rows.map(({ channel }) => channel);
    if (channels.length === 0) {
      return { verdict: 'NOT APPLICABLE', happened: 'no function names a channel' };
    }
    if (writer === undefined || other.marker === undefined) {
      const happened = 'nobody may write rows of the other tenant for good';
      return { verdict: 'COULD NOT TRY', happened };
    }
    const heard: string[] = [];
    const arrived = new Promise<boolean>((resolve) => {
      client.on('notification', ({ payload = '' }) => {
        heard.push(payload);
        if (payload === END + other.tenantId) resolve(true);
      });
    });
    for (const channel of channels) await client.query(format('listen %I', channel));
    const written = await writeRows(writer, listening);
    // Notifications come in the order of the commits, so this one comes last.
    await writer.query('select pg_notify($1, $2)', [channels.at(-1), END + other.tenantId]);
    if (!(await Promise.race([arrived, delay(MOST_WAITED_MS, false, { ref: false })]))) {
      return { verdict: 'COULD NOT TRY', happened: 'no notification arrives on this connection' };
    }
    return judgeHeard(heard, written, other);
  } finally {
    await client.end();
  }
}

function judgeHeard(heard: readonly string[], written: number, other: Canary): Outcome {
  const content = heard.map((payload) => contentOf(other, payload)).find((word) => word);
  if (content !== undefined) {
    return { verdict: 'BROKEN', happened: `a notification shows ${content} of the other tenant` };
  }
  const happened = `${heard.length - 1} notifications of ${written} tables, none with content`;
  return { verdict: written > 0 ? 'HELD' : 'COULD NOT TRY', happened };
}

/** Writes a row of the other tenant in each table of the user's own; returns in how many that went. */
async function writeRows(
  writer: pg.ClientBase,
  { signer, other, holdings }: Listening,
): Promise<number> {
  let written = 0;
  for (const table of await readTables(writer)) {
    const sample = holdings.get(table.name)?.sample;
    if (sample === undefined || !isOwn(table)) continue;
    await writer.query('begin');
    try {
      await enterTenant(writer, contextOf(other), signer);
      const mine = format('%I = %L', table.tenantColumn, other.tenantId);
      const { rows } = await writer.query<{ place: string }>(
        `${insertOf(table, freshRow(table, sample))} returning ctid::text as place`,
      );
      const [copy] = rows;
      await writer.query(`delete from ${table.name} where ctid = $1`, [copy?.place]);
      const column = updatable(table);
      await writer.query(`update ${table.name} set ${column} = ${column} where ${mine}`);
      await writer.query('commit');
      written += 1;
    } catch {
      await writer.query('rollback');
    }
  }
  return written;
}

function isOwn({ schema, kind, isPartition }: TableFacts): boolean {
  return !/^(?:aibos|kernel|config|finance)$/.test(schema) && /[rp]/.test(kind) && !isPartition;
}
