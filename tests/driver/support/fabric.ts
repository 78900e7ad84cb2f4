import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll } from 'vitest';
import { TenantDb } from '../../../driver/index.ts';
import type { Major } from '../../../driver/server/index.ts';
import { openDatabase, type TestDatabase } from '../../support/database.ts';
import type { TestLogin } from '../../support/logins.ts';

/** A tenant with one company and the accounts 1000 Cash and 4000 Sales. */
export interface Tenant {
  readonly context: { readonly tenantId: string; readonly userId: string };
  readonly companyId: string;
  readonly cash: string;
  readonly sales: string;
}

/** A database with the fabric and two tenants, and pools into it. */
export interface Fabric {
  readonly database: TestDatabase;
  readonly acme: Tenant;
  readonly globex: Tenant;
  pool(login: TestLogin, options?: pg.PoolConfig): pg.Pool;
}

const pools = new Set<pg.Pool>();

afterAll(async () => {
  await Promise.all([...pools].map((pool) => (pool.ending ? undefined : pool.end())));
  pools.clear();
});

/** A pool that is ended with the test file. */
export function openPool(options: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(options);
  // Connections that a test cuts die in the pool; that is what the tests are about.
  pool.on('error', () => {});
  pools.add(pool);
  return pool;
}

/** Opens a database on a server, the newest unless told otherwise, and makes the tenants through the driver. */
export async function openFabric(major?: Major): Promise<Fabric> {
  const database = await openDatabase(major === undefined ? {} : { major });
  const pool = (login: TestLogin, options: pg.PoolConfig = {}) =>
    openPool({ ...database.login(login), max: 4, ...options });
  const admin = new TenantDb(pool('admin'));
  const [acme, globex] = [await openTenant(admin, 'acme'), await openTenant(admin, 'globex')];
  return { database, acme, globex, pool };
}

/** Makes a tenant with one company, two accounts and the year 2026. */
export async function openTenant(admin: TenantDb, slug: string): Promise<Tenant> {
  const context = { tenantId: randomUUID(), userId: randomUUID() };
  return admin.transaction(context, async (tx) => {
    await tx.insert('tenants', { name: slug, slug });
    const company = await tx.insert(
      'companies',
      { code: 'main', name: slug, functional_currency: 'USD' },
      { returning: ['id'] },
    );
    const companyId = company.rows[0]?.id ?? '';
    const accounts = await tx.insert(
      'accounts',
      [
        { company_id: companyId, code: '1000', name: 'Cash', account_type: 'asset' },
        { company_id: companyId, code: '4000', name: 'Sales', account_type: 'income' },
      ],
      { returning: ['id', 'code'] },
    );
    await tx.query('select finance.open_fiscal_year($1, $2)', [companyId, '2026-01-01']);
    const idOf = (code: string) => accounts.rows.find((row) => row.code === code)?.id ?? '';
    return { context, companyId, cash: idOf('1000'), sales: idOf('4000') };
  });
}
