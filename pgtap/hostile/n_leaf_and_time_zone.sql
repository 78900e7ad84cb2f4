-- Samoa skipped 30 December 2011: in its time zone that date has no midnight of its own.
begin;
select plan(2);

select tests.act_as('clerk', 'acme');
insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('samoa'), 'samoa', 'Samoa Ltd', 'USD');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
select tests.tenant('acme'), tests.account('samoa', code), tests.company('samoa'), code, code, 'asset' from unnest(array['1000', '4000']) as code;
insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on)
values (tests.tenant('acme'), tests.company('samoa'), '2011-12', date '2011-12-01', date '2011-12-31');

create function pg_temp.payload_in(p_zone text) returns text language plpgsql as $$
begin
  perform set_config('TimeZone', p_zone, true);
  return finance.leaf_payload(null, date '2011-12-30', 'standard', 'x', null, null, null, '');
end $$;
select is(pg_temp.payload_in('Pacific/Apia'), pg_temp.payload_in('UTC'),
  'N5 the canonical text of an entry does not depend on the time zone of the session');

set local timezone = 'Pacific/Apia';
insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
values (tests.tenant('acme'), tests.entry('skipped day'), tests.company('samoa'), date '2011-12-30', 'skipped day');
insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
values (tests.tenant('acme'), tests.entry('skipped day'), 1, tests.account('samoa', '1000'), 'USD', 5, 0),
  (tests.tenant('acme'), tests.entry('skipped day'), 2, tests.account('samoa', '4000'), 'USD', 0, 5);
set local timezone = 'UTC';
select tests.act_as('auditor', 'acme');
select is_empty($$select journal_entry_id from finance.v_journal_leaf_check where status <> 'PASS'$$,
  'N5 an entry posted in one time zone verifies in another');

select * from finish();
rollback;
