import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { type ConnectedLedger, connectLedger } from '../../driver/import/connection.ts';
import { type ImportOptions, importJournal } from '../../driver/import/importer.ts';
import type { ImportReport } from '../../driver/import/report.ts';
import { connectionUrl } from '../support/clients.ts';
import type { TestDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';

/** A tenant with one company, MAIN, and nothing else. */
export interface Stage {
  readonly database: TestDatabase;
  readonly tenantId: string;
  readonly userId: string;
  readonly slug: string;
  /** A login of aibos_finance_role. */
  readonly url: string;
}

/** The folder of the sample books that the repository ships. */
export const exampleBooks = path.join(import.meta.dirname, '../../examples/books');

/** Makes a tenant with a company, as the administrator of the application. */
export async function stageTenant(
  database: TestDatabase,
  options: { readonly currency?: string; readonly companies?: readonly string[] } = {},
): Promise<Stage> {
  const [tenantId, userId] = [randomUUID(), randomUUID()];
  const slug = `tenant-${tenantId.slice(0, 8)}`;
  await withClient(database.login('admin'), async (client) => {
    await client.query('begin');
    await client.query(
      "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)",
      [tenantId, userId],
    );
    await client.query('insert into kernel.tenants (id, name, slug) values ($1, $2, $2)', [
      tenantId,
      slug,
    ]);
    for (const code of options.companies ?? ['MAIN']) {
      await client.query(
        `insert into finance.companies (tenant_id, code, name, functional_currency)
         values ($1, $2, $2, $3)`,
        [tenantId, code, options.currency ?? 'USD'],
      );
    }
    await client.query('commit');
  });
  return { database, tenantId, userId, slug, url: connectionUrl(database.login('finance')) };
}

/** Connects the way the command does and closes whatever happens. */
export async function withLedger<T>(
  stage: Stage,
  work: (connected: ConnectedLedger) => Promise<T>,
): Promise<T> {
  const { url, tenantId: tenant, userId } = stage;
  const requestId = randomUUID();
  const connected = await connectLedger({ url, tenant, userId, requestId, reason: 'import test' });
  try {
    return await work(connected);
  } finally {
    await connected.close();
  }
}

/** Imports a file into company MAIN. */
export async function importFile(
  stage: Stage,
  file: string,
  options: Partial<ImportOptions> = {},
): Promise<ImportReport> {
  const rest = {
    file: path.basename(file),
    format: 'hledger-csv',
    company: 'MAIN',
    ...options,
  } as const;
  return withLedger(stage, ({ ledger }) => importJournal(createReadStream(file), ledger, rest));
}

/** Runs one statement as the superuser, in the context of the tenant, and returns its rows. */
export async function asSuperuser<R extends object>(
  stage: Stage,
  sql: string,
  params: readonly unknown[] = [stage.tenantId],
): Promise<R[]> {
  return withClient(stage.database.admin, async (client) => {
    await client.query('begin');
    await client.query(
      "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)",
      [stage.tenantId, stage.userId],
    );
    const { rows } = await client.query<R>(sql, [...params]);
    await client.query('commit');
    return rows;
  });
}

/** Sum of lines per account code and currency, in minor units. */
export async function sumsOf(stage: Stage): Promise<Record<string, Record<string, bigint>>> {
  const rows = await asSuperuser<{ code: string; currency: string; sum: string }>(
    stage,
    `select a.code, l.currency, (sum(l.debit_cents) - sum(l.credit_cents))::text as sum
     from finance.journal_lines l
     join finance.accounts a on a.tenant_id = l.tenant_id and a.id = l.account_id
     where l.tenant_id = $1 group by a.code, l.currency`,
    [stage.tenantId],
  );
  const sums: Record<string, Record<string, bigint>> = {};
  for (const { code, currency, sum } of rows) {
    sums[code] = { ...sums[code], [currency]: BigInt(sum) };
  }
  return sums;
}

/** How many rows of each kind the tenant has. */
export async function countsOf(stage: Stage): Promise<Record<string, number>> {
  const [row] = await asSuperuser<Record<string, number>>(
    stage,
    `select
       (select count(*)::int from finance.journal_entries where tenant_id = $1) as entries,
       (select count(*)::int from finance.journal_lines where tenant_id = $1) as lines,
       (select count(*)::int from finance.accounts where tenant_id = $1) as accounts,
       (select count(*)::int from finance.fiscal_periods where tenant_id = $1) as periods`,
    [stage.tenantId],
  );
  return row ?? {};
}
