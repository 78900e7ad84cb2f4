import { FabricError } from './errors.ts';
import { LikePattern } from './like.ts';
import { payloadColumn, readObject } from './payload.ts';
import { type Column, place, type Table } from './tables.ts';
import { encode, encodeArray, type Parameter } from './values.ts';

/** Most parameters one statement of the wire protocol can carry. */
const MOST_PARAMETERS = 65_535;
const DEEPEST = 32;

/** Collects the parameters of one statement and hands out their places. */
export class Parameters {
  readonly values: Parameter[] = [];

  /** Encodes a value for a column and returns its place, such as `$2`. */
  value(column: Column, value: unknown): string {
    return this.add(encode(value, column.destination));
  }

  /** Adds an encoded parameter and returns its place. @throws FabricError IB915 beyond 65,535 of them. */
  add(parameter: Parameter): string {
    if (this.values.push(parameter) > MOST_PARAMETERS) {
      throw new FabricError(
        'IB915',
        `the statement needs more than ${MOST_PARAMETERS} parameters`,
        {
          hint: 'Split it into smaller calls.',
        },
      );
    }
    return `$${this.values.length}`;
  }
}

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['lte', '<='],
  ['gt', '>'],
  ['gte', '>='],
  ['ne', '<>'],
]);

/**
 * Writes a filter as SQL over whitelisted columns, every value bound; '' for an empty filter.
 * @throws FabricError IB912, IB913 for a key that is no column; IB914 for a value; IB915 for anything malformed.
 */
export function filter(table: Table, where: unknown, parameters: Parameters, depth = 0): string {
  if (depth > DEEPEST) throw malformed(table, `nests conditions more than ${DEEPEST} levels deep`);
  const conditions = readObject(where, 'IB915', `the filter on ${table.name}`).map(
    ([key, value]) =>
      key === 'and' || key === 'or'
        ? joined(table, key, value, parameters, depth)
        : condition(table, payloadColumn(table, key), value, parameters),
  );
  return conditions.join(' and ');
}

function joined(
  table: Table,
  key: 'and' | 'or',
  value: unknown,
  parameters: Parameters,
  depth: number,
): string {
  if (!Array.isArray(value) || value.length === 0) {
    throw malformed(table, `needs a list of at least one filter under ${key}`);
  }
  const parts: string[] = [];
  for (let i = 0; i < value.length; i++) {
    const part = filter(table, value[i], parameters, depth + 1);
    if (part === '') throw malformed(table, `has an empty filter under ${key}`);
    parts.push(`(${part})`);
  }
  return `(${parts.join(` ${key} `)})`;
}

function condition(table: Table, column: Column, value: unknown, parameters: Parameters): string {
  const isOperators =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array);
  if (isOperators) {
    const operators = readObject(value, 'IB915', `the filter on ${table.name}.${column.name}`);
    if (operators.length === 0) throw malformed(table, 'has an empty condition', column);
    return operators
      .map(([name, operand]) => operator(table, column, name, operand, parameters))
      .join(' and ');
  }
  return `${column.quoted} = ${operand(table, column, value, parameters)}`;
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
      return oneOf(table, column, value, parameters);
    case 'isNull':
      if (typeof value !== 'boolean')
        throw malformed(table, 'needs true or false for isNull', column);
      return `${column.quoted} is ${value ? '' : 'not '}null`;
    case 'like': {
      const pattern = LikePattern.read(value);
      if (pattern === undefined) {
        throw malformed(table, 'needs a pattern made by escapeLike() for like', column);
      }
      return `${column.quoted} like ${parameters.add(pattern)}`;
    }
    default:
      throw malformed(
        table,
        `has an unknown operator ${JSON.stringify(name.slice(0, 64))}`,
        column,
      );
  }
}

function oneOf(table: Table, column: Column, value: unknown, parameters: Parameters): string {
  if (!Array.isArray(value)) throw malformed(table, 'needs a list for in', column);
  if (value.includes(null)) {
    throw malformed(table, 'has null in a list, which would match nothing', column);
  }
  if (value.some(Array.isArray)) throw malformed(table, 'has a list in a list', column);
  if (isJson(column) || column.type.endsWith('[]')) {
    throw malformed(table, `cannot compare a column of type ${column.type} with a list`, column);
  }
  if (value.length === 0) return 'false';
  const list = encodeArray(value, column.destination);
  return `${column.quoted} = any(${parameters.add(list)})`;
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

function malformed(table: Table, what: string, column?: Column): FabricError {
  const on = column === undefined ? table.name : `${table.name}.${column.name}`;
  return new FabricError('IB915', `the filter on ${on} ${what}`, {
    ...place(table, column?.name),
    hint: 'A condition is a value or an object of in, lt, lte, gt, gte, ne, like, isNull; filters are joined by and / or.',
  });
}
