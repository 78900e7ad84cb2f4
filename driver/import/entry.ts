/** One posting as the file gives it: text only, nothing judged yet. */
export interface Posting {
  readonly line: number;
  readonly endLine: number;
  /** What groups consecutive rows into one entry. */
  readonly txn: string;
  readonly date: string;
  readonly description: string;
  readonly reference: string;
  readonly account: string;
  /** Name for the account if it has to be made; empty when the file has none. */
  readonly accountName: string;
  readonly memo: string;
  readonly commodity: string;
  /** Signed amount, or an amount whose direction `side` gives; empty when the file has debit and credit instead. */
  readonly amount: string;
  readonly side: string;
  readonly debit: string;
  readonly credit: string;
}

/** Consecutive postings of one transaction; `postings` stops at the limit while `count` goes on. */
export interface RawEntry {
  readonly txn: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly count: number;
  readonly postings: readonly Posting[];
}

/** One line of an entry: a debit when `amount` (minor units) is positive, a credit when negative, never zero. */
export interface EntryLine {
  readonly line: number;
  readonly account: string;
  readonly accountName: string;
  readonly currency: string;
  readonly amount: bigint;
  readonly memo: string | null;
}

/** A checked entry: balanced in each currency, at least two lines; ready to be booked under `key`. */
export interface Entry {
  readonly txn: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly date: string;
  readonly description: string;
  readonly reference: string | null;
  readonly lines: readonly EntryLine[];
  readonly key: string;
}

/** One reason why an entry is refused; `by` says whether the importer or the database found it. */
export interface Problem {
  readonly line: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly by: 'importer' | 'database';
}

/** An entry that was not booked, where it stands in the file, and every reason found. */
export interface Refusal {
  readonly txn: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly problems: readonly Problem[];
}

/** A remark that refuses nothing, such as a posting of zero that was left out. */
export interface Note {
  readonly line: number;
  readonly txn: string;
  readonly message: string;
}
