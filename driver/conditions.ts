import { FabricError } from './errors.ts';
import { LikePattern } from './like.ts';
import type { Parameters } from './parameters.ts';
import { readObject } from './payload.ts';
import { type Column, place, type Table } from './tables.ts';
import { encodeArray } from './values.ts';

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['lte', '<='],
  ['gt', '>'],
  ['gte', '>='],
  ['ne', '<>'],
]);

/**
 * Writes what a filter asks of one column: a value it equals, or operators that must all hold.
 * @throws FabricError IB914 for a value; IB915 for anything malformed.
 */
export function condition(
  table: Table,
  column: Column,
  value: unknown,
  parameters: Parameters,
): string {
  const isOperators =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array);
  if (!isOperators) return `${column.quoted} = ${operand(table, column, value, parameters)}`;
  const operators = readObject(value, 'IB915', `the filter on ${table.name}.${column.name}`);
  if (operators.length === 0) throw malformed(table, 'has an empty condition', column);
  return operators
    .map(([name, operand]) => operator(table, column, name, operand, parameters))
    .join(' and ');
}

/** The refusal of a filter (IB915). */
export function malformed(table: Table, what: string, column?: Column): FabricError {
  const on = column === undefined ? table.name : `${table.name}.${column.name}`;
  return new FabricError('IB915', `the filter on ${on} ${what}`, {
    ...place(table, column?.name),
    hint: 'A condition is a value or an object of in, notIn, lt, lte, gt, gte, between, ne, like, ilike, contains, isNull; filters are joined by and / or and negated by not.',
  });
}

function operator(
  table: Table,
  column: Column,
  name: string,
  value: unknown,
  parameters: Parameters,
): string {
  const comparison = COMPARISONS.get(name);
  if (comparison !== undefined) {
    return `${column.quoted} ${comparison} ${operand(table, column, value, parameters)}`;
  }
  switch (name) {
    case 'in':
    case 'notIn':
      return oneOf(table, column, name, value, parameters);
    case 'between': {
      if (!Array.isArray(value) || value.length !== 2) {
        throw malformed(table, 'needs a list of two values for between', column);
      }
      const low = operand(table, column, value[0], parameters);
      return `${column.quoted} >= ${low} and ${column.quoted} <= ${operand(table, column, value[1], parameters)}`;
    }
    case 'isNull':
      if (typeof value !== 'boolean')
        throw malformed(table, 'needs true or false for isNull', column);
      return `${column.quoted} is ${value ? '' : 'not '}null`;
    case 'like':
    case 'ilike': {
      const pattern = LikePattern.read(value);
      if (pattern === undefined) {
        throw malformed(table, `needs a pattern made by escapeLike() for ${name}`, column);
      }
      return `${column.quoted} ${name} ${parameters.add(pattern, 'text')}`;
    }
    case 'contains':
      return contains(table, column, value, parameters);
    default:
      throw malformed(
        table,
        `has an unknown operator ${JSON.stringify(name.slice(0, 64))}`,
        column,
      );
  }
}

function oneOf(
  table: Table,
  column: Column,
  name: 'in' | 'notIn',
  value: unknown,
  parameters: Parameters,
): string {
  if (isJson(column) || column.type.endsWith('[]')) {
    throw malformed(table, `cannot compare a column of type ${column.type} with a list`, column);
  }
  const list = plainList(table, column, name, value);
  if (list.length === 0) return name === 'in' ? 'false' : 'true';
  const bound = parameters.add(encodeArray(list, column.destination), `${column.type}[]`);
  if (name === 'in') return `${column.quoted} = any(${bound})`;
  // What is null is not in the list: notIn is the exact opposite of in.
  const outside = `${column.quoted} <> all(${bound})`;
  return column.nullable ? `(${outside} or ${column.quoted} is null)` : outside;
}

function contains(table: Table, column: Column, value: unknown, parameters: Parameters): string {
  if (column.type === 'jsonb') {
    if (value === null) throw malformed(table, 'looks for null in a document', column);
    return `${column.quoted} @> ${parameters.value(column, value)}`;
  }
  if (!column.type.endsWith('[]')) {
    throw malformed(table, `cannot look into a column of type ${column.type}`, column);
  }
  return `${column.quoted} @> ${parameters.value(column, plainList(table, column, 'contains', value))}`;
}

function plainList(table: Table, column: Column, name: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw malformed(table, `needs a list for ${name}`, column);
  if (value.includes(null)) {
    throw malformed(table, 'has null in a list, which equals nothing', column);
  }
  if (value.some(Array.isArray)) throw malformed(table, 'has a list in a list', column);
  return value;
}

function operand(table: Table, column: Column, value: unknown, parameters: Parameters): string {
  if (value === null) {
    throw malformed(table, 'compares with null; use { isNull: true }', column);
  }
  if (isJson(column)) {
    throw malformed(table, `cannot compare a column of type ${column.type}; use query()`, column);
  }
  return parameters.value(column, value);
}

function isJson(column: Column): boolean {
  return column.type === 'json' || column.type === 'jsonb';
}
