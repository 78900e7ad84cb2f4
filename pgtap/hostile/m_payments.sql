-- Payments against someone who holds more rights than any application: status and approvals may be written directly.
begin;
set local client_min_messages = warning;
select plan(18);

create function pg_temp.as_user(p_person text, p_tenant text default 'acme') returns void language sql as $$
  select tests.set_context(p_person, p_tenant, 'attack'), set_config('role', 'aibos_finance_role', true)
$$;
create function pg_temp.id(p_name text) returns uuid language sql immutable return pg_catalog.md5('payment ' operator(pg_catalog.||) p_name)::uuid;
create function pg_temp.make(p_name text, p_currency text default 'USD', p_tenant text default 'acme') returns void language sql as $$
  insert into finance.payments (tenant_id, id, company_id, payment_no, currency, amount_cents, beneficiary_name, beneficiary_account)
  values (tests.tenant(p_tenant), pg_temp.id(p_name), tests.company(p_tenant), p_name, p_currency, 500, 'Landlord', 'DE01')
$$;
create function pg_temp.release(p_name text, p_currency text default 'USD') returns void language plpgsql as $$
begin
  perform pg_temp.as_user('clerk');
  perform pg_temp.make(p_name, p_currency);
  perform finance.submit_payment(pg_temp.id(p_name));
  perform pg_temp.as_user('chief');
  perform finance.approve_payment(pg_temp.id(p_name), 1);
  perform finance.release_payment(pg_temp.id(p_name));
end $$;

select tests.act_as('admin', 'acme');
insert into finance.payment_approvers (tenant_id, company_id, user_id, role_name)
select tests.tenant('acme'), tests.company('acme'), tests.person(a.person), a.role_name
from (values ('boss', 'manager'), ('second', 'manager'), ('chief', 'director')) as a (person, role_name);
insert into finance.approval_limits (tenant_id, company_id, role_name, currency, approvals_required, max_amount_cents)
select tests.tenant('acme'), tests.company('acme'), l.role_name, l.currency, l.needed, 1000
from (values ('manager', 'USD', 2), ('director', 'USD', 1), ('director', 'EUR', 1)) as l (role_name, currency, needed);
insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('second'), 'second', 'Second Ltd', 'USD');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
select tests.tenant('acme'), tests.account('second', a.code), tests.company('second'), a.code, a.code, 'asset'
from (values ('1000'), ('5000')) as a (code);
select finance.open_fiscal_year(tests.company('second'), date '2026-01-01');
select pg_temp.release('in dollars'), pg_temp.release('in dollars too'), pg_temp.release('in euro', 'EUR');

-- An entry that is there already, of the same amount.
select pg_temp.as_user('clerk');
select tests.insert_header('acme', 'five');
select tests.insert_lines('acme', 'five', 500, -500);

select tests.act_as_superuser();
grant insert (status, created_by, revision), update (status, settlement_entry_id, revision, approved_by) on finance.payments to aibos_finance_role;
grant insert on finance.payment_approvals to aibos_finance_role;

select pg_temp.as_user('clerk');
select lives_ok($$insert into finance.payments (tenant_id, id, company_id, currency, amount_cents, beneficiary_name, beneficiary_account, created_by, revision)
  values (tests.tenant('acme'), pg_temp.id('disowned'), tests.company('acme'), 'USD', 500, 'x', 'x', tests.person('boss'), 7)$$,
  'M13 a payment made in the name of somebody else');
select is((select (created_by, revision)::text from finance.payments where id = pg_temp.id('disowned')), (tests.person('clerk'), 1)::text,
  'is that of its maker');
update finance.payments set status = 'submitted' where id = pg_temp.id('disowned');
select throws_ok($$update finance.payments set status = 'approved', approved_by = tests.person('boss') where id = pg_temp.id('disowned')$$,
  'IB820', null, 'a right to the status approves nothing (IB820)');
select throws_ok($$insert into finance.payment_approvals (tenant_id, payment_id, revision, approved_by, approvals_required, role_name)
  values (tests.tenant('acme'), pg_temp.id('disowned'), 1, tests.person('chief'), 1, 'director')$$,
  'IB814', null, 'a right to the approvals does not sign for somebody else (IB814)');

select pg_temp.as_user('boss');
select lives_ok($$insert into finance.payment_approvals (tenant_id, payment_id, revision, approved_by, approvals_required, role_name)
  values (tests.tenant('acme'), pg_temp.id('disowned'), 1, tests.person('chief'), 1, 'director')$$, 'an approver who signs for a larger limit');
select results_eq($$select a.approved_by, a.role_name, a.approvals_required::integer from finance.payment_approvals a where a.payment_id = pg_temp.id('disowned')$$,
  $$values (tests.person('boss'), 'manager', 2)$$, 'signs with their own name and limit');
select throws_ok($$update finance.payments set status = 'approved' where id = pg_temp.id('disowned')$$, 'IB820', null,
  'one of two approvals does not carry the status (IB820)');
select pg_temp.as_user('second');
insert into finance.payment_approvals (tenant_id, payment_id, revision, approvals_required) values (tests.tenant('acme'), pg_temp.id('disowned'), 1, 1);
select pg_temp.as_user('clerk');
select throws_ok($$update finance.payments set status = 'approved' where id = pg_temp.id('disowned')$$, 'IB820', null,
  'with both of them the maker still does not set it (IB820)');
select pg_temp.as_user('second');
select lives_ok($$update finance.payments set status = 'approved' where id = pg_temp.id('disowned')$$, 'one of the approvers does');
select throws_ok($$update finance.payments set status = 'settled', settlement_entry_id = tests.entry('five') where id = pg_temp.id('disowned')$$,
  'IB810', null, 'no step is skipped (IB810)');

-- The approval of another tenant's payment, with the context of one's own.
select pg_temp.as_user('clerk', 'globex');
select pg_temp.make('of globex', 'USD', 'globex'), finance.submit_payment(pg_temp.id('of globex'));
select pg_temp.as_user('chief');
select throws_ok(format($$insert into finance.payment_approvals (tenant_id, payment_id, revision, approvals_required) values (tests.tenant('globex'), %L, 1, 1)$$, id),
  '42501', null, format('an approval for another tenant is refused, whether %s or not (42501)', what))
from (values (pg_temp.id('of globex'), 'the payment is there'), (gen_random_uuid(), 'its tenant is told')) as t (id, what);

-- Settlement by hand.
select throws_ok(format('update finance.payments set status = ''settled'', settlement_entry_id = %L where id = %L', tests.entry('first of acme'), pg_temp.id('in dollars')),
  'IB818', null, 'an entry posted before, of another amount, settles nothing (IB818)');
create function pg_temp.settle_with(p_company text, p_currency text, p_payment text) returns void language plpgsql as $$
declare
  entry uuid := finance.post_journal(tests.company(p_company), date '2026-03-10', 'by hand',
    array[tests.account(p_company, '5000'), tests.account(p_company, '1000')], array[500, 0], array[0, 500], array[p_currency, p_currency]);
begin
  update finance.payments set status = 'settled', settlement_entry_id = entry where id = pg_temp.id(p_payment);
end $$;
select throws_ok($$select pg_temp.settle_with('second', 'USD', 'in dollars')$$, 'IB818', null, 'an entry of another company settles nothing (IB818)');
select throws_ok($$select pg_temp.settle_with('acme', 'USD', 'in euro')$$, 'IB818', null, 'nor one in another currency (IB818)');
select lives_ok($$update finance.payments set status = 'settled', settlement_entry_id = tests.entry('five') where id = pg_temp.id('in dollars')$$,
  'an entry of this transaction, company, currency and amount does');
select throws_ok($$update finance.payments set status = 'settled', settlement_entry_id = tests.entry('five') where id = pg_temp.id('in dollars too')$$,
  '23505', null, 'but of one payment alone (23505)');
select tests.act_as_superuser();
-- As if it had been posted by a transaction before this one.
set constraints all immediate;
alter table finance.journal_entries disable trigger user;
update finance.journal_entries set created_xid = '7' where id = tests.entry('five');
alter table finance.payments drop constraint payments_settlement_entry_id_uq;
select pg_temp.as_user('clerk');
select throws_ok($$update finance.payments set status = 'settled', settlement_entry_id = tests.entry('five') where id = pg_temp.id('in dollars too')$$,
  'IB818', null, 'an entry of another transaction settles nothing (IB818)');

select * from finish();
rollback;
