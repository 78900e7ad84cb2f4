import type { ChartChange } from './account.ts';
import type { ChartProblem } from './checking.ts';
import { type ChartPlan, changedFields } from './planning.ts';

/** One account that was made or changed; `changes` holds each field as it was and as it is. */
export interface ChartLine {
  readonly line: number;
  readonly account: string;
  readonly outcome: 'made' | 'changed';
  readonly changes: Readonly<
    Record<string, readonly [before: string | boolean | null, after: string | boolean | null]>
  >;
}

/** What became of an import of a chart. */
export interface ChartReport {
  readonly file: string;
  readonly company: { readonly id: string; readonly code: string };
  readonly dryRun: boolean;
  /** Whether the chart is now as the file wants it; false after a dry run and when anything was refused. */
  readonly committed: boolean;
  readonly accounts: {
    readonly read: number;
    readonly made: number;
    readonly changed: number;
    readonly unchanged: number;
    readonly refused: number;
  };
  /** Accounts made or changed, or that would be, in the order of the file; none when anything was refused. */
  readonly lines: readonly ChartLine[];
  readonly refused: readonly ChartProblem[];
}

/** Puts a report together. */
export function reportOf(facts: {
  readonly file: string;
  readonly company: { readonly id: string; readonly code: string };
  readonly dryRun: boolean;
  readonly committed: boolean;
  readonly read: number;
  readonly plan: ChartPlan;
  readonly problems: readonly ChartProblem[];
}): ChartReport {
  const { file, company, dryRun, committed, read, plan, problems } = facts;
  const lines = problems.length > 0 ? [] : plan.changes.map(lineOf);
  const made = lines.filter(({ outcome }) => outcome === 'made').length;
  const refused = new Set(problems.map(({ line }) => line)).size;
  const unchanged = problems.length > 0 ? 0 : plan.unchanged;
  return {
    file,
    company,
    dryRun,
    committed,
    accounts: { read, made, changed: lines.length - made, unchanged, refused },
    lines,
    refused: problems,
  };
}

/** Exit code of an import: 0 when the chart is, or would be, as the file wants it, 1 when a row was refused. */
export function exitCodeOf(report: ChartReport): 0 | 1 {
  return report.refused.length === 0 ? 0 : 1;
}

function lineOf({ line, before, after }: ChartChange): ChartLine {
  if (before === null) return { line, account: after.code, outcome: 'made', changes: {} };
  const changes = changedFields(before, after).map(
    (field) => [field, [before[field], after[field]]] as const,
  );
  return { line, account: after.code, outcome: 'changed', changes: Object.fromEntries(changes) };
}
