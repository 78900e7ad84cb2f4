import type { Comparison } from '../variant.ts';
import { arrayComparisons } from './arrays.ts';
import { driverComparisons } from './driver.ts';
import { isolationComparisons } from './isolation.ts';
import { lineComparisons, postComparisons } from './posting.ts';

/** The keys for `--rows`, in the order they run. */
export const rowNames = ['post', 'lines', 'arrays', 'rls', 'tenants', 'driver'] as const;

/** All comparisons, with their transactions and rows multiplied by `scale`. */
export function allComparisons(scale: number): readonly Comparison[] {
  return [
    ...postComparisons(scale),
    ...lineComparisons(scale),
    ...arrayComparisons(scale),
    ...isolationComparisons(scale),
    ...driverComparisons(scale),
  ];
}
