import type { Draw } from './random.ts';

/** How many tenants the books have, each with one company. */
export const tenants = 16;
/** Accounts of each company: the first half takes US dollars alone, the second half any currency. */
export const accountsPerTenant = 40;
/** The user who posts. */
export const userId = '00000000-0000-4000-8003-000000000001';
/** The date of every entry, inside an open period. */
export const entryDate = '2026-03-15';

/** The id of a tenant, counted from 0. */
export const tenantId = (tenant: number): string =>
  id(1, tenant % 10_000, Math.floor(tenant / 10_000));
/** The id of a tenant's company. */
export const companyId = (tenant: number): string => id(2, tenant, 0);
/** The id of an account of a tenant; `kind` tells those that keep their balance from those that do not. */
export const accountId = (tenant: number, account: number, keepsBalance = false): string =>
  id(keepsBalance ? 5 : 4, tenant, account);

/** One entry as a client would send it. */
export interface Entry {
  readonly tenant: number;
  readonly accounts: readonly string[];
  readonly debits: readonly number[];
  readonly credits: readonly number[];
}

/** Draws a balanced entry of an even number of lines for one tenant, its accounts at random. */
export function drawEntry(
  draw: Draw,
  lines: number,
  { tenant = draw(tenants), keepsBalance = false } = {},
): Entry {
  const accounts: string[] = [];
  const debits: number[] = [];
  const credits: number[] = [];
  for (let line = 0; line < lines; line += 2) {
    const amount = 1 + draw(1_000_000);
    accounts.push(accountId(tenant, draw(accountsPerTenant), keepsBalance));
    accounts.push(accountId(tenant, draw(accountsPerTenant), keepsBalance));
    debits.push(amount, 0);
    credits.push(0, amount);
  }
  return { tenant, accounts, debits, credits };
}

/** A query that counts the entries and lines of the books, or of the tables of the same names in another schema. */
export function writtenIn(schema: 'finance' | 'bench_a'): string {
  return `select (select count(*) from ${schema}.journal_entries) || ' entries, '
    || (select count(*) from ${schema}.journal_lines) || ' lines'`;
}

/** A PostgreSQL array literal of values that need no quotes: ids, numbers, currency codes. */
export function arrayOf(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`;
}

/** An id of the books' own form; kinds 1 to 5 are taken above. */
export function id(kind: number, tenant: number, account: number): string {
  const digits = (value: number, width: number): string => String(value).padStart(width, '0');
  return `0000000${kind}-${digits(tenant, 4)}-4000-8000-${digits(account, 12)}`;
}

/** SQL that fills the books of an installed fabric, run by a superuser in a database of its own. */
export const booksSql = `
do $books$
declare
  tenant uuid;
  company uuid;
  kept boolean;
begin
  for i in 0 .. ${tenants - 1} loop
    tenant := format('00000001-%s-4000-8000-000000000000', lpad(i::text, 4, '0'))::uuid;
    company := format('00000002-%s-4000-8000-000000000000', lpad(i::text, 4, '0'))::uuid;
    perform set_config('app.tenant_id', tenant::text, true), set_config('app.user_id', '${userId}', true);
    insert into kernel.tenants (id, name, slug) values (tenant, 'Tenant ' || i, 'tenant-' || i);
    insert into finance.companies (tenant_id, id, code, name, functional_currency)
    values (tenant, company, 'C', 'Company ' || i, 'USD');
    perform finance.open_fiscal_year(company, '2026-01-01');
    foreach kept in array array[false, true] loop
      insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, keeps_balance)
      select tenant,
        format('0000000%s-%s-4000-8000-%s', case when kept then 5 else 4 end, lpad(i::text, 4, '0'), lpad(n::text, 12, '0'))::uuid,
        company, case when kept then 'K' else 'A' end || n, 'Account ' || n, 'asset',
        case when n < ${accountsPerTenant / 2} then 'USD' end, kept
      from generate_series(0, ${accountsPerTenant - 1}) as n;
    end loop;
  end loop;
end
$books$;

-- A, the limit of the machine: the same columns, defaults and indexes, in tables that are whole, and nothing that checks.
create schema bench_a;
create table bench_a.accounts (like finance.accounts including defaults including indexes);
create table bench_a.journal_entries (like finance.journal_entries including defaults including indexes);
create table bench_a.journal_lines (like finance.journal_lines including defaults including indexes);
insert into bench_a.accounts select * from finance.accounts;
grant usage on schema bench_a to aibos_finance_role;
grant select, insert on all tables in schema bench_a to aibos_finance_role;
`;
