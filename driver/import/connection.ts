import pg from 'pg';
import type { TenantContext } from '../context.ts';
import type { ContextKey } from '../context-key.ts';
import { TenantDb } from '../tenant-db.ts';
import { errorFacts, ImportError } from './errors.ts';
import type { Ledger } from './ledger.ts';
import { createLedger, MAX_CALL_LENGTH } from './tenant-ledger.ts';

/** Where an import books and in whose name. */
export interface ImportConnection {
  readonly url: string;
  /** Tenant by UUID, or by short name. */
  readonly tenant: string;
  readonly userId: string;
  readonly requestId: string;
  readonly reason: string;
  /** Signs the context; without it the context is sent unsigned. */
  readonly contextKey?: ContextKey;
}

/** A tenant of the database on a connection of its own. */
export interface ConnectedTenant {
  readonly tenantId: string;
  readonly db: TenantDb;
  readonly context: Required<TenantContext>;
  close(): Promise<void>;
}

/** A ledger on a connection of its own. */
export interface ConnectedLedger {
  readonly tenantId: string;
  readonly ledger: Ledger;
  close(): Promise<void>;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Connects to the books of a tenant.
 * @throws ImportError IB958 for a tenant that cannot be found, IB959 for a user or URL that is none; the connection's error.
 */
export async function connectLedger(connection: ImportConnection): Promise<ConnectedLedger> {
  const { tenantId, db, context, close } = await connectTenant(connection, 'aibos journal import');
  return { tenantId, ledger: createLedger(db, context), close };
}

/**
 * Connects to a tenant under an application name.
 * @throws ImportError IB958 for a tenant that cannot be found, IB959 for a user or URL that is none; the connection's error.
 */
export async function connectTenant(
  connection: ImportConnection,
  application: string,
): Promise<ConnectedTenant> {
  if (!/^postgres(ql)?:\/\//i.test(connection.url)) {
    const hint = 'Give --url or DATABASE_URL as postgresql://user@host:port/database.';
    throw new ImportError('IB959', 'the database URL is not one of PostgreSQL', hint);
  }
  if (!UUID.test(connection.userId)) {
    const hint = 'Give --user or AIBOS_USER_ID the UUID of the acting user.';
    throw new ImportError('IB959', `user "${connection.userId}" is not a UUID`, hint);
  }
  const { url: connectionString, userId, requestId, reason, contextKey } = connection;
  const pool = new pg.Pool({ connectionString, max: 1, application_name: application });
  pool.on('error', () => {});
  try {
    const tenantId = await tenantIdOf(pool, connection.tenant);
    const db = new TenantDb(pool, {
      maxValueLength: MAX_CALL_LENGTH,
      ...(contextKey === undefined ? {} : { contextKey }),
    });
    const context = { tenantId, userId, requestId, reason };
    return { tenantId, db, context, close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function tenantIdOf(pool: pg.Pool, tenant: string): Promise<string> {
  if (UUID.test(tenant)) return tenant.toLowerCase();
  const sql = 'select t.tenant_id from aibos.tenant_registry t where t.slug = $1';
  const hint = 'Give --tenant the UUID of the tenant.';
  try {
    const { rows } = await pool.query<{ tenant_id: string }>(sql, [tenant]);
    if (rows[0] !== undefined) return rows[0].tenant_id;
  } catch (cause) {
    if (errorFacts(cause).code !== '42501') throw cause;
    const message = `this login may not look up tenant "${tenant}" by its short name`;
    throw new ImportError('IB958', message, hint, { cause });
  }
  throw new ImportError('IB958', `there is no tenant "${tenant}"`, hint);
}
