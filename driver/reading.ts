import { count, findColumns, flag } from './clauses.ts';
import type { CheckedContext } from './context.ts';
import { badOption, readOptions } from './options.ts';
import type { Parameters } from './parameters.ts';
import { ordered, readSortKeys } from './sorting.ts';
import type { Column, Table } from './tables.ts';
import { predicate } from './where.ts';

/** What is read of a table, as the caller gave it. */
export interface Reading {
  readonly columns: unknown;
  readonly where: unknown;
  readonly options: unknown;
}

/** Names of the options that `selectText` takes. */
export const SELECT_OPTIONS = ['orderBy', 'limit', 'offset', 'distinct'] as const;

/** `select … from t where tenant_id = $1 and (…) order by … limit … offset …` @throws FabricError IB912 to IB915, IB923. */
export function selectText(
  context: CheckedContext,
  table: Table,
  { columns, where, options }: Reading,
  parameters: Parameters,
): string {
  const listed = findColumns(table, columns);
  const condition = predicate(context, table, where === undefined ? {} : where, parameters);
  const { orderBy, limit, offset, distinct } = readOptions(options, SELECT_OPTIONS);
  const isDistinct = flag('distinct', distinct);
  const list = listed.map((column) => column.quoted).join(', ');
  const text = [`select ${isDistinct ? 'distinct ' : ''}${list} from ${table.quoted}`];
  if (condition !== '') text.push(`where ${condition}`);
  if (orderBy !== undefined) text.push(orderText(table, orderBy, isDistinct ? listed : undefined));
  if (limit !== undefined) text.push(`limit ${parameters.add(count('limit', limit), 'int8')}`);
  if (offset !== undefined) text.push(`offset ${parameters.add(count('offset', offset), 'int8')}`);
  return text.join(' ');
}

function orderText(table: Table, orderBy: unknown, distinct: readonly Column[] | undefined) {
  const keys = readSortKeys(table, orderBy);
  if (distinct !== undefined && keys.some(({ column }) => !distinct.includes(column)))
    throw badOption('orderBy', 'columns that are read, since distinct rows have no others');
  return `order by ${keys.map((key) => ordered(key.column.quoted, key)).join(', ')}`;
}
