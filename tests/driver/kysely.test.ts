import { sql } from 'kysely';
import type pg from 'pg';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { TenantDb, type TenantTransaction } from '../../driver/index.ts';
import { type KyselyDatabase, kyselyOn } from '../../driver/kysely.ts';
import type { FabricTables } from '../../driver/tenant-db.ts';
import { draftsAfter } from './support/drafts.ts';
import { type Fabric, openFabric } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';

type Tx = TenantTransaction<FabricTables>;

let fabric: Fabric;
let pool: pg.Pool;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
  pool = fabric.pool('finance');
  db = new TenantDb(pool);
});

const run = <T>(work: (tx: Tx) => Promise<T>) => db.transaction(fabric.acme.context, work);

const draft = (description: string) => ({
  tenant_id: fabric.acme.context.tenantId,
  company_id: fabric.acme.companyId,
  entry_date: '2026-05-01',
  description,
});

const drafts = (prefix: string) => draftsAfter(db, fabric.acme.context, prefix);

const tenantOf = async (tx: Tx) =>
  (await tx.query<{ tenant: string }>('select aibos.current_tenant_id() as tenant')).rows[0]
    ?.tenant;

/** Never called: the compiler reads it, and fails where a mistake is not one. */
async function compiled(tx: Tx): Promise<void> {
  const k = kyselyOn(tx);
  // @ts-expect-error no such table
  k.selectFrom('finance.nope');
  // @ts-expect-error no such column
  k.selectFrom('finance.accounts').select(['nope']);
  // @ts-expect-error the short name would follow the search_path
  k.selectFrom('accounts');
  // @ts-expect-error the tenant must be given
  k.insertInto('finance.companies').values({ code: 'x', name: 'x', functional_currency: 'USD' });
  // @ts-expect-error a row never changes its tenant
  k.updateTable('finance.companies').set({ tenant_id: 'x' });
  // @ts-expect-error the server stamps it
  k.updateTable('finance.journal_entries').set({ posted_at: 'x' });
  // @ts-expect-error shared by all tenants
  k.insertInto('config.currencies').values({ code: 'XXX', name: 'x', exponent: 2 });
  // @ts-expect-error shared by all tenants
  k.updateTable('config.currencies').set({ name: 'x' });
  // @ts-expect-error only the server writes the audit log
  k.insertInto('finance.audit_events').values({ action: 'x' });
  // @ts-expect-error a date is a string
  k.insertInto('finance.journal_drafts').values({ ...draft('x'), entry_date: new Date() });
  const row = await k.selectFrom('finance.journal_lines').selectAll().executeTakeFirstOrThrow();
  expectTypeOf(row.debit_cents).toEqualTypeOf<string>();
  expectTypeOf(row.memo).toEqualTypeOf<string | null>();
  const own = kyselyOn<{ invoices: { no: string } }>(tx);
  expectTypeOf(await own.selectFrom('invoices').select('no').execute()).toEqualTypeOf<
    { no: string }[]
  >();
  expectTypeOf<keyof KyselyDatabase<FabricTables>>().toEqualTypeOf<keyof FabricTables>();
}

describe('Kysely on a tenant transaction', () => {
  test('is typed by the tables of the transaction', () => {
    expectTypeOf(compiled).toBeFunction();
  });

  test('reads and writes rows of the tenant alone, as the driver reads them', async () => {
    await run(async (tx) => {
      const k = kyselyOn(tx);
      const made = await k
        .insertInto('finance.journal_drafts')
        .values(draft('plain'))
        .returning(['entry_date', 'description'])
        .executeTakeFirstOrThrow();
      expect(made).toEqual({ entry_date: '2026-05-01', description: 'plain' });
      const accounts = await k
        .selectFrom('finance.accounts as a')
        .innerJoin('finance.companies as c', (join) =>
          join.onRef('c.id', '=', 'a.company_id').onRef('c.tenant_id', '=', 'a.tenant_id'),
        )
        .select(['a.code', 'c.name as company'])
        .orderBy('a.code')
        .execute();
      expect(accounts).toEqual([
        { code: '1000', company: 'acme' },
        { code: '4000', company: 'acme' },
      ]);
      const changed = await k
        .updateTable('finance.accounts')
        .set({ name: 'Petty cash' })
        .where('code', '=', '1000')
        .executeTakeFirst();
      expect(changed.numUpdatedRows).toBe(1n);
      expect(await tx.select('accounts', ['name'], { code: '1000' })).toMatchObject({
        rows: [{ name: 'Petty cash' }],
      });
    });
    const { rows } = await db.select(fabric.globex.context, 'accounts', ['name'], { code: '1000' });
    expect(rows).toEqual([{ name: 'Cash' }]);
  });

  test('cannot write a row of another tenant (42501)', async () => {
    const error = await refusal(() =>
      run((tx) =>
        kyselyOn(tx)
          .insertInto('finance.journal_drafts')
          .values({ ...draft('foreign'), tenant_id: fabric.globex.context.tenantId })
          .execute(),
      ),
    );
    expect(error.code).toBe('42501');
  });

  test('nests its transaction(): kept when it returns, undone alone when it throws', async () => {
    await run(async (tx) => {
      const k = kyselyOn(tx);
      await k.transaction().execute(async (trx) => {
        await trx.insertInto('finance.journal_drafts').values(draft('nested kept')).execute();
      });
      const error = await refusal(() =>
        k.transaction().execute(async (trx) => {
          await trx.insertInto('finance.journal_drafts').values(draft('nested undone')).execute();
          await sql`select 1 / 0`.execute(trx);
        }),
      );
      expect(error.code).toBe('22012');
      expect(await tenantOf(tx)).toBe(fabric.acme.context.tenantId);
      await k.insertInto('finance.journal_drafts').values(draft('nested after')).execute();
    });
    expect(await drafts('nested ')).toEqual(['after', 'kept']);
  });

  test('commits nothing by itself: an outer error undoes what its transaction() kept', async () => {
    await expect(
      run(async (tx) => {
        await kyselyOn(tx)
          .transaction()
          .execute((trx) =>
            trx.insertInto('finance.journal_drafts').values(draft('outer lost')).execute(),
          );
        throw new Error('out');
      }),
    ).rejects.toThrow('out');
    expect(await drafts('outer ')).toEqual([]);
  });

  test('reports a transaction() that hid an error as undone (IB918)', async () => {
    await run(async (tx) => {
      const k = kyselyOn(tx);
      const error = await refusal(() =>
        k.transaction().execute(async (trx) => {
          await trx.insertInto('finance.journal_drafts').values(draft('hid inner')).execute();
          await sql`select 1 / 0`.execute(trx).catch(() => undefined);
        }),
      );
      expect(error.code).toBe('IB918');
      await k.insertInto('finance.journal_drafts').values(draft('hid after')).execute();
    });
    expect(await drafts('hid ')).toEqual(['after']);
  });

  test('steps back and forth by savepoints of a controlled transaction', async () => {
    await run(async (tx) => {
      const trx = await kyselyOn(tx).startTransaction().execute();
      await trx.insertInto('finance.journal_drafts').values(draft('steps 1')).execute();
      const step = await trx.savepoint('first').execute();
      await step.insertInto('finance.journal_drafts').values(draft('steps 2')).execute();
      await step.rollbackToSavepoint('first').execute();
      await step.insertInto('finance.journal_drafts').values(draft('steps 3')).execute();
      await step.releaseSavepoint('first').execute();
      await trx.commit().execute();
    });
    expect(await drafts('steps ')).toEqual(['1', '3']);
  });

  test('refuses a second transaction() and outer queries meanwhile, rather than mixing them (IB921)', async () => {
    await run(async (tx) => {
      const k = kyselyOn(tx);
      await k.transaction().execute(async (trx) => {
        const outer = k.selectFrom('finance.accounts').select('id');
        expect((await refusal(() => outer.execute())).code).toBe('IB921');
        expect((await refusal(() => k.transaction().execute(async () => 1))).code).toBe('IB921');
        await trx.selectFrom('finance.accounts').select('id').execute();
      });
      const both = await Promise.allSettled(
        ['1', '2'].map((n) =>
          k.transaction().execute(async (trx) => {
            await trx
              .insertInto('finance.journal_drafts')
              .values(draft(`both ${n}`))
              .execute();
          }),
        ),
      );
      expect(both).toMatchObject([
        { status: 'fulfilled' },
        { status: 'rejected', reason: { code: 'IB921' } },
      ]);
    });
    expect(await drafts('both ')).toEqual(['1']);
  });

  test('refuses an isolation level or access mode of its own (IB995)', async () => {
    await run(async (tx) => {
      const builder = kyselyOn(tx).transaction();
      for (const nested of [
        builder.setIsolationLevel('serializable'),
        builder.setAccessMode('read only'),
      ]) {
        expect((await refusal(() => nested.execute(async () => 1))).code).toBe('IB995');
      }
      await tx.query('select 1');
    });
  });

  test('refuses injected transaction control and settings (IB916)', async () => {
    await run(async (tx) => {
      const k = kyselyOn(tx);
      for (const text of [
        'commit; set role aibos_owner',
        `commit; select set_config('app.tenant_id', '${fabric.globex.context.tenantId}', true)`,
        'set local app.tenant_id = $1',
        'reset all',
      ]) {
        expect((await refusal(() => sql.raw(text).execute(k))).code).toBe('IB916');
        const nested = () => k.transaction().execute((trx) => sql.raw(text).execute(trx));
        expect((await refusal(nested)).code).toBe('IB916');
      }
      expect(await tenantOf(tx)).toBe(fabric.acme.context.tenantId);
    });
  });

  test('queues queries that overlap, inside its transaction() too', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    await run(async (tx) => {
      const k = kyselyOn(tx);
      const insert = (on: typeof k, n: number) =>
        on
          .insertInto('finance.journal_drafts')
          .values(draft(`queued ${n}`))
          .execute();
      await Promise.all([1, 2, 3].map((n) => insert(k, n)));
      await k.transaction().execute((trx) => Promise.all([4, 5, 6].map((n) => insert(trx, n))));
    });
    process.off('warning', listen);
    expect(warnings).toEqual([]);
    expect(await drafts('queued ')).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  test('streams page by page, with other statements in between', async () => {
    await run(async (tx) => {
      const k = kyselyOn(tx);
      const seen: string[] = [];
      for await (const row of k
        .selectFrom('finance.accounts')
        .select('code')
        .where('tenant_id', '=', fabric.acme.context.tenantId)
        .orderBy('code')
        .stream(1)) {
        seen.push(row.code);
        await tx.query('select 1');
      }
      expect(seen).toEqual(['1000', '4000']);
      for await (const row of k.selectFrom('finance.accounts').select('code').stream(1)) {
        expect(row.code).toMatch(/^\d{4}$/);
        break;
      }
      const open = await tx.query('select name from pg_cursors where name <> $1', ['']);
      expect(open.rows).toEqual([]);
    });
  });

  test('reports the error of a streamed query, not one of closing it', async () => {
    const error = await refusal(() =>
      run(async (tx) => {
        const k = kyselyOn(tx);
        const failing = k
          .selectFrom(sql<{ n: number }>`generate_series(1, 9)`.as('n'))
          .select(sql<number>`1 / (n - 3)`.as('x'));
        for await (const _ of failing.stream(2)) await tx.query('select 1');
      }),
    );
    expect(error.code).toBe('22012');
    await run(async (tx) => {
      const writing = kyselyOn(tx).selectFrom(sql<object>`(select 1); commit`.as('x')).selectAll();
      const refused = await refusal(async () => {
        for await (const _ of writing.stream()) expect.unreachable();
      });
      expect(refused.code).toBe('IB916');
      await tx.query('select 1');
    });
  });

  test('is revoked with its transaction (IB917)', async () => {
    const kept = await run(async (tx) => [kyselyOn(tx)]);
    for (const k of kept) {
      const query = k.selectFrom('finance.accounts').select('id');
      expect((await refusal(() => query.execute())).code).toBe('IB917');
      expect((await refusal(() => k.transaction().execute(async () => 1))).code).toBe('IB917');
      await k.destroy();
    }
    expect(pool.idleCount).toBe(pool.totalCount);
  });
});
