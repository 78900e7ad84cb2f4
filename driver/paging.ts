import { columnList, count } from './clauses.ts';
import type { CheckedContext } from './context.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { checkText, limited } from './destination.ts';
import { FabricError } from './errors.ts';
import { badOption, readOptions } from './options.ts';
import { Parameters } from './parameters.ts';
import { parserFor } from './parsers.ts';
import type { Reading } from './reading.ts';
import { ordered, readSortKeys, type SortKey } from './sorting.ts';
import { type Column, place, type Table } from './tables.ts';
import type { Parameter } from './values.ts';
import { predicate } from './where.ts';

/** A page to read: its statement, and the page made of the rows that come back. */
export interface PageReading {
  readonly text: string;
  readonly values: readonly Parameter[];
  page(rows: Record<string, unknown>[]): {
    readonly rows: Record<string, unknown>[];
    readonly next: string | null;
  };
}

type Key = SortKey & { readonly nulls: 'first' | 'last' };
type Places = readonly (string | null)[];

/** Name of the column that carries the sort keys; no listed column can begin with a digit. */
const KEY = '0';
/** Types whose text depends on DateStyle unless their reader has seen it. */
const DATED = new Map([
  ['date', 1082],
  ['timestamp', 1114],
  ['timestamptz', 1184],
]);

/** Whether the options of a select ask for a page. */
export function isPaged(options: unknown): boolean {
  return (
    typeof options === 'object' &&
    options !== null &&
    Object.getOwnPropertyDescriptor(options, 'after')?.value !== undefined
  );
}

/**
 * Reads one page: the rows that come after a cursor in a total order, one more than asked for, and the keys of each.
 * @throws FabricError IB912 to IB915, IB923 for options, a cursor of another order, or a table whose key is not known.
 */
export function readPage(
  context: CheckedContext,
  table: Table,
  { columns, where, options }: Reading,
): PageReading {
  const { orderBy, limit, after } = readOptions(options, ['orderBy', 'limit', 'after']);
  const most = Number(count('limit', limit));
  if (most < 1 || most >= Number.MAX_SAFE_INTEGER)
    throw badOption('limit', 'how many rows a page has');
  const keys = totalOrder(table, orderBy);
  const values = after === null ? undefined : readCursor(table, keys, after);
  const parameters = new Parameters();
  const list = columnList(table, columns);
  const texts = keys.map(({ column }) => `${column.quoted}::text`).join(', ');
  const condition = predicate(context, table, where === undefined ? {} : where, parameters, {
    also: (bound) => (values === undefined ? '' : afterText(keys, bind(keys, values, bound))),
  });
  const text = [
    `select ${list}${keys.length === 0 ? '' : `, array[${texts}] as "${KEY}"`} from ${table.quoted}`,
  ];
  if (condition !== '') text.push(`where ${condition}`);
  if (keys.length > 0) text.push(`order by ${keys.map(orderText).join(', ')}`);
  text.push(`limit ${parameters.add(String(most + 1), 'int8')}`);
  const page = (found: Record<string, unknown>[]) => {
    const last = found.length > most ? found[most - 1] : undefined;
    return {
      rows: found.slice(0, most).map(({ [KEY]: _, ...row }) => row),
      next: last === undefined ? null : writeCursor(table, keys, keyValues(keys, last[KEY])),
    };
  };
  return { text: text.join(' '), values: parameters.values, page };
}

/** The caller's order, each column once, without the tenant, made total by the key of the table. */
function totalOrder(table: Table, orderBy: unknown): readonly Key[] {
  if (table.key === undefined) {
    throw new FabricError('IB923', `${table.name} cannot be paged: its key is not known`, {
      ...place(table),
      hint: 'Add key, the columns of the primary key besides the tenant, to its description.',
    });
  }
  const asked = orderBy === undefined ? [] : readSortKeys(table, orderBy);
  const rest = table.key.map((column) => ({ column, direction: 'asc' as const, nulls: undefined }));
  const byColumn = new Map<Column, Key>();
  for (const { column, direction, nulls } of [...asked, ...rest]) {
    if (column === table.tenantColumn || byColumn.has(column)) continue;
    const usual = direction === 'asc' ? 'last' : 'first';
    byColumn.set(column, { column, direction, nulls: column.nullable ? (nulls ?? usual) : usual });
  }
  return [...byColumn.values()];
}

function orderText({ column, direction, nulls }: Key): string {
  const isUsual = (direction === 'asc') === (nulls === 'last');
  return ordered(column.quoted, { direction, nulls: isUsual ? undefined : nulls });
}

/** The text of a row's keys; dates must be ISO, or the next page could begin elsewhere. @throws FabricError IB924. */
function keyValues(keys: readonly SortKey[], values: unknown): Places {
  const texts: readonly unknown[] = Array.isArray(values) ? values : [];
  return keys.map(({ column }, index) => {
    const text = texts[index];
    if (typeof text !== 'string') return null;
    const type = DATED.get(column.type);
    return type === undefined ? text : String(parserFor(type)(text));
  });
}

/** Binds the values of a cursor; a null stays a null. @throws FabricError IB914 for text that cannot be stored or is too long. */
function bind(keys: readonly Key[], values: Places, parameters: Parameters): Places {
  return keys.map(({ column }, index) => {
    const value = values[index] ?? null;
    if (value === null) return null;
    checkText(value, column.destination);
    return parameters.add(limited(value, column.destination), column.type);
  });
}

/** The condition that a row comes after the given places: a row comparison where an index can serve it, else one key at a time. */
function afterText(keys: readonly Key[], places: Places): string {
  const [first] = keys;
  if (first === undefined) return 'false';
  const isPlain = keys.every(
    ({ column, direction }, index) =>
      !column.nullable && direction === first.direction && places[index] !== null,
  );
  if (isPlain) {
    const names = keys.map(({ column }) => column.quoted).join(', ');
    return `(${names}) ${first.direction === 'asc' ? '>' : '<'} (${places.join(', ')})`;
  }
  const [place] = places;
  const chain = keys.reduceRight((rest, key, index) => {
    const at = places[index] ?? null;
    const beyond = beyondText(key, at);
    if (rest === '') return beyond;
    const same = at === null ? `${key.column.quoted} is null` : `${key.column.quoted} = ${at}`;
    return `(${beyond} or (${same} and ${rest}))`;
  }, '');
  // Says again what the chain implies, where that gives an index a place to begin.
  const canBegin = place != null && (!first.column.nullable || first.nulls === 'first');
  const from = `${first.column.quoted} ${first.direction === 'asc' ? '>=' : '<='} ${place}`;
  return canBegin ? `${from} and ${chain}` : chain;
}

function beyondText({ column, direction, nulls }: Key, place: string | null): string {
  if (place === null) return nulls === 'first' ? `${column.quoted} is not null` : 'false';
  const beyond = `${column.quoted} ${direction === 'asc' ? '>' : '<'} ${place}`;
  return column.nullable && nulls === 'last' ? `(${beyond} or ${column.quoted} is null)` : beyond;
}
