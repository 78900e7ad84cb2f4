import { setTimeout } from 'node:timers/promises';
import { FabricError } from './errors.ts';

/** Runs work again, after a pause of random length, as long as a serialization failure or deadlock undid it. */
export async function retrying<T>(retries: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!mayRetry(error) || attempt >= retries) throw error;
      await setTimeout(Math.random() * Math.min(1_000, 20 * 2 ** attempt));
    }
  }
}

/** A query builder may have wrapped the error in one of its own. */
function mayRetry(error: unknown): boolean {
  const reason = error instanceof FabricError ? error : error instanceof Error ? error.cause : null;
  return reason instanceof FabricError && /^(?:40001|40P01)$/.test(reason.code);
}
