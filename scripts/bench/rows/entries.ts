import type { Comparison } from '../variant.ts';
import { directVariant, postVariant, unguardedVariant } from './posting.ts';

/** Entries of two lines at four clients: the function, with balances kept, and direct SQL, against A. */
export function postComparisons(scale: number): readonly Comparison[] {
  return (['off', 'on'] as const).map((synchronousCommit) => ({
    row: 'post',
    title: `entries of 2 lines, 4 clients, sync ${synchronousCommit}`,
    clients: 4,
    lines: 2,
    transactions: Math.ceil(2000 * scale),
    synchronousCommit,
    writes: true,
    variants: [
      unguardedVariant(2),
      postVariant(2, { against: [{ variant: 'A', hold: synchronousCommit === 'on' ? 0.5 : 0.4 }] }),
      postVariant(
        2,
        {
          name: 'post_journal, balances kept',
          summary: 'the same to accounts that keep their balance',
          against: [{ variant: 'post_journal', hold: 0.9 }],
        },
        true,
      ),
      directVariant(2, { against: [{ variant: 'A', hold: 0.3 }] }),
    ],
  }));
}

/** Entries of two lines at 1 to 16 clients, for the chart of throughput. */
export function clientComparisons(scale: number): readonly Comparison[] {
  return [1, 2, 4, 8, 16].map((clients) => ({
    row: 'clients',
    title: `entries of 2 lines, ${clients} ${clients === 1 ? 'client' : 'clients'}, sync on`,
    clients,
    transactions: Math.ceil(400 * Math.min(clients, 4) * scale),
    synchronousCommit: 'on' as const,
    writes: true,
    variants: [unguardedVariant(2), postVariant(2), directVariant(2)],
  }));
}

/** Entries of 10, 100 and 1,000 lines through the function, against A. */
export function lineComparisons(scale: number): readonly Comparison[] {
  const sizes = [
    { lines: 10, transactions: 1200 },
    { lines: 100, transactions: 200 },
    { lines: 1000, transactions: 24 },
  ];
  return sizes.map(({ lines, transactions }) => ({
    row: 'lines',
    title: `entries of ${lines} lines, 4 clients, sync off`,
    clients: 4,
    lines,
    transactions: Math.ceil(transactions * scale),
    synchronousCommit: 'off' as const,
    writes: true,
    variants: [
      unguardedVariant(lines),
      postVariant(lines, { against: [{ variant: 'A', hold: 0.45 }] }),
      directVariant(lines),
    ],
  }));
}
