import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TenantDb, type TenantDbOptions, type TenantTransaction } from '../../driver/index.ts';
import type { FabricTables } from '../../driver/tenant-db.ts';
import { openPooler } from '../pooler/support/pgbouncer.ts';
import { whyNoPooler } from '../pooler/support/program.ts';
import { connect } from '../support/clients.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { type Line, openLine } from './support/wire.ts';

let fabric: Fabric;
let admin: pg.Client;
let line: Line;
let pool: pg.Pool;

beforeAll(async () => {
  fabric = await openFabric();
  admin = await connect(fabric.database.admin);
  // What a careless or hostile function of the application could do.
  await admin.query(`create function public.run(command text) returns int language plpgsql
    as $$ begin execute command; return 1; end $$;
    grant usage on schema public to public;
    grant execute on function public.run(text) to public;
    grant temp on database ${fabric.database.name} to tester_finance`);
});

beforeEach(async () => {
  line = await openLine(fabric.database.login('finance'));
  pool = openPool({ ...line.config, max: 1 });
  const opened = pool;
  return () => opened.end();
});

const open = (options: TenantDbOptions = {}) => new TenantDb(pool, options);

/** All that a session can hold beyond a transaction, in one row. */
const STATE = `select
  (select count(*)::int from pg_cursors where is_holdable) as cursors,
  (select count(*)::int from pg_prepared_statements where name not like 'aibos%') as prepared,
  (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
  (select count(*)::int from pg_listening_channels()) as channels,
  (select count(*)::int from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r') as temporary,
  current_user::text as role, current_setting('search_path') as path, current_setting('timezone') as zone,
  current_setting('row_security') as rls, current_setting('statement_timeout') as timeout,
  current_setting('app.tenant_id', true) as tenant`;

async function stateOf(from: pg.Pool): Promise<Record<string, unknown>> {
  const client = await from.connect();
  const { rows } = await client.query(STATE);
  client.release();
  return { ...rows[0], tenant: rows[0]?.tenant ?? '' };
}

/** What is left behind, by the name of the attack on it. */
const poisons: readonly (readonly [string, string, string])[] = [
  ['C8', 'a cursor WITH HOLD', 'declare h cursor with hold for select 1'],
  ['C10', 'a search_path', 'set search_path = public, pg_catalog'],
  ['C10', 'a role', 'set role aibos_finance_role'],
  ['C10', 'a time zone', "set timezone = 'Asia/Tokyo'"],
  ['C10', 'row_security switched off', 'set row_security = off'],
  ['C10', 'a statement_timeout', 'set statement_timeout = 600001'],
  [
    'C10',
    'a tenant for the whole session',
    "set app.tenant_id = '33333333-3333-4333-8333-333333333333'",
  ],
  ['C11', 'a prepared statement', 'prepare n1 as select 1'],
  ['C13', 'an advisory lock', 'do $$ begin perform pg_advisory_lock(13); end $$'],
  ['C13', 'a listened channel', 'listen poison'],
  ['C13', 'a temporary table', 'create temp table poison (id int)'],
];

type Use = (db: TenantDb, sql: string, params: string[]) => Promise<unknown>;
const inside =
  (work: (tx: TenantTransaction<FabricTables>) => Promise<unknown>) => (db: TenantDb) =>
    db.transaction(fabric.acme.context, work);

/** Every way in which SQL of the caller's own runs: to its good end, and to a bad one that keeps the client. */
const uses: readonly (readonly [string, Use])[] = [
  ['a single query', (db, sql, params) => db.query(fabric.acme.context, sql, params)],
  [
    'a failing query',
    (db, sql, params) =>
      db.query(fabric.acme.context, `${sql}, 1 / 0`, params).catch(() => undefined),
  ],
  ['a transaction', (db, sql, params) => inside((tx) => tx.query(sql, params))(db)],
  [
    'a failing transaction',
    (db, sql, params) =>
      inside(async (tx) => {
        await tx.query(sql, params);
        throw new Error('out');
      })(db).catch(() => undefined),
  ],
  [
    'a transaction refused at COMMIT',
    (db, sql, params) =>
      inside(async (tx) => {
        await tx.insert('journal_entries', {
          company_id: fabric.acme.companyId,
          entry_date: '2026-05-01',
          description: 'no lines',
        });
        await tx.query(sql, params);
      })(db).catch(() => undefined),
  ],
  [
    'a handle',
    async (db, sql, params) => {
      await using tx = await db.begin(fabric.acme.context);
      await tx.query(sql, params);
      await tx.commit();
    },
  ],
];

describe.each(poisons)('%s: %s', (_id, _what, command) => {
  test('is seen by the next borrower where sessions are never cleaned', async () => {
    const clean = await stateOf(pool);
    await open({ cleanSession: 'never' }).query(fabric.acme.context, 'select public.run($1)', [
      command,
    ]);
    expect(await stateOf(pool)).not.toEqual(clean);
  });

  test.each(uses)(
    'left by %s is gone for the next borrower, on the same client',
    async (how, use) => {
      const clean = await stateOf(pool);
      const before = await pool.connect();
      before.release();
      await use(open(), 'select public.run($1)', [command]);
      expect(await stateOf(pool)).toEqual(clean);
      const after = await pool.connect();
      after.release();
      // Without row security the guard itself is refused at COMMIT (42501), and such a client is not kept.
      const isKept = !(command.includes('row_security') && how.endsWith('COMMIT'));
      expect(after === before).toBe(isKept);
    },
  );
});

describe('cleaning', () => {
  const raw = 'select 1';

  test('costs no round trip where all goes well', async () => {
    const db = open();
    await stateOf(pool);
    line.readTrips();
    await db.query(fabric.acme.context, raw);
    expect(line.readTrips()).toBe(1);
    await db.transaction(fabric.acme.context, (tx) => tx.query(raw));
    expect(line.readTrips()).toBe(2);
    await inside(async (tx) => {
      await tx.query(raw);
      throw new Error('out');
    })(db).catch(() => undefined);
    expect(line.readTrips()).toBe(2);
  });

  test('is done after a query alone, unless every transaction is told to be cleaned up after', async () => {
    const client = await pool.connect();
    client.release();
    const leave = () => client.query("set timezone = 'Asia/Tokyo'");
    await leave();
    await open().select(fabric.acme.context, 'accounts', ['id']);
    expect((await stateOf(pool)).zone).toBe('Asia/Tokyo');
    const always = open({ cleanSession: 'always' });
    await always.select(fabric.acme.context, 'accounts', ['id']);
    expect((await stateOf(pool)).zone).not.toBe('Asia/Tokyo');
    await leave();
    await always.transaction(fabric.acme.context, (tx) => tx.select('accounts', ['id']));
    expect((await stateOf(pool)).zone).not.toBe('Asia/Tokyo');
  });

  test('keeps what the login and the connection were given', async () => {
    const own = openPool({
      ...line.config,
      max: 1,
      options: '-c timezone=Asia/Tokyo',
      application_name: 'books',
    });
    await new TenantDb(own).query(fabric.acme.context, raw);
    const client = await own.connect();
    const { rows } = await client.query(
      "select current_setting('timezone') as zone, current_setting('application_name') as name",
    );
    client.release();
    expect(rows).toEqual([{ zone: 'Asia/Tokyo', name: 'books' }]);
  });

  test('lets the program prepare statements by name on clients of the same pool', async () => {
    const named = { name: 'mine', text: 'select 7 as seven' };
    expect((await pool.query(named)).rows).toEqual([{ seven: 7 }]);
    await open().query(fabric.acme.context, raw);
    expect((await pool.query(named)).rows).toEqual([{ seven: 7 }]);
  });

  test('is one of three words (IB923)', () => {
    expect(() => open({ cleanSession: 'sometimes' } as never)).toThrow(
      expect.objectContaining({ code: 'IB923' }),
    );
  });

  test.each([
    ['a query', (db: TenantDb, sql: string) => db.query(fabric.acme.context, sql)],
    ['a transaction', (db: TenantDb, sql: string) => inside((tx) => tx.query(sql))(db)],
  ] as const)(
    'cut off after the COMMIT of %s hides no commit, and its client is destroyed',
    async (_, use) => {
      const db = open();
      await db.query(fabric.acme.context, raw);
      line.cutAnswerAfter('COMMIT\0');
      expect(await use(db, 'select 7 as seven')).toMatchObject({
        rows: [{ seven: 7 }],
        rowCount: 1,
      });
      expect(pool.totalCount).toBe(0);
    },
  );
});

describe('a pool', () => {
  test('C1: lends no tenant that somebody set for the session to a driver that names another', async () => {
    const client = await pool.connect();
    await client.query(`set app.tenant_id = '${fabric.acme.context.tenantId}'`);
    client.release();
    const { rows } = await open().query(
      fabric.globex.context,
      'select distinct tenant_id from finance.accounts',
    );
    expect(rows).toEqual([{ tenant_id: fabric.globex.context.tenantId }]);
    await expect(pool.query('select id from finance.accounts')).rejects.toMatchObject({
      code: '42501',
    });
  });

  test('C2: does not get a client back that somebody left inside a transaction', async () => {
    const client = await pool.connect();
    await client.query('begin');
    client.release();
    await open().select(fabric.acme.context, 'accounts', ['id']);
    const next = await pool.connect();
    next.release();
    expect(next === client).toBe(false);
  });

  test('C4: does not get a client back whose ROLLBACK did not reach the server', async () => {
    const db = open();
    await db.query(fabric.acme.context, 'select 1');
    const error = await refusal(() =>
      inside(async (tx) => {
        await tx.query('select 1');
        line.cutAt('rollback', 'before');
        await tx.query('select 1 / 0');
      })(db),
    );
    expect(error.code).toBe('22012');
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([0, 0, 0]);
    expect(await db.query(fabric.acme.context, 'select 1 as one')).toMatchObject({
      rows: [{ one: 1 }],
    });
  });

  test('C5: C7: a handle kept beyond its transaction is revoked, and a hidden error is no success', async () => {
    const kept: TenantTransaction<FabricTables>[] = [];
    const db = open();
    const error = await refusal(() =>
      inside(async (tx) => {
        kept.push(tx);
        await tx.query('select 1 / 0').catch(() => undefined);
      })(db),
    );
    expect(error.code).toBe('IB918');
    expect(kept).toHaveLength(1);
    for (const tx of kept) expect((await refusal(() => tx.query('select 1'))).code).toBe('IB917');
  });
});

describe('through PgBouncer in transaction mode, all clients on one connection to the server', () => {
  let bounced: pg.ClientConfig | undefined;

  beforeAll(async () => {
    if (whyNoPooler() !== undefined) return;
    const pooler = await openPooler(fabric.database.admin, { default_pool_size: '1' });
    bounced = pooler.config(fabric.database.login('finance'));
  });

  test('C14: a context set outside a transaction serves nobody (42501)', async (context) => {
    if (bounced === undefined) return context.skip(whyNoPooler());
    const [one, two] = [openPool({ ...bounced, max: 1 }), openPool({ ...bounced, max: 1 })];
    await one.query("select set_config('app.tenant_id', $1, true)", [fabric.acme.context.tenantId]);
    for (const other of [one, two]) {
      await expect(other.query('select id from finance.accounts')).rejects.toMatchObject({
        code: '42501',
        message: 'tenant_id required',
      });
    }
    const db = new TenantDb(two);
    const { rows } = await db.select(fabric.globex.context, 'accounts', ['tenant_id']);
    expect(new Set(rows.map((row) => row.tenant_id))).toEqual(
      new Set([fabric.globex.context.tenantId]),
    );
  });

  for (const [id, what, command] of poisons) {
    test(`${id}: ${what} left by one client is gone for the other`, async (context) => {
      if (bounced === undefined) return context.skip(whyNoPooler());
      const [one, two] = [openPool({ ...bounced, max: 1 }), openPool({ ...bounced, max: 1 })];
      const clean = await stateOf(two);
      await new TenantDb(one).query(fabric.acme.context, 'select public.run($1)', [command]);
      expect(await stateOf(two)).toEqual(clean);
      await inside((tx) => tx.query('select public.run($1)', [command]))(new TenantDb(one));
      expect(await stateOf(two)).toEqual(clean);
    });
  }

  test('limits hold for their transaction alone', async (context) => {
    if (bounced === undefined) return context.skip(whyNoPooler());
    const db = new TenantDb(openPool({ ...bounced, max: 1 }));
    const show = 'show statement_timeout';
    const limited = await db.query(fabric.acme.context, show, [], { statementTimeoutMs: 70_001 });
    expect(limited.rows).toEqual([{ statement_timeout: '70001ms' }]);
    expect((await db.query(fabric.acme.context, show)).rows).toEqual([{ statement_timeout: '0' }]);
  });

  test('an abort cancels its own statement and never that of the next borrower', async (context) => {
    if (bounced === undefined) return context.skip(whyNoPooler());
    const [one, two] = [openPool({ ...bounced, max: 1 }), openPool({ ...bounced, max: 1 })];
    const outcomes = { answered: 0, aborted: 0 };
    // Longer while calls are aborted, shorter while they are answered: near the end of the statement on any machine.
    let delay = 0;
    for (let n = 0; n < 60 || outcomes.answered === 0; n++) {
      const controller = new AbortController();
      const { signal } = controller;
      const call = new TenantDb(one)
        .query(fabric.acme.context, 'select pg_sleep(0.003)', [], { signal })
        .then(
          () => 'answered' as const,
          (error: { code?: unknown }) => {
            expect(error.code).toBe('IB988');
            return 'aborted' as const;
          },
        );
      if (delay === 0) controller.abort();
      else setTimeout(() => controller.abort(), delay);
      const next = new TenantDb(two).query(
        fabric.acme.context,
        'select pg_sleep(0.004), 7 as seven',
      );
      const outcome = await call;
      outcomes[outcome] += 1;
      delay = outcome === 'aborted' ? delay + 1 : Math.max(0, delay - 2);
      expect((await next).rows[0]?.seven).toBe(7);
    }
    expect(outcomes.aborted).toBeGreaterThan(0);
  });
});
