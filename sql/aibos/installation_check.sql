-- Guarantee: a trigger, policy, constraint, index, table or grant of the fabric that differs from what the installation
--   left shows.
-- How: the installation records a hash of each; the check computes it anew. Rights given to roles of your own on our tables are
--   not part of it: the isolation and the immutability checks look at those.
-- Raises: nothing
-- Proved by: pgtap/aibos/installation_check.sql

-- A function, since what the catalog prints depends on the search_path of who asks; here it is pinned.
create or replace function aibos.current_objects()
returns table (kind text, object text, sha256 text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $function$
  with relation as (
    select c.oid, c.oid::regclass::text as name, c.relkind, c.relpersistence, c.relowner, c.relacl, c.reloptions, c.relrowsecurity,
      c.relforcerowsecurity
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('aibos', 'kernel', 'config', 'finance') and c.relkind in ('r', 'p', 'v')
  ), acl as (
    select r.name as object, '' as part, x.grantee, x.privilege_type, x.is_grantable
    from relation r cross join lateral aclexplode(r.relacl) x where x.grantee <> r.relowner
    union all
    select r.name, a.attname, x.grantee, x.privilege_type, x.is_grantable
    from relation r
    join pg_attribute a on a.attrelid = r.oid
    cross join lateral aclexplode(a.attacl) x
    union all
    select p.oid::regprocedure::text, '', x.grantee, x.privilege_type, x.is_grantable
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
    where n.nspname in ('aibos', 'kernel', 'config', 'finance') and x.grantee <> p.proowner
      and not exists (
        select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
      )
    union all
    select n.nspname, '', x.grantee, x.privilege_type, x.is_grantable
    from pg_namespace n cross join lateral aclexplode(n.nspacl) x
    where n.nspname in ('aibos', 'kernel', 'config', 'finance') and x.grantee <> n.nspowner
  ), definition as (
    select 'trigger' as kind, t.tgname || ' on ' || r.name as object, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text as text
    from pg_trigger t join relation r on r.oid = t.tgrelid
    where not t.tgisinternal
    union all
    select 'policy', p.polname || ' on ' || r.name, concat_ws(' ', p.polcmd, p.polpermissive,
      array(select role::regrole::text from unnest(p.polroles) as role order by 1)::text,
      pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
    from pg_policy p join relation r on r.oid = p.polrelid
    union all
    -- A foreign key is enforced by triggers of its own, which a superuser may disable.
    select 'constraint', k.conname || ' on ' || r.name, concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated,
      (select string_agg(distinct t.tgenabled::text, '') from pg_trigger t where t.tgconstraint = k.oid))
    from pg_constraint k join relation r on r.oid = k.conrelid
    where k.contype in ('c', 'f', 'p', 'u', 'x')
    union all
    select 'constraint', k.conname || ' on domain ' || k.contypid::regtype::text, concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated)
    from pg_constraint k
    join pg_namespace n on n.oid = k.connamespace
    where k.contypid <> 0 and k.contype = 'c' and n.nspname in ('aibos', 'kernel', 'config', 'finance')
    union all
    select 'index', i.indexrelid::regclass::text, concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisunique, i.indisvalid)
    from pg_index i join relation r on r.oid = i.indrelid
    union all
    select 'schema', n.nspname::text, pg_get_userbyid(n.nspowner)::text
    from pg_namespace n where n.nspname in ('aibos', 'kernel', 'config', 'finance')
    union all
    select 'default', concat_ws(' ', pg_get_userbyid(d.defaclrole), d.defaclobjtype, d.defaclnamespace::regnamespace),
      array(select concat_ws(' ', x.grantee::regrole, x.privilege_type) from aclexplode(d.defaclacl) x order by 1)::text
    from pg_default_acl d
    where pg_get_userbyid(d.defaclrole) in ('aibos_owner', 'aibos_guard', 'aibos_poster', 'aibos_migration')
    union all
    select 'table', r.name, concat_ws(' ', r.relkind, r.relpersistence, pg_get_userbyid(r.relowner), r.relrowsecurity, r.relforcerowsecurity,
      case when r.relkind = 'v' then pg_get_viewdef(r.oid) end, array_to_string(r.reloptions, ' '),
      (select string_agg(w.rulename, ' ' order by w.rulename) from pg_rewrite w where w.ev_class = r.oid),
      (select string_agg(d.adnum || ' ' || pg_get_expr(d.adbin, d.adrelid), ',' order by d.adnum)
        from pg_attrdef d where d.adrelid = r.oid),
      (select string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull), ',' order by a.attname)
        from pg_attribute a where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped))
    from relation r
    union all
    select 'grants', a.object, string_agg(concat_ws(' ', a.part, a.privilege_type, a.is_grantable,
      case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee)::text end), ',' order by a.part, a.privilege_type,
      case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee)::text end)
    from acl a
    where a.grantee = 0 or pg_get_userbyid(a.grantee) in ('aibos_owner', 'aibos_guard', 'aibos_poster', 'aibos_kernel_role',
      'aibos_finance_role', 'aibos_config_role', 'aibos_admin', 'aibos_migration', 'aibos_monitor_role', 'aibos_auditor_role')
    group by a.object
  )
  select d.kind, d.object, encode(sha256(convert_to(d.text, 'UTF8')), 'hex') from definition d;
$function$;
comment on function aibos.current_objects() is
  'Every trigger, policy, constraint, index, table and grant of the fabric as it is now. Takes nothing; returns kind, object and the SHA-256 of its definition.';

create or replace procedure aibos.record_objects()
language sql
security invoker
set search_path = pg_catalog, pg_temp
begin atomic
  delete from aibos.installed_objects i
  where not exists (select from aibos.current_objects() c where c.kind = i.kind and c.object = i.object);
  insert into aibos.installed_objects (kind, object, sha256)
  select c.kind, c.object, c.sha256 from aibos.current_objects() c
  on conflict (kind, object) do update set sha256 = excluded.sha256 where installed_objects.sha256 <> excluded.sha256;
end;
comment on procedure aibos.record_objects() is
  'Records what every object of the fabric looks like now. Takes nothing; the last step of an installation.';

create or replace view aibos.v_installation_check with (security_invoker = true) as
select
  coalesce(c.kind, i.kind) as check_name,
  coalesce(c.object, i.object) as object,
  case when c.sha256 = i.sha256 then 'PASS' else 'FAIL' end as status,
  case
    when c.object is null then 'It was dropped.'
    when i.object is null then 'It was made after the installation.'
    when c.sha256 <> i.sha256 then 'It is not what the installation left.'
    else 'As the installation left it.'
  end as detail,
  'Replay the bundle, then find out who changed it.' as remediation
from aibos.current_objects() c
full join aibos.installed_objects i on i.kind = c.kind and i.object = c.object;
comment on view aibos.v_installation_check is
  'One row per trigger, policy, constraint, index, table and grant of the fabric: FAIL where it differs from what the installation left.';
comment on column aibos.v_installation_check.check_name is 'Kind of the object.';
comment on column aibos.v_installation_check.object is 'The object, with its table where it has one.';
comment on column aibos.v_installation_check.status is 'PASS or FAIL.';
comment on column aibos.v_installation_check.detail is 'What was found.';
comment on column aibos.v_installation_check.remediation is 'What to do about it.';
