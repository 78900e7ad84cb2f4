import { FabricError } from '../errors.ts';
import type { NewContextKey } from '../install/context-keys.ts';

/** The key in AIBOS_CONTEXT_KEY, as `id:secret` with the secret in hexadecimal. @throws FabricError IB933 without a usable one. */
export function contextKeyFromEnvironment(): NewContextKey {
  const key = optionalContextKey();
  if (key !== undefined) return key;
  throw new FabricError('IB933', 'no context key was given', {
    hint: 'Set AIBOS_CONTEXT_KEY to what aibos context-key generate prints; keep it out of the command line.',
  });
}

/** The option of `TenantDb` for the key in AIBOS_CONTEXT_KEY; none where the variable is not set. @throws FabricError IB933. */
export function signingOptions(): { readonly contextKey?: NewContextKey } {
  const contextKey = optionalContextKey();
  return contextKey === undefined ? {} : { contextKey };
}

function optionalContextKey(): NewContextKey | undefined {
  const text = process.env.AIBOS_CONTEXT_KEY;
  if (text === undefined || text === '') return undefined;
  const [, id, secret] = /^([a-z0-9]{8}):((?:[0-9a-f]{2}){32,})$/.exec(text) ?? [];
  if (id !== undefined && secret !== undefined) return { id, secret };
  throw new FabricError('IB933', 'AIBOS_CONTEXT_KEY was refused', {
    detail:
      'It is not eight lower-case letters or digits, a colon, and 32 bytes or more in hexadecimal.',
    hint: 'Set it to what aibos context-key generate prints.',
  });
}
