import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { openSessions, type Session } from '../support/sessions.ts';
import { type Book, begin, openBook } from './books.ts';
import { moves, openClosers, recordOf, settle } from './closes.ts';
import { outcomeOf } from './periods.ts';

const [january, february] = ['2026-01', '2026-02'];
const ways = ['function', 'direct SQL'] as const;
const cases = ways.flatMap((closing) => ways.map((reopening) => ({ closing, reopening })));

describe.each(testMajors())('moves of neighbouring periods on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const { closer, other, admin, superuser } = await openClosers(database);
  const { second } = await openSessions(database, { second: database.admin });

  /** Runs `one`, then `two` of another session, which must wait; `end` ends the first. Resolves with what became of both. */
  async function cross(
    book: Book,
    [one, first]: readonly [string, Session],
    [two, next]: readonly [string, Session],
    end: 'commit' | 'rollback',
  ): Promise<string> {
    await begin(first, book, 'read committed');
    await begin(next, book, 'read committed');
    await first.run(one);
    const step = next.start(two);
    await step.blocked(first);
    await first.run(end);
    return outcomeOf(next, step);
  }

  async function statuses(book: Book): Promise<string> {
    const records = [
      await recordOf(database, book, january),
      await recordOf(database, book, february),
    ];
    expect(records.map(({ drifts }) => drifts)).toEqual([0, 0]);
    return records.map(({ status }) => status).join(', ');
  }

  const closeBy = (way: (typeof ways)[number], book: Book, name: string, session: Session) =>
    way === 'function'
      ? ([moves.close(book, name), session] as const)
      : ([moves['direct close'](book, name), superuser] as const);
  const reopenBy = (way: (typeof ways)[number], book: Book, name: string) =>
    way === 'function'
      ? ([moves.reopen(book, name), admin] as const)
      : ([moves['direct reopen'](book, name), second] as const);

  test.each(ways)('a close waits for the close of the period before it, by %s', async (way) => {
    const book = await openBook(database);
    const one = [moves['direct close'](book, january), second] as const;
    expect(await cross(book, one, closeBy(way, book, february, closer), 'commit')).toBe('posted');
    expect(await statuses(book)).toBe('closed, closed');
  });

  test.each(ways)('and is refused when that is given up, by %s (IB806)', async (way) => {
    const book = await openBook(database);
    const one = [moves.close(book, january), other] as const;
    expect(await cross(book, one, closeBy(way, book, february, closer), 'rollback')).toBe('IB806');
    expect(await statuses(book)).toBe('open, open');
  });

  test('a close out of order is refused at once (IB806)', async () => {
    const book = await openBook(database);
    await begin(closer, book, 'read committed');
    const refusal = await closer.start(moves.close(book, february)).refusal();
    expect(refusal).toMatchObject({ code: 'IB806', detail: 'Period 2026-01 before it is open.' });
    await closer.run('rollback');
    expect(await statuses(book)).toBe('open, open');
  });

  test.each(['commit', 'rollback'] as const)(
    'two closes of one period make one, after %s',
    async (end) => {
      const book = await openBook(database);
      const [one, two] = [
        [moves.close(book, january), closer],
        [moves.close(book, january), other],
      ] as const;
      expect(await cross(book, one, two, end)).toBe(end === 'commit' ? 'IB805' : 'posted');
      expect(await recordOf(database, book, january)).toMatchObject({
        status: 'closed',
        closeNo: 1,
      });
    },
  );

  test.each(cases)(
    'a close by $closing waits for a reopening of the period before by $reopening, then is refused (IB806)',
    async ({ closing, reopening }) => {
      const book = await openBook(database);
      await settle(database, book, january);
      const close = closeBy(closing, book, february, closer);
      expect(await cross(book, reopenBy(reopening, book, january), close, 'commit')).toBe('IB806');
      expect(await statuses(book)).toBe('open, open');
    },
  );

  test.each(cases)(
    'a close by $closing goes on when the reopening by $reopening is given up',
    async ({ closing, reopening }) => {
      const book = await openBook(database);
      await settle(database, book, january);
      const close = closeBy(closing, book, february, closer);
      expect(await cross(book, reopenBy(reopening, book, january), close, 'rollback')).toBe(
        'posted',
      );
      expect(await statuses(book)).toBe('closed, closed');
    },
  );

  test.each(cases)(
    'a reopening by $reopening waits for a close of the next period by $closing, then is refused (IB806)',
    async ({ closing, reopening }) => {
      const book = await openBook(database);
      await settle(database, book, january);
      const close = closeBy(closing, book, february, closer);
      expect(await cross(book, close, reopenBy(reopening, book, january), 'commit')).toBe('IB806');
      expect(await statuses(book)).toBe('closed, closed');
    },
  );

  test.each(cases)(
    'a reopening by $reopening goes on when the close by $closing is given up',
    async ({ closing, reopening }) => {
      const book = await openBook(database);
      await settle(database, book, january);
      const close = closeBy(closing, book, february, closer);
      expect(await cross(book, close, reopenBy(reopening, book, january), 'rollback')).toBe(
        'posted',
      );
      expect(await statuses(book)).toBe('open, open');
    },
  );

  const openYear = (book: Book) =>
    `select finance.open_fiscal_year('${book.companyId}', date '2025-01-01')`;

  test.each([
    ['commit', 'IB806'],
    ['rollback', 'posted'],
  ] as const)(
    'a year before the first period waits for the close of that one; after %s: %s',
    async (end, outcome) => {
      const book = await openBook(database);
      const one = [moves.close(book, january), closer] as const;
      expect(await cross(book, one, [openYear(book), other], end)).toBe(outcome);
      expect(await statuses(book)).toBe(end === 'commit' ? 'closed, open' : 'open, open');
    },
  );

  test.each([
    ['commit', 'IB806'],
    ['rollback', 'posted'],
  ] as const)(
    'the close of the first period waits for a year before it; after %s: %s',
    async (end, outcome) => {
      const book = await openBook(database);
      const two = [moves.close(book, january), closer] as const;
      expect(await cross(book, [openYear(book), other], two, end)).toBe(outcome);
      expect(await statuses(book)).toBe(end === 'commit' ? 'open, open' : 'closed, open');
    },
  );

  test('one year is opened once by two sessions', async () => {
    const book = await openBook(database);
    expect(await cross(book, [openYear(book), closer], [openYear(book), other], 'commit')).toBe(
      'posted',
    );
    await begin(other, book, 'read committed');
    const { rows } = await other.run('select count(*)::int as periods from finance.fiscal_periods');
    expect(rows).toEqual([{ periods: 24 }]);
    await other.run('rollback');
  });
});
