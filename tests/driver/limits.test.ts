import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  CommitOutcomeUnknownError,
  FabricError,
  type RetryEvent,
  TenantDb,
  type TenantDbOptions,
  type TransactionOptions,
} from '../../driver/index.ts';
import { openSessions, type Session } from '../support/sessions.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { holdTime } from './support/time.ts';
import { someone, UntouchedPool } from './support/untouched.ts';
import { type Line, openLine } from './support/wire.ts';

let fabric: Fabric;
let holder: Session;
let line: Line;
let pool: pg.Pool;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
  ({ holder } = await openSessions(fabric.database, { holder: fabric.database.admin }));
});

const open = (options: TenantDbOptions) => new TenantDb(pool, options);

beforeEach(async () => {
  line = await openLine(fabric.database.login('finance'));
  pool = openPool({ ...line.config, max: 1, idleTimeoutMillis: 0 });
  db = open({ cleanSession: 'never' });
  await db.query(fabric.acme.context, 'select 1');
  line.readTrips();
  const opened = pool;
  return async () => {
    await opened.end();
    await holder.run('rollback');
  };
});

const lockAccounts = async () => {
  await holder.run('begin');
  await holder.run('lock table finance.accounts in access exclusive mode');
};
const SETTINGS = `select current_setting('statement_timeout') as statement,
  current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle`;
const none = { statement: '0', lock: '0', idle: '0' };
const all = { statementTimeoutMs: 70_001, lockTimeoutMs: 70_002, idleTimeoutMs: 70_003 };
const allShown = { statement: '70001ms', lock: '70002ms', idle: '70003ms' };
const draft = (description: string) => ({
  company_id: fabric.acme.companyId,
  entry_date: '2026-05-01',
  description,
});

describe('limits on the server', () => {
  test('hold for one statement and cost no trip', async () => {
    const limits = { statementTimeoutMs: 70_001, lockTimeoutMs: 70_002 };
    const { rows } = await db.query(fabric.acme.context, SETTINGS, [], limits);
    expect(rows).toEqual([{ ...allShown, idle: '0' }]);
    expect(line.readTrips()).toBe(1);
    expect((await db.query(fabric.acme.context, SETTINGS)).rows).toEqual([none]);
  });

  test('hold for a transaction, end with it and cost no trip', async () => {
    await db.transaction(
      fabric.acme.context,
      async (tx) => {
        expect((await tx.query(SETTINGS)).rows).toEqual([allShown]);
        expect((await tx.query(SETTINGS)).rows).toEqual([allShown]);
      },
      all,
    );
    expect(line.readTrips()).toBe(3);
    expect((await db.query(fabric.acme.context, SETTINGS)).rows).toEqual([none]);
  });

  test('of the TenantDb hold where a call names none, and 0 switches one off', async () => {
    const limited = open(all);
    expect((await limited.query(fabric.acme.context, SETTINGS)).rows).toEqual([allShown]);
    const { rows } = await limited.query(fabric.acme.context, SETTINGS, [], { lockTimeoutMs: 0 });
    expect(rows).toEqual([{ ...allShown, lock: '0' }]);
    const inside = (options: TransactionOptions) =>
      limited.transaction(
        fabric.acme.context,
        async (tx) => (await tx.query(SETTINGS)).rows,
        options,
      );
    expect(await inside({})).toEqual([allShown]);
    expect(await inside({ idleTimeoutMs: 0 })).toEqual([{ ...allShown, idle: '0' }]);
  });

  test('of one call in a transaction give way to those of the transaction after it', async () => {
    await db.transaction(
      fabric.acme.context,
      async (tx) => {
        const own = await tx.query(SETTINGS, [], {
          statementTimeoutMs: 70_008,
          lockTimeoutMs: 70_009,
        });
        expect(own.rows).toEqual([{ statement: '70008ms', lock: '70009ms', idle: '0' }]);
        expect((await tx.query(SETTINGS)).rows).toEqual([{ ...none, statement: '70001ms' }]);
      },
      { statementTimeoutMs: 70_001 },
    );
    expect(line.readTrips()).toBe(3);
  });

  test('of one call do not outlive the nested transaction that undid it', async () => {
    await db.transaction(
      fabric.acme.context,
      async (tx) => {
        const inner = await refusal(() =>
          tx.transaction((nested) =>
            nested.query('select 1 / 0', [], { statementTimeoutMs: 71_000 }),
          ),
        );
        expect(inner.code).toBe('22012');
        expect((await tx.query(SETTINGS)).rows).toEqual([{ ...none, lock: '70002ms' }]);
        await tx.query('select 1', [], { lockTimeoutMs: 70_009 });
        await tx.transaction(async () => Promise.reject(new Error('out'))).catch(() => undefined);
        expect((await tx.query(SETTINGS)).rows).toEqual([{ ...none, lock: '70002ms' }]);
      },
      { lockTimeoutMs: 70_002 },
    );
  });

  test.each([
    ['statementTimeoutMs', '57014'],
    ['lockTimeoutMs', '55P03'],
  ])('%s ends a statement (%s), and its client is kept', async (limit, code) => {
    await lockAccounts();
    const options = { [limit]: 30 };
    const client = await pool.connect();
    client.release();
    for (const call of [
      () => db.select(fabric.acme.context, 'accounts', ['id'], {}, options),
      () => db.query(fabric.acme.context, 'select id from finance.accounts', [], options),
      () => db.transaction(fabric.acme.context, (tx) => tx.select('accounts', ['id']), options),
      () => db.transaction(fabric.acme.context, (tx) => tx.select('accounts', ['id'], {}, options)),
    ]) {
      expect((await refusal(call)).code).toBe(code);
    }
    const again = await pool.connect();
    again.release();
    expect(again).toBe(client);
  });

  test('idleTimeoutMs ends a transaction that sends nothing; nothing was committed', async () => {
    const error = await refusal(() =>
      db.transaction(
        fabric.acme.context,
        async (tx) => {
          await tx.insert('journal_drafts', draft('idle'));
          await expect.poll(() => line.hangUps).toBe(1);
          await tx.query('select 1');
        },
        { idleTimeoutMs: 20 },
      ),
    );
    expect(['25P03', 'IB922']).toContain(error.code);
    const { rows } = await db.select(fabric.acme.context, 'journal_drafts', ['id'], {
      description: 'idle',
    });
    expect(rows).toEqual([]);
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
  });
});

describe('a deadline', () => {
  test('holds while a client of the pool is waited for (IB989)', async () => {
    const client = await pool.connect();
    const time = holdTime();
    const outcome = refusal(() =>
      db.query(fabric.acme.context, 'select 1', [], { deadlineMs: 20 }),
    );
    await expect.poll(() => pool.waitingCount).toBe(1);
    time.pass(20);
    const error = await outcome;
    expect(error).toMatchObject({ code: 'IB989', retryable: false });
    client.release();
    await expect.poll(() => [pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    expect(line.readTrips()).toBe(0);
  });

  test('closes the connection of a read that is not answered (IB989)', async () => {
    const held = line.holdAnswerTo('select "id"');
    const limited = open({ deadlineMs: 50 });
    const time = holdTime();
    const outcome = refusal(() => limited.select(fabric.acme.context, 'accounts', ['id']));
    await held.caught;
    time.pass(50);
    expect((await outcome).code).toBe('IB989');
    expect(pool.totalCount).toBe(0);
  });

  test('of a write that is not answered leaves its outcome unknown (IB919)', async () => {
    const held = line.holdAnswerTo('insert into');
    const time = holdTime();
    const outcome = refusal(() =>
      db.insert(fabric.acme.context, 'journal_drafts', draft('deadline'), { deadlineMs: 50 }),
    );
    await held.caught;
    time.pass(50);
    const error = await outcome;
    expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
    expect(error.cause).toMatchObject({ code: 'IB989' });
    const { rows } = await db.select(fabric.acme.context, 'journal_drafts', ['description'], {
      description: 'deadline',
    });
    expect(rows).toHaveLength(1);
  });

  test('holds for a whole transaction, also while its callback does something else', async () => {
    const time = holdTime();
    const error = await refusal(() =>
      db.transaction(
        fabric.acme.context,
        async (tx) => {
          await tx.insert('journal_drafts', draft('dawdling'));
          time.pass(50);
          await new Promise(() => undefined);
        },
        { deadlineMs: 50 },
      ),
    );
    expect(error.code).toBe('IB989');
    expect(pool.totalCount).toBe(0);
    const { rows } = await db.select(fabric.acme.context, 'journal_drafts', ['id'], {
      description: 'dawdling',
    });
    expect(rows).toEqual([]);
  });

  test('holds over all retries and their pauses', async () => {
    let attempts = 0;
    const time = holdTime();
    const onRetry = (event: unknown) => {
      // The pause begins when the listeners have been told.
      if ((event as RetryEvent).attempt === 3) queueMicrotask(() => time.pass(300));
    };
    subscribe('aibos:retry', onRetry);
    onTestFinished(() => void unsubscribe('aibos:retry', onRetry));
    const error = await refusal(() =>
      db.transaction(
        fabric.acme.context,
        async (tx) => {
          attempts += 1;
          await tx.query('select 1');
          throw new FabricError('40001', 'again', { retryable: true });
        },
        { retries: 100, deadlineMs: 300 },
      ),
    );
    expect(error.code).toBe('IB989');
    expect(attempts).toBe(3);
  });

  test('that is not reached leaves no timer', async () => {
    const time = holdTime();
    await db.query(fabric.acme.context, 'select 1', [], { deadlineMs: 600_000 });
    await db
      .query(fabric.acme.context, 'select 1 / 0', [], { deadlineMs: 600_000 })
      .catch(() => undefined);
    await db.transaction(
      fabric.acme.context,
      async (tx) => {
        await tx.query('select 1');
        expect(time.timers).toBe(1);
      },
      { deadlineMs: 600_000 },
    );
    expect(time.timers).toBe(0);
  });
});

test.each(['statementTimeoutMs', 'lockTimeoutMs', 'idleTimeoutMs', 'deadlineMs'])(
  '%s is a whole number of milliseconds (IB923)',
  async (name) => {
    const untouched = new UntouchedPool();
    for (const value of [-1, 0.5, Number.NaN, '5', null, 2 ** 31]) {
      const options = { [name]: value } as unknown as TransactionOptions;
      const plain = new TenantDb(untouched);
      for (const call of [
        () => new TenantDb(untouched, options as TenantDbOptions),
        () => plain.transaction(someone, async () => 1, options),
        () => plain.query(someone, 'select 1', [], options),
      ]) {
        expect((await refusal(call)).code).toBe('IB923');
      }
    }
    expect(untouched.asked).toBe(0);
  },
);
