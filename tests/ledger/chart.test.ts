import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { openSessions } from '../support/sessions.ts';
import { type AccountName, type Book, begin, levels, openBook } from './books.ts';
import { outcomeOf } from './periods.ts';

/** The statement that puts an account below another. */
function place(book: Book, account: AccountName, above: AccountName): string {
  const { accounts } = book;
  return `update finance.accounts set parent_id = '${accounts[above]}' where id = '${accounts[account]}'`;
}

describe.each(testMajors())('a chart of accounts on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const login = database.login('finance');
  const { first, second } = await openSessions(database, { first: login, second: login });

  test.each(levels)('gets no circle from two sessions at %s', async (level) => {
    const book = await openBook(database);
    await begin(first, book, level);
    await begin(second, book, level);
    await first.run(place(book, 'cash', 'kept'));
    const step = second.start(place(book, 'kept', 'cash'));
    await step.blocked(first);
    await first.run('commit');
    expect(await outcomeOf(second, step)).toBe(level === 'read committed' ? 'IB220' : '40001');
  });

  test.each(levels)('gets no circle over an account between, at %s', async (level) => {
    const book = await openBook(database);
    await begin(first, book, 'read committed');
    await first.run(place(book, 'cash', 'kept'));
    await first.run('commit');
    await begin(first, book, level);
    await begin(second, book, level);
    await first.run(place(book, 'kept', 'sales'));
    const step = second.start(place(book, 'sales', 'cash'));
    await step.blocked(first);
    await first.run('commit');
    expect(await outcomeOf(second, step)).toBe(level === 'read committed' ? 'IB220' : '40001');
  });

  test.each(levels)('changes when the other change is given up, at %s', async (level) => {
    const book = await openBook(database);
    await begin(first, book, level);
    await begin(second, book, level);
    await first.run(place(book, 'cash', 'kept'));
    const step = second.start(place(book, 'kept', 'cash'));
    await step.blocked(first);
    await first.run('rollback');
    expect(await outcomeOf(second, step)).toBe('posted');
  });
});
