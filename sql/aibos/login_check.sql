-- Guarantee: a login of an application that could do more than its one service needs shows as a row, with what to take away.
-- How: for every login that can act as a run-time role: its attributes, memberships, presets and parameters, and where it or
--   PUBLIC may create; for every foreign server: who gets through it.
-- Raises: nothing
-- Proved by: pgtap/aibos/login_check.sql

create or replace view aibos.v_application_roles with (security_invoker = true) as
with run_time (role_oid) as (
  select r.oid from pg_catalog.pg_roles r
  where r.rolname in ('aibos_kernel_role', 'aibos_finance_role', 'aibos_config_role', 'aibos_admin', 'aibos_auditor_role')
), logins (role_oid) as (
  select l.oid from pg_catalog.pg_roles l
  where l.rolcanlogin and not l.rolsuper and exists (select from run_time t where aibos._can_become(l.oid, t.role_oid))
)
select r.oid as role_oid, r.rolname::text as role_name, exists (select from logins l where l.role_oid = r.oid) as is_login
from pg_catalog.pg_roles r
where r.oid in (select t.role_oid from run_time t)
  or exists (select from logins l where aibos._can_become(l.role_oid, r.oid));
comment on view aibos.v_application_roles is
  'Every role that an application can act as: the run-time roles, the logins that can act as one, and whatever else those can act as. Superusers and logins of aibos_migration or aibos_monitor_role alone are none.';
comment on column aibos.v_application_roles.role_oid is 'The role.';
comment on column aibos.v_application_roles.role_name is 'Its name.';
comment on column aibos.v_application_roles.is_login is 'Whether it is a login that can act as a run-time role.';

create or replace view aibos.v_login_check with (security_invoker = true) as
with applications as materialized (
  select a.role_oid, a.role_name, a.is_login from aibos.v_application_roles a
), grantees (role_oid, role_name) as materialized (
  select 0::oid, 'PUBLIC' union all select a.role_oid, a.role_name from applications a
), presets as (
  select
    coalesce(r.rolname::text, 'all roles') || ' in ' || coalesce(d.datname::text, 'all databases') as object,
    split_part(s.setting, '=', 1) as name,
    substr(s.setting, strpos(s.setting, '=') + 1) as value
  from pg_catalog.pg_db_role_setting x
  left join pg_catalog.pg_roles r on r.oid = x.setrole
  left join pg_catalog.pg_database d on d.oid = x.setdatabase
  cross join lateral unnest(x.setconfig) as s (setting)
  where (x.setdatabase = 0 or d.datname = current_database()) and coalesce(not r.rolsuper, true)
), created_in (schema_oid, schema_name, role_name) as (
  select n.oid, n.nspname::text, g.role_name
  from pg_catalog.pg_namespace n
  cross join lateral aclexplode(n.nspacl) x
  join grantees g on g.role_oid = x.grantee
  where x.privilege_type = 'CREATE' and x.grantee <> n.nspowner and n.nspname !~ '^pg_(toast_)?temp_'
), found (check_name, object, status, detail, remediation) as (
  -- Literals say their type: without one a restored dump would call the columns otherwise.
  select
    'login_attributes'::text, l.rolname::text,
    case when a.role_oid is null then 'WARN' else 'FAIL' end,
    'It may replicate: that streams the rows of every tenant, past every policy.'::text,
    format('alter role %I noreplication; keep a login of its own for replicas and backups', l.rolname)
  from pg_catalog.pg_roles l
  left join applications a on a.role_oid = l.oid and a.is_login
  where l.rolcanlogin and not l.rolsuper
    and exists (select from pg_catalog.pg_roles r where r.rolreplication and not r.rolsuper and aibos._can_become(l.oid, r.oid))
  union all
  select
    'login_attributes'::text, a.role_name, 'FAIL'::text,
    'It may create roles, and so make logins that no review has seen.'::text,
    format('alter role %I nocreaterole', a.role_name)
  from applications a
  join pg_catalog.pg_roles r on r.oid = a.role_oid
  where a.is_login and r.rolcreaterole
  union all
  select
    'login_roles'::text, l.rolname::text,
    case when 'aibos_migration' = any (s.names) then 'FAIL' else 'WARN' end,
    format('It can act as several: %s.', array_to_string(s.shown, ', ')),
    format('One login per service: revoke all but one of these from %I.', l.rolname)
  from pg_catalog.pg_roles l
  cross join lateral (
    select
      array_agg(r.rolname order by r.rolname) as names,
      array_agg(r.rolname || case when pg_has_role(l.oid, r.oid, 'USAGE') then ' (inherited)' else ' (by SET ROLE)' end
        order by r.rolname) as shown
    from pg_catalog.pg_roles r
    where r.rolname in ('aibos_kernel_role', 'aibos_finance_role', 'aibos_config_role', 'aibos_admin', 'aibos_auditor_role',
        'aibos_migration', 'aibos_monitor_role')
      and aibos._can_become(l.oid, r.oid)
  ) s
  where l.rolcanlogin and not l.rolsuper and cardinality(s.names) > 1
  union all
  select
    'login_may_grant'::text, a.role_name, 'FAIL'::text,
    format('It may grant %s to whom it likes, itself included.', string_agg(r.rolname, ', ' order by r.rolname)),
    format('revoke admin option for these from %I', a.role_name)
  from applications a
  join pg_catalog.pg_roles r on r.rolname ~ '^aibos_' and pg_has_role(a.role_oid, r.oid, 'MEMBER WITH ADMIN OPTION')
  where a.is_login
  group by a.role_name
  union all
  select
    'login_settings'::text, p.object,
    case when p.name ~ 'preload_libraries$' then 'WARN' else 'FAIL' end,
    case
      when p.name ~ 'preload_libraries$' then format('Code is loaded into its sessions: %s=%s.', p.name, p.value)
      when p.name = 'search_path' and q.creators is null then format('Other names stand before those of the system: %s.', p.value)
      when p.name = 'search_path' then format('Names are looked up where %s may create: %s.', q.creators, p.value)
      else format('%s=%s takes away checks of rights.', p.name, p.value)
    end,
    format('alter role … reset %s, or alter database … reset %1$s', p.name)
  from presets p
  cross join lateral (
    select
      min(e.place) filter (where e.name = 'pg_catalog') > 1 as hides_system,
      string_agg(distinct c.role_name || ' in ' || c.schema_name, ', ') as creators
    from regexp_split_to_table(p.value, '\s*,\s*') with ordinality as t (quoted, place)
    cross join lateral (select btrim(t.quoted, '" ') as name, t.place) e
    left join created_in c on c.schema_name = e.name
    where p.name = 'search_path'
  ) q
  where p.name in ('session_preload_libraries', 'local_preload_libraries') and p.value !~ '^["\s]*$'
    or p.name = 'lo_compat_privileges' and p.value ~* '^(on|true|yes|1)$'
    or p.name = 'search_path' and (q.hides_system or q.creators is not null)
  union all
  select
    'parameter_grants'::text, coalesce(r.rolname::text, 'PUBLIC'), 'FAIL'::text,
    format('It may %s %s.', case x.privilege_type when 'SET' then 'set' else 'ALTER SYSTEM set' end, p.parname),
    format('revoke %s on parameter %s from %s', lower(x.privilege_type), p.parname, coalesce(quote_ident(r.rolname), 'public'))
  from pg_catalog.pg_parameter_acl p
  cross join lateral aclexplode(p.paracl) x
  left join pg_catalog.pg_roles r on r.oid = x.grantee
  where coalesce(not r.rolsuper, true)
    and (x.privilege_type = 'ALTER SYSTEM'
      or p.parname in ('session_replication_role', 'lo_compat_privileges', 'allow_system_table_mods', 'session_preload_libraries',
        'dynamic_library_path', 'zero_damaged_pages', 'ignore_system_indexes'))
  union all
  select
    'create_right'::text, 'schema ' || quote_ident(c.schema_name), 'FAIL'::text,
    format('%s may create in it: names of its own could be taken for those of others.', string_agg(distinct c.role_name, ', ')),
    format('revoke create on schema %I from these', c.schema_name)
  from created_in c
  group by c.schema_name
  union all
  select
    'create_right'::text, 'schema ' || quote_ident(n.nspname), 'WARN'::text,
    format('It belongs to %s, which an application can act as.', a.role_name),
    format('alter schema %I owner to a role that no application can act as', n.nspname)
  from pg_catalog.pg_namespace n
  join applications a on a.role_oid = n.nspowner
  where n.nspname !~ '^pg_(toast_)?temp_'
  union all
  select
    'create_right'::text, 'database ' || quote_ident(d.datname),
    case x.privilege_type when 'CREATE' then 'FAIL' else 'WARN' end,
    case x.privilege_type
      when 'CREATE' then format('%s may create schemas in it.', g.role_name)
      else format('%s may make temporary tables, whose names come before all others.', g.role_name)
    end,
    format('revoke %s on database %I from %s', lower(x.privilege_type), d.datname, case x.grantee when 0 then 'public' else quote_ident(g.role_name) end)
  from pg_catalog.pg_database d
  cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x
  join grantees g on g.role_oid = x.grantee
  where d.datname = current_database() and x.privilege_type in ('CREATE', 'TEMPORARY') and x.grantee <> d.datdba
  union all
  select
    'foreign_access'::text, 'server ' || quote_ident(s.srvname),
    case when w.names is null then 'WARN' else 'FAIL' end,
    coalesce('Usable by ' || w.names || ': what is read there is another session, perhaps of another role.',
      'It exists; no application has USAGE on it or a mapping.'),
    format('drop server %I, or revoke usage on it and drop the mappings', s.srvname)
  from pg_catalog.pg_foreign_server s
  left join lateral (
    select string_agg(distinct g.role_name, ', ') as names
    from grantees g
    where exists (
        select from aclexplode(coalesce(s.srvacl, acldefault('S', s.srvowner))) x where x.grantee = g.role_oid
      )
      or exists (select from pg_catalog.pg_user_mappings m where m.srvid = s.oid and m.umuser = g.role_oid)
  ) w on true
  union all
  select
    'foreign_access'::text, 'wrapper ' || quote_ident(w.fdwname), 'FAIL'::text,
    format('%s may make servers of it.', string_agg(distinct g.role_name, ', ')),
    format('revoke usage on foreign data wrapper %I from these', w.fdwname)
  from pg_catalog.pg_foreign_data_wrapper w
  cross join lateral aclexplode(coalesce(w.fdwacl, acldefault('F', w.fdwowner))) x
  join grantees g on g.role_oid = x.grantee
  group by w.fdwname
  union all
  select
    'foreign_access'::text, format('table %I.%I', n.nspname, c.relname), 'FAIL'::text,
    format('%s has rights on it, and no policy covers a foreign table.', string_agg(distinct g.role_name, ', ')),
    format('revoke all on %I.%I from these', n.nspname, c.relname)
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
  join grantees g on g.role_oid = x.grantee
  where c.relkind = 'f'
  group by n.nspname, c.relname
)
select f.check_name, f.object, f.status, f.detail, f.remediation from found f
union all
select l.check_name, 'every login', 'PASS', l.detail, 'Nothing to do.'
from (values
  ('login_attributes', 'None replicates, and none of an application creates roles.'),
  ('login_roles', 'None can act as more than one run-time role.'),
  ('login_may_grant', 'None of an application can pass a role on.'),
  ('login_settings', 'No preset loads code, takes away checks or leads names astray.'),
  ('parameter_grants', 'Nobody but superusers may set what switches guards off.'),
  ('create_right', 'No application may create schemas, objects in them or temporary tables.'),
  ('foreign_access', 'There is no foreign server to get through.')
) as l (check_name, detail)
where not exists (select from found f where f.check_name = l.check_name);
comment on view aibos.v_login_check is
  'What logins of applications could do beyond their service: check_name, object, status (PASS, WARN, FAIL), detail, remediation. A check that found nothing is one row PASS. Read from the catalog at the moment of asking.';
comment on column aibos.v_login_check.check_name is 'What was checked.';
comment on column aibos.v_login_check.object is 'Login, schema, server or preset it was found on.';
comment on column aibos.v_login_check.status is 'PASS, WARN or FAIL.';
comment on column aibos.v_login_check.detail is 'What was found.';
comment on column aibos.v_login_check.remediation is 'What to do about it.';
