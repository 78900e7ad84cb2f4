import { describe, expect, it } from 'vitest';
import { SUMMARY_LIMIT, summarize } from '../../driver/import/summary.ts';
import { DatabaseError, FakeLedger } from './fake-ledger.ts';
import { hledgerCsv, importText, transfer } from './support.ts';

describe('the summary', () => {
  it('counts what was read, booked, booked before and refused, and lists every reason with its lines', async () => {
    const ledger = new FakeLedger();
    await importText(ledger, hledgerCsv(transfer(1, '1')));
    const report = await importText(
      ledger,
      hledgerCsv([
        ...transfer(1, '1'),
        ...transfer(2, '1234567.89'),
        { txn: 3, account: 'Assets:A', amount: '1' },
        ...transfer(4, '0.001'),
      ]),
    );
    expect(summarize(report)).toBe(`test.csv into company MAIN
  entries    4 read, 1 booked, 1 booked before, 2 refused
  lines      7 read, 2 booked
  USD        1,234,567.89 debited and credited

Refused
  lines  entry  code   reason
  6      3      IB202  the entry has 1 line with an amount and needs two
  7-8    4      IB941  "0.001" has more decimals than USD allows (2)
  8      4      IB941  "-0.001" has more decimals than USD allows (2)
  IB202: Give the entry its other side.
  IB941: Amounts are never rounded: correct the amount, or the exponent of the currency.
`);
  });

  it('says that a dry run would book and that a strict run kept nothing', async () => {
    const text = hledgerCsv([...transfer(1, '1'), { txn: 2, account: 'Equity', amount: '1' }]);
    const dry = summarize(await importText(new FakeLedger(), text, { dryRun: true }));
    expect(dry).toContain('1 would be booked');
    expect(dry).toContain('accounts   2 would be made');
    expect(dry).toContain('periods    would open 2024');
    const strict = summarize(await importText(new FakeLedger(), text, { strict: true }));
    expect(strict).toContain('0 booked, 0 booked before, 1 refused');
    expect(strict).toContain('nothing was booked, because not everything could be');
    expect(strict).not.toContain('made');
  });

  it('lists a limited number of refusals and says how many more there are', async () => {
    const rows = Array.from({ length: SUMMARY_LIMIT + 5 }, (_, txn) => ({
      txn,
      account: 'Equity',
      amount: '1',
    }));
    const report = await importText(new FakeLedger(), hledgerCsv(rows));
    expect(report.refused.length).toBe(SUMMARY_LIMIT + 5);
    expect(summarize(report)).toContain('and 5 more: --report FILE lists all');
  });

  it('lets no control character of the file reach the terminal', async () => {
    const rows = transfer(1, '1', { to: 'X\u001b[2J\u0007', from: 'Y\u202ez' });
    const text = summarize(await importText(new FakeLedger(), hledgerCsv(rows)));
    expect(text).toContain('account X\ufffd[2J\ufffd is new');
    expect(/[^\n\P{Cc}]|\u202e/u.test(text)).toBe(false);
  });

  it('says where a broken file was left', async () => {
    const text = `${hledgerCsv(transfer(1, '1'))}"2","oops"\n`;
    expect(summarize(await importText(new FakeLedger(), text))).toContain(
      'Stopped at line 4: IB952 line 4 has 2 columns, not as many as the header',
    );
  });

  it('says after a fault of the database that the rest can be booked by importing again', async () => {
    const ledger = new FakeLedger();
    ledger.refuses = () => new DatabaseError('57P01', 'terminating connection');
    const text = summarize(await importText(ledger, hledgerCsv(transfer(1, '1'))));
    expect(text).toContain('Stopped at line 2: 57P01 terminating connection');
    expect(text).toContain('Import the file again to book the rest');
  });
});
