import { EventEmitter } from 'node:events';
import type { BatchResult } from './batch.ts';
import type { Conversation } from './conversation.ts';
import { HandleRevokedError } from './errors.ts';
import { GuardedCursor } from './guarded-cursor.ts';
import {
  commandResult,
  type GuardedCallback,
  type GuardedQuery,
  type GuardedResult,
  type QueryCall,
  readCall,
  toQueryResult,
  unsupported,
} from './guarded-query.ts';
import { Savepoints } from './savepoints.ts';
import type { Statement } from './statements.ts';
import { readCommand, type TransactionCommand } from './transaction-command.ts';

/** What a guarded client needs of the handle it belongs to. */
export interface GuardedHost {
  readonly conversation: Conversation;
  /** Checks a text as `query` does and encodes its values. */
  raw(text: unknown, values: unknown): Statement;
  /** Sends a statement for a client; refused once the handle is revoked, or while another one has a transaction open. */
  send(statement: Statement, by: GuardedClient): Promise<BatchResult>;
  /** Claims the handle for a nested transaction of a client. */
  enter(by: GuardedClient): void;
  /** Gives the handle back. */
  leave(by: GuardedClient): void;
  /** Is told that a client will not be used again. */
  forget(client: GuardedClient): void;
}

/**
 * A client in the manner of `pg` that cannot leave the tenant transaction it belongs to. BEGIN, COMMIT, ROLLBACK and savepoints
 * become savepoints of that transaction; every other text and value is checked as by `TenantTransaction.query`.
 * Errors: IB916 for text that is not one plain statement, IB914 for a value, IB917 once the handle is revoked, IB921 while
 * another nested transaction of the handle is open, IB918 for COMMIT after a failed statement, IB995 for a command out of place,
 * IB996 for what a transaction has no use for.
 */
export class GuardedClient extends EventEmitter {
  readonly #host: GuardedHost;
  readonly #savepoints: Savepoints;
  #queue: Promise<void> | undefined;
  #isClosed = false;

  /** Made by `TenantTransaction`. */
  constructor(host: GuardedHost) {
    super();
    this.#host = host;
    this.#savepoints = new Savepoints(host.conversation);
  }

  /** Sends a query after all that were handed in before; the forms are those of `pg`. Values are encoded by the driver. */
  query(cursor: GuardedCursor): GuardedCursor;
  query<R extends object = Record<string, unknown>>(
    query: string | GuardedQuery,
    values?: readonly unknown[],
  ): Promise<GuardedResult<R>>;
  query<R extends object = Record<string, unknown>>(
    query: string | GuardedQuery,
    callback: GuardedCallback<R>,
  ): void;
  query<R extends object = Record<string, unknown>>(
    query: string | GuardedQuery,
    values: readonly unknown[] | undefined,
    callback: GuardedCallback<R>,
  ): void;
  query(
    query: string | GuardedQuery | GuardedCursor,
    second?: readonly unknown[] | GuardedCallback,
    third?: GuardedCallback,
  ): Promise<GuardedResult> | GuardedCursor | undefined {
    if (query instanceof GuardedCursor) return query.attach(this.#host, this);
    const callback = typeof second === 'function' ? second : third;
    const answer = this.#answer(query, typeof second === 'function' ? undefined : second);
    if (callback === undefined) return answer;
    answer.then(
      (result) => callback(null, result),
      (error: Error) => callback(error),
    );
    return undefined;
  }

  /** Does nothing to the connection, which stays with the transaction. */
  release(): void {
    if (this.#queue === undefined && !this.#savepoints.isOpen) this.#host.forget(this);
  }

  /** @throws FabricError IB996: it is connected as long as its transaction lasts. */
  async connect(): Promise<never> {
    throw unsupported('connect()', 'Use it as it is: it belongs to the transaction.');
  }

  /** @throws FabricError IB996: the transaction ends with its callback. */
  async end(): Promise<never> {
    throw unsupported('end()', 'Let the callback of the transaction return.');
  }

  /** Takes no more calls and waits for those handed in. @internal */
  async settle(): Promise<void> {
    this.#isClosed = true;
    await this.#queue;
  }

  async #answer(query: unknown, values: unknown): Promise<GuardedResult> {
    if (this.#isClosed) throw new HandleRevokedError();
    const call = readCall(query, values);
    const command = typeof call.text === 'string' ? readCommand(call.text) : undefined;
    if (command !== undefined) return this.#inTurn(() => this.#control(command));
    const send = this.#sender(call);
    return this.#queue === undefined ? send() : this.#inTurn(send);
  }

  #sender({ text, values, reading }: QueryCall): () => Promise<GuardedResult> {
    const statement = { ...this.#host.raw(text, values), reading };
    return async () => toQueryResult(await this.#host.send(statement, this));
  }

  async #control(command: TransactionCommand): Promise<GuardedResult> {
    this.#host.enter(this);
    try {
      await this.#savepoints.run(command);
    } finally {
      if (!this.#savepoints.isOpen) this.#host.leave(this);
    }
    return commandResult(command.kind === 'rollback to' ? 'ROLLBACK' : command.kind.toUpperCase());
  }

  /** A command decides where later queries belong, so they wait for it here. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = (this.#queue ?? Promise.resolve()).then(work);
    const done = turn.then(
      () => undefined,
      () => undefined,
    );
    const queue = done.then(() => {
      if (this.#queue === queue) this.#queue = undefined;
    });
    this.#queue = queue;
    return turn;
  }
}
