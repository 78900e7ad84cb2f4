import { describe, expect, it } from 'vitest';
import { accountNameOf, accountTypeOf } from '../../driver/import/account-types.ts';
import { type ImportTexts, readImportTexts } from '../../driver/import/settings.ts';

const base = { format: 'hledger-csv', company: 'MAIN' };

describe('options given as texts', () => {
  it('have the documented defaults', () => {
    expect(readImportTexts('a.csv', base)).toEqual({
      file: 'a.csv',
      format: 'hledger-csv',
      company: 'MAIN',
      encoding: 'utf-8',
      delimiter: ',',
      map: {},
      dates: 'iso',
      amounts: { decimal: '.', thousands: undefined, parentheses: false },
      commodities: new Map(),
      defaultDescription: '',
      accountTypes: { prefixes: new Map() },
      openPeriods: true,
      source: '',
      strict: false,
      dryRun: false,
      batchEntries: 500,
    });
  });

  it('are read into what they say', () => {
    const options = readImportTexts('a.csv', {
      ...base,
      format: 'csv',
      delimiter: 'tab',
      map: ['entry=No'],
      dateFormat: 'DMY',
      decimal: 'comma',
      thousands: 'space',
      commodity: ['$=USD', '==EUR'],
      accountType: ['1=asset', '4=Income'],
      defaultAccountType: 'expense',
      batch: '50',
    });
    expect(options).toMatchObject({
      delimiter: '\t',
      map: { entry: 'No' },
      dates: 'dmy',
      amounts: { decimal: ',', thousands: ' ' },
      commodities: new Map([
        ['$', 'USD'],
        ['=', 'EUR'],
      ]),
      accountTypes: {
        prefixes: new Map([
          ['1', 'asset'],
          ['4', 'income'],
        ]),
        fallback: 'expense',
      },
      batchEntries: 50,
    });
  });

  it.each<[string, ImportTexts]>([
    ['--format', { format: 'ofx' }],
    ['--format', { format: '' }],
    ['--company', { company: ' ' }],
    ['--encoding', { encoding: 'ebcdic' }],
    ['--delimiter', { delimiter: ';;' }],
    ['--delimiter', { delimiter: '"' }],
    ['--map', { map: ['entry=No'] }],
    ['--date-format', { dateFormat: 'ydm' }],
    ['--decimal', { decimal: ';' }],
    ['--thousands', { thousands: 'x' }],
    ['--thousands', { thousands: '.' }],
    ['--commodity', { commodity: ['USD'] }],
    ['--account-type', { accountType: ['=asset'] }],
    ['--batch', { batch: '0' }],
    ['--batch', { batch: '1e3' }],
  ])('%s that cannot be meant is refused (IB959)', (option, texts) => {
    const reading = () => readImportTexts('a.csv', { ...base, ...texts });
    expect(reading).toThrow(
      expect.objectContaining({ code: 'IB959', message: expect.stringContaining(option) }),
    );
  });

  it('name the account types there are when one is unknown (IB959)', () => {
    const reading = () => readImportTexts('a.csv', { ...base, accountType: ['1=debtor'] });
    expect(reading).toThrow('"debtor" is not an account type');
  });
});

describe('the type of a new account', () => {
  it.each([
    ['Assets:Checking', 'asset'],
    ['asset', 'asset'],
    ['LIABILITIES:Loan', 'liability'],
    ['Liability', 'liability'],
    ['equity:opening', 'equity'],
    ['Income:Dues', 'income'],
    ['Revenues:Dues', 'income'],
    ['revenue', 'income'],
    ['Expense:Rent', 'expense'],
    ['Asset Sales:Desk', null],
    ['constructor:x', null],
    ['1000', null],
  ])('of %s is %s', (code, type) => {
    expect(accountTypeOf(code, {})).toBe(type);
  });

  it('is that of the longest prefix, then of the top-level name, then the fallback', () => {
    const rules = {
      prefixes: new Map([
        ['1', 'asset'],
        ['18', 'expense'],
        ['Assets:Loan', 'liability'],
      ] as const),
      fallback: 'equity',
    } as const;
    expect(accountTypeOf('1800', rules)).toBe('expense');
    expect(accountTypeOf('1700', rules)).toBe('asset');
    expect(accountTypeOf('Assets:Loan:Bank', rules)).toBe('liability');
    expect(accountTypeOf('Assets:Cash', rules)).toBe('asset');
    expect(accountTypeOf('9000', rules)).toBe('equity');
  });

  it('comes with the last part of its code as name', () => {
    expect(accountNameOf('Assets:Bank:Main')).toBe('Main');
    expect(accountNameOf('1000')).toBe('1000');
    expect(accountNameOf('Assets:')).toBe('Assets:');
  });
});
