import { accountId, accountsPerTenant, type Entry } from '../books.ts';
import type { Draw } from '../random.ts';
import type { Comparison } from '../variant.ts';
import { postingVariant } from './posting.ts';

const clients = 16;

/** One account that every client posts to, its balance kept, against the same load without balances. */
export function hotComparisons(scale: number): readonly Comparison[] {
  return [
    {
      row: 'hot',
      title: `entries of 2 lines, one account hit by ${clients} clients, sync on`,
      clients,
      transactions: Math.ceil(3200 * scale),
      synchronousCommit: 'on',
      writes: true,
      variants: [
        postingVariant(
          { name: 'without balances', summary: 'finance.post_journal, every entry to one account' },
          drawHot(false),
        ),
        postingVariant(
          {
            name: 'balances kept',
            summary: 'the same, all accounts keep their balance',
            against: [{ variant: 'without balances', hold: 0.95 }],
          },
          drawHot(true),
        ),
      ],
    },
  ];
}

/** An entry from one of the accounts of the first tenant to the hot one. */
function drawHot(keepsBalance: boolean): (draw: Draw) => Entry {
  return (draw) => {
    const amount = 1 + draw(1_000_000);
    const other = 1 + draw(accountsPerTenant - 1);
    return {
      tenant: 0,
      accounts: [accountId(0, 0, keepsBalance), accountId(0, other, keepsBalance)],
      debits: [amount, 0],
      credits: [0, amount],
    };
  };
}
