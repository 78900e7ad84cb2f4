import { checkText, type Destination, limited, refused } from './destination.ts';
import { encodeJson } from './json.ts';
import { encodeNumber } from './numbers.ts';
import { isPlainObject } from './text.ts';

/** A parameter in the text form of the wire protocol; bytes travel in binary. */
export type Parameter = string | Buffer | null;

const DATE = /^(?:\d{4}-\d{2}-\d{2}|-?infinity)$/;
const INSTANT =
  /^(?:\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}(?::?\d{2})?)|-?infinity)$/;
const MOMENT = /^(?:\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?|-?infinity)$/;
const SHAPES: ReadonlyMap<string, readonly [RegExp, string]> = new Map([
  ['date', [DATE, "Write a date as 'YYYY-MM-DD'."]],
  [
    'timestamptz',
    [INSTANT, "Write a time as ISO 8601 with its offset, such as '2026-01-31T09:30:00Z'."],
  ],
  [
    'timestamp',
    [MOMENT, "Write a local time as ISO 8601 without offset, such as '2026-01-31T09:30:00'."],
  ],
]);

/**
 * Encodes a value for the wire, or refuses it: nothing is coerced, and no method of the value is ever called.
 * @throws FabricError IB914 naming the destination.
 */
export function encode(value: unknown, to: Destination): Parameter {
  if (value === null) return null;
  if (to.type === 'json' || to.type === 'jsonb') return encodeJson(value, to);
  if (Array.isArray(value)) {
    if (to.type === undefined) return encodeArray(value, to);
    if (to.type.endsWith('[]')) return encodeArray(value, { ...to, type: to.type.slice(0, -2) });
    throw refused(to, 'is a list', 'Pass a single value.');
  }
  if (to.type?.endsWith('[]')) throw refused(to, 'is not a list', 'Pass an array.');
  if (to.type === undefined && isPlainObject(value)) return encodeJson(value, to);
  return encodeScalar(value, to);
}

/** Encodes a list as an array literal. @throws FabricError IB914. */
export function encodeArray(values: readonly unknown[], to: Destination): string {
  const items: string[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null) items.push('NULL');
    else if (Array.isArray(value)) items.push(encodeArray(value, to));
    else if (to.type === undefined && isPlainObject(value)) {
      items.push(quoteElement(encodeJson(value, to)));
    } else {
      const item =
        to.type === 'json' || to.type === 'jsonb' ? encodeJson(value, to) : encodeScalar(value, to);
      items.push(quoteElement(typeof item === 'string' ? item : `\\x${item.toString('hex')}`));
    }
  }
  return limited(`{${items.join(',')}}`, to);
}

function encodeScalar(value: unknown, to: Destination): string | Buffer {
  switch (typeof value) {
    case 'string':
      return encodeText(value, to);
    case 'number':
      return encodeNumber(value, to);
    case 'bigint':
      return value.toString();
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      throw refused(to, 'is undefined', 'Leave the key out, or pass null for a null value.');
    case 'object':
      if (value instanceof Uint8Array)
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      if (value instanceof Date) return encodeDate(value, to);
      throw refused(
        to,
        'is an object',
        'Pass a string, number, bigint, boolean, Date, bytes or null.',
      );
    default:
      throw refused(
        to,
        `is a ${typeof value}`,
        'Pass a string, number, bigint, boolean, Date, bytes or null.',
      );
  }
}

function encodeText(value: string, to: Destination): string {
  checkText(value, to);
  const shape = to.type === undefined ? undefined : SHAPES.get(to.type);
  if (shape !== undefined && !shape[0].test(value)) {
    throw refused(to, 'could be read in more than one way', shape[1]);
  }
  return limited(value, to);
}

function encodeDate(value: Date, to: Destination): string {
  if (to.type === 'date') {
    throw refused(
      to,
      'is a Date, whose day depends on a time zone',
      "Pass the day as 'YYYY-MM-DD'.",
    );
  }
  if (Number.isNaN(Date.prototype.getTime.call(value))) {
    throw refused(to, 'is an invalid Date', 'Check how it was made.');
  }
  return Date.prototype.toISOString.call(value);
}

function quoteElement(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
