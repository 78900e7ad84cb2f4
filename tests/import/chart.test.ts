import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerCoa } from '../../driver/cli/coa.ts';
import { circlesIn } from '../../driver/coa/circles.ts';
import { chartTemplates } from '../../driver/coa/templates.ts';
import { packageRoot } from '../../driver/install/source.ts';
import { runCommand } from '../support/command.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { asSuperuser, type Stage, stageTenant } from './live-support.ts';

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await openDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'aibos-chart-'));
});

afterAll(() => rm(folder, { recursive: true }));

const coa = (...args: readonly string[]) => runCommand(registerCoa, 'coa', ...args);

function where({ tenantId, userId, url }: Stage): readonly string[] {
  return ['--tenant', tenantId, '--company', 'MAIN', '--user', userId, '--url', url];
}

/** Writes the lines to a file and imports it. */
async function importLines(stage: Stage, lines: readonly string[], ...args: readonly string[]) {
  const file = path.join(folder, 'chart.csv');
  await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  return coa('import', file, ...where(stage), ...args);
}

/** The chart of the stage: code, name, type, parent, currency and what is not as usual. */
async function chartOf(stage: Stage): Promise<readonly string[]> {
  const rows = await asSuperuser<{ text: string }>(
    stage,
    `select concat_ws(' ', a.code, a.name, a.account_type, coalesce(p.code, '-'), coalesce(a.currency, '-'),
       case when not a.is_active then 'inactive' end, case when a.keeps_balance then 'keeps' end,
       case when not a.is_monetary then 'non-monetary' end) as text
     from finance.accounts a left join finance.accounts p on p.tenant_id = a.tenant_id and p.id = a.parent_id
     where a.tenant_id = $1 order by a.code collate "C"`,
  );
  return rows.map(({ text }) => text);
}

/** How many events the accounts of the stage have. */
async function eventsOf(stage: Stage): Promise<number> {
  const [row] = await asSuperuser<{ count: number }>(
    stage,
    `select count(*)::int from finance.audit_events where tenant_id = $1 and object = 'finance.accounts'`,
  );
  return row?.count ?? -1;
}

const chart = [
  'code,name,type,parent,currency,flags',
  '1110,Petty cash,,1100,EUR,keeps-balance',
  '1100,Cash,,1000,,',
  '1000,Assets,asset,,,',
  '1500,Land,,1000,,non-monetary',
  '4000,Sales,Revenue,,,inactive',
];

describe('aibos coa import', () => {
  it('makes the accounts, parents in any order, children of the type of their parent', async () => {
    const stage = await stageTenant(database);
    const { code, out, err } = await importLines(stage, chart);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('5 read, 5 made, 0 changed, 0 as they were, 0 refused');
    expect(await chartOf(stage)).toEqual([
      '1000 Assets asset - -',
      '1100 Cash asset 1000 -',
      '1110 Petty cash asset 1100 EUR keeps',
      '1500 Land asset 1000 - non-monetary',
      '4000 Sales income - - inactive',
    ]);
  });

  it('changes nothing the second time', async () => {
    const stage = await stageTenant(database);
    await importLines(stage, chart);
    const events = await eventsOf(stage);
    const { code, out } = await importLines(stage, chart);
    expect(code).toBe(0);
    expect(out).toContain('5 read, 0 made, 0 changed, 5 as they were, 0 refused');
    expect(await eventsOf(stage)).toBe(events);
  });

  it('updates names, parents and activity, and leaves what the file does not name', async () => {
    const stage = await stageTenant(database);
    await importLines(stage, chart);
    const { code, out } = await importLines(stage, [
      'code,name,parent,flags',
      '4000,Sales of goods,,',
      '1500,Land,1100,non-monetary',
    ]);
    expect(code).toBe(0);
    expect(out).toContain('2 read, 0 made, 2 changed');
    expect(out).toContain(
      'line 2  4000: name Sales -> Sales of goods, isActive false -> true\n  line 3  1500: parent 1000 -> 1100',
    );
    const now = await chartOf(stage);
    expect(now).toContain('4000 Sales of goods income - -');
    expect(now).toContain('1500 Land asset 1100 - non-monetary');
    await importLines(stage, ['code', '1110', '1500']);
    expect(await chartOf(stage)).toEqual(now);
    await importLines(stage, ['code,parent', '1500,']);
    expect(await chartOf(stage)).toContain('1500 Land asset - - non-monetary');
  });

  it('takes a parent that is in the company and not in the file', async () => {
    const stage = await stageTenant(database);
    await importLines(stage, chart);
    expect((await importLines(stage, ['code,parent', '1120,1100'])).code).toBe(0);
    expect(await chartOf(stage)).toContain('1120 1120 asset 1100 -');
  });

  it('reads any file with a column map, a delimiter, an encoding and rules for types', async () => {
    const stage = await stageTenant(database);
    const file = path.join(folder, 'latin.csv');
    await writeFile(file, Buffer.from('Konto;Titel\n10;B\xfcro\n40;Erl\xf6se\n', 'latin1'));
    const options = ['--map', 'code=Konto,name=Titel', '--delimiter', ';'];
    const types = ['--account-type', '4=income', '--default-account-type', 'asset'];
    const encoding = ['--encoding', 'iso-8859-1'];
    const args = [...where(stage), ...options, ...types, ...encoding];
    expect(await coa('import', file, ...args)).toMatchObject({ code: 0, err: '' });
    expect(await chartOf(stage)).toEqual(['10 Büro asset - -', '40 Erlöse income - -']);
  });

  it.each<[string, readonly string[], string]>([
    ['a row without a code', ['code,type', ',asset'], 'line 2  IB960  the row has no code'],
    [
      'a type that is none',
      ['code,type', '1,assert'],
      'line 2  IB960  1: "assert" is not an account type',
    ],
    [
      'an account whose type nothing says',
      ['code', '1'],
      'line 2  IB960  1: neither the row nor a parent says its type',
    ],
    [
      'an unknown currency',
      ['code,type,currency', '1,asset,QQQ'],
      'line 2  IB960  1: currency "QQQ" is not an active code',
    ],
    [
      'an unknown flag',
      ['code,type,flags', '1,asset,inactive secret'],
      'line 2  IB960  1: "secret" is not a flag',
    ],
    [
      'a code that stands twice',
      ['code,type', '1,asset', '2,asset', '1,asset'],
      'line 4  IB961  1: account 1 stands on line 2 already',
    ],
    [
      'a parent that is nowhere',
      ['code,type,parent', '1,asset,9'],
      'line 2  IB962  1: there is no account 9',
    ],
    [
      'parents in a circle',
      ['code,type,parent', '1,asset,', '2,asset,4', '3,asset,2', '4,asset,3', '5,asset,4'],
      'line 3  IB963  2: the accounts above it lead back to it: 2 -> 4 -> 3 -> 2',
    ],
    [
      'an account above itself',
      ['code,type,parent', '1,asset,1'],
      'line 2  IB963  1: the accounts above it lead back to it: 1 -> 1',
    ],
    [
      'another type',
      ['code,type', '1000,expense'],
      'line 2  IB964  1000: its type is asset and cannot become expense',
    ],
    [
      'another currency',
      ['code,currency', '1110,USD', '1000,USD'],
      'line 2  IB964  1110: its currency is EUR and cannot become USD',
    ],
    [
      'no currency where there was one',
      ['code,currency', '1110,'],
      'line 2  IB964  1110: its currency is EUR and cannot become any',
    ],
    [
      'a balance that is no longer kept',
      ['code,flags', '1110,'],
      'line 2  IB964  1110: its keeps-balance is true and cannot become false',
    ],
    [
      'a circle with what the company has',
      ['code,parent', '1000,1110'],
      'line 2  IB963  1000: the accounts above it lead back to it: 1000 -> 1110 -> 1100 -> 1000',
    ],
    ['a broken line', ['code,type', '1,asset,surplus'], 'line 2  IB952  line 2 has 3 columns'],
  ])('ends with 1 and writes nothing on %s', async (_, lines, message) => {
    const stage = await stageTenant(database);
    await importLines(stage, chart);
    const before = await chartOf(stage);
    const [header = '', ...rest] = lines;
    const blanks = ','.repeat(header.split(',').length - 1);
    const good = header.includes('type') ? `good,asset${blanks.slice(1)}` : `1500${blanks}`;
    const { code, out } = await importLines(stage, [header, ...rest, good]);
    expect(code).toBe(1);
    expect(out).toContain(message);
    expect(out).toContain('nothing was written');
    expect(await chartOf(stage)).toEqual(before);
  });

  it('says what it would do and does nothing with --dry-run', async () => {
    const stage = await stageTenant(database);
    const { code, out } = await importLines(stage, chart, '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('(dry run)');
    expect(out).toContain('5 would be made');
    expect(await chartOf(stage)).toEqual([]);
  });

  it('prints the full report with --json', async () => {
    const stage = await stageTenant(database);
    await importLines(stage, chart);
    const { code, out } = await importLines(stage, ['code,name', '4000,Turnover'], '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      tenantId: stage.tenantId,
      userId: stage.userId,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      file: 'chart.csv',
      company: { code: 'MAIN' },
      dryRun: false,
      committed: true,
      accounts: { read: 1, made: 0, changed: 1, unchanged: 0, refused: 0 },
      lines: [
        { line: 2, account: '4000', outcome: 'changed', changes: { name: ['Sales', 'Turnover'] } },
      ],
      refused: [],
    });
    const refused = await importLines(stage, ['code,type', 'x,nothing'], '--json');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({
      committed: false,
      refused: [{ line: 2, account: 'x', code: 'IB960', by: 'importer' }],
    });
  });

  it.each<[string, readonly string[], readonly string[], RegExp]>([
    ['a header without a code', ['name,type', 'a,asset'], [], /IB951 the header has no column/],
    ['a mapped column that is not there', ['code'], ['--map', 'name=Title'], /IB951/],
    ['an unknown field', ['code'], ['--map', 'colour=Title'], /IB959 --map/],
    ['an empty file', [], [], /IB951 the file is empty/],
    ['an unknown company', ['code'], ['--company', 'NONE'], /IB958 company NONE/],
    ['no tenant', ['code'], ['--tenant', ''], /IB959 --tenant/],
  ])('ends with 2 on %s', async (_, lines, args, message) => {
    const stage = await stageTenant(database);
    const { code, out, err } = await importLines(stage, lines, ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).toMatch(/Next: /);
  });

  it('keeps to its tenant', async () => {
    const [stage, other] = [await stageTenant(database), await stageTenant(database)];
    await importLines(stage, chart);
    expect(await chartOf(other)).toEqual([]);
    const crossed = await importLines({ ...stage, tenantId: other.tenantId }, chart);
    expect(crossed.code).toBe(0);
    expect(await chartOf(other)).toHaveLength(5);
    expect(await chartOf(stage)).toHaveLength(5);
  });
});

describe('the charts that come with the package', () => {
  it.each(chartTemplates.map((template) => [template.name, template] as const))(
    '%s loads whole, with a hierarchy, and loads again without a change',
    async (name, { file }) => {
      const stage = await stageTenant(database);
      const rows = (await readFile(file, 'utf8')).trimEnd().split('\n').length - 1;
      expect(rows).toBeGreaterThanOrEqual(25);
      expect(rows).toBeLessThanOrEqual(45);
      const first = await coa('template', name, ...where(stage));
      expect(first).toMatchObject({ code: 0, err: '' });
      expect(first.out).toContain(`${rows} read, ${rows} made`);
      const again = await coa('template', name, ...where(stage), '--json');
      expect(JSON.parse(again.out)).toMatchObject({ accounts: { made: 0, unchanged: rows } });
      const made = await chartOf(stage);
      for (const type of ['asset', 'liability', 'equity', 'income', 'expense']) {
        expect(made.some((account) => account.includes(` ${type} - `))).toBe(true);
      }
      const [misplaced] = await asSuperuser<{ count: number }>(
        stage,
        `select count(*)::int from finance.accounts a join finance.accounts p on p.tenant_id = a.tenant_id and p.id = a.parent_id
         where a.tenant_id = $1 and a.account_type <> p.account_type`,
      );
      expect(misplaced?.count).toBe(0);
    },
  );

  it('are listed, and an unknown one is refused with their names', async () => {
    const { code, out } = await coa('templates');
    expect(code).toBe(0);
    for (const { name, purpose } of chartTemplates) {
      expect(out).toMatch(new RegExp(`${name} +${purpose}`));
    }
    expect(JSON.parse((await coa('templates', '--json')).out)).toEqual(chartTemplates);
    const stage = await stageTenant(database);
    const unknown = await coa('template', 'circus', ...where(stage));
    expect(unknown.code).toBe(2);
    expect(unknown.err).toMatch(
      /IB959 there is no template "circus"[\s\S]*association, consulting, trading/,
    );
  });

  it('are part of the package', () => {
    const args = ['pack', '--dry-run', '--ignore-scripts', '--json'];
    const { stdout } = spawnSync('npm', args, { cwd: packageRoot, encoding: 'utf8' });
    for (const { name } of chartTemplates) expect(stdout).toContain(`charts/${name}.csv`);
  });
});

describe('circles', () => {
  it('are found each once, whatever leads into them', () => {
    const parents = new Map<string, string | null>([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'b'],
      ['d', 'd'],
      ['e', 'a'],
      ['f', null],
      ['g', 'nowhere'],
    ]);
    expect(circlesIn(parents)).toEqual([['b', 'c'], ['d']]);
    expect(circlesIn(new Map())).toEqual([]);
  });

  it('are not found in a chain of any length', () => {
    const chain = new Map<string, string | null>(
      Array.from({ length: 100_000 }, (_, at) => [`${at}`, at === 99_999 ? null : `${at + 1}`]),
    );
    expect(circlesIn(chain)).toEqual([]);
  });
});
