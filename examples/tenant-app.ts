// A petty-cash service for many tenants: GET /accounts, GET /trial-balance, POST /journals with an Idempotency-Key.
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import pg from 'pg';
import { z } from 'zod';
// from '@aibos/data-fabric' in your own project
import { type BrandedContext, FabricError, TenantDb, tenantId, userId } from '../driver/index.ts';

// A toy: {"token": ["tenant", "user"]}. Authenticate for real here, and take the ids from nothing else.
const contexts = new Map<string, BrandedContext>();
for (const [token, ids] of Object.entries<string[]>(JSON.parse(process.env.TOKENS ?? '{}'))) {
  contexts.set(`Bearer ${token}`, { tenantId: tenantId(ids[0]), userId: userId(ids[1]) });
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
pool.on('error', (error) => console.error('an idle connection was lost:', error.message));
const db = new TenantDb(pool, { branded: true });

const amount = z.int().optional();
const journal = z.object({
  date: z.iso.date(),
  description: z.string(),
  lines: z.array(z.object({ account: z.string(), debit: amount, credit: amount })),
});

async function post(context: BrandedContext, request: IncomingMessage) {
  const idempotencyKey = z.string().min(1).parse(request.headers['idempotency-key']);
  const { date, description, lines } = journal.parse(await json(request));
  // The body is here before the transaction begins: nothing waits for the caller inside.
  return db.transaction(context, async (tx) => {
    const companies = await tx.select('companies', ['id', 'functional_currency'], { code: 'main' });
    const accounts = await tx.select('accounts', ['id', 'code'], {
      company_id: companies.rows[0]?.id ?? '',
      code: { in: lines.map((line) => line.account) },
    });
    const entry = {
      companyId: companies.rows[0]?.id ?? '',
      entryDate: date,
      description,
      idempotencyKey,
      lines: lines.map(({ account, debit, credit }) => ({
        accountId: accounts.rows.find((row) => row.code === account)?.id ?? '',
        currency: companies.rows[0]?.functional_currency ?? '',
        debitCents: debit ?? null,
        creditCents: credit ?? null,
      })),
    };
    const posted: unknown[] = [];
    for await (const { id, outcome } of tx.postJournals([entry])) posted.push({ id, outcome });
    return posted[0];
  });
}

const BALANCES = 'select code, currency, balance_cents from finance.v_trial_balance order by code';
type Route = (context: BrandedContext, request: IncomingMessage) => Promise<unknown>;
const routes = new Map<string, Route>([
  ['POST /journals', post],
  ['GET /trial-balance', async (context) => (await db.query(context, BALANCES)).rows],
  [
    'GET /accounts',
    async (context) =>
      (await db.select(context, 'accounts', ['code', 'name'], {}, { orderBy: ['code'] })).rows,
  ],
]);

/** What the caller can do about it: 403 nothing, 409 look at the books, 422 correct the request, 503 try again. */
function statusOf(error: unknown): number {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 422;
  if (!(error instanceof FabricError)) return 500;
  if (error.retryable) return 503;
  if (error.code === '42501') return 403;
  if (/^(?:IB207|IB80)/.test(error.code)) return 409;
  return /^(?:22|23|IB2|IB91|IB926)/.test(error.code) ? 422 : 500;
}

const server = createServer(async (request, response) => {
  const answer = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const context = contexts.get(request.headers.authorization ?? '');
  const route = routes.get(`${request.method} ${request.url}`);
  if (context === undefined) return answer(401, { message: 'who are you?' });
  if (route === undefined) return answer(404, { message: 'there is no such thing' });
  try {
    return answer(200, await route(context, request));
  } catch (error) {
    const status = statusOf(error);
    if (status === 500) console.error(error);
    const { code, message, hint } = error instanceof FabricError ? error : new FabricError('', '');
    return answer(status, status === 500 ? {} : { code, message, hint });
  }
});
server.listen(Number(process.env.PORT ?? 0), () => console.log(JSON.stringify(server.address())));
process.once('SIGTERM', () => server.close(() => pool.end()));
