import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { assertUnedited, readApplied } from './manifest.ts';
import { assembleReplay, assembleReturn, assembleRoles } from './replay.ts';
import { type Migration, type Plane, packageRoot, readMigrations } from './source.ts';

/** How to migrate. */
export interface MigrateOptions {
  readonly direction: 'up' | 'down';
  /** Why; recorded in the manifest with the login that migrates. */
  readonly reason: string;
  readonly plane?: Plane;
  /** How many migrations at most: default all that are pending for up, one for down. */
  readonly count?: number;
  /** Folder of the migrations; default the package's own. */
  readonly folder?: string;
  /** Milliseconds a statement waits for a lock before the migration is tried again. */
  readonly lockTimeoutMs?: number;
  /** Tries per run when locks are not granted. */
  readonly attempts?: number;
  /** Receives a line of progress. */
  readonly log?: (line: string) => void;
}

/** Names of the migrations that ran, in the order they ran. */
export interface MigrateResult {
  readonly ran: readonly string[];
}

const lockNotAvailable = '55P03';

/** An installer's own search_path must not decide what a name in our files means. */
const installerSettings =
  'set local search_path = pg_catalog, pg_temp; set local client_min_messages = warning;\n';

/**
 * Runs pending migrations and replays `sql/`, or takes migrations back.
 *
 * Each migration and the replay are one transaction each; the hash, actor and reason of a migration are recorded in
 * its own. The client must be a direct connection of a role that owns the database and has CREATEROLE, or of a superuser.
 * Throws FabricError: IB0xx from the server, IB006 when an applied file was edited, IB930 when a file is missing.
 */
export async function migrate(client: ClientBase, options: MigrateOptions): Promise<MigrateResult> {
  const plane = options.plane ?? 'fabric';
  const migrations = await readMigrations(plane, options.folder);
  await inTransaction(client, await assembleRoles());
  try {
    assertUnedited(migrations, await readApplied(client));
    const ran = await run(client, migrations, options);
    if (options.direction === 'up') {
      options.log?.('replaying functions, policies, views and grants');
      await inTransaction(client, await assembleReplay(plane));
    }
    return { ran };
  } finally {
    await client.query('reset role');
    await inTransaction(client, await assembleReturn());
  }
}

async function run(
  client: ClientBase,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<readonly string[]> {
  const { runner } = await import('node-pg-migrate');
  const folder = options.folder ?? join(packageRoot, 'migrations');
  const silent = (): void => undefined;
  const attempts = options.attempts ?? 5;
  await client.query('set role aibos_owner');
  await client.query('set search_path = pg_catalog, pg_temp');
  await client.query(`set lock_timeout = ${Math.trunc(options.lockTimeoutMs ?? 3000)}`);
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const ran = await runner({
          // The runner asks for a client of the pg package; ClientBase is what it uses of it.
          dbClient: client as never,
          dir: folder,
          // Whatever is no migration, such as schema.sql.
          ignorePattern: '(?!\\d{4}_).*',
          direction: options.direction,
          ...(options.count === undefined ? {} : { count: options.count }),
          migrationsSchema: 'aibos',
          migrationsTable: 'pgmigrations',
          checkOrder: true,
          singleTransaction: false,
          advisoryLockMode: 'fail',
          migrationLoaderStrategies: [
            {
              extensions: ['.sql'],
              loader: () => Promise.resolve(units(migrations, folder, options.reason)),
            },
          ],
          logger: { debug: silent, info: silent, warn: silent, error: silent },
        });
        for (const { name } of ran) options.log?.(`${options.direction} ${name}`);
        return ran.map(({ name }) => name);
      } catch (error) {
        await client.query('rollback');
        if (codeOf(error) !== lockNotAvailable || attempt >= attempts) throw error;
        options.log?.(`a lock was not granted, try ${attempt} of ${attempts}`);
      }
    }
  } finally {
    await client.query('reset lock_timeout');
    await client.query('reset search_path');
    await client.query('reset role');
  }
}

/** Migrations as the runner wants them: its name for one is the base name of `id` without the ending. */
function units(migrations: readonly Migration[], folder: string, reason: string) {
  const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  return migrations.map((migration) => ({
    id: join(folder, `${migration.name}.sql`),
    filePaths: [
      join(folder, `${migration.name}.up.sql`),
      join(folder, `${migration.name}.down.sql`),
    ],
    actions: {
      up: (pgm: { sql(text: string): void }): void => {
        pgm.sql(migration.up);
        pgm.sql(
          `insert into aibos.migrations_manifest (name, sha256, reason)
           values (${literal(migration.name)}, ${literal(migration.sha256)}, ${literal(reason)});`,
        );
      },
      down: (pgm: { sql(text: string): void }): void => {
        pgm.sql(migration.down);
        pgm.sql(`delete from aibos.migrations_manifest where name = ${literal(migration.name)};`);
      },
    },
  }));
}

async function inTransaction(client: ClientBase, text: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query(`${installerSettings}${text}`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined;
}
