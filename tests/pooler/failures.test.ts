import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import { openPool, type Tenant } from '../driver/support/fabric.ts';
import { openLine } from '../driver/support/wire.ts';
import { testMajors } from '../support/database.ts';
import { loginConfig } from '../support/logins.ts';
import { withClient } from '../support/run.ts';
import { type Crashable, openCrashable } from './support/crashable.ts';
import { openPooler, type Pooler } from './support/pgbouncer.ts';
import { openTenants } from './support/pooled.ts';
import { contradictions, type Outcomes, postAll } from './support/postings.ts';
import { whyNoPooler } from './support/program.ts';
import { findTraces, serverConnections } from './support/traces.ts';

const reason = whyNoPooler();
const count = 200;
let books: Crashable;
let pooler: Pooler;
let login: pg.ClientConfig;
let tenants: readonly Tenant[];

beforeAll(async () => {
  const [major] = testMajors();
  if (reason !== undefined || major === undefined) return;
  books = await openCrashable(major, 'books');
  login = loginConfig(books.server, 'books', 'finance');
  tenants = await openTenants(loginConfig(books.server, 'books', 'admin'));
  // A server that was away is asked again after a second, not after fifteen.
  pooler = await openPooler(books.admin, { server_login_retry: '1', max_client_conn: '400' });
});

beforeEach((context) => {
  if (reason !== undefined) context.skip(reason);
});

/** The keys of a test that are in the books. */
async function committed(name: string): Promise<ReadonlySet<string>> {
  const { rows } = await withClient(books.admin, (admin) =>
    admin.query<{ key: string }>(
      `select k.idempotency_key as key from finance.journal_keys k
         join finance.journal_entries e on e.tenant_id = k.tenant_id and e.id = k.journal_entry_id
        where k.idempotency_key like $1`,
      [`${name}/%`],
    ),
  );
  return new Set(rows.map(({ key }) => key));
}

/** What the governance views and the balances of each tenant find wrong. */
async function brokenBooks(db: TenantDb): Promise<readonly unknown[]> {
  const monitor = loginConfig(books.server, 'books', 'monitor');
  const { rows: checks } = await withClient(monitor, (client) =>
    client.query("select check_name from kernel.v_governance_summary where status = 'FAIL'"),
  );
  const found: unknown[] = [...checks];
  for (const { context } of tenants) {
    for (const sql of [
      "select * from finance.v_journal_integrity where status <> 'PASS'",
      'select * from finance.v_balance_drift',
    ]) {
      found.push(...(await db.query(context, sql)).rows);
    }
  }
  return found;
}

/** Waits until the pooler has found the server again, which takes it server_login_retry at most. */
async function untilServed(): Promise<void> {
  await vi.waitUntil(
    () =>
      withClient(pooler.config(login), (client) => client.query('select 1')).then(
        () => true,
        () => false,
      ),
    { timeout: 60_000, interval: 50 },
  );
  await serverConnections(pooler, login);
}

/** Runs 200 postings with a disturbance among them, and proves what must hold afterwards. */
async function endure(
  name: string,
  config: pg.ClientConfig,
  onAcknowledged: (acknowledged: number) => Promise<void>,
): Promise<Outcomes> {
  const pool = openPool({ ...config, max: 30 });
  const db = new TenantDb(pool);
  const outcomes = await postAll(db, tenants, { name, count }, onAcknowledged);
  await untilServed();
  // The same pool, as an application would keep it.
  const after = await postAll(db, tenants, { name: `${name} after`, count: 50 });
  expect(after.codes).toEqual({});
  expect(after.acknowledged).toHaveLength(50);
  expect(contradictions(outcomes, await committed(name))).toEqual([]);
  expect(await brokenBooks(db)).toEqual([]);
  expect([pool.waitingCount, pool.totalCount - pool.idleCount]).toEqual([0, 0]);
  expect(await findTraces(pooler, books.admin, login)).toEqual([]);
  expect(outcomes.refused.length + outcomes.unknown.length).toBeGreaterThan(0);
  return outcomes;
}

/** Does something once, when so many postings have been acknowledged. */
function once(at: number, work: () => Promise<void>): (acknowledged: number) => Promise<void> {
  return async (acknowledged) => {
    if (acknowledged === at) await work();
  };
}

describe('200 postings, in the midst of which', () => {
  test('nothing happens, are all in the books', async () => {
    const pool = openPool({ ...pooler.config(login), max: 30 });
    const outcomes = await postAll(new TenantDb(pool), tenants, { name: 'calm', count });
    expect(outcomes).toMatchObject({ codes: {}, strange: [] });
    expect(await committed('calm')).toEqual(new Set(outcomes.acknowledged));
    expect(outcomes.acknowledged).toHaveLength(count);
  });

  test('PgBouncer is killed and started again', async () => {
    await endure(
      'pooler',
      pooler.config(login),
      once(40, async () => {
        await pooler.kill();
        await pooler.start();
      }),
    );
  });

  test('server connections are terminated at random', async () => {
    await endure('backends', pooler.config(login), async (acknowledged) => {
      if (acknowledged % 8 !== 0 || acknowledged > 120) return;
      await withClient(books.admin, (admin) =>
        admin.query(
          `select pg_terminate_backend(pid, 10000) from pg_stat_activity
            where usename = $1 order by state = 'active' desc, random() limit 2`,
          [login.user],
        ),
      );
    });
  });

  test.each([
    ['the postmaster is killed', 'SIGKILL'],
    ['the server is shut down at once', 'SIGQUIT'],
  ] as const)('%s and started again on the same data', async (name, signal) => {
    await endure(
      name,
      pooler.config(login),
      once(40, async () => {
        books.signal(signal);
        await books.start();
      }),
    );
  });

  test('one backend is killed, so that the server restarts all', async () => {
    await endure(
      'backend killed',
      pooler.config(login),
      once(40, async () => {
        const { rows } = await withClient(books.admin, (admin) =>
          admin.query<{ pid: number }>(
            'select pid from pg_stat_activity where usename = $1 limit 1',
            [login.user],
          ),
        );
        process.kill(Number(rows[0]?.pid), 'SIGKILL');
      }),
    );
  });

  test('the line between driver and pooler is cut, three times', async () => {
    const line = await openLine(pooler.config(login));
    await endure('line', line.config, async (acknowledged) => {
      if ([20, 60, 100].includes(acknowledged)) line.cutNow();
    });
  });

  test.each(['before', 'after'] as const)(
    'the line is cut %s a COMMIT reached the pooler: that one alone is unknown',
    async (when) => {
      const line = await openLine(pooler.config(login));
      const name = `cut ${when}`;
      const outcomes = await endure(
        name,
        line.config,
        once(40, async () => line.cutAt('commit', when)),
      );
      expect(outcomes.unknown).toHaveLength(1);
      const isThere = (await committed(name)).has(outcomes.unknown[0] ?? '');
      expect(isThere).toBe(when === 'after');
    },
  );
});

describe('the comparison with the books', () => {
  test('finds what was lost, what is there in spite of a refusal, and what nobody sent', () => {
    const outcomes: Outcomes = {
      acknowledged: ['kept', 'lost'],
      refused: ['gone', 'booked all the same'],
      unknown: ['there', 'not there'],
      strange: [new pg.DatabaseError('raw', 3, 'error')],
      codes: {},
    };
    const there = new Set(['kept', 'booked all the same', 'there', 'somebody else']);
    expect(contradictions(outcomes, there)).toEqual([
      'lost was lost',
      'booked all the same was refused, and is there',
      'nobody knows of somebody else',
      'thrown: error: raw',
    ]);
  });
});
