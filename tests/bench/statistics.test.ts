import { describe, expect, it } from 'vitest';
import { drawEntry } from '../../scripts/bench/books.ts';
import { drawFrom } from '../../scripts/bench/random.ts';
import {
  cpuRatios,
  median,
  orderOfRound,
  spread,
  throughputRatios,
} from '../../scripts/bench/statistics.ts';

const round = (perSecond: number, cpuMicros?: number) => ({ perSecond, cpuMicros });

describe('statistics of the bench', () => {
  it('the median of an odd number of values is the middle one, whatever their order', () => {
    expect(median([9, 1, 10, 2, 3])).toBe(3);
  });

  it('the median of an even number of values is the mean of the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('no values have no median', () => {
    expect(() => median([])).toThrow('no values');
  });

  it('a spread holds the median with its extremes', () => {
    expect(spread([0.4, 0.2, 0.9])).toEqual({ median: 0.4, min: 0.2, max: 0.9 });
  });

  it('throughput is compared with the baseline of the same round, not with its median', () => {
    const baseline = { rounds: [round(100), round(50)], units: 1 };
    const variant = { rounds: [round(50), round(25)], units: 1 };
    expect(throughputRatios(variant, baseline)).toEqual([0.5, 0.5]);
  });

  it('a transaction that carries 100 entries counts as 100', () => {
    const baseline = { rounds: [round(1000, 100)], units: 1 };
    const variant = { rounds: [round(40, 5000)], units: 100 };
    expect(throughputRatios(variant, baseline)).toEqual([4]);
    expect(cpuRatios(variant, baseline)).toEqual([2]);
  });

  it('the CPU ratio is above 1 for what costs less', () => {
    const baseline = { rounds: [round(1, 60)], units: 1 };
    expect(cpuRatios({ rounds: [round(1, 30)], units: 1 }, baseline)).toEqual([2]);
  });

  it('there is no CPU ratio where one round could not be read', () => {
    const baseline = { rounds: [round(1, 60), round(1)], units: 1 };
    const variant = { rounds: [round(1, 60), round(1, 60)], units: 1 };
    expect(cpuRatios(variant, baseline)).toBeUndefined();
  });

  it('a baseline with fewer rounds is refused', () => {
    const baseline = { rounds: [round(1)], units: 1 };
    const variant = { rounds: [round(1), round(1)], units: 1 };
    expect(() => throughputRatios(variant, baseline)).toThrow('no round 2');
  });

  it('the order is reversed in every second round', () => {
    expect(orderOfRound(['A', 'b', 'c'], 0)).toEqual(['A', 'b', 'c']);
    expect(orderOfRound(['A', 'b', 'c'], 1)).toEqual(['c', 'b', 'A']);
    expect(orderOfRound(['A', 'b', 'c'], 2)).toEqual(['A', 'b', 'c']);
  });
});

describe('work of the bench', () => {
  it('the same seed draws the same entries, so every variant does the same work', () => {
    const drawn = (seed: number) => {
      const draw = drawFrom(seed);
      return Array.from({ length: 50 }, () => drawEntry(draw, 4));
    };
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });

  it('every drawn entry balances and has the number of lines asked for', () => {
    const draw = drawFrom(1);
    for (let count = 0; count < 100; count += 1) {
      const { accounts, debits, credits } = drawEntry(draw, 10);
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      expect(accounts).toHaveLength(10);
      expect(sum(debits)).toBe(sum(credits));
      expect(debits.map((debit, line) => debit > 0 !== (credits[line] ?? 0) > 0)).not.toContain(
        false,
      );
    }
  });
});
