import type pg from 'pg';
import { TenantDb } from '../../../driver/index.ts';
import { openPool, openTenant, type Tenant } from '../../driver/support/fabric.ts';
import { openDatabase, type TestDatabase } from '../../support/database.ts';
import type { TestLogin } from '../../support/logins.ts';
import type { Ini } from './ini.ts';
import { openPooler, type Pooler } from './pgbouncer.ts';

/** A database with the fabric and four tenants behind a PgBouncer in transaction mode. */
export interface Pooled {
  readonly database: TestDatabase;
  readonly tenants: readonly Tenant[];
  readonly pooler: Pooler;
  /** How a login connects through the pooler. */
  login(name: TestLogin): pg.ClientConfig;
  /** A pool of the application, through the pooler. */
  pool(options?: pg.PoolConfig): pg.Pool;
}

/** Opens the four tenants and starts the pooler with the settings of docker/pgbouncer.ini and `changes`. */
export async function openPooled(changes: Ini = {}): Promise<Pooled> {
  const database = await openDatabase();
  const tenants = await openTenants(database.login('admin'));
  const pooler = await openPooler(database.admin, changes);
  const login = (name: TestLogin) => pooler.config(database.login(name));
  return {
    database,
    tenants,
    pooler,
    login,
    pool: (options = {}) => openPool({ ...login('finance'), max: 10, ...options }),
  };
}

/** Makes four tenants through the driver, as a login of aibos_admin. */
export async function openTenants(admin: pg.ClientConfig): Promise<readonly Tenant[]> {
  const pool = openPool({ ...admin, max: 1 });
  const db = new TenantDb(pool);
  const tenants: Tenant[] = [];
  for (const slug of ['acme', 'globex', 'initech', 'umbrella']) {
    tenants.push(await openTenant(db, slug));
  }
  return tenants;
}
