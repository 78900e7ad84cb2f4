import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { createBarrier, openSessions, type Session } from '../support/sessions.ts';
import { begin, entriesCalled, faultsOf, type Level, levels, openBook } from './books.ts';
import { ways } from './postings.ts';

const keyedWays = ['finance.post_journal', 'finance.post_journals'] as const;
const cases = levels.flatMap((level) => keyedWays.map((way) => ({ level, way })));

describe.each(testMajors())('an idempotency key on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const book = await openBook(database);
  const login = database.login('finance');
  const { first, second, third, fourth } = await openSessions(database, {
    first: login,
    second: login,
    third: login,
    fourth: login,
  });

  /** Runs one statement in a transaction of its own, again where it must be. */
  async function commit(session: Session, level: Level, sql: string): Promise<pg.QueryResult> {
    for (;;) {
      await begin(session, book, level);
      try {
        const result = await session.run(sql);
        await session.run('commit');
        return result;
      } catch (reason) {
        await session.run('rollback');
        if (!(reason instanceof Error && 'code' in reason && reason.code === '40001')) throw reason;
      }
    }
  }

  describe.each(cases)('given to $way at $level', ({ level, way }) => {
    test('books once when two sessions send the same entry at once', async () => {
      const description = `same ${randomUUID()}`;
      const sql = ways[way](book, { description, key: description });
      await begin(first, book, level);
      await begin(second, book, level);
      const { rows: posted } = await first.run(sql);
      const step = second.start(sql);
      await step.blocked(first);
      await first.run('commit');
      let replayed: readonly { id: string; outcome?: string }[];
      if (level === 'read committed') {
        replayed = (await step.result()).rows;
        await second.run('commit');
      } else {
        expect(await step.refusal()).toMatchObject({ code: '40001' });
        await second.run('rollback');
        replayed = (await commit(second, level, sql)).rows;
      }
      expect(replayed.map((row) => row.id)).toEqual([posted[0]?.id]);
      if (way === 'finance.post_journals') {
        expect([posted[0]?.outcome, replayed[0]?.outcome]).toEqual(['posted', 'replayed']);
      }
      expect(await entriesCalled(database, description)).toEqual([posted[0]?.id]);
    });

    test('is refused for another entry sent at the same moment (IB207)', async () => {
      const key = randomUUID();
      const other = ways[way](book, { description: `other ${key}`, key });
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(ways[way](book, { description: `one ${key}`, key }));
      const step = second.start(other);
      await step.blocked(first);
      await first.run('commit');
      const refusal = await step.refusal();
      await second.run('rollback');
      expect(refusal.code).toBe(level === 'read committed' ? 'IB207' : '40001');
      await expect(commit(second, level, other)).rejects.toMatchObject({ code: 'IB207' });
      expect(await entriesCalled(database, `one ${key}`)).toHaveLength(1);
      expect(await entriesCalled(database, `other ${key}`)).toEqual([]);
    });

    test('is free again when its first session gives up', async () => {
      const key = randomUUID();
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(ways[way](book, { description: `one ${key}`, key }));
      const step = second.start(ways[way](book, { description: `other ${key}`, key }));
      await step.blocked(first);
      await first.run('rollback');
      await step.result();
      await second.run('commit');
      expect(await entriesCalled(database, `one ${key}`)).toEqual([]);
      expect(await entriesCalled(database, `other ${key}`)).toHaveLength(1);
    });

    test('books once when four sessions send the same entry without waiting for each other', async () => {
      const meet = createBarrier(4);
      const description = `four ${randomUUID()}`;
      const sql = ways[way](book, { description, key: description });
      const ids = await Promise.all(
        [first, second, third, fourth].map(async (session) => {
          await meet();
          const { rows } = await commit(session, level, sql);
          return rows[0]?.id as string;
        }),
      );
      expect(await entriesCalled(database, description)).toEqual([ids[0]]);
      expect(new Set(ids).size).toBe(1);
    });

    test('is refused to a direct INSERT at the same moment, when its lines come', async () => {
      const description = `direct ${randomUUID()}`;
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(ways[way](book, { description, key: description }));
      const step = second.start(ways['direct INSERT'](book, { description, key: description }));
      await step.blocked(first);
      await first.run('commit');
      expect(['23505', '40001']).toContain((await step.refusal()).code);
      await second.run('rollback');
      expect(await entriesCalled(database, description)).toHaveLength(1);
    });

    test('is refused where a direct INSERT has it at the same moment (IB207)', async () => {
      const description = `direct ${randomUUID()}`;
      const sql = ways[way](book, { description, key: description });
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(ways['direct INSERT'](book, { description, key: description }));
      const step = second.start(sql);
      await step.blocked(first);
      await first.run('commit');
      const { code } = await step.refusal();
      await second.run('rollback');
      expect(code).toBe(level === 'read committed' ? 'IB207' : '40001');
      await expect(commit(second, level, sql)).rejects.toMatchObject({ code: 'IB207' });
      expect(await entriesCalled(database, description)).toHaveLength(1);
    });
  });

  test('leaves every entry whole', async () => {
    expect(await faultsOf(database, book)).toEqual([]);
  });
});
