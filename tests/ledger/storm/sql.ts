import format from 'pg-format';
import type { Book } from '../books.ts';
import { insertHeader, insertLines, type Line } from '../postings.ts';
import type { Claim } from './tally.ts';

/** The call of finance.post_journal that posts an entry. */
export function callPostJournal(book: Book, claim: Claim, key?: string): string {
  const { lines } = claim;
  return format(
    `select finance.post_journal(%L, %L, %L, array[%L]::uuid[], array[%s]::bigint[], array[%s]::bigint[],
       array_fill('USD'::text, array[%s]), array[%L]::text[], p_idempotency_key => %L) as id`,
    book.companyId,
    claim.date,
    claim.description,
    lines.map((line) => line.account),
    lines.map((line) => Math.max(line.cents, 0)).join(', '),
    lines.map((line) => Math.max(-line.cents, 0)).join(', '),
    lines.length,
    lines.map((line) => line.memo ?? null),
    key ?? null,
  );
}

/** The call of finance.post_journals that posts entries, each under a key if it has one. */
export function callPostJournals(
  book: Book,
  entries: readonly { readonly claim: Claim; readonly key?: string }[],
): string {
  const array = entries.map(({ claim, key }) => ({
    company_id: book.companyId,
    entry_date: claim.date,
    description: claim.description,
    ...(key === undefined ? {} : { idempotency_key: key }),
    lines: claim.lines.map((line) => ({
      account_id: line.account,
      currency: 'USD',
      debit_cents: Math.max(line.cents, 0),
      credit_cents: String(Math.max(-line.cents, 0)),
      memo: line.memo ?? null,
    })),
  }));
  return format(
    'select entry_id as id, outcome from finance.post_journals(%L::jsonb) order by entry_index',
    JSON.stringify(array),
  );
}

/** The header of an entry, inserted directly. */
export function header(book: Book, claim: Claim, reverses?: string): string {
  return insertHeader(book, { ...claim, ...(reverses === undefined ? {} : { reverses }) });
}

/** The lines of an entry, or other lines under its id, inserted directly. */
export function lines(book: Book, claim: Claim, instead?: readonly Line[]): string {
  return insertLines(book, claim.id, instead ?? claim.lines);
}
