-- Guarantee: an array of entries is posted with the checks of the guards, whole or not at all, each key once; and the
--   first wrong entry is named by its index.
-- How: arrays are judged in one query before anything is written, then written in one statement.
-- Raises: 42501 (tenant_id required), IB101, IB102, IB104, IB201, IB202, IB205, IB206, IB207, IB210, IB213, IB214, IB230, IB231,
--   IB801, IB802
-- Proved by: pgtap/finance/posting_arrays.sql

do $posted_arrays$
begin
  if to_regtype('finance.posted_arrays') is null then
    create type finance.posted_arrays as (entry_ids uuid[], outcomes text[]);
  end if;
end
$posted_arrays$;
comment on type finance.posted_arrays is 'Result of posting arrays: ids and outcomes, one per entry, in order.';

create or replace function finance._post_arrays(
  p_company_ids uuid[],
  p_entry_dates date[],
  p_descriptions text[],
  p_references text[],
  p_idempotency_keys text[],
  p_line_entries integer[],
  p_account_ids uuid[],
  p_currencies text[],
  p_debits bigint[],
  p_credits bigint[],
  p_memos text[],
  -- Given with lines that state their base amounts; null where no line does.
  p_base_debits bigint[] default null,
  p_base_credits bigint[] default null,
  p_fx_rate_ids uuid[] default null,
  p_fx_cross_rate_ids uuid[] default null
)
returns finance.posted_arrays
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  actor uuid := aibos.current_user_id();
  result finance.posted_arrays;
  verdict record;
  day record;
  day_companies uuid[] := '{}';
  day_dates date[] := '{}';
  day_periods uuid[] := '{}';
  inserted uuid[];
  payload_hashes bytea[];
  replay record;
  is_known boolean[] := '{}';
  has_limit boolean;
  base record;
  needs_base boolean;
begin
  perform finance.assert_tenant_active(tenant);

  -- 0. What was posted under its key before is answered, not judged again: its period may have closed since.
  if cardinality(array_remove(p_idempotency_keys, null)) > 0 then
    select array_agg(k.journal_entry_id is not null order by e.entry_index) into is_known
    from unnest(p_idempotency_keys) with ordinality as e (idempotency_key, entry_index)
    left join finance.journal_keys k on k.tenant_id = tenant and k.idempotency_key = e.idempotency_key;
  end if;

  -- 1. What each entry must be, before anything is written, so that the first bad one is named.
  select v.entry_index, v.violation, v.facts into verdict
  from (
    select e.entry_index,
      case
        when is_known[e.entry_index] then null
        when e.company_id is null then 'IB210: company_id is missing'
        when e.entry_date is null then 'IB210: entry_date is missing'
        when e.description is null or btrim(e.description) = '' then 'IB210: description is missing'
        when length(e.description) > 2000 then 'IB210: description is longer than 2000 characters'
        when length(e.reference) > 255 then 'IB210: reference is longer than 255 characters'
        when btrim(e.idempotency_key) = '' or length(e.idempotency_key) > 255
          then 'IB210: idempotency_key must have 1 to 255 characters'
        when l.malformed is not null
          then format('IB210: line %s must have one of debit_cents and credit_cents between 1 and 10^17, and the other 0', l.malformed)
        when l.lines is null or l.lines < 2 then 'IB202'
        when l.has_unusable_account then 'IB205'
        when l.has_unusable_currency then 'IB206'
        when l.is_unbalanced then 'IB201'
      end as violation,
      l.facts
    from unnest(p_company_ids, p_entry_dates, p_descriptions, p_references, p_idempotency_keys) with ordinality
      as e (company_id, entry_date, description, reference, idempotency_key, entry_index)
    left join (
      select c.entry_index, sum(c.lines) as lines, min(c.malformed) as malformed,
        bool_or(c.imbalance is distinct from 0) as is_unbalanced,
        bool_or(c.has_unusable_account) as has_unusable_account,
        bool_or(c.currency is null or c.has_other_currency
          or c.has_open_account and config.currency_exponent(c.currency) is null) as has_unusable_currency,
        string_agg(format('%s debit %s, credit %s', c.currency, c.debit, c.credit), '; ' order by c.currency) as facts
      from (
        select u.entry_index, u.currency, count(*) as lines,
          sum(u.debit_cents) as debit, sum(u.credit_cents) as credit,
          sum(u.debit_cents) - sum(u.credit_cents) as imbalance,
          min(u.line_no) filter (where (u.debit_cents = 0 and u.credit_cents = 0 and u.base_cents > 0 or
            u.debit_cents >= 0 and u.credit_cents >= 0 and (u.debit_cents > 0) <> (u.credit_cents > 0)
            and u.debit_cents <= 100000000000000000 and u.credit_cents <= 100000000000000000
          ) is not true) as malformed,
          bool_or(a.is_active is not true or a.company_id is distinct from p_company_ids[u.entry_index])
            as has_unusable_account,
          bool_or(a.currency is null) as has_open_account,
          bool_or(a.currency <> u.currency) is true as has_other_currency
        from (
          select w.entry_index, w.account_id, w.currency, w.debit_cents, w.credit_cents, w.base_debit_cents + w.base_credit_cents as base_cents,
            row_number() over (partition by w.entry_index order by w.position) as line_no
          from unnest(p_line_entries, p_account_ids, p_currencies, p_debits, p_credits, p_base_debits, p_base_credits) with ordinality
            as w (entry_index, account_id, currency, debit_cents, credit_cents, base_debit_cents, base_credit_cents, position)
        ) u
        left join lateral (
          select account.company_id, account.is_active, account.currency
          from finance.accounts account
          where account.tenant_id = tenant and account.id = u.account_id
          offset 0
        ) a on true
        group by u.entry_index, u.currency
      ) c
      group by c.entry_index
    ) l on l.entry_index = e.entry_index
  ) v
  where v.violation is not null
  order by v.entry_index
  limit 1;
  if found then
    perform finance.raise_posting_error(left(verdict.violation, 5), null,
      format('entry %s: %s', verdict.entry_index,
        coalesce(nullif(substr(verdict.violation, 8), ''), verdict.facts, 'no lines')));
  end if;

  -- 2. The periods, locked in one order so that two calls cannot wait for each other.
  for day in
    select e.company_id, e.entry_date, min(e.entry_index)::integer as entry_index
    from unnest(p_company_ids, p_entry_dates) with ordinality as e (company_id, entry_date, entry_index)
    where is_known[e.entry_index] is not true
    group by e.company_id, e.entry_date
    order by e.company_id, e.entry_date
  loop
    day_companies := day_companies || day.company_id;
    day_dates := day_dates || day.entry_date;
    day_periods := day_periods || finance._lock_period_of_entry(tenant, day.company_id, day.entry_date, day.entry_index);
  end loop;

  -- 3. Base amounts of foreign lines, where a company keeps them: each pair of currencies and date is looked up once.
  needs_base := p_base_debits is not null or exists (
    select from finance.companies c
    where c.tenant_id = tenant and c.id = any (p_company_ids) and c.requires_base_amounts and exists (
      select from unnest(p_line_entries, p_currencies) as w (entry_index, currency)
      where p_company_ids[w.entry_index] = c.id and w.currency <> c.functional_currency
    )
  );
  if needs_base then
    with line as (
      select w.position, w.currency, w.debit_cents, w.credit_cents, w.base_debit_cents, w.base_credit_cents,
        w.fx_rate_id, w.fx_cross_rate_id, c.functional_currency, c.fx_source, p_entry_dates[w.entry_index] as entry_date,
        w.currency <> c.functional_currency and (w.debit_cents > 0 or w.credit_cents > 0)
          and (c.requires_base_amounts or w.base_debit_cents is not null) and w.fx_rate_id is null as is_to_convert
      from unnest(p_line_entries, p_currencies, p_debits, p_credits, p_base_debits, p_base_credits, p_fx_rate_ids, p_fx_cross_rate_ids)
        with ordinality as w (entry_index, currency, debit_cents, credit_cents, base_debit_cents, base_credit_cents,
          fx_rate_id, fx_cross_rate_id, position)
      join finance.companies c on c.tenant_id = tenant and c.id = p_company_ids[w.entry_index]
      where is_known[w.entry_index] is not true
    ), rate as materialized (
      select d.currency, d.functional_currency, d.entry_date, d.fx_source, f.rate, f.fx_rate_id, f.fx_cross_rate_id,
        config.currency_exponent(d.currency) as from_exponent, config.currency_exponent(d.functional_currency) as to_exponent
      from (
        select distinct l.currency, l.functional_currency, l.entry_date, l.fx_source from line l where l.is_to_convert
      ) d
      cross join lateral finance._fx_rate_on(tenant, d.currency, d.functional_currency, d.entry_date, d.fx_source) f
    )
    select
      array_agg(coalesce(l.base_debit_cents, finance.base_amount(l.debit_cents, r.rate, r.from_exponent, r.to_exponent)) order by w.position) as debits,
      array_agg(coalesce(l.base_credit_cents, finance.base_amount(l.credit_cents, r.rate, r.from_exponent, r.to_exponent)) order by w.position) as credits,
      array_agg(coalesce(l.fx_rate_id, r.fx_rate_id) order by w.position) as rate_ids,
      array_agg(case when l.fx_rate_id is null then r.fx_cross_rate_id else l.fx_cross_rate_id end order by w.position) as cross_rate_ids
    into base
    from generate_series(1, cardinality(p_line_entries)) as w (position)
    left join line l on l.position = w.position
    left join rate r on l.is_to_convert and r.currency = l.currency and r.functional_currency = l.functional_currency
      and r.entry_date = l.entry_date and r.fx_source is not distinct from l.fx_source;
  else
    select null::bigint[] as debits, null::bigint[] as credits, null::uuid[] as rate_ids, null::uuid[] as cross_rate_ids into base;
  end if;

  select array_agg(aibos.uuid_v7()) into result.entry_ids from generate_series(1, cardinality(p_company_ids));

  -- 4. Keys, headers, lines and events in one statement. A key that is claimed already gives no header, hence no lines and no event.
  with entry as materialized (
    select e.entry_index::integer as entry_index, e.id, e.company_id, e.entry_date, e.description, e.reference,
      e.idempotency_key, d.period_id
    from unnest(result.entry_ids, p_company_ids, p_entry_dates, p_descriptions, p_references, p_idempotency_keys)
      with ordinality as e (id, company_id, entry_date, description, reference, idempotency_key, entry_index)
    left join unnest(day_companies, day_dates, day_periods) as d (company_id, entry_date, period_id)
      on d.company_id = e.company_id and d.entry_date = e.entry_date
  ), line as materialized (
    select w.entry_index, row_number() over (partition by w.entry_index order by w.position)::integer as line_no,
      w.account_id, w.currency, w.debit_cents, w.credit_cents, w.memo, w.base_debit_cents, w.base_credit_cents, w.fx_rate_id,
      w.fx_cross_rate_id, w.asked_debit_cents, w.asked_credit_cents, w.asked_rate_id, w.asked_cross_rate_id
    from unnest(p_line_entries, p_account_ids, p_currencies, p_debits, p_credits, p_memos, base.debits, base.credits, base.rate_ids,
      base.cross_rate_ids, p_base_debits, p_base_credits, p_fx_rate_ids, p_fx_cross_rate_ids) with ordinality
      as w (entry_index, account_id, currency, debit_cents, credit_cents, memo, base_debit_cents, base_credit_cents, fx_rate_id,
        fx_cross_rate_id, asked_debit_cents, asked_credit_cents, asked_rate_id, asked_cross_rate_id, position)
  ), asked as materialized (
    -- What was asked for under a key: without what was computed, which may come out otherwise another day.
    select line.entry_index, string_agg(finance.leaf_line(line.line_no, line.account_id,
      line.currency, line.debit_cents, line.credit_cents, line.memo, line.asked_debit_cents, line.asked_credit_cents,
      line.asked_rate_id, line.asked_cross_rate_id), '' order by line.line_no) as lines
    from line
    where needs_base and p_idempotency_keys[line.entry_index] is not null
    group by line.entry_index
  ), payload as materialized (
    select e.entry_index, e.id, x.payload,
      case when e.idempotency_key is not null then sha256(convert_to(
        case when a.lines is null then x.payload
          else finance.leaf_payload(e.company_id, e.entry_date, 'standard', e.description, e.reference, e.idempotency_key,
            null::uuid, a.lines) end, 'UTF8')) end as asked_hash
    from entry e
    left join (
      select line.entry_index, string_agg(finance.leaf_line(line.line_no, line.account_id,
        line.currency, line.debit_cents, line.credit_cents, line.memo, line.base_debit_cents, line.base_credit_cents, line.fx_rate_id,
        line.fx_cross_rate_id), ''
        order by line.line_no) as lines
      from line group by line.entry_index
    ) l on l.entry_index = e.entry_index
    left join asked a on a.entry_index = e.entry_index
    cross join lateral (
      -- Once for the leaf and the hash.
      select finance.leaf_payload(e.company_id, e.entry_date, 'standard', e.description, e.reference, e.idempotency_key,
        null::uuid, coalesce(l.lines, '')) as payload
      offset 0
    ) x
  ), key as (
    insert into finance.journal_keys (tenant_id, idempotency_key, journal_entry_id, payload_hash)
    select tenant, e.idempotency_key, e.id, p.asked_hash
    from entry e
    join payload p on p.entry_index = e.entry_index
    where e.idempotency_key is not null and is_known[e.entry_index] is not true
    order by e.idempotency_key, e.entry_index
    on conflict (tenant_id, idempotency_key) do nothing
    returning journal_entry_id
  ), header as (
    insert into finance.journal_entries
      (tenant_id, id, company_id, period_id, entry_date, description, reference, idempotency_key, created_by)
    select tenant, e.id, e.company_id, e.period_id, e.entry_date, e.description, e.reference, e.idempotency_key, actor
    from entry e
    where e.idempotency_key is null or e.id in (select k.journal_entry_id from key k)
    order by e.entry_index
    returning id
  ), lines as (
    insert into finance.journal_lines
      (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo,
      base_debit_cents, base_credit_cents, fx_rate_id, fx_cross_rate_id)
    select tenant, h.id, l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents, l.memo,
      l.base_debit_cents, l.base_credit_cents, l.fx_rate_id, l.fx_cross_rate_id
    from header h
    join entry e on e.id = h.id
    join line l on l.entry_index = e.entry_index
  ), event as (
    insert into finance.audit_events
      (tenant_id, id, actor, action, object, object_id, reason, request_id, leaf_version, leaf_hash)
    select tenant, h.id, actor, 'journal.posted', 'finance.journal_entries', h.id::text,
      nullif(current_setting('app.reason', true), ''), nullif(current_setting('app.request_id', true), ''), 1,
      finance.leaf_hash(tenant, h.id, null::bigint, now(), actor, p.payload)
    from header h
    join payload p on p.id = h.id
  ), movement as materialized (
    select l.account_id, l.currency, e.period_id, a.keeps_balance, a.has_limit,
      sum(l.debit_cents) as debit_cents, sum(l.credit_cents) as credit_cents
    from header h
    join entry e on e.id = h.id
    join line l on l.entry_index = e.entry_index
    cross join lateral (
      select account.keeps_balance, account.has_limit from finance.accounts account
      where account.tenant_id = tenant and account.id = l.account_id
      offset 0
    ) a
    where a.keeps_balance or a.has_limit
    group by l.account_id, l.currency, e.period_id, a.keeps_balance, a.has_limit
  ), deltas as (
    insert into finance.balance_deltas (tenant_id, account_id, id, period_id, currency, debit_cents, credit_cents)
    select tenant, m.account_id, aibos.uuid_v7(), m.period_id, m.currency, m.debit_cents, m.credit_cents
    from movement m
    where m.keeps_balance
  )
  select
    (select array_agg(h.id) from header h),
    (select array_agg(p.asked_hash order by p.entry_index) from payload p
      where cardinality(array_remove(p_idempotency_keys, null)) > 0),
    (select bool_or(m.has_limit) from movement m)
  into inserted, payload_hashes, has_limit;
  if needs_base then
    perform finance._assert_base_amounts(tenant, inserted);
  end if;
  if has_limit then
    perform finance._apply_limits(tenant, inserted);
  end if;

  result.outcomes := array_fill('posted'::text, array[cardinality(p_company_ids)]);
  if cardinality(inserted) = cardinality(p_company_ids) then
    return result;
  end if;

  -- 5. Keys that were there before: a new statement, so a new snapshot that sees what the conflict waited for.
  for replay in
    select e.entry_index::integer as entry_index, k.journal_entry_id as id, k.payload_hash
    from unnest(result.entry_ids, p_idempotency_keys) with ordinality as e (id, idempotency_key, entry_index)
    left join finance.journal_keys k on k.tenant_id = tenant and k.idempotency_key = e.idempotency_key
    where e.id <> all (coalesce(inserted, '{}'))
  loop
    if replay.payload_hash is distinct from payload_hashes[replay.entry_index] then
      raise exception using
        errcode = 'IB207',
        message = format('idempotency key %L was used for something else', p_idempotency_keys[replay.entry_index]),
        detail = format('entry %s: the key belongs to entry %s, which differs from what is asked now.',
          replay.entry_index, replay.id),
        hint = 'Send the same request again under this key, or choose another key for another entry.',
        schema = 'finance', table = 'journal_keys', column = 'idempotency_key',
        constraint = 'journal_keys_tenant_id_idempotency_key_pk';
    end if;
    result.entry_ids[replay.entry_index] := replay.id;
    result.outcomes[replay.entry_index] := 'replayed';
  end loop;
  return result;
end
$function$;
comment on function finance._post_arrays(uuid[], date[], text[], text[], text[], integer[], uuid[], text[], bigint[], bigint[], text[],
  bigint[], bigint[], uuid[], uuid[]) is
  'Posts entries given as arrays: one element per entry, then one per line with the index of its entry. Runs as aibos_poster, called by the functions below only.';

create or replace function finance._lock_period_of_entry(
  p_tenant_id uuid, p_company_id uuid, p_entry_date date, p_entry_index integer
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  code text;
  message text;
  hint text;
  constraint_name text;
begin
  return finance.lock_open_period(p_tenant_id, p_company_id, p_entry_date);
exception when sqlstate 'IB801' or sqlstate 'IB802' then
  get stacked diagnostics
    code = returned_sqlstate, message = message_text, hint = pg_exception_hint, constraint_name = constraint_name;
  raise exception using
    errcode = code, message = message, detail = format('entry %s: company %s.', p_entry_index, p_company_id),
    hint = hint, schema = 'finance', table = 'journal_entries', column = 'entry_date', constraint = constraint_name;
end
$function$;
comment on function finance._lock_period_of_entry(uuid, uuid, date, integer) is
  'finance.lock_open_period() whose errors name the entry of an array.';

create or replace function finance._post_json(p_entries jsonb)
returns table (entry_index integer, entry_id uuid, outcome text)
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set datestyle = 'ISO, YMD'
as $function$
declare
  header record;
  lines record;
  problem text;
  posted finance.posted_arrays;
  element record;
begin
  if p_entries is null or jsonb_typeof(p_entries) <> 'array' then
    perform finance.raise_posting_error('IB210', null, 'The argument must be a JSON array of entries.');
  end if;
  if jsonb_array_length(p_entries) = 0 then
    return;
  end if;

  -- Whether anything is out of shape, cheaply; what it is, only then.
  if exists (
    select from jsonb_array_elements(p_entries) as e (entry)
    where case
      when jsonb_typeof(e.entry) <> 'object' or jsonb_typeof(e.entry -> 'lines') is distinct from 'array' then true
      else e.entry - array['company_id', 'entry_date', 'description', 'reference', 'idempotency_key', 'lines'] <> '{}'
        or e.entry ->> 'entry_date' !~ '^\d{4}-\d{2}-\d{2}$'
        or jsonb_typeof(e.entry -> 'description') not in ('string', 'null')
        or jsonb_typeof(e.entry -> 'reference') not in ('string', 'null')
        or jsonb_typeof(e.entry -> 'idempotency_key') not in ('string', 'null')
        or exists (
          select from jsonb_array_elements(e.entry -> 'lines') as l (line)
          where case
            when jsonb_typeof(l.line) <> 'object' then true
            else l.line - array['account_id', 'currency', 'debit_cents', 'credit_cents', 'memo', 'base_debit_cents', 'base_credit_cents', 'fx_rate_id',
          'fx_cross_rate_id'] <> '{}'
              or l.line ->> 'debit_cents' !~ '^-?\d+$' or l.line ->> 'credit_cents' !~ '^-?\d+$'
              or l.line ->> 'base_debit_cents' !~ '^-?\d+$' or l.line ->> 'base_credit_cents' !~ '^-?\d+$'
              or jsonb_typeof(l.line -> 'memo') not in ('string', 'null')
          end
        )
    end
  ) then
    for element in
      select e.entry, e.position from jsonb_array_elements(p_entries) with ordinality as e (entry, position)
    loop
      problem := finance._explain_entry(element.entry);
      if problem is not null then
        perform finance.raise_posting_error('IB210', null, format('entry %s: %s', element.position, problem));
      end if;
    end loop;
  end if;

  begin
    select
      array_agg(r.company_id order by e.position) as company_ids,
      array_agg(r.entry_date order by e.position) as entry_dates,
      array_agg(r.description order by e.position) as descriptions,
      array_agg(r.reference order by e.position) as reference_texts,
      array_agg(r.idempotency_key order by e.position) as idempotency_keys
    into header
    from jsonb_array_elements(p_entries) with ordinality as e (entry, position),
      jsonb_to_record(e.entry)
        as r (company_id uuid, entry_date date, description text, reference text, idempotency_key text);

    select
      array_agg(e.position::integer order by e.position, l.line_no) as line_entries,
      array_agg(l.account_id order by e.position, l.line_no) as account_ids,
      array_agg(l.currency order by e.position, l.line_no) as currencies,
      array_agg(coalesce(l.debit_cents, 0) order by e.position, l.line_no) as debits,
      array_agg(coalesce(l.credit_cents, 0) order by e.position, l.line_no) as credits,
      array_agg(l.memo order by e.position, l.line_no) as memos,
      array_agg(case when l.base_debit_cents is not null or l.base_credit_cents is not null then coalesce(l.base_debit_cents, 0) end
        order by e.position, l.line_no) as base_debits,
      array_agg(case when l.base_debit_cents is not null or l.base_credit_cents is not null then coalesce(l.base_credit_cents, 0) end
        order by e.position, l.line_no) as base_credits,
      array_agg(l.fx_rate_id order by e.position, l.line_no) as rate_ids,
      array_agg(l.fx_cross_rate_id order by e.position, l.line_no) as cross_rate_ids,
      bool_or(num_nonnulls(l.base_debit_cents, l.base_credit_cents, l.fx_rate_id, l.fx_cross_rate_id) > 0) as has_base
    into lines
    from jsonb_array_elements(p_entries) with ordinality as e (entry, position),
      rows from (
        jsonb_to_recordset(e.entry -> 'lines')
          as (account_id uuid, currency text, debit_cents bigint, credit_cents bigint, memo text,
            base_debit_cents bigint, base_credit_cents bigint, fx_rate_id uuid, fx_cross_rate_id uuid)
      ) with ordinality as l (account_id, currency, debit_cents, credit_cents, memo, base_debit_cents, base_credit_cents, fx_rate_id,
        fx_cross_rate_id, line_no);
  exception when data_exception then
    -- One value could not be read: find the entry, so that the error names it.
    for element in
      select e.entry, e.position from jsonb_array_elements(p_entries) with ordinality as e (entry, position)
    loop
      problem := finance._explain_values(element.entry);
      if problem is not null then
        perform finance.raise_posting_error('IB210', null, format('entry %s: %s', element.position, problem));
      end if;
    end loop;
    raise;
  end;

  posted := finance._post_arrays(
    header.company_ids, header.entry_dates, header.descriptions, header.reference_texts, header.idempotency_keys,
    coalesce(lines.line_entries, '{}'), lines.account_ids, lines.currencies, lines.debits, lines.credits, lines.memos,
    case when lines.has_base then lines.base_debits end, case when lines.has_base then lines.base_credits end,
    case when lines.has_base then lines.rate_ids end, case when lines.has_base then lines.cross_rate_ids end);
  return query
    select r.position::integer, r.id, r.outcome
    from unnest(posted.entry_ids, posted.outcomes) with ordinality as r (id, outcome, position);
end
$function$;
comment on function finance._post_json(jsonb) is
  'Posts an array of entries given as JSON, all or none. Runs as aibos_poster, called by finance.post_journals() only.';

create or replace function finance._post_partial(p_entries jsonb, p_offset integer)
returns table (entry_index integer, entry_id uuid, outcome text, code text, message text)
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  entries integer := jsonb_array_length(p_entries);
  half integer := entries / 2;
  refused_code text;
  refused_message text;
  refused_detail text;
begin
  -- All at once; where that is refused, each half by itself, down to the entries that are to blame. Whatever else can go
  -- wrong, a lost connection or a full disk, is nobody's entry and ends the call.
  begin
    return query
      select p_offset + p.entry_index, p.entry_id, p.outcome, null::text, null::text from finance._post_json(p_entries) p;
    return;
  exception
    when sqlstate 'IB201' or sqlstate 'IB202' or sqlstate 'IB205' or sqlstate 'IB206' or sqlstate 'IB207' or sqlstate 'IB210'
      or sqlstate 'IB213' or sqlstate 'IB214' or sqlstate 'IB230' or sqlstate 'IB231' or sqlstate 'IB801' or sqlstate 'IB802'
      or check_violation or data_exception
    then
      get stacked diagnostics
        refused_code = returned_sqlstate, refused_message = message_text, refused_detail = pg_exception_detail;
  end;
  if entries = 1 then
    entry_index := p_offset + 1;
    outcome := 'refused';
    code := refused_code;
    message := refused_message
      || coalesce(': ' || nullif(regexp_replace(refused_detail, '^entry 1: ', ''), ''), '');
    return next;
    return;
  end if;
  return query select p.entry_index, p.entry_id, p.outcome, p.code, p.message from finance._post_partial(
    (select jsonb_agg(e.entry order by e.position) from jsonb_array_elements(p_entries) with ordinality as e (entry, position)
      where e.position <= half), p_offset) p;
  return query select p.entry_index, p.entry_id, p.outcome, p.code, p.message from finance._post_partial(
    (select jsonb_agg(e.entry order by e.position) from jsonb_array_elements(p_entries) with ordinality as e (entry, position)
      where e.position > half), p_offset + half) p;
end
$function$;
comment on function finance._post_partial(jsonb, integer) is
  'Posts what can be posted of an array and says of each other entry why not. Takes the entries and how many came before them. Runs as aibos_poster, called by finance.post_journals() only.';

create or replace function finance.post_journals(p_entries jsonb, p_mode text default 'all')
returns table (entry_index integer, entry_id uuid, outcome text, code text, message text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
-- Arrays have no statistics: believed to be short, two of them would be compared each with each.
set enable_nestloop = off
as $function$
begin
  if p_mode = 'all' then
    return query select p.entry_index, p.entry_id, p.outcome, null::text, null::text from finance._post_json(p_entries) p;
  elsif p_mode = 'partial' then
    if p_entries is null or jsonb_typeof(p_entries) <> 'array' then
      perform finance.raise_posting_error('IB210', null, 'The argument must be a JSON array of entries.');
    end if;
    if jsonb_array_length(p_entries) > 0 then
      return query select p.entry_index, p.entry_id, p.outcome, p.code, p.message from finance._post_partial(p_entries, 0) p;
    end if;
  else
    perform finance.raise_posting_error('IB210', null, format('p_mode is %L: it must be all or partial.', p_mode));
  end if;
end
$function$;
alter function finance.post_journals(jsonb, text) owner to aibos_poster;
comment on function finance.post_journals(jsonb, text) is
  'Posts an array of entries for the tenant and user of the context. Takes [{company_id, entry_date (YYYY-MM-DD), description, reference?, idempotency_key?, lines: [{account_id, currency, debit_cents, credit_cents, memo?, base_debit_cents?, base_credit_cents?, fx_rate_id?, fx_cross_rate_id?}]}], amounts in minor units, and the mode: all posts all or none, partial posts what can be posted. Returns of each its index (from 1), id, outcome (posted, replayed or, in mode partial, refused), and why it was refused. In mode all it raises as finance.post_journal() does; DETAIL begins with the entry''s index.';

create or replace function finance.bulk_post(
  p_company_id uuid,
  p_entry_dates date[],
  p_descriptions text[],
  p_references text[],
  p_idempotency_keys text[],
  p_line_entries integer[],
  p_account_ids uuid[],
  p_currencies text[],
  p_debits bigint[],
  p_credits bigint[],
  p_memos text[] default null
)
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
as $function$
declare
  entries integer := cardinality(p_entry_dates);
  lines integer := cardinality(p_line_entries);
  nothing text[] := array_fill(null::text, array[entries]);
begin
  if p_descriptions is null or cardinality(p_descriptions) is distinct from entries
    or p_references is not null and cardinality(p_references) <> entries
    or p_idempotency_keys is not null and cardinality(p_idempotency_keys) <> entries
  then
    perform finance.raise_posting_error('IB210', null, 'Dates, descriptions, references and keys must have one element for each entry.');
  elsif cardinality(p_account_ids) is distinct from lines or cardinality(p_currencies) is distinct from lines
    or cardinality(p_debits) is distinct from lines or cardinality(p_credits) is distinct from lines
    or p_memos is not null and cardinality(p_memos) <> lines
    or array_position(p_line_entries, null) is not null
    or exists (select from unnest(p_line_entries) as e (entry_index) where e.entry_index not between 1 and entries)
  then
    perform finance.raise_posting_error('IB210', null,
      'Entries, accounts, currencies, debits, credits and memos of the lines must be of one length, and each line name an entry from 1 to n.');
  elsif entries = 0 then
    return '{}';
  end if;
  -- Without the caller's collation, which decides what texts are equal to.
  return (finance._post_arrays(
    array_fill(p_company_id, array[entries]), p_entry_dates, p_descriptions collate "default",
    coalesce(p_references, nothing) collate "default", coalesce(p_idempotency_keys, nothing) collate "default",
    p_line_entries, p_account_ids, p_currencies collate "default", p_debits, p_credits,
    coalesce(p_memos, array_fill(null::text, array[lines])) collate "default")).entry_ids;
end
$function$;
alter function finance.bulk_post(uuid, date[], text[], text[], text[], integer[], uuid[], text[], bigint[], bigint[], text[])
  owner to aibos_poster;
comment on function finance.bulk_post(uuid, date[], text[], text[], text[], integer[], uuid[], text[], bigint[], bigint[], text[]) is
  'Posts many entries of one company given as arrays, all or none: for loads of millions of lines, some ten thousand a call. Takes the company; for each entry its date, description, and optionally (null for none) reference and idempotency key; for each line the index of its entry (from 1), account, currency, debit and credit in minor units, and optionally memos. Returns the ids in order. Raises as finance.post_journals() does.';

create or replace function finance._explain_entry(p_entry jsonb)
returns text
language sql
immutable
parallel safe
begin atomic
  select case
    when jsonb_typeof(p_entry) <> 'object' then 'it must be an object'
    when jsonb_typeof(p_entry -> 'lines') is distinct from 'array' then 'lines must be an array'
    when p_entry - array['company_id', 'entry_date', 'description', 'reference', 'idempotency_key', 'lines'] <> '{}'
      then 'unknown field ' || (
        select min(k) from jsonb_object_keys(
          p_entry - array['company_id', 'entry_date', 'description', 'reference', 'idempotency_key', 'lines']) as k)
    when p_entry @? '$.lines[*] ? (@.type() != "object")' then 'every line must be an object'
    when p_entry ->> 'entry_date' !~ '^\d{4}-\d{2}-\d{2}$' then 'entry_date must be written YYYY-MM-DD'
    when jsonb_typeof(p_entry -> 'description') not in ('string', 'null') then 'description must be a text'
    when jsonb_typeof(p_entry -> 'reference') not in ('string', 'null') then 'reference must be a text'
    when jsonb_typeof(p_entry -> 'idempotency_key') not in ('string', 'null') then 'idempotency_key must be a text'
    else (
      select 'line ' || l.line_no || case
        when l.line - array['account_id', 'currency', 'debit_cents', 'credit_cents', 'memo', 'base_debit_cents', 'base_credit_cents', 'fx_rate_id',
          'fx_cross_rate_id'] <> '{}'
          then ': unknown field ' || (
            select min(k) from jsonb_object_keys(
              l.line - array['account_id', 'currency', 'debit_cents', 'credit_cents', 'memo', 'base_debit_cents', 'base_credit_cents', 'fx_rate_id',
          'fx_cross_rate_id']) as k)
        when l.line ->> 'debit_cents' !~ '^-?\d+$' then ': debit_cents must be a whole number of minor units'
        when l.line ->> 'credit_cents' !~ '^-?\d+$' then ': credit_cents must be a whole number of minor units'
        when l.line ->> 'base_debit_cents' !~ '^-?\d+$' then ': base_debit_cents must be a whole number of minor units'
        when l.line ->> 'base_credit_cents' !~ '^-?\d+$' then ': base_credit_cents must be a whole number of minor units'
        else ': memo must be a text'
      end
      from jsonb_array_elements(p_entry -> 'lines') with ordinality as l (line, line_no)
      where l.line - array['account_id', 'currency', 'debit_cents', 'credit_cents', 'memo', 'base_debit_cents', 'base_credit_cents', 'fx_rate_id',
          'fx_cross_rate_id'] <> '{}'
        or l.line ->> 'debit_cents' !~ '^-?\d+$' or l.line ->> 'credit_cents' !~ '^-?\d+$'
        or l.line ->> 'base_debit_cents' !~ '^-?\d+$' or l.line ->> 'base_credit_cents' !~ '^-?\d+$'
        or jsonb_typeof(l.line -> 'memo') not in ('string', 'null')
      order by l.line_no
      limit 1
    )
  end;
end;
comment on function finance._explain_entry(jsonb) is
  'What is wrong with the shape of an entry, or null. Takes one element of the array given to finance.post_journals().';

create or replace function finance._explain_values(p_entry jsonb)
returns text
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
set datestyle = 'ISO, YMD'
as $function$
declare
  field text;
  line record;
  position text := '';
begin
  field := 'company_id';
  perform (p_entry ->> field)::uuid;
  field := 'entry_date';
  perform (p_entry ->> field)::date;
  for line in
    select l.value, l.line_no from jsonb_array_elements(p_entry -> 'lines') with ordinality as l (value, line_no)
  loop
    position := format('line %s: ', line.line_no);
    field := 'account_id';
    perform (line.value ->> field)::uuid;
    field := 'debit_cents';
    perform (line.value ->> field)::bigint;
    field := 'credit_cents';
    perform (line.value ->> field)::bigint;
    field := 'base_debit_cents';
    perform (line.value ->> field)::bigint;
    field := 'base_credit_cents';
    perform (line.value ->> field)::bigint;
    field := 'fx_rate_id';
    perform (line.value ->> field)::uuid;
    field := 'fx_cross_rate_id';
    perform (line.value ->> field)::uuid;
  end loop;
  return null;
exception when data_exception then
  return format('%s%s: %s', position, field, sqlerrm);
end
$function$;
comment on function finance._explain_values(jsonb) is
  'Which value of an entry cannot be read, and why, or null. Takes one element of the array given to finance.post_journals().';
