import type { CallOptions } from './limits.ts';
import type { ColumnSpec, TableMap, TableSpec } from './tables.ts';

/** Any value that JSON can carry. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

interface ReadTypes {
  bool: boolean;
  bytea: Buffer;
  float4: number;
  float8: number;
  int2: number;
  int4: number;
  json: JsonValue;
  jsonb: JsonValue;
  oid: number;
}

interface WriteTypes {
  bytea: Uint8Array;
  int8: string | number | bigint;
  numeric: string | number | bigint;
  timestamptz: string | Date;
  timestamp: string | Date;
}

/** What a column reads as: `int8` and `numeric` as strings, dates and times as ISO strings, anything unlisted as its text. */
export type Read<Type extends string> = Type extends `${infer Element}[]`
  ? readonly (Read<Element> | null)[]
  : Type extends keyof ReadTypes
    ? ReadTypes[Type]
    : string;

/** What a column takes: what it reads as, or the wider type where nothing can be lost. */
export type Write<Type extends string> = Type extends `${infer Element}[]`
  ? readonly (Write<Element> | null)[]
  : Type extends keyof WriteTypes
    ? WriteTypes[Type]
    : Read<Type>;

/** What a column reads as: one of its `values` where it lists them, else by its type. */
export type ReadColumn<Column extends ColumnSpec> =
  | (Column extends { readonly values: readonly (infer Value)[] } ? Value : Read<Column['type']>)
  | Nullable<Column>;

/** What a column takes, null aside. */
export type WriteColumn<Column extends ColumnSpec> = Column extends {
  readonly values: readonly (infer Value)[];
}
  ? Value
  : Write<Column['type']>;

/** An intersection as one object type. */
export type Flat<T> = { [K in keyof T]: T[K] };
type Qualified<Tables> = keyof Tables & string;
type LongNames<Tables, Short extends string> = Extract<keyof Tables, `${string}.${Short}`>;
type ShortName<Name> = Name extends `${string}.${infer Short}` ? Short : never;
type IsUnion<T, U = T> = [T] extends [never]
  ? false
  : T extends unknown
    ? [U] extends [T]
      ? false
      : true
    : never;
type UniqueShort<Tables, Short extends string> = Short extends string
  ? IsUnion<LongNames<Tables, Short>> extends true
    ? never
    : Short
  : never;

/** Names of tables: `schema.table`, or `table` where only one schema has it. */
export type TableName<Tables extends TableMap> =
  | Qualified<Tables>
  | UniqueShort<Tables, ShortName<Qualified<Tables>>>;

/** The description of a named table. */
export type TableOf<Tables extends TableMap, Name extends string> = Name extends keyof Tables
  ? Tables[Name]
  : Tables[LongNames<Tables, Name>];

/** Names of a table's columns. */
export type ColumnName<Table extends TableSpec> = keyof Table['columns'] & string;

type TenantColumn<Table extends TableSpec> = Table['tenantColumn'];
/** Columns besides the tenant's. */
export type FreeColumn<Table extends TableSpec> = Exclude<ColumnName<Table>, TenantColumn<Table>>;
type Nullable<Column extends ColumnSpec> = Column['nullable'] extends true ? null : never;

/** A row as it is read, with the named columns. */
export type Row<Table extends TableSpec, Columns extends ColumnName<Table> = ColumnName<Table>> = {
  [C in Columns]: ReadColumn<Table['columns'][C]>;
};

type Written<Table extends TableSpec, C extends ColumnName<Table>> =
  | WriteColumn<Table['columns'][C]>
  | Nullable<Table['columns'][C]>;
type Without<Table extends TableSpec, Flag extends 'readOnly' | 'insertOnly'> = {
  [C in FreeColumn<Table>]: Table['columns'][C][Flag] extends true ? never : C;
}[FreeColumn<Table>];
/** Columns that an insert may name. */
export type InsertableColumn<Table extends TableSpec> = Without<Table, 'readOnly'>;
/** Columns that an update may name. */
export type UpdatableColumn<Table extends TableSpec> = InsertableColumn<Table> &
  Without<Table, 'insertOnly'>;
type Takes<Table extends TableSpec, Columns> = Table['tenantColumn'] extends null
  ? false
  : [Columns] extends [never]
    ? false
    : true;
type OptionalColumn<Table extends TableSpec> = {
  [C in InsertableColumn<Table>]: Table['columns'][C] extends
    | { readonly nullable: true }
    | { readonly hasDefault: true }
    ? C
    : never;
}[InsertableColumn<Table>];

/** A row to insert: without the tenant, which comes from the context. Tables that the driver may only read take none. */
export type NewRow<Table extends TableSpec> =
  Takes<Table, InsertableColumn<Table>> extends false
    ? never
    : Flat<
        {
          readonly [C in Exclude<InsertableColumn<Table>, OptionalColumn<Table>>]: Written<
            Table,
            C
          >;
        } & { readonly [C in OptionalColumn<Table>]?: Written<Table, C> }
      >;

/** Columns to change. */
export type Changes<Table extends TableSpec> =
  Takes<Table, UpdatableColumn<Table>> extends false
    ? never
    : { readonly [C in UpdatableColumn<Table>]?: Written<Table, C> };

/** Sort key: a column, ascending, or a column with direction and place of nulls. */
export type OrderBy<Table extends TableSpec> = ColumnName<Table> | DirectedKey<ColumnName<Table>>;

/** A sort key with its direction; nulls come last ascending and first descending unless told otherwise. */
export interface DirectedKey<Column extends string> {
  readonly column: Column;
  readonly direction?: 'asc' | 'desc';
  readonly nulls?: 'first' | 'last';
}

/** Order and size of a result, and limits of the call. */
export interface SelectOptions<Table extends TableSpec> extends CallOptions {
  readonly orderBy?: readonly OrderBy<Table>[];
  /** Most rows to return. */
  readonly limit?: number;
  /** Rows to skip. */
  readonly offset?: number;
  /** Each row once; an order may then name only columns that are read. */
  readonly distinct?: boolean;
}

/** Order, size and place of a page. */
export interface PageOptions<Table extends TableSpec> {
  /** The key of the table is added, so that the order is total. */
  readonly orderBy?: readonly OrderBy<Table>[];
  /** Most rows on the page, one or more. */
  readonly limit: number;
  /** Null for the first page, then the `next` of the page before, with the same order. */
  readonly after: string | null;
}

/** Order and size of a stream. */
export interface StreamOptions<Table extends TableSpec> extends BatchSize {
  readonly orderBy?: readonly OrderBy<Table>[];
  /** Most rows in all. */
  readonly limit?: number;
  readonly distinct?: boolean;
}

/** How many rows are fetched in one round trip. */
export interface BatchSize {
  /** 500 unless told otherwise, at most 100,000. */
  readonly batchSize?: number;
}

/** Order, size and form of copied rows. */
export interface CopyOptions<Table extends TableSpec> extends SelectOptions<Table> {
  /** `'csv'` unless told otherwise: null is empty, an empty text is `""`. `'text'`: tabs between, null is `\N`. */
  readonly format?: 'csv' | 'text';
  /** Whether the first line names the columns. */
  readonly header?: boolean;
}

/** Columns of the written rows to return, and limits of the call. */
export interface WriteOptions<Columns extends string> extends CallOptions {
  readonly returning?: readonly Columns[];
}

/** As `WriteOptions`; `allRows: true` lets an empty filter mean every row of the tenant. */
export interface FilteredWriteOptions<Columns extends string> extends WriteOptions<Columns> {
  readonly allRows?: boolean;
}

/** What makes a row one that is there already, and what is changed in it then. */
export interface UpsertOptions<Table extends TableSpec, Columns extends string>
  extends WriteOptions<Columns> {
  /** Columns of a unique key besides the tenant's. */
  readonly onConflict: readonly InsertableColumn<Table>[];
  /** Columns to change; all given ones that may be changed unless told otherwise, none with an empty list. */
  readonly update?: readonly UpdatableColumn<Table>[];
}

/** Rows returned, and the number of rows read or written. */
export interface Result<R = Record<string, unknown>> {
  readonly rows: R[];
  readonly rowCount: number;
}

/** A page of rows. */
export interface Page<R = Record<string, unknown>> extends Result<R> {
  /** What `after` takes for the following page; null where this was the last one. */
  readonly next: string | null;
}
