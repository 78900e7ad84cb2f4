-- An expression inside a statement sees the rows that this statement has written so far: the one way to look at half an
-- entry. Nothing may be built on what is seen there.
begin;
select plan(7);

select tests.act_as('clerk', 'acme');

select throws_ok($$
  select tests.insert_header('acme', 'lineless');
  select finance.reverse_journal(tests.entry('lineless'), date '2026-03-10', 'too early');
$$, 'IB208', null, 'K1 an entry whose lines have not come yet cannot be reversed (IB208)');

select throws_ok($$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
  values (tests.tenant('acme'), tests.entry('returning'), tests.company('acme'), date '2026-03-10', 'returning')
  returning finance.reverse_journal(id, entry_date, 'too early')
$$, 'IB208', null, 'K1 RETURNING cannot reverse the header it has just inserted (IB208)');

select throws_ok($$
  select tests.insert_header('acme', 'half, unbalanced');
  insert into finance.journal_lines
    (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
  select tests.tenant('acme'), tests.entry('half, unbalanced'), v.n, tests.account('acme', v.account), 'USD', v.debit, v.credit,
    case when v.n = 3 then finance.reverse_journal(tests.entry('half, unbalanced'), date '2026-03-10', 'too early')::text end
  from (values (1, '1000', 100, 0), (2, '4000', 0, 60), (3, '4000', 0, 40)) as v (n, account, debit, credit)
$$, 'IB208', null, 'K28 half of a statement''s lines cannot be reversed into an unbalanced entry (IB208)');

select throws_ok($$
  select tests.insert_header('acme', 'half, balanced');
  insert into finance.journal_lines
    (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
  select tests.tenant('acme'), tests.entry('half, balanced'), v.n, tests.account('acme', v.account), 'USD', v.debit, v.credit,
    case when v.n = 3 then finance.reverse_journal(tests.entry('half, balanced'), date '2026-03-10', 'too early')::text end
  from (values (1, '1000', 100, 0), (2, '4000', 0, 100), (3, '1000', 40, 0), (4, '4000', 0, 40))
    as v (n, account, debit, credit)
$$, 'IB208', null, 'K28 a balanced half of an entry cannot be reversed as if it were the whole (IB208)');

create function pg_temp.reverse_half() returns text language plpgsql as $$
begin
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, reverses_entry_id)
  values (tests.tenant('acme'), tests.entry('half''s reversal'), tests.company('acme'), date '2026-03-10', 'too early',
    tests.entry('half, direct'));
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('half''s reversal'), 1, tests.account('acme', '1000'), 'USD', 0, 100),
    (tests.tenant('acme'), tests.entry('half''s reversal'), 2, tests.account('acme', '4000'), 'USD', 100, 0);
  return 'reversed';
end $$;
select throws_ok($$
  select tests.insert_header('acme', 'half, direct');
  insert into finance.journal_lines
    (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
  select tests.tenant('acme'), tests.entry('half, direct'), v.n, tests.account('acme', v.account), 'USD', v.debit, v.credit,
    case when v.n = 3 then pg_temp.reverse_half() end
  from (values (1, '1000', 100, 0), (2, '4000', 0, 100), (3, '1000', 40, 0), (4, '4000', 0, 40))
    as v (n, account, debit, credit)
$$, 'IB208', null, 'K28 nor by direct SQL from a function called inside the statement (IB208)');

select lives_ok($$
  select finance.reverse_journal(
    finance.post_journal(tests.company('acme'), date '2026-03-10', 'posted and reversed',
      array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD']),
    date '2026-03-10', 'second thoughts');
  select tests.insert_header('acme', 'direct, then reversed');
  select tests.insert_lines('acme', 'direct, then reversed', 5, -5);
  select finance.reverse_journal(tests.entry('direct, then reversed'), date '2026-03-10', 'second thoughts');
$$, 'a whole entry may be reversed in the transaction that posted it, however it was posted');

set constraints all immediate;
select is_empty(
  $$select journal_entry_id, detail from finance.v_journal_integrity where status <> 'PASS'$$,
  'every entry proves whole, balanced and recorded afterwards');

select * from finish();
rollback;
