-- Guarantee: an entry lies in the one open fiscal period of its company that holds its date, and between the first and
--   the last period of a company there is no day without one.
-- How: the period is looked up from the date, never taken from the client, and its row is locked FOR SHARE until
--   COMMIT, so a period cannot close around an entry in flight at any isolation level. Each period names the last day
--   of the one before it: a foreign key wants that period, and a unique key lets one period of a company have none.
-- Raises: 42501 (tenant_id required), IB801, IB802, IB803, IB804, IB805, IB806
-- Proved by: pgtap/finance/periods.sql

call aibos._set_policy('finance.fiscal_periods', 'guard_lock', 'update', 'aibos_guard, aibos_poster', 'true', 'false',
  'The guards and the posting functions lock every period and change none.');
grant update (lock_token) on finance.fiscal_periods to aibos_guard, aibos_poster;

create or replace function finance.lock_open_period(p_tenant_id uuid, p_company_id uuid, p_entry_date date)
returns uuid
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
-- Without a sort, only the index on the first day can find the period; without statistics, the one against overlap looks as cheap.
set enable_sort = off
as $function$
declare
  period record;
begin
  select p.id, p.name, p.status, p.ends_on into period
  from finance.fiscal_periods p
  where p.tenant_id = p_tenant_id and p.company_id = p_company_id and p.starts_on <= p_entry_date
  order by p.starts_on desc
  limit 1
  for share;

  if period.id is null or period.ends_on < p_entry_date or p_entry_date is null then
    raise exception using
      errcode = 'IB801',
      message = format('no fiscal period of the company holds %s', coalesce(to_char(p_entry_date::timestamp, 'YYYY-MM-DD'), 'null')),
      detail = format('Company %s.', coalesce(p_company_id::text, 'null')),
      hint = 'Open the fiscal year first: finance.open_fiscal_year(company, first day).',
      schema = 'finance', table = 'journal_entries', column = 'entry_date', constraint = 'journal_entry_in_period';
  elsif period.status <> 'open' then
    raise exception using
      errcode = 'IB802',
      message = format('fiscal period %s is %s', period.name, period.status),
      detail = format('Company %s, date %s.', p_company_id, to_char(p_entry_date::timestamp, 'YYYY-MM-DD')),
      hint = 'Post with a date in an open period.',
      schema = 'finance', table = 'journal_entries', column = 'entry_date', constraint = 'journal_entry_in_open_period';
  end if;
  return period.id;
end
$function$;
comment on function finance.lock_open_period(uuid, uuid, date) is
  'Open period of a company that holds a date, locked until COMMIT. Takes tenant, company and date; returns the period. Raises IB801, IB802. For the guards and the posting functions only.';

create or replace function finance._link_period(p_period_id uuid, p_follows_on date)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
  update finance.fiscal_periods p set follows_on = p_follows_on
  where p.tenant_id = aibos.current_tenant_id() and p.id = p_period_id;
$function$;
comment on function finance._link_period(uuid, date) is
  'Makes the first period of a company follow one that is about to come before it. Takes the period and the last day before it. Definer, since nobody but the owner may update a period; for the guard of new periods only.';

create or replace function finance.stamp_period()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  previous record;
  next record;
  edge record;
begin
  perform aibos.assert_row_in_context(new.tenant_id, tg_table_schema, tg_table_name);
  if new.status is distinct from 'open' or new.close_id is not null then
    raise exception using
      errcode = 'IB805',
      message = format('fiscal period %s must begin open', new.name),
      hint = 'Insert it open, then close it: finance.close_period(period).',
      schema = tg_table_schema, table = tg_table_name, column = 'status', constraint = 'fiscal_period_move_listed';
  end if;
  new.follows_on := null;

  -- A constraint says what is wrong with a row that is malformed, overlaps or is there already.
  if new.starts_on is null or new.ends_on is null or new.ends_on < new.starts_on or exists (
    select from finance.fiscal_periods p
    where p.tenant_id = new.tenant_id and p.company_id = new.company_id
      and p.starts_on <= new.ends_on and p.ends_on >= new.starts_on
  ) then
    new.fiscal_year_starts_on := coalesce(new.fiscal_year_starts_on, new.starts_on);
    return new;
  end if;

  select p.fiscal_year_starts_on as year_on into previous
  from finance.fiscal_periods p
  where p.tenant_id = new.tenant_id and p.company_id = new.company_id and p.ends_on = new.starts_on - 1;
  if found then
    new.follows_on := new.starts_on - 1;
    new.fiscal_year_starts_on := coalesce(new.fiscal_year_starts_on,
      previous.year_on + make_interval(years => extract(year from age(new.starts_on, previous.year_on))::integer));
    return new;
  end if;

  select min(p.starts_on) as first_on, max(p.ends_on) as last_on into edge
  from finance.fiscal_periods p where p.tenant_id = new.tenant_id and p.company_id = new.company_id;
  if edge.first_on is null then
    new.fiscal_year_starts_on := coalesce(new.fiscal_year_starts_on, new.starts_on);
    return new;
  end if;

  if new.ends_on <> edge.first_on - 1 then
    raise exception using
      errcode = 'IB804',
      message = format('fiscal period %s would leave a gap', new.name),
      detail = format('It runs from %s to %s; the periods of the company run from %s to %s.',
        to_char(new.starts_on::timestamp, 'YYYY-MM-DD'), to_char(new.ends_on::timestamp, 'YYYY-MM-DD'),
        to_char(edge.first_on::timestamp, 'YYYY-MM-DD'), to_char(edge.last_on::timestamp, 'YYYY-MM-DD')),
      hint = case
        when new.starts_on > edge.last_on and extract(day from edge.last_on + 1) = 1 then
          format('Open the year after them first: finance.open_fiscal_year(company, date ''%s'').',
            to_char((edge.last_on + 1)::timestamp, 'YYYY-MM-DD'))
        when new.starts_on < edge.first_on and extract(day from edge.first_on) = 1 then
          format('Open the year before them first: finance.open_fiscal_year(company, date ''%s'').',
            to_char(edge.first_on - interval '1 year', 'YYYY-MM-DD'))
        else 'Insert the periods between first.'
      end,
      schema = tg_table_schema, table = tg_table_name, column = 'starts_on', constraint = 'fiscal_periods_follows_on_fk';
  end if;

  -- It comes before the first period. Locked, and read in the next statement: it may be closing at this moment.
  perform from finance.fiscal_periods p
  where p.tenant_id = new.tenant_id and p.company_id = new.company_id and p.starts_on = edge.first_on
  for update;
  select p.id, p.name, p.status, p.fiscal_year_starts_on as year_on into next
  from finance.fiscal_periods p
  where p.tenant_id = new.tenant_id and p.company_id = new.company_id and p.starts_on = edge.first_on;
  if next.status = 'closed' then
    raise exception using
      errcode = 'IB806',
      message = format('fiscal period %s would come before a closed one', new.name),
      detail = format('Period %s of the company is closed.', next.name),
      hint = 'What comes before a closed period is settled. Reopen it first.',
      schema = tg_table_schema, table = tg_table_name, column = 'status', constraint = 'fiscal_period_in_order';
  end if;
  perform finance._link_period(next.id, new.ends_on);
  new.fiscal_year_starts_on := coalesce(new.fiscal_year_starts_on,
    next.year_on - make_interval(years => ceil((next.year_on - new.starts_on) / 366.0)::integer));
  return new;
end
$function$;
alter function finance.stamp_period() owner to aibos_guard;
comment on function finance.stamp_period() is
  'Row trigger: links a new period to the one before it and finds its fiscal year; raises IB804 where a gap would remain, IB806 before a closed period. Definer, since it reads and locks periods whatever the role.';

create or replace trigger t30_stamp_period before insert on finance.fiscal_periods
  for each row execute function finance.stamp_period();
alter table finance.fiscal_periods enable always trigger t30_stamp_period;

create or replace function finance.open_fiscal_year(p_company_id uuid, p_starts_on date)
returns integer
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  first_on date;
  made integer;
begin
  if p_starts_on is null or not isfinite(p_starts_on) or extract(day from p_starts_on) <> 1 then
    raise exception using
      errcode = 'IB803',
      message = 'a fiscal year begins on the first day of a month',
      detail = format('Given: %s.', coalesce(p_starts_on::text, 'null')),
      hint = 'Pass a date such as 2026-01-01.',
      schema = 'finance', table = 'fiscal_periods', column = 'starts_on';
  end if;
  if exists (
    select from finance.fiscal_periods p
    where p.tenant_id = tenant and p.company_id = p_company_id
      and p.starts_on >= p_starts_on and p.starts_on < p_starts_on + interval '1 year'
      and p.ends_on <> (date_trunc('month', p.starts_on::timestamp) + interval '1 month' - interval '1 day')::date
  ) then
    raise exception using
      errcode = 'IB803',
      message = format('the fiscal year from %s already has periods of another length', to_char(p_starts_on::timestamp, 'YYYY-MM-DD')),
      hint = 'Insert the missing periods of that year one by one.',
      schema = 'finance', table = 'fiscal_periods', column = 'starts_on';
  end if;
  -- One after the other: two that open the same year at once would meet on the chain of the periods instead of their first days.
  perform from finance.companies c where c.tenant_id = tenant and c.id = p_company_id for no key update;
  -- Months before the first period come backwards, so that each touches a period that is there.
  select min(p.starts_on) into first_on
  from finance.fiscal_periods p where p.tenant_id = tenant and p.company_id = p_company_id;
  insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on, fiscal_year_starts_on)
  select tenant, p_company_id, to_char(m.first_day::timestamp, 'YYYY-MM'), m.first_day,
    (m.first_day + interval '1 month' - interval '1 day')::date, p_starts_on
  from (
    select (p_starts_on + make_interval(months => n))::date as first_day, n from generate_series(0, 11) as n
  ) m
  order by m.first_day < first_on desc, case when m.first_day < first_on then -m.n else m.n end
  on conflict (tenant_id, company_id, starts_on) do nothing;
  get diagnostics made = row_count;
  return made;
end
$function$;
comment on function finance.open_fiscal_year(uuid, date) is
  'Opens the twelve monthly periods of a fiscal year. Takes the company and the first day; returns how many periods were new, so a second call returns 0. Years may be opened in any order that leaves no gap. Raises IB803 where the date is no first day of a month or periods of another length are in the way, IB804 where days would lie between this year and the others, IB806 before a closed period; an overlap is refused by fiscal_periods_no_overlap_ex.';
