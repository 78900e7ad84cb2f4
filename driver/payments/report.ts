import type { Note, Refusal } from '../import/entry.ts';
import type { Stop } from '../import/report.ts';
import type { PaymentField } from './columns.ts';

/** What was taken in one currency: the sum in minor units and as a decimal. */
export interface PaymentTotal {
  readonly currency: string;
  readonly exponent: number;
  readonly amountMinor: string;
  readonly amount: string;
}

/** What became of an import of payments. */
export interface PaymentReport {
  readonly file: string;
  readonly company: { readonly id: string; readonly code: string };
  readonly strict: boolean;
  readonly dryRun: boolean;
  /** Whether what was accepted is stored; false after a dry run and after a strict run with any refusal. */
  readonly committed: boolean;
  /** Which column was taken for which field. */
  readonly columns: Readonly<Partial<Record<PaymentField, string>>>;
  readonly stopped: Stop | null;
  readonly payments: {
    /** Lines read, without the header and blank ones. */
    readonly read: number;
    /** Taken by the database in this run. */
    readonly accepted: number;
    /** Accepted and committed: drafts made. */
    readonly imported: number;
    /** Stored before with the same content, so not made again. */
    readonly before: number;
    /** Credit notes passed over on request. */
    readonly skipped: number;
    readonly refused: number;
  };
  /** Sums of what was accepted. */
  readonly totals: readonly PaymentTotal[];
  /** How many lines were refused for each reason, by its code; a line may have several. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Lines that became no payment, in the order of the file. */
  readonly refused: readonly Refusal[];
  readonly notes: readonly Note[];
}

/** Exit code of a run: 0 when all went in, 1 when a line was refused or broken, 2 when it could not go on. */
export function paymentExitCode(report: PaymentReport): 0 | 1 | 2 {
  if (report.stopped !== null && report.stopped.code !== 'IB952') return 2;
  return report.stopped === null && report.payments.refused === 0 ? 0 : 1;
}

/** How many refusals have a problem of each code. */
export function reasonsOf(refused: readonly Refusal[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { problems } of refused) {
    for (const code of new Set(problems.map((problem) => problem.code))) {
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
  }
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
