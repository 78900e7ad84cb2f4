import {
  type ColumnType,
  Kysely,
  type KyselyConfig,
  PostgresDialect,
  type PostgresPool,
} from 'kysely';
import { GuardedCursor } from './guarded-cursor.ts';
import { GuardedPool, type GuardedSource } from './guarded-pool.ts';
import type { ColumnSpec, TableMap, TableSpec } from './tables.ts';
import type { TenantTransaction } from './transaction.ts';
import type { ReadColumn, WriteColumn } from './types.ts';

/** A database interface of Kysely for a map of tables: every table under its full name, every column as the driver reads it. */
export type KyselyDatabase<Tables extends TableMap> = {
  [Name in keyof Tables & string]: KyselyTable<Tables[Name]>;
};

/**
 * A table of Kysely. The tenant column must be given to an insert, as the tenant of the context; the row policy refuses any other.
 * Columns that only the server writes cannot be given. JSON goes in as its text, since a list would be taken for an array.
 */
export type KyselyTable<Table extends TableSpec> = {
  [C in keyof Table['columns'] & string]: ColumnType<
    ReadColumn<Table['columns'][C]>,
    Inserted<Table, C>,
    Updated<Table, C>
  >;
};

type Given<Column extends ColumnSpec> =
  | (Column['type'] extends 'json' | 'jsonb' ? string : WriteColumn<Column>)
  | (Column['nullable'] extends true ? null : never);
type Optional<Column extends ColumnSpec> = Column extends
  | { readonly nullable: true }
  | { readonly hasDefault: true }
  ? undefined
  : never;
/** What a column of a table that cannot be written here takes: nothing has this type. */
export interface ReadOnlyTable {
  readonly readOnlyTable: never;
}

type IsWritten<Table extends TableSpec> = Table['tenantColumn'] extends infer Tenant extends string
  ? Table['columns'][Tenant] extends { readonly readOnly: true }
    ? false
    : true
  : false;
type Inserted<Table extends TableSpec, C extends keyof Table['columns']> =
  IsWritten<Table> extends false
    ? ReadOnlyTable
    : Table['columns'][C]['readOnly'] extends true
      ? never
      : Given<Table['columns'][C]> | Optional<Table['columns'][C]>;
type Updated<
  Table extends TableSpec,
  C extends keyof Table['columns'],
> = C extends Table['tenantColumn']
  ? never
  : Table['columns'][C]['insertOnly'] extends true
    ? never
    : Exclude<Inserted<Table, C>, undefined>;

/** What else Kysely may be told: plugins and log. */
export type KyselyOptions = Omit<KyselyConfig, 'dialect'>;

/**
 * Kysely on a tenant transaction: its queries run there, its `transaction()` is a savepoint there, and after the callback it is
 * revoked (IB917). Typed by the tables of the transaction, or by a database interface of your own: `kyselyOn<DB>(tx)`.
 * @example
 * await db.transaction(ctx, async (tx) => {
 *   const accounts = await kyselyOn(tx).selectFrom('finance.accounts').select(['code', 'name']).execute();
 * });
 */
export function kyselyOn<Tables extends TableMap>(
  tx: TenantTransaction<Tables>,
  options?: KyselyOptions,
): Kysely<KyselyDatabase<Tables>>;
export function kyselyOn<DB>(tx: GuardedSource, options?: KyselyOptions): Kysely<DB>;
export function kyselyOn<DB>(tx: GuardedSource, options: KyselyOptions = {}): Kysely<DB> {
  // The compiler cannot match the overloads of query() with those that Kysely declares.
  const pool: unknown = new GuardedPool(tx);
  const dialect = new PostgresDialect({ pool: pool as PostgresPool, cursor: GuardedCursor });
  return new Kysely<DB>({ ...options, dialect });
}
