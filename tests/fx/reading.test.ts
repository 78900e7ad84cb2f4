import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRateFile } from '../../driver/fx/archive.ts';
import { ecbLayout } from '../../driver/fx/ecb.ts';
import { genericLayout } from '../../driver/fx/generic.ts';
import type { RateRow } from '../../driver/fx/rates.ts';
import { extract, zipOf } from './support.ts';

const row = (line: number, text: string) => ({ line, endLine: line, cells: text.split(',') });
const shortly = ({ rates, faults, blanks }: RateRow) => ({
  rates: rates.map(({ base, quote, rate, day }) => `${base}/${quote} ${rate} ${day}`),
  faults: faults.map(({ line, column, code }) => `${code}@${line}:${column}`),
  blanks,
});

describe('a row of reference rates', () => {
  const { rates } = ecbLayout(row(1, 'Date,USD,TRL,JPY,'));

  it('gives a rate of the euro for each cell that holds one', () => {
    expect(shortly(rates(row(2, '2004-12-31,1.3621,1836200,139.65,')))).toEqual({
      rates: [
        'EUR/USD 1.3621 2004-12-31',
        'EUR/TRL 1836200 2004-12-31',
        'EUR/JPY 139.65 2004-12-31',
      ],
      faults: [],
      blanks: 0,
    });
  });

  it('passes over holes', () => {
    expect(shortly(rates(row(2, '2004-12-31,N/A,, 139.65 ,')))).toEqual({
      rates: ['EUR/JPY 139.65 2004-12-31'],
      faults: [],
      blanks: 2,
    });
  });

  it.each([
    '0',
    '0.000',
    '-1',
    '+1',
    'NaN',
    'Infinity',
    '1e5',
    '1,5',
    '1.1234567890123',
    '1234567890123',
    '.5',
    '5.',
    '٣',
    '$1',
    "1'",
  ])('names a cell of %s by line and column, and keeps the others', (cell) => {
    const cells = ['2004-12-31', cell, '5', '6', ''];
    expect(shortly(rates({ line: 7, endLine: 7, cells }))).toEqual({
      rates: ['EUR/TRL 5 2004-12-31', 'EUR/JPY 6 2004-12-31'],
      faults: ['IB966@7:USD'],
      blanks: 0,
    });
  });

  it.each(['31.12.2004', '2004-02-30', '', '2004-1-1'])(
    'has no rates where its date is %j',
    (date) => {
      expect(shortly(rates(row(3, `${date},1,2,3,`)))).toEqual({
        rates: [],
        faults: ['IB953@3:Date'],
        blanks: 0,
      });
    },
  );

  it('takes nothing from a column without a name', () => {
    expect(shortly(rates(row(3, '2004-12-31,1,2,3,4'))).faults).toEqual(['IB966@3:5']);
  });

  it.each(['Day,USD', 'Date', 'Date,', 'Date,usd', 'Date,USD,USD', 'Date,EUR', 'Date,USD,,JPY'])(
    'does not stand under the header %s (IB951)',
    (header) => {
      expect(() => ecbLayout(row(1, header))).toThrow(expect.objectContaining({ code: 'IB951' }));
    },
  );
});

describe('a row of any CSV file', () => {
  const { rates } = genericLayout(row(1, 'note,Rate,quote,BASE,date'), 'dmy');

  it('is read by the names of its columns', () => {
    expect(shortly(rates(row(2, 'x,0.75,GBP,USD,6.3.2026'))).rates).toEqual([
      'USD/GBP 0.75 2026-03-06',
    ]);
  });

  it('is passed over without a rate', () => {
    expect(shortly(rates(row(2, 'x,,GBP,USD,6.3.2026')))).toEqual({
      rates: [],
      faults: [],
      blanks: 1,
    });
  });

  it.each<[string, readonly string[]]>([
    ['x,0.75,gbp,USD,6.3.2026', ['IB966@2:quote']],
    ['x,0.75,GBP,,6.3.2026', ['IB966@2:base']],
    ['x,0.75,USD,USD,6.3.2026', ['IB966@2:quote']],
    ['x,nothing,,USD,31.2.2026', ['IB953@2:date', 'IB966@2:quote', 'IB966@2:rate']],
  ])('of %s is refused with every fault it has', (text, faults) => {
    expect(shortly(rates(row(2, text)))).toEqual({ rates: [], faults, blanks: 0 });
  });

  it('does not stand under a header that lacks a column (IB951)', () => {
    expect(() => genericLayout(row(1, 'date,base,rate'), 'iso')).toThrow(/lacks quote/);
  });
});

describe('a file of rates', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'aibos-rates-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function textOf(file: string): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await openRateFile(file)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }
  async function save(name: string, bytes: Uint8Array | string): Promise<string> {
    const file = path.join(folder, name);
    await writeFile(file, bytes);
    return file;
  }

  it('is read as it is, or out of the archive around it, whatever that is called', async () => {
    const text = await readFile(extract, 'utf8');
    expect(await textOf(extract)).toBe(text);
    const zip = await save('rates', zipOf({ 'READ.ME': 'hello', 'rates.CSV': text }));
    expect(await textOf(zip)).toBe(text);
  });

  it.each<[string, () => Uint8Array]>([
    ['no file', () => zipOf({})],
    ['no CSV file', () => zipOf({ 'a.txt': 'x' })],
    ['two CSV files', () => zipOf({ 'a.csv': 'x', 'b.csv': 'y' })],
    ['a broken directory', () => zipOf({ 'a.csv': 'x'.repeat(1000) }).subarray(0, 30)],
    ['a path out of the folder', () => zipOf({ '../a.csv': 'x' })],
    [
      'content of another checksum',
      () => {
        const zip = zipOf({ 'a.csv': 'Date,USD' });
        const at = zip.indexOf('PK\u0001\u0002');
        zip.writeUInt32LE(1, at + 16);
        return zip;
      },
    ],
  ])('is refused inside an archive with %s (IB965)', async (what, zip) => {
    const file = await save(`${what}.zip`, zip());
    await expect(textOf(file)).rejects.toMatchObject({ code: 'IB965' });
  });

  it.each(['nowhere.csv', '.'])('is refused where it cannot be read: %s (IB950)', async (name) => {
    await expect(openRateFile(path.join(folder, name))).rejects.toMatchObject({ code: 'IB950' });
  });
});
