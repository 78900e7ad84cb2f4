import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseColumnMap } from '../../driver/import/generic.ts';
import { importJournal } from '../../driver/import/importer.ts';
import type { Ledger, LedgerUnit } from '../../driver/import/ledger.ts';
import { openDatabase, type TestDatabase, testMajors } from '../support/database.ts';
import {
  asSuperuser,
  countsOf,
  exampleBooks,
  importFile,
  stageTenant,
  sumsOf,
  withLedger,
} from './live-support.ts';
import { bytesOf, hledgerCsv, shortly, transfer } from './support.ts';

const tuckshop = path.join(exampleBooks, 'tuckshop.hledger.csv');
let database: TestDatabase;

beforeAll(async () => {
  database = await openDatabase();
});

describe('the sample books', () => {
  it('of the tuck shop are booked as printed, once', async () => {
    const stage = await stageTenant(database, { currency: 'EUR' });
    const first = await importFile(stage, tuckshop);
    expect(first.refused).toEqual([]);
    expect(first.entries).toEqual({ read: 6, accepted: 6, booked: 6, replayed: 0, refused: 0 });
    expect(first.lines).toEqual({ read: 13, accepted: 12, booked: 12 });
    expect(first.notes.map((note) => note.line)).toEqual([11]);
    expect(await sumsOf(stage)).toEqual({
      'Assets:Bank': { EUR: 86_565n },
      'Assets:Till': { EUR: 240n },
      'Equity:Opening': { EUR: -85_000n },
      'Expenses:Goods': { EUR: 9425n },
      'Liabilities:Card': { EUR: -2990n },
      'Revenue:Tuckshop': { EUR: -8240n },
    });
    expect(await countsOf(stage)).toEqual({ entries: 6, lines: 12, accounts: 6, periods: 12 });

    const second = await importFile(stage, tuckshop, { file: 'renamed.csv', batchEntries: 2 });
    expect(second.entries).toEqual({ read: 6, accepted: 0, booked: 0, replayed: 6, refused: 0 });
    expect(await countsOf(stage)).toEqual({ entries: 6, lines: 12, accounts: 6, periods: 12 });
  });

  it.each(testMajors())('of the tuck shop are booked on PostgreSQL %i', async (major) => {
    const stage = await stageTenant(await openDatabase({ major }), { currency: 'EUR' });
    expect((await importFile(stage, tuckshop)).entries.booked).toBe(6);
    expect((await importFile(stage, tuckshop)).entries.replayed).toBe(6);
  });

  it('of the workshop are booked from a generic file', async () => {
    const stage = await stageTenant(database, { currency: 'EUR' });
    const report = await importFile(stage, path.join(exampleBooks, 'workshop.csv'), {
      format: 'csv',
      delimiter: ';',
      dates: 'dmy',
      amounts: { decimal: ',', thousands: '.' },
      map: parseColumnMap([
        'entry=Voucher,date=Posted,description=Text,account-name=Account name,memo=Note',
      ]),
      accountTypes: {
        prefixes: new Map([
          ['0', 'asset'],
          ['1', 'asset'],
          ['3', 'liability'],
          ['6', 'expense'],
          ['8', 'income'],
        ]),
      },
    });
    expect(report.refused).toEqual([]);
    expect(await sumsOf(stage)).toEqual({
      '0400': { EUR: 1_250_000n },
      '1800': { EUR: -1_226_000n },
      '3806': { EUR: -19_000n },
      '6310': { EUR: 95_000n },
      '8400': { EUR: -100_000n },
    });
    const accounts = await asSuperuser<{ code: string; name: string; currency: null }>(
      stage,
      'select code, name, account_type, currency from finance.accounts where tenant_id = $1 and code = $2',
      [stage.tenantId, '3806'],
    );
    expect(accounts).toEqual([
      { code: '3806', name: 'Value added tax', account_type: 'liability', currency: null },
    ]);
  });
});

describe('in the database', () => {
  it('every text of an entry arrives where it belongs, and every posting names user, request and reason', async () => {
    const stage = await stageTenant(database);
    const memo = 'a "b" \\ {c}\nd é 😀';
    const text = hledgerCsv([
      ...transfer(1, '1.50', {
        code: 'INV 7',
        description: 'Sale, "big"',
        memo,
        to: 'Assets:A, "x" \\y',
      }),
    ]);
    await withLedger(stage, ({ ledger }) =>
      importJournal(bytesOf(text), ledger, { file: 'f', format: 'hledger-csv', company: 'MAIN' }),
    );
    const rows = await asSuperuser(
      stage,
      `select e.entry_date::text, e.description, e.reference, e.created_by, l.line_no, l.debit_cents, l.credit_cents,
         l.memo, a.code, v.reason, v.actor, length(v.request_id) as request
       from finance.journal_entries e
       join finance.journal_lines l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
       join finance.accounts a on a.tenant_id = l.tenant_id and a.id = l.account_id
       join finance.audit_events v on v.tenant_id = e.tenant_id and v.object_id = e.id::text
       where e.tenant_id = $1 order by l.line_no`,
      [stage.tenantId],
    );
    const same = {
      entry_date: '2024-01-15',
      description: 'Sale, "big"',
      reference: 'INV 7',
      created_by: stage.userId,
      actor: stage.userId,
      reason: 'import test',
      request: 36,
      memo,
    };
    expect(rows).toEqual([
      { ...same, line_no: 1, debit_cents: '150', credit_cents: '0', code: 'Assets:A, "x" \\y' },
      { ...same, line_no: 2, debit_cents: '0', credit_cents: '150', code: 'Revenue:Sales' },
    ]);
  });

  it('the largest amount is booked to the last minor unit', async () => {
    const stage = await stageTenant(database);
    const report = await withLedger(stage, ({ ledger }) =>
      importJournal(bytesOf(hledgerCsv(transfer(1, '1000000000000000.00'))), ledger, {
        file: 'f',
        format: 'hledger-csv',
        company: 'MAIN',
      }),
    );
    expect(report.entries.booked).toBe(1);
    expect((await sumsOf(stage))['Assets:Cash']).toEqual({ USD: 10n ** 17n });
  });

  it('a closed period and an inactive account are refused before anything is sent, and an open year is kept', async () => {
    const stage = await stageTenant(database);
    const run = (rows: Parameters<typeof hledgerCsv>[0]) =>
      withLedger(stage, ({ ledger }) =>
        importJournal(bytesOf(hledgerCsv(rows)), ledger, {
          file: 'f',
          format: 'hledger-csv',
          company: 'MAIN',
        }),
      );
    await run(transfer(1, '1', { to: 'Assets:Old' }));
    await asSuperuser(
      stage,
      "update finance.fiscal_periods set status = 'closing' where tenant_id = $1 and name = '2024-02'",
      [stage.tenantId],
    );
    await asSuperuser(
      stage,
      "update finance.accounts set is_active = false where tenant_id = $1 and code = 'Assets:Old'",
      [stage.tenantId],
    );
    const report = await run([
      ...transfer(1, '1', { to: 'Assets:Old' }),
      ...transfer(2, '1', { date: '2024-02-10' }),
      ...transfer(3, '2', { to: 'Assets:Old' }),
      ...transfer(4, '3', { date: '2024-03-10' }),
    ]);
    expect(shortly(report.refused)).toEqual(['4-5 IB802@4', '6-7 IB205@6']);
    expect(report.entries).toMatchObject({ booked: 1, replayed: 1 });
    expect(report.newYears).toEqual([]);
  });

  it('distant dates open every year between them, with the fiscal year of the company', async () => {
    const stage = await stageTenant(database);
    const run = (dates: readonly string[]) =>
      withLedger(stage, ({ ledger }) =>
        importJournal(
          bytesOf(
            hledgerCsv(dates.flatMap((date, at) => transfer(`${date} ${at}`, '1', { date }))),
          ),
          ledger,
          { file: 'f', format: 'hledger-csv', company: 'MAIN' },
        ),
      );
    await asSuperuser(
      stage,
      `select finance.open_fiscal_year(c.id, date '2015-07-01') from finance.companies c where c.tenant_id = $1`,
    );
    const report = await run(['2012-05-01', '2018-05-01', '2016-01-01', '2011-07-01']);
    expect(report.refused).toEqual([]);
    expect(report.newYears.map(({ startsOn, periods }) => `${startsOn} ${periods}`)).toEqual([
      '2014-07-01 12',
      '2013-07-01 12',
      '2012-07-01 12',
      '2011-07-01 12',
      '2016-07-01 12',
      '2017-07-01 12',
    ]);
    expect(await countsOf(stage)).toMatchObject({ entries: 4, periods: 7 * 12 });
  });

  it('an entry that only the database can refuse is named by it and set aside, the others go in', async () => {
    const stage = await stageTenant(database);
    const rows = Array.from({ length: 20 }, (_, at) =>
      transfer(at, '1', { to: `Assets:A${at % 5}` }),
    ).flat();
    const options = { file: 'f', format: 'hledger-csv', company: 'MAIN' } as const;
    await withLedger(stage, ({ ledger }) =>
      importJournal(bytesOf(hledgerCsv(transfer(99, '9', { to: 'Assets:A3' }))), ledger, options),
    );
    await asSuperuser(
      stage,
      "update finance.accounts set is_active = false where tenant_id = $1 and code = 'Assets:A3'",
      [stage.tenantId],
    );
    const report = await withLedger(stage, ({ ledger }) =>
      importJournal(bytesOf(hledgerCsv(rows)), blind(ledger), options),
    );
    expect(report.entries).toMatchObject({ booked: 16, refused: 4 });
    expect(report.refused.map((refusal) => refusal.txn)).toEqual(['3', '8', '13', '18']);
    expect(report.refused[0]?.problems[0]).toMatchObject({
      code: 'IB205',
      by: 'database',
      line: 8,
    });
  });

  it('a strict run with one refusal, and any dry run, leave no trace', async () => {
    const stage = await stageTenant(database, { currency: 'EUR' });
    const empty = { entries: 0, lines: 0, accounts: 0, periods: 0 };
    const dry = await importFile(stage, tuckshop, { dryRun: true });
    expect(dry).toMatchObject({ committed: false, entries: { accepted: 6, booked: 0 } });
    expect(await countsOf(stage)).toEqual(empty);
    const text = hledgerCsv([
      ...transfer(1, '1'),
      { txn: 2, account: 'Assets:A', amount: '1' },
      ...transfer(3, '1'),
    ]);
    const strict = await withLedger(stage, ({ ledger }) =>
      importJournal(bytesOf(text), ledger, {
        file: 'f',
        format: 'hledger-csv',
        company: 'MAIN',
        strict: true,
      }),
    );
    expect(strict).toMatchObject({
      committed: false,
      entries: { accepted: 2, booked: 0, refused: 1 },
    });
    expect(await countsOf(stage)).toEqual(empty);
    const good = await importFile(stage, tuckshop, { strict: true, batchEntries: 2 });
    expect(good).toMatchObject({ committed: true, entries: { booked: 6 } });
    expect(await countsOf(stage)).toEqual({ entries: 6, lines: 12, accounts: 6, periods: 12 });
  });

  it('two imports of one file at the same time book it once', async () => {
    const stage = await stageTenant(database, { currency: 'EUR' });
    const reports = await Promise.all([
      importFile(stage, tuckshop, { batchEntries: 1 }),
      importFile(stage, tuckshop, { batchEntries: 1 }),
    ]);
    for (const report of reports) {
      expect(report.refused).toEqual([]);
      expect(report.entries.booked + report.entries.replayed).toBe(6);
    }
    expect(await countsOf(stage)).toMatchObject({ entries: 6, lines: 12, accounts: 6 });
  });

  it('companies of one tenant and equal entries of two sources are kept apart', async () => {
    const stage = await stageTenant(database, { currency: 'EUR', companies: ['MAIN', 'SIDE'] });
    await importFile(stage, tuckshop);
    expect((await importFile(stage, tuckshop, { company: 'SIDE' })).entries.booked).toBe(6);
    expect((await importFile(stage, tuckshop, { source: 'copy' })).entries.booked).toBe(6);
  });

  it('a company of another tenant is not found (IB958)', async () => {
    const stage = await stageTenant(database);
    const other = await stageTenant(database, { companies: ['OTHER'] });
    const [company] = await asSuperuser<{ id: string }>(
      stage,
      'select id from finance.companies where tenant_id = $1',
      [other.tenantId],
    );
    for (const idOrCode of ['OTHER', company?.id ?? '']) {
      await expect(importFile(stage, tuckshop, { company: idOrCode })).rejects.toMatchObject({
        code: 'IB958',
      });
    }
  });

  it('a suspended tenant books nothing (IB102)', async () => {
    const stage = await stageTenant(database, { currency: 'EUR' });
    await asSuperuser(
      stage,
      "update aibos.tenant_registry set status = 'suspended' where tenant_id = $1",
      [stage.tenantId],
    );
    const importing = importFile(stage, tuckshop);
    const report = await importing;
    expect(report.stopped).toMatchObject({ code: 'IB102', line: 2 });
    expect(await countsOf(stage)).toMatchObject({ entries: 0, accounts: 0 });
  });
});

/** A ledger that takes every account for active, so that the database alone can refuse. */
function blind(ledger: Ledger): Ledger {
  const seeing = (unit: LedgerUnit): LedgerUnit => ({
    attempt: (work) => unit.attempt(work),
    company: (idOrCode) => unit.company(idOrCode),
    currencies: () => unit.currencies(),
    accounts: async (companyId, codes) =>
      (await unit.accounts(companyId, codes)).map((account) => ({ ...account, isActive: true })),
    createAccounts: (companyId, accounts) => unit.createAccounts(companyId, accounts),
    bookedKeys: (keys) => unit.bookedKeys(keys),
    periods: (companyId) => unit.periods(companyId),
    openYear: (companyId, startsOn) => unit.openYear(companyId, startsOn),
    post: (companyId, entries) => unit.post(companyId, entries),
  });
  return {
    transaction: (work, options) => ledger.transaction((unit) => work(seeing(unit)), options),
  };
}
