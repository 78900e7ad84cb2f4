import pg from 'pg';
import { TenantDb, type TenantDbOptions } from '../../../driver/index.ts';
import { accountId, accountsPerTenant, tenantId, tenants, userId } from '../books.ts';
import type { Draw } from '../random.ts';
import { openRelay } from '../trips.ts';
import type { Comparison, Session, Variant } from '../variant.ts';
import { pidOf } from '../wire.ts';

/** One select through TenantDb against the same through `pg` alone, with 1 and 8 connections. */
export function driverComparisons(scale: number): readonly Comparison[] {
  return [1, 8].map((clients) => ({
    row: 'driver',
    title: `one select, ${clients} ${clients === 1 ? 'connection' : 'connections'}`,
    clients,
    transactions: Math.ceil(4000 * scale),
    synchronousCommit: 'off' as const,
    writes: false,
    prepare: ['vacuum analyze finance.accounts', 'vacuum analyze bench_a.accounts'],
    variants: [
      raw('pg', 'client.query with values, a table without policies, an explicit predicate'),
      driven('TenantDb', clients === 1 ? 0.85 : 0.8),
      driven('TenantDb, prepared', clients === 1 ? 0.85 : 0.8, { prepare: true }),
    ],
  }));
}

/** The same with a network between: half a millisecond each way. */
export function networkComparisons(scale: number): readonly Comparison[] {
  return driverComparisons(scale).map((comparison) => ({
    ...comparison,
    row: 'driver-network',
    title: `${comparison.title}, 1 ms of network`,
    transactions: Math.ceil(comparison.transactions / 4),
    variants: comparison.variants.map((variant) => ({
      ...overNetwork(variant, 0.5),
      ...(variant.against === undefined
        ? {}
        : { against: variant.against.map((measure) => ({ ...measure, hold: 0.95 })) }),
    })),
  }));
}

/** The variant through a relay that holds every packet back, a relay for each connection. */
function overNetwork(variant: Variant, delayMs: number): Variant {
  return {
    ...variant,
    open: async (config) => {
      // A client resolves a connection URL into host and port without connecting.
      const { host, port } = new pg.Client(config);
      const relay = await openRelay(host, port, delayMs);
      const session = await variant.open({ ...config, host: '127.0.0.1', port: relay.port });
      return {
        ...session,
        close: async () => {
          await session.close();
          await relay.close();
        },
      };
    },
  };
}

function raw(name: string, summary: string): Variant {
  return {
    name,
    summary,
    open: async (config) => {
      const { pool, pid } = await openPool(config);
      return sessionOf(pool, pid, async (draw) => {
        const { tenant, account } = drawAccount(draw);
        const { rows } = await pool.query(
          'select id, code, name from bench_a.accounts where tenant_id = $1 and id = $2',
          [tenantId(tenant), account],
        );
        assertOne(rows);
      });
    },
  };
}

function driven(name: string, hold: number, options: TenantDbOptions = {}): Variant {
  const how = options.prepare === true ? ', both prepared by name' : '';
  return {
    name,
    summary: `TenantDb.select under RLS, context and statement in one round trip${how}`,
    against: [{ variant: 'pg', hold }],
    open: async (config) => {
      const { pool, pid } = await openPool(config);
      const db = new TenantDb(pool, options);
      return sessionOf(pool, pid, async (draw) => {
        const { tenant, account } = drawAccount(draw);
        const { rows } = await db.select(
          { tenantId: tenantId(tenant), userId },
          'finance.accounts',
          ['id', 'code', 'name'],
          { id: account },
        );
        assertOne(rows);
      });
    },
  };
}

/** A pool of one connection, which is what one client of the bench is. */
async function openPool(config: pg.ClientConfig): Promise<{ pool: pg.Pool; pid: number }> {
  const pool = new pg.Pool({ ...config, max: 1, idleTimeoutMillis: 0 });
  return { pool, pid: await pidOf(pool) };
}

function sessionOf(pool: pg.Pool, pid: number, run: (draw: Draw) => Promise<void>): Session {
  return { pid, run, close: () => pool.end() };
}

function drawAccount(draw: Draw): { readonly tenant: number; readonly account: string } {
  const tenant = draw(tenants);
  return { tenant, account: accountId(tenant, draw(accountsPerTenant)) };
}

function assertOne(rows: readonly unknown[]): void {
  if (rows.length !== 1) throw new Error(`expected one account, found ${rows.length}`);
}
