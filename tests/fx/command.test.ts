import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { registerFx } from '../../driver/cli/fx.ts';
import { type Stage, stageTenant } from '../import/live-support.ts';
import { runCommand } from '../support/command.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { extract } from './support.ts';

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await openDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'aibos-fx-'));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(() => vi.unstubAllEnvs());

const command = (...args: readonly string[]) => runCommand(registerFx, 'fx', 'import', ...args);

function where({ tenantId, userId, url }: Stage): string[] {
  return ['--tenant', tenantId, '--user', userId, '--url', url];
}

describe('aibos fx import', () => {
  it('ends with 0 and a summary when everything is loaded, and says so when there was nothing to load', async () => {
    const stage = await stageTenant(database);
    const first = await command('ecb', extract, ...where(stage));
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toContain('eurofxref-extract.csv as rates of ECB');
    expect(first.out).toContain('544 read, 544 loaded, 0 there already, 0 different');
    expect(first.out).toContain('so rates only, no amounts: BGN, CYP,');
    const second = await command('ecb', extract, ...where(stage));
    expect(second.code).toBe(0);
    expect(second.out).toContain('Nothing was loaded: every rate is there already.');
  });

  it('ends with 1 and names line and column when something differs or is unreadable', async () => {
    const stage = await stageTenant(database);
    await command('ecb', extract, ...where(stage));
    const file = path.join(folder, 'other.csv');
    await writeFile(file, 'Date,USD,JPY,\n2026-04-13,1.2,\u001b[31m,\n');
    const { code, out } = await command('ecb', file, ...where(stage));
    expect(code).toBe(1);
    expect(out).toContain('line 2, JPY: IB966 "\ufffd[31m" is not a rate');
    expect(out).toContain(
      'line 2, USD: IB967 EUR/USD of 2026-04-13 is 1.2 here, 1.1684 for 2026-04-13 in the database',
    );
  });

  it('prints the report as JSON', async () => {
    const stage = await stageTenant(database);
    const { code, out } = await command('ecb', extract, ...where(stage), '--json', '--dry-run');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      tenantId: stage.tenantId,
      userId: stage.userId,
      file: 'eurofxref-extract.csv',
      dryRun: true,
      rates: { loaded: 544 },
    });
  });

  it('takes database and user from the environment', async () => {
    const stage = await stageTenant(database);
    vi.stubEnv('DATABASE_URL', stage.url);
    vi.stubEnv('AIBOS_USER_ID', stage.userId);
    expect((await command('ecb', extract, '--tenant', stage.tenantId)).code).toBe(0);
  });

  it('loads a CSV file under the source that is given', async () => {
    const stage = await stageTenant(database);
    const file = path.join(folder, 'desk.csv');
    await writeFile(file, 'date\tbase\tquote\trate\n3/6/2026\tUSD\tGBP\t0.745\n');
    const how = ['--source', 'Desk', '--delimiter', 'tab', '--date-format', 'mdy'];
    const { code, out } = await command('csv', file, ...where(stage), ...how);
    expect(code).toBe(0);
    expect(out).toContain('desk.csv as rates of Desk');
    expect(out).toContain('1 read, 1 loaded');
  });

  it.each<[string, readonly string[], string]>([
    ['a file that is not there', ['ecb', 'nowhere.csv'], 'IB950'],
    ['a file of another kind', ['csv', extract, '--source', 'x'], 'IB951'],
    ['no source', ['csv', extract], 'IB959 --source'],
    ['a date that is none', ['ecb', extract, '--from', '2026'], 'IB959 --from'],
    ['a date of another form', ['ecb', extract, '--to', '31.12.2026'], 'IB959 --to'],
    [
      'a currency that is none',
      ['ecb', extract, '--currencies', 'USD,dollar'],
      'IB959 --currencies',
    ],
    [
      'an unknown order',
      ['csv', extract, '--source', 'x', '--date-format', 'x'],
      'IB959 --date-format',
    ],
  ])('ends with 2 for %s', async (_what, args, message) => {
    const { code, err } = await command(...args, ...where(await stageTenant(database)));
    expect(code).toBe(2);
    expect(err).toContain(`: ${message}`);
  });

  it('ends with 2 without a tenant', async () => {
    const stage = await stageTenant(database);
    const { code, err } = await command('ecb', extract, '--user', stage.userId, '--url', stage.url);
    expect(code).toBe(2);
    expect(err).toContain('IB959 --tenant');
  });
});
