begin;
select plan(39);

-- Books in dollars: a bank account for any currency, a euro account, payables, and what is not revalued.
select tests.act_as('clerk', 'acme');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency)
select tests.tenant('acme'), tests.account('acme', code), tests.company('acme'), code, code, type, currency
from (values ('bank', 'asset', null), ('payable', 'liability', null), ('machine', 'asset', null), ('gain', 'income', null),
  ('loss', 'expense', null), ('only euro', 'expense', 'EUR')) as v (code, type, currency);
insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
select tests.tenant('acme'), 'EUR', quote, rate, source, d, d
from (values ('USD', 1.25, 'ECB', date '2026-03-31'), ('JPY', 160, 'ECB', date '2026-03-30'), ('USD', 1.2, 'ECB', date '2026-04-30'),
  ('USD', 7, 'OTHER', date '2026-03-31'), ('USD', 1.1, 'ECB', date '2026-03-10')) as v (quote, rate, source, d);

create function pg_temp.period(p_name text, p_tenant text default 'acme') returns uuid language sql as $$
  select p.id from finance.fiscal_periods p
  where p.tenant_id = tests.tenant(p_tenant) and p.company_id = tests.company(p_tenant) and p.name = p_name
$$;
create function pg_temp.revalue(p_period text) returns uuid language sql as $$
  select finance.revalue(tests.company('acme'), pg_temp.period(p_period))
$$;
-- An entry as the posting functions write it: debits one account and credits another, in a currency, with a base amount or none.
create function pg_temp.book(
  p_name text, p_debit text, p_credit text, p_currency text, p_cents bigint, p_base bigint, p_date date default date '2026-03-10'
)
returns void language plpgsql as $$
declare
  person name := current_setting('role');
begin
  perform set_config('role', 'aibos_poster', true);
  insert into finance.journal_entries (tenant_id, id, company_id, period_id, entry_date, description, created_by)
  select tests.tenant('acme'), tests.entry(p_name), tests.company('acme'), p.id, p_date, p_name, tests.person('clerk')
  from finance.fiscal_periods p
  where p.company_id = tests.company('acme') and p_date between p.starts_on and p.ends_on;
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents,
    base_debit_cents, base_credit_cents, fx_rate_id)
  select tests.tenant('acme'), tests.entry(p_name), l.line_no, tests.account('acme', l.account), p_currency, l.debit, l.credit,
    l.base_debit, l.base_credit, r.id
  from (values (1, p_debit, p_cents, 0, p_base, p_base * 0), (2, p_credit, 0, p_cents, p_base * 0, p_base))
    as l (line_no, account, debit, credit, base_debit, base_credit)
  left join finance.fx_rates r on p_base is not null and r.tenant_id = tests.tenant('acme') and r.source = 'OTHER';
  insert into finance.audit_events (tenant_id, id, actor, action, object, object_id)
  values (tests.tenant('acme'), tests.entry(p_name), tests.person('clerk'), 'journal.posted', 'finance.journal_entries', tests.entry(p_name)::text);
  perform set_config('role', person, true);
end $$;
create function pg_temp.lines(p_entry uuid) returns setof text language sql as $$
  select concat_ws(' ', a.code, l.currency, l.base_debit_cents, l.base_credit_cents, l.memo)
  from finance.journal_lines l join finance.accounts a on a.tenant_id = l.tenant_id and a.id = l.account_id
  where l.journal_entry_id = p_entry and l.debit_cents = 0 and l.credit_cents = 0 and l.fx_rate_id is null and l.fx_cross_rate_id is null
  order by l.line_no
$$;
create function pg_temp.base(p_account text, p_currency text) returns numeric language sql as $$
  select sum(base_debit_cents) - sum(base_credit_cents) from finance.journal_lines
  where account_id = tests.account('acme', p_account) and currency = p_currency
$$;
create temp table entries (name text, id uuid);
grant all on entries to public;
select tests.act_as_superuser();
select tests.act_as('clerk', 'acme', 'month end');

-- Nothing to do.
select is(pg_temp.revalue('2026-03'), null::uuid, 'books without a balance in a foreign currency need no revaluation, and no settings');
select is((select count(*) from finance.journal_entries where entry_type = 'revaluation'), 0::bigint, 'and nothing is written');

-- What is missing is named, and nothing is half done.
select pg_temp.book('invoice', 'bank', '4000', 'EUR', 100000, 110000);
select throws_ok($$select pg_temp.revalue('2026-03')$$, 'IB232', 'the company lacks what a revaluation needs', 'settings are needed then (IB232)');
create function pg_temp.missing() returns text language plpgsql as $$
declare
  detail text;
begin
  perform pg_temp.revalue('2026-03');
  return 'nothing';
exception when sqlstate 'IB232' or sqlstate 'IB233' or sqlstate 'IB230' then
  get stacked diagnostics detail = pg_exception_detail;
  return detail;
end $$;
select is(pg_temp.missing(), 'fx_source is not set. fx_gain_account_id is not set. fx_loss_account_id is not set.', 'all that is missing is named at once');
create function pg_temp.configure(p_source text, p_gain text, p_loss text) returns void language plpgsql as $$
begin
  perform tests.act_as_superuser();
  update finance.companies set fx_source = p_source, fx_gain_account_id = tests.account('acme', p_gain), fx_loss_account_id = tests.account('acme', p_loss)
  where tenant_id = tests.tenant('acme') and id = tests.company('acme');
  perform tests.act_as('clerk', 'acme', 'month end');
end $$;
grant execute on all functions in schema pg_temp to public;
select tests.act_as_superuser();
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, is_active)
values (tests.tenant('acme'), tests.account('acme', 'idle'), tests.company('acme'), 'idle', 'Idle', 'income', false);
select pg_temp.configure('ECB', 'idle', 'only euro');
select is(pg_temp.missing(), 'fx_gain_account_id: account idle is inactive. fx_loss_account_id: account only euro takes EUR alone.',
  'an account that cannot take the difference is missing too');
select pg_temp.configure('NONE', 'gain', 'loss');
select throws_ok($$select pg_temp.revalue('2026-03')$$, 'IB230', $$there is no rate from EUR to USD on 2026-03-31 by source 'NONE'$$,
  'a source without the rate is named with pair and date (IB230)');
select pg_temp.configure('ECB', 'gain', 'loss');
select pg_temp.book('unvalued', 'payable', '1000', 'CHF', 500, null);
select throws_ok($$select pg_temp.revalue('2026-03')$$, 'IB233', 'account 1000 cannot be revalued in CHF', 'lines without a base amount are named by account (IB233)');
select is((select count(*) from finance.journal_entries where entry_type = 'revaluation'), 0::bigint, 'nothing is half done');
select pg_temp.book('unvalued, back', '1000', 'payable', 'CHF', 500, null);

-- A gain, a loss, a cross and a balance that is gone.
select pg_temp.book('bill', '5000', 'payable', 'EUR', 20000, 22000);
select pg_temp.book('loan', 'bank', 'payable', 'JPY', 50000, 35000);
select pg_temp.book('sold', '1100', '4000', 'EUR', 1000, 1100);
select pg_temp.book('spent', '5000', '1100', 'EUR', 1000, 1180);
select pg_temp.book('later', 'bank', '4000', 'EUR', 700, 840, date '2026-04-02');
select pg_temp.book('asset', 'machine', '3000', 'EUR', 900, 990);
select tests.act_as_superuser();
update finance.accounts set is_monetary = false where tenant_id = tests.tenant('acme') and id = tests.account('acme', 'machine');
select tests.act_as('clerk', 'acme', 'month end');
insert into entries select 'march', pg_temp.revalue('2026-03');
select results_eq($$select pg_temp.lines(id) from entries where name = 'march'$$, array[
  '1100 EUR 80 0 balance 0',
  'bank EUR 15000 0 balance 100000 at 1.25 of 2026-03-31',
  'bank JPY 4063 0 balance 50000 at 0.0078125 of 2026-03-30',
  'payable EUR 0 3000 balance -20000 at 1.25 of 2026-03-31',
  'payable JPY 0 4063 balance -50000 at 0.0078125 of 2026-03-30',
  'gain USD 0 19143 exchange gain',
  'loss USD 7063 0 exchange loss'
], 'each account is taken to the rate of the last day, gains and losses apart');
select is((select concat_ws(' | ', e.entry_type, e.entry_date, e.description, e.period_id = pg_temp.period('2026-03'), e.created_by = tests.person('clerk'))
  from finance.journal_entries e join entries r using (id) where r.name = 'march'),
  'revaluation | 2026-03-31 | Revaluation at 2026-03-31 with rates of ECB | t | t', 'the entry says what it is, when, and whose rates');
select is(pg_temp.base('bank', 'EUR'), 125840::numeric, 'the balance is carried at the rate of the day, what came later apart');
select is(pg_temp.base('machine', 'EUR'), 990::numeric, 'what is not monetary keeps its historical rate');
select is(pg_temp.base('4000', 'EUR'), -110000 - 1100 - 840::numeric, 'so do income and equity');
select is((select sum(base_debit_cents) - sum(base_credit_cents) from finance.journal_lines l join entries r on r.id = l.journal_entry_id),
  0::numeric, 'the entry balances in the functional currency');
select is((select count(*) from finance.balance_deltas where account_id in (tests.account('acme', 'bank'), tests.account('acme', 'payable'))),
  0::bigint, 'no balance in a currency moves');

-- Its trace.
select is((select concat_ws(' | ', e.action, e.actor = tests.person('clerk'), e.reason, e.request_id, length(e.leaf_hash))
  from finance.audit_events e join entries r using (id)), 'journal.posted | t | month end | request of clerk | 32', 'it leaves the event of a posting');
select tests.act_as('auditor', 'acme');
select is((select count(*) from finance.v_journal_leaf_check v join entries r on r.id = v.journal_entry_id where v.status = 'PASS'), 1::bigint,
  'whose hash is that of its content');
select is((select count(*) from finance.v_journal_integrity v join entries r on r.id = v.journal_entry_id where v.status = 'PASS'), 1::bigint,
  'and the entry is whole');

-- Again.
select tests.act_as('clerk', 'acme', 'month end');
select is(pg_temp.revalue('2026-03'), null::uuid, 'a second revaluation finds no difference');
select pg_temp.book('late invoice', 'bank', '4000', 'EUR', 10000, 11000);
insert into entries select 'rest', pg_temp.revalue('2026-03');
select results_eq($$select pg_temp.lines(id) from entries where name = 'rest'$$,
  array['bank EUR 1500 0 balance 110000 at 1.25 of 2026-03-31', 'gain USD 0 1500 exchange gain'], 'what has come since is posted by the next one');
select throws_ok($$select pg_temp.revalue('2026-04')$$, 'IB230', $$there is no rate from JPY to USD on 2026-04-30 by source 'ECB'$$,
  'a rate that is more than a week old is missing (IB230)');
insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
values (tests.tenant('acme'), 'EUR', 'JPY', 160, 'ECB', '2026-04-30', '2026-04-30');
insert into entries select 'april', pg_temp.revalue('2026-04');
select results_eq($$select pg_temp.lines(id) from entries where name = 'april'$$, array[
  'bank EUR 0 5500 balance 110700 at 1.2 of 2026-04-30', 'bank JPY 0 1563 balance 50000 at 0.0075 of 2026-04-30',
  'payable EUR 1000 0 balance -20000 at 1.2 of 2026-04-30', 'payable JPY 1563 0 balance -50000 at 0.0075 of 2026-04-30',
  'gain USD 0 2563 exchange gain', 'loss USD 7063 0 exchange loss'
], 'the next period goes on from there');
select is(pg_temp.base('bank', 'EUR'), 132840::numeric, 'and carries the balance at its own rate');
select is(finance.reverse_journal(e.id, date '2026-04-30', 'wrong rate') is null, false, 'a revaluation can be reversed') from entries e where name = 'april';
select is((select array_agg(l) from pg_temp.lines(pg_temp.revalue('2026-04')) l), (select array_agg(l) from pg_temp.lines(e.id) l),
  'and made again') from entries e where name = 'april';

-- Periods.
select tests.act_as_superuser();
update finance.fiscal_periods set status = 'closing' where tenant_id = tests.tenant('acme') and name = '2026-03';
select tests.act_as('clerk', 'acme', 'month end');
select is(pg_temp.revalue('2026-03'), null::uuid, 'a period that is closing can be revalued');
select throws_ok($$select pg_temp.revalue('2026-01')$$, 'IB802', 'fiscal period 2026-01 is closed', 'one that is closed cannot (IB802)');
select tests.act_as_superuser();
create temp table foreign_period as select pg_temp.period('2026-03', 'globex') as id;
grant select on foreign_period to public;
select tests.act_as('clerk', 'acme', 'month end');
insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('second'), 'second', 'Second Ltd', 'USD');
select finance.open_fiscal_year(tests.company('second'), date '2026-01-01');
select throws_ok($$select finance.revalue(tests.company('acme'), p.id) from finance.fiscal_periods p
  where p.company_id = tests.company('second') and p.name = '2026-03'$$, 'IB801', null, 'a period of another company is none (IB801)');
select is(finance.revalue(tests.company('second'), p.id), null::uuid, 'a company without entries has nothing to revalue') from finance.fiscal_periods p
  where p.company_id = tests.company('second') and p.name = '2026-03';
select throws_ok(format('select finance.revalue(%L, %L)', c, p), 'IB801', null, what || ' (IB801)')
from (select tests.company('globex'), id, 'the books of another tenant are none' from foreign_period
  union all select tests.company('acme'), id, 'nor is its period' from foreign_period
  union all select null, null, 'nor nothing'
  union all select tests.company('acme'), null, 'nor no period') as v (c, p, what);

-- Who may.
select throws_ok($$
  insert into finance.journal_entries (tenant_id, company_id, entry_date, description, entry_type)
  values (tests.tenant('acme'), tests.company('acme'), '2026-04-30', 'mine', 'revaluation')
$$, '42501', null, 'an application cannot call an entry a revaluation (42501, M17)');
select throws_ok($$select * from finance._foreign_balances(tests.tenant('acme'), tests.company('acme'), '2026-03-31')$$, '42501', null,
  'nor call the parts of one (42501)');
select tests.set_context('clerk', null);
select throws_ok($$select finance.revalue(tests.company('acme'), null)$$, '42501', null, 'without a tenant there is none (42501)');
select tests.set_context(null, 'acme');
select throws_ok($$select finance.revalue(tests.company('acme'), null)$$, 'IB104', null, 'without a user neither (IB104)');
select tests.act_as_superuser();
update aibos.tenant_registry set status = 'suspended' where tenant_id = tests.tenant('acme');
select tests.act_as('clerk', 'acme', 'month end');
select throws_ok($$select pg_temp.revalue('2026-04')$$, 'IB102', null, 'a suspended tenant revalues nothing (IB102)');
select tests.act_as('auditor', 'acme');
select throws_ok($$select finance.revalue(tests.company('acme'), null)$$, '42501', null, 'nor does an auditor (42501)');

select * from finish();
rollback;
