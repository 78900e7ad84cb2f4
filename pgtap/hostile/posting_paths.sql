-- What the other ways of posting promise beyond what one entry through finance.post_journal() shows.
begin;
select plan(11);

select tests.act_as('clerk', 'acme');
insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('second'), 'second', 'Second Ltd', 'USD');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
values
  (tests.tenant('acme'), tests.account('acme', 'of the second'), tests.company('second'), '1000', 'Cash', 'asset'),
  (tests.tenant('acme'), tests.account('acme', 'retired'), tests.company('acme'), 'retired', 'Retired', 'asset');

create function pg_temp.entry(p_account text, p_currency text default 'USD', p_key text default null, p_tenant text default 'acme')
returns jsonb language sql
return jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('company_id', tests.company(p_tenant), 'entry_date', '2026-03-10',
  'description', 'array', 'idempotency_key', p_key, 'lines', jsonb_build_array(
    jsonb_build_object('account_id', tests.account(p_tenant, p_account), 'currency', p_currency, 'debit_cents', 5),
    jsonb_build_object('account_id', tests.account(p_tenant, '4000'), 'currency', 'USD', 'credit_cents', 5)))));
-- What finance.post_journals() says to one entry: its outcome or its code.
create function pg_temp.post(p_entries jsonb) returns text language plpgsql as $$
begin
  return (select p.outcome from finance.post_journals(p_entries) p);
exception when others then
  return sqlstate;
end $$;

select is(pg_temp.post(pg_temp.entry('1000')), 'posted', 'an array whose accounts may be used is posted');
select is(pg_temp.post(pg_temp.entry('1000', 'EUR')), 'IB201',
  'K13 an array does not add two currencies up (IB201)');
select is(pg_temp.post(pg_temp.entry('9000')), 'IB205', 'K34 an array takes no inactive account (IB205)');
select is(pg_temp.post(pg_temp.entry('of the second')), 'IB205',
  'K34 an array takes no account of another company (IB205)');

-- What was posted under a key is answered, not judged again.
select is(pg_temp.post(pg_temp.entry('retired', p_key => 'once')), 'posted', 'an entry under a key is posted');
update finance.accounts set is_active = false where id = tests.account('acme', 'retired');
select is(pg_temp.post(pg_temp.entry('retired', p_key => 'once')), 'replayed',
  'its key answers still when an account of it has become inactive since');
update finance.accounts set is_active = true where id = tests.account('acme', 'retired');

-- As many lines as their highest number says, and balanced: only their lowest number gives them away.
select throws_ok($$
  select tests.insert_header('acme', 'below one');
  select tests.insert_lines('acme', 'below one', 5, -5);
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values
    (tests.tenant('acme'), tests.entry('below one'), 3, tests.account('acme', '1000'), 'USD', 5, 0),
    (tests.tenant('acme'), tests.entry('below one'), 0, tests.account('acme', '4000'), 'USD', 0, 2),
    (tests.tenant('acme'), tests.entry('below one'), -1, tests.account('acme', '4000'), 'USD', 0, 3)
$$, 'IB204', null, 'K17 a second statement whose numbers go below one is refused (IB204)');

-- A memo is content too.
select tests.insert_header('acme', 'with memos');
insert into finance.journal_lines
  (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
values
  (tests.tenant('acme'), tests.entry('with memos'), 1, tests.account('acme', '1000'), 'USD', 5, 0, 'received'),
  (tests.tenant('acme'), tests.entry('with memos'), 2, tests.account('acme', '4000'), 'USD', 0, 5, null);
select tests.act_as('auditor', 'acme');
select is((select status from finance.v_journal_leaf_check where journal_entry_id = tests.entry('with memos')), 'PASS',
  'the leaf of an entry by direct SQL holds its memos');

select tests.act_as_superuser();
select throws_ok('truncate finance.balance_deltas', 'IB302', null,
  'H8 a table of all tenants that is neither tracked nor append-only cannot be truncated either (IB302)');

select tests.set_context('root', 'globex');
update aibos.tenant_registry set status = 'suspended' where tenant_id = tests.tenant('globex');
select tests.act_as('clerk', 'globex');
select is(pg_temp.post(pg_temp.entry('1000', p_tenant => 'globex')), 'IB102',
  'A10 a suspended tenant posts no array (IB102)');
select throws_ok($$select finance.reverse_journal(tests.entry('first of globex'), date '2026-03-10', 'suspended')$$, 'IB102', null,
  'A10 a suspended tenant reverses nothing (IB102)');

select * from finish();
rollback;
