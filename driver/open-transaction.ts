import type { Conversation } from './conversation.ts';
import { HandleRevokedError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { StatementBuilder } from './statements.ts';
import type { Stop } from './stop.ts';
import type { TableMap } from './tables.ts';
import { TenantTransaction } from './transaction.ts';

/** What an open transaction gives back when it ends. */
interface Holding {
  readonly lease: Lease;
  readonly stop: Stop | undefined;
}

/**
 * A transaction that ends where its holder says. Made by `TenantDb.begin`; hold it with `await using`, so that it is rolled back
 * wherever the block is left before `commit()`. A signal or deadline that stops it rolls it back and frees its client at once.
 */
export class OpenTransaction<in out Tables extends TableMap>
  extends TenantTransaction<Tables>
  implements AsyncDisposable
{
  readonly #conversation: Conversation;
  readonly #holding: Holding;
  readonly #unsubscribe: (() => void) | undefined;
  #ending: Promise<void> | undefined;

  /** Made by `TenantDb.begin`. @internal */
  constructor(conversation: Conversation, builder: StatementBuilder, holding: Holding) {
    super(conversation, builder);
    this.#conversation = conversation;
    this.#holding = holding;
    this.#unsubscribe = holding.stop?.subscribe(() => void this.rollback());
  }

  /**
   * Commits and gives the client back.
   * @throws as `TenantDb.transaction` at its end: nothing was committed, unless it is a CommitOutcomeUnknownError. FabricError
   * IB917 when the transaction had ended before, or why it was stopped.
   */
  async commit(): Promise<void> {
    if (this.#ending !== undefined) {
      this.#holding.stop?.throwIfStopped();
      throw new HandleRevokedError();
    }
    const ending = this.#commit();
    this.#ending = ending.catch(() => undefined);
    await ending;
  }

  /** Rolls back and gives the client back; nothing happens when the transaction has ended before. Never throws. */
  async rollback(): Promise<void> {
    this.#ending ??= this.#end(() => this.#conversation.rollback());
    await this.#ending;
  }

  /** Rolls back unless the transaction has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.rollback();
  }

  #commit(): Promise<void> {
    return this.#end(async () => {
      try {
        await this.settle();
        await this.#conversation.commit();
      } catch (error) {
        this.revoke();
        await this.#conversation.rollback();
        throw error;
      }
    });
  }

  async #end(work: () => Promise<void>): Promise<void> {
    this.#unsubscribe?.();
    try {
      await work();
    } finally {
      this.revoke();
      this.#holding.stop?.close();
      this.#holding.lease.release();
    }
  }
}
