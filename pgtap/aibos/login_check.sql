begin;
set local client_min_messages = error;
select plan(52);

create function pg_temp.verdict(p_check text, p_object text) returns text language sql return (
  select string_agg(distinct c.status, ' ' order by c.status) from aibos.v_login_check c
  where c.check_name = p_check and c.object = p_object);
create function pg_temp.verdict_after(p_check text, p_object text, p_fault text) returns text language sql
return lint.after(p_fault, format('select pg_temp.verdict(%L, %L)', p_check, p_object));
create role proofs_login login;
grant aibos_finance_role to proofs_login;
create role proofs_other login;
create role proofs_between;
create schema proofs_app;
create foreign data wrapper proofs_wrapper;
create server proofs_server foreign data wrapper proofs_wrapper;
create foreign table proofs_app.proofs_foreign (tenant_id uuid) server proofs_server;

-- What a fresh installation shows.
select is_empty($$select c.check_name, c.object from aibos.v_login_check c where c.status = 'FAIL'$$, 'nothing fails on a fresh installation');
select is_empty($$select c.status from aibos.v_login_check c where c.status not in ('PASS', 'WARN', 'FAIL') or c.status is null$$,
  'every row is PASS, WARN or FAIL');
select is_empty($$select c.check_name from aibos.v_login_check c where c.detail is null or c.remediation is null or c.object is null$$,
  'every row says what was found and what to do');
select bag_eq($$select distinct c.check_name from aibos.v_login_check c$$,
  $$values ('login_attributes'), ('login_roles'), ('login_may_grant'), ('login_settings'), ('parameter_grants'), ('create_right'),
    ('foreign_access')$$, 'what was checked and found sound has a row as well');

select is(pg_temp.verdict_after(f.check_name, f.object, f.fault), f.verdict, f.promise)
from (values
  (1, 'login_attributes', 'proofs_login', 'alter role proofs_login replication', 'FAIL', 'I5 an application that may replicate fails'),
  (2, 'login_attributes', 'proofs_login', 'alter role proofs_between replication; grant proofs_between to proofs_login', 'FAIL',
    'I5 so does one that can become a role that may'),
  (3, 'login_attributes', 'proofs_other', 'alter role proofs_other replication', 'WARN', 'I5 another login that may is a warning'),
  (4, 'login_attributes', 'proofs_login', 'alter role proofs_login createrole', 'FAIL', 'an application that makes roles fails'),
  (5, 'login_roles', 'proofs_login', 'grant aibos_kernel_role to proofs_login', 'WARN', 'a login of two services is a warning'),
  (6, 'login_roles', 'proofs_login', 'grant aibos_kernel_role to proofs_between; grant proofs_between to proofs_login', 'WARN',
    'D5 also where it reaches the second by a chain of roles'),
  (7, 'login_roles', 'proofs_login', 'grant aibos_migration to proofs_login', 'FAIL', 'an application that may define tables fails'),
  (8, 'login_roles', 'proofs_other', 'grant aibos_migration to proofs_other', 'nothing', 'a login of the migrations alone has no row'),
  (9, 'login_may_grant', 'proofs_login', 'grant aibos_finance_role to proofs_login with admin option', 'FAIL',
    'I13 an application that may pass its role on fails'),
  (10, 'login_may_grant', 'proofs_login', 'grant aibos_admin to proofs_between with admin option; grant proofs_between to proofs_login', 'FAIL',
    'I13 so does one that may by a chain of roles'),
  (11, 'login_settings', 'proofs_login in all databases', $$alter role proofs_login set session_preload_libraries = 'auto_explain'$$, 'WARN',
    'I14 code loaded into the sessions of a login is a warning'),
  (12, 'login_settings', 'all roles in ' || current_database(),
    format('alter database %I set local_preload_libraries = %L', current_database(), 'x'), 'WARN', 'I14 so is code for every session of the database'),
  (13, 'login_settings', 'proofs_login in all databases', 'alter role proofs_login set lo_compat_privileges = on', 'FAIL',
    'H5 a login that reads every large object fails'),
  (14, 'login_settings', 'proofs_login in all databases', 'alter role proofs_login set search_path = proofs_app, pg_catalog', 'FAIL',
    'E8 a search_path with names before those of the system fails'),
  (15, 'login_settings', 'proofs_login in all databases', 'alter role proofs_login set search_path = pg_catalog, proofs_app', 'nothing',
    'one that has them after has no row'),
  (16, 'login_settings', 'proofs_login in all databases',
    'grant create on schema proofs_app to proofs_login; alter role proofs_login set search_path = "$user", proofs_app', 'FAIL',
    'E8 a search_path through a schema where an application may create fails'),
  (17, 'login_settings', 'proofs_login in all databases', 'alter role proofs_login set search_path = "$user", proofs_app', 'nothing',
    'one through a schema where none may has no row'),
  (18, 'login_settings', 'proofs_login in all databases', $$alter role proofs_login set statement_timeout = '30s'$$, 'nothing', 'a time limit has no row'),
  (19, 'parameter_grants', 'proofs_login', 'grant set on parameter session_replication_role to proofs_login', 'FAIL',
    'a login that may switch foreign keys off fails'),
  (20, 'parameter_grants', 'PUBLIC', 'grant set on parameter lo_compat_privileges to public', 'FAIL', 'so does everyone'),
  (21, 'parameter_grants', 'proofs_between', 'grant alter system on parameter work_mem to proofs_between', 'FAIL',
    'a role that may write the settings of the server fails'),
  (22, 'parameter_grants', 'proofs_login', 'grant set on parameter log_min_messages to proofs_login', 'nothing', 'a harmless parameter has no row'),
  (23, 'create_right', 'schema proofs_app', 'grant create on schema proofs_app to public', 'FAIL', 'E8 a schema where everyone may create fails'),
  (24, 'create_right', 'schema proofs_app', 'grant create on schema proofs_app to aibos_finance_role', 'FAIL', 'E8 one where an application may, too'),
  (25, 'create_right', 'schema proofs_app', 'grant create on schema proofs_app to proofs_between; grant proofs_between to proofs_login', 'FAIL',
    'E8 also by a chain of roles'),
  (26, 'create_right', 'schema proofs_app', 'grant create on schema proofs_app to aibos_migration', 'nothing', 'one where migrations may has no row'),
  (27, 'create_right', 'schema proofs_app', 'alter schema proofs_app owner to proofs_login', 'WARN', 'a schema of an application is a warning'),
  (28, 'create_right', 'database ' || current_database(), format('grant create on database %I to public', current_database()), 'FAIL WARN',
    'E8 a database where everyone may make schemas fails'),
  (29, 'create_right', 'database ' || current_database(), format('grant create on database %I to proofs_login', current_database()), 'FAIL WARN',
    'E8 one where an application may, too'),
  (30, 'create_right', 'database ' || current_database(), format('revoke temporary on database %I from public', current_database()), 'nothing',
    'E7 where nobody may make temporary tables there is no row'),
  (31, 'create_right', 'every login', format('revoke temporary on database %I from public', current_database()), 'PASS', 'then the check passes'),
  (32, 'create_right', 'database ' || current_database(),
    format('revoke temporary on database %I from public; grant temporary on database %1$I to proofs_login', current_database()), 'WARN',
    'E7 an application that may make temporary tables is a warning'),
  (33, 'foreign_access', 'server proofs_server', 'grant usage on foreign server proofs_server to proofs_login', 'FAIL',
    'I16 a foreign server that an application may use fails'),
  (34, 'foreign_access', 'server proofs_server', 'create user mapping for public server proofs_server', 'FAIL', 'I16 so does one with a mapping for everyone'),
  (35, 'foreign_access', 'server proofs_server', 'create user mapping for proofs_login server proofs_server', 'FAIL', 'I16 and one with a mapping for it'),
  (36, 'foreign_access', 'wrapper proofs_wrapper', 'grant usage on foreign data wrapper proofs_wrapper to public', 'FAIL',
    'I16 a wrapper that anybody may make servers of fails'),
  (37, 'foreign_access', 'table proofs_app.proofs_foreign', 'grant select on proofs_app.proofs_foreign to proofs_login', 'FAIL',
    'a foreign table that an application may read fails'),
  (38, 'foreign_access', 'every login', 'drop foreign data wrapper proofs_wrapper cascade', 'PASS', 'without any the check passes')
) as f (position, check_name, object, fault, verdict, promise)
order by f.position;
select is(pg_temp.verdict('foreign_access', 'server proofs_server'), 'WARN', 'a foreign server that no application reaches is a warning');

-- Since PostgreSQL 16 a membership has three flags; each of them is a way.
select is(
  case when current_setting('server_version_num')::integer < 160000 then 'WARN'
  else pg_temp.verdict_after('login_roles', 'proofs_login', 'grant aibos_kernel_role to proofs_login with inherit ' || f.inherit || ', set ' || f.set) end,
  'WARN', format('I13 a second role counts with inherit %s and set %s', f.inherit, f.set))
from (values ('true', 'false'), ('false', 'true')) as f (inherit, set);
select is(
  case when current_setting('server_version_num')::integer < 160000 then 'nothing'
  else lint.after('grant aibos_kernel_role to proofs_login with inherit false, set false',
    $$select pg_temp.verdict('login_roles', 'proofs_login')$$) end,
  'nothing', 'I13 a membership without either flag does not count');
select is(lint.after('grant aibos_kernel_role to proofs_login',
  $$select c.detail from aibos.v_login_check c where c.check_name = 'login_roles' and c.object = 'proofs_login'$$),
  'It can act as several: aibos_finance_role (inherited), aibos_kernel_role (inherited).', 'the row says how each is reached');

-- Rows that do not depend on who asks, and whom they are for.
select is(lint.after($$select tests.act_as('monitor')$$, $$select md5(string_agg(c.check_name || c.object || c.status, ' ' order by 1)) from (select c.check_name, c.object, c.status from aibos.v_login_check c order by 1, 2, 3) c$$),
  (select md5(string_agg(c.check_name || c.object || c.status, ' ' order by 1)) from (select c.check_name, c.object, c.status from aibos.v_login_check c order by 1, 2, 3) c),
  'the monitor sees what a superuser sees');
select tests.act_as('clerk', 'acme');
select throws_ok('select c.status from aibos.v_login_check c', '42501', null, 'an application does not read it (42501)');
select throws_ok('select a.role_name from aibos.v_application_roles a', '42501', null, 'nor the roles (42501)');
select tests.act_as_superuser();
select ok(exists (select from aibos.v_application_roles a where a.role_name = 'proofs_login' and a.is_login), 'a login with a run-time role is one of an application');
select ok(not exists (select from aibos.v_application_roles a where a.role_name = 'proofs_other'), 'a login without is none');

select * from finish();
rollback;
