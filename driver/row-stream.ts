import type { Answer } from './batch.ts';
import { plain } from './conversation.ts';
import { readOptions, wholeNumber } from './options.ts';
import type { Statement } from './statements.ts';

/** The transaction that a stream reads in. @internal */
export interface StreamTarget {
  /** Sends statements in one round trip and answers the rows of the last. */
  send(statements: readonly Statement[]): Promise<Answer>;
  /** @throws HandleRevokedError when the transaction is over. */
  assertUsable(): void;
  nameCursor(): string;
  /** Closes a cursor; never throws. */
  closeCursor(name: string): Promise<void>;
}

/** Options of a stream, those of its select apart. */
export interface CheckedStreamOptions {
  readonly batchSize: number;
  readonly select: object;
}

/** Reads the options of a stream over a table. @throws FabricError IB923. */
export function readStreamOptions(options: unknown): CheckedStreamOptions {
  return check(readOptions(options, ['batchSize', 'orderBy', 'limit', 'distinct']));
}

/** Reads the options of a stream of a query. @throws FabricError IB923. */
export function readBatchSize(options: unknown): number {
  return check(readOptions(options, ['batchSize'])).batchSize;
}

function check({
  batchSize = 500,
  ...select
}: {
  readonly batchSize?: unknown;
}): CheckedStreamOptions {
  return {
    batchSize: wholeNumber('batchSize', batchSize, 100_000, 1),
    select: { ...select },
  };
}

/**
 * The rows of a query by a server-side cursor, which is opened when they are first asked for. While the reader works on a
 * batch the next one is fetched, and no more: memory holds two batches however many rows there are. It can be read once.
 */
export class RowStream<R> implements AsyncIterable<R> {
  readonly #rows: AsyncGenerator<R, void, undefined>;
  readonly #target: StreamTarget;
  #cursor: string | undefined;

  constructor(statement: Statement, batchSize: number, target: StreamTarget) {
    this.#target = target;
    this.#rows = this.#run(statement, batchSize);
  }

  [Symbol.asyncIterator](): AsyncIterator<R, void, undefined> {
    return this.#rows;
  }

  /** Closes the cursor, where it is open; reading on is then refused. @internal */
  async close(): Promise<void> {
    const cursor = this.#cursor;
    this.#cursor = undefined;
    if (cursor !== undefined) await this.#target.closeCursor(cursor);
  }

  async *#run(statement: Statement, batchSize: number): AsyncGenerator<R, void, undefined> {
    const target = this.#target;
    target.assertUsable();
    const cursor = target.nameCursor();
    const fetch = plain(`fetch forward ${batchSize} from ${cursor}`);
    const text = `declare ${cursor} no scroll cursor without hold for ${statement.text}`;
    const declare = { ...statement, text };
    this.#cursor = cursor;
    try {
      let batch = await target.send([declare, fetch]);
      for (;;) {
        const isLast = batch.rows.length < batchSize;
        const following = isLast ? undefined : target.send([fetch]);
        // The reader may leave before it is waited for.
        following?.catch(() => undefined);
        for (const row of batch.rows) {
          target.assertUsable();
          yield row as R;
        }
        if (following === undefined) return;
        batch = await following;
      }
    } finally {
      await this.close();
    }
  }
}
