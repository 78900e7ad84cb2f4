-- A collation is chosen by the caller of a function and decides what its texts are equal to. Needs ICU, as shipped with the servers of the tests.
begin;
set local client_min_messages = error;
select plan(10);

create schema evil;
grant all on schema evil to public;
-- Case and punctuation are nothing to it.
create collation evil.loose (provider = icu, locale = 'und-u-ka-shifted-ks-level1', deterministic = false);
select ok('USD' = 'usd' collate evil.loose and 'kernel.users' = '"kernel.users"' collate evil.loose, 'a loose collation takes different texts for equal');

-- From 16 on a collation may have rules of its own, which take one listed currency for another. Before there is only the loose one.
do $rules$
begin
  if current_setting('server_version_num')::integer >= 160000 then
    create collation evil.merging (provider = icu, locale = 'und', rules = '&USD=EUR', deterministic = false);
  else
    create collation evil.merging from evil.loose;
  end if;
end
$rules$;

create function pg_temp.post(p_currencies text, p_rest text default '') returns text language sql
return tests.outcome(format($$
  select finance.post_journal(tests.company('acme'), date '2026-03-10', 'collated',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], %s%s)
$$, p_currencies, p_rest));

select tests.act_as('clerk', 'acme');
select is(pg_temp.post($$array['USD', 'usd'] collate evil.loose$$), 'IB206', 'K13 currencies that a collation takes for one are two (IB206)');
select is(pg_temp.post($$array['usd', 'usd'] collate evil.loose$$), 'IB206', 'K13 a currency that only a collation knows is unknown (IB206)');
select is(pg_temp.post($$array['USD', 'usd'] collate evil.loose$$, $$, null, null, 'key'$$), 'IB206', 'K13 nor under a key (IB206)');
select is(pg_temp.post($$array['USD', 'EUR'] collate evil.merging$$), 'IB201', 'K13 two listed currencies that a collation takes for one do not balance each other (IB201)');
select is(pg_temp.post($$array['USD', 'USD'] collate evil.loose$$, $$, null, null, 'key' collate evil.loose$$), 'accepted', 'a sound entry is accepted under any collation');
select is(pg_temp.post($$array['USD', 'USD']$$, $$, null, null, 'KEY' collate evil.loose$$), 'accepted', 'and two keys are two, whatever a collation takes them for');
select is((select count(*) from finance.journal_entries where idempotency_key in ('key', 'KEY')), 2::bigint, '… and book twice');
select is_empty($$select journal_entry_id, detail from finance.v_journal_integrity where status <> 'PASS'$$,
  'every entry proves whole, balanced and recorded afterwards');

select tests.act_as('monitor', 'acme');
select set_config('tests.ran_as', '', true);
create function pg_temp.spy() returns integer language plpgsql as
  'begin perform set_config(''tests.ran_as'', current_user::text, true); return 1; end';
create view pg_temp."kernel.users" as select pg_temp.spy() as n, '11111111-1111-4111-8111-111111111111'::uuid as tenant_id;
grant execute on function pg_temp.spy() to public;
grant select on pg_temp."kernel.users" to public;
select tests.outcome($$select aibos._count_rows_of_tenant('"kernel.users"' collate evil.loose, tests.tenant('acme'))$$);
select isnt(current_setting('tests.ran_as'), 'aibos_guard', 'E11 nor does a collation let a view of the monitor pass for a table that aibos_guard counts');

select * from finish();
rollback;
