import { randomUUID } from 'node:crypto';
import format from 'pg-format';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { openSessions } from '../support/sessions.ts';
import { begin, entriesCalled, faultsOf, levels, openBook } from './books.ts';
import { outcomeOf } from './periods.ts';
import { wayNames, ways } from './postings.ts';

const cases = levels.flatMap((level) => wayNames.map((way) => ({ level, way })));

describe.each(testMajors())('an account set inactive on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const book = await openBook(database);
  const login = database.login('finance');
  const { poster, keeper } = await openSessions(database, { poster: login, keeper: login });
  const setActive = (isActive: boolean): string =>
    format(
      'update finance.accounts set is_active = %L where id = %L',
      isActive,
      book.accounts.cash,
    );

  beforeEach(async () => {
    await begin(keeper, book, 'read committed');
    await keeper.run(setActive(true));
    await keeper.run('commit');
  });

  describe.each(cases)('during a posting by $way at $level', ({ level, way }) => {
    test('takes no line from a transaction that began later', async () => {
      const description = `later ${randomUUID()}`;
      await begin(keeper, book, level);
      await keeper.run(setActive(false));
      await keeper.run('commit');
      await begin(poster, book, level);
      const step = poster.start(ways[way](book, { description }));
      expect(await outcomeOf(poster, step)).toBe('IB205');
      expect(await entriesCalled(database, description)).toEqual([]);
    });

    test('takes the lines of a transaction that could not see it', async () => {
      const description = `before ${randomUUID()}`;
      await begin(keeper, book, level);
      await keeper.run(setActive(false));
      await begin(poster, book, level);
      await poster.run(ways[way](book, { description }));
      await keeper.run('commit');
      await poster.run('commit');
      expect(await entriesCalled(database, description)).toHaveLength(1);
    });

    test('waits for no posting in flight', async () => {
      const description = `in flight ${randomUUID()}`;
      await begin(poster, book, level);
      await poster.run(ways[way](book, { description }));
      await begin(keeper, book, level);
      await keeper.run(setActive(false));
      await keeper.run('commit');
      await poster.run('commit');
      expect(await entriesCalled(database, description)).toHaveLength(1);
    });

    test('judges an old snapshot as if it had posted before', async () => {
      const description = `snapshot ${randomUUID()}`;
      await begin(poster, book, level);
      await begin(keeper, book, level);
      await keeper.run(setActive(false));
      await keeper.run('commit');
      const outcome = await outcomeOf(poster, poster.start(ways[way](book, { description })));
      expect(outcome).toBe(level === 'read committed' ? 'IB205' : 'posted');
      expect(await entriesCalled(database, description)).toHaveLength(outcome === 'posted' ? 1 : 0);
    });
  });

  test('leaves every entry whole', async () => {
    expect(await faultsOf(database, book)).toEqual([]);
  });
});
