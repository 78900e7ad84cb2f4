import { type Drafted, draftBatch } from './drafting.ts';
import type { Drafter, PaymentRun } from './run.ts';
import type { PaymentStore } from './store.ts';

/** Rolls a transaction back and carries what was found out in it. */
class RolledBack extends Error {
  readonly drafted: Drafted | null;

  constructor(drafted: Drafted | null = null) {
    super('rolled back on purpose');
    this.drafted = drafted;
  }
}

/** Stores each batch in a transaction of its own. */
export function batchDrafter(store: PaymentStore, companyId: string): Drafter {
  return (payments) => store.transaction((unit) => draftBatch(unit, companyId, payments));
}

/** Tries each batch in a transaction of its own and rolls it back. */
export function trialDrafter(store: PaymentStore, companyId: string): Drafter {
  return async (payments) => {
    try {
      return await store.transaction(async (unit) => {
        throw new RolledBack(await draftBatch(unit, companyId, payments));
      });
    } catch (error) {
      if (error instanceof RolledBack && error.drafted !== null) return error.drafted;
      throw error;
    }
  };
}

/** Runs a whole import in one transaction; commits only when nothing was refused; returns whether it did. */
export async function allPayments(
  store: PaymentStore,
  companyId: string,
  run: PaymentRun,
  feed: (draft: Drafter) => Promise<void>,
  dryRun: boolean,
): Promise<boolean> {
  try {
    await store.transaction(
      async (unit) => {
        await feed((payments) => draftBatch(unit, companyId, payments));
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
