import type { CheckedContext } from './context.ts';
import type { Lease } from './lease.ts';
import type { Signing } from './signing.ts';
import type { Statement } from './statements.ts';

const UNSIGNED =
  "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.request_id', $3, true), set_config('app.reason', $4, true)";
const SIGNED = `${UNSIGNED}, set_config('app.context_token', $5, true)`;

/**
 * The statement that carries a context into the transaction it is sent in, with its signature where there is a key.
 * @throws FabricError as `Signing.token`.
 */
export async function carry(
  context: CheckedContext,
  lease: Lease,
  signing: Signing | undefined,
): Promise<Statement> {
  const values = [context.tenantId, context.userId, context.requestId, context.reason];
  if (signing === undefined) return { text: UNSIGNED, values };
  return { text: SIGNED, values: [...values, await signing.token(lease, context)] };
}
