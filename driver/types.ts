import type { LikePattern } from './like.ts';
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

type Flat<T> = { [K in keyof T]: T[K] };
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
type FreeColumn<Table extends TableSpec> = Exclude<ColumnName<Table>, TenantColumn<Table>>;
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
type InsertableColumn<Table extends TableSpec> = Without<Table, 'readOnly'>;
type UpdatableColumn<Table extends TableSpec> = InsertableColumn<Table> &
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

/** Conditions on one column; several in one object must all hold. */
export interface Operators<Value> {
  /** One of these; an empty list matches nothing. */
  readonly in?: readonly Value[];
  readonly lt?: Value;
  readonly lte?: Value;
  readonly gt?: Value;
  readonly gte?: Value;
  /** Different and not null. */
  readonly ne?: Value;
  /** A pattern made by `escapeLike`; a plain string is refused. */
  readonly like?: LikePattern;
  readonly isNull?: boolean;
}

type Condition<Column extends ColumnSpec> = Column['type'] extends 'json' | 'jsonb'
  ? Pick<Operators<never>, 'isNull'>
  : WriteColumn<Column> | Operators<WriteColumn<Column>>;

/** A filter: columns that must equal a value or meet conditions, joined by and; `and` / `or` take lists of filters. */
export type Where<Table extends TableSpec> = {
  readonly [C in FreeColumn<Table>]?: Condition<Table['columns'][C]>;
} & { readonly and?: readonly Where<Table>[]; readonly or?: readonly Where<Table>[] };

/** Sort key: a column, ascending, or a column with direction and place of nulls. */
export type OrderBy<Table extends TableSpec> =
  | ColumnName<Table>
  | {
      readonly column: ColumnName<Table>;
      readonly direction?: 'asc' | 'desc';
      readonly nulls?: 'first' | 'last';
    };

/** Order and size of a result, and limits of the call. */
export interface SelectOptions<Table extends TableSpec> extends CallOptions {
  readonly orderBy?: readonly OrderBy<Table>[];
  /** Most rows to return. */
  readonly limit?: number;
  /** Rows to skip. */
  readonly offset?: number;
}

/** Columns of the written rows to return, and limits of the call. */
export interface WriteOptions<Columns extends string> extends CallOptions {
  readonly returning?: readonly Columns[];
}

/** As `WriteOptions`; `allRows: true` lets an empty filter mean every row of the tenant. */
export interface FilteredWriteOptions<Columns extends string> extends WriteOptions<Columns> {
  readonly allRows?: boolean;
}

/** Rows returned, and the number of rows read or written. */
export interface Result<R = Record<string, unknown>> {
  readonly rows: R[];
  readonly rowCount: number;
}
