import type { BatchResult } from './batch.ts';
import { CATALOG } from './catalog.ts';
import { type CheckedContext, type ContextOf, readContext } from './context.ts';
import { Conversation, contextStatement, plain } from './conversation.ts';
import type { EntrySource } from './entry-reader.ts';
import { type ClientPool, type Commits, Lease } from './lease.ts';
import { assertNoOtherTenant, runInside } from './nesting.ts';
import { type PostEachOptions, readPostEachOptions } from './posting-options.ts';
import { type PostedEntry, Postings } from './postings.ts';
import { toResult } from './result.ts';
import { retrying } from './retrying.ts';
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
export class TenantDb<
  const in out Own extends TableMap = Record<never, never>,
  in out Branded extends boolean = false,
> {
  readonly #pool: ClientPool;
  readonly #builder: StatementBuilder;

  /** @throws FabricError IB923 when the options are malformed. */
  constructor(pool: ClientPool, options?: TenantDbOptions<Own, Branded>) {
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
    context: ContextOf<Branded>,
    sql: string,
    params: readonly unknown[] = [],
  ): Promise<Result<R>> {
    const checked = readContext(context);
    return toResult<R>(await this.#one(checked, this.#builder.raw(sql, params), 'batch'));
  }

  /** Reads rows of one table: the named columns of those that match the filter. */
  async select<
    N extends TableName<FabricTables & Own>,
    C extends ColumnName<TableOf<FabricTables & Own, N>>,
  >(
    context: ContextOf<Branded>,
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<FabricTables & Own, N>>,
    options?: SelectOptions<TableOf<FabricTables & Own, N>>,
  ): Promise<Result<Row<TableOf<FabricTables & Own, N>, C>>> {
    const checked = readContext(context);
    const statement = this.#builder.select(checked, table, columns, where, options);
    return toResult(await this.#one(checked, statement, 'nothing'));
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
    return toResult(
      await this.#one(checked, this.#builder.insert(checked, table, rows, options), 'batch'),
    );
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
    const statement = this.#builder.update(checked, table, changes, where, options);
    return toResult(await this.#one(checked, statement, 'batch'));
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
    context: ContextOf<Branded>,
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

  async #one(
    context: CheckedContext,
    statement: Statement,
    commits: Commits,
  ): Promise<BatchResult> {
    assertNoOtherTenant(context);
    const lease = await Lease.open(this.#pool);
    if (!lease.batched) {
      return this.#inside(lease, context, plain('begin'), (conversation) =>
        conversation.send([statement]),
      );
    }
    try {
      return await lease.send([contextStatement(context), statement], commits, true);
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
