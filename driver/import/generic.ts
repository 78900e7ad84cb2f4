import { ImportError } from './errors.ts';
import { cellAt, Header, type Layout, readColumnMap } from './layout.ts';

/** What a column of a generic CSV file can hold. */
export const CSV_FIELDS = [
  'entry',
  'date',
  'description',
  'reference',
  'account',
  'account-name',
  'memo',
  'currency',
  'amount',
  'side',
  'debit',
  'credit',
] as const;

/** A field of a generic CSV file. */
export type CsvField = (typeof CSV_FIELDS)[number];

/** Which column holds which field; a field that is not named is looked for under its own name. */
export type ColumnMap = Readonly<Partial<Record<CsvField, string>>>;

/** Reads `field=Column` pairs of a journal file. @throws ImportError IB959. */
export function parseColumnMap(texts: readonly string[]): ColumnMap {
  return readColumnMap(texts, CSV_FIELDS);
}

/**
 * Reads any CSV file with one row a posting whose rows of one entry follow each other.
 * It needs entry, date and account, and either amount (signed, or with side) or debit and credit.
 * @throws ImportError IB951 when a column that is needed or was mapped is not there.
 */
export function genericLayout(
  headerCells: readonly string[],
  map: ColumnMap = {},
  needsDescription = true,
): Layout {
  const header = new Header(headerCells);
  const at = positions(header, map);
  const has = (field: CsvField) => at.has(field);
  for (const field of ['entry', 'date', 'description', 'account'] as const) {
    if (!has(field) && (field !== 'description' || needsDescription)) {
      throw unfit(`no column for ${field}`, header);
    }
  }
  if (has('amount') === has('debit') || has('debit') !== has('credit')) {
    throw unfit('not exactly one of: a column for amount, columns for debit and credit', header);
  }
  const column = (field: CsvField) => cellAt(at.get(field) ?? -1);
  const txn = column('entry');
  const date = column('date');
  const description = column('description');
  const reference = column('reference');
  const account = column('account');
  const accountName = column('account-name');
  const memo = column('memo');
  const commodity = column('currency');
  const amount = column('amount');
  const side = column('side');
  const debit = column('debit');
  const credit = column('credit');
  return {
    amounts: has('debit') ? 'debit-credit' : has('side') ? 'side' : 'signed',
    repeatsHeader: false,
    mixedCommodityHint: 'Every entry must balance in each currency by itself.',
    posting: (row) => ({
      line: row.line,
      endLine: row.endLine,
      txn: txn(row),
      date: date(row),
      description: description(row),
      reference: reference(row),
      account: account(row),
      accountName: accountName(row),
      memo: memo(row),
      commodity: commodity(row),
      amount: amount(row),
      side: side(row),
      debit: debit(row),
      credit: credit(row),
    }),
  };
}

function positions(header: Header, map: ColumnMap): ReadonlyMap<CsvField, number> {
  const at = new Map<CsvField, number>();
  for (const field of CSV_FIELDS) {
    const position = header.find(map[field] ?? field);
    if (position >= 0) at.set(field, position);
    else if (map[field] !== undefined)
      throw unfit(`no column "${map[field]}" for ${field}`, header);
  }
  const named = (field: CsvField) => map[field] !== undefined;
  const sides = named('debit') || named('credit');
  if (named('amount') && !sides) for (const field of ['debit', 'credit'] as const) at.delete(field);
  if (sides && !named('amount')) for (const field of ['amount', 'side'] as const) at.delete(field);
  return at;
}

function unfit(what: string, header: Header): ImportError {
  return new ImportError(
    'IB951',
    `the header has ${what}; it has ${header.describe()}`,
    'Name the columns with --map, such as --map entry=Voucher,date=Posted,account=Account,amount=Amount.',
    { line: 1 },
  );
}
