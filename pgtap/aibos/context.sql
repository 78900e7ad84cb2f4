begin;
select plan(43);

-- A1: nothing was ever set in this session, or the context was emptied.
select set_config('role', 'aibos_finance_role', true);
select throws_ok('select aibos.current_tenant_id()', '42501', 'tenant_id required', 'A1 without a context there is no tenant (42501)');
select throws_ok('select a.code from finance.accounts a', '42501', 'tenant_id required', 'A1 a read that meets a row is refused (42501)');
select throws_ok('select count(*) from finance.v_posted_journals', '42501', 'tenant_id required', 'A1 a read through a view is refused (42501)');
select throws_ok($$update finance.accounts set name = 'x'$$, '42501', 'tenant_id required', 'A1 an update is refused (42501)');
select throws_ok('delete from finance.document_metadata', '42501', 'tenant_id required', 'A1 a delete is refused, also where there are no rows (42501)');
select throws_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  select tests.tenant('acme'), 'x', 'x', 'USD' where false$$, '42501', 'tenant_id required', 'A1 an insert of nothing is refused (42501)');
-- A2: where no row has to be tested, PostgreSQL may answer before it asks for the tenant. Then it answers with nothing.
create function pg_temp.answer(p_query text) returns text language plpgsql as $$
declare
  answer text;
begin
  execute format('select count(*) from (%s) q', p_query) into answer;
  return answer || ' rows';
exception when insufficient_privilege then
  return sqlerrm;
end $$;
select matches(pg_temp.answer(q.query), '^(tenant_id required|0 rows)$', format('A2 %s shows no row', q.name))
from (values
  ('a read of an empty table', 'select p.id from finance.payments p'),
  ('a read that asks for nothing', 'select a.id from finance.accounts a where false'),
  ('a read limited to nothing', 'select a.id from finance.accounts a limit 0'),
  ('F16 a read by place', $$select a.id from finance.accounts a where a.ctid = '(0,1)'$$),
  ('F16 a read of a sample', 'select a.id from finance.accounts a tablesample system (100)')
) as q (name, query);

-- A4, A5: empty, and what is left of an earlier context. A transaction that ended and a savepoint that was rolled back
-- leave the same: an empty setting.
select set_config('app.tenant_id', '', true);
select throws_ok('select aibos.current_tenant_id()', '42501', 'tenant_id required', 'A4 an empty context is no tenant (42501)');
savepoint earlier;
select set_config('app.tenant_id', tests.tenant('acme')::text, true);
rollback to earlier;
select throws_ok('select aibos.current_tenant_id()', '42501', 'tenant_id required', 'A5 a context that was rolled back is no tenant (42501)');
select throws_ok('select a.code from finance.accounts a', '42501', 'tenant_id required', 'B14 rows are gone with the savepoint that set the tenant (42501)');

-- A6, A8: shapes that are no tenant. Each is refused with the one code, never with an error of a cast.
select throws_ok(format('select set_config(%L, %L, true), aibos.current_tenant_id()', 'app.tenant_id', shape.value),
  '42501', 'tenant_id required', format('A6 %s is no tenant (42501)', shape.name))
from (values
  ('a word', 'acme'),
  ('a blank', ' '),
  ('a UUID cut short', '11111111-1111-4111-8111-11111111111'),
  ('a UUID with a digit too many', '11111111-1111-4111-8111-1111111111111'),
  ('a UUID with a letter that is no digit', 'g1111111-1111-4111-8111-111111111111'),
  ('a UUID with a blank before it', ' 11111111-1111-4111-8111-111111111111'),
  ('a UUID with a line feed after it', E'11111111-1111-4111-8111-111111111111\n'),
  ('a list of two UUIDs', '11111111-1111-4111-8111-111111111111,22222222-2222-4222-8222-222222222222'),
  ('an array of UUIDs', '{11111111-1111-4111-8111-111111111111,22222222-2222-4222-8222-222222222222}'),
  ('a UUID with one brace', '{11111111-1111-4111-8111-111111111111'),
  ('a UUID in digits of another script', '１１１１１１１１-1111-4111-8111-111111111111'),
  ('SQL', $$' or true --$$),
  ('a megabyte of digits', repeat('1', 1048576)),
  ('the nil UUID', '00000000-0000-0000-0000-000000000000'),
  ('the nil UUID in braces', '{00000000-0000-0000-0000-000000000000}'),
  ('the nil UUID without hyphens', '00000000000000000000000000000000')
) as shape (name, value);

-- A7: other spellings of one UUID are that tenant.
select is(aibos.current_tenant_id(), tests.tenant('acme'), format('A7 %s is read as the tenant it names', shape.name))
from (values
  ('a UUID in lower case', '11111111-1111-4111-8111-111111111111'),
  ('a UUID in braces', '{11111111-1111-4111-8111-111111111111}'),
  ('a UUID without hyphens', '11111111111141118111111111111111')
) as shape (name, value)
cross join lateral set_config('app.tenant_id', shape.value, true) as s (setting)
where s.setting is not null;
select is(set_config('app.tenant_id', 'ABCDEF01-1111-4111-8111-11111111111A', true)::uuid, aibos.current_tenant_id(),
  'A7 a UUID in upper case is read as the tenant it names');

-- The right tenant, and only it.
select tests.act_as('clerk', 'acme');
select is((select count(distinct a.tenant_id) from finance.accounts a), 1::bigint, 'with a context a read returns the rows of one tenant');
select is((select min(a.tenant_id::text) from finance.accounts a)::uuid, tests.tenant('acme'), 'the rows are those of the tenant in context');

-- F14: a plan kept from one tenant serves another tenant its own rows. An IMMUTABLE function would not.
set local plan_cache_mode = force_generic_plan;
prepare codes as select array_agg(distinct a.tenant_id) from finance.accounts a;
select results_eq('execute codes', 'select array[tests.tenant(''acme'')]', 'F14 a prepared statement returns the rows of the tenant in context');
select set_config('app.tenant_id', tests.tenant('globex')::text, true);
select results_eq('execute codes', 'select array[tests.tenant(''globex'')]', 'F14 the same plan under another tenant returns that tenant''s rows');
select set_config('app.tenant_id', '', true);
select throws_ok('execute codes', '42501', 'tenant_id required', 'F14 the same plan without a tenant is refused (42501)');
select tests.act_as_superuser();
select volatility_is('aibos', 'current_tenant_id', array[]::name[], 'stable', 'A14 the context function is STABLE');

-- The user of the context.
select set_config('app.user_id', '', true);
select throws_ok('select aibos.current_user_id()', 'IB104', 'user_id required', 'without a user there is no user (IB104)');
select set_config('app.user_id', '00000000-0000-0000-0000-000000000000', true);
select throws_ok('select aibos.current_user_id()', 'IB104', 'user_id required', 'the nil UUID is no user (IB104)');
select set_config('app.user_id', tests.person('clerk')::text, true);
select is(aibos.current_user_id(), tests.person('clerk'), 'the user of the context is read');

select * from finish();
rollback;
