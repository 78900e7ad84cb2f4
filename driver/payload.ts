import { FabricError } from './errors.ts';
import { type Column, findColumn, place, shown, type Table } from './tables.ts';
import { isPlainObject } from './text.ts';

/**
 * Reads the own properties of a plain object; no getter or method of it is called.
 * @throws FabricError `code` for anything else: class instances, inherited keys, symbols, getters.
 */
export function readObject(value: unknown, code: string, what: string): [string, unknown][] {
  if (!isPlainObject(value)) {
    throw new FabricError(code, `${what} is not a plain object`, {
      hint: 'Pass an object literal; copy the fields you mean out of a class instance or a request body.',
    });
  }
  return Reflect.ownKeys(value).map((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (typeof key !== 'string' || property === undefined || !('value' in property)) {
      throw new FabricError(code, `${what} has a symbol or computed key`, {
        hint: 'Pass an object literal with plain values.',
      });
    }
    return [key, property.value];
  });
}

/**
 * Finds the column that a key of a payload or filter means; only the exact name counts.
 * @throws FabricError IB913 when the key names the tenant, IB912 when the table has no such column.
 */
export function payloadColumn(table: Table, key: string): Column {
  const tenant = table.tenantColumn?.name;
  if (tenant !== undefined && (key === tenant || meansTenant(key))) {
    throw new FabricError('IB913', `${shown(key)} cannot be given for ${table.name}`, {
      ...place(table, tenant),
      detail: `The tenant, in column ${tenant}, comes from the context alone.`,
      hint: 'Remove the key; to act for another tenant, make the call with its context.',
    });
  }
  return findColumn(table, key);
}

/** As `payloadColumn`, for a column about to be written. @throws also IB912 for one that an insert or update may not name. */
export function writableColumn(table: Table, key: string, by: 'insert' | 'update'): Column {
  const column = payloadColumn(table, key);
  if (column.writes === 'always' || column.writes === by) return column;
  throw new FabricError('IB912', `${table.name}.${key} cannot be written by ${by}`, {
    ...place(table, key),
    hint:
      column.writes === 'never'
        ? 'The server writes it; leave it out.'
        : 'It is given when the row is made and never changed.',
  });
}

/** The tenant column of a table that may be written. @throws FabricError IB925 for one that the driver only reads. */
export function tenantColumn(table: Table): Column {
  const column = table.tenantColumn;
  if (column !== null && column.writes !== 'never') return column;
  throw new FabricError('IB925', `${table.name} is read-only here`, {
    ...place(table),
    detail: column === null ? 'All tenants share it.' : 'Only the server writes it.',
    hint: column === null ? 'Change it in a migration.' : 'Make the change that it records.',
  });
}

function meansTenant(key: string): boolean {
  return (
    key
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^a-z]/g, '') === 'tenantid'
  );
}
