import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { probeApplication } from '../../driver/install/app-probe.ts';
import type { Finding } from '../../driver/install/doctor.ts';
import { examineLogin } from '../../driver/install/membership.ts';
import { packageRoot } from '../../driver/install/source.ts';
import { connect, connectionUrl } from '../support/clients.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';

const tsx = createRequire(import.meta.url).resolve('tsx/cli');
let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await openDatabase();
  admin = await connect(database.admin);
});

/** Runs `aibos doctor` while nobody installs; DATABASE_URL is unset. */
function doctor(...args: readonly string[]) {
  const { DATABASE_URL: _, ...env } = process.env;
  return database.alone(async () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [tsx, join(packageRoot, 'driver/cli/main.ts'), 'doctor', ...args],
      { encoding: 'utf8', env: { ...env, NO_COLOR: '1' } },
    );
    return { status, stdout, stderr };
  });
}

/** Makes a login that nobody else on the server sees, judges it, and undoes it. */
async function judged(...statements: readonly string[]): Promise<readonly string[]> {
  await admin.query('begin');
  try {
    for (const sql of ['create role judged login', 'create role between', ...statements]) {
      await admin.query(sql);
    }
    const findings = await examineLogin(admin, 'judged');
    return findings.map((one) => `${one.status} ${one.check_name} ${one.detail}`);
  } finally {
    await admin.query('rollback');
  }
}

/** What connecting with `config` shows that is not as it should be. */
async function probed(config: pg.ClientConfig): Promise<readonly string[]> {
  const found = await withClient(config, probeApplication);
  return found
    .filter(({ status }) => status !== 'PASS')
    .map((one) => `${one.status} ${one.check_name} ${one.object}`);
}

describe('a login judged as that of an application', () => {
  test('passes with one run-time role', async () => {
    expect(await judged('grant aibos_finance_role to judged')).toEqual([
      'PASS app_login It can log in.',
      'PASS app_attributes It has no attribute beyond LOGIN.',
      'PASS app_service It reaches aibos_finance_role (INHERIT, SET).',
      'PASS app_reach It reaches no role above the policies.',
      'PASS app_admin_option It can pass no role on.',
    ]);
  });

  test.each([
    ['no role', [], 'FAIL app_service It reaches no run-time role.'],
    [
      'two roles',
      ['grant aibos_finance_role, aibos_kernel_role to judged'],
      'FAIL app_service It reaches aibos_finance_role (INHERIT, SET), aibos_kernel_role (INHERIT, SET).',
    ],
    [
      'a second role by a chain',
      ['grant aibos_finance_role, between to judged', 'grant aibos_admin to between'],
      'FAIL app_service It reaches aibos_admin (INHERIT, SET), aibos_finance_role (INHERIT, SET).',
    ],
    [
      'NOINHERIT and a role it can SET',
      ['alter role judged noinherit', 'grant aibos_finance_role, aibos_admin to judged'],
      'FAIL app_service It reaches aibos_admin (SET), aibos_finance_role (SET).',
    ],
    [
      'the owner by a chain',
      ['grant between to judged', 'grant aibos_owner to between'],
      'FAIL app_reach It reaches aibos_owner (INHERIT, SET).',
    ],
    [
      'a role that bypasses row security',
      ['alter role between bypassrls', 'grant between to judged'],
      'FAIL app_reach It reaches between (INHERIT, SET, BYPASSRLS).',
    ],
    [
      'a role that reads all data',
      ['grant pg_read_all_data to judged'],
      'FAIL app_reach It reaches pg_read_all_data (INHERIT, SET).',
    ],
    [
      'the admin option',
      ['grant aibos_finance_role to judged with admin option'],
      'FAIL app_admin_option It can pass on aibos_finance_role (INHERIT, SET, ADMIN).',
    ],
    [
      'attributes',
      ['alter role judged superuser createrole replication'],
      'FAIL app_attributes It has SUPERUSER, CREATEROLE, REPLICATION.',
    ],
    ['CREATEDB', ['alter role judged createdb'], 'WARN app_attributes It has CREATEDB.'],
    ['no LOGIN', ['alter role judged nologin'], 'WARN app_login It cannot log in.'],
  ])('is found with %s', async (_, statements, line) => {
    expect(await judged(...statements)).toContain(line);
  });

  test('is found by each of the three flags of a membership, since PostgreSQL 16', async (context) => {
    if (database.server.major < 16) context.skip('memberships have the flags since PostgreSQL 16');
    const grant = (flags: string) =>
      judged(`grant aibos_owner to judged with ${flags}`, 'grant aibos_finance_role to judged');
    expect(await grant('inherit true, set false')).toContain(
      'FAIL app_reach It reaches aibos_owner (INHERIT).',
    );
    expect(await grant('inherit false, set true')).toContain(
      'FAIL app_reach It reaches aibos_owner (SET).',
    );
    expect(await grant('admin true, inherit false, set false')).toEqual(
      expect.arrayContaining([
        'PASS app_reach It reaches no role above the policies.',
        'FAIL app_admin_option It can pass on aibos_owner (ADMIN).',
      ]),
    );
  });

  test('is told what to do about its attributes', async () => {
    await admin.query('begin');
    await admin.query('create role judged login createrole createdb');
    const findings = await examineLogin(admin, 'judged');
    await admin.query('rollback');
    expect(findings.find((one) => one.check_name === 'app_attributes')?.remediation).toBe(
      'alter role "judged" nocreaterole nocreatedb',
    );
  });

  test('that does not exist is refused (IB946)', async () => {
    await expect(examineLogin(admin, 'nobody_at_all')).rejects.toMatchObject({ code: 'IB946' });
  });
});

describe('an application that is connected and tried', () => {
  test('is sound but for large objects, which a superuser has to close', async () => {
    expect(await probed(database.login('finance'))).toEqual(['WARN app_may_create a large object']);
    const all = await withClient(database.login('finance'), probeApplication);
    const reads = all.filter((one: Finding) => one.check_name === 'app_reads_rows');
    expect(reads.map((one) => one.status)).toEqual(['PASS', 'PASS']);
    expect(Number(/of (\d+) tables/.exec(reads[0]?.detail ?? '')?.[1])).toBeGreaterThan(20);
  });

  test('leaves nothing behind', async () => {
    await withClient(database.login('finance'), async (client) => {
      await probeApplication(client);
      const { rows } = await client.query(
        "select current_setting('app.tenant_id', true) as tenant, (select count(*)::int from pg_largeobject_metadata) as objects",
      );
      expect(rows).toEqual([{ tenant: '', objects: 0 }]);
    });
  });

  test('as a superuser is found in everything', async () => {
    const found = await probed(database.admin);
    for (const line of [
      'FAIL app_attributes postgres',
      'FAIL app_may_create a schema',
      'WARN app_may_create a temporary table',
      'FAIL app_may_set session_replication_role',
      'FAIL app_may_read files of the server',
    ]) {
      expect(found).toContain(line);
    }
  });

  test.each([
    [
      'a table without isolation',
      'create table public.notes (tenant_id uuid); insert into public.notes values (gen_random_uuid()); grant select on public.notes to aibos_finance_role',
      'drop table public.notes',
      ['FAIL app_reads_rows for a tenant that nobody has', 'FAIL app_reads_rows without a tenant'],
    ],
    [
      'a preset tenant',
      'alter role tester_finance in database %I set app.tenant_id = %L',
      'alter role tester_finance in database %I reset app.tenant_id',
      ['FAIL app_session context'],
    ],
    [
      'row security switched off',
      'alter role tester_finance in database %I set row_security = off',
      'alter role tester_finance in database %I reset row_security',
      ['FAIL app_session row_security'],
    ],
    [
      'a schema in its path where it may create',
      'grant create on schema public to aibos_finance_role',
      'revoke create on schema public from aibos_finance_role',
      ['FAIL app_session search_path'],
    ],
    [
      'temporary tables',
      'grant temporary on database %I to public',
      'revoke temporary on database %I from public',
      ['WARN app_may_create a temporary table'],
    ],
  ])('is found with %s', async (_, fault, repair, lines) => {
    const tenant = '11111111-1111-4111-8111-111111111111';
    const filled = (sql: string) =>
      sql.replace('%I', `"${database.name}"`).replace('%L', `'${tenant}'`);
    await admin.query(filled(fault));
    try {
      const found = await probed(database.login('finance'));
      expect([...found].sort()).toEqual([...lines, 'WARN app_may_create a large object'].sort());
    } finally {
      await admin.query(filled(repair));
    }
  });
});

describe('aibos doctor', () => {
  const url = () => connectionUrl(database.login('monitor'));

  test('judges the login it is told, and exits with 1 for what would pass in general', async () => {
    const sound = await doctor('--url', url(), '--role', 'tester_finance', '--all');
    expect(sound.stdout).toContain('PASS app_service: tester_finance');
    expect(sound.status).toBe(0);
    const unsound = await doctor('--url', url(), '--role', 'postgres', '--json');
    expect(JSON.parse(unsound.stdout).findings[0]).toMatchObject({
      status: 'FAIL',
      check_name: 'app_attributes',
      object: 'postgres',
    });
    expect(unsound.status).toBe(1);
    const missing = await doctor('--url', url(), '--role', 'nobody_at_all');
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining('IB946')]);
  });

  test('tries the application it is told to connect as, also without any other login', async () => {
    const app = connectionUrl(database.login('finance'));
    const alone = await doctor('--app-url', app, '--all');
    expect(alone.stdout).toContain('PASS app_reads_rows: without a tenant');
    expect(alone.stdout).not.toContain('row_security_forced');
    expect(alone.status).toBe(0);
    const both = await doctor('--url', url(), '--app-url', connectionUrl(database.admin));
    expect(both.stdout).toContain('FAIL app_may_create: a schema');
    expect(both.stdout).toContain('Tenant isolation');
    expect(both.status).toBe(1);
  });

  test('exits with 1 for warnings when it is strict, unless their checks are accepted', async () => {
    const { stdout } = await doctor('--url', url(), '--json');
    const findings: readonly Finding[] = JSON.parse(stdout).findings;
    const warned = new Set(
      findings.filter(({ status }) => status === 'WARN').map((one) => one.check_name),
    );
    expect(warned.size).toBeGreaterThan(1);
    const [first = ''] = warned;
    expect((await doctor('--url', url(), '--strict', '--accept', first)).status).toBe(1);
    const all = [...warned].join(', ');
    expect((await doctor('--url', url(), '--strict', '--accept', all)).status).toBe(0);
    await admin.query('alter table finance.accounts no force row level security');
    const failing = await doctor(
      '--url',
      url(),
      '--strict',
      '--accept',
      `${all}, row_security_forced`,
    );
    await admin.query('alter table finance.accounts force row level security');
    expect(failing.status).toBe(1);
  });
});
