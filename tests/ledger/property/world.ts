import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '../../support/database.ts';
import { withClient } from '../../support/run.ts';
import { type Book, contextOf, openBook, openSecondBook } from '../books.ts';
import type { Dice } from './dice.ts';
import type { ModelLine } from './model.ts';

/** The accounts that operations post to, and those that they may not. */
export interface World {
  readonly book: Book;
  /** Takes euros alone. */
  readonly euro: string;
  /** An account of another company of the tenant. */
  readonly elsewhere: string;
  /** Ids of the twelve periods, in order. */
  readonly periods: readonly string[];
}

/** Makes a tenant of its own for one run. */
export async function openWorld(database: TestDatabase): Promise<World> {
  const book = await openBook(database);
  const second = await openSecondBook(database, book);
  const euro = randomUUID();
  return withClient(database.login('admin'), async (admin) => {
    await admin.query(`begin; ${contextOf(book)}`);
    await admin.query(
      `insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency)
       values ($1, $2, $3, 'euro', 'euro', 'asset', 'EUR')`,
      [book.tenantId, euro, book.companyId],
    );
    const { rows } = await admin.query<{ id: string }>(
      'select p.id from finance.fiscal_periods p where p.tenant_id = $1 and p.company_id = $2 order by p.starts_on',
      [book.tenantId, book.companyId],
    );
    await admin.query('commit');
    return { book, euro, elsewhere: second.accounts.cash, periods: rows.map(({ id }) => id) };
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
  const lines: ModelLine[] = [];
  const pairs = 1 + dice.below(5);
  for (let pair = 0; pair < pairs; pair += 1) {
    const isEuro = dice.below(3) === 2;
    const usable = isEuro ? [cash, sales, kept, world.euro] : [cash, sales, kept];
    const currency = isEuro ? 'EUR' : 'USD';
    // Beyond what a float holds, now and then.
    const amount = BigInt(1 + dice.below(1_000_000)) * (dice.below(8) === 7 ? 99_999_999_999n : 1n);
    lines.push({ account: dice.one(usable), currency, debit: amount, credit: 0n });
    lines.push({ account: dice.one(usable), currency, debit: 0n, credit: amount });
  }
  return lines;
}
