begin;
select plan(15);

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
