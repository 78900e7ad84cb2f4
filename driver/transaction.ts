import type { BatchResult } from './batch.ts';
import { traceQuery } from './channels.ts';
import type { Conversation } from './conversation.ts';
import type { EntrySource } from './entry-reader.ts';
import { FabricError, HandleRevokedError } from './errors.ts';
import { type CallOptions, type CheckedLimits, readCallOptions, splitOptions } from './limits.ts';
import { runInside } from './nesting.ts';
import { type PostJournalsOptions, readPostingOptions } from './posting-options.ts';
import { type PostedEntry, Postings } from './postings.ts';
import { toResult } from './result.ts';
import type { Statement, StatementBuilder } from './statements.ts';
import type { TableMap } from './tables.ts';
import type {
  Changes,
  ColumnName,
  FilteredWriteOptions,
  NewRow,
  Result,
  Row,
  SelectOptions,
  TableName,
  TableOf,
  Where,
  WriteOptions,
} from './types.ts';

/**
 * A transaction of one tenant, alive while the callback that received it runs. Calls may overlap; they are sent in order.
 * Every method throws HandleRevokedError (IB917) afterwards, and IB921 while a nested transaction of this handle is open.
 */
export class TenantTransaction<in out Tables extends TableMap> {
  readonly #conversation: Conversation;
  readonly #builder: StatementBuilder;
  readonly #postings: Postings[] = [];
  #state: 'open' | 'nested' | 'closing' | 'revoked' = 'open';

  /** Made by `TenantDb.transaction`. */
  constructor(conversation: Conversation, builder: StatementBuilder) {
    this.#conversation = conversation;
    this.#builder = builder;
  }

  /** As `TenantDb.query`, in this transaction. */
  async query<R = Record<string, unknown>>(
    sql: string,
    params: readonly unknown[] = [],
    options?: CallOptions,
  ): Promise<Result<R>> {
    const limits = readCallOptions(options);
    return toResult<R>(await this.#send(this.#builder.raw(sql, params), limits));
  }

  /** As `TenantDb.select`, in this transaction. */
  async select<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>>>(
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<Tables, N>>,
    options?: SelectOptions<TableOf<Tables, N>>,
  ): Promise<Result<Row<TableOf<Tables, N>, C>>> {
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.select(this.#context, table, columns, where, rest);
    return toResult(await this.#send(statement, limits));
  }

  /** As `TenantDb.insert`, in this transaction. */
  async insert<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    rows: NewRow<TableOf<Tables, N>> | readonly NewRow<TableOf<Tables, N>>[],
    options?: WriteOptions<C>,
  ): Promise<Result<Row<TableOf<Tables, N>, C>>> {
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.insert(this.#context, table, rows, rest);
    return toResult(await this.#send(statement, limits));
  }

  /** As `TenantDb.update`, in this transaction. */
  async update<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    changes: Changes<TableOf<Tables, N>>,
    where: Where<TableOf<Tables, N>>,
    options?: FilteredWriteOptions<C>,
  ): Promise<Result<Row<TableOf<Tables, N>, C>>> {
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.update(this.#context, table, changes, where, rest);
    return toResult(await this.#send(statement, limits));
  }

  /** As `TenantDb.delete`, in this transaction. */
  async delete<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    where: Where<TableOf<Tables, N>>,
    options?: FilteredWriteOptions<C>,
  ): Promise<Result<Row<TableOf<Tables, N>, C>>> {
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.delete(this.#context, table, where, rest);
    return toResult(await this.#send(statement, limits));
  }

  /**
   * Posts entries in order, batch by batch, and gives back what became of each. Nothing is sent until the results are read,
   * and unless they are read to their end the transaction does not commit (IB928).
   * @throws PostingError for a refused entry; FabricError IB923 for options, IB927 when the signal aborts, IB929 for entries read before.
   * @example
   * for await (const { index, id } of tx.postJournals(entries)) ids[index] = id;
   */
  postJournals(entries: EntrySource, options?: PostJournalsOptions): AsyncIterable<PostedEntry> {
    this.#assertUsable();
    const postings = new Postings(entries, readPostingOptions(options), {
      send: (statement) => this.#send(statement),
      maxLength: this.#builder.maxLength,
    });
    this.#postings.push(postings);
    return postings;
  }

  /**
   * Runs work in a savepoint of this transaction: when it fails, only what it did is undone, and the error is thrown on.
   * @throws TransactionAbortedError when the work caught the error of a statement that had failed; FabricError IB921 when one is open already.
   */
  async transaction<T>(work: (tx: TenantTransaction<Tables>) => Promise<T>): Promise<T> {
    this.#assertUsable();
    this.#state = 'nested';
    try {
      const savepoint = await this.#conversation.savepoint();
      const inner = new TenantTransaction<Tables>(this.#conversation, this.#builder);
      try {
        const value = await runInside(this.#conversation, () => work(inner));
        await inner.settle();
        await this.#conversation.releaseSavepoint(savepoint);
        return value;
      } catch (error) {
        inner.revoke();
        await this.#conversation.rollbackTo(savepoint).catch(() => undefined);
        throw error;
      }
    } finally {
      if (this.#state === 'nested') this.#state = 'open';
    }
  }

  /** Takes no more calls and waits for those handed in. @internal */
  async settle(): Promise<void> {
    if (this.#state === 'nested') throw nestedIsOpen();
    this.#state = 'closing';
    await this.#conversation.drain();
    this.#state = 'revoked';
    const unfinished = this.#postings.find((postings) => postings.isUnfinished);
    if (unfinished !== undefined) throw postingsUnfinished(unfinished.error);
  }

  /** Refuses all further calls, also those handed in but not yet sent. @internal */
  revoke(): void {
    this.#state = 'revoked';
  }

  get #context() {
    return this.#conversation.context;
  }

  #send(statement: Statement, limits?: CheckedLimits): Promise<BatchResult> {
    this.#assertUsable();
    const mayRun = () => {
      if (this.#state === 'revoked') throw this.#revoked();
    };
    const conversation = this.#conversation;
    return traceQuery(statement.text, this.#context.tenantId, conversation.trace, () =>
      conversation.send([statement], { mayRun, limits }),
    );
  }

  #assertUsable(): void {
    if (this.#state === 'nested') throw nestedIsOpen();
    if (this.#state !== 'open') throw this.#revoked();
  }

  #revoked(): FabricError {
    return this.#conversation.stopError ?? new HandleRevokedError();
  }
}

function nestedIsOpen(): FabricError {
  return new FabricError('IB921', 'a nested transaction of this handle is open', {
    hint: 'Use the handle of the nested transaction, and await it before going on with the outer one.',
  });
}

function postingsUnfinished(cause: unknown): FabricError {
  return new FabricError('IB928', 'the results of posted entries were not read to their end', {
    detail: 'Some entries were never sent, so the transaction was not committed.',
    hint: 'Read all of them with for await before the callback returns; let an error leave the callback.',
    cause,
  });
}
