import type { AggregateOptions, AggregateResult, Aggregates, Only } from './aggregate-types.ts';
import { after, type BatchResult } from './batch.ts';
import { Carrier, type Carry } from './carrying.ts';
import { CATALOG } from './catalog.ts';
import { traceQuery, traceTransaction } from './channels.ts';
import { type CheckedContext, type ContextOf, readContext } from './context.ts';
import { Conversation, type ConversationOptions } from './conversation.ts';
import { assertWritable, createCopySource } from './copy-source.ts';
import type { EntrySource } from './entry-reader.ts';
import type { Where } from './filter-types.ts';
import { type ClientPool, type Commits, Lease, type SessionPolicy } from './lease.ts';
import {
  type CallOptions,
  type CheckedLimits,
  limitStatements,
  readCallOptions,
  splitOptions,
  within,
} from './limits.ts';
import { READ_ONLY, streamAlone } from './lone-stream.ts';
import { assertNoOtherTenant, runInside } from './nesting.ts';
import { OpenTransaction } from './open-transaction.ts';
import { type Answers, answersOf, Planned } from './planned.ts';
import { Planner } from './planner.ts';
import { type PostEachOptions, readPostEachOptions } from './posting-options.ts';
import { type PostedEntry, Postings } from './postings.ts';
import { toResult } from './result.ts';
import { retrying, wasNotConnected } from './retrying.ts';
import { readStreamOptions } from './row-stream.ts';
import {
  readDbOptions,
  readTransactionOptions,
  type TenantDbOptions,
  type TransactionOptions,
} from './settings.ts';
import { type Statement, StatementBuilder } from './statements.ts';
import { Stop } from './stop.ts';
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

/** A client on loan, and what carries a context to it. */
interface Loan {
  readonly lease: Lease;
  readonly carry: Carry;
}

/**
 * Access to the tables of one tenant at a time. Every call names its context; nothing is sent without a tenant.
 * Statements over tables carry the tenant as their outermost condition, and the context of the transaction lets the row
 * policies of the server hold it against any SQL.
 * @example
 * const db = new TenantDb(pool);
 * const { rows } = await db.select({ tenantId, userId }, 'users', ['id', 'email'], { status: 'active' });
 */
export class TenantDb<
  const in out Own extends TableMap = Record<never, never>,
  in out Branded extends boolean = false,
> {
  readonly #pool: ClientPool;
  readonly #builder: StatementBuilder;
  readonly #limits: CheckedLimits;
  readonly #policy: SessionPolicy;
  readonly #carrier: Carrier;

  /** @throws FabricError IB923 when the options are malformed. */
  constructor(pool: ClientPool, options?: TenantDbOptions<Own, Branded>) {
    const { tables, maxValueLength, limits, policy, signing } = readDbOptions(options);
    this.#pool = pool;
    this.#limits = limits;
    this.#policy = policy;
    this.#carrier = new Carrier(signing);
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
    context: ContextOf<Branded>,
    sql: string,
    params: readonly unknown[] = [],
    options?: CallOptions,
  ): Promise<Result<R>> {
    const checked = readContext(context);
    const limits = readCallOptions(options);
    return toResult<R>(await this.#one(checked, this.#builder.raw(sql, params), 'batch', limits));
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
    context: ContextOf<Branded>,
    table: N,
    columns: readonly C[],
    where: Where<TableOf<FabricTables & Own, N>> | undefined,
    options: PageOptions<TableOf<FabricTables & Own, N>>,
  ): Promise<Page<Row<TableOf<FabricTables & Own, N>, C>>>;
  async select<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>>,
  >(
    context: ContextOf<Branded>,
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<FabricTables & Own, N>>,
    options?: SelectOptions<TableOf<FabricTables & Own, N>>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>>;
  async select(
    context: ContextOf<Branded>,
    table: string,
    columns: unknown,
    where?: unknown,
    options?: unknown,
  ): Promise<Result> {
    return this.#run(context, options, (plan, rest) => plan.read(table, columns, where, rest));
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
    context: ContextOf<Branded>,
    table: N,
    what: Only<TableOf<FabricTables & Own, N>, A>,
    where?: Where<TableOf<FabricTables & Own, N>>,
    options?: AggregateOptions<TableOf<FabricTables & Own, N>, G>,
  ): Promise<AggregateResult<TableOf<FabricTables & Own, N>, A, G>>;
  async aggregate(
    context: ContextOf<Branded>,
    table: string,
    what: unknown,
    where?: unknown,
    options?: unknown,
  ): Promise<unknown> {
    return this.#run(context, options, (plan, rest) => plan.compute(table, what, where, rest));
  }

  /** Inserts one row or several in one statement; the tenant is added from the context. */
  async insert<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>> = never,
  >(
    context: ContextOf<Branded>,
    table: N,
    rows:
      | NewRow<TableOf<FabricTables & Own, N>>
      | readonly NewRow<TableOf<FabricTables & Own, N>>[],
    options?: WriteOptions<C>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>> {
    const checked = readContext(context);
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.insert(checked, table, rows, rest);
    return toResult(await this.#one(checked, statement, 'batch', limits));
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
    context: ContextOf<Branded>,
    table: N,
    rows:
      | NewRow<TableOf<FabricTables & Own, N>>
      | readonly NewRow<TableOf<FabricTables & Own, N>>[],
    options: UpsertOptions<TableOf<FabricTables & Own, N>, C>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>> {
    const checked = readContext(context);
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.upsert(checked, table, rows, rest);
    return toResult(await this.#one(checked, statement, 'batch', limits));
  }

  /** Changes the rows of the tenant that match the filter; an empty one needs `{ allRows: true }`. */
  async update<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>> = never,
  >(
    context: ContextOf<Branded>,
    table: N,
    changes: Changes<TableOf<FabricTables & Own, N>>,
    where: Where<TableOf<FabricTables & Own, N>>,
    options?: FilteredWriteOptions<C>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>> {
    const checked = readContext(context);
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.update(checked, table, changes, where, rest);
    return toResult(await this.#one(checked, statement, 'batch', limits));
  }

  /** Deletes the rows of the tenant that match the filter; an empty one needs `{ allRows: true }`. */
  async delete<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>> = never,
  >(
    context: ContextOf<Branded>,
    table: N,
    where: Where<TableOf<FabricTables & Own, N>>,
    options?: FilteredWriteOptions<C>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>> {
    const checked = readContext(context);
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.delete(checked, table, where, rest);
    return toResult(await this.#one(checked, statement, 'batch', limits));
  }

  /**
   * Runs work in one transaction of the tenant: committed when the callback returns, rolled back when it throws.
   * With `retries` the whole callback runs again after a serialization failure or deadlock (40001, 40P01), so it must have
   * no effect outside the transaction.
   * @throws TransactionAbortedError when the callback hid an error; CommitOutcomeUnknownError when the connection was lost at COMMIT.
   */
  async transaction<T>(
    context: ContextOf<Branded>,
    work: (tx: TenantTransaction<FabricTables & Own>) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    const checked = readContext(context);
    const { begin, retries, limits } = readTransactionOptions(options, this.#limits);
    assertNoOtherTenant(checked);
    const stop = Stop.from(limits);
    try {
      return await traceTransaction(checked.tenantId, (trace) =>
        retrying(
          retries,
          async () => {
            const loan = await this.#connect(retries, checked, stop);
            const how = { begin, limits: limits.server, stop, trace };
            return this.#converse(loan, checked, how, work);
          },
          { stop, trace },
        ),
      );
    } finally {
      stop?.close();
    }
  }

  /**
   * Begins a transaction that ends where the caller says: `commit()`, `rollback()`, or at the end of its `await using` block,
   * which rolls back what was not committed. It holds a client of the pool until then.
   * @throws as `transaction`.
   * @example
   * await using tx = await db.begin(ctx);
   * await tx.insert('accounts', account);
   * await tx.commit();
   */
  async begin(
    context: ContextOf<Branded>,
    options?: TransactionOptions,
  ): Promise<OpenTransaction<FabricTables & Own>> {
    const checked = readContext(context);
    const { begin, retries, limits } = readTransactionOptions(options, this.#limits);
    assertNoOtherTenant(checked);
    const stop = Stop.from(limits);
    try {
      const loan = await this.#connect(retries, checked, stop);
      return OpenTransaction.begin<FabricTables & Own>(this.#builder, checked, {
        ...loan,
        begin,
        limits: limits.server,
        stop,
      });
    } catch (error) {
      stop?.close();
      throw error;
    }
  }

  /**
   * Runs several statements in one round trip and one transaction: all of them count, or none. None can use what another
   * answers. The result has the answers in their places.
   * @throws FabricError IB923 for anything but a list of statements made by the batch itself.
   * @example
   * const [accounts, made] = await db.batch(ctx, (b) => [b.select('accounts', ['id']), b.insert('companies', company)]);
   */
  async batch<const P extends readonly Planned<unknown>[]>(
    context: ContextOf<Branded>,
    build: (batch: Planner<FabricTables & Own>) => P,
    options?: CallOptions,
  ): Promise<Answers<P>> {
    const checked = readContext(context);
    const limits = readCallOptions(options);
    const planner = new Planner<FabricTables & Own>(this.#builder, checked);
    const plans = Planned.open(planner, build(planner));
    if (plans.length === 0) return [] as unknown as Answers<P>;
    const commits = plans.some((plan) => plan.writes) ? 'batch' : 'nothing';
    const statements = plans.map((plan) => plan.statement);
    return answersOf<P>(plans, (await this.#all(checked, statements, commits, limits)).each);
  }

  /**
   * As `TenantTransaction.stream`, in a read-only transaction of its own, which ends with the loop, however that ends.
   * It holds a client of the pool meanwhile.
   */
  stream<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>>,
  >(
    context: ContextOf<Branded>,
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<FabricTables & Own, N>>,
    options?: StreamOptions<TableOf<FabricTables & Own, N>> & CallOptions,
  ): AsyncIterable<Row<TableOf<FabricTables & Own, N>, C>> {
    const checked = readContext(context);
    const [limits, rest] = splitOptions(options);
    const { batchSize, select } = readStreamOptions(rest);
    const statement = this.#builder.select(checked, table, columns, where, select);
    assertNoOtherTenant(checked);
    return this.#stream(checked, statement, batchSize, within(this.#limits, limits));
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
    context: ContextOf<Branded>,
    into: NodeJS.WritableStream,
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<FabricTables & Own, N>>,
    options?: CopyOptions<TableOf<FabricTables & Own, N>>,
  ): Promise<{ readonly rowCount: number }> {
    const checked = readContext(context);
    const [call, rest] = splitOptions(options);
    const text = this.#builder.copy(checked, table, columns, where, rest);
    assertWritable(into);
    assertNoOtherTenant(checked);
    const source = await createCopySource(text);
    const limits = within(this.#limits, call);
    const stop = Stop.from(limits);
    try {
      const loan = await this.#borrow(checked, stop);
      const begun = { begin: READ_ONLY, limits: limits.server, stop };
      const rowCount = await this.#inside(loan, checked, begun, (conversation) =>
        conversation.copy(async () => source, into),
      );
      return { rowCount };
    } finally {
      stop?.close();
    }
  }

  /**
   * Posts entries in order, each batch in a transaction of its own, in one round trip: a result that was given back is committed.
   * For long imports; after a failure what came before stays, and idempotency keys make sending everything again safe.
   * @throws as `TenantTransaction.postJournals`, and CommitOutcomeUnknownError when the connection was lost at the end of a batch.
   * @example
   * for await (const { index, outcome } of db.postJournals(ctx, entries, { transaction: 'each' })) report(index, outcome);
   */
  postJournals(
    context: ContextOf<Branded>,
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

  async #run<R, O>(
    context: ContextOf<Branded>,
    options: O,
    plan: (planner: Planner<FabricTables & Own>, rest: O) => Planned<R>,
  ): Promise<R> {
    const checked = readContext(context);
    const [limits, rest] = splitOptions(options);
    const planner = new Planner<FabricTables & Own>(this.#builder, checked);
    const { statement, writes, read } = Planned.plan(plan(planner, rest));
    return read(await this.#one(checked, statement, writes ? 'batch' : 'nothing', limits));
  }

  async *#stream<R>(
    context: CheckedContext,
    statement: Statement,
    batchSize: number,
    limits: CheckedLimits,
  ): AsyncGenerator<R, void, undefined> {
    assertNoOtherTenant(context);
    const stop = Stop.from(limits);
    try {
      const loan = await this.#borrow(context, stop);
      yield* streamAlone<R>(context, statement, {
        ...loan,
        limits: limits.server,
        stop,
        batchSize,
      });
    } finally {
      stop?.close();
    }
  }

  #one(
    context: CheckedContext,
    statement: Statement,
    commits: Commits,
    call?: CheckedLimits,
  ): Promise<BatchResult> {
    return this.#all(context, [statement], commits, call);
  }

  #all(
    context: CheckedContext,
    statements: readonly Statement[],
    commits: Commits,
    call?: CheckedLimits,
  ): Promise<BatchResult> {
    return traceQuery(statements, context.tenantId, undefined, () =>
      this.#alone(context, statements, commits, within(this.#limits, call)),
    );
  }

  async #alone(
    context: CheckedContext,
    statements: readonly Statement[],
    commits: Commits,
    limits: CheckedLimits,
  ): Promise<BatchResult> {
    assertNoOtherTenant(context);
    const stop = Stop.from(limits);
    try {
      const loan = await this.#borrow(context, stop);
      const { lease, carry } = loan;
      if (!lease.batched || statements.some((statement) => lease.soils(statement))) {
        const how = { begin: 'begin', limits: limits.server, stop };
        return await this.#inside(loan, context, how, (conversation) =>
          conversation.sendAlone(statements),
        );
      }
      try {
        const opening = [carry(), ...limitStatements({}, limits.server)];
        const wanted = after(opening, statements);
        return await lease.send([...opening, ...statements], commits, true, { stop, wanted });
      } finally {
        lease.release();
      }
    } finally {
      stop?.close();
    }
  }

  #connect(retries: number, context: CheckedContext, stop: Stop | undefined): Promise<Loan> {
    return retrying(retries, () => this.#borrow(context, stop), {
      mayRepeat: wasNotConnected,
      stop,
    });
  }

  #borrow(context: CheckedContext, stop: Stop | undefined): Promise<Loan> {
    const open = () => Lease.open(this.#pool, this.#policy, stop);
    return this.#carrier.borrow(context, open, stop);
  }

  #converse<T>(
    loan: Loan,
    context: CheckedContext,
    options: Omit<ConversationOptions, 'carry'>,
    work: (tx: TenantTransaction<FabricTables & Own>) => Promise<T>,
  ): Promise<T> {
    return this.#inside(loan, context, options, async (conversation) => {
      const tx = new TenantTransaction<FabricTables & Own>(conversation, this.#builder);
      try {
        const running = runInside(conversation, async () => work(tx));
        const value = await (options.stop?.race(running) ?? running);
        await tx.settle();
        return value;
      } finally {
        tx.revoke();
      }
    });
  }

  async #inside<T>(
    { lease, carry }: Loan,
    context: CheckedContext,
    options: Omit<ConversationOptions, 'carry'>,
    work: (conversation: Conversation) => Promise<T>,
  ): Promise<T> {
    const conversation = new Conversation(lease, context, { ...options, carry });
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
