import { Duplex } from 'node:stream';
import type pg from 'pg';
import {
  after,
  Batch,
  type BatchResult,
  lastOf,
  OpenTransactionError,
  takesBatches,
  type Wanted,
} from './batch.ts';
import { borrow, type ClientPool } from './borrow.ts';
import { type CancelKey, cancelKeyOf } from './cancel-request.ts';
import { CLEANING, type CleanSession, forgetPrepared } from './cleaning.ts';
import { type CopySource, cannotCopy, copyInterrupted, flow } from './copy-source.ts';
import { FabricError, TransactionAbortedError } from './errors.ts';
import { Interruption } from './interruption.ts';
import { type PreparedNames, preparedNames } from './prepared.ts';
import { joined, sendSingly } from './singly.ts';
import type { Statement } from './statements.ts';
import { Stop } from './stop.ts';
import { type Commits, isStale, judge } from './verdict.ts';

export type { ClientPool } from './borrow.ts';
export type { Commits } from './verdict.ts';

/** How sessions are used. */
export interface SessionPolicy {
  readonly cleanSession: CleanSession;
  /** Whether statements are prepared by name. */
  readonly prepare: boolean;
}

/** How statements are sent. */
export interface SendOptions {
  readonly stop?: Stop | undefined;
  /** The statements whose rows are wanted; the last alone unless told otherwise. */
  readonly wanted?: Wanted | undefined;
}

const FIRST: Wanted = { first: 0, last: 0 };
const MOST_DIRTY = 10;
/** How long a rollback may take before the connection is closed instead. */
const ROLLBACK_MS = 5_000;

const COMMIT: Statement = { text: 'commit', values: [], kind: 'control' };
const ROLLBACK: Statement = { text: 'rollback', values: [], kind: 'control' };
const UNPREPARED: SessionPolicy = { cleanSession: 'after-query', prepare: false };

/** One client on loan from the pool. It goes back clean, or is destroyed. */
export class Lease {
  /** Whether several statements can go in one round trip. */
  readonly batched: boolean;
  /** Told of every error, as the caller will be. */
  onError: (error: FabricError) => void = ignore;
  readonly #client: pg.PoolClient;
  readonly #pool: ClientPool;
  readonly #policy: SessionPolicy;
  #names: PreparedNames | undefined;
  #isUnclean = false;
  #isDoubtful = false;
  #isLost = false;
  #wasCancelled = false;
  #onDestroy: (error: Error) => void = ignore;

  private constructor(client: pg.PoolClient, pool: ClientPool, policy: SessionPolicy) {
    this.#client = client;
    this.#pool = pool;
    this.#policy = policy;
    this.batched = takesBatches(client);
    if (policy.prepare && this.batched) this.#names = preparedNames(client);
    client.on('error', ignore);
  }

  /**
   * Borrows a client that is outside any transaction. One that comes after the stop goes straight back to the pool.
   * @throws FabricError IB922, the server's refusal of the connection, or why the call was stopped.
   */
  static async open(
    pool: ClientPool,
    policy: SessionPolicy = UNPREPARED,
    stop?: Stop,
  ): Promise<Lease> {
    for (let tries = 0; tries < MOST_DIRTY; tries++) {
      const lease = new Lease(await borrow(pool, stop), pool, policy);
      if (lease.status === 'I' || lease.status === undefined) return lease;
      lease.#isDoubtful = true;
      lease.release();
    }
    throw new OpenTransactionError();
  }

  /** Transaction status by the server's last word: I idle, T in a transaction, E in a failed one; undefined if the client cannot tell. */
  get status(): string | undefined {
    return this.#client.getTransactionStatus?.() ?? undefined;
  }

  /** Whether the connection is gone, and with it what was not committed. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether the connection can no longer be trusted. */
  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  /** Whether a statement makes it necessary to clean the session. */
  soils(statement: Statement): boolean {
    const { cleanSession } = this.#policy;
    return (
      cleanSession === 'always' || (cleanSession === 'after-query' && statement.kind === 'raw')
    );
  }

  /**
   * Sends statements and waits for all answers: in one round trip where the client can, else one by one.
   * @param starts whether this opens the conversation, so that no transaction may be open yet.
   * @throws FabricError with the server's code; CommitOutcomeUnknownError when a commit may have happened; why it was stopped.
   */
  async send(
    statements: readonly Statement[],
    commits: Commits,
    starts: boolean,
    options: SendOptions = {},
  ): Promise<BatchResult> {
    const { stop } = options;
    stop?.throwIfStopped();
    if (statements.some((statement) => this.soils(statement))) this.#isUnclean = true;
    const interruption = stop && new Interruption(stop, this);
    try {
      return this.batched
        ? await this.#sendBatch(statements, commits, starts, options)
        : await this.#sendSingly(statements, commits, options);
    } catch (error) {
      const isCancelled = error instanceof FabricError && error.code === '57014';
      throw isCancelled && interruption?.hasCancelled === true ? stop?.error : error;
    } finally {
      if (interruption !== undefined) await this.#end(interruption);
      if (statements.some(({ kind }) => kind === 'raw')) this.#distrustNames();
    }
  }

  /**
   * Runs statements as a transaction of their own and cleans the session after it, all in one round trip.
   * Only for clients that take batches.
   */
  async sendAlone(
    opening: readonly Statement[],
    work: readonly Statement[],
    stop: Stop | undefined,
  ): Promise<BatchResult> {
    const statements = [...opening, ...work, COMMIT, ...CLEANING];
    const wanted = after(opening, work);
    const result = await this.send(statements, 'batch', true, { stop, wanted });
    if (!this.#isDoubtful) this.#cleaned();
    return result;
  }

  /**
   * Sends a COPY and lets its bytes flow into a stream, which is ended with them, only as fast as that takes them.
   * @throws FabricError IB985 for a client that cannot, IB986 when the stream fails: the connection is then closed, since rows
   * that nobody reads would be under way on it; the server's code; why it was stopped.
   */
  async pour(
    source: CopySource,
    into: NodeJS.WritableStream,
    stop: Stop | undefined,
  ): Promise<void> {
    if (!this.batched) throw cannotCopy('This client does not speak the wire protocol itself.');
    stop?.throwIfStopped();
    const interruption = stop && new Interruption(stop, this);
    try {
      const { failure, isOfTarget } = await flow(this.#client, source, into);
      if (failure === undefined) return;
      if (!isOfTarget) {
        const error = this.#judge(failure, 'nothing', false);
        const isStopped = interruption?.hasCancelled === true || this.#isLost;
        throw (isStopped ? stop?.error : undefined) ?? error;
      }
      this.#isDoubtful = true;
      this.#isLost = true;
      throw copyInterrupted(failure);
    } finally {
      if (interruption !== undefined) await this.#end(interruption);
    }
  }

  /** Commits, cleans the session where that is due, in the same round trip, and returns the server's word for it. */
  async commit(stop: Stop | undefined): Promise<string | undefined> {
    const { tags } = await this.#finish([COMMIT], 'transaction', stop);
    return tags[0];
  }

  /** Rolls back and cleans the session where that is due; a client that cannot is destroyed on release. */
  async rollback(): Promise<void> {
    if (this.#isDoubtful) return;
    const stop = Stop.from({ deadlineMs: ROLLBACK_MS });
    try {
      const ending = this.status === 'I' ? [] : [ROLLBACK];
      if (ending.length > 0 || (this.#isUnclean && !this.#wasCancelled))
        await this.#finish(ending, 'nothing', stop);
    } catch {
      this.#isDoubtful = true;
    } finally {
      stop?.close();
    }
  }

  /** Gives the client back to the pool, or destroys it where anything about it is in doubt. */
  release(): void {
    const isIdle = this.status === 'I' || this.status === undefined;
    const isKept = isIdle && !this.#isDoubtful && !this.#isUnclean && !this.#wasCancelled;
    if (isKept) this.#client.off('error', ignore);
    this.#client.release(!isKept);
  }

  /** The key to cancel what runs here. @internal */
  get cancelKey(): CancelKey | undefined {
    return cancelKeyOf(this.#client, this.#pool);
  }

  /** Closes the connection at once. @internal */
  destroy(error: Error): void {
    this.#isDoubtful = true;
    this.#isLost = true;
    this.#onDestroy(error);
    const connection: unknown = Reflect.get(this.#client, 'connection');
    const stream = connection instanceof Object ? Reflect.get(connection, 'stream') : undefined;
    if (stream instanceof Duplex) stream.destroy(error);
  }

  async #finish(
    ending: readonly Statement[],
    commits: Commits,
    stop: Stop | undefined,
  ): Promise<BatchResult> {
    const isCleaning = this.#isUnclean && !this.#wasCancelled;
    const statements = isCleaning ? [...ending, ...CLEANING] : ending;
    const result = this.batched
      ? await this.send(statements, commits, false, { stop, wanted: FIRST })
      : await this.send([joined(statements)], commits, false, { stop });
    if (isCleaning && !this.#isDoubtful) this.#cleaned();
    return result;
  }

  async #sendBatch(
    statements: readonly Statement[],
    commits: Commits,
    starts: boolean,
    { wanted = lastOf(statements) }: SendOptions,
  ): Promise<BatchResult> {
    const batch = this.#start(statements, starts, wanted);
    try {
      return this.#committed(await batch.done, commits);
    } catch (error) {
      if (commits !== 'nothing' && batch.tags.includes('COMMIT')) {
        // It was committed, whatever came after.
        this.#judge(error, 'nothing', true);
        this.#isDoubtful = true;
        return batch.result;
      }
      const isForgotten = batch.usesNames && isStale(error);
      if (isForgotten) this.#names?.forget();
      if (isForgotten && starts && this.status !== 'T') {
        const isOpen = this.status === 'E';
        return isOpen
          ? this.#again([ROLLBACK, ...statements], commits, wanted, 1)
          : this.#again(statements, commits, wanted, 0);
      }
      const isComplete = batch.tags.length === statements.length;
      throw this.#judge(error, batch.sent ? commits : 'nothing', isComplete);
    }
  }

  /** Sends a batch once more whose names the server had forgotten; nothing of the first had been kept. */
  async #again(
    statements: readonly Statement[],
    commits: Commits,
    { first, last }: Wanted,
    skip: number,
  ): Promise<BatchResult> {
    const batch = this.#start(statements, false, { first: first + skip, last: last + skip });
    try {
      const result = this.#committed(await batch.done, commits);
      return { ...result, tags: result.tags.slice(skip) };
    } catch (error) {
      throw this.#judge(error, commits, batch.tags.length === statements.length);
    }
  }

  #start(statements: readonly Statement[], starts: boolean, wanted: Wanted): Batch {
    const batch = new Batch(statements, {
      mayStart: starts ? () => this.status === 'I' : undefined,
      wanted,
      names: this.#names,
    });
    this.#client.query(batch);
    return batch;
  }

  #committed(result: BatchResult, commits: Commits): BatchResult {
    if (commits === 'batch' && this.status !== 'I') {
      throw new TransactionAbortedError(
        'The connection was inside a transaction of somebody else, which was closed.',
      );
    }
    return result;
  }

  async #sendSingly(
    statements: readonly Statement[],
    commits: Commits,
    { wanted = lastOf(statements) }: SendOptions,
  ): Promise<BatchResult> {
    try {
      const wait = <T>(sent: Promise<T>) => this.#orDestroyed(sent);
      return await sendSingly(this.#client, statements, wanted, wait);
    } catch (error) {
      throw this.#judge(error, commits, false);
    }
  }

  #orDestroyed<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#onDestroy = reject;
      answer.then(resolve, reject);
    });
  }

  async #end(interruption: Interruption): Promise<void> {
    const isCertain = await interruption.end();
    if (interruption.hasCancelled) this.#wasCancelled = true;
    if (!isCertain) this.destroy(new Error('a cancel request may still be under way'));
  }

  #cleaned(): void {
    this.#isUnclean = false;
    forgetPrepared(this.#client);
    this.#names?.takeClosing();
  }

  #distrustNames(): void {
    if (this.#policy.prepare && this.batched) preparedNames(this.#client).forget();
    this.#names = undefined;
  }

  #judge(error: unknown, commits: Commits, isComplete: boolean): FabricError {
    const verdict = judge(error, commits, { isComplete, isLost: this.#isLost });
    this.#isDoubtful ||= verdict.isDoubtful;
    this.#isLost ||= verdict.isLost;
    this.onError(verdict.error);
    return verdict.error;
  }
}

function ignore(): void {}
