import { EventEmitter, once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type pg from 'pg';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { flow } from '../../driver/copy-source.ts';
import { escapeLike, TenantDb } from '../../driver/index.ts';
import { withClient } from '../support/run.ts';
import { openPool } from './support/fabric.ts';
import { NOTES, type Notes, note, openNotes } from './support/notes.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

const TABLES = {
  ...NOTES,
  'app.broken': {
    tenantColumn: 'tenant_id',
    columns: { tenant_id: { type: 'uuid' }, id: { type: 'int4' }, quotient: { type: 'int4' } },
  },
} as const;
const open = (pool: pg.Pool) => new TenantDb(pool, { tables: TABLES });

const titles = [
  '',
  'a,b',
  'say "hi"',
  'two\r\nlines',
  "O'Neil",
  'back\\slash',
  "\\'; --",
  '=1+1',
  '\\N',
];
let notes: Notes;
let pool: pg.Pool;
let db: ReturnType<typeof open>;

beforeAll(async () => {
  notes = await openNotes();
  pool = notes.fabric.pool('finance', { max: 2 });
  db = open(pool);
  const { acme, globex, database } = notes.fabric;
  await db.insert(
    acme.context,
    'notes',
    titles.map((title, id) => ({
      ...note(id),
      title,
      rank: id === 0 ? null : id,
      tags: [title],
      body: { [title]: id },
      amount: `${id}.50`,
      mood: 'glad',
      at: '2026-01-01T00:00:00.000001Z',
    })),
  );
  await db.insert(globex.context, 'notes', { ...note(99), title: 'theirs' });
  await withClient(database.admin, (admin) =>
    admin.query(`
      create view app.broken with (security_invoker = true) as select tenant_id, id, 1 / (5 - id) as quotient from app.notes;
      grant select on app.broken to aibos_finance_role`),
  );
});

/** Keeps what is written to it. */
class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

type CopyArguments = Parameters<typeof db.copyTo<'notes', 'id' | 'title' | 'rank' | 'code'>>;

async function copied(
  columns: CopyArguments[3],
  where?: CopyArguments[4],
  options?: CopyArguments[5],
): Promise<string> {
  const sink = new Sink();
  await db.copyTo(notes.fabric.acme.context, sink, 'notes', columns, where, options);
  expect(sink.writableFinished).toBe(true);
  return sink.text;
}

describe('a copy', () => {
  test('writes the rows of the tenant alone as CSV, with every character in place', async () => {
    const sink = new Sink();
    const { rowCount } = await db.copyTo(
      notes.fabric.acme.context,
      sink,
      'notes',
      ['id', 'title', 'rank', 'tenant_id'],
      {},
      { orderBy: ['id'], header: true },
    );
    expect(rowCount).toBe(titles.length);
    const { tenantId } = notes.fabric.acme.context;
    expect(parse(sink.text)).toEqual([
      ['id', 'title', 'rank', 'tenant_id'],
      ...titles.map((title, id) => [String(id), title, id === 0 ? '' : String(id), tenantId]),
    ]);
    // An empty text and a null differ.
    expect(sink.text.split('\n')[1]).toMatch(/^0,"",,/);
  });

  test('writes text, limits, skips, sorts and filters as a select does', async () => {
    const text = await copied(
      ['id', 'title', 'rank'],
      { not: { id: { in: [3] } } },
      { format: 'text', orderBy: [{ column: 'id', direction: 'desc' }], limit: 3, offset: 6 },
    );
    expect(text).toBe('1\ta,b\t1\n0\t\t\\N\n');
    expect(await copied(['id'], { code: 'none' }, { header: true })).toBe('id\n');
  });

  test('keeps to its tenant even for a superuser whom no row policy binds', async () => {
    const unbound = open(openPool(notes.fabric.database.admin));
    const sink = new Sink();
    const where = { or: [{ id: { gte: 0 } }, { not: { id: 0 } }] };
    await unbound.copyTo(notes.fabric.globex.context, sink, 'notes', ['id'], where);
    expect(sink.text).toBe('99\n');
  });

  test('inside a transaction sees its writes, keeps its turn, and lets others follow', async () => {
    const { context } = notes.fabric.acme;
    const first = new Sink();
    const second = new Sink();
    const reason = new Error('undo');
    const outcome = db.transaction(context, async (tx) => {
      const [, copy] = await Promise.all([
        tx.insert('notes', note(50)),
        tx.copyTo(first, 'notes', ['id'], { id: 50 }),
        tx.delete('notes', { id: 50 }),
        tx.copyTo(second, 'notes', ['id'], { id: 50 }),
      ]);
      expect(copy).toEqual({ rowCount: 1 });
      expect((await tx.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      throw reason;
    });
    await expect(outcome).rejects.toBe(reason);
    expect([first.text, second.text]).toEqual(['50\n', '']);
    await clean();
  });

  test('as the first thing in a transaction opens it with its context', async () => {
    const sink = new Sink();
    await db.transaction(notes.fabric.globex.context, (tx) => tx.copyTo(sink, 'notes', ['id']));
    expect(sink.text).toBe('99\n');
  });
});

describe('values of a copy', () => {
  const evil = fc.oneof(
    fc.constantFrom(
      ...titles,
      "'",
      "''",
      "\\'",
      "' or true) to stdout; drop table app.notes; --",
      "E'\\''",
      '$1',
      '$$',
      '%L',
      '/*',
      '\\',
      '{}',
      '{"a"}',
      '\u2019',
      '\n',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => !/\0|\p{Surrogate}/u.test(text)),
  );
  const filters = fc.oneof(
    evil.map((title) => ({ title })),
    fc.array(evil, { maxLength: 3 }).map((list) => ({ title: { in: list } })),
    fc.array(evil, { maxLength: 3 }).map((list) => ({ title: { notIn: list } })),
    fc.tuple(evil, evil).map((between) => ({ title: { between } })),
    evil.map((text) => ({ title: { ilike: escapeLike(text) } })),
    evil.map((text) => ({ tags: { contains: [text] } })),
    evil.map((text) => ({ tags: [text] })),
    fc.tuple(evil, fc.integer()).map(([key, id]) => ({ body: { contains: { [key]: id } } })),
    fc.integer({ min: 0, max: 9 }).map((rank) => ({ rank: { lte: rank } })),
    fc.constantFrom(
      { mood: { in: ['glad'] } },
      { mood: 'sad' },
      { amount: { lt: '3.5' } },
      { at: '2026-01-01T00:00:00.000001Z' },
      { day: { gte: '2026-01-01' } },
    ),
  );

  test.each(['on', 'off'])(
    'select the rows that the same values select as parameters (standard_conforming_strings %s)',
    async (setting) => {
      const options = { max: 1, options: `-c standard_conforming_strings=${setting}` };
      const own = open(notes.fabric.pool('finance', options));
      const { context } = notes.fabric.acme;
      let matched = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(filters, { minLength: 1, maxLength: 3 }), async (or) => {
          const where = forced({ or });
          const sink = new Sink();
          await own.copyTo(context, sink, 'notes', ['id'], where, { orderBy: ['id'] });
          const { rows } = await own.select(context, 'notes', ['id'], where, { orderBy: ['id'] });
          expect(sink.text).toBe(rows.map(({ id }) => `${id}\n`).join(''));
          matched += rows.length;
        }),
        { numRuns: 120 },
      );
      expect(matched).toBeGreaterThan(50);
    },
  );
});

describe('a copy that fails', () => {
  test('at the server midway destroys its stream, fails the transaction and keeps the client (22012)', async () => {
    const { context } = notes.fabric.acme;
    const sink = new Sink();
    const before = pool.totalCount;
    const error = await refusal(() =>
      db.copyTo(context, sink, 'broken', ['quotient'], {}, { orderBy: ['id'] }),
    );
    expect(error).toMatchObject({ code: '22012', severity: 'ERROR' });
    expect([sink.destroyed, sink.writableFinished]).toEqual([true, false]);
    const hidden = await refusal(() =>
      db.transaction(context, async (tx) => {
        await tx.insert('notes', note(60));
        await tx.copyTo(new Sink(), 'broken', ['quotient']).catch(() => undefined);
      }),
    );
    expect(hidden.code).toBe('IB918');
    expect(hidden.cause).toMatchObject({ code: '22012' });
    const nested = await refusal(() =>
      db.transaction(context, (tx) =>
        tx.transaction(async (inner) => {
          await inner.copyTo(new Sink(), 'broken', ['quotient']).catch(() => undefined);
        }),
      ),
    );
    expect(nested.code).toBe('IB918');
    expect((await db.select(context, 'notes', ['id'], { id: 60 })).rows).toEqual([]);
    expect(pool.totalCount).toBe(before);
    await clean();
  });

  test.each([
    ['throws', (sink: Writable) => sink.destroy(new Error('disk full'))],
    ['is closed', (sink: Writable) => sink.destroy()],
  ])('since its stream %s closes the connection and commits nothing (IB986)', async (_, end) => {
    const { context } = notes.fabric.acme;
    const sink = new (class extends Writable {
      override _write(): void {
        end(this);
      }
    })();
    const connected = onConnection(pool);
    let after: unknown;
    const error = await refusal(() =>
      db.transaction(context, async (tx) => {
        await tx.insert('notes', note(61));
        try {
          await tx.copyTo(sink, 'notes', ['id']);
        } finally {
          after = await tx.query('select 1').catch((reason: unknown) => reason);
        }
      }),
    );
    expect(error).toMatchObject({ code: 'IB986', retryable: false });
    expect(error.cause).toBeInstanceOf(Error);
    expect(after).toMatchObject({ code: 'IB922' });
    expect((await db.select(context, 'notes', ['id'], { id: 61 })).rows).toEqual([]);
    const hidden = await refusal(() =>
      db.transaction(context, async (tx) => {
        const other = new (class extends Writable {
          override _write(): void {
            end(this);
          }
        })();
        await tx.insert('notes', note(62));
        await tx.copyTo(other, 'notes', ['id']).catch(() => undefined);
      }),
    );
    expect(hidden.code).toBe('IB918');
    expect((await db.select(context, 'notes', ['id'], { id: 62 })).rows).toEqual([]);
    connected.stop();
    await clean();
  });
});

describe('a large copy', () => {
  const size = 200_000;
  const count = 200;
  const large = { id: { gte: 1000 } };

  beforeAll(async () => {
    const { context } = notes.fabric.globex;
    await db.query(
      context,
      `insert into app.notes (tenant_id, id, code, title)
       select $1, 1000 + g, 'big' || g, string_agg(md5(g::text || s), '') from generate_series(1, $2::int) g, generate_series(1, $3::int) s group by g`,
      [context.tenantId, count, size / 32],
    );
  });

  test('reads from the server only what its stream takes', async () => {
    const { context } = notes.fabric.globex;
    const own = notes.fabric.pool('finance', { max: 1 });
    const connected = onConnection(own);
    let release: () => void = () => undefined;
    let taken = 0;
    const slow = new Writable({
      highWaterMark: 1_000,
      write(chunk: Buffer, _encoding, done) {
        taken += chunk.length;
        if (taken < 1_000_000) done();
        else release = done;
      },
    });
    const stalled = vi.waitUntil(() => taken >= 1_000_000, { timeout: 60_000 });
    const copy = open(own).copyTo(context, slow, 'notes', ['title'], large);
    await stalled;
    // Time enough for the server to send everything, were anybody to take it.
    for (let i = 0; i < 50; i++) await db.query(context, 'select count(*) from app.notes');
    expect(connected.last()?.stream.bytesRead).toBeLessThan((size * count) / 8);
    taken = Number.NEGATIVE_INFINITY;
    release();
    expect(await copy).toEqual({ rowCount: count });
    expect(connected.last()?.stream.bytesRead).toBeGreaterThan(size * count);
    connected.stop();
  });

  test('whose connection is lost fails and destroys its stream (IB922)', async () => {
    const own = notes.fabric.pool('finance', { max: 1 });
    const connected = onConnection(own);
    const sink = new Writable({
      write(_chunk, _encoding, done) {
        connected.last()?.stream.destroy();
        done();
      },
    });
    const error = await refusal(() =>
      open(own).copyTo(notes.fabric.globex.context, sink, 'notes', ['title'], large),
    );
    expect(error).toMatchObject({ code: 'IB922', retryable: true });
    expect(sink.destroyed).toBe(true);
    connected.stop();
  });

  test('that its stream ends leaves no statement running on the server (IB986)', async () => {
    const own = notes.fabric.pool('finance', { max: 1, application_name: 'interrupted' });
    const sink = new Writable({
      write(_chunk, _encoding, done) {
        done(new Error('disk full'));
      },
    });
    const error = await refusal(() =>
      open(own).copyTo(notes.fabric.globex.context, sink, 'notes', ['title'], large),
    );
    expect(error).toMatchObject({ code: 'IB986', cause: { message: 'disk full' } });
    const admin = openPool(notes.fabric.database.admin);
    const running = async () =>
      (await admin.query("select from pg_stat_activity where application_name = 'interrupted'"))
        .rowCount;
    await expect.poll(running).toBe(0);
    expect(own.totalCount).toBe(0);
  });
});

test('a copy that the server refuses is over when the server is ready again, not before', async () => {
  const connection = Object.assign(new EventEmitter(), { stream: { destroy: () => undefined } });
  const refused = Object.assign(new Error('refused'), { code: '22012', severity: 'ERROR' });
  const source = new Readable({ read: () => undefined });
  const client = { connection, query: () => process.nextTick(() => source.emit('error', refused)) };
  let isOver = false;
  const over = flow(forced(client), forced(source), new Sink()).finally(() => {
    isOver = true;
  });
  await new Promise((resolve) => source.once('close', resolve));
  await setImmediate();
  expect(isOver).toBe(false);
  connection.emit('readyForQuery');
  expect(await over).toEqual({ failure: refused, isOfTarget: false });
  expect(connection.eventNames()).toEqual([]);
});

describe('a copy is refused', () => {
  test('before it touches the pool', async () => {
    const asked = new UntouchedPool();
    const unsent = new TenantDb(asked, { tables: NOTES });
    const ended = new Sink();
    ended.end();
    await once(ended, 'finish');
    const copy =
      (where: unknown, options?: unknown, into: unknown = new Sink()) =>
      () =>
        unsent.copyTo(someone, forced(into), 'notes', ['id'], forced(where), forced(options));
    for (const [call, code] of [
      [copy({ tenant_id: 'x' }), 'IB913'],
      [copy({ nope: 1 }), 'IB912'],
      [copy({ title: 'a\0' }), 'IB914'],
      [copy({ title: { toPostgres: () => "x' or true" } }), 'IB915'],
      [copy({ rank: Number.NaN }), 'IB914'],
      [copy({}, { format: 'binary' }), 'IB923'],
      [copy({}, { format: 'csv) ; drop table x; --' }), 'IB923'],
      [copy({}, { header: 'match' }), 'IB923'],
      [copy({}, { delimiter: ';' }), 'IB923'],
      [copy({}, { limit: '1' }), 'IB923'],
      [copy({}, {}, undefined), 'IB922'],
      [copy({}, {}, null), 'IB923'],
      [copy({}, {}, 'file.csv'), 'IB923'],
      [copy({}, {}, {}), 'IB923'],
      [copy({}, {}, ended), 'IB923'],
      [() => unsent.copyTo(forced({}), new Sink(), 'notes', ['id']), '42501'],
      [() => unsent.copyTo(someone, new Sink(), 'notes', [forced('id) to program')]), 'IB912'],
    ] as const) {
      expect((await refusal(call)).code).toBe(code);
    }
    expect(asked.asked).toBe(1);
  });

  test('with a client that pipelines, which goes on to serve (IB985)', async () => {
    const own = open(
      openPool({ ...notes.fabric.database.login('finance'), max: 1, pipeline: true }),
    );
    const sink = new Sink();
    const { context } = notes.fabric.acme;
    expect((await refusal(() => own.copyTo(context, sink, 'notes', ['id']))).code).toBe('IB985');
    expect((await own.select(context, 'notes', ['id'], { id: 1 })).rowCount).toBe(1);
  });

  test('without the package pg-copy-streams (IB985)', async () => {
    vi.resetModules();
    vi.doMock('pg-copy-streams', () => {
      throw new Error('Cannot find package');
    });
    const bare = await import('../../driver/index.ts');
    const asked = new UntouchedPool();
    const error: unknown = await new bare.TenantDb(asked)
      .copyTo(someone, new Sink(), 'accounts', ['id'])
      .catch((reason: unknown) => reason);
    vi.doUnmock('pg-copy-streams');
    expect(error).toMatchObject({
      code: 'IB985',
      hint: expect.stringContaining('npm install pg-copy-streams'),
    });
    expect(asked.asked).toBe(0);
  });
});

interface Socket {
  readonly bytesRead: number;
  destroy(): void;
}

/** Watches the connections that a pool opens or lends. */
function onConnection(watched: pg.Pool) {
  let connection: { readonly stream: Socket } | undefined;
  const keep = (client: pg.PoolClient) => {
    connection = Reflect.get(client, 'connection') as never;
  };
  watched.on('acquire', keep);
  return { last: () => connection, stop: () => watched.off('acquire', keep) };
}

async function clean(): Promise<void> {
  await expect.poll(() => pool.idleCount).toBe(pool.totalCount);
  expect(pool.waitingCount).toBe(0);
  const client = await pool.connect();
  expect(client.getTransactionStatus()).toBe('I');
  client.release();
}
