-- Guarantee: what would undo tenant isolation shows as a row with status FAIL, read from the catalog and from nothing else.
-- How: for every tenant table its row security, policies, guards and grants; for every login what it can become; for the
--   database its settings.
-- Raises: nothing
-- Proved by: pgtap/aibos/isolation_check.sql

do $can_become$
begin
  -- Since PostgreSQL 16 a member may SET ROLE, inherit, or neither; before, every member can become the role.
  execute format($create$
    create or replace function aibos._can_become(p_login oid, p_role oid)
    returns boolean
    language sql
    stable
    parallel safe
    security invoker
    return %s
  $create$, case
    when current_setting('server_version_num')::integer >= 160000
      then $body$pg_catalog.pg_has_role(p_login, p_role, 'SET') or pg_catalog.pg_has_role(p_login, p_role, 'USAGE')$body$
    else $body$pg_catalog.pg_has_role(p_login, p_role, 'MEMBER')$body$
  end);
end
$can_become$;
comment on function aibos._can_become(oid, oid) is
  'Whether a login can act as a role, by SET ROLE or by inheritance. Takes two role oids; superusers can act as everyone.';

create or replace view aibos.v_tenant_tables with (security_invoker = true) as
select
  c.oid as table_oid,
  format('%I.%I', n.nspname, c.relname) as table_name,
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
        ~ ('^\(' || case
          when t.table_oid = to_regclass('kernel.tenants') then 'id'
          when exists (
            select from pg_catalog.pg_attribute a where a.attrelid = t.table_oid and a.attname = 'tenant_id' and not a.attisdropped
          ) then 'tenant_id'
          else '[a-z_]+'
        end || ' = \( SELECT ([a-z_]+\.)?current_tenant_id\(\) AS current_tenant_id\)\)$')
      -- Which function the text means is in the dependencies, not in the text.
      and array(
        select d.refobjid from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid
          and d.refclassid = 'pg_catalog.pg_proc'::regclass
      ) <@ array['aibos.current_tenant_id()'::regprocedure::oid],
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
        and pg_get_triggerdef(g.oid) ~ 'WHEN \(\(NOT (aibos\.)?is_fabric\(\)\)\) EXECUTE'
        and exists (
          select from pg_catalog.pg_depend d
          where d.classid = 'pg_trigger'::regclass and d.objid = g.oid and d.refclassid = 'pg_proc'::regclass
            and d.refobjid = 'aibos.is_fabric()'::regprocedure
        )
        -- tgtype bits: 2 before, 4 insert, 8 delete, 16 update, 32 truncate
        and g.tgtype::integer = 2 + 4 + 8 + 16 + 32
      or g.tgname = 't10_forbid_tenant_change' and f.proname = 'forbid_tenant_change'
        and pg_get_triggerdef(g.oid) ~ 'WHEN \(\(old\.[a-z_]+ IS DISTINCT FROM new\.[a-z_]+\)\) EXECUTE')
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
  from pg_catalog.pg_class c
  cross join lateral (
    select a.grantee, a.privilege_type, a.is_grantable from aclexplode(c.relacl) a
    union
    select a.grantee, a.privilege_type, a.is_grantable
    from pg_catalog.pg_attribute col, aclexplode(col.attacl) a where col.attrelid = c.oid
  ) x
  where c.oid = t.table_oid and x.grantee <> c.relowner
    and (x.privilege_type in ('TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN')
      or x.grantee = 0 or x.is_grantable
      -- On the fabric's own tables a role of the user's own reads at most: it writes as a member of a run-time role.
      or t.schema_name in ('aibos', 'kernel', 'config', 'finance') and x.privilege_type <> 'SELECT'
        and pg_get_userbyid(x.grantee) not in ('aibos_guard', 'aibos_poster', 'aibos_kernel_role', 'aibos_finance_role',
          'aibos_admin', 'aibos_migration')
      or t.is_partition and pg_get_userbyid(x.grantee) not in ('aibos_guard', 'aibos_poster'))
) g on true
union all
select
  'tenant_in_foreign_key',
  own.table_name || ' ' || k.conname,
  case when exists (
    select from unnest(k.conkey, k.confkey) as pair (own, other)
    join pg_catalog.pg_attribute o on o.attrelid = k.conrelid and o.attnum = pair.own and o.attname = 'tenant_id'
    join pg_catalog.pg_attribute f on f.attrelid = k.confrelid and f.attnum = pair.other and f.attname = 'tenant_id'
  ) and k.confdeltype in ('a', 'r') and k.confupdtype in ('a', 'r') then 'PASS' else 'FAIL' end,
  'A foreign key between tenant tables carries tenant_id on both sides and does not cascade.',
  'Make it (tenant_id, …) references … (tenant_id, …) without cascade.'
from pg_catalog.pg_constraint k
join aibos.v_tenant_tables own on own.table_oid = k.conrelid
where k.contype = 'f'
  and exists (select from aibos.v_tenant_tables t where t.table_oid = k.confrelid)
union all
select
  'login_cannot_bypass',
  l.rolname::text,
  case when b.names is null then 'PASS' else 'FAIL' end,
  coalesce('It can act as: ' || b.names, 'It reaches no owner, no guard and no role beyond row security.'),
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
  r.reader,
  case when r.is_in_force then 'PASS' else 'FAIL' end,
  case when r.is_in_force then format('It is STABLE, belongs to aibos_owner and is %s.', r.form)
    else format('It is not %s, or not STABLE, or does not belong to aibos_owner.', r.form) end,
  'Replay the bundle, then find out who changed it.'
from aibos.context_readers() r
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
  'view_reads_as_caller',
  format('%I.%I', n.nspname, v.relname),
  case when d.is_ours or v.relkind = 'v' and coalesce(v.reloptions @> array['security_invoker=true'], false) then 'PASS' else 'FAIL' end,
  case
    when d.is_ours then 'It spans tenants by intent, shows counts, and only the monitor may read it.'
    when v.relkind = 'm' then 'A materialized view keeps rows of all tenants, and no policy covers them.'
    when coalesce(v.reloptions @> array['security_invoker=true'], false) then 'It reads with the rights of who asks.'
    else format('It reads tenant rows with the rights of %s.', pg_get_userbyid(v.relowner))
  end,
  format('alter view %I.%I set (security_invoker = true), or drop it', n.nspname, v.relname)
from pg_catalog.pg_class v
join pg_catalog.pg_namespace n on n.oid = v.relnamespace
cross join lateral (select n.nspname = 'kernel' and v.relname = 'v_tenant_health' as is_ours) d
where v.relkind in ('v', 'm') and n.nspname !~ '^(pg_|information_schema$)'
  -- Also through other views: an invoker view over one that is none reads as its owner.
  and exists (
    with recursive reads (oid) as (
      select v.oid
      union
      select dep.refobjid
      from reads
      join pg_catalog.pg_rewrite r on r.ev_class = reads.oid
      join pg_catalog.pg_depend dep on dep.classid = 'pg_catalog.pg_rewrite'::regclass and dep.objid = r.oid
        and dep.refclassid = 'pg_catalog.pg_class'::regclass
    )
    select from reads join aibos.v_tenant_tables t on t.table_oid = reads.oid
  )
union all
select distinct
  'publication',
  p.pubname::text,
  'FAIL',
  'It sends rows of all tenants, past every policy.',
  format('drop publication %I, or leave tenant tables out of it', p.pubname)
from pg_catalog.pg_publication p
where p.puballtables
  or exists (
    select from pg_catalog.pg_publication_rel r
    join aibos.v_tenant_tables t on t.table_oid = r.prrelid where r.prpubid = p.oid
  )
  or exists (
    select from pg_catalog.pg_publication_namespace s
    join pg_catalog.pg_namespace n on n.oid = s.pnnspid
    join aibos.v_tenant_tables t on t.schema_name = n.nspname where s.pnpubid = p.oid
  )
union all
select distinct
  'definer_grants',
  format('%I.%I(%s)', n.nspname, f.proname, pg_get_function_identity_arguments(f.oid)),
  'FAIL',
  format('%s may execute it.', case when x.grantee = 0 then 'PUBLIC' else pg_get_userbyid(x.grantee)::text end),
  'Revoke it: run-time logins get their rights as members of the fabric''s roles.'
from pg_catalog.pg_proc f
join pg_catalog.pg_namespace n on n.oid = f.pronamespace
cross join lateral aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) x
where n.nspname in ('aibos', 'kernel', 'config', 'finance') and f.prosecdef and x.grantee <> f.proowner
  and (x.grantee = 0 or pg_get_userbyid(x.grantee) not in ('aibos_owner', 'aibos_guard', 'aibos_poster', 'aibos_kernel_role',
    'aibos_finance_role', 'aibos_config_role', 'aibos_admin', 'aibos_migration', 'aibos_monitor_role', 'aibos_auditor_role'))
union all
select
  'table_owner',
  t.table_name,
  case when o.rolcanlogin and not o.rolsuper then 'FAIL' else 'PASS' end,
  format('It belongs to %s, %s.', o.rolname, case when o.rolcanlogin then 'which can log in' else 'which nobody can log in as' end),
  format('alter table %s owner to a role that nobody can log in as', t.table_name)
from aibos.v_tenant_tables t
join pg_catalog.pg_class c on c.oid = t.table_oid
join pg_catalog.pg_roles o on o.oid = c.relowner
union all
select
  'owner',
  format('%I.%I', n.nspname, c.relname),
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
  case when k.live is null then 'WARN' when k.is_read_signed then 'PASS' else 'FAIL' end,
  case
    when k.live is null then 'Degraded: unsigned, so any SQL of the application may name any tenant.'
    when k.is_read_signed then 'Signed; live keys: ' || k.live || '.'
    else 'Unsigned, although these keys are live: ' || k.live || '.'
  end,
  case when k.live is null or k.is_read_signed then 'Install a context key, and give it to the driver: aibos context-key install.'
    else 'Replay the bundle, then find out who changed the readers of the context.' end
from (
  select string_agg(s.key_id, ', ') as live, (select bool_and(r.is_in_force) from aibos.context_readers() r) as is_read_signed
  from aibos.context_key_states() s where s.is_live
) k
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
