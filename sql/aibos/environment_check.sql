-- Guarantee: what surrounds the guarantees and could undo them from outside shows as a row: settings of the server, ways out of
--   the database, and objects of others that read, write or rename beside the guards.
-- How: reads the catalog and the settings the server started with; what a monitor may not see is not guessed.
-- Raises: nothing
-- Proved by: pgtap/aibos/environment_check.sql

create or replace view aibos.v_environment_check with (security_invoker = true) as
with applications as materialized (
  select a.role_oid, a.role_name from aibos.v_application_roles a
), others as materialized (
  -- Routines that neither the system, nor the fabric, nor an extension brought.
  select
    p.oid, format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as name,
    p.proowner, p.prosecdef, p.proleakproof, p.prosrc, p.proconfig, l.lanname, l.lanpltrusted, l.lanispl,
    exists (
      select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
      where x.grantee = 0 or x.grantee <> p.proowner and x.grantee in (select a.role_oid from applications a)
    ) as is_reachable
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_language l on l.oid = p.prolang
  where n.nspname not in ('pg_catalog', 'information_schema', 'aibos', 'kernel', 'config', 'finance')
    and n.nspname !~ '^pg_(toast_)?temp_'
    and not exists (
      select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
), settings (name, status, is_bad, detail, remediation) as (
  values
    ('session_replication_role', 'FAIL', '^(replica|local)$', 'Foreign keys and ordinary triggers do not fire, in any session.', 'origin'),
    ('allow_system_table_mods', 'FAIL', '^on$', 'The catalog itself can be changed.', 'off'),
    ('lo_compat_privileges', 'FAIL', '^on$', 'Everyone may read and change every large object.', 'off'),
    ('row_security', 'WARN', '^off$', 'Sessions begin with row_security off: they get errors where rows would be filtered.', 'on'),
    ('fsync', 'WARN', '^off$', 'After a crash of the machine the database may be damaged.', 'on'),
    ('full_page_writes', 'WARN', '^off$', 'After a crash of the machine pages may be torn.', 'on'),
    ('synchronous_commit', 'WARN', '^off$', 'What was acknowledged in the last moments before a crash may be lost.', 'on'),
    ('max_prepared_transactions', 'WARN', '^[1-9]', 'A prepared transaction keeps its locks for as long as nobody ends it.', '0'),
    ('log_parameter_max_length_on_error', 'WARN', '^(-1|[1-9])', 'Values of failed statements are written to the log of the server.', '0')
), found (check_name, object, status, detail, remediation) as (
  -- Literals say their type: without one a restored dump would call the columns otherwise.
  select 'server_setting'::text, s.name, s.status, format('%s is %s. %s', s.name, g.reset_val, s.detail),
    format('alter system set %s = %s', s.name, s.remediation)
  from settings s
  join pg_catalog.pg_settings g on g.name = s.name and g.reset_val ~ s.is_bad
  union all
  select 'server_setting'::text, 'log_parameter_max_length'::text, 'WARN'::text,
    'Statements are logged with their values: the log holds rows of all tenants.'::text,
    'alter system set log_parameter_max_length = 0'::text
  from pg_catalog.pg_settings g
  where g.name = 'log_parameter_max_length' and g.reset_val <> '0'
    and exists (
      select from pg_catalog.pg_settings l
      where l.name = 'log_statement' and l.reset_val in ('mod', 'all')
        or l.name in ('log_min_duration_statement', 'log_min_duration_sample') and l.reset_val <> '-1'
        or l.name = 'log_transaction_sample_rate' and l.reset_val <> '0'
    )
  union all
  select 'extension'::text, e.extname::text, case when r.names is null then 'WARN' else 'FAIL' end,
    coalesce('An application may call ' || r.names || ', as another session or outside the database.',
      'It reaches outside the database; no application may call what does.'),
    format('drop extension %I, or revoke execute on its functions from public', e.extname)
  from pg_catalog.pg_extension e
  left join lateral (
    select string_agg(distinct p.proname, ', ') as names
    from pg_catalog.pg_depend d
    join pg_catalog.pg_proc p on p.oid = d.objid
    cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
    where d.classid = 'pg_catalog.pg_proc'::regclass and d.refclassid = 'pg_catalog.pg_extension'::regclass
      and d.refobjid = e.oid and d.deptype = 'e'
      and (x.grantee = 0 or x.grantee <> p.proowner and x.grantee in (select a.role_oid from applications a))
      and p.proname ~ '^(dblink($|_(connect|exec|open|send_query))|pg_file_|pg_logdir_ls|http)'
  ) r on true
  where e.extname in ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'http', 'pg_net', 'pg_read_file')
  union all
  select 'language'::text, l.lanname::text, case when exists (
      select from others o where o.lanname = l.lanname and o.is_reachable
    ) then 'FAIL' else 'WARN' end,
    coalesce('Applications may call functions that no right confines: ' || (
      select string_agg(o.name, ', ' order by o.name) from others o where o.lanname = l.lanname and o.is_reachable
    ), 'Its functions are confined by no right; no application may call one.'),
    format('drop language %I', l.lanname)
  from pg_catalog.pg_language l
  where l.lanispl and not l.lanpltrusted
  union all
  select 'large_objects'::text, 'lo_create'::text, 'WARN'::text,
    'Everyone may keep large objects, which know no tenant.'::text,
    'As a superuser: replay the bundle, or revoke execute on the lo_* functions from public.'::text
  from pg_catalog.pg_proc p
  cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
  where p.oid = 'pg_catalog.lo_create(oid)'::regprocedure and x.grantee = 0
  union all
  select 'large_objects'::text, 'pg_largeobject'::text, 'WARN'::text, format('There are %s large objects, and no policy covers them.', m.total),
    'Keep bytea in a tenant table, and lo_unlink these.'::text
  from (select count(*) as total from pg_catalog.pg_largeobject_metadata) m
  where m.total > 0
  union all
  select 'replication'::text, 'slot ' || s.slot_name, 'WARN'::text, 'It streams the rows of all tenants, past every policy.'::text,
    format('select pg_drop_replication_slot(%L), unless a reviewed receiver reads it', s.slot_name)
  from pg_catalog.pg_replication_slots s
  where s.slot_type = 'logical' and s.database = current_database()
  union all
  select 'replication'::text, 'subscription ' || quote_ident(s.subname),
    case when t.names is null then 'WARN' else 'FAIL' end,
    coalesce('It writes to ' || t.names || ' without the statement guards.', 'What it writes passes the statement guards by.'),
    format('drop subscription %I', s.subname)
  from pg_catalog.pg_subscription s
  join pg_catalog.pg_database d on d.oid = s.subdbid and d.datname = current_database()
  left join lateral (
    select string_agg(t.table_name, ', ' order by t.table_name) as names
    from pg_catalog.pg_subscription_rel r join aibos.v_tenant_tables t on t.table_oid = r.srrelid
    where r.srsubid = s.oid
  ) t on true
  union all
  select 'event_trigger'::text, e.evtname::text, 'WARN'::text, 'It is disabled: what it watched for goes unseen.'::text,
    format('alter event trigger %I enable, or drop it', e.evtname)
  from pg_catalog.pg_event_trigger e
  where e.evtenabled = 'D'
  union all
  select 'rule'::text, format('%s on %s', r.rulename, t.table_name), 'FAIL'::text,
    'A rule rewrites statements before any guard sees them.'::text,
    format('drop rule %I on %s', r.rulename, t.table_name)
  from pg_catalog.pg_rewrite r
  join aibos.v_tenant_tables t on t.table_oid = r.ev_class
  union all
  select 'inheritance'::text, i.inhrelid::regclass::text, 'FAIL'::text,
    format('It inherits from %s: a query of the parent reads its rows under the policies of the parent.', i.inhparent::regclass),
    format('alter table %s no inherit %s', i.inhrelid::regclass, i.inhparent::regclass)
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  where not c.relispartition and c.relkind in ('r', 'f')
    and exists (select from aibos.v_tenant_tables t where t.table_oid in (i.inhrelid, i.inhparent))
  union all
  select 'leakproof'::text, o.name, 'FAIL'::text,
    'It is called leakproof, so it sees rows before the policies have filtered them.'::text,
    format('alter function %s not leakproof', o.name)
  from others o
  where o.proleakproof
  union all
  select 'shadowing'::text, format('operator %s(%s, %s)', o.oprname, o.oprleft::regtype, o.oprright::regtype), 'WARN'::text,
    format('Schema %I has an operator of a name and types of the system''s own.', n.nspname),
    'Drop it, unless you know why it is there.'::text
  from pg_catalog.pg_operator o
  join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
  where n.nspname <> 'pg_catalog' and o.oprleft < 16384 and o.oprright < 16384
    and exists (
      select from pg_catalog.pg_operator s where s.oprnamespace = 'pg_catalog'::regnamespace and s.oprname = o.oprname
    )
    and not exists (
      select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_operator'::regclass and d.objid = o.oid and d.deptype = 'e'
    )
  union all
  select 'shadowing'::text, format('cast (%s as %s)', c.castsource::regtype, c.casttarget::regtype), 'WARN'::text,
    'It turns one type of the system into another where the system would not.'::text,
    format('drop cast (%s as %s)', c.castsource::regtype, c.casttarget::regtype)
  from pg_catalog.pg_cast c
  where c.oid >= 16384 and c.castsource < 16384 and c.casttarget < 16384
    and not exists (
      select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_cast'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
  union all
  select 'default_privileges'::text, format('%s of %s%s',
      case a.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas' end,
      pg_get_userbyid(a.defaclrole), coalesce(' in ' || quote_ident(n.nspname), '')),
    'FAIL'::text, format('What it will make is open to %s from the start: %s.', coalesce(g.role_name, 'PUBLIC'), string_agg(x.privilege_type, ', ')),
    format('alter default privileges for role %I%s revoke these', pg_get_userbyid(a.defaclrole), coalesce(' in schema ' || quote_ident(n.nspname), ''))
  from pg_catalog.pg_default_acl a
  left join pg_catalog.pg_namespace n on n.oid = a.defaclnamespace
  cross join lateral aclexplode(a.defaclacl) x
  left join applications g on g.role_oid = x.grantee
  where (x.grantee = 0 or g.role_oid is not null) and x.grantee <> a.defaclrole
    -- The fabric's own roles revoke EXECUTE and nothing else; types are usable by all on any server.
    and a.defaclobjtype in ('r', 'S', 'f', 'n')
  group by a.defaclobjtype, a.defaclrole, n.nspname, g.role_name
  union all
  select 'default_privileges'::text, 'functions of ' || c.rolname, 'FAIL'::text,
    'Every function it will make is executable by PUBLIC.'::text,
    format('alter default privileges for role %I revoke execute on functions from public', c.rolname)
  from pg_catalog.pg_roles c
  where c.rolname in ('aibos_owner', 'aibos_guard', 'aibos_poster', 'aibos_migration')
    and not exists (
      select from pg_catalog.pg_default_acl a
      where a.defaclrole = c.oid and a.defaclnamespace = 0 and a.defaclobjtype = 'f'
    )
  union all
  select 'definer_function'::text, o.name, case when t.names is null then 'WARN' else 'FAIL' end,
    format('An application may call it with the rights of %s%s.', pg_get_userbyid(o.proowner), coalesce(', over ' || t.names, '')),
    format('alter function %s security invoker, or give it to a role bound by the policies', o.name)
  from others o
  join pg_catalog.pg_roles r on r.oid = o.proowner
  left join lateral (
    select string_agg(v.table_name, ', ' order by v.table_name) as names
    from aibos.v_tenant_tables v
    where position(v.table_name in o.prosrc) > 0
      or exists (
        select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = o.oid
          and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = v.table_oid
      )
  ) t on true
  where o.prosecdef and o.is_reachable
    and (r.rolsuper or r.rolbypassrls or r.rolname in ('aibos_owner', 'aibos_guard', 'aibos_poster'))
  union all
  select 'context_setter'::text, o.name,
    case when o.proconfig::text ~* '[{,"]app\.' then 'FAIL' else 'WARN' end,
    case when o.proconfig::text ~* '[{,"]app\.'
      then 'It runs in a context of its own, whoever calls it.'
      else 'An application may call it, and it seems to set the context for the whole session: behind a pooler that is somebody else''s.' end,
    format('Let %s set nothing, or only set_config(…, true) in the transaction of its caller.', o.name)
  from others o
  where o.is_reachable
    and (o.proconfig::text ~* '[{,"]app\.'
      or o.prosrc ~* 'set_config\s*\(\s*''app\.[^;]*,\s*(is_local\s*=>\s*)?false\s*\)'
      or o.prosrc ~* '\mset\s+(session\s+)?app\.')
)
select f.check_name, f.object, f.status, f.detail, f.remediation from found f
union all
select l.check_name, 'this database', 'PASS', l.detail, 'Nothing to do.'
from (values
  ('server_setting', 'No setting of the server switches guards off, loses what was acknowledged or writes values to the log.'),
  ('extension', 'No extension reaches outside the database.'),
  ('language', 'Every language confines its functions.'),
  ('large_objects', 'There are no large objects, and PUBLIC makes none.'),
  ('replication', 'Nothing streams rows out by logical replication, or in.'),
  ('event_trigger', 'No event trigger is disabled.'),
  ('rule', 'No rule rewrites statements over tenant tables.'),
  ('inheritance', 'No tenant table has a part in inheritance.'),
  ('leakproof', 'No function of yours passes policies by as leakproof.'),
  ('shadowing', 'No operator or cast stands beside those of the system.'),
  ('default_privileges', 'Nothing that will be made is open from the start.'),
  ('definer_function', 'No application may call a function of yours that no policy binds.'),
  ('context_setter', 'No function of yours sets the context for a session.')
) as l (check_name, detail)
where not exists (select from found f where f.check_name = l.check_name);
comment on view aibos.v_environment_check is
  'What around the guarantees could undo them: check_name, object, status (PASS, WARN, FAIL), detail, remediation. A check that found nothing is one row PASS. pg_hba.conf is not visible to it.';
comment on column aibos.v_environment_check.check_name is 'What was checked.';
comment on column aibos.v_environment_check.object is 'Setting, extension, function, table or role it was found on.';
comment on column aibos.v_environment_check.status is 'PASS, WARN or FAIL.';
comment on column aibos.v_environment_check.detail is 'What was found.';
comment on column aibos.v_environment_check.remediation is 'What to do about it.';
