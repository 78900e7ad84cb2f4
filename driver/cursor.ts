import { createHash } from 'node:crypto';
import { z } from 'zod';
import { badOption } from './options.ts';
import type { SortKey } from './sorting.ts';
import type { Table } from './tables.ts';

const VERSION = 1;
const shape = z.tuple([z.literal(VERSION), z.string(), z.array(z.string().nullable())]);

/** Writes the place after a row: version, what it belongs to, and the text of the row's sort keys. No tenant, no filter. */
export function writeCursor(
  table: Table,
  keys: readonly SortKey[],
  values: readonly (string | null)[],
): string {
  return Buffer.from(JSON.stringify([VERSION, digest(table, keys), values])).toString('base64url');
}

/**
 * Reads a cursor back. It is not signed and needs not be: what it holds is bound as values, in the tenant of the context.
 * @throws FabricError IB923 for anything that is no cursor of this table in this order.
 */
export function readCursor(
  table: Table,
  keys: readonly SortKey[],
  cursor: unknown,
): readonly (string | null)[] {
  const read = shape.safeParse(typeof cursor === 'string' ? parsed(cursor) : undefined);
  if (!read.success) throw badOption('after', 'null for the first page, then the next of a page');
  const [, belongsTo, values] = read.data;
  if (belongsTo !== digest(table, keys) || values.length !== keys.length)
    throw badOption('after', 'a cursor of this table in this order, or null to begin anew');
  return values;
}

function parsed(cursor: string): unknown {
  if (!/^[\w-]+$/.test(cursor)) return undefined;
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function digest(table: Table, keys: readonly SortKey[]): string {
  const order = keys.map(({ column, direction, nulls }) => [column.name, direction, nulls]);
  return createHash('sha256')
    .update(JSON.stringify([table.name, order]))
    .digest('base64url')
    .slice(0, 16);
}
