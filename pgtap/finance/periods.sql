begin;
select plan(54);

select tests.act_as('clerk', 'acme');

-- The name of the period that an entry of a date gets, or the code that refuses it: by direct SQL and by the function.
create function pg_temp.period_of(p_company text, p_date date) returns text language plpgsql as $$
declare
  entry uuid := aibos.uuid_v7();
begin
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
  values (tests.tenant('acme'), entry, tests.company(p_company), p_date, 'probe');
  return (select p.name from finance.journal_entries e
    join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id where e.id = entry);
exception when others then
  return sqlstate;
end $$;
create function pg_temp.period_by_function(p_date date) returns text language plpgsql as $$
declare
  entry uuid;
begin
  entry := finance.post_journal(tests.company('acme'), p_date, 'probe',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD']);
  return (select p.name from finance.journal_entries e
    join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id where e.id = entry);
exception when others then
  return sqlstate;
end $$;

select is(pg_temp.period_of('acme', d.day), d.expected, format('an entry of %s: %s', d.day, d.expected))
from (values
  (date '2025-12-31', 'IB801'), (date '2026-01-01', 'IB802'), (date '2026-01-31', 'IB802'),
  (date '2026-02-01', '2026-02'), (date '2026-02-28', '2026-02'), (date '2026-03-01', '2026-03'),
  (date '2026-12-31', '2026-12'), (date '2027-01-01', 'IB801'), (date '-infinity', '23514'), (date 'infinity', '23514'),
  (date '0044-03-15 BC', '23514'), (null, 'IB801')
) as d (day, expected);

select tests.act_as_superuser();
update finance.fiscal_periods set status = 'closing' where tenant_id = tests.tenant('acme') and name = '2026-03';
select tests.act_as('clerk', 'acme');
select is(pg_temp.period_of('acme', '2026-03-10'), 'IB802', 'a period that is closing takes no entry (IB802)');
select is(pg_temp.period_of('acme', '2026-04-10'), '2026-04', 'the next one still does');
select tests.act_as('clerk', 'globex');
select is(
  (select count(*) from finance.fiscal_periods where name = '2026-03' and status = 'open'), 1::bigint,
  'the calendar of another tenant goes on');

select tests.act_as('clerk', 'acme');
select is(finance.open_fiscal_year(tests.company('acme'), date '2026-01-01'), 0, 'opening a year again opens nothing');
select is(
  (select status from finance.fiscal_periods where name = '2026-01'), 'closed', 'and reopens nothing');
select is(finance.open_fiscal_year(tests.company('acme'), date '2027-01-01'), 12, 'a year has twelve periods');
select is(pg_temp.period_of('acme', '2027-06-15'), '2027-06', 'and takes entries from then on');

insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('second'), 'second', 'Second Ltd', 'USD');
select is(pg_temp.period_of('second', '2026-04-10'), 'IB801', 'the calendar of another company is not used (IB801)');
select is(finance.open_fiscal_year(tests.company('second'), date '2027-07-01'), 12, 'a year may begin in any month');
select results_eq(
  $$select name, starts_on, ends_on, status from finance.fiscal_periods
    where company_id = tests.company('second') and name in ('2027-07', '2028-02', '2028-06') order by name$$,
  $$values ('2027-07', date '2027-07-01', date '2027-07-31', 'open'), ('2028-02', date '2028-02-01', date '2028-02-29', 'open'),
    ('2028-06', date '2028-06-01', date '2028-06-30', 'open')$$,
  'its periods are the months, leap days included');

-- Periods need not be months, and leave no gap.
create function pg_temp.insert_period(p_company text, p_name text, p_from date, p_to date) returns text language plpgsql as $$
begin
  insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on)
  values (tests.tenant('acme'), tests.company(p_company), p_name, p_from, p_to);
  set constraints finance.fiscal_periods_follows_on_fk, finance.fiscal_periods_close_id_fk immediate;
  set constraints finance.fiscal_periods_follows_on_fk, finance.fiscal_periods_close_id_fk deferred;
  return 'accepted';
exception when others then
  return sqlstate;
end $$;
select is(pg_temp.insert_period('acme', 'too late', '2028-01-02', '2028-01-31'), 'IB804',
  'a period that would leave a day after the last one is refused (IB804)');
select is(pg_temp.insert_period('acme', 'too early', '2025-12-01', '2025-12-30'), 'IB804',
  'and one that would leave a day before the first one (IB804)');
select is(pg_temp.insert_period('acme', 'first days', '2028-01-01', '2028-01-07'), 'accepted',
  'a period of any length may follow the last one');
select is(pg_temp.period_by_function('2028-01-07'), 'first days', 'and takes entries');
select is(pg_temp.period_by_function('2028-01-08'), 'IB801', 'a date after the last period is refused by the function too (IB801)');
select is(pg_temp.insert_period('acme', 'before a closed one', '2025-12-01', '2025-12-31'), 'IB806',
  'nothing comes before a closed period (IB806)');
select is(pg_temp.insert_period('second', 'before', '2027-06-25', '2027-06-30'), 'accepted', 'a period may come before an open first one');
select is(pg_temp.insert_period('second', 'forever', '2027-06-30', '2027-06-29'), '23514', 'a period does not end before it begins (23514)');
select is_empty($$
  select p.name from finance.fiscal_periods p
  left join finance.fiscal_periods b on b.tenant_id = p.tenant_id and b.company_id = p.company_id and b.ends_on = p.follows_on
  where b.id is null and p.starts_on > (select min(f.starts_on) from finance.fiscal_periods f where f.company_id = p.company_id)
$$, 'every period but the first of a company follows one');
select results_eq($$
  select name, fiscal_year_starts_on from finance.fiscal_periods
  where company_id = tests.company('second') and name in ('before', '2027-07', '2028-06') order by starts_on$$,
  $$values ('before', date '2026-07-01'), ('2027-07', date '2027-07-01'), ('2028-06', date '2027-07-01')$$,
  'each knows its fiscal year');
select results_eq($$
  select name, fiscal_year_starts_on from finance.fiscal_periods
  where company_id = tests.company('acme') and name in ('2026-12', '2027-01', 'first days') order by starts_on$$,
  $$values ('2026-12', date '2026-01-01'), ('2027-01', date '2027-01-01'), ('first days', date '2028-01-01')$$,
  'found by the anniversary where none is given');

-- Years in any order that leaves no gap.
insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('third'), 'third', 'Third Ltd', 'USD');
select is(finance.open_fiscal_year(tests.company('third'), date '2020-01-01'), 12, 'the first year of a company may be any');
select is(finance.open_fiscal_year(tests.company('third'), date '2019-01-01'), 12, 'the year before it may follow');
select is(finance.open_fiscal_year(tests.company('third'), date '2021-01-01'), 12, 'and the year after it');
select is(finance.open_fiscal_year(tests.company('third'), date '2018-07-01'), 6, 'a year that overlaps fills in what is missing');
select throws_ok($$select finance.open_fiscal_year(tests.company('third'), date '2023-01-01')$$, 'IB804',
  'fiscal period 2023-01 would leave a gap', 'a year that leaves a gap is refused (IB804)');
select throws_ok($$select finance.open_fiscal_year(tests.company('third'), date '2016-07-01')$$, 'IB804',
  'fiscal period 2017-06 would leave a gap', 'before the others too (IB804)');
create function pg_temp.hint_of(p_sql text) returns text language plpgsql as $$
declare
  hint text;
begin
  execute p_sql;
  return 'accepted';
exception when others then
  get stacked diagnostics hint = pg_exception_hint;
  return hint;
end $$;
select is(pg_temp.hint_of($$select finance.open_fiscal_year(tests.company('third'), date '2023-01-01')$$),
  'Open the year after them first: finance.open_fiscal_year(company, date ''2022-01-01'').', 'the hint names the year to open first');
select is(pg_temp.hint_of($$select finance.open_fiscal_year(tests.company('third'), date '2016-07-01')$$),
  'Open the year before them first: finance.open_fiscal_year(company, date ''2017-07-01'').', 'on either side');
set constraints finance.fiscal_periods_follows_on_fk, finance.fiscal_periods_close_id_fk immediate;
set constraints finance.fiscal_periods_follows_on_fk, finance.fiscal_periods_close_id_fk deferred;

-- What the constraints say when the guard is not asked.
select tests.act_as_superuser();
create function pg_temp.without_guard(p_sql text) returns text language plpgsql as $$
begin
  begin
    alter table finance.fiscal_periods disable trigger t30_stamp_period;
    execute p_sql;
    set constraints finance.fiscal_periods_follows_on_fk, finance.fiscal_periods_close_id_fk immediate;
    raise exception using errcode = 'LN001';
  exception
    when sqlstate 'LN001' then return 'accepted';
    when others then return sqlstate;
  end;
end $$;
select is(pg_temp.without_guard(format($$
  insert into finance.fiscal_periods (tenant_id, id, company_id, name, starts_on, ends_on, fiscal_year_starts_on, follows_on)
  values (%L, gen_random_uuid(), %L, 'loose', date '2030-01-02', date '2030-01-31', date '2030-01-01', %s)$$,
  tests.tenant('acme'), tests.company('third'), c.follows_on)), c.code, c.what)
from (values
  ('null', '23505', 'a second period that follows none is refused by a unique key (23505)'),
  ($$date '2030-01-01'$$, '23503', 'one that follows a period that is not there by a foreign key (23503)'),
  ($$date '2021-12-31'$$, '23514', 'and one that names another day by a check (23514)')
) as c (follows_on, code, what);
select tests.act_as('clerk', 'acme');

select throws_ok($$
  insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on)
  values (tests.tenant('acme'), tests.company('acme'), 'overlap', date '2026-01-15', date '2026-02-15')
$$, '23P01', null, 'two periods of a company never overlap (23P01)');
select throws_ok($$
  insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on)
  values (tests.tenant('globex'), tests.company('globex'), 'theirs', date '2027-01-01', date '2027-01-31')
$$, '42501', null, 'nobody adds to the calendar of another tenant (42501)');
select throws_ok($$select finance.open_fiscal_year(tests.company('acme'), date '2028-01-01')$$,
  'IB803', null, 'nor does a year cover a period of another length (IB803)');

select throws_ok(format('select finance.open_fiscal_year(tests.company(%L), %L)', 'acme', first_day),
  'IB803', null, format('a year cannot begin on %s (IB803)', coalesce(first_day, 'no day')))
from unnest(array['2029-01-02', 'infinity', null]) as first_day;

select throws_ok($$update finance.fiscal_periods set status = 'open' where name = '2026-01'$$,
  '42501', null, 'an application cannot reopen a period (42501)');
select throws_ok($$
  insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on, status)
  values (tests.tenant('acme'), tests.company('acme'), 'mine', date '2030-01-01', date '2030-01-31', 'open')
$$, '42501', null, 'nor choose the status of a new one (42501)');
select throws_ok($$select id from finance.fiscal_periods for update$$,
  '42501', null, 'nor hold a lock on one (42501)');
select tests.act_as_superuser();
select throws_ok($$update finance.fiscal_periods set ends_on = date '2026-04-29' where name = '2026-04'$$,
  'IB212', null, 'the dates of a period never change, for nobody (IB212)');

select * from finish();
rollback;
