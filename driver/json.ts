import { checkText, type Destination, limited, refused } from './destination.ts';
import { encodeNumber } from './numbers.ts';
import { isPlainObject } from './text.ts';

/** Encodes plain JSON data; nothing is dropped or coerced on the way. @throws FabricError IB914. */
export function encodeJson(value: unknown, to: Destination): string {
  checkJson(value, to, 0);
  return limited(JSON.stringify(value), to);
}

function checkJson(value: unknown, to: Destination, depth: number): void {
  if (depth > 100)
    throw refused(to, 'is nested more than 100 levels deep', 'Flatten the document.');
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    checkText(value, to);
    return;
  }
  if (typeof value === 'number') {
    encodeNumber(value, { ...to, type: undefined });
    return;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkJson(value[i], to, depth + 1);
    return;
  }
  if (!isPlainObject(value)) {
    throw refused(
      to,
      `holds a value of type ${typeof value} that JSON cannot carry`,
      'Pass plain JSON values.',
    );
  }
  for (const key of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (typeof key !== 'string' || property === undefined || !('value' in property)) {
      throw refused(to, 'has a symbol or computed key', 'Pass plain JSON values.');
    }
    checkText(key, to);
    checkJson(property.value, to, depth + 1);
  }
}
