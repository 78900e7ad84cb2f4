import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import { RowStream, type StreamTarget } from '../../driver/row-stream.ts';
import type { Statement } from '../../driver/statements.ts';
import { openPool } from './support/fabric.ts';
import { NOTES, type Notes, note, openNotes } from './support/notes.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';
import { openLine } from './support/wire.ts';

const COUNT = 25;
let notes: Notes;
let pool: pg.Pool;
let db: Notes['db'];

beforeAll(async () => {
  notes = await openNotes();
  pool = notes.fabric.pool('finance', { max: 2 });
  db = new TenantDb(pool, { tables: NOTES });
  const { acme, globex } = notes.fabric;
  const ids = Array.from({ length: COUNT }, (_, index) => index);
  await db.insert(acme.context, 'notes', ids.map(note));
  await db.insert(globex.context, 'notes', [note(1000), note(1001)]);
});

const inOrder = { orderBy: ['id'], batchSize: 10 } as const;
const all = Array.from({ length: COUNT }, (_, id) => ({ id }));
/** The open cursors beside the unnamed one of this very query. */
const cursors = "select name from pg_cursors where name <> ''";

async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

describe('a stream inside a transaction', () => {
  test.each([1, 7, 10, 24, 25, 26, 500])('gives every row once, by batches of %i', async (size) => {
    const { context } = notes.fabric.acme;
    const rows = await db.transaction(context, (tx) =>
      collect(tx.stream('notes', ['id'], {}, { orderBy: ['id'], batchSize: size })),
    );
    expect(rows).toEqual(all);
  });

  test('takes filter, order, limit and distinct, and types as ever', async () => {
    const { context } = notes.fabric.acme;
    await db.transaction(context, async (tx) => {
      const some = tx.stream(
        'notes',
        ['id', 'tenant_id', 'total', 'day'],
        { or: [{ id: { gte: 20 } }, { code: 'n3' }] },
        { orderBy: [{ column: 'id', direction: 'desc' }], limit: 2, batchSize: 1 },
      );
      const row = { tenant_id: context.tenantId, total: '0', day: '2026-01-01' };
      expect(await collect(some)).toEqual([
        { id: 24, ...row },
        { id: 23, ...row },
      ]);
      const days = tx.stream('notes', ['day'], undefined, { distinct: true });
      expect(await collect(days)).toEqual([{ day: '2026-01-01' }]);
      expect(await collect(tx.stream('notes', ['id'], { code: 'none' }))).toEqual([]);
    });
  });

  test('reads a query of its own with parameters, held to the tenant by the row policies', async () => {
    const { context } = notes.fabric.globex;
    const rows = await db.transaction(context, (tx) =>
      collect(
        tx.streamQuery<{ id: number; list: string[] }>(
          'with n as (select id from app.notes where id >= $1) select id, $2::text[] as list from n order by id;',
          [0, ['a', "'"]],
          { batchSize: 1 },
        ),
      ),
    );
    expect(rows).toEqual([
      { id: 1000, list: ['a', "'"] },
      { id: 1001, list: ['a', "'"] },
    ]);
  });

  test('lets other statements, transactions and streams run between its rows', async () => {
    const { context } = notes.fabric.acme;
    await db.transaction(context, async (tx) => {
      const pairs: number[] = [];
      for await (const { id } of tx.stream('notes', ['id'], {}, { ...inOrder, batchSize: 2 })) {
        await tx.update('notes', { rank: id }, { id });
        await tx
          .transaction(async (inner) => {
            await inner.query('select 1 / 0');
          })
          .catch(() => undefined);
        for await (const other of tx.stream('notes', ['id'], { id }, { batchSize: 1 })) {
          pairs.push(other.id);
        }
      }
      expect(pairs).toEqual(all.map(({ id }) => id));
      expect((await tx.query(cursors)).rows).toEqual([]);
    });
  });

  test('closes its cursor at its end, when the loop is left, and when the loop throws', async () => {
    const { context } = notes.fabric.acme;
    await db.transaction(context, async (tx) => {
      await collect(tx.stream('notes', ['id']));
      expect((await tx.query(cursors)).rows).toEqual([]);
      for await (const _ of tx.stream('notes', ['id'], {}, { batchSize: 2 })) {
        expect((await tx.query(cursors)).rowCount).toBe(1);
        break;
      }
      expect((await tx.query(cursors)).rows).toEqual([]);
      const reason = new Error('out');
      const throwing = async () => {
        for await (const _ of tx.stream('notes', ['id'], {}, { batchSize: 2 })) throw reason;
      };
      await expect(throwing()).rejects.toBe(reason);
      expect((await tx.query(cursors)).rows).toEqual([]);
    });
    await allIdle();
  });

  test('can be read once', async () => {
    await db.transaction(notes.fabric.acme.context, async (tx) => {
      const stream = tx.stream('notes', ['id'], {}, inOrder);
      expect(await collect(stream)).toEqual(all);
      expect(await collect(stream)).toEqual([]);
    });
  });

  test('that the callback leaves open ends with it, and reading on is refused (IB917)', async () => {
    const { context } = notes.fabric.acme;
    const kept: AsyncIterator<unknown>[] = [];
    await db.transaction(context, async (tx) => {
      const begun = tx.stream('notes', ['id'], {}, { batchSize: 2 })[Symbol.asyncIterator]();
      await begun.next();
      kept.push(begun, tx.stream('notes', ['id'])[Symbol.asyncIterator]());
    });
    for (const rows of kept) {
      expect((await refusal(() => rows.next())).code).toBe('IB917');
      expect(await rows.next()).toEqual({ value: undefined, done: true });
    }
    await allIdle();
  });

  test('of a nested transaction is closed with it, while the outer one goes on (IB917)', async () => {
    const { context } = notes.fabric.acme;
    await db.transaction(context, async (tx) => {
      const kept: AsyncIterator<unknown>[] = [];
      await tx.transaction(async (inner) => {
        const rows = inner.stream('notes', ['id'], {}, { batchSize: 2 })[Symbol.asyncIterator]();
        await rows.next();
        kept.push(rows);
      });
      expect((await tx.query(cursors)).rows).toEqual([]);
      for (const rows of kept) expect((await refusal(() => rows.next())).code).toBe('IB917');
    });
  });

  test('throws what the server refuses while it is read, and the transaction fails (22012)', async () => {
    const { context } = notes.fabric.acme;
    const seen: number[] = [];
    const error = await refusal(() =>
      db.transaction(context, async (tx) => {
        const rows = tx.streamQuery<{ n: number }>(
          'select 10 / (3 - g) as n from generate_series(0, 9) g',
          [],
          { batchSize: 1 },
        );
        for await (const { n } of rows) seen.push(n);
      }),
    );
    expect(error.code).toBe('22012');
    expect(seen).toEqual([3, 5, 10]);
    await allIdle();
  });

  test('left early after another statement failed leaves a clean client behind', async () => {
    const { context } = notes.fabric.acme;
    const before = pool.totalCount;
    const error = await refusal(() =>
      db.transaction(context, async (tx) => {
        for await (const _ of tx.stream('notes', ['id'], {}, { batchSize: 2 })) {
          await tx.query('select 1 / 0').catch(() => undefined);
          break;
        }
      }),
    );
    expect(error.code).toBe('IB918');
    expect(pool.totalCount).toBe(before);
    await allIdle();
  });

  test.each([
    'insert into app.notes (id) values (1) returning id',
    'update app.notes set rank = 1 returning id',
    'delete from app.notes returning id',
    '/* select */ explain select 1',
    'show datestyle',
    'select 1; drop table app.notes',
    'fetch all from aibos_rows_1',
    "select set_config('app.tenant_id', '', true)",
  ])('refuses %s (IB916)', async (sql) => {
    const error = await refusal(() =>
      db.transaction(notes.fabric.acme.context, async (tx) => collect(tx.streamQuery(sql))),
    );
    expect(error.code).toBe('IB916');
  });

  test('refuses options that its query has no use for (IB923)', async () => {
    for (const options of [{ orderBy: ['id'] }, { limit: 1 }, { batchSize: 1.5 }]) {
      const error = await refusal(() =>
        db.transaction(notes.fabric.acme.context, async (tx) =>
          tx.streamQuery('select 1', [], forced(options)),
        ),
      );
      expect(error.code).toBe('IB923');
    }
  });

  test('refuses a writing query the text of which looks like a reading one (0A000)', async () => {
    const sql = 'with gone as (delete from app.notes returning id) select id from gone';
    const error = await refusal(() =>
      db.transaction(notes.fabric.acme.context, async (tx) => collect(tx.streamQuery(sql))),
    );
    expect(error.code).toBe('0A000');
    expect((await db.select(notes.fabric.acme.context, 'notes', ['id'])).rowCount).toBe(COUNT);
  });
});

describe('a stream with a transaction of its own', () => {
  test('gives every row of the tenant, read-only, and gives its client back', async () => {
    const { context } = notes.fabric.acme;
    expect(await collect(db.stream(context, 'notes', ['id'], {}, inOrder))).toEqual(all);
    await allIdle();
  });

  test('takes no client before it is read', async () => {
    const asked = new UntouchedPool();
    const unread = new TenantDb(asked, { tables: NOTES });
    const rows = unread.stream(someone, 'notes', ['id']);
    expect(asked.asked).toBe(0);
    expect((await refusal(() => collect(rows))).code).toBe('IB922');
    expect(asked.asked).toBe(1);
  });

  test('gives its client back however the loop ends', async () => {
    const { context } = notes.fabric.acme;
    const open = () => db.stream(context, 'notes', ['id'], {}, { batchSize: 2 });
    for await (const _ of open()) break;
    await allIdle();
    const reason = new Error('out');
    const throwing = async () => {
      for await (const _ of open()) throw reason;
    };
    await expect(throwing()).rejects.toBe(reason);
    await allIdle();
    const broken = db.stream(context, 'notes', ['id'], { code: { gte: '' } }, forced(inOrder));
    expect(await collect(broken)).toHaveLength(COUNT);
    await allIdle();
  });

  test('is refused before it touches the pool', async () => {
    const asked = new UntouchedPool();
    const unsent = new TenantDb(asked, { tables: NOTES });
    const stream = (where: unknown, options?: unknown) => () =>
      unsent.stream(someone, 'notes', ['id'], forced(where), forced(options));
    for (const [call, code] of [
      [stream({ tenant_id: 'x' }), 'IB913'],
      [stream({ nope: 1 }), 'IB912'],
      [stream({}, { batchSize: 0 }), 'IB923'],
      [stream({}, { batchSize: '1; --' }), 'IB923'],
      [stream({}, { batchSize: 100_001 }), 'IB923'],
      [stream({}, { offset: 1 }), 'IB923'],
      [() => unsent.stream(forced({}), 'notes', ['id']), '42501'],
    ] as const) {
      expect((await refusal(call)).code).toBe(code);
    }
    expect(asked.asked).toBe(0);
  });

  test('is refused inside the callback of another tenant (IB920)', async () => {
    const { acme, globex } = notes.fabric;
    await db.transaction(acme.context, async (tx) => {
      await tx.query('select 1');
      const error = await refusal(() => db.stream(globex.context, 'notes', ['id']));
      expect(error.code).toBe('IB920');
    });
  });
});

describe('memory stays flat', () => {
  test('since a stream fetches one batch ahead of its reader, and no more', async () => {
    let handed = 0;
    const batches = 6;
    const sent: Statement[] = [];
    const target: StreamTarget = {
      send: async (statements) => {
        handed += 1;
        sent.push(...statements);
        return { rows: handed < batches ? [{ n: 1 }, { n: 2 }] : [], tags: [] };
      },
      assertUsable: () => undefined,
      nameCursor: () => 'c',
      closeCursor: async () => undefined,
    };
    const rows = new RowStream({ text: 'select $1', values: ['x'] }, 2, target);
    const seen: number[] = [];
    expect(handed).toBe(0);
    for await (const _ of rows) seen.push(handed);
    expect(seen).toEqual([2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
    // The statement itself, its values bound as ever; then nothing but its batches.
    expect(sent).toEqual([
      { text: 'declare c no scroll cursor without hold for select $1', values: ['x'] },
      ...Array(batches).fill({ text: 'fetch forward 2 from c', values: [], kind: 'control' }),
    ]);
  });

  test('while a reader lingers: the server was asked for the next batch alone', async () => {
    const line = await openLine(notes.fabric.database.login('finance'));
    const slow = new TenantDb(openPool({ ...line.config, max: 1 }), { tables: NOTES });
    let read = 0;
    for await (const _ of slow.stream(notes.fabric.acme.context, 'notes', ['id'], {}, inOrder)) {
      const batch = Math.floor(read / 10) + 1;
      // The last batch is short, so nothing is asked for after it.
      const asked = Math.min(batch + 1, 3);
      await expect.poll(() => line.countSent('fetch forward 10')).toBe(asked);
      read += 1;
    }
    expect(read).toBe(COUNT);
    expect(line.countSent('declare')).toBe(1);
  });

  test('at one round trip for each batch and one for COMMIT', async () => {
    const line = await openLine(notes.fabric.database.login('finance'));
    const counted = new TenantDb(openPool({ ...line.config, max: 1 }), { tables: NOTES });
    await counted.query(notes.fabric.acme.context, 'select 1');
    line.readTrips();
    await collect(counted.stream(notes.fabric.acme.context, 'notes', ['id'], {}, inOrder));
    expect(line.readTrips()).toBe(4);
  });
});

async function allIdle(): Promise<void> {
  expect(pool.waitingCount).toBe(0);
  expect(pool.idleCount).toBe(pool.totalCount);
  const { rows } = await db.query(notes.fabric.acme.context, cursors);
  expect(rows).toEqual([]);
}
