-- Guarantee: an array of entries is posted with the checks of the guards, whole or not at all, each key once; and the
--   first wrong entry is named by its index.
-- How: arrays are judged in one query before anything is written, then written in one statement.
-- Raises: 42501 (tenant_id required), IB101, IB102, IB104, IB201, IB202, IB205, IB206, IB207, IB210, IB801, IB802
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
  p_memos text[]
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
begin
  perform finance.assert_tenant_active(tenant);

  -- 0. What was posted under its key before is answered, not judged again: its period may have closed since.
  if cardinality(array_remove(p_idempotency_keys, null)) > 0 then
    select array_agg(h.id is not null order by e.entry_index) into is_known
    from unnest(p_idempotency_keys) with ordinality as e (idempotency_key, entry_index)
    left join finance.journal_entries h on h.tenant_id = tenant and h.idempotency_key = e.idempotency_key;
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
          min(u.line_no) filter (where (
            u.debit_cents >= 0 and u.credit_cents >= 0 and (u.debit_cents > 0) <> (u.credit_cents > 0)
            and u.debit_cents <= 100000000000000000 and u.credit_cents <= 100000000000000000
          ) is not true) as malformed,
          bool_or(a.is_active is not true or a.company_id is distinct from p_company_ids[u.entry_index])
            as has_unusable_account,
          bool_or(a.currency is null) as has_open_account,
          bool_or(a.currency <> u.currency) is true as has_other_currency
        from (
          select w.entry_index, w.account_id, w.currency, w.debit_cents, w.credit_cents,
            row_number() over (partition by w.entry_index order by w.position) as line_no
          from unnest(p_line_entries, p_account_ids, p_currencies, p_debits, p_credits) with ordinality
            as w (entry_index, account_id, currency, debit_cents, credit_cents, position)
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

  select array_agg(aibos.uuid_v7()) into result.entry_ids from generate_series(1, cardinality(p_company_ids));

  -- 3. Headers, lines and events in one statement. A key that exists already gives no header, hence no lines and no event.
  with entry as materialized (
    select e.entry_index::integer as entry_index, e.id, e.company_id, e.entry_date, e.description, e.reference,
      e.idempotency_key, d.period_id
    from unnest(result.entry_ids, p_company_ids, p_entry_dates, p_descriptions, p_references, p_idempotency_keys)
      with ordinality as e (id, company_id, entry_date, description, reference, idempotency_key, entry_index)
    left join unnest(day_companies, day_dates, day_periods) as d (company_id, entry_date, period_id)
      on d.company_id = e.company_id and d.entry_date = e.entry_date
  ), line as materialized (
    select w.entry_index, row_number() over (partition by w.entry_index order by w.position)::integer as line_no,
      w.account_id, w.currency, w.debit_cents, w.credit_cents, w.memo
    from unnest(p_line_entries, p_account_ids, p_currencies, p_debits, p_credits, p_memos) with ordinality
      as w (entry_index, account_id, currency, debit_cents, credit_cents, memo, position)
  ), payload as materialized (
    select e.entry_index, e.id,
      finance.leaf_payload(e.company_id, e.entry_date, 'standard', e.description, e.reference, e.idempotency_key,
        null::uuid, coalesce(l.lines, '')) as payload
    from entry e
    left join (
      select line.entry_index, string_agg(finance.leaf_line(line.line_no, line.account_id,
        line.currency, line.debit_cents, line.credit_cents, line.memo, null::bigint, null::bigint, null::uuid, null::uuid), ''
        order by line.line_no) as lines
      from line group by line.entry_index
    ) l on l.entry_index = e.entry_index
  ), header as (
    insert into finance.journal_entries
      (tenant_id, id, company_id, period_id, entry_date, description, reference, idempotency_key, payload_hash, created_by)
    select tenant, e.id, e.company_id, e.period_id, e.entry_date, e.description, e.reference, e.idempotency_key,
      case when e.idempotency_key is not null then sha256(convert_to(p.payload, 'UTF8')) end, actor
    from entry e
    join payload p on p.entry_index = e.entry_index
    where is_known[e.entry_index] is not true
    order by e.idempotency_key, e.entry_index
    on conflict (tenant_id, idempotency_key) where idempotency_key is not null do nothing
    returning id
  ), lines as (
    insert into finance.journal_lines
      (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
    select tenant, h.id, l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents, l.memo
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
    (select array_agg(sha256(convert_to(p.payload, 'UTF8')) order by p.entry_index) from payload p
      where cardinality(array_remove(p_idempotency_keys, null)) > 0),
    (select bool_or(m.has_limit) from movement m)
  into inserted, payload_hashes, has_limit;
  if has_limit then
    perform finance._apply_limits(tenant, inserted);
  end if;

  result.outcomes := array_fill('posted'::text, array[cardinality(p_company_ids)]);
  if cardinality(inserted) = cardinality(p_company_ids) then
    return result;
  end if;

  -- 4. Keys that were there before: a new statement, so a new snapshot that sees what the conflict waited for.
  for replay in
    select e.entry_index::integer as entry_index, h.id, h.payload_hash
    from unnest(result.entry_ids, p_idempotency_keys) with ordinality as e (id, idempotency_key, entry_index)
    left join finance.journal_entries h on h.tenant_id = tenant and h.idempotency_key = e.idempotency_key
    where e.id <> all (coalesce(inserted, '{}'))
  loop
    if replay.payload_hash is distinct from payload_hashes[replay.entry_index] then
      raise exception using
        errcode = 'IB207',
        message = format('idempotency key %L was used for something else', p_idempotency_keys[replay.entry_index]),
        detail = format('entry %s: the key belongs to entry %s, which differs from what is asked now.',
          replay.entry_index, replay.id),
        hint = 'Send the same request again under this key, or choose another key for another entry.',
        schema = 'finance', table = 'journal_entries', column = 'idempotency_key',
        constraint = 'journal_entries_tenant_id_idempotency_key_uq';
    end if;
    result.entry_ids[replay.entry_index] := replay.id;
    result.outcomes[replay.entry_index] := 'replayed';
  end loop;
  return result;
end
$function$;
comment on function finance._post_arrays(uuid[], date[], text[], text[], text[], integer[], uuid[], text[], bigint[], bigint[], text[]) is
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

create or replace function finance.post_journals(p_entries jsonb)
returns table (entry_index integer, entry_id uuid, outcome text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
set datestyle = 'ISO, YMD'
-- Arrays have no statistics: believed to be short, two of them would be compared each with each.
set enable_nestloop = off
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
            else l.line - array['account_id', 'currency', 'debit_cents', 'credit_cents', 'memo'] <> '{}'
              or l.line ->> 'debit_cents' !~ '^-?\d+$' or l.line ->> 'credit_cents' !~ '^-?\d+$'
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
      array_agg(l.memo order by e.position, l.line_no) as memos
    into lines
    from jsonb_array_elements(p_entries) with ordinality as e (entry, position),
      rows from (
        jsonb_to_recordset(e.entry -> 'lines')
          as (account_id uuid, currency text, debit_cents bigint, credit_cents bigint, memo text)
      ) with ordinality as l (account_id, currency, debit_cents, credit_cents, memo, line_no);
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
    coalesce(lines.line_entries, '{}'), lines.account_ids, lines.currencies, lines.debits, lines.credits, lines.memos);
  return query
    select r.position::integer, r.id, r.outcome
    from unnest(posted.entry_ids, posted.outcomes) with ordinality as r (id, outcome, position);
end
$function$;
alter function finance.post_journals(jsonb) owner to aibos_poster;
comment on function finance.post_journals(jsonb) is
  'Posts an array of entries, all or none, for the tenant and user of the context. Takes [{company_id, entry_date (YYYY-MM-DD), description, reference?, idempotency_key?, lines: [{account_id, currency, debit_cents, credit_cents, memo?}]}], amounts in minor units; returns index (from 1), id and outcome (posted or replayed) of each. Raises as finance.post_journal() does; DETAIL begins with the entry''s index.';

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
        when l.line - array['account_id', 'currency', 'debit_cents', 'credit_cents', 'memo'] <> '{}'
          then ': unknown field ' || (
            select min(k) from jsonb_object_keys(
              l.line - array['account_id', 'currency', 'debit_cents', 'credit_cents', 'memo']) as k)
        when l.line ->> 'debit_cents' !~ '^-?\d+$' then ': debit_cents must be a whole number of minor units'
        when l.line ->> 'credit_cents' !~ '^-?\d+$' then ': credit_cents must be a whole number of minor units'
        else ': memo must be a text'
      end
      from jsonb_array_elements(p_entry -> 'lines') with ordinality as l (line, line_no)
      where l.line - array['account_id', 'currency', 'debit_cents', 'credit_cents', 'memo'] <> '{}'
        or l.line ->> 'debit_cents' !~ '^-?\d+$' or l.line ->> 'credit_cents' !~ '^-?\d+$'
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
  end loop;
  return null;
exception when data_exception then
  return format('%s%s: %s', position, field, sqlerrm);
end
$function$;
comment on function finance._explain_values(jsonb) is
  'Which value of an entry cannot be read, and why, or null. Takes one element of the array given to finance.post_journals().';
