begin;
select plan(41);

create function pg_temp.post(p_date date, p_debit text, p_credit text, p_cents bigint, p_currency text default 'USD', p_company text default 'acme')
returns uuid language sql volatile as $$
  select finance.post_journal(tests.company(p_company), p_date, 'entry',
    array[tests.account(p_company, p_debit), tests.account(p_company, p_credit)],
    array[p_cents, 0], array[0, p_cents], array[p_currency, p_currency])
$$;
create function pg_temp.close(p_name text) returns uuid language sql volatile as
$$ select finance.close_period((select p.id from finance.fiscal_periods p where p.company_id = tests.company('acme') and p.name = p_name)) $$;

-- The chart: 1000 and 1100 below 1, the rest at the top. The books hold a sale of 100.00 on 2026-02-02.
select tests.act_as('clerk', 'acme');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, parent_id)
values (tests.tenant('acme'), tests.account('acme', '1'), tests.company('acme'), '1', 'Liquid', 'asset', null),
  (tests.tenant('acme'), tests.account('acme', '2000'), tests.company('acme'), '2000', 'Loan', 'liability', tests.account('acme', '1'));
update finance.accounts set parent_id = tests.account('acme', '1') where code in ('1000', '1100') and company_id = tests.company('acme');
select finance.open_fiscal_year(tests.company('acme'), date '2027-01-01');
select pg_temp.post('2026-02-10', '1000', '3000', 50000), pg_temp.post('2026-03-05', '5000', '1000', 3000),
  pg_temp.post('2026-03-06', '1000', '2000', 20000), pg_temp.post('2026-04-01', '1100', '4000', 700, 'EUR'),
  pg_temp.post('2027-01-15', '1000', '4000', 1500);

select results_eq($$select code, currency, debit_cents, credit_cents, balance_cents, base_balance_cents, is_unconverted
    from finance.trial_balance(tests.company('acme')) order by 1, 2$$,
  $$values ('1000', 'USD', 81500.0, 3000.0, 78500.0, 78500.0, false), ('1100', 'EUR', 700.0, 0.0, 700.0, null, true),
    ('2000', 'USD', 0.0, 20000.0, -20000.0, -20000.0, false), ('3000', 'USD', 0.0, 50000.0, -50000.0, -50000.0, false),
    ('4000', 'EUR', 0.0, 700.0, -700.0, null, true), ('4000', 'USD', 0.0, 11500.0, -11500.0, -11500.0, false),
    ('5000', 'USD', 3000.0, 0.0, 3000.0, 3000.0, false)$$,
  'the trial balance has a row per account and currency');
select results_eq($$select currency, sum(balance_cents), sum(base_balance_cents) from finance.v_trial_balance group by currency order by 1$$,
  $$values ('EUR', 0.0, null), ('USD', 0.0, 0.0)$$, 'its balances sum to zero in every currency');
select results_eq($$select code, debit_cents, credit_cents from finance.trial_balance(tests.company('acme'), '2026-02-28') order by 1$$,
  $$values ('1000', 60000.0, 0.0), ('3000', 0.0, 50000.0), ('4000', 0.0, 10000.0)$$, 'it ends with a date, that day included');
select is_empty($$select code from finance.trial_balance(tests.company('acme'), '2026-02-01')$$, 'before the first entry it is empty');
select is_empty($$select code from finance.trial_balance(tests.company('globex'))$$, 'and for the company of another tenant');
select is_empty($$select code from finance.trial_balance(null)$$, 'and for none');
select results_eq($$select currency, balance_cents from finance.account_balance(tests.account('acme', '4000'), '2026-12-31') order by 1$$,
  $$values ('EUR', -700.0), ('USD', -10000.0)$$, 'an account has a balance per currency');
select is_empty($$select balance_cents from finance.account_balance(tests.account('globex', '1000'))$$, 'none for an account of another tenant');
select is_empty($$select balance_cents from finance.account_balance(tests.account('acme', '1'))$$, 'and none where nothing moved');
select tests.set_context('clerk', null);
select throws_ok($$select code from finance.trial_balance(tests.company('acme'))$$, '42501', 'tenant_id required', 'without a tenant there is no trial balance (42501)');
select tests.act_as('clerk', 'acme');

-- Reports.
select results_eq($$select section, code, name, depth, currency, is_unconverted, amount_cents, total_cents
    from finance.balance_sheet(tests.company('acme'), '2026-12-31') order by section, is_unconverted, path, name$$,
  $$values ('asset', '1', 'Liquid', 1, 'USD', false, 0.0, 77000.0), ('asset', '1000', 'Cash', 2, 'USD', false, 77000.0, 77000.0),
    ('asset', '1', 'Liquid', 1, 'EUR', true, 0.0, 700.0), ('asset', '1100', 'Cash in euro', 2, 'EUR', true, 700.0, 700.0),
    ('equity', null, 'Result of the year', 1, 'USD', false, 7000.0, 7000.0), ('equity', '3000', 'Equity', 1, 'USD', false, 50000.0, 50000.0),
    ('equity', null, 'Result of the year', 1, 'EUR', true, 700.0, 700.0),
    ('liability', '2000', 'Loan', 2, 'USD', false, 20000.0, 20000.0)$$,
  'the balance sheet shows each account with what lies below it, the unconverted apart, and the result');
select results_eq($$select name, currency, amount_cents from finance.balance_sheet(tests.company('acme'), '2027-06-30')
    where account_id is null order by 2, 1$$,
  $$values ('Result of earlier years', 'EUR', 700.0), ('Result of earlier years', 'USD', 7000.0), ('Result of the year', 'USD', 1500.0)$$,
  'a year later the result of the year before stands apart');
create view pg_temp.balance as
select d.as_of, b.currency, b.is_unconverted, sum(case b.section when 'asset' then b.amount_cents else -b.amount_cents end) as difference
from (values (date '2026-02-15'), ('2026-03-31'), ('2026-12-31'), ('2027-01-15'), (null)) as d (as_of)
cross join lateral finance.balance_sheet(tests.company('acme'), d.as_of) b
group by d.as_of, b.currency, b.is_unconverted;
select is_empty('select as_of, currency, difference from pg_temp.balance where difference <> 0', 'assets equal liabilities and equity on any day');
select cmp_ok((select count(*) from pg_temp.balance), '>', 7::bigint, 'wherever there is something to compare');
select results_eq($$select section, code, currency, amount_cents from finance.profit_and_loss(tests.company('acme'), '2026-01-01', '2026-12-31')
    order by section, currency, code$$,
  $$values ('expense', '5000', 'USD', 3000.0), ('income', '4000', 'EUR', 700.0), ('income', '4000', 'USD', 10000.0),
    ('result', null, 'EUR', 700.0), ('result', null, 'USD', 7000.0)$$, 'profit and loss of a year ends with its result');
select results_eq($$select section, amount_cents from finance.profit_and_loss(tests.company('acme'), '2026-03-01', '2026-03-31') order by 1$$,
  $$values ('expense', 3000.0), ('result', -3000.0)$$, 'of a month, too');
select is_empty($$select section from finance.profit_and_loss(tests.company('acme'), '2026-06-01', '2026-06-30')$$, 'and is empty where nothing moved');
select is_empty($$select section from finance.balance_sheet(tests.company('globex'))$$, 'the balance sheet of another tenant''s company is empty');
select results_eq($$select fiscal_year_starts_on, fiscal_year_ends_on, section, amount_cents from finance.v_profit_and_loss
    where section = 'result' and not is_unconverted order by 1$$,
  $$values (date '2026-01-01', date '2026-12-31', 'result', 7000.0), (date '2027-01-01', date '2027-12-31', 'result', 1500.0)$$,
  'the views show each fiscal year');
select is_empty($$select fiscal_year_starts_on from finance.v_balance_sheet group by company_id, fiscal_year_starts_on, currency, is_unconverted
    having sum(case section when 'asset' then amount_cents else -amount_cents end) <> 0$$, 'and every balance sheet balances');
select results_eq($$select entry_date::date, debit_cents::bigint, credit_cents::bigint, running_balance_cents from finance.v_general_ledger
    where account_id = tests.account('acme', '1000') order by entry_date$$,
  $$values (date '2026-02-02', 10000::bigint, 0::bigint, 10000.0), (date '2026-02-10', 50000::bigint, 0::bigint, 60000.0),
    (date '2026-03-05', 0::bigint, 3000::bigint, 57000.0), (date '2026-03-06', 20000::bigint, 0::bigint, 77000.0),
    (date '2027-01-15', 1500::bigint, 0::bigint, 78500.0)$$, 'the general ledger shows the balance after each line');
select is((select count(*) from finance.v_general_ledger), (select count(*) from finance.journal_lines), 'and every line once');
select is((select running_balance_cents from finance.v_general_ledger where account_id = tests.account('acme', '4000') and currency = 'EUR'),
  -700.0, 'its balance is that of one currency');

-- A line in a foreign currency with a base amount, one of the same account without, and a base-only line.
select tests.act_as_superuser();
select tests.set_context('founder', 'acme');
create function pg_temp.post_base(p_debit text, p_credit text, p_currency text, p_cents bigint, p_base bigint) returns void language plpgsql as $$
declare
  entry uuid := aibos.uuid_v7();
begin
  -- As the posting functions write them, which prove what they write themselves.
  perform set_config('role', 'aibos_poster', true);
  insert into finance.journal_entries (tenant_id, id, company_id, period_id, entry_date, entry_type, description, created_by)
  select tests.tenant('acme'), entry, tests.company('acme'), p.id, date '2026-05-10', 'revaluation', 'foreign', tests.person('clerk')
  from finance.fiscal_periods p where p.tenant_id = tests.tenant('acme') and p.company_id = tests.company('acme') and p.name = '2026-05';
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, base_debit_cents, base_credit_cents)
  values (tests.tenant('acme'), entry, 1, tests.account('acme', p_debit), p_currency, p_cents, 0, p_base, 0),
    (tests.tenant('acme'), entry, 2, tests.account('acme', p_credit), p_currency, 0, p_cents, 0, p_base);
  insert into finance.audit_events (tenant_id, id, action, object, object_id, leaf_version, leaf_hash)
  values (tests.tenant('acme'), entry, 'journal.posted', 'finance.journal_entries', entry, 1, sha256('not looked at here'));
  perform tests.act_as_superuser();
end $$;
select pg_temp.post_base('1100', '3000', 'EUR', 1000, 1100), pg_temp.post_base('1100', '4000', 'EUR', 0, 30);
select tests.act_as('clerk', 'acme');
select results_eq($$select code, debit_cents, base_debit_cents, is_unconverted from finance.trial_balance(tests.company('acme'))
    where currency = 'EUR' order by 1$$,
  $$values ('1100', 1700.0, null, true), ('3000', 0.0, 0.0, false), ('4000', 0.0, null, true)$$,
  'an account with one unconverted line has no base balance');
select results_eq($$select code, currency, is_unconverted, amount_cents from finance.balance_sheet(tests.company('acme'), '2026-12-31')
    where code = '1100' order by 2$$,
  $$values ('1100', 'EUR', true, 700.0), ('1100', 'USD', false, 1130.0)$$,
  'the balance sheet shows what is converted in one row and what is not in another');
select is_empty('select as_of, currency, difference from pg_temp.balance where difference <> 0', 'and balances');

-- Time of knowledge. posted_at is the same in the whole transaction: earlier knowledge is none of it.
select is_empty($$select code from finance.trial_balance(tests.company('acme'), null, now() - interval '1 microsecond')
    where code <> '1000' and code <> '4000'$$, 'what was posted later was not known before');
select is((select sum(debit_cents) from finance.trial_balance(tests.company('acme'), null, now())),
  (select sum(debit_cents) from finance.trial_balance(tests.company('acme'))), 'what was posted by then was');

-- Closed periods are read from their totals, and the answer is the same.
create temp table open_books as
select d.as_of, t.account_id, t.currency, t.debit_cents, t.credit_cents, t.base_debit_cents, t.base_credit_cents, t.is_unconverted
from generate_series(date '2026-01-31', date '2027-02-01', interval '7 days') as d (as_of)
cross join lateral finance.trial_balance(tests.company('acme'), d.as_of::date) t;
create view pg_temp.difference as
select count(*) as rows from (
  (select as_of, account_id, currency, debit_cents, credit_cents, base_debit_cents, base_credit_cents, is_unconverted from open_books)
  except all
  (select d.as_of, t.account_id, t.currency, t.debit_cents, t.credit_cents, t.base_debit_cents, t.base_credit_cents, t.is_unconverted
   from generate_series(date '2026-01-31', date '2027-02-01', interval '7 days') as d (as_of)
   cross join lateral finance.trial_balance(tests.company('acme'), d.as_of::date) t)
) x;
select is(rows, 0::bigint, 'the same question has the same answer') from pg_temp.difference;
select pg_temp.close('2026-02'), pg_temp.close('2026-03'), pg_temp.close('2026-04'), pg_temp.close('2026-05');
select is(rows, 0::bigint, 'on every date, also after periods have closed') from pg_temp.difference;
select is((select sum(t.debit_cents) from finance.trial_balance(tests.company('acme'), date '2026-05-31', now() - interval '1 microsecond') t),
  (select sum(l.debit_cents)::numeric from finance.journal_lines l join finance.journal_entries e on e.tenant_id = l.tenant_id and e.id = l.journal_entry_id
   where e.posted_at < now() and e.entry_date <= '2026-05-31'), 'earlier knowledge does not read the totals of a later close');
select tests.act_as_superuser();
alter table finance.period_close_totals disable trigger user;
update finance.period_close_totals set closing_debit_cents = closing_debit_cents + 1
where account_id = tests.account('acme', '1000')
  and period_close_id = (select p.close_id from finance.fiscal_periods p where p.company_id = tests.company('acme') and p.name = '2026-04');
select tests.act_as('clerk', 'acme');
select is((select debit_cents from finance.trial_balance(tests.company('acme'), d.as_of) where code = '1000' and currency = 'USD'), d.debit, d.what)
from (values (date '2026-04-30', 80001.0, 'the totals are read where the date is the last one of a closed period'),
  (date '2026-05-30', 80001.0, 'and within the next one'), (date '2026-04-29', 80000.0, 'not before it'),
  (date '2026-05-31', 80000.0, 'nor where a later close is there')) as d (as_of, debit, what);
select tests.act_as('admin', 'acme');
select finance.reopen_period((select p.id from finance.fiscal_periods p where p.company_id = tests.company('acme') and p.name = month.name), 'late')
from unnest(array['2026-05', '2026-04']) as month (name);
select is((select debit_cents from finance.trial_balance(tests.company('acme'), '2026-04-30') where code = '1000' and currency = 'USD'), 80000.0,
  'a close that is no longer in force is not read');

-- Everyone who may read the books may read the statements, and nobody else.
select tests.act_as('auditor', 'acme');
select cmp_ok((select count(*) from finance.v_balance_sheet), '>', 0::bigint, 'an auditor reads the balance sheet');
select tests.act_as('auditor', 'globex');
select is((select sum(balance_cents) from finance.v_trial_balance where code = '1000'), 10000.0, 'of one tenant, the one in context');
select is((select count(distinct tenant_id) from finance.v_general_ledger), 1::bigint, 'and its ledger alone');
select tests.act_as('monitor', 'acme');
select throws_ok('select code from finance.v_trial_balance', '42501', null, 'the monitor reads none (42501)');
select tests.act_as('operator', 'acme');
select throws_ok('select code from finance.trial_balance(tests.company(''acme''))', '42501', null, 'nor does the control plane (42501)');

select * from finish();
rollback;
