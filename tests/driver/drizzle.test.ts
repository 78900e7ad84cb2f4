import { DrizzleQueryError, eq, relations, sql } from 'drizzle-orm';
import { date, jsonb, pgSchema, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { drizzleOn } from '../../driver/drizzle.ts';
import { FabricError, TenantDb, type TenantTransaction } from '../../driver/index.ts';
import type { FabricTables } from '../../driver/tenant-db.ts';
import { connect } from '../support/clients.ts';
import { draftsAfter } from './support/drafts.ts';
import { type Fabric, openFabric } from './support/fabric.ts';

const finance = pgSchema('finance');
const companies = finance.table('companies', {
  id: uuid().primaryKey(),
  tenantId: uuid('tenant_id').notNull(),
  name: text().notNull(),
});
const accounts = finance.table('accounts', {
  id: uuid().primaryKey(),
  tenantId: uuid('tenant_id').notNull(),
  companyId: uuid('company_id').notNull(),
  code: text().notNull(),
  name: text().notNull(),
});
const drafts = finance.table('journal_drafts', {
  id: uuid().primaryKey().defaultRandom(),
  tenantId: uuid('tenant_id').notNull(),
  companyId: uuid('company_id').notNull(),
  entryDate: date('entry_date').notNull(),
  description: text().notNull(),
  // Drizzle names every column in an insert, so what the server writes is generated for it.
  createdAt: timestamp('created_at', { withTimezone: true })
    .notNull()
    .generatedAlwaysAs(sql`now()`),
});
const schema = {
  companies,
  accounts,
  accountsOf: relations(accounts, ({ one }) => ({
    company: one(companies, { fields: [accounts.companyId], references: [companies.id] }),
  })),
};

type Tx = TenantTransaction<FabricTables>;

let fabric: Fabric;
let pool: pg.Pool;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
  pool = fabric.pool('finance');
  db = new TenantDb(pool);
  const admin = await connect(fabric.database.admin);
  await admin.query(`
    create function public.cannot_serialize() returns void language plpgsql
      as $$ begin raise exception using errcode = '40001', message = 'could not serialize access'; end $$;
    grant usage on schema public to public;
    grant execute on function public.cannot_serialize() to public`);
});

const run = <T>(work: (tx: Tx) => Promise<T>) => db.transaction(fabric.acme.context, work);

const draft = (description: string) => ({
  tenantId: fabric.acme.context.tenantId,
  companyId: fabric.acme.companyId,
  entryDate: '2026-05-01',
  description,
});

const found = (prefix: string) => draftsAfter(db, fabric.acme.context, prefix);

const tenantOf = async (tx: Tx) =>
  (await tx.query<{ tenant: string }>('select aibos.current_tenant_id() as tenant')).rows[0]
    ?.tenant;

/** The code of the driver's error, whether Drizzle wrapped it or not. */
async function codeOf(call: () => PromiseLike<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    const reason = error instanceof DrizzleQueryError ? error.cause : error;
    if (reason instanceof FabricError) return reason.code;
    throw error;
  }
  throw new Error('not refused');
}

describe('Drizzle on a tenant transaction', () => {
  test('reads and writes rows of the tenant alone, by its own column types', async () => {
    await run(async (tx) => {
      const d = drizzleOn(tx, { schema });
      const [made] = await d.insert(drafts).values(draft('plain')).returning();
      expect(made).toMatchObject({ entryDate: '2026-05-01', description: 'plain' });
      expect(made?.createdAt).toBeInstanceOf(Date);
      expect(Math.abs((made?.createdAt?.getTime() ?? 0) - Date.now())).toBeLessThan(3_600_000);
      const joined = await d
        .select({ code: accounts.code, name: accounts.name, company: companies.name })
        .from(accounts)
        .innerJoin(companies, eq(companies.id, accounts.companyId))
        .orderBy(accounts.code);
      expect(joined).toEqual([
        { code: '1000', name: 'Cash', company: 'acme' },
        { code: '4000', name: 'Sales', company: 'acme' },
      ]);
      const related = await d.query.accounts.findMany({
        columns: { code: true },
        with: { company: { columns: { name: true } } },
        where: eq(accounts.code, '1000'),
      });
      expect(related).toEqual([{ code: '1000', company: { name: 'acme' } }]);
      expect(await d.$count(accounts)).toBe(2);
      const prepared = d
        .select({ code: accounts.code })
        .from(accounts)
        .where(eq(accounts.code, sql.placeholder('code')))
        .prepare('by_code');
      expect(await prepared.execute({ code: '4000' })).toEqual([{ code: '4000' }]);
      expect((await tx.query('select name from pg_prepared_statements')).rows).toEqual([]);
    });
  });

  test('takes JSON in both its shapes', async () => {
    const holder = finance.table('holder', { list: jsonb(), object: jsonb() });
    await run(async (tx) => {
      const d = drizzleOn(tx);
      const list = sql.param([1, { a: null }], holder.list);
      const object = sql.param({ b: [] }, holder.object);
      const { rows } = await d.execute(
        sql`select ${list}::jsonb as list, ${object}::jsonb as object`,
      );
      expect(rows).toEqual([{ list: [1, { a: null }], object: { b: [] } }]);
    });
  });

  test('cannot write a row of another tenant (42501)', async () => {
    const foreign = { ...draft('foreign'), tenantId: fabric.globex.context.tenantId };
    expect(await codeOf(() => run((tx) => drizzleOn(tx).insert(drafts).values(foreign)))).toBe(
      '42501',
    );
  });

  test('nests its transaction() and that of its transactions, each undone alone', async () => {
    await run(async (tx) => {
      const d = drizzleOn(tx);
      await d.transaction(async (one) => {
        await one.insert(drafts).values(draft('nested 1'));
        await one
          .transaction(async (two) => {
            await two.insert(drafts).values(draft('nested 2'));
            await two.execute(sql`select 1 / 0`);
          })
          .catch(() => undefined);
        await one.transaction(async (two) => {
          await two.insert(drafts).values(draft('nested 3'));
        });
      });
      const rolled = d.transaction(async (one) => {
        await one.insert(drafts).values(draft('nested 4'));
        one.rollback();
      });
      await expect(rolled).rejects.toThrow('Rollback');
      expect(await tenantOf(tx)).toBe(fabric.acme.context.tenantId);
      await d.insert(drafts).values(draft('nested 5'));
    });
    expect(await found('nested ')).toEqual(['1', '3', '5']);
  });

  test('commits nothing by itself: an outer error undoes what its transaction() kept', async () => {
    await expect(
      run(async (tx) => {
        await drizzleOn(tx).transaction(async (one) => {
          await one.insert(drafts).values(draft('outer lost'));
        });
        throw new Error('out');
      }),
    ).rejects.toThrow('out');
    expect(await found('outer ')).toEqual([]);
  });

  test('reports a transaction() that hid an error as undone (IB918)', async () => {
    await run(async (tx) => {
      const d = drizzleOn(tx);
      const hiding = () =>
        d.transaction(async (one) => {
          await one.insert(drafts).values(draft('hid inner'));
          await one.execute(sql`select 1 / 0`).catch(() => undefined);
        });
      expect(await codeOf(hiding)).toBe('IB918');
      await d.insert(drafts).values(draft('hid after'));
    });
    expect(await found('hid ')).toEqual(['after']);
  });

  test('refuses a second transaction() and outer queries meanwhile, rather than mixing them (IB921)', async () => {
    await run(async (tx) => {
      const d = drizzleOn(tx);
      await d.transaction(async (one) => {
        expect(await codeOf(() => d.select().from(accounts))).toBe('IB921');
        expect(await codeOf(() => d.transaction(async () => 1))).toBe('IB921');
        await one.select().from(accounts);
      });
    });
  });

  test('refuses an isolation level of its own (IB995)', async () => {
    await run(async (tx) => {
      const nested = () =>
        drizzleOn(tx).transaction(async () => 1, { isolationLevel: 'serializable' });
      expect(await codeOf(nested)).toBe('IB995');
      await tx.query('select 1');
    });
  });

  test('refuses injected transaction control and settings (IB916, IB995)', async () => {
    await run(async (tx) => {
      const d = drizzleOn(tx);
      const setTenant = `commit; select set_config('app.tenant_id', '${fabric.globex.context.tenantId}', true)`;
      expect(await codeOf(() => d.execute(sql.raw(setTenant)))).toBe('IB916');
      expect(await codeOf(() => d.execute(sql.raw('set role aibos_owner')))).toBe('IB916');
      expect(await codeOf(() => d.execute(sql`commit`))).toBe('IB995');
      expect(await tenantOf(tx)).toBe(fabric.acme.context.tenantId);
    });
  });

  test('has its values encoded by the driver (IB914)', async () => {
    await run(async (tx) => {
      const trap = { toPostgres: () => 'x' };
      expect(await codeOf(() => drizzleOn(tx).execute(sql`select ${trap}`))).toBe('IB914');
    });
  });

  test('queues queries that overlap, inside its transaction() too', async () => {
    await run(async (tx) => {
      const d = drizzleOn(tx);
      await Promise.all([1, 2].map((n) => d.insert(drafts).values(draft(`queued ${n}`))));
      await d.transaction(async (one) => {
        await Promise.all([3, 4].map((n) => one.insert(drafts).values(draft(`queued ${n}`))));
      });
    });
    expect(await found('queued ')).toEqual(['1', '2', '3', '4']);
  });

  test('is revoked with its transaction (IB917)', async () => {
    const kept = await run(async (tx) => [drizzleOn(tx)]);
    for (const d of kept) {
      expect(await codeOf(() => d.select().from(accounts))).toBe('IB917');
      expect(await codeOf(() => d.transaction(async () => 1))).toBe('IB917');
    }
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  test('has its callback run again after a serialization failure (40001), though the error comes wrapped', async () => {
    let runs = 0;
    const work = async (tx: Tx) => {
      runs += 1;
      if (runs === 1) await drizzleOn(tx).execute(sql`select public.cannot_serialize()`);
      return runs;
    };
    expect(await db.transaction(fabric.acme.context, work, { retries: 1 })).toBe(2);
    runs = 0;
    await expect(db.transaction(fabric.acme.context, work)).rejects.toBeInstanceOf(
      DrizzleQueryError,
    );
  });
});
