import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readContext } from '../../driver/context.ts';
import { TenantDb } from '../../driver/index.ts';
import { StatementBuilder } from '../../driver/statements.ts';
import { Whitelist } from '../../driver/tables.ts';
import { NOTES, type Notes, note, openNotes } from './support/notes.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

let notes: Notes;
let db: Notes['db'];

beforeAll(async () => {
  notes = await openNotes();
  db = notes.db;
});

/** Values of each column as the server sorts them, the smallest first. */
const DOMAINS = {
  rank: [-5, 0, 3],
  amount: ['-1.50', '0', '0.1', '12345678901234567890.123', 'NaN'],
  ratio: ['-Infinity', '0', '0.1', '1e300', 'Infinity', 'NaN'],
  at: [
    '-infinity',
    '1900-01-01T00:00:00Z',
    '2026-01-01T00:00:00.000001Z',
    '2026-01-01T00:00:00.000002Z',
    'infinity',
  ],
  mood: ['sad', 'calm', 'glad'],
  title: ['', 'a', 'b'],
  day: ['2026-01-01', '2026-01-02'],
  tags: [[], ['a'], ['a', 'b']],
} as const;
type Sorted = keyof typeof DOMAINS;
const sorted = Object.keys(DOMAINS) as Sorted[];
const isNullable = (column: Sorted) => 'nullable' in NOTES['app.notes'].columns[column];

interface Key {
  readonly column: Sorted | 'id';
  readonly direction: 'asc' | 'desc';
  readonly nulls?: 'first' | 'last';
}
/** A row of the model: for each column the place of its value in the domain, or null. */
type Model = { readonly id: number } & { readonly [C in Sorted]: number | null };

const model = fc.record<Omit<Model, 'id'>>(
  Object.fromEntries(
    sorted.map((column) => {
      const value = fc.nat({ max: DOMAINS[column].length - 1 });
      return [column, isNullable(column) ? fc.option(value, { freq: 2 }) : value];
    }),
  ) as never,
);
const order = fc.uniqueArray(
  fc.record<Key, 'column' | 'direction'>(
    {
      column: fc.constantFrom(...sorted),
      direction: fc.constantFrom('asc', 'desc'),
      nulls: fc.constantFrom('first', 'last'),
    },
    { requiredKeys: ['column', 'direction'] },
  ),
  { selector: ({ column }) => column, maxLength: 3 },
);
/** Sort keys that one row comparison serves. */
const plainOrder = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom('title' as const, 'day' as const, 'tags' as const), {
      minLength: 1,
    }),
    fc.constantFrom('asc' as const, 'desc' as const),
  )
  .map(([columns, direction]) =>
    [...columns, 'id' as const].map((column): Key => ({ column, direction })),
  );

function compare(a: Model, b: Model, keys: readonly Key[]): number {
  for (const { column, direction, nulls } of keys) {
    const [x, y] = [a[column], b[column]];
    if (x === y) continue;
    const nullsAt = (nulls ?? (direction === 'asc' ? 'last' : 'first')) === 'first' ? -1 : 1;
    if (x === null) return nullsAt;
    if (y === null) return -nullsAt;
    return direction === 'asc' ? x - y : y - x;
  }
  return a.id - b.id;
}

const rowOf = ({ id, ...places }: Model) => ({
  ...note(id),
  ...Object.fromEntries(
    sorted.map((column) => [
      column,
      places[column] === null ? null : DOMAINS[column][places[column]],
    ]),
  ),
});
const fill = async (rows: readonly Model[]) => {
  const { context } = notes.fabric.acme;
  await db.delete(context, 'notes', {}, { allRows: true });
  if (rows.length > 0) await db.insert(context, 'notes', forced(rows.map(rowOf)));
};

/** Reads all pages, doing something between them. */
async function readAll(
  keys: readonly Key[],
  limit: number,
  between: (page: number) => Promise<void> = async () => undefined,
): Promise<number[]> {
  const ids: number[] = [];
  let after: string | null = null;
  for (let page = 0; ; page++) {
    const read: { rows: { id: number }[]; next: string | null } = await db.select(
      notes.fabric.acme.context,
      'notes',
      ['id'],
      undefined,
      { ...(keys.length === 0 ? {} : { orderBy: keys }), limit, after },
    );
    expect(read.rows.length).toBeLessThanOrEqual(limit);
    ids.push(...read.rows.map(({ id }) => id));
    if (read.next === null) return ids;
    expect(read.rows.length).toBe(limit);
    after = read.next;
    await between(page);
  }
}

describe('pages', () => {
  test.each([
    ['in any order, with ties and nulls', order],
    ['in an order that one row comparison serves', plainOrder],
  ])('%s, are together the whole, sorted', async (_, orders) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(model, { maxLength: 14 }),
        orders,
        fc.integer({ min: 1, max: 5 }),
        async (values, keys, limit) => {
          const rows = values.map((value, id) => ({ id, ...value }));
          await fill(rows);
          const whole = [...rows].sort((a, b) => compare(a, b, keys));
          expect(await readAll(keys, limit)).toEqual(whole.map(({ id }) => id));
        },
      ),
      { numRuns: 80 },
    );
  });

  test('hold each row that stays exactly once, though rows come and go between them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(model, { minLength: 3, maxLength: 14 }),
        fc.array(fc.oneof(model, fc.nat({ max: 13 })), { maxLength: 6 }),
        order,
        fc.integer({ min: 1, max: 3 }),
        async (values, changes, keys, limit) => {
          const rows = new Map<number, Model>(values.map((value, id) => [id, { id, ...value }]));
          const all = new Map(rows);
          const gone = new Set<number>();
          await fill([...rows.values()]);
          const { context } = notes.fabric.acme;
          const ids = await readAll(keys, limit, async (page) => {
            const change = changes[page];
            if (typeof change === 'number') {
              gone.add(change);
              await db.delete(context, 'notes', { id: change });
            } else if (change !== undefined) {
              const added = { id: 100 + page, ...change };
              all.set(added.id, added);
              await db.insert(context, 'notes', forced(rowOf(added)));
            }
          });
          expect(new Set(ids).size).toBe(ids.length);
          const stayed = [...rows.keys()].filter((id) => !gone.has(id));
          expect(ids).toEqual(expect.arrayContaining(stayed));
          const read = ids.map((id) => all.get(id)).filter((row) => row !== undefined);
          expect(read).toEqual([...read].sort((a, b) => compare(a, b, keys)));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of one tenant never hold rows of another, also with a cursor of the other', async () => {
    const { acme, globex } = notes.fabric;
    await fill([]);
    await db.insert(acme.context, 'notes', [note(1), note(2), note(3)]);
    await db.insert(globex.context, 'notes', [note(4), note(5), note(6)]);
    const options = { limit: 1, after: null } as const;
    const theirs = await db.select(globex.context, 'notes', ['id'], {}, options);
    expect(theirs.rows).toEqual([{ id: 4 }]);
    const ours = await db.select(acme.context, 'notes', ['id', 'tenant_id'], undefined, options);
    expect(ours.rows).toEqual([{ id: 1, tenant_id: acme.context.tenantId }]);
    const mixed = await db.select(
      globex.context,
      'notes',
      ['id'],
      {},
      { limit: 9, after: ours.next ?? '' },
    );
    expect(mixed.rows.map(({ id }) => id)).toEqual([4, 5, 6]);
    expect(JSON.stringify(decoded(ours.next ?? ''))).not.toContain(acme.context.tenantId);
  });

  test('keep the filter, and hold no column that was not asked for', async () => {
    const { context } = notes.fabric.acme;
    await fill([]);
    await db.insert(
      context,
      'notes',
      [1, 2, 3, 4, 5].map((id) => ({ ...note(id), rank: id % 2 })),
    );
    const first = await db.select(
      context,
      'notes',
      ['code'],
      { or: [{ rank: 1 }, { code: 'x' }] },
      { limit: 2, after: null },
    );
    expect(first).toEqual({
      rows: [{ code: 'n1' }, { code: 'n3' }],
      rowCount: 2,
      next: expect.any(String),
    });
    const last = await db.select(
      context,
      'notes',
      ['code'],
      { or: [{ rank: 1 }, { code: 'x' }] },
      { limit: 2, after: first.next },
    );
    expect(last).toEqual({ rows: [{ code: 'n5' }], rowCount: 1, next: null });
  });

  test('are read inside a transaction as well', async () => {
    const { context } = notes.fabric.acme;
    const pages = await db.transaction(context, async (tx) => {
      const one = await tx.select('accounts', ['code'], {}, { limit: 1, after: null });
      const two = await tx.select('accounts', ['code'], {}, { limit: 1, after: one.next });
      return [...one.rows, ...two.rows, two.next];
    });
    expect(pages).toHaveLength(3);
    expect(pages[2]).toBeNull();
  });

  test('of tables that all tenants share, and of the tenant itself, are read alike', async () => {
    const admin = new TenantDb(notes.fabric.pool('admin'));
    const { context } = notes.fabric.acme;
    const codes: string[] = [];
    let after: string | null = null;
    do {
      const page: { rows: { code: string }[]; next: string | null } = await admin.select(
        context,
        'currencies',
        ['code'],
        {},
        { limit: 50, after },
      );
      codes.push(...page.rows.map(({ code }) => code));
      after = page.next;
    } while (after !== null);
    const { rows } = await admin.select(context, 'currencies', ['code'], {}, { orderBy: ['code'] });
    expect(codes).toEqual(rows.map(({ code }) => code));
    const tenants = await admin.select(
      context,
      'tenants',
      ['slug'],
      {},
      { orderBy: ['id'], limit: 1, after: null },
    );
    expect(tenants).toEqual({ rows: [{ slug: 'acme' }], rowCount: 1, next: null });
  });

  test('over dates that the server does not write as ISO are refused (IB924)', async () => {
    await fill([]);
    const { context } = notes.fabric.acme;
    await db.insert(context, 'notes', [note(1), note(2)]);
    const german = notes.open({ options: '-c datestyle=German' });
    const error = await refusal(() =>
      german.select(context, 'notes', ['id'], {}, { orderBy: ['day'], limit: 1, after: null }),
    );
    expect(error.code).toBe('IB924');
  });

  test('begin at their place in an index where one row comparison serves the order', async () => {
    const { context } = notes.fabric.acme;
    await fill([]);
    const explaining = notes.open({ options: '-c enable_seqscan=off -c enable_bitmapscan=off' });
    const builder = new StatementBuilder(new Whitelist(1_000_000, NOTES), 1_000_000);
    const read = (after: string | null, orderBy?: unknown) =>
      builder.page(readContext(context), 'notes', ['id'], undefined, { limit: 1, after, orderBy });
    const { next } = read(null, ['code']).page([{ 0: ['a', '1'] }, {}]);
    const { text, values } = read(next, ['code']);
    const plan = await explaining.query(context, `explain ${text}`, [...values]);
    const lines = plan.rows.map((row) => String(row['QUERY PLAN'])).join('\n');
    expect(lines).toMatch(/Index Cond: .*code >= /);
  });
});

const decoded = (cursor: string): unknown =>
  JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a page is refused before it touches the pool (IB923)', () => {
  const pool = new UntouchedPool();
  const { key: _, ...keyless } = NOTES['app.notes'];
  const unsent = new TenantDb(pool, { tables: { ...NOTES, 'app.keyless': keyless } });
  const builder = new StatementBuilder(new Whitelist(1_000_000, NOTES), 1_000_000);
  const page = builder.page(readContext(someone), 'notes', ['id'], undefined, {
    orderBy: ['rank'],
    limit: 1,
    after: null,
  });
  const cursor = page.page([{ 0: ['7', '1'] }, { 0: ['8', '2'] }]).next ?? '';
  const [, digest] = decoded(cursor) as [number, string];
  const select = (options: unknown, table = 'notes') =>
    refusal(() => unsent.select(someone, forced(table), forced(['id']), {}, forced(options)));
  const at = (after: unknown) => ({ orderBy: ['rank'], limit: 1, after });

  test('unless its cursor is one of this table in this order', async () => {
    // The pool lends nothing: reaching it means that the cursor was taken.
    expect((await select(at(cursor))).code).toBe('IB922');
    expect(pool.asked).toBe(1);
    for (const orderBy of [
      ['code'],
      ['rank', 'code'],
      [{ column: 'rank', direction: 'desc' }],
      [{ column: 'rank', nulls: 'first' }],
      undefined,
    ]) {
      expect((await select({ orderBy, limit: 1, after: cursor })).code).toBe('IB923');
    }
    expect((await select(at(cursor), 'accounts')).code).not.toBe('IB922');
    expect(pool.asked).toBe(1);
  });

  test.each([
    ['a number', 7],
    ['an object', { toString: () => cursor }],
    ['empty text', ''],
    ['text that is no base64url', `${cursor}!`],
    ['text that is no JSON', Buffer.from('{').toString('base64url')],
    ['another version', encoded([2, digest, ['7', '1']])],
    ['another digest', encoded([1, `${digest}x`, ['7', '1']])],
    ['too few values', encoded([1, digest, ['7']])],
    ['too many values', encoded([1, digest, ['7', '1', '2']])],
    ['a value that is a number', encoded([1, digest, [7, '1']])],
    ['a value that is an object', encoded([1, digest, [{ toPostgres: 1 }, '1']])],
    ['more than a cursor holds', encoded([1, digest, ['7', '1'], 'tenant'])],
    ['an object for a cursor', encoded({ 0: 1, 1: digest, 2: [], length: 3 })],
  ])('with %s for a cursor', async (_, after) => {
    expect((await select(at(after))).code).toBe('IB923');
  });

  test.each([
    ['nothing for a cursor', { after: undefined, limit: 1 }],
    [
      'a cursor that is computed',
      {
        limit: 1,
        get after() {
          return null;
        },
      },
    ],
    ['no limit', { after: null }],
    ['a limit of nothing', { after: null, limit: 0 }],
    ['SQL for a limit', { after: null, limit: '1; drop table x' }],
    ['an offset', { after: null, limit: 1, offset: 1 }],
    ['distinct', { after: null, limit: 1, distinct: true }],
    ['an unknown option', { after: null, limit: 1, before: null }],
    ['an empty order', { after: null, limit: 1, orderBy: [] }],
  ])('with %s', async (_, options) => {
    expect((await select(options)).code).toBe('IB923');
  });

  test('of a table whose key is not known', async () => {
    const error = await select({ limit: 1, after: null }, 'keyless');
    expect(error).toMatchObject({ code: 'IB923', schema: 'app', table: 'keyless' });
    expect(error.hint).toContain('key');
  });

  test('with text that PostgreSQL cannot store inside a cursor (IB914)', async () => {
    for (const text of ['a\0', '\ud800', 'x'.repeat(1_000_001)]) {
      expect((await select(at(encoded([1, digest, [text, '1']])))).code).toBe('IB914');
    }
    expect(pool.asked).toBe(1);
  });
});

test('a cursor with values of another type is refused by the server (22P02)', async () => {
  const { context } = notes.fabric.acme;
  await fill([]);
  await db.insert(context, 'notes', [note(1), note(2)]);
  const options = { limit: 1, after: null } as const;
  const [version, digest] = decoded(
    (await db.select(context, 'notes', ['id'], {}, options)).next ?? '',
  ) as unknown[];
  const evil = encoded([version, digest, ["1' or true --"]]);
  const error = await refusal(() =>
    db.select(context, 'notes', ['id'], {}, { limit: 1, after: evil }),
  );
  expect(error.code).toBe('22P02');
});
