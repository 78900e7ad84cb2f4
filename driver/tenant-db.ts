import type { AggregateOptions, AggregateResult, Aggregates, Only } from './aggregate-types.ts';
import type { BatchResult } from './batch.ts';
import { CATALOG } from './catalog.ts';
import { type CheckedContext, readContext, type TenantContext } from './context.ts';
import { Conversation, contextStatement, plain } from './conversation.ts';
import { assertWritable, createCopySource } from './copy-source.ts';
import type { EntrySource } from './entry-reader.ts';
import type { Where } from './filter-types.ts';
import { type ClientPool, type Commits, Lease } from './lease.ts';
import { assertNoOtherTenant, runInside } from './nesting.ts';
import { type Answers, answersOf, Planned } from './planned.ts';
import { Planner } from './planner.ts';
import { type PostEachOptions, readPostEachOptions } from './posting-options.ts';
import { type PostedEntry, Postings } from './postings.ts';
import { toResult } from './result.ts';
import { retrying } from './retrying.ts';
import { RowStream, readStreamOptions } from './row-stream.ts';
import {
  readDbOptions,
  readTransactionOptions,
  type TenantDbOptions,
  type TransactionOptions,
} from './settings.ts';
import { type Statement, StatementBuilder } from './statements.ts';
import { type TableMap, Whitelist } from './tables.ts';
import { TenantTransaction } from './transaction.ts';
import type {
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

/** The tables of the fabric itself. */
export type FabricTables = typeof CATALOG;

/**
 * Access to the tables of one tenant at a time. Every call names its context; nothing is sent without a tenant.
 * Statements over tables carry the tenant as their outermost condition, and the context of the transaction lets the row
 * policies of the server hold it against any SQL.
 * @example
 * const db = new TenantDb(pool);
 * const { rows } = await db.select({ tenantId, userId }, 'users', ['id', 'email'], { status: 'active' });
 */
export class TenantDb<const in out Own extends TableMap = Record<never, never>> {
  readonly #pool: ClientPool;
  readonly #builder: StatementBuilder;

  /** @throws FabricError IB923 when the options are malformed. */
  constructor(pool: ClientPool, options?: TenantDbOptions<Own>) {
    const { tables, maxValueLength } = readDbOptions(options);
    this.#pool = pool;
    this.#builder = new StatementBuilder(
      new Whitelist(maxValueLength, CATALOG, tables),
      maxValueLength,
    );
  }

  /**
   * Runs one statement of the caller's own in a transaction of the tenant. Values go in `params`, never into the text.
   * The row policies hold the tenant here, so tables without a policy are not protected.
   * @throws FabricError IB916 for text that is not one plain statement, and whatever the server refuses.
   */
  async query<R = Record<string, unknown>>(
    context: TenantContext,
    sql: string,
    params: readonly unknown[] = [],
  ): Promise<Result<R>> {
    const checked = readContext(context);
    return toResult<R>(await this.#one(checked, this.#builder.raw(sql, params), 'batch'));
  }

  /**
   * Reads rows of one table: the named columns of those that match the filter. With `after` it reads one page, and the result
   * carries `next`, where the following page begins: rows that come or go meanwhile make no other row appear twice or be missed.
   * @throws FabricError IB923 for a cursor of another table or order, and for pages of a table whose key is not known.
   */
  async select<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>>,
  >(
    context: TenantContext,
    table: N,
    columns: readonly C[],
    where: Where<TableOf<FabricTables & Own, N>> | undefined,
    options: PageOptions<TableOf<FabricTables & Own, N>>,
  ): Promise<Page<Row<TableOf<FabricTables & Own, N>, C>>>;
  async select<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>>,
  >(
    context: TenantContext,
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<FabricTables & Own, N>>,
    options?: SelectOptions<TableOf<FabricTables & Own, N>>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>>;
  async select(
    context: TenantContext,
    table: string,
    columns: unknown,
    where?: unknown,
    options?: unknown,
  ): Promise<Result> {
    return this.#run(context, (plan) => plan.read(table, columns, where, options));
  }

  /**
   * Counts, sums and compares the rows that match the filter: one row, or with `groupBy` a row for each group. Counts, sums and
   * averages of exact numbers are strings.
   * @example
   * const { rows: [total] } = await db.aggregate(ctx, 'journal_lines', { count: true, sum: ['debit_cents'] });
   * total.sum.debit_cents; // '1200', or null without rows
   */
  async aggregate<
    N extends TableName<FabricTables & Own>,
    const A extends Aggregates<TableOf<FabricTables & Own, N>>,
    G extends ColumnName<TableOf<FabricTables & Own, N>> = never,
  >(
    context: TenantContext,
    table: N,
    what: Only<TableOf<FabricTables & Own, N>, A>,
    where?: Where<TableOf<FabricTables & Own, N>>,
    options?: AggregateOptions<TableOf<FabricTables & Own, N>, G>,
  ): Promise<AggregateResult<TableOf<FabricTables & Own, N>, A, G>>;
  async aggregate(
    context: TenantContext,
    table: string,
    what: unknown,
    where?: unknown,
    options?: unknown,
  ): Promise<unknown> {
    return this.#run(context, (plan) => plan.compute(table, what, where, options));
  }

  /** Inserts one row or several in one statement; the tenant is added from the context. */
  async insert<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>> = never,
  >(
    context: TenantContext,
    table: N,
    rows:
      | NewRow<TableOf<FabricTables & Own, N>>
      | readonly NewRow<TableOf<FabricTables & Own, N>>[],
    options?: WriteOptions<C>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>> {
    const checked = readContext(context);
    return toResult(
      await this.#one(checked, this.#builder.insert(checked, table, rows, options), 'batch'),
    );
  }

  /**
   * Inserts rows, and where the tenant has one with the same key already, changes that one. `rowCount` counts the rows inserted
   * or changed; which of the two happened is not told. With `update: []` rows that are there stay as they are and are not counted.
   * @throws FabricError IB914 for a key that is null; IB915 for two rows with one key, and for rows that lack what is updated.
   */
  async upsert<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>> = never,
  >(
    context: TenantContext,
    table: N,
    rows:
      | NewRow<TableOf<FabricTables & Own, N>>
      | readonly NewRow<TableOf<FabricTables & Own, N>>[],
    options: UpsertOptions<TableOf<FabricTables & Own, N>, C>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>> {
    const checked = readContext(context);
    const statement = this.#builder.upsert(checked, table, rows, options);
    return toResult(await this.#one(checked, statement, 'batch'));
  }

  /** Changes the rows of the tenant that match the filter; an empty one needs `{ allRows: true }`. */
  async update<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>> = never,
  >(
    context: TenantContext,
    table: N,
    changes: Changes<TableOf<FabricTables & Own, N>>,
    where: Where<TableOf<FabricTables & Own, N>>,
    options?: FilteredWriteOptions<C>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>> {
    const checked = readContext(context);
    const statement = this.#builder.update(checked, table, changes, where, options);
    return toResult(await this.#one(checked, statement, 'batch'));
  }

  /** Deletes the rows of the tenant that match the filter; an empty one needs `{ allRows: true }`. */
  async delete<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>> = never,
  >(
    context: TenantContext,
    table: N,
    where: Where<TableOf<FabricTables & Own, N>>,
    options?: FilteredWriteOptions<C>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>> {
    const checked = readContext(context);
    return toResult(
      await this.#one(checked, this.#builder.delete(checked, table, where, options), 'batch'),
    );
  }

  /**
   * Runs work in one transaction of the tenant: committed when the callback returns, rolled back when it throws.
   * With `retries` the whole callback runs again after a serialization failure or deadlock (40001, 40P01), so it must have
   * no effect outside the transaction.
   * @throws TransactionAbortedError when the callback hid an error; CommitOutcomeUnknownError when the connection was lost at COMMIT.
   */
  async transaction<T>(
    context: TenantContext,
    work: (tx: TenantTransaction<FabricTables & Own>) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    const checked = readContext(context);
    const { begin, retries } = readTransactionOptions(options);
    assertNoOtherTenant(checked);
    return retrying(retries, async () =>
      this.#converse(await Lease.open(this.#pool), checked, plain(begin), work),
    );
  }

  /**
   * Runs several statements in one round trip and one transaction: all of them count, or none. None can use what another
   * answers. The result has the answers in their places.
   * @throws FabricError IB923 for anything but a list of statements made by the batch itself.
   * @example
   * const [accounts, made] = await db.batch(ctx, (b) => [b.select('accounts', ['id']), b.insert('companies', company)]);
   */
  async batch<const P extends readonly Planned<unknown>[]>(
    context: TenantContext,
    build: (batch: Planner<FabricTables & Own>) => P,
  ): Promise<Answers<P>> {
    const checked = readContext(context);
    const planner = new Planner<FabricTables & Own>(this.#builder, checked);
    const plans = Planned.open(planner, build(planner));
    if (plans.length === 0) return [] as unknown as Answers<P>;
    const commits = plans.some((plan) => plan.writes) ? 'batch' : 'nothing';
    const statements = plans.map((plan) => plan.statement);
    return answersOf<P>(plans, (await this.#all(checked, statements, commits)).each);
  }

  /**
   * As `TenantTransaction.stream`, in a read-only transaction of its own, which ends with the loop, however that ends.
   * It holds a client of the pool meanwhile.
   */
  stream<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>>,
  >(
    context: TenantContext,
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<FabricTables & Own, N>>,
    options?: StreamOptions<TableOf<FabricTables & Own, N>>,
  ): AsyncIterable<Row<TableOf<FabricTables & Own, N>, C>> {
    const checked = readContext(context);
    const { batchSize, select } = readStreamOptions(options);
    const statement = this.#builder.select(checked, table, columns, where, select);
    assertNoOtherTenant(checked);
    return this.#stream(checked, statement, batchSize);
  }

  /**
   * Copies rows of one table into a stream as CSV or text, in a read-only transaction of its own, as fast as the stream takes
   * them, and ends it. Needs the package `pg-copy-streams`. A copy that fails destroys the stream, so that it cannot look complete.
   * @throws FabricError IB985 where copying is not possible, IB986 when the stream fails, and whatever the server refuses.
   * @example
   * await db.copyTo(ctx, createWriteStream('lines.csv'), 'journal_lines', ['line_no', 'debit_cents'], {}, { header: true });
   */
  async copyTo<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>>,
  >(
    context: TenantContext,
    into: NodeJS.WritableStream,
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<FabricTables & Own, N>>,
    options?: CopyOptions<TableOf<FabricTables & Own, N>>,
  ): Promise<{ readonly rowCount: number }> {
    const checked = readContext(context);
    const text = this.#builder.copy(checked, table, columns, where, options);
    assertWritable(into);
    assertNoOtherTenant(checked);
    const source = await createCopySource(text);
    const { begin } = readTransactionOptions({ readOnly: true });
    const lease = await Lease.open(this.#pool);
    const rowCount = await this.#inside(lease, checked, plain(begin), (conversation) =>
      conversation.copy(async () => source, into),
    );
    return { rowCount };
  }

  /**
   * Posts entries in order, each batch in a transaction of its own, in one round trip: a result that was given back is committed.
   * For long imports; after a failure what came before stays, and idempotency keys make sending everything again safe.
   * @throws as `TenantTransaction.postJournals`, and CommitOutcomeUnknownError when the connection was lost at the end of a batch.
   * @example
   * for await (const { index, outcome } of db.postJournals(ctx, entries, { transaction: 'each' })) report(index, outcome);
   */
  postJournals(
    context: TenantContext,
    entries: EntrySource,
    options: PostEachOptions,
  ): AsyncIterable<PostedEntry> {
    const checked = readContext(context);
    const { retries, ...limits } = readPostEachOptions(options);
    assertNoOtherTenant(checked);
    return new Postings(entries, limits, {
      send: (statement) => retrying(retries, () => this.#one(checked, statement, 'batch')),
      maxLength: this.#builder.maxLength,
    });
  }

  async #run<R>(
    context: TenantContext,
    plan: (planner: Planner<FabricTables & Own>) => Planned<R>,
  ): Promise<R> {
    const checked = readContext(context);
    const { statement, writes, read } = Planned.plan(plan(new Planner(this.#builder, checked)));
    return read(await this.#one(checked, statement, writes ? 'batch' : 'nothing'));
  }

  async *#stream<R>(
    context: CheckedContext,
    statement: Statement,
    batchSize: number,
  ): AsyncGenerator<R, void, undefined> {
    const { begin } = readTransactionOptions({ readOnly: true });
    assertNoOtherTenant(context);
    const lease = await Lease.open(this.#pool);
    const conversation = new Conversation(lease, context, plain(begin));
    let isCommitted = false;
    try {
      yield* new RowStream<R>(statement, batchSize, {
        send: (statements) => conversation.send(statements),
        assertUsable: () => undefined,
        nameCursor: () => conversation.nameCursor(),
        closeCursor: async () => undefined,
      });
      await conversation.commit();
      isCommitted = true;
    } finally {
      if (!isCommitted) await conversation.rollback();
      lease.release();
    }
  }

  #one(context: CheckedContext, statement: Statement, commits: Commits): Promise<BatchResult> {
    return this.#all(context, [statement], commits);
  }

  async #all(
    context: CheckedContext,
    statements: readonly Statement[],
    commits: Commits,
  ): Promise<BatchResult> {
    assertNoOtherTenant(context);
    const lease = await Lease.open(this.#pool);
    if (!lease.batched) {
      return this.#inside(lease, context, plain('begin'), (conversation) =>
        conversation.send(statements),
      );
    }
    try {
      return await lease.send([contextStatement(context), ...statements], commits, true, 1);
    } finally {
      lease.release();
    }
  }

  #converse<T>(
    lease: Lease,
    context: CheckedContext,
    begin: Statement,
    work: (tx: TenantTransaction<FabricTables & Own>) => Promise<T>,
  ): Promise<T> {
    return this.#inside(lease, context, begin, async (conversation) => {
      const tx = new TenantTransaction<FabricTables & Own>(conversation, this.#builder);
      try {
        const value = await runInside(conversation, async () => work(tx));
        await tx.settle();
        return value;
      } finally {
        tx.revoke();
      }
    });
  }

  async #inside<T>(
    lease: Lease,
    context: CheckedContext,
    begin: Statement,
    work: (conversation: Conversation) => Promise<T>,
  ): Promise<T> {
    const conversation = new Conversation(lease, context, begin);
    try {
      const value = await work(conversation);
      await conversation.commit();
      return value;
    } catch (error) {
      await conversation.rollback();
      throw error;
    } finally {
      lease.release();
    }
  }
}
