import type { Comparison } from '../variant.ts';
import { arrayComparisons } from './arrays.ts';
import { bulkComparisons } from './bulk.ts';
import { driverComparisons, networkComparisons } from './driver.ts';
import { clientComparisons, lineComparisons, postComparisons } from './entries.ts';
import { hotComparisons } from './hot.ts';
import { integrityComparisons } from './integrity.ts';
import { isolationComparisons } from './isolation.ts';
import { pgledgerComparisons, pgledgerIsMissing } from './peers.ts';
import { signedComparisons } from './signed.ts';

/** The keys for `--rows`, in the order they run. */
export const rowNames = [
  'post',
  'clients',
  'lines',
  'arrays',
  'hot',
  'bulk',
  'rls',
  'tenants',
  'signed',
  'driver',
  'driver-network',
  'integrity',
  'pgledger',
] as const;

/** What is measured, and which rows are not, with the reason. */
export interface Plan {
  readonly comparisons: readonly Comparison[];
  readonly skipped: readonly { readonly row: string; readonly reason: string }[];
}

/** The comparisons of the chosen rows, with their transactions and rows multiplied by `scale`. */
export function planOf(options: {
  readonly rows: readonly string[];
  readonly scale: number;
  readonly pgledger: string | undefined;
}): Plan {
  const { rows, scale, pgledger } = options;
  const missing = pgledgerIsMissing(pgledger);
  const all: readonly Comparison[] = [
    ...postComparisons(scale),
    ...clientComparisons(scale),
    ...lineComparisons(scale),
    ...arrayComparisons(scale),
    ...hotComparisons(scale),
    ...bulkComparisons(scale),
    ...isolationComparisons(scale),
    ...signedComparisons(scale),
    ...driverComparisons(scale),
    ...networkComparisons(scale),
    ...integrityComparisons(scale),
    ...(pgledger === undefined || missing !== undefined
      ? []
      : pgledgerComparisons(scale, pgledger)),
  ];
  return {
    comparisons: all.filter(({ row }) => rows.includes(row)),
    skipped:
      missing === undefined || !rows.includes('pgledger')
        ? []
        : [{ row: 'pgledger', reason: missing }],
  };
}
