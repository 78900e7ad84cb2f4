import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../driver/fx/report.ts';
import { asSuperuser, type Stage, stageTenant } from '../import/live-support.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { extract, importFile, importText } from './support.ts';

let database: TestDatabase;
let text: string;

beforeAll(async () => {
  database = await openDatabase();
  text = await readFile(extract, 'utf8');
});

const HEADER = 'Date,USD,JPY,';

async function ratesOf(stage: Stage): Promise<readonly string[]> {
  const rows = await asSuperuser<{ rate: string }>(
    stage,
    `select concat_ws(' ', f.source, f.base_currency || '/' || f.quote_currency, trim_scale(f.rate), f.valid_from, f.valid_to - f.valid_from) as rate
     from finance.fx_rates f where f.tenant_id = $1 order by 1`,
  );
  return rows.map(({ rate }) => rate);
}

describe('an import of rates', () => {
  it('loads every rate of the file for its day', async () => {
    const stage = await stageTenant(database);
    const report = await importFile(stage, extract);
    expect(report).toMatchObject({
      stopped: null,
      rows: 18,
      rates: { read: 544, loaded: 544, already: 0, different: 0 },
      cells: { unreadable: 0, blank: 194, leftOut: 0 },
      days: { first: '1999-01-04', last: '2026-04-13' },
      differences: [],
      faults: [],
    });
    expect(exitCodeOf(report)).toBe(0);
    const stored = await ratesOf(stage);
    expect(stored).toHaveLength(544);
    expect(stored).toContain('ECB EUR/TRL 1836200 2004-12-31 0');
    expect(stored).toContain('ECB EUR/TRY 1.815 2005-01-03 0');
    expect(stored).toContain('ECB EUR/USD 1.1684 2026-04-13 0');
  });

  it('loads nothing the second time', async () => {
    const stage = await stageTenant(database);
    await importFile(stage, extract);
    const before = await ratesOf(stage);
    const report = await importFile(stage, extract);
    expect(report.rates).toEqual({ read: 544, loaded: 0, already: 544, different: 0 });
    expect(exitCodeOf(report)).toBe(0);
    expect(await ratesOf(stage)).toEqual(before);
  });

  it('names the currencies that are not active in config.currencies', async () => {
    const report = await importFile(await stageTenant(database), extract);
    expect(report.currencies).toHaveLength(42);
    expect(report.unknownCurrencies).toEqual([
      'BGN',
      'CYP',
      'EEK',
      'HRK',
      'LTL',
      'LVL',
      'MTL',
      'ROL',
      'SIT',
      'SKK',
      'TRL',
    ]);
  });

  it('leaves one event for each rate, with who and why', async () => {
    const stage = await stageTenant(database);
    await importText(stage, `${HEADER}\n2026-03-06,1.1,160,\n`);
    expect(
      await asSuperuser(
        stage,
        `select e.action, e.actor, e.reason, e.after ->> 'quote_currency' as quote from finance.audit_events e
         where e.tenant_id = $1 and e.object = 'finance.fx_rates' order by 4`,
      ),
    ).toEqual(
      ['JPY', 'USD'].map((quote) => ({
        action: 'insert',
        actor: stage.userId,
        reason: 'rates for a test',
        quote,
      })),
    );
  });

  it('reports a rate that differs by line and column, and leaves what is stored', async () => {
    const stage = await stageTenant(database);
    await importText(stage, `${HEADER}\n2026-03-06,1.1,160,\n`);
    const report = await importText(
      stage,
      `${HEADER}\n2026-03-09,1.2,161,\n2026-03-06,1.3,160.0,\n`,
    );
    expect(report.rates).toEqual({ read: 4, loaded: 2, already: 1, different: 1 });
    expect(report.differences).toEqual([
      {
        code: 'IB967',
        line: 3,
        column: 'USD',
        base: 'EUR',
        quote: 'USD',
        day: '2026-03-06',
        rate: '1.3',
        stored: { rate: '1.1', validFrom: '2026-03-06', validTo: '2026-03-06' },
      },
    ]);
    expect(exitCodeOf(report)).toBe(1);
    expect(await ratesOf(stage)).toContain('ECB EUR/USD 1.1 2026-03-06 0');
  });

  it('reports a rate for a day that a longer version covers', async () => {
    const stage = await stageTenant(database);
    await asSuperuser(
      stage,
      `insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
       values ($1, 'EUR', 'USD', 1.1, 'ECB', '2026-03-02', '2026-03-08')`,
    );
    const report = await importText(stage, `${HEADER}\n2026-03-06,1.1,160,\n2026-03-02,1.1,N/A,\n`);
    expect(report.rates).toMatchObject({ loaded: 1, different: 2 });
    expect(report.differences[0]?.stored).toEqual({
      rate: '1.1',
      validFrom: '2026-03-02',
      validTo: '2026-03-08',
    });
  });

  it('takes the first of two rates that a file gives for a day', async () => {
    const stage = await stageTenant(database);
    const report = await importText(stage, `${HEADER}\n2026-03-06,1.1,160,\n2026-03-06,1.2,160,\n`);
    expect(report.rates).toEqual({ read: 4, loaded: 2, already: 1, different: 1 });
    expect(report.differences.map(({ line, rate }) => [line, rate])).toEqual([[3, '1.2']]);
  });

  it('names an unreadable cell and loads the rest', async () => {
    const stage = await stageTenant(database);
    const report = await importText(stage, `${HEADER}\n2026-03-06,n/a,160,\nsoon,1,2,\n`);
    expect(report.faults.map(({ line, column, code }) => `${code}@${line}:${column}`)).toEqual([
      'IB966@2:USD',
      'IB953@3:Date',
    ]);
    expect(exitCodeOf(report)).toBe(1);
    expect(await ratesOf(stage)).toEqual(['ECB EUR/JPY 160 2026-03-06 0']);
  });

  it('loads what stands before a broken line and says where it stopped', async () => {
    const stage = await stageTenant(database);
    const report = await importText(stage, `${HEADER}\n2026-03-06,1,160,\n2026-03-05,1\n`);
    expect(report.stopped).toMatchObject({ code: 'IB952', line: 3 });
    expect(exitCodeOf(report)).toBe(1);
    expect(await ratesOf(stage)).toHaveLength(2);
  });

  it('filters by day and currency', async () => {
    const stage = await stageTenant(database);
    const filter = { from: '2022-12-30', to: '2026-04-01', currencies: ['USD', 'HRK', 'XXX'] };
    const report = await importText(stage, text, filter);
    expect(await ratesOf(stage)).toEqual([
      'ECB EUR/HRK 7.5365 2022-12-30 0',
      ...['1.0666 2022-12-30', '1.0683 2023-01-02', '1.1498 2026-03-31', '1.1605 2026-04-01'].map(
        (rate) => `ECB EUR/USD ${rate} 0`,
      ),
    ]);
    expect(report).toMatchObject({
      rates: { read: 5, loaded: 5 },
      cells: { leftOut: 539 },
      absentCurrencies: ['XXX'],
    });
    expect(exitCodeOf(report)).toBe(1);
  });

  it('stores nothing in a dry run, which reports the same', async () => {
    const stage = await stageTenant(database);
    const dry = await importFile(stage, extract, { dryRun: true });
    expect(await ratesOf(stage)).toEqual([]);
    expect(await importFile(stage, extract)).toEqual({ ...dry, dryRun: false });
  });

  it('keeps sources apart', async () => {
    const stage = await stageTenant(database);
    await importText(stage, `${HEADER}\n2026-03-06,1.1,160,\n`);
    const report = await importText(stage, `${HEADER}\n2026-03-06,1.2,160,\n`, { source: 'Bank' });
    expect(report.rates).toMatchObject({ loaded: 2, different: 0 });
  });

  it('loads any CSV file with date, base, quote and rate', async () => {
    const stage = await stageTenant(database);
    const report = await importText(
      stage,
      'date;base;quote;rate\r\n06.03.2026;USD;GBP;0.745\r\n06.03.2026;USD;USD;1\r\n',
      { format: 'csv', source: 'Desk', dateOrder: 'dmy', delimiter: ';' },
    );
    expect(report.rates).toMatchObject({ read: 1, loaded: 1 });
    expect(report.faults).toHaveLength(1);
    expect(await ratesOf(stage)).toEqual(['Desk USD/GBP 0.745 2026-03-06 0']);
  });

  it('writes for its own tenant alone', async () => {
    const [stage, other] = [await stageTenant(database), await stageTenant(database)];
    await importText(stage, `${HEADER}\n2026-03-06,1.1,160,\n`);
    expect(await ratesOf(other)).toEqual([]);
    const report = await importText(other, `${HEADER}\n2026-03-06,1.3,160,\n`);
    expect(report.rates).toMatchObject({ loaded: 2, already: 0, different: 0 });
  });

  it('stops with the error of the server, and loads the rest the next time', async () => {
    const stage = await stageTenant(database);
    await asSuperuser(stage, `update kernel.tenants set status = 'suspended' where id = $1`);
    const report = await importText(stage, `${HEADER}\n2026-03-06,1.1,160,\n`);
    expect(report.stopped).toMatchObject({ code: 'IB102' });
    expect(report.rates).toMatchObject({ read: 2, loaded: 0 });
    expect(exitCodeOf(report)).toBe(2);
  });

  it.each([
    ['', /the file is empty/],
    ['Date;USD\n', /does not begin with Date/],
  ])('does not begin with the file %j (IB951)', async (file, message) => {
    const stage = await stageTenant(database);
    await expect(importText(stage, file)).rejects.toThrow(
      expect.objectContaining({ code: 'IB951', message: expect.stringMatching(message) }),
    );
  });

  it('done twice at once loads each rate once', async () => {
    const stage = await stageTenant(database);
    const reports = await Promise.all([importText(stage, text), importText(stage, text)]);
    const loaded = reports.map(({ rates }) => rates.loaded);
    expect(loaded[0]).toBe(544 - (loaded[1] ?? 0));
    expect(reports.map(({ rates }) => rates.different)).toEqual([0, 0]);
    expect(await ratesOf(stage)).toHaveLength(544);
  });
});
