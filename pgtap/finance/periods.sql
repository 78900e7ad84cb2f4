begin;
select plan(34);

select tests.act_as('clerk', 'acme');

-- The name of the period that an entry of a date gets, or the code that refuses it: by direct SQL and by the function.
create function pg_temp.period_of(p_company text, p_date date) returns text language plpgsql as $$
declare
  entry uuid := gen_random_uuid();
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

-- Periods need not be months, and may leave a gap.
insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on)
values
  (tests.tenant('acme'), tests.company('acme'), '2028 first days', date '2028-01-02', date '2028-01-07'),
  (tests.tenant('acme'), tests.company('acme'), '2028 third week', date '2028-01-15', date '2028-01-21');
select is(pg_temp.period_of('acme', '2028-01-10'), 'IB801', 'a date in a gap between two periods is refused (IB801)');
select is(pg_temp.period_by_function('2028-01-10'), 'IB801', 'by the function too (IB801)');
select is(pg_temp.period_by_function('2028-01-21'), '2028 third week', 'a period of another length takes entries');
select throws_ok($$
  insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on)
  values (tests.tenant('acme'), tests.company('acme'), 'overlap', date '2026-01-15', date '2026-02-15')
$$, '23P01', null, 'two periods of a company never overlap (23P01)');
select throws_ok($$select finance.open_fiscal_year(tests.company('acme'), date '2028-01-01')$$,
  '23P01', null, 'nor does a year over a period of another length (23P01)');

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
