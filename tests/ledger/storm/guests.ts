import pg from 'pg';
import format from 'pg-format';
import { type Book, contextOf, setStatus } from '../books.ts';
import { restlessPeriods } from './operation.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

/** Whoever is at work beside the posting connections until they have finished. */
export interface Guest {
  readonly client: pg.Client;
  readonly random: Random;
  readonly books: readonly Book[];
  readonly tally: Tally;
  isOver(): boolean;
}

/** Closes and opens periods as a superuser, and counts: between a close and the next opening no entry may arrive. */
export async function closePeriods({ client, random, books, tally, isOver }: Guest): Promise<void> {
  const closed = new Map<string, number>();
  while (!isOver()) {
    const book = random.pick(books);
    const name = random.pick(restlessPeriods);
    const period = `${book.companyId} ${name}`;
    await client.query(`begin; ${contextOf(book)}`);
    const before = closed.get(period);
    if (before === undefined) {
      await client.query(setStatus(book, name, 'closing'));
      closed.set(period, await entriesIn(client, book, name));
    } else {
      await client.query(
        format(
          'select from finance.fiscal_periods where company_id = %L and name = %L for update',
          book.companyId,
          name,
        ),
      );
      const late = (await entriesIn(client, book, name)) - before;
      if (late !== 0) tally.violations.push(`${late} entries came into closed period ${period}`);
      await client.query(setStatus(book, name, 'open'));
      closed.delete(period);
    }
    await client.query('commit');
    tally.accept(before === undefined ? 'close' : 'open', [], []);
  }
}

async function entriesIn(client: pg.Client, book: Book, name: string): Promise<number> {
  const { rows } = await client.query<{ entries: number }>(
    `select count(*)::int as entries from finance.journal_entries e
     join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id
     where p.company_id = $1 and p.name = $2`,
    [book.companyId, name],
  );
  return rows[0]?.entries ?? Number.NaN;
}

/** Folds balances as a scheduled job would. */
export async function foldBalances({ client, random, tally, isOver }: Guest): Promise<void> {
  while (!isOver()) {
    await client.query('select finance.fold_balances($1)', [1 + random.below(20)]);
    tally.accept('fold', [], []);
  }
}

const vandalism = [
  'update finance.journal_lines set debit_cents = debit_cents + 1 where debit_cents > 0',
  'update finance.journal_entries set entry_date = entry_date - 1',
  'delete from finance.journal_lines',
  'truncate finance.journal_lines',
  'delete from finance.audit_events',
];

/** Tries, as a superuser, to change what was posted. */
export async function vandalize({ client, random, tally, isOver }: Guest): Promise<void> {
  while (!isOver()) {
    const sql = random.pick(vandalism);
    const reason = await client.query(sql).then(
      () => 'accepted',
      (error: unknown) => error,
    );
    if (!(reason instanceof pg.DatabaseError)) {
      tally.violations.push(`${sql}: ${reason}`);
    } else {
      tally.refuse('vandalism', reason.code ?? '');
      if (reason.code !== 'IB301') tally.violations.push(`${sql}: ${reason.code}`);
    }
  }
}
