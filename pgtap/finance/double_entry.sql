begin;
select plan(43);

select tests.act_as('clerk', 'acme');

select lives_ok($$
  select tests.insert_header('acme', 'balanced');
  select tests.insert_lines('acme', 'balanced', 500, -500);
  set constraints all immediate;
  set constraints all deferred;
$$, 'a balanced entry is posted by direct SQL');

select throws_ok($$
  select tests.insert_header('acme', 'unbalanced');
  select tests.insert_lines('acme', 'unbalanced', 500, -499);
$$, 'IB201', null, 'an unbalanced entry cannot be stored (IB201)');

select throws_ok($$
  select tests.insert_header('acme', 'one line');
  select tests.insert_lines('acme', 'one line', 500);
$$, 'IB202', null, 'an entry of one line is refused (IB202)');

select throws_ok($$
  select tests.insert_lines('acme', 'first of acme', 500, -500)
$$, '23505', null, 'lines with numbers that a posted entry has already are refused (23505)');

select throws_ok($$
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('first of acme'), 3, tests.account('acme', '1000'), 'USD', 5, 0),
    (tests.tenant('acme'), tests.entry('first of acme'), 4, tests.account('acme', '4000'), 'USD', 0, 5)
$$, 'IB203', null, 'a posted entry takes no more lines, balanced or not (IB203)');

select throws_ok($$
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('balanced'), 3, tests.account('acme', '1000'), 'USD', 5, 0),
    (tests.tenant('acme'), tests.entry('balanced'), 4, tests.account('acme', '4000'), 'USD', 0, 5)
$$, 'IB204', null, 'a second statement of lines is refused in the entry''s own transaction too (IB204)');

select throws_ok($$
  select tests.insert_header('acme', 'gap');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('gap'), 1, tests.account('acme', '1000'), 'USD', 5, 0),
    (tests.tenant('acme'), tests.entry('gap'), 3, tests.account('acme', '4000'), 'USD', 0, 5)
$$, 'IB204', null, 'a gap in the numbering is refused (IB204)');

select throws_ok($$
  select tests.insert_header('acme', 'two currencies');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('two currencies'), 1, tests.account('acme', '1000'), 'USD', 100, 0),
    (tests.tenant('acme'), tests.entry('two currencies'), 2, tests.account('acme', '4000'), 'EUR', 0, 100)
$$, 'IB201', null, 'currencies are not added together (IB201)');

select throws_ok($$
  select tests.insert_header('acme', 'inactive');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('inactive'), 1, tests.account('acme', '9000'), 'USD', 100, 0),
    (tests.tenant('acme'), tests.entry('inactive'), 2, tests.account('acme', '4000'), 'USD', 0, 100)
$$, 'IB205', null, 'an inactive account is refused (IB205)');

select throws_ok($$
  select tests.insert_header('acme', 'wrong currency');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('wrong currency'), 1, tests.account('acme', '1100'), 'USD', 100, 0),
    (tests.tenant('acme'), tests.entry('wrong currency'), 2, tests.account('acme', '4000'), 'USD', 0, 100)
$$, 'IB206', null, 'a currency other than the account''s is refused (IB206)');

select throws_ok($$
  select tests.insert_header('acme', 'unknown currency');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('unknown currency'), 1, tests.account('acme', '1000'), 'QQQ', 100, 0),
    (tests.tenant('acme'), tests.entry('unknown currency'), 2, tests.account('acme', '4000'), 'QQQ', 0, 100)
$$, 'IB206', null, 'a currency that config.currencies does not list is refused (IB206)');

select throws_ok($$
  select tests.insert_header('acme', 'blind');
  with l as (
    insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
    values
      (tests.tenant('acme'), tests.entry('blind'), 1, tests.account('acme', '1000'), 'USD', 777, 0),
      (tests.tenant('acme'), tests.entry('blind'), 2, tests.account('acme', '4000'), 'USD', 0, 1)
    returning set_config('app.tenant_id', tests.tenant('globex')::text, true)
  ) select count(*) from l
$$, 'IB201', null, 'switching the tenant in RETURNING does not blind the guard (IB201)');

select throws_ok($$
  select tests.insert_header('acme', 'by an auditor');
  with l as (
    insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
    values
      (tests.tenant('acme'), tests.entry('by an auditor'), 1, tests.account('acme', '1000'), 'USD', 777, 0),
      (tests.tenant('acme'), tests.entry('by an auditor'), 2, tests.account('acme', '4000'), 'USD', 0, 1)
    returning set_config('app.tenant_id', '', true), set_config('role', 'aibos_config_role', true)
  ) select count(*) from l
$$, 'IB201', null, 'nor does emptying the context and changing the role (IB201)');

-- A second company with an account of its own.
insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('second'), 'second', 'Second Ltd', 'USD');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
values (tests.tenant('acme'), tests.account('acme', 'of the second'), tests.company('second'), '1000', 'Cash', 'asset');

-- Inserts the lines of an entry as they are given: one array of line numbers, accounts, currencies, debits and credits.
create function pg_temp.insert_given(p_entry text, p_nos int[], p_accounts text[], p_currencies text[], p_debits bigint[], p_credits bigint[])
returns void language plpgsql as $$
begin
  perform tests.insert_header('acme', p_entry);
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry(p_entry), l.no, tests.account('acme', l.account), l.currency, l.debit, l.credit
  from unnest(p_nos, p_accounts, p_currencies, p_debits, p_credits) as l (no, account, currency, debit, credit);
end $$;
select throws_ok(format('select pg_temp.insert_given(%L, %L, %L, %L, %L, %L)', v.what, nos, accounts, currencies, debits, credits),
  v.code, null, format('%s is refused (%s)', v.what, v.code))
from (values
  ('a numbering from 0', 'IB204', '{0,1}', '{1000,4000}', '{USD,USD}', '{5,0}', '{0,5}'),
  ('a numbering from 2', 'IB204', '{2,3}', '{1000,4000}', '{USD,USD}', '{5,0}', '{0,5}'),
  ('a negative number', 'IB204', '{-1,1,2}', '{1000,4000,4000}', '{USD,USD,USD}', '{5,0,0}', '{0,3,2}'),
  ('a number twice', '23505', '{1,2,2}', '{1000,4000,4000}', '{USD,USD,USD}', '{5,0,0}', '{0,3,2}'),
  ('a line without a number', '23502', '{1,null}', '{1000,4000}', '{USD,USD}', '{5,0}', '{0,5}'),
  ('an account that does not exist', '23503', '{1,2}', '{nowhere,4000}', '{USD,USD}', '{5,0}', '{0,5}'),
  ('an account of another company', 'IB205', '{1,2}', '{of the second,4000}', '{USD,USD}', '{5,0}', '{0,5}'),
  ('a currency in lower case', 'IB206', '{1,2}', '{1000,4000}', '{usd,usd}', '{5,0}', '{0,5}'),
  ('a currency with a blank', 'IB206', '{1,2}', '{1000,4000}', '{"USD ","USD "}', '{5,0}', '{0,5}'),
  ('a line without a currency', '23502', '{1,2}', '{1000,4000}', '{USD,null}', '{5,0}', '{0,5}'),
  ('a line without an amount', '23502', '{1,2}', '{1000,4000}', '{USD,USD}', '{5,0}', '{0,null}'),
  ('a line with debit and credit', '23514', '{1,2}', '{1000,4000}', '{USD,USD}', '{5,5}', '{5,5}'),
  ('a negative debit in place of a credit', '23514', '{1,2}', '{1000,4000}', '{USD,USD}', '{5,-5}', '{0,0}'),
  ('an amount above 10^17', '23514', '{1,2}', '{1000,4000}', '{USD,USD}', '{100000000000000001,0}', '{0,100000000000000001}'),
  ('an entry of debits alone', 'IB201', '{1,2}', '{1000,4000}', '{USD,USD}', '{5,5}', '{0,0}'),
  ('a difference in one of two currencies', 'IB201', '{1,2,3,4}', '{1000,4000,1000,4000}', '{USD,USD,JPY,JPY}', '{5,0,7,0}', '{0,5,0,8}'),
  ('a difference hidden by the other currency', 'IB201', '{1,2,3,4}', '{1000,4000,1000,4000}', '{USD,USD,JPY,JPY}', '{5,0,7,0}', '{0,6,0,6}')
) as v (what, code, nos, accounts, currencies, debits, credits);

select lives_ok($$
  select pg_temp.insert_given('at the limit', '{1,2}', '{1000,4000}', '{USD,USD}', '{100000000000000000,0}', '{0,100000000000000000}')
$$, 'an amount of 10^17 is accepted');
select lives_ok($$
  select pg_temp.insert_given('two currencies, balanced', '{1,2,3,4}', '{1000,4000,1000,4000}', '{USD,USD,JPY,JPY}', '{5,0,7,0}', '{0,5,0,7}')
$$, 'an entry in two currencies is accepted when each balances');
select lives_ok($$
  select pg_temp.insert_given('out of order', '{2,1}', '{4000,1000}', '{USD,USD}', '{0,5}', '{5,0}')
$$, 'the order in which the lines of a statement come does not matter');

-- 200 lines of 10^17 are beyond bigint on either side.
select lives_ok($$
  select tests.insert_header('acme', 'huge');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry('huge'), n, tests.account('acme', '1000'), 'USD',
    case when n <= 200 then 100000000000000000 else 0 end, case when n > 200 then 100000000000000000 else 0 end
  from generate_series(1, 400) as n
$$, 'sums beyond bigint are added exactly');
select throws_ok($$
  select tests.insert_header('acme', 'huge, one off');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry('huge, one off'), n, tests.account('acme', '1000'), 'USD',
    case when n <= 200 then 100000000000000000 else 0 end,
    case when n = 400 then 99999999999999999 when n > 200 then 100000000000000000 else 0 end
  from generate_series(1, 400) as n
$$, 'IB201', null, 'a difference of one minor unit shows beyond bigint too (IB201)');

select lives_ok($$
  select tests.insert_header('acme', 'batch ' || n) from generate_series(1, 50) as n;
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry('batch ' || n), s.line_no, tests.account('acme', '1000'), 'USD', s.sign * n, (1 - s.sign) * n
  from generate_series(1, 50) as n, (values (1, 1), (2, 0)) as s (line_no, sign)
$$, 'one statement may bring the lines of many entries');
select throws_ok($$
  select tests.insert_header('acme', 'bad batch ' || n) from generate_series(1, 50) as n;
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry('bad batch ' || n), s.line_no, tests.account('acme', '1000'), 'USD',
    s.sign * n, (1 - s.sign) * case n when 33 then 32 when 34 then 35 else n end
  from generate_series(1, 50) as n, (values (1, 1), (2, 0)) as s (line_no, sign)
$$, 'IB201', null, 'what one entry lacks another cannot make good (IB201)');
select throws_ok($$
  select tests.insert_header('acme', 'new beside old');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('new beside old'), 1, tests.account('acme', '1000'), 'USD', 5, 0),
    (tests.tenant('acme'), tests.entry('new beside old'), 2, tests.account('acme', '4000'), 'USD', 0, 5),
    (tests.tenant('acme'), tests.entry('first of acme'), 3, tests.account('acme', '1000'), 'USD', 5, 0),
    (tests.tenant('acme'), tests.entry('first of acme'), 4, tests.account('acme', '4000'), 'USD', 0, 5)
$$, 'IB203', null, 'a posted entry takes no lines in the company of a new one (IB203)');

select lives_ok($$
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry('first of acme'), 3, tests.account('acme', '1000'), 'USD', 5, 0 where false
$$, 'a statement of no lines changes nothing and is refused for nothing');

create function pg_temp.refusal_of_unbalanced() returns text language plpgsql as $$
declare
  code text;
  name text;
  place text;
  detail text;
begin
  perform tests.insert_header('acme', 'told');
  perform tests.insert_lines('acme', 'told', 500, -499);
  return 'accepted';
exception when others then
  get stacked diagnostics code = returned_sqlstate, name = constraint_name, place = table_name, detail = pg_exception_detail;
  return concat_ws(' | ', code, place, name, detail);
end $$;
select is(pg_temp.refusal_of_unbalanced(), 'IB201 | journal_lines | journal_entry_balanced | USD debit 500, credit 499',
  'the refusal names table and promise, and tells the sums');

select throws_ok($$
  select tests.insert_header('acme', 'zero');
  select tests.insert_lines('acme', 'zero', 0, 0);
$$, '23514', null, 'a line of zero is refused (23514)');

select is(
  (select count(*) from finance.journal_lines where journal_entry_id = tests.entry('unbalanced')),
  0::bigint, 'nothing of a refused entry stays');

select is(
  (select array_agg(debit_cents - credit_cents order by line_no) from finance.journal_lines
    where journal_entry_id = tests.entry('balanced')),
  array[500, -500]::bigint[], 'the balanced entry is stored as sent');

select * from finish();
rollback;
