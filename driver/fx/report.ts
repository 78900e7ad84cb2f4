import type { ErrorFacts } from '../import/errors.ts';
import type { Fault, Place } from './rates.ts';

/** How many faults and how many differing rates a report lists; all are counted. */
export const REPORT_LIMIT = 1_000;

/** A rate of the file that differs from what is stored; the stored version stays. */
export interface Difference extends Place {
  readonly code: 'IB967';
  readonly base: string;
  readonly quote: string;
  readonly day: string;
  readonly rate: string;
  /** The version that is in its way: its rate and its first and last day. */
  readonly stored: { readonly rate: string; readonly validFrom: string; readonly validTo: string };
}

/** What became of a file of rates. */
export interface FxReport {
  readonly file: string;
  readonly format: 'ecb' | 'csv';
  /** The label that the rates are stored under. */
  readonly source: string;
  readonly dryRun: boolean;
  /** Why the import ended before the end of the file, or null. */
  readonly stopped: (ErrorFacts & { readonly line: number }) | null;
  /** Rows after the header. */
  readonly rows: number;
  readonly rates: {
    /** Rates of the file that the filters let through. */
    readonly read: number;
    /** New in the database; in a dry run: would be. */
    readonly loaded: number;
    /** There already, and equal. */
    readonly already: number;
    readonly different: number;
  };
  readonly cells: {
    readonly unreadable: number;
    readonly blank: number;
    /** Rates that --from, --to and --currencies leave out. */
    readonly leftOut: number;
  };
  /** First and last day of the rates that were read, or null. */
  readonly days: { readonly first: string; readonly last: string } | null;
  readonly currencies: readonly string[];
  /** Of these, the ones that are not active in config.currencies: their rates are stored, amounts in them are not taken. */
  readonly unknownCurrencies: readonly string[];
  /** Currencies that were asked for and are not in the file. */
  readonly absentCurrencies: readonly string[];
  readonly differences: readonly Difference[];
  readonly faults: readonly Fault[];
}

/** Exit code of a run: 0 all is stored, 1 something differs, is unreadable or was not found, 2 when it could not go on. */
export function exitCodeOf(report: FxReport): 0 | 1 | 2 {
  if (report.stopped !== null && report.stopped.code !== 'IB952') return 2;
  const isClean =
    report.stopped === null &&
    report.rates.different === 0 &&
    report.cells.unreadable === 0 &&
    report.absentCurrencies.length === 0;
  return isClean ? 0 : 1;
}
