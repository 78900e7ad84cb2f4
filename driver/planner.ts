import type { AggregateOptions, AggregateResult, Aggregates, Only } from './aggregate-types.ts';
import type { Answer } from './batch.ts';
import type { CheckedContext } from './context.ts';
import type { Where } from './filter-types.ts';
import { isPaged } from './paging.ts';
import { type Plan, Planned } from './planned.ts';
import { toResult } from './result.ts';
import type { Statement, StatementBuilder } from './statements.ts';
import type { TableMap } from './tables.ts';
import type {
  Changes,
  ColumnName,
  FilteredWriteOptions,
  NewRow,
  Page,
  PageOptions,
  Result,
  Row,
  SelectOptions,
  TableName,
  TableOf,
  UpsertOptions,
  WriteOptions,
} from './types.ts';

/** Makes the statements of one tenant without sending them; each method is as the one of that name on `TenantDb`. */
export class Planner<in out Tables extends TableMap> {
  readonly #builder: StatementBuilder;
  readonly #context: CheckedContext;

  /** Made by `TenantDb` and `TenantTransaction`. */
  constructor(builder: StatementBuilder, context: CheckedContext) {
    this.#builder = builder;
    this.#context = context;
  }

  query<R = Record<string, unknown>>(
    sql: string,
    params: readonly unknown[] = [],
  ): Planned<Result<R>> {
    return this.#plain(this.#builder.raw(sql, params), true);
  }

  select<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>>>(
    table: N,
    columns: readonly C[],
    where: Where<TableOf<Tables, N>> | undefined,
    options: PageOptions<TableOf<Tables, N>>,
  ): Planned<Page<Row<TableOf<Tables, N>, C>>>;
  select<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>>>(
    table: N,
    columns: readonly C[],
    where?: Where<TableOf<Tables, N>>,
    options?: SelectOptions<TableOf<Tables, N>>,
  ): Planned<Result<Row<TableOf<Tables, N>, C>>>;
  select(table: string, columns: unknown, where?: unknown, options?: unknown): Planned<Result> {
    return this.read(table, columns, where, options);
  }

  /** `select` before its types. @internal */
  read(table: string, columns: unknown, where: unknown, options: unknown): Planned<Result> {
    if (!isPaged(options)) {
      const statement = this.#builder.select(this.#context, table, columns, where, options);
      return this.#plain(statement, false);
    }
    const page = this.#builder.page(this.#context, table, columns, where, options);
    return this.#planned<Page>({
      statement: page,
      writes: false,
      read: (answer) => {
        const { rows, next } = page.page(objectsOf(answer));
        return { rows, rowCount: rows.length, next };
      },
    });
  }

  aggregate<
    N extends TableName<Tables>,
    const A extends Aggregates<TableOf<Tables, N>>,
    G extends ColumnName<TableOf<Tables, N>> = never,
  >(
    table: N,
    what: Only<TableOf<Tables, N>, A>,
    where?: Where<TableOf<Tables, N>>,
    options?: AggregateOptions<TableOf<Tables, N>, G>,
  ): Planned<AggregateResult<TableOf<Tables, N>, A, G>> {
    return this.compute(table, what, where, options) as Planned<
      AggregateResult<TableOf<Tables, N>, A, G>
    >;
  }

  /** `aggregate` before its types. @internal */
  compute(table: string, what: unknown, where: unknown, options: unknown): Planned<unknown> {
    const aggregate = this.#builder.aggregate(this.#context, table, what, where, options);
    return this.#planned({
      statement: aggregate,
      writes: false,
      read: (answer) => {
        const rows = objectsOf(answer).map(aggregate.row);
        return { rows, rowCount: rows.length };
      },
    });
  }

  insert<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    rows: NewRow<TableOf<Tables, N>> | readonly NewRow<TableOf<Tables, N>>[],
    options?: WriteOptions<C>,
  ): Planned<Result<Row<TableOf<Tables, N>, C>>> {
    return this.#plain(this.#builder.insert(this.#context, table, rows, options), true);
  }

  upsert<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    rows: NewRow<TableOf<Tables, N>> | readonly NewRow<TableOf<Tables, N>>[],
    options: UpsertOptions<TableOf<Tables, N>, C>,
  ): Planned<Result<Row<TableOf<Tables, N>, C>>> {
    return this.#plain(this.#builder.upsert(this.#context, table, rows, options), true);
  }

  update<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    changes: Changes<TableOf<Tables, N>>,
    where: Where<TableOf<Tables, N>>,
    options?: FilteredWriteOptions<C>,
  ): Planned<Result<Row<TableOf<Tables, N>, C>>> {
    return this.#plain(this.#builder.update(this.#context, table, changes, where, options), true);
  }

  delete<N extends TableName<Tables>, C extends ColumnName<TableOf<Tables, N>> = never>(
    table: N,
    where: Where<TableOf<Tables, N>>,
    options?: FilteredWriteOptions<C>,
  ): Planned<Result<Row<TableOf<Tables, N>, C>>> {
    return this.#plain(this.#builder.delete(this.#context, table, where, options), true);
  }

  #plain<R>(statement: Statement, writes: boolean): Planned<Result<R>> {
    return this.#planned({ statement, writes, read: (answer) => toResult<R>(answer) });
  }

  #planned<R>(plan: Plan<R>): Planned<R> {
    return new Planned(this, plan);
  }
}

/** The rows of a statement that is read as objects, as all that a planner makes are. */
function objectsOf({ rows }: Answer): Record<string, unknown>[] {
  return rows as Record<string, unknown>[];
}
