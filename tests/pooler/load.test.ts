import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import type { TransactionOptions } from '../../driver/settings.ts';
import { connect } from '../support/clients.ts';
import { withClient } from '../support/run.ts';
import { jobs, type Scene } from './support/jobs.ts';
import { leaky } from './support/leaky.ts';
import { openPooled, type Pooled } from './support/pooled.ts';
import { whyNoPooler } from './support/program.ts';
import { findTraces, serverConnections } from './support/traces.ts';

const reason = whyNoPooler();
const transactions = 200;
let pooled: Pooled;

beforeAll(async () => {
  if (reason === undefined) pooled = await openPooled({ max_client_conn: '300' });
});

beforeEach((context) => {
  if (reason !== undefined) context.skip(reason);
});

/** Runs 200 jobs at once, tenants and kinds in turn, and says what they complained of and what is to be there afterwards. */
async function run(db: TenantDb, name: string, options: TransactionOptions = {}) {
  const complaints: string[] = [];
  const kept = pooled.tenants.map(() => ({ titles: [] as string[], keys: [] as string[] }));
  const scenes = Array.from({ length: transactions }, (_, n): Scene | undefined => {
    const tenant = pooled.tenants[n % 4];
    const own = kept[n % 4];
    if (tenant === undefined || own === undefined) return undefined;
    const mark = `${name} ${n}`;
    const complain = (problem: string) => complaints.push(`${mark}: ${problem}`);
    return { db, tenant, mark, options, kept: own, complain };
  });
  await Promise.all(
    scenes.map(async (scene, n) => {
      // Four tenants and nine kinds have no factor in common: every tenant does everything.
      if (scene !== undefined) await jobs[n % jobs.length]?.(scene);
    }),
  );
  return { complaints, kept };
}

/** What a database holds of a run, by tenant, as its superuser sees it. */
async function stored(name: string) {
  const client = await connect(pooled.database.admin);
  const of = async (sql: string) => {
    const marks: string[][] = [];
    for (const { context } of pooled.tenants) {
      const { rows } = await client.query<{ mark: string }>(sql, [context.tenantId, `${name} %`]);
      marks.push(rows.map(({ mark }) => mark).sort());
    }
    return marks;
  };
  const titles = await of(
    'select title as mark from finance.document_metadata where tenant_id = $1 and title like $2',
  );
  const keys = await of(
    'select idempotency_key as mark from finance.journal_keys where tenant_id = $1 and idempotency_key like $2',
  );
  return pooled.tenants.map((_, n) => ({ titles: titles[n], keys: keys[n] }));
}

const sorted = (kept: Awaited<ReturnType<typeof run>>['kept']) =>
  kept.map(({ titles, keys }) => ({ titles: titles.sort(), keys: keys.sort() }));

describe('200 transactions of four tenants at once through five server connections', () => {
  test.each([
    ['read committed', 200],
    ['read committed', 12],
    ['serializable', 12],
  ] as const)(
    'are each answered with their own rows and leave nothing behind, at %s with %i clients',
    async (isolation, max) => {
      const name = `${isolation} ${max}`;
      const pool = pooled.pool({ max });
      const { complaints, kept } = await run(new TenantDb(pool), name, { isolation, retries: 100 });
      expect(complaints).toEqual([]);
      expect(await stored(name)).toEqual(sorted(kept));
      expect(kept.every(({ titles, keys }) => titles.length > 10 && keys.length > 10)).toBe(true);
      expect([pool.waitingCount, pool.totalCount - pool.idleCount]).toEqual([0, 0]);
      const login = pooled.database.login('finance');
      expect(await serverConnections(pooled.pooler, login)).toHaveLength(5);
      expect(await findTraces(pooled.pooler, pooled.database.admin, login)).toEqual([]);
    },
  );
});

describe('the search for what was left behind', () => {
  test('finds the tenants that a driver leaves which sets the context for the session', async () => {
    const pool = pooled.pool({ max: 12 });
    await run(new TenantDb(leaky(pool)), 'leaky');
    const login = pooled.database.login('finance');
    const traces = await findTraces(pooled.pooler, pooled.database.admin, login);
    const tenants = pooled.tenants.map(({ context }) => `app.tenant_id left: ${context.tenantId}`);
    expect(traces.filter((trace) => tenants.includes(trace)).length).toBeGreaterThan(0);
    await withClient(pooled.pooler.console, (console) => console.query('reconnect'));
  });

  test('finds a transaction that nobody ended, a prepared statement, a lock, a listener, a cursor and a role', async () => {
    const login = pooled.database.login('admin');
    const client = await connect(pooled.login('admin'));
    for (const sql of [
      'prepare p as select 1',
      'select pg_advisory_lock(7)',
      'listen l',
      'declare h cursor with hold for select 1',
      'set role aibos_admin',
    ]) {
      await client.query(sql);
    }
    const find = () => findTraces(pooled.pooler, pooled.database.admin, login);
    expect(await find()).toEqual([
      'role left: aibos_admin',
      'prepared statement left: p',
      'held cursor left: h',
      'listener left: l',
      'advisory lock left: 7',
    ]);
    await client.query('begin');
    const open = await find();
    expect(open).toContainEqual(expect.stringMatching(/^server connection \d+ is active$/));
    expect(open).toContainEqual(expect.stringMatching(/^backend \d+ is idle in transaction$/));
    await client.query('rollback');
  });
});
