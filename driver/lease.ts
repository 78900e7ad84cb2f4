import type pg from 'pg';
import {
  type Answer,
  Batch,
  type BatchResult,
  OpenTransactionError,
  takesBatches,
} from './batch.ts';
import { type CopySource, cannotCopy, copyInterrupted, flow } from './copy-source.ts';
import {
  CommitOutcomeUnknownError,
  FabricError,
  isServerError,
  TransactionAbortedError,
  toFabricError,
} from './errors.ts';
import { typeParsers } from './parsers.ts';
import type { Statement } from './statements.ts';

/** What the driver needs of a pool: `pg.Pool`, or anything that lends clients of `pg`. */
export interface ClientPool {
  connect(): Promise<pg.PoolClient>;
}

/** What sending a batch commits: nothing, the batch itself as one implicit transaction, or an open transaction. */
export type Commits = 'nothing' | 'batch' | 'transaction';

const MOST_DIRTY = 10;
/** Refusals that say something about the data alone: the session behind them is as good as new. */
const HARMLESS = /^(?:22|23|40|IB)/;
/** Errors after which the server closes the connection, and whose severity its language may hide. */
const FATAL = /^(?:08|53|57P|58|XX|25P0[34])/;
/** Fatal errors that, before the statement has completed, mean it never will. */
const ROLLED_BACK = /^(?:57P01|25P0[34])$/;

/** One client on loan from the pool. It goes back clean, or is destroyed. */
export class Lease {
  readonly #client: pg.PoolClient;
  /** Whether several statements can go in one round trip. */
  readonly batched: boolean;
  #isDoubtful = false;
  #isLost = false;

  private constructor(client: pg.PoolClient) {
    this.#client = client;
    this.batched = takesBatches(client);
    client.on('error', ignore);
  }

  /** Borrows a client that is outside any transaction. @throws FabricError IB922, or the server's refusal of the connection. */
  static async open(pool: ClientPool): Promise<Lease> {
    for (let tries = 0; tries < MOST_DIRTY; tries++) {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        throw toFabricError(error);
      }
      const lease = new Lease(client);
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

  /**
   * Sends statements and waits for all answers: in one round trip where the client can, else one by one.
   * @param starts whether this opens the conversation, so that no transaction may be open yet.
   * @param described place of the first statement whose rows are asked for; the last one alone unless told otherwise.
   * @throws FabricError with the server's code; CommitOutcomeUnknownError when a commit may have happened.
   */
  async send(
    statements: readonly Statement[],
    commits: Commits,
    starts: boolean,
    described: number = statements.length - 1,
  ): Promise<BatchResult> {
    if (!this.batched) return this.#sendSingly(statements, commits, described);
    const batch = new Batch(statements, starts ? () => this.status === 'I' : undefined, described);
    this.#client.query(batch);
    try {
      const result = await batch.done;
      if (commits === 'batch' && this.status !== 'I') {
        throw new TransactionAbortedError(
          'The connection was inside a transaction of somebody else, which was closed.',
        );
      }
      return result;
    } catch (error) {
      const isComplete = batch.tags.length === statements.length;
      throw this.#judge(error, batch.sent ? commits : 'nothing', isComplete);
    }
  }

  /**
   * Sends a COPY and lets its bytes flow into a stream, which is ended with them, only as fast as that takes them.
   * @throws FabricError IB985 for a client that cannot, IB986 when the stream fails: the connection is then closed, since rows
   * that nobody reads would be under way on it; and the server's code.
   */
  async pour(source: CopySource, into: NodeJS.WritableStream): Promise<void> {
    if (!this.batched) throw cannotCopy('This client does not speak the wire protocol itself.');
    const { failure, isOfTarget } = await flow(this.#client, source, into);
    if (failure === undefined) return;
    if (!isOfTarget) throw this.#judge(failure, 'nothing', false);
    this.#isDoubtful = true;
    this.#isLost = true;
    throw copyInterrupted(failure);
  }

  /** Gives the client back to the pool, or destroys it where anything about it is in doubt. */
  release(): void {
    const isClean = !this.#isDoubtful && (this.status === 'I' || this.status === undefined);
    if (isClean) this.#client.off('error', ignore);
    this.#client.release(!isClean);
  }

  async #sendSingly(
    statements: readonly Statement[],
    commits: Commits,
    described: number,
  ): Promise<BatchResult> {
    const tags: string[] = [];
    const each: Answer[] = [];
    try {
      for (const { text, values } of statements) {
        // Asked for by name: without values pg would choose the protocol that takes several statements.
        const query = { text, values: [...values], types: typeParsers, queryMode: 'extended' };
        const result = await this.#client.query<Record<string, unknown>>(query);
        const { command, rowCount, rows } = result;
        const tag = rowCount === null ? command : `${command} ${rowCount}`;
        if (tags.push(tag) > described) each.push({ rows, tags: [tag] });
      }
    } catch (error) {
      throw this.#judge(error, commits, false);
    }
    return { rows: each.at(-1)?.rows ?? [], tags, each };
  }

  #judge(error: unknown, commits: Commits, isComplete: boolean): FabricError {
    if (!isServerError(error)) {
      const isLost = !(error instanceof FabricError);
      this.#isDoubtful = true;
      this.#isLost ||= isLost;
      return isLost && commits !== 'nothing'
        ? new CommitOutcomeUnknownError(error)
        : toFabricError(error);
    }
    if (!HARMLESS.test(error.code)) this.#isDoubtful = true;
    const isFatal = error.severity !== 'ERROR' && FATAL.test(error.code);
    this.#isLost ||= isFatal;
    const isRolledBack = commits === 'batch' && !isComplete && ROLLED_BACK.test(error.code);
    if (isFatal && !isRolledBack && commits !== 'nothing')
      return new CommitOutcomeUnknownError(error);
    return toFabricError(error);
  }
}

function ignore(): void {}
