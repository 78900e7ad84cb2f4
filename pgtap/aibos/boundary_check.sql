begin;
set local client_min_messages = error;
select plan(24);

select is_empty($$select c.check_name, c.object, c.detail from aibos.v_schema_boundary_check c where c.status <> 'PASS'$$,
  'nothing crosses a boundary on a fresh installation');
select is((select count(*) from aibos.v_schema_boundary_check c where c.check_name = 'role_in_schema'), 18::bigint,
  'six roles are checked in three schemas each');
select is_empty($$select c.check_name from aibos.v_schema_boundary_check c where c.detail is null or c.remediation is null or c.object is null$$,
  'every row says what was found and what to do');

-- Each fault is planted and undone.
create function pg_temp.verdict_after(p_fault text, p_check text, p_object text) returns text language sql return lint.after(p_fault,
  format('select string_agg(distinct c.status, $$ $$) from aibos.v_schema_boundary_check c where c.check_name = %L and c.object = %L', p_check, p_object));

select is(pg_temp.verdict_after(f.fault, f.check_name, f.object), 'FAIL', f.promise)
from (values
  (1, 'grant select on kernel.users to aibos_finance_role', 'role_in_schema', 'aibos_finance_role on kernel',
    'the finance role that may read kernel fails'),
  (2, 'grant select (email) on kernel.users to aibos_finance_role', 'role_in_schema', 'aibos_finance_role on kernel',
    'a column is enough'),
  (3, 'grant insert on finance.accounts to aibos_kernel_role', 'role_in_schema', 'aibos_kernel_role on finance',
    'the kernel role that may write finance fails'),
  (4, 'grant truncate on finance.accounts to aibos_kernel_role', 'role_in_schema', 'aibos_kernel_role on finance',
    'the kernel role that may empty finance fails'),
  (5, 'grant update on config.settings to aibos_finance_role', 'role_in_schema', 'aibos_finance_role on config',
    'a service that may write config fails'),
  (6, 'grant truncate on config.settings to aibos_finance_role', 'role_in_schema', 'aibos_finance_role on config',
    'a service that may empty config fails'),
  (7, 'grant update (value) on config.settings to aibos_admin', 'role_in_schema', 'aibos_admin on config',
    'an administrator that may write a column of config fails'),
  (8, 'grant delete on finance.payments to aibos_auditor_role', 'role_in_schema', 'aibos_auditor_role on finance',
    'an auditor that may write fails'),
  (9, 'grant select on finance.journal_lines to aibos_monitor_role', 'role_in_schema', 'aibos_monitor_role on finance',
    'a monitor that may read rows fails'),
  (10, 'grant select on finance.accounts to public', 'role_in_schema', 'aibos_config_role on finance',
    'a right of PUBLIC fails for every role that may not have it'),
  (11, 'grant select on finance.v_posted_journals to aibos_kernel_role', 'role_in_schema', 'aibos_kernel_role on finance',
    'a view is as much as a table'),
  (12, 'create materialized view finance.proofs_copy as select a.id from finance.accounts a; grant select on finance.proofs_copy to aibos_kernel_role',
    'role_in_schema', 'aibos_kernel_role on finance', 'so is a materialized view'),
  (13, 'grant aibos_finance_role to aibos_kernel_role', 'role_in_schema', 'aibos_kernel_role on finance',
    'a right that comes by membership counts'),
  (14, 'revoke select on all tables in schema config from aibos_finance_role', 'role_in_schema', 'aibos_finance_role on config',
    'a role that lost what it must read fails too'),
  (15, 'alter table finance.companies add constraint companies_proofs_fk foreign key (tenant_id) references kernel.tenants (id)',
    'foreign_key_crosses', 'finance.companies companies_proofs_fk', 'a foreign key between planes fails'),
  (16, 'alter table finance.accounts add constraint accounts_proofs_fk foreign key (currency) references config.currencies (code)',
    'foreign_key_crosses', 'finance.accounts accounts_proofs_fk', 'a foreign key into config fails'),
  (17, 'create view finance.proofs_view as select u.id from kernel.users u', 'view_crosses', 'finance.proofs_view',
    'a view that reads the other plane fails'),
  (18, 'create view kernel.proofs_view as select c.code from config.currencies c', 'view_crosses', 'kernel.proofs_view',
    'a view that reads config from kernel fails')
) as f (position, fault, check_name, object, promise)
order by f.position;

-- References to the registry that both planes have are no crossing.
select is(lint.after('alter table finance.accounts add constraint accounts_proofs_fk foreign key (tenant_id) references aibos.tenant_registry (tenant_id)',
  $$select count(*)::text from aibos.v_schema_boundary_check c where c.status <> 'PASS'$$), '0', 'a foreign key to the tenant registry crosses nothing');
select is(lint.after('set local search_path = finance, kernel, aibos, public, tap;
    create view finance.proofs_view as select u.id from kernel.users u',
  $$select c.object from aibos.v_schema_boundary_check c where c.status = 'FAIL'$$), 'finance.proofs_view',
  'what is found is named with its schema, whatever the search_path of who asks');
select tests.act_as('clerk', 'acme');
select throws_ok('select c.status from aibos.v_schema_boundary_check c', '42501', null, 'an application does not read it (42501)');

select * from finish();
rollback;
