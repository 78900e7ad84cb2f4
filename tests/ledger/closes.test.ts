import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { type Book, begin, faultsOf, levels, openBook } from './books.ts';
import { moves, openClosers, recordOf, settle } from './closes.ts';
import { outcomeOf } from './periods.ts';
import { wayNames, ways } from './postings.ts';

const january = '2026-01';
const cases = levels.flatMap((level) => wayNames.map((way) => ({ level, way })));
const closeNames = ['close', 'direct close'] as const;
const posting = () => ({ description: `close ${randomUUID()}`, date: '2026-01-10' });

describe.each(testMajors())('the close of a period on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const { poster, closer, superuser, admin } = await openClosers(database);
  const closerFor = (close: (typeof closeNames)[number]) =>
    close === 'close' ? closer : superuser;

  describe.each(closeNames)('by %s', (close) => {
    const session = closerFor(close);
    const closeOf = (book: Book) => session.start(moves[close](book, january));

    test.each(cases)(
      'counts a posting it waited for, by $way at $level',
      async ({ level, way }) => {
        const book = await openBook(database);
        await begin(poster, book, level);
        await poster.run(ways[way](book, posting()));
        await begin(session, book, 'read committed');
        const closing = closeOf(book);
        await closing.blocked(poster);
        expect(await outcomeOf(poster)).toBe('posted');
        expect(await outcomeOf(session, closing)).toBe('posted');
        expect(await recordOf(database, book, january)).toEqual({
          status: 'closed',
          closeNo: 1,
          entries: 1,
          debits: '100',
          debitsOfLines: '100',
          drifts: 0,
        });
      },
    );

    test.each(cases)('counts none that was given up, by $way at $level', async ({ level, way }) => {
      const book = await openBook(database);
      await begin(poster, book, level);
      await poster.run(ways[way](book, posting()));
      await begin(session, book, 'read committed');
      const closing = closeOf(book);
      await closing.blocked(poster);
      await poster.run('rollback');
      expect(await outcomeOf(session, closing)).toBe('posted');
      expect(await recordOf(database, book, january)).toMatchObject({ entries: 0, drifts: 0 });
    });

    test.each(cases)(
      'refuses a posting that waited for it, by $way at $level',
      async ({ level, way }) => {
        const book = await openBook(database);
        await begin(session, book, 'read committed');
        await closeOf(book).result();
        await begin(poster, book, level);
        const step = poster.start(ways[way](book, posting()));
        await step.blocked(session);
        await session.run('commit');
        expect(await outcomeOf(poster, step)).toBe(level === 'read committed' ? 'IB802' : '40001');
        expect(await recordOf(database, book, january)).toMatchObject({
          status: 'closed',
          entries: 0,
          debitsOfLines: null,
          drifts: 0,
        });
      },
    );

    test.each(cases)(
      'lets it pass when it is given up, by $way at $level',
      async ({ level, way }) => {
        const book = await openBook(database);
        await begin(session, book, 'read committed');
        await closeOf(book).result();
        await begin(poster, book, level);
        const step = poster.start(ways[way](book, posting()));
        await step.blocked(session);
        await session.run('rollback');
        expect(await outcomeOf(poster, step)).toBe('posted');
        expect(await recordOf(database, book, january)).toMatchObject({
          status: 'open',
          closeNo: null,
        });
        await settle(database, book, january);
        expect(await recordOf(database, book, january)).toMatchObject({ entries: 1, drifts: 0 });
      },
    );

    test.each(cases)(
      'refuses a posting with an older snapshot, by $way at $level',
      async ({ level, way }) => {
        const book = await openBook(database);
        await begin(poster, book, level);
        await begin(session, book, 'read committed');
        await closeOf(book).result();
        await session.run('commit');
        const step = poster.start(ways[way](book, posting()));
        expect(await outcomeOf(poster, step)).toBe(level === 'read committed' ? 'IB802' : '40001');
        expect(await recordOf(database, book, january)).toMatchObject({ entries: 0, drifts: 0 });
      },
    );
  });

  test.each(cases)(
    'is followed by a second one after a reopening, by $way at $level',
    async ({ level, way }) => {
      const book = await openBook(database);
      await settle(database, book, january);
      await begin(admin, book, 'read committed');
      await admin.run(moves.reopen(book, january));
      await begin(poster, book, level);
      const step = poster.start(ways[way](book, posting()));
      await step.blocked(admin);
      await admin.run('commit');
      // Its snapshot is older than the reopening: it tries again.
      expect(await outcomeOf(poster, step)).toBe(level === 'read committed' ? 'posted' : '40001');
      await settle(database, book, january);
      const entries = level === 'read committed' ? 1 : 0;
      expect(await recordOf(database, book, january)).toMatchObject({
        closeNo: 2,
        entries,
        drifts: 0,
      });
    },
  );

  const blind = levels.filter((level) => level !== 'read committed');
  test.each(blind)('and every other move is refused at %s (IB808)', async (level) => {
    const book = await openBook(database);
    await settle(database, book, january);
    const sessions = { begin: closer, close: closer, reopen: admin } as const;
    for (const [move, session] of Object.entries(sessions)) {
      await begin(session, book, level);
      const name = move === 'reopen' ? january : '2026-02';
      const step = session.start(moves[move as keyof typeof sessions](book, name));
      expect(await step.refusal(), move).toMatchObject({
        code: 'IB808',
        hint: 'Begin the transaction with: begin isolation level read committed.',
      });
      await session.run('rollback');
    }
    for (const [move, name] of [
      ['direct begin', '2026-02'],
      ['direct reopen', january],
    ] as const) {
      await begin(superuser, book, level);
      expect(await superuser.start(moves[move](book, name)).refusal()).toMatchObject({
        code: 'IB808',
      });
      await superuser.run('rollback');
    }
  });

  test('leaves every entry whole', async () => {
    const book = await openBook(database);
    expect(await faultsOf(database, book)).toEqual([]);
  });
});
