import { FabricError } from './errors.ts';
import { badOption } from './options.ts';
import { type Column, findColumn, place, type Table } from './tables.ts';

/** Columns by name. @throws FabricError IB912 for an empty list or an unknown column. */
export function findColumns(table: Table, names: unknown): readonly Column[] {
  if (!Array.isArray(names) || names.length === 0) {
    throw new FabricError('IB912', `no columns of ${table.name} were named`, {
      ...place(table),
      hint: `Pass a list of columns: ${[...table.columns.keys()].join(', ')}.`,
    });
  }
  const columns: Column[] = [];
  for (let i = 0; i < names.length; i++) columns.push(findColumn(table, names[i]));
  return columns;
}

/** Quoted columns for select and returning. @throws FabricError IB912 for an empty list or an unknown column. */
export function columnList(table: Table, columns: unknown): string {
  return findColumns(table, columns)
    .map((column) => column.quoted)
    .join(', ');
}

/** ` returning …`, or '' without the option. */
export function returning(
  table: Table,
  { returning: columns }: { readonly returning?: unknown },
): string {
  return columns === undefined ? '' : ` returning ${columnList(table, columns)}`;
}

/** A limit or offset as a parameter. @throws FabricError IB923. */
export function count(name: string, value: unknown): string {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
    return value.toString();
  throw badOption(name, 'a whole number, zero or more');
}

/** A switch, off unless given. @throws FabricError IB923. */
export function flag(name: string, value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value === true;
  throw badOption(name, 'true or false');
}
