import { columnList, count, returning, sortKeys } from './clauses.ts';
import type { CheckedContext } from './context.ts';
import { FabricError } from './errors.ts';
import { badOption, readOptions } from './options.ts';
import type { Reading } from './parsers.ts';
import { readObject, tenantColumn, writableColumn } from './payload.ts';
import { checkStatement } from './sql-text.ts';
import { place, type Table, type Whitelist } from './tables.ts';
import { encode, type Parameter } from './values.ts';
import { filter, Parameters } from './where.ts';

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
    const list = columnList(table, columns);
    const predicate = this.#predicate(context, table, where === undefined ? {} : where, parameters);
    const { orderBy, limit, offset } = readOptions(options, ['orderBy', 'limit', 'offset']);
    const text = [`select ${list} from ${table.quoted}`];
    if (predicate !== '') text.push(`where ${predicate}`);
    if (orderBy !== undefined) text.push(`order by ${sortKeys(table, orderBy)}`);
    if (limit !== undefined) text.push(`limit ${parameters.add(count('limit', limit))}`);
    if (offset !== undefined) text.push(`offset ${parameters.add(count('offset', offset))}`);
    return { text: text.join(' '), values: parameters.values };
  }

  /** `insert into t (tenant_id, …) values ($1, …), …`; keys that only some rows have take their default in the others. */
  insert(context: CheckedContext, name: unknown, rows: unknown, options: unknown): Statement {
    const table = this.#whitelist.find(name);
    const tenant = tenantColumn(table);
    const parameters = new Parameters();
    const list: readonly unknown[] = Array.isArray(rows) ? rows : [rows];
    if (list.length === 0)
      throw new FabricError('IB915', `no rows to insert into ${table.name}`, place(table));
    const read: ReadonlyMap<string, unknown>[] = [];
    for (let i = 0; i < list.length; i++) {
      read.push(new Map(readObject(list[i], 'IB915', `the row for ${table.name}`)));
    }
    const columns = [...new Set(read.flatMap((row) => [...row.keys()]))].map((key) =>
      writableColumn(table, key, 'insert'),
    );
    const tenantPlace = parameters.add(context.tenantId);
    const tuples = read.map((row) => {
      const places = columns.map((column) =>
        row.has(column.name) ? parameters.value(column, row.get(column.name)) : 'default',
      );
      return `(${[tenantPlace, ...places].join(', ')})`;
    });
    const names = [tenant, ...columns].map((column) => column.quoted).join(', ');
    const text = `insert into ${table.quoted} (${names}) values ${tuples.join(', ')}`;
    return {
      text: text + returning(table, readOptions(options, ['returning'])),
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
    const predicate = this.#predicate(
      context,
      table,
      where,
      parameters,
      readOptions(options, WRITE_OPTIONS),
    );
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
    const text = `update ${table.quoted} set ${assignments.join(', ')} where ${predicate}`;
    return {
      text: text + returning(table, readOptions(options, WRITE_OPTIONS)),
      values: parameters.values,
    };
  }

  /** `delete from t where tenant_id = $1 and (…)` */
  delete(context: CheckedContext, name: unknown, where: unknown, options: unknown): Statement {
    const table = this.#whitelist.find(name);
    tenantColumn(table);
    const parameters = new Parameters();
    const predicate = this.#predicate(
      context,
      table,
      where,
      parameters,
      readOptions(options, WRITE_OPTIONS),
    );
    const text = `delete from ${table.quoted} where ${predicate}`;
    return {
      text: text + returning(table, readOptions(options, WRITE_OPTIONS)),
      values: parameters.values,
    };
  }

  /** The caller's own statement and parameters; the row policies of the server hold the tenant. */
  raw(text: unknown, params: unknown): Statement {
    checkStatement(text);
    if (!Array.isArray(params)) throw badOption('params', 'a list of values');
    const parameters = new Parameters();
    for (let i = 0; i < params.length; i++) {
      parameters.add(
        encode(params[i], { label: `parameter $${i + 1}`, maxLength: this.#maxLength }),
      );
    }
    return { text, values: parameters.values, kind: 'raw' };
  }

  #predicate(
    context: CheckedContext,
    table: Table,
    where: unknown,
    parameters: Parameters,
    write?: { readonly allRows?: unknown },
  ): string {
    const tenant = table.tenantColumn;
    const own = tenant === null ? '' : `${tenant.quoted} = ${parameters.add(context.tenantId)}`;
    const rest = filter(table, where, parameters);
    if (rest === '' && write !== undefined && write.allRows !== true) {
      throw new FabricError('IB915', `the filter on ${table.name} is empty`, {
        ...place(table),
        hint: 'Say which rows you mean, or pass { allRows: true } for every row of the tenant.',
      });
    }
    return own === '' || rest === '' ? own + rest : `${own} and (${rest})`;
  }
}
