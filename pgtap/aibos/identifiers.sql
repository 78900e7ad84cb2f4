begin;
select plan(8);

select is(substr(aibos.uuid_v7()::text, 15, 1), '7', 'an id is a UUID of version 7');
select matches(substr(aibos.uuid_v7()::text, 20, 1), '^[89ab]$', 'an id is of the variant of RFC 9562');

create temporary table made as
select n, aibos.uuid_v7() as id, clock_timestamp() as at from generate_series(1, 1000) n;

select is((select count(distinct m.id) from made m), 1000::bigint, 'a thousand ids are a thousand different ones');
select is_empty($$
  select m.id from made m
  where abs(('x' || translate(left(m.id::text, 13), '-', ''))::bit(48)::bigint - extract(epoch from m.at) * 1000) > 60000
$$, 'the first 48 bits are the Unix time in milliseconds');
select is_empty($$
  select m.id from made m join made later on later.n = m.n + 1
  where left(later.id::text, 13) < left(m.id::text, 13)
$$, 'ids sort by the millisecond they were made in');
select is((select count(distinct right(m.id::text, 12)) from made m), 1000::bigint, 'the last 48 bits are random');
select volatility_is('aibos', 'uuid_v7', array[]::name[], 'volatile', 'each call makes another id');

select tests.act_as('clerk', 'acme');
insert into finance.companies (tenant_id, code, name, functional_currency) values (tests.tenant('acme'), 'ids', 'Ids Ltd', 'USD');
select is((select substr(c.id::text, 15, 1) from finance.companies c where c.code = 'ids'), '7',
  'a row without an id gets one from the database');

select * from finish();
rollback;
