import { after, type BatchResult } from './batch.ts';
import type { Carry } from './carrying.ts';
import type { TransactionTrace } from './channels.ts';
import type { CheckedContext } from './context.ts';
import type { CopySource } from './copy-source.ts';
import { type FabricError, HandleRevokedError, TransactionAbortedError } from './errors.ts';
import type { Lease } from './lease.ts';
import { type CheckedLimits, limitStatements, type ServerLimits } from './limits.ts';
import type { Statement } from './statements.ts';
import { Stop } from './stop.ts';

/** A statement without parameters. */
export function plain(text: string): Statement {
  return { text, values: [], kind: 'control' };
}

/** How the statements of a transaction run. */
export interface ConversationOptions {
  /** The statement that begins it. */
  readonly begin: string;
  /** Writes the statement that carries the context into it; asked when BEGIN is sent. */
  readonly carry: Carry;
  readonly limits: ServerLimits;
  /** What may end the transaction early. */
  readonly stop: Stop | undefined;
  /** What is published of it, when somebody listens. */
  readonly trace?: TransactionTrace | undefined;
}

/** How one call in a transaction runs. */
export interface TurnOptions {
  /** Throws when the handle has been revoked since the call was made. */
  readonly mayRun?: () => void;
  /** Limits of this call alone. */
  readonly limits?: CheckedLimits | undefined;
}

/**
 * One transaction on one client, as its handles share it: statements go one after another, BEGIN and the context travel with
 * the first of them, and the context is set again after every partial rollback.
 */
export class Conversation {
  readonly context: CheckedContext;
  readonly #lease: Lease;
  readonly #options: ConversationOptions;
  #hasBegun = false;
  #isOver = false;
  #tail: Promise<unknown> = Promise.resolve();
  #firstError: unknown;
  /** The statement that carried the context in: its token holds as long as the transaction. */
  #carried: Statement | undefined;
  #savepoints = 0;
  #cursors = 0;

  constructor(lease: Lease, context: CheckedContext, options: ConversationOptions) {
    this.#lease = lease;
    this.context = context;
    this.#options = options;
  }

  /** Whether the transaction can still take statements. */
  get isOpen(): boolean {
    return !this.#isOver;
  }

  /** What is published of the transaction, when somebody listens. */
  get trace(): TransactionTrace | undefined {
    return this.#options.trace;
  }

  /** Why the transaction was stopped, where it was. */
  get stopError(): FabricError | undefined {
    return this.#options.stop?.error;
  }

  /** Sends statements after all that were handed in before. */
  send(statements: readonly Statement[], options: TurnOptions = {}): Promise<BatchResult> {
    return this.#inTurn(options, () => this.#send(statements, options.limits));
  }

  /** Copies rows out after all that was handed in before, and answers how many. */
  copy(
    open: () => Promise<CopySource>,
    into: NodeJS.WritableStream,
    options: TurnOptions = {},
  ): Promise<number> {
    return this.#inTurn(options, async () => {
      const { stop: outer, limits } = this.#options;
      const stop = options.limits === undefined ? outer : Stop.from(options.limits, outer);
      const own = { ...limits, ...options.limits?.server };
      try {
        const source = await open();
        await this.#prepare(limitStatements(limits, own), stop);
        await this.#lease.pour(source, into, stop);
        await this.#prepare(limitStatements(own, limits), outer);
        return source.rowCount;
      } catch (error) {
        this.#firstError ??= error;
        throw error;
      } finally {
        if (stop !== outer) stop?.close();
      }
    });
  }

  /** A name for a cursor that no other of this transaction has. */
  nameCursor(): string {
    return `aibos_rows_${++this.#cursors}`;
  }

  /** Closes a cursor, unless the transaction has failed, which closed it. */
  async closeCursor(name: string): Promise<void> {
    await this.#inTurn({}, async () => {
      if (this.#hasBegun && this.#lease.status !== 'E' && !this.#lease.isLost)
        await this.#send([plain(`close ${name}`)], undefined);
    }).catch(() => undefined);
  }

  /** Runs statements as the whole transaction, and commits. */
  async sendAlone(statements: readonly Statement[]): Promise<BatchResult> {
    if (!this.#lease.batched) {
      const result = await this.send(statements);
      await this.commit();
      return result;
    }
    this.#isOver = true;
    return this.#lease.sendAlone(this.#opening(), statements, this.#options.stop);
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
      this.#context(),
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

  /** Commits. @throws TransactionAbortedError when the server rolled back instead; why the transaction was stopped. */
  async commit(): Promise<void> {
    await this.#tail;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.stop?.throwIfStopped();
    if (!this.#hasBegun) return;
    if (this.#lease.isLost) {
      throw new TransactionAbortedError('The connection was lost before COMMIT.', this.#firstError);
    }
    if ((await this.#lease.commit(this.#options.stop)) !== 'COMMIT') {
      throw new TransactionAbortedError('A statement of it had failed before.', this.#firstError);
    }
  }

  /** Rolls back; never throws, since a client that cannot is destroyed on release. */
  async rollback(): Promise<void> {
    this.#isOver = true;
    await this.#tail;
    if (!this.#hasBegun) return;
    const { stop } = this.#options;
    if (stop?.error !== undefined && stop.isHard) this.#lease.destroy(stop.error);
    else await this.#lease.rollback();
  }

  #inTurn<T>({ mayRun }: TurnOptions, work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(() => {
      mayRun?.();
      if (this.#isOver) throw this.stopError ?? new HandleRevokedError();
      return work();
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async #send(
    statements: readonly Statement[],
    call: CheckedLimits | undefined,
  ): Promise<BatchResult> {
    const { stop: outer, limits } = this.#options;
    const stop = call === undefined ? outer : Stop.from(call, outer);
    try {
      stop?.throwIfStopped();
      const starts = !this.#hasBegun;
      const opening = this.#opening();
      // A call's own limits are gone before the next one, and before a savepoint could keep them.
      const own = { ...limits, ...call?.server };
      const before = [...opening, ...limitStatements(limits, own)];
      const wanted = after(before, statements);
      const sent = [...before, ...statements, ...limitStatements(own, limits)];
      return await this.#lease.send(sent, 'nothing', starts, { stop, wanted });
    } catch (error) {
      this.#firstError ??= error;
      throw error;
    } finally {
      if (stop !== outer) stop?.close();
    }
  }

  /** Sends what has to stand before or after a COPY, which takes no other statement beside it. */
  async #prepare(statements: readonly Statement[], stop: Stop | undefined): Promise<void> {
    const starts = !this.#hasBegun;
    const sent = [...this.#opening(), ...statements];
    if (sent.length > 0) await this.#lease.send(sent, 'nothing', starts, { stop });
  }

  /** What begins the transaction, unless it has begun. */
  #opening(): Statement[] {
    if (this.#hasBegun) return [];
    this.#hasBegun = true;
    const { begin, limits } = this.#options;
    return [plain(begin), this.#context(), ...limitStatements({}, limits)];
  }

  #context(): Statement {
    this.#carried ??= this.#options.carry();
    return this.#carried;
  }
}
