import type { BatchResult } from './batch.ts';
import { FabricError } from './errors.ts';
import { ownReading, type Parser, parserFor, type Reading } from './parsers.ts';
import type { Field } from './rows.ts';

/** A query in the form of `pg`. A `name` is ignored: nothing is prepared for the session, so any pooler may stand between. */
export interface GuardedQuery {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  /** `'array'` for rows as lists, as query builders ask for. */
  readonly rowMode?: 'array' | undefined;
  /** Parsers of your own in place of the driver's, by type id; what they return is not checked. */
  readonly types?: { getTypeParser(typeId: number, format: 'text'): Parser } | undefined;
  readonly name?: string | undefined;
}

/** A result in the shape of `pg`. */
export interface GuardedResult<R = Record<string, unknown>> {
  readonly command: string;
  readonly rowCount: number | null;
  readonly oid: number;
  readonly fields: Field[];
  readonly rows: R[];
}

/** Takes the result of a query, or the error in its place. */
export type GuardedCallback<R = Record<string, unknown>> = (
  error: Error | null,
  result?: GuardedResult<R>,
) => void;

/** A call of `query` in any of its forms. */
export interface QueryCall {
  readonly text: unknown;
  readonly values: unknown;
  readonly reading: Reading;
}

/** Reads the first two arguments of `query`. @throws FabricError IB996 for a cursor, a stream or a binary query. */
export function readCall(query: unknown, values: unknown): QueryCall {
  if (typeof query !== 'object' || query === null) {
    return { text: query, values: values ?? [], reading: ownReading };
  }
  const part = (key: keyof GuardedQuery | 'submit' | 'binary'): unknown => Reflect.get(query, key);
  if (typeof part('submit') === 'function') {
    throw unsupported(
      'cursors and streams of pg',
      'Read page by page, or by the stream() of Kysely.',
    );
  }
  if (part('binary') === true) throw unsupported('binary results', 'Leave binary out.');
  return {
    text: part('text'),
    values: values ?? part('values') ?? [],
    reading: {
      rows: part('rowMode') === 'array' ? 'lists' : 'objects',
      parserFor: readTypes(part('types')),
    },
  };
}

function readTypes(types: unknown): Reading['parserFor'] {
  if (typeof types !== 'object' || types === null) return parserFor;
  return (typeId) => (types as NonNullable<GuardedQuery['types']>).getTypeParser(typeId, 'text');
}

/** What a guarded client cannot do (IB996). */
export function unsupported(what: string, hint: string): FabricError {
  return new FabricError('IB996', `the client of a tenant transaction takes no ${what}`, { hint });
}

/** Makes a result of `pg` of what a statement returned. */
export function toQueryResult<R>(batch: BatchResult): GuardedResult<R> {
  const [command = '', ...numbers] = (batch.tags.at(-1) ?? '').split(' ');
  const count = numbers.at(-1);
  return {
    command,
    rowCount: count !== undefined && /^\d+$/.test(count) ? Number(count) : null,
    oid: 0,
    fields: [...(batch.fields ?? [])],
    rows: batch.rows as R[],
  };
}

/** The result of a command of transaction control. */
export function commandResult<R>(command: string): GuardedResult<R> {
  return { command, rowCount: null, oid: 0, fields: [], rows: [] };
}
