import { condition, malformed } from './conditions.ts';
import type { CheckedContext } from './context.ts';
import { FabricError } from './errors.ts';
import type { Parameters } from './parameters.ts';
import { payloadColumn, readObject } from './payload.ts';
import { place, type Table } from './tables.ts';

const DEEPEST = 32;

/** What a predicate holds beside the tenant and the filter. */
export interface PredicateOptions {
  /** For a statement that writes: whether an empty filter may mean every row of the tenant. */
  readonly write?: { readonly allRows?: unknown };
  /** One more condition, of the driver's own making. */
  readonly also?: (parameters: Parameters) => string;
}

/**
 * Writes the condition of a statement: the tenant first and outermost, everything else in one parenthesis; '' where nothing
 * is asked of a table that all tenants share.
 * @throws FabricError as `filter`, and IB915 for an empty one that writes without `allRows`.
 */
export function predicate(
  context: CheckedContext,
  table: Table,
  where: unknown,
  parameters: Parameters,
  { write, also }: PredicateOptions = {},
): string {
  const tenant = table.tenantColumn;
  const own =
    tenant === null ? '' : `${tenant.quoted} = ${parameters.add(context.tenantId, tenant.type)}`;
  const asked = filter(table, where, parameters);
  if (asked === '' && write !== undefined && write.allRows !== true) {
    throw new FabricError('IB915', `the filter on ${table.name} is empty`, {
      ...place(table),
      hint: 'Say which rows you mean, or pass { allRows: true } for every row of the tenant.',
    });
  }
  const rest = [asked, also?.(parameters) ?? ''].filter((part) => part !== '').join(' and ');
  return own === '' || rest === '' ? own + rest : `${own} and (${rest})`;
}

/**
 * Writes a filter as SQL over whitelisted columns, every value bound; '' for an empty filter.
 * @throws FabricError IB912, IB913 for a key that is no column; IB914 for a value; IB915 for anything malformed.
 */
export function filter(table: Table, where: unknown, parameters: Parameters, depth = 0): string {
  if (depth > DEEPEST) throw malformed(table, `nests conditions more than ${DEEPEST} levels deep`);
  const conditions = readObject(where, 'IB915', `the filter on ${table.name}`).map(
    ([key, value]) => {
      if (key === 'and' || key === 'or') return joined(table, key, value, parameters, depth);
      if (key === 'not') return `(${part(table, key, value, parameters, depth)}) is not true`;
      return condition(table, payloadColumn(table, key), value, parameters);
    },
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
    parts.push(`(${part(table, key, value[i], parameters, depth)})`);
  }
  return `(${parts.join(` ${key} `)})`;
}

function part(
  table: Table,
  key: 'and' | 'or' | 'not',
  value: unknown,
  parameters: Parameters,
  depth: number,
): string {
  const text = filter(table, value, parameters, depth + 1);
  if (text === '') throw malformed(table, `has an empty filter under ${key}`);
  return text;
}
