import { randomBytes } from 'node:crypto';
import pg from 'pg';
import format from 'pg-format';
import { installFabric } from '../../driver/install/install.ts';
import { type Major, openServer, type Server } from '../../driver/server/index.ts';
import { booksSql } from './books.ts';

/** Settings of the embedded server: durable as in production, no background work of its own during a round. */
export const serverSettings = {
  fsync: 'on',
  full_page_writes: 'on',
  shared_buffers: '1GB',
  autovacuum: 'off',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
} as const;

/** A server with a filled template, and throwaway databases copied from it. */
export interface Stage {
  readonly server: Server;
  /** What the server says of the settings that matter here. */
  readonly settings: Readonly<Record<string, string>>;
  /** Makes a copy of the books and returns its name. */
  fork(): Promise<string>;
  drop(database: string): Promise<void>;
  /** How the application connects. */
  application(database: string, options: Readonly<Record<string, string>>): pg.ClientConfig;
  /** Runs statements as the administrator. */
  administer(database: string, sql: string): Promise<void>;
  /** The one value that a query of the administrator gives, as text. */
  ask(database: string, sql: string): Promise<string>;
  /** Writes all dirty pages out, so that each round begins alike; false where the administrator may not. */
  checkpoint(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens the server, installs the fabric and fills the books. */
export async function openStage(options: {
  readonly url?: string | undefined;
  readonly major?: Major | undefined;
}): Promise<Stage> {
  const server = await openServer({
    ...(options.url === undefined
      ? { prefer: 'embedded', settings: serverSettings }
      : { prefer: 'url', url: options.url }),
    major: options.major,
  });
  const login = `aibos_bench_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  let hasLogin = false;
  const close = async (): Promise<void> => {
    try {
      await closeDatabases();
    } finally {
      await server.close();
    }
  };
  const databases = new Set<string>();
  const closeDatabases = async (): Promise<void> => {
    for (const database of databases) await server.dropDatabase(database);
    if (hasLogin) await withAdmin(server, undefined, (admin) => admin.query(`drop role ${login}`));
  };
  try {
    const template = await server.createDatabase();
    databases.add(template);
    await withAdmin(server, template, async (admin) => {
      await installFabric(admin);
      await admin.query(
        format('create role %I login password %L in role aibos_finance_role', login, password),
      );
      hasLogin = true;
      await admin.query(booksSql);
    });
    return {
      server,
      settings: await readSettings(server),
      fork: async () => {
        const database = await server.createDatabase({ template });
        databases.add(database);
        return database;
      },
      drop: async (database) => {
        await server.dropDatabase(database);
        databases.delete(database);
      },
      application: (database, settings) => ({
        ...server.connection({ database, user: login, password }),
        options: Object.entries(settings)
          .map(([name, value]) => `-c ${name}=${value}`)
          .join(' '),
      }),
      administer: async (database, sql) => {
        await withAdmin(server, database, (admin) => admin.query(sql));
      },
      ask: (database, sql) =>
        withAdmin(server, database, async (admin) => {
          const { rows } = await admin.query<unknown[]>({ text: sql, rowMode: 'array' });
          return String(rows[0]?.[0]);
        }),
      checkpoint: async () => checkpoint(server),
      close,
    };
  } catch (reason) {
    await close();
    throw reason;
  }
}

async function withAdmin<T>(
  server: Server,
  database: string | undefined,
  work: (admin: pg.Client) => Promise<T>,
): Promise<T> {
  const admin = new pg.Client(server.connection({ database }));
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function checkpoint(server: Server): Promise<boolean> {
  try {
    await withAdmin(server, undefined, (admin) => admin.query('checkpoint'));
    return true;
  } catch (reason) {
    if (reason instanceof pg.DatabaseError && reason.code === '42501') return false;
    throw reason;
  }
}

async function readSettings(server: Server): Promise<Readonly<Record<string, string>>> {
  return withAdmin(server, undefined, async (admin) => {
    const { rows } = await admin.query<{ name: string; setting: string }>(
      `select name, current_setting(name) as setting from pg_settings
       where name = any ($1) order by name`,
      [[...Object.keys(serverSettings), 'max_connections', 'wal_level', 'data_checksums']],
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  });
}
