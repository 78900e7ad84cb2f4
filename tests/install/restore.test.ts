import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { challengeTenants } from '../../driver/demo/challenge.ts';
import { seedTenant } from '../../driver/demo/seed.ts';
import { installFabric } from '../../driver/install/install.ts';
import { TenantDb } from '../../driver/tenant-db.ts';
import { dumpSchema } from '../../scripts/dump-schema.ts';
import { failingChecks } from '../support/checks.ts';
import { connect, libpqEnvironment } from '../support/clients.ts';
import { openDatabase, type TestDatabase, testMajors } from '../support/database.ts';
import { whyNoDump } from '../support/dumping.ts';

const tables = [
  'finance.journal_entries',
  'finance.journal_lines',
  'finance.journal_keys',
  'finance.journal_reversals',
  'finance.audit_events',
  'kernel.audit_events',
];

async function seed(database: TestDatabase): Promise<void> {
  const pool = new pg.Pool({ ...database.login('admin'), max: 1 });
  try {
    for (const tenant of challengeTenants) await seedTenant(new TenantDb(pool), tenant);
  } finally {
    await pool.end();
  }
}

async function rowsOf(database: TestDatabase): Promise<readonly string[]> {
  const admin = await connect(database.admin);
  const lines: string[] = [];
  for (const table of tables) {
    const { rows } = await admin.query<{ line: string }>(
      `select t::text as line from ${table} t order by t::text collate "C"`,
    );
    lines.push(...rows.map((row) => `${table} ${row.line}`));
  }
  return lines;
}

for (const major of testMajors()) {
  const reason = whyNoDump(major);
  describe(`dump and restore on PostgreSQL ${major}`, () => {
    it('by a superuser keeps every row and every guarantee', async (context) => {
      if (reason !== undefined) context.skip(reason);
      const source = await openDatabase({ major });
      await seed(source);
      const folder = await mkdtemp(join(tmpdir(), 'aibos-dump-'));
      try {
        const file = join(folder, 'dump');
        execFileSync('pg_dump', ['-Fc', '-f', file], { env: libpqEnvironment(source.admin) });
        const target = await openDatabase({ major, plane: 'none' });
        const admin = await connect(target.admin);
        await admin.query(
          'revoke create, temporary on database %s from public'.replace('%s', target.name),
        );
        execFileSync('pg_restore', ['--exit-on-error', '-d', target.name, file], {
          env: libpqEnvironment(target.admin),
        });
        const rows = await rowsOf(source);
        expect(rows.length).toBeGreaterThan(100);
        expect(await rowsOf(target)).toEqual(rows);
        const original = await connect(source.admin);
        await target.alone(async () => {
          expect(await dumpSchema(admin)).toBe(await dumpSchema(original));
        });
        expect(await failingChecks(target)).toEqual([]);
        await stillRefuses(target);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it('of the data alone without triggers is healed by replaying the bundle', async (context) => {
      if (reason !== undefined) context.skip(reason);
      const source = await openDatabase({ major });
      await seed(source);
      const target = await openDatabase({ major });
      const folder = await mkdtemp(join(tmpdir(), 'aibos-dump-'));
      try {
        const file = join(folder, 'dump');
        execFileSync(
          'pg_dump',
          [
            '-Fc',
            '-a',
            '-t',
            'finance.*',
            '-t',
            'kernel.*',
            '-t',
            'aibos.tenant_registry',
            // The bundle brings it.
            '-T',
            'finance.payment_transitions',
            '-f',
            file,
          ],
          { env: libpqEnvironment(source.admin) },
        );
        execFileSync('pg_restore', ['--disable-triggers', '-a', '-d', target.name, file], {
          env: libpqEnvironment(target.admin),
        });
      } finally {
        await rm(folder, { recursive: true });
      }
      const damaged = await failingChecks(target);
      expect(damaged.map((row) => Reflect.get(row as object, 'check_name'))).toEqual([
        'Tenant isolation',
        'Double entry',
        'Immutability',
        'Installation',
      ]);
      const installer = await connect(target.installer);
      await target.alone(() => installFabric(installer));
      expect(await failingChecks(target)).toEqual([]);
      await stillRefuses(target);
    });
  });
}

describe('replaying the bundle', () => {
  it('gives guards that a restore left with the installer back to their roles', async () => {
    const database = await openDatabase();
    const admin = await connect(database.admin);
    const before = await database.alone(() => dumpSchema(admin));
    for (const routine of [
      'finance.assert_lines_balanced()',
      'finance.post_journals(jsonb, text)',
      'aibos.current_tenant_id()',
    ]) {
      await admin.query(`alter function ${routine} owner to ${database.installer.user}`);
    }
    expect(await failingChecks(database)).not.toEqual([]);
    const installer = await connect(database.installer);
    await database.alone(() => installFabric(installer));
    expect(await failingChecks(database)).toEqual([]);
    expect(await database.alone(() => dumpSchema(admin))).toBe(before);
  });
});

/** The restored ledger takes a balanced entry and refuses an unbalanced one and a change. */
async function stillRefuses(database: TestDatabase): Promise<void> {
  const [tenant] = challengeTenants;
  const app = await connect(database.login('finance'));
  const admin = await connect(database.admin);
  const context = [tenant.tenantId, tenant.userId];
  const post = async (credit: number): Promise<void> => {
    await app.query('begin');
    await app.query(
      "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)",
      context,
    );
    await app.query(
      `insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
       values ($1, aibos.uuid_v7(), $2, '2026-06-01', 'after the restore')`,
      [tenant.tenantId, tenant.companyId],
    );
    await app.query(
      `insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
       select $1, e.id, l.line_no, a.id, $2, l.debit, l.credit
       from finance.journal_entries e
       cross join (values (1, '1000', 100::bigint, 0::bigint), (2, '4000', 0, $3)) as l (line_no, code, debit, credit)
       join finance.accounts a on a.tenant_id = $1 and a.code = l.code
       where e.tenant_id = $1 and e.description = 'after the restore' and e.created_xid = pg_current_xact_id()`,
      [tenant.tenantId, tenant.currency, credit],
    );
    await app.query('commit');
  };
  await post(100);
  await expect(post(99)).rejects.toMatchObject({ code: 'IB201' });
  await app.query('rollback');
  await admin.query('begin');
  await admin.query("select set_config('app.tenant_id', $1, true)", [tenant.tenantId]);
  await expect(admin.query('delete from finance.journal_lines')).rejects.toMatchObject({
    code: 'IB301',
  });
  await admin.query('rollback');
}
