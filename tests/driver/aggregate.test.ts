import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import { NOTES, type Notes, note, openNotes } from './support/notes.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

let notes: Notes;
let db: Notes['db'];

beforeAll(async () => {
  notes = await openNotes();
  db = notes.db;
  const { acme, globex } = notes.fabric;
  await db.insert(acme.context, 'notes', [
    { ...note(1), title: 'a', rank: 1, amount: '0.10', total: 9007199254740993n, ratio: 0.5 },
    { ...note(2), title: 'a', rank: 2, amount: '0.20', total: 1, ratio: 1.5, mood: 'glad' },
    { ...note(3), title: 'b', rank: 2, day: '2026-02-01', at: '2026-01-01T00:00:00.000001Z' },
  ]);
  await db.insert(globex.context, 'notes', { ...note(4), title: 'z', rank: 99, amount: '1000' });
});

describe('an aggregate', () => {
  test('counts, sums and compares in one row, exactly', async () => {
    const { rows, rowCount } = await db.aggregate(notes.fabric.acme.context, 'notes', {
      count: true,
      countDistinct: ['rank', 'title', 'mood'],
      sum: ['amount', 'total', 'rank', 'ratio'],
      avg: ['rank', 'ratio'],
      min: ['day', 'title', 'amount'],
      max: ['at', 'total', 'mood'],
    });
    expect(rowCount).toBe(1);
    expect(rows).toEqual([
      {
        count: '3',
        countDistinct: { rank: '2', title: '2', mood: '1' },
        sum: { amount: '0.30', total: '9007199254740994', rank: '5', ratio: 2 },
        avg: { rank: '1.6666666666666667', ratio: 1 },
        min: { day: '2026-01-01', title: 'a', amount: '0.10' },
        max: { at: '2026-01-01T00:00:00.000001Z', total: '9007199254740993', mood: 'glad' },
      },
    ]);
  });

  test("of no rows counts '0' and sums null", async () => {
    const { rows } = await db.aggregate(
      notes.fabric.acme.context,
      'notes',
      { count: true, countDistinct: ['rank'], sum: ['total'], avg: ['total'], max: ['day'] },
      { code: 'nowhere' },
    );
    expect(rows).toEqual([
      {
        count: '0',
        countDistinct: { rank: '0' },
        sum: { total: null },
        avg: { total: null },
        max: { day: null },
      },
    ]);
  });

  test('of groups gives a row for each, and none without rows', async () => {
    const { context } = notes.fabric.acme;
    const groups = await db.aggregate(
      context,
      'notes',
      { count: true, sum: ['rank'] },
      {},
      { groupBy: ['title', 'day'], orderBy: ['title', { column: 'day', direction: 'desc' }] },
    );
    expect(groups).toEqual({
      rows: [
        { group: { title: 'a', day: '2026-01-01' }, count: '2', sum: { rank: '3' } },
        { group: { title: 'b', day: '2026-02-01' }, count: '1', sum: { rank: '2' } },
      ],
      rowCount: 2,
    });
    const none = await db.aggregate(
      context,
      'notes',
      { count: true },
      { code: 'nowhere' },
      { groupBy: ['title'] },
    );
    expect(none).toEqual({ rows: [], rowCount: 0 });
  });

  test('sorts groups by what was computed, and keeps the first', async () => {
    const { context } = notes.fabric.acme;
    const top = async (orderBy: unknown) => {
      const { rows } = await db.aggregate(
        context,
        'notes',
        { count: true, sum: ['rank', 'amount'] },
        {},
        { groupBy: ['title'], orderBy: forced(orderBy), limit: 1 },
      );
      return rows.map((row) => row.group.title);
    };
    expect(await top([{ aggregate: 'count', direction: 'desc' }])).toEqual(['a']);
    expect(await top([{ aggregate: 'sum', column: 'rank' }])).toEqual(['b']);
    expect(await top([{ aggregate: 'sum', column: 'amount' }])).toEqual(['a']);
    expect(await top([{ aggregate: 'sum', column: 'amount', nulls: 'first' }])).toEqual(['b']);
  });

  test('never counts rows of another tenant, and runs inside a transaction too', async () => {
    const { acme, globex } = notes.fabric;
    const count = (context: typeof acme.context) =>
      db.transaction(context, async (tx) => {
        const { rows } = await tx.aggregate('notes', { count: true, max: ['rank'] });
        return rows[0];
      });
    expect(await count(acme.context)).toEqual({ count: '3', max: { rank: 2 } });
    expect(await count(globex.context)).toEqual({ count: '1', max: { rank: 99 } });
  });

  test('answers what a model answers, for any filter', async () => {
    const { rows: all } = await db.select(notes.fabric.acme.context, 'notes', ['id', 'rank']);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 0, max: 4 })), async (ids) => {
        const { rows } = await db.aggregate(
          notes.fabric.acme.context,
          'notes',
          { count: true, sum: ['rank'], min: ['id'] },
          { id: { in: ids } },
        );
        const kept = all.filter(({ id }) => ids.includes(id));
        const sum = kept.reduce((total, { rank }) => total + (rank ?? 0), 0);
        expect(rows[0]).toEqual({
          count: String(kept.length),
          sum: { rank: kept.length === 0 ? null : String(sum) },
          min: { id: kept.length === 0 ? null : Math.min(...kept.map(({ id }) => id)) },
        });
      }),
      { numRuns: 25 },
    );
  });
});

describe('an aggregate is refused before it touches the pool', () => {
  const pool = new UntouchedPool();
  const unsent = new TenantDb(pool, { tables: NOTES });
  const count = { count: true };

  test.each([
    ['of nothing', {}, undefined, 'IB915'],
    ['that is no object', ['count'], undefined, 'IB915'],
    ['with an unknown function', { 'pg_sleep(1)': ['id'] }, undefined, 'IB915'],
    ['with an inherited function', Object.create({ sum: ['total'] }), undefined, 'IB915'],
    ['with a function named __proto__', JSON.parse('{"__proto__": ["id"]}'), undefined, 'IB915'],
    ['with a number for count', { count: 1 }, undefined, 'IB915'],
    ['with an unknown column', { sum: ['nope'] }, undefined, 'IB912'],
    ['with SQL for a column', { sum: ['total) from notes; --'] }, undefined, 'IB912'],
    ['with text for columns', { sum: 'total' }, undefined, 'IB912'],
    ['with no columns', { sum: [] }, undefined, 'IB912'],
    ['that sums text', { sum: ['title'] }, undefined, 'IB912'],
    ['that averages dates', { avg: ['day'] }, undefined, 'IB912'],
    ['that compares documents', { max: ['body'] }, undefined, 'IB912'],
    ['that compares lists', { min: ['tags'] }, undefined, 'IB912'],
    ['grouped by SQL', count, { groupBy: ['title) --'] }, 'IB912'],
    ['grouped by nothing', count, { groupBy: [] }, 'IB912'],
    ['sorted without groups', count, { orderBy: ['title'] }, 'IB923'],
    ['limited without groups', count, { limit: 1 }, 'IB923'],
    ['sorted by another column', count, { groupBy: ['title'], orderBy: ['code'] }, 'IB923'],
    ['sorted by SQL', count, { groupBy: ['title'], orderBy: ['1; drop table x'] }, 'IB912'],
    [
      'sorted by what is not computed',
      count,
      { groupBy: ['title'], orderBy: [{ aggregate: 'sum', column: 'total' }] },
      'IB923',
    ],
    [
      'sorted by an unknown function',
      count,
      { groupBy: ['title'], orderBy: [{ aggregate: 'random' }] },
      'IB923',
    ],
    [
      'sorted in the direction of SQL',
      count,
      { groupBy: ['title'], orderBy: [{ aggregate: 'count', direction: 'asc; --' }] },
      'IB923',
    ],
    ['with an unknown option', count, { having: 'true' }, 'IB923'],
  ])('%s', async (_, what, options, code) => {
    const error = await refusal(() =>
      unsent.aggregate(someone, 'notes', forced(what), {}, forced(options)),
    );
    expect(error.code).toBe(code);
    expect(pool.asked).toBe(0);
  });
});
