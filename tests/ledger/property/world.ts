import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '../../support/database.ts';
import { withClient } from '../../support/run.ts';
import { type Book, contextOf, openBook, openSecondBook } from '../books.ts';
import type { Dice } from './dice.ts';
import { type ForeignWorld, openForeign } from './foreign.ts';
import type { ModelLine } from './model.ts';
import type { SessionName } from './operation.ts';

/** What kind of account one is. */
export type AccountType = 'asset' | 'liability' | 'equity' | 'income' | 'expense';

/** The accounts that operations post to, those that they may not, and the people who do it. */
export interface World {
  readonly book: Book;
  /** Takes euros alone. */
  readonly euro: string;
  readonly loan: string;
  readonly capital: string;
  readonly costs: string;
  /** Lies below the costs. */
  readonly travel: string;
  /** An account of another company of the tenant. */
  readonly elsewhere: string;
  /** All accounts of the company, with the one above each. */
  readonly chart: ReadonlyMap<
    string,
    { readonly type: AccountType; readonly parent: string | null }
  >;
  /** A company in euros. */
  readonly foreign: ForeignWorld;
  /** Ids of the twelve periods, in order. */
  readonly periods: readonly string[];
  /** Who acts in each session. */
  readonly users: Readonly<Record<SessionName, string>>;
}

/** Makes a tenant of its own for one run. */
export async function openWorld(database: TestDatabase): Promise<World> {
  const book = await openBook(database);
  const second = await openSecondBook(database, book);
  const [euro, loan, capital] = [randomUUID(), randomUUID(), randomUUID()];
  const [costs, travel] = [randomUUID(), randomUUID()];
  const { cash, sales, kept } = book.accounts;
  const chart = new Map<string, { type: AccountType; parent: string | null }>([
    ...[cash, kept, euro].map((id) => [id, { type: 'asset', parent: null }] as const),
    [sales, { type: 'income', parent: null }],
    [loan, { type: 'liability', parent: null }],
    [capital, { type: 'equity', parent: null }],
    [costs, { type: 'expense', parent: null }],
    [travel, { type: 'expense', parent: costs }],
  ]);
  const users = { clerk: book.userId, colleague: randomUUID(), administrator: randomUUID() };
  return withClient(database.login('admin'), async (admin) => {
    await admin.query(`begin; ${contextOf(book)}`);
    await admin.query(
      `insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, parent_id)
       values ($1, $2, $3, 'euro', 'euro', 'asset', 'EUR', null), ($1, $4, $3, 'loan', 'loan', 'liability', null, null),
         ($1, $5, $3, 'capital', 'capital', 'equity', null, null), ($1, $6, $3, 'costs', 'costs', 'expense', null, null),
         ($1, $7, $3, 'travel', 'travel', 'expense', null, $6)`,
      [book.tenantId, euro, book.companyId, loan, capital, costs, travel],
    );
    const { rows } = await admin.query<{ id: string }>(
      'select p.id from finance.fiscal_periods p where p.tenant_id = $1 and p.company_id = $2 order by p.starts_on',
      [book.tenantId, book.companyId],
    );
    const foreign = await openForeign(admin, book);
    await admin.query('commit');
    return {
      ...{ foreign, users },
      ...{ book, euro, loan, capital, costs, travel, elsewhere: second.accounts.cash, chart },
      periods: rows.map(({ id }) => id),
    };
  });
}

/** A date of the year, or now and then one that no period holds. */
export function drawDate(dice: Dice): string {
  const month = dice.below(13);
  const day = String(1 + dice.below(28)).padStart(2, '0');
  return month === 12 ? `2027-01-${day}` : `2026-${String(month + 1).padStart(2, '0')}-${day}`;
}

/** Lines that balance in one or two currencies, between accounts that may be used. */
export function drawLines(world: World, dice: Dice): readonly ModelLine[] {
  const { cash, sales, kept } = world.book.accounts;
  const plain = [cash, sales, kept, world.loan, world.capital, world.costs, world.travel];
  const lines: ModelLine[] = [];
  const pairs = 1 + dice.below(5);
  for (let pair = 0; pair < pairs; pair += 1) {
    const isEuro = dice.below(3) === 2;
    const usable = isEuro ? [...plain, world.euro] : plain;
    const currency = isEuro ? 'EUR' : 'USD';
    // Beyond what a float holds, now and then.
    const amount = BigInt(1 + dice.below(1_000_000)) * (dice.below(8) === 7 ? 99_999_999_999n : 1n);
    lines.push({ account: dice.one(usable), currency, debit: amount, credit: 0n });
    lines.push({ account: dice.one(usable), currency, debit: 0n, credit: amount });
  }
  return lines;
}
