import type { ClientBase } from 'pg';
import format from 'pg-format';

/** A column as the login under test may use it. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly category: string;
  readonly selectable: boolean;
  readonly insertable: boolean;
  readonly updatable: boolean;
  /** Whether the server alone fills it: generated, or an identity given always. */
  readonly automatic: boolean;
  readonly identity: boolean;
  readonly required: boolean;
}

/** A foreign key, its columns pair by pair. */
export interface ForeignKeyFacts {
  readonly name: string;
  readonly references: string;
  readonly columns: readonly string[];
  readonly referenced: readonly string[];
}

/** A table, view or materialized view with a tenant column, as the login under test sees it. */
export interface TableFacts {
  /** Quoted where it must be, with its schema. */
  readonly name: string;
  readonly schema: string;
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f';
  readonly isPartition: boolean;
  readonly hasRowSecurity: boolean;
  readonly isForced: boolean;
  /** The column that names the tenant; null where a view has none. */
  readonly tenantColumn: string | null;
  readonly tenantType: string | null;
  readonly readable: boolean;
  readonly columns: readonly ColumnFacts[];
  readonly primaryKey: readonly string[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly foreignKeys: readonly ForeignKeyFacts[];
}

const FACTS = `
select
  format('%I.%I', n.nspname, c.relname) as name, n.nspname as schema, c.relkind as kind,
  c.relispartition as "isPartition", c.relrowsecurity as "hasRowSecurity", c.relforcerowsecurity as "isForced",
  t.attname as "tenantColumn", format_type(t.atttypid, t.atttypmod) as "tenantType",
  has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select') as readable,
  (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'category', y.typcategory,
      'selectable', has_column_privilege(c.oid, a.attnum, 'select'), 'insertable', has_column_privilege(c.oid, a.attnum, 'insert'),
      'updatable', has_column_privilege(c.oid, a.attnum, 'update'), 'automatic', a.attgenerated <> '' or a.attidentity = 'a',
      'identity', a.attidentity <> '', 'required', a.attnotnull and not a.atthasdef and a.attidentity = '') order by a.attnum)
    from pg_attribute a join pg_type y on y.oid = a.atttypid where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  coalesce((select json_agg(k.columns order by k.is_primary desc) from keys k where k.table_oid = c.oid), '[]') as "uniqueKeys",
  coalesce((select k.columns from keys k where k.table_oid = c.oid and k.is_primary), '[]') as "primaryKey",
  coalesce((select json_agg(json_build_object('name', f.conname, 'references', format('%I.%I', fn.nspname, fc.relname),
      'columns', (select json_agg(a.attname order by p.i) from unnest(f.conkey) with ordinality p (num, i)
        join pg_attribute a on a.attrelid = f.conrelid and a.attnum = p.num),
      'referenced', (select json_agg(a.attname order by p.i) from unnest(f.confkey) with ordinality p (num, i)
        join pg_attribute a on a.attrelid = f.confrelid and a.attnum = p.num)) order by f.conname)
    from pg_constraint f join pg_class fc on fc.oid = f.confrelid join pg_namespace fn on fn.oid = fc.relnamespace
    where f.conrelid = c.oid and f.contype = 'f'), '[]') as "foreignKeys"
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join lateral (
  select a.* from pg_attribute a
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attname = coalesce(
    (select b.attname from pg_attribute b where b.attrelid = c.oid and b.attname = 'tenant_id' and not b.attisdropped),
    (select (regexp_match(pg_get_expr(p.polqual, p.polrelid), '^\\(([a-z_0-9]+) = '))[1] from pg_policy p
      where p.polrelid = c.oid and p.polname = 'tenant_isolation'))
) t on true
where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't' and n.nspname !~ '^(pg_|information_schema$)'
  and (t.attname is not null or c.relkind in ('v', 'm'))
order by 1`;

const KEYS = `
select i.indrelid as table_oid, i.indisprimary as is_primary,
  (select json_agg(a.attname order by p.i) from unnest(i.indkey::smallint[]) with ordinality p (num, i)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = p.num where p.i <= i.indnkeyatts) as columns
from pg_index i where i.indisunique and i.indexprs is null and i.indpred is null`;

/** Every table with a tenant column and every view, in whatever schema, with what the client's role may do to it. */
export async function readTables(client: ClientBase): Promise<readonly TableFacts[]> {
  const { rows } = await client.query<TableFacts>(`with keys as (${KEYS}) ${FACTS}`);
  return rows;
}

/** Column names as a list of identifiers. */
export function columnList(columns: readonly { readonly name: string }[]): string {
  return columns.map(({ name }) => format('%I', name)).join(', ');
}

/** The columns that reading takes: those the role may read, or all where it may read none. */
export function readColumns(table: TableFacts): string {
  const readable = table.columns.filter((column) => column.selectable);
  return columnList(readable.length > 0 ? readable : table.columns);
}
