import { describe, expect, it } from 'vitest';
import { importJournal } from '../../driver/import/importer.ts';
import { exitCodeOf } from '../../driver/import/report.ts';
import { DatabaseError, FakeLedger } from './fake-ledger.ts';
import { bytesOf, HLEDGER_HEADER, hledgerCsv, importText, shortly, transfer } from './support.ts';

describe('a good file', () => {
  it('is booked with its accounts, types and years, and reported', async () => {
    const ledger = new FakeLedger();
    const report = await importText(
      ledger,
      hledgerCsv([
        ...transfer(1, '100.00', { code: 'INV-7', memo: 'paid cash' }),
        ...transfer(2, '0.10', {
          from: 'Liabilities:Loan',
          to: 'Expenses:Rent:Office',
          date: '2025-03-01',
        }),
      ]),
    );
    expect(report).toMatchObject({
      company: { id: 'company-1', code: 'MAIN' },
      committed: true,
      stopped: null,
      entries: { read: 2, accepted: 2, booked: 2, replayed: 0, refused: 0 },
      lines: { read: 4, accepted: 4, booked: 4 },
      newAccounts: [
        { code: 'Assets:Cash', type: 'asset', name: 'Cash' },
        { code: 'Revenue:Sales', type: 'income', name: 'Sales' },
        { code: 'Expenses:Rent:Office', type: 'expense', name: 'Office' },
        { code: 'Liabilities:Loan', type: 'liability', name: 'Loan' },
      ],
      newYears: [
        { startsOn: '2024-01-01', periods: 12 },
        { startsOn: '2025-01-01', periods: 12 },
      ],
      totals: [{ currency: 'USD', exponent: 2, debitMinor: '10010', debit: '100.10' }],
      refused: [],
      notes: [],
    });
    expect(exitCodeOf(report)).toBe(0);
    expect(ledger.sums()).toEqual({
      'Assets:Cash': 10_000n,
      'Revenue:Sales': -10_000n,
      'Expenses:Rent:Office': 10n,
      'Liabilities:Loan': -10n,
    });
    const [first] = ledger.books.entries.values();
    expect(first?.entry).toMatchObject({
      date: '2024-01-15',
      description: 'Sale',
      reference: 'INV-7',
    });
    expect(first?.entry.lines[0]).toMatchObject({ memo: 'paid cash', line: 2 });
  });

  it('finds its columns by name, in any order', async () => {
    const ledger = new FakeLedger();
    const text =
      'commodity,account,txnidx,amount,extra,description,date\nUSD,Assets:A,1,5,x,Hi,2024-01-01\nUSD,Equity,1,-5,x,Hi,2024-01-01\n';
    expect((await importText(ledger, text)).entries.booked).toBe(1);
    expect(ledger.sums()).toEqual({ 'Assets:A': 500n, Equity: -500n });
  });

  it('with nothing after its header books nothing and is fine', async () => {
    const report = await importText(new FakeLedger(), `${HLEDGER_HEADER}\n`);
    expect(report.entries.read).toBe(0);
    expect(exitCodeOf(report)).toBe(0);
  });

  it('uses the exponent of each currency', async () => {
    const ledger = new FakeLedger();
    await importText(
      ledger,
      hledgerCsv([
        ...transfer(1, '500', { commodity: 'JPY' }),
        ...transfer(2, '1.234', { commodity: 'KWD', to: 'Assets:Bank' }),
      ]),
    );
    expect(ledger.sums()).toMatchObject({ 'Assets:Cash': 500n, 'Assets:Bank': 1234n });
  });

  it('reuses the accounts that are there', async () => {
    const ledger = new FakeLedger();
    ledger.addAccount({ code: 'Whatever', type: 'equity' });
    const report = await importText(ledger, hledgerCsv(transfer(1, '1', { from: 'Whatever' })));
    expect(report.newAccounts.map((account) => account.code)).toEqual(['Assets:Cash']);
    expect(report.entries.booked).toBe(1);
  });

  it('leaves out postings of zero with a note when the rest is an entry', async () => {
    const report = await importText(
      new FakeLedger(),
      hledgerCsv([...transfer(1, '1'), { txn: 1, account: 'Expenses:Fee', amount: '0.00' }]),
    );
    expect(report.entries.booked).toBe(1);
    expect(report.lines).toEqual({ read: 3, accepted: 2, booked: 2 });
    expect(report.notes).toEqual([
      { line: 4, txn: '1', message: 'a posting of zero to Expenses:Fee was left out' },
    ]);
  });
});

describe('a bad entry is refused with line and reason, and the others are booked', () => {
  it.each([
    [
      'that does not balance',
      [
        { txn: 2, account: 'Assets:A', amount: '1' },
        { txn: 2, account: 'Equity', amount: '-2' },
      ],
      '4-5 IB201@4',
    ],
    [
      'that balances only across currencies',
      [
        { txn: 2, account: 'Assets:A', amount: '1' },
        { txn: 2, account: 'Equity', amount: '-1', commodity: 'EUR' },
      ],
      '4-5 IB201@4',
    ],
    ['of one line', [{ txn: 2, account: 'Assets:A', amount: '1' }], '4-4 IB202@4'],
    [
      'of zeros',
      [
        { txn: 2, account: 'Assets:A', amount: '0' },
        { txn: 2, account: 'Equity', amount: '0' },
      ],
      '4-5 IB202@4',
    ],
    ['with too many decimals', transfer(2, '1.005'), '4-5 IB941@4 IB941@5'],
    ['with an amount that is none', transfer(2, 'abc'), '4-5 IB940@4 IB940@5'],
    ['with an amount that overflows', transfer(2, '1000000000000000.01'), '4-5 IB944@4 IB944@5'],
    ['with thousands marks nobody announced', transfer(2, '1,000.00'), '4-5 IB942@4 IB942@5'],
    ['with an unknown commodity', transfer(2, '1', { commodity: 'XYZ' }), '4-5 IB954@4 IB954@5'],
    ['with a date that does not exist', transfer(2, '1', { date: '2024-02-30' }), '4-5 IB953@4'],
    [
      'with rows of two dates',
      [
        { txn: 2, account: 'Assets:A', amount: '1' },
        { txn: 2, account: 'Equity', amount: '-1', date: '2024-01-16' },
      ],
      '4-5 IB956@4',
    ],
    ['without a description', transfer(2, '1', { description: ' ' }), '4-5 IB957@4'],
    ['with a NUL character', transfer(2, '1', { memo: 'a\0b' }), '4-5 IB957@4 IB957@5'],
    [
      'with a description of 2,001 characters',
      transfer(2, '1', { description: '😀'.repeat(2001) }),
      '4-5 IB957@4',
    ],
    ['with a blank account', transfer(2, '1', { to: '' }), '4-5 IB955@4'],
    [
      'with virtual postings',
      transfer(2, '1', { to: '(Budget:Food)', from: '[Budget:Food]' }),
      '4-5 IB955@4 IB955@5',
    ],
    [
      'with an account of unknown type',
      transfer(2, '1', { to: 'Cash', from: 'Sales' }),
      '4-5 IB955@4 IB955@5',
    ],
    ['without a transaction number', transfer('', '1'), '4-5 IB956@4'],
  ])('%s', async (_, rows, expected) => {
    const ledger = new FakeLedger();
    const text = hledgerCsv([...transfer(1, '10'), ...rows, ...transfer(3, '20')]);
    const report = await importText(ledger, text);
    expect(shortly(report.refused)).toEqual([expected]);
    expect(report.entries).toMatchObject({ read: 3, booked: 2, refused: 1 });
    expect(exitCodeOf(report)).toBe(1);
    expect(report.refused[0]?.problems.every((problem) => problem.hint !== null)).toBe(true);
    expect(ledger.sums()).toEqual({ 'Assets:Cash': 3000n, 'Revenue:Sales': -3000n });
  });

  it('with every problem it has, each at its line', async () => {
    const report = await importText(
      new FakeLedger(),
      hledgerCsv([
        { txn: 1, account: 'Assets:A', amount: '1.001', date: 'soon' },
        { txn: 1, account: '', amount: '-1', date: 'soon' },
        { txn: 1, account: 'Equity', amount: 'x', date: 'soon' },
      ]),
    );
    expect(shortly(report.refused)).toEqual(['2-4 IB953@2 IB941@2 IB955@3 IB940@4']);
  });

  it('when amount, debit and credit contradict each other (IB956)', async () => {
    const text = [
      'txnidx,date,description,account,amount,commodity,debit,credit',
      '1,2024-01-01,x,Assets:A,5.00,USD,6.00,',
      '1,2024-01-01,x,Equity,-5.00,USD,,5.00',
      '2,2024-01-01,x,Assets:A,5.00,USD,5.00,',
      '2,2024-01-01,x,Equity,-5.00,USD,,5.00',
    ].join('\n');
    const report = await importText(new FakeLedger(), text);
    expect(shortly(report.refused)).toEqual(['2-3 IB956@2']);
    expect(report.entries.booked).toBe(1);
  });

  it('names lines right after quoted line ends', async () => {
    const report = await importText(
      new FakeLedger(),
      hledgerCsv([
        ...transfer(1, '1', { memo: 'two\r\nlines' }),
        { txn: 2, account: 'Assets:A', amount: '1' },
      ]),
    );
    expect(report.entries.booked).toBe(1);
    expect(shortly(report.refused)).toEqual(['6-6 IB202@6']);
  });

  it('reads a transaction number that comes back later as another entry', async () => {
    const [a, b] = transfer(1, '1');
    const rows = [a, b, ...transfer(2, '2'), a, b].flatMap((row) => row ?? []);
    const report = await importText(new FakeLedger(), hledgerCsv(rows));
    expect(report.entries).toMatchObject({ read: 3, booked: 3 });
  });
});

describe('what the books refuse', () => {
  it('an inactive account (IB205), another currency (IB206), a closed period (IB802)', async () => {
    const ledger = new FakeLedger();
    ledger.addAccount({ code: 'Assets:Old', isActive: false });
    ledger.addAccount({ code: 'Assets:Euro', currency: 'EUR' });
    ledger.addPeriod({
      name: '2023',
      startsOn: '2023-01-01',
      endsOn: '2023-12-31',
      status: 'closed',
      yearStartsOn: '2023-01-01',
    });
    const report = await importText(
      ledger,
      hledgerCsv([
        ...transfer(1, '1', { to: 'Assets:Old' }),
        ...transfer(2, '1', { to: 'Assets:Euro' }),
        ...transfer(3, '1', { date: '2023-06-01' }),
        ...transfer(4, '1'),
      ]),
    );
    expect(shortly(report.refused)).toEqual(['2-3 IB205@2', '4-5 IB206@4', '6-7 IB802@6']);
    expect(report.entries.booked).toBe(1);
  });

  it('a date without a period when years may not be opened (IB801)', async () => {
    const ledger = new FakeLedger();
    const report = await importText(ledger, hledgerCsv(transfer(1, '1')), { openPeriods: false });
    expect(shortly(report.refused)).toEqual(['2-3 IB801@2']);
    expect(ledger.books.periods).toEqual([]);
    expect(ledger.books.accounts.size).toBe(0);
  });

  it('years between distant dates are opened too, in an order that leaves no gap', async () => {
    const ledger = new FakeLedger();
    const dates = ['2019-05-01', '2012-05-01', '2015-05-01', '2020-05-01'];
    const report = await importText(
      ledger,
      hledgerCsv(dates.flatMap((date, at) => transfer(at, '1', { date }))),
      { batchEntries: 2 },
    );
    expect(report.refused).toEqual([]);
    expect(report.newYears.map(({ startsOn }) => startsOn.slice(0, 4))).toEqual(
      [2012, 2013, 2014, 2015, 2016, 2017, 2018, 2019, 2020].map(String),
    );
  });

  it('a date far away from all others, taken for a slip (IB801)', async () => {
    const ledger = new FakeLedger();
    const dates = ['9999-05-01', '2012-05-01', '2015-05-01', '1900-05-01', '2020-05-01'];
    const report = await importText(
      ledger,
      hledgerCsv(dates.flatMap((date, at) => transfer(at, '1', { date }))),
    );
    expect(shortly(report.refused)).toEqual(['2-3 IB801@2', '8-9 IB801@8']);
    expect(report.entries.booked).toBe(3);
  });

  it('a year that cannot be opened, once asked and each entry of it refused', async () => {
    const ledger = new FakeLedger();
    ledger.addPeriod({
      name: '2024-04',
      startsOn: '2024-04-01',
      endsOn: '2024-04-30',
      status: 'open',
      yearStartsOn: '2024-01-01',
    });
    const report = await importText(
      ledger,
      hledgerCsv([
        ...transfer(1, '1', { date: '2024-01-01' }),
        ...transfer(2, '1', { date: '2024-02-01' }),
        ...transfer(3, '1', { date: '2024-04-30' }),
      ]),
    );
    expect(shortly(report.refused)).toEqual(['2-3 23P01@2', '4-5 23P01@4']);
    expect(report.entries.booked).toBe(1);
  });
});

describe('what the database refuses', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) =>
      transfer(at + 1, `${at + 1}`, { to: `Assets:A${at}` }),
    ).flat();
  const refusing = (bad: (txn: number) => boolean, detail: boolean) => {
    const ledger = new FakeLedger();
    ledger.refuses = ({ entry }, index) =>
      bad(Number(entry.txn))
        ? new DatabaseError(
            'IB205',
            'account unusable',
            detail ? `entry ${index + 1}: no such account` : undefined,
          )
        : null;
    return ledger;
  };

  it.each([
    ['naming the entry', true],
    ['naming none', false],
  ])('sets aside exactly the bad entries of a batch, %s', async (_, detail) => {
    const ledger = refusing((txn) => txn % 7 === 3, detail);
    const report = await importText(ledger, hledgerCsv(many(60)));
    const bad = Array.from({ length: 60 }, (_, at) => at + 1).filter((txn) => txn % 7 === 3);
    expect(report.refused.map((refusal) => Number(refusal.txn))).toEqual(bad);
    expect(report.refused.every((refusal) => refusal.problems[0]?.by === 'database')).toBe(true);
    expect(report.entries).toMatchObject({
      read: 60,
      booked: 60 - bad.length,
      refused: bad.length,
    });
    expect([...ledger.books.accounts.keys()].some((code) => code === 'Assets:A2')).toBe(false);
    expect(exitCodeOf(report)).toBe(1);
  });

  it('asks little more than once for each entry when all of a batch are bad', async () => {
    const ledger = refusing(() => true, true);
    const report = await importText(ledger, hledgerCsv(many(200)));
    expect(report.entries).toMatchObject({ booked: 0, refused: 200 });
    expect(ledger.calls.reduce((sum, size) => sum + size, 0)).toBeLessThan(2 * 200 + 100);
    expect(ledger.books.accounts.size).toBe(0);
  });

  it('ends the import on a fault that is no refusal, keeps what came before and says where (exit 2)', async () => {
    const ledger = new FakeLedger();
    ledger.refuses = ({ entry }) =>
      entry.txn === '25' ? new DatabaseError('57P01', 'terminating connection') : null;
    const report = await importText(ledger, hledgerCsv(many(40)), { batchEntries: 10 });
    expect(report.stopped).toMatchObject({ code: '57P01', line: 42 });
    expect(report.entries).toMatchObject({ booked: 20, refused: 0 });
    expect(ledger.books.entries.size).toBe(20);
    expect(exitCodeOf(report)).toBe(2);
  });

  it('throws a fault that comes before the first row', async () => {
    const ledger = new FakeLedger();
    ledger.failCommit = new DatabaseError('42501', 'tenant_id required');
    await expect(importText(ledger, hledgerCsv(many(1)))).rejects.toMatchObject({ code: '42501' });
  });
});

describe('a broken line', () => {
  const good = hledgerCsv([...transfer(1, '1'), ...transfer(2, '2'), ...transfer(3, '3')]);
  const broken = `${good}"3","2024-01-15"\n${hledgerCsv(transfer(4, '4')).split('\n').slice(1).join('\n')}`;

  it('ends the import there; what came before stays, the entry it may belong to does not go in', async () => {
    const ledger = new FakeLedger();
    const report = await importText(ledger, broken);
    expect(report.stopped).toMatchObject({ code: 'IB952', line: 8 });
    expect(shortly(report.refused)).toEqual(['6-7 IB952@6']);
    expect(report.entries).toMatchObject({ read: 3, booked: 2, refused: 1 });
    expect(ledger.books.entries.size).toBe(2);
    expect(exitCodeOf(report)).toBe(1);
  });

  it('books nothing in a strict run', async () => {
    const ledger = new FakeLedger();
    const report = await importText(ledger, broken, { strict: true });
    expect(report).toMatchObject({ committed: false, entries: { booked: 0, accepted: 2 } });
    expect(ledger.books.entries.size).toBe(0);
  });
});

describe('a strict run', () => {
  const mixed = hledgerCsv([
    ...transfer(1, '1'),
    { txn: 2, account: 'Assets:A', amount: '1' },
    ...transfer(3, '1', { from: 'Nowhere' }),
    ...transfer(4, '1'),
  ]);

  it('books everything in one transaction', async () => {
    const ledger = new FakeLedger();
    const rows = Array.from({ length: 25 }, (_, at) => transfer(at, '1')).flat();
    const report = await importText(ledger, hledgerCsv(rows), { strict: true, batchEntries: 10 });
    expect(report).toMatchObject({ committed: true, entries: { booked: 25 } });
    expect(ledger.transactions).toBe(2);
    expect(ledger.calls).toEqual([10, 10, 5]);
  });

  it('books nothing when anything is refused, and reports all that is', async () => {
    const ledger = new FakeLedger();
    ledger.refuses = ({ entry }, index) =>
      entry.txn === '4'
        ? new DatabaseError('IB802', 'period closed', `entry ${index + 1}: x`)
        : null;
    const report = await importText(ledger, mixed, { strict: true });
    expect(shortly(report.refused)).toEqual(['4-4 IB202@4', '5-6 IB955@6', '7-8 IB802@7']);
    expect(report).toMatchObject({
      committed: false,
      entries: { accepted: 1, booked: 0, refused: 3 },
    });
    expect(ledger.books).toEqual({ accounts: new Map(), periods: [], entries: new Map() });
    expect(exitCodeOf(report)).toBe(1);
  });

  it('that cannot commit says so (exit 2)', async () => {
    const ledger = new FakeLedger();
    ledger.onPost = () => {
      ledger.failCommit = new DatabaseError('IB918', 'the transaction was rolled back');
    };
    const report = await importText(ledger, hledgerCsv(transfer(1, '1')), { strict: true });
    expect(report).toMatchObject({ committed: false, stopped: { code: 'IB918' } });
    expect(exitCodeOf(report)).toBe(2);
  });
});

describe('a dry run', () => {
  it('reports what would be booked and leaves nothing behind', async () => {
    const ledger = new FakeLedger();
    const rows = [1, 2, 3, 4, 5].flatMap((txn) => transfer(txn, '1'));
    const text = hledgerCsv([...rows, { txn: 6, account: 'Assets:A', amount: '1' }]);
    const report = await importText(ledger, text, { dryRun: true, batchEntries: 2 });
    expect(report).toMatchObject({
      committed: false,
      entries: { read: 6, accepted: 5, booked: 0, refused: 1 },
      newYears: [{ startsOn: '2024-01-01', periods: 12 }],
    });
    expect(report.newAccounts.map((account) => account.code)).toEqual([
      'Assets:Cash',
      'Revenue:Sales',
    ]);
    expect(ledger.books).toEqual({ accounts: new Map(), periods: [], entries: new Map() });
  });
});

describe('an import that cannot start throws', () => {
  it.each([
    ['an unknown company', hledgerCsv([]), { company: 'NONE' }, 'IB958'],
    ['an empty file', '', {}, 'IB951'],
    ['a header without amount', 'txnidx,date,description,account,commodity\n', {}, 'IB951'],
    ['a header with a column twice', `${HLEDGER_HEADER},amount\n`, {}, 'IB951'],
    ['a header that cannot be read', '"txnidx,date\n', {}, 'IB952'],
    [
      'a commodity mapped to nothing known',
      hledgerCsv([]),
      { commodities: new Map([['$', 'XYZ']]) },
      'IB959',
    ],
    ['an unknown default currency', hledgerCsv([]), { currency: 'XYZ' }, 'IB959'],
  ])('on %s', async (_, text, options, code) => {
    await expect(importText(new FakeLedger(), text, options)).rejects.toMatchObject({ code });
  });
});

describe('memory', () => {
  it('an import reads no further ahead than one batch and one piece of the file', async () => {
    const ledger = new FakeLedger();
    const rows = Array.from({ length: 3000 }, (_, at) => transfer(at, `${at + 1}`)).flat();
    const text = hledgerCsv(rows);
    const perEntry = text.length / 3000;
    let given = 0;
    let posted = 0;
    async function* counted() {
      for await (const piece of bytesOf(text, 4096)) {
        given += piece.length;
        yield piece;
      }
    }
    ledger.onPost = (entries) => {
      posted += entries.length;
      expect(entries.length).toBeLessThanOrEqual(100);
      expect(given - posted * perEntry).toBeLessThan(8192 + 2 * perEntry);
    };
    const options = {
      file: 't',
      format: 'hledger-csv',
      company: 'MAIN',
      batchEntries: 100,
    } as const;
    const report = await importJournal(counted(), ledger, options);
    expect(report.entries.booked).toBe(3000);
    expect(ledger.calls.length).toBe(30);
  });

  it('an entry without end is refused (IB957) without being kept', async () => {
    const rows = Array.from({ length: 100_001 }, () => '1,2024-01-01,x,Assets:A,1,USD').join('\n');
    const text = `txnidx,date,description,account,amount,commodity\n${rows}\n`;
    const report = await importText(new FakeLedger(), text);
    expect(report.refused[0]?.problems[0]?.code).toBe('IB957');
    expect(report.lines.read).toBe(100_001);
  });
});
