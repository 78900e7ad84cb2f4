begin;
set local client_min_messages = error;
select plan(47);

-- Each rule is first shown to report what breaks it, then that nothing of ours does.

select bag_eq($$select r.rolname::text from pg_roles r where r.rolname ~ '^aibos_'$$,
  $$values ('aibos_owner'), ('aibos_guard'), ('aibos_poster'), ('aibos_kernel_role'), ('aibos_finance_role'),
    ('aibos_config_role'), ('aibos_admin'), ('aibos_migration'), ('aibos_monitor_role'), ('aibos_auditor_role')$$,
  'there are the ten roles and no other of our prefix');

select is(lint.after('alter role aibos_config_role login bypassrls',
  $$select problem from lint.unsafe_roles where object = 'aibos_config_role'$$),
  'can log in, bypasses row security', 'the linter sees a role that can log in and bypasses row security');
select is(lint.after('alter role aibos_config_role createrole',
  $$select problem from lint.unsafe_roles where object = 'aibos_config_role'$$),
  'creates roles', 'the linter sees a role that creates roles');
select is_empty('select object, problem from lint.unsafe_roles', 'no role can log in, create, replicate or bypass anything');

select is(lint.after('create role proofs_member login; grant aibos_poster to proofs_member',
  $$select problem from lint.owning_members where object = 'proofs_member'$$),
  'member of aibos_poster, may SET ROLE, inherits', 'the linter sees a member of an owning role');
select is_empty('select object, problem from lint.owning_members', 'after the installation nobody can become an owning role or inherits from it');

select is(lint.after('grant pg_read_all_data to aibos_admin',
  $$select problem from lint.roles_above where object = 'aibos_admin'$$),
  'member of pg_read_all_data', 'the linter sees a role that was put into another');
select is_empty('select object, problem from lint.roles_above', 'no role of ours is a member of another role');

select is(lint.after('grant create on schema public to public',
  $$select problem from lint.public_rights where object = 'schema public'$$),
  'PUBLIC may create in it', 'the linter sees a schema in which everyone may create');
select is(lint.after(format('grant create on database %I to public', current_database()),
  $$select problem from lint.public_rights where object = 'database'$$),
  'PUBLIC may create schemas', 'the linter sees a database in which everyone may create schemas');
select is(lint.after('grant select on finance.accounts to public',
  $$select problem from lint.public_rights where object = 'finance.accounts'$$),
  'PUBLIC has SELECT', 'the linter sees a table that everyone may read');
select is_empty('select object, problem from lint.public_rights', 'PUBLIC creates nothing and has no right on anything of ours');

select is(lint.after('alter table finance.accounts owner to aibos_migration',
  $$select problem from lint.misowned_objects where object = 'finance.accounts'$$),
  'owned by aibos_migration', 'the linter sees a table of the wrong owner');
select is_empty('select object, problem from lint.misowned_objects', 'schemas, tables, views and sequences belong to aibos_owner');

select is(lint.after('create publication proofs_publication for table finance.accounts',
  $$select problem from lint.ways_out where object = 'publication proofs_publication'$$),
  'sends rows of all tenants', 'the linter sees a publication');
select is(lint.after('create foreign data wrapper proofs_wrapper; create server proofs_server foreign data wrapper proofs_wrapper',
  $$select problem from lint.ways_out where object = 'server proofs_server'$$),
  'a foreign server', 'the linter sees a foreign server');
select is_empty('select object, problem from lint.ways_out', 'no extension, foreign server or publication leads around row security');

-- The definer functions are few and reviewed: whoever adds one adds it here.
select bag_eq($$select r.full_name from lint.routines r where r.owner = 'aibos_poster'$$,
  $$values ('finance.post_journal'), ('finance.post_journals'), ('finance.bulk_post'), ('finance.reverse_journal'), ('finance.revalue'),
    ('finance.post_draft')$$,
  'aibos_poster owns the reviewed posting functions and nothing else');
select bag_eq($$select r.full_name from lint.routines r where r.owner = 'aibos_guard'$$,
  $$values ('aibos.assert_tenant_may_write'), ('aibos.record_change'), ('aibos.governance_summary'),
    ('aibos._count_rows_of_tenant'), ('finance.assert_lines_balanced'), ('finance.assert_entry_has_lines'),
    ('finance.stamp_entry'), ('finance.record_posting'), ('finance.derive_deltas'), ('finance.derive_limit'),
    ('finance.record_limit'), ('finance.journal_integrity_by_tenant'),
    ('finance.stamp_period'), ('finance.assert_period_move'), ('finance.record_period_move'),
    ('finance.stamp_payment'), ('finance.stamp_approval'), ('finance.record_payment_event'),
    ('finance.stamp_draft'), ('finance.touch_drafts'), ('finance.record_draft_step'), ('finance.assert_fx_accounts'),
    ('finance.assert_document_entry'), ('finance.archived_parts'), ('finance._lock_periods_of_part'), ('finance._assert_part_proven'),
    ('finance._record_archive'), ('finance._record_restoration'), ('finance._record_drop')$$,
  'aibos_guard owns the reviewed guards and nothing else');
select bag_eq($$select r.full_name from lint.routines r where r.owner = 'aibos_owner' and r.is_definer$$,
  $$values ('aibos.register_tenant'), ('aibos._signed_tenant_id'), ('aibos.context_key_states'), ('kernel.record_tenant'), ('config.currency_exponent'), ('finance.fold_balances'),
    ('finance.fx_rate_on'), ('finance._link_period'), ('finance.begin_close'), ('finance.close_period'), ('finance.reopen_period'),
    ('finance.assert_chart_is_tree'), ('finance.approve_draft'), ('finance.discard_draft'), ('finance.remove_draft_lines'),
    ('finance.bump_approval_rules'), ('finance.submit_payment'), ('finance.approve_payment'), ('finance.reject_payment'),
    ('finance.release_payment'), ('finance.cancel_payment'), ('finance.settle_payment'), ('finance.prepare_journal_part'), ('finance.open_journal_part'),
    ('finance.archive_journal_part'), ('finance.restore_journal_part')$$,
  'aibos_owner has the reviewed definer functions and no other');
select is_empty($$
  select c.oid::regclass from pg_class c
  where pg_get_userbyid(c.relowner) in ('aibos_guard', 'aibos_poster')
    and c.oid <> 'kernel.v_tenant_health'::regclass
$$, 'the guards and the poster own no table anywhere');

-- What the run-time roles may do beyond the objects of the fabric.
select is_empty($$
  select r.rolname, n.nspname from pg_roles r cross join pg_namespace n
  where r.rolname ~ '^aibos_' and r.rolname <> 'aibos_owner' and n.nspname !~ '^pg_(toast|temp)'
    and has_schema_privilege(r.oid, n.oid, 'CREATE')
$$, 'E8 no role but the owner may create in any schema');
select bag_eq($$
  select r.rolname::text from pg_roles r
  where r.rolname ~ '^aibos_' and has_database_privilege(r.oid, current_database(), 'CREATE')
$$, $$values ('aibos_migration')$$, 'migrations alone may create schemas');
select is_empty($$
  select r.rolname, o.rolname from pg_roles r cross join pg_roles o
  where r.rolname ~ '^aibos_' and r.oid <> o.oid and pg_has_role(r.oid, o.oid, 'MEMBER')
$$, 'D5 no role of ours can become another one');
select is_empty($$
  select r.rolname, s.setconfig from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
  where r.rolname ~ '^aibos_'
$$, 'I14 no role of ours carries a default setting');
select is_empty($$
  select r.rolname, p.oid::regprocedure from pg_roles r cross join pg_proc p
  where r.rolname in ('aibos_finance_role', 'aibos_kernel_role', 'aibos_admin')
    and p.proname in ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'lo_import', 'lo_export', 'pg_reload_conf',
      'pg_create_logical_replication_slot', 'pg_logical_slot_get_changes', 'pg_stat_reset')
    and has_function_privilege(r.oid, p.oid, 'EXECUTE')
    and not (p.proname like 'pg\_%slot%')
$$, 'I17 no application role may read files of the server or load them');

-- The same as attempts of an application.
select tests.act_as('clerk', 'acme');
select throws_ok('alter table finance.journal_lines disable row level security', '42501', null,
  'I1 an application cannot switch row security off');
select throws_ok('alter table finance.journal_lines no force row level security', '42501', null,
  'I1 an application cannot free the owner from row security');
select throws_ok('alter table finance.journal_lines disable trigger all', '42501', null,
  'I2 an application cannot disable a trigger');
select throws_ok('drop policy tenant_isolation on finance.accounts', '42501', null,
  'I1 an application cannot drop a policy');
select throws_ok('create policy wide on finance.accounts using (true)', '42501', null,
  'D11 an application cannot add a policy');
select throws_ok('drop function aibos.forbid_change() cascade', '42501', null,
  'I7 an application cannot drop a guard');
select throws_ok('alter function aibos.current_tenant_id() immutable', '42501', null,
  'I8 an application cannot alter the context function');
select throws_ok('create or replace function aibos.current_tenant_id() returns uuid language sql return null::uuid', '42501', null,
  'I20 an application cannot replace the context function');
select throws_ok('create function finance.shadow() returns int language sql return 1', '42501', null,
  'E8 an application cannot create in our schemas');
select throws_ok('create table public.shadow (id int)', '42501', null,
  'E8 an application cannot create in public');
select throws_ok('create schema shadow', '42501', null, 'I11 an application cannot create a schema');
select throws_ok('create role shadow', '42501', null, 'I11 an application cannot create a role');
-- PostgreSQL answers with a warning and grants nothing.
grant select on finance.accounts to aibos_config_role;
select is(has_table_privilege('aibos_config_role', 'finance.accounts', 'SELECT'), false,
  'I10 an application cannot pass a privilege on');
select throws_ok('alter role aibos_finance_role set app.tenant_id = ''11111111-1111-4111-8111-111111111111''', '42501', null,
  'B13 an application cannot preset a tenant for its role');
select throws_ok('create publication shadow for table finance.accounts', '42501', null,
  'I5 an application cannot publish rows');
select throws_ok('create rule shadow as on insert to finance.accounts do instead nothing', '42501', null,
  'E5 an application cannot put a rule on a table');
select throws_ok('create trigger shadow before insert on finance.accounts for each row execute function aibos.stamp_change()', '42501', null,
  'I2 an application cannot put a trigger on a table');
select throws_ok($$copy finance.accounts to program 'true'$$, '42501', null,
  'I17 an application cannot copy to a program');
select throws_ok($$copy finance.accounts to '/dev/null'$$, '42501', null,
  'I17 an application cannot copy to a file of the server');
select throws_ok('set session_replication_role = replica', '42501', null,
  'I4 an application cannot pose as replication');
select throws_ok($$select last_value from aibos.pgmigrations_id_seq$$, '42501', null,
  'G7 an application cannot read or move a sequence');

select * from finish();
rollback;
