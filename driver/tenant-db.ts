import type { BatchResult } from './batch.ts';
import { CATALOG } from './catalog.ts';
import { traceQuery, traceTransaction } from './channels.ts';
import { type CheckedContext, readContext, type TenantContext } from './context.ts';
import { Conversation, type ConversationOptions, contextStatement } from './conversation.ts';
import type { EntrySource } from './entry-reader.ts';
import { type ClientPool, type Commits, Lease, type SessionPolicy } from './lease.ts';
import {
  type CallOptions,
  type CheckedLimits,
  limitStatements,
  readCallOptions,
  splitOptions,
  within,
} from './limits.ts';
import { assertNoOtherTenant, runInside } from './nesting.ts';
import { OpenTransaction } from './open-transaction.ts';
import { type PostEachOptions, readPostEachOptions } from './posting-options.ts';
import { type PostedEntry, Postings } from './postings.ts';
import { toResult } from './result.ts';
import { retrying, wasNotConnected } from './retrying.ts';
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
  readonly #limits: CheckedLimits;
  readonly #policy: SessionPolicy;

  /** @throws FabricError IB923 when the options are malformed. */
  constructor(pool: ClientPool, options?: TenantDbOptions<Own>) {
    const { tables, maxValueLength, limits, policy } = readDbOptions(options);
    this.#pool = pool;
    this.#limits = limits;
    this.#policy = policy;
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
    options?: CallOptions,
  ): Promise<Result<R>> {
    const checked = readContext(context);
    const limits = readCallOptions(options);
    return toResult<R>(await this.#one(checked, this.#builder.raw(sql, params), 'batch', limits));
  }

  /** Reads rows of one table: the named columns of those that match the filter. */
  async select<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>>,
  >(
    context: TenantContext,
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<FabricTables & Own, N>>,
    options?: SelectOptions<TableOf<FabricTables & Own, N>>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>> {
    const checked = readContext(context);
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.select(checked, table, columns, where, rest);
    return toResult(await this.#one(checked, statement, 'nothing', limits));
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
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.insert(checked, table, rows, rest);
    return toResult(await this.#one(checked, statement, 'batch', limits));
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
    const [limits, rest] = splitOptions(options);
    const statement = this.#builder.update(checked, table, changes, where, rest);
    return toResult(await this.#one(checked, statement, 'batch', limits));
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
    context: TenantContext,
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
            const lease = await this.#connect(retries, stop);
            const how = { begin, limits: limits.server, stop, trace };
            return this.#converse(lease, checked, how, work);
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
    context: TenantContext,
    options?: TransactionOptions,
  ): Promise<OpenTransaction<FabricTables & Own>> {
    const checked = readContext(context);
    const { begin, retries, limits } = readTransactionOptions(options, this.#limits);
    assertNoOtherTenant(checked);
    const stop = Stop.from(limits);
    try {
      const lease = await this.#connect(retries, stop);
      return OpenTransaction.begin<FabricTables & Own>(this.#builder, checked, {
        lease,
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

  #one(
    context: CheckedContext,
    statement: Statement,
    commits: Commits,
    call?: CheckedLimits,
  ): Promise<BatchResult> {
    return traceQuery(statement.text, context.tenantId, undefined, () =>
      this.#alone(context, statement, commits, within(this.#limits, call)),
    );
  }

  async #alone(
    context: CheckedContext,
    statement: Statement,
    commits: Commits,
    limits: CheckedLimits,
  ): Promise<BatchResult> {
    assertNoOtherTenant(context);
    const stop = Stop.from(limits);
    try {
      const lease = await this.#borrow(stop);
      if (!lease.batched || lease.soils(statement)) {
        const how = { begin: 'begin', limits: limits.server, stop };
        return await this.#inside(lease, context, how, (conversation) =>
          conversation.sendAlone(statement),
        );
      }
      try {
        const opening = [contextStatement(context), ...limitStatements({}, limits.server)];
        return await lease.send([...opening, statement], commits, true, { stop });
      } finally {
        lease.release();
      }
    } finally {
      stop?.close();
    }
  }

  #connect(retries: number, stop: Stop | undefined): Promise<Lease> {
    return retrying(retries, () => this.#borrow(stop), { mayRepeat: wasNotConnected, stop });
  }

  #borrow(stop: Stop | undefined): Promise<Lease> {
    return Lease.open(this.#pool, this.#policy, stop);
  }

  #converse<T>(
    lease: Lease,
    context: CheckedContext,
    options: ConversationOptions,
    work: (tx: TenantTransaction<FabricTables & Own>) => Promise<T>,
  ): Promise<T> {
    return this.#inside(lease, context, options, async (conversation) => {
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
    lease: Lease,
    context: CheckedContext,
    options: ConversationOptions,
    work: (conversation: Conversation) => Promise<T>,
  ): Promise<T> {
    const conversation = new Conversation(lease, context, options);
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
