import { createRandom, type Random } from '../../ledger/storm/random.ts';

/** Choices that repeat themselves for the same seed. */
export interface Dice extends Random {
  /** True in this share of calls. */
  chance(share: number): boolean;
}

/** Makes dice from a seed. */
export function createDice(seed: string): Dice {
  const random = createRandom(seed);
  return { ...random, chance: (share) => random.below(1_000) < share * 1_000 };
}
