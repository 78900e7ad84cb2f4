import type { Model } from './model.ts';
import { type Attempt, type Moment, type Operation, type Row, textOf } from './operation.ts';
import { arrayCall, drawWish, fulfil, refusalOf, type Wish } from './wishes.ts';

/** An element of a partial array: new, of this array or of the books once more, such a one changed, or a bad one. */
function drawElement(moment: Moment, before: readonly Wish[]): Wish {
  const { model, dice } = moment;
  const kind = dice.below(5);
  const known = model.entries.map((entry): Wish => ({ ...entry, violation: null }));
  const keyed = [...before, ...known].filter(({ key }) => key !== null);
  if (kind < 3 || keyed.length === 0) return drawWish(moment, kind !== 2);
  const first = dice.one(keyed);
  return kind === 3 ? first : { ...first, description: `${first.description} changed` };
}

/** What must become of an element, worked out after those before it. */
function expected(model: Model, { key, description, date, violation }: Wish): string {
  const known = key === null ? undefined : model.keyed(key);
  if (known === undefined) return violation ?? model.dateProblem(date) ?? 'posted';
  const isSame = known.isReplayable && known.description === description;
  return isSame ? `replayed ${known.id}` : 'IB207';
}

function found({ id, outcome, code }: Row): string {
  if (outcome === 'refused') return id === null ? String(code) : `refused ${String(id)}`;
  return outcome === 'replayed' ? `replayed ${String(id)}` : String(outcome);
}

function partly(moment: Moment): Attempt {
  const { world, model, dice } = moment;
  const wishes: Wish[] = [];
  const count = 2 + dice.below(5);
  while (wishes.length < count) wishes.push(drawElement(moment, wishes));
  return {
    ...arrayCall(world, wishes, 'partial'),
    refusedWith: null,
    apply: (rows) => {
      for (const [at, wish] of wishes.entries()) {
        const [wanted, outcome] = [expected(model, wish), found(rows[at] ?? {})];
        if (wanted !== outcome) {
          throw new Error(`element ${at + 1} of ${JSON.stringify(rows)} must be ${wanted}`);
        }
        if (wanted === 'posted') fulfil(model, textOf(rows[at], 'id'), wish);
      }
    },
  };
}

/** The call of finance.bulk_post(), with the lines of the entries one after another or interleaved. */
function bulkCall({ world, dice }: Moment, wishes: readonly Wish[]) {
  const lines = wishes.flatMap((wish, at) =>
    wish.lines.map((line, position) => ({ ...line, position, entry: at + 1 })),
  );
  if (dice.below(2) === 1) lines.sort((one, other) => one.position - other.position);
  return {
    sql: `select u.id from unnest(finance.bulk_post($1, $2, $3, null, $4, $5, $6, $7, $8, $9))
      with ordinality as u (id, no) order by u.no`,
    values: [
      ...[world.book.companyId, wishes.map(({ date }) => date)],
      ...[wishes.map(({ description }) => description), wishes.map(({ key }) => key)],
      ...[lines.map(({ entry }) => entry), lines.map(({ account }) => account)],
      lines.map(({ currency }) => currency),
      ...[lines.map(({ debit }) => debit), lines.map(({ credit }) => credit)],
    ],
  };
}

function inBulk(moment: Moment, isSound: boolean): Attempt {
  const wishes = Array.from({ length: 1 + moment.dice.below(4) }, (_, at) =>
    drawWish(moment, isSound || at !== 0),
  );
  return {
    ...bulkCall(moment, wishes),
    refusedWith: refusalOf(moment.model, wishes),
    apply: (rows) => {
      for (const [at, wish] of wishes.entries()) fulfil(moment.model, textOf(rows[at], 'id'), wish);
    },
  };
}

/** Sends a keyed entry again in bulk, however it was posted first. */
function bulkAgain(moment: Moment): Attempt | null {
  const keyed = moment.model.entries.filter(({ key }) => key !== null);
  if (keyed.length === 0) return null;
  const first = moment.dice.one(keyed);
  return {
    ...bulkCall(moment, [{ ...first, violation: null }]),
    refusedWith: first.isReplayable ? null : 'IB207',
    apply: ([row]) => {
      if (row?.id !== first.id) throw new Error(`${first.key} became ${String(row?.id)}`);
    },
  };
}

/** Arrays in which a line is of no entry. */
function misshapen(moment: Moment): Attempt {
  const { sql, values } = bulkCall(moment, [drawWish(moment, true)]);
  const wrong = moment.dice.one([0, 2]);
  const spoilt = values.map((value, at) =>
    at === 4 && Array.isArray(value) ? value.map(() => wrong) : value,
  );
  return { sql, values: spoilt, refusedWith: 'IB210' };
}

/** Entries posted many at a time, with what is wrong left out or all refused. */
export const bulkOperations: readonly Operation[] = [
  { name: 'post what can be posted', weight: 4, plan: partly },
  { name: 'post in bulk', weight: 4, plan: (moment) => inBulk(moment, true) },
  { name: 'post badly in bulk', weight: 2, plan: (moment) => inBulk(moment, false) },
  { name: 'send a keyed entry again in bulk', weight: 1, plan: bulkAgain },
  { name: 'post lines of no entry in bulk', weight: 1, plan: misshapen },
];
