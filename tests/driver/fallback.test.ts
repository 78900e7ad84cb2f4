import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ClientPool, CommitOutcomeUnknownError, TenantDb } from '../../driver/index.ts';
import { Lease } from '../../driver/lease.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { openLine } from './support/wire.ts';

let fabric: Fabric;

beforeAll(async () => {
  fabric = await openFabric();
});

/** Lends clients without `connection` and transaction status, as those of the native binding are. */
function withoutWire(pool: pg.Pool): ClientPool {
  return {
    connect: async () => {
      const client = await pool.connect();
      return new Proxy(client, {
        get(target, key) {
          if (key === 'connection' || key === 'getTransactionStatus') return undefined;
          const value: unknown = Reflect.get(target, key);
          return typeof value === 'function' ? value.bind(target) : value;
        },
        has: (target, key) =>
          key !== 'connection' && key !== 'getTransactionStatus' && Reflect.has(target, key),
      });
    },
  };
}

const kinds: readonly (readonly [string, (config: pg.ClientConfig) => ClientPool])[] = [
  ['of pg as it comes', (config) => openPool({ ...config, max: 2 })],
  ['that pipelines', (config) => openPool({ ...config, max: 2, pipeline: true })],
  ['without the wire protocol', (config) => withoutWire(openPool({ ...config, max: 2 }))],
];

describe.each(kinds)('with a client %s', (kind, poolOf) => {
  const open = () => new TenantDb(poolOf(fabric.database.login('finance')));
  const draft = (description: string) => ({
    company_id: fabric.acme.companyId,
    entry_date: '2026-05-01',
    description: `${kind} ${description}`,
  });
  const exists = async (description: string) => {
    const { rowCount } = await open().select(fabric.acme.context, 'journal_drafts', ['id'], {
      description: `${kind} ${description}`,
    });
    return rowCount > 0;
  };

  test('a guarded client reads lists and columns, and nests', async () => {
    await open().transaction(fabric.acme.context, async ({ client }) => {
      const { rows, fields } = await client.query({
        text: 'select 1 as n, $1::int8 as n',
        values: [2],
        rowMode: 'array',
      });
      expect(rows).toEqual([[1, '2']]);
      expect(fields.map((field) => field.name)).toEqual(['n', 'n']);
      const insert =
        'insert into finance.journal_drafts (tenant_id, company_id, entry_date, description) values ($1, $2, $3, $4)';
      const values = (description: string) => [
        fabric.acme.context.tenantId,
        ...Object.values(draft(description)),
      ];
      await client.query('begin');
      await client.query(insert, values('guarded undone'));
      await client.query('select 1 / 0').catch(() => undefined);
      await client.query('rollback');
      expect(await client.query(insert, values('guarded kept'))).toMatchObject({ rowCount: 1 });
    });
    expect(await exists('guarded undone')).toBe(false);
    expect(await exists('guarded kept')).toBe(true);
  });

  test('statements see the rows of their tenant alone, typed as ever', async () => {
    const db = open();
    const { rows } = await db.query(
      fabric.acme.context,
      'select distinct tenant_id, 1::int8 as n from finance.accounts',
    );
    expect(rows).toEqual([{ tenant_id: fabric.acme.context.tenantId, n: '1' }]);
    const read = await db.select(fabric.globex.context, 'accounts', ['tenant_id', 'code'], {
      code: '1000',
    });
    expect(read).toEqual({
      rows: [{ tenant_id: fabric.globex.context.tenantId, code: '1000' }],
      rowCount: 1,
    });
  });

  test('a single write is committed, a refused one is not', async () => {
    const db = open();
    expect(await db.insert(fabric.acme.context, 'journal_drafts', draft('single'))).toEqual({
      rows: [],
      rowCount: 1,
    });
    expect(await exists('single')).toBe(true);
    const error = await refusal(() =>
      db.insert(fabric.acme.context, 'companies', {
        code: 'main',
        name: 'x',
        functional_currency: 'USD',
      }),
    );
    expect(error.code).toBe('23505');
  });

  test('several statements in one text are refused by the server itself (42601)', async () => {
    const lease = await Lease.open(poolOf(fabric.database.login('finance')));
    const both = { text: 'select 1; select 2', values: [] };
    expect((await refusal(() => lease.send([both], 'nothing', true))).code).toBe('42601');
    lease.release();
  });

  test('transactions commit, roll back, nest and report a hidden error', async () => {
    const db = open();
    const { context } = fabric.acme;
    await db.transaction(context, async (tx) => {
      await tx.insert('journal_drafts', draft('outer'));
      await tx
        .transaction(async (inner) => {
          await inner.insert('journal_drafts', draft('inner'));
          throw new Error('out');
        })
        .catch(() => undefined);
    });
    expect([await exists('outer'), await exists('inner')]).toEqual([true, false]);
    const error = await refusal(() =>
      db.transaction(context, async (tx) => {
        await tx.insert('journal_drafts', draft('hidden'));
        await tx.query('select 1 / 0').catch(() => undefined);
      }),
    );
    expect(error.code).toBe('IB918');
    expect(await exists('hidden')).toBe(false);
  });

  test('rows stream by a cursor, and pages follow one another', async () => {
    const db = open();
    const { context } = fabric.acme;
    const options = { orderBy: ['code'], batchSize: 1 } as const;
    const codes: string[] = [];
    for await (const { code } of db.stream(context, 'accounts', ['code'], {}, options)) {
      codes.push(code);
    }
    await db.transaction(context, async (tx) => {
      for await (const { code } of tx.stream('accounts', ['code'], {}, options)) {
        codes.push(code);
        await tx.query('select 1');
        if (code === '1000') break;
      }
      const { rows } = await tx.query("select name from pg_cursors where name like 'aibos%'");
      expect(rows).toEqual([]);
    });
    expect(codes).toEqual(['1000', '4000', '1000']);
    const one = await db.select(context, 'accounts', ['code'], {}, { limit: 1, after: null });
    const two = await db.select(context, 'accounts', ['code'], {}, { limit: 1, after: one.next });
    expect([...one.rows, ...two.rows, two.next]).toHaveLength(3);
    expect(two.next).toBeNull();
  });

  test('the next borrower finds no tenant', async () => {
    const pool = poolOf(fabric.database.login('finance'));
    const db = new TenantDb(pool);
    await db.select(fabric.acme.context, 'accounts', ['id']);
    const client = await pool.connect();
    await expect(client.query('select id from finance.accounts')).rejects.toMatchObject({
      code: '42501',
    });
    client.release();
  });

  test('a connection lost at COMMIT leaves the outcome unknown (IB919)', async () => {
    const line = await openLine(fabric.database.login('finance'));
    const db = new TenantDb(poolOf(line.config));
    line.cutAt('commit', 'after');
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, (tx) => tx.insert('journal_drafts', draft('last'))),
    );
    expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
    await expect.poll(() => exists('last')).toBe(true);
  });
});
