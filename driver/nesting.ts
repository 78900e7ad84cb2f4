import { AsyncLocalStorage } from 'node:async_hooks';
import type { CheckedContext } from './context.ts';
import type { Conversation } from './conversation.ts';
import { FabricError } from './errors.ts';

/** The transaction whose callback is running. It only serves to refuse another tenant; no context is ever taken from it. */
const running = new AsyncLocalStorage<Conversation>();

/** @throws FabricError IB920 inside the callback of another tenant's transaction. */
export function assertNoOtherTenant(context: CheckedContext): void {
  const outer = running.getStore();
  if (outer === undefined || !outer.isOpen || outer.context.tenantId === context.tenantId) return;
  throw new FabricError('IB920', 'a transaction of another tenant is running here', {
    detail: 'The call was made inside the callback of that transaction.',
    hint: 'Finish the transaction of one tenant before working for another.',
  });
}

/** Runs the callback of a transaction so that calls inside it can tell whose it is. */
export function runInside<T>(conversation: Conversation, work: () => Promise<T>): Promise<T> {
  return running.run(conversation, work);
}
