import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { GuardedPool } from '../../driver/guarded-pool.ts';
import { FabricError, TenantDb, type TenantTransaction } from '../../driver/index.ts';
import type { FabricTables } from '../../driver/tenant-db.ts';
import { connect } from '../support/clients.ts';
import { draftsAfter } from './support/drafts.ts';
import { type Fabric, openFabric } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';
import { forced } from './support/untouched.ts';

type Tx = TenantTransaction<FabricTables>;

let fabric: Fabric;
let pool: pg.Pool;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
  pool = fabric.pool('finance');
  db = new TenantDb(pool);
  const admin = await connect(fabric.database.admin);
  await admin.query(`create function public.turn_into(tenant text) returns text language sql
    as $$ select set_config('app.tenant_id', tenant, true) $$;
    grant usage on schema public to public; grant execute on function public.turn_into(text) to public`);
});

const run = <T>(work: (tx: Tx) => Promise<T>) => db.transaction(fabric.acme.context, work);

const INSERT =
  'insert into finance.journal_drafts (tenant_id, company_id, entry_date, description) values ($1, $2, $3, $4)';
const draft = (description: string): unknown[] => [
  fabric.acme.context.tenantId,
  fabric.acme.companyId,
  '2026-05-01',
  description,
];

const drafts = (prefix: string) => draftsAfter(db, fabric.acme.context, prefix);

const tenantOf = async (tx: Tx) =>
  (await tx.client.query<{ tenant: string }>('select aibos.current_tenant_id() as tenant')).rows[0]
    ?.tenant;

describe('a query of the guarded client', () => {
  test('answers in the shape of pg, in every form of the call', async () => {
    await run(async ({ client }) => {
      const text = 'select $1::int4 as n, $2::int8 as big';
      const expected = {
        command: 'SELECT',
        rowCount: 1,
        rows: [{ n: 7, big: '8' }],
        fields: [
          { name: 'n', dataTypeID: 23 },
          { name: 'big', dataTypeID: 20 },
        ],
      };
      expect(await client.query(text, [7, 8n])).toMatchObject(expected);
      expect(await client.query({ text, values: [7, 8n] })).toMatchObject(expected);
      expect(await client.query({ text }, [7, 8n])).toMatchObject(expected);
      const called = await Promise.all([
        new Promise((resolve) => client.query(text, [7, 8n], (_, result) => resolve(result))),
        new Promise((resolve) =>
          client.query({ text, values: [7, 8n] }, (_, result) => resolve(result)),
        ),
      ]);
      expect(called).toMatchObject([expected, expected]);
      const failed = await new Promise((resolve) => client.query('set role x', resolve));
      expect(failed).toMatchObject({ code: 'IB916' });
    });
  });

  test('tells how many rows were written, and null where nothing is counted', async () => {
    await run(async ({ client }) => {
      expect(await client.query(INSERT, draft('counted'))).toMatchObject({
        command: 'INSERT',
        rowCount: 1,
        rows: [],
        fields: [],
      });
      expect(await client.query('begin')).toMatchObject({ command: 'BEGIN', rowCount: null });
      expect(await client.query('commit')).toMatchObject({ command: 'COMMIT', rowCount: null });
      const none = 'update finance.journal_drafts set description = $1 where false';
      expect(await client.query(none, ['x'])).toMatchObject({ command: 'UPDATE', rowCount: 0 });
    });
  });

  test('gives rows as lists where asked, columns of one name kept apart', async () => {
    const { rows } = await run(({ client }) =>
      client.query({
        text: 'select 1 as n, null as x, 2::int8 as n union all select 3, $1, 4',
        values: ['y'],
        rowMode: 'array',
      }),
    );
    expect(rows).toEqual([
      [1, null, '2'],
      [3, 'y', '4'],
    ]);
  });

  test('reads by the parsers of the driver, or by those that the query brings', async () => {
    await run(async ({ client }) => {
      const text = `select '2026-01-31'::date as d, '2026-01-31 10:00+02'::timestamptz as t, 1.50 as n`;
      expect((await client.query(text)).rows).toEqual([
        { d: '2026-01-31', t: '2026-01-31T08:00:00Z', n: '1.50' },
      ]);
      const types = { getTypeParser: (typeId: number) => (value: string) => `${typeId}: ${value}` };
      const { rows } = await client.query<{ d: string; n: string }>({ text, types });
      expect(rows[0]).toMatchObject({ d: '1082: 2026-01-31', n: '1700: 1.50' });
    });
  });

  test('encodes values by the driver: no method of a value is called, and none is coerced (IB914)', async () => {
    await run(async ({ client }) => {
      let called = 0;
      const trap = {
        toPostgres: () => {
          called += 1;
          return 'x';
        },
      };
      for (const value of [trap, undefined, Number.NaN, Symbol('x'), new Map()]) {
        expect((await refusal(() => client.query('select $1::text', [value]))).code).toBe('IB914');
      }
      expect(called).toBe(0);
      expect((await refusal(() => client.query('select $1', forced('x')))).code).toBe('IB923');
      const { rows } = await client.query('select $1::jsonb as j, $2::int4[] as a', [
        { k: [1] },
        [1, null],
      ]);
      expect(rows).toEqual([{ j: { k: [1] }, a: [1, null] }]);
    });
  });

  test.each([
    'set role postgres',
    'set session authorization postgres',
    'set local app.tenant_id = $1',
    'reset role',
    'reset all',
    'discard all',
    'copy finance.accounts to stdout',
    'listen x',
    'notify x',
    'do $$ begin end $$',
    'call aibos.x()',
    'prepare p as select 1',
    'prepare transaction $1',
    'commit prepared $1',
    'commit and chain',
    'lock table finance.accounts',
    'create table x ()',
    'select 1; select 2',
    'commit; set role postgres',
    `select set_config('app.tenant_id', '', true)`,
    '',
  ])('is refused before it is sent (IB916): %j', async (text) => {
    await run(async ({ client }) => {
      expect((await refusal(() => client.query(text))).code).toBe('IB916');
      expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    });
  });

  test('is refused where a transaction has no use for it (IB996)', async () => {
    await run(async ({ client }) => {
      for (const call of [
        () => client.connect(),
        () => client.end(),
        () => client.query(forced({ text: 'select 1', submit: () => {} })),
        () => client.query(forced({ text: 'select 1', binary: true })),
      ]) {
        expect((await refusal(call)).code).toBe('IB996');
      }
    });
  });

  test('runs after those handed in before, mixed with calls of the handle', async () => {
    const answers = await run((tx) =>
      Promise.all(
        [0, 1, 2, 3, 4, 5].map(async (n) => {
          const text =
            'select count(*)::int4 as n from finance.journal_drafts where description = $1';
          await (n % 2 === 0
            ? tx.client.query(INSERT, draft('in turn'))
            : tx.query(INSERT, draft('in turn')));
          const { rows } = await tx.client.query<{ n: number }>(text, ['in turn']);
          return rows[0]?.n;
        }),
      ),
    );
    expect(answers).toEqual([6, 6, 6, 6, 6, 6]);
  });

  test('sees the rows of its tenant alone', async () => {
    await db.query(fabric.globex.context, INSERT, [
      fabric.globex.context.tenantId,
      fabric.globex.companyId,
      '2026-05-01',
      'globex only',
    ]);
    await run(async ({ client }) => {
      const { rows } = await client.query('select tenant_id from finance.accounts group by 1');
      expect(rows).toEqual([{ tenant_id: fabric.acme.context.tenantId }]);
      const hidden = 'select 1 from finance.journal_drafts where description = $1';
      expect((await client.query(hidden, ['globex only'])).rows).toEqual([]);
    });
  });
});

describe('a transaction of the guarded client', () => {
  test('keeps on COMMIT and undoes on ROLLBACK its own work alone', async () => {
    await run(async ({ client }) => {
      await client.query(INSERT, draft('own outer'));
      await client.query('begin');
      await client.query(INSERT, draft('own kept'));
      await client.query('commit');
      await client.query('START TRANSACTION;');
      await client.query(INSERT, draft('own undone'));
      await client.query('rollback');
      await client.query(INSERT, draft('own after'));
    });
    expect(await drafts('own ')).toEqual(['after', 'kept', 'outer']);
  });

  test('commits nothing by itself: an error after its COMMIT undoes all', async () => {
    const other = await connect(fabric.database.admin);
    const failure = new Error('out');
    await expect(
      run(async ({ client }) => {
        await client.query('begin');
        await client.query(INSERT, draft('early committed'));
        await client.query('commit');
        const seen = await other.query(
          `select 1 from finance.journal_drafts where description = 'early committed'`,
        );
        expect(seen.rowCount).toBe(0);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await drafts('early ')).toEqual([]);
  });

  test('on a client of pg itself commits the tenant transaction and loses the tenant, which is why there is a guarded one', async () => {
    const plain = await connect(fabric.database.login('finance'));
    await plain.query('begin');
    await plain.query(
      `select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)`,
      [fabric.acme.context.tenantId, fabric.acme.context.userId],
    );
    await plain.query('begin');
    await plain.query(INSERT, draft('trap inner'));
    await plain.query('commit');
    const tenant = await plain.query(`select current_setting('app.tenant_id') as tenant`);
    expect(tenant.rows).toEqual([{ tenant: '' }]);
    await plain.query('rollback');
    expect(await drafts('trap ')).toEqual(['inner']);
  });

  test('survives a failed statement by its ROLLBACK, with the tenant in force', async () => {
    await run(async (tx) => {
      await tx.client.query(INSERT, draft('failed outer'));
      await tx.client.query('begin');
      await tx.client.query(INSERT, draft('failed inner'));
      expect((await refusal(() => tx.client.query('select 1 / 0'))).code).toBe('22012');
      expect((await refusal(() => tx.client.query('select 1'))).code).toBe('25P02');
      await tx.client.query('rollback');
      expect(await tenantOf(tx)).toBe(fabric.acme.context.tenantId);
    });
    expect(await drafts('failed ')).toEqual(['outer']);
  });

  test('does not report a failed one as committed (IB918), and its ROLLBACK still ends it', async () => {
    await run(async ({ client }) => {
      await client.query(INSERT, draft('hidden outer'));
      await client.query('begin');
      await client.query(INSERT, draft('hidden inner'));
      await client.query('select 1 / 0').catch(() => undefined);
      const error = await refusal(() => client.query('commit'));
      expect([error.code, error.cause instanceof FabricError && error.cause.code]).toEqual([
        'IB918',
        '22012',
      ]);
      await client.query('rollback');
      await client.query(INSERT, draft('hidden after'));
    });
    expect(await drafts('hidden ')).toEqual(['after', 'outer']);
  });

  test('has the tenant of the context back after ROLLBACK and ROLLBACK TO, whatever was set before', async () => {
    const { acme, globex } = fabric;
    await run(async (tx) => {
      await tx.query('select public.turn_into($1)', [globex.context.tenantId]);
      await tx.client.query('begin');
      await tx.client.query('rollback');
      expect(await tenantOf(tx)).toBe(acme.context.tenantId);
      await tx.client.query('begin');
      await tx.client.query('select public.turn_into($1)', [globex.context.tenantId]);
      await tx.client.query('savepoint a');
      await tx.client.query('rollback to a');
      expect(await tenantOf(tx)).toBe(acme.context.tenantId);
      await tx.client.query('rollback');
    });
  });

  test('nests by BEGIN and by SAVEPOINT, and a savepoint outlives ROLLBACK TO', async () => {
    await run(async ({ client }) => {
      await client.query('begin');
      await client.query('savepoint a');
      await client.query(INSERT, draft('levels 1'));
      await client.query('rollback to savepoint a');
      await client.query(INSERT, draft('levels 2'));
      await client.query('rollback to A');
      await client.query(INSERT, draft('levels 3'));
      await client.query('begin');
      await client.query(INSERT, draft('levels 4'));
      await client.query('savepoint a');
      await client.query(INSERT, draft('levels 5'));
      await client.query('rollback');
      await client.query('release savepoint "a"');
      await client.query('commit');
    });
    expect(await drafts('levels ')).toEqual(['3']);
  });

  test('cannot be ended deeper than it began, nor by a savepoint that is not its own (IB995)', async () => {
    await run(async (tx) => {
      const { client } = tx;
      await tx.query(INSERT, draft('deep outer'));
      for (const text of [
        'commit',
        'end',
        'rollback',
        'savepoint a',
        'release a',
        'rollback to a',
      ]) {
        expect((await refusal(() => client.query(text))).code, text).toBe('IB995');
      }
      await client.query('begin');
      // The name under which the server has the savepoint of the BEGIN above.
      for (const text of ['rollback to aibos_1', 'release aibos_1']) {
        expect((await refusal(() => client.query(text))).code, text).toBe('IB995');
      }
      await client.query('savepoint a');
      await client.query('begin');
      expect((await refusal(() => client.query('rollback to a'))).code).toBe('IB995');
      await client.query('commit');
      await client.query('commit');
      expect((await refusal(() => client.query('commit'))).code).toBe('IB995');
    });
    expect(await drafts('deep ')).toEqual(['outer']);
  });

  test('keeps the handle and its other clients out meanwhile (IB921)', async () => {
    await run(async (tx) => {
      const other = await new GuardedPool(tx).connect();
      await tx.client.query('begin');
      for (const call of [
        () => tx.query('select 1'),
        () => tx.transaction(async () => 1),
        () => other.query('select 1'),
        () => other.query('begin'),
        () => new GuardedPool(tx).query('select 1'),
      ]) {
        expect((await refusal(call)).code).toBe('IB921');
      }
      await tx.client.query('rollback');
      await tx.transaction(async (inner) => {
        expect((await refusal(() => tx.client.query('select 1'))).code).toBe('IB921');
        expect((await refusal(() => tx.client.query('begin'))).code).toBe('IB921');
        await inner.client.query('begin');
        await inner.client.query('commit');
      });
      await other.query('select 1');
    });
  });

  test('left open when the callback returns rolls everything back (IB921)', async () => {
    const error = await refusal(() =>
      run(async (tx) => {
        await tx.query(INSERT, draft('open outer'));
        await tx.client.query('begin');
        await tx.client.query(INSERT, draft('open inner'));
      }),
    );
    expect(error.code).toBe('IB921');
    expect(await drafts('open ')).toEqual([]);
  });

  test('that was handed in without waiting is carried out in order before the outer COMMIT', async () => {
    const answers: Promise<unknown>[] = [];
    await run(async ({ client }) => {
      answers.push(
        client.query('begin'),
        client.query(INSERT, draft('unawaited 1')),
        client.query('savepoint a'),
        client.query(INSERT, draft('unawaited 2')),
        client.query('rollback to a'),
        client.query('commit'),
        client.query(INSERT, draft('unawaited 3')),
      );
    });
    expect((await Promise.allSettled(answers)).map((answer) => answer.status)).toEqual(
      answers.map(() => 'fulfilled'),
    );
    expect(await drafts('unawaited ')).toEqual(['1', '3']);
  });

  test('inside a nested transaction of the handle is undone with it', async () => {
    await run(async (tx) => {
      await tx.query(INSERT, draft('inside outer'));
      await tx
        .transaction(async (inner) => {
          await inner.client.query('begin');
          await inner.client.query(INSERT, draft('inside inner'));
          await inner.client.query('commit');
          throw new Error('out');
        })
        .catch(() => undefined);
      await tx.client.query(INSERT, draft('inside after'));
    });
    expect(await drafts('inside ')).toEqual(['after', 'outer']);
  });

  test('through a pool needs a client of its own (IB995)', async () => {
    await run(async (tx) => {
      const shared = new GuardedPool(tx);
      expect((await refusal(() => shared.query('begin'))).code).toBe('IB995');
      await shared.end();
      expect((await shared.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    });
  });
});

describe('a transaction that waits for somebody longer than the server allows', () => {
  test('is ended by the server, commits nothing and costs the pool its client (IB922)', async () => {
    const hasty = fabric.pool('finance', {
      max: 1,
      options: '-c idle_in_transaction_session_timeout=50',
    });
    const admin = await connect(fabric.database.admin);
    const error = await refusal(() =>
      new TenantDb(hasty).transaction(fabric.acme.context, async (tx) => {
        await tx.query(INSERT, draft('waited'));
        const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
        const isThere = async () =>
          (await admin.query('select from pg_stat_activity where pid = $1', [rows[0]?.pid]))
            .rowCount === 1;
        while (await isThere()) await setImmediate();
        await tx.query('select 1');
      }),
    );
    expect([error.code, error.retryable]).toEqual(['IB922', true]);
    expect(hasty.totalCount).toBe(0);
    expect(await drafts('waited')).toEqual([]);
  });
});

describe('a guarded client kept beyond its callback', () => {
  test('is revoked, whether the transaction was committed or not (IB917)', async () => {
    const kept: Tx['client'][] = [];
    await run(async (tx) => {
      kept.push(tx.client);
      await tx.transaction(async (inner) => {
        kept.push(inner.client);
        await inner.client.query('select 1');
      });
    });
    await run(async (tx) => {
      kept.push(tx.client);
      await tx.client.query('begin');
      throw new Error('out');
    }).catch(() => undefined);
    expect(kept).toHaveLength(3);
    for (const client of kept) {
      for (const text of ['select 1', 'begin']) {
        expect((await refusal(() => client.query(text))).code).toBe('IB917');
      }
      client.release();
    }
    await setImmediate();
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  test('is not handed out any more (IB917)', async () => {
    const kept: Tx[] = [];
    await run(async (tx) => {
      kept.push(tx);
    });
    for (const tx of kept) expect((await refusal(() => tx.client)).code).toBe('IB917');
    expect(kept).toHaveLength(1);
  });
});
