import type pg from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import { refusal } from '../driver/support/refusal.ts';
import { connect } from '../support/clients.ts';
import { withClient } from '../support/run.ts';
import { openPooler } from './support/pgbouncer.ts';
import { openPooled, type Pooled } from './support/pooled.ts';
import { whyNoPooler } from './support/program.ts';
import { findTraces } from './support/traces.ts';
import { answerOf, readTranscripts } from './support/transcript.ts';

const reason = whyNoPooler();
const page = 'poolers.md';
const someTenant = '11111111-1111-4111-8111-111111111111';
const readAccounts = 'select distinct tenant_id from finance.accounts';
let pooled: Pooled;

beforeAll(async () => {
  if (reason === undefined) pooled = await openPooled({ default_pool_size: '1' });
});

beforeEach((context) => {
  if (reason !== undefined) context.skip(reason);
});

afterEach(async () => {
  if (reason === undefined) await freshSession(pooled);
});

/** Has every server connection of the pooler replaced, so that a test begins with a clean one. */
async function freshSession({ pooler }: Pooled): Promise<void> {
  await withClient(pooler.console, (console) => console.query('reconnect'));
}

/** The id of a tenant of the database. */
function tenantId(index: number): string {
  return pooled.tenants[index]?.context.tenantId ?? '';
}

/** A context of a tenant; who acts does not matter here. */
function contextOf(index: number) {
  return { tenantId: tenantId(index), userId: tenantId(index) };
}

/** Clients of the pooler without the driver. */
async function clients(count: number): Promise<readonly pg.Client[]> {
  return Promise.all(Array.from({ length: count }, () => connect(pooled.login('finance'))));
}

describe('through one server connection', () => {
  test('the page about poolers shows what happens', async () => {
    const transcripts = readTranscripts(page);
    expect(transcripts).toHaveLength(5);
    for (const { title, exchanges } of transcripts) {
      await freshSession(pooled);
      const [one, two] = await clients(2);
      for (const { client, sql, answer } of exchanges) {
        const own = client === 1 ? one : two;
        if (own === undefined) throw new Error('no such client');
        const found = await answerOf(own, sql.replaceAll(someTenant, tenantId(0)));
        const shown = found.map((line) => line.replaceAll(tenantId(0), someTenant));
        expect([title, sql, ...shown]).toEqual([title, sql, ...answer]);
      }
      await Promise.all([one?.end(), two?.end()]);
    }
  });

  test('C1 the driver reads its own tenant where another client set one for the session, and refuses to read none', async () => {
    const [stranger] = await clients(1);
    await stranger?.query(`set app.tenant_id = '${tenantId(0)}'`);
    const pool = pooled.pool({ max: 1 });
    const db = new TenantDb(pool);
    const context = contextOf(1);
    const single = await db.query(context, readAccounts);
    expect(single.rows).toEqual([{ tenant_id: tenantId(1) }]);
    const inside = await db.transaction(context, (tx) => tx.query(readAccounts));
    expect(inside.rows).toEqual([{ tenant_id: tenantId(1) }]);
    expect((await refusal(() => db.query(Object.create(null), readAccounts))).code).toBe('42501');
    // What the stranger set went with the cleaning that follows a query.
    await expect(pool.query(readAccounts)).rejects.toMatchObject({ code: '42501' });
  });

  test('C14 a local setting in autocommit is gone for the next statement, and never data (42501)', async () => {
    const [one, two] = await clients(2);
    for (let n = 0; n < 20; n += 1) {
      await one?.query("select set_config('app.tenant_id', $1, true)", [tenantId(n % 4)]);
      const asked = n % 2 === 0 ? one : two;
      await expect(asked?.query(readAccounts)).rejects.toMatchObject({
        code: '42501',
        message: 'tenant_id required',
      });
    }
  });

  test('C10 a role, a search_path and row_security that another client set neither widen nor mislead the driver', async () => {
    const [stranger] = await clients(1);
    await stranger?.query('set search_path = nowhere');
    await stranger?.query('set row_security = off');
    await stranger?.query('set role aibos_finance_role');
    const db = new TenantDb(pooled.pool({ max: 1 }));
    const context = contextOf(1);
    // Off means an error where a policy would have filtered.
    expect(await refusal(() => db.select(context, 'accounts', ['tenant_id']))).toMatchObject({
      code: '42501',
      message: expect.stringContaining('row-level security'),
    });
    await stranger?.query('reset row_security');
    const { rows } = await db.select(context, 'accounts', ['tenant_id']);
    expect(rows.map((row) => row.tenant_id)).toEqual([tenantId(1), tenantId(1)]);
  });

  test('the driver refuses what would stay in the session (IB916), and no application may make a temporary table (42501)', async () => {
    const db = new TenantDb(pooled.pool({ max: 1 }));
    const context = contextOf(0);
    for (const sql of [
      "set app.tenant_id = 'x'",
      "select set_config('app.tenant_id', 'x', false)",
      'prepare p as select 1',
      'execute p',
      'declare h cursor with hold for select 1',
      'listen l',
      'select pg_advisory_lock(1)',
      'create temporary table t (x int)',
    ]) {
      expect([sql, (await refusal(() => db.query(context, sql))).code]).toEqual([sql, 'IB916']);
    }
    const [client] = await clients(1);
    await expect(client?.query('create temporary table t (x int)')).rejects.toMatchObject({
      code: '42501',
    });
    await client?.end();
    await db.transaction(context, (tx) => tx.query('select pg_advisory_xact_lock(1)'));
    const login = pooled.database.login('finance');
    expect(await findTraces(pooled.pooler, pooled.database.admin, login)).toEqual([]);
  });

  test('a name that somebody prepared does not come in the way of the driver', async () => {
    const [stranger] = await clients(1);
    await stranger?.query("prepare s1 as select 'evil'");
    const db = new TenantDb(pooled.pool({ max: 1 }));
    const context = contextOf(0);
    expect((await db.query(context, 'select $1::text as said', ['mine'])).rows).toEqual([
      { said: 'mine' },
    ]);
  });

  test('a time limit in the configuration of a pool is refused by the pooler (08P01), on the login it holds (57014)', async () => {
    const context = contextOf(0);
    for (const options of [{ statement_timeout: 1000 }, { options: '-c app.tenant_id=x' }]) {
      const db = new TenantDb(pooled.pool(options));
      expect(await refusal(() => db.query(context, 'select 1'))).toMatchObject({
        code: '08P01',
        message: expect.stringContaining('unsupported startup parameter'),
      });
    }
    const admin = await connect(pooled.database.admin);
    const where = `role tester_finance in database ${pooled.database.name}`;
    await admin.query(`alter ${where} set statement_timeout = '50ms'`);
    await freshSession(pooled);
    const db = new TenantDb(pooled.pool());
    const error = await refusal(() => db.query(context, 'select pg_sleep(600)'));
    await admin.query(`alter ${where} reset statement_timeout`);
    expect(error.code).toBe('57014');
  });
});

describe('server_reset_query', () => {
  const leak = async (login: pg.ClientConfig) => {
    const [one, two] = [await connect(login), await connect(login)];
    await one.query(`set app.tenant_id = '${tenantId(0)}'`);
    const seen = await answerOf(two, readAccounts);
    await Promise.all([one.end(), two.end()]);
    return seen;
  };

  test.each([
    ['does not stop the leak', '0', () => tenantId(0)],
    ['that runs always stops it', '1', () => 'ERROR 42501: tenant_id required'],
  ])('%s', async (_, always, seen) => {
    const { database } = pooled;
    const pooler = await openPooler(database.admin, {
      default_pool_size: '1',
      server_reset_query: 'DISCARD ALL',
      server_reset_query_always: always,
    });
    expect(await leak(pooler.config(database.login('finance')))).toEqual([seen()]);
    await pooler.close();
  });
});
