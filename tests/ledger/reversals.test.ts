import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { openSessions } from '../support/sessions.ts';
import { type Book, begin, entriesCalled, faultsOf, levels, openBook } from './books.ts';
import { newEntryId } from './ids.ts';
import { insertHeader, insertLines, linesOf, reverse, ways } from './postings.ts';

/** The ways to reverse an entry of {@link linesOf}; the reversal is described by `reason`. */
const reversals = {
  'finance.reverse_journal': (_book: Book, entryId: string, reason: string) =>
    reverse(entryId, '2026-03-10', reason),
  'direct INSERT': (book: Book, entryId: string, reason: string) => {
    const id = newEntryId();
    const header = insertHeader(book, { id, description: reason, reverses: entryId });
    return `${header}; ${insertLines(
      book,
      id,
      linesOf(book, { debit: 'sales', credit: 'cash' })
        .toReversed()
        .map((line, index) => ({ ...line, no: index + 1 })),
    )}`;
  },
} as const;
const reversalNames = Object.keys(reversals) as (keyof typeof reversals)[];
const cases = levels.flatMap((level) => reversalNames.map((way) => ({ level, way })));

describe.each(testMajors())('the reversal of an entry on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const book = await openBook(database);
  const login = database.login('finance');
  const { author, first, second } = await openSessions(database, {
    author: login,
    first: login,
    second: login,
  });

  async function postEntry(): Promise<string> {
    const description = `original ${randomUUID()}`;
    await begin(author, book, 'read committed');
    await author.run(ways['finance.post_journal'](book, { description }));
    await author.run('commit');
    const [id] = await entriesCalled(database, description);
    return id ?? '';
  }

  describe.each(cases)('by $way at $level', ({ level, way }) => {
    const reversal = reversals[way];

    test('is won by one of two sessions, and the other is refused', async () => {
      const entry = await postEntry();
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(reversal(book, entry, `first ${entry}`));
      const step = second.start(reversal(book, entry, `second ${entry}`));
      await step.blocked(first);
      await first.run('commit');
      expect(['23505', '40001']).toContain((await step.refusal()).code);
      await second.run('rollback');
      expect(await entriesCalled(database, `first ${entry}`)).toHaveLength(1);
      expect(await entriesCalled(database, `second ${entry}`)).toEqual([]);
    });

    test('is open to the second session when the first gives up', async () => {
      const entry = await postEntry();
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(reversal(book, entry, `first ${entry}`));
      const step = second.start(reversal(book, entry, `second ${entry}`));
      await step.blocked(first);
      await first.run('rollback');
      await step.result();
      await second.run('commit');
      expect(await entriesCalled(database, `second ${entry}`)).toHaveLength(1);
    });

    test('is refused while another session is still posting the entry', async () => {
      const id = newEntryId();
      await begin(author, book, level);
      await author.run(insertHeader(book, { id, description: `in flight ${id}` }));
      await author.run(insertLines(book, id, linesOf(book)));
      await begin(first, book, level);
      await first.run('savepoint early');
      const early = await first.start(reversal(book, id, `early ${id}`)).refusal();
      expect(early).toMatchObject({ code: 'IB208' });
      await first.run('rollback to savepoint early');
      await author.run('commit');
      const later = first.start(reversal(book, id, `later ${id}`));
      if (level === 'read committed') {
        await later.result();
        await first.run('commit');
      } else {
        // Its snapshot is older than the entry.
        expect(await later.refusal()).toMatchObject({ code: 'IB208' });
        await first.run('rollback');
      }
      expect(await entriesCalled(database, `early ${id}`)).toEqual([]);
      expect(await entriesCalled(database, `later ${id}`)).toHaveLength(
        level === 'read committed' ? 1 : 0,
      );
    });
  });

  test.each(levels)('is refused for an entry that was given up, at %s', async (level) => {
    const id = newEntryId();
    await begin(author, book, level);
    await author.run(insertHeader(book, { id, description: `given up ${id}` }));
    await author.run(insertLines(book, id, linesOf(book)));
    await author.run('rollback');
    await begin(first, book, level);
    expect(await first.start(reverse(id)).refusal()).toMatchObject({ code: 'IB208' });
    await first.run('rollback');
  });

  test('leaves every entry whole', async () => {
    expect(await faultsOf(database, book)).toEqual([]);
  });
});
