import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openDatabase, testServer } from '../support/database.ts';
import { type PgtapReport, verdictsOf } from '../support/pgtap-report.ts';
import { pgtapPath, runPgtap } from '../support/pgtap-run.ts';
import { undisturbed } from '../support/templates.ts';
import { constraintMutants } from './constraints.ts';
import { guardMutants } from './guards.ts';
import { isolationMutants } from './isolation.ts';
import { type Mutant, rewritten } from './mutant.ts';
import { postingMutants } from './posting.ts';
import { rightsMutants } from './rights.ts';
import { triggerMutants } from './triggers.ts';

const database = await openDatabase({ pgtap: true });

/** Runs a file of proofs, which is one transaction that is rolled back, with statements at its beginning. */
async function run(file: string, sql: string): Promise<PgtapReport> {
  const text = readFileSync(pgtapPath(file), 'utf8');
  if (!/^begin;$/m.test(text) || !/^rollback;$/m.test(text)) {
    throw new Error(`${file} is not one transaction that is rolled back`);
  }
  const mutated = text.replace(/^begin;$/m, () => `begin;\n${sql};`);
  return undisturbed(testServer(), () => runPgtap(database.admin, mutated));
}

const unchanged = new Map<string, Promise<ReadonlySet<string>>>();

/** What is green in a file where nothing was changed; all must be. */
function greenIn(file: string): Promise<ReadonlySet<string>> {
  const known = unchanged.get(file);
  if (known !== undefined) return known;
  const found = run(file, '').then((report) => {
    const verdicts = verdictsOf(report);
    expect(verdicts.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    return new Set(verdicts.map(({ name }) => name));
  });
  unchanged.set(file, found);
  return found;
}

/**
 * What a mutant turned red in a file: assertions, and that all of them run. Nothing where none ran, since then the change
 * itself could not be made.
 */
async function turnedRed(file: string, sql: string): Promise<readonly string[]> {
  const green = await greenIn(file);
  const report = await run(file, sql);
  if (report.assertions.length === 0) return [];
  return verdictsOf(report)
    .filter(({ name, outcome }) => outcome === 'failed' && green.has(name))
    .map(({ name }) => name);
}

const groups: readonly (readonly [string, readonly Mutant[]])[] = [
  ['isolation', isolationMutants],
  ['rights', rightsMutants],
  ['triggers', triggerMutants],
  ['constraints', constraintMutants],
  ['posting', postingMutants],
  ['guards', guardMutants],
];

function named(mutants: readonly Mutant[]) {
  return mutants.map((mutant) => [mutant.name, mutant] as const);
}

describe.each(groups)('the proofs notice, of %s, that', (_group, mutants) => {
  test.each(named(mutants))('%s', async (_name, { sql, noticedBy }) => {
    expect(noticedBy).not.toEqual([]);
    for (const file of noticedBy) expect(await turnedRed(file, sql), file).not.toEqual([]);
  });
});

test('no mutant has the name of another', () => {
  const names = groups.flatMap(([, mutants]) => mutants.map((mutant) => mutant.name));
  expect(names.length).toBe(new Set(names).size);
});

test('a change that changes nothing turns nothing red', async () => {
  const files = new Set(groups.flatMap(([, mutants]) => mutants.flatMap((m) => m.noticedBy)));
  for (const file of files) expect(await turnedRed(file, 'select 1'), file).toEqual([]);
});

test('a change that cannot be made turns nothing red', async () => {
  expect(await turnedRed('finance/double_entry.sql', 'select 1 / 0')).toEqual([]);
});

test('a function is not rewritten where it lacks the part', async () => {
  const sql = rewritten('aibos.netstring(text)', 'no such part', '');
  const { assertions, problems } = await run('aibos/netstring.sql', sql);
  expect(assertions).toEqual([]);
  expect(problems.join('\n')).toContain('nothing to rewrite in aibos.netstring(text)');
});
