import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attacksOn } from '../../driver/demo/attacks.ts';
import { importDemoBooks } from '../../driver/demo/books.ts';
import { challengeTenants, namedId } from '../../driver/demo/challenge.ts';
import { clearEvidence, csvField, toCsv } from '../../driver/demo/evidence.ts';
import { type AttackOutcome, fight } from '../../driver/demo/fight.ts';
import { accountId, seedTenant } from '../../driver/demo/seed.ts';
import { runTrustTest, type TrustResult } from '../../driver/demo/trust.ts';
import { openServer, type Server } from '../../driver/server/index.ts';
import { TenantDb } from '../../driver/tenant-db.ts';
import { normalised, readTranscript, recordTranscript } from '../../scripts/transcript.ts';
import { connect } from '../support/clients.ts';
import { openDatabase } from '../support/database.ts';

const [own, other] = challengeTenants;

describe('the trust test', () => {
  let server: Server;
  let folder: string;
  let result: TrustResult;
  const told: string[] = [];
  const outcomes: AttackOutcome[] = [];

  beforeAll(async () => {
    server = await openServer({ prefer: 'embedded' });
    folder = await mkdtemp(join(tmpdir(), 'aibos-evidence-'));
    const tell = (what: string) => (): void => {
      told.push(what);
    };
    result = await runTrustTest(server, folder, {
      staged: tell('staged'),
      seeded: tell('seeded'),
      imported: tell('imported'),
      checked: tell('checked'),
      warned: tell('warned'),
      attacked: (outcome) => {
        told.push('attacked');
        outcomes.push(outcome);
      },
      unchanged: tell('unchanged'),
      exported: tell('exported'),
    });
  });

  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('holds: every attack is refused, nothing changes, no check fails', () => {
    expect(result).toMatchObject({ held: true, failedChecks: 0, unchanged: true });
    expect(result.refused).toBe(result.attacks);
    expect(result.attacks).toBeGreaterThanOrEqual(15);
  });

  it('is refused when it names the other tenant in SQL of its own, since contexts are signed', () => {
    expect(outcomes.find(({ attack }) => attack.id === 'B1')).toMatchObject({
      held: true,
      answer: '42501',
      detail: 'app.tenant_id is not the tenant of the context token.',
    });
  });

  it('tells its steps in order', () => {
    expect(told.filter((what, i) => what !== told[i - 1])).toEqual([
      'staged',
      'seeded',
      'checked',
      'warned',
      'attacked',
      'checked',
      'unchanged',
      'exported',
    ]);
  });

  it('leaves an evidence folder whose manifest has the SHA-256 of every file in it', async () => {
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    const listed = manifest.files.map(({ file }: { file: string }) => file);
    expect([...listed, 'manifest.json'].sort()).toEqual((await readdir(folder)).sort());
    for (const { file, sha256, rows } of manifest.files) {
      const text = await readFile(join(folder, file), 'utf8');
      expect(createHash('sha256').update(text).digest('hex'), file).toBe(sha256);
      if (file.endsWith('.json')) expect(JSON.parse(text)).toHaveLength(rows);
    }
    for (const view of [
      'kernel.v_tenant_health',
      'kernel.v_tenant_isolation_check',
      'kernel.v_schema_boundary_check',
      'kernel.v_governance_summary',
      'finance.v_journal_integrity_summary',
      'finance.v_immutability_check',
      'finance.v_double_entry_check',
      `${own.slug}.finance.v_journal_integrity`,
    ]) {
      expect(listed).toContain(`${view}.json`);
      expect(listed).toContain(`${view}.csv`);
    }
  });

  it('leaves nothing on the server but the group roles', async () => {
    const client = new pg.Client(server.connection());
    await client.connect();
    const { rows } = await client.query(
      `select datname as name from pg_database where datname like 'aibos%'
       union all select rolname from pg_roles where rolname like 'aibos_demo%'`,
    );
    await client.end();
    expect(rows).toEqual([]);
  });
});

describe('the trust test on books of the user', () => {
  it('attacks the company, the accounts, the currency and the days of these books', async () => {
    const server = await openServer({ prefer: 'embedded' });
    const folder = await mkdtemp(join(tmpdir(), 'aibos-evidence-'));
    const file = join(folder, 'books.csv');
    const outcomes: AttackOutcome[] = [];
    try {
      await writeFile(
        file,
        [
          'txnidx,date,date2,status,code,description,comment,account,amount,commodity,credit,debit,posting-status,posting-comment',
          '1,2019-05-02,,*,,Kiosk,,expenses:papers,3.50,€,,3.50,,',
          '1,2019-05-02,,*,,Kiosk,,assets:cash,-3.50,€,3.50,,,',
          '',
        ].join('\n'),
      );
      const ignore = (): void => undefined;
      const result = await runTrustTest(
        server,
        folder,
        {
          ...{ staged: ignore, seeded: ignore, imported: ignore, checked: ignore },
          ...{ warned: ignore, unchanged: ignore, exported: ignore },
          attacked: (outcome) => outcomes.push(outcome),
        },
        importDemoBooks(file, ['€=EUR']),
      );
      expect(result).toMatchObject({ held: true, failedChecks: 0, unchanged: true });
      const sqlOf = (id: string): string =>
        outcomes.find(({ attack }) => attack.id === id)?.attack.sql.join('\n') ?? '';
      const company = namedId(`${own.slug} own books`);
      expect(sqlOf('K1')).toContain(`'${company}', '2019-05-02'`);
      expect(sqlOf('K1')).toContain("'EUR', 100000");
      expect(sqlOf('M1')).toContain(company);
      expect(sqlOf('K17')).not.toContain(accountId(own, '1000'));
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe('the challenge', () => {
  it('has two tenants with 14 journals or more, every one balanced', () => {
    expect(challengeTenants).toHaveLength(2);
    for (const tenant of challengeTenants) {
      expect(tenant.entries.length).toBeGreaterThanOrEqual(14);
      for (const entry of tenant.entries) {
        expect(
          entry.lines.reduce((sum, [, cents]) => sum + cents, 0),
          entry.description,
        ).toBe(0);
      }
    }
  });

  it('books nothing the second time', async () => {
    const database = await openDatabase();
    const pool = new pg.Pool({ ...database.login('admin'), max: 1 });
    try {
      const db = new TenantDb(pool);
      const first = await seedTenant(db, own);
      const second = await seedTenant(db, own);
      expect(first).toMatchObject({ posted: own.entries.length + 2, replayed: 0 });
      expect(second).toMatchObject({ posted: 0, replayed: own.entries.length + 1 });
    } finally {
      await pool.end();
    }
  });
});

describe('an attack on a weakened database', () => {
  it.each([
    [
      'the balance guard is disabled',
      'alter table finance.journal_lines disable trigger journal_entry_balanced',
      'K1',
    ],
    [
      'the lines may be updated and the guards are gone',
      `grant update on finance.journal_lines to aibos_finance_role;
       alter table finance.journal_lines disable trigger t10_forbid_change;
       alter table finance.journal_lines disable trigger t10_forbid_row_change`,
      'K2',
    ],
    ['contexts are not signed', 'select', 'B1'],
    ['row security is off', 'alter table finance.journal_entries disable row level security', 'D1'],
    [
      'the deferred check is gone',
      'drop trigger journal_entry_has_lines on finance.journal_entries',
      'K4',
    ],
  ])('succeeds and is told as broken when %s', async (_, weaken, id) => {
    const database = await openDatabase();
    const pool = new pg.Pool({ ...database.login('admin'), max: 1 });
    let reversedEntryId: string;
    try {
      const db = new TenantDb(pool);
      reversedEntryId = (await seedTenant(db, own)).reversedEntryId;
      await seedTenant(db, other);
    } finally {
      await pool.end();
    }
    const admin = await connect(database.admin);
    await admin.query(weaken);
    const attacks = attacksOn({
      own,
      other,
      entryId: reversedEntryId,
      reversedEntryId,
      accounts: [accountId(own, '1000'), accountId(own, '4000')],
      otherAccountId: accountId(other, '1000'),
      companyId: own.companyId,
      currency: own.currency,
      entryDate: '2026-03-31',
    }).filter((attack) => attack.id === id && attack.attacker === 'application');
    const outcomes = await fight(attacks, {
      connections: { application: database.login('finance') },
      tenantId: own.tenantId,
      userId: own.userId,
    });
    expect(outcomes.map(({ held, answer }) => ({ held, answer }))).toEqual([
      { held: false, answer: 'succeeded' },
    ]);
  });
});

describe('evidence as CSV', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+cmd', "'+cmd"],
    ['@x', "'@x"],
    ['-2', '-2'],
    ['-x', "'-x"],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    [null, ''],
    [{ a: 1 }, '"{""a"":1}"'],
  ])('writes %j as %s', (value, text) => {
    expect(csvField(value)).toBe(text);
  });

  it('has a header also when there are no rows', () => {
    expect(toCsv(['a', 'b'], [])).toBe('a,b\r\n');
  });

  it('is cleared by its manifest, and nothing else is touched', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aibos-evidence-'));
    try {
      await writeFile(join(folder, 'old.json'), '[]');
      await writeFile(join(folder, 'mine.txt'), 'keep');
      await writeFile(
        join(folder, 'manifest.json'),
        JSON.stringify({ files: [{ file: 'old.json' }, { file: '../../etc/passwd' }] }),
      );
      await clearEvidence(folder);
      expect(await readdir(folder)).toEqual(['mine.txt']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the README', () => {
  it('shows what the trust test prints', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aibos-evidence-'));
    try {
      const { text, status } = recordTranscript(folder);
      expect(status).toBe(0);
      expect(normalised(text)).toBe(normalised(await readTranscript()));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
