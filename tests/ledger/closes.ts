import format from 'pg-format';
import type { TestDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { openSessions, type Session } from '../support/sessions.ts';
import { type Book, contextOf } from './books.ts';

/** Who takes part: a poster and two closers as applications, an administrator, and a superuser. */
export interface Closers {
  readonly poster: Session;
  readonly closer: Session;
  readonly other: Session;
  readonly admin: Session;
  readonly superuser: Session;
}

/** What a close recorded and what the lines say of its period. */
export interface Recorded {
  readonly status: string;
  /** Which close of the period is in force; null while none is. */
  readonly closeNo: number | null;
  readonly entries: number | null;
  /** Debits of the period by the totals of that close. */
  readonly debits: string | null;
  /** Debits of the period by the lines there are now. */
  readonly debitsOfLines: string | null;
  /** Rows of finance.v_period_close_drift of the whole tenant. */
  readonly drifts: number;
}

/** Opens the sessions of {@link Closers}. */
export function openClosers(database: TestDatabase): Promise<Closers> {
  const login = database.login('finance');
  return openSessions(database, {
    poster: login,
    closer: login,
    other: login,
    admin: database.login('admin'),
    superuser: database.admin,
  });
}

/** A period of a book by its name such as 2026-03, as SQL. */
export function periodOf(book: Book, name: string): string {
  return format(
    '(select p.id from finance.fiscal_periods p where p.company_id = %L and p.name = %L)',
    book.companyId,
    name,
  );
}

/** The statements that move a period: by the functions, and by direct SQL, which is for a superuser. */
export const moves = {
  begin: (book: Book, name: string) => `select finance.begin_close(${periodOf(book, name)})`,
  close: (book: Book, name: string) => `select finance.close_period(${periodOf(book, name)})`,
  reopen: (book: Book, name: string) =>
    `select finance.reopen_period(${periodOf(book, name)}, 'a race')`,
  'direct begin': (book: Book, name: string) => set(book, name, 'closing'),
  'direct close': (book: Book, name: string) =>
    `${set(book, name, 'closing')}; ${set(book, name, 'closed')}`,
  'direct reopen': (book: Book, name: string) => set(book, name, 'open'),
} as const;

function set(book: Book, name: string, status: string): string {
  return `select set_config('app.reason', 'a race', true);
    ${format('update finance.fiscal_periods set status = %L', status)} where id = ${periodOf(book, name)}`;
}

/** Closes periods one after the other, as an application. */
export async function settle(
  database: TestDatabase,
  book: Book,
  ...names: readonly string[]
): Promise<void> {
  await withClient(database.login('finance'), async (client) => {
    for (const name of names) {
      await client.query(`begin; ${contextOf(book)}; ${moves.close(book, name)}; commit`);
    }
  });
}

/** What was recorded of a period, read as an auditor. */
export async function recordOf(
  database: TestDatabase,
  book: Book,
  name: string,
): Promise<Recorded> {
  return withClient(database.login('auditor'), async (client) => {
    await client.query(`begin; ${contextOf(book)}`);
    const { rows } = await client.query<Recorded>(
      `select p.status, c.close_no as "closeNo", c.entries::int,
         (select sum(t.debit_cents)::text from finance.period_close_totals t where t.period_close_id = c.id) as debits,
         (select sum(l.debit_cents)::text from finance.journal_lines l
          join finance.journal_entries e on e.tenant_id = l.tenant_id and e.id = l.journal_entry_id
          where e.period_id = p.id) as "debitsOfLines",
         (select count(*)::int from finance.v_period_close_drift) as drifts
       from finance.fiscal_periods p
       left join finance.period_closes c on c.tenant_id = p.tenant_id and c.id = p.close_id
       where p.company_id = $1 and p.name = $2`,
      [book.companyId, name],
    );
    await client.query('commit');
    const [row] = rows;
    if (row === undefined) throw new Error(`there is no period ${name}`);
    return row;
  });
}
