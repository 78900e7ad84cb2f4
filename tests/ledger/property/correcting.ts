import { randomUUID } from 'node:crypto';
import type { Model, ModelEntry } from './model.ts';
import { type Attempt, type Moment, type Operation, textOf } from './operation.ts';
import { drawWish, elementOf, fulfil, refusalOf } from './wishes.ts';
import { drawDate } from './world.ts';

/** Draws an entry, and a date and a reason to reverse it, whether that is allowed or not. */
function drawReversal({ model, dice }: Moment) {
  if (model.entries.length === 0) return null;
  const original = dice.one(model.entries);
  const date = dice.below(4) === 3 ? drawDate(dice) : original.date;
  const isReversible = original.reverses === null && date >= original.date;
  const refusal = isReversible
    ? (model.dateProblem(date) ?? (model.isReversed(original.id) ? '23505' : null))
    : 'IB208';
  return { original, date, reason: `reversal ${randomUUID()}`, refusal };
}

/** Writes the reversal of an entry into the model. */
function mirror(
  model: Model,
  id: string,
  { original, date, reason }: { original: ModelEntry; date: string; reason: string },
): void {
  model.add({
    ...{ id, date, description: reason, key: null },
    ...{ isReplayable: false, reverses: original.id, corrects: null },
    lines: original.lines.map((line) => ({ ...line, debit: line.credit, credit: line.debit })),
  });
}

function reverse(moment: Moment): Attempt | null {
  const reversal = drawReversal(moment);
  return (
    reversal && {
      sql: 'select finance.reverse_journal($1, $2, $3) as id',
      values: [reversal.original.id, reversal.date, reversal.reason],
      refusedWith: reversal.refusal,
      apply: ([row]) => mirror(moment.model, textOf(row, 'id'), reversal),
    }
  );
}

const correction = `select c.reversal_id, c.correction_id
  from finance.correct_journal($1, $2, $3, $4::jsonb) c`;

function correct(moment: Moment, isSound: boolean): Attempt | null {
  const { world, model } = moment;
  const reversal = drawReversal(moment);
  if (reversal === null) return null;
  const { original, date, reason } = reversal;
  const wish = {
    ...drawWish(moment, isSound),
    key: moment.dice.below(2) === 1 ? randomUUID() : null,
  };
  return {
    sql: correction,
    values: [original.id, date, reason, JSON.stringify(elementOf(world, wish))],
    refusedWith: reversal.refusal ?? refusalOf(model, [wish]),
    apply: ([row]) => {
      mirror(model, textOf(row, 'reversal_id'), reversal);
      fulfil(model, textOf(row, 'correction_id'), wish, { corrects: original.id });
    },
  };
}

/** Corrections that have a key, with the reversal that each goes with. */
function keyedCorrections({ entries }: Model) {
  return entries.flatMap((entry) => {
    const reversal = entries.find(
      ({ reverses }) => reverses !== null && reverses === entry.corrects,
    );
    return entry.key === null || reversal === undefined ? [] : [{ entry, reversal }];
  });
}

/** Sends a correction again: as it was, or another one under its key. */
function correctAgain({ world, model, dice }: Moment, isSame: boolean): Attempt | null {
  const known = keyedCorrections(model);
  if (known.length === 0) return null;
  const { entry, reversal } = dice.one(known);
  const description = isSame ? entry.description : `${entry.description} changed`;
  const element = JSON.stringify(elementOf(world, { ...entry, description }));
  return {
    sql: correction,
    values: [entry.corrects, reversal.date, reversal.description, element],
    refusedWith: isSame ? null : 'IB207',
    apply: ([row]) => {
      if (row?.reversal_id !== reversal.id || row.correction_id !== entry.id) {
        throw new Error(`the correction ${entry.id} was answered with ${JSON.stringify(row)}`);
      }
    },
  };
}

/** Sends a correction under its key to correct another entry by it, perhaps in the transaction of the first. */
function correctOther(moment: Moment): Attempt | null {
  const { world, model, dice } = moment;
  const known = keyedCorrections(model);
  const reversal = drawReversal(moment);
  if (known.length === 0 || reversal === null) return null;
  const { entry } = dice.one(known);
  const { original, date, reason, refusal } = reversal;
  return {
    sql: correction,
    values: [original.id, date, reason, JSON.stringify(elementOf(world, entry))],
    refusedWith: refusal ?? 'IB207',
  };
}

/** Entries that are put right: reversed, or replaced. */
export const correctingOperations: readonly Operation[] = [
  { name: 'reverse an entry', weight: 5, plan: reverse },
  { name: 'correct an entry', weight: 4, plan: (moment) => correct(moment, true) },
  { name: 'correct an entry badly', weight: 2, plan: (moment) => correct(moment, false) },
  { name: 'send a correction again', weight: 3, plan: (moment) => correctAgain(moment, true) },
  { name: 'use the key of a correction', weight: 2, plan: (moment) => correctAgain(moment, false) },
  { name: 'correct another entry under a key', weight: 2, plan: correctOther },
];
