import { isReadAsList } from '../parsers.ts';
import { type ColumnSpec, isColumnName, isTableName, shown } from '../tables.ts';
import type { Relation, RelationColumn } from './relation.ts';

/** A table as it is going to be listed. */
export interface ListedTable {
  readonly name: string;
  /** What to say of it; null for nothing. */
  readonly note: string | null;
  readonly tenantColumn: string | null;
  readonly key: readonly string[] | null;
  readonly columns: readonly ListedColumn[];
  /** Whether the driver writes it. */
  readonly isWritten: boolean;
}

/** A column as it is going to be listed. */
export interface ListedColumn {
  readonly name: string;
  readonly note: string | null;
  readonly spec: ColumnSpec;
}

/** Something that was left out, or that does not protect as it looks. */
export interface Warning {
  readonly object: string;
  readonly problem: string;
}

const TYPE_NAME = /^[a-z_][a-z0-9_]*$/;

/** Chooses what the whitelist takes of what was found, and says what it leaves out or does not trust. */
export function selectTables(relations: readonly Relation[], role: string) {
  const warnings: Warning[] = [];
  const tables = relations.flatMap((relation) => selectTable(relation, role, warnings) ?? []);
  return { tables, warnings };
}

function selectTable(
  relation: Relation,
  role: string,
  warnings: Warning[],
): ListedTable | undefined {
  const warn = (problem: string, column?: string) => {
    const object = shown(relation.name) + (column === undefined ? '' : ` column ${shown(column)}`);
    warnings.push({ object, problem });
  };
  const { name, tenantColumn, primaryKey } = relation;
  if (!isTableName(name)) {
    warn('left out: the whitelist takes no such name');
    return undefined;
  }
  if (!relation.isReachable) {
    warn(`left out: ${role} has no right on it`);
    return undefined;
  }
  const columns = relation.columns.filter((column) => {
    if (!isColumnName(column.name)) warn('left out: the whitelist takes no such name', column.name);
    else if (column.name === tenantColumn || column.mayReach) return true;
    else warn(`left out: ${role} has no right on it`, column.name);
    return false;
  });
  const names = new Set(columns.map((column) => column.name));
  if (names.size === 0 || (tenantColumn !== null && !names.has(tenantColumn))) {
    warn('left out: it has no column that can be listed, or not the one of the tenant');
    return undefined;
  }
  const danger = dangerOf(relation);
  if (danger !== undefined) warn(danger);
  const key = primaryKey?.every((column) => names.has(column)) ? primaryKey : null;
  const listed = columns.map((column) => listColumn(column, relation.kind !== 'table'));
  return {
    name,
    note: joined(relation.comment, danger === undefined ? null : `Caution: ${danger}.`),
    tenantColumn,
    key: key?.filter((column) => column !== tenantColumn) ?? null,
    columns: listed,
    isWritten:
      tenantColumn !== null &&
      listed.some(({ name, spec }) => name === tenantColumn && spec.readOnly !== true),
  };
}

/** What makes the rows of several tenants show through a relation that has a tenant. */
function dangerOf({ name, kind, tenantColumn, isIsolated, isInvoker }: Relation) {
  if (kind === 'view')
    return isInvoker
      ? undefined
      : `it reads with the rights of its owner: alter view ${name} set (security_invoker = true)`;
  if (kind === 'table') {
    return tenantColumn === null || isIsolated
      ? undefined
      : `it is not isolated by tenant: call aibos.isolate_tenant('${name}')`;
  }
  return tenantColumn === null ? undefined : `a ${kind} has no row security`;
}

function listColumn(column: RelationColumn, isReadOnly: boolean): ListedColumn {
  const { type, note } = typeOf(column);
  const mayInsert = column.mayInsert && !isReadOnly;
  return {
    name: column.name,
    note: joined(column.comment, note),
    spec: {
      type,
      ...(column.labels === null ? {} : { values: column.labels }),
      ...(column.nullable ? { nullable: true } : {}),
      ...(column.hasDefault ? { hasDefault: true } : {}),
      ...(mayInsert ? (column.mayUpdate ? {} : { insertOnly: true }) : { readOnly: true }),
    },
  };
}

/** The type that the driver is to know a column by: types of extensions and of the user read and write as their text. */
function typeOf({ typeId, typeName, isBuiltIn, elementName, labels }: RelationColumn) {
  if (elementName !== null) {
    return isReadAsList(typeId) && TYPE_NAME.test(elementName)
      ? { type: `${elementName}[]`, note: null }
      : { type: 'text', note: 'A list as its text, such as {a,b}.' };
  }
  const isKnown = isBuiltIn && labels === null && TYPE_NAME.test(typeName);
  return { type: isKnown ? typeName : 'text', note: null };
}

function joined(...notes: readonly (string | null)[]): string | null {
  const given = notes.filter((note) => note !== null && note.trim() !== '');
  return given.length === 0 ? null : given.join('\n');
}
