import { FabricError } from './errors.ts';
import { readObject } from './payload.ts';
import { shown } from './tables.ts';

/** Own options by name, undefined where absent. @throws FabricError IB923 for an unknown one. */
export function readOptions<Name extends string>(
  options: unknown,
  names: readonly Name[],
): { readonly [N in Name]?: unknown } {
  const read: { [N in Name]?: unknown } = Object.create(null);
  if (options === undefined) return read;
  for (const [key, value] of readObject(options, 'IB923', 'the options argument')) {
    const name = names.find((known) => known === key);
    if (name === undefined) {
      throw new FabricError('IB923', `there is no option ${shown(key)}`, {
        hint: `Options: ${names.join(', ')}.`,
      });
    }
    read[name] = value;
  }
  return read;
}

/** An option whose value was refused (IB923). */
export function badOption(name: string, expected: string): FabricError {
  return new FabricError('IB923', `the option ${name} was refused`, { hint: `Pass ${expected}.` });
}

/** The value of an option that counts. @throws FabricError IB923. */
export function wholeNumber(name: string, value: unknown, most: number, least = 0): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
    return value;
  throw badOption(name, `a whole number from ${least} to ${most}`);
}
