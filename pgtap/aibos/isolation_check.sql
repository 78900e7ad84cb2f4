begin;
set local client_min_messages = error;
select plan(81);

-- What a fresh installation shows.
select is_empty($$select c.check_name, c.object, c.detail from aibos.v_tenant_isolation_check c where c.status = 'FAIL'$$,
  'nothing fails on a fresh installation');
select is_empty($$select c.status from aibos.v_tenant_isolation_check c where c.status not in ('PASS', 'WARN', 'FAIL') or c.status is null$$,
  'every row is PASS, WARN or FAIL');
select is_empty($$
  select t.name, k.check_name from lint.tenant_tables t
  cross join (values ('row_security_forced'), ('tenant_policy'), ('other_policies'), ('write_guard'), ('grants')) as k (check_name)
  except select c.object, c.check_name from aibos.v_tenant_isolation_check c
$$, 'every tenant table is checked in every respect');
select is_empty($$select c.check_name from aibos.v_tenant_isolation_check c where c.detail is null or c.remediation is null or c.object is null$$,
  'every row says what was found and what to do');
select is((select c.status from aibos.v_tenant_isolation_check c where c.check_name = 'context_signed'), 'WARN',
  'an unsigned context is a warning, not a secret');

-- Each fault is planted and undone; before and after it the same row says PASS.
create function pg_temp.verdict(p_check text, p_object text) returns text language sql return (
  select string_agg(distinct c.status, ' ' order by c.status) from aibos.v_tenant_isolation_check c
  where c.check_name = p_check and c.object = p_object);
create function pg_temp.verdict_after(p_check text, p_object text, p_fault text) returns text language sql
return lint.after(p_fault, format('select pg_temp.verdict(%L, %L)', p_check, p_object));
create role proofs_login login;
create role proofs_between;
create schema proofs_app;
grant usage on schema proofs_app to public;

select is(pg_temp.verdict_after(f.check_name, f.object, f.fault), 'FAIL', f.promise)
from (values
  (1, 'row_security_forced', 'finance.accounts', 'alter table finance.accounts no force row level security',
    'D1 a tenant table whose owner is not bound fails'),
  (2, 'row_security_forced', 'finance.accounts', 'alter table finance.accounts disable row level security',
    'I1 a tenant table without row security fails'),
  (3, 'row_security_forced', 'proofs_app.proofs_new', 'create table proofs_app.proofs_new (tenant_id uuid not null)',
    'D13 a table with a tenant_id that nobody isolated fails, in whatever schema'),
  (4, 'tenant_policy', 'proofs_app.proofs_new', 'create table proofs_app.proofs_new (tenant_id uuid not null)',
    'D13 and it has no policy'),
  (5, 'tenant_policy', 'finance.accounts', 'drop policy tenant_isolation on finance.accounts',
    'a tenant table without its policy fails'),
  (6, 'tenant_policy', 'finance.accounts', 'alter policy tenant_isolation on finance.accounts with check (true)',
    'D11 a policy that lets foreign rows be written fails'),
  (7, 'tenant_policy', 'finance.accounts', 'alter policy tenant_isolation on finance.accounts using (true)',
    'D11 a policy that lets foreign rows be read fails'),
  (8, 'tenant_policy', 'finance.accounts', 'alter policy tenant_isolation on finance.accounts using (true) with check (true)',
    'D11 a policy that does both fails'),
  (9, 'tenant_policy', 'finance.accounts', 'alter policy tenant_isolation on finance.accounts to public',
    'D8 a policy for PUBLIC fails'),
  (10, 'tenant_policy', 'finance.accounts',
    $$alter policy tenant_isolation on finance.accounts
      using (current_setting('app.tenant_id', true) is null or tenant_id = (select aibos.current_tenant_id()))
      with check (current_setting('app.tenant_id', true) is null or tenant_id = (select aibos.current_tenant_id()))$$,
    'D10 a policy that opens where no tenant is set fails'),
  (11, 'tenant_policy', 'finance.accounts',
    $$alter policy tenant_isolation on finance.accounts
      using (tenant_id = aibos.current_tenant_id()) with check (tenant_id = aibos.current_tenant_id())$$,
    'a policy that asks for the tenant row by row fails'),
  (12, 'tenant_policy', 'finance.accounts',
    $$alter policy tenant_isolation on finance.accounts
      using (company_id = (select aibos.current_tenant_id())) with check (company_id = (select aibos.current_tenant_id()))$$,
    'a policy over another column than the tenant fails'),
  (13, 'tenant_policy', 'finance.accounts',
    $$create schema proofs_evil;
      create function proofs_evil.current_tenant_id() returns uuid language sql stable return tests.tenant('acme');
      alter policy tenant_isolation on finance.accounts using (tenant_id = (select proofs_evil.current_tenant_id()))
        with check (tenant_id = (select proofs_evil.current_tenant_id()));
      set local search_path = proofs_evil, public, tap$$,
    'a policy that calls a namesake of the context function fails, also for whoever has it in the search_path'),
  (14, 'tenant_policy', 'finance.accounts',
    $$drop policy tenant_isolation on finance.accounts;
      create policy tenant_isolation on finance.accounts for select to aibos_finance_role
        using (tenant_id = (select aibos.current_tenant_id()))$$,
    'D11 a policy for one command fails'),
  (15, 'tenant_policy', 'finance.accounts',
    $$drop policy tenant_isolation on finance.accounts;
      create policy tenant_isolation on finance.accounts as restrictive to aibos_finance_role
        using (tenant_id = (select aibos.current_tenant_id())) with check (tenant_id = (select aibos.current_tenant_id()))$$,
    'a restrictive policy in its place fails'),
  (16, 'other_policies', 'finance.accounts',
    'create policy wide on finance.accounts for select to aibos_finance_role using (true)',
    'D11 another policy that admits an application fails'),
  (17, 'other_policies', 'finance.accounts', 'create policy wide on finance.accounts using (true)',
    'D8 another policy without TO fails'),
  (18, 'write_guard', 'finance.accounts', 'drop trigger t20_assert_tenant on finance.accounts',
    'a dropped write guard fails'),
  (19, 'write_guard', 'finance.accounts', 'alter table finance.accounts disable trigger t20_assert_tenant',
    'I2 a disabled write guard fails'),
  (20, 'write_guard', 'finance.accounts', 'alter table finance.accounts enable trigger t10_forbid_tenant_change',
    'I4 a guard that replication would pass by fails'),
  (21, 'write_guard', 'finance.accounts',
    $$create or replace trigger t20_assert_tenant before insert or update or delete or truncate on finance.accounts
      for each statement when (false) execute function aibos.assert_tenant_may_write();
      alter table finance.accounts enable always trigger t20_assert_tenant$$,
    'a guard of the right name that never fires fails'),
  (22, 'write_guard', 'finance.accounts',
    $$create or replace trigger t20_assert_tenant before insert on finance.accounts
      for each statement execute function aibos.assert_tenant_may_write();
      alter table finance.accounts enable always trigger t20_assert_tenant$$,
    'a guard that fires for one command alone fails'),
  (23, 'write_guard', 'finance.accounts',
    $$create or replace trigger t20_assert_tenant before insert or update or delete or truncate on finance.accounts
      for each statement execute function aibos.assert_tenant_may_write('any_status');
      alter table finance.accounts enable always trigger t20_assert_tenant$$,
    'a guard that lets suspended tenants write fails'),
  (24, 'write_guard', 'finance.accounts',
    $$create function public.assert_tenant_may_write() returns trigger language plpgsql as 'begin return null; end';
      create or replace trigger t20_assert_tenant before insert or update or delete or truncate on finance.accounts
      for each statement execute function public.assert_tenant_may_write();
      alter table finance.accounts enable always trigger t20_assert_tenant$$,
    'a guard that calls a namesake fails'),
  (25, 'grants', 'finance.accounts', 'grant truncate on finance.accounts to aibos_finance_role',
    'F10 a granted TRUNCATE fails'),
  (26, 'grants', 'finance.accounts', 'grant trigger on finance.accounts to aibos_finance_role',
    'a granted TRIGGER fails'),
  (27, 'grants', 'finance.accounts', 'grant references on finance.accounts to aibos_finance_role',
    'G2 a granted REFERENCES, which tells what other tenants have, fails'),
  (28, 'grants', 'finance.accounts', 'grant references (tenant_id, id) on finance.accounts to aibos_finance_role',
    'G2 so does one on columns'),
  (29, 'grants', 'finance.accounts', 'grant select on finance.accounts to public',
    'a right of PUBLIC fails'),
  (30, 'grants', 'finance.accounts', 'grant select (code) on finance.accounts to public',
    'so does one on a column'),
  (31, 'grants', 'finance.accounts', 'grant select on finance.accounts to aibos_finance_role with grant option',
    'I10 a right that may be passed on fails'),
  (32, 'grants', 'finance.accounts', 'grant select (code) on finance.accounts to aibos_finance_role with grant option',
    'I10 so does one on a column'),
  (33, 'grants', 'proofs_app.proofs_part_1',
    $$create table proofs_app.proofs_part (tenant_id uuid not null, d date) partition by range (d);
      create table proofs_app.proofs_part_1 partition of proofs_app.proofs_part default;
      grant select on proofs_app.proofs_part_1 to aibos_finance_role$$,
    'H1 a granted partition fails'),
  (33.1, 'grants', 'finance.fiscal_periods', 'grant update on finance.fiscal_periods to proofs_between',
    'a role of the user''s own that may change periods, and so reopen one, fails'),
  (33.2, 'grants', 'finance.balance_deltas', 'grant insert on finance.balance_deltas to proofs_between',
    'one that may write to a cache fails'),
  (33.3, 'grants', 'finance.audit_events', 'grant insert on finance.audit_events to proofs_between',
    'N4 one that may write to the log fails'),
  (33.4, 'grants', 'finance.journal_entries', 'grant insert (created_xid) on finance.journal_entries to proofs_between',
    'one that may write a stamped column fails'),
  (34, 'tenant_in_foreign_key', 'proofs_app.proofs_child proofs_child_fk',
    $$create table proofs_app.proofs_parent (tenant_id uuid not null, id uuid unique);
      create table proofs_app.proofs_child (tenant_id uuid not null, parent_id uuid constraint proofs_child_fk references proofs_app.proofs_parent (id))$$,
    'G1 a foreign key that could cross tenants fails'),
  (35, 'tenant_in_foreign_key', 'proofs_app.proofs_child proofs_child_fk',
    $$create table proofs_app.proofs_child (tenant_id uuid not null, account_id uuid, constraint proofs_child_fk
      foreign key (tenant_id, account_id) references finance.accounts (tenant_id, id) on delete cascade)$$,
    'K22 a foreign key that cascades fails'),
  (36, 'login_cannot_bypass', 'proofs_login', 'grant aibos_owner to proofs_login', 'D4 a login in the owning role fails'),
  (37, 'login_cannot_bypass', 'proofs_login', 'grant aibos_guard to proofs_login', 'D5 a login in aibos_guard fails'),
  (38, 'login_cannot_bypass', 'proofs_login', 'grant aibos_poster to proofs_login', 'D5 a login in aibos_poster fails'),
  (39, 'login_cannot_bypass', 'proofs_login', 'grant aibos_owner to proofs_between; grant proofs_between to proofs_login',
    'D5 a login that reaches the owner by a chain of roles fails'),
  (40, 'login_cannot_bypass', 'proofs_login', 'alter role proofs_login bypassrls', 'D5 a login that bypasses row security fails'),
  (41, 'login_cannot_bypass', 'proofs_login', 'alter role proofs_between bypassrls; grant proofs_between to proofs_login',
    'D5 a login that can become a role that does fails'),
  (42, 'login_cannot_bypass', 'proofs_login', 'alter role proofs_between superuser; grant proofs_between to proofs_login',
    'D5 a login that can become a superuser fails'),
  (43, 'login_cannot_bypass', 'proofs_login', 'grant pg_read_all_data to proofs_login', 'D5 a login that reads all data fails'),
  (44, 'login_cannot_bypass', 'proofs_login', 'grant pg_execute_server_program to proofs_login',
    'I17 a login that runs programs on the server fails'),
  (45, 'preset_context', 'proofs_login in all databases', $$alter role proofs_login set app.tenant_id = '11111111-1111-4111-8111-111111111111'$$,
    'B13 a tenant preset for a login fails'),
  (46, 'preset_context', 'all roles in ' || current_database(),
    format($$alter database %I set app.tenant_id = '11111111-1111-4111-8111-111111111111'$$, current_database()),
    'B13 a tenant preset for the database fails'),
  (47, 'preset_context', 'proofs_login in ' || current_database(),
    format('alter role proofs_login in database %I set row_security = off', current_database()),
    'I14 row security switched off for a login fails'),
  (48, 'preset_context', 'proofs_login in all databases', 'alter role proofs_login set role = aibos_admin',
    'I14 a role preset for a login fails'),
  (49, 'context_function', 'aibos.current_tenant_id()', 'alter function aibos.current_tenant_id() immutable',
    'F14 a context function that was marked immutable fails'),
  (50, 'context_function', 'aibos.current_tenant_id()', 'alter function aibos.current_tenant_id() security definer',
    'I8 one that runs as its owner fails'),
  (51, 'context_function', 'aibos.current_tenant_id()', 'alter function aibos.current_tenant_id() reset search_path',
    'E7 one without a pinned search_path fails'),
  (52, 'context_function', 'aibos.current_tenant_id()', 'alter function aibos.current_tenant_id() owner to proofs_between',
    'I8 one of another owner fails'),
  (53, 'routine_unchanged', 'aibos.assert_tenant_may_write()', 'alter function aibos.assert_tenant_may_write() owner to aibos_owner',
    'a guard that was handed to the owner fails'),
  (54, 'routine_unchanged', 'aibos.record_change()', 'alter function aibos.record_change() security invoker',
    'a recorder that runs as its caller fails'),
  (55, 'routine_unchanged', 'aibos.current_tenant_id()',
    $$create or replace function aibos.current_tenant_id() returns uuid language sql stable set search_path = pg_catalog, pg_temp
      as 'select ''11111111-1111-4111-8111-111111111111''::uuid'$$,
    'a context function with another body fails'),
  (56, 'routine_unchanged', 'aibos.netstring(text)', 'drop function aibos.netstring(text) cascade', 'a function that was dropped fails'),
  (57, 'routine_unchanged', 'finance.proofs_new()', 'create function finance.proofs_new() returns int language sql return 1',
    'a function that was added fails'),
  (58, 'owner', 'finance.accounts', 'alter table finance.accounts owner to proofs_login', 'D4 a table that a login owns fails')
) as f (position, check_name, object, fault, promise)
order by f.position;

-- Two memberships that differ since PostgreSQL 16: rights without SET ROLE are rights all the same.
select is(
  case when current_setting('server_version_num')::integer >= 160000 then
    pg_temp.verdict_after('login_cannot_bypass', 'proofs_login',
      'grant aibos_owner to proofs_login with inherit true, set false')
  else 'FAIL' end, 'FAIL', 'I13 a login that inherits from the owner without SET ROLE fails');
select is(
  case when current_setting('server_version_num')::integer >= 160000 then
    pg_temp.verdict_after('login_cannot_bypass', 'proofs_login',
      'grant aibos_owner to proofs_login with inherit false, set true')
  else 'FAIL' end, 'FAIL', 'I13 a login that can SET ROLE to the owner without inheriting fails');
select is(
  case when current_setting('server_version_num')::integer >= 160000 then
    pg_temp.verdict_after('login_could_grant_itself', 'proofs_login',
      'grant aibos_owner to proofs_login with admin true, inherit false, set false')
  else pg_temp.verdict_after('login_could_grant_itself', 'proofs_login', 'alter role proofs_login createrole') end,
  'WARN', 'I13 a login that could grant itself the owner is a warning');
select is(pg_temp.verdict_after('superuser_login', 'proofs_login', 'alter role proofs_login superuser'), 'WARN',
  'D2 a superuser that can log in is a warning');

-- Views and copies of tenant rows that know no tenant.
select is(lint.after('create view proofs_app.proofs_leak as select l.tenant_id, l.debit_cents from finance.journal_lines l',
  $$select c.status from aibos.v_tenant_isolation_check c where c.object = 'proofs_app.proofs_leak' and c.status = 'FAIL'$$),
  'FAIL', 'E1 a view over tenant rows that reads as a superuser fails');
select is(lint.after('create materialized view proofs_app.proofs_leak as select l.tenant_id, l.debit_cents from finance.journal_lines l',
  $$select c.status from aibos.v_tenant_isolation_check c where c.object = 'proofs_app.proofs_leak' and c.status = 'FAIL'$$),
  'FAIL', 'H7 a materialized view over tenant rows fails');
select is(lint.after(
  $$create table proofs_app.proofs_owned (tenant_id uuid not null); call aibos.isolate_tenant('proofs_app.proofs_owned');
    alter table proofs_app.proofs_owned owner to proofs_login$$,
  $$select c.status from aibos.v_tenant_isolation_check c where c.object = 'proofs_app.proofs_owned' and c.status = 'FAIL'$$),
  'FAIL', 'D4 an isolated table of the user''s own that a login owns fails: its owner can take the isolation away');

-- A login that is as it should be, and rows that do not depend on who asks.
select is(pg_temp.verdict_after('login_cannot_bypass', 'proofs_login', 'grant aibos_finance_role to proofs_login'), 'PASS',
  'a login in one run-time role passes');
select is(pg_temp.verdict('preset_context', 'proofs_login in all databases'), null, 'without a preset there is no row');
select is(lint.after('set local search_path = finance, kernel, aibos, public, tap',
  $$select count(*)::text from aibos.v_tenant_isolation_check c where c.status = 'FAIL' or c.object = 'accounts'$$),
  '0', 'what is found does not depend on the search_path of who asks');
select is(
  lint.after($$select tests.act_as('monitor')$$, $$select count(*)::text from aibos.v_tenant_isolation_check$$),
  (select count(*)::text from aibos.v_tenant_isolation_check), 'the monitor sees what a superuser sees');
select is(
  lint.after($$select tests.act_as('auditor', 'acme')$$, $$select md5(string_agg(c.check_name || c.object || c.status, ' ' order by c.check_name, c.object)) from aibos.v_tenant_isolation_check c$$),
  (select md5(string_agg(c.check_name || c.object || c.status, ' ' order by c.check_name, c.object)) from aibos.v_tenant_isolation_check c),
  'so does an auditor');
select tests.act_as('clerk', 'acme');
select throws_ok('select c.status from aibos.v_tenant_isolation_check c', '42501', null, 'an application does not read it (42501)');
select tests.act_as_superuser();
select is_empty($$select c.check_name, c.object, c.detail from aibos.v_tenant_isolation_check c where c.status = 'FAIL'$$,
  'with every fault undone nothing fails');

select * from finish();
rollback;
