import { setTimeout } from 'node:timers/promises';
import { publishRetry, type TransactionTrace } from './channels.ts';
import { FabricError, isServerError } from './errors.ts';
import type { Stop } from './stop.ts';

/** Whether work that failed so may simply be run again. */
export type MayRepeat = (error: FabricError) => boolean;

/** A serialization failure or deadlock undid the work. */
export const wasUndone: MayRepeat = ({ code }) => code === '40001' || code === '40P01';

/** No connection could be opened, for a reason that may pass; nothing was sent. */
export const wasNotConnected: MayRepeat = ({ code, cause }) =>
  isServerError(cause) ? /^(?:08|53|57P)/.test(code) : code === 'IB922';

/** What else concerns the repetitions. */
export interface RetryOptions {
  readonly mayRepeat?: MayRepeat;
  readonly stop?: Stop | undefined;
  /** Counts them. */
  readonly trace?: TransactionTrace | undefined;
}

/** Runs work again, after a pause of random length, as long as it failed so. */
export async function retrying<T>(
  retries: number,
  work: () => Promise<T>,
  { mayRepeat = wasUndone, stop, trace }: RetryOptions = {},
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined || !mayRepeat(reason) || attempt >= retries) throw error;
      publishRetry({ code: reason.code, attempt: attempt + 1 });
      if (trace !== undefined) trace.retries += 1;
      const pause = setTimeout(Math.random() * Math.min(1_000, 20 * 2 ** attempt));
      await (stop === undefined ? pause : stop.race(pause));
    }
  }
}

/** A query builder may have wrapped the error in one of its own. */
function reasonOf(error: unknown): FabricError | undefined {
  const reason = error instanceof FabricError ? error : error instanceof Error ? error.cause : null;
  return reason instanceof FabricError ? reason : undefined;
}
