-- Samoa skipped 30 December 2011: in its time zone that date has no midnight of its own.
begin;
select plan(2);

select tests.act_as('clerk', 'acme');
insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on)
values (tests.tenant('acme'), tests.company('acme'), '2011-12', date '2011-12-01', date '2011-12-31');

create function pg_temp.payload_in(p_zone text) returns text language plpgsql as $$
begin
  perform set_config('TimeZone', p_zone, true);
  return finance.leaf_payload(null, date '2011-12-30', 'standard', 'x', null, null, null, '');
end $$;
select is(pg_temp.payload_in('Pacific/Apia'), pg_temp.payload_in('UTC'),
  'N5 the canonical text of an entry does not depend on the time zone of the session');

set local timezone = 'Pacific/Apia';
select tests.insert_header('acme', 'skipped day', date '2011-12-30');
select tests.insert_lines('acme', 'skipped day', 5, -5);
set local timezone = 'UTC';
select tests.act_as('auditor', 'acme');
select is_empty($$select journal_entry_id from finance.v_journal_leaf_check where status <> 'PASS'$$,
  'N5 an entry posted in one time zone verifies in another');

select * from finish();
rollback;
