import { describe, expect, test } from 'vitest';
import { openDatabase } from '../support/database.ts';
import { archiveMutants } from './archive.ts';
import { constraintMutants } from './constraints.ts';
import { draftMutants } from './drafts.ts';
import { fxMutants } from './fx.ts';
import { guardMutants } from './guards.ts';
import { isolationMutants } from './isolation.ts';
import { type Mutant, rewritten } from './mutant.ts';
import { paymentMutants } from './payments.ts';
import { periodMutants } from './periods.ts';
import { postingMutants } from './posting.ts';
import { runProof } from './proof.ts';
import { rightsMutants } from './rights.ts';
import { signingMutants } from './signing.ts';
import { triggerMutants } from './triggers.ts';

const database = await openDatabase({ pgtap: true });

const unchanged = new Map<string, Promise<ReadonlySet<string>>>();

/** What is green in a file at whose beginning nothing is changed: everything, or the test fails. */
function greenIn(file: string): Promise<ReadonlySet<string>> {
  const known = unchanged.get(file);
  if (known !== undefined) return known;
  const found = runProof(database, file, 'select').then(({ green, red }) => {
    expect(red, `${file} with nothing changed`).toEqual([]);
    expect(green, file).not.toEqual([]);
    return new Set(green);
  });
  unchanged.set(file, found);
  return found;
}

/** What a mutant turns red in a file that was green before. */
async function turnedRed(file: string, sql: string): Promise<readonly string[]> {
  const green = await greenIn(file);
  const { red } = await runProof(database, file, sql, green);
  return red.filter((name) => green.has(name));
}

const groups: readonly (readonly [string, readonly Mutant[]])[] = [
  ['isolation', isolationMutants],
  ['signed contexts', signingMutants],
  ['rights', rightsMutants],
  ['triggers', triggerMutants],
  ['constraints', constraintMutants],
  ['posting', postingMutants],
  ['guards', guardMutants],
  ['periods and statements', periodMutants],
  ['parts and archives', archiveMutants],
  ['drafts', draftMutants],
  ['rates', fxMutants],
  ['payments', paymentMutants],
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

test('a change that cannot be made turns nothing red', async () => {
  expect(await turnedRed('finance/double_entry.sql', 'select 1 / 0')).toEqual([]);
});

test('a function cannot be rewritten where it lacks the part', async () => {
  const sql = rewritten('aibos.netstring(text)', 'no such part', '');
  expect(await turnedRed('aibos/netstring.sql', sql)).toEqual([]);
});
