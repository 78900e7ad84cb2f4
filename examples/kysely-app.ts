// An invoicing service for many tenants, on Kysely: GET /accounts, GET /trial-balance, POST /invoices with an Idempotency-Key.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { z } from 'zod';
// from '@aibos/data-fabric' and '@aibos/data-fabric/kysely' in your own project
import { FabricError, type FabricTables, type TenantContext, TenantDb } from '../driver/index.ts';
import { type KyselyDatabase, kyselyOn } from '../driver/kysely.ts';

// A toy: {"token": ["tenant", "user"]}. Authenticate for real here, and take the ids from nothing else.
const contexts = new Map<string, TenantContext>();
for (const [token, ids] of Object.entries<string[]>(JSON.parse(process.env.TOKENS ?? '{}'))) {
  contexts.set(`Bearer ${token}`, { tenantId: ids[0] ?? '', userId: ids[1] ?? '' });
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
pool.on('error', (error) => console.error('an idle connection was lost:', error.message));
const db = new TenantDb(pool);

type Database = Kysely<KyselyDatabase<FabricTables>>;
const invoice = z.object({
  date: z.iso.date(),
  number: z.string(),
  lines: z.array(z.object({ account: z.string(), debit: z.int(), credit: z.int() })),
});

async function postInvoice(k: Database, key: unknown, body: unknown) {
  const { date, number, lines } = invoice.parse(body);
  const accounts = await k
    .selectFrom('finance.accounts as a')
    .innerJoin('finance.companies as c', 'c.id', 'a.company_id')
    .select(['a.id', 'a.code', 'a.company_id', 'c.functional_currency as currency'])
    .where('c.code', '=', 'main')
    .execute();
  const entry = {
    company_id: accounts[0]?.company_id,
    entry_date: date,
    description: `Invoice ${number}`,
    idempotency_key: z.string().min(1).parse(key),
    lines: lines.map(({ account, debit, credit }) => ({
      account_id: accounts.find((row) => row.code === account)?.id,
      currency: accounts[0]?.currency,
      debit_cents: debit,
      credit_cents: credit,
    })),
  };
  const posted = sql`select entry_id as id, outcome
    from finance.post_journals(${JSON.stringify([entry])}::jsonb)`;
  return (await posted.execute(k)).rows[0];
}

const balances = sql`select code, currency, balance_cents from finance.v_trial_balance order by code`;

// Nothing in these names a tenant: the transaction carries it.
const routes = new Map<string, (k: Database, key: unknown, body: unknown) => Promise<unknown>>([
  ['POST /invoices', postInvoice],
  [
    'GET /accounts',
    (k) => k.selectFrom('finance.accounts').select(['code', 'name']).orderBy('code').execute(),
  ],
  ['GET /trial-balance', async (k) => (await balances.execute(k)).rows],
]);

/** What the caller can do about it: 403 nothing, 409 look at the books, 422 correct the request, 503 try again. */
function statusOf(error: unknown): number {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 422;
  if (!(error instanceof FabricError)) return 500;
  if (error.retryable) return 503;
  if (error.code === '42501') return 403;
  if (/^(?:IB207|IB80)/.test(error.code)) return 409;
  return /^(?:22|23|IB2)/.test(error.code) ? 422 : 500;
}

const server = createServer(async (request, response) => {
  const answer = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const context = contexts.get(request.headers.authorization ?? '');
  const route = routes.get(`${request.method} ${request.url}`);
  if (context === undefined) return answer(401, { message: 'who are you?' });
  if (route === undefined) return answer(404, { message: 'there is no such thing' });
  try {
    // The body is here before the transaction begins: nothing waits for the caller inside.
    const body = request.method === 'POST' ? await json(request) : undefined;
    const key = request.headers['idempotency-key'];
    return answer(200, await db.transaction(context, (tx) => route(kyselyOn(tx), key, body)));
  } catch (error) {
    const status = statusOf(error);
    if (status === 500) console.error(error);
    const { code, message, hint } = error instanceof FabricError ? error : new FabricError('', '');
    return answer(status, status === 500 ? {} : { code, message, hint });
  }
});
server.listen(Number(process.env.PORT ?? 0), () => console.log(JSON.stringify(server.address())));
process.once('SIGTERM', () => server.close(() => pool.end()));
