import { badOption, readOptions } from './options.ts';
import type { TableMap } from './tables.ts';

/** Options of a `TenantDb`. */
export interface TenantDbOptions<
  Own extends TableMap = TableMap,
  Branded extends boolean = boolean,
> {
  /** The application's own tables, beside those of the fabric: `'schema.table': { tenantColumn, columns }`. */
  readonly tables?: Own;
  /** Longest text or list that a value may be, in UTF-16 units; 1,000,000 unless told otherwise. */
  readonly maxValueLength?: number;
  /** Take contexts only with ids from `tenantId()` and `userId()`: the compiler refuses plain strings. Values are checked either way. */
  readonly branded?: Branded;
}

/** Options of a transaction. */
export interface TransactionOptions {
  /** Isolation level; the server's default (read committed, as a rule) unless told otherwise. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly readOnly?: boolean;
  /** How often to run the callback again after 40001 or 40P01; 0 unless told otherwise. */
  readonly retries?: number;
}

const ISOLATION_LEVELS: readonly unknown[] = ['read committed', 'repeatable read', 'serializable'];

/** Reads the options of a `TenantDb`. @throws FabricError IB923. */
export function readDbOptions(options: unknown): { tables: unknown; maxValueLength: number } {
  const {
    tables = {},
    maxValueLength = 1_000_000,
    branded = false,
  } = readOptions(options, ['tables', 'maxValueLength', 'branded']);
  if (typeof branded !== 'boolean') throw badOption('branded', 'true or false');
  return { tables, maxValueLength: wholeNumber('maxValueLength', maxValueLength, 500_000_000) };
}

/** Reads the options of a transaction and writes its BEGIN. @throws FabricError IB923. */
export function readTransactionOptions(options: unknown): { begin: string; retries: number } {
  const {
    isolation,
    readOnly,
    retries = 0,
  } = readOptions(options, ['isolation', 'readOnly', 'retries']);
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
  return { begin: begin.join(' '), retries: wholeNumber('retries', retries, 100) };
}

/** The value of an option that counts. @throws FabricError IB923. */
export function wholeNumber(name: string, value: unknown, most: number, least = 0): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
    return value;
  throw badOption(name, `a whole number from ${least} to ${most}`);
}
