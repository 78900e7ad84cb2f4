-- Everything the fabric put into this database, one line of text per row, in an order of names alone.
-- Read from the catalog, without what differs between PostgreSQL 15 and 18 or between two installations.
-- The caller sets search_path to pg_catalog first, so that every name is printed with its schema.

with our_role as (
  select r.oid, r.rolname from pg_roles r
  where r.rolname in ('aibos_owner', 'aibos_guard', 'aibos_poster', 'aibos_kernel_role', 'aibos_finance_role',
    'aibos_config_role', 'aibos_admin', 'aibos_migration', 'aibos_monitor_role', 'aibos_auditor_role')
), ours as (
  select n.oid, n.nspname, n.nspowner, n.nspacl
  from pg_namespace n
  where n.nspname in ('aibos', 'kernel', 'config', 'finance')
), of_extension as (
  select d.classid, d.objid from pg_depend d where d.deptype = 'e'
), relation as (
  select c.oid, c.relkind, c.relname, c.relowner, c.relacl, c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
    c.relnamespace, c.reltype, c.oid::regclass::text as name
  from pg_class c
  join ours on ours.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')
    and not exists (select from of_extension x where x.classid = 'pg_class'::regclass and x.objid = c.oid)
), routine as (
  select p.oid, p.prokind, p.proowner, p.proacl, p.prosecdef, p.provolatile, p.proparallel, p.proisstrict,
    p.proleakproof, p.proconfig, p.prosrc, p.prolang,
    p.oid::regprocedure::text as name,
    -- These two are written for the major they are installed on.
    p.oid::regprocedure::text in ('aibos.uuid_v7()', 'aibos._can_become(oid,oid)') as depends_on_major
  from pg_proc p
  join ours on ours.oid = p.pronamespace
  where not exists (select from of_extension x where x.classid = 'pg_proc'::regclass and x.objid = p.oid)
), privilege as (
  select ours.nspname::text as name, 'schema ' as what, ours.nspowner as owner, null::text as column_name,
    x.grantee, x.privilege_type, x.is_grantable
  from ours cross join lateral aclexplode(ours.nspacl) x
  union all
  select r.name, case r.relkind when 'S' then 'sequence ' else '' end, r.relowner, null,
    x.grantee, x.privilege_type, x.is_grantable
  from relation r cross join lateral aclexplode(r.relacl) x
  union all
  select r.name, '', r.relowner, a.attname, x.grantee, x.privilege_type, x.is_grantable
  from relation r
  join pg_attribute a on a.attrelid = r.oid
  cross join lateral aclexplode(a.attacl) x
  union all
  select r.name, case r.prokind when 'p' then 'procedure ' else 'function ' end, r.proowner, null,
    x.grantee, x.privilege_type, x.is_grantable
  from routine r cross join lateral aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) x
), granted as (
  -- What the owner has is left out: it is all there is, and how much that is differs by major.
  select g.name, g.what, g.privileges, g.is_grantable,
    string_agg(g.grantee, ', ' order by g.grantee collate "C") as grantees
  from (
    select c.name, c.what, c.is_grantable,
      case when c.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(c.grantee)) end as grantee,
      string_agg(c.privilege, ', ' order by c.privilege collate "C") as privileges
    from (
      select p.name, p.what, p.grantee, p.is_grantable, lower(p.privilege_type)
        || coalesce(' (' || string_agg(p.column_name, ', ' order by p.column_name collate "C") || ')', '') as privilege
      from privilege p
      where p.grantee <> p.owner
      group by p.name, p.what, p.grantee, p.is_grantable, p.privilege_type, p.column_name is null
    ) c
    group by c.name, c.what, c.is_grantable, c.grantee
  ) g
  group by g.name, g.what, g.privileges, g.is_grantable
), line (section, name, part, position, text) as (
  select 1, r.rolname::text, 0, '', format('-- role %s: %s%s', r.rolname,
    case when r.rolcanlogin then 'login' else 'nologin' end,
    case when r.rolsuper then ', superuser' else '' end || case when r.rolbypassrls then ', bypassrls' else '' end
      || case when r.rolcreaterole then ', createrole' else '' end || case when r.rolcreatedb then ', createdb' else '' end
      || case when r.rolreplication then ', replication' else '' end)
  from pg_roles r
  join our_role on our_role.oid = r.oid
  union all
  select 1, r.rolname::text, 1, m.rolname::text, format('-- member: %s in %s', m.rolname, r.rolname)
  from pg_auth_members am
  join our_role r on r.oid = am.roleid
  join our_role m on m.oid = am.member

  union all
  select 2, o.nspname::text, 0, '', format('create schema %I authorization %I;', o.nspname, pg_get_userbyid(o.nspowner))
  from ours o
  union all
  select 2, '~', 0, e.extname::text, format('create extension %I with schema %I;', e.extname, e.extnamespace::regnamespace::text)
  from pg_extension e
  join ours on ours.oid = e.extnamespace
  union all
  select 2, '~~', 0, concat(pg_get_userbyid(d.defaclrole), d.defaclobjtype, ours.nspname),
    format('alter default privileges for role %I%s -- %s: %s', pg_get_userbyid(d.defaclrole),
      coalesce(' in schema ' || quote_ident(ours.nspname), ''), d.defaclobjtype,
      (select coalesce(string_agg(format('%s to %s', lower(x.privilege_type),
          case when x.grantee = 0 then 'public' else pg_get_userbyid(x.grantee)::text end), ', '
          order by x.privilege_type, x.grantee), 'nothing to anyone')
        from aclexplode(d.defaclacl) x where x.grantee <> d.defaclrole))
  from pg_default_acl d
  join our_role on our_role.oid = d.defaclrole
  left join ours on ours.oid = d.defaclnamespace

  union all
  select 3, t.oid::regtype::text, 0, '', format('create domain %s as %s%s;', t.oid::regtype, format_type(t.typbasetype, t.typtypmod),
    coalesce((select string_agg(format(' constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), '' order by k.conname collate "C")
      from pg_constraint k where k.contypid = t.oid and k.contype = 'c'), ''))
  from pg_type t
  join ours on ours.oid = t.typnamespace
  where t.typtype = 'd' and not exists (select from of_extension x where x.classid = 'pg_type'::regclass and x.objid = t.oid)
  union all
  select 3, t.oid::regtype::text, 1, '', format('alter domain %s owner to %I;', t.oid::regtype, pg_get_userbyid(t.typowner))
  from pg_type t
  join ours on ours.oid = t.typnamespace
  where t.typtype = 'd' and not exists (select from of_extension x where x.classid = 'pg_type'::regclass and x.objid = t.oid)
  union all
  select case r.relkind when 'c' then 3 when 'S' then 4 when 'v' then 6 else 5 end, r.name, 0, '',
    case r.relkind when 'c' then format('create type %s as (', r.name)
      when 'S' then format('create sequence %s;', r.name)
      when 'v' then format('create view %s (', r.name)
      when 'm' then format('create materialized view %s (', r.name)
      when 'f' then format('create foreign table %s (', r.name)
      else format('create table %s (', r.name) end
  from relation r
  union all
  select case r.relkind when 'c' then 3 when 'v' then 6 else 5 end, r.name, 1, to_char(a.attnum, 'FM00000'),
    format('  %I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
      coalesce(case when a.attgenerated <> '' then format(' generated always as (%s) stored', pg_get_expr(d.adbin, d.adrelid))
        else ' default ' || pg_get_expr(d.adbin, d.adrelid) end, ''),
      case a.attidentity when 'a' then ' generated always as identity' when 'd' then ' generated by default as identity' else '' end,
      case when a.attnotnull then ' not null' else '' end)
      || case when a.attnum = max(a.attnum) over (partition by r.oid) then '' else ',' end
  from relation r
  join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
  where r.relkind <> 'S'
  union all
  select case r.relkind when 'c' then 3 when 'v' then 6 else 5 end, r.name, 2, '',
    ')' || coalesce(' partition by ' || pg_get_partkeydef(r.oid), '') || coalesce(' with (' || array_to_string(r.reloptions, ', ') || ')', '')
      || case when r.relkind in ('v', 'm') then ' as' else ';' end
  from relation r
  where r.relkind <> 'S'
  union all
  select 6, r.name, 3, '', pg_get_viewdef(r.oid)
  from relation r
  where r.relkind in ('v', 'm')
  union all
  select case r.relkind when 'c' then 3 when 'S' then 4 when 'v' then 6 else 5 end, r.name, 4, '',
    format('alter %s %s owner to %I;',
      case r.relkind when 'c' then 'type' when 'S' then 'sequence' when 'v' then 'view' else 'table' end,
      r.name, pg_get_userbyid(r.relowner))
  from relation r

  union all
  select 5, r.name, 9, '',
    format('alter table %s attach partition %s %s;', i.inhparent::regclass, r.name, lower(pg_get_expr(c.relpartbound, c.oid)))
  from relation r
  join pg_class c on c.oid = r.oid and c.relispartition and c.relkind in ('r', 'p', 'f')
  join pg_inherits i on i.inhrelid = c.oid
  union all
  select 5, k.conrelid::regclass::text, 10, k.conname::text,
    format('alter table %s add constraint %I %s;', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
  from pg_constraint k
  join relation r on r.oid = k.conrelid
  where k.contype in ('c', 'f', 'p', 'u', 'x')
  union all
  select 5, i.indrelid::regclass::text, 11, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) || ';'
  from pg_index i
  join relation r on r.oid = i.indrelid
  where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  union all
  select 5, r.name, 12, '', format('alter table %s enable row level security%s;', r.name,
    case when r.relforcerowsecurity then ', force row level security' else '' end)
  from relation r
  where r.relrowsecurity
  union all
  select 5, p.polrelid::regclass::text, 13, p.polname::text,
    format('create policy %I on %s as %s for %s to %s%s%s;', p.polname, p.polrelid::regclass,
      case when p.polpermissive then 'permissive' else 'restrictive' end,
      case p.polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' else 'delete' end,
      (select string_agg(case when role = 0 then 'public' else quote_ident(pg_get_userbyid(role)) end, ', '
        order by pg_get_userbyid(role)::text collate "C") from unnest(p.polroles) as role),
      coalesce(' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', ''),
      coalesce(' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''))
  from pg_policy p
  join relation r on r.oid = p.polrelid
  union all
  select 5, t.tgrelid::regclass::text, 14, t.tgname::text, pg_get_triggerdef(t.oid) || ';'
    || case t.tgenabled when 'O' then '' when 'A' then ' -- enable always' when 'D' then ' -- DISABLED' else ' -- enable replica' end
  from pg_trigger t
  join relation r on r.oid = t.tgrelid
  where not t.tgisinternal
  union all
  select 5, r.ev_class::regclass::text, 15, r.rulename::text, pg_get_ruledef(r.oid)
  from pg_rewrite r
  join relation on relation.oid = r.ev_class
  where r.rulename <> '_RETURN'

  union all
  select 7, r.name, 0, '',
    format('-- %s %s(%s)%s', case r.prokind when 'p' then 'procedure' else 'function' end,
      split_part(r.name, '(', 1), pg_get_function_arguments(r.oid),
      coalesce(' returns ' || pg_get_function_result(r.oid), ''))
  from routine r
  union all
  select 7, r.name, 1, '', format('--   language %s, %s, parallel %s, security %s%s%s, owner %s, set %s, body %s',
    (select l.lanname from pg_language l where l.oid = r.prolang),
    case r.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    case r.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end,
    case when r.prosecdef then 'definer' else 'invoker' end,
    case when r.proisstrict then ', strict' else '' end, case when r.proleakproof then ', leakproof' else '' end,
    pg_get_userbyid(r.proowner), coalesce(array_to_string(r.proconfig, '; '), 'nothing'),
    case when r.depends_on_major then 'by major'
      else encode(sha256(convert_to(coalesce(pg_get_function_sqlbody(r.oid), r.prosrc), 'UTF8')), 'hex') end)
  from routine r

  union all
  select case g.what when 'schema ' then 2 when 'sequence ' then 4 when '' then case when v.relkind = 'v' then 6 else 5 end else 7 end,
    g.name, 20, '',
    format('grant %s on %s%s to %s%s;', g.privileges, g.what, g.name, g.grantees,
      case when g.is_grantable then ' with grant option' else '' end)
  from granted g
  left join relation v on v.name = g.name and g.what = ''
)
select l.text, l.section = 6 and l.part = 3 as is_view
from line l
order by l.section, l.name collate "C", l.part, l.position collate "C", l.text collate "C";
