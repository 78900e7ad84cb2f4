import type { Carry } from './carrying.ts';
import { traceQuery } from './channels.ts';
import type { CheckedContext } from './context.ts';
import { Conversation } from './conversation.ts';
import type { Lease } from './lease.ts';
import type { ServerLimits } from './limits.ts';
import { RowStream } from './row-stream.ts';
import type { Statement } from './statements.ts';
import type { Stop } from './stop.ts';

/** BEGIN of a transaction that only reads. */
export const READ_ONLY = 'begin read only';

/** The transaction that a stream has for itself. */
export interface LoneStreamOptions {
  readonly lease: Lease;
  readonly carry: Carry;
  readonly limits: ServerLimits;
  readonly stop: Stop | undefined;
  readonly batchSize: number;
}

/**
 * The rows of a query in a read-only transaction of their own, which ends with the loop, however that ends. A signal or deadline
 * ends it and frees its client at once, also while the reader lingers; asking for the next row then says why.
 */
export async function* streamAlone<R>(
  context: CheckedContext,
  statement: Statement,
  { lease, carry, limits, stop, batchSize }: LoneStreamOptions,
): AsyncGenerator<R, void, undefined> {
  const conversation = new Conversation(lease, context, { begin: READ_ONLY, carry, limits, stop });
  let ending: Promise<void> | undefined;
  const rollback = async () => {
    await conversation.rollback();
    lease.release();
  };
  const unsubscribe = stop?.subscribe(() => {
    ending ??= rollback();
  });
  try {
    yield* new RowStream<R>(statement, batchSize, {
      send: (statements) =>
        traceQuery(statements, context.tenantId, undefined, () => conversation.send(statements)),
      assertUsable: () => stop?.throwIfStopped(),
      nameCursor: () => conversation.nameCursor(),
      closeCursor: async () => undefined,
    });
    unsubscribe?.();
    await conversation.commit();
    ending ??= Promise.resolve(lease.release());
  } finally {
    unsubscribe?.();
    ending ??= rollback();
    await ending;
  }
}
