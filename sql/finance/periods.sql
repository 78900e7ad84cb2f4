-- Guarantee: an entry lies in the one open fiscal period of its company that holds its date.
-- How: the period is looked up from the date, never taken from the client, and its row is locked FOR SHARE until
--   COMMIT, so a period cannot close around an entry in flight at any isolation level.
-- Raises: IB801, IB802, IB803
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

create or replace function finance.open_fiscal_year(p_company_id uuid, p_starts_on date)
returns integer
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
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
  insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on)
  select tenant, p_company_id, to_char(m.first_day::timestamp, 'YYYY-MM'), m.first_day,
    (m.first_day + interval '1 month' - interval '1 day')::date
  from (
    select (p_starts_on + make_interval(months => n))::date as first_day from generate_series(0, 11) as n
  ) m
  on conflict (tenant_id, company_id, starts_on) do nothing;
  get diagnostics made = row_count;
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
  return made;
end
$function$;
comment on function finance.open_fiscal_year(uuid, date) is
  'Opens the twelve monthly periods of a fiscal year. Takes the company and the first day; returns how many periods were new, so a second call returns 0. Raises IB803 where the date is no first day of a month or periods of another length are in the way; an overlap is refused by fiscal_periods_no_overlap_ex.';
