import type pg from 'pg';
import { TenantDb } from '../../driver/index.ts';

interface Context {
  readonly tenantId: string;
}

/** A driver as one would write it in a hurry: the tenant is set for the session, COMMIT is believed, handles stay usable. */
export function carelessDb(pool: pg.Pool): TenantDb {
  const enter = (client: pg.PoolClient, { tenantId }: Context) =>
    client.query("select set_config('app.tenant_id', $1, false)", [tenantId]);
  const careless = {
    query: async (context: Context, text: string, values: unknown[] = []) => {
      const client = await pool.connect();
      const notices: string[] = [];
      client.on('notice', ({ message = '' }) => notices.push(message));
      try {
        await enter(client, context);
        return { ...(await client.query(text, values)), notices };
      } finally {
        client.release();
      }
    },
    transaction: async (context: Context, work: (tx: object) => Promise<unknown>) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await enter(client, context);
        const result = await work({ query: (text: string) => client.query(text) });
        await client.query('commit');
        return result;
      } finally {
        client.release();
      }
    },
  };
  return Object.assign(Object.create(TenantDb.prototype), careless);
}
