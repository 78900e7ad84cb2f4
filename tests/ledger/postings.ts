import format from 'pg-format';
import type { AccountName, Book } from './books.ts';
import { newEntryId } from './ids.ts';

/** An entry of two lines in US dollars. */
export interface Posting {
  readonly description: string;
  /** Default 2026-03-10. */
  readonly date?: string;
  /** Amount in minor units, default 100. */
  readonly cents?: number;
  readonly key?: string;
  /** Account debited, default cash. */
  readonly debit?: AccountName;
  /** Account credited, default sales. */
  readonly credit?: AccountName;
}

/** A line as direct SQL inserts it: its number, its account and its amount, a credit below zero, in minor units. */
export interface Line {
  readonly no: number;
  readonly account: string;
  readonly cents: number;
  readonly memo?: string | null;
}

/** The statements that post an entry, by the way it is posted. */
export const ways = {
  'finance.post_journal': postJournal,
  'finance.post_journals': (book: Book, posting: Posting) => postJournals([[book, posting]]),
  'direct INSERT': (book: Book, posting: Posting) => {
    const id = newEntryId();
    return `${insertHeader(book, { id, ...posting })}; ${insertLines(book, id, linesOf(book, posting))}`;
  },
  'one INSERT of both': (book: Book, posting: Posting) => {
    const id = newEntryId();
    return `with header as (${insertHeader(book, { id, ...posting })}) ${insertLines(book, id, linesOf(book, posting))}`;
  },
} as const;

/** One of {@link ways}. */
export type Way = keyof typeof ways;

/** The names of {@link ways}. */
export const wayNames = Object.keys(ways) as readonly Way[];

function postJournal(book: Book, posting: Posting): string {
  const { date, cents, debit, credit } = filled(posting);
  return format(
    `select finance.post_journal(%L, %L, %L, array[%L, %L]::uuid[], array[%s, 0], array[0, %s],
       array['USD', 'USD'], p_idempotency_key => %L) as id`,
    book.companyId,
    date,
    posting.description,
    book.accounts[debit],
    book.accounts[credit],
    cents,
    cents,
    posting.key ?? null,
  );
}

/** The statement that posts an array of entries. */
export function postJournals(postings: readonly (readonly [Book, Posting])[]): string {
  const entries = postings.map(([book, posting]) => {
    const { date, cents, debit, credit } = filled(posting);
    return {
      company_id: book.companyId,
      entry_date: date,
      description: posting.description,
      ...(posting.key === undefined ? {} : { idempotency_key: posting.key }),
      lines: [
        { account_id: book.accounts[debit], currency: 'USD', debit_cents: cents },
        { account_id: book.accounts[credit], currency: 'USD', credit_cents: cents },
      ],
    };
  });
  return format(
    'select entry_id as id, outcome from finance.post_journals(%L::jsonb) order by entry_index',
    JSON.stringify(entries),
  );
}

/** What a header is made of, besides its book. */
export interface Header {
  readonly id: string;
  readonly description: string;
  readonly date?: string;
  readonly key?: string;
  readonly reverses?: string;
}

/** The statement that inserts a header directly. */
export function insertHeader(book: Book, header: Header): string {
  return format(
    `insert into finance.journal_entries
       (tenant_id, id, company_id, entry_date, description, idempotency_key, reverses_entry_id)
     values (%L, %L, %L, %L, %L, %L, %L)`,
    book.tenantId,
    header.id,
    book.companyId,
    header.date ?? '2026-03-10',
    header.description,
    header.key ?? null,
    header.reverses ?? null,
  );
}

/** The statement that inserts lines directly. */
export function insertLines(book: Book, entryId: string, lines: readonly Line[]): string {
  const values = lines.map((line) =>
    format(
      `(%L, %L, %s, %L, 'USD', %s, %s, %L)`,
      book.tenantId,
      entryId,
      line.no,
      line.account,
      Math.max(line.cents, 0),
      Math.max(-line.cents, 0),
      line.memo ?? null,
    ),
  );
  return `insert into finance.journal_lines
    (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
    values ${values.join(', ')}`;
}

/** The two lines of a posting, numbered from `first`. */
export function linesOf(
  book: Book,
  posting: Omit<Posting, 'description'> = {},
  first = 1,
): readonly Line[] {
  const { cents, debit, credit } = filled(posting);
  return [
    { no: first, account: book.accounts[debit], cents },
    { no: first + 1, account: book.accounts[credit], cents: -cents },
  ];
}

/** The statement that reverses an entry by the function. */
export function reverse(entryId: string, date = '2026-03-10', reason = 'a mistake'): string {
  return format('select finance.reverse_journal(%L, %L, %L) as id', entryId, date, reason);
}

function filled(posting: Omit<Posting, 'description'>) {
  return { date: '2026-03-10', cents: 100, debit: 'cash', credit: 'sales', ...posting } as const;
}
