import { type AggregateText, aggregateText } from './aggregating.ts';
import { returning } from './clauses.ts';
import type { CheckedContext } from './context.ts';
import { copyText } from './copying.ts';
import { FabricError } from './errors.ts';
import { badOption, readOptions } from './options.ts';
import { type PageReading, readPage } from './paging.ts';
import { Parameters } from './parameters.ts';
import type { Reading } from './parsers.ts';
import { readObject, tenantColumn, writableColumn } from './payload.ts';
import { selectText } from './reading.ts';
import { checkQuery, checkStatement } from './sql-text.ts';
import { place, type Whitelist } from './tables.ts';
import { insertText, readRows, upsertText } from './upserting.ts';
import { encode, type Parameter } from './values.ts';
import { predicate } from './where.ts';

const WRITE_OPTIONS = ['returning', 'allRows'] as const;

/** One SQL statement with its encoded parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly Parameter[];
  /** `raw`: text of the caller's own; `control`: steers the transaction or session. Others are the driver's, worth preparing. */
  readonly kind?: 'raw' | 'control';
  /** How its rows are read; as objects by the driver's own parsers unless told otherwise. */
  readonly reading?: Reading;
}

/** Writes statements over whitelisted tables: identifiers from the whitelist alone, values bound, the tenant outermost. */
export class StatementBuilder {
  readonly #whitelist: Whitelist;
  readonly #maxLength: number;

  constructor(whitelist: Whitelist, maxLength: number) {
    this.#whitelist = whitelist;
    this.#maxLength = maxLength;
  }

  /** Longest text that a value may be, in UTF-16 units. */
  get maxLength(): number {
    return this.#maxLength;
  }

  /** `select … from t where tenant_id = $1 and (…) order by … limit … offset …` */
  select(
    context: CheckedContext,
    name: unknown,
    columns: unknown,
    where: unknown,
    options: unknown,
  ): Statement {
    const table = this.#whitelist.find(name);
    const parameters = new Parameters();
    const text = selectText(context, table, { columns, where, options }, parameters);
    return { text, values: parameters.values };
  }

  /** A select of one page: rows after a cursor in a total order. */
  page(
    context: CheckedContext,
    name: unknown,
    columns: unknown,
    where: unknown,
    options: unknown,
  ): PageReading {
    return readPage(context, this.#whitelist.find(name), { columns, where, options });
  }

  /** `select g, count(*), sum(c) from t where tenant_id = $1 and (…) group by g` */
  aggregate(
    context: CheckedContext,
    name: unknown,
    what: unknown,
    where: unknown,
    options: unknown,
  ): Statement & Pick<AggregateText, 'row'> {
    const table = this.#whitelist.find(name);
    const parameters = new Parameters();
    const read = aggregateText(context, table, { what, where, options }, parameters);
    return { ...read, values: parameters.values };
  }

  /** `copy (select …) to stdout with (…)`, its values written into the text, since COPY takes no parameters. */
  copy(
    context: CheckedContext,
    name: unknown,
    columns: unknown,
    where: unknown,
    options: unknown,
  ): string {
    const table = this.#whitelist.find(name);
    return copyText(context, table, { columns, where, options });
  }

  /** `insert into t (tenant_id, …) values ($1, …), …`; keys that only some rows have take their default in the others. */
  insert(context: CheckedContext, name: unknown, rows: unknown, options: unknown): Statement {
    const table = this.#whitelist.find(name);
    const parameters = new Parameters();
    tenantColumn(table);
    const text = insertText(context, table, readRows(table, rows), parameters);
    return {
      text: text + returning(table, readOptions(options, ['returning'])),
      values: parameters.values,
    };
  }

  /** `insert … on conflict (tenant_id, …) do update set c = excluded.c where t.tenant_id = $1` */
  upsert(context: CheckedContext, name: unknown, rows: unknown, options: unknown): Statement {
    const table = this.#whitelist.find(name);
    const parameters = new Parameters();
    return {
      text: upsertText(context, table, rows, options, parameters),
      values: parameters.values,
    };
  }

  /** `update t set … where tenant_id = $1 and (…)` */
  update(
    context: CheckedContext,
    name: unknown,
    changes: unknown,
    where: unknown,
    options: unknown,
  ): Statement {
    const table = this.#whitelist.find(name);
    tenantColumn(table);
    const parameters = new Parameters();
    const write = readOptions(options, WRITE_OPTIONS);
    const condition = predicate(context, table, where, parameters, { write });
    const assignments = readObject(changes, 'IB915', `the change to ${table.name}`).map(
      ([key, value]) => {
        const column = writableColumn(table, key, 'update');
        return `${column.quoted} = ${parameters.value(column, value)}`;
      },
    );
    if (assignments.length === 0) {
      throw new FabricError('IB915', `nothing to change in ${table.name}`, {
        ...place(table),
        hint: 'Name at least one column.',
      });
    }
    const text = `update ${table.quoted} set ${assignments.join(', ')} where ${condition}`;
    return {
      text: text + returning(table, write),
      values: parameters.values,
    };
  }

  /** `delete from t where tenant_id = $1 and (…)` */
  delete(context: CheckedContext, name: unknown, where: unknown, options: unknown): Statement {
    const table = this.#whitelist.find(name);
    tenantColumn(table);
    const parameters = new Parameters();
    const write = readOptions(options, WRITE_OPTIONS);
    const condition = predicate(context, table, where, parameters, { write });
    const text = `delete from ${table.quoted} where ${condition}`;
    return {
      text: text + returning(table, write),
      values: parameters.values,
    };
  }

  /** The caller's own statement and parameters; the row policies of the server hold the tenant. */
  raw(text: unknown, params: unknown): Statement {
    checkStatement(text);
    return { text, values: this.#encoded(params), kind: 'raw' };
  }

  /** As `raw`, for a query whose rows a server-side cursor will give. */
  rawQuery(text: unknown, params: unknown): Statement {
    checkQuery(text);
    return { text, values: this.#encoded(params), kind: 'raw' };
  }

  #encoded(params: unknown): readonly Parameter[] {
    if (!Array.isArray(params)) throw badOption('params', 'a list of values');
    const parameters = new Parameters();
    for (let i = 0; i < params.length; i++) {
      const label = `parameter $${i + 1}`;
      parameters.add(encode(params[i], { label, maxLength: this.#maxLength }), 'text');
    }
    return parameters.values;
  }
}
