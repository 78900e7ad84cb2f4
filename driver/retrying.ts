import { setTimeout } from 'node:timers/promises';
import { FabricError } from './errors.ts';

/** Runs work again, after a pause of random length, as long as a serialization failure or deadlock undid it. */
export async function retrying<T>(retries: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const mayRetry = error instanceof FabricError && /^(?:40001|40P01)$/.test(error.code);
      if (!mayRetry || attempt >= retries) throw error;
      await setTimeout(Math.random() * Math.min(1_000, 20 * 2 ** attempt));
    }
  }
}
