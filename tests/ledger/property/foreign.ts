import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Book } from '../books.ts';
import type { ModelLine } from './model.ts';
import { rates } from './rates.ts';
import type { AccountType } from './world.ts';

/** A line of a company that keeps amounts in the functional currency beside those in others. */
export interface ForeignLine extends ModelLine {
  readonly baseDebit: bigint | null;
  readonly baseCredit: bigint | null;
}

/** An entry of that company. */
export interface ForeignEntry {
  readonly id: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly description: string;
  readonly lines: readonly ForeignLine[];
  readonly reverses: string | null;
  /** Number of the transaction that posted it. */
  readonly knownFrom: number;
}

/** The accounts of that company, in the order of their codes, with their types. */
export const foreignTypes = {
  bank: 'asset',
  capital: 'equity',
  debts: 'liability',
  fees: 'expense',
  gains: 'income',
  losses: 'expense',
  sales: 'income',
} as const satisfies Readonly<Record<string, AccountType>>;

/** The name of one of them. */
export type ForeignAccount = keyof typeof foreignTypes;

/** A company of the tenant in euros that wants base amounts by the rates of one source. */
export interface ForeignWorld {
  readonly book: Pick<Book, 'tenantId' | 'companyId'>;
  readonly accounts: Readonly<Record<ForeignAccount, string>>;
  readonly chart: ReadonlyMap<string, { readonly type: AccountType; readonly parent: null }>;
  /** Ids of the twelve periods, in order. */
  readonly periods: readonly string[];
}

/** Makes the company, in a transaction of an administrator that has the tenant in context. */
export async function openForeign(admin: pg.Client, { tenantId }: Book): Promise<ForeignWorld> {
  const companyId = randomUUID();
  const accounts = {
    ...{ bank: randomUUID(), capital: randomUUID(), debts: randomUUID(), fees: randomUUID() },
    ...{ gains: randomUUID(), losses: randomUUID(), sales: randomUUID() },
  };
  await admin.query(
    `insert into finance.companies (tenant_id, id, code, name, functional_currency, requires_base_amounts, fx_source)
     values ($1, $2, 'foreign', 'Foreign', 'EUR', true, 'TEST')`,
    [tenantId, companyId],
  );
  await admin.query(
    `insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
     select $1, a.id, $2, a.name, a.name, a.type from unnest($3::uuid[], $4::text[], $5::text[]) as a (id, name, type)`,
    [
      tenantId,
      companyId,
      Object.values(accounts),
      Object.keys(accounts),
      Object.values(foreignTypes),
    ],
  );
  await admin.query(
    'update finance.companies set fx_gain_account_id = $3, fx_loss_account_id = $4 where tenant_id = $1 and id = $2',
    [tenantId, companyId, accounts.gains, accounts.losses],
  );
  await admin.query('select finance.open_fiscal_year($1, $2)', [companyId, '2026-01-01']);
  await admin.query(
    `insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
     select $1, r.base, r.quote, r.rate, 'TEST', r.first, r.last
     from jsonb_to_recordset($2) as r (base text, quote text, rate numeric, first date, last date)`,
    [
      tenantId,
      JSON.stringify(rates.map(({ from, to, ...rate }) => ({ ...rate, first: from, last: to }))),
    ],
  );
  const { rows } = await admin.query<{ id: string }>(
    'select p.id from finance.fiscal_periods p where p.tenant_id = $1 and p.company_id = $2 order by p.starts_on',
    [tenantId, companyId],
  );
  const names = Object.keys(foreignTypes) as readonly ForeignAccount[];
  const chart = new Map(
    names.map((name) => [accounts[name], { type: foreignTypes[name], parent: null }] as const),
  );
  const book = { tenantId, companyId };
  return { book, accounts, chart, periods: rows.map(({ id }) => id) };
}
