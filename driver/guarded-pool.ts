import type { GuardedClient } from './guarded-client.ts';
import { type GuardedQuery, type GuardedResult, readCall } from './guarded-query.ts';
import { misplaced, readCommand } from './transaction-command.ts';

/** What lends guarded clients: a `TenantTransaction`. */
export interface GuardedSource {
  openClient(): GuardedClient;
}

/**
 * The clients of one tenant transaction as a pool, for libraries that take a client per transaction of theirs. All share the one
 * connection; while one of them is in a nested transaction, the others are refused (IB921) rather than mixed into it.
 */
export class GuardedPool {
  readonly #source: GuardedSource;

  constructor(source: GuardedSource) {
    this.#source = source;
  }

  /** A client of its own, for a nested transaction. @throws FabricError IB917, IB921. */
  async connect(): Promise<GuardedClient> {
    return this.#source.openClient();
  }

  /** As `GuardedClient.query` with a promise, on a client of its own; transaction control needs `connect()` (IB995). */
  async query<R extends object = Record<string, unknown>>(
    query: string | GuardedQuery,
    values?: readonly unknown[],
  ): Promise<GuardedResult<R>> {
    const { text } = readCall(query, values);
    if (typeof text === 'string' && readCommand(text) !== undefined) {
      throw misplaced('transaction control was sent to a pool', {
        hint: 'Use the transaction() of the library, or one client for all of it.',
      });
    }
    const client = await this.connect();
    try {
      return await client.query<R>(query, values);
    } finally {
      client.release();
    }
  }

  /** Does nothing: the connection stays with the transaction. */
  async end(): Promise<void> {}
}
