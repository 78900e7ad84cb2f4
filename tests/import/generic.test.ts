import { describe, expect, it } from 'vitest';
import { parseColumnMap } from '../../driver/import/generic.ts';
import type { ImportOptions } from '../../driver/import/importer.ts';
import { FakeLedger } from './fake-ledger.ts';
import { importText, shortly } from './support.ts';

function importCsv(
  ledger: FakeLedger,
  lines: readonly string[],
  options: Partial<ImportOptions> = {},
) {
  return importText(ledger, `${lines.join('\n')}\n`, { format: 'csv', ...options });
}

describe('any CSV file is read by its column names', () => {
  it('with debit and credit columns under their own names', async () => {
    const ledger = new FakeLedger();
    const report = await importCsv(ledger, [
      'Entry,Date,Description,Account,Account-Name,Debit,Credit,Memo,Reference,Currency',
      'J1,2024-02-01,Rent,Expenses:Rent,Office rent,1200.00,,February,INV-1,EUR',
      'J1,2024-02-01,,Assets:Bank,Main bank,0.00,1200.00,,,EUR',
    ]);
    expect(report.refused).toEqual([]);
    expect(ledger.sums()).toEqual({ 'Expenses:Rent': 120_000n, 'Assets:Bank': -120_000n });
    expect(report.newAccounts[0]).toEqual({
      code: 'Expenses:Rent',
      type: 'expense',
      name: 'Office rent',
    });
    const [booked] = ledger.books.entries.values();
    expect(booked?.entry).toMatchObject({ description: 'Rent', reference: 'INV-1' });
    expect(booked?.entry.lines.map((line) => line.memo)).toEqual(['February', null]);
  });

  it('with mapped columns, an amount and its side, in the functional currency', async () => {
    const ledger = new FakeLedger();
    ledger.company = { ...ledger.company, functionalCurrency: 'JPY' };
    const report = await importCsv(
      ledger,
      [
        'Voucher No;Posted;Text;Ledger account;Amount, net;D/C',
        '7;31.01.2024;Sale;1000;1.500;D',
        '7;31.01.2024;Sale;4000;1.500;cr',
      ],
      {
        delimiter: ';',
        dates: 'dmy',
        amounts: { decimal: ',', thousands: '.' },
        map: parseColumnMap([
          'entry=Voucher No,date=Posted,description=Text,account=Ledger account,amount=Amount, net',
          'side=D/C',
        ]),
        accountTypes: {
          prefixes: new Map([
            ['1', 'asset'],
            ['4', 'income'],
          ]),
        },
      },
    );
    expect(report.refused).toEqual([]);
    expect(ledger.sums()).toEqual({ '1000': 1500n, '4000': -1500n });
  });

  it('with a signed amount when debit and credit are there too but amount is mapped', async () => {
    const lines = [
      'entry,date,description,account,debit,credit,Net',
      '1,2024-01-01,x,Assets:A,9,9,5',
      '1,2024-01-01,x,Equity,9,9,-5',
    ];
    const ledger = new FakeLedger();
    await importCsv(ledger, lines, { map: { amount: 'Net' } });
    expect(ledger.sums()).toEqual({ 'Assets:A': 500n, Equity: -500n });
  });

  it('with one description for all entries where the file has none', async () => {
    const ledger = new FakeLedger();
    const lines = [
      'entry,date,account,amount',
      '1,2024-01-01,Assets:A,5',
      '1,2024-01-01,Equity,-5',
    ];
    await expect(importCsv(ledger, lines)).rejects.toMatchObject({ code: 'IB951' });
    const report = await importCsv(ledger, lines, { defaultDescription: 'Opening balance' });
    expect(report.entries.booked).toBe(1);
  });
});

describe('rows that do not give one direction are refused', () => {
  it.each([
    ['both debit and credit', '5,5', 'IB956'],
    ['neither', ',', 'IB940'],
    ['a negative debit', '-5,', 'IB956'],
    ['a credit that is no amount', ',five', 'IB940'],
  ])('%s', async (_, cells, code) => {
    const report = await importCsv(new FakeLedger(), [
      'entry,date,description,account,debit,credit',
      `1,2024-01-01,x,Assets:A,${cells}`,
      '1,2024-01-01,x,Equity,,5',
    ]);
    expect(shortly(report.refused)).toEqual([`2-3 ${code}@2`]);
  });

  it.each([
    ['a negative amount with a side', '-5,C'],
    ['an unknown side', '5,left'],
    ['no side', '5,'],
  ])('%s', async (_, cells) => {
    const report = await importCsv(new FakeLedger(), [
      'entry,date,description,account,amount,side',
      `1,2024-01-01,x,Assets:A,${cells}`,
      '1,2024-01-01,x,Equity,5,C',
    ]);
    expect(shortly(report.refused)).toEqual(['2-3 IB956@2']);
  });
});

describe('a header that does not fit cannot be imported (IB951)', () => {
  it.each([
    ['no entry column', 'date,description,account,amount', {}],
    ['no amount at all', 'entry,date,description,account', {}],
    ['debit without credit', 'entry,date,description,account,debit', {}],
    [
      'amount beside debit and credit, none mapped',
      'entry,date,description,account,amount,debit,credit',
      {},
    ],
    [
      'a mapped column that is not there',
      'entry,date,description,account,amount',
      { memo: 'Note' },
    ],
    [
      'a name that stands twice',
      'entry,date,description,account,amount,Account',
      { account: 'ACCOUNT' },
    ],
    ['the wrong delimiter', 'entry;date;description;account;amount', {}],
  ])('%s', async (_, header, map) => {
    const importing = importCsv(new FakeLedger(), [header], { map });
    await expect(importing).rejects.toMatchObject({ code: 'IB951', line: 1 });
  });
});

describe('a column map', () => {
  it('takes several pairs in one text or in several', () => {
    const map = { entry: 'No', date: 'Day', 'account-name': 'A = B' };
    expect(parseColumnMap(['entry=No,date=Day', 'account-name = A = B'])).toEqual(map);
  });

  it.each(['entry', 'entry=', 'colour=Red', 'entry=A,entry=B', ''])(
    '"%s" is refused (IB959)',
    (text) => {
      expect(() => parseColumnMap([text])).toThrow(expect.objectContaining({ code: 'IB959' }));
    },
  );
});
