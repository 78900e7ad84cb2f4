import pg from 'pg';
import { z } from 'zod';
import type { Destination } from './destination.ts';
import { FabricError } from './errors.ts';

/** One column: its PostgreSQL type by short name (`text`, `int8`, `text[]`), and what an insert may leave out. */
export interface ColumnSpec {
  readonly type: string;
  readonly nullable?: boolean | undefined;
  readonly hasDefault?: boolean | undefined;
  /** Written by the server alone. */
  readonly readOnly?: boolean | undefined;
  /** Given when the row is made and never changed. */
  readonly insertOnly?: boolean | undefined;
  /** The values it can hold, in their order; for the types, since the server checks them anyway. */
  readonly values?: readonly string[] | undefined;
}

/** One table: the column that holds the tenant (null: shared by all tenants and read-only here) and its columns. */
export interface TableSpec {
  readonly tenantColumn: string | null;
  /** Columns of the primary key besides the tenant's, or of another unique key of columns that are never null; paging needs it. */
  readonly key?: readonly string[] | undefined;
  readonly columns: Readonly<Record<string, ColumnSpec>>;
}

/** Tables by `schema.table`. */
export type TableMap = Readonly<Record<string, TableSpec>>;

/** A column as the statement builders see it. */
export interface Column {
  readonly name: string;
  readonly quoted: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly writes: 'never' | 'insert' | 'always';
  /** Where its values go, for encoding and errors. */
  readonly destination: Destination;
}

/** A whitelisted table as the statement builders see it; names are quoted once, here. */
export interface Table {
  readonly name: string;
  readonly quoted: string;
  readonly tenantColumn: Column | null;
  /** Columns that tell the rows of one tenant apart; undefined where none are known. */
  readonly key: readonly Column[] | undefined;
  readonly columns: ReadonlyMap<string, Column>;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/;
const RESERVED_KEYS = new Set(['and', 'or', 'not']);

const columnName = z
  .string()
  .regex(IDENTIFIER)
  .refine(
    (name) => !RESERVED_KEYS.has(name),
    'and / or / not join conditions and cannot name a column',
  );

const tableMap = z.record(
  z.string().refine(isTableName, 'a table is named schema.table'),
  z
    .strictObject({
      tenantColumn: z.string().nullable(),
      key: z.array(z.string()).optional(),
      columns: z.record(
        columnName,
        z.strictObject({
          type: z.string().regex(/^[a-z_][a-z0-9_]*(\[\])?$/),
          nullable: z.boolean().optional(),
          hasDefault: z.boolean().optional(),
          readOnly: z.boolean().optional(),
          insertOnly: z.boolean().optional(),
          values: z.array(z.string()).optional(),
        }),
      ),
    })
    .refine(
      (table) => table.tenantColumn === null || Object.hasOwn(table.columns, table.tenantColumn),
      'tenantColumn must be one of the columns',
    )
    .refine(
      ({ key = [], columns, tenantColumn }) =>
        new Set(key).size === key.length &&
        key.every(
          (name) =>
            name !== tenantColumn &&
            Object.hasOwn(columns, name) &&
            columns[name]?.nullable !== true,
        ),
      'key must list columns that are never null, each once and without the tenant column',
    ),
);

/** Whether a table of this name, as `schema.table`, can be listed. */
export function isTableName(name: string): boolean {
  const parts = name.split('.');
  return parts.length === 2 && parts.every((part) => IDENTIFIER.test(part));
}

/** Whether a column of this name can be listed. */
export function isColumnName(name: string): boolean {
  return name !== '__proto__' && columnName.safeParse(name).success;
}

/** The tables a driver may name: everything outside is refused, at run time as at compile time. */
export class Whitelist {
  readonly #tables = new Map<string, Table>();
  readonly #ambiguous = new Map<string, readonly string[]>();

  /**
   * @param maxLength longest text that a value may be, in UTF-16 units.
   * @throws FabricError IB923 when a table is malformed or named twice.
   */
  constructor(maxLength: number, ...maps: readonly unknown[]) {
    const qualified = new Map<string, Table>();
    for (const map of maps) {
      const read = tableMap.safeParse(map);
      if (!read.success) {
        throw new FabricError('IB923', 'the table list was refused', {
          detail: z.prettifyError(read.error),
          hint: "Describe each table as 'schema.table': { tenantColumn, columns: { name: { type } } }.",
        });
      }
      for (const [name, spec] of Object.entries(read.data)) {
        if (qualified.has(name)) {
          throw new FabricError('IB923', `table ${name} is listed twice`, {
            hint: 'The tables of the fabric itself are already listed; name only your own.',
          });
        }
        qualified.set(name, toTable(name, spec, maxLength));
      }
    }
    for (const [name, table] of qualified) {
      this.#tables.set(name, table);
      const short = name.slice(name.indexOf('.') + 1);
      this.#ambiguous.set(short, [...(this.#ambiguous.get(short) ?? []), name]);
    }
    for (const [short, names] of this.#ambiguous) {
      const only = names.length === 1 ? qualified.get(names[0] ?? '') : undefined;
      if (only !== undefined) {
        this.#tables.set(short, only);
        this.#ambiguous.delete(short);
      }
    }
  }

  /** @throws FabricError IB911 unless the name is listed, or is short for exactly one listed table. */
  find(name: unknown): Table {
    const table = typeof name === 'string' ? this.#tables.get(name) : undefined;
    if (table !== undefined) return table;
    const candidates = typeof name === 'string' ? this.#ambiguous.get(name) : undefined;
    throw new FabricError('IB911', `table ${shown(name)} is not on the whitelist`, {
      detail: candidates && `The name could mean ${candidates.join(' or ')}.`,
      hint: candidates
        ? 'Name the schema as well.'
        : 'Name a table of the fabric, or list your own in the tables option of TenantDb.',
    });
  }
}

/** @throws FabricError IB912 unless the table has exactly this column. */
export function findColumn(table: Table, name: unknown): Column {
  const column = typeof name === 'string' ? table.columns.get(name) : undefined;
  if (column !== undefined) return column;
  throw new FabricError('IB912', `${table.name} has no column ${shown(name)}`, {
    ...place(table),
    hint: `Columns: ${[...table.columns.keys()].join(', ')}.`,
  });
}

/** Schema and table of an error that concerns a table. */
export function place(table: Table, column?: string) {
  const dot = table.name.indexOf('.');
  return { schema: table.name.slice(0, dot), table: table.name.slice(dot + 1), column };
}

/** A name as an error message may show it: quoted, and cut where it is long. */
export function shown(name: unknown): string {
  if (typeof name !== 'string') return `of type ${name === null ? 'null' : typeof name}`;
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}

function toTable(name: string, spec: TableSpec, maxLength: number): Table {
  const [schema = '', table = ''] = name.split('.');
  const columns = new Map<string, Column>();
  for (const [column, { type, nullable, readOnly, insertOnly }] of Object.entries(spec.columns)) {
    const writes = readOnly === true ? 'never' : insertOnly === true ? 'insert' : 'always';
    columns.set(column, {
      name: column,
      quoted: pg.escapeIdentifier(column),
      type,
      nullable: nullable === true,
      writes,
      destination: { label: `${name}.${column}`, schema, table, column, type, maxLength },
    });
  }
  return {
    name,
    quoted: name.split('.').map(pg.escapeIdentifier).join('.'),
    tenantColumn: spec.tenantColumn === null ? null : (columns.get(spec.tenantColumn) ?? null),
    key: spec.key?.flatMap((column) => columns.get(column) ?? []),
    columns,
  };
}
