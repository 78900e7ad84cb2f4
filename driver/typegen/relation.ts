import type pg from 'pg';

/** A table, view or the like, as the catalog describes it to a role. */
export interface Relation {
  /** `schema.name`, as it is written in the catalog: unquoted. */
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view' | 'foreign table';
  readonly comment: string | null;
  /** The column that isolation watches, or else one named tenant_id. */
  readonly tenantColumn: string | null;
  /** Whether row security is on and forced, with the policy of `aibos.isolate_tenant`. */
  readonly isIsolated: boolean;
  /** Whether a view reads with the rights of whoever asks. */
  readonly isInvoker: boolean;
  /** Whether the role may do anything with it. */
  readonly isReachable: boolean;
  /** Columns of the primary key, in its order; null without one. */
  readonly primaryKey: readonly string[] | null;
  readonly columns: readonly RelationColumn[];
}

/** A column of a relation; the type is what is under its domains. */
export interface RelationColumn {
  readonly name: string;
  readonly comment: string | null;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  readonly mayReach: boolean;
  readonly mayInsert: boolean;
  readonly mayUpdate: boolean;
  readonly typeId: number;
  readonly typeName: string;
  readonly isBuiltIn: boolean;
  /** Type of the elements of an array; null for any other type. */
  readonly elementName: string | null;
  /** Labels of an enum, in their order; null for any other type. */
  readonly labels: readonly string[] | null;
}

const RELATIONS = `
  select c.oid::int8 as id, n.nspname || '.' || c.relname as name,
         case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
           else 'table' end as kind,
         obj_description(c.oid, 'pg_class') as comment,
         coalesce(
           (select a.attname from pg_trigger g join pg_attribute a on a.attrelid = g.tgrelid and a.attnum = g.tgattr[0]
            where g.tgrelid = c.oid and g.tgname = 't10_forbid_tenant_change'),
           (select a.attname from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
         ) as "tenantColumn",
         c.relrowsecurity and c.relforcerowsecurity and exists (
           select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant_isolation') as "isIsolated",
         coalesce((select o.option_value::boolean from pg_options_to_table(c.reloptions) o
           where o.option_name = 'security_invoker'), false) as "isInvoker",
         has_table_privilege($2, c.oid, 'select, insert, update, delete')
           or has_any_column_privilege($2, c.oid, 'select, insert, update') as "isReachable",
         (select array_agg(a.attname::text order by array_position(p.conkey, a.attnum))
          from pg_constraint p join pg_attribute a on a.attrelid = p.conrelid and a.attnum = any (p.conkey)
          where p.conrelid = c.oid and p.contype = 'p') as "primaryKey"
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  order by (n.nspname || '.' || c.relname) collate "C"`;

const COLUMNS = `
  with recursive domains as (
    select t.oid as domain, t.typbasetype as base, t.typnotnull, t.typdefault is not null as has_default
    from pg_type t where t.typtype = 'd'
    union all
    select d.domain, t.typbasetype, t.typnotnull, t.typdefault is not null
    from domains d join pg_type t on t.oid = d.base where t.typtype = 'd'
  ), resolved as (
    select d.domain, max(d.base) filter (where t.typtype <> 'd') as base,
           bool_or(d.typnotnull) as not_null, bool_or(d.has_default) as has_default
    from domains d join pg_type t on t.oid = d.base group by d.domain
  )
  select a.attrelid::int8 as id, a.attname as name, col_description(a.attrelid, a.attnum) as comment,
         not (a.attnotnull or coalesce(d.not_null, false)) as nullable,
         a.attgenerated = '' and (a.atthasdef or coalesce(d.has_default, false)) or a.attidentity = 'd' as "hasDefault",
         f.may_insert or f.may_update or has_column_privilege($2, a.attrelid, a.attnum, 'select') as "mayReach",
         f.is_free and f.may_insert as "mayInsert", f.is_free and f.may_update as "mayUpdate",
         t.oid::int8 as "typeId", t.typname as "typeName", t.typnamespace = 'pg_catalog'::regnamespace as "isBuiltIn",
         case when t.typcategory = 'A' then e.typname end as "elementName",
         (select array_agg(l.enumlabel::text order by l.enumsortorder) from pg_enum l where l.enumtypid = t.oid) as labels
  from pg_attribute a
  left join resolved d on d.domain = a.atttypid
  join pg_type t on t.oid = coalesce(d.base, a.atttypid)
  left join pg_type e on e.oid = t.typelem
  cross join lateral (
    select a.attgenerated = '' and a.attidentity <> 'a' as is_free,
           has_column_privilege($2, a.attrelid, a.attnum, 'insert') as may_insert,
           has_column_privilege($2, a.attrelid, a.attnum, 'update') as may_update
  ) f
  where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
  order by a.attrelid, a.attnum`;

/** Reads what schemas hold and what a role may do with it, sorted by name; columns in their order. */
export async function readRelations(
  client: pg.ClientBase,
  schemas: readonly string[],
  role: string,
): Promise<readonly Relation[]> {
  const relations = await client.query<Omit<Relation, 'columns'> & { id: string }>(RELATIONS, [
    schemas,
    role,
  ]);
  const ids = relations.rows.map(({ id }) => id);
  const columns = await client.query<
    Omit<RelationColumn, 'typeId'> & { id: string; typeId: string }
  >(COLUMNS, [ids, role]);
  return relations.rows.map(({ id, ...relation }) => ({
    ...relation,
    columns: columns.rows
      .filter((column) => column.id === id)
      .map(({ id: _, typeId, ...column }) => ({ ...column, typeId: Number(typeId) })),
  }));
}
