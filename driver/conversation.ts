import type { BatchResult } from './batch.ts';
import type { CheckedContext } from './context.ts';
import type { CopySource } from './copy-source.ts';
import { HandleRevokedError, TransactionAbortedError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { Statement } from './statements.ts';

/** The statement that carries a context into the transaction it is sent in. */
export function contextStatement(context: CheckedContext): Statement {
  return {
    text: "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.request_id', $3, true), set_config('app.reason', $4, true)",
    values: [context.tenantId, context.userId, context.requestId, context.reason],
  };
}

/** A statement without parameters. */
export function plain(text: string): Statement {
  return { text, values: [] };
}

/**
 * One transaction on one client, as its handles share it: statements go one after another, BEGIN and the context travel with
 * the first of them, and the context is set again after every partial rollback.
 */
export class Conversation {
  readonly context: CheckedContext;
  readonly #lease: Lease;
  readonly #begin: Statement;
  #hasBegun = false;
  #isOver = false;
  #tail: Promise<unknown> = Promise.resolve();
  #firstError: unknown;
  #savepoints = 0;
  #cursors = 0;

  constructor(lease: Lease, context: CheckedContext, begin: Statement) {
    this.#lease = lease;
    this.context = context;
    this.#begin = begin;
  }

  /** Whether the transaction can still take statements. */
  get isOpen(): boolean {
    return !this.#isOver;
  }

  /** Sends statements after all that were handed in before; `mayRun` throws when the handle has been revoked meanwhile. */
  send(
    statements: readonly Statement[],
    mayRun: () => void = () => undefined,
  ): Promise<BatchResult> {
    return this.#inTurn(mayRun, () => this.#send(statements));
  }

  /** Copies rows out after all that was handed in before, and answers how many. */
  copy(
    open: () => Promise<CopySource>,
    into: NodeJS.WritableStream,
    mayRun: () => void = () => undefined,
  ): Promise<number> {
    return this.#inTurn(mayRun, async () => {
      try {
        const source = await open();
        if (!this.#hasBegun) await this.#send([]);
        await this.#lease.pour(source, into);
        return source.rowCount;
      } catch (error) {
        this.#firstError ??= error;
        throw error;
      }
    });
  }

  /** A name for a cursor that no other of this transaction has. */
  nameCursor(): string {
    return `aibos_rows_${++this.#cursors}`;
  }

  /** Closes a cursor, unless the transaction has failed, which closed it. */
  async closeCursor(name: string): Promise<void> {
    await this.#inTurn(
      () => undefined,
      async () => {
        if (this.#hasBegun && this.#lease.status !== 'E' && !this.#lease.isLost)
          await this.#send([plain(`close ${name}`)]);
      },
    ).catch(() => undefined);
  }

  /** Waits until everything handed in so far has been answered. */
  async drain(): Promise<void> {
    await this.#tail;
  }

  /** Opens a savepoint and returns its name. */
  async savepoint(): Promise<string> {
    const name = `aibos_${++this.#savepoints}`;
    await this.send([plain(`savepoint ${name}`)]);
    return name;
  }

  /** Undoes everything since a savepoint, sets the context again and forgets the savepoint. */
  async rollbackTo(name: string): Promise<void> {
    await this.send([
      plain(`rollback to savepoint ${name}`),
      contextStatement(this.context),
      plain(`release savepoint ${name}`),
    ]);
  }

  /** Keeps everything since a savepoint. @throws TransactionAbortedError when a statement in it had failed. */
  async releaseSavepoint(name: string): Promise<void> {
    if (this.#lease.status === 'E') {
      throw new TransactionAbortedError(
        'A statement of the nested transaction had failed.',
        this.#firstError,
      );
    }
    await this.send([plain(`release savepoint ${name}`)]);
  }

  /** Commits. @throws TransactionAbortedError when the server rolled back instead. */
  async commit(): Promise<void> {
    await this.#tail;
    this.#isOver = true;
    if (!this.#hasBegun) return;
    if (this.#lease.isLost) {
      throw new TransactionAbortedError('The connection was lost before COMMIT.', this.#firstError);
    }
    const { tags } = await this.#lease.send([plain('commit')], 'transaction', false);
    if (tags[0] !== 'COMMIT') {
      throw new TransactionAbortedError('A statement of it had failed before.', this.#firstError);
    }
  }

  /** Rolls back; never throws, since a client that cannot is destroyed on release. */
  async rollback(): Promise<void> {
    this.#isOver = true;
    await this.#tail;
    if (!this.#hasBegun || this.#lease.isDoubtful || this.#lease.status === 'I') return;
    await this.#lease.send([plain('rollback')], 'nothing', false).catch(() => undefined);
  }

  #inTurn<T>(mayRun: () => void, work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(() => {
      mayRun();
      if (this.#isOver) throw new HandleRevokedError();
      return work();
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async #send(statements: readonly Statement[]): Promise<BatchResult> {
    const starts = !this.#hasBegun;
    this.#hasBegun = true;
    const opening = starts ? [this.#begin, contextStatement(this.context)] : [];
    try {
      return await this.#lease.send([...opening, ...statements], 'nothing', starts, opening.length);
    } catch (error) {
      this.#firstError ??= error;
      throw error;
    }
  }
}
