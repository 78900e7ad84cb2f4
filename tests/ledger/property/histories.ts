import fc from 'fast-check';
import type pg from 'pg';
import { connect } from '../../support/clients.ts';
import type { TestDatabase } from '../../support/database.ts';
import { bulkOperations } from './bulk.ts';
import { changingOperations } from './changing.ts';
import type { Question } from './compare.ts';
import { convertingOperations } from './converting.ts';
import { correctingOperations } from './correcting.ts';
import { decidingOperations } from './deciding.ts';
import { draws } from './dice.ts';
import { draftingOperations } from './drafting.ts';
import { type SessionName, sessions } from './operation.ts';
import { payingOperations } from './paying.ts';
import { postingOperations } from './posting.ts';
import type { Step, Transaction } from './run.ts';

/** All that histories are made of. */
export const operations = [
  ...[...postingOperations, ...bulkOperations, ...correctingOperations, ...changingOperations],
  ...[...draftingOperations, ...decidingOperations, ...payingOperations, ...convertingOperations],
];
/** AIBOS_PROPERTY_SEED, as a failed run printed it, runs the same histories again; AIBOS_PROPERTY_RUNS says how many. */
export const seed = Number(process.env.AIBOS_PROPERTY_SEED ?? Date.now() % 2 ** 31);

const step: fc.Arbitrary<Step> = fc.record({
  operation: fc.oneof(
    ...operations.map(({ name, weight }) => ({ weight, arbitrary: fc.constant(name) })),
  ),
  draws,
});

const transaction: fc.Arbitrary<Transaction> = fc.record({
  session: fc.constantFrom(...sessions),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  commits: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn < 5),
});

const day = fc
  .date({ min: new Date('2025-12-31'), max: new Date('2027-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

const question: fc.Arbitrary<Question> = fc.record({
  asOf: day,
  from: day,
  knownAt: fc.nat(1000),
});

/** Transactions of any kind, one after another. */
export const history = fc.array(transaction, { minLength: 1, maxLength: 70, size: 'max' });

/** What is asked of the books after a history. */
export const questions = fc.array(question, { minLength: 3, maxLength: 3 });

/** Connects the sessions of a history. */
export async function openClients(database: TestDatabase): Promise<Record<SessionName, pg.Client>> {
  return {
    clerk: await connect(database.login('finance')),
    colleague: await connect(database.login('finance')),
    administrator: await connect(database.login('admin')),
  };
}
