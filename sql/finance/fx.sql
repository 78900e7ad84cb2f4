-- Guarantee: for a pair of currencies, a date and a source there is one rate at most, found by the database, and nobody picks another.
-- How: the latest version on or before the date, at most a week old: direct, else inverse, else by way of one currency that
--   both have. The guards find it again and compare ids. A base amount is rounded once, half away from zero.
-- Raises: IB230, IB231
-- Proved by: pgtap/finance/fx.sql

call aibos._set_policy('finance.fx_rates', 'posting', 'select', 'aibos_poster', 'true', null,
  'The posting functions name the tenant themselves.');
grant select on finance.fx_rates to aibos_poster;

create or replace function finance.fx_rate_max_age()
returns integer
language sql
immutable
parallel safe
security invoker
return 7;
comment on function finance.fx_rate_max_age() is
  'Days that a rate may still be used after its last day: 7, which spans weekends and the holidays around them.';

create or replace function finance._fx_leg(
  p_tenant_id uuid,
  p_from text,
  p_to text,
  p_on date,
  p_source text,
  out fx_rate_id uuid,
  out numerator numeric,
  out denominator numeric,
  out published_on date
)
returns record
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
-- A plan made while the table was small must not scan or sort it once it has grown: the latest version goes by key.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  -- Without the caller's collation, which decides what texts are equal to.
  from_currency text collate "default" := p_from;
  to_currency text collate "default" := p_to;
  rate_source text collate "default" := p_source;
  oldest date;
  version record;
begin
  if not isfinite(p_on) then
    return;
  end if;
  oldest := p_on - finance.fx_rate_max_age();
  select f.id, f.rate, f.valid_from, f.valid_to into version
  from finance.fx_rates f
  where f.tenant_id = p_tenant_id and f.base_currency = from_currency and f.quote_currency = to_currency
    and f.source = rate_source and f.valid_from <= p_on
  order by f.valid_from desc
  limit 1;
  if version.valid_to >= oldest then
    fx_rate_id := version.id;
    numerator := version.rate;
    denominator := 1;
    published_on := version.valid_from;
    return;
  end if;

  select f.id, f.rate, f.valid_from, f.valid_to into version
  from finance.fx_rates f
  where f.tenant_id = p_tenant_id and f.base_currency = to_currency and f.quote_currency = from_currency
    and f.source = rate_source and f.valid_from <= p_on
  order by f.valid_from desc
  limit 1;
  if version.valid_to >= oldest then
    fx_rate_id := version.id;
    numerator := 1;
    denominator := version.rate;
    published_on := version.valid_from;
  end if;
end
$function$;
comment on function finance._fx_leg(uuid, text, text, date, text) is
  'The rate between two currencies that one version states, directly or inverted, or nulls. Takes tenant, the two currencies, the date and the source; returns the version, the rate as a fraction and the version''s first day.';

create or replace function finance._fx_pivots(p_tenant_id uuid, p_currency text)
returns setof text
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  currency text collate "default" := p_currency;
begin
  -- From one currency to the next by key: as many probes as there are currencies, however many rates there are.
  return query
    with recursive base as (
      (
        select f.base_currency as code from finance.fx_rates f
        where f.tenant_id = p_tenant_id order by f.base_currency limit 1
      )
      union all
      select (
        select f.base_currency from finance.fx_rates f
        where f.tenant_id = p_tenant_id and f.base_currency > b.code order by f.base_currency limit 1
      )
      from base b where b.code is not null
    ), quote as (
      (
        select f.quote_currency as code from finance.fx_rates f
        where f.tenant_id = p_tenant_id and f.base_currency = currency order by f.quote_currency limit 1
      )
      union all
      select (
        select f.quote_currency from finance.fx_rates f
        where f.tenant_id = p_tenant_id and f.base_currency = currency and f.quote_currency > q.code
        order by f.quote_currency limit 1
      )
      from quote q where q.code is not null
    )
    select b.code from base b where b.code is not null
    union
    select q.code from quote q where q.code is not null;
end
$function$;
comment on function finance._fx_pivots(uuid, text) is
  'Currencies that may have a rate with a currency: all bases of the tenant, and the quotes of that currency. Takes tenant and currency.';

create or replace function finance._find_fx_rate(
  p_tenant_id uuid,
  p_base text,
  p_quote text,
  p_on date,
  p_source text,
  out rate numeric,
  out fx_rate_id uuid,
  out fx_cross_rate_id uuid,
  out published_on date
)
returns record
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  leg record;
  cross_legs record;
begin
  if p_base collate "default" = p_quote collate "default" then
    rate := 1;
    return;
  end if;

  leg := finance._fx_leg(p_tenant_id, p_base, p_quote, p_on, p_source);
  if leg.fx_rate_id is not null then
    -- Fifty decimals: what is lost of an inverse is far below what the largest amount can show.
    rate := trim_scale(round(leg.numerator, 50) / leg.denominator);
    fx_rate_id := leg.fx_rate_id;
    published_on := leg.published_on;
    return;
  end if;

  select near.fx_rate_id as near_id, far.fx_rate_id as far_id, least(near.published_on, far.published_on) as published_on,
    trim_scale(round(near.numerator * far.numerator, 50) / (near.denominator * far.denominator)) as rate
  into cross_legs
  from finance._fx_pivots(p_tenant_id, p_base) as pivot (code)
  cross join lateral finance._fx_leg(p_tenant_id, p_base, pivot.code, p_on, p_source) near
  cross join lateral finance._fx_leg(p_tenant_id, pivot.code, p_quote, p_on, p_source) far
  where near.fx_rate_id is not null and far.fx_rate_id is not null
  -- The same for everyone, so that nobody chooses: the freshest way, then the alphabet.
  order by least(near.published_on, far.published_on) desc, pivot.code collate "C"
  limit 1;
  rate := cross_legs.rate;
  fx_rate_id := cross_legs.near_id;
  fx_cross_rate_id := cross_legs.far_id;
  published_on := cross_legs.published_on;
end
$function$;
comment on function finance._find_fx_rate(uuid, text, text, date, text) is
  'finance._fx_rate_on() that returns nulls where there is no rate, instead of raising.';

create or replace function finance._fx_rate_on(
  p_tenant_id uuid,
  p_base text,
  p_quote text,
  p_on date,
  p_source text,
  out rate numeric,
  out fx_rate_id uuid,
  out fx_cross_rate_id uuid,
  out published_on date
)
returns record
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  nearest date;
begin
  select f.rate, f.fx_rate_id, f.fx_cross_rate_id, f.published_on
  into rate, fx_rate_id, fx_cross_rate_id, published_on
  from finance._find_fx_rate(p_tenant_id, p_base, p_quote, p_on, p_source) f;
  if rate is not null then
    return;
  end if;

  nearest := finance._nearest_fx_date(p_tenant_id, p_base, p_quote, p_on, p_source);
  raise exception using
    errcode = 'IB230',
    message = format('there is no rate from %s to %s on %s by source %s', coalesce(p_base, 'null'), coalesce(p_quote, 'null'),
      coalesce(to_char(p_on::timestamp, 'YYYY-MM-DD'), 'null'), coalesce(quote_literal(p_source), 'null')),
    detail = case
      when nearest is null then 'This source has no rate for that pair on any date, neither directly nor by way of another currency.'
      else format('The nearest date with one is %s; a rate is used for %s days after its last day at most.',
        to_char(nearest::timestamp, 'YYYY-MM-DD'), finance.fx_rate_max_age())
    end,
    hint = 'Load the missing rates (aibos fx import, or insert into finance.fx_rates), or use a date or a source that has them.',
    schema = 'finance', table = 'fx_rates', constraint = 'fx_rate_known';
end
$function$;
comment on function finance._fx_rate_on(uuid, text, text, date, text) is
  'finance.fx_rate_on() for a given tenant. For the guards and the posting functions, which see all tenants.';

create or replace function finance._nearest_fx_date(
  p_tenant_id uuid, p_base text, p_quote text, p_on date, p_source text
)
returns date
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set jit = off
as $function$
begin
  if not isfinite(p_on) then
    return null;
  end if;
  -- Only for an error message: last days before the date and first days after it, of the pair and of both legs of each way.
  return (
    with way (from_currency, to_currency) as (
      select p_base collate "default", p_quote collate "default"
      union all
      select v.from_currency, v.to_currency
      from finance._fx_pivots(p_tenant_id, p_base) as pivot (code)
      cross join lateral (
        values (p_base collate "default", pivot.code), (pivot.code, p_quote collate "default")
      ) as v (from_currency, to_currency)
    ), candidate (found_on) as (
      select version.found_on
      from way w
      cross join lateral (values (w.from_currency, w.to_currency), (w.to_currency, w.from_currency)) as p (base, quote)
      cross join lateral (
        (
          select f.valid_to as found_on from finance.fx_rates f
          where f.tenant_id = p_tenant_id and f.base_currency = p.base and f.quote_currency = p.quote
            and f.source = p_source collate "default" and f.valid_from <= p_on
          order by f.valid_from desc limit 1
        )
        union all
        (
          select f.valid_from from finance.fx_rates f
          where f.tenant_id = p_tenant_id and f.base_currency = p.base and f.quote_currency = p.quote
            and f.source = p_source collate "default" and f.valid_from > p_on
          order by f.valid_from limit 1
        )
      ) version
    )
    select c.found_on
    from candidate c
    cross join lateral finance._find_fx_rate(p_tenant_id, p_base, p_quote, c.found_on, p_source) f
    where f.rate is not null
    order by abs(c.found_on - p_on), c.found_on
    limit 1
  );
end
$function$;
comment on function finance._nearest_fx_date(uuid, text, text, date, text) is
  'Date nearest to a given one on which finance._find_fx_rate() finds a rate, or null. For messages.';

create or replace function finance.fx_rate_on(
  p_base text,
  p_quote text,
  p_on date,
  p_source text,
  out rate numeric,
  out fx_rate_id uuid,
  out fx_cross_rate_id uuid,
  out published_on date
)
returns record
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  select f.rate, f.fx_rate_id, f.fx_cross_rate_id, f.published_on
  into rate, fx_rate_id, fx_cross_rate_id, published_on
  from finance._fx_rate_on(aibos.current_tenant_id(), p_base, p_quote, p_on, p_source) f;
end
$function$;
comment on function finance.fx_rate_on(text, text, date, text) is
  'Rate between two currencies on a date, of the tenant of the context. Takes base, quote, date and source; returns quote units for one base unit, the version it rests on, a second version where it goes by way of a third currency, and the first day of the older of them. The latest version on or before the date counts, up to finance.fx_rate_max_age() days after its last day: direct, else inverse, else the freshest way through one currency. For one and the same currency it is 1 and rests on nothing. Raises 42501, IB230. Definer, since the steps are no business of applications; its owner sees the tenant of the context alone.';

create or replace function finance._fx_rate_of(
  p_tenant_id uuid, p_fx_rate_id uuid, p_fx_cross_rate_id uuid, p_from text, p_to text
)
returns numeric
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  from_currency text collate "default" := p_from;
  to_currency text collate "default" := p_to;
  near record;
  far record;
  pivot text collate "default";
begin
  select f.base_currency, f.quote_currency, f.rate, f.source into near
  from finance.fx_rates f where f.tenant_id = p_tenant_id and f.id = p_fx_rate_id;
  pivot := case from_currency when near.base_currency then near.quote_currency when near.quote_currency then near.base_currency end;
  if p_fx_cross_rate_id is null then
    return case when pivot = to_currency then
      trim_scale(case when near.base_currency = from_currency then near.rate else round(1::numeric, 50) / near.rate end) end;
  end if;

  select f.base_currency, f.quote_currency, f.rate, f.source into far
  from finance.fx_rates f where f.tenant_id = p_tenant_id and f.id = p_fx_cross_rate_id;
  return case
    when far.source = near.source and from_currency <> to_currency
      and (pivot, to_currency) in ((far.base_currency, far.quote_currency), (far.quote_currency, far.base_currency))
    then trim_scale(
      round(case when near.base_currency = from_currency then near.rate else 1 end
        * case when far.base_currency = pivot then far.rate else 1 end, 50)
      / (case when near.base_currency = from_currency then 1 else near.rate end
        * case when far.base_currency = pivot then 1 else far.rate end))
  end;
end
$function$;
comment on function finance._fx_rate_of(uuid, uuid, uuid, text, text) is
  'Rate that one or two versions stand for, whenever they were current. Takes tenant, versions and the two currencies; returns null where the versions do not lead from one to the other or have two sources.';

create or replace function finance._is_current_rate(
  p_tenant_id uuid, p_fx_rate_id uuid, p_fx_cross_rate_id uuid, p_from text, p_to text, p_on date
)
returns numeric
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  rate_source text;
  found_rate record;
begin
  select f.source into rate_source from finance.fx_rates f where f.tenant_id = p_tenant_id and f.id = p_fx_rate_id;
  if rate_source is null then
    return null;
  end if;
  found_rate := finance._find_fx_rate(p_tenant_id, p_from, p_to, p_on, rate_source);
  if (found_rate.fx_rate_id, found_rate.fx_cross_rate_id) is not distinct from (p_fx_rate_id, p_fx_cross_rate_id) then
    return found_rate.rate;
  end if;
  return null;
end
$function$;
comment on function finance._is_current_rate(uuid, uuid, uuid, text, text, date) is
  'Rate of one or two versions if they are the ones finance.fx_rate_on() finds with their source, else null. Takes tenant, versions, the two currencies and the date. The caller says whose source may be used.';

create or replace function finance.base_amount(
  p_amount_cents bigint, p_rate numeric, p_from_exponent integer, p_to_exponent integer
)
returns bigint
language plpgsql
immutable
strict
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  amount numeric;
begin
  if p_rate > 0 and p_rate < 'Infinity' then
    -- The first rounding brings back the halves that an inverse, cut off after fifty decimals, misses by a hair.
    amount := round(round(p_amount_cents * p_rate * power(10::numeric, p_to_exponent - p_from_exponent), 25));
  end if;
  if abs(amount) <= 100000000000000000 then
    return amount;
  end if;
  raise exception using
    errcode = 'IB231',
    message = case when amount is null then format('%s is no rate', p_rate) else 'a base amount is beyond 10^17 minor units' end,
    detail = format('Amount %s at rate %s, from %s to %s decimals.', p_amount_cents, p_rate, p_from_exponent, p_to_exponent),
    hint = case when amount is null then 'A rate is a number above zero.' else 'Check the rate, or split the amount.' end,
    schema = 'finance', table = 'journal_lines', constraint = 'base_amount_in_range';
end
$function$;
comment on function finance.base_amount(bigint, numeric, integer, integer) is
  'An amount in another currency: amount × rate × 10^(to - from), rounded once, half away from zero. Takes minor units, the rate, and the decimals of both currencies; returns minor units, null where any of them is null. Raises IB231 beyond 10^17 and for a rate that is not a number above zero.';
