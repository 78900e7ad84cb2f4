import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { begin, openBook } from './books.ts';
import { moves, openClosers, recordOf } from './closes.ts';
import { createRandom } from './storm/random.ts';

const months = ['2026-01', '2026-02', '2026-03', '2026-04'] as const;
const steps = 60;

describe.each(testMajors())('balances on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const { poster, admin } = await openClosers(database);

  test.each(['a', 'b', 'c'])(
    'are the same by the totals of closes as by the lines, for any date and knowledge, in random books %s',
    async (seed) => {
      const random = createRandom(seed);
      const book = await openBook(database);
      const { cash, sales, kept } = book.accounts;
      let closed = 0;
      for (let step = 0; step < steps; step += 1) {
        const move = random.below(10);
        await begin(admin, book, 'read committed');
        await begin(poster, book, 'read committed');
        if (move === 0 && closed < months.length) {
          await admin.run(moves.close(book, months[closed] ?? ''));
          closed += 1;
        } else if (move === 1 && closed > 0) {
          closed -= 1;
          await admin.run(moves.reopen(book, months[closed] ?? ''));
        } else {
          const month = random.pick([...months, '2026-05'].slice(closed));
          const [debit, credit] = random.pick([
            [cash, sales],
            [kept, sales],
            [sales, cash],
          ]);
          const currency = random.pick(['USD', 'EUR']);
          const cents = 1 + random.below(1_000_000);
          await poster.run(
            `select finance.post_journal($1, $2, 'random', array[$3, $4]::uuid[], array[$5::bigint, 0],
               array[0, $5::bigint], array[$6, $6])`,
            [book.companyId, `${month}-${10 + random.below(18)}`, debit, credit, cents, currency],
          );
        }
        await admin.run('commit');
        await poster.run('commit');
      }
      await begin(admin, book, 'repeatable read');
      const { rows } = await admin.run(
        `with question as materialized (
           select d::date as as_of, k.known_at
           from generate_series(date '2026-01-05', date '2026-05-31', interval '3 days') as d
           cross join (
             (select e.posted_at as known_at from finance.journal_entries e order by random() limit 12)
             union all select null
           ) k
         ), tiered as (
           select q.as_of, q.known_at, b.* from question q
           cross join lateral finance.balances_as_of($1, $2, q.as_of, q.known_at) b
         ), summed as (
           select q.as_of, q.known_at, m.account_id, m.currency, m.debit_cents, m.credit_cents, m.base_debit_cents,
             m.base_credit_cents, m.unconverted_debit_cents, m.unconverted_credit_cents
           from question q
           cross join lateral finance.movements_between($1, $2, null, q.as_of, q.known_at) m
         )
         select (select count(*)::int from tiered) as tiered, (select count(*)::int from summed) as summed,
           (select count(*)::int from (table tiered except all table summed) x) as only_tiered,
           (select count(*)::int from (table summed except all table tiered) x) as only_summed`,
        [book.tenantId, book.companyId],
      );
      await admin.run('rollback');
      expect(rows[0]).toMatchObject({ only_tiered: 0, only_summed: 0 });
      expect(rows[0].tiered).toBeGreaterThan(1000);
      expect(rows[0].tiered).toBe(rows[0].summed);
      expect(await recordOf(database, book, '2026-01')).toMatchObject({ drifts: 0 });
    },
  );
});
