import { randomUUID } from 'node:crypto';
import type { Dice } from './dice.ts';
import type { ForeignLine, ForeignWorld } from './foreign.ts';
import { type Attempt, type Moment, type Operation, textOf } from './operation.ts';
import { inEuro } from './rates.ts';
import { revaluationOf } from './revaluation.ts';
import { drawDate } from './world.ts';

/** Lines that balance in their currencies, each debit against one or two credits, with their amounts in euro; null where there is no rate. */
function drawConverted(
  { accounts }: ForeignWorld,
  dice: Dice,
  date: string,
): readonly ForeignLine[] | null {
  const { bank, capital, debts, fees, sales } = accounts;
  const usable = [bank, debts, fees, sales, capital];
  const lines: ForeignLine[] = [];
  const groups = 1 + dice.below(3);
  for (let group = 0; group < groups; group += 1) {
    const currency = dice.one(['USD', 'JPY', 'EUR', 'KWD']);
    const parts = Array.from({ length: 1 + dice.below(2) }, () => BigInt(1 + dice.below(100_000)));
    const whole = parts.reduce((sum, part) => sum + part, 0n);
    const convert = (cents: bigint) => (currency === 'EUR' ? null : inEuro(cents, currency, date));
    if (currency !== 'EUR' && convert(whole) === null) return null;
    const base = convert(whole);
    lines.push({
      ...{ account: dice.one(usable), currency, debit: whole, credit: 0n },
      ...{ baseDebit: base, baseCredit: base === null ? null : 0n },
    });
    for (const part of parts) {
      const credited = convert(part);
      lines.push({
        ...{ account: dice.one(usable), currency, debit: 0n, credit: part },
        ...{ baseDebit: credited === null ? null : 0n, baseCredit: credited },
      });
    }
  }
  return lines;
}

/** What the debits in euro exceed the credits by: what rounding leaves. */
function excessOf(lines: readonly ForeignLine[]): bigint {
  return lines.reduce(
    (sum, line) => sum + (line.baseDebit ?? line.debit) - (line.baseCredit ?? line.credit),
    0n,
  );
}

/** Posts lines whose base amounts the database computes, with a line for what rounding leaves or without. */
function post({ world, model, dice }: Moment): Attempt {
  const { book, accounts } = world.foreign;
  const date = drawDate(dice);
  const description = `converted ${randomUUID()}`;
  const isRounded = dice.below(2) === 0;
  // Without a rate the amounts do not matter.
  const drawn = drawConverted(world.foreign, dice, date);
  const asked = drawn ?? drawConverted(world.foreign, dice, '2026-01-01') ?? [];
  const excess = excessOf(asked);
  const zero = { debit: 0n, credit: 0n, baseDebit: 0n, baseCredit: 0n };
  const rounding = {
    ...{ ...zero, account: accounts.fees, currency: 'EUR' },
    ...(excess < 0n ? { baseDebit: -excess } : { baseCredit: excess }),
  };
  const lines = isRounded && excess !== 0n ? [...asked, rounding] : asked;
  const element = {
    ...{ company_id: book.companyId, entry_date: date, description },
    lines: lines.map((line) => ({
      ...{ account_id: line.account, currency: line.currency },
      ...{ debit_cents: `${line.debit}`, credit_cents: `${line.credit}` },
      ...(line === rounding && {
        ...{ base_debit_cents: `${line.baseDebit}`, base_credit_cents: `${line.baseCredit}` },
      }),
    })),
  };
  const isForeign = asked.some(({ baseDebit }) => baseDebit !== null);
  const conversion =
    drawn === null && isForeign ? 'IB230' : excessOf(lines) === 0n ? null : 'IB214';
  return {
    sql: 'select p.entry_id as id from finance.post_journals($1::jsonb) p',
    values: [JSON.stringify([element])],
    refusedWith: date.startsWith('2026-') ? conversion : 'IB801',
    apply: ([row]) => {
      const id = textOf(row, 'id');
      model.foreign.set(id, {
        ...{ id, date, description, lines, reverses: null, knownFrom: model.now },
      });
    },
  };
}

function reverse({ model, dice }: Moment): Attempt | null {
  const entries = [...model.foreign.values()];
  if (entries.length === 0) return null;
  const original = dice.one(entries);
  const reason = `reversal ${randomUUID()}`;
  const date = dice.below(3) === 2 ? drawDate(dice) : original.date;
  const refusal = () => {
    if (original.reverses !== null || date < original.date) return 'IB208';
    if (!date.startsWith('2026-')) return 'IB801';
    return entries.some(({ reverses }) => reverses === original.id) ? '23505' : null;
  };
  return {
    sql: 'select finance.reverse_journal($1, $2, $3) as id',
    values: [original.id, date, reason],
    refusedWith: refusal(),
    apply: ([row]) => {
      const id = textOf(row, 'id');
      const lines = original.lines.map((line) => ({
        ...{ ...line, debit: line.credit, credit: line.debit },
        ...{ baseDebit: line.baseCredit, baseCredit: line.baseDebit },
      }));
      model.foreign.set(id, {
        ...{ id, date, description: reason, lines, reverses: original.id, knownFrom: model.now },
      });
    },
  };
}

function revalue({ world, model, dice }: Moment): Attempt {
  const month = dice.below(12);
  const isElsewhere = dice.below(8) === 7;
  const { book, periods } = world.foreign;
  const { lines, ...header } = revaluationOf(world.foreign, [...model.foreign.values()], month);
  return {
    sql: 'select finance.revalue($1, $2) as id',
    values: [book.companyId, isElsewhere ? world.periods[month] : periods[month]],
    refusedWith: isElsewhere ? 'IB801' : null,
    apply: ([row]) => {
      if ((row?.id === null) !== (lines.length === 0)) {
        throw new Error(`the revaluation ${String(row?.id)} must have ${lines.length} lines`);
      }
      if (lines.length === 0) return;
      const id = textOf(row, 'id');
      model.foreign.set(id, { ...header, id, lines, reverses: null, knownFrom: model.now });
    },
  };
}

/** What happens in a company that keeps its foreign amounts in euros too. */
export const convertingOperations: readonly Operation[] = [
  { name: 'post foreign amounts', weight: 6, plan: post },
  { name: 'reverse foreign amounts', weight: 2, plan: reverse },
  { name: 'revalue foreign balances', weight: 3, plan: revalue },
];
