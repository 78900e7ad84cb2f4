import { randomUUID } from 'node:crypto';
import format from 'pg-format';
import type { TestDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import type { Session } from '../support/sessions.ts';
import { type Book, begin } from './books.ts';

/** A book seen by another user. */
export function asSomeoneElse(book: Book): Book {
  return { ...book, userId: randomUUID() };
}

/** Makes and commits a draft of two pairs of lines, 100 and 30, at revision 2; returns its id, which is its description too. */
export async function makeDraft(session: Session, book: Book): Promise<string> {
  const id = randomUUID();
  await begin(session, book, 'read committed');
  await session.run(
    format(
      `insert into finance.journal_drafts (tenant_id, id, company_id, entry_date, description)
       values (%L, %L, %L, '2026-03-10', %L)`,
      book.tenantId,
      id,
      book.companyId,
      id,
    ),
  );
  await session.run(addLines(book, id, 1, 100, 30));
  await session.run('commit');
  return id;
}

/** The statement that adds a pair of lines for each amount, numbered from `first`: cash on the debit, sales on the credit side. */
export function addLines(
  book: Book,
  draftId: string,
  first: number,
  ...cents: readonly number[]
): string {
  const lines = cents.flatMap((amount, at) => [
    [first + 2 * at, book.accounts.cash, amount, 0] as const,
    [first + 2 * at + 1, book.accounts.sales, 0, amount] as const,
  ]);
  const values = lines.map(([no, account, debit, credit]) =>
    format(`(%L, %L, %s, %L, 'USD', %s, %s)`, book.tenantId, draftId, no, account, debit, credit),
  );
  return `insert into finance.journal_draft_lines
    (tenant_id, journal_draft_id, line_no, account_id, currency, debit_cents, credit_cents)
    values ${values.join(', ')}`;
}

/** A change of a draft that keeps it balanced. */
export interface Change {
  readonly sql: (book: Book, draftId: string) => string;
  /** Sum of its debits before and after. */
  readonly debits: readonly [before: string, after: string];
}

/** The ways to change a draft of {@link makeDraft}. */
export const changes = {
  'adding lines': {
    sql: (book: Book, draftId: string) => addLines(book, draftId, 5, 7),
    debits: ['130', '137'],
  },
  'changing lines': {
    sql: (_book: Book, draftId: string) =>
      format(
        `update finance.journal_draft_lines set debit_cents = debit_cents * 2, credit_cents = credit_cents * 2
         where journal_draft_id = %L and line_no <= 2`,
        draftId,
      ),
    debits: ['130', '230'],
  },
  'removing lines': {
    sql: (_book: Book, draftId: string) =>
      format('select finance.remove_draft_lines(%L, array[3, 4])', draftId),
    debits: ['130', '100'],
  },
  'changing the header': {
    sql: (_book: Book, draftId: string) =>
      format('update finance.journal_drafts set reference = %L where id = %L', 'changed', draftId),
    debits: ['130', '130'],
  },
} as const satisfies Readonly<Record<string, Change>>;

/** The names of {@link changes}. */
export const changeNames = Object.keys(changes) as readonly (keyof typeof changes)[];

/** The statement that posts a draft. */
export function postDraft(draftId: string, revision: number | null = null): string {
  return format('select finance.post_draft(%L, %L) as id', draftId, revision);
}

/** The statement that approves a revision of a draft. */
export function approveDraft(draftId: string, revision: number): string {
  return format('select finance.approve_draft(%L, %s)', draftId, revision);
}

/** What a superuser finds of a draft and of the entries described by its id. */
export interface DraftState {
  readonly status: string;
  readonly revision: number;
  readonly approvedBy: string | null;
  readonly reference: string | null;
  /** The entry it names. */
  readonly entry: string | null;
  /** How many entries it became, and the sum of their debits. */
  readonly entries: string;
  readonly debits: string | null;
}

/** Reads the {@link DraftState} of a draft. */
export async function stateOf(database: TestDatabase, draftId: string): Promise<DraftState> {
  return withClient(database.admin, async (admin) => {
    const { rows } = await admin.query<DraftState>(
      `select d.status, d.revision, d.approved_by as "approvedBy", d.reference, d.posted_entry_id as entry,
         (select count(*) from finance.journal_entries e where e.description = $1::text) as entries,
         (select sum(l.debit_cents) from finance.journal_lines l
           join finance.journal_entries e on e.tenant_id = l.tenant_id and e.id = l.journal_entry_id
           where e.description = $1::text)::text as debits
       from finance.journal_drafts d where d.id = $1::uuid`,
      [draftId],
    );
    const [state] = rows;
    if (state === undefined) throw new Error(`there is no draft ${draftId}`);
    return state;
  });
}
