import { type Booking, type BookingRules, bookBatch } from './booking.ts';
import type { Ledger } from './ledger.ts';
import type { Booker, ImportRun } from './run.ts';

/** Rolls a transaction back and carries what was found out in it. */
class RolledBack extends Error {
  readonly booking: Booking | null;

  constructor(booking: Booking | null = null) {
    super('rolled back on purpose');
    this.booking = booking;
  }
}

/** Books each batch in a transaction of its own. */
export function batchBooker(ledger: Ledger, rules: BookingRules): Booker {
  return (entries) => ledger.transaction((unit) => bookBatch(unit, entries, rules));
}

/** Tries each batch in a transaction of its own and rolls it back. */
export function trialBooker(ledger: Ledger, rules: BookingRules): Booker {
  return async (entries) => {
    try {
      return await ledger.transaction(async (unit) => {
        throw new RolledBack(await bookBatch(unit, entries, rules));
      });
    } catch (error) {
      if (error instanceof RolledBack && error.booking !== null) return error.booking;
      throw error;
    }
  };
}

/** Runs a whole import in one transaction; commits only when nothing was refused; returns whether it did. */
export async function allOrNothing(
  ledger: Ledger,
  run: ImportRun,
  rules: BookingRules,
  feed: (book: Booker) => Promise<void>,
  dryRun: boolean,
): Promise<boolean> {
  try {
    await ledger.transaction(
      async (unit) => {
        await feed((entries) => bookBatch(unit, entries, rules));
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
