import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OpenTransaction, TenantDb } from '../../driver/index.ts';
import type { FabricTables } from '../../driver/tenant-db.ts';
import { type Fabric, openFabric } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { holdTime } from './support/time.ts';

let fabric: Fabric;
let pool: pg.Pool;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
});

beforeEach(() => {
  pool = fabric.pool('finance', { max: 2 });
  db = new TenantDb(pool);
  const opened = pool;
  return () => opened.end();
});

const add = (tx: OpenTransaction<FabricTables>, description: string) =>
  tx.insert('journal_drafts', {
    company_id: fabric.acme.companyId,
    entry_date: '2026-05-01',
    description,
  });
const exists = async (description: string) => {
  const { rowCount } = await db.select(fabric.acme.context, 'journal_drafts', ['id'], {
    description,
  });
  return rowCount > 0;
};
const isIdle = () => pool.idleCount === pool.totalCount && pool.waitingCount === 0;

describe('a transaction held open', () => {
  test('is committed where it says so, and its client goes back at once', async () => {
    await using tx = await db.begin(fabric.acme.context);
    await add(tx, 'committed');
    expect(isIdle()).toBe(false);
    await tx.commit();
    expect(isIdle()).toBe(true);
    expect(await exists('committed')).toBe(true);
  });

  test('is rolled back at the end of its block when it was not committed', async () => {
    {
      await using tx = await db.begin(fabric.acme.context);
      await add(tx, 'forgotten commit');
    }
    expect(isIdle()).toBe(true);
    expect(await exists('forgotten commit')).toBe(false);
  });

  test('is rolled back when an error leaves its block, and the error stays what it was', async () => {
    const reason = new Error('out');
    const run = async () => {
      await using tx = await db.begin(fabric.acme.context);
      await add(tx, 'thrown');
      throw reason;
    };
    await expect(run()).rejects.toBe(reason);
    expect(isIdle()).toBe(true);
    expect(await exists('thrown')).toBe(false);
  });

  test('can be rolled back by hand, more than once', async () => {
    const tx = await db.begin(fabric.acme.context);
    await add(tx, 'by hand');
    await tx.rollback();
    await tx.rollback();
    await tx[Symbol.asyncDispose]();
    expect(isIdle()).toBe(true);
    expect(await exists('by hand')).toBe(false);
  });

  test('takes nothing after its end, no second commit either (IB917)', async () => {
    const ends: ((tx: OpenTransaction<FabricTables>) => Promise<unknown>)[] = [
      (tx) => tx.commit(),
      (tx) => tx.rollback(),
      (tx) => tx[Symbol.asyncDispose](),
    ];
    for (const end of ends) {
      const tx = await db.begin(fabric.acme.context);
      await tx.query('select 1');
      await end(tx);
      expect((await refusal(() => tx.query('select 1'))).code).toBe('IB917');
      expect((await refusal(() => tx.commit())).code).toBe('IB917');
      await tx.rollback();
    }
    expect(isIdle()).toBe(true);
  });

  test('whose COMMIT is refused throws the refusal, is rolled back and frees its client', async () => {
    await using tx = await db.begin(fabric.acme.context);
    await tx.insert('journal_entries', {
      company_id: fabric.acme.companyId,
      entry_date: '2026-05-01',
      description: 'no lines',
    });
    expect((await refusal(() => tx.commit())).code).toBe('IB202');
    expect(isIdle()).toBe(true);
  });

  test('that hid an error of a statement does not commit (IB918)', async () => {
    await using tx = await db.begin(fabric.acme.context);
    await add(tx, 'hid an error');
    await tx.query('select 1 / 0').catch(() => undefined);
    expect((await refusal(() => tx.commit())).code).toBe('IB918');
    expect(await exists('hid an error')).toBe(false);
  });

  test('still sends before COMMIT what was not awaited', async () => {
    await using tx = await db.begin(fabric.acme.context);
    const one = add(tx, 'not awaited');
    await tx.commit();
    await one;
    expect(await exists('not awaited')).toBe(true);
  });

  test('nests like any other', async () => {
    await using tx = await db.begin(fabric.acme.context, { isolation: 'serializable' });
    await add(tx, 'outer');
    await tx
      .transaction(async (inner) => {
        await inner.query('select 1 / 0');
      })
      .catch(() => undefined);
    await tx.commit();
    expect(await exists('outer')).toBe(true);
  });

  test('is ended by its signal at once, and says why when it is used or committed (IB988)', async () => {
    const controller = new AbortController();
    await using tx = await db.begin(fabric.acme.context, { signal: controller.signal });
    await add(tx, 'aborted');
    controller.abort(new Error('closed'));
    await expect.poll(isIdle).toBe(true);
    expect((await refusal(() => tx.query('select 1'))).code).toBe('IB988');
    expect((await refusal(() => tx.commit())).code).toBe('IB988');
    expect(await exists('aborted')).toBe(false);
  });

  test('is ended by its deadline, though nobody uses it (IB989)', async () => {
    const time = holdTime();
    await using tx = await db.begin(fabric.acme.context, { deadlineMs: 100 });
    await add(tx, 'too slow');
    time.pass(100);
    await expect.poll(isIdle).toBe(true);
    expect((await refusal(() => tx.commit())).code).toBe('IB989');
    expect(await exists('too slow')).toBe(false);
  });
});

describe('the guard against another tenant', () => {
  test('refuses to begin inside the callback of another tenant (IB920)', async () => {
    await db.transaction(fabric.acme.context, async () => {
      expect((await refusal(() => db.begin(fabric.globex.context))).code).toBe('IB920');
    });
  });

  test('holds inside a nested callback of a handle (IB920)', async () => {
    await using tx = await db.begin(fabric.acme.context);
    await tx.transaction(async () => {
      const error = await refusal(() => db.query(fabric.globex.context, 'select 1'));
      expect(error.code).toBe('IB920');
    });
  });

  test('does not tie together what is begun side by side for several tenants', async () => {
    const work = async (context: Fabric['acme']['context']) => {
      await using tx = await db.begin(context);
      const { rows } = await tx.query('select aibos.current_tenant_id() as tenant');
      await tx.commit();
      return rows[0]?.tenant;
    };
    const { acme, globex } = fabric;
    expect(await Promise.all([work(acme.context), work(globex.context)])).toEqual([
      acme.context.tenantId,
      globex.context.tenantId,
    ]);
  });
});
