import pg from 'pg';
import { afterAll } from 'vitest';
import { ignoreLateErrors } from './run.ts';

const open = new Set<pg.Client>();

afterAll(async () => {
  await Promise.all([...open].map((client) => client.end().catch(() => {})));
  open.clear();
});

/** Connects a client that is closed when the test file ends, or before by `client.end()`. */
export async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = ignoreLateErrors(new pg.Client(config));
  await client.connect();
  open.add(client);
  client.once('end', () => open.delete(client));
  return client;
}

/** The environment in which psql, pg_dump and their kin connect like `config`. */
export function libpqEnvironment(config: pg.ClientConfig): NodeJS.ProcessEnv {
  const { host, port, user, password, database } = config;
  return {
    ...process.env,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGPASSWORD: typeof password === 'string' ? password : '',
  };
}

/** The URL that means the same as `config`, for programs that take DATABASE_URL. */
export function connectionUrl(config: pg.ClientConfig): string {
  const url = new URL(`postgresql://${config.host}:${config.port}/${config.database}`);
  url.username = encodeURIComponent(config.user ?? '');
  url.password = typeof config.password === 'string' ? encodeURIComponent(config.password) : '';
  return url.href;
}
