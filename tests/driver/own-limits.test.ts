import { Writable } from 'node:stream';
import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type CallOptions,
  type FabricError,
  TenantDb,
  type TransactionOptions,
} from '../../driver/index.ts';
import { connect } from '../support/clients.ts';
import { openSessions, type Session } from '../support/sessions.ts';
import { openPool } from './support/fabric.ts';
import { NOTES, type Notes, note, openNotes } from './support/notes.ts';
import { refusal } from './support/refusal.ts';
import { holdTime } from './support/time.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';
import { type Line, openLine } from './support/wire.ts';

const SHOWN = {
  'public.shown': {
    tenantColumn: 'tenant_id',
    columns: {
      tenant_id: { type: 'uuid' },
      statement: { type: 'text' },
      lock: { type: 'text' },
    },
  },
} as const;
const TABLES = { ...NOTES, ...SHOWN };
const reason = new Error('the reader closed the page');

let notes: Notes;
let admin: pg.Client;
let holder: Session;
let line: Line;
let pool: pg.Pool;
let db: TenantDb<typeof TABLES>;

beforeAll(async () => {
  notes = await openNotes();
  admin = await connect(notes.fabric.database.admin);
  ({ holder } = await openSessions(notes.fabric.database, {
    holder: notes.fabric.database.admin,
  }));
  const { acme } = notes.fabric;
  await notes.db.insert(acme.context, 'notes', [note(1), note(2), note(3)]);
  // The limits in force while it is read, as a row.
  await holder.run(`create view public.shown as select aibos.current_tenant_id() as tenant_id,
    current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock;
    grant usage on schema public to public; grant select on public.shown to public`);
});

beforeEach(async () => {
  line = await openLine(notes.fabric.database.login('finance'));
  pool = openPool({ ...line.config, max: 1, idleTimeoutMillis: 0 });
  db = new TenantDb(pool, { tables: TABLES });
  await db.query(notes.fabric.acme.context, 'select 1');
  line.readTrips();
  const opened = pool;
  return async () => {
    await holder.run('rollback');
    await opened.end();
  };
});

/** Keeps what is written to it. */
class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

const lines = (sink: Sink) =>
  sink.text
    .split('\n')
    .slice(0, -1)
    .map((text) => text.split(','));
const columns = ['statement', 'lock'] as const;
const acme = () => notes.fabric.acme.context;
const lockNotes = async () => {
  await holder.run('begin');
  await holder.run('lock table app.notes in access exclusive mode');
};
const isHeld = () => pool.totalCount !== pool.idleCount;

/** The limits in force during a call of each kind. */
const readings: readonly (readonly [string, (o: CallOptions) => Promise<unknown>])[] = [
  [
    'batch',
    async (o) => {
      const [, { rows }] = await db.batch(
        acme(),
        (b) => [b.query('select 1'), b.select('shown', columns)],
        o,
      );
      return rows.map(({ statement, lock }) => [statement, lock]);
    },
  ],
  [
    'batch of tables alone',
    async (o) => {
      const [{ rows }] = await db.batch(acme(), (b) => [b.select('shown', columns)], o);
      return rows.map(({ statement, lock }) => [statement, lock]);
    },
  ],
  [
    'stream',
    async (o) => {
      const list: unknown[] = [];
      for await (const row of db.stream(acme(), 'shown', columns, {}, o)) {
        list.push([row.statement, row.lock]);
      }
      return list;
    },
  ],
  [
    'copyTo',
    async (o) => {
      const sink = new Sink();
      await db.copyTo(acme(), sink, 'shown', columns, {}, o);
      return lines(sink);
    },
  ],
  [
    'tx.batch',
    (o) =>
      db.transaction(acme(), async (tx) => {
        await tx.query('select 1');
        const [{ rows }] = await tx.batch((b) => [b.select('shown', columns)], o);
        return rows.map(({ statement, lock }) => [statement, lock]);
      }),
  ],
  [
    'tx.copyTo',
    (o) =>
      db.transaction(acme(), async (tx) => {
        const sink = new Sink();
        await tx.copyTo(sink, 'shown', columns, {}, o);
        return lines(sink);
      }),
  ],
  [
    'tx.copyTo after a statement',
    (o) =>
      db.transaction(acme(), async (tx) => {
        const sink = new Sink();
        await tx.query('select 1');
        await tx.copyTo(sink, 'shown', columns, {}, o);
        return lines(sink);
      }),
  ],
];

describe.each(readings)('limits on the server of %s', (_, read) => {
  test('hold for it alone', async () => {
    expect(await read({ statementTimeoutMs: 70_001, lockTimeoutMs: 70_002 })).toEqual([
      ['70001ms', '70002ms'],
    ]);
    expect(await read({})).toEqual([['0', '0']]);
  });
});

test('limits of one copy in a transaction give way to those of the transaction after it', async () => {
  await db.transaction(
    acme(),
    async (tx) => {
      const sink = new Sink();
      await tx.copyTo(sink, 'shown', columns, {}, { lockTimeoutMs: 70_002 });
      expect(lines(sink)).toEqual([['70001ms', '70002ms']]);
      const { rows } = await tx.select('shown', columns);
      expect(rows).toEqual([{ statement: '70001ms', lock: '0' }]);
    },
    { statementTimeoutMs: 70_001 },
  );
});

test('a copy without limits of its own costs no trip beside its own', async () => {
  await db.transaction(acme(), async (tx) => {
    await tx.query('select 1');
    line.readTrips();
    await tx.copyTo(new Sink(), 'notes', ['id']);
    expect(line.readTrips()).toBe(1);
  });
});

/** Calls that wait for the locked notes. */
const waits: readonly (readonly [string, (o: CallOptions) => Promise<unknown>])[] = [
  ['batch', (o) => db.batch(acme(), (b) => [b.select('notes', ['id'])], o)],
  [
    'stream',
    async (o) => {
      for await (const _ of db.stream(acme(), 'notes', ['id'], {}, o));
    },
  ],
  ['copyTo', (o) => db.copyTo(acme(), new Sink(), 'notes', ['id'], {}, o)],
  [
    'tx.batch',
    (o) => db.transaction(acme(), (tx) => tx.batch((b) => [b.select('notes', ['id'])], o)),
  ],
  [
    'tx.copyTo',
    (o) => db.transaction(acme(), (tx) => tx.copyTo(new Sink(), 'notes', ['id'], {}, o)),
  ],
  [
    'tx.stream of a limited transaction',
    (o) =>
      db.transaction(
        acme(),
        async (tx) => {
          for await (const _ of tx.stream('notes', ['id']));
        },
        o,
      ),
  ],
];

describe.each(waits)('%s that waits', (_, call) => {
  const waiting = async () => {
    // Not the holder: inside its transaction it sees the activity of the first look for ever.
    const { rows } = await admin.query(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rows[0]?.n;
  };
  const untilWaiting = async (outcome: Promise<FabricError>) => {
    let early: FabricError | undefined;
    outcome.then(
      (error) => {
        early = error;
      },
      () => undefined,
    );
    await expect.poll(async () => early ?? (await waiting())).toBe(1);
  };

  test('is ended by its signal (IB988)', async () => {
    await lockNotes();
    holdTime();
    const controller = new AbortController();
    const outcome = refusal(() => call({ signal: controller.signal }));
    await untilWaiting(outcome);
    controller.abort(reason);
    expect(await outcome).toMatchObject({ code: 'IB988', cause: reason });
    expect(line.readCancels()).toBeGreaterThan(0);
    expect([isHeld(), pool.waitingCount]).toEqual([false, 0]);
  });

  test('is ended by its deadline (IB989)', async () => {
    await lockNotes();
    const time = holdTime();
    const outcome = refusal(() => call({ deadlineMs: 50 }));
    await untilWaiting(outcome);
    time.pass(50);
    expect((await outcome).code).toBe('IB989');
    expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0]);
  });

  test('is ended by the limit of a lock (55P03)', async () => {
    await lockNotes();
    expect((await refusal(() => call({ lockTimeoutMs: 5 }))).code).toBe('55P03');
    expect([isHeld(), pool.waitingCount]).toEqual([false, 0]);
  });

  test('is not begun when the signal had aborted before (IB988)', async () => {
    const signal = AbortSignal.abort(reason);
    expect(await refusal(() => call({ signal }))).toMatchObject({ code: 'IB988', cause: reason });
    expect([line.readTrips(), isHeld()]).toEqual([0, false]);
  });
});

describe('a stream whose reader lingers', () => {
  test.each([
    ['signal', 'IB988'],
    ['deadline', 'IB989'],
  ])('frees its client at once when its %s ends it, and says why (%s)', async (kind, code) => {
    const time = holdTime();
    const controller = new AbortController();
    const options: CallOptions =
      kind === 'signal' ? { signal: controller.signal } : { deadlineMs: 50 };
    const rows = db.stream(acme(), 'notes', ['id'], {}, options)[Symbol.asyncIterator]();
    expect((await rows.next()).done).toBe(false);
    expect(isHeld()).toBe(true);
    if (kind === 'signal') controller.abort(reason);
    else time.pass(50);
    await expect.poll(isHeld).toBe(false);
    expect((await refusal(() => rows.next())).code).toBe(code);
    expect(await rows.next()).toEqual({ value: undefined, done: true });
    expect(await db.query(acme(), 'select 1 as one')).toMatchObject({ rows: [{ one: 1 }] });
  });

  test('ends well when it is left after that', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    for await (const _ of db.stream(acme(), 'notes', ['id'], {}, { batchSize: 1, signal })) {
      controller.abort(reason);
      break;
    }
    expect([isHeld(), pool.waitingCount]).toEqual([false, 0]);
  });
});

describe('retries', () => {
  test('run a callback again with its batch, copy and stream, within the limits of the transaction', async () => {
    const id = 50;
    let attempts = 0;
    const read = await db.transaction(
      acme(),
      async (tx) => {
        attempts += 1;
        await tx.batch((b) => [b.insert('notes', note(id)), b.select('notes', ['id'], { id })]);
        const sink = new Sink();
        await tx.copyTo(sink, 'shown', columns);
        const ids: number[] = [];
        for await (const row of tx.stream('notes', ['id'], { id })) ids.push(row.id);
        if (attempts === 1) await tx.query('select public.fail_once()');
        return [lines(sink), ids];
      },
      { retries: 1, statementTimeoutMs: 70_001 },
    );
    expect(attempts).toBe(2);
    expect(read).toEqual([[['70001ms', '0']], [id]]);
    expect((await db.select(acme(), 'notes', ['id'], { id })).rowCount).toBe(1);
  });

  beforeAll(() =>
    holder.run(`create function public.fail_once() returns void language plpgsql
      as $$ begin raise exception using errcode = '40001'; end $$;
      grant execute on function public.fail_once() to public`),
  );

  test('are no option of a single batch, copy or stream (IB923)', async () => {
    const untouched = new TenantDb(new UntouchedPool(), { tables: TABLES });
    const options: TransactionOptions = { retries: 1 };
    for (const call of [
      () => untouched.batch(someone, (b) => [b.select('notes', ['id'])], forced(options)),
      () => untouched.copyTo(someone, new Sink(), 'notes', ['id'], {}, forced(options)),
      () => untouched.stream(someone, 'notes', ['id'], {}, forced(options)),
    ]) {
      expect((await refusal(call)).code).toBe('IB923');
    }
  });
});

describe('a stream of a query of the caller', () => {
  const collect = async (rows: AsyncIterable<unknown>) => {
    const list: unknown[] = [];
    for await (const row of rows) list.push(row);
    return list;
  };

  test('has its session cleaned after it, as a query has, and a stream of a table has not', async () => {
    await db.transaction(acme(), (tx) => collect(tx.stream('notes', ['id'])));
    expect(line.countSent('discard temp')).toBe(1);
    await db.transaction(acme(), (tx) => collect(tx.streamQuery('select id from app.notes')));
    expect(line.countSent('discard temp')).toBe(2);
  });

  test('is prepared under no name, and has the names of the connection given up', async () => {
    const preparing = new TenantDb(pool, { tables: TABLES, prepare: true, cleanSession: 'never' });
    await preparing.select(acme(), 'notes', ['id']);
    const names = async () => {
      const client = await pool.connect();
      const { rows } = await client.query<{ name: string; statement: string }>(
        'select name, statement from pg_prepared_statements',
      );
      client.release();
      return new Map(rows.map(({ name, statement }) => [name, statement]));
    };
    const before = await names();
    expect(before.size).toBe(2);
    const sql = 'select id from app.notes where id = $1';
    await preparing.transaction(acme(), (tx) => collect(tx.streamQuery(sql, [1])));
    expect([...(await names()).values()].filter((text) => text.includes(sql))).toEqual([]);
    await preparing.select(acme(), 'notes', ['id']);
    const after = await names();
    expect(after.size).toBe(2);
    expect([...after.keys()].filter((name) => before.has(name))).toEqual([]);
  });
});
