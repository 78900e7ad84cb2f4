import type { Refusal } from '../../driver/import/entry.ts';
import { type ImportOptions, importJournal } from '../../driver/import/importer.ts';
import type { Ledger } from '../../driver/import/ledger.ts';
import type { ImportReport } from '../../driver/import/report.ts';

/** The header that hledger writes. */
export const HLEDGER_HEADER =
  'txnidx,date,date2,status,code,description,comment,account,amount,commodity,credit,debit,posting-status,posting-comment';

/** One posting for `hledgerCsv`. */
export interface Row {
  readonly txn: string | number;
  readonly account: string;
  readonly amount: string;
  readonly date?: string;
  readonly commodity?: string;
  readonly description?: string;
  readonly code?: string;
  readonly memo?: string;
}

/** Writes rows the way hledger does. */
export function hledgerCsv(rows: readonly Row[]): string {
  const cell = (text: string | number) => `"${String(text).replaceAll('"', '""')}"`;
  const lines = rows.map((row) => {
    const {
      date = '2024-01-15',
      description = 'Sale',
      code = '',
      commodity = 'USD',
      memo = '',
    } = row;
    const head = [row.txn, date, '', '*', code, description, ''];
    return [...head, row.account, row.amount, commodity, '', '', '', memo].map(cell).join(',');
  });
  return [HLEDGER_HEADER, ...lines, ''].join('\n');
}

/** Two rows that move an amount from one account to another. */
export function transfer(
  txn: string | number,
  amount: string,
  more: Partial<Row> & { from?: string; to?: string } = {},
): Row[] {
  const { from = 'Revenue:Sales', to = 'Assets:Cash', ...rest } = more;
  return [
    { txn, account: to, amount, ...rest },
    { txn, account: from, amount: `-${amount}`, ...rest },
  ];
}

/** Text as a stream of bytes, in pieces of a given size. */
export async function* bytesOf(text: string, size = 65_536): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Imports hledger CSV text into company MAIN. */
export function importText(
  ledger: Ledger,
  text: string,
  options: Partial<ImportOptions> = {},
): Promise<ImportReport> {
  const rest = { file: 'test.csv', format: 'hledger-csv', company: 'MAIN', ...options } as const;
  return importJournal(bytesOf(text), ledger, rest);
}

/** Refusals as `first-last code code: …` for short expectations. */
export function shortly(refused: readonly Refusal[]): string[] {
  return refused.map(({ firstLine, lastLine, problems }) => {
    return `${firstLine}-${lastLine} ${problems.map(({ line, code }) => `${code}@${line}`).join(' ')}`;
  });
}
