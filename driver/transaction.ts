import type { AggregateOptions, AggregateResult, Aggregates, Only } from './aggregate-types.ts';
import type { BatchResult } from './batch.ts';
import { traceQuery } from './channels.ts';
import type { Conversation } from './conversation.ts';
import { assertWritable, createCopySource } from './copy-source.ts';
import type { EntrySource } from './entry-reader.ts';
import { FabricError, HandleRevokedError } from './errors.ts';
import type { Where } from './filter-types.ts';
import { GuardedClient } from './guarded-client.ts';
import { type CallOptions, type CheckedLimits, readCallOptions, splitOptions } from './limits.ts';
import { runInside } from './nesting.ts';
import { type Answers, answersOf, Planned } from './planned.ts';
import { Planner } from './planner.ts';
import { type PostJournalsOptions, readPostingOptions } from './posting-options.ts';
import { type PostedEntry, Postings } from './postings.ts';
import { toResult } from './result.ts';
import { RowStream, readBatchSize, readStreamOptions } from './row-stream.ts';
import type { Statement, StatementBuilder } from './statements.ts';
import type { TableMap } from './tables.ts';
import type {
  BatchSize,
  Changes,
  ColumnName,
  CopyOptions,
  FilteredWriteOptions,
  NewRow,
  Page,
  PageOptions,
  Result,
  Row,
  SelectOptions,
  StreamOptions,
  TableName,
  TableOf,
  UpsertOptions,
  WriteOptions,
} from './types.ts';

/**
 * A transaction of one tenant, alive while the callback that received it runs. Calls may overlap; they are sent in order.
 * Every method throws HandleRevokedError (IB917) afterwards, and IB921 while a nested transaction of this handle is open.
 */
export class TenantTransaction<in out Tables extends TableMap> {
  readonly #conversation: Conversation;
  readonly #builder: StatementBuilder;
  readonly #planner: Planner<Tables>;
  readonly #postings: Postings[] = [];
  readonly #streams = new Set<RowStream<unknown>>();
  readonly #clients = new Set<GuardedClient>();
  #client: GuardedClient | undefined;
  #state: 'open' | 'closing' | 'revoked' = 'open';
  /** Who has a nested transaction of this handle open: one of its clients, or the handle itself. */
  #nestedIn: object | undefined;

  /** Made by `TenantDb.transaction`. */
  constructor(conversation: Conversation, builder: StatementBuilder) {
    this.#conversation = conversation;
    this.#builder = builder;
    this.#planner = new Planner(builder, conversation.context);
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
    where: Where<TableOf<Tables, N>> | undefined,
    options: PageOptions<TableOf<Tables, N>>,
  ): Promise<Page<Row<TableOf<Tables, N>, C>>>;
  async select<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>>>(
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<Tables, N>>,
    options?: SelectOptions<TableOf<Tables, N>>,
  ): Promise<Result<Row<TableOf<Tables, N>, C>>>;
  async select(
    table: string,
    columns: unknown,
    where?: unknown,
    options?: unknown,
  ): Promise<Result> {
    return this.#run(options, (rest) => this.#planner.read(table, columns, where, rest));
  }

  /** As `TenantDb.aggregate`, in this transaction. */
  async aggregate<
    N extends TableName<Tables>,
    const A extends Aggregates<TableOf<Tables, N>>,
    G extends ColumnName<TableOf<Tables, N>> = never,
  >(
    table: N,
    what: Only<TableOf<Tables, N>, A>,
    where?: Where<TableOf<Tables, N>>,
    options?: AggregateOptions<TableOf<Tables, N>, G>,
  ): Promise<AggregateResult<TableOf<Tables, N>, A, G>>;
  async aggregate(
    table: string,
    what: unknown,
    where?: unknown,
    options?: unknown,
  ): Promise<unknown> {
    return this.#run(options, (rest) => this.#planner.compute(table, what, where, rest));
  }

  /** As `TenantDb.insert`, in this transaction. */
  async insert<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    rows: NewRow<TableOf<Tables, N>> | readonly NewRow<TableOf<Tables, N>>[],
    options?: WriteOptions<C>,
  ): Promise<Result<Row<TableOf<Tables, N>, C>>> {
    return this.#run(options, (rest) => this.#planner.insert(table, rows, rest));
  }

  /** As `TenantDb.upsert`, in this transaction. */
  async upsert<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    rows: NewRow<TableOf<Tables, N>> | readonly NewRow<TableOf<Tables, N>>[],
    options: UpsertOptions<TableOf<Tables, N>, C>,
  ): Promise<Result<Row<TableOf<Tables, N>, C>>> {
    return this.#run(options, (rest) => this.#planner.upsert(table, rows, rest));
  }

  /** As `TenantDb.update`, in this transaction. */
  async update<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    changes: Changes<TableOf<Tables, N>>,
    where: Where<TableOf<Tables, N>>,
    options?: FilteredWriteOptions<C>,
  ): Promise<Result<Row<TableOf<Tables, N>, C>>> {
    return this.#run(options, (rest) => this.#planner.update(table, changes, where, rest));
  }

  /** As `TenantDb.delete`, in this transaction. */
  async delete<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    where: Where<TableOf<Tables, N>>,
    options?: FilteredWriteOptions<C>,
  ): Promise<Result<Row<TableOf<Tables, N>, C>>> {
    return this.#run(options, (rest) => this.#planner.delete(table, where, rest));
  }

  /** As `TenantDb.batch`, in this transaction: several statements in one round trip. */
  async batch<const P extends readonly Planned<unknown>[]>(
    build: (batch: Planner<Tables>) => P,
    options?: CallOptions,
  ): Promise<Answers<P>> {
    this.#assertUsable();
    const limits = readCallOptions(options);
    const plans = Planned.open(this.#planner, build(this.#planner));
    if (plans.length === 0) return [] as unknown as Answers<P>;
    const { each } = await this.#sendAll(
      plans.map((plan) => plan.statement),
      limits,
    );
    return answersOf<P>(plans, each);
  }

  /**
   * Reads the rows of one table batch by batch, by a cursor on the server: memory stays flat however many there are. Other calls
   * on this handle may come between. Leaving the loop closes the cursor; the end of the callback does too.
   * @throws FabricError while it is read: whatever the server refuses, and IB917 once the callback has ended.
   * @example
   * for await (const { id } of tx.stream('accounts', ['id'], {}, { orderBy: ['code'] })) work(id);
   */
  stream<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>>>(
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<Tables, N>>,
    options?: StreamOptions<TableOf<Tables, N>>,
  ): AsyncIterable<Row<TableOf<Tables, N>, C>> {
    const { batchSize, select } = readStreamOptions(options);
    const statement = this.#builder.select(this.#context, table, columns, where, select);
    return this.#stream(statement, batchSize);
  }

  /** As `stream`, for a query of the caller's own. @throws FabricError IB916 for text that is not one plain query. */
  streamQuery<R = Record<string, unknown>>(
    sql: string,
    params: readonly unknown[] = [],
    options?: BatchSize,
  ): AsyncIterable<R> {
    return this.#stream(this.#builder.rawQuery(sql, params), readBatchSize(options));
  }

  /** As `TenantDb.copyTo`, in this transaction. */
  async copyTo<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>>>(
    into: NodeJS.WritableStream,
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<Tables, N>>,
    options?: CopyOptions<TableOf<Tables, N>>,
  ): Promise<{ readonly rowCount: number }> {
    this.#assertUsable();
    const [limits, rest] = splitOptions(options);
    const text = this.#builder.copy(this.#context, table, columns, where, rest);
    assertWritable(into);
    const rowCount = await this.#conversation.copy(() => createCopySource(text), into, {
      mayRun: () => this.#assertNotRevoked(),
      limits,
    });
    return { rowCount };
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
    this.#nestedIn = this;
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
      this.#nestedIn = undefined;
    }
  }

  /**
   * A client in the manner of `pg`, for a library that wants one: it cannot end this transaction, leave its tenant or outlive it.
   * `kyselyOn` and `drizzleOn` use it for you.
   * @example
   * const { rows } = await tx.client.query({ text: 'select id from finance.accounts', rowMode: 'array' });
   */
  get client(): GuardedClient {
    this.#client ??= this.openClient();
    return this.#client;
  }

  /** Another client of this transaction, for a pool of them. @internal */
  openClient(): GuardedClient {
    this.#assertUsable();
    const client = new GuardedClient({
      conversation: this.#conversation,
      raw: (text, values) => this.#builder.raw(text, values),
      send: (statement, by) => this.#send(statement, undefined, by),
      enter: (by) => {
        this.#assertUsable(by);
        this.#nestedIn = by;
      },
      leave: (by) => {
        if (this.#nestedIn === by) this.#nestedIn = undefined;
      },
      forget: (done) => {
        if (done !== this.#client) this.#clients.delete(done);
      },
    });
    this.#clients.add(client);
    return client;
  }

  /** Takes no more calls and waits for those handed in. @internal */
  async settle(): Promise<void> {
    for (const client of this.#clients) await client.settle();
    if (this.#nestedIn !== undefined) throw nestedIsOpen();
    this.#state = 'closing';
    await Promise.all([...this.#streams].map((stream) => stream.close()));
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

  async #run<R, O>(options: O, plan: (rest: O) => Planned<R>): Promise<R> {
    const [limits, rest] = splitOptions(options);
    const { statement, read } = Planned.plan(plan(rest));
    return read(await this.#send(statement, limits));
  }

  #stream<R>(statement: Statement, batchSize: number): AsyncIterable<R> {
    this.#assertUsable();
    const stream = new RowStream<R>(statement, batchSize, {
      send: (statements) => this.#sendAll(statements),
      assertUsable: () => this.#assertUsable(),
      nameCursor: () => this.#conversation.nameCursor(),
      closeCursor: (name) => {
        this.#streams.delete(stream);
        return this.#conversation.closeCursor(name);
      },
    });
    this.#streams.add(stream);
    return stream;
  }

  #send(statement: Statement, limits?: CheckedLimits, by?: object): Promise<BatchResult> {
    return this.#sendAll([statement], limits, by);
  }

  #sendAll(
    statements: readonly Statement[],
    limits?: CheckedLimits,
    by?: object,
  ): Promise<BatchResult> {
    this.#assertUsable(by);
    const conversation = this.#conversation;
    return traceQuery(statements, this.#context.tenantId, conversation.trace, () =>
      conversation.send(statements, { mayRun: () => this.#assertNotRevoked(), limits }),
    );
  }

  #assertNotRevoked(): void {
    if (this.#state === 'revoked') throw this.#revoked();
  }

  #assertUsable(by?: object): void {
    if (this.#state !== 'open') throw this.#revoked();
    if (this.#nestedIn !== undefined && this.#nestedIn !== by) throw nestedIsOpen();
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
