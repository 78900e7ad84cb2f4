import { randomUUID } from 'node:crypto';
import type { Model, ModelLine } from './model.ts';
import { type Attempt, type Moment, type Operation, textOf } from './operation.ts';
import { drawDate, drawLines, type World } from './world.ts';

/** An entry to be asked for, and what its own content has against it. */
interface Wish {
  readonly date: string;
  readonly description: string;
  readonly key: string | null;
  readonly lines: readonly ModelLine[];
  readonly violation: string | null;
}

/** What can be wrong with lines, one thing at a time, and the code it must be refused with. */
const faults: readonly {
  readonly code: string;
  readonly spoil: (lines: readonly ModelLine[], world: World) => readonly ModelLine[];
}[] = [
  {
    code: 'IB201',
    spoil: ([first, ...rest]) => (first ? [{ ...first, debit: first.debit + 1n }, ...rest] : []),
  },
  { code: 'IB202', spoil: (lines) => lines.slice(0, 1) },
  { code: 'IB205', spoil: (lines, { book }) => withAccount(lines, book.accounts.inactive) },
  { code: 'IB205', spoil: (lines, { elsewhere }) => withAccount(lines, elsewhere) },
  {
    code: 'IB206',
    spoil: (lines, { euro }) =>
      withAccount(
        lines.map((line) => ({ ...line, currency: 'USD' })),
        euro,
      ),
  },
];

function withAccount(lines: readonly ModelLine[], account: string): readonly ModelLine[] {
  return lines.map((line, at) => (at === 0 ? { ...line, account } : line));
}

function drawWish({ world, dice }: Moment, isSound: boolean): Wish {
  const date = drawDate(dice);
  const key = dice.below(4) === 3 ? randomUUID() : null;
  // The two currencies of a spoilt pair must not be two entries of one currency each: keep to one pair.
  const lines = isSound ? drawLines(world, dice) : drawLines(world, dice).slice(0, 2);
  const wish = { date, description: `wish ${randomUUID()}`, key };
  if (isSound) return { ...wish, lines, violation: null };
  const { code, spoil } = dice.one(faults);
  return { ...wish, lines: spoil(lines, world), violation: code };
}

/** Writes a wish that came true into the model. */
function fulfil(model: Model, id: string, wish: Wish, isReplayable = true): void {
  const { violation: _, ...entry } = wish;
  model.add({ ...entry, id, isReplayable, reverses: null });
}

function byFunction(moment: Moment, isSound: boolean): Attempt {
  const wish = drawWish(moment, isSound);
  const { lines } = wish;
  return {
    sql: 'select finance.post_journal($1, $2, $3, $4, $5, $6, $7, null, null, $8) as id',
    values: [
      ...[moment.world.book.companyId, wish.date, wish.description],
      ...[lines.map((line) => line.account), lines.map((line) => line.debit)],
      ...[lines.map((line) => line.credit), lines.map((line) => line.currency), wish.key],
    ],
    // What is wrong with the entry itself is found before its period is.
    refusedWith: wish.violation ?? moment.model.dateProblem(wish.date),
    apply: ([row]) => fulfil(moment.model, textOf(row, 'id'), wish),
  };
}

function byArray(moment: Moment, isSound: boolean): Attempt {
  const wishes = Array.from({ length: 1 + moment.dice.below(4) }, (_, at) =>
    drawWish(moment, isSound || at !== 0),
  );
  const days = wishes.map(({ date }) => date).sort();
  const violation = wishes.find((wish) => wish.violation !== null)?.violation ?? null;
  const period = days
    .map((day) => moment.model.dateProblem(day))
    .find((problem) => problem !== null);
  return {
    ...arrayCall(moment, wishes),
    refusedWith: violation ?? period ?? null,
    apply: (rows) => {
      for (const [at, wish] of wishes.entries()) fulfil(moment.model, textOf(rows[at], 'id'), wish);
    },
  };
}

function arrayCall({ world }: Moment, wishes: readonly Omit<Wish, 'violation'>[]) {
  const entries = wishes.map(({ date, description, key, lines }) => ({
    company_id: world.book.companyId,
    entry_date: date,
    description,
    idempotency_key: key,
    lines: lines.map(({ account, currency, debit, credit }) => ({
      ...{ account_id: account, currency },
      ...{ debit_cents: `${debit}`, credit_cents: `${credit}` },
    })),
  }));
  return {
    sql: 'select p.entry_id as id, p.outcome from finance.post_journals($1::jsonb) p order by p.entry_index',
    values: [JSON.stringify(entries)],
  };
}

function byInsert(moment: Moment, isSound: boolean): Attempt {
  const { tenantId, companyId } = moment.world.book;
  const wish = drawWish(moment, isSound);
  const id = randomUUID();
  const { lines } = wish;
  return {
    sql: `with header as (
        insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, idempotency_key)
        values ($1, $2, $3, $4, $5, $6)
      )
      insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
      select $1, $2, l.no, l.account, l.currency, l.debit, l.credit
      from unnest($7::uuid[], $8::text[], $9::bigint[], $10::bigint[]) with ordinality as l (account, currency, debit, credit, no)`,
    values: [
      ...[tenantId, id, companyId, wish.date, wish.description, wish.key],
      ...[lines.map((line) => line.account), lines.map((line) => line.currency)],
      ...[lines.map((line) => line.debit), lines.map((line) => line.credit)],
    ],
    refusedWith: moment.model.dateProblem(wish.date) ?? wish.violation,
    apply: () => fulfil(moment.model, id, wish, false),
  };
}

/** Sends an entry again that was posted under a key: as it was, or changed. */
function again(moment: Moment, isSame: boolean): Attempt | null {
  const keyed = moment.model.entries.filter(({ key }) => key !== null);
  if (keyed.length === 0) return null;
  const first = moment.dice.one(keyed);
  const wish = {
    ...first,
    description: isSame ? first.description : `${first.description} changed`,
  };
  return {
    ...arrayCall(moment, [wish]),
    refusedWith: isSame && first.isReplayable ? null : 'IB207',
    apply: ([row]) => {
      if (row?.id !== first.id || row.outcome !== 'replayed') {
        throw new Error(
          `${first.key} was answered with ${String(row?.outcome)} ${String(row?.id)}`,
        );
      }
    },
  };
}

/** Entries that are posted, well or badly, in the three ways there are. */
export const postingOperations: readonly Operation[] = [
  { name: 'post by function', weight: 6, plan: (moment) => byFunction(moment, true) },
  { name: 'post an array', weight: 5, plan: (moment) => byArray(moment, true) },
  { name: 'post by INSERT', weight: 5, plan: (moment) => byInsert(moment, true) },
  { name: 'post a bad entry by function', weight: 2, plan: (moment) => byFunction(moment, false) },
  { name: 'post a bad array', weight: 2, plan: (moment) => byArray(moment, false) },
  { name: 'post a bad entry by INSERT', weight: 2, plan: (moment) => byInsert(moment, false) },
  { name: 'send a keyed entry again', weight: 2, plan: (moment) => again(moment, true) },
  { name: 'use a key for another entry', weight: 1, plan: (moment) => again(moment, false) },
];
