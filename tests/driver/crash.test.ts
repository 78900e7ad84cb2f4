import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FabricError, TenantDb } from '../../driver/index.ts';
import { openServer, type Server } from '../../driver/server/index.ts';
import { openPool } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';

const context = { tenantId: randomUUID(), userId: randomUUID() };
const tables = {
  'public.notes': {
    tenantColumn: 'tenant_id',
    columns: { tenant_id: { type: 'uuid' }, n: { type: 'text' } },
  },
} as const;

let server: Server;
let config: pg.ClientConfig;

// A server of its own, since a killed backend takes all others with it.
beforeAll(async () => {
  server = await openServer({ prefer: 'embedded', settings: { synchronous_commit: 'on' } });
  config = server.connection({ database: await server.createDatabase() });
  const setup = openPool({ ...config, max: 1 });
  await setup.query('create table public.notes (tenant_id uuid not null, n text primary key)');
  await setup.end();
});

afterAll(() => server.close());

const open = (max: number) => {
  const pool = openPool({ ...config, max });
  return { pool, db: new TenantDb(pool, { tables }) };
};

/** Keeps trying as long as no connection can be had: the server is starting again. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isStarting = error instanceof FabricError && /^(?:IB922|57P)/.test(error.code);
      if (!isStarting) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test('kill -9 of a backend, with writers at work: what was acknowledged is there, what was refused is not', async () => {
  const { pool, db } = open(4);
  const told = new Map<string, 'acknowledged' | 'unknown' | 'refused'>();
  let isKilled = false;
  const write = async (writer: number, n: number) => {
    const name = `${writer}-${n}`;
    const calls = [
      () => db.insert(context, 'notes', { n: name }),
      () => db.query(context, 'insert into notes values ($1, $2)', [context.tenantId, name]),
      () => db.transaction(context, (tx) => tx.insert('notes', { n: name })),
      async () => {
        await using tx = await db.begin(context);
        await tx.query('insert into notes values ($1, $2)', [context.tenantId, name]);
        await tx.commit();
      },
    ];
    try {
      await calls[n % calls.length]?.();
      told.set(name, 'acknowledged');
    } catch (error) {
      if (!(error instanceof FabricError)) throw error;
      told.set(name, error.code === 'IB919' ? 'unknown' : 'refused');
    }
  };
  const writers = [0, 1, 2, 3].map(async (writer) => {
    let n = 0;
    for (; !isKilled; n++) await write(writer, n);
    // And a few once it is up again.
    await patiently(() => db.query(context, 'select 1'));
    for (let last = n + 4; n < last; n++) await write(writer, n);
  });
  await expect.poll(() => told.size).toBeGreaterThan(100);
  const victim = await patiently(() =>
    db.query<{ pid: number }>(context, 'select pg_backend_pid() as pid'),
  );
  process.kill(victim.rows[0]?.pid ?? 0, 'SIGKILL');
  await expect.poll(() => [...told.values()].some((what) => what !== 'acknowledged')).toBe(true);
  isKilled = true;
  await Promise.all(writers);

  const { rows } = await patiently(() => db.select(context, 'notes', ['n']));
  const there = new Set(rows.map((row) => row.n));
  for (const [name, what] of told) {
    if (what !== 'unknown')
      expect([name, there.has(name)]).toEqual([name, what === 'acknowledged']);
  }
  expect([...there].filter((name) => !told.has(name))).toEqual([]);
  expect([pool.idleCount === pool.totalCount, pool.waitingCount]).toEqual([true, 0]);
});

test('a server that is shut down ends what runs (57P01 or a lost connection), and the pool is left empty', async () => {
  const { pool, db } = open(2);
  let isRunning = false;
  await patiently(() => db.query(context, 'select 1'));
  const running = refusal(() =>
    db.transaction(context, async (tx) => {
      await tx.insert('notes', { n: 'shut down' });
      isRunning = true;
      await tx.query('select pg_sleep(600)');
    }),
  );
  await expect.poll(() => isRunning).toBe(true);
  await server.close();
  expect((await running).code).toMatch(/^(?:57P01|IB922)$/);
  expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0]);
  expect((await refusal(() => db.query(context, 'select 1'))).code).toBe('IB922');
});
