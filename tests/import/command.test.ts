import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { registerJournal } from '../../driver/cli/journal.ts';
import { connectionUrl } from '../support/clients.ts';
import { runCommand } from '../support/command.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { countsOf, exampleBooks, type Stage, stageTenant } from './live-support.ts';
import { hledgerCsv, transfer } from './support.ts';

const tuckshop = path.join(exampleBooks, 'tuckshop.hledger.csv');
let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await openDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'aibos-import-'));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(() => vi.unstubAllEnvs());

const command = (...args: readonly string[]) =>
  runCommand(registerJournal, 'journal', 'import', ...args);

function base(stage: Stage): string[] {
  const { tenantId, userId, url } = stage;
  const where = ['--tenant', tenantId, '--company', 'MAIN', '--user', userId, '--url', url];
  return ['--format', 'hledger-csv', ...where];
}

describe('aibos journal import', () => {
  it('ends with 0 and a summary when everything is booked', async () => {
    const stage = await stageTenant(database, { currency: 'EUR' });
    const { code, out, err } = await command(tuckshop, ...base(stage));
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('6 read, 6 booked, 0 booked before, 0 refused');
    expect(out).toContain('EUR        1,106.65 debited and credited');
  });

  it('takes database and user from the environment', async () => {
    const stage = await stageTenant(database, { currency: 'EUR' });
    vi.stubEnv('DATABASE_URL', stage.url);
    vi.stubEnv('AIBOS_USER_ID', stage.userId);
    const where = ['--format', 'hledger-csv', '--tenant', stage.tenantId, '--company', 'MAIN'];
    const { code } = await command(tuckshop, ...where);
    expect(code).toBe(0);
    expect(await countsOf(stage)).toMatchObject({ entries: 6 });
  });

  it('ends with 1 when something is refused, and writes the same report to a file and as JSON', async () => {
    const stage = await stageTenant(database);
    const [file, report] = [path.join(folder, 'mixed.csv'), path.join(folder, 'report.json')];
    await writeFile(file, hledgerCsv([...transfer(1, '1'), ...transfer(2, '1.005')]));
    const { code, out } = await command(file, ...base(stage), '--json', '--report', report);
    expect(code).toBe(1);
    const printed: unknown = JSON.parse(out);
    expect(JSON.parse(await readFile(report, 'utf8'))).toEqual(printed);
    expect(printed).toMatchObject({
      file,
      tenantId: stage.tenantId,
      userId: stage.userId,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      committed: true,
      entries: { read: 2, booked: 1, refused: 1 },
      refused: [
        {
          txn: '2',
          firstLine: 4,
          lastLine: 5,
          problems: [{ code: 'IB941', line: 4 }, { line: 5 }],
        },
      ],
    });
  });

  it('books nothing with --strict or --dry-run', async () => {
    const stage = await stageTenant(database);
    const file = path.join(folder, 'one-bad.csv');
    await writeFile(
      file,
      hledgerCsv([...transfer(1, '1'), { txn: 2, account: 'Equity', amount: '1' }]),
    );
    for (const mode of ['--strict', '--dry-run']) {
      expect((await command(file, ...base(stage), mode)).code).toBe(1);
      expect(await countsOf(stage)).toMatchObject({ entries: 0, accounts: 0, periods: 0 });
    }
  });

  it('finds a tenant by its short name where the login may look it up, and says so where not', async () => {
    const stage = await stageTenant(database, { currency: 'EUR' });
    const named = base(stage).map((arg) => (arg === stage.tenantId ? stage.slug : arg));
    const refused = await command(tuckshop, ...named);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('IB958 this login may not look up tenant');
    const admin = named.map((arg) => (arg === stage.url ? connectionUrl(database.admin) : arg));
    expect((await command(tuckshop, ...admin)).code).toBe(0);
    expect(await countsOf(stage)).toMatchObject({ entries: 6 });
  });

  it.each<[string, (stage: Stage) => readonly string[], RegExp]>([
    [
      'a file that is not there',
      (stage) => ['nowhere.csv', ...base(stage)],
      /IB950 nowhere\.csv cannot be read/,
    ],
    ['a directory', (stage) => [exampleBooks, ...base(stage)], /IB950 .* is a directory/],
    [
      'a header of another format',
      (stage) => [path.join(exampleBooks, 'workshop.csv'), ...base(stage)],
      /IB951 the header lacks txnidx/,
    ],
    [
      'an unknown company',
      (stage) => [tuckshop, ...base(stage), '--company', 'NONE'],
      /IB958 company NONE/,
    ],
    [
      'an unknown tenant',
      (stage) => [tuckshop, ...base(stage), '--tenant', stage.userId],
      /IB958 company MAIN/,
    ],
    [
      'no tenant',
      (stage) => [tuckshop, ...base(stage), '--tenant', ''],
      /IB959 --tenant is missing/,
    ],
    [
      'a user that is no UUID',
      (stage) => [tuckshop, ...base(stage), '--user', 'bob'],
      /IB959 user "bob"/,
    ],
    [
      'a URL of something else',
      (stage) => [tuckshop, ...base(stage), '--url', 'mysql://x'],
      /IB959 the database URL/,
    ],
    [
      'no server there',
      (stage) => [tuckshop, ...base(stage), '--url', 'postgresql://127.0.0.1:1/x'],
      /ECONNREFUSED/,
    ],
    [
      'a report over the file itself',
      (stage) => [tuckshop, ...base(stage), '--report', tuckshop],
      /IB959 --report/,
    ],
    [
      'a report that cannot be written',
      (stage) => [tuckshop, ...base(stage), '--report', path.join(folder, 'no', 'r')],
      /IB959 --report/,
    ],
  ])('ends with 2 and books nothing on %s', async (_, args, message) => {
    const stage = await stageTenant(database);
    const { code, out, err } = await command(...args(stage));
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).toMatch(/Next: /);
    expect(await countsOf(stage)).toMatchObject({ entries: 0 });
  });

  it('ends with 2 without a database, and tells it as JSON when asked', async () => {
    vi.stubEnv('DATABASE_URL', undefined);
    const where = ['--tenant', 'acme', '--company', 'MAIN', '--user', 'someone', '--json'];
    const { code, out } = await command(tuckshop, '--format', 'hledger-csv', ...where);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      error: { code: 'IB931', message: 'no database was named' },
    });
  });
});
