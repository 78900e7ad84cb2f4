import fc from 'fast-check';

/** Choices of one step: fast-check draws them, an operation uses as many as it needs, and smaller ones are simpler. */
export class Dice {
  readonly #numbers: readonly number[];
  #used = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** A number from 0 to `limit` - 1; 0 when the draws are used up. */
  below(limit: number): number {
    return limit <= 1 ? 0 : (this.#numbers[this.#used++] ?? 0) % limit;
  }

  /** One of some values. @throws RangeError without any. */
  one<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('nothing to choose from');
    return value;
  }

  /** One of the last values, or null without any: what was begun a short while ago is more likely to go on. */
  recent<T>(values: Iterable<T>): T | null {
    const last = [...values].slice(-4);
    return last.length === 0 ? null : this.one(last);
  }

  /** The same, three times of four among those that are fit, where there are any. */
  mostly<T>(values: Iterable<T>, isFit: (value: T) => boolean): T | null {
    const all = [...values];
    const fit = all.filter(isFit);
    return this.recent(fit.length > 0 && this.below(4) < 3 ? fit : all);
  }
}

/** Draws of one step. */
export const draws = fc.array(fc.nat(1_000_000), { minLength: 64, maxLength: 64 });
