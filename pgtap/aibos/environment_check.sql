begin;
set local client_min_messages = error;
select plan(46);

create function pg_temp.verdict(p_check text, p_object text) returns text language sql return (
  select string_agg(distinct c.status, ' ' order by c.status) from aibos.v_environment_check c
  where c.check_name = p_check and c.object = p_object);
create function pg_temp.verdict_after(p_check text, p_object text, p_fault text) returns text language sql
return lint.after(p_fault, format('select pg_temp.verdict(%L, %L)', p_check, p_object));
create role proofs_plain;
create role proofs_bypassing bypassrls;
create schema proofs_app;

-- What a fresh installation shows. The settings of the server and logical slots are proven in tests/install/environment.test.ts.
select is_empty($$select c.check_name, c.object from aibos.v_environment_check c where c.status = 'FAIL'$$, 'nothing fails on a fresh installation');
select is_empty($$select c.status from aibos.v_environment_check c where c.status not in ('PASS', 'WARN', 'FAIL') or c.status is null$$,
  'every row is PASS, WARN or FAIL');
select is_empty($$select c.check_name from aibos.v_environment_check c where c.detail is null or c.remediation is null or c.object is null$$,
  'every row says what was found and what to do');
select bag_eq($$select distinct c.check_name from aibos.v_environment_check c$$,
  $$values ('server_setting'), ('extension'), ('language'), ('large_objects'), ('replication'), ('event_trigger'), ('rule'), ('inheritance'),
    ('leakproof'), ('shadowing'), ('default_privileges'), ('definer_function'), ('context_setter')$$,
  'what was checked and found sound has a row as well');

select is(pg_temp.verdict_after(f.check_name, f.object, f.fault), f.verdict, f.promise)
from (values
  (3, 'language', 'proofs_language', 'create language proofs_language handler plpgsql_call_handler', 'WARN', 'a language that confines nothing is a warning'),
  (4, 'language', 'proofs_language',
    $$create language proofs_language handler plpgsql_call_handler;
      create function proofs_app.wild() returns void language proofs_language as ''$$, 'FAIL', 'one whose functions an application may call fails'),
  (5, 'language', 'proofs_language',
    $$create language proofs_language handler plpgsql_call_handler;
      create function proofs_app.wild() returns void language proofs_language as '';
      revoke execute on function proofs_app.wild() from public$$, 'WARN', 'but not where it may not'),
  (6, 'large_objects', 'pg_largeobject', 'select lo_create(0)', 'WARN', 'H5 large objects are a warning'),
  (7, 'large_objects', 'lo_create', 'grant execute on function pg_catalog.lo_create(oid) to public', 'WARN', 'H5 so is everyone who may make them'),
  (8, 'large_objects', 'this database', 'revoke execute on function pg_catalog.lo_create(oid) from public', 'PASS', 'H5 without either the check passes'),
  (9, 'replication', 'subscription proofs_in',
    $$create subscription proofs_in connection 'host=nowhere' publication p with (connect = false)$$, 'WARN', 'I4 a subscription is a warning'),
  (10, 'replication', 'subscription proofs_in',
    $$create subscription proofs_in connection 'host=nowhere' publication p with (connect = false);
      set local allow_system_table_mods = on;
      insert into pg_subscription_rel (srsubid, srrelid, srsubstate)
      select s.oid, 'finance.accounts'::regclass, 'r' from pg_subscription s where s.subname = 'proofs_in'$$, 'FAIL',
    'I4 one that writes to a tenant table fails'),
  (11, 'event_trigger', 'proofs_watch',
    'create event trigger proofs_watch on ddl_command_end execute function aibos._event_probe(); alter event trigger proofs_watch disable', 'WARN',
    'H2 an event trigger that was disabled is a warning'),
  (12, 'event_trigger', 'proofs_watch', 'create event trigger proofs_watch on ddl_command_end execute function aibos._event_probe()', 'nothing',
    'one that is enabled has no row'),
  (13, 'rule', 'proofs_rule on finance.accounts', 'create rule proofs_rule as on delete to finance.accounts do instead nothing', 'FAIL',
    'E5 a rule on a tenant table fails'),
  (14, 'inheritance', 'proofs_app.proofs_child', 'create table proofs_app.proofs_child () inherits (finance.accounts)', 'FAIL',
    'H4 a table that inherits from a tenant table fails'),
  (15, 'inheritance', 'finance.accounts',
    'create table proofs_app.proofs_parent (name text not null); alter table finance.accounts inherit proofs_app.proofs_parent', 'FAIL',
    'H4 a tenant table that another reads through fails'),
  (16, 'leakproof', 'proofs_app.leak(text)',
    $$create function proofs_app.leak(text) returns boolean language sql leakproof as 'select true'$$, 'FAIL', 'E14 a function called leakproof fails'),
  (17, 'shadowing', 'operator =(uuid, uuid)',
    'create operator proofs_app.= (leftarg = uuid, rightarg = uuid, function = uuid_ne)', 'WARN', 'E8 an operator of the system''s name is a warning'),
  (18, 'shadowing', 'cast (integer as uuid)',
    $$create function proofs_app.to_uuid(integer) returns uuid language sql as 'select null::uuid';
      create cast (integer as uuid) with function proofs_app.to_uuid(integer) as implicit$$, 'WARN', 'E8 so is a cast between types of the system'),
  (19, 'default_privileges', 'tables of proofs_plain', 'alter default privileges for role proofs_plain grant select on tables to public', 'FAIL',
    'I11 a default that opens later tables to everyone fails'),
  (20, 'default_privileges', 'tables of aibos_migration in proofs_app',
    'alter default privileges for role aibos_migration in schema proofs_app grant all on tables to aibos_finance_role', 'FAIL',
    'I11 one that opens them to an application fails'),
  (21, 'default_privileges', 'functions of aibos_owner', 'alter default privileges for role aibos_owner grant execute on functions to public', 'FAIL',
    'E13 one that opens later functions of ours fails'),
  (22, 'default_privileges', 'functions of proofs_plain in proofs_app',
    'alter default privileges for role proofs_plain in schema proofs_app grant execute on functions to aibos_finance_role', 'FAIL',
    'E13 one that opens functions to an application fails'),
  (23, 'definer_function', 'proofs_app.reads()',
    $$create function proofs_app.reads() returns bigint language sql security definer as 'select count(*) from finance.accounts'$$, 'FAIL',
    'E11 a definer function of a superuser over a tenant table that everyone may call fails'),
  (24, 'definer_function', 'proofs_app.reads()',
    $$create function proofs_app.reads() returns bigint language sql security definer begin atomic select count(*) from finance.accounts; end;
      alter function proofs_app.reads() owner to proofs_bypassing$$, 'FAIL', 'E11 so does one of a role beyond row security'),
  (25, 'definer_function', 'proofs_app.reads()',
    $$create function proofs_app.reads() returns bigint language sql security definer as 'select count(*) from finance.accounts';
      alter function proofs_app.reads() owner to proofs_plain$$, 'nothing', 'one of a role that policies bind has no row'),
  (26, 'definer_function', 'proofs_app.reads()',
    $$create function proofs_app.reads() returns bigint language sql security definer as 'select 1'$$, 'WARN',
    'E11 one that names no tenant table is a warning'),
  (27, 'definer_function', 'proofs_app.reads()',
    $$create function proofs_app.reads() returns bigint language sql security definer as 'select count(*) from finance.accounts';
      revoke execute on function proofs_app.reads() from public$$, 'nothing', 'one that no application may call has no row'),
  (28, 'definer_function', 'proofs_app.reads()',
    $$create function proofs_app.reads() returns bigint language sql security definer as 'select count(*) from finance.accounts';
      revoke execute on function proofs_app.reads() from public; grant execute on function proofs_app.reads() to aibos_finance_role$$, 'FAIL',
    'E11 granted to a run-time role it fails'),
  (29, 'context_setter', 'proofs_app.sets()',
    $$create function proofs_app.sets() returns text language sql as 'select set_config(''app.tenant_id'', ''x'', false)'$$, 'WARN',
    'C1 a function that sets the tenant for the session is a warning'),
  (30, 'context_setter', 'proofs_app.sets()',
    $$create function proofs_app.sets() returns void language plpgsql as 'begin set app.tenant_id = ''x''; end'$$, 'WARN', 'C1 so is one that says SET'),
  (31, 'context_setter', 'proofs_app.sets()',
    $$create function proofs_app.sets() returns text language sql as 'select set_config(''app.tenant_id'', ''x'', true)'$$, 'nothing',
    'one that sets it for the transaction has no row'),
  (32, 'context_setter', 'proofs_app.sets()',
    $$create function proofs_app.sets() returns void language plpgsql as 'begin set local app.tenant_id = ''x''; end'$$, 'nothing', 'nor has one that says SET LOCAL'),
  (33, 'context_setter', 'proofs_app.sets()',
    $$create function proofs_app.sets() returns void language sql set app.tenant_id = 'x' as 'select'$$, 'FAIL',
    'B13 a function with a tenant of its own fails')
) as f (position, check_name, object, fault, verdict, promise)
order by f.position;

-- Extensions that lead outside, where the server has them.
create function pg_temp.with_extension(p_name text, p_after text default 'select') returns text language sql return
  case when exists (select from pg_available_extensions a where a.name = p_name)
    then pg_temp.verdict_after('extension', p_name, format('create extension %I schema proofs_app; %s', p_name, p_after)) end;
select is(coalesce(pg_temp.with_extension('dblink'), 'FAIL'), 'FAIL', 'I16 dblink, which everyone may call once it is made, fails');
select is(coalesce(pg_temp.with_extension('dblink', 'revoke execute on all functions in schema proofs_app from public'), 'WARN'), 'WARN',
  'I16 dblink that nobody may call is a warning');
select is(coalesce(pg_temp.with_extension('postgres_fdw'), 'WARN'), 'WARN', 'I16 postgres_fdw is a warning');
select is(coalesce(pg_temp.with_extension('file_fdw'), 'WARN'), 'WARN', 'I17 file_fdw is a warning');
select is(coalesce(pg_temp.with_extension('citext'), 'nothing'), 'nothing', 'an extension that stays inside has no row');
select is(
  case when exists (select from pg_available_extensions a where a.name = 'citext') then lint.after('create extension citext schema proofs_app',
    $$select coalesce(max(c.object), 'nothing') from aibos.v_environment_check c where c.check_name in ('leakproof', 'shadowing') and c.status <> 'PASS'$$)
  else 'nothing' end, 'nothing', 'and its operators, casts and leakproof functions are not held against you');

-- Rows that do not depend on who asks, and whom they are for.
select is(lint.after($$select tests.act_as('monitor')$$, $$select md5(string_agg(c.line, ' ' order by c.line collate "C")) from (select c.check_name || c.object || c.status as line from aibos.v_environment_check c) c$$),
  (select md5(string_agg(c.line, ' ' order by c.line collate "C")) from (select c.check_name || c.object || c.status as line from aibos.v_environment_check c) c),
  'the monitor sees what a superuser sees');
select is(lint.after('set local search_path = finance, kernel, aibos, public, tap',
  $$select count(*)::text from aibos.v_environment_check c where c.status = 'FAIL'$$), '0',
  'what is found does not depend on the search_path of who asks');
select tests.act_as('clerk', 'acme');
select throws_ok('select c.status from aibos.v_environment_check c', '42501', null, 'an application does not read it (42501)');

select tests.act_as_superuser();
select is_empty($$select c.check_name, c.object from aibos.v_environment_check c where c.status = 'FAIL'$$, 'with every fault undone nothing fails');
select is_empty($$
  select f.object from aibos.v_environment_check f where f.check_name in ('definer_function', 'context_setter') and f.object ~ '^aibos\.|^finance\.|^kernel\.'
$$, 'the functions of the fabric are proven elsewhere and not listed here');

select * from finish();
rollback;
