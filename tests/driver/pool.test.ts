import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { FabricError, TenantDb } from '../../driver/index.ts';
import { connect } from '../support/clients.ts';
import { openSessions } from '../support/sessions.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { holdTime } from './support/time.ts';

let fabric: Fabric;
let admin: pg.Client;

beforeAll(async () => {
  fabric = await openFabric();
  admin = await connect(fabric.database.admin);
});

/** A pool of one client, so that what one borrower leaves is what the next one finds. */
function single(options: pg.PoolConfig = {}): { pool: pg.Pool; db: TenantDb } {
  const pool = fabric.pool('finance', { max: 1, ...options });
  return { pool, db: new TenantDb(pool) };
}

const pidOf = async (db: TenantDb) => {
  const { rows } = await db.query<{ pid: number }>(
    fabric.acme.context,
    'select pg_backend_pid() as pid',
  );
  return rows[0]?.pid;
};

const company = (code: string) => ({ code, name: code, functional_currency: 'USD' });

describe('the next borrower of a client', () => {
  test('finds no tenant after a statement, a transaction and a failure of the driver', async () => {
    const { pool, db } = single();
    const { acme } = fabric;
    const uses = [
      () => db.select(acme.context, 'accounts', ['id']),
      () => db.transaction(acme.context, (tx) => tx.select('accounts', ['id'])),
      () => db.insert(acme.context, 'companies', company('main')).catch(() => undefined),
      () => db.query(acme.context, 'select nonsense').catch(() => undefined),
      () => db.transaction(acme.context, (tx) => tx.query('select 1 / 0')).catch(() => undefined),
    ];
    for (const use of uses) {
      await use();
      const error = await pool.query('select id from finance.accounts').then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ code: '42501', message: 'tenant_id required' });
    }
  });

  test('reads its own tenant even where somebody set another for the whole session', async () => {
    const { pool, db } = single();
    const { acme, globex } = fabric;
    const client = await pool.connect();
    await client.query(`set app.tenant_id = '${acme.context.tenantId}'`);
    client.release();
    const mine = await db.select(globex.context, 'accounts', ['tenant_id']);
    expect(new Set(mine.rows.map((row) => row.tenant_id))).toEqual(
      new Set([globex.context.tenantId]),
    );
    const raw = await db.query(globex.context, 'select distinct tenant_id from finance.accounts');
    expect(raw.rows).toEqual([{ tenant_id: globex.context.tenantId }]);
    expect((await refusal(() => db.select(Object.create(null), 'accounts', ['id']))).code).toBe(
      '42501',
    );
  });

  test('does not meet a transaction that somebody left open', async () => {
    const { pool, db } = single();
    const client = await pool.connect();
    const { rows } = await client.query('select pg_backend_pid() as pid');
    await client.query('begin');
    client.release();
    expect(await pidOf(db)).not.toBe(rows[0]?.pid);
    await db.insert(fabric.acme.context, 'companies', company('after-open'));
    const kept = await db.select(fabric.acme.context, 'companies', ['code'], {
      code: 'after-open',
    });
    expect(kept.rows).toHaveLength(1);
  });

  test('writes nothing into a transaction that is being opened by somebody who let go too early (IB922)', async () => {
    const { pool, db } = single();
    for (const use of [
      () => db.insert(fabric.acme.context, 'companies', company('too-early')),
      () =>
        db.transaction(fabric.acme.context, (tx) => tx.insert('companies', company('too-early'))),
    ]) {
      const client = await pool.connect();
      void client.query('begin');
      client.release();
      expect(await refusal(use)).toMatchObject({ code: 'IB922', retryable: true });
    }
    const found = await db.select(fabric.acme.context, 'companies', ['code'], {
      code: 'too-early',
    });
    expect(found.rows).toEqual([]);
  });

  test('finds no listener left behind', async () => {
    const { pool, db } = single();
    const counts = async () => {
      const client = await pool.connect();
      const count = client.listenerCount('error');
      client.release();
      return count;
    };
    await db.query(fabric.acme.context, 'select 1');
    const before = await counts();
    for (let n = 0; n < 20; n++) await db.query(fabric.acme.context, 'select 1');
    for (let n = 0; n < 5; n++)
      await db.insert(fabric.acme.context, 'companies', company('main')).catch(() => undefined);
    expect(await counts()).toBe(before);
  });
});

describe('a client', () => {
  test('is kept after a refusal that concerns the data alone', async () => {
    const { db } = single();
    const pid = await pidOf(db);
    const { acme } = fabric;
    await expect(db.insert(acme.context, 'companies', company('main'))).rejects.toMatchObject({
      code: '23505',
    });
    await expect(db.query(acme.context, 'select 1 / 0')).rejects.toMatchObject({ code: '22012' });
    await expect(
      db.transaction(acme.context, (tx) => tx.insert('companies', company('main'))),
    ).rejects.toMatchObject({ code: '23505' });
    expect(await pidOf(db)).toBe(pid);
  });

  test.each([
    ['select * from kernel.users', '42501'],
    ['select nonsense from finance.accounts', '42703'],
    ['select 1 +', '42601'],
  ])('is destroyed after %s, which may be an attack (%s)', async (sql, code) => {
    const { db } = single();
    const pid = await pidOf(db);
    await expect(db.query(fabric.acme.context, sql)).rejects.toMatchObject({ code });
    const next = await pidOf(db);
    expect(next).not.toBe(pid);
    await expect(db.transaction(fabric.acme.context, (tx) => tx.query(sql))).rejects.toMatchObject({
      code,
    });
    expect(await pidOf(db)).not.toBe(next);
  });

  test('ended by the server while a statement waits is destroyed; nothing was committed (57P01)', async () => {
    const { db } = single();
    const { holder } = await openSessions(fabric.database, { holder: fabric.database.admin });
    await holder.run('begin');
    await holder.run("select from finance.accounts where code = '1000' for update");
    const { acme } = fabric;
    for (const update of [
      () => db.update(acme.context, 'accounts', { name: 'never' }, { code: '1000' }),
      () =>
        db.transaction(acme.context, (tx) =>
          tx.update('accounts', { name: 'never' }, { code: '1000' }),
        ),
    ]) {
      const pid = await pidOf(db);
      const outcome = refusal(update);
      for (let isBlocked = false; !isBlocked; ) {
        const { rows } = await admin.query(
          'select cardinality(pg_blocking_pids($1)) > 0 as blocked',
          [pid],
        );
        isBlocked = rows[0]?.blocked;
      }
      await admin.query('select pg_terminate_backend($1)', [pid]);
      expect((await outcome).code).toBe('57P01');
    }
    await holder.run('rollback');
    const { rows } = await db.select(acme.context, 'accounts', ['name'], { code: '1000' });
    expect(rows).toEqual([{ name: 'Cash' }]);
  });

  test('ended by the server inside a callback fails the transaction and leaves a pool that works', async () => {
    const { pool, db } = single();
    let later: unknown;
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, async (tx) => {
        await tx.insert('companies', company('killed'));
        const { rows } = await tx.query('select pg_backend_pid() as pid');
        await admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
        later = await tx.query('select 1').catch((reason: unknown) => reason);
        return 'looks fine';
      }),
    );
    expect(later).toBeInstanceOf(FabricError);
    expect(error).toBeInstanceOf(FabricError);
    const found = await db.select(fabric.acme.context, 'companies', ['code'], { code: 'killed' });
    expect(found.rows).toEqual([]);
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
  });
});

describe('a pool', () => {
  test('that cannot connect is reported by the code of the server, or as unreachable (IB922)', async () => {
    const wrong = new TenantDb(
      openPool({ ...fabric.database.login('finance'), password: 'wrong' }),
    );
    expect((await refusal(() => wrong.query(fabric.acme.context, 'select 1'))).code).toBe('28P01');
    const nowhere = new TenantDb(openPool({ host: '127.0.0.1', port: 1 }));
    const error = await refusal(() => nowhere.transaction(fabric.acme.context, async () => 1));
    expect(error).toMatchObject({ code: 'IB922', retryable: true });
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('serves many more transactions than clients, of tenants in turn, each with its own rows', async () => {
    const pool = fabric.pool('finance', { max: 3 });
    const db = new TenantDb(pool);
    const tenants = [fabric.acme, fabric.globex];
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const tenant = tenants[n % 2] ?? fabric.acme;
        const { rows } =
          n % 3 === 0
            ? await db.query<{ tenant_id: string }>(
                tenant.context,
                'select distinct tenant_id from finance.accounts',
              )
            : await db.transaction(tenant.context, (tx) =>
                tx.query<{ tenant_id: string }>('select distinct tenant_id from finance.accounts'),
              );
        return rows.length === 1 && rows[0]?.tenant_id === tenant.context.tenantId;
      }),
    );
    expect(outcomes.every(Boolean)).toBe(true);
    expect([pool.totalCount <= 3, pool.idleCount === pool.totalCount]).toEqual([true, true]);
  });

  test('with a read timeout keeps no timer beyond its statement', async () => {
    const { db } = single({ query_timeout: 600_000, idleTimeoutMillis: 0 });
    await db.query(fabric.acme.context, 'select 1');
    const time = holdTime();
    await db.query(fabric.acme.context, 'select 1');
    expect(globalThis.setTimeout).toHaveBeenCalledWith(expect.any(Function), 600_000);
    await db.query(fabric.acme.context, 'select 1 / 0').catch(() => undefined);
    expect(time.timers).toBe(0);
  });

  test('whose read timeout runs out gives up its client, and says that the outcome is unknown (IB919)', async () => {
    const { pool, db } = single({ query_timeout: 600_000 });
    const time = holdTime();
    const outcome = refusal(() => db.query(fabric.acme.context, 'select pg_sleep(600)'));
    const sleeping = "select from pg_stat_activity where wait_event = 'PgSleep'";
    await expect.poll(async () => (await admin.query(sleeping)).rowCount).toBe(1);
    time.pass(600_000);
    expect((await outcome).code).toBe('IB919');
    expect(pool.totalCount).toBe(0);
    expect(await db.query(fabric.acme.context, 'select 1 as one')).toMatchObject({
      rows: [{ one: 1 }],
    });
  });
});
