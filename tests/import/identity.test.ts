import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OccurrenceCounter } from '../../driver/import/identity.ts';
import { FakeLedger } from './fake-ledger.ts';
import { hledgerCsv, importText, transfer } from './support.ts';

const coffee = (txn: number) => transfer(txn, '2.50', { description: 'Coffee' });

async function twice(first: string, second: string, ledger = new FakeLedger()) {
  await importText(ledger, first);
  return importText(ledger, second, { file: 'other-name.csv' });
}

describe('importing again', () => {
  it('books nothing twice, under another file name and other transaction numbers', async () => {
    const rows = (from: number) => [
      ...transfer(from, '1'),
      ...coffee(from + 1),
      ...coffee(from + 2),
    ];
    const report = await twice(hledgerCsv(rows(1)), hledgerCsv(rows(70)));
    expect(report.entries).toEqual({ read: 3, accepted: 0, booked: 0, replayed: 3, refused: 0 });
    expect(report).toMatchObject({ newAccounts: [], newYears: [], totals: [] });
  });

  it('books equal entries of one file as often as they stand there', async () => {
    const ledger = new FakeLedger();
    const report = await importText(ledger, hledgerCsv([...coffee(1), ...coffee(2), ...coffee(3)]));
    expect(report.entries.booked).toBe(3);
    expect(ledger.sums()['Assets:Cash']).toBe(750n);
  });

  it('of a file that has grown books what is new, wherever it was put', async () => {
    const old = [...coffee(1), ...transfer(2, '9')];
    const grown = [...transfer(1, '5'), ...coffee(2), ...coffee(3), ...transfer(4, '9')];
    const report = await twice(hledgerCsv(old), hledgerCsv(grown));
    expect(report.entries).toMatchObject({ booked: 2, replayed: 2 });
  });

  it('passes over what is booked already even when its period has closed and its accounts are inactive', async () => {
    const ledger = new FakeLedger();
    const text = hledgerCsv(coffee(1));
    await importText(ledger, text);
    ledger.books = {
      ...ledger.books,
      periods: ledger.books.periods.map((p) => ({ ...p, status: 'closed' })),
    };
    ledger.addAccount({ code: 'Assets:Cash', isActive: false });
    const report = await importText(ledger, text);
    expect(report.entries).toMatchObject({ replayed: 1, refused: 0 });
  });

  it('after a broken line is mended books the rest', async () => {
    const good = hledgerCsv([...coffee(1), ...coffee(2), ...transfer(3, '7')]);
    const broken = good.replace('"3","2024-01-15"', '"3"');
    const ledger = new FakeLedger();
    expect((await importText(ledger, broken)).entries).toMatchObject({ booked: 1, refused: 1 });
    expect((await importText(ledger, good)).entries).toMatchObject({ booked: 2, replayed: 1 });
  });

  it.each([
    ['a date', { date: '2024-01-16' }],
    ['a description', { description: 'Tea' }],
    ['a reference', { code: 'R1' }],
    ['a memo', { memo: 'with milk' }],
    ['an account', { to: 'Assets:Bank' }],
    ['a currency', { commodity: 'EUR' }],
  ])('an entry changed in %s is another entry', async (_, change) => {
    const report = await twice(
      hledgerCsv(transfer(1, '2.50', { description: 'Coffee' })),
      hledgerCsv(transfer(1, '2.50', { description: 'Coffee', ...change })),
    );
    expect(report.entries).toMatchObject({ booked: 1, replayed: 0 });
  });

  it('takes the same amount written otherwise, or a mapped commodity, for the same entry', async () => {
    const ledger = new FakeLedger();
    await importText(ledger, hledgerCsv(transfer(1, '2.50')));
    const other = hledgerCsv(transfer(1, '2.5000', { commodity: '$' }));
    const report = await importText(ledger, other, { commodities: new Map([['$', 'USD']]) });
    expect(report.entries.replayed).toBe(1);
  });

  it('with another source label books equal entries again', async () => {
    const ledger = new FakeLedger();
    const text = hledgerCsv(coffee(1));
    for (const source of ['till-1', 'till-2', 'till-1']) await importText(ledger, text, { source });
    expect(ledger.books.entries.size).toBe(2);
  });

  it('into another company of the tenant books again', async () => {
    const ledger = new FakeLedger();
    await importText(ledger, hledgerCsv(coffee(1)));
    ledger.company = { ...ledger.company, id: 'company-2' };
    expect((await importText(ledger, hledgerCsv(coffee(1)))).entries.booked).toBe(1);
  });
});

describe('occurrences', () => {
  const hashOf = (text: string) => createHash('sha256').update(text).digest();

  it('are counted for each hash apart, across every growth of the table', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 6000 }), (numbers) => {
        const counter = new OccurrenceCounter();
        const counts = new Map<number, number>();
        for (const number of numbers) {
          counts.set(number, (counts.get(number) ?? 0) + 1);
          expect(counter.next(hashOf(`${number}`))).toBe(counts.get(number));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('take at most 36 bytes for each distinct hash', () => {
    const counter = new OccurrenceCounter();
    for (let at = 0; at < 50_000; at += 1) counter.next(hashOf(`${at}`));
    expect(counter.bytes / 50_000).toBeLessThan(36);
  });
});
