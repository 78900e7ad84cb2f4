import { badOption, readOptions } from './options.ts';
import { readObject } from './payload.ts';
import type { Statement } from './statements.ts';

/** Limits of one call. Times are in milliseconds; 0 means none, also where the `TenantDb` has one. */
export interface CallOptions {
  /** Gives the call up: what runs on the server is cancelled there, and AbortedError (IB988) is thrown if nothing was committed. */
  readonly signal?: AbortSignal;
  /** `statement_timeout`: the server ends a statement that runs longer (57014). */
  readonly statementTimeoutMs?: number;
  /** `lock_timeout`: the server ends a statement that waits longer for one lock (55P03). */
  readonly lockTimeoutMs?: number;
  /** The whole call, the wait for a client of the pool included; then its connection is closed (IB989). */
  readonly deadlineMs?: number;
}

/** Settings of the server by their names, in milliseconds; one that is undefined stays as the session has it. */
export type ServerLimits = { readonly [S in Setting]?: number };

/** Limits that were checked. */
export interface CheckedLimits {
  readonly server: ServerLimits;
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
}

type Setting = (typeof SETTINGS)[keyof typeof SETTINGS];

const SETTINGS = {
  statementTimeoutMs: 'statement_timeout',
  lockTimeoutMs: 'lock_timeout',
  idleTimeoutMs: 'idle_in_transaction_session_timeout',
} as const;
const CALL_NAMES = ['signal', 'statementTimeoutMs', 'lockTimeoutMs', 'deadlineMs'] as const;
const LONGEST = 2_147_483_647;

/** No limits. */
export const NO_LIMITS: CheckedLimits = { server: {} };

/** The names of the options that `readLimits` reads, for those who read others beside them. */
export const LIMIT_NAMES = [...CALL_NAMES, 'idleTimeoutMs'] as const;

/** Reads limits that stand in for those of `outer`. @throws FabricError IB923. */
export function readLimits(
  read: { readonly [N in (typeof LIMIT_NAMES)[number]]?: unknown },
  outer: CheckedLimits = NO_LIMITS,
): CheckedLimits {
  const server: { [S in Setting]?: number } = { ...outer.server };
  for (const name of ['statementTimeoutMs', 'lockTimeoutMs', 'idleTimeoutMs'] as const) {
    const value = read[name];
    if (value !== undefined) server[SETTINGS[name]] = milliseconds(name, value);
  }
  const { signal, deadlineMs } = read;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw badOption('signal', 'an AbortSignal');
  }
  const deadline =
    deadlineMs === undefined ? outer.deadlineMs : milliseconds('deadlineMs', deadlineMs);
  return {
    server,
    ...(signal === undefined ? {} : { signal }),
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
  };
}

/**
 * Takes the limits of a call out of its options and leaves the rest to whoever writes the statement.
 * @throws FabricError IB923.
 */
export function splitOptions<O>(options: O): readonly [CheckedLimits | undefined, O] {
  if (options === undefined) return [undefined, options];
  const rest: Record<string, unknown> = Object.create(null);
  const limits: Record<string, unknown> = Object.create(null);
  let hasLimits = false;
  for (const [key, value] of readObject(options, 'IB923', 'the options argument')) {
    const isLimit = CALL_NAMES.some((name) => name === key);
    hasLimits ||= isLimit;
    (isLimit ? limits : rest)[key] = value;
  }
  return [hasLimits ? readLimits(limits) : undefined, rest as O];
}

/** The limits of a call that has no other options. @throws FabricError IB923. */
export function readCallOptions(options: unknown): CheckedLimits | undefined {
  return options === undefined ? undefined : readLimits(readOptions(options, CALL_NAMES));
}

/** The limits of a call, where it names none those of its transaction or `TenantDb`. */
export function within(outer: CheckedLimits, call: CheckedLimits | undefined): CheckedLimits {
  return call === undefined
    ? outer
    : { ...outer, ...call, server: { ...outer.server, ...call.server } };
}

/** Statements that bring a transaction from the limits in force to others; none where they are the same. */
export function limitStatements(from: ServerLimits, to: ServerLimits): Statement[] {
  const calls: string[] = [];
  const values: string[] = [];
  const statements: Statement[] = [];
  for (const setting of Object.values(SETTINGS)) {
    const wanted = to[setting];
    if (wanted === from[setting]) continue;
    if (wanted === undefined) {
      statements.push({ text: `set local ${setting} to default`, values: [], kind: 'control' });
    } else {
      calls.push(`set_config('${setting}', $${values.push(String(wanted))}, true)`);
    }
  }
  if (calls.length > 0) statements.push({ text: `select ${calls.join(', ')}`, values });
  return statements;
}

function milliseconds(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LONGEST) {
    return value;
  }
  throw badOption(name, `a whole number of milliseconds from 0 (none) to ${LONGEST}`);
}
