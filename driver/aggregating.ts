import { count, findColumns } from './clauses.ts';
import type { CheckedContext } from './context.ts';
import { FabricError } from './errors.ts';
import { badOption, readOptions } from './options.ts';
import type { Parameters } from './parameters.ts';
import { readObject } from './payload.ts';
import { ordered, readOrder } from './sorting.ts';
import { type Column, findColumn, place, shown, type Table } from './tables.ts';
import { predicate } from './where.ts';

/** What is counted and summed, as the caller gave it. */
export interface Aggregation {
  readonly what: unknown;
  readonly where: unknown;
  readonly options: unknown;
}

/** A value of the result: where the caller finds it, and the expression that computes it. */
interface Measure {
  readonly name: string;
  readonly column: Column | undefined;
  readonly sql: string;
}

/** The statement of an aggregate, and how a row of its answer becomes the caller's. */
export interface AggregateText {
  readonly text: string;
  readonly row: (answer: Record<string, unknown>) => Record<string, unknown>;
}

const SUMMED = /^(?:int2|int4|int8|numeric|float4|float8)$/;
const COMPARED =
  /^(?:int2|int4|int8|numeric|float4|float8|oid|text|varchar|bpchar|date|time|timetz|timestamp|timestamptz|interval)$/;
const COUNTED = /^(?!json$)/;
const FUNCTIONS: ReadonlyMap<string, readonly [sql: string, types: RegExp]> = new Map([
  ['countDistinct', ['count(distinct ', COUNTED]],
  ['sum', ['sum(', SUMMED]],
  ['avg', ['avg(', SUMMED]],
  ['min', ['min(', COMPARED]],
  ['max', ['max(', COMPARED]],
]);
const HINT =
  'Pass for example { count: true, sum: [column] }, with countDistinct, sum, avg, min and max.';

/**
 * `select g, count(*), sum(c) from t where tenant_id = $1 and (…) group by g order by …`; each output column is named by its
 * number, which no column of a table can be.
 * @throws FabricError IB912 to IB915, IB923.
 */
export function aggregateText(
  context: CheckedContext,
  table: Table,
  { what, where, options }: Aggregation,
  parameters: Parameters,
): AggregateText {
  const measures = readMeasures(table, what);
  const { groupBy, orderBy, limit } = readOptions(options, ['groupBy', 'orderBy', 'limit']);
  const groups = groupBy === undefined ? [] : findColumns(table, groupBy);
  if (groupBy === undefined && (orderBy !== undefined || limit !== undefined))
    throw badOption(
      orderBy === undefined ? 'limit' : 'orderBy',
      'it with groupBy: there is one row',
    );
  const output = [...groups.map(({ quoted }) => quoted), ...measures.map(({ sql }) => sql)];
  const condition = predicate(context, table, where === undefined ? {} : where, parameters);
  const text = [
    `select ${output.map((sql, index) => `${sql} as "${index}"`).join(', ')} from ${table.quoted}`,
  ];
  if (condition !== '') text.push(`where ${condition}`);
  if (groups.length > 0) text.push(`group by ${groups.map(({ quoted }) => quoted).join(', ')}`);
  if (orderBy !== undefined) text.push(`order by ${orderText(table, orderBy, groups, measures)}`);
  if (limit !== undefined) text.push(`limit ${parameters.add(count('limit', limit), 'int8')}`);
  return { text: text.join(' '), row: (answer) => shaped(answer, groups, measures) };
}

function readMeasures(table: Table, what: unknown): readonly Measure[] {
  const measures = readObject(what, 'IB915', `the aggregate of ${table.name}`).flatMap(
    ([name, operand]): readonly Measure[] => {
      if (name === 'count') {
        if (operand !== true) throw refused(table, 'needs true for count');
        return [{ name, column: undefined, sql: 'count(*)' }];
      }
      const known = FUNCTIONS.get(name);
      if (known === undefined) throw refused(table, `has no function ${shown(name)}`);
      const [sql, types] = known;
      return findColumns(table, operand).map((column) => {
        if (!types.test(column.type)) {
          throw new FabricError('IB912', `${name} takes no column of type ${column.type}`, {
            ...place(table, column.name),
            hint: 'sum and avg take numbers; min and max take numbers, texts, dates and times.',
          });
        }
        return { name, column, sql: `${sql}${column.quoted})` };
      });
    },
  );
  if (measures.length === 0) throw refused(table, 'is empty');
  return measures;
}

function orderText(
  table: Table,
  orderBy: unknown,
  groups: readonly Column[],
  measures: readonly Measure[],
): string {
  if (!Array.isArray(orderBy) || orderBy.length === 0)
    throw badOption('orderBy', 'a list of columns of groupBy and of aggregates');
  const keys: string[] = [];
  for (let i = 0; i < orderBy.length; i++) {
    const key: unknown = orderBy[i];
    const { aggregate, column, direction, nulls } =
      typeof key === 'string'
        ? { column: key }
        : readOptions(key, ['aggregate', 'column', 'direction', 'nulls']);
    const named = column === undefined ? undefined : findColumn(table, column);
    const at =
      aggregate === undefined
        ? groups.findIndex(({ name }) => name === named?.name)
        : groups.length +
          measures.findIndex((measure) => measure.name === aggregate && measure.column === named);
    if (at < (aggregate === undefined ? 0 : groups.length))
      throw badOption('orderBy', 'columns of groupBy, or aggregates that are asked for');
    keys.push(ordered(`"${at}"`, readOrder(direction, nulls)));
  }
  return keys.join(', ');
}

/** `{ group: { … }, count, sum: { … } }` of the numbered columns. */
function shaped(
  answer: Record<string, unknown>,
  groups: readonly Column[],
  measures: readonly Measure[],
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  const nested = (name: string, column: string, at: number) => {
    const known = row[name];
    row[name] = { ...(typeof known === 'object' ? known : {}), [column]: answer[at] };
  };
  groups.forEach((column, index) => {
    nested('group', column.name, index);
  });
  measures.forEach(({ name, column }, index) => {
    const at = groups.length + index;
    if (column === undefined) row[name] = answer[at];
    else nested(name, column.name, at);
  });
  return row;
}

function refused(table: Table, what: string): FabricError {
  return new FabricError('IB915', `the aggregate of ${table.name} ${what}`, {
    ...place(table),
    hint: HINT,
  });
}
