import { type Destination, refused } from './destination.ts';

const WHOLE = new Set(['int2', 'int4', 'int8', 'numeric', 'oid']);

/** Encodes a number exactly. @throws FabricError IB914 for what a number cannot hold, or a fraction for an exact type. */
export function encodeNumber(value: number, to: Destination): string {
  if (!Number.isFinite(value)) throw refused(to, `is ${value}`, 'Pass a finite number.');
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw refused(
      to,
      'is an integer that a number cannot hold exactly',
      'Pass it as a bigint or a string.',
    );
  }
  if (to.type !== undefined && WHOLE.has(to.type) && !Number.isInteger(value)) {
    throw refused(to, 'is a fraction held as a binary number', 'Pass exact decimals as a string.');
  }
  return Object.is(value, -0) ? '0' : value.toString();
}
