import type { DrizzleConfig } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { GuardedPool, type GuardedSource } from './guarded-pool.ts';

/**
 * Drizzle on a tenant transaction: its queries run there, its `transaction()` is a savepoint there, and after the callback it is
 * revoked (IB917). Rows are read by Drizzle's own column types. Its DrizzleQueryError has the FabricError as `cause`.
 * @example
 * await db.transaction(ctx, async (tx) => {
 *   const rows = await drizzleOn(tx, { schema }).select().from(schema.invoices);
 * });
 */
export function drizzleOn<Schema extends Record<string, unknown> = Record<string, never>>(
  tx: GuardedSource,
  config: DrizzleConfig<Schema> = {},
): NodePgDatabase<Schema> {
  // Drizzle tells a pool from a client by the name of its class, and takes a client of its own per transaction from a pool.
  const pool: unknown = new GuardedPool(tx);
  return drizzle({ ...config, client: pool as pg.Pool });
}
