begin;
select plan(23);

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

-- The time in an id, and the ids of a time.
select is(aibos.uuid_v7_from(v.at), v.id::uuid, format('the ids of %s begin at %s', v.at, v.id))
from (values
  (timestamptz '1970-01-01 00:00:00+00', '00000000-0000-0000-0000-000000000000'),
  ('1970-01-01 00:00:00.001+00', '00000000-0001-0000-0000-000000000000'),
  ('2022-02-22 19:22:22+00', '017f22e2-79b0-0000-0000-000000000000'),
  ('2022-02-22 19:22:22.000999+00', '017f22e2-79b0-0000-0000-000000000000'),
  ('9999-12-31 23:59:59.999+00', 'e677d21f-dbff-0000-0000-000000000000')
) as v (at, id);
-- The example of RFC 9562, Appendix A.6, among others.
select is(aibos.uuid_v7_time(v.id::uuid), v.at, format('%s is of %s', v.id, v.at))
from (values
  ('00000000-0000-0000-0000-000000000000', timestamptz '1970-01-01 00:00:00+00'),
  ('017f22e2-79b0-7cc3-98c4-dc0c0c07398f', '2022-02-22 14:22:22-05'),
  ('017f22e2-79b1-7000-8000-000000000000', '2022-02-22 14:22:22.001-05'),
  ('0699e991-a7ff-ffff-ffff-ffffffffffff', '2199-12-31 23:59:59.999+00')
) as v (id, at);
select is_empty($$
  select m.id from made m
  where aibos.uuid_v7_time(m.id) not between m.at - interval '1 minute' and m.at + interval '1 minute'
$$, 'the time of an id is that it was made at');
select is_empty($$
  select m.id from made m
  where not (m.id >= aibos.uuid_v7_from(aibos.uuid_v7_time(m.id)) and m.id < aibos.uuid_v7_from(aibos.uuid_v7_time(m.id) + interval '1 millisecond'))
$$, 'an id sorts after where its millisecond begins and before the next');
select is_empty($$
  select n from generate_series(0, 9999) n
  cross join lateral (select timestamptz '2026-03-10 12:34:56+00' + n * interval '0.1 milliseconds' as at) t
  where aibos.uuid_v7_time(aibos.uuid_v7_from(t.at)) <> date_trunc('milliseconds', t.at)
$$, 'from a time to an id and back loses what is below a millisecond and nothing else');
set local timezone = 'Pacific/Apia';
select is(aibos.uuid_v7_from('2022-02-22 19:22:22+00'), '017f22e2-79b0-0000-0000-000000000000'::uuid, 'whatever the time zone');
reset timezone;
select throws_ok($$select aibos.uuid_v7_from('infinity')$$, '0A000', null, 'no id begins at the end of time (0A000)');
select is(array[aibos.uuid_v7_from(null)::text, aibos.uuid_v7_time(null)::text], array[null, null]::text[], 'of null there is none');

select tests.act_as('clerk', 'acme');
insert into finance.companies (tenant_id, code, name, functional_currency) values (tests.tenant('acme'), 'ids', 'Ids Ltd', 'USD');
select is((select substr(c.id::text, 15, 1) from finance.companies c where c.code = 'ids'), '7',
  'a row without an id gets one from the database');

select * from finish();
rollback;
