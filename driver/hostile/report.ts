import type { CaseResult, Verdict } from './model.ts';
import type { SuiteReport } from './suite.ts';

/** How many trials ended in each way. */
export interface Summary {
  readonly held: number;
  readonly broken: number;
  readonly degraded: number;
  readonly residual: number;
  readonly notApplicable: number;
  readonly couldNotTry: number;
}

/** The report of a run as JSON has it, version 1; `docs/hostile-suite.md` describes every part. */
export interface HostileReport {
  readonly version: 1;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly target: {
    readonly server: string;
    readonly database: string;
    readonly login: string;
    /** Whether contexts are signed. */
    readonly signed: boolean;
    /** Whether the suite made the database for itself. */
    readonly throwaway: boolean;
  };
  readonly tenants: { readonly own: string; readonly other: string };
  readonly summary: Summary;
  /** Rows of the other tenant, compared before and after. */
  readonly watched: { readonly rows: number; readonly unchanged: boolean };
  readonly results: readonly JsonResult[];
  /** What could not be planted, a sentence each. */
  readonly gaps: readonly string[];
  /** What the suite leaves behind, a sentence each. */
  readonly remains: readonly string[];
}

/** One trial of a report. */
export interface JsonResult extends Omit<CaseResult, 'target'> {
  readonly target: string | null;
}

/** Counts verdicts. */
export function summarize(results: readonly { readonly verdict: Verdict }[]): Summary {
  const count = (verdict: Verdict): number =>
    results.filter((result) => result.verdict === verdict).length;
  return {
    held: count('HELD'),
    broken: count('BROKEN'),
    degraded: count('DEGRADED'),
    residual: count('RESIDUAL'),
    notApplicable: count('NOT APPLICABLE'),
    couldNotTry: count('COULD NOT TRY'),
  };
}

/** What stands around the results of a run. */
export interface Circumstances {
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly throwaway: boolean;
  readonly tenants: { readonly own: string; readonly other: string };
  readonly gaps: readonly string[];
  readonly remains: readonly string[];
}

/** Makes the report of a run. */
export function reportOf(
  { login, database, server, isSigned, results, watched }: SuiteReport,
  { startedAt, durationMs, throwaway, tenants, gaps, remains }: Circumstances,
): HostileReport {
  return {
    version: 1,
    startedAt: startedAt.toISOString(),
    durationMs,
    target: { server, database, login, signed: isSigned, throwaway },
    tenants,
    summary: summarize(results),
    watched,
    results: results.map(({ target, ...result }) => ({ ...result, target: target ?? null })),
    gaps,
    remains,
  };
}

/** 0 nothing is broken, 1 something is, 2 nothing could be tried. */
export function exitCodeOf({ summary, watched }: HostileReport): 0 | 1 | 2 {
  if (summary.broken > 0 || !watched.unchanged) return 1;
  return summary.held > 0 ? 0 : 2;
}
