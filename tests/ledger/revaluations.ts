import format from 'pg-format';
import type { TestDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { openSessions, type Session } from '../support/sessions.ts';
import { type Book, contextOf, openBook } from './books.ts';
import { newEntryId } from './ids.ts';

/** A book in dollars that holds 1,000.00 euro bought at 1.10, with rates at the end of March and April, and three sessions. */
export interface Revaluing {
  readonly database: TestDatabase;
  readonly book: Book;
  readonly first: Session;
  readonly second: Session;
  /** A superuser, for what the posting functions would write. */
  readonly writer: Session;
}

/** Opens three sessions on a database, and makes a new book for each call of the result. */
export async function openRevaluing(database: TestDatabase): Promise<() => Promise<Revaluing>> {
  const login = database.login('finance');
  const sessions = await openSessions(database, {
    first: login,
    second: login,
    writer: database.admin,
  });
  return async () => {
    const book = await openBook(database);
    await withClient(database.admin, async (admin) => {
      await admin.query(`begin; ${contextOf(book)}`);
      await admin.query(
        `update finance.companies set fx_source = 'TEST', fx_gain_account_id = $3, fx_loss_account_id = $3
         where tenant_id = $1 and id = $2`,
        [book.tenantId, book.companyId, book.accounts.sales],
      );
      await admin.query(
        `insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
         values ($1, 'EUR', 'USD', 1.25, 'TEST', '2026-03-31', '2026-03-31'), ($1, 'EUR', 'USD', 1.5, 'TEST', '2026-04-30', '2026-04-30')`,
        [book.tenantId],
      );
      await admin.query(holdEuro(book, 100_000, 110_000));
      await admin.query('commit');
    });
    return { database, book, ...sessions };
  };
}

/** The statements with which a superuser writes, as the posting functions would, that euro were bought in March. */
export function holdEuro(book: Book, cents: number, base: number): string {
  const id = newEntryId();
  const { tenantId, companyId, userId, accounts } = book;
  const header = format(
    `set local role aibos_poster;
     insert into finance.journal_entries (tenant_id, id, company_id, period_id, entry_date, description, created_by)
     values (%1$L, %2$L, %3$L, finance.lock_open_period(%1$L, %3$L, '2026-03-10'), '2026-03-10', 'euro', %4$L)`,
    tenantId,
    id,
    companyId,
    userId,
  );
  const lines = format(
    `insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents,
       base_debit_cents, base_credit_cents, fx_rate_id)
     select %1$L, %2$L, l.line_no, l.account_id, 'EUR', l.debit, l.credit, l.base_debit, l.base_credit, r.id
     from (values (1, %3$L::uuid, %5$s, 0, %6$s, 0), (2, %4$L::uuid, 0, %5$s, 0, %6$s))
       as l (line_no, account_id, debit, credit, base_debit, base_credit)
     join finance.fx_rates r on r.tenant_id = %1$L and r.valid_from = '2026-03-31';
     reset role`,
    tenantId,
    id,
    accounts.cash,
    accounts.sales,
    cents,
    base,
  );
  return `${header}; ${lines}`;
}

/** The statement that revalues a period such as 2026-03. */
export function revalue(book: Book, period: string): string {
  return format(
    `select finance.revalue(p.company_id, p.id) as entry from finance.fiscal_periods p
     where p.tenant_id = %L and p.company_id = %L and p.name = %L`,
    book.tenantId,
    book.companyId,
    period,
  );
}

/** What the euro are carried at, in cents of a dollar, on a day; and how many revaluations there are. */
export async function carriedAt(
  { database, book }: Revaluing,
  day: string,
): Promise<{ readonly base: number; readonly revaluations: number }> {
  return withClient(database.admin, async (admin) => {
    const { rows } = await admin.query<{ base: number; revaluations: number }>(
      `select sum(l.base_debit_cents - l.base_credit_cents)::integer as base,
         count(*) filter (where e.entry_type = 'revaluation')::integer as revaluations
       from finance.journal_lines l
       join finance.journal_entries e on e.tenant_id = l.tenant_id and e.id = l.journal_entry_id
       where l.account_id = $1 and e.entry_date <= $2`,
      [book.accounts.cash, day],
    );
    return rows[0] ?? { base: 0, revaluations: 0 };
  });
}

/** The statement that closes every period up to one such as 2026-03. */
export function closeUntil(book: Book, period: string): string {
  return format(
    `select finance.close_period(p.id)
     from (
       select f.id from finance.fiscal_periods f
       where f.tenant_id = %L and f.company_id = %L and f.name <= %L order by f.starts_on
     ) p`,
    book.tenantId,
    book.companyId,
    period,
  );
}
