import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { begin, openBook } from '../ledger/books.ts';
import { moves, openClosers, recordOf, settle } from '../ledger/closes.ts';
import { outcomeOf } from '../ledger/periods.ts';
import { ways } from '../ledger/postings.ts';
import { openDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { hollow, rewritten } from './mutant.ts';

const [january, february] = ['2026-01', '2026-02'];

test('a close and a reopening of the period before it pass each other where neither locks the other', async () => {
  const database = await openDatabase();
  const unlocked = (signature: string, condition: string) =>
    rewritten(signature, `${condition}\n    for share`, condition);
  await withClient(database.admin, async (admin) => {
    await admin.query(
      rewritten(
        'finance._lock_period(uuid)',
        'p.ends_on = period.starts_on - 1\n  for share',
        'p.ends_on = period.starts_on - 1',
      ),
    );
    await admin.query(unlocked('finance.assert_period_move()', 'p.ends_on = new.starts_on - 1'));
    await admin.query(unlocked('finance.assert_period_move()', 'p.starts_on = new.ends_on + 1'));
  });
  const book = await openBook(database);
  const { closer, admin } = await openClosers(database);
  await settle(database, book, january);
  await begin(closer, book, 'read committed');
  await begin(admin, book, 'read committed');
  await closer.run(moves.close(book, february));
  await admin.run(moves.reopen(book, january));
  // The reopening first: at its COMMIT the close looks at the key of the period that it follows.
  expect([await outcomeOf(admin), await outcomeOf(closer)]).toEqual(['posted', 'posted']);
  expect(await recordOf(database, book, january)).toMatchObject({ status: 'open' });
  expect(await recordOf(database, book, february)).toMatchObject({ status: 'closed' });
});

test.each(['repeatable read', 'serializable'] as const)(
  'a close at %s misses what was posted after its snapshot where no guard refuses it',
  async (level) => {
    const database = await openDatabase();
    await withClient(database.admin, (admin) =>
      admin.query(hollow('finance._assert_sees_all(text)', 'return')),
    );
    const book = await openBook(database);
    const { closer, poster } = await openClosers(database);
    await begin(closer, book, level);
    await begin(poster, book, 'read committed');
    await poster.run(
      ways['finance.post_journal'](book, { description: randomUUID(), date: '2026-01-10' }),
    );
    expect(await outcomeOf(poster)).toBe('posted');
    await closer.run(moves.close(book, january));
    expect(await outcomeOf(closer)).toBe('posted');
    expect(await recordOf(database, book, january)).toMatchObject({
      entries: 0,
      debitsOfLines: '100',
    });
  },
);
