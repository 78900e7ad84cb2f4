begin;
select plan(24);

create function pg_temp.post(p_cents bigint, p_account text default 'cash box') returns uuid language sql as $$
  select finance.post_journal(tests.company('acme'), date '2026-03-10', 'movement',
    array[tests.account('acme', p_account), tests.account('acme', '4000')],
    array[greatest(p_cents, 0), greatest(-p_cents, 0)], array[greatest(-p_cents, 0), greatest(p_cents, 0)], array['USD', 'USD'])
$$;
create function pg_temp.post_directly(p_name text, p_cents bigint) returns void language plpgsql as $$
begin
  perform tests.insert_header('acme', p_name);
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry(p_name), 1, tests.account('acme', 'cash box'), 'USD', greatest(p_cents, 0), greatest(-p_cents, 0)),
    (tests.tenant('acme'), tests.entry(p_name), 2, tests.account('acme', '4000'), 'USD', greatest(-p_cents, 0), greatest(p_cents, 0));
end $$;
create function pg_temp.balance() returns numeric language sql as $$
  select balance_cents from finance.account_limits where account_id = tests.account('acme', 'cash box')
$$;

select tests.act_as('clerk', 'acme', 'limits');
select throws_ok(format($$
  insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, has_limit)
  values (%L, %L, %L, 'any', 'Any currency', 'asset', true)$$,
  tests.tenant('acme'), tests.account('acme', 'any'), tests.company('acme')),
  '23514', null, 'an account with a limit has one currency (23514)');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, has_limit)
values (tests.tenant('acme'), tests.account('acme', 'cash box'), tests.company('acme'), 'cash box', 'Cash box', 'asset', 'USD', true);
select is(pg_temp.balance(), 0::numeric, 'it begins with a balance of nothing');
select isnt(pg_temp.post(-500), null, 'without a limit set it may go anywhere');
select is(pg_temp.balance(), -500::numeric, 'and its balance follows');
select throws_ok($$update finance.account_limits set min_balance_cents = 0$$, '23514', null,
  'a limit that is passed already cannot be set (23514)');
select isnt(pg_temp.post(1500), null, 'a deposit');
select lives_ok($$update finance.account_limits set min_balance_cents = 0, max_balance_cents = 5000$$, 'the limits are set');

-- Every door.
select throws_ok('select pg_temp.post(-1001)', '23514', null, 'a posting past the least balance is refused (23514)');
select throws_ok('select pg_temp.post(4001)', '23514', null, 'and one past the greatest (23514)');
select throws_ok($$select pg_temp.post_directly('by hand', -1001)$$, '23514', null, 'also by direct SQL (23514)');
select throws_ok($$
  select finance.post_journals(jsonb_build_array(jsonb_build_object(
    'company_id', tests.company('acme'), 'entry_date', '2026-03-10', 'description', 'array', 'lines', jsonb_build_array(
      jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'debit_cents', 1001),
      jsonb_build_object('account_id', tests.account('acme', 'cash box'), 'currency', 'USD', 'credit_cents', 1001)))))
  $$, '23514', null, 'also in an array (23514)');
select isnt(pg_temp.post(-1000), null, 'to the last cent it is allowed');
select is(pg_temp.balance(), 0::numeric, 'and nothing of the refused ones was counted');
select lives_ok($$select pg_temp.post_directly('deposit by hand', 4000)$$, 'direct SQL moves the balance as well');
select is(pg_temp.balance(), 4000::numeric, 'by what it posted');
select isnt(pg_temp.post(-4000), null, 'what was deposited is spent');
select throws_ok(format('select finance.reverse_journal(%L, date %L, %L)', tests.entry('deposit by hand'), '2026-03-11', 'wrong'),
  '23514', null, 'a reversal is bound by the limit as well (23514)');

-- Nobody moves the balance by hand, and a limit does not change without a trace.
select throws_ok($$update finance.account_limits set balance_cents = 1000000$$, '42501', null, 'the balance is not the application''s to change');
select throws_ok(format($$insert into finance.account_limits (tenant_id, account_id) values (%L, %L)$$,
  tests.tenant('acme'), tests.account('acme', '1000')), '42501', null, 'nor does it add rows');
select throws_ok($$delete from finance.account_limits$$, '42501', null, 'nor remove them');
select throws_ok(format('update finance.accounts set has_limit = false where id = %L', tests.account('acme', 'cash box')),
  '42501', null, 'whether an account has a limit is fixed');
select is(
  (select a.reason from finance.audit_events a where a.action = 'limit.changed' and a.object_id = tests.account('acme', 'cash box')::text),
  'limits', 'the change of the limit left one event with its reason');
select is_empty('select * from finance.v_limit_drift', 'the balance is the sum of the lines');
select tests.act_as('clerk', 'globex');
select is_empty('select * from finance.account_limits', 'another tenant sees none of it');

select * from finish();
rollback;
