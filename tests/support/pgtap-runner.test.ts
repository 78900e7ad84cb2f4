import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from './database.ts';
import { readReport, verdictsOf } from './pgtap-report.ts';
import { pgtapFiles, runPgtap } from './pgtap-run.ts';
import { withClient } from './run.ts';

const folder = path.join(import.meta.dirname, 'fixtures/pgtap');
const databases = await Promise.all(
  testMajors().map(async (major) => ({
    major,
    database: await openDatabase({ major, pgtap: true }),
  })),
);

describe.each(databases)('on PostgreSQL $major', ({ database }) => {
  async function verdicts(file: string) {
    return verdictsOf(
      await runPgtap(database.admin, readFileSync(path.join(folder, file), 'utf8')),
    );
  }

  test('a good file passes, one test for each assertion and one for the file', async () => {
    expect(await verdicts('passes.sql')).toEqual([
      { name: 'true is true', outcome: 'passed', reason: '' },
      { name: 'one is one', outcome: 'passed', reason: '' },
      { name: 'every planned assertion runs', outcome: 'passed', reason: '' },
    ]);
  });

  test('a failing assertion fails with its diagnostics, and the others still count', async () => {
    const [failing, passing, whole] = await verdicts('assertion-fails.sql');
    expect(failing).toMatchObject({ name: 'the numbers agree', outcome: 'failed' });
    expect(failing?.reason).toMatch(/have: one\n\s+want: two/);
    expect(passing).toMatchObject({ outcome: 'passed' });
    expect(whole).toMatchObject({ outcome: 'passed' });
  });

  test.each([
    ['plan-too-long.sql', '3 assertions were planned and 1 ran'],
    ['plan-too-short.sql', '1 assertions were planned and 2 ran'],
    ['no-plan.sql', 'the file has no plan'],
    ['nothing.sql', 'the file asserts nothing'],
    ['exception-midway.sql', 'the file ended early: 22012 division by zero'],
    ['syntax-error.sql', 'the file ended early at line 3: 42601 syntax error'],
  ])('%s fails as a file: %s', async (file, problem) => {
    const whole = (await verdicts(file)).at(-1);
    expect(whole).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(problem) });
  });

  test('an exception keeps what passed before it and leaves nothing in the database', async () => {
    const [before, whole] = await verdicts('exception-midway.sql');
    expect(whole?.reason).toContain('after assertion 1: before the error');
    expect(before).toEqual({ name: 'before the error', outcome: 'passed', reason: '' });
    const { rows } = await withClient(database.admin, (client) =>
      client.query(`select to_regclass('public.left_behind') as found`),
    );
    expect(rows).toEqual([{ found: null }]);
  });

  test('SKIP and TODO are skipped with their reason', async () => {
    expect(await verdicts('skip-and-todo.sql')).toEqual([
      { name: 'assertion 1', outcome: 'skipped', reason: 'SKIP not on this server' },
      { name: 'the future', outcome: 'skipped', reason: 'TODO not built yet' },
      { name: String.raw`issue \# 5 is no directive`, outcome: 'passed', reason: '' },
      { name: 'every planned assertion runs', outcome: 'passed', reason: '' },
    ]);
  });

  test('a plan that is counted at the end is a plan', async () => {
    const whole = (await verdicts('plan-at-the-end.sql')).at(-1);
    expect(whole).toMatchObject({ outcome: 'passed' });
  });
});

describe('the reader of reports', () => {
  test('sees assertions that are out of order', () => {
    expect(readReport(['1..2', 'ok 1 - a', 'ok 1 - b']).problems).toEqual([
      'assertion 2 has number 1',
    ]);
  });

  test('sees a second plan and a bail-out', () => {
    const { problems } = readReport(['1..1', 'ok 1 - a', '1..1', 'Bail out! no server']);
    expect(problems).toEqual(['Bail out! no server', 'the file has 2 plans']);
  });

  test('counts the assertions of a subtest only once', () => {
    const report = readReport(['1..1', '    ok 1 - inner', '    1..1', 'ok 1 - outer']);
    expect(report).toMatchObject({ problems: [], assertions: [{ description: 'outer' }] });
  });

  test('reads values of several lines', () => {
    const report = readReport(['1..1', 'not ok 1 - a\n# Failed test 1: "a"\n#         have: 1']);
    expect(report.assertions[0]?.diagnostics).toEqual(['Failed test 1: "a"', '        have: 1']);
  });
});

test('the helpers in pgtap/support are no proofs', () => {
  expect(pgtapFiles().filter((file) => file.startsWith('support/'))).toEqual([]);
  expect(readdirSync(folder).length).toBeGreaterThan(0);
});
