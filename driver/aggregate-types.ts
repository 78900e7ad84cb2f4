import type { TableSpec } from './tables.ts';
import type { ColumnName, DirectedKey, Flat, Read, Result, Row } from './types.ts';

type Exact = 'int2' | 'int4' | 'int8' | 'numeric';
type Float = 'float4' | 'float8';
type Ordered =
  | Exact
  | Float
  | 'oid'
  | 'text'
  | 'varchar'
  | 'bpchar'
  | 'date'
  | 'time'
  | 'timetz'
  | 'timestamp'
  | 'timestamptz'
  | 'interval';
type ColumnOf<Table extends TableSpec, Type> = {
  [C in ColumnName<Table>]: Table['columns'][C]['type'] extends Type ? C : never;
}[ColumnName<Table>];

/** What to compute: at least one of these. */
export interface Aggregates<Table extends TableSpec> {
  /** The number of rows. */
  readonly count?: true;
  /** The number of different values that are not null, by column. */
  readonly countDistinct?: readonly ColumnOf<Table, string>[];
  readonly sum?: readonly ColumnOf<Table, Exact | Float>[];
  readonly avg?: readonly ColumnOf<Table, Exact | Float>[];
  readonly min?: readonly ColumnOf<Table, Ordered>[];
  readonly max?: readonly ColumnOf<Table, Ordered>[];
}

/** A sort key of groups: a column of theirs, or an aggregate that is asked for. */
export type GroupOrder<Table extends TableSpec, Group extends string> =
  | Group
  | DirectedKey<Group>
  | {
      readonly aggregate: 'count';
      readonly direction?: 'asc' | 'desc';
    }
  | (DirectedKey<ColumnName<Table>> & {
      readonly aggregate: Exclude<keyof Aggregates<Table>, 'count'>;
    });

/** How rows are grouped; order and limit need groups. */
export interface AggregateOptions<Table extends TableSpec, Group extends ColumnName<Table>> {
  readonly groupBy?: readonly Group[];
  readonly orderBy?: readonly GroupOrder<Table, NoInfer<Group>>[];
  /** Most groups to return. */
  readonly limit?: number;
}

/** Refuses names that `Aggregates` does not have. */
export type Only<Table extends TableSpec, What> = What & {
  readonly [K in Exclude<keyof What, keyof Aggregates<Table>>]: never;
};

type Values<Table extends TableSpec, What, Name extends keyof What, Kind extends string> = {
  readonly [N in Name]: What[N] extends readonly (infer C)[]
    ? {
        readonly [K in C & ColumnName<Table>]: Kind extends 'count'
          ? string
          :
              | (Kind extends 'value'
                  ? Read<Table['columns'][K]['type']>
                  : Table['columns'][K]['type'] extends Float
                    ? number
                    : string)
              | null;
      }
    : never;
};

/**
 * One row of an aggregate: `{ count, sum: { column }, … }`, with the columns of the group under `group`. Counts, sums and
 * averages are strings of exact digits, those of floating point numbers are numbers; without rows all but counts are null.
 */
export type Aggregated<Table extends TableSpec, What, Group extends ColumnName<Table>> = Flat<
  ([Group] extends [never] ? unknown : { readonly group: Row<Table, Group> }) &
    (What extends { readonly count: true } ? { readonly count: string } : unknown) &
    Values<Table, What, 'countDistinct' & keyof What, 'count'> &
    Values<Table, What, ('sum' | 'avg') & keyof What, 'number'> &
    Values<Table, What, ('min' | 'max') & keyof What, 'value'>
>;

/** The one row of an aggregate without groups. */
export interface Totals<R> {
  readonly rows: [R];
  readonly rowCount: number;
}

/** The result of an aggregate: one row without groups, else a row for each group. */
export type AggregateResult<Table extends TableSpec, What, Group extends ColumnName<Table>> = [
  Group,
] extends [never]
  ? Totals<Aggregated<Table, What, Group>>
  : Result<Aggregated<Table, What, Group>>;
