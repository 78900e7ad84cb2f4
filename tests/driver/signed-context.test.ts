import { createHmac, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { readContext } from '../../driver/context.ts';
import { Signer } from '../../driver/context-key.ts';
import { type ContextKey, TenantDb } from '../../driver/index.ts';
import {
  endSignedContext,
  generateContextKey,
  installContextKey,
  type NewContextKey,
  readContextKeys,
  retireContextKey,
} from '../../driver/install/context-keys.ts';
import { installFabric } from '../../driver/install/install.ts';
import { migrate } from '../../driver/install/migrate.ts';
import { failingChecks } from '../support/checks.ts';
import { connect } from '../support/clients.ts';
import { testMajors } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { forced, UntouchedPool } from './support/untouched.ts';
import { openLine } from './support/wire.ts';

const limits = { clockSkewSeconds: 5, maxLifetimeSeconds: 300 };
const key = generateContextKey();

/** Runs work as the login that installed the fabric, while nobody else changes its memberships. */
function asInstaller<T>(fabric: Fabric, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return fabric.database.alone(() => withClient(fabric.database.installer, work));
}

async function install(fabric: Fabric, installed: NewContextKey): Promise<void> {
  await asInstaller(fabric, (client) =>
    installContextKey(client, installed, limits, { waitMs: 0 }),
  );
}

describe.each(testMajors())('with a context key on PostgreSQL %i', (major) => {
  let fabric: Fabric;
  let signed: TenantDb;
  let unsigned: TenantDb;

  beforeAll(async () => {
    fabric = await openFabric(major);
    await install(fabric, key);
    signed = new TenantDb(fabric.pool('finance'), { contextKey: key });
    unsigned = new TenantDb(fabric.pool('finance'));
  });

  test('a signed driver reads, writes, posts, nests and rolls back as before', async () => {
    const { acme } = fabric;
    const posted = await signed.transaction(acme.context, async (tx) => {
      const failed = tx.transaction((inner) => inner.query('select 1 / 0'));
      await expect(failed).rejects.toMatchObject({ code: '22012' });
      await tx.transaction((inner) => inner.select('accounts', ['id']));
      const { rows } = await tx.query<{ id: string }>(
        'select finance.post_journal($1, $2, $3, $4, $5, $6, $7) as id',
        [
          acme.companyId,
          '2026-03-01',
          'signed',
          [acme.cash, acme.sales],
          [5, 0],
          [0, 5],
          ['USD', 'USD'],
        ],
      );
      return rows[0]?.id ?? '';
    });
    const { rows } = await signed.select(
      acme.context,
      'finance.audit_events',
      ['actor', 'tenant_id'],
      {
        id: posted,
      },
    );
    expect(rows).toEqual([{ actor: acme.context.userId, tenant_id: acme.context.tenantId }]);
  });

  test('an unsigned driver is refused, and told why', async () => {
    const error = await refusal(() => unsigned.select(fabric.acme.context, 'accounts', ['id']));
    expect(error).toMatchObject({
      code: '42501',
      message: 'tenant_id required',
      detail: 'No signed context is set in this transaction.',
    });
  });

  test('B1 SQL injected into a transaction of one tenant does not reach another, by any setting', async () => {
    const { acme, globex } = fabric;
    const injections = [
      `select set_config('app.tenant_id', '${globex.context.tenantId}', true)`,
      `select set_config('app.context_token', replace(current_setting('app.context_token'), '${acme.context.tenantId}', '${globex.context.tenantId}'), true), set_config('app.tenant_id', '${globex.context.tenantId}', true)`,
      `select set_config('app.context_token', '', true), set_config('app.tenant_id', '${globex.context.tenantId}', true)`,
      `select set_config('app.context_token', 'v1.${key.id}.${globex.context.tenantId}.${acme.context.userId}.9999999999.${'0'.repeat(64)}', true), set_config('app.tenant_id', '${globex.context.tenantId}', true)`,
    ];
    for (const injection of injections) {
      const client = await fabric.pool('finance').connect();
      try {
        await client.query('begin');
        const token = new Signer(key).sign(readContext(acme.context), {
          database: fabric.database.name,
          login: 'tester_finance',
        });
        await client.query(
          "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.context_token', $3, true)",
          [acme.context.tenantId, acme.context.userId, token],
        );
        const own = await client.query('select distinct tenant_id from finance.accounts');
        expect(own.rows).toEqual([{ tenant_id: acme.context.tenantId }]);
        await client.query(injection);
        await expect(
          client.query('select * from finance.accounts'),
          injection,
        ).rejects.toMatchObject({
          code: '42501',
        });
      } finally {
        client.release(true);
      }
    }
  });

  test('a token is worth nothing to another login', async () => {
    const { acme } = fabric;
    const token = new Signer(key).sign(readContext(acme.context), {
      database: fabric.database.name,
      login: 'tester_admin',
    });
    const thief = fabric.pool('finance');
    const stolen = thief.query(
      "select aibos.current_tenant_id() from (select set_config('app.tenant_id', $1, false), set_config('app.context_token', $2, false)) s",
      [acme.context.tenantId, token],
    );
    await expect(stolen).rejects.toMatchObject({
      code: '42501',
      detail: 'The context token is forged, or was made for another login or another database.',
    });
    await expect(
      withClient(fabric.database.login('admin'), async (admin) => {
        await admin.query(
          "select set_config('app.tenant_id', $1, false), set_config('app.context_token', $2, false)",
          [acme.context.tenantId, token],
        );
        const { rows } = await admin.query('select aibos.current_tenant_id() as tenant');
        return rows;
      }),
    ).resolves.toEqual([{ tenant: acme.context.tenantId }]);
  });

  test('N7 an application that drops its context half way leaves no change without its name', async () => {
    const { acme } = fabric;
    const hiding = signed.query(
      acme.context,
      "with hidden as (select pg_catalog.set_config('app.user_id', '', true)) select 1 from hidden",
    );
    // Refused early, by the driver; the server holds it too:
    await expect(hiding).rejects.toMatchObject({ code: 'IB916' });
    const client = await fabric.pool('finance').connect();
    try {
      await client.query('begin');
      await client.query(
        "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.context_token', $3, true)",
        [
          acme.context.tenantId,
          acme.context.userId,
          new Signer(key).sign(readContext(acme.context), {
            database: fabric.database.name,
            login: 'tester_finance',
          }),
        ],
      );
      await expect(
        client.query(
          "update finance.companies set name = name || '!' returning set_config('app.context_token', '', true), set_config('app.user_id', '', true)",
        ),
      ).rejects.toMatchObject({ code: '42501' });
    } finally {
      client.release(true);
    }
  });

  test('a key is rotated under load: no call fails while services change over', async () => {
    const next = generateContextKey();
    let current: ContextKey = key;
    const rotating = new TenantDb(fabric.pool('finance', { max: 4 }), {
      contextKey: () => current,
    });
    let isOver = false;
    let calls = 0;
    const load = Promise.all(
      [fabric.acme, fabric.globex, fabric.acme, fabric.globex].map(async (tenant) => {
        while (!isOver) {
          const { rows } = await rotating.select(tenant.context, 'accounts', ['tenant_id']);
          expect(rows).toHaveLength(2);
          expect(rows.every((row) => row.tenant_id === tenant.context.tenantId)).toBe(true);
          calls += 1;
        }
      }),
    );
    await install(fabric, next);
    current = { ...next, lifetimeSeconds: 30 };
    const changedAt = calls;
    while (calls < changedAt + 8) await rotating.select(fabric.acme.context, 'companies', ['id']);
    await asInstaller(fabric, (client) => retireContextKey(client, key.id));
    const retiredAt = calls;
    while (calls < retiredAt + 8) await rotating.select(fabric.acme.context, 'companies', ['id']);
    isOver = true;
    await load;
    const error = await refusal(() => signed.select(fabric.acme.context, 'accounts', ['id']));
    expect(error.detail).toBe('The context token is signed with a key that is not live.');
    const states = await asInstaller(fabric, readContextKeys);
    expect(states.map(({ key_id, is_live }) => [key_id, is_live])).toEqual([
      [key.id, false],
      [next.id, true],
    ]);
    signed = new TenantDb(fabric.pool('finance'), { contextKey: next });
  });

  test('the bundle replayed keeps contexts signed', async () => {
    await asInstaller(fabric, (client) => installFabric(client));
    await expect(unsigned.select(fabric.acme.context, 'accounts', ['id'])).rejects.toMatchObject({
      code: '42501',
    });
    const { rows } = await signed.select(fabric.acme.context, 'accounts', ['id']);
    expect(rows).toHaveLength(2);
    expect(await failingChecks(fabric.database)).toEqual([]);
  });

  test('two installers at once leave two keys or one and a clear refusal, never three', async () => {
    const attempts = await fabric.database.alone(() =>
      Promise.allSettled(
        [1, 2].map(() =>
          withClient(fabric.database.admin, (client) =>
            installContextKey(client, generateContextKey(), limits),
          ),
        ),
      ),
    );
    const states = await asInstaller(fabric, readContextKeys);
    expect(states.filter(({ is_live }) => is_live)).toHaveLength(2);
    expect(attempts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = attempts.find((attempt) => attempt.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'IB107' });
  });

  test('signing ends on purpose, and unsigned contexts count again', async () => {
    await asInstaller(fabric, endSignedContext);
    const { rows } = await unsigned.select(fabric.acme.context, 'accounts', ['id']);
    expect(rows).toHaveLength(2);
    const still = await signed.select(fabric.acme.context, 'accounts', ['id']);
    expect(still.rows).toHaveLength(2);
  });
});

describe.each(testMajors())('a change of keys on PostgreSQL %i', (major) => {
  test('names the transactions from before that may still read an unsigned context', async () => {
    const fabric = await openFabric(major);
    const { acme, globex } = fabric;
    const before = await connect(fabric.database.login('finance'));
    await before.query('begin');
    await before.query("select set_config('app.tenant_id', $1, true)", [acme.context.tenantId]);
    await before.query('prepare reading as select distinct tenant_id from finance.accounts');
    await before.query('prepare naming(text) as select set_config($$app.tenant_id$$, $1, true)');
    for (let n = 0; n < 7; n += 1) {
      await before.query('execute reading');
      await before.query(`execute naming('${acme.context.tenantId}')`);
    }
    const { rows } = await before.query<{ pid: number }>('select pg_backend_pid() as pid');
    const left = await asInstaller(fabric, (client) =>
      installContextKey(client, key, limits, { waitMs: 0 }),
    );
    expect(left).toEqual(rows);
    // Why it is named: its plans are from before.
    await before.query(`execute naming('${globex.context.tenantId}')`);
    const { rows: read } = await before.query('execute reading');
    expect(read).toEqual([{ tenant_id: globex.context.tenantId }]);
    await before.query('rollback');
    await before.query('begin');
    await before.query(`execute naming('${globex.context.tenantId}')`);
    await expect(before.query('execute reading')).rejects.toMatchObject({ code: '42501' });
    await before.end();
  });

  test('names the transactions whose snapshots still show a retired key', async () => {
    const fabric = await openFabric(major);
    await install(fabric, key);
    const login = fabric.database.login('finance');
    const holder = await connect(login);
    await holder.query('begin isolation level repeatable read');
    const { rows } = await holder.query<{ pid: number; snapshot: string }>(
      'select pg_backend_pid() as pid, pg_export_snapshot() as snapshot',
    );
    await install(fabric, generateContextKey());
    const left = await asInstaller(fabric, (client) =>
      retireContextKey(client, key.id, { waitMs: 0 }),
    );
    expect(left).toEqual([{ pid: rows[0]?.pid }]);
    // Why it is named: whoever takes its snapshot on sees the key as it was.
    const thief = await connect(login);
    const audience = { database: fabric.database.name, login: 'tester_finance' };
    const token = new Signer(key).sign(readContext(fabric.globex.context), audience);
    const read = async (...begin: readonly string[]) => {
      for (const statement of begin) await thief.query(statement);
      await thief.query(
        "select set_config('app.tenant_id', $1, true), set_config('app.context_token', $2, true)",
        [fabric.globex.context.tenantId, token],
      );
      return thief
        .query('select count(*) from finance.accounts')
        .finally(() => thief.query('rollback'));
    };
    const old = [
      'begin isolation level repeatable read',
      `set transaction snapshot '${rows[0]?.snapshot}'`,
    ];
    await expect(read(...old)).resolves.toMatchObject({ rowCount: 1 });
    await holder.query('rollback');
    await expect(read('begin')).rejects.toMatchObject({ code: '42501' });
  });

  test.each(['repeatable read', 'serializable'])(
    'is refused in a transaction that is %s (IB112)',
    async (level) => {
      const fabric = await openFabric(major);
      await withClient(fabric.database.admin, async (admin) => {
        await admin.query(`begin isolation level ${level}`);
        await admin.query('set local role aibos_owner');
        await expect(
          admin.query(
            "call aibos.install_context_key('abcdefgh', decode(repeat('00', 32), 'hex'))",
          ),
        ).rejects.toMatchObject({ code: 'IB112' });
        await admin.query('rollback');
      });
    },
  );

  test('puts the signed readers in force, whatever the installer set for its session', async () => {
    const fabric = await openFabric(major);
    await asInstaller(fabric, async (client) => {
      await client.query('set quote_all_identifiers = on');
      await client.query("set search_path = ''");
      await installContextKey(client, key, limits);
    });
    const unsigned = new TenantDb(fabric.pool('finance'));
    const error = await refusal(() => unsigned.select(fabric.acme.context, 'accounts', ['id']));
    expect(error.code).toBe('42501');
    expect(await failingChecks(fabric.database)).toEqual([]);
  });

  test('is told from a key that is live while contexts are read unsigned', async () => {
    const fabric = await openFabric(major);
    await install(fabric, key);
    await withClient(fabric.database.admin, (admin) =>
      admin.query(
        "set role aibos_owner; call aibos._copy_reader('aibos._unsigned_tenant_id()', 'current_tenant_id')",
      ),
    );
    const { rows } = await withClient(fabric.database.login('monitor'), (monitor) =>
      monitor.query(
        "select check_name from aibos.v_tenant_isolation_check where status = 'FAIL' order by 1",
      ),
    );
    expect(rows.map(({ check_name }) => check_name)).toEqual(
      expect.arrayContaining(['context_function', 'context_signed']),
    );
  });

  test('leaves no secret in the statistics that ANALYZE keeps', async () => {
    const fabric = await openFabric(major);
    await install(fabric, key);
    await install(fabric, generateContextKey());
    await withClient(fabric.database.admin, async (admin) => {
      await admin.query('analyze aibos.context_keys');
      const { rows } = await admin.query<{ attname: string }>(
        `select a.attname from pg_statistic s
         join pg_attribute a on a.attrelid = s.starelid and a.attnum = s.staattnum
         where s.starelid = 'aibos.context_keys'::regclass`,
      );
      expect(rows.map(({ attname }) => attname)).toContain('key_id');
      expect(rows.map(({ attname }) => attname).filter((name) => name.endsWith('_pad'))).toEqual(
        [],
      );
    });
  });

  test('cannot be undone by taking its migration back while a key is live (IB109)', async () => {
    const fabric = await openFabric(major);
    await install(fabric, key);
    const back = { direction: 'down', reason: 'by mistake', count: 1 } as const;
    await expect(asInstaller(fabric, (client) => migrate(client, back))).rejects.toMatchObject({
      code: 'IB109',
    });
    const unsigned = new TenantDb(fabric.pool('finance'));
    await expect(unsigned.select(fabric.acme.context, 'accounts', ['id'])).rejects.toMatchObject({
      code: '42501',
    });
    await asInstaller(fabric, async (client) => {
      await endSignedContext(client);
      await migrate(client, back);
      await migrate(client, { direction: 'up', reason: 'again' });
    });
    const { rows } = await unsigned.select(fabric.acme.context, 'accounts', ['id']);
    expect(rows).toHaveLength(2);
  });
});

describe('a driver with a context key', () => {
  test('costs one round trip per statement, after one that asks where it is', async () => {
    const fabric = await openFabric();
    await install(fabric, key);
    const line = await openLine(fabric.database.login('finance'));
    const pool = openPool({ ...line.config, max: 1 });
    const db = new TenantDb(pool, { contextKey: key });
    await (await pool.connect()).release();
    line.readTrips();
    await db.select(fabric.acme.context, 'accounts', ['id']);
    expect(line.readTrips()).toBe(2);
    await db.select(fabric.acme.context, 'accounts', ['id']);
    expect(line.readTrips()).toBe(1);
    await db.transaction(fabric.globex.context, (tx) => tx.select('accounts', ['id']));
    expect(line.readTrips()).toBe(2);
  });

  test.each([
    ['no id', { secret: '00'.repeat(32) }, 'contextKey.id'],
    ['a short id', { id: 'key', secret: '00'.repeat(32) }, 'contextKey.id'],
    ['no secret', { id: 'abcdefgh' }, 'contextKey.secret'],
    ['a short secret', { id: 'abcdefgh', secret: '00'.repeat(31) }, 'contextKey.secret'],
    [
      'a secret that is not hexadecimal',
      { id: 'abcdefgh', secret: 'x'.repeat(64) },
      'contextKey.secret',
    ],
    ['a number for a secret', { id: 'abcdefgh', secret: 5 }, 'contextKey.secret'],
    [
      'a lifetime of nothing',
      { id: 'abcdefgh', secret: '00'.repeat(32), lifetimeSeconds: 0 },
      'contextKey.lifetimeSeconds',
    ],
  ])('refuses %s (IB923)', async (_what, contextKey, option) => {
    const error = await refusal(
      () => new TenantDb(new UntouchedPool(), { contextKey: forced(contextKey) }),
    );
    expect(error).toMatchObject({ code: 'IB923', message: `the option ${option} was refused` });
  });
});

describe('HMAC-SHA-256 in SQL', () => {
  test('is that of Node for any key and message', async () => {
    const fabric = await openFabric();
    await withClient(fabric.database.admin, async (client) => {
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 200 }),
          fc.uint8Array({ maxLength: 500 }),
          async (secret, message) => {
            const { rows } = await client.query<{ mac: Buffer }>(
              'select aibos.hmac_sha256($1, $2) as mac',
              [Buffer.from(secret), Buffer.from(message)],
            );
            const expected = createHmac('sha256', secret).update(message).digest();
            expect(rows[0]?.mac.equals(expected)).toBe(true);
          },
        ),
        { numRuns: 200 },
      );
    });
  });

  test('verifies what Node signs, whatever the names of database and login', async () => {
    const fabric = await openFabric();
    await install(fabric, key);
    const login = `büro "${randomUUID().slice(0, 8)}" 🦊`;
    const quoted = pg.escapeIdentifier(login);
    await withClient(fabric.database.admin, (admin) =>
      admin.query(`create role ${quoted} login password 'secret' in role aibos_finance_role`),
    );
    try {
      const pool = new pg.Pool({ ...fabric.database.admin, user: login, password: 'secret' });
      const db = new TenantDb(pool, { contextKey: key });
      await expect(db.select(fabric.acme.context, 'accounts', ['id'])).resolves.toMatchObject({
        rowCount: 2,
      });
      await pool.end();
    } finally {
      await withClient(fabric.database.admin, (admin) => admin.query(`drop role ${quoted}`));
    }
  });
});
