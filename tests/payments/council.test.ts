import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stageTenant } from '../import/live-support.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { importInto, storedIn } from './support.ts';

const folder = path.join(import.meta.dirname, '../../../shared/data/payments');
const quarters = ['jan-mar', 'apr-jun', 'jul-sep', 'oct-dec'] as const;

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase();
});

interface Counted {
  readonly lines: number;
  readonly good: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** Sum of the good amounts in pence. */
  readonly pence: bigint;
}

/** Counts a file anew, with nothing of the importer: the quotes in these files stand around whole cells. */
function countAnew(text: string): Counted {
  const [header = [], ...lines] = text
    .trim()
    .split(/\r?\n/)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map((cell) =>
        (cell[1] ?? cell[2] ?? '').trim(),
      ),
    );
  const at = (part: RegExp) => header.findIndex((name) => part.test(name));
  const [number, amount, date] = [at(/^trans/i), at(/^amount/i), at(/^paid/i)];
  const [id, name] = [at(/^supplier.id/i), at(/^supplier.name/i)];
  const seen = new Set<string>();
  const reasons = { IB953: 0, IB980: 0, IB981: 0, IB983: 0 };
  let [good, pence] = [0, 0n];
  for (const cells of lines) {
    const [key = '', value = '', day = ''] = [cells[number], cells[amount], cells[date]];
    const found = {
      IB953: !/^([0-2]\d|3[01])\/(0\d|1[0-2])\/2016$/.test(day),
      IB980: value.startsWith('-') || /^[0.]+$/.test(value),
      IB981: seen.has(key),
      IB983: cells[id] === '' || cells[name] === '',
    };
    seen.add(key);
    for (const code of Object.keys(found) as (keyof typeof found)[])
      if (found[code]) reasons[code] += 1;
    if (Object.values(found).includes(true)) continue;
    good += 1;
    const [pounds = '', rest = ''] = value.split('.');
    pence += BigInt(pounds) * 100n + BigInt(rest.padEnd(2, '0'));
  }
  const counted = Object.entries(reasons).filter(([, count]) => count > 0);
  return { lines: lines.length, good, reasons: Object.fromEntries(counted), pence };
}

describe.each(quarters)('the payments of a council, %s 2016', (quarter) => {
  const file = path.join(folder, `council-spend-${quarter}-2016.csv`);

  test('are imported and reported to the line and the penny, once', async (context) => {
    if (!existsSync(file))
      context.skip(`the folder ../shared/data/payments with ${quarter} is not here`);
    const expected = countAnew(await readFile(file, 'utf8'));
    expect(expected.lines).toBeGreaterThan(3000);
    const stage = await stageTenant(database, { currency: 'GBP' });
    const report = await importInto(stage, createReadStream(file));
    expect(report).toMatchObject({ stopped: null, reasons: expected.reasons });
    expect(report.payments).toMatchObject({
      read: expected.lines,
      imported: expected.good,
      refused: expected.lines - expected.good,
    });
    expect(report.totals).toMatchObject([{ currency: 'GBP', amountMinor: `${expected.pence}` }]);
    const stored = await storedIn(stage);
    expect(stored).toHaveLength(expected.good);
    expect(stored.reduce((sum, { amount_cents }) => sum + BigInt(amount_cents), 0n)).toBe(
      expected.pence,
    );
    expect(
      stored.every(
        ({ status, events, category }) => status === 'draft' && events === 1 && category !== null,
      ),
    ).toBe(true);

    const again = await importInto(stage, createReadStream(file));
    expect(again).toMatchObject({ reasons: expected.reasons });
    expect(again.payments).toMatchObject({
      imported: 0,
      before: expected.good,
      refused: report.payments.refused,
    });
  });
});

test('the four quarters do not get into each other', async (context) => {
  if (!existsSync(folder)) context.skip('the folder ../shared/data/payments is not here');
  const stage = await stageTenant(database, { currency: 'GBP' });
  let good = 0;
  for (const quarter of quarters) {
    const file = path.join(folder, `council-spend-${quarter}-2016.csv`);
    const report = await importInto(stage, createReadStream(file), { negatives: 'skip' });
    good += report.payments.imported;
    expect(report.reasons.IB982).toBeUndefined();
    expect(report.payments.refused).toBe(0);
  }
  expect(await storedIn(stage)).toHaveLength(good);
});
