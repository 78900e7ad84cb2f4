begin;
select plan(115);

-- Rates of three sources. ECB states everything against the euro; DESK prices the dollar in yen and in sterling, the pound in
-- euro and the euro in dollars; WEEK holds ranges. 2026-03-06 is a Friday.
create function pg_temp.publish(
  p_tenant text, p_base text, p_quote text, p_rate numeric, p_source text, p_from date, p_to date default null
)
returns uuid language sql as $$
  insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
  values (tests.tenant(p_tenant), p_base, p_quote, p_rate, p_source, p_from, coalesce(p_to, p_from))
  returning id
$$;
create function pg_temp.version(p_base text, p_quote text, p_source text, p_from date) returns uuid language sql as $$
  select f.id from finance.fx_rates f
  where f.tenant_id = tests.tenant('acme') and f.base_currency = p_base and f.quote_currency = p_quote
    and f.source = p_source and f.valid_from = p_from
$$;

select tests.act_as('clerk', 'globex');
select pg_temp.publish('globex', 'EUR', 'USD', 9, 'ECB', date '2026-03-06');
select pg_temp.publish('globex', 'EUR', 'NZD', 9, 'ECB', date '2026-03-06');
select tests.act_as('clerk', 'acme');
select pg_temp.publish('acme', 'EUR', 'USD', 1.1, 'ECB', date '2026-03-05');
select pg_temp.publish('acme', 'EUR', 'USD', 1.25, 'ECB', date '2026-03-06');
select pg_temp.publish('acme', 'EUR', 'GBP', 0.8, 'ECB', date '2026-03-05');
select pg_temp.publish('acme', 'EUR', 'JPY', 160, 'ECB', date '2026-02-20');
select pg_temp.publish('acme', 'EUR', 'USD', 1.3, 'ECB', date '2999-01-01');
select pg_temp.publish('acme', 'USD', 'JPY', 150, 'DESK', date '2026-03-06');
select pg_temp.publish('acme', 'GBP', 'EUR', 1.2, 'DESK', date '2026-03-06');
select pg_temp.publish('acme', 'EUR', 'USD', 1.2, 'DESK', date '2026-03-04');
select pg_temp.publish('acme', 'USD', 'GBP', 0.75, 'DESK', date '2026-03-05');
select pg_temp.publish('acme', 'GBP', 'USD', 1.5, 'DESK', date '2026-03-06');
select pg_temp.publish('acme', 'EUR', 'CHF', 0.95, 'WEEK', date '2026-03-02', date '2026-03-08');
select pg_temp.publish('acme', 'EUR', 'CHF', 0.96, 'WEEK', date '2026-03-09', date '2026-03-15');

-- What is found.
select is((select f from finance.fx_rate_on('EUR', 'USD', '2026-03-06', 'ECB') f),
  row(1.25::numeric, pg_temp.version('EUR', 'USD', 'ECB', '2026-03-06'), null::uuid, date '2026-03-06'),
  'the rate of the day itself is found, with its version and its day');
select is((select f.rate from finance.fx_rate_on('EUR', 'USD', '2026-03-05', 'ECB') f), 1.1::numeric,
  'a later version does not count before its day');
select is((select f.published_on from finance.fx_rate_on('EUR', 'USD', '2026-03-08', 'ECB') f), date '2026-03-06',
  'a Sunday takes the rate of the Friday');
select is((select f.rate from finance.fx_rate_on('EUR', 'USD', '2026-03-13', 'ECB') f), 1.25::numeric,
  'a rate is used for seven days after its last');
select is(finance.fx_rate_max_age(), 7, 'the seven days are a constant with a name');
select throws_ok($$select finance.fx_rate_on('EUR', 'USD', '2026-03-14', 'ECB')$$, 'IB230',
  $$there is no rate from EUR to USD on 2026-03-14 by source 'ECB'$$, 'and not on the eighth (IB230)');
select is((select f from finance.fx_rate_on('USD', 'EUR', '2026-03-06', 'ECB') f),
  row(0.8::numeric, pg_temp.version('EUR', 'USD', 'ECB', '2026-03-06'), null::uuid, date '2026-03-06'),
  'the other direction is the inverse of the same version');
select is((select f from finance.fx_rate_on('USD', 'GBP', '2026-03-06', 'ECB') f),
  row(0.64::numeric, pg_temp.version('EUR', 'USD', 'ECB', '2026-03-06'), pg_temp.version('EUR', 'GBP', 'ECB', '2026-03-05'),
    date '2026-03-05'),
  'two currencies quoted against the euro meet there: both versions, the older day');
select is((select f.rate from finance.fx_rate_on('GBP', 'USD', '2026-03-06', 'ECB') f), 1.5625::numeric,
  'the way back names the legs in its own order');
select is((select f.fx_rate_id from finance.fx_rate_on('GBP', 'USD', '2026-03-06', 'ECB') f),
  pg_temp.version('EUR', 'GBP', 'ECB', '2026-03-05'), 'the first id leads away from the base');
select is((select f.rate from finance.fx_rate_on('USD', 'GBP', '2026-03-06', 'DESK') f), 0.75::numeric,
  'a direct rate comes before a fresher inverse');
select is((select f.rate from finance.fx_rate_on('EUR', 'GBP', '2026-03-06', 'DESK') f),
  (select trim_scale(round(1::numeric, 50) / 1.2)), 'an inverse comes before a cross');
select is((select f from finance.fx_rate_on('EUR', 'JPY', '2026-03-06', 'DESK') f),
  row(180::numeric, pg_temp.version('EUR', 'USD', 'DESK', '2026-03-04'), pg_temp.version('USD', 'JPY', 'DESK', '2026-03-06'),
    date '2026-03-04'),
  'a cross may go by way of any currency, here with two direct legs');
select is((select f.rate from finance.fx_rate_on('GBP', 'JPY', '2026-03-06', 'DESK') f), 225::numeric,
  'a leg is direct where it can be');
select is((select f.rate from finance.fx_rate_on('EUR', 'CHF', d, 'WEEK') f), r, format('a range holds on each of its days: %s', d))
from (values (date '2026-03-02', 0.95), ('2026-03-08', 0.95), ('2026-03-09', 0.96), ('2026-03-22', 0.96)) as v (d, r);
select is((select f from finance.fx_rate_on('USD', 'USD', '2026-03-06', 'nobody') f),
  row(1::numeric, null::uuid, null::uuid, null::date), 'a currency costs one of itself, resting on no rate');
select throws_ok($$select finance.fx_rate_on('EUR', 'USD', '2998-12-31', 'ECB')$$, 'IB230', null,
  'a rate of the far future is not used before its day (IB230, M7)');
select is((select f.rate from finance.fx_rate_on('EUR', 'USD', '2999-01-01', 'ECB') f), 1.3::numeric, 'but on it');

-- Which way is taken where there are several is decided by the rates, not by the caller.
select pg_temp.publish('acme', 'AAA', 'EUR', 2, 'WAYS', date '2026-03-05');
select pg_temp.publish('acme', 'AAA', 'USD', 3, 'WAYS', date '2026-03-05');
select pg_temp.publish('acme', 'BBB', 'EUR', 4, 'WAYS', date '2026-03-05');
select pg_temp.publish('acme', 'BBB', 'USD', 8, 'WAYS', date '2026-03-05');
select is((select f.rate from finance.fx_rate_on('EUR', 'USD', '2026-03-06', 'WAYS') f), 1.5::numeric,
  'of two ways of one age the first in the alphabet is taken');
select pg_temp.publish('acme', 'BBB', 'EUR', 4, 'WAYS', date '2026-03-06');
select is((select f.rate from finance.fx_rate_on('EUR', 'USD', '2026-03-06', 'WAYS') f), 1.5::numeric,
  'a way is as old as the older of its legs');
select pg_temp.publish('acme', 'BBB', 'USD', 8, 'WAYS', date '2026-03-06');
select is((select f.rate from finance.fx_rate_on('EUR', 'USD', '2026-03-06', 'WAYS') f), 2::numeric,
  'the freshest way is taken');

-- What is not.
select throws_ok(format('select finance.fx_rate_on(%L, %L, %L, %L)', b, q, d, s), 'IB230', null, what || ' (IB230)')
from (values
  ('EUR', 'JPY', '2026-03-06', 'ECB', 'a rate two weeks old does not count'),
  ('USD', 'JPY', '2026-03-06', 'ECB', 'nor as a leg'),
  ('EUR', 'USD', '2026-03-04', 'ECB', 'nothing holds before the first version'),
  ('EUR', 'NZD', '2026-03-06', 'ECB', 'the rate of another tenant is none (K14)'),
  ('EUR', 'USD', '2026-03-06', 'ecb', 'a source is spelled exactly'),
  ('eur', 'USD', '2026-03-06', 'ECB', 'so is a currency'),
  ('EUR', 'CHF', '2026-03-06', 'ECB', 'legs of two sources are never put together'),
  (null, 'USD', '2026-03-06', 'ECB', 'no base'),
  ('EUR', null, '2026-03-06', 'ECB', 'no quote'),
  ('EUR', 'USD', null, 'ECB', 'no date'),
  ('EUR', 'USD', 'infinity', 'ECB', 'no day'),
  ('EUR', 'USD', '2026-03-06', null, 'no source')
) as v (b, q, d, s, what);
create temp table told as select null::text as detail, null::text as hint limit 0;
do $$
declare
  detail text;
  hint text;
begin
  perform finance.fx_rate_on('EUR', 'USD', '2026-03-20', 'ECB');
exception when sqlstate 'IB230' then
  get stacked diagnostics detail = pg_exception_detail, hint = pg_exception_hint;
  insert into told values (detail, hint);
end $$;
select matches((select detail from told), '2026-03-06.*7 days', 'the error names the nearest date and the limit');
select matches((select hint from told), 'aibos fx import', 'and what to do');
select tests.act_as_superuser();
select tests.set_context('clerk', 'acme');
select is(finance._nearest_fx_date(tests.tenant('acme'), b, q, d, 'ECB'), nearest, 'nearest date: ' || what)
from (values
  ('EUR', 'USD', date '2026-03-20', date '2026-03-06', 'the last day before'),
  ('EUR', 'USD', date '2026-03-04', date '2026-03-05', 'the first day after'),
  ('USD', 'JPY', date '2026-02-20', null::date, 'none where the legs never meet'),
  ('USD', 'GBP', date '2026-03-20', date '2026-03-06', 'of a cross'),
  ('USD', 'NZD', date '2026-03-06', null, 'never one of another tenant')
) as v (b, q, d, nearest, what);
set local datestyle = 'SQL, DMY';
select throws_ok($$select finance.fx_rate_on('EUR', 'USD', '20/03/2026', 'ECB')$$, 'IB230',
  $$there is no rate from EUR to USD on 2026-03-20 by source 'ECB'$$, 'messages write dates one way, whatever the date style (M4)');
select is((select f.rate from finance.fx_rate_on('EUR', 'USD', date '06/03/2026', 'ECB') f), 1.25::numeric,
  'and a date is a date, however it was written');
reset datestyle;

-- Whatever collation the caller brings.
create collation tests.loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
grant usage on schema tests to public;
select tests.act_as('clerk', 'acme');
select throws_ok($$select finance.fx_rate_on('eur' collate tests.loose, 'USD' collate tests.loose, '2026-03-06', 'ECB')$$, 'IB230', null,
  'a collation that takes eur for EUR does not (IB230)');
select throws_ok($$select finance.fx_rate_on('usd' collate tests.loose, 'USD' collate tests.loose, '2026-03-06', 'ECB')$$, 'IB230', null,
  'nor makes two currencies one (IB230)');

-- With a tenant as argument: for the guards and the poster.
select throws_ok(format('select finance.%s', call), '42501', null, 'an application names no tenant: ' || split_part(call, '(', 1) || ' (42501)')
from unnest(array[
  $$_fx_rate_on(tests.tenant('globex'), 'EUR', 'USD', '2026-03-06', 'ECB')$$,
  $$_find_fx_rate(tests.tenant('globex'), 'EUR', 'USD', '2026-03-06', 'ECB')$$,
  $$_is_current_rate(tests.tenant('globex'), null, null, 'EUR', 'USD', '2026-03-06')$$,
  $$_fx_rate_of(tests.tenant('globex'), null, null, 'EUR', 'USD')$$
]) as call;
select tests.set_context('clerk', null);
select throws_ok($$select finance.fx_rate_on('EUR', 'USD', '2026-03-06', 'ECB')$$, '42501', null, 'without a tenant there is no rate (42501)');
select tests.act_as_superuser();
create function pg_temp.seen_by(p_role name, p_tenant text) returns numeric language plpgsql as $$
declare
  seen numeric;
begin
  perform set_config('role', p_role, true);
  select f.rate into seen from finance._fx_rate_on(tests.tenant(p_tenant), 'EUR', 'USD', '2026-03-06', 'ECB') f;
  perform set_config('role', 'none', true);
  return seen;
end $$;
grant execute on function pg_temp.seen_by(name, text) to public;
select is(pg_temp.seen_by(r, t), e, format('%s finds the rate of %s, the tenant it names', r, t))
from (values ('aibos_poster', 'acme', 1.25), ('aibos_poster', 'globex', 9), ('aibos_guard', 'acme', 1.25), ('aibos_guard', 'globex', 9))
  as v (r, t, e);

-- Whether ids are the ones to use.
create function pg_temp.current_rate(p_ids uuid[], p_from text, p_to text, p_on date) returns numeric language sql as $$
  select finance._is_current_rate(tests.tenant('acme'), p_ids[1], p_ids[2], p_from, p_to, p_on)
$$;
create function pg_temp.ids(p_base text, p_quote text, p_on date, p_source text) returns uuid[] language sql as $$
  select array[f.fx_rate_id, f.fx_cross_rate_id] from finance._fx_rate_on(tests.tenant('acme'), p_base, p_quote, p_on, p_source) f
$$;
select is(pg_temp.current_rate(ids, f, t, d), r, what)
from (values
  (pg_temp.ids('EUR', 'USD', '2026-03-06', 'ECB'), 'EUR', 'USD', date '2026-03-06', 1.25, 'the version of the day is current'),
  (pg_temp.ids('EUR', 'USD', '2026-03-06', 'ECB'), 'USD', 'EUR', '2026-03-06', 0.8, 'for its inverse too'),
  (pg_temp.ids('USD', 'GBP', '2026-03-06', 'ECB'), 'USD', 'GBP', '2026-03-06', 0.64, 'so are both legs of a cross'),
  (pg_temp.ids('EUR', 'USD', '2026-03-06', 'ECB'), 'EUR', 'USD', '2026-03-13', 1.25, 'for seven days'),
  (pg_temp.ids('EUR', 'USD', '2026-03-06', 'ECB'), 'EUR', 'USD', '2026-03-14', null, 'not for eight'),
  (pg_temp.ids('EUR', 'USD', '2026-03-05', 'ECB'), 'EUR', 'USD', '2026-03-06', null, 'a version that was superseded is not (K14)'),
  (pg_temp.ids('EUR', 'USD', '2026-03-06', 'ECB'), 'EUR', 'USD', '2026-03-05', null, 'a rate of tomorrow is not (M7)'),
  (array[pg_temp.version('EUR', 'USD', 'ECB', '2999-01-01'), null], 'EUR', 'USD', '2026-03-06', null, 'nor one of the far future'),
  (pg_temp.ids('EUR', 'USD', '2026-03-06', 'ECB'), 'EUR', 'GBP', '2026-03-06', null, 'a rate of another pair is not (M7)'),
  (array[pg_temp.version('EUR', 'GBP', 'ECB', '2026-03-05'), pg_temp.version('EUR', 'USD', 'ECB', '2026-03-06')], 'USD', 'GBP', '2026-03-06',
    null, 'legs in the wrong order are not'),
  (array[pg_temp.version('EUR', 'USD', 'ECB', '2026-03-05'), pg_temp.version('EUR', 'GBP', 'ECB', '2026-03-05')], 'USD', 'GBP', '2026-03-06',
    null, 'an old leg is not'),
  (array[pg_temp.version('EUR', 'USD', 'ECB', '2026-03-06'), pg_temp.version('EUR', 'JPY', 'ECB', '2026-02-20')], 'USD', 'GBP', '2026-03-06',
    null, 'a second leg to elsewhere is not'),
  (array[pg_temp.version('EUR', 'USD', 'ECB', '2026-03-06'), null], 'USD', 'GBP', '2026-03-06', null, 'half a cross is not'),
  (array[pg_temp.version('EUR', 'USD', 'DESK', '2026-03-04'), pg_temp.version('EUR', 'GBP', 'ECB', '2026-03-05')], 'USD', 'GBP', '2026-03-06',
    null, 'legs of two sources are not'),
  (array[pg_temp.version('EUR', 'USD', 'DESK', '2026-03-04'), pg_temp.version('USD', 'GBP', 'DESK', '2026-03-05')], 'EUR', 'GBP', '2026-03-06',
    null, 'a cross is not where one version will do (K14)'),
  (array[pg_temp.version('GBP', 'USD', 'DESK', '2026-03-06'), null], 'USD', 'GBP', '2026-03-06', null, 'an inverse is not where there is a direct rate'),
  (array[pg_temp.version('AAA', 'EUR', 'WAYS', '2026-03-05'), pg_temp.version('AAA', 'USD', 'WAYS', '2026-03-05')], 'EUR', 'USD', '2026-03-06',
    null, 'another way than the one that is found is not (K14)'),
  (array[pg_temp.version('EUR', 'USD', 'ECB', '2026-03-06'), pg_temp.version('EUR', 'USD', 'ECB', '2026-03-06')], 'EUR', 'EUR', '2026-03-06',
    null, 'there and back is not'),
  (array[null, pg_temp.version('EUR', 'USD', 'ECB', '2026-03-06')], 'EUR', 'USD', '2026-03-06', null, 'a cross alone is not'),
  (array[null, null]::uuid[], 'EUR', 'USD', '2026-03-06', null, 'nothing is not'),
  (array[tests.entry('no rate'), null], 'EUR', 'USD', '2026-03-06', null, 'an unknown id is not'),
  (pg_temp.ids('EUR', 'USD', '2026-03-06', 'ECB'), 'EUR', 'USD', null, null, 'nor anything on no date'),
  ((select array[f.id, null] from finance.fx_rates f where f.tenant_id = tests.tenant('globex') and f.quote_currency = 'USD'), 'EUR', 'USD',
    '2026-03-06', null, 'nor the rate of another tenant (K14)')
) as v (ids, f, t, d, r, what);
select is(finance._fx_rate_of(tests.tenant('acme'), ids[1], ids[2], f, t), r, 'versions stand for their rate for ever: ' || what)
from (values
  (pg_temp.ids('EUR', 'USD', '2026-03-05', 'ECB'), 'EUR', 'USD', 1.1, 'direct'),
  (pg_temp.ids('EUR', 'USD', '2026-03-06', 'ECB'), 'USD', 'EUR', 0.8, 'inverse'),
  (pg_temp.ids('USD', 'GBP', '2026-03-06', 'ECB'), 'USD', 'GBP', 0.64, 'cross'),
  (pg_temp.ids('EUR', 'JPY', '2026-03-06', 'DESK'), 'EUR', 'JPY', 180, 'cross of two direct legs'),
  (pg_temp.ids('EUR', 'USD', '2026-03-06', 'ECB'), 'EUR', 'GBP', null, 'not for another pair'),
  (pg_temp.ids('USD', 'GBP', '2026-03-06', 'ECB'), 'GBP', 'USD', null, 'not for legs in the wrong order'),
  (array[null, null]::uuid[], 'EUR', 'USD', null, 'not for none')
) as v (ids, f, t, r, what);

-- What may be stored.
select tests.act_as('clerk', 'acme');
select throws_ok(format($$select pg_temp.publish('acme', 'EUR', 'SEK', %L, 'ECB', '2026-03-06')$$, rate), code, null,
  format('a rate of %s is refused (%s)', rate, code))
from (values ('0', '23514'), ('-1', '23514'), ('NaN', '23514'), ('0.0000000000001', '23514'), ('Infinity', '22003'), ('-Infinity', '22003'),
  ('1e12', '22003')) as v (rate, code);
select throws_ok($$select pg_temp.publish('acme', 'EUR', 'USD', 2, 'ECB', '2026-03-06')$$, '23505', null, 'a second version for a day is refused (23505)');
select throws_ok($$select pg_temp.publish('acme', 'EUR', 'CHF', 2, 'WEEK', '2026-03-10', '2026-03-11')$$, '23P01', null, 'a version within another is refused (23P01)');
select throws_ok($$select pg_temp.publish('acme', 'EUR', 'CHF', 2, 'WEEK', '2026-01-01', 'infinity')$$, '23514', null, 'a version without an end is refused (23514)');
select throws_ok($$select pg_temp.publish('acme', 'EUR', 'EUR', 1, 'ECB', '2026-03-06')$$, '23514', null, 'a currency against itself is refused (23514)');
select throws_ok($$update finance.fx_rates set rate = 2$$, '42501', null, 'an application may not edit a rate (42501, M8)');
select throws_ok($$delete from finance.fx_rates$$, '42501', null, 'nor remove one (42501)');
select throws_ok($$insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
  values (tests.tenant('globex'), 'EUR', 'SEK', 1, 'ECB', '2026-03-06', '2026-03-06')$$, '42501', null, 'nor write one of another tenant (42501)');
select throws_ok($$insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to, created_at)
  values (tests.tenant('acme'), 'EUR', 'SEK', 1, 'ECB', '2026-03-06', '2026-03-06', '2020-01-01')$$, '42501', null, 'nor say when it became known (42501)');
select tests.act_as_superuser();
select throws_ok($$update finance.fx_rates set rate = 2$$, 'IB301', null, 'a superuser is told that rates are append-only (IB301, M8)');

-- Base amounts.
select is(
  (select array_agg(finance.base_amount(a, r, f, t) order by n) from (values
    (1, 10000::bigint, 1.25, 2, 2), (2, 1, 0.5, 2, 2), (3, -1, 0.5, 2, 2), (4, 1, 0.4999, 2, 2), (5, 3, 0.5, 2, 2), (6, -3, 0.5, 2, 2),
    (7, 100, 160, 2, 0), (8, 150, 1, 2, 0), (9, 149, 1, 2, 0), (10, -150, 1, 2, 0), (11, 1, 0.00625, 0, 2), (12, 1, 1, 0, 4),
    (13, 123456, 1, 4, 2), (14, 1000, 3.26, 2, 3), (15, 0, 7, 2, 2), (16, 100000000000000000, 1, 2, 2)) as v (n, a, r, f, t)),
  array[12500, 1, -1, 0, 2, -2, 160, 2, 1, -2, 1, 10000, 1235, 32600, 0, 100000000000000000]::bigint[],
  'a base amount is rounded once, half away from zero, between currencies of 0, 2, 3 and 4 decimals');
-- Half of a unit is exactly what an inverse with an end to its digits misses: 1.50 at one third is 0.50.
select is(finance.base_amount(150, round(1::numeric, 50) / 3, 2, 0), 1::bigint, 'a half that an inverse misses by a hair is still a half');
select is_empty($$
  select a.amount, p.near, p.far from generate_series(-300, 300, 7) as a (amount)
  cross join (select (n * 3 + 1) / 4.0 as near, (m * 7 + 1) / 8.0 as far from generate_series(1, 12) n, generate_series(1, 12) m) p
  cross join (values (2, 0), (2, 2), (0, 2), (3, 2)) as e (f, t)
  where finance.base_amount(a.amount, trim_scale(round(p.far, 50) / p.near), e.f, e.t)
    is distinct from (sign(a.amount) * div(
      2 * abs(a.amount) * p.far * 1000000 * power(10::numeric, greatest(e.t - e.f, 0)) + p.near * 1000000 * power(10::numeric, greatest(e.f - e.t, 0)),
      2 * p.near * 1000000 * power(10::numeric, greatest(e.f - e.t, 0))))::bigint
$$, 'base amounts at cross rates equal those of exact fractions');
select throws_ok(format('select finance.base_amount(%s, %L, 2, 2)', a, r), 'IB231', null, format('%s at %s is refused (IB231)', a, r))
from (values ('100000000000000000', '1.00000000000000001'), ('-100000000000000001', '1'), ('1', '0'), ('1', '-1'), ('1', 'NaN'), ('1', 'Infinity'))
  as v (a, r);
select is(finance.base_amount(null, 1, 2, 2), null::bigint, 'of nothing there is nothing');

-- A table that was never analysed and has grown: each lookup reads a handful of rows by key.
alter table finance.fx_rates disable trigger all, drop constraint fx_rates_no_overlap_ex;
insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
select tests.tenant('acme'), 'EUR', q, 1 + n, 'GROWN', date '1999-01-01' + n, date '1999-01-01' + n
from generate_series(1, 1000) n, unnest(array['USD', 'GBP', 'JPY', 'CHF', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'HUF', 'AUD', 'CAD',
  'NZD', 'ZAR', 'SGD', 'HKD', 'KRW', 'TRY', 'MXN', 'INR']) q;
create temp table before as
  select pg_stat_get_xact_numscans('finance.fx_rates'::regclass) as scans, pg_stat_get_xact_tuples_returned('finance.fx_rates'::regclass) as read;
select is((select f.rate from finance._fx_rate_on(tests.tenant('acme'), 'USD', 'GBP', '2000-06-01', 'GROWN') f), 1::numeric, 'a cross among 20,000 rates');
select is(pg_stat_get_xact_numscans('finance.fx_rates'::regclass) - scans, 0::bigint, 'is found without a scan of the table') from before;
select is(pg_stat_get_xact_tuples_returned('finance.fx_rates'::regclass) - read, 0::bigint, 'and without reading its rows one by one') from before;

select * from finish();
rollback;
