import { randomUUID } from 'node:crypto';
import format from 'pg-format';
import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { openSessions } from '../support/sessions.ts';
import { type Book, begin, entriesCalled, faultsOf, levels, openBook } from './books.ts';
import { reverse, ways } from './postings.ts';

/** The statement that corrects an entry by one of 200 that is described so. */
function correct(book: Book, entryId: string, description: string, key?: string): string {
  const correction = {
    company_id: book.companyId,
    entry_date: '2026-03-11',
    description,
    ...(key === undefined ? {} : { idempotency_key: key }),
    lines: [
      { account_id: book.accounts.cash, currency: 'USD', debit_cents: 200 },
      { account_id: book.accounts.sales, currency: 'USD', credit_cents: 200 },
    ],
  };
  return format(
    `select reversal_id, correction_id from finance.correct_journal(%L, '2026-03-10', 'a mistake', %L)`,
    entryId,
    JSON.stringify(correction),
  );
}

describe.each(testMajors())('the correction of an entry on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const book = await openBook(database);
  const login = database.login('finance');
  const { author, first, second } = await openSessions(database, {
    author: login,
    first: login,
    second: login,
  });

  async function postEntry(): Promise<string> {
    const description = `wrong ${randomUUID()}`;
    await begin(author, book, 'read committed');
    await author.run(ways['finance.post_journal'](book, { description }));
    await author.run('commit');
    const [id] = await entriesCalled(database, description);
    return id ?? '';
  }

  describe.each(levels)('at %s', (level) => {
    test('is won by one of two sessions, and the other posts nothing', async () => {
      const entry = await postEntry();
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(correct(book, entry, `first ${entry}`));
      const step = second.start(correct(book, entry, `second ${entry}`));
      await step.blocked(first);
      await first.run('commit');
      expect(['23505', '40001']).toContain((await step.refusal()).code);
      await second.run('rollback');
      expect(await entriesCalled(database, `first ${entry}`)).toHaveLength(1);
      expect(await entriesCalled(database, `second ${entry}`)).toEqual([]);
    });

    test('is refused whole when a reversal came before', async () => {
      const entry = await postEntry();
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(reverse(entry));
      const step = second.start(correct(book, entry, `late ${entry}`));
      await step.blocked(first);
      await first.run('commit');
      expect(['23505', '40001']).toContain((await step.refusal()).code);
      await second.run('rollback');
      expect(await entriesCalled(database, `late ${entry}`)).toEqual([]);
    });

    test('leaves no room for a reversal in flight', async () => {
      const entry = await postEntry();
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(correct(book, entry, `kept ${entry}`));
      const step = second.start(reverse(entry));
      await step.blocked(first);
      await first.run('commit');
      expect(['23505', '40001']).toContain((await step.refusal()).code);
      await second.run('rollback');
      expect(await entriesCalled(database, `kept ${entry}`)).toHaveLength(1);
    });

    test('is answered again under its key by whoever lost the race for it', async () => {
      const entry = await postEntry();
      const statement = correct(book, entry, `keyed ${entry}`, entry);
      await begin(first, book, level);
      await begin(second, book, level);
      const { rows } = await first.run(statement);
      const step = second.start(statement);
      await step.blocked(first);
      await first.run('commit');
      expect(['23505', '40001']).toContain((await step.refusal()).code);
      await begin(second, book, level);
      expect((await second.run(statement)).rows).toEqual(rows);
      await second.run('commit');
      expect(await entriesCalled(database, `keyed ${entry}`)).toHaveLength(1);
    });

    test('takes no key under which the same was posted for something else (IB207)', async () => {
      const [entry, key] = [await postEntry(), randomUUID()];
      const description = `taken ${entry}`;
      await begin(first, book, level);
      await first.run(
        ways['finance.post_journals'](book, { description, key, cents: 200, date: '2026-03-11' }),
      );
      await first.run('commit');
      await begin(second, book, level);
      const step = second.start(correct(book, entry, description, key));
      expect(await step.refusal()).toMatchObject({ code: 'IB207' });
      await second.run('rollback');
      await begin(second, book, level);
      await second.run(reverse(entry));
      await second.run('rollback');
    });
  });

  test('leaves every entry whole', async () => {
    expect(await faultsOf(database, book)).toEqual([]);
  });
});
