begin;
set local client_min_messages = error;
select plan(34);

create temporary view summary as select s.check_name, s.passed, s.failed, s.warned, s.status from aibos.governance_summary() s;

select results_eq('select s.check_name from summary s where s.check_name in (''Tenant isolation'', ''Schema boundary'', ''Double entry'', ''Immutability'', ''Journal integrity'')',
  array['Tenant isolation', 'Schema boundary', 'Double entry', 'Immutability', 'Journal integrity'], 'every check is summed up, the widest first');
select is_empty($$select s.check_name, s.failed from summary s where s.failed > 0 or s.status = 'FAIL'$$, 'nothing fails on a fresh installation');
select is_empty('select s.check_name from summary s where s.passed = 0', 'every check has looked at something');
select is((select s.status from summary s where s.check_name = 'Tenant isolation'), 'WARN', 'a warning shows in the status');

-- The counts are those of the views.
select results_eq($$select s.passed, s.failed, s.warned from summary s where s.check_name = 'Tenant isolation'$$,
  $$select count(*) filter (where c.status = 'PASS'), count(*) filter (where c.status = 'FAIL'), count(*) filter (where c.status = 'WARN')
    from aibos.v_tenant_isolation_check c$$, 'isolation is counted as its view says');
select is((select s.passed from summary s where s.check_name = 'Journal integrity'), (select count(*) from finance.journal_entries),
  'journal integrity counts the entries of all tenants');

-- Each fault is planted and undone.
select is(lint.after(f.fault, format('select s.status from aibos.governance_summary() s where s.check_name = %L', f.check_name)), 'FAIL', f.promise)
from (values
  (1, 'Tenant isolation', 'alter table finance.accounts no force row level security', 'a table that is not forced fails tenant isolation'),
  (2, 'Schema boundary', 'grant select on kernel.users to aibos_finance_role', 'a grant across planes fails the boundary'),
  (3, 'Double entry', 'alter table finance.journal_lines disable trigger journal_entry_balanced', 'a disabled guard fails double entry'),
  (4, 'Immutability', 'alter table finance.journal_lines disable trigger t10_forbid_change', 'a disabled guard fails immutability'),
  (5, 'Journal integrity', $$alter table finance.journal_lines disable trigger all; set local session_replication_role = replica;
    delete from finance.journal_lines l where l.line_no = 2; set local session_replication_role = origin$$,
    'an entry that lost a line fails journal integrity')
) as f (position, check_name, fault, promise)
order by f.position;

-- What records changes is as much a guard as what refuses them.
select is(lint.after(f.fault, $$select case when sum(s.failed) > 0 then 'FAIL' else 'PASS' end from aibos.governance_summary() s$$), 'FAIL', f.promise)
from (values
  (1, 'alter table finance.accounts disable trigger t90_record_update', 'I2 a recorder that was disabled shows'),
  (2, 'drop trigger t90_record_delete on kernel.users', 'I2 a recorder that was dropped shows'),
  (3, 'alter table config.settings enable trigger t90_record_insert', 'I4 a recorder that replication would pass by shows'),
  (4, 'alter table finance.accounts disable trigger t10_forbid_truncate', 'N13 a tracked table that can be truncated shows'),
  (5, 'alter function aibos.record_change() owner to aibos_owner', 'a recorder that was handed to the owner shows'),
  (6, 'drop policy record on finance.audit_events', 'a log that the recorder cannot write to shows'),
  (7, 'grant insert on finance.audit_events to aibos_admin', 'N4 a log that an administrator may write to shows'),
  (8, 'alter table kernel.tenants disable trigger t50_record_tenant', 'a registry that is no longer fed shows'),
  (9, 'alter table finance.accounts disable trigger t10_forbid_rekey', 'an account that can be given another company shows'),
  (10, 'alter table finance.companies disable trigger t40_assert_currency', 'a currency that is no longer checked shows'),
  (11, 'create role proofs_stranger; alter schema finance owner to proofs_stranger', 'D4 a schema that was handed to somebody else shows'),
  (12, 'alter table finance.payment_events set unlogged', 'a table that a crash would empty shows'),
  (13, 'create publication proofs_publication for all tables', 'I5 a publication, which sends the rows of all tenants, shows'),
  (14, 'create role proofs_stranger; grant execute on function aibos.register_tenant(uuid, text, text, text) to proofs_stranger',
    'E13 a definer function that was granted to somebody else shows'),
  (15, 'alter default privileges for role aibos_owner grant execute on functions to public',
    'E13 a default that would open every later function shows'),
  (16, 'alter table finance.journal_lines drop constraint journal_lines_one_side_ck', 'a constraint that was dropped shows')
) as f (position, fault, promise)
order by f.position;

-- Who reads it: the monitor, counts alone.
select tests.act_as('monitor');
select is((select count(*) from kernel.v_governance_summary), (select count(*) from aibos.governance_summary()), 'the monitor reads the summary of all tenants');
select is_empty($$select s.check_name from kernel.v_governance_summary s where s.status = 'FAIL'$$, 'under that role nothing fails either');
select throws_ok('select l.debit_cents from finance.journal_lines l', '42501', null, 'the monitor reads no row (42501)');
select tests.act_as('clerk', 'acme');
select throws_ok('select s.status from aibos.governance_summary() s', '42501', null, 'an application does not read it (42501)');
select tests.act_as('auditor', 'acme');
select throws_ok('select s.status from aibos.governance_summary() s', '42501', null, 'nor does an auditor, who is of one tenant (42501)');

-- E11: the count of a tenant's rows is for the health view, of three tables and no other.
select tests.act_as('monitor');
select is(aibos._count_rows_of_tenant('finance.companies', tests.tenant('acme')), 1::bigint, 'rows of a tenant are counted');
select is(aibos._count_rows_of_tenant('finance.journal_lines', tests.tenant('acme')), null, 'E11 of another table they are not');

select * from finish();
rollback;
