begin;
set local client_min_messages = error;
select plan(22);

-- The names auditors know show what the engine finds.
select results_eq('select v.check_name, v.object, v.status, v.detail, v.remediation from kernel.v_tenant_isolation_check v order by 1, 2, 4',
  'select v.check_name, v.object, v.status, v.detail, v.remediation from aibos.v_tenant_isolation_check v order by 1, 2, 4', 'the isolation check is that of the engine');
select results_eq('select v.check_name, v.object, v.status, v.detail, v.remediation from kernel.v_schema_boundary_check v order by 1, 2',
  'select v.check_name, v.object, v.status, v.detail, v.remediation from aibos.v_schema_boundary_check v order by 1, 2', 'the boundary check is that of the engine');
select results_eq('select v.check_name, v.passed, v.failed, v.warned, v.status from kernel.v_governance_summary v',
  'select s.check_name, s.passed, s.failed, s.warned, s.status from aibos.governance_summary() s', 'the summary is that of the engine');
select is(lint.after('alter table finance.accounts no force row level security',
  $$select v.object from kernel.v_tenant_isolation_check v where v.status = 'FAIL'$$), 'finance.accounts', 'a fault shows under that name at once');

-- The health of every tenant, for the monitor.
select tests.act_as('monitor');
select set_has($$select v.slug, v.status, v.companies, v.journal_entries, v.is_registry_in_step from kernel.v_tenant_health v$$,
  $$values ('acme', 'active', 1::bigint, 1::bigint, true), ('globex', 'active', 1::bigint, 1::bigint, true)$$, 'the monitor sees every tenant with its counts, without a context');
select hasnt_column('kernel', 'v_tenant_health', 'name', 'and not what the tenant is called');
select throws_ok('select t.slug from kernel.tenants t', '42501', null, 'it reads no tenant itself (42501)');
select throws_ok('select u.email from kernel.users u', '42501', null, 'nor a user (42501)');
select throws_ok('select c.name from finance.companies c', '42501', null, 'nor a company (42501)');
create function pg_temp.leak(p text) returns boolean language plpgsql cost 0.0000001 as $$
begin
  perform set_config('tests.leaked', concat_ws(' ', current_setting('tests.leaked', true), p), true);
  return true;
end $$;
select count(*) from kernel.v_tenant_health v where v.slug = 'acme' and pg_temp.leak(v.slug);
select is(btrim(current_setting('tests.leaked')), 'acme', 'E4 a cheap leaky function is shown what the view shows it');

-- Counts follow the rows.
select tests.act_as('operator', 'acme');
insert into kernel.users (tenant_id, email) values (tests.tenant('acme'), 'second@acme.test');
select tests.act_as('monitor');
select is((select v.users from kernel.v_tenant_health v where v.slug = 'acme'), 2::bigint, 'a new user is counted');
select is((select v.users from kernel.v_tenant_health v where v.slug = 'globex'), 1::bigint, 'for its own tenant');
select tests.act_as_superuser();
select tests.set_context('operator', null);
select tests.enter('33333333-3333-4333-8333-333333333333');
insert into kernel.tenants (id, name, slug) values ('33333333-3333-4333-8333-333333333333', 'Initech', 'initech');
select tests.act_as('monitor');
select results_eq($$select v.users, v.companies, v.journal_entries from kernel.v_tenant_health v where v.slug = 'initech'$$,
  $$values (0::bigint, 0::bigint, 0::bigint)$$, 'a tenant without rows counts zero');
select is(lint.after($$select tests.act_as_superuser(); select tests.set_context('operator', 'acme'); alter table kernel.tenants disable trigger t50_record_tenant;
    update kernel.tenants set status = 'suspended' where slug = 'acme'; select tests.act_as('monitor')$$,
  $$select v.is_registry_in_step::text from kernel.v_tenant_health v where v.slug = 'acme'$$), 'false', 'a registry that fell behind shows');
select is(lint.after($$select tests.act_as_superuser(); drop table finance.companies cascade; select tests.act_as('monitor')$$,
  $$select coalesce(v.companies::text, 'none') from kernel.v_tenant_health v where v.slug = 'acme'$$), 'none', 'a table of another database is not counted');

-- Nobody else sees across tenants.
select tests.act_as('clerk', 'acme');
select throws_ok('select v.slug from kernel.v_tenant_health v', '42501', null, 'a service of the data plane does not (42501)');
select tests.act_as('operator', 'acme');
select throws_ok('select v.slug from kernel.v_tenant_health v', '42501', null, 'nor one of the control plane (42501)');
select tests.act_as('admin', 'acme');
select throws_ok('select v.slug from kernel.v_tenant_health v', '42501', null, 'nor an administrator of a tenant (42501)');
select throws_ok('select v.status from kernel.v_governance_summary v', '42501', null, 'who does not count the rows of others either (42501)');
select isnt_empty('select v.status from kernel.v_tenant_isolation_check v', 'but reads the checks of the catalog');
select tests.act_as('auditor', 'acme');
select throws_ok('select v.slug from kernel.v_tenant_health v', '42501', null, 'nor an auditor (42501)');
select isnt_empty('select v.status from kernel.v_schema_boundary_check v', 'who reads the checks of the catalog');

select * from finish();
rollback;
