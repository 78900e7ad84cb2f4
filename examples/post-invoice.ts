import pg from 'pg';
import { FabricError, TenantDb } from '../driver/index.ts'; // from '@aibos/data-fabric' in your own project

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const db = new TenantDb(pool);
const context = {
  tenantId: process.env.TENANT_ID ?? '',
  userId: process.env.USER_ID ?? '',
  requestId: 'invoice-2026-104',
  reason: 'monthly invoicing',
};

const { rows: accounts } = await db.select(context, 'accounts', ['id', 'company_id', 'code'], {
  code: { in: ['1200', '4000'] },
});
const account = (code: string) => accounts.find((row) => row.code === code);

// One call, one round trip: posted as a whole or refused as a whole, and the same key never books twice.
const post = (key: string, debit: number, credit: number) =>
  db.query(context, 'select entry_id, outcome from finance.post_journals($1::jsonb)', [
    JSON.stringify([
      {
        company_id: account('1200')?.company_id,
        entry_date: '2026-04-03',
        description: 'Invoice 2026-104',
        idempotency_key: key,
        lines: [
          { account_id: account('1200')?.id, currency: 'USD', debit_cents: debit },
          { account_id: account('4000')?.id, currency: 'USD', credit_cents: credit },
        ],
      },
    ]),
  ]);

console.log((await post('invoice-2026-104', 125000, 125000)).rows);

// An error arrives with its code, detail and hint; branch on the code.
try {
  await post('invoice-2026-105', 125000, 124999);
} catch (error) {
  if (!(error instanceof FabricError)) throw error;
  console.log(`${error.code} ${error.message}: ${error.detail}`);
}
await pool.end();
