import { FabricError } from './errors.ts';
import { badOption, readOptions } from './options.ts';
import { findColumn, place, type Table } from './tables.ts';

/** Quoted columns for select and returning. @throws FabricError IB912 for an empty list or an unknown column. */
export function columnList(table: Table, columns: unknown): string {
  if (!Array.isArray(columns) || columns.length === 0) {
    throw new FabricError('IB912', `no columns of ${table.name} were named`, {
      ...place(table),
      hint: `Pass a list of columns: ${[...table.columns.keys()].join(', ')}.`,
    });
  }
  const names: string[] = [];
  for (let i = 0; i < columns.length; i++) names.push(findColumn(table, columns[i]).quoted);
  return names.join(', ');
}

/** ` returning …`, or '' without the option. */
export function returning(
  table: Table,
  { returning: columns }: { readonly returning?: unknown },
): string {
  return columns === undefined ? '' : ` returning ${columnList(table, columns)}`;
}

/** Keys of order by. @throws FabricError IB912, IB923. */
export function sortKeys(table: Table, keys: unknown): string {
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new FabricError('IB923', 'orderBy is not a list of sort keys', {
      hint: "Pass for example ['code'].",
    });
  }
  const parts: string[] = [];
  for (let i = 0; i < keys.length; i++) {
    const key: unknown = keys[i];
    const {
      column,
      direction = 'asc',
      nulls,
    } = typeof key === 'string'
      ? { column: key }
      : readOptions(key, ['column', 'direction', 'nulls']);
    if (direction !== 'asc' && direction !== 'desc')
      throw badOption('direction', "'asc' or 'desc'");
    if (nulls !== undefined && nulls !== 'first' && nulls !== 'last')
      throw badOption('nulls', "'first' or 'last'");
    const order = direction === 'asc' ? '' : ' desc';
    parts.push(
      findColumn(table, column).quoted + order + (nulls === undefined ? '' : ` nulls ${nulls}`),
    );
  }
  return parts.join(', ');
}

/** A limit or offset as a parameter. @throws FabricError IB923. */
export function count(name: string, value: unknown): string {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
    return value.toString();
  throw badOption(name, 'a whole number, zero or more');
}
