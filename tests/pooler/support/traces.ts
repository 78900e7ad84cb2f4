import pg from 'pg';
import { ignoreLateErrors, withClient } from '../../support/run.ts';
import type { Pooler } from './pgbouncer.ts';

const settings = ['tenant_id', 'user_id', 'request_id', 'reason'] as const;

/** What a session must not hold when nobody uses it, each kind as one text that is empty or null where there is nothing. */
const leftovers = `select pg_backend_pid() as pid, ${settings
  .map((name) => `current_setting('app.${name}', true) as "app.${name}"`)
  .join(', ')},
  nullif(current_user, session_user) as "role",
  nullif(current_setting('row_security'), 'on') as "row_security",
  (select string_agg(name, ', ') from pg_prepared_statements) as "prepared statement",
  (select string_agg(name, ', ') from pg_cursors where is_holdable) as "held cursor",
  (select string_agg(c, ', ') from pg_listening_channels() c) as "listener",
  (select string_agg(objid::text, ', ') from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as "advisory lock",
  (select string_agg(relname, ', ') from pg_class where relnamespace = pg_my_temp_schema()) as "temporary table"`;

/**
 * Looks at every server connection that a pooler holds for a login, and says in words what somebody left behind: settings,
 * roles, prepared statements, locks and the like, and transactions that nobody ended. Empty where there is nothing.
 * Nobody else may use the pooler meanwhile.
 */
export async function findTraces(
  pooler: Pooler,
  admin: pg.ClientConfig,
  login: pg.ClientConfig,
): Promise<readonly string[]> {
  const held = await serverConnections(pooler, login);
  const busy = held.filter((one) => !/^(idle|used|tested)$/.test(one.state));
  const problems = busy.map((one) => `server connection ${one.pid} is ${one.state}`);
  const { rows: working } = await withClient(admin, (client) =>
    client.query<{ pid: number; state: string }>(
      "select pid, state from pg_stat_activity where pid = any($1) and state <> 'idle'",
      [held.map((one) => one.pid)],
    ),
  );
  problems.push(...working.map(({ pid, state }) => `backend ${pid} is ${state}`));
  const seen = new Set<number>();
  // Each holds a transaction open until all have answered, so no two are given the same server connection.
  const looked = await allInTransactions(pooler.config(login), held.length, async (client) => {
    const { rows } = await client.query<Record<string, string | number | null>>(leftovers);
    return rows[0] ?? {};
  });
  for (const { pid, ...found } of looked) {
    seen.add(Number(pid));
    for (const [name, value] of Object.entries(found)) {
      if (value !== null && value !== '') problems.push(`${name} left: ${value}`);
    }
  }
  if (held.some((one) => !seen.has(one.pid))) problems.push('a server connection was not seen');
  return problems;
}

/** The server connections that a pooler holds for a login, once none of them is being opened: process id of the backend and state. */
export async function serverConnections(
  pooler: Pooler,
  login: pg.ClientConfig,
): Promise<readonly ServerConnection[]> {
  return withClient(pooler.console, async (console) => {
    for (;;) {
      const { rows } = await console.query<Record<string, unknown>>('show servers');
      const own = rows
        .filter((row) => row.user === login.user && row.database === login.database)
        // After RECONNECT the old ones are closed as soon as nobody uses them, and lent to nobody.
        .filter((row) => Number(row.close_needed) === 0)
        .map((row) => ({ pid: Number(row.remote_pid), state: String(row.state) }));
      if (own.every(({ state }) => !/^(new|login)$/.test(state))) return own;
    }
  });
}

interface ServerConnection {
  readonly pid: number;
  /** As SHOW SERVERS has it: `active` while a client holds it. */
  readonly state: string;
}

async function allInTransactions<T>(
  config: pg.ClientConfig,
  count: number,
  work: (client: pg.Client) => Promise<T>,
): Promise<readonly T[]> {
  const clients = Array.from({ length: count }, () => ignoreLateErrors(new pg.Client(config)));
  try {
    await Promise.all(clients.map((client) => client.connect()));
    const found = await Promise.all(
      clients.map(async (client) => {
        await client.query('begin');
        return work(client);
      }),
    );
    await Promise.all(clients.map((client) => client.query('rollback')));
    return found;
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
