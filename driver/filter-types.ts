import type { LikePattern } from './like.ts';
import type { ColumnSpec, TableSpec } from './tables.ts';
import type { FreeColumn, JsonValue, Write, WriteColumn } from './types.ts';

/** Conditions on one column; several in one object must all hold. */
export interface Operators<Value> {
  /** One of these; an empty list matches nothing. */
  readonly in?: readonly Value[];
  /** None of these: the exact opposite of `in`, so null matches, and with an empty list everything does. */
  readonly notIn?: readonly Value[];
  readonly lt?: Value;
  readonly lte?: Value;
  readonly gt?: Value;
  readonly gte?: Value;
  /** From the first to the second, both included. */
  readonly between?: readonly [Value, Value];
  /** Different and not null. */
  readonly ne?: Value;
  /** A pattern made by `escapeLike`; a plain string is refused. */
  readonly like?: LikePattern;
  /** As `like`, upper and lower case alike. */
  readonly ilike?: LikePattern;
  readonly isNull?: boolean;
}

/** Conditions on a column of JSON. */
interface JsonOperators {
  /** The document has all of this in it, as `@>` of PostgreSQL reads it. */
  readonly contains?: JsonValue;
  readonly isNull?: boolean;
}

/** Conditions on a column of lists. */
interface ListOperators<Type extends string, Element extends string>
  extends Omit<Operators<Write<Type>>, 'in' | 'notIn' | 'like' | 'ilike'> {
  /** Has every one of these, in any order. */
  readonly contains?: readonly Write<Element>[];
}

type Condition<Column extends ColumnSpec> = Column['type'] extends 'jsonb'
  ? JsonOperators
  : Column['type'] extends 'json'
    ? Omit<JsonOperators, 'contains'>
    : Column['type'] extends `${infer Element}[]`
      ? Write<Column['type']> | ListOperators<Column['type'], Element>
      : WriteColumn<Column> | Operators<WriteColumn<Column>>;

/** A filter: columns that must equal a value or meet conditions, joined by and; `and` / `or` take lists of filters, `not` takes one. */
export type Where<Table extends TableSpec> = {
  readonly [C in FreeColumn<Table>]?: Condition<Table['columns'][C]>;
} & {
  readonly and?: readonly Where<Table>[];
  readonly or?: readonly Where<Table>[];
  /** Exactly the rows that this filter does not match, also where it compares with a null. */
  readonly not?: Where<Table>;
};
