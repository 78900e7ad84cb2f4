import { moved, stepProblem } from './documents.ts';
import { type Attempt, type Moment, textOf } from './operation.ts';
import { violationOf } from './wishes.ts';
import { drawDate } from './world.ts';

/** Who gets every payment. */
export const beneficiary = 'Landlord';

/** Settles a payment by accounts that may be used or not, or once more as it was settled. */
export function settle({ world, model, dice }: Moment): Attempt | null {
  const payment = dice.mostly(model.payments.values(), ({ status }) => status === 'released');
  if (payment === null) return null;
  const entry = model.entries.find(({ id }) => id === payment.entryId);
  const isRepeated = entry !== undefined && dice.below(2) === 0;
  const { cash, kept, inactive } = world.book.accounts;
  const date = isRepeated ? entry.date : drawDate(dice);
  const debited = dice.one([world.costs, world.loan, kept, inactive]);
  const credited = dice.one([cash, kept, world.euro]);
  const { currency, amount } = payment;
  const lines = isRepeated
    ? entry.lines
    : [
        { account: debited, currency, debit: amount, credit: 0n },
        { account: credited, currency, debit: 0n, credit: amount },
      ];
  const accounts = lines.map(({ account }) => account);
  const isAlike =
    entry?.date === date && entry.lines.every(({ account }, at) => account === accounts[at]);
  const problem = violationOf(lines, world) ?? model.dateProblem(date);
  const refusal = payment.status === 'released' ? problem : stepProblem(payment, 'settled');
  return {
    sql: 'select finance.settle_payment($1, $2, $3, $4) as id',
    values: [payment.id, date, ...accounts],
    refusedWith: entry === undefined ? refusal : isAlike ? null : 'IB819',
    apply: ([row]) => {
      const id = textOf(row, 'id');
      if (entry !== undefined) {
        if (id !== entry.id) throw new Error(`payment ${payment.id} was settled again by ${id}`);
        return;
      }
      model.add({
        ...{ id, date, description: `Payment ${payment.no ?? payment.id} to ${beneficiary}` },
        ...{ lines, key: null, isReplayable: false, reverses: null, corrects: null },
      });
      model.payments.set(payment.id, { ...moved(payment, 'settled'), entryId: id });
    },
  };
}
