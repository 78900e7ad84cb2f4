import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { codesAt, entriesCalled, faultsOf, levels, openBook, openSecondBook } from './books.ts';
import { crossKeys, crossPeriods, openCrossing } from './orders.ts';

describe.each(testMajors())('two arrays in opposite order on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const book = await openBook(database);
  const second = await openSecondBook(database, book);
  const crossing = await openCrossing(database);
  const companies = [
    { of: 'one company', books: [book, book] },
    { of: 'two companies', books: [book, second] },
  ] as const;
  const cases = levels.flatMap((level) => companies.map((company) => ({ level, ...company })));

  test.each(cases)('lock periods of $of in one order at $level', async ({ level, books }) => {
    const { waits, outcomes, descriptions } = await crossPeriods(crossing, books, level);
    expect(waits).toEqual(['early', 'early']);
    expect(outcomes).toContain('posted');
    for (const outcome of outcomes) expect(codesAt(level, 'posted')).toContain(outcome);
    const posted = outcomes.filter((outcome) => outcome === 'posted').length;
    for (const description of descriptions) {
      expect(await entriesCalled(database, description)).toHaveLength(posted);
    }
  });

  test.each(levels)('take their keys in one order at %s', async (level) => {
    const { waits, outcomes, descriptions } = await crossKeys(crossing, book, level);
    expect(waits).toEqual(['late', 'forth']);
    expect(outcomes).toEqual(['posted', level === 'read committed' ? 'posted' : '40001']);
    for (const description of descriptions) {
      expect(await entriesCalled(database, description)).toHaveLength(1);
    }
  });

  test('leave every entry whole', async () => {
    expect(await faultsOf(database, book)).toEqual([]);
  });
});
