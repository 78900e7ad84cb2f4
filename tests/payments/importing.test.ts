import { beforeAll, describe, expect, it } from 'vitest';
import { asSuperuser, type Stage, stageTenant } from '../import/live-support.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { codesByLine, HEADER, importInto, paymentsCsv, storedIn } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase();
});

function stage(currency = 'GBP'): Promise<Stage> {
  return stageTenant(database, { currency });
}

describe('an import of payments', () => {
  it('makes a draft of each line, with its trail, by whoever imports', async () => {
    const here = await stage();
    const report = await importInto(
      here,
      paymentsCsv(
        '1 - 0,1541.69,19/07/2016,20016580,Supplier 20016580,Refunds',
        '2,780,2016-07-22,7,Seven,',
      ),
    );
    expect(report).toMatchObject({
      committed: true,
      stopped: null,
      payments: { read: 2, accepted: 2, imported: 2, before: 0, skipped: 0, refused: 0 },
      totals: [{ currency: 'GBP', exponent: 2, amountMinor: '232169', amount: '2321.69' }],
      reasons: {},
      columns: { number: 'Trans No', category: 'Expenditure Category' },
    });
    const common = {
      status: 'draft',
      currency: 'GBP',
      created_by: here.userId,
      events: 1,
      reference: null,
    };
    expect(await storedIn(here)).toEqual([
      {
        ...common,
        payment_no: '1 - 0',
        amount_cents: '154169',
        beneficiary_name: 'Supplier 20016580',
        beneficiary_account: '20016580',
        due_on: '2016-07-19',
        category: 'Refunds',
      },
      {
        ...common,
        payment_no: '2',
        amount_cents: '78000',
        beneficiary_name: 'Seven',
        beneficiary_account: '7',
        due_on: '2016-07-22',
        category: null,
      },
    ]);
  });

  it.each([
    ['JPY', '1500', '1500'],
    ['GBP', '0.07', '7'],
    ['GBP', '1.10', '110'],
    ['GBP', '90071992547409.93', '9007199254740993'],
    ['KWD', '1.005', '1005'],
  ])('reads amounts of %s exactly: %s is %s', async (currency, written, minor) => {
    const here = await stage(currency);
    await importInto(here, paymentsCsv(`1,${written},01/02/2016,7,Seven,`));
    expect(await storedIn(here)).toMatchObject([{ amount_cents: minor, due_on: '2016-02-01' }]);
  });

  it('reports every oddity with its line and goes on', async () => {
    const here = await stage();
    const report = await importInto(
      here,
      paymentsCsv(
        'ok,1.00,01/02/2016,7,Seven,',
        'credit,-1.00,01/02/2016,7,Seven,',
        'zero,0.00,01/02/2016,7,Seven,',
        'ok,2.00,01/02/2016,7,Seven,',
        'nobody,1.00,01/02/2016,,Supplier ,',
        'noday,1.00,31/02/2016,7,Seven,',
        'month,1.00,02/13/2016,7,Seven,',
        'mixed,"1.234,56",01/02/2016,7,Seven,',
        'grouped,"1,234.56",01/02/2016,7,Seven,',
        'precise,1.005,01/02/2016,7,Seven,',
        'signs,1-,01/02/2016,7,Seven,',
        'blank,,01/02/2016,7,Seven,',
        ',1.00,01/02/2016,7,Seven,',
        'short,1.00,01/02/2016',
        'long,1.00,01/02/2016,7,Seven,,more',
        ',,,,,',
        'all wrong,-1.00,yesterday,,,',
        `wordy,1.00,01/02/2016,7,${'x'.repeat(256)},`,
        'last,1.00,01/02/2016,7,Seven,',
      ),
    );
    expect(codesByLine(report)).toEqual({
      3: ['IB980'],
      4: ['IB980'],
      5: ['IB981'],
      6: ['IB983'],
      7: ['IB953'],
      8: ['IB953'],
      9: ['IB942'],
      10: ['IB942'],
      11: ['IB941'],
      12: ['IB943'],
      13: ['IB940'],
      14: ['IB984'],
      15: ['IB952'],
      16: ['IB952'],
      18: ['IB980', 'IB953', 'IB983'],
      19: ['IB957'],
    });
    expect(report.payments).toMatchObject({ read: 18, imported: 2, refused: 16 });
    expect(report.reasons).toMatchObject({ IB980: 3, IB953: 3, IB983: 2 });
    expect((await storedIn(here)).map((payment) => payment.payment_no)).toEqual(['last', 'ok']);
  });

  it('names the line where a number came first', async () => {
    const report = await importInto(
      await stage(),
      paymentsCsv('1,1,01/02/2016,7,S,', '1,1,01/02/2016,7,S,'),
    );
    expect(report.refused[0]?.problems[0]?.message).toContain('came before, in line 2');
  });

  it('skips credit notes when asked to, with a note, and finds nothing else to say', async () => {
    const report = await importInto(
      await stage(),
      paymentsCsv('1,-5,01/02/2016,,,', '2,5,01/02/2016,7,S,'),
      {
        negatives: 'skip',
      },
    );
    expect(report.payments).toMatchObject({ read: 2, imported: 1, skipped: 1, refused: 0 });
    expect(report.notes).toEqual([
      { line: 2, txn: '1', message: 'a credit note of -5 was left out' },
    ]);
  });

  it('imports nothing the second time', async () => {
    const here = await stage();
    const file = paymentsCsv(
      '1,1.50,01/02/2016,7,Seven,a',
      '2,2,01/02/2016,7,Seven,',
      '2,2,01/02/2016,7,Seven,',
    );
    await importInto(here, file);
    const before = await storedIn(here);
    const again = await importInto(here, file.replaceAll('1.50', '1.5'));
    expect(again.payments).toMatchObject({
      read: 3,
      accepted: 0,
      imported: 0,
      before: 2,
      refused: 1,
    });
    expect(await storedIn(here)).toEqual(before);
  });

  it('says what differs where a number is stored otherwise (IB982)', async () => {
    const here = await stage();
    await importInto(here, paymentsCsv('1,1,01/02/2016,7,Seven,'));
    const report = await importInto(here, paymentsCsv('1,2,01/02/2016,8,Seven,'));
    expect(report.refused).toMatchObject([
      {
        txn: '1',
        problems: [
          { code: 'IB982', message: 'payment 1 is stored with another amount, supplier id' },
        ],
      },
    ]);
  });

  it('knows a payment again whatever became of it since', async () => {
    const here = await stage();
    const file = paymentsCsv('1,1,01/02/2016,7,Seven,');
    await importInto(here, file);
    await asSuperuser(
      here,
      'select finance.submit_payment(p.id) from finance.payments p where p.tenant_id = $1',
    );
    expect((await importInto(here, file)).payments).toMatchObject({ before: 1, refused: 0 });
  });

  it('goes by batches and adds up the same', async () => {
    const here = await stage();
    const lines = Array.from({ length: 25 }, (_, at) => `${at},${at}.01,01/02/2016,7,Seven,`);
    const progress: number[] = [];
    const report = await importInto(here, paymentsCsv(...lines), {
      batchPayments: 10,
      onProgress: ({ accepted }) => progress.push(accepted),
    });
    expect(progress).toEqual([10, 20, 25]);
    expect(report.totals).toMatchObject([{ amount: '300.25' }]);
    expect(await storedIn(here)).toHaveLength(25);
  });

  it.each([
    ['a dry run', { dryRun: true }],
    ['a strict run with a refusal', { strict: true }],
    ['a strict dry run', { strict: true, dryRun: true }],
  ])('stores nothing in %s', async (_what, mode) => {
    const here = await stage();
    const report = await importInto(
      here,
      paymentsCsv('1,1,01/02/2016,7,S,', '2,-1,01/02/2016,7,S,'),
      {
        ...mode,
        batchPayments: 1,
      },
    );
    expect(report).toMatchObject({
      committed: false,
      payments: { accepted: 1, imported: 0, refused: 1 },
    });
    expect(await storedIn(here)).toEqual([]);
  });

  it('stores everything in a strict run without a refusal', async () => {
    const here = await stage();
    const report = await importInto(
      here,
      paymentsCsv('1,1,01/02/2016,7,S,', '2,1,01/02/2016,7,S,'),
      {
        strict: true,
        batchPayments: 1,
      },
    );
    expect(report).toMatchObject({ committed: true, payments: { imported: 2 } });
  });

  it('stops at a quote that is never closed and keeps what came before', async () => {
    const here = await stage();
    const report = await importInto(
      here,
      paymentsCsv('1,1,01/02/2016,7,S,', '2,1,01/02/2016,7,"S,', '3,1,01/02/2016,7,S,'),
    );
    expect(report).toMatchObject({
      stopped: { code: 'IB952', line: 3 },
      payments: { imported: 1 },
    });
    expect(await storedIn(here)).toHaveLength(1);
  });

  it('sets aside what the database refuses, in its words, and stores the rest', async () => {
    const here = await stage();
    const forbid = `alter table finance.payments add constraint payments_proof_ck check (tenant_id <> $1 or beneficiary_name <> 'Refused')`;
    await asSuperuser(here, forbid.replace('$1', `'${here.tenantId}'`), []);
    const lines = Array.from(
      { length: 9 },
      (_, at) => `${at},1,01/02/2016,7,${at === 4 || at === 7 ? 'Refused' : 'S'},`,
    );
    const report = await importInto(here, paymentsCsv(...lines));
    expect(codesByLine(report)).toEqual({ 6: ['23514'], 9: ['23514'] });
    expect(report.refused[0]?.problems[0]).toMatchObject({ by: 'database' });
    expect(await storedIn(here)).toHaveLength(7);
    await asSuperuser(here, 'alter table finance.payments drop constraint payments_proof_ck', []);
  });

  it('takes a currency from its column, and refuses one that is unknown (IB954)', async () => {
    const here = await stage();
    const report = await importInto(
      here,
      `${HEADER},Currency\n1,1,01/02/2016,7,S,,EUR\n2,1,01/02/2016,7,S,,QQQ\n3,1,01/02/2016,7,S,,\n`,
    );
    expect(codesByLine(report)).toEqual({ 3: ['IB954'] });
    expect((await storedIn(here)).map(({ currency }) => currency)).toEqual(['EUR', 'GBP']);
  });

  it('reads another spelling of days and amounts when told', async () => {
    const here = await stage();
    await importInto(here, 'Nr;Betrag;Tag;Supplier ID;Payee\n1;1.234,50;02/13/2016;7;S\n', {
      delimiter: ';',
      dates: 'mdy',
      amounts: { decimal: ',', thousands: '.' },
      map: { number: 'Nr', amount: 'Betrag', date: 'Tag' },
    });
    expect(await storedIn(here)).toMatchObject([{ amount_cents: '123450', due_on: '2016-02-13' }]);
  });

  it.each([
    ['an unknown company', paymentsCsv(), { company: 'NONE' }, 'IB958'],
    ['an unknown currency', paymentsCsv(), { currency: 'QQQ' }, 'IB959'],
    ['an empty file', '', {}, 'IB951'],
    ['a header without the columns', 'a,b\n', {}, 'IB951'],
  ])('does not start with %s', async (_what, file, options, code) => {
    await expect(importInto(await stage(), file, options)).rejects.toMatchObject({ code });
  });

  it('reads a file without lines', async () => {
    expect((await importInto(await stage(), paymentsCsv())).payments).toMatchObject({
      read: 0,
      refused: 0,
    });
  });
});
