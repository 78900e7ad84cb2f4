import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import format from 'pg-format';
import type { TestDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import type { Session } from '../support/sessions.ts';

/** The isolation levels at which every race is run. */
export const levels = ['read committed', 'repeatable read', 'serializable'] as const;

/** One of {@link levels}. */
export type Level = (typeof levels)[number];

/** The accounts of a book: `kept` keeps its balance, `inactive` takes no lines, the others are plain. */
export type AccountName = 'cash' | 'sales' | 'kept' | 'inactive';

/** A tenant with one company, a chart and the monthly periods of 2026, all open. */
export interface Book {
  readonly tenantId: string;
  readonly userId: string;
  readonly companyId: string;
  readonly accounts: Readonly<Record<AccountName, string>>;
}

/** Makes a tenant with its book. */
export async function openBook(database: TestDatabase): Promise<Book> {
  const book: Book = {
    tenantId: randomUUID(),
    userId: randomUUID(),
    companyId: randomUUID(),
    accounts: {
      cash: randomUUID(),
      sales: randomUUID(),
      kept: randomUUID(),
      inactive: randomUUID(),
    },
  };
  await withClient(database.login('admin'), async (client) => {
    await client.query(`begin; ${contextOf(book)}`);
    await client.query(
      `insert into kernel.tenants (id, name, slug) values ($1::uuid, 'Race', 'race-' || $1)`,
      [book.tenantId],
    );
    await addCompany(client, book, book.companyId, book.accounts);
    await client.query('commit');
  });
  return book;
}

/** Gives the tenant of a book another company with a chart and periods of its own. */
export async function openSecondBook(database: TestDatabase, book: Book): Promise<Book> {
  const accounts = { cash: randomUUID(), sales: randomUUID() };
  const second: Book = {
    ...book,
    companyId: randomUUID(),
    accounts: { ...accounts, kept: randomUUID(), inactive: randomUUID() },
  };
  await withClient(database.login('admin'), async (client) => {
    await client.query(`begin; ${contextOf(book)}`);
    await addCompany(client, book, second.companyId, second.accounts);
    await client.query('commit');
  });
  return second;
}

async function addCompany(
  client: pg.Client,
  book: Book,
  companyId: string,
  accounts: Book['accounts'],
): Promise<void> {
  await client.query(
    `insert into finance.companies (tenant_id, id, code, name, functional_currency)
     values ($1, $2::uuid, 'company ' || $2, 'Race Ltd', 'USD')`,
    [book.tenantId, companyId],
  );
  await client.query(
    `insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, is_active, keeps_balance)
     select $1, a.id, $2, a.name, a.name, case a.name when 'sales' then 'income' else 'asset' end,
       a.name <> 'inactive', a.name = 'kept'
     from unnest($3::uuid[], $4::text[]) as a (id, name)`,
    [book.tenantId, companyId, Object.values(accounts), Object.keys(accounts)],
  );
  await client.query('select finance.open_fiscal_year($1, $2)', [companyId, '2026-01-01']);
}

/** The statement that puts the tenant and the user of a book into the transaction. */
export function contextOf(book: Book): string {
  return format(
    `select set_config('app.tenant_id', %L, true), set_config('app.user_id', %L, true)`,
    book.tenantId,
    book.userId,
  );
}

/** Begins a transaction for a book, giving up one that was left open. Above READ COMMITTED its snapshot is taken here. */
export async function begin(session: Session, book: Book, level: Level): Promise<void> {
  await session.run(`rollback; begin isolation level ${level}; ${contextOf(book)}`);
}

/** The codes that mean `code` at a level: SERIALIZABLE may notice the race before a guard does. */
export function codesAt(level: Level, ...codes: readonly string[]): readonly string[] {
  return level === 'serializable' ? [...codes, '40001'] : codes;
}

/**
 * The statements with which a superuser, with the tenant in context, sets the status of a period such as 2026-03. A
 * period that is closing takes no entries, whatever the status of those before it.
 */
export function setStatus(book: Book, period: string, status: 'open' | 'closing'): string {
  return format(
    `select set_config('app.reason', 'a race', true);
    update finance.fiscal_periods set status = %L where tenant_id = %L and company_id = %L and name = %L`,
    status,
    book.tenantId,
    book.companyId,
    period,
  );
}

/** What a superuser finds of the entries that are described so: the id of each. */
export async function entriesCalled(
  database: TestDatabase,
  description: string,
): Promise<readonly string[]> {
  return withClient(database.admin, async (admin) => {
    const { rows } = await admin.query<{ id: string }>(
      'select id from finance.journal_entries where description = $1',
      [description],
    );
    return rows.map((row) => row.id);
  });
}

/** The entries of a book that the views call broken, and its drifted balances, read as an auditor; none is right. */
export async function faultsOf(database: TestDatabase, book: Book): Promise<readonly unknown[]> {
  return withClient(database.login('auditor'), async (auditor) => {
    await auditor.query(`begin; ${contextOf(book)}`);
    const { rows } = await auditor.query<{ fault: string }>(
      `select 'integrity: ' || i.detail || ' ' || i.journal_entry_id as fault
         from finance.v_journal_integrity i where i.status <> 'PASS'
       union all
       select 'leaf: ' || l.detail || ' ' || l.journal_entry_id
         from finance.v_journal_leaf_check l where l.status <> 'PASS'
       union all
       select format('drift of %s: %s, %s', d.account_id, d.debit_drift_cents, d.credit_drift_cents)
         from finance.v_balance_drift d`,
    );
    await auditor.query('commit');
    return rows.map((row) => row.fault);
  });
}
