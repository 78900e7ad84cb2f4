import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { faultsOf, openBook } from './books.ts';
import { acknowledgedIn, oddities, storedIn } from './storm/found.ts';
import { illegalOperations } from './storm/illegal.ts';
import { legalOperations } from './storm/legal.ts';
import { rage } from './storm/storm.ts';
import { Tally } from './storm/tally.ts';

const seed = process.env.AIBOS_SEED || randomBytes(4).toString('hex');
const committable = legalOperations.map(({ kind }) => kind).filter((kind) => kind !== 'given up');
// The oldest and the newest that are tested.
const majors = [...new Set([testMajors().at(0), testMajors().at(-1)])];

describe.each(majors)(`a storm on PostgreSQL %i (AIBOS_SEED=${seed})`, async (major) => {
  const database = await openDatabase(major === undefined ? {} : { major });
  const books = [await openBook(database), await openBook(database)];
  let tally = new Tally();

  beforeAll(async () => {
    tally = await rage(database, { seed, connections: 8, transactions: 150, books });
    await withClient(database.login('monitor'), (monitor) =>
      monitor.query('select finance.fold_balances()'),
    );
  });

  test('has nothing illegal accepted, nothing refused for an unknown reason, no late entry', () => {
    expect(tally.violations).toEqual([]);
  });

  test.each(committable)('has seen committed: %s', (kind) => {
    expect(tally.accepted(kind), tally.summary()).toBeGreaterThan(0);
  });

  test.each(illegalOperations)('has seen refused: $kind', ({ kind, codes }) => {
    expect(tally.refused(kind, codes), tally.summary()).toBeGreaterThan(0);
  });

  test.each(['close', 'open', 'fold'])('has gone on beside it: %s', (kind) => {
    expect(tally.accepted(kind), tally.summary()).toBeGreaterThan(0);
  });

  test('has seen a superuser refused', () => {
    expect(tally.refused('vandalism', ['IB301']), tally.summary()).toBeGreaterThan(0);
  });

  test('leaves every acknowledged entry exactly once as it was asked for, and nothing else', async () => {
    expect(await storedIn(database)).toEqual(acknowledgedIn(tally));
  });

  test('leaves no entry of two transactions, no second reversal, no event without its entry', async () => {
    expect(await oddities(database)).toEqual([]);
  });

  test.each([1, 2])(
    'leaves the book of tenant %i whole, hashed and without drift',
    async (tenant) => {
      const book = books[tenant - 1];
      if (book === undefined) throw new Error(`there is no tenant ${tenant}`);
      expect(await faultsOf(database, book)).toEqual([]);
      const entries = tally.claims.filter((claim) => claim.tenantId === book.tenantId);
      expect(entries.length, tally.summary()).toBeGreaterThan(50);
    },
  );
});
