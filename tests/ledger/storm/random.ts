import { createHash } from 'node:crypto';

/** A source of choices that repeats itself for the same seed. */
export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** The list in some order. */
  shuffle<T>(list: readonly T[]): T[];
}

/** Makes a {@link Random} from a seed. */
export function createRandom(seed: string): Random {
  let drawn = 0;
  const below = (limit: number): number => {
    drawn += 1;
    const digest = createHash('sha256').update(`${seed} ${drawn}`).digest();
    return digest.readUInt32BE() % limit;
  };
  return {
    below,
    pick: (list) => {
      const index = below(list.length);
      if (index >= list.length) throw new Error('nothing to pick from');
      return list[index] as (typeof list)[number];
    },
    shuffle: (list) =>
      list
        .map((element) => ({ element, place: below(1_000_000) }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ element }) => element),
  };
}

/** Deals cards from a shuffled pack, and shuffles again when all have been dealt: each comes up as often as it is in the pack. */
export function createDealer<T>(random: Random, pack: readonly T[]): () => T {
  let rest: T[] = [];
  return () => {
    if (rest.length === 0) rest = random.shuffle(pack);
    const card = rest.pop();
    if (card === undefined) throw new Error('nothing to deal from');
    return card;
  };
}
