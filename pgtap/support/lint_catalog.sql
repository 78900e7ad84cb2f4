-- The catalog linter: one view per rule, one row per object that breaks it. Loaded into a throwaway database only.
-- Read by pgtap/conventions; every view is there first shown to report a bad object, then to be empty.

create schema lint;
grant usage on schema lint to public;
comment on schema lint is 'Rules for what the fabric puts into the catalog, and a way to plant a fault.';

create function lint.after(p_fault text, p_question text)
returns text
language plpgsql
as $$
declare
  answer text;
begin
  begin
    execute p_fault;
    execute p_question into answer;
    raise exception using errcode = 'LN001', message = coalesce(answer, 'nothing');
  exception when sqlstate 'LN001' then
    return sqlerrm;
  end;
end $$;
comment on function lint.after(text, text) is
  'What a query answers while a fault is in place; the fault is undone. Takes the SQL of the fault and a query of one text; "nothing" for no row or null.';

create function lint.attempt(p_sql text)
returns text
language plpgsql
as $$
begin
  begin
    execute p_sql;
    raise exception using errcode = 'LN001';
  exception
    when sqlstate 'LN001' then
      return 'accepted';
    when others then
      return sqlstate;
  end;
end $$;
comment on function lint.attempt(text) is
  'What becomes of a statement, which is undone in any case: its SQLSTATE, or "accepted". Takes the SQL.';

create view lint.schemas as
select n.oid, n.nspname::text as name, n.nspacl from pg_namespace n where n.nspname in ('aibos', 'kernel', 'config', 'finance');
comment on view lint.schemas is 'The schemas of the fabric that this database has.';

create view lint.routines as
select
  p.oid, n.name as schema_name, p.proname::text as name, n.name || '.' || p.proname as full_name, p.prokind, p.proacl,
  pg_get_userbyid(p.proowner)::text as owner, p.proowner, p.prosecdef as is_definer, p.provolatile as volatility,
  p.proleakproof as is_leakproof, p.prorettype, l.lanname::text as language, p.prosqlbody is not null as has_parsed_body,
  regexp_replace(p.prosrc, '--[^\n]*', '', 'g') as source,
  (select substr(c, length('search_path=') + 1) from unnest(p.proconfig) c where c like 'search\_path=%') as search_path
from pg_proc p
join lint.schemas n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
where not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e');
comment on view lint.routines is 'Functions and procedures of the fabric, without those of extensions; comments are cut from the source.';

create view lint.relations as
select c.oid, n.name as schema_name, n.name || '.' || c.relname as name, c.relname::text as short_name, c.relkind, c.relacl,
  c.relowner, pg_get_userbyid(c.relowner)::text as owner, c.reloptions, c.relrowsecurity, c.relforcerowsecurity
from pg_class c
join lint.schemas n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e');
comment on view lint.relations is 'Tables, views and sequences of the fabric, without those of extensions.';

create view lint.columns as
select r.oid, r.name as table_name, r.relkind, a.attnum, a.attname::text as name, r.name || '.' || a.attname as full_name,
  format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), null) as type, a.atttypid, a.atttypmod, a.attnotnull as is_not_null
from lint.relations r
join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
where r.relkind <> 'S';
comment on view lint.columns is 'Columns of the tables and views of the fabric; of a domain the type beneath.';

create view lint.tenant_tables as
select r.oid, r.name, r.short_name, r.relkind, r.relrowsecurity, r.relforcerowsecurity,
  case r.name when 'kernel.tenants' then 'id' else 'tenant_id' end as tenant_column
from lint.relations r
where r.relkind in ('r', 'p')
  and (r.name = 'kernel.tenants' or exists (select from lint.columns c where c.oid = r.oid and c.name = 'tenant_id'));
comment on view lint.tenant_tables is 'Tables of the fabric whose rows belong to a tenant.';

-- Routines.

create view lint.unpinned_functions as
select r.full_name as object, coalesce('search_path is ' || r.search_path, 'search_path is not pinned') as problem
from lint.routines r
where r.search_path is distinct from 'pg_catalog, pg_temp' and (r.is_definer or not r.has_parsed_body);
comment on view lint.unpinned_functions is
  'Each routine pins search_path to pg_catalog, pg_temp; an invoker function with a parsed body may do without, its names are bound.';

create view lint.public_functions as
select r.full_name as object, 'PUBLIC may execute it' as problem
from lint.routines r
cross join lateral aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) x
where x.grantee = 0;
comment on view lint.public_functions is 'No routine is executable by PUBLIC.';

create view lint.misowned_functions as
select r.full_name as object, 'owned by ' || r.owner as problem
from lint.routines r
where r.owner <> 'aibos_owner' and not (r.is_definer and r.owner in ('aibos_guard', 'aibos_poster'));
comment on view lint.misowned_functions is
  'A routine belongs to aibos_owner; only definer functions may belong to aibos_guard or aibos_poster.';

create view lint.overloads as
select r.schema_name || '.' || r.name as object, count(*) || ' routines of that name' as problem
from lint.routines r
group by r.schema_name, r.name
having count(*) > 1;
comment on view lint.overloads is 'No two routines of a schema share a name.';

create view lint.unstable_triggers as
select r.full_name as object, 'a trigger function that is not volatile' as problem
from lint.routines r
where r.prorettype = 'trigger'::regtype and r.volatility <> 'v';
comment on view lint.unstable_triggers is 'A trigger function is volatile: a stable one would read by the snapshot of the statement before.';

create view lint.leakproof_functions as
select r.full_name as object, 'leakproof' as problem from lint.routines r where r.is_leakproof;
comment on view lint.leakproof_functions is 'No routine claims to be leakproof.';

create view lint.foreign_languages as
select r.full_name as object, 'written in ' || r.language as problem
from lint.routines r where r.language not in ('sql', 'plpgsql');
comment on view lint.foreign_languages is 'Routines are written in SQL or PL/pgSQL.';

create view lint.swallowed_errors as
select r.full_name as object, 'exception when others' as problem
from lint.routines r where r.source ~* '\mwhen\s+others\M';
comment on view lint.swallowed_errors is 'No routine catches every error.';

create view lint.stars as
select r.full_name as object, 'select *' as problem
from lint.routines r where r.source ~* '(\mselect|,)\s+(\w+\.)?\*';
comment on view lint.stars is 'No routine selects *.';

create view lint.loose_dynamic_sql as
select r.full_name as object, 'executes a text that is neither a literal nor made by format()' as problem
from lint.routines r
-- Texts are emptied first, so that the word in a text is not taken for the statement.
where regexp_replace(regexp_replace(r.source, '\$(\w*)\$.*?\$\1\$', '$$', 'g'), '''([^'']|'''')*''', '''''', 'g')
  ~* '\mexecute\s+(?!format\s*\(|[''$])';
comment on view lint.loose_dynamic_sql is 'Dynamic SQL is a literal or built by format().';

-- Comments.

create view lint.uncommented as
select 'schema ' || n.name as object, 'no comment' as problem
from lint.schemas n where obj_description(n.oid, 'pg_namespace') is null
union all
select case when r.relkind in ('v', 'm') then 'view ' else 'table ' end || r.name, 'no comment'
from lint.relations r where r.relkind <> 'S' and obj_description(r.oid, 'pg_class') is null
union all
select 'column ' || c.full_name, 'no comment'
from lint.columns c where col_description(c.oid, c.attnum) is null
union all
select 'routine ' || r.full_name, 'no comment'
from lint.routines r where obj_description(r.oid, 'pg_proc') is null
union all
select 'type ' || t.oid::regtype, 'no comment'
from pg_type t
join lint.schemas n on n.oid = t.typnamespace
left join pg_class c on c.oid = t.typrelid
where (t.typtype in ('d', 'e', 'r') or c.relkind = 'c') and obj_description(t.oid, 'pg_type') is null
  and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
union all
select format('policy %s on %s', p.polname, r.name), 'no comment'
from pg_policy p
join lint.relations r on r.oid = p.polrelid
where obj_description(p.oid, 'pg_policy') is null
union all
select format('constraint trigger %s on %s', t.tgname, r.name), 'no comment'
from pg_trigger t
join lint.relations r on r.oid = t.tgrelid
-- The clone of a trigger on a partition is the trigger of the whole, which says it once.
where t.tgconstraint <> 0 and not t.tgisinternal and t.tgparentid = 0 and obj_description(t.oid, 'pg_trigger') is null;
comment on view lint.uncommented is
  'Each schema, table, view, column, routine, type, policy and constraint trigger says what it is.';

-- Tables.

create view lint.unforced_tables as
select t.name as object, case when t.relrowsecurity then 'row security is not forced' else 'row security is off' end as problem
from lint.tenant_tables t
where not (t.relrowsecurity and t.relforcerowsecurity);
comment on view lint.unforced_tables is 'A tenant table has row security, forced on its owner too.';

create view lint.unsound_tenant_policies as
select t.name as object,
  case when p.oid is null then 'no policy tenant_isolation'
    else format('reads %s, checks %s', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) end as problem
from lint.tenant_tables t
left join pg_policy p on p.polrelid = t.oid and p.polname = 'tenant_isolation'
where (
    p.polcmd = '*' and p.polpermissive and not 0 = any (p.polroles)
    -- The function is told by its identity: a namesake in another schema would print the same.
    and exists (
      select from pg_depend d
      where d.classid = 'pg_policy'::regclass and d.objid = p.oid
        and d.refclassid = 'pg_proc'::regclass and d.refobjid = 'aibos.current_tenant_id()'::regprocedure
    )
    and regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\maibos\.', '') = format(
      '(%I = ( SELECT current_tenant_id() AS current_tenant_id))', t.tenant_column)
    and pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid)
  ) is not true;
comment on view lint.unsound_tenant_policies is
  'A tenant table has one policy for applications: tenant_isolation, for all commands, named roles and the tenant of the context.';

create view lint.stray_policies as
select format('%s on %s', p.polname, r.name) as object,
  format('for %s', array(select case when x = 0 then 'PUBLIC' else pg_get_userbyid(x)::text end from unnest(p.polroles) x)) as problem
from pg_policy p
join lint.relations r on r.oid = p.polrelid
where p.polname <> 'tenant_isolation'
  and (not p.polpermissive or exists (
    select from unnest(p.polroles) x
    where x = 0 or pg_get_userbyid(x) not in ('aibos_guard', 'aibos_poster', 'aibos_owner')));
comment on view lint.stray_policies is 'Every other policy is for the roles nobody can become.';

create view lint.loose_foreign_keys as
select format('%s on %s', k.conname, own.name) as object,
  case when k.confdeltype not in ('a', 'r') or k.confupdtype not in ('a', 'r') then 'cascades' else 'tenant_id is not on both sides' end as problem
from pg_constraint k
join lint.tenant_tables own on own.oid = k.conrelid
join lint.tenant_tables other on other.oid = k.confrelid
where k.contype = 'f'
  and (
    k.confdeltype not in ('a', 'r') or k.confupdtype not in ('a', 'r')
    or not exists (
      select from unnest(k.conkey, k.confkey) as pair (own_column, other_column)
      join pg_attribute o on o.attrelid = k.conrelid and o.attnum = pair.own_column and o.attname = own.tenant_column
      join pg_attribute f on f.attrelid = k.confrelid and f.attnum = pair.other_column and f.attname = other.tenant_column)
  );
comment on view lint.loose_foreign_keys is 'A foreign key between tenant tables carries tenant_id on both sides and never cascades.';

create view lint.unindexed_foreign_keys as
select format('%s on %s', k.conname, r.name) as object, 'no index begins with its columns' as problem,
  k.confrelid as referenced
from pg_constraint k
join lint.relations r on r.oid = k.conrelid
where k.contype = 'f' and not exists (
  select from pg_index i
  where i.indrelid = k.conrelid and i.indisvalid
    -- A partial index serves where it leaves out nothing but rows that reference nothing.
    and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^\(\w+ IS NOT NULL\)$')
    and (select array_agg(c order by c) from unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) c)
      = (select array_agg(c order by c) from unnest(k.conkey) c)
);
comment on view lint.unindexed_foreign_keys is 'An index begins with the columns of each foreign key.';

create view lint.global_unique_indexes as
select i.indexrelid::regclass::text as object, 'its first column is not tenant_id' as problem
from pg_index i
join lint.tenant_tables t on t.oid = i.indrelid
where (i.indisunique or i.indisexclusion)
  and not exists (
    select from pg_attribute a
    where a.attrelid = i.indrelid and a.attnum = i.indkey[0] and a.attname = 'tenant_id'
  );
comment on view lint.global_unique_indexes is 'Every unique or exclusion index of a tenant table begins with tenant_id.';

create view lint.misplaced_tenant_columns as
select t.name as object, 'tenant_id must be its first column, uuid, not null' as problem
from lint.tenant_tables t
join lint.columns c on c.oid = t.oid and c.name = t.tenant_column
where c.type <> 'uuid' or not c.is_not_null
  or c.attnum <> (select min(o.attnum) from lint.columns o where o.oid = t.oid);
comment on view lint.misplaced_tenant_columns is 'tenant_id is the first column of its table, a uuid and not null.';

create view lint.timeless_tables as
select t.name as object, 'no created_at, occurred_at or posted_at' as problem
from lint.tenant_tables t
where not exists (
  select from lint.columns c
  where c.oid = t.oid and c.name in ('created_at', 'occurred_at', 'posted_at') and c.is_not_null
)
-- A partition has the columns of its parent, which is reported itself.
and not exists (
  select from pg_inherits i
  join pg_class part on part.oid = i.inhrelid and part.relispartition
  join lint.tenant_tables parent on parent.oid = i.inhparent
  where i.inhrelid = t.oid
);
comment on view lint.timeless_tables is 'A row of a tenant table says when it was made; a partition is not named beside its parent.';

create view lint.wrong_types as
select c.full_name as object, c.type as problem
from lint.columns c
where c.relkind in ('r', 'p')
  and (
    c.type in ('real', 'double precision', 'money', 'timestamp without time zone', 'time without time zone',
      'time with time zone', 'oid', 'json', 'character', 'xml')
    or c.name ~ '_cents$' and c.type <> 'bigint' and not (c.type = 'numeric' and (c.atttypmod - 4) & 2047 = 0 and c.atttypmod > 0)
    or c.name ~ '_at$' and c.type <> 'timestamp with time zone'
    or c.name ~ '_on$' and c.type <> 'date' and c.name <> 'run_on'
    or c.name ~ '^(is|has)_' and c.type <> 'boolean'
    or c.name ~ '_id$' and c.type not in ('uuid', 'text', 'xid8')
  );
comment on view lint.wrong_types is
  'Money in minor units is bigint or a numeric without decimals, _at is timestamptz, _on a date, is_ and has_ boolean; nothing is a float.';

create view lint.context_in_definitions as
select d.classid::regclass || ' ' || d.objid::text as object, 'stores a call of aibos.current_tenant_id()' as problem
from pg_depend d
where d.refclassid = 'pg_proc'::regclass and d.refobjid = 'aibos.current_tenant_id()'::regprocedure
  and d.classid in ('pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_class'::regclass);
comment on view lint.context_in_definitions is
  'The tenant of the context is in no default, generated column, check or index: there it would be evaluated at another time.';

create view lint.inherited_tables as
select i.inhrelid::regclass::text as object, 'inherits from ' || i.inhparent::regclass::text as problem
from pg_inherits i
join lint.relations r on r.oid = i.inhparent
join pg_class c on c.oid = i.inhrelid
where not c.relispartition;
comment on view lint.inherited_tables is 'No table inherits from a table of the fabric.';

create view lint.rules as
select format('%s on %s', w.rulename, r.name) as object, 'a rule' as problem
from pg_rewrite w
join lint.relations r on r.oid = w.ev_class
where w.rulename <> '_RETURN';
comment on view lint.rules is 'Nothing is rewritten by a rule.';

create view lint.sleeping_triggers as
select format('%s on %s', t.tgname, r.name) as object,
  case t.tgenabled when 'D' then 'disabled' when 'O' then 'not ENABLE ALWAYS' else 'ENABLE REPLICA' end as problem
from pg_trigger t
join lint.relations r on r.oid = t.tgrelid
where not t.tgisinternal and t.tgenabled <> 'A'
  -- The stamp is no guard: replication keeps the origin's times.
  and not (t.tgname = 't30_stamp_change' and t.tgenabled = 'O');
comment on view lint.sleeping_triggers is 'Every trigger fires always, also while replicating; the stamp of created_at and updated_at alone does not.';

-- Names.

create view lint.misnamed_constraints as
select format('%s on %s', k.conname, r.name) as object, 'must be ' || r.short_name || '_…_' || s.suffix as problem
from pg_constraint k
join lint.relations r on r.oid = k.conrelid
join (values ('p', 'pk'), ('f', 'fk'), ('u', 'uq'), ('c', 'ck'), ('x', 'ex')) as s (contype, suffix)
  on s.contype = k.contype::text
where k.conname !~ ('^' || r.short_name || '_[a-z0-9_]+_' || s.suffix || '$')
  -- What a partition has from its parent is named there.
  and k.conparentid = 0 and k.coninhcount = 0;
comment on view lint.misnamed_constraints is
  'Constraints are named <table>_<rule>_{pk,fk,uq,ck,ex}; those of a partition that it inherits, on its parent.';

create view lint.misnamed_indexes as
select i.indexrelid::regclass::text as object, format('must be %s_…_%s', r.short_name, case when i.indisunique then 'uq' else 'idx' end) as problem
from pg_index i
join lint.relations r on r.oid = i.indrelid
join pg_class c on c.oid = i.indexrelid
where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  and c.relname !~ ('^' || r.short_name || '_[a-z0-9_]+_' || case when i.indisunique then 'uq' else 'idx' end || '$');
comment on view lint.misnamed_indexes is 'Indexes are named <table>_<columns>_idx, unique ones without a constraint <table>_<columns>_uq.';

create view lint.misnamed_triggers as
select format('%s on %s', t.tgname, r.name) as object, 'must say when it fires and what it does, or be the promise it keeps' as problem
from pg_trigger t
join lint.relations r on r.oid = t.tgrelid
where not t.tgisinternal
  and t.tgname !~ '^t(10_forbid|20_assert|30_stamp|40_assert|50|90_record)_[a-z_]+$'
  and t.tgname not in ('journal_entry_balanced', 'journal_entry_has_lines');
comment on view lint.misnamed_triggers is
  'Triggers are named t10_forbid, t20_assert, t30_stamp, t40_assert, t50, t90_record and on, since they fire alphabetically; a constraint trigger as the promise.';

-- Views.

create view lint.definer_views as
select r.name as object,
  case when r.owner <> 'aibos_guard' then 'runs as ' || r.owner else 'has no security_barrier' end as problem
from lint.relations r
where r.relkind = 'v' and not coalesce(r.reloptions @> array['security_invoker=true'], false)
  and not (
    -- Reviewed: it spans tenants by intent, shows counts, and is granted to the monitor alone.
    r.name = 'kernel.v_tenant_health'
    and r.owner = 'aibos_guard' and coalesce(r.reloptions @> array['security_barrier=true'], false)
  );
comment on view lint.definer_views is
  'Views read as their reader. One reviewed view spans tenants: owned by aibos_guard and behind a security barrier.';

create view lint.stored_copies as
select r.name as object, case r.relkind when 'm' then 'a materialized view' else 'a foreign table' end as problem
from lint.relations r where r.relkind in ('m', 'f');
comment on view lint.stored_copies is 'There is no materialized view and no foreign table: neither knows row security.';

-- Grants.

create view lint.privileges as
select n.name as object, 'schema' as kind, null::text as column_name, x.grantee, x.privilege_type, x.is_grantable
from lint.schemas n
join pg_namespace s on s.oid = n.oid
cross join lateral aclexplode(n.nspacl) x
where x.grantee <> s.nspowner
union all
select r.name, 'relation', null, x.grantee, x.privilege_type, x.is_grantable
from lint.relations r cross join lateral aclexplode(r.relacl) x
where x.grantee <> r.relowner
union all
select r.name, 'relation', a.attname::text, x.grantee, x.privilege_type, x.is_grantable
from lint.relations r
join pg_attribute a on a.attrelid = r.oid and not a.attisdropped
cross join lateral aclexplode(a.attacl) x
where x.grantee <> r.relowner
union all
select r.full_name, 'routine', null, x.grantee, x.privilege_type, x.is_grantable
from lint.routines r cross join lateral aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) x
where x.grantee <> r.proowner;
comment on view lint.privileges is 'What anyone but the owner of an object holds on it, read from the access lists.';

create view lint.grant_options as
select format('%s on %s', p.privilege_type, p.object) as object,
  'may be passed on by ' || case when p.grantee = 0 then 'PUBLIC' else pg_get_userbyid(p.grantee)::text end as problem
from lint.privileges p where p.is_grantable;
comment on view lint.grant_options is 'No privilege carries a grant option.';

grant select on all tables in schema lint to public;
