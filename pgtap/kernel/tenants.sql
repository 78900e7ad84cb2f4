begin;
set local client_min_messages = error;
select plan(31);

-- A tenant is made by a service of the control plane, in the context of the tenant it makes.
select tests.act_as('operator', null, 'onboarding');
select tests.enter('33333333-3333-4333-8333-333333333333');
select lives_ok($$insert into kernel.tenants (id, name, slug, region) values ('33333333-3333-4333-8333-333333333333', 'Initech', 'initech', 'eu')$$,
  'a tenant is made');
select lives_ok($$insert into kernel.users (tenant_id, email) values ('33333333-3333-4333-8333-333333333333', 'peter@initech.test')$$,
  'its first user is made in the same transaction');
select tests.act_as_superuser();
select results_eq($$select r.slug, r.status, r.region from aibos.tenant_registry r where r.tenant_id = '33333333-3333-4333-8333-333333333333'$$,
  $$values ('initech', 'active', 'eu')$$, 'the data plane knows it at once');
select is((select count(*) from kernel.audit_events e where e.object = 'kernel.tenants' and e.tenant_id = '33333333-3333-4333-8333-333333333333' and e.reason = 'onboarding'),
  1::bigint, 'its making left an event under its own id');

-- The data plane follows every change.
select set_config('role', 'aibos_kernel_role', true);
update kernel.tenants set status = 'suspended', slug = 'initech-2', region = 'us';
select tests.act_as_superuser();
select results_eq($$select r.slug, r.status, r.region from aibos.tenant_registry r where r.tenant_id = '33333333-3333-4333-8333-333333333333'$$,
  $$values ('initech-2', 'suspended', 'us')$$, 'a change of status, slug or region is known at once');
select set_config('role', 'aibos_finance_role', true);
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  values ('33333333-3333-4333-8333-333333333333', 'main', 'Initech', 'USD')$$, 'IB102', null, 'A10 so a suspended tenant cannot write its books (IB102)');
select set_config('role', 'aibos_kernel_role', true);
select lives_ok($$update kernel.tenants set status = 'active'$$, 'the control plane activates it again');
savepoint undone;
update kernel.tenants set status = 'closed';
rollback to undone;
select tests.act_as_superuser();
select is((select r.status from aibos.tenant_registry r where r.tenant_id = '33333333-3333-4333-8333-333333333333'), 'active',
  'a change that was rolled back is rolled back in both planes');

-- A tenant stays.
select tests.act_as('operator', 'acme');
select throws_ok('delete from kernel.tenants', 'IB105', null, 'a tenant cannot be deleted (IB105)');
select lives_ok('delete from kernel.tenants where false', 'deleting no tenant is no error');
select tests.act_as_superuser();
select throws_ok($$delete from kernel.tenants where slug = 'acme'$$, 'IB105', null, 'nor by a superuser (IB105)');
select throws_ok('truncate kernel.tenants', 'IB302', null, 'nor by a truncate (IB302)');
set local session_replication_role = replica;
select throws_ok($$delete from kernel.tenants where slug = 'acme'$$, 'IB105', null, 'I4 nor by posing as replication (IB105)');
select lives_ok($$update kernel.tenants set status = 'suspended' where slug = 'acme'$$, 'I4 a change that comes by replication');
set local session_replication_role = origin;
select is((select r.status from aibos.tenant_registry r where r.tenant_id = tests.tenant('acme')), 'suspended', 'I4 is known to the data plane too');
update kernel.tenants set status = 'active' where slug = 'acme';

-- One tenant knows nothing of another.
select tests.act_as('operator', 'acme');
select results_eq('select t.slug from kernel.tenants t', array['acme'], 'a tenant sees itself alone');
select is_empty($$with changed as (update kernel.tenants set name = 'x' where slug = 'globex' returning id) select c.id from changed c$$,
  'a tenant changes no other');
select throws_ok($$insert into kernel.tenants (id, name, slug) values ('44444444-4444-4444-8444-444444444444', 'Other', 'other')$$, '42501', null,
  'F1 a tenant cannot make another one (42501)');
select throws_ok($$update kernel.tenants set id = '44444444-4444-4444-8444-444444444444'$$, 'IB103', null, 'F2 nor become another one (IB103)');
select tests.act_as('operator');
select throws_ok($$insert into kernel.tenants (name, slug) values ('Nobody', 'nobody')$$, '42501', 'tenant_id required',
  'without a context no tenant is made (42501)');
select throws_ok('select t.slug from kernel.tenants t', '42501', 'tenant_id required', 'nor read (42501)');

-- Malformed ones.
select tests.act_as_superuser();
select tests.set_context('operator', 'acme');
select throws_ok($$insert into kernel.tenants (id, name, slug) values ('00000000-0000-0000-0000-000000000000', 'Nil', 'nil')$$, '23514', null, 'A8 the nil UUID is no tenant (23514)');
select throws_ok($$insert into kernel.tenants (name, slug) values (' ', 'blank')$$, '23514', null, 'a tenant has a name (23514)');
select throws_ok($$insert into kernel.tenants (name, slug) values ('Upper', 'Upper')$$, '23514', null, 'a slug is lower case (23514)');
select throws_ok($$insert into kernel.tenants (name, slug) values ('Long', repeat('a', 64))$$, '23514', null, 'a slug has 63 characters at most (23514)');
select throws_ok($$insert into kernel.tenants (name, slug) values ('Twice', 'acme')$$, '23505', null, 'two tenants cannot share a slug (23505)');
select throws_ok($$insert into kernel.tenants (name, slug, status) values ('Asleep', 'asleep', 'asleep')$$, '23514', null, 'an unknown status is refused (23514)');

-- Who else may.
select tests.act_as('clerk', 'acme');
select throws_ok('select t.slug from kernel.tenants t', '42501', null, 'a service of the data plane reads no tenant of the control plane (42501)');
select throws_ok($$update kernel.tenants set status = 'active'$$, '42501', null, 'nor changes its own (42501)');
select tests.act_as('migrator', 'acme');
select throws_ok('select t.slug from kernel.tenants t', '42501', null, 'nor does a migration (42501)');
select tests.act_as('auditor', 'acme');
select throws_ok($$update kernel.tenants set status = 'closed'$$, '42501', null, 'nor an auditor (42501)');

select * from finish();
rollback;
