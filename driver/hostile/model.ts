import type { Mint } from './signer.ts';

/** A group of hostile cases: what they go for. */
export const groups = {
  A: 'context: its presence and shape',
  B: 'context: spoofing it',
  C: 'pool and session leakage',
  D: 'row security: bypass by role or ownership',
  E: 'views, functions, name resolution',
  F: 'statement kinds',
  G: 'keys, covert channels, statistics, errors',
  H: 'partitions, inheritance, side stores',
  I: 'privileges, definitions, replication, extensions',
  K: 'ledger: double entry and immutability',
  L: 'ledger: duplicates',
  M: 'ledger: periods, and who acts',
  N: 'audit trail',
} as const;

/** The letter of a group. */
export type Group = keyof typeof groups;

/** How a trial ended, the worst first. */
export const verdicts = [
  'BROKEN',
  'DEGRADED',
  'COULD NOT TRY',
  'RESIDUAL',
  'NOT APPLICABLE',
  'HELD',
] as const;

/**
 * HELD, BROKEN, DEGRADED (a limit of how the database is run, which can be ended), RESIDUAL (what PostgreSQL itself allows, and is
 * accepted), NOT APPLICABLE here, or COULD NOT TRY.
 */
export type Verdict = (typeof verdicts)[number];

/** For whom a transaction acts. */
export type Tenancy = 'own' | 'other' | 'suspended' | 'none';

/** Makes the token of an attacker, genuine or not. */
export type Forge = (mint: Mint) => string;

/** A step of a trial: one SQL statement of the application, a change of the tenant it acts for, or a token by itself. */
export type Step =
  | string
  | { readonly enter: Tenancy }
  | { readonly token: Forge /** Which token that is. */; readonly words: string };

/**
 * What should happen.
 * - `refused`: an error with one of the codes; 42501 and the fabric's own (class IB) always count.
 * - `nothing`: the last statement returns and changes no row, or is refused.
 * - `zero`: the first value of the last row is 0 or false, or the statement is refused.
 * - `own`: rows may come, errors too, but nothing in them is the other tenant's.
 *
 * `past` are codes that can come only after the guard let the statement through; any other code proves nothing.
 */
export interface Expectation {
  readonly outcome: 'refused' | 'nothing' | 'zero' | 'own';
  readonly codes?: readonly string[];
  readonly past?: RegExp;
  /** The one code that counts; another guard was in the way where a different one comes. */
  readonly exactly?: string;
  /** Words that must not be in what comes back. */
  readonly without?: RegExp;
}

/** One attempt: the statements of one transaction, which is rolled back whatever happens. */
export interface Trial {
  /** Table, view, function or role it is aimed at; absent where there is only one trial. */
  readonly target?: string;
  readonly steps: readonly Step[];
  readonly expect: Expectation;
  /** The tenant it begins in; `own` unless told otherwise. */
  readonly begin?: Tenancy;
  /** The transaction cannot write. */
  readonly readOnly?: boolean;
  /** Another transaction that must be answered word for word the same, identifiers apart. */
  readonly twin?: readonly Step[];
  /** Whether the other tenant's rows are compared before the rollback as well. */
  readonly watch?: boolean;
  /** A limit of how the database is run: what would be BROKEN is DEGRADED, for this reason. */
  readonly limit?: string;
  /** What PostgreSQL allows whatever one does: what would be BROKEN is RESIDUAL, for this reason. */
  readonly residual?: string;
  /** Why silence proves nothing here, such as a table without a row of the other tenant. */
  readonly hollow?: string;
}

/** Why a case has no trial: it does not apply, or something it needs is missing. */
export interface Untried {
  readonly verdict: 'NOT APPLICABLE' | 'COULD NOT TRY';
  readonly reason: string;
}

/** What a trial or a drive of the pool came to. */
export interface Outcome {
  readonly verdict: Verdict;
  /** What happened: the error with its code, or what was returned. */
  readonly happened: string;
}

/** What a case is called, whatever it does. */
export interface CaseName {
  readonly id: string;
  readonly group: Group;
  /** What is tried. */
  readonly title: string;
  /** What should happen. */
  readonly should: string;
}

/** The result of one trial. */
export interface CaseResult extends CaseName, Outcome {
  readonly target: string | undefined;
  readonly steps: readonly string[];
}
