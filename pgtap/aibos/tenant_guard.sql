begin;
set local client_min_messages = error;
select plan(32);

-- A known, active tenant writes.
select tests.act_as('clerk', 'acme');
select lives_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  values (tests.tenant('acme'), 'second', 'Second Ltd', 'USD')$$, 'an active tenant writes');

-- Without a tenant no write begins, whatever its rows: the guard fires before the first of them.
select tests.act_as('clerk');
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  values (tests.tenant('acme'), 'third', 'Third Ltd', 'USD')$$, '42501', 'tenant_id required', 'an insert without a tenant is refused (42501)');
select throws_ok($$update finance.companies set name = 'x' where false$$, '42501', 'tenant_id required',
  'an update of no row without a tenant is refused (42501)');
select throws_ok($$delete from finance.document_metadata where false$$, '42501', 'tenant_id required',
  'a delete of no row without a tenant is refused (42501)');
select throws_ok($$merge into finance.companies c using (select 1) s on false when not matched then
  insert (tenant_id, code, name, functional_currency) values (tests.tenant('acme'), 'third', 'Third Ltd', 'USD')$$,
  '42501', 'tenant_id required', 'F7 a merge without a tenant is refused (42501)');

-- An unknown tenant: a UUID is not enough.
select tests.enter('33333333-3333-4333-8333-333333333333');
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  values ('33333333-3333-4333-8333-333333333333', 'a', 'A Ltd', 'USD')$$, 'IB101', null, 'a tenant that is not registered cannot write (IB101)');
select throws_ok($$update finance.companies set name = 'x'$$, 'IB101', null, 'nor update (IB101)');
select is_empty('select c.id from finance.companies c', 'it reads nothing');

-- A10: a tenant that is not active reads and does not write.
select tests.act_as_superuser();
select tests.set_context('admin', 'globex');
update kernel.tenants set status = 'suspended' where id = tests.tenant('globex');
select tests.act_as('clerk', 'globex');
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  values (tests.tenant('globex'), 'second', 'Second Ltd', 'USD')$$, 'IB102', null, 'A10 a suspended tenant cannot insert (IB102)');
select throws_ok($$update finance.companies set name = 'x'$$, 'IB102', null, 'A10 a suspended tenant cannot update (IB102)');
select throws_ok('delete from finance.document_metadata', 'IB102', null, 'A10 a suspended tenant cannot delete, where there is nothing either (IB102)');
select isnt_empty('select c.id from finance.companies c', 'A10 a suspended tenant still reads');
select tests.act_as_superuser();
update kernel.tenants set status = 'closed' where id = tests.tenant('globex');
select tests.act_as('clerk', 'globex');
select throws_ok($$update finance.companies set name = 'x'$$, 'IB102', null, 'A10 a closed tenant cannot write (IB102)');
select tests.act_as_superuser();
update kernel.tenants set status = 'active' where id = tests.tenant('globex');
select tests.act_as('clerk', 'globex');
select lives_ok($$update finance.companies set name = 'Globex again'$$, 'A10 a tenant that was activated again writes');

-- F1, B11: the tenant of the rows is the tenant of the context.
select tests.act_as('clerk', 'acme');
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  values (tests.tenant('globex'), 'b', 'B Ltd', 'USD')$$, '42501', null, 'F1 a row for another tenant is refused (42501)');
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  values (tests.tenant('acme'), 'a', 'A Ltd', 'USD'), (tests.tenant('globex'), 'b', 'B Ltd', 'USD')$$,
  '42501', null, 'F1 one row for another tenant refuses the whole statement (42501)');
select is_empty($$select c.code from finance.companies c where c.code in ('a', 'b')$$, 'nothing of a refused statement stays');

-- No row moves to another tenant: by privilege where the application may not write the column, by policy and trigger where it may.
select throws_ok($$update finance.companies set tenant_id = tests.tenant('globex')$$, '42501', null,
  'F2 an application has no right to write tenant_id of a company (42501)');
select tests.act_as('operator', 'acme');
select throws_ok($$update kernel.users set tenant_id = tests.tenant('globex')$$, 'IB103', null,
  'F2 a row cannot move to another tenant (IB103)');
select throws_ok($$insert into kernel.users (tenant_id, id, email)
  values (tests.tenant('acme'), tests.person('clerk of acme'), 'clerk@acme.test')
  on conflict (tenant_id, id) do update set tenant_id = tests.tenant('globex')$$, 'IB103', null,
  'F5 nor by ON CONFLICT DO UPDATE (IB103)');
select throws_ok($$merge into kernel.users u using (select 1) s on u.tenant_id = tests.tenant('acme')
  when matched then update set tenant_id = tests.tenant('globex')$$, 'IB103', null, 'F7 nor by MERGE (IB103)');
select lives_ok($$update kernel.users set tenant_id = tenant_id, display_name = 'Same tenant'$$, 'naming the same tenant again moves nothing');
select throws_ok($$update kernel.tenants set id = tests.tenant('globex')$$, 'IB103', null,
  'F2 a tenant cannot become another one (IB103)');
select tests.act_as_superuser();
select throws_ok($$update kernel.users set tenant_id = tests.tenant('globex') where tenant_id = tests.tenant('acme')$$, 'IB103', null,
  'F2 a superuser cannot move a row either (IB103)');
set local session_replication_role = replica;
select throws_ok($$update kernel.users set tenant_id = tests.tenant('globex') where tenant_id = tests.tenant('acme')$$, 'IB103', null,
  'I4 nor can replication (IB103)');
select set_config('app.tenant_id', '', true);
select throws_ok($$delete from kernel.routes$$, '42501', 'tenant_id required', 'I4 a superuser posing as replication still names a tenant (42501)');
set local session_replication_role = origin;

-- Who could blind the guard: it reads the registry as aibos_guard, by a pinned path.
select tests.set_context('clerk', 'acme');
create table pg_temp.tenant_registry (tenant_id uuid, status text);
insert into pg_temp.tenant_registry values ('33333333-3333-4333-8333-333333333333', 'active');
grant select on pg_temp.tenant_registry to public;
select set_config('role', 'aibos_finance_role', true);
set local search_path = pg_temp, public, tap;
select tests.enter('33333333-3333-4333-8333-333333333333');
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  values ('33333333-3333-4333-8333-333333333333', 'a', 'A Ltd', 'USD')$$, 'IB101', null,
  'E7 a registry of the caller''s own is not read (IB101)');
set local row_security = off;
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  values ('33333333-3333-4333-8333-333333333333', 'a', 'A Ltd', 'USD')$$, '42501', null, 'D7 row_security = off closes, it does not open (42501)');
select throws_ok('select c.id from finance.companies c', '42501', null, 'D7 nor does it for a read (42501)');

reset row_security;
reset search_path;
select tests.act_as_superuser();
select tests.set_context('clerk', 'acme');
select lives_ok($$select aibos.assert_row_in_context(tests.tenant('acme'), 'finance', 'payments')$$, 'a guard takes a row of the tenant in context');
select throws_ok($$select aibos.assert_row_in_context(tests.tenant('globex'), 'finance', 'payments')$$, '42501',
  'new row violates row-level security policy for table "payments"', 'of another tenant it says what the policy says (42501)');
select throws_ok($$select aibos.assert_row_in_context(null, 'finance', 'payments')$$, '42501',
  'new row violates row-level security policy for table "payments"', 'and of none (42501)');

select * from finish();
rollback;
