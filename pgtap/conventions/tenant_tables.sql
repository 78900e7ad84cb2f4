begin;
set local client_min_messages = error;
select plan(41);

-- Each rule is first shown to report what breaks it, then that nothing of ours does.

select is(lint.after('alter table finance.accounts no force row level security',
  $$select problem from lint.unforced_tables where object = 'finance.accounts'$$),
  'row security is not forced', 'the linter sees a tenant table whose owner is free of row security');
select is(lint.after('create table finance.lint_bad (tenant_id uuid not null)',
  $$select problem from lint.unforced_tables where object = 'finance.lint_bad'$$),
  'row security is off', 'the linter sees a table with a tenant_id that a migration forgot to isolate');
select is(lint.after('alter table finance.journal_lines_part_1 no force row level security',
  $$select string_agg(object || ': ' || problem, ', ') from lint.unforced_tables$$),
  'finance.journal_lines_part_1: row security is not forced', 'and a part of the ledger that is not as the whole is');
select is_empty('select object, problem from lint.unforced_tables', 'every tenant table has row security, forced on its owner too');

select is(lint.after('drop policy tenant_isolation on finance.accounts',
  $$select problem from lint.unsound_tenant_policies where object = 'finance.accounts'$$),
  'no policy tenant_isolation', 'the linter sees a tenant table without its policy');
select is(lint.after('drop policy tenant_isolation on finance.journal_lines_part_1',
  $$select string_agg(object || ': ' || problem, ', ') from lint.unsound_tenant_policies$$),
  'finance.journal_lines_part_1: no policy tenant_isolation', 'and a part of the ledger without it');
select is(lint.after('alter policy tenant_isolation on finance.accounts with check (true)',
  $$select count(*)::text from lint.unsound_tenant_policies where object = 'finance.accounts'$$),
  '1', 'the linter sees a policy that checks less than it reads');
select is(lint.after(
  $$alter policy tenant_isolation on finance.accounts
    using (current_setting('app.tenant_id', true) = '' or tenant_id = (select aibos.current_tenant_id()))
    with check (current_setting('app.tenant_id', true) = '' or tenant_id = (select aibos.current_tenant_id()))$$,
  $$select count(*)::text from lint.unsound_tenant_policies where object = 'finance.accounts'$$),
  '1', 'the linter sees a policy that opens where no tenant is set');
select is(lint.after('alter policy tenant_isolation on finance.accounts to public',
  $$select count(*)::text from lint.unsound_tenant_policies where object = 'finance.accounts'$$),
  '1', 'the linter sees a policy for PUBLIC');
select is(lint.after(
  $$create schema lint_evil;
    create function lint_evil.current_tenant_id() returns uuid language sql stable return tests.tenant('acme');
    alter policy tenant_isolation on finance.accounts
      using (tenant_id = (select lint_evil.current_tenant_id()))
      with check (tenant_id = (select lint_evil.current_tenant_id()));
    set local search_path = lint_evil, public, tap$$,
  $$select count(*)::text from lint.unsound_tenant_policies where object = 'finance.accounts'$$),
  '1', 'the linter is not taken in by a namesake of the context function');
select is_empty('select object, problem from lint.unsound_tenant_policies',
  'every tenant table has one policy for applications, the same for reading and writing');

select is(lint.after('create policy lint_bad on finance.accounts for select to aibos_finance_role using (true)',
  $$select problem from lint.stray_policies where object = 'lint_bad on finance.accounts'$$),
  'for {aibos_finance_role}', 'the linter sees a second policy for an application role');
select is(lint.after('create policy lint_bad on finance.accounts using (true)',
  $$select problem from lint.stray_policies where object = 'lint_bad on finance.accounts'$$),
  'for {PUBLIC}', 'the linter sees a policy without TO');
select is(lint.after('create policy lint_bad on finance.accounts as restrictive to aibos_guard using (true)',
  $$select count(*)::text from lint.stray_policies where object = 'lint_bad on finance.accounts'$$),
  '1', 'the linter sees a restrictive policy, which a sharding extension may turn into a permissive one');
select is_empty('select object, problem from lint.stray_policies', 'every other policy is for a role that nobody can become');

select is(lint.after(
  $$create table finance.lint_parent (tenant_id uuid not null, id uuid unique);
    create table finance.lint_bad (tenant_id uuid not null, parent_id uuid constraint lint_bad_fk references finance.lint_parent (id))$$,
  $$select problem from lint.loose_foreign_keys where object = 'lint_bad_fk on finance.lint_bad'$$),
  'tenant_id is not on both sides', 'the linter sees a foreign key that could cross tenants');
select is(lint.after(
  $$create table finance.lint_bad (tenant_id uuid not null, account_id uuid,
      constraint lint_bad_fk foreign key (tenant_id, account_id) references finance.accounts (tenant_id, id) on delete cascade)$$,
  $$select problem from lint.loose_foreign_keys where object = 'lint_bad_fk on finance.lint_bad'$$),
  'cascades', 'the linter sees a foreign key that cascades');
select is_empty('select object, problem from lint.loose_foreign_keys',
  'foreign keys between tenant tables carry tenant_id and never cascade');

select is(lint.after(
  $$create table finance.lint_bad (tenant_id uuid not null, account_id uuid,
      constraint lint_bad_fk foreign key (tenant_id, account_id) references finance.accounts (tenant_id, id));
    create index on finance.lint_bad (account_id)$$,
  $$select problem from lint.unindexed_foreign_keys where object = 'lint_bad_fk on finance.lint_bad'$$),
  'no index begins with its columns', 'the linter sees a foreign key without an index');
-- The index serves deletes and key changes of the referenced row. Of these three tables nobody may delete or re-key one.
select is_empty(
  $$select object, problem from lint.unindexed_foreign_keys
    where referenced not in ('finance.fiscal_periods'::regclass, 'finance.fx_rates'::regclass, 'finance.audit_events'::regclass)$$,
  'foreign keys are indexed wherever the referenced row can be deleted');
select is_empty(
  $$select object, privilege_type, grantee::regrole from lint.privileges
    where object in ('finance.fiscal_periods', 'finance.fx_rates', 'finance.audit_events')
      and (privilege_type in ('DELETE', 'TRUNCATE') or privilege_type = 'UPDATE' and column_name is distinct from 'lock_token')$$,
  'nobody may delete or re-key a fiscal period, a rate or an event');

select is(lint.after('create unique index lint_bad_uq on finance.companies (name)',
  $$select problem from lint.global_unique_indexes where object like '%lint_bad_uq'$$),
  'its first column is not tenant_id', 'the linter sees a number that would be unique across tenants');
-- A tenant and its slug are unique in the whole fabric; both tables are written by the control plane alone.
select bag_eq('select object from lint.global_unique_indexes',
  $$values ('kernel.tenants_id_pk'), ('kernel.tenants_slug_uq'), ('aibos.tenant_registry_slug_uq')$$,
  'every unique index of a tenant table begins with tenant_id, but those that make a tenant unique');

select is(lint.after('create table finance.lint_bad (id uuid, tenant_id uuid not null)',
  $$select count(*)::text from lint.misplaced_tenant_columns where object = 'finance.lint_bad'$$),
  '1', 'the linter sees a tenant_id that is not the first column');
select is(lint.after('create table finance.lint_bad (tenant_id text not null)',
  $$select count(*)::text from lint.misplaced_tenant_columns where object = 'finance.lint_bad'$$),
  '1', 'the linter sees a tenant_id that is not a uuid');
select is(lint.after('alter table finance.accounts drop constraint accounts_tenant_id_id_pk cascade; alter table finance.accounts alter tenant_id drop not null',
  $$select count(*)::text from lint.misplaced_tenant_columns where object = 'finance.accounts'$$),
  '1', 'the linter sees a tenant_id that may be null');
select is_empty('select object, problem from lint.misplaced_tenant_columns', 'tenant_id is the first column, a uuid and not null');

select is(lint.after('create table finance.lint_bad (tenant_id uuid not null)',
  $$select problem from lint.timeless_tables where object = 'finance.lint_bad'$$),
  'no created_at, occurred_at or posted_at', 'the linter sees rows without a time');
select is(lint.after($$create table finance.lint_bad (tenant_id uuid not null) partition by list (tenant_id);
    create table finance.lint_bad_part partition of finance.lint_bad default$$,
  $$select string_agg(object, ', ' order by object) from lint.timeless_tables where object like 'finance.lint%'$$),
  'finance.lint_bad', 'of a partitioned table it names the whole');
-- A line, a claimed key and a claimed reversal have the time of their header: they cannot come later
-- (pgtap/finance/double_entry.sql, pgtap/finance/posting_trace.sql).
select is_empty($$select object, problem from lint.timeless_tables
    where object not in ('finance.journal_lines', 'finance.journal_keys', 'finance.journal_reversals')$$,
  'every row of a tenant says when it was made');

select is(lint.after('alter table finance.journal_drafts alter tenant_id set default aibos.current_tenant_id()',
  $$select count(*)::text from lint.context_in_definitions$$),
  '1', 'the linter sees a default that reads the context');
select is(lint.after('alter table finance.accounts add constraint accounts_lint_ck check (tenant_id = aibos.current_tenant_id()) not valid',
  $$select count(*)::text from lint.context_in_definitions$$),
  '1', 'the linter sees a check constraint that reads the context');
select is_empty('select object, problem from lint.context_in_definitions',
  'no default, check, generated column or index stores a call of the context function');

select is(lint.after('create table finance.lint_bad () inherits (finance.accounts)',
  $$select problem from lint.inherited_tables where object like '%lint_bad'$$),
  'inherits from finance.accounts', 'the linter sees a child that would show rows in its parent');
select is(array(select lint.attempt(format('create table finance.lint_bad () inherits (finance.%s)', t))
  from unnest(array['journal_entries', 'journal_lines', 'journal_entries_part_1', 'journal_lines_part_1']) as t),
  array['42809', '42809', '42809', '42809'], 'the ledger and its parts cannot have such a child at all (42809)');
select is_empty('select object, problem from lint.inherited_tables', 'no table inherits from one of ours');

select is(lint.after('create rule lint_bad as on insert to finance.accounts do also nothing',
  $$select problem from lint.rules where object = 'lint_bad on finance.accounts'$$),
  'a rule', 'the linter sees a rule');
select is_empty('select object, problem from lint.rules', 'there are no rules');

select is(lint.after('alter table finance.journal_lines disable trigger t10_forbid_change',
  $$select problem from lint.sleeping_triggers where object = 't10_forbid_change on finance.journal_lines'$$),
  'disabled', 'the linter sees a trigger that was disabled');
select is(lint.after('alter table finance.journal_lines enable trigger t10_forbid_change',
  $$select problem from lint.sleeping_triggers where object = 't10_forbid_change on finance.journal_lines'$$),
  'not ENABLE ALWAYS', 'the linter sees a guard that replication would pass by, as a data-only restore leaves it');
select is_empty('select object, problem from lint.sleeping_triggers', 'every trigger but the stamp fires always');

select * from finish();
rollback;
