import { newEntryId } from '../ids.ts';
import { type Attempt, type Moment, type Operation, textOf } from './operation.ts';
import { arrayCall, drawWish, fulfil, refusalOf } from './wishes.ts';

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
    refusedWith: refusalOf(moment.model, [wish]),
    apply: ([row]) => fulfil(moment.model, textOf(row, 'id'), wish),
  };
}

function byArray(moment: Moment, isSound: boolean): Attempt {
  const wishes = Array.from({ length: 1 + moment.dice.below(4) }, (_, at) =>
    drawWish(moment, isSound || at !== 0),
  );
  return {
    ...arrayCall(moment.world, wishes),
    refusedWith: refusalOf(moment.model, wishes),
    apply: (rows) => {
      for (const [at, wish] of wishes.entries()) fulfil(moment.model, textOf(rows[at], 'id'), wish);
    },
  };
}

function byInsert(moment: Moment, isSound: boolean): Attempt {
  const { tenantId, companyId } = moment.world.book;
  const wish = drawWish(moment, isSound);
  const id = newEntryId();
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
    apply: () => fulfil(moment.model, id, wish, { isReplayable: false }),
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
    ...arrayCall(moment.world, [wish]),
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
