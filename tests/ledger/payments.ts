import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import format from 'pg-format';
import type { TestDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { type Book, contextOf, openBook } from './books.ts';

/** The people of a desk: each is a user of the tenant, none of them a role of the database. */
export type Person = 'maker' | 'editor' | 'boss' | 'second';

/** A book with people who make, edit, approve and settle payments. */
export interface Desk {
  readonly book: Book;
  readonly people: Readonly<Record<Person, string>>;
}

/** How far {@link makePayment} brings a payment. */
export type Reach = 'submitted' | 'approved' | 'released';

/** Makes a tenant with a book and the people of a desk; no company has limits. */
export async function openDesk(database: TestDatabase): Promise<Desk> {
  const book = await openBook(database);
  const people = {
    maker: randomUUID(),
    editor: randomUUID(),
    boss: randomUUID(),
    second: randomUUID(),
  };
  return { book, people };
}

/** The book as a person of the desk has it in context. */
export function asPerson({ book, people }: Desk, person: Person): Book {
  return { ...book, userId: people[person] };
}

/** The statements that a race is made of. */
export const moves = {
  approve: (id: string, revision = 1) =>
    format('select finance.approve_payment(%L, %s) as answer', id, revision),
  release: (id: string) => format('select finance.release_payment(%L)', id),
  cancel: (id: string) => format('select finance.cancel_payment(%L, %L)', id, 'called off'),
  settle: (id: string, { book }: Desk) =>
    format(
      'select finance.settle_payment(%L, %L, %L, %L) as answer',
      id,
      '2026-03-10',
      book.accounts.sales,
      book.accounts.cash,
    ),
  redirect: (id: string) =>
    format('update finance.payments set beneficiary_account = %L where id = %L', 'MALLORY', id),
  raise: (id: string) =>
    format('update finance.payments set amount_cents = 900000 where id = %L', id),
} as const;

/** Makes a payment of 10.00 by the maker and brings it to a status by the functions, approved by the boss. */
export async function makePayment(
  database: TestDatabase,
  desk: Desk,
  reach: Reach,
): Promise<string> {
  const id = randomUUID();
  const act = async (client: pg.Client, person: Person, ...statements: readonly string[]) => {
    await client.query(
      ['begin', contextOf(asPerson(desk, person)), ...statements, 'commit'].join('; '),
    );
  };
  await withClient(database.login('finance'), async (client) => {
    const { tenantId, companyId } = desk.book;
    const insert = format(
      `insert into finance.payments (tenant_id, id, company_id, payment_no, currency, amount_cents,
         beneficiary_name, beneficiary_account)
       values (%L, %L, %L, %L, 'USD', 1000, 'Landlord', 'DE01')`,
      tenantId,
      id,
      companyId,
      id,
    );
    await act(client, 'maker', insert, format('select finance.submit_payment(%L)', id));
    if (reach === 'submitted') return;
    await act(client, 'boss', moves.approve(id));
    if (reach === 'released') await act(client, 'maker', moves.release(id));
  });
  return id;
}

/** What a superuser finds of a payment; its entries are those that name it. */
export interface Found {
  readonly status: string;
  readonly revision: number;
  readonly approvals: number;
  readonly beneficiary_account: string;
  readonly amount_cents: string;
  readonly entries: number;
  readonly is_linked: boolean;
  /** Statuses in the order of the trail. */
  readonly trail: readonly string[];
}

/** Looks at a payment, its entries and its trail past every policy. */
export async function findPayment(database: TestDatabase, id: string): Promise<Found> {
  return withClient(database.admin, async (admin) => {
    const { rows } = await admin.query<Found>(
      `select p.status, p.revision, p.approvals, p.beneficiary_account, p.amount_cents,
         (select count(*)::int from finance.journal_entries e where e.reference = p.payment_no) as entries,
         exists (select from finance.journal_entries e
           where e.id = p.settlement_entry_id and e.reference = p.payment_no) as is_linked,
         array(select e.to_status from finance.payment_events e
           where e.payment_id = p.id order by e.occurred_at) as trail
       from finance.payments p where p.id = $1`,
      [id],
    );
    const [found] = rows;
    if (found === undefined) throw new Error(`there is no payment ${id}`);
    return found;
  });
}

/** Gives the boss and the second a role, with a limit for it, as an administrator of the tenant. */
export function rulesOf({ book, people }: Desk, cents: number, needed: 1 | 2): string {
  const { tenantId, companyId } = book;
  const approver = (userId: string) =>
    format(
      `insert into finance.payment_approvers (tenant_id, company_id, user_id, role_name)
       values (%L, %L, %L, 'manager')`,
      tenantId,
      companyId,
      userId,
    );
  const limit = format(
    `insert into finance.approval_limits
       (tenant_id, company_id, role_name, currency, approvals_required, max_amount_cents)
     values (%L, %L, 'manager', 'USD', %s, %s)`,
    tenantId,
    companyId,
    needed,
    cents,
  );
  return [approver(people.boss), approver(people.second), limit].join('; ');
}
