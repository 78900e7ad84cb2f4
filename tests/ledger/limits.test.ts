import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { openSessions } from '../support/sessions.ts';
import { type Book, begin, contextOf, levels, openBook } from './books.ts';
import { wayNames, ways } from './postings.ts';

const cases = levels.flatMap((level) => wayNames.map((way) => ({ level, way })));

describe.each(testMajors())('the limit of an account on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const login = database.login('finance');
  const { first, second } = await openSessions(database, { first: login, second: login });

  /** A book whose cash account holds 100 and may not go below nothing. */
  async function openLimited(): Promise<Book> {
    const book = await openBook(database);
    const cash = randomUUID();
    const limited = { ...book, accounts: { ...book.accounts, cash } };
    await withClient(login, async (client) => {
      await client.query(`begin; ${contextOf(book)}`);
      await client.query(
        `insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, has_limit)
         values ($1, $2, $3, 'limited', 'Limited', 'asset', 'USD', true)`,
        [book.tenantId, cash, book.companyId],
      );
      await client.query(ways['finance.post_journal'](limited, { description: 'deposit' }));
      await client.query('update finance.account_limits set min_balance_cents = 0');
      await client.query('commit');
    });
    return limited;
  }

  async function balanceOf(book: Book): Promise<{ kept: string; lines: string }> {
    return withClient(database.admin, async (admin) => {
      const { rows } = await admin.query<{ kept: string; lines: string }>(
        `select (select balance_cents::text from finance.account_limits where account_id = $1) as kept,
           (select sum(debit_cents - credit_cents)::text from finance.journal_lines where account_id = $1) as lines`,
        [book.accounts.cash],
      );
      return rows[0] ?? { kept: '', lines: '' };
    });
  }

  describe.each(cases)('through $way at $level', ({ level, way }) => {
    const withdraw = (book: Book, cents: number) =>
      ways[way](book, { description: randomUUID(), debit: 'sales', credit: 'cash', cents });

    test('lets one of two withdrawals pass that only together exceed it', async () => {
      const book = await openLimited();
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(withdraw(book, 60));
      const step = second.start(withdraw(book, 60));
      await step.blocked(first);
      await first.run('commit');
      expect((await step.refusal()).code).toBe(level === 'read committed' ? '23514' : '40001');
      await second.run('rollback');
      expect(await balanceOf(book)).toEqual({ kept: '40', lines: '40' });
    });

    test('lets the second withdrawal pass when the first gives up', async () => {
      const book = await openLimited();
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(withdraw(book, 60));
      const step = second.start(withdraw(book, 60));
      await step.blocked(first);
      await first.run('rollback');
      await step.result();
      await second.run('commit');
      expect(await balanceOf(book)).toEqual({ kept: '40', lines: '40' });
    });

    test('cannot be set below what a withdrawal in flight leaves', async () => {
      const book = await openLimited();
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(withdraw(book, 60));
      const step = second.start('update finance.account_limits set min_balance_cents = 50');
      await step.blocked(first);
      await first.run('commit');
      expect((await step.refusal()).code).toBe(level === 'read committed' ? '23514' : '40001');
      await second.run('rollback');
      expect(await balanceOf(book)).toEqual({ kept: '40', lines: '40' });
    });

    test('binds a withdrawal that waited for it', async () => {
      const book = await openLimited();
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run('update finance.account_limits set min_balance_cents = 50');
      const step = second.start(withdraw(book, 60));
      await step.blocked(first);
      await first.run('commit');
      expect((await step.refusal()).code).toBe(level === 'read committed' ? '23514' : '40001');
      await second.run('rollback');
      expect(await balanceOf(book)).toEqual({ kept: '100', lines: '100' });
    });
  });
});
