import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerPayments } from '../../driver/cli/payments.ts';
import { type Stage, stageTenant } from '../import/live-support.ts';
import { runCommand } from '../support/command.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { paymentsCsv, storedIn } from './support.ts';

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await openDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'aibos-payments-'));
});

afterAll(() => rm(folder, { recursive: true }));

const command = (...args: readonly string[]) =>
  runCommand(registerPayments, 'payments', 'import', ...args);

async function fileOf(name: string, ...lines: readonly string[]): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, paymentsCsv(...lines));
  return file;
}

function where({ tenantId, userId, url }: Stage): string[] {
  return ['--tenant', tenantId, '--company', 'MAIN', '--user', userId, '--url', url];
}

const good = '1,1234.5,01/02/2016,7,Seven,Rent';
const credit = '2,-5,01/02/2016,7,Seven,Rent';

describe('aibos payments import', () => {
  it('ends with 0 and a summary when everything went in', async () => {
    const stage = await stageTenant(database, { currency: 'GBP' });
    const file = await fileOf('good.csv', good);
    const { code, out, err } = await command(file, ...where(stage));
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('1 read, 1 imported, 0 imported before, 0 refused');
    expect(out).toContain('GBP        1,234.50');
    expect((await command(file, ...where(stage))).out).toContain(
      '1 read, 0 imported, 1 imported before, 0 refused',
    );
  });

  it('ends with 1 when a line is refused, with its reason, and writes the same report to a file and as JSON', async () => {
    const stage = await stageTenant(database, { currency: 'GBP' });
    const [file, report] = [
      await fileOf('mixed.csv', good, credit),
      path.join(folder, 'report.json'),
    ];
    const { code, out } = await command(file, ...where(stage), '--json', '--report', report);
    expect(code).toBe(1);
    const printed: unknown = JSON.parse(out);
    expect(JSON.parse(await readFile(report, 'utf8'))).toEqual(printed);
    expect(printed).toMatchObject({
      file,
      tenantId: stage.tenantId,
      payments: { read: 2, imported: 1, refused: 1 },
      reasons: { IB980: 1 },
      refused: [{ txn: '2', firstLine: 3, problems: [{ code: 'IB980', line: 3 }] }],
    });
    const { out: text } = await command(file, ...where(stage));
    expect(text).toContain('reasons    IB980 1');
    expect(text).toMatch(/3 +2 +IB980 +the amount -5.00 is negative/);
  });

  it('ends with 0 when credit notes are skipped', async () => {
    const stage = await stageTenant(database, { currency: 'GBP' });
    const { code, out } = await command(
      await fileOf('skip.csv', good, credit),
      ...where(stage),
      '--negatives',
      'skip',
    );
    expect(code).toBe(0);
    expect(out).toContain('1 skipped');
  });

  it('stores nothing with --strict or --dry-run', async () => {
    const stage = await stageTenant(database, { currency: 'GBP' });
    const file = await fileOf('one-bad.csv', good, credit);
    for (const mode of ['--strict', '--dry-run']) {
      expect((await command(file, ...where(stage), mode)).code).toBe(1);
      expect(await storedIn(stage)).toEqual([]);
    }
  });

  it.each([
    ['a file that is not there', ['/nowhere.csv'], 'IB950'],
    ['an unknown way with negatives', ['good.csv', '--negatives', 'pay'], 'IB959 --negatives'],
    ['an unknown field', ['good.csv', '--map', 'what=Trans No'], 'IB959 --map'],
  ])('ends with 2 for %s', async (_what, [name = '', ...flags], message) => {
    const stage = await stageTenant(database, { currency: 'GBP' });
    await fileOf('good.csv', good);
    const { code, err } = await command(path.resolve(folder, name), ...where(stage), ...flags);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
