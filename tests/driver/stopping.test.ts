import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  AbortedError,
  type CallOptions,
  CommitOutcomeUnknownError,
  TenantDb,
} from '../../driver/index.ts';
import { connect } from '../support/clients.ts';
import { openSessions, type Session } from '../support/sessions.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { holdTime } from './support/time.ts';
import { openTlsLine, type TlsLine } from './support/tls.ts';
import { someone, UntouchedPool } from './support/untouched.ts';
import { type Line, openLine } from './support/wire.ts';

const reason = new Error('the reader closed the page');

let fabric: Fabric;
let admin: pg.Client;
let holder: Session;
let line: Line;
let pool: pg.Pool;
let db: TenantDb;
let direct: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
  admin = await connect(fabric.database.admin);
  ({ holder } = await openSessions(fabric.database, { holder: fabric.database.admin }));
  direct = new TenantDb(fabric.pool('finance'));
  // A commit that waits until nobody holds the lock 42.
  await admin.query(`create function public.wait_for_42() returns trigger language plpgsql
    as $$ begin perform pg_advisory_xact_lock_shared(42); return null; end $$;
    grant execute on function public.wait_for_42() to public;
    create constraint trigger waits after insert on finance.journal_drafts
      deferrable initially deferred for each row when (new.description like 'slow%')
      execute function public.wait_for_42()`);
});

beforeEach(async () => {
  line = await openLine(fabric.database.login('finance'));
  pool = openPool({ ...line.config, max: 1 });
  db = new TenantDb(pool);
  await db.query(fabric.acme.context, 'select 1');
  line.readTrips();
  const opened = pool;
  return async () => {
    await opened.end();
    await holder.run('rollback');
    await holder.run('select pg_advisory_unlock_all()');
  };
});

const lockTables = async () => {
  await holder.run('begin');
  await holder.run('lock table finance.journal_drafts, finance.accounts in access exclusive mode');
};
const untilWaiting = () =>
  expect
    .poll(async () => {
      const { rows } = await admin.query(
        "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rows[0]?.n;
    })
    .toBe(1);
const untilNobodyRuns = () =>
  expect
    .poll(async () => {
      const { rows } = await admin.query(
        "select count(*)::int as n from pg_stat_activity where datname = current_database() and usename = 'tester_finance' and state = 'active'",
      );
      return rows[0]?.n;
    })
    .toBe(0);
const draft = (description: string) => ({
  company_id: fabric.acme.companyId,
  entry_date: '2026-05-01',
  description,
});
const exists = async (description: string) => {
  const { rowCount } = await direct.select(fabric.acme.context, 'journal_drafts', ['id'], {
    description,
  });
  return rowCount > 0;
};
const pidOf = async () => {
  const { rows } = await db.query(fabric.acme.context, 'select pg_backend_pid() as pid');
  return rows[0]?.pid;
};
const isSettled = async (call: Promise<unknown>) => {
  const open = Symbol('open');
  const first = await Promise.race([call, new Promise((resolve) => setImmediate(resolve, open))]);
  return first !== open;
};

/** Every kind of call, each of which waits for the locked tables. */
const calls: readonly (readonly [string, (options: CallOptions) => Promise<unknown>])[] = [
  ['query', (o) => db.query(fabric.acme.context, 'select id from finance.accounts', [], o)],
  ['select', (o) => db.select(fabric.acme.context, 'accounts', ['id'], {}, o)],
  ['insert', (o) => db.insert(fabric.acme.context, 'journal_drafts', draft('aborted'), o)],
  ['update', (o) => db.update(fabric.acme.context, 'accounts', { name: 'x' }, { code: 'x' }, o)],
  ['delete', (o) => db.delete(fabric.acme.context, 'journal_drafts', { description: 'x' }, o)],
  [
    'transaction',
    (o) => db.transaction(fabric.acme.context, (tx) => tx.select('accounts', ['id']), o),
  ],
  [
    'tx.query',
    (o) =>
      db.transaction(fabric.acme.context, (tx) =>
        tx.query('select id from finance.accounts', [], o),
      ),
  ],
  [
    'tx.select',
    (o) => db.transaction(fabric.acme.context, (tx) => tx.select('accounts', ['id'], {}, o)),
  ],
  [
    'tx.insert',
    (o) =>
      db.transaction(fabric.acme.context, (tx) => tx.insert('journal_drafts', draft('aborted'), o)),
  ],
  [
    'tx.update',
    (o) =>
      db.transaction(fabric.acme.context, (tx) =>
        tx.update('accounts', { name: 'x' }, { code: 'x' }, o),
      ),
  ],
  [
    'tx.delete',
    (o) =>
      db.transaction(fabric.acme.context, (tx) =>
        tx.delete('journal_drafts', { description: 'x' }, o),
      ),
  ],
];

describe.each(calls)('an abort during %s', (_, call) => {
  test('ends the statement on the server and says why (IB988)', async () => {
    await lockTables();
    const controller = new AbortController();
    const outcome = refusal(() => call({ signal: controller.signal }));
    await untilWaiting();
    controller.abort(reason);
    const error = await outcome;
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ code: 'IB988', cause: reason, retryable: false });
    expect(line.readCancels()).toBeGreaterThan(0);
    await untilNobodyRuns();
    await holder.run('rollback');
    expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0]);
    expect(await exists('aborted')).toBe(false);
  });

  test('before it was made sends nothing', async () => {
    const error = await refusal(() => call({ signal: AbortSignal.abort(reason) }));
    expect(error).toMatchObject({ code: 'IB988', cause: reason });
    expect([line.readTrips(), line.readCancels()]).toEqual([0, 0]);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });
});

describe('an abort', () => {
  test('while waiting for a client of the pool rejects at once, and the client goes back when it comes', async () => {
    const client = await pool.connect();
    const controller = new AbortController();
    const outcome = refusal(() =>
      db.query(fabric.acme.context, 'select 1', [], { signal: controller.signal }),
    );
    await expect.poll(() => pool.waitingCount).toBe(1);
    controller.abort(reason);
    expect(await outcome).toMatchObject({ code: 'IB988' });
    client.release();
    await expect
      .poll(() => [pool.totalCount, pool.idleCount, pool.waitingCount])
      .toEqual([1, 1, 0]);
    expect(line.readTrips()).toBe(0);
    expect(line.readCancels()).toBe(0);
  });

  test('that comes after the end changes nothing', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    await db.insert(fabric.acme.context, 'journal_drafts', draft('before the abort'), { signal });
    controller.abort(reason);
    expect(await exists('before the abort')).toBe(true);
    expect(line.readCancels()).toBe(0);
  });

  test('between two statements fails the next one, sends nothing and rolls back (IB988)', async () => {
    const controller = new AbortController();
    const error = await refusal(() =>
      db.transaction(
        fabric.acme.context,
        async (tx) => {
          await tx.insert('journal_drafts', draft('half'));
          controller.abort(reason);
          await tx.insert('journal_drafts', draft('other half'));
        },
        { signal: controller.signal },
      ),
    );
    expect(error).toMatchObject({ code: 'IB988', cause: reason });
    expect(line.readCancels()).toBe(0);
    expect(await exists('half')).toBe(false);
  });

  test('rejects a transaction whose callback never ends, revokes its handle and frees its client', async () => {
    const controller = new AbortController();
    let late: Promise<unknown> = Promise.resolve();
    const error = await refusal(() =>
      db.transaction(
        fabric.acme.context,
        async (tx) => {
          await tx.insert('journal_drafts', draft('endless'));
          late = new Promise((resolve) => {
            controller.signal.addEventListener('abort', () =>
              setImmediate(() => resolve(tx.query('select 1').catch((e: unknown) => e))),
            );
          });
          controller.abort(reason);
          await new Promise(() => undefined);
        },
        { signal: controller.signal },
      ),
    );
    expect(error).toMatchObject({ code: 'IB988' });
    expect(await late).toBe(error);
    expect([pool.idleCount, pool.totalCount]).toEqual([1, 1]);
    expect(await exists('endless')).toBe(false);
  });

  test('of one call in a transaction may be caught in a nested one, and the rest goes on', async () => {
    holdTime();
    await lockTables();
    const controller = new AbortController();
    const done = db.transaction(fabric.acme.context, async (tx) => {
      await tx.query('select 1');
      const error = await refusal(() =>
        tx.transaction((inner) =>
          inner.select('accounts', ['id'], {}, { signal: controller.signal }),
        ),
      );
      await holder.run('rollback');
      await tx.insert('journal_drafts', draft('went on'));
      return error.code;
    });
    await untilWaiting();
    controller.abort(reason);
    expect(await done).toBe('IB988');
    expect(await exists('went on')).toBe(true);
  });

  test('during COMMIT cancels it: nothing was committed (IB988)', async () => {
    holdTime();
    await holder.run('select pg_advisory_lock(42)');
    const controller = new AbortController();
    const { signal } = controller;
    const outcome = refusal(() =>
      db.transaction(
        fabric.acme.context,
        (tx) => tx.insert('journal_drafts', draft('slow commit')),
        { signal },
      ),
    );
    await untilWaiting();
    controller.abort(reason);
    expect(await outcome).toMatchObject({ code: 'IB988', cause: reason });
    await holder.run('select pg_advisory_unlock_all()');
    expect(await exists('slow commit')).toBe(false);
  });

  test.each([
    [
      'a transaction',
      'commit',
      (signal: AbortSignal, description: string) =>
        db.transaction(
          fabric.acme.context,
          async (tx) => {
            await tx.insert('journal_drafts', draft(description));
            return 'done';
          },
          { signal },
        ),
    ],
    [
      'a single statement',
      'insert into',
      (signal: AbortSignal, description: string) =>
        db
          .insert(fabric.acme.context, 'journal_drafts', draft(description), { signal })
          .then(() => 'done'),
    ],
    [
      'a single query',
      'insert into',
      (signal: AbortSignal, description: string) =>
        db
          .query(
            fabric.acme.context,
            `insert into finance.journal_drafts (tenant_id, company_id, entry_date, description)
           values ($1, $2, '2026-05-01', $3)`,
            [fabric.acme.context.tenantId, fabric.acme.companyId, description],
            { signal },
          )
          .then(() => 'done'),
    ],
  ] as const)(
    'that reaches the server after the commit of %s does not hide it',
    async (kind, text, call) => {
      holdTime();
      const held = line.holdAnswerTo(text);
      const controller = new AbortController();
      const outcome = call(controller.signal, `raced ${kind}`);
      await held.caught;
      expect(await exists(`raced ${kind}`)).toBe(true);
      controller.abort(reason);
      await expect.poll(() => line.readCancels()).toBeGreaterThan(0);
      held.release();
      expect(await outcome).toBe('done');
    },
  );

  test('of a commit whose answer does not come leaves its outcome unknown (IB919), caused by the abort', async () => {
    const held = line.holdAnswerTo('commit');
    const controller = new AbortController();
    const { signal } = controller;
    const outcome = refusal(() =>
      db.transaction(fabric.acme.context, (tx) => tx.insert('journal_drafts', draft('mute')), {
        signal,
      }),
    );
    await held.caught;
    controller.abort(reason);
    const error = await outcome;
    expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
    expect(error.cause).toBeInstanceOf(AbortedError);
    expect(pool.totalCount).toBe(0);
    expect(await exists('mute')).toBe(true);
  });

  test('whose request does not arrive closes the connection instead (IB988)', async () => {
    line.holdCancels();
    await lockTables();
    const controller = new AbortController();
    const { signal } = controller;
    const outcome = refusal(() =>
      db.select(fabric.acme.context, 'accounts', ['id'], {}, { signal }),
    );
    await untilWaiting();
    controller.abort(reason);
    expect(await outcome).toMatchObject({ code: 'IB988', cause: reason });
    expect(pool.totalCount).toBe(0);
  });

  test('on a socket of the file system cancels too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aibos-'));
    afterAll(() => rm(folder, { recursive: true, force: true }));
    const config = fabric.database.login('finance');
    const local = await openLine(config, join(folder, '.s.PGSQL.5432'));
    const socketPool = openPool({ ...config, host: folder, port: 5432, max: 1 });
    await lockTables();
    const controller = new AbortController();
    const { signal } = controller;
    const outcome = refusal(() =>
      new TenantDb(socketPool).select(fabric.acme.context, 'accounts', ['id'], {}, { signal }),
    );
    await untilWaiting();
    controller.abort(reason);
    expect(await outcome).toMatchObject({ code: 'IB988' });
    expect(local.readCancels()).toBeGreaterThan(0);
    await untilNobodyRuns();
  });
});

describe('with TLS', () => {
  let tls: TlsLine | undefined;

  beforeAll(async () => {
    tls = await openTlsLine(fabric.database.login('finance'));
  });

  test('the request to cancel is encrypted as the connection is', async (context) => {
    if (tls === undefined) return context.skip('openssl is not installed');
    const tlsPool = openPool({ ...tls.config, max: 1 });
    await lockTables();
    const controller = new AbortController();
    const { signal } = controller;
    const outcome = refusal(() =>
      new TenantDb(tlsPool).select(fabric.acme.context, 'accounts', ['id'], {}, { signal }),
    );
    await untilWaiting();
    controller.abort(reason);
    expect(await outcome).toMatchObject({ code: 'IB988' });
    expect([...new Set(tls.readCancels())]).toEqual(['encrypted']);
    await untilNobodyRuns();
  });
});

describe('a late request to cancel', () => {
  test('is waited for, and its client is not lent again', async () => {
    holdTime();
    const cancels = line.holdCancels();
    await lockTables();
    const pid = await pidOf();
    const controller = new AbortController();
    const { signal } = controller;
    const call = db.select(fabric.acme.context, 'accounts', ['code'], { code: '1000' }, { signal });
    await untilWaiting();
    controller.abort(reason);
    await cancels.caught;
    await holder.run('rollback');
    await untilNobodyRuns();
    expect(await isSettled(call)).toBe(false);
    const next = db.query(fabric.acme.context, 'select pg_backend_pid() as pid');
    expect(await isSettled(next)).toBe(false);
    cancels.release();
    expect((await call).rows).toEqual([{ code: '1000' }]);
    expect((await next).rows[0]?.pid).not.toBe(pid);
  });

  test('never meets the statement of the next borrower, however abort and end race', async () => {
    const racing = new TenantDb(fabric.pool('finance', { max: 1 }));
    const outcomes = { aborted: 0, answered: 0 };
    // Longer while calls are aborted, shorter while they are answered: near the end of the statement on any machine.
    let delay = 0;
    for (let n = 0; n < 150 || outcomes.answered === 0; n++) {
      const controller = new AbortController();
      const { signal } = controller;
      const call = racing
        .query(fabric.acme.context, 'select pg_sleep($1::float8)', [0.002], { signal })
        .then(
          () => 'answered' as const,
          (error: unknown) => {
            if (error instanceof AbortedError) return 'aborted' as const;
            throw error;
          },
        );
      if (delay === 0) controller.abort(reason);
      else setTimeout(() => controller.abort(reason), delay);
      const next = racing.query(fabric.acme.context, 'select pg_sleep(0.003), 7 as seven');
      const outcome = await call;
      outcomes[outcome] += 1;
      delay = outcome === 'aborted' ? delay + 1 : Math.max(0, delay - 2);
      expect((await next).rows[0]?.seven).toBe(7);
    }
    expect(outcomes.aborted).toBeGreaterThan(0);
  });
});

test('an abort before a call was made asks for no client', async () => {
  const untouched = new UntouchedPool();
  const other = new TenantDb(untouched);
  const options = { signal: AbortSignal.abort(reason) };
  for (const call of [
    () => other.query(someone, 'select 1', [], options),
    () => other.transaction(someone, async () => 1, options),
    () => other.begin(someone, options),
  ]) {
    expect((await refusal(call)).code).toBe('IB988');
  }
  expect(untouched.asked).toBe(0);
});

test('a signal is an AbortSignal (IB923)', async () => {
  const untouched = new TenantDb(new UntouchedPool());
  for (const signal of [{}, 'now', new EventTarget()]) {
    const options = { signal } as unknown as CallOptions;
    expect((await refusal(() => untouched.query(someone, 'select 1', [], options))).code).toBe(
      'IB923',
    );
  }
});
