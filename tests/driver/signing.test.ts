import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readContext } from '../../driver/context.ts';
import { Signer } from '../../driver/context-key.ts';
import {
  type CallOptions,
  type ClientPool,
  type ContextKey,
  type ContextKeySource,
  FabricError,
  TenantDb,
} from '../../driver/index.ts';
import { generateContextKey, installContextKey } from '../../driver/install/context-keys.ts';
import { Signing } from '../../driver/signing.ts';
import { withClient } from '../support/run.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { holdTime, shiftClock } from './support/time.ts';
import { type Line, openLine } from './support/wire.ts';

const HOUR = 3_600_000;
const key = generateContextKey();
const reason = new Error('the reader closed the page');

let fabric: Fabric;
let line: Line;
let pool: pg.Pool;

beforeAll(async () => {
  fabric = await openFabric();
  const limits = { clockSkewSeconds: 5, maxLifetimeSeconds: 300 };
  await fabric.database.alone(() =>
    withClient(fabric.database.installer, (client) => installContextKey(client, key, limits)),
  );
});

beforeEach(async () => {
  line = await openLine(fabric.database.login('finance'));
  pool = openPool({ ...line.config, max: 1, idleTimeoutMillis: 0 });
  await pool.query('select 1');
  line.readTrips();
});

const open = (contextKey: ContextKeySource, lender: ClientPool = pool) =>
  new TenantDb(lender, { contextKey });
const counts = () => [pool.totalCount, pool.idleCount, pool.waitingCount];
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

/** Every way to begin a transaction, each of which reads both accounts of a tenant. */
type Call = (db: TenantDb, options?: CallOptions) => Promise<unknown>;
const calls: readonly (readonly [string, Call])[] = [
  ['select', (db, o) => db.select(fabric.acme.context, 'accounts', ['id'], {}, o)],
  ['query', (db, o) => db.query(fabric.acme.context, 'select id from finance.accounts', [], o)],
  [
    'transaction',
    (db, o) => db.transaction(fabric.acme.context, (tx) => tx.select('accounts', ['id']), o),
  ],
  [
    'begin',
    async (db, o) => {
      await using tx = await db.begin(fabric.acme.context, o);
      const result = await tx.select('accounts', ['id']);
      await tx.commit();
      return result;
    },
  ],
  [
    'stream',
    async (db, o) => {
      let rowCount = 0;
      const rows = db.stream(fabric.acme.context, 'accounts', ['id'], {}, { batchSize: 1, ...o });
      for await (const _ of rows) rowCount += 1;
      return { rowCount };
    },
  ],
  [
    'batch',
    async (db, o) =>
      (await db.batch(fabric.acme.context, (b) => [b.select('accounts', ['id'])], o))[0],
  ],
  ['copyTo', (db, o) => db.copyTo(fabric.acme.context, nowhere(), 'accounts', ['id'], {}, o)],
];

/** A source of the key that says when it was asked, and gives the key when it is told to. */
function slowSource() {
  let hear = (): void => {};
  let give = (_key: ContextKey): void => {};
  const asked = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const given = new Promise<ContextKey>((resolve) => {
    give = resolve;
  });
  const source = () => {
    hear();
    return given;
  };
  return { source, asked, give: () => give(key) };
}

describe.each(calls)('%s with a function for the key', (_, call) => {
  test('that is slow holds no client meanwhile, and works', async () => {
    const { source, asked, give } = slowSource();
    const outcome = call(open(source));
    await asked;
    expect(counts()).toEqual([1, 1, 0]);
    give();
    expect(await outcome).toMatchObject({ rowCount: 2 });
    expect(counts()).toEqual([1, 1, 0]);
  });

  test('that never answers is given up by a signal (IB988)', async () => {
    const { source, asked } = slowSource();
    const controller = new AbortController();
    const outcome = refusal(() => call(open(source), { signal: controller.signal }));
    await asked;
    controller.abort(reason);
    expect(await outcome).toMatchObject({ code: 'IB988', cause: reason });
    expect(counts()).toEqual([1, 1, 0]);
    expect([line.readTrips(), line.readCancels()]).toEqual([0, 0]);
  });

  test('that never answers is given up by a deadline (IB989)', async () => {
    const { source, asked } = slowSource();
    const time = holdTime();
    const outcome = refusal(() => call(open(source), { deadlineMs: 50 }));
    await asked;
    time.pass(50);
    expect((await outcome).code).toBe('IB989');
    expect(counts()).toEqual([1, 1, 0]);
    expect(time.timers).toBe(0);
  });

  test('that throws or rejects takes no client, and the next call works', async () => {
    for (const fail of [
      () => {
        throw reason;
      },
      () => Promise.reject(reason),
    ]) {
      let isDown = true;
      const db = open(() => (isDown ? fail() : key));
      await expect(call(db)).rejects.toBe(reason);
      expect(counts()).toEqual([1, 1, 0]);
      expect(line.readTrips()).toBe(0);
      isDown = false;
      expect(await call(db)).toMatchObject({ rowCount: 2 });
      line.readTrips();
    }
  });

  test('is not asked when the signal had aborted before', async () => {
    let asked = 0;
    const db = open(() => {
      asked += 1;
      return key;
    });
    const signal = AbortSignal.abort(reason);
    expect((await refusal(() => call(db, { signal }))).code).toBe('IB988');
    expect(asked).toBe(0);
  });
});

describe.each(calls)('the question for whom tokens are, asked by %s', (_, call) => {
  test('is stopped by a deadline (IB989)', async () => {
    const held = line.holdAnswerTo('current_database');
    const time = holdTime();
    const outcome = refusal(() => call(open(key), { deadlineMs: 50 }));
    await held.caught;
    time.pass(50);
    expect((await outcome).code).toBe('IB989');
    expect(counts()).toEqual([0, 0, 0]);
  });

  test('is cancelled by a signal, and its connection closed when no answer comes (IB988)', async () => {
    const held = line.holdAnswerTo('current_database');
    const time = holdTime();
    const controller = new AbortController();
    const outcome = refusal(() => call(open(key), { signal: controller.signal }));
    await held.caught;
    controller.abort(reason);
    await expect.poll(() => line.readCancels()).toBeGreaterThan(0);
    time.pass(2_000);
    expect(await outcome).toMatchObject({ code: 'IB988', cause: reason });
    expect(counts()).toEqual([0, 0, 0]);
  });
});

describe('a token', () => {
  test('that is older than its key allows is refused: the clock of the next tests counts (42501)', async () => {
    shiftClock(-HOUR);
    const error = await refusal(() => open(key).select(fabric.acme.context, 'accounts', ['id']));
    expect(error).toMatchObject({ code: '42501', detail: 'The context token has expired.' });
  });

  test('is made when BEGIN is sent, however long a callback waits before', async () => {
    shiftClock(-HOUR);
    const result = await open(key).transaction(fabric.acme.context, async (tx) => {
      shiftClock(0);
      return tx.select('accounts', ['id']);
    });
    expect(result.rowCount).toBe(2);
  });

  test('is made when BEGIN is sent, however long a handle lies unused before', async () => {
    shiftClock(-HOUR);
    await using tx = await open(key).begin(fabric.acme.context);
    shiftClock(0);
    expect((await tx.select('accounts', ['id'])).rowCount).toBe(2);
    await tx.commit();
  });

  test('is made anew for each attempt', async () => {
    let attempts = 0;
    const db = open(key);
    shiftClock(-HOUR);
    const result = await db.transaction(
      fabric.acme.context,
      async (tx) => {
        attempts += 1;
        if (attempts === 1) {
          await tx.query('select 1');
          throw new FabricError('40001', 'again', { retryable: true });
        }
        shiftClock(0);
        return tx.select('accounts', ['id']);
      },
      { retries: 1 },
    );
    expect([attempts, result.rowCount]).toEqual([2, 2]);
  });

  test('is kept for the whole transaction, also when a nested one is rolled back an hour later', async () => {
    const result = await open(key).transaction(fabric.acme.context, async (tx) => {
      await tx.select('accounts', ['id']);
      // Whatever is signed from here on would be refused.
      shiftClock(-HOUR);
      const nested = tx.transaction(async (inner) => {
        await inner.select('accounts', ['id']);
        throw reason;
      });
      await expect(nested).rejects.toBe(reason);
      return tx.select('accounts', ['id']);
    });
    expect(result.rowCount).toBe(2);
  });
});

describe.each(calls)('%s through a pool that comes to lead to another login', (_, call) => {
  test('is refused once, and then signs for the new one (42501)', async () => {
    let current = pool;
    const db = open(key, { connect: () => current.connect() });
    expect(await call(db)).toMatchObject({ rowCount: 2 });
    current = openPool({ ...fabric.database.login('admin'), max: 1 });
    expect(await refusal(() => call(db))).toMatchObject({
      code: '42501',
      detail: 'The context token is forged, or was made for another login or another database.',
    });
    expect(await call(db)).toMatchObject({ rowCount: 2 });
    expect([current.totalCount, current.idleCount, current.waitingCount]).toEqual([1, 1, 0]);
  });
});

test('a refusal for another reason does not have the server asked again', async () => {
  const db = open(key);
  const { context } = fabric.acme;
  await db.select(context, 'accounts', ['id']);
  const asked = line.countSent('current_database');
  shiftClock(-HOUR);
  expect((await refusal(() => db.select(context, 'accounts', ['id']))).code).toBe('42501');
  shiftClock(0);
  await db.query(context, 'select 1 / 0').catch(() => undefined);
  await db.select(context, 'accounts', ['id']);
  expect(line.countSent('current_database')).toBe(asked);
});

describe('the secret and the token', () => {
  const secret = randomBytes(32);
  const own = { id: 'abcdefgh', secret };
  const audience = () => ({ database: fabric.database.name, login: 'tester_finance' });

  /** Everything that a value shows by any of the usual ways. */
  const shown = (value: unknown) =>
    [
      inspect(value, { showHidden: true, depth: null, getters: true }),
      JSON.stringify(value, (_key, part) =>
        part instanceof Error ? { ...part, message: part.message, stack: part.stack } : part,
      ) ?? '',
      String(value),
    ].join('\n');
  const forms = [
    secret.toString('hex'),
    secret.toString('base64'),
    inspect(secret).slice(8, -1),
    JSON.stringify([...secret]).slice(1, -1),
    inspect(new Uint8Array(secret), { maxArrayLength: null }).slice(17, 60),
    'v1.abcdefgh.',
  ];
  const showsNothing = (value: unknown) => {
    const text = shown(value);
    expect(forms.filter((form) => text.includes(form))).toEqual([]);
  };

  test('would be seen here', () => {
    const token = new Signer(own).sign(readContext(fabric.acme.context), audience());
    for (const value of [{ secret }, { secret: secret.toString('hex') }, new Error(token), token]) {
      expect(() => showsNothing(value)).toThrow();
    }
  });

  test('are in nothing that the driver makes', async () => {
    const signing = new Signing(own);
    const signer = await signing.signer(undefined);
    const db = open(own);
    await refusal(() => db.select(fabric.acme.context, 'accounts', ['id']));
    const handle = await db.begin(fabric.acme.context);
    await handle.query('select 1');
    for (const value of [signer, signing, db, handle]) showsNothing(value);
    await handle.rollback();
  });

  test('are in no error: of a refused token, of a lost connection, of a bad key', async () => {
    const { context } = fabric.acme;
    const refused = await refusal(() => open(own).select(context, 'accounts', ['id']));
    expect(refused.code).toBe('42501');
    const db = open(() => own);
    await db.query(context, 'select 1');
    line.cutAt('app.context_token', 'after');
    const lost = await refusal(() => db.select(context, 'accounts', ['id']));
    expect(lost.code).toBe('IB922');
    const short = { id: 'abcdefgh', secret: secret.subarray(0, 31) };
    const bad = await refusal(() => open(() => short).select(context, 'accounts', ['id']));
    expect(bad.code).toBe('IB923');
    const misnamed = await refusal(() => open({ ...own, id: 'no' }));
    expect(misnamed.code).toBe('IB923');
    for (const error of [refused, lost, bad, misnamed]) showsNothing(error);
  });

  test('are in nothing that is published', async () => {
    const published: unknown[] = [];
    const names = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].flatMap((event) =>
      ['query', 'transaction'].map((what) => `tracing:aibos:${what}:${event}`),
    );
    const hear = (message: unknown) => {
      published.push(message);
    };
    for (const name of [...names, 'aibos:retry', 'aibos:refused']) {
      subscribe(name, hear);
      onTestFinished(() => void unsubscribe(name, hear));
    }
    const db = open(() => own);
    for (const [, call] of calls) await refusal(() => call(db));
    expect(published.length).toBeGreaterThan(calls.length);
    for (const message of published) showsNothing(message);
  });
});
