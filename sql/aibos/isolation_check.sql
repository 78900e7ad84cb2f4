-- Guarantee: what would undo tenant isolation shows as a row with status FAIL, read from the catalog and from nothing else.
-- How: for every tenant table its row security, policies, guards and grants; for every login what it can become; for the
--   database its settings.
-- Raises: nothing
-- Proved by: pgtap/aibos/isolation_check.sql

do $can_become$
begin
  -- Since PostgreSQL 16 membership and the right to SET ROLE are two things; before, one.
  execute format($create$
    create or replace function aibos._can_become(p_login oid, p_role oid)
    returns boolean
    language sql
    stable
    parallel safe
    security invoker
    return pg_catalog.pg_has_role(p_login, p_role, %L)
  $create$, case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end);
end
$can_become$;
comment on function aibos._can_become(oid, oid) is
  'Whether a login can SET ROLE to a role. Takes two role oids; superusers can become everyone.';

create or replace view aibos.v_tenant_tables with (security_invoker = true) as
select
  c.oid as table_oid,
  c.oid::regclass::text as table_name,
  n.nspname as schema_name,
  c.relrowsecurity as has_row_security,
  c.relforcerowsecurity as has_forced_row_security,
  c.relispartition as is_partition,
  c.relkind
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
  and n.nspname !~ '^(pg_|information_schema$)'
  and c.relpersistence <> 't'
  and (
    exists (
      select from pg_catalog.pg_attribute a
      where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped and a.attnum > 0
    )
    or exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polname = 'tenant_isolation')
  );
comment on view aibos.v_tenant_tables is
  'Every table with a tenant_id column or the tenant policy, in whatever schema, with its row security.';
comment on column aibos.v_tenant_tables.table_oid is 'The table.';
comment on column aibos.v_tenant_tables.table_name is 'Its name, with the schema.';
comment on column aibos.v_tenant_tables.schema_name is 'Its schema.';
comment on column aibos.v_tenant_tables.has_row_security is 'Whether row security is enabled.';
comment on column aibos.v_tenant_tables.has_forced_row_security is 'Whether it is forced on the owner too.';
comment on column aibos.v_tenant_tables.is_partition is 'Whether it is a partition.';
comment on column aibos.v_tenant_tables.relkind is 'r for a table, p for a partitioned table.';

create or replace view aibos.v_tenant_isolation_check with (security_invoker = true) as
select
  'row_security_forced'::text as check_name,
  t.table_name as object,
  case when t.has_row_security and t.has_forced_row_security then 'PASS' else 'FAIL' end as status,
  case
    when not t.has_row_security then 'Row security is off.'
    when not t.has_forced_row_security then 'The owner is not bound by row security.'
    else 'Row security is enabled and forced.'
  end as detail,
  format('call aibos.isolate_tenant(%L);', t.table_name) as remediation
from aibos.v_tenant_tables t
union all
select
  'tenant_policy',
  t.table_name,
  case when p.is_sound then 'PASS' else 'FAIL' end,
  case
    when p.is_sound is null then 'There is no policy tenant_isolation.'
    when p.is_sound then 'The one tenant policy filters and checks every row.'
    else format('The policy reads %s and checks %s, for %s.', p.using_text, p.check_text, p.roles)
  end,
  format('call aibos.isolate_tenant(%L);', t.table_name)
from aibos.v_tenant_tables t
left join lateral (
  select
    pg_get_expr(p.polqual, p.polrelid) as using_text,
    pg_get_expr(p.polwithcheck, p.polrelid) as check_text,
    array(select r::regrole::text from unnest(p.polroles) r order by 1)::text as roles,
    coalesce(
      p.polcmd = '*' and p.polpermissive and not 0 = any (p.polroles)
      and pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid)
      and pg_get_expr(p.polqual, p.polrelid)
        ~ '^\([a-z_]+ = \( SELECT (aibos\.)?current_tenant_id\(\) AS current_tenant_id\)\)$',
      false) as is_sound
  from pg_catalog.pg_policy p
  where p.polrelid = t.table_oid and p.polname = 'tenant_isolation'
) p on true
union all
select
  'other_policies',
  t.table_name,
  case when p.names is null then 'PASS' else 'FAIL' end,
  coalesce('Widened for others than the fabric''s own roles by: ' || p.names, 'No other policy admits an application role.'),
  'Drop the policy: access for applications goes through tenant_isolation alone.'
from aibos.v_tenant_tables t
left join lateral (
  select string_agg(p.polname, ', ' order by p.polname) as names
  from pg_catalog.pg_policy p
  where p.polrelid = t.table_oid and p.polname <> 'tenant_isolation' and p.polpermissive
    and exists (
      select from unnest(p.polroles) r
      where r = 0 or pg_get_userbyid(r) not in ('aibos_guard', 'aibos_poster', 'aibos_owner')
    )
) p on true
union all
select
  'write_guard',
  t.table_name,
  case when g.found = 2 then 'PASS' else 'FAIL' end,
  case when g.found = 2
    then 'Writes are refused without a tenant, and rows stay with theirs.'
    else 'A guard is missing or not ENABLE ALWAYS.' end,
  format('call aibos.isolate_tenant(%L);', t.table_name)
from aibos.v_tenant_tables t
cross join lateral (
  select count(*) as found
  from pg_catalog.pg_trigger g
  join pg_catalog.pg_proc f on f.oid = g.tgfoid
  join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace
  where g.tgrelid = t.table_oid and g.tgenabled = 'A' and fn.nspname = 'aibos'
    and (g.tgname = 't20_assert_tenant' and f.proname = 'assert_tenant_may_write'
      or g.tgname = 't10_forbid_tenant_change' and f.proname = 'forbid_tenant_change')
) g
union all
select
  'grants',
  t.table_name,
  case when g.bad is null then 'PASS' else 'FAIL' end,
  coalesce('Too much: ' || g.bad, 'Nobody but the owner may truncate it, hang triggers on it or pass rights on.'),
  format('revoke the privileges named from these roles on %s', t.table_name)
from aibos.v_tenant_tables t
left join lateral (
  select string_agg(format('%s for %s', x.privilege_type,
    case when x.grantee = 0 then 'PUBLIC' else pg_get_userbyid(x.grantee)::text end), ', ') as bad
  from pg_catalog.pg_class c, aclexplode(c.relacl) x
  where c.oid = t.table_oid and x.grantee <> c.relowner
    and (x.privilege_type in ('TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN')
      or x.grantee = 0 or x.is_grantable
      or t.is_partition and pg_get_userbyid(x.grantee) not in ('aibos_guard', 'aibos_poster'))
) g on true
union all
select
  'tenant_in_foreign_key',
  k.conrelid::regclass::text || ' ' || k.conname,
  case when exists (
    select from unnest(k.conkey, k.confkey) as pair (own, other)
    join pg_catalog.pg_attribute o on o.attrelid = k.conrelid and o.attnum = pair.own and o.attname = 'tenant_id'
    join pg_catalog.pg_attribute f on f.attrelid = k.confrelid and f.attnum = pair.other and f.attname = 'tenant_id'
  ) and k.confdeltype in ('a', 'r') and k.confupdtype in ('a', 'r') then 'PASS' else 'FAIL' end,
  'A foreign key between tenant tables carries tenant_id on both sides and does not cascade.',
  'Make it (tenant_id, …) references … (tenant_id, …) without cascade.'
from pg_catalog.pg_constraint k
where k.contype = 'f'
  and exists (select from aibos.v_tenant_tables t where t.table_oid = k.conrelid)
  and exists (select from aibos.v_tenant_tables t where t.table_oid = k.confrelid)
union all
select
  'login_cannot_bypass',
  l.rolname::text,
  case when b.names is null then 'PASS' else 'FAIL' end,
  coalesce('By SET ROLE it becomes: ' || b.names, 'It reaches no owner, no guard and no role beyond row security.'),
  format('revoke these roles from %I', l.rolname)
from pg_catalog.pg_roles l
left join lateral (
  select string_agg(r.rolname, ', ' order by r.rolname) as names
  from pg_catalog.pg_roles r
  where aibos._can_become(l.oid, r.oid)
    and (r.rolsuper or r.rolbypassrls
      or r.rolname in ('aibos_owner', 'aibos_guard', 'aibos_poster', 'pg_execute_server_program',
        'pg_read_server_files', 'pg_write_server_files', 'pg_write_all_data', 'pg_read_all_data'))
) b on true
where l.rolcanlogin and not l.rolsuper
union all
select
  'superuser_login',
  l.rolname::text,
  'WARN',
  'A superuser is bound by no policy; what it changes becomes evident later, not impossible now.',
  'Keep it for administration; never give it to a service.'
from pg_catalog.pg_roles l
where l.rolcanlogin and l.rolsuper
union all
select
  'login_could_grant_itself',
  l.rolname::text,
  'WARN',
  'It can grant itself an owning role: ' || case
    when current_setting('server_version_num')::integer < 160000 then 'on PostgreSQL 15 every CREATEROLE login can.'
    else 'it holds ADMIN on it.' end,
  'Keep this login for installing, apart from services.'
from pg_catalog.pg_roles l
where l.rolcanlogin and not l.rolsuper
  and case
    when current_setting('server_version_num')::integer < 160000 then l.rolcreaterole
    else pg_has_role(l.oid, 'aibos_owner', 'MEMBER WITH ADMIN OPTION')
      or pg_has_role(l.oid, 'aibos_guard', 'MEMBER WITH ADMIN OPTION')
      or pg_has_role(l.oid, 'aibos_poster', 'MEMBER WITH ADMIN OPTION')
  end
union all
select
  'preset_context',
  coalesce(r.rolname::text, 'all roles') || ' in ' || coalesce(d.datname::text, 'all databases'),
  'FAIL',
  'A default is set: ' || s.setting,
  'alter role … reset / alter database … reset that setting'
from pg_catalog.pg_db_role_setting x
left join pg_catalog.pg_roles r on r.oid = x.setrole
left join pg_catalog.pg_database d on d.oid = x.setdatabase
cross join lateral unnest(x.setconfig) as s (setting)
where (x.setdatabase = 0 or d.datname = current_database())
  and s.setting ~* '^(app\.|row_security=|role=|session_replication_role=)'
union all
select
  'context_function',
  'aibos.current_tenant_id()',
  case when p.provolatile = 's' and not p.prosecdef and pg_get_userbyid(p.proowner) = 'aibos_owner'
    and p.proconfig @> array['search_path=pg_catalog, pg_temp'] then 'PASS' else 'FAIL' end,
  'It is STABLE, runs as its caller, has a pinned search_path and belongs to aibos_owner.',
  'Replay the bundle.'
from pg_catalog.pg_proc p
where p.oid = 'aibos.current_tenant_id()'::regprocedure
union all
select
  'routine_unchanged',
  coalesce(f.routine, g.routine),
  case when f.sha256 = g.sha256 then 'PASS' else 'FAIL' end,
  case
    when f.routine is null then 'It was dropped.'
    when g.routine is null then 'It was made after the installation.'
    when f.sha256 <> g.sha256 then 'It is not what the installation left.'
    else 'As the installation left it.'
  end,
  'Replay the bundle, then find out who changed it.'
from aibos.routine_fingerprints() f
full join aibos.guard_fingerprints g on g.routine = f.routine
union all
select
  'owner',
  c.oid::regclass::text,
  case when pg_get_userbyid(c.relowner) in ('aibos_owner', 'aibos_guard') then 'PASS' else 'FAIL' end,
  format('It belongs to %s.', pg_get_userbyid(c.relowner)),
  format('alter table %s owner to aibos_owner', c.oid::regclass)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('aibos', 'kernel', 'config', 'finance') and c.relkind in ('r', 'p', 'v')
union all
select
  'context_signed',
  'aibos.current_tenant_id()',
  'WARN',
  'Unsigned: any SQL of the application may name any tenant.',
  'Treat every path of SQL injection as a path between tenants until a context key is installed.'
union all
select
  'server_release',
  current_setting('server_version'),
  case when current_setting('server_version_num')::integer >= floor.release then 'PASS' else 'WARN' end,
  'Releases before ' || floor.name || ' have known faults in row security.',
  'Update to the newest minor release.'
from (
  select case current_setting('server_version_num')::integer / 10000
      when 15 then 150020 when 16 then 160016 when 17 then 170012 when 18 then 180007 else 0 end as release,
    case current_setting('server_version_num')::integer / 10000
      when 15 then '15.20' when 16 then '16.16' when 17 then '17.12' when 18 then '18.7' else 'none' end as name
) floor;
comment on view aibos.v_tenant_isolation_check is
  'One row per thing that tenant isolation rests on: check_name, object, status (PASS, WARN, FAIL), detail, remediation. Read from the catalog at the moment of asking.';
comment on column aibos.v_tenant_isolation_check.check_name is 'What was checked.';
comment on column aibos.v_tenant_isolation_check.object is 'Table, key, login or setting it was checked on.';
comment on column aibos.v_tenant_isolation_check.status is 'PASS, WARN or FAIL.';
comment on column aibos.v_tenant_isolation_check.detail is 'What was found.';
comment on column aibos.v_tenant_isolation_check.remediation is 'What to do about it.';
