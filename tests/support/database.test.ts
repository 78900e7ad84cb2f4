import { describe, expect, test } from 'vitest';
import { connect, connectionUrl } from './clients.ts';
import { openDatabase, testMajors } from './database.ts';
import { installerRole } from './logins.ts';
import { withClient } from './run.ts';

const databases = await Promise.all(
  testMajors().map(async (major) => ({ major, database: await openDatabase({ major }) })),
);

describe.each(databases)('a test database on PostgreSQL $major', ({ major, database }) => {
  test('belongs to an installer that is no superuser and bypasses nothing', async () => {
    const client = await connect(database.installer);
    const { rows } = await client.query(
      `select pg_get_userbyid(d.datdba)::text as owner, r.rolsuper, r.rolbypassrls, r.rolcreaterole,
              current_setting('server_version_num')::integer / 10000 as major
         from pg_database d, pg_roles r
        where d.datname = current_database() and r.rolname = session_user`,
    );
    expect(rows).toEqual([
      { owner: installerRole, rolsuper: false, rolbypassrls: false, rolcreaterole: true, major },
    ]);
  });

  test('lets the public neither create nor keep temporary tables, as the bundle left it', async () => {
    const client = await connect(database.login('finance'));
    await expect(client.query('create temporary table t ()')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(client.query('create schema s')).rejects.toMatchObject({ code: '42501' });
  });

  test.each([
    ['finance', 'aibos_finance_role'],
    ['kernel', 'aibos_kernel_role'],
    ['config', 'aibos_config_role'],
    ['admin', 'aibos_admin'],
    ['auditor', 'aibos_auditor_role'],
    ['monitor', 'aibos_monitor_role'],
    ['migration', 'aibos_migration'],
  ] as const)('has a login %s that is a member of %s and of nothing else', async (login, role) => {
    const client = await connect(database.login(login));
    const { rows } = await client.query(
      `select array_agg(rolname::text) as roles from pg_roles
        where rolname like 'aibos%' and pg_has_role(session_user, oid, 'member')`,
    );
    expect(rows).toEqual([{ roles: [role] }]);
  });

  test('holds the fabric, and neither pgTAP nor the helpers of the proofs', async () => {
    const client = await connect(database.admin);
    const { rows } = await client.query(
      `select to_regclass('finance.journal_entries') is not null as fabric,
              to_regnamespace('tap') is not null as pgtap, to_regnamespace('tests') is not null as helpers`,
    );
    expect(rows).toEqual([{ fabric: true, pgtap: false, helpers: false }]);
  });

  test('grants on itself what the bundle granted, with pgTAP only temporary tables on top', async () => {
    const withPgtap = await openDatabase({ major, pgtap: true });
    const grants = `select coalesce(r.rolname, 'public')::text as grantee, a.privilege_type as privilege
                      from pg_database d
                     cross join lateral aclexplode(d.datacl) a
                      left join pg_roles r on r.oid = a.grantee
                     where d.datname = current_database() order by 1, 2`;
    const [plain, more] = await Promise.all(
      [database, withPgtap].map(async ({ admin }) => {
        const { rows } = await withClient(admin, (client) => client.query(grants));
        return rows.map(({ grantee, privilege }) => `${grantee} ${privilege}`);
      }),
    );
    expect(plain).toContain('aibos_migration CREATE');
    expect(more).toEqual([...(plain ?? []), 'public TEMPORARY'].sort());
  });

  test('holds nothing when nothing is asked for', async () => {
    const empty = await openDatabase({ major, plane: 'none' });
    const client = await connect(empty.admin);
    const { rows } = await client.query(
      `select nspname from pg_namespace where nspname !~ '^(pg_|information_schema|public)'`,
    );
    expect(rows).toEqual([]);
  });

  test('is gone after drop, sessions or not', async () => {
    const short = await openDatabase({ major, plane: 'none' });
    const client = await connect(short.admin);
    const ended = new Promise((resolve) => client.once('end', resolve));
    await short.drop();
    await ended;
    const { rows } = await withClient(database.admin, (admin) =>
      admin.query('select from pg_database where datname = $1', [short.name]),
    );
    expect(rows).toEqual([]);
  });
});

test('a connection URL means the same as the configuration', async () => {
  const database = databases[0]?.database ?? (await openDatabase());
  const { rows } = await withClient(
    { connectionString: connectionUrl(database.installer) },
    (client) => client.query('select current_database()::text as name, session_user::text as role'),
  );
  expect(rows).toEqual([{ name: database.name, role: installerRole }]);
});
