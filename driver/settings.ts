import { CLEAN_SESSION, type CleanSession } from './cleaning.ts';
import type { ContextKeySource } from './context-key.ts';
import type { SessionPolicy } from './lease.ts';
import { type CallOptions, type CheckedLimits, LIMIT_NAMES, readLimits } from './limits.ts';
import { badOption, readOptions, wholeNumber } from './options.ts';
import { Signing } from './signing.ts';
import type { TableMap } from './tables.ts';

/** Options of a `TenantDb`. */
export interface TenantDbOptions<Own extends TableMap = TableMap, Branded extends boolean = false>
  extends Omit<CallOptions, 'signal'> {
  /** `idle_in_transaction_session_timeout` of every transaction. */
  readonly idleTimeoutMs?: number;
  /** The application's own tables, beside those of the fabric: `'schema.table': { tenantColumn, columns }`. */
  readonly tables?: Own;
  /** Longest text or list that a value may be, in UTF-16 units; 1,000,000 unless told otherwise. */
  readonly maxValueLength?: number;
  /**
   * When the session is cleaned before its client goes back to the pool, in the round trip that commits: after a transaction
   * in which `query` ran (the default), always, or never. Cleaning also undoes what the program itself set for the session.
   */
  readonly cleanSession?: CleanSession;
  /** The key that signs contexts, or a function that gives the one to use now; without it contexts are sent unsigned. */
  readonly contextKey?: ContextKeySource;
  /** Whether statements are prepared by name. Only for direct connections; false unless told otherwise. */
  readonly prepare?: boolean;
  /** Take contexts only with ids from `tenantId()` and `userId()`: the compiler refuses plain strings. Values are checked either way. */
  readonly branded?: Branded;
}

/** Options of a transaction. Limits of time hold for each statement, `deadlineMs` and `signal` for the whole with its retries. */
export interface TransactionOptions extends CallOptions {
  /** Isolation level; the server's default (read committed, as a rule) unless told otherwise. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly readOnly?: boolean;
  /** How often to run the callback again after 40001 or 40P01, and to ask again for a connection that failed to open; 0 unless told otherwise. */
  readonly retries?: number;
  /** `idle_in_transaction_session_timeout`: the server ends the transaction when nothing is sent for longer (25P03). */
  readonly idleTimeoutMs?: number;
}

/** Options of a `TenantDb` that were checked. */
export interface CheckedDbOptions {
  readonly tables: unknown;
  readonly maxValueLength: number;
  readonly limits: CheckedLimits;
  readonly policy: SessionPolicy;
  readonly signing: Signing | undefined;
}

/** Options of a transaction that were checked. */
export interface CheckedTransactionOptions {
  readonly begin: string;
  readonly retries: number;
  readonly limits: CheckedLimits;
}

const ISOLATION_LEVELS: readonly unknown[] = ['read committed', 'repeatable read', 'serializable'];
const DEFAULT_LIMITS = LIMIT_NAMES.filter((name) => name !== 'signal');

/** Reads the options of a `TenantDb`. @throws FabricError IB923. */
export function readDbOptions(options: unknown): CheckedDbOptions {
  const {
    tables = {},
    maxValueLength = 1_000_000,
    cleanSession = 'after-query',
    prepare = false,
    branded = false,
    contextKey,
    ...limits
  } = readOptions(options, [
    'tables',
    'maxValueLength',
    'cleanSession',
    'prepare',
    'branded',
    'contextKey',
    ...DEFAULT_LIMITS,
  ]);
  const policy = CLEAN_SESSION.find((known) => known === cleanSession);
  if (policy === undefined) throw badOption('cleanSession', CLEAN_SESSION.join(', '));
  if (typeof prepare !== 'boolean') throw badOption('prepare', 'true or false');
  if (typeof branded !== 'boolean') throw badOption('branded', 'true or false');
  return {
    tables,
    maxValueLength: wholeNumber('maxValueLength', maxValueLength, 500_000_000),
    limits: readLimits(limits),
    policy: { cleanSession: policy, prepare },
    signing: contextKey === undefined ? undefined : new Signing(contextKey),
  };
}

/** Reads the options of a transaction and writes its BEGIN. @throws FabricError IB923. */
export function readTransactionOptions(
  options: unknown,
  defaults: CheckedLimits,
): CheckedTransactionOptions {
  const {
    isolation,
    readOnly,
    retries = 0,
    ...limits
  } = readOptions(options, ['isolation', 'readOnly', 'retries', ...LIMIT_NAMES]);
  const begin = ['begin'];
  if (isolation !== undefined) {
    if (!ISOLATION_LEVELS.includes(isolation))
      throw badOption('isolation', ISOLATION_LEVELS.join(', '));
    begin.push(`isolation level ${isolation}`);
  }
  if (readOnly !== undefined) {
    if (typeof readOnly !== 'boolean') throw badOption('readOnly', 'true or false');
    begin.push(readOnly ? 'read only' : 'read write');
  }
  return {
    begin: begin.join(' '),
    retries: wholeNumber('retries', retries, 100),
    limits: readLimits(limits, defaults),
  };
}
