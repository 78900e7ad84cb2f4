import type { Note, Refusal } from './entry.ts';
import type { ErrorFacts } from './errors.ts';
import type { NewAccount } from './ledger.ts';

/** Why an import ended before the end of its file; `line` is the last line it got to, or the broken one. */
export type Stop = ErrorFacts & { readonly line: number };

/** A fiscal year that was opened: its first day (YYYY-MM-DD) and how many monthly periods were new. */
export interface OpenedYear {
  readonly startsOn: string;
  readonly periods: number;
}

/** What was accepted in one currency; the sum of debits, which equals that of credits, in minor units and as a decimal. */
export interface CurrencyTotal {
  readonly currency: string;
  readonly exponent: number;
  readonly debitMinor: string;
  readonly debit: string;
}

/** What became of an import. */
export interface ImportReport {
  readonly file: string;
  readonly format: string;
  readonly company: { readonly id: string; readonly code: string };
  readonly strict: boolean;
  readonly dryRun: boolean;
  /** Whether what was accepted is in the books; false after a dry run and after a strict run with any refusal. */
  readonly committed: boolean;
  readonly stopped: Stop | null;
  readonly entries: {
    readonly read: number;
    /** Taken by the database in this run. */
    readonly accepted: number;
    /** Accepted and committed. */
    readonly booked: number;
    /** Found in the books under their key, so not booked again. */
    readonly replayed: number;
    readonly refused: number;
  };
  readonly lines: { readonly read: number; readonly accepted: number; readonly booked: number };
  /** Accounts that the accepted entries needed and that were not there. */
  readonly newAccounts: readonly NewAccount[];
  readonly newYears: readonly OpenedYear[];
  readonly totals: readonly CurrencyTotal[];
  /** Entries not booked, in the order of the file. */
  readonly refused: readonly Refusal[];
  readonly notes: readonly Note[];
}

/** Exit code of a run: 0 when all went in, 1 when something was refused or a line was broken, 2 when it could not go on. */
export function exitCodeOf(report: ImportReport): 0 | 1 | 2 {
  if (report.stopped !== null && report.stopped.code !== 'IB952') return 2;
  return report.stopped === null && report.entries.refused === 0 ? 0 : 1;
}
