import { randomUUID } from 'node:crypto';
import format from 'pg-format';
import { describe, expect, test } from 'vitest';
import { connect } from '../support/clients.ts';
import { openDatabase, type TestDatabase, testMajors } from '../support/database.ts';
import { createBarrier, openSessions, type Session } from '../support/sessions.ts';
import { type Book, begin, contextOf, faultsOf, type Level, levels, openBook } from './books.ts';
import { outcomeOf } from './periods.ts';
import { postJournals, wayNames, ways } from './postings.ts';

const postings = 25;

/** Debits and credits of the kept account by the cache and by its lines, as the application reads them. */
async function totalsOf(database: TestDatabase, book: Book): Promise<unknown> {
  const reader = await connect(database.login('finance'));
  await reader.query(`begin; ${contextOf(book)}`);
  const { rows } = await reader.query(
    `select
       (select array[sum(debit_cents), sum(credit_cents)] from finance.v_account_balances where account_id = $1)::text as kept,
       (select array[sum(debit_cents), sum(credit_cents)] from finance.journal_lines where account_id = $1)::text as lines,
       (select count(*)::int from finance.balance_deltas) as unfolded`,
    [book.accounts.kept],
  );
  await reader.end();
  return rows[0];
}

describe.each(testMajors())('kept balances on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const login = database.login('finance');
  const monitor = database.login('monitor');
  const { first, second, third, fourth, folder, other, reader } = await openSessions(database, {
    first: login,
    second: login,
    third: login,
    fourth: login,
    folder: monitor,
    other: monitor,
    reader: login,
  });

  /** Posts one amount after another and returns the sum of those that were committed. */
  async function postMany(session: Session, book: Book, level: Level): Promise<number> {
    let total = 0;
    for (let n = 1; n <= postings; n += 1) {
      const way = wayNames[n % wayNames.length] ?? 'direct INSERT';
      await begin(session, book, level);
      const step = session.start(
        ways[way](book, { description: `${session.name} ${n}`, cents: n, debit: 'kept' }),
      );
      const outcome = await outcomeOf(session, step);
      expect(level === 'serializable' ? ['posted', '40001'] : ['posted']).toContain(outcome);
      if (outcome === 'posted') total += n;
    }
    return total;
  }

  test.each(levels)(
    'stay the sum of the lines while four sessions post and two fold, at %s',
    async (level) => {
      const book = await openBook(database);
      const meet = createBarrier(7);
      let isPosting = true;
      const posting = [first, second, third, fourth].map(async (session) => {
        await meet();
        return postMany(session, book, level);
      });
      const folding = [folder, other].map(async (session) => {
        await meet();
        while (isPosting) await session.run('select finance.fold_balances(7)');
      });
      const reading = (async () => {
        await meet();
        while (isPosting) {
          await begin(reader, book, 'read committed');
          const { rows } = await reader.run('select * from finance.v_balance_drift');
          expect(rows).toEqual([]);
        }
      })();
      const totals = await Promise.all(posting).finally(() => {
        isPosting = false;
      });
      await Promise.all([...folding, reading]);
      await folder.run('select finance.fold_balances()');

      const debits = totals.reduce((sum, total) => sum + total, 0);
      expect(debits).toBeGreaterThan(0);
      const expected = `{${debits},0}`;
      expect(await totalsOf(database, book)).toEqual({
        kept: expected,
        lines: expected,
        unfolded: 0,
      });
      expect(await faultsOf(database, book)).toEqual([]);
    },
  );

  test('let two sessions post to one account without waiting for each other', async () => {
    const book = await openBook(database);
    for (const way of wayNames) {
      await begin(first, book, 'read committed');
      await begin(second, book, 'read committed');
      await first.run(ways[way](book, { description: 'one', debit: 'kept' }));
      await second.run(`set local lock_timeout = '10s'`);
      await second.run(ways[way](book, { description: 'two', debit: 'kept' }));
      await second.run('commit');
      await first.run('commit');
    }
    expect(await totalsOf(database, book)).toMatchObject({ kept: '{800,0}', lines: '{800,0}' });
  });

  test('leave the deltas of a posting in flight to the next fold', async () => {
    const book = await openBook(database);
    const entry = [book, { description: randomUUID(), debit: 'kept' }] as const;
    await begin(first, book, 'read committed');
    await first.run(postJournals([entry, entry]));
    await folder.run('select finance.fold_balances()');
    await first.run('commit');
    expect(await totalsOf(database, book)).toMatchObject({ kept: '{200,0}', unfolded: 1 });
    await folder.run('select finance.fold_balances()');
    expect(await totalsOf(database, book)).toMatchObject({ kept: '{200,0}', unfolded: 0 });
  });

  test('are folded once when two folds meet, and again when the first gives up', async () => {
    const book = await openBook(database);
    const post = async (): Promise<void> => {
      await begin(first, book, 'read committed');
      await first.run(ways['direct INSERT'](book, { description: 'fold', debit: 'kept' }));
      await first.run('commit');
    };
    const fold = async (session: Session): Promise<number> => {
      const { rows } = await session.run('select finance.fold_balances() as folded');
      return rows[0]?.folded;
    };
    await fold(folder);
    await post();
    await folder.run('begin');
    expect(await fold(folder)).toBe(1);
    expect(await fold(other)).toBe(0);
    await folder.run('rollback');
    expect(await fold(other)).toBe(1);
    expect(await totalsOf(database, book)).toMatchObject({ kept: '{100,0}', unfolded: 0 });

    await post();
    await folder.run('begin');
    await fold(folder);
    await post();
    // The second fold has a delta of its own, for a balance that the first one is adding to.
    const step = other.start('select finance.fold_balances() as folded');
    await step.blocked(folder);
    await folder.run('commit');
    expect((await step.result()).rows).toEqual([{ folded: 1 }]);
    expect(await totalsOf(database, book)).toMatchObject({ kept: '{300,0}', unfolded: 0 });
  });

  test('refuse a fold that began before another one ended, rather than count twice', async () => {
    const book = await openBook(database);
    await begin(first, book, 'read committed');
    await first.run(ways['direct INSERT'](book, { description: 'fold', debit: 'kept' }));
    await first.run('commit');
    await other.run(
      format(
        'begin isolation level repeatable read; select set_config(%L, %L, true)',
        'app.request_id',
        'fold',
      ),
    );
    await folder.run('select finance.fold_balances()');
    expect(await other.start('select finance.fold_balances()').refusal()).toMatchObject({
      code: '40001',
    });
    await other.run('rollback');
    expect(await totalsOf(database, book)).toMatchObject({
      kept: '{100,0}',
      lines: '{100,0}',
      unfolded: 0,
    });
  });
});
