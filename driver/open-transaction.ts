import { type TransactionTrace, traceTransaction } from './channels.ts';
import type { CheckedContext } from './context.ts';
import { Conversation, type ConversationOptions } from './conversation.ts';
import { HandleRevokedError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { StatementBuilder } from './statements.ts';
import type { TableMap } from './tables.ts';
import { TenantTransaction } from './transaction.ts';

/** What an open transaction holds until its end. */
interface Holding extends ConversationOptions {
  readonly lease: Lease;
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
  readonly #ended: Deferred;
  readonly #unsubscribe: (() => void) | undefined;
  #ending: Promise<void> | undefined;

  private constructor(
    conversation: Conversation,
    builder: StatementBuilder,
    holding: Holding,
    ended: Deferred,
  ) {
    super(conversation, builder);
    this.#conversation = conversation;
    this.#holding = holding;
    this.#ended = ended;
    this.#unsubscribe = holding.stop?.subscribe(() => void this.rollback());
  }

  /** Made by `TenantDb.begin`. @internal */
  static begin<Tables extends TableMap>(
    builder: StatementBuilder,
    context: CheckedContext,
    holding: Holding,
  ): OpenTransaction<Tables> {
    const ended = createDeferred();
    let heard: TransactionTrace | undefined;
    const published = traceTransaction(context.tenantId, (trace) => {
      heard = trace;
      return ended.promise;
    });
    // The holder is told by commit().
    published.catch(() => undefined);
    const conversation = new Conversation(holding.lease, context, { ...holding, trace: heard });
    return new OpenTransaction<Tables>(conversation, builder, holding, ended);
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
    this.#ending ??= this.#end(async () => {
      await this.#conversation.rollback();
      if (this.#conversation.trace !== undefined) this.#conversation.trace.outcome = 'rolled back';
    });
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
      this.#ended.resolve();
    } catch (error) {
      this.#ended.reject(error);
      throw error;
    } finally {
      this.revoke();
      this.#holding.stop?.close();
      this.#holding.lease.release();
    }
  }
}

interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

function createDeferred(): Deferred {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve: () => resolve(), reject: (error) => reject(error) };
}
