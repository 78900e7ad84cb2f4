import { returning } from './clauses.ts';
import type { CheckedContext } from './context.ts';
import { refused } from './destination.ts';
import { FabricError } from './errors.ts';
import { badOption, readOptions } from './options.ts';
import type { Parameters } from './parameters.ts';
import { readObject, tenantColumn, writableColumn } from './payload.ts';
import { type Column, place, type Table } from './tables.ts';
import { encode, type Parameter } from './values.ts';

/** Rows to insert: by column name, and the columns that at least one of them has. */
export interface ReadRows {
  readonly rows: readonly ReadonlyMap<string, unknown>[];
  readonly columns: readonly Column[];
}

/** Reads one row or a list of rows. @throws FabricError IB912, IB913, IB915. */
export function readRows(table: Table, rows: unknown): ReadRows {
  const list: readonly unknown[] = Array.isArray(rows) ? rows : [rows];
  if (list.length === 0)
    throw new FabricError('IB915', `no rows to insert into ${table.name}`, place(table));
  const read: ReadonlyMap<string, unknown>[] = [];
  for (let i = 0; i < list.length; i++) {
    read.push(new Map(readObject(list[i], 'IB915', `the row for ${table.name}`)));
  }
  const columns = [...new Set(read.flatMap((row) => [...row.keys()]))].map((key) =>
    writableColumn(table, key, 'insert'),
  );
  return { rows: read, columns };
}

/** `insert into t (tenant_id, …) values ($1, …), …`; keys that only some rows have take their default in the others. */
export function insertText(
  context: CheckedContext,
  table: Table,
  { rows, columns }: ReadRows,
  parameters: Parameters,
): string {
  const tenant = tenantColumn(table);
  const tenantPlace = parameters.add(context.tenantId, tenant.type);
  const tuples = rows.map((row) => {
    const places = columns.map((column) =>
      row.has(column.name) ? parameters.value(column, row.get(column.name)) : 'default',
    );
    return `(${[tenantPlace, ...places].join(', ')})`;
  });
  const names = [tenant, ...columns].map((column) => column.quoted).join(', ');
  return `insert into ${table.quoted} (${names}) values ${tuples.join(', ')}`;
}

/**
 * `insert … on conflict (tenant_id, …) do update set c = excluded.c where t.tenant_id = $1`, or `do nothing`.
 * @throws FabricError IB912, IB913, IB914 for a key that is null; IB915 for rows of different shape or with the same key; IB923.
 */
export function upsertText(
  context: CheckedContext,
  table: Table,
  rows: unknown,
  options: unknown,
  parameters: Parameters,
): string {
  const tenant = tenantColumn(table);
  const {
    onConflict,
    update,
    returning: listed,
  } = readOptions(options, ['onConflict', 'update', 'returning']);
  const read = readRows(table, rows);
  const keys = readNames('onConflict', onConflict).map((name) =>
    writableColumn(table, name, 'insert'),
  );
  const changed = changedColumns(table, read, keys, update);
  checkKeys(table, read, keys, changed.length > 0);
  const text = insertText(context, table, read, parameters);
  const target = [tenant, ...keys].map((column) => column.quoted).join(', ');
  const assignments = changed.map(({ quoted }) => `${quoted} = excluded.${quoted}`).join(', ');
  const action =
    assignments === ''
      ? 'do nothing'
      : `do update set ${assignments} where ${table.quoted}.${tenant.quoted} = $1`;
  return `${text} on conflict (${target}) ${action}${returning(table, { returning: listed })}`;
}

/** The columns to change in a row that is there: those named, or all given ones that may be changed. */
function changedColumns(
  table: Table,
  { rows, columns }: ReadRows,
  keys: readonly Column[],
  update: unknown,
): readonly Column[] {
  const changed =
    update === undefined
      ? columns.filter((column) => column.writes === 'always' && !keys.includes(column))
      : readNames('update', update).map((name) => writableColumn(table, name, 'update'));
  if (update === undefined && changed.length === 0) {
    throw new FabricError('IB915', `nothing to change in ${table.name} where a row is there`, {
      ...place(table),
      hint: 'Give columns that may be changed, or pass { update: [] } to leave such rows alone.',
    });
  }
  const both = changed.find((column) => keys.includes(column));
  if (both !== undefined)
    throw badOption('update', `columns other than ${both.name}, which is a key of the conflict`);
  // A default in place of an absent value would overwrite what is there.
  const absent = changed.find((column) => rows.some((row) => !row.has(column.name)));
  if (absent === undefined) return changed;
  throw new FabricError('IB915', `a row for ${table.name} has no ${absent.name} to update`, {
    ...place(table, absent.name),
    hint: 'Give each row every column that is updated, or name fewer columns under update.',
  });
}

function checkKeys(
  table: Table,
  { rows }: ReadRows,
  keys: readonly Column[],
  updates: boolean,
): void {
  const seen = new Map<string, number>();
  rows.forEach((row, index) => {
    const values = keys.map((column) => keyValue(table, column, row));
    const first = seen.get(JSON.stringify(values));
    if (first !== undefined && updates) {
      throw new FabricError('IB915', `two rows for ${table.name} have the same key`, {
        ...place(table),
        detail: `They are at ${first} and ${index} of the list, counted from 0.`,
        hint: 'Decide which one counts: one statement cannot update a row twice.',
      });
    }
    seen.set(JSON.stringify(values), index);
  });
}

function keyValue(table: Table, column: Column, row: ReadonlyMap<string, unknown>): Parameter {
  if (!row.has(column.name)) {
    throw new FabricError('IB915', `a row for ${table.name} has no ${column.name}`, {
      ...place(table, column.name),
      hint: 'Give each row every column of onConflict.',
    });
  }
  const value = encode(row.get(column.name), column.destination);
  if (value !== null) return value;
  throw refused(column.destination, 'is null', 'A null conflicts with nothing; use insert().');
}

function readNames(option: string, names: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(names) ? [...names] : [undefined];
  if (!list.every((name) => typeof name === 'string')) throw badOption(option, 'a list of columns');
  return [...new Set(list)];
}
