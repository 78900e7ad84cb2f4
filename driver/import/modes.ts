import type { Target, Unit } from './unit.ts';

/** Brings the items of one batch in, in whatever transaction the mode asks for. */
export type Step<Item, Outcome> = (items: readonly Item[]) => Promise<Outcome>;

/** Brings the items of one batch in, inside a transaction. */
export type UnitStep<U, Item, Outcome> = (unit: U, items: readonly Item[]) => Promise<Outcome>;

/** Rolls a transaction back and means no harm. */
class RolledBack extends Error {
  constructor() {
    super('rolled back on purpose');
  }
}

/** Runs work in a transaction, rolls it back and returns what the work found. */
export async function undone<U, T>(
  transaction: (work: (unit: U) => Promise<T>) => Promise<T>,
  work: (unit: U) => Promise<T>,
): Promise<T> {
  const found: { readonly value: T }[] = [];
  try {
    return await transaction(async (unit) => {
      found.push({ value: await work(unit) });
      throw new RolledBack();
    });
  } catch (error) {
    const last = found.at(-1);
    if (error instanceof RolledBack && last !== undefined) return last.value;
    throw error;
  }
}

/** Brings each batch in by a transaction of its own, or only tries it and rolls it back. */
export function batchwise<U extends Unit, Item, Outcome>(
  target: Target<U>,
  step: UnitStep<U, Item, Outcome>,
  dryRun: boolean,
): Step<Item, Outcome> {
  const transaction = (work: (unit: U) => Promise<Outcome>) => target.transaction(work);
  return (items) => {
    const work = (unit: U) => step(unit, items);
    return dryRun ? undone(transaction, work) : transaction(work);
  };
}

/** Runs a whole import in one transaction; commits only when nothing was refused; returns whether it did. */
export async function allOrNothing<U extends Unit, Item, Outcome>(
  target: Target<U>,
  step: UnitStep<U, Item, Outcome>,
  run: { readonly hasFaults: boolean; failCommit(error: unknown): void },
  feed: (step: Step<Item, Outcome>) => Promise<void>,
  dryRun: boolean,
): Promise<boolean> {
  try {
    await target.transaction(
      async (unit) => {
        await feed((items) => step(unit, items));
        if (dryRun || run.hasFaults) throw new RolledBack();
      },
      { once: true },
    );
    return true;
  } catch (error) {
    if (!(error instanceof RolledBack)) run.failCommit(error);
    return false;
  }
}
