import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openServer, type Server } from '../../driver/server/index.ts';
import { testMajors } from '../support/database.ts';
import { ensureInstaller, loginConfig } from '../support/logins.ts';
import type { TestServer } from '../support/provided.ts';
import { withClient } from '../support/run.ts';
import { createCopy } from '../support/templates.ts';

/** What is wrong with a server from its start, and what was made wrong when the fabric had been installed. */
const from = { max_prepared_transactions: '5', wal_level: 'logical' } as const;
const later = [
  'session_replication_role = replica',
  'allow_system_table_mods = on',
  'lo_compat_privileges = on',
  'row_security = off',
  'log_parameter_max_length_on_error = -1',
  "log_statement = 'mod'",
] as const;

/** A server of this file with the fabric in a database of the given name. */
async function openOwn(server: Server, name: string): Promise<TestServer> {
  const { host, port, user, password } = server.connection();
  const own: TestServer = {
    major: testMajors()[0] ?? 18,
    version: server.version,
    host: host ?? '127.0.0.1',
    port: port ?? 5432,
    user: user ?? 'postgres',
    password: String(password),
    loginPassword: randomBytes(12).toString('hex'),
  };
  await withClient(server.connection(), (admin) => ensureInstaller(admin, own.loginPassword));
  await createCopy(own, { plane: 'fabric', pgtap: false }, name);
  return own;
}

let server: Server;
let own: TestServer;

beforeAll(async () => {
  server = await openServer({ prefer: 'embedded', major: testMajors()[0], settings: from });
  own = await openOwn(server, 'books');
  await withClient(server.connection(), async (admin) => {
    for (const setting of later) await admin.query(`alter system set ${setting}`);
    await admin.query('select pg_reload_conf()');
  });
  // New sessions begin with what was reloaded once the postmaster has read it.
  await vi.waitUntil(
    () =>
      withClient(server.connection(), async (admin) => {
        const { rows } = await admin.query<{ log_statement: string }>('show log_statement');
        return rows[0]?.log_statement === 'mod';
      }),
    { timeout: 30_000 },
  );
});

afterAll(async () => {
  await server?.close();
});

async function found(check: string): Promise<readonly string[]> {
  return withClient(loginConfig(own, 'books', 'monitor'), async (monitor) => {
    const { rows } = await monitor.query<{ line: string }>(
      `select status || ' ' || object as line from aibos.v_environment_check
        where check_name = $1 order by object collate "C"`,
      [check],
    );
    return rows.map(({ line }) => line);
  });
}

describe('the environment check', () => {
  test('shows each setting of the server that switches guards off, loses data or logs values', async () => {
    expect(await found('server_setting')).toEqual([
      'FAIL allow_system_table_mods',
      'WARN fsync',
      'WARN full_page_writes',
      'FAIL lo_compat_privileges',
      'WARN log_parameter_max_length',
      'WARN log_parameter_max_length_on_error',
      'WARN max_prepared_transactions',
      'WARN row_security',
      'FAIL session_replication_role',
      'WARN synchronous_commit',
    ]);
  });

  test('I5 shows a logical slot of this database, and none of another', async () => {
    const make = (database: string, slot: string) =>
      withClient({ ...server.connection(), database }, (admin) =>
        admin.query('select pg_create_logical_replication_slot($1, $2)', [slot, 'pgoutput']),
      );
    expect(await found('replication')).toEqual(['PASS this database']);
    await make('postgres', 'elsewhere');
    expect(await found('replication')).toEqual(['PASS this database']);
    await make('books', 'stream');
    expect(await found('replication')).toEqual(['WARN slot stream']);
  });

  test('passes the settings of a server as production has it', async () => {
    const sound = await openServer({
      prefer: 'embedded',
      major: testMajors()[0],
      settings: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
    });
    try {
      const healthy = await openOwn(sound, 'books');
      await withClient(loginConfig(healthy, 'books', 'monitor'), async (monitor) => {
        const { rows } = await monitor.query(
          "select check_name, object from aibos.v_environment_check where status <> 'PASS'",
        );
        expect(rows).toEqual([{ check_name: 'large_objects', object: 'lo_create' }]);
      });
    } finally {
      await sound.close();
    }
  });
});
