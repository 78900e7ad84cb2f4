begin;
select plan(12);

select tests.act_as('clerk', 'acme');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, keeps_balance)
values (tests.tenant('acme'), tests.account('acme', 'kept'), tests.company('acme'), 'kept', 'Kept', 'asset', true);

select lives_ok($$
  select finance.post_journal(tests.company('acme'), date '2026-03-10', 'through the function',
    array[tests.account('acme', 'kept'), tests.account('acme', '4000')], array[500, 0], array[0, 500], array['USD', 'USD'])
$$, 'an entry through the function moves a kept balance');
select is(
  (select array[debit_cents, credit_cents] from finance.v_account_balances where account_id = tests.account('acme', 'kept')),
  array[500, 0]::numeric[], 'the unfolded delta counts at once');

select lives_ok($$
  select tests.insert_header('acme', 'direct');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('direct'), 1, tests.account('acme', 'kept'), 'USD', 30, 0),
    (tests.tenant('acme'), tests.entry('direct'), 2, tests.account('acme', 'kept'), 'USD', 0, 10),
    (tests.tenant('acme'), tests.entry('direct'), 3, tests.account('acme', '4000'), 'USD', 0, 20);
$$, 'an entry by direct SQL moves it too');
select lives_ok(format($$
  select finance.post_journals(%L::jsonb)
$$, jsonb_build_array(jsonb_build_object('company_id', tests.company('acme'), 'entry_date', '2026-04-10', 'description', 'array',
  'lines', jsonb_build_array(
    jsonb_build_object('account_id', tests.account('acme', 'kept'), 'currency', 'USD', 'debit_cents', 7),
    jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'credit_cents', 7))))),
  'an array moves it too');
select lives_ok($$ select finance.reverse_journal(tests.entry('direct'), date '2026-03-11', 'wrong') $$, 'a reversal moves it too');
select is(
  (select array[sum(debit_cents), sum(credit_cents)] from finance.v_account_balances where account_id = tests.account('acme', 'kept')),
  array[500 + 30 + 7 + 10, 10 + 30]::numeric[], 'the kept balance is the sum of the lines');
select is_empty('select * from finance.v_balance_drift', 'there is no drift before folding');

select is((select count(*) from finance.balance_deltas where account_id = tests.account('acme', '4000')), 0::bigint,
  'an account that keeps no balance gets no delta');

select throws_ok($$
  insert into finance.balance_deltas (tenant_id, account_id, id, period_id, currency, debit_cents, credit_cents)
  select tenant_id, account_id, aibos.uuid_v7(), period_id, currency, 1, 0 from finance.balance_deltas limit 1
$$, '42501', null, 'the application cannot write to the cache (42501)');

select tests.act_as('monitor', null);
select ok(finance.fold_balances() >= 4, 'folding needs no tenant and moves the deltas of all');
select tests.act_as('clerk', 'acme');
select is_empty('select * from finance.v_balance_drift', 'there is no drift after folding');

select tests.act_as_superuser();
update finance.account_balances set debit_cents = debit_cents + 1 where account_id = tests.account('acme', 'kept')
  and period_id = (select id from finance.fiscal_periods where tenant_id = tests.tenant('acme') and name = '2026-04');
select tests.act_as('clerk', 'acme');
select results_eq(
  'select account_id, debit_drift_cents, credit_drift_cents from finance.v_balance_drift',
  $$ values (tests.account('acme', 'kept'), 1::numeric, 0::numeric) $$,
  'a cache that was tampered with shows as drift');

select * from finish();
rollback;
