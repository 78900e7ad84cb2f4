import type { CheckedContext } from './context.ts';
import type { Lease } from './lease.ts';
import type { Signing } from './signing.ts';
import type { Statement } from './statements.ts';
import type { Stop } from './stop.ts';

const UNSIGNED =
  "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.request_id', $3, true), set_config('app.reason', $4, true)";
const SIGNED = `${UNSIGNED}, set_config('app.context_token', $5, true)`;

/** Writes the statement that carries a context into a transaction; its token is made now, so ask when BEGIN is sent. */
export type Carry = () => Statement;

/** Asks for the key of a call, where there is one, and then makes the statements that carry its context. */
export class Carrier {
  readonly #signing: Signing | undefined;

  constructor(signing: Signing | undefined) {
    this.#signing = signing;
  }

  /**
   * Borrows a client for a context. The key is asked for first, so that no client waits for it.
   * @throws FabricError as `Signing.signer`, `Signing.audience` and `open` do; the client is then given back.
   */
  async borrow(
    context: CheckedContext,
    open: () => Promise<Lease>,
    stop: Stop | undefined,
  ): Promise<{ readonly lease: Lease; readonly carry: Carry }> {
    const values = [context.tenantId, context.userId, context.requestId, context.reason];
    const signing = this.#signing;
    if (signing === undefined) {
      const carried = { text: UNSIGNED, values };
      return { lease: await open(), carry: () => carried };
    }
    const signer = await signing.signer(stop);
    const lease = await open();
    try {
      const audience = await signing.audience(lease, stop);
      const carry = () => ({ text: SIGNED, values: [...values, signer.sign(context, audience)] });
      return { lease, carry };
    } catch (error) {
      lease.release();
      throw error;
    }
  }
}
