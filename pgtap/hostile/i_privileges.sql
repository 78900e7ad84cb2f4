-- What logins of services may try beyond rows: definitions, roles, settings, files. Each is a real login, no superuser behind it.
begin;
set local client_min_messages = error;
select plan(150);

create role hostile_clerk login in role aibos_finance_role;
create role hostile_operator login in role aibos_kernel_role;
create role hostile_admin login in role aibos_admin;
create role hostile_migrator login in role aibos_migration;
create role hostile_monitor login in role aibos_monitor_role;
create role hostile_auditor login in role aibos_auditor_role;
-- A schema where each of them may make what it likes.
create schema hostile;
grant all on schema hostile to public;

-- What becomes of a statement sent by a login under the tenant acme; all of it is undone.
create function pg_temp.outcome(p_login text, p_sql text) returns text language plpgsql as $$
begin
  perform set_config('session_authorization', p_login, true);
  perform tests.set_context('clerk', 'acme');
  execute p_sql;
  raise exception using errcode = 'UNDO1', message = 'accepted';
exception
  when sqlstate 'UNDO1' then
    return sqlerrm;
  when others then
    return sqlstate;
end $$;

select is(pg_temp.outcome(l.login, 'select count(*) from aibos.error_codes'), 'accepted', format('%s is a login that may do something', l.login))
from (values ('hostile_clerk'), ('hostile_operator'), ('hostile_admin'), ('hostile_migrator'), ('hostile_monitor'), ('hostile_auditor')) as l (login);
select is(pg_temp.outcome('hostile_clerk', 'select count(*) from finance.journal_entries'), 'accepted', 'the clerk reads entries');

-- Roles.

select is(pg_temp.outcome(l.login, format('set local role %I', r.role_name)), '42501', format('D5 %s does not become %s (42501)', l.login, r.role_name))
from (values ('hostile_clerk'), ('hostile_operator'), ('hostile_admin'), ('hostile_migrator'), ('hostile_monitor'), ('hostile_auditor')) as l (login)
cross join (values ('aibos_owner'), ('aibos_guard'), ('aibos_poster')) as r (role_name);
select is(pg_temp.outcome('hostile_clerk', format('set local role %I', role_name)), '42501', format('D5 nor does a clerk become %s (42501)', role_name))
from unnest(array['aibos_kernel_role', 'aibos_admin', 'aibos_migration', 'aibos_auditor_role', current_user]) as role_name;
select is(pg_temp.outcome('hostile_clerk', s.sql), '42501', format('%s (42501)', s.what))
from (values
  ('I10 a clerk makes nobody a member of its role', 'grant aibos_finance_role to hostile_monitor'),
  ('D4 a clerk does not make itself a member of the owner', 'grant aibos_owner to hostile_clerk'),
  ('I14 a clerk makes no role', 'create role hostile_second login'),
  ('I14 a clerk gives itself no BYPASSRLS', 'alter role hostile_clerk bypassrls'),
  ('I14 a clerk changes no other login''s settings', 'alter role hostile_auditor set row_security = off'),
  ('I14 a clerk sets no default for all roles', 'alter role all set app.tenant_id = ''11111111-1111-4111-8111-111111111111'''),
  ('B13 a clerk sets no default for the database', format('alter database %I set app.tenant_id = %L', current_database(), tests.tenant('acme')))
) as s (what, sql);
select is(pg_temp.outcome('hostile_clerk', $$
  alter role hostile_clerk set app.tenant_id = '22222222-2222-4222-8222-222222222222';
  do $do$
  begin
    if not exists (select from aibos.v_tenant_isolation_check) then
      raise exception 'unreachable';
    end if;
  end $do$
$$), '42501', 'B13 a clerk does not read the check of the settings (42501)');
select is(lint.after(
  $$alter role hostile_clerk set app.tenant_id = '22222222-2222-4222-8222-222222222222'$$,
  $$select status || ': ' || detail from aibos.v_tenant_isolation_check where check_name = 'preset_context' and object like 'hostile_clerk in %'$$),
  'FAIL: A default is set: app.tenant_id=22222222-2222-4222-8222-222222222222',
  'B13 a default that a login sets for itself, which PostgreSQL permits, is seen');

-- Definitions: nobody but the owner.

create temp table definitions (what text, sql text, code text default '42501');
insert into definitions (what, sql) values
  ('I1 row security is not disabled', 'alter table finance.journal_lines disable row level security'),
  ('I1 nor no longer forced', 'alter table finance.journal_lines no force row level security'),
  ('I2 triggers are not disabled', 'alter table finance.journal_lines disable trigger all'),
  ('I2 nor made for replicas alone', 'alter table finance.journal_lines enable replica trigger journal_entry_balanced'),
  ('I2 nor dropped', 'drop trigger journal_entry_balanced on finance.journal_lines'),
  ('I2 nor replaced', 'create or replace trigger journal_entry_balanced after insert on finance.journal_lines for each statement when (false) execute function finance.assert_lines_balanced()'),
  ('I2 nor added', 'create trigger t00 before insert on finance.journal_lines for each row execute function suppress_redundant_updates_trigger()'),
  ('D11 policies are not made', 'create policy mine on finance.journal_lines using (true)'),
  ('D11 nor changed', 'alter policy tenant_isolation on finance.journal_lines using (true)'),
  ('D11 nor dropped', 'drop policy tenant_isolation on finance.journal_lines'),
  ('E5 rules are not made', 'create rule silent as on update to finance.journal_lines do instead nothing'),
  ('I7 functions are not dropped', 'drop function finance.assert_lines_balanced() cascade'),
  ('I8 nor given another path', 'alter function finance.assert_lines_balanced() set search_path = public'),
  ('I8 nor another owner', 'alter function finance.assert_lines_balanced() owner to hostile_clerk'),
  ('I8 nor another volatility', 'alter function aibos.current_tenant_id() immutable'),
  ('I8 nor replaced', 'create or replace function aibos.current_tenant_id() returns uuid language sql stable return ''22222222-2222-4222-8222-222222222222''::uuid'),
  ('I8 nor made beside ours', 'create function finance.leaf_hash(text) returns bytea language sql return sha256('''')'),
  ('E14 none is made leakproof', 'alter function tests.entry(text) leakproof'),
  ('I7 constraints are not dropped', 'alter table finance.journal_lines drop constraint journal_lines_one_side_ck'),
  ('I7 columns are not dropped', 'alter table finance.journal_lines drop column memo'),
  ('I7 nor retyped', 'alter table finance.journal_lines alter column debit_cents type numeric using debit_cents + 1'),
  ('I7 nor given defaults', 'alter table finance.journal_lines alter column debit_cents set default 1'),
  ('I7 tables are not dropped', 'drop table finance.journal_lines'),
  ('I7 nor renamed', 'alter table finance.journal_lines rename to lines'),
  ('I7 nor moved', 'alter table finance.journal_lines set schema public'),
  ('I7 nor given away', 'alter table finance.journal_lines owner to hostile_clerk'),
  ('I7 schemas are not dropped', 'drop schema finance cascade'),
  ('I7 views are not replaced', 'create or replace view finance.v_journal_integrity as select 1 as tenant_id'),
  ('E1 nor made beside ours', 'create view finance.v_all as select * from finance.journal_lines'),
  ('H4 no table inherits from ours', 'create table hostile.heirs () inherits (finance.accounts)'),
  ('H1 no table is made a part of the ledger', 'create table hostile.part partition of finance.journal_lines for values from (minvalue) to (''00000000-0000-0000-0000-000000000001'')'),
  ('H1 nor joined to it', 'create table hostile.part (like finance.journal_lines); alter table finance.journal_lines attach partition hostile.part for values from (minvalue) to (''00000000-0000-0000-0000-000000000001'')'),
  ('N14 nor taken out of it', 'alter table finance.journal_lines detach partition finance.journal_lines_part_1'),
  ('I7 nor dropped with its rows', 'drop table finance.journal_entries_part_1 cascade'),
  ('H1 row security of a part is not disabled', 'alter table finance.journal_lines_part_1 disable row level security'),
  ('H1 nor are its triggers', 'alter table finance.journal_lines_part_1 disable trigger all'),
  ('H1 nor dropped', 'drop trigger journal_entry_balanced on finance.journal_lines_part_1'),
  ('H1 nor added', 'create trigger t00 before insert on finance.journal_lines_part_1 for each row execute function suppress_redundant_updates_trigger()'),
  ('H1 nor is its policy changed', 'alter policy tenant_isolation on finance.journal_lines_part_1 using (true)'),
  ('H1 nor the key between its lines and entries dropped', 'alter table finance.journal_lines_part_1 drop constraint journal_lines_part_1_journal_entry_id_fk'),
  ('H1 a part cannot be read', 'select from finance.journal_lines_part_1'),
  ('H1 nor written', 'insert into finance.journal_entries_part_1 (tenant_id, id, company_id, entry_date, description) values (tests.tenant(''acme''), tests.entry(''past''), tests.company(''acme''), date ''2026-03-10'', ''past'')'),
  ('H1 nor locked', 'lock table finance.journal_lines_part_1 in access share mode'),
  ('G2 no table refers to ours', 'create table hostile.probes (tenant_id uuid, id uuid, foreign key (tenant_id, id) references finance.journal_entries (tenant_id, id))'),
  ('I7 indexes are not made', 'create index mine on finance.journal_lines (memo)'),
  ('I7 nor dropped', 'drop index finance.journal_entries_company_id_tenant_id_entry_date_idx'),
  ('I7 nor dropped where they make unique', 'drop index finance.journal_reversals_tenant_id_reverses_entry_id_pk'),
  ('I7 nor their constraints', 'alter table finance.journal_keys drop constraint journal_keys_tenant_id_idempotency_key_pk'),
  ('I7 tables are not clustered', 'cluster finance.journal_lines using journal_lines_account_id_tenant_id_idx'),
  ('I7 comments are not changed', 'comment on table finance.journal_lines is ''mine'''),
  ('G10 statistics are not gathered on our columns', 'create statistics mine (dependencies) on debit_cents, credit_cents from finance.journal_lines'),
  ('I5 nothing is published', 'create publication mine for table finance.journal_lines'),
  ('I5 nor every table', 'create publication mine for all tables'),
  ('I5 nor a slot made', 'select pg_create_logical_replication_slot(''mine'', ''pgoutput'')'),
  ('I7 event triggers are not made', 'create event trigger mine on ddl_command_start execute function aibos._event_probe()'),
  ('I11 default privileges of the owner are not changed', 'alter default privileges for role aibos_owner grant all on tables to public'),
  ('L13 tables are not locked against others', 'lock table finance.journal_lines in share mode');
-- Of a partitioned table none can, whoever it is.
insert into definitions values ('H4 nor does one from the ledger', 'create table hostile.heirs () inherits (finance.journal_lines)', '42809'),
  ('H4 nor from a part of it', 'create table hostile.heirs () inherits (finance.journal_lines_part_1)', '42809');
grant select on definitions to public;
select is(
  (select string_agg(format('%s as %s: %s', d.what, l.login, o.code), E'\n')
    from (values ('hostile_clerk'), ('hostile_operator'), ('hostile_admin'), ('hostile_migrator'), ('hostile_monitor')) as l (login)
    cross join lateral (select pg_temp.outcome(l.login, d.sql) as code) o
    -- Who may not even look for tables in the schema is told so first.
    where o.code <> d.code and not (o.code = '42501' and not has_schema_privilege(l.login, 'finance', 'usage'))), null,
  format('%s, by no login (%s)', d.what, d.code))
from definitions d;

-- Functions that are not for applications.

create temp table private_routines as
  select p.oid::regprocedure as routine from pg_proc p
  where p.pronamespace in ('finance'::regnamespace, 'aibos'::regnamespace) and p.prorettype <> 'trigger'::regtype
    and p.oid::regprocedure::text ~ '(^|\.)(_|assert_|lock_|raise_|record_fingerprints|probe_|create_audit_log|isolate_tenant|append_only|track|register_tenant|fold_|governance_summary|journal_integrity_by_tenant|archived_parts|(open|archive|restore)_journal_part|drop_archived_part)'
    -- It reads what its caller may see, and every report of a caller asks it.
    and p.oid <> 'finance.assert_lines_present(uuid,uuid,date,date)'::regprocedure;
grant select on private_routines to public;
select cmp_ok((select count(*) from private_routines), '>=', 30::bigint, 'there are functions that are not for applications');
select is_empty(format($$
  select routine, %1$L from private_routines where has_function_privilege(%1$L, routine, 'execute')
    and routine::text <> 'aibos._can_become(oid,oid)'
$$, login), format('E13 %s may call none of them', login))
from unnest(array['hostile_clerk', 'hostile_operator', 'hostile_auditor']) as login;
select is(pg_temp.outcome('hostile_clerk', $$select finance.lock_open_period(tests.tenant('globex'), tests.company('globex'), date '2026-03-10')$$),
  '42501', 'E11 a clerk locks no period of another tenant (42501)');
select is(pg_temp.outcome('hostile_clerk', $$select aibos.register_tenant('33333333-3333-4333-8333-333333333333', 'mine')$$),
  '42501', 'E11 nor makes a tenant (42501)');
select is(pg_temp.outcome('hostile_clerk', $$select finance.assert_lines_balanced()$$), '42501', 'E13 nor calls a guard (42501)');
select is((select p.prosecdef from pg_proc p where p.oid = 'finance.assert_lines_present(uuid,uuid,date,date)'::regprocedure), false,
  'E11 what every report asks runs with the rights of who asks');
select is(pg_temp.outcome(l.login, s.sql), '42501', format('N14 %s %s (42501)', l.login, s.what))
from (values
  ('opens no part of the ledger', 'select finance.open_journal_part(now() + interval ''1 day'')'),
  ('archives none', 'select finance.archive_journal_part(1, ''x'')'),
  ('restores none', 'select finance.restore_journal_part(1, ''x'')'),
  ('drops none', 'select finance.drop_archived_part(1, ''x'')')
) as s (what, sql)
cross join (values ('hostile_clerk'), ('hostile_admin'), ('hostile_monitor'), ('hostile_auditor')) as l (login);
select is(pg_temp.outcome('hostile_migrator', $$select finance.drop_archived_part(1, 'x')$$), '42501',
  'N14 a migration login, which may archive a part, does not drop its tables (42501)');

-- Settings.

select is(pg_temp.outcome('hostile_clerk', s.sql), '42501', format('%s (42501)', s.what))
from (values
  ('I4 a clerk does not claim to be a replica', 'set local session_replication_role = replica'),
  ('I14 nor by set_config', 'select set_config(''session_replication_role'', ''replica'', true)'),
  ('I14 nor preloads a library', 'set local session_preload_libraries = ''x'''),
  ('D7 rows are not read with row security off', 'set local row_security = off; select count(*) from finance.journal_entries'),
  ('D7 nor counted without reading them', 'set local row_security = off; select from finance.journal_entries where false'),
  ('D7 nor inserted', 'set local row_security = off; insert into finance.companies (tenant_id, code, name, functional_currency) values (tests.tenant(''acme''), ''x'', ''X'', ''USD'')'),
  ('D7 nor posted', 'set local row_security = off; select finance.post_journal(tests.company(''acme''), date ''2026-03-10'', ''x'', '
    'array[tests.account(''acme'', ''1000''), tests.account(''acme'', ''4000'')], array[5, 0], array[0, 5], array[''USD'', ''USD''])'),
  ('I14 nor is the server''s configuration changed', 'select pg_reload_conf()')
) as s (what, sql);

-- Files, programs and other databases.

select is(pg_temp.outcome('hostile_' || l.login, s.sql), '42501', format('I17 a login of %s %s (42501)', l.login, s.what))
from (values
  ('writes nothing to programs', 'copy (select 1) to program ''true'''),
  ('writes nothing to files', 'copy (select 1) to ''/tmp/hostile'''),
  ('reads no file', 'select pg_read_file(''PG_VERSION'')'),
  ('lists no directory', 'select pg_ls_dir(''.'')'),
  ('imports no file', 'select lo_import(''/etc/passwd'')')
) as s (what, sql)
cross join unnest(array['clerk', 'migrator']) as l (login);
select is_empty($$select extname from pg_extension where extname in ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'plpython3u', 'plperlu')$$,
  'I16 no extension is there that reaches outside');
select is_empty($$select proname from pg_proc p where p.pronamespace in ('aibos'::regnamespace, 'finance'::regnamespace, 'kernel'::regnamespace,
  'config'::regnamespace) and p.prosrc ~* 'pg_(try_)?advisory'$$, 'C13 nothing waits for an advisory lock, so none can stop a posting');
select is_empty($$select n.nspname, p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('aibos', 'finance', 'kernel', 'config') and p.prosrc ~* 'pg_notify|\mnotify\M'$$, 'H7 nothing sends rows by NOTIFY');

-- What a migration login makes for itself stays its own.

select is(pg_temp.outcome('hostile_migrator', s.sql), '42501', format('%s (42501)', s.what))
from (values
  ('I20 a migration login makes nothing in our schemas', 'create table finance.mine (tenant_id uuid)'),
  ('I10 nor passes on what it was granted', 'grant execute on procedure aibos.append_only(regclass) to hostile_clerk; call aibos.append_only(''finance.journal_lines'')'),
  ('E11 nor isolates our tables anew', 'call aibos.isolate_tenant(''finance.journal_lines'', p_roles => array[''hostile_migrator''])'),
  ('I7 nor tracks them anew', 'call aibos.track(''finance.journal_lines'')'),
  ('I1 nor reads entries', 'select count(*) from finance.journal_entries'),
  ('N4 nor writes events', 'insert into finance.audit_events (tenant_id, id, action, object) values (tests.tenant(''acme''), gen_random_uuid(), ''x'', ''x'')')
) as s (what, sql);

select * from finish();
rollback;
