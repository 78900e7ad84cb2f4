import { badOption, readOptions } from './options.ts';
import { type Column, findColumn, type Table } from './tables.ts';

/** One key of an order, checked. */
export interface SortKey {
  readonly column: Column;
  readonly direction: 'asc' | 'desc';
  /** As the caller said it; the server puts nulls last ascending and first descending. */
  readonly nulls: 'first' | 'last' | undefined;
}

/** Reads the keys of an order. @throws FabricError IB912, IB923. */
export function readSortKeys(table: Table, keys: unknown): readonly SortKey[] {
  if (!Array.isArray(keys) || keys.length === 0)
    throw badOption('orderBy', "a list of sort keys, for example ['code']");
  const read: SortKey[] = [];
  for (let i = 0; i < keys.length; i++) {
    const key: unknown = keys[i];
    const { column, direction, nulls } =
      typeof key === 'string'
        ? { column: key }
        : readOptions(key, ['column', 'direction', 'nulls']);
    read.push({ column: findColumn(table, column), ...readOrder(direction, nulls) });
  }
  return read;
}

/** Reads direction and place of nulls. @throws FabricError IB923. */
export function readOrder(direction: unknown = 'asc', nulls?: unknown): Omit<SortKey, 'column'> {
  if (direction !== 'asc' && direction !== 'desc') throw badOption('direction', "'asc' or 'desc'");
  if (nulls !== undefined && nulls !== 'first' && nulls !== 'last')
    throw badOption('nulls', "'first' or 'last'");
  return { direction, nulls };
}

/** An expression with its order, as `order by` takes it. */
export function ordered(expression: string, { direction, nulls }: Omit<SortKey, 'column'>): string {
  const order = direction === 'asc' ? '' : ' desc';
  return expression + order + (nulls === undefined ? '' : ` nulls ${nulls}`);
}
