import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { escapeLike, TenantDb } from '../../driver/index.ts';
import { NOTES, type Notes, note, openNotes } from './support/notes.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

let notes: Notes;
let db: Notes['db'];

const rows = [
  { ...note(1), title: 'Éclair 50%', rank: 1, tags: ['red', 'blue'], body: { a: [1, 2], b: 'x' } },
  { ...note(2), title: 'eclair', rank: 2, tags: ['red'], body: { a: [1] } },
  { ...note(3), title: 'ECLAIR', rank: null, tags: [], body: null },
  { ...note(4), title: 'O"\'\\', rank: 3, tags: ['O"\'\\', 'NULL'], body: { '\'k"': 1 } },
];

beforeAll(async () => {
  notes = await openNotes();
  db = notes.db;
  await db.insert(notes.fabric.acme.context, 'notes', rows);
  await db.insert(notes.fabric.globex.context, 'notes', { ...note(9), tags: ['red'] });
});

async function ids(where: unknown): Promise<number[]> {
  const { rows } = await db.select(notes.fabric.acme.context, 'notes', ['id'], forced(where), {
    orderBy: ['id'],
  });
  return rows.map(({ id }) => id);
}

describe('a filter with', () => {
  test('notIn matches exactly what in does not, null included', async () => {
    expect(await ids({ rank: { in: [1, 2] } })).toEqual([1, 2]);
    expect(await ids({ rank: { notIn: [1, 2] } })).toEqual([3, 4]);
    expect(await ids({ code: { notIn: ['n1'] } })).toEqual([2, 3, 4]);
  });

  test('J13 an empty list matches nothing under in and everything under notIn', async () => {
    expect(await ids({ rank: { in: [] } })).toEqual([]);
    expect(await ids({ rank: { notIn: [] } })).toEqual([1, 2, 3, 4]);
    expect(await ids({ not: { rank: { in: [] } } })).toEqual([1, 2, 3, 4]);
    expect(await ids({ not: { rank: { notIn: [] } } })).toEqual([]);
  });

  test('between takes both ends', async () => {
    expect(await ids({ rank: { between: [1, 2] } })).toEqual([1, 2]);
    expect(await ids({ rank: { between: [2, 1] } })).toEqual([]);
    expect(await ids({ day: { between: ['2026-01-01', '2026-01-01'] } })).toEqual([1, 2, 3, 4]);
  });

  test('J20 ilike takes the wildcards of a user as plain characters, in upper and lower case', async () => {
    expect(await ids({ title: { ilike: escapeLike('ECLAIR', 'equals') } })).toEqual([2, 3]);
    expect(await ids({ title: { like: escapeLike('ECLAIR', 'equals') } })).toEqual([3]);
    expect(await ids({ title: { ilike: escapeLike('%') } })).toEqual([1]);
    expect(await ids({ title: { ilike: escapeLike('_') } })).toEqual([]);
  });

  test('J22 contains looks into documents and lists, whatever keys and texts say', async () => {
    expect(await ids({ body: { contains: { a: [1] } } })).toEqual([1, 2]);
    expect(await ids({ body: { contains: { b: 'x' } } })).toEqual([1]);
    expect(await ids({ body: { contains: { '\'k"': 1 } } })).toEqual([4]);
    expect(await ids({ body: { contains: { "' or true --": 1 } } })).toEqual([]);
    expect(await ids({ body: { contains: {} } })).toEqual([1, 2, 4]);
    expect(await ids({ tags: { contains: ['red'] } })).toEqual([1, 2]);
    expect(await ids({ tags: { contains: ['blue', 'red'] } })).toEqual([1]);
    expect(await ids({ tags: { contains: ['O"\'\\'] } })).toEqual([4]);
    expect(await ids({ tags: { contains: ['NULL'] } })).toEqual([4]);
    expect(await ids({ tags: { contains: ['}'] } })).toEqual([]);
    expect(await ids({ tags: { contains: [] } })).toEqual([1, 2, 3, 4]);
  });

  test('not matches exactly what the filter inside does not, null included', async () => {
    expect(await ids({ not: { rank: 1 } })).toEqual([2, 3, 4]);
    expect(await ids({ rank: { ne: 1 } })).toEqual([2, 4]);
    expect(await ids({ not: { not: { rank: 1 } } })).toEqual([1]);
    expect(await ids({ not: { or: [{ rank: 1 }, { rank: { isNull: true } }] } })).toEqual([2, 4]);
    expect(await ids({ not: { rank: 2, code: 'n2' }, code: { ne: 'n1' } })).toEqual([3, 4]);
  });

  test('any tree of conditions and its negation share the rows of the tenant between them', async () => {
    const condition = fc.oneof(
      fc.constantFrom<object>(
        { rank: 1 },
        { rank: { ne: 2 } },
        { rank: { notIn: [1, 3] } },
        { rank: { between: [1, 2] } },
        { body: { contains: { a: [1] } } },
        { tags: { contains: ['red'] } },
        { title: { ilike: escapeLike('e') } },
        { code: { in: [] } },
      ),
    );
    const tree = fc.letrec<{ node: object }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        condition,
        tie('node').map((not) => ({ not })),
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
        fc.tuple(condition, tie('node')).map(([part, not]) => ({ ...part, not })),
      ),
    })).node;
    await fc.assert(
      fc.asyncProperty(tree, async (where) => {
        const [inside, outside] = [await ids(where), await ids({ not: where })];
        expect([...inside, ...outside].sort()).toEqual([1, 2, 3, 4]);
      }),
      { numRuns: 60 },
    );
  });

  test('distinct reads each row once', async () => {
    const { context } = notes.fabric.acme;
    const read = await db.select(
      context,
      'notes',
      ['day'],
      {},
      { distinct: true, orderBy: ['day'] },
    );
    expect(read).toEqual({ rows: [{ day: '2026-01-01' }], rowCount: 1 });
  });
});

describe('a filter or option is refused before it touches the pool (IB915)', () => {
  const pool = new UntouchedPool();
  const unsent = new TenantDb(pool, { tables: NOTES });

  test.each([
    ['between with one value', { rank: { between: [1] } }],
    ['between with three values', { rank: { between: [1, 2, 3] } }],
    ['between with null', { rank: { between: [1, null] } }],
    ['between with an object', { rank: { between: { 0: 1, 1: 2, length: 2 } } }],
    ['notIn with null', { rank: { notIn: [1, null] } }],
    ['notIn with text', { rank: { notIn: '1' } }],
    ['notIn with a list in a list', { rank: { notIn: [[1]] } }],
    ['in on a list column', { tags: { in: [['red']] } }],
    ['ilike with text', { title: { ilike: '%' } }],
    ['contains on text', { title: { contains: 'x' } }],
    ['contains with null in a list', { tags: { contains: [null] } }],
    ['contains with text for a list', { tags: { contains: 'red' } }],
    ['contains with null for a document', { body: { contains: null } }],
    ['equality with a document', { body: { equals: {} } }],
    ['not with a list', { not: [{ rank: 1 }] }],
    ['not with nothing', { not: {} }],
    ['not as an operator', { rank: { not: 1 } }],
  ])('%s', async (_, where) => {
    expect((await refusal(() => unsent.select(someone, 'notes', ['id'], forced(where)))).code).toBe(
      'IB915',
    );
    expect(pool.asked).toBe(0);
  });

  test('values that cannot be sent (IB914)', async () => {
    for (const where of [
      { body: { contains: { a: undefined } } },
      { body: { contains: { a: { toJSON: () => 1 } } } },
      { body: { contains: { 'a\0': 1 } } },
      { tags: { contains: [{}] } },
      { rank: { between: [1, undefined] } },
    ]) {
      const error = await refusal(() => unsent.select(someone, 'notes', ['id'], forced(where)));
      expect(error.code).toBe('IB914');
    }
  });

  test('not cannot hide the tenant or an unknown column (IB913, IB912)', async () => {
    const of = (where: unknown) =>
      refusal(() => unsent.delete(someone, 'notes', forced({ not: where })));
    expect((await of({ tenant_id: someone.tenantId })).code).toBe('IB913');
    expect((await of({ $where: 1 })).code).toBe('IB912');
  });

  test('distinct with an order by what is not read, or no switch (IB923)', async () => {
    for (const options of [{ distinct: true, orderBy: ['code'] }, { distinct: 'id' }]) {
      const error = await refusal(() =>
        unsent.select(someone, 'notes', ['id'], {}, forced(options)),
      );
      expect(error.code).toBe('IB923');
    }
    expect(pool.asked).toBe(0);
  });
});
