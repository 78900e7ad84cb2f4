import { randomUUID } from 'node:crypto';
import type { Model, ModelEntry, ModelLine } from './model.ts';
import type { Moment } from './operation.ts';
import { drawDate, drawLines, type World } from './world.ts';

/** An entry to be asked for, and what its own content has against it. */
export interface Wish {
  readonly date: string;
  readonly description: string;
  readonly key: string | null;
  readonly lines: readonly ModelLine[];
  readonly violation: string | null;
}

/** What can be wrong with lines, one thing at a time. */
const faults: readonly ((lines: readonly ModelLine[], world: World) => readonly ModelLine[])[] = [
  ([first, ...rest]) => (first ? [{ ...first, debit: first.debit + 1n }, ...rest] : []),
  (lines) => lines.slice(0, 1),
  (lines, { book }) => withAccount(lines, book.accounts.inactive),
  (lines, { elsewhere }) => withAccount(lines, elsewhere),
  (lines, { euro }) =>
    withAccount(
      lines.map((line) => ({ ...line, currency: 'USD' })),
      euro,
    ),
];

function withAccount(lines: readonly ModelLine[], account: string): readonly ModelLine[] {
  return lines.map((line, at) => (at === 0 ? { ...line, account } : line));
}

/** The code with which the posting functions refuse lines, whatever their date is, or null. */
export function violationOf(lines: readonly ModelLine[], world: World): string | null {
  if (lines.some(({ debit, credit }) => debit > 0n === credit > 0n)) return 'IB210';
  if (lines.length < 2) return 'IB202';
  const unusable = [world.book.accounts.inactive, world.elsewhere];
  if (lines.some(({ account }) => unusable.includes(account))) return 'IB205';
  const isMisplaced = ({ account, currency }: ModelLine) =>
    account === world.euro && currency !== 'EUR';
  if (lines.some(isMisplaced)) return 'IB206';
  const sums = new Map<string, bigint>();
  for (const { currency, debit, credit } of lines) {
    sums.set(currency, (sums.get(currency) ?? 0n) + debit - credit);
  }
  return [...sums.values()].some((sum) => sum !== 0n) ? 'IB201' : null;
}

/** Draws an entry that may be posted, but for its date, or one that may not. */
export function drawWish({ world, dice }: Moment, isSound: boolean): Wish {
  const date = drawDate(dice);
  const key = dice.below(4) === 3 ? randomUUID() : null;
  // The two currencies of a spoilt pair must not be two entries of one currency each: keep to one pair.
  const drawn = isSound ? drawLines(world, dice) : drawLines(world, dice).slice(0, 2);
  const lines = isSound ? drawn : dice.one(faults)(drawn, world);
  const wish = { date, description: `wish ${randomUUID()}`, key, lines };
  return { ...wish, violation: violationOf(lines, world) };
}

/** Writes a wish that came true into the model. */
export function fulfil(
  model: Model,
  id: string,
  { violation: _, ...entry }: Wish,
  facts: Partial<Pick<ModelEntry, 'isReplayable' | 'corrects'>> = {},
): void {
  model.add({ ...entry, id, isReplayable: true, reverses: null, corrects: null, ...facts });
}

/** The code with which several entries are refused that are posted all or none, or null. */
export function refusalOf(model: Model, wishes: readonly Wish[]): string | null {
  // What is wrong with the entries themselves is found before their periods are, and those are locked in order.
  const violation = wishes.find((wish) => wish.violation !== null)?.violation ?? null;
  const days = wishes.map(({ date }) => date).sort();
  const period = days.map((day) => model.dateProblem(day)).find((problem) => problem !== null);
  return violation ?? period ?? null;
}

/** An entry as an element of what finance.post_journals() takes. */
export function elementOf(
  { book }: World,
  { date, description, key, lines }: Omit<Wish, 'violation'>,
) {
  return {
    company_id: book.companyId,
    entry_date: date,
    description,
    idempotency_key: key,
    lines: lines.map(({ account, currency, debit, credit }) => ({
      ...{ account_id: account, currency },
      ...{ debit_cents: `${debit}`, credit_cents: `${credit}` },
    })),
  };
}

/** The call that posts an array of entries, and returns id, outcome and code of each. */
export function arrayCall(
  world: World,
  wishes: readonly Omit<Wish, 'violation'>[],
  mode: 'all' | 'partial' = 'all',
) {
  return {
    sql: `select p.entry_id as id, p.outcome, p.code
      from finance.post_journals($1::jsonb, $2) p order by p.entry_index`,
    values: [JSON.stringify(wishes.map((wish) => elementOf(world, wish))), mode],
  };
}
