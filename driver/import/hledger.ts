import { ImportError } from './errors.ts';
import { cellAt, Header, type Layout } from './layout.ts';

const REQUIRED = ['txnidx', 'date', 'description', 'account', 'amount', 'commodity'] as const;
const OPTIONAL = ['code', 'posting-comment', 'debit', 'credit'] as const;

/**
 * Reads the CSV that `hledger print -O csv` writes: one row a posting, rows of a transaction share `txnidx`.
 * Columns are found by name, in any order; others than those named here are passed over.
 * @throws ImportError IB951 when a column is missing or doubled.
 */
export function hledgerLayout(headerCells: readonly string[]): Layout {
  const header = new Header(headerCells);
  const missing = REQUIRED.filter((name) => header.find(name) === -1);
  if (missing.length > 0) {
    throw new ImportError(
      'IB951',
      `the header lacks ${missing.join(', ')}; it has ${header.describe()}`,
      'Print the journal with `hledger print -O csv`, or use --format csv with --map for other files.',
      { line: 1 },
    );
  }
  const column = (name: (typeof REQUIRED | typeof OPTIONAL)[number]) => cellAt(header.find(name));
  const txn = column('txnidx');
  const date = column('date');
  const description = column('description');
  const reference = column('code');
  const account = column('account');
  const memo = column('posting-comment');
  const commodity = column('commodity');
  const amount = column('amount');
  const debit = column('debit');
  const credit = column('credit');
  return {
    amounts: 'signed',
    repeatsHeader: true,
    mixedCommodityHint:
      'hledger prints amounts without their price: print the journal at cost (hledger print --cost -O csv).',
    posting: (row) => ({
      line: row.line,
      endLine: row.endLine,
      txn: txn(row),
      date: date(row),
      description: description(row),
      reference: reference(row),
      account: account(row),
      accountName: '',
      memo: memo(row),
      commodity: commodity(row),
      amount: amount(row),
      side: '',
      debit: debit(row),
      credit: credit(row),
    }),
  };
}
