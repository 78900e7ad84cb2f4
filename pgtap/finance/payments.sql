begin;
set local client_min_messages = warning;
select plan(194);

-- People: the clerk makes payments, the editor edits, boss and second approve. All are logins of the application.
create function pg_temp.as_user(p_person text, p_tenant text default 'acme') returns void language plpgsql as $$
begin
  perform tests.set_context(p_person, p_tenant, 'because');
  perform set_config('role', 'aibos_finance_role', true);
end $$;
create function pg_temp.id(p_name text) returns uuid language sql immutable return pg_catalog.md5('payment ' operator(pg_catalog.||) p_name)::uuid;
create function pg_temp.make(p_name text, p_amount bigint default 1000, p_currency text default 'USD', p_tenant text default 'acme')
returns void language sql as $$
  insert into finance.payments (tenant_id, id, company_id, payment_no, currency, amount_cents, beneficiary_name, beneficiary_account, due_on)
  values (tests.tenant(p_tenant), pg_temp.id(p_name), tests.company(p_tenant), p_name, p_currency, p_amount, 'Landlord', 'DE01', date '2026-03-31')
$$;
-- Brings a payment to a status by the functions, made by the clerk and approved by the boss.
create function pg_temp.bring(p_name text, p_status text) returns void language plpgsql as $$
begin
  perform pg_temp.as_user('clerk');
  perform pg_temp.make(p_name);
  if p_status = 'draft' then return; end if;
  perform finance.submit_payment(pg_temp.id(p_name));
  if p_status = 'rejected' then perform finance.reject_payment(pg_temp.id(p_name), 'wrong'); end if;
  if p_status = 'cancelled' then perform finance.cancel_payment(pg_temp.id(p_name), 'wrong'); end if;
  if p_status in ('submitted', 'rejected', 'cancelled') then return; end if;
  perform pg_temp.as_user('boss');
  perform finance.approve_payment(pg_temp.id(p_name), 1);
  perform pg_temp.as_user('clerk');
  if p_status = 'approved' then return; end if;
  perform finance.release_payment(pg_temp.id(p_name));
  if p_status = 'released' then return; end if;
  perform pg_temp.settle(p_name);
end $$;
create function pg_temp.settle(p_name text, p_date date default date '2026-03-10', p_debit text default '5000')
returns uuid language sql as $$
  select finance.settle_payment(pg_temp.id(p_name), p_date, tests.account('acme', p_debit), tests.account('acme', '1000'))
$$;
create function pg_temp.status(p_name text) returns text language sql as $$
  select status from finance.payments where id = pg_temp.id(p_name)
$$;
create function pg_temp.trail(p_name text) returns text language sql as $$
  select string_agg(concat_ws(' ', coalesce(e.from_status, '-'), e.to_status, e.revision), ', ' order by e.occurred_at)
  from finance.payment_events e where e.payment_id = pg_temp.id(p_name)
$$;

-- From draft to settled.

select pg_temp.as_user('clerk');
select pg_temp.make('paid');
select is(pg_temp.status('paid'), 'draft', 'a payment is made as a draft');
select is((select (created_by, revision, approvals, edited_by)::text from finance.payments where id = pg_temp.id('paid')),
  (tests.person('clerk'), 1, 0, '{}'::uuid[])::text, 'the database says who made it');
select is(finance.submit_payment(pg_temp.id('paid')), 1, 'it is handed in, and the revision to approve is told');
select pg_temp.as_user('boss');
select is(finance.approve_payment(pg_temp.id('paid'), 1), 'approved', 'someone else approves it');
select is((select (approved_by, approved_revision, beneficiary_snapshot, approvals)::text from finance.payments where id = pg_temp.id('paid')),
  (tests.person('boss'), 1, '{"name": "Landlord", "account": "DE01"}'::jsonb, 1)::text,
  'who approved which revision to which beneficiary is kept');
select results_eq($$select approved_by, revision, role_name, approvals_required, reason, request_id from finance.payment_approvals
  where payment_id = pg_temp.id('paid')$$,
  $$values (tests.person('boss'), 1, null::text, 1::smallint, 'because', 'request of boss')$$, 'the approval leaves a row of its own');
select lives_ok($$select finance.release_payment(pg_temp.id('paid'))$$, 'it is released');
create temp table settled as select pg_temp.settle('paid') as entry;
select is((select (status, settlement_entry_id)::text from finance.payments where id = pg_temp.id('paid')),
  (select ('settled', entry)::text from settled), 'it is settled by an entry of its own');
select results_eq($$select l.account_id, l.currency, l.debit_cents::bigint, l.credit_cents::bigint from finance.journal_lines l join settled s on s.entry = l.journal_entry_id
  order by l.line_no$$, $$values (tests.account('acme', '5000'), 'USD', 1000::bigint, 0::bigint), (tests.account('acme', '1000'), 'USD', 0, 1000)$$,
  'which books its amount');
select is((select (e.company_id, e.entry_date, e.description, e.reference)::text from finance.journal_entries e join settled s on s.entry = e.id),
  (tests.company('acme'), date '2026-03-10', 'Payment paid to Landlord', 'paid')::text, 'and names it');
select is(pg_temp.settle('paid'), (select entry from settled), 'settling it again answers with the same entry');
select is((select count(*) from finance.journal_entries where description = 'Payment paid to Landlord'), 1::bigint, 'and books nothing more');
select throws_ok($$select pg_temp.settle('paid', '2026-03-11')$$, 'IB819', null, 'on another date it was not settled (IB819)');
select throws_ok($$select pg_temp.settle('paid', '2026-03-10', '4000')$$, 'IB819', null, 'nor to another account (IB819)');
select is(pg_temp.trail('paid'), '- draft 1, draft submitted 1, submitted approved 1, approved released 1, released settled 1',
  'every step left an event');
select is((select array_agg(distinct e.actor::text || e.reason || e.request_id) from finance.payment_events e
    where e.payment_id = pg_temp.id('paid') and e.to_status = 'approved'),
  array[tests.person('boss')::text || 'because' || 'request of boss'], 'with its actor, reason and request');

-- Every step there is, and no other: 7 by 7 with the owner's hand, who may write any status.

create temp table reached (status text);
insert into reached values ('draft'), ('submitted'), ('approved'), ('released'), ('settled'), ('rejected'), ('cancelled');
select pg_temp.bring('to ' || status, status) from reached;
select results_eq($$select r.status, pg_temp.status('to ' || r.status) from reached r order by r.status$$,
  $$select r.status, r.status from reached r order by r.status$$, 'every status can be reached by function');
select tests.act_as_superuser();
select is(lint.attempt(format('update finance.payments set status = %L, status_reason = ''x'' where id = %L', t.status, pg_temp.id('to ' || f.status))),
  case
    when f.status = t.status then case when f.status in ('settled', 'rejected', 'cancelled') then 'IB812' else 'accepted' end
    when f.status in ('settled', 'rejected', 'cancelled') then 'IB812'
    when f.status || ' ' || t.status in ('submitted approved') then 'IB820'
    when f.status || ' ' || t.status in ('released settled') then 'IB818'
    when f.status || ' ' || t.status in ('draft submitted', 'draft cancelled', 'submitted draft', 'submitted rejected',
      'submitted cancelled', 'approved draft', 'approved released', 'approved rejected', 'approved cancelled', 'released cancelled') then 'accepted'
    else 'IB810'
  end, format('a superuser who sets a %s payment to %s meets the guard', f.status, t.status))
from reached f cross join reached t
order by f.status, t.status;

-- Functions out of turn.

select pg_temp.as_user('boss');
select throws_ok(f.sql, f.code, null, f.promise) from (values
  ($$select finance.submit_payment(pg_temp.id('to submitted'))$$, 'IB810', 'a payment is handed in once (IB810)'),
  ($$select finance.approve_payment(pg_temp.id('to draft'), 1)$$, 'IB810', 'a draft is not approved (IB810)'),
  ($$select finance.approve_payment(pg_temp.id('to approved'), 1)$$, 'IB810', 'an approved payment is not approved again (IB810)'),
  ($$select finance.approve_payment(pg_temp.id('to submitted'), 2)$$, 'IB813', 'an approval names the present revision (IB813)'),
  ($$select finance.approve_payment(pg_temp.id('to submitted'), null)$$, 'IB813', 'it does name one (IB813)'),
  ($$select finance.release_payment(pg_temp.id('to submitted'))$$, 'IB810', 'nothing is released that was not approved (IB810)'),
  ($$select finance.release_payment(pg_temp.id('to released'))$$, 'IB810', 'nor released twice (IB810)'),
  ($$select pg_temp.settle('to approved')$$, 'IB810', 'nothing is settled that was not released (IB810)'),
  ($$select pg_temp.settle('to cancelled')$$, 'IB812', 'nor what was cancelled (IB812)'),
  ($$select finance.cancel_payment(pg_temp.id('to settled'), 'late')$$, 'IB812', 'what was settled is not cancelled (IB812)'),
  ($$select finance.reject_payment(pg_temp.id('to released'), 'late')$$, 'IB810', 'what was released is not rejected (IB810)'),
  ($$select finance.reject_payment(pg_temp.id('to submitted'), ' ')$$, '23514', 'a rejection says why (23514)'),
  ($$select finance.cancel_payment(pg_temp.id('to submitted'), null)$$, '23514', 'so does a cancellation (23514)'),
  ($$select finance.submit_payment(null)$$, 'IB811', 'no payment has no id (IB811)'),
  ($$select pg_temp.settle('to released', '2026-01-10')$$, 'IB802', 'nothing is settled in a closed period (IB802)'),
  ($$select pg_temp.settle('to released', '2026-03-10', '9000')$$, 'IB205', 'nor to an inactive account (IB205)')
) as f (sql, code, promise);
select is(pg_temp.status('to released'), 'released', 'a settlement that was refused leaves the payment as it was');
select is((select e.reason from finance.payment_events e where e.payment_id = pg_temp.id('to rejected') and e.to_status = 'rejected'),
  'wrong', 'the reason of a rejection is in its event');
select is((select p.status_reason from finance.payments p where p.id = pg_temp.id('to cancelled')), 'wrong', 'that of a cancellation on the payment too');

-- The maker and the editors do not approve.

select pg_temp.as_user('clerk');
select throws_ok($$select finance.approve_payment(pg_temp.id('to submitted'), 1)$$, 'IB814', null, 'the maker does not approve (IB814)');
select pg_temp.make('edited');
select pg_temp.as_user('editor');
update finance.payments set beneficiary_account = 'DE02' where id = pg_temp.id('edited');
select pg_temp.as_user('clerk');
update finance.payments set due_on = '2026-04-01' where id = pg_temp.id('edited');
select is((select (revision, edited_by)::text from finance.payments where id = pg_temp.id('edited')),
  (3, array[tests.person('editor'), tests.person('clerk')])::text, 'every edit makes a revision and is remembered');
select finance.submit_payment(pg_temp.id('edited'));
select pg_temp.as_user('editor');
select throws_ok($$select finance.approve_payment(pg_temp.id('edited'), 3)$$, 'IB814', null,
  'M13 who edited a payment does not approve it, even if somebody edited it since (IB814)');
select pg_temp.as_user('boss');
select is(finance.approve_payment(pg_temp.id('edited'), 3), 'approved', 'somebody else does');
select tests.act_as_superuser();
select throws_ok($$update finance.payments set created_by = tests.person('editor') where id = pg_temp.id('edited')$$, 'IB212', null,
  'M13 nobody makes a payment somebody else''s (IB212)');
select throws_ok($$
  alter table finance.payments disable trigger t30_stamp_payment;
  update finance.payments set approved_by = created_by where id = pg_temp.id('edited')
$$, '23514', null, 'without the guard a constraint still tells the maker from the approver (23514)');
select throws_ok($$
  alter table finance.payments disable trigger t30_stamp_payment;
  update finance.payments set approved_by = tests.person('editor') where id = pg_temp.id('edited')
$$, '23514', null, 'and an editor (23514)');

-- An edit voids what was approved.

select pg_temp.as_user('clerk');
select pg_temp.bring('after ' || c.column_name, 'approved')
from (values ('payment_no'), ('currency'), ('amount_cents'), ('beneficiary_name'), ('beneficiary_account'), ('due_on'), ('reference'), ('category')) as c (column_name);
select lives_ok(format('update finance.payments set %s = %L where id = %L', c.column_name, c.value, pg_temp.id('after ' || c.column_name)),
  format('%s of an approved payment can be edited', c.column_name))
from (values ('payment_no', 'other'), ('currency', 'EUR'), ('amount_cents', '1001'), ('beneficiary_name', 'Mallory'), ('beneficiary_account', 'XX'),
  ('due_on', '2027-01-01'), ('reference', 'other'), ('category', 'other')) as c (column_name, value);
select is_empty($$
  select p.payment_no, p.status, p.revision, p.approvals from finance.payments p
  where p.edited_by <> '{}' and p.id <> pg_temp.id('edited')
    and (p.status, p.revision, p.approvals, num_nonnulls(p.approved_by, p.approved_at, p.approved_revision, p.beneficiary_snapshot)) <> ('draft', 2, 0, 0)
$$, 'which brings it back to draft without an approval');
select is((select count(*) from finance.payments p where p.edited_by <> '{}' and p.revision = 2), 8::bigint, 'all eight of them');
select is(pg_temp.trail('after due_on'), '- draft 1, draft submitted 1, submitted approved 1, approved draft 2', 'and leaves an event');
select lives_ok($$update finance.payments set amount_cents = amount_cents, due_on = due_on where id = pg_temp.id('to approved')$$,
  'an edit to the same values is none');
select is(pg_temp.status('to approved'), 'approved', 'and voids nothing');
select is(finance.submit_payment(pg_temp.id('after due_on')), 2, 'the edited payment is handed in anew');
select pg_temp.as_user('boss');
select throws_ok($$select finance.approve_payment(pg_temp.id('after due_on'), 1)$$, 'IB813', null, 'whoever saw the old revision does not approve the new one (IB813)');
select is(finance.approve_payment(pg_temp.id('after due_on'), 2), 'approved', 'who sees the new one does');
select tests.act_as_superuser();
update finance.payments set status = 'draft' where id = pg_temp.id('after due_on');
select is((select (revision, approvals)::text from finance.payments where id = pg_temp.id('after due_on')), '(3,0)',
  'what is taken back needs new approvals as well');
select throws_ok($$update finance.payments set status = 'submitted', amount_cents = 5 where id = pg_temp.id('after due_on')$$, 'IB817', null,
  'a payment is not edited and moved at once (IB817)');

-- What is over does not change.

select pg_temp.as_user('clerk');
select throws_ok(format('update finance.payments set %s = %L where id = %L', c.column_name, c.value, pg_temp.id('to ' || s.status)), 'IB812', null,
  format('%s of a %s payment does not change (IB812)', c.column_name, s.status))
from unnest(array['released', 'settled', 'rejected', 'cancelled']) as s (status)
cross join (values ('amount_cents', '1'), ('beneficiary_account', 'XX')) as c (column_name, value);
select throws_ok($$update finance.payments set due_on = due_on where id = pg_temp.id('to settled')$$, 'IB812', null, 'not even to the same value (IB812)');

-- M11: who is paid is who was approved, even where somebody got past the guard.

select tests.act_as_superuser();
alter table finance.payments disable trigger t30_stamp_payment;
update finance.payments set beneficiary_account = 'MALLORY' where id in (pg_temp.id('to approved'), pg_temp.id('to released'));
alter table finance.payments enable always trigger t30_stamp_payment;
select pg_temp.as_user('boss');
select throws_ok($$select finance.release_payment(pg_temp.id('to approved'))$$, 'IB816', null,
  'M11 nothing is released to another beneficiary than was approved (IB816)');
select throws_ok($$select pg_temp.settle('to released')$$, 'IB816', null, 'M11 nor settled (IB816)');
select is_empty($$select id from finance.journal_entries where description like 'Payment to released %'$$, 'and nothing of it is booked');

-- No other way to a status.

select pg_temp.as_user('clerk');
select throws_ok(format(a.sql, s.column_name, s.value), '42501', null, format('an application does not write %s by %s (42501)', s.column_name, a.what))
from (values ('status', '''approved'''), ('revision', '9'), ('approved_by', 'tests.person(''boss'')'), ('created_by', 'tests.person(''boss'')'),
  ('edited_by', '''{}'''), ('beneficiary_snapshot', '''{}'''), ('settlement_entry_id', 'tests.entry(''first of acme'')'), ('approvals', '2')) as s (column_name, value)
cross join (values
  ('UPDATE', 'update finance.payments set %s = %s where id = pg_temp.id(''to submitted'')'),
  ('MERGE', 'merge into finance.payments p using (select 1) x on p.id = pg_temp.id(''to submitted'') when matched then update set %s = %s')
) as a (what, sql)
where a.what = 'UPDATE' or s.column_name in ('status', 'approved_by');
select throws_ok($$
  insert into finance.payments (tenant_id, id, company_id, currency, amount_cents, beneficiary_name, beneficiary_account)
  values (tests.tenant('acme'), pg_temp.id('to submitted'), tests.company('acme'), 'USD', 1, 'x', 'x')
  on conflict (tenant_id, id) do update set status = 'approved'
$$, '42501', null, 'nor by ON CONFLICT DO UPDATE (42501)');
select throws_ok($$
  insert into finance.payments (tenant_id, company_id, currency, amount_cents, beneficiary_name, beneficiary_account, status)
  values (tests.tenant('acme'), tests.company('acme'), 'USD', 1, 'x', 'x', 'approved')
$$, '42501', null, 'nor is a payment born approved (42501)');
select lives_ok($$
  insert into finance.payments (tenant_id, id, company_id, currency, amount_cents, beneficiary_name, beneficiary_account)
  values (tests.tenant('acme'), pg_temp.id('after reference'), tests.company('acme'), 'USD', 1, 'x', 'x')
  on conflict (tenant_id, id) do update set amount_cents = 77
$$, 'an upsert of what may be edited is an edit');
select is((select (revision, status, amount_cents)::text from finance.payments where id = pg_temp.id('after reference')), '(3,draft,77)', 'and makes a revision');
select throws_ok($$select finance._move_payment(pg_temp.id('to submitted'), 'approved')$$, '42501', null, 'the helpers are closed (42501)');
select throws_ok($$insert into finance.payment_approvals (tenant_id, payment_id, revision, approved_by, approvals_required)
  values (tests.tenant('acme'), pg_temp.id('to submitted'), 1, tests.person('boss'), 1)$$, '42501', null, 'an application writes no approval (42501)');
select throws_ok($$insert into finance.payment_events (tenant_id, id, payment_id, to_status, revision)
  values (tests.tenant('acme'), gen_random_uuid(), pg_temp.id('to submitted'), 'approved', 1)$$, '42501', null, 'nor an event (42501)');
select throws_ok($$delete from finance.payments where id = pg_temp.id('to draft')$$, '42501', null, 'nor does it delete a payment (42501)');
select throws_ok($$lock table finance.payments in share row exclusive mode$$, '42501', null, 'nor lock all of them (42501)');
select throws_ok($$insert into finance.payment_transitions values ('draft', 'approved', 'x')$$, '42501', null, 'nor add a step (42501)');
select throws_ok($$insert into finance.payment_approvers (tenant_id, company_id, user_id, role_name)
  values (tests.tenant('acme'), tests.company('acme'), tests.person('clerk'), 'x')$$, '42501', null, 'nor an approver (42501)');
select throws_ok($$insert into finance.approval_limits (tenant_id, company_id, role_name, currency, max_amount_cents)
  values (tests.tenant('acme'), tests.company('acme'), 'x', 'USD', 1)$$, '42501', null, 'nor a limit (42501)');
select tests.act_as_superuser();
select throws_ok($$insert into finance.payment_events (tenant_id, id, payment_id, to_status, revision)
  values (tests.tenant('acme'), gen_random_uuid(), pg_temp.id('to submitted'), 'approved', 1)$$, 'IB304', null, 'a superuser writes no event either (IB304)');
select throws_ok($$insert into finance.payment_approvals (tenant_id, payment_id, revision, approved_by, approvals_required)
  values (tests.tenant('acme'), pg_temp.id('to submitted'), 1, tests.person('boss'), 1)$$, 'IB814', null,
  'an approval by hand is that of the user in context, who made the payment (IB814)');
select throws_ok($$insert into finance.payments (tenant_id, company_id, currency, amount_cents, beneficiary_name, beneficiary_account, status)
  values (tests.tenant('acme'), tests.company('acme'), 'USD', 1, 'x', 'x', 'submitted')$$, 'IB810', null, 'nobody makes a payment that is no draft (IB810)');
select throws_ok($$delete from finance.payments where id = pg_temp.id('to draft')$$, '23503', null, 'nobody deletes a payment: its trail hangs on it (23503)');
select throws_ok($$update finance.payments set status = 'settled', settlement_entry_id = tests.entry('first of acme') where id = pg_temp.id('to settled')$$,
  'IB812', null, 'a settlement is not exchanged (IB812)');
select throws_ok($$update finance.payments set company_id = gen_random_uuid() where id = pg_temp.id('to draft')$$, 'IB212', null, 'a payment stays with its company (IB212)');
create function pg_temp.move_unrecorded() returns void language plpgsql as $do$
begin
  create function pg_temp.swallow() returns trigger language plpgsql as 'begin return null; end';
  create trigger t00_swallow before insert on finance.payment_events for each row execute function pg_temp.swallow();
  perform pg_temp.as_user('clerk');
  perform finance.submit_payment(pg_temp.id('to draft'));
end $do$;
select throws_ok('select pg_temp.move_unrecorded()', 'IB821', null, 'a step whose event is swallowed is refused (IB821)');

-- A settlement links an entry of its own transaction over its own amount.

select pg_temp.bring('by hand', 'released');
select tests.insert_header('acme', 'too little');
select tests.insert_lines('acme', 'too little', 999, -999);
select tests.act_as_superuser();
select throws_ok($$update finance.payments set status = 'settled', settlement_entry_id = tests.entry('too little') where id = pg_temp.id('by hand')$$,
  'IB818', null, 'an entry over another amount settles nothing (IB818)');
select throws_ok($$update finance.payments set status = 'settled' where id = pg_temp.id('by hand')$$, 'IB818', null, 'no entry settles nothing (IB818)');
select throws_ok($$update finance.payments set status = 'settled', settlement_entry_id = (select entry from settled) where id = pg_temp.id('by hand')$$,
  '23505', null, 'an entry settles one payment (23505)');

-- Other tenants.

select pg_temp.as_user('boss', 'globex');
select throws_ok(format(f.sql, pg_temp.id('to submitted')), 'IB811', null, format('a payment of another tenant is not there to %s (IB811)', f.what))
from (values ('submit', 'select finance.submit_payment(%L)'), ('approve', 'select finance.approve_payment(%L, 1)'),
  ('reject', 'select finance.reject_payment(%L, ''x'')'), ('release', 'select finance.release_payment(%L)'),
  ('cancel', 'select finance.cancel_payment(%L, ''x'')'),
  ('settle', 'select finance.settle_payment(%L, date ''2026-03-10'', tests.account(''globex'', ''5000''), tests.account(''globex'', ''1000''))')
) as f (what, sql);
select tests.set_context('boss', null);
select throws_ok($$select finance.approve_payment(pg_temp.id('to submitted'), 1)$$, '42501', 'tenant_id required', 'without a tenant nobody approves (42501)');
select tests.set_context(null, 'acme');
select throws_ok($$select finance.approve_payment(pg_temp.id('to submitted'), 1)$$, 'IB104', null, 'without a user neither (IB104)');
select tests.act_as_superuser();
update aibos.tenant_registry set status = 'suspended' where tenant_id = tests.tenant('acme');
select pg_temp.as_user('boss');
select throws_ok($$select finance.approve_payment(pg_temp.id('to submitted'), 1)$$, 'IB102', null, 'nor for a suspended tenant (IB102)');
select tests.act_as_superuser();
update aibos.tenant_registry set status = 'active' where tenant_id = tests.tenant('acme');

-- Limits.

select tests.act_as('admin', 'acme');
insert into finance.payment_approvers (tenant_id, company_id, user_id, role_name)
select tests.tenant('acme'), tests.company('acme'), tests.person(a.person), a.role_name
from (values ('boss', 'manager'), ('second', 'manager'), ('chief', 'director'), ('former', 'director')) as a (person, role_name);
update finance.payment_approvers set is_active = false where user_id = tests.person('former');
insert into finance.approval_limits (tenant_id, company_id, role_name, currency, approvals_required, max_amount_cents)
select tests.tenant('acme'), tests.company('acme'), l.role_name, l.currency, l.needed, l.amount
from (values ('manager', 'USD', 1, 1000), ('manager', 'USD', 2, 5000), ('director', 'USD', 1, 100000), ('director', 'EUR', 1, 10)) as l (role_name, currency, needed, amount);
select is((select approval_rules_revision from finance.companies where id = tests.company('acme')), 9, 'every change of the rules shows on the company');
select is((select count(*) from finance.audit_events where object in ('finance.payment_approvers', 'finance.approval_limits')), 9::bigint, 'and leaves an event');
select throws_ok($$update finance.payment_approvers set user_id = tests.person('clerk')$$, '42501', null, 'a role is not passed on by UPDATE (42501)');
select throws_ok($$update finance.approval_limits set currency = 'EUR'$$, '42501', null, 'nor a limit moved to another currency (42501)');
select throws_ok($$delete from finance.approval_limits$$, '42501', null, 'nor removed (42501)');
select throws_ok($$insert into finance.approval_limits (tenant_id, company_id, role_name, currency, max_amount_cents)
  values (tests.tenant('acme'), tests.company('acme'), 'director', 'QQQ', 1)$$, 'IB401', null, 'a limit is in a known currency (IB401)');
select throws_ok($$insert into finance.approval_limits (tenant_id, company_id, role_name, currency, max_amount_cents)
  values (tests.tenant('acme'), tests.company('globex'), 'director', 'USD', 1)$$, '23503', null, 'and for a company of the tenant (23503)');

select tests.act_as_superuser();
select throws_ok(format('update finance.%s set %s where tenant_id = tests.tenant(''acme'')', t.table_name, t.change), 'IB212', null,
  format('nobody sets %s of finance.%s (IB212)', t.change, t.table_name))
from (values ('payment_approvers', 'user_id = gen_random_uuid()'), ('payment_approvers', 'role_name = ''director'''),
  ('approval_limits', 'role_name = ''clerk'''), ('approval_limits', 'approvals_required = 3 - approvals_required')) as t (table_name, change);

select pg_temp.as_user('clerk');
select pg_temp.make(p.name, p.amount, p.currency), finance.submit_payment(pg_temp.id(p.name))
from (values ('small', 1000, 'USD'), ('medium', 1001, 'USD'), ('medium again', 5000, 'USD'), ('large', 5001, 'USD'), ('huge', 100001, 'USD'),
  ('in euro', 10, 'EUR'), ('in pound', 1, 'GBP')) as p (name, amount, currency);
select pg_temp.as_user('stranger');
select throws_ok($$select finance.approve_payment(pg_temp.id('small'), 1)$$, 'IB815', null, 'where there are limits, somebody without a role does not approve (IB815)');
select pg_temp.as_user('former');
select throws_ok($$select finance.approve_payment(pg_temp.id('small'), 1)$$, 'IB815', null, 'nor who no longer has it (IB815)');
select pg_temp.as_user('boss');
select is(finance.approve_payment(pg_temp.id('small'), 1), 'approved', 'a role approves up to its limit');
select is(finance.approve_payment(pg_temp.id('medium'), 1), 'submitted', 'above it, the first of two approvals is not enough');
select throws_ok($$select finance.release_payment(pg_temp.id('medium'))$$, 'IB810', null, 'so nothing is released (IB810)');
select throws_ok($$select finance.approve_payment(pg_temp.id('medium'), 1)$$, '23505', null, 'and nobody is both of two (23505)');
select pg_temp.as_user('second');
select is(finance.approve_payment(pg_temp.id('medium'), 1), 'approved', 'the second one is');
select results_eq($$select a.role_name, a.approvals_required::integer from finance.payment_approvals a where a.payment_id = pg_temp.id('medium')$$,
  $$values ('manager', 2), ('manager', 2)$$, 'both are on record with their role');
select is(finance.approve_payment(pg_temp.id('medium again'), 1), 'submitted', 'a first approval');
select pg_temp.as_user('clerk');
update finance.payments set due_on = due_on + 1 where id = pg_temp.id('medium again');
select finance.submit_payment(pg_temp.id('medium again'));
select pg_temp.as_user('boss');
select is(finance.approve_payment(pg_temp.id('medium again'), 2), 'submitted', 'of a revision that was edited since counts no more');
select pg_temp.as_user('chief');
select is(finance.approve_payment(pg_temp.id('medium again'), 2), 'approved', 'who decides alone is enough');
select pg_temp.as_user('boss');
select throws_ok($$select finance.approve_payment(pg_temp.id('large'), 1)$$, 'IB815', null, 'beyond every limit of a role it does not approve, not even as one of two (IB815)');
select pg_temp.as_user('chief');
select is(finance.approve_payment(pg_temp.id('large'), 1), 'approved', 'a role with a larger limit does');
select throws_ok($$select finance.approve_payment(pg_temp.id('huge'), 1)$$, 'IB815', null, 'one minor unit above the largest limit nobody does (IB815)');
select is(finance.approve_payment(pg_temp.id('in euro'), 1), 'approved', 'each currency has its own limit');
select throws_ok($$select finance.approve_payment(pg_temp.id('in pound'), 1)$$, 'IB815', null, 'a currency without a limit is approved by nobody (IB815)');
select tests.act_as('admin', 'acme');
update finance.approval_limits set is_active = false where role_name = 'director';
select pg_temp.as_user('clerk');
select pg_temp.make('later', 100), finance.submit_payment(pg_temp.id('later'));
select pg_temp.as_user('chief');
select throws_ok($$select finance.approve_payment(pg_temp.id('later'), 1)$$, 'IB815', null, 'a limit that was taken away covers nothing (IB815)');

-- Each tenant has limits of its own.

select pg_temp.as_user('clerk', 'globex');
select pg_temp.make('of globex', 999999, 'USD', 'globex'), finance.submit_payment(pg_temp.id('of globex'));
select pg_temp.as_user('stranger', 'globex');
select is(finance.approve_payment(pg_temp.id('of globex'), 1), 'approved', 'a company without limits asks for somebody else and no more');

-- Nothing is without its trail.

select tests.act_as('auditor', 'acme');
select is_empty($$
  select p.id from finance.payments p
  where not exists (select from finance.payment_events e where e.payment_id = p.id and e.from_status is null)
    or p.status <> (select e.to_status from finance.payment_events e where e.payment_id = p.id order by e.occurred_at desc limit 1)
$$, 'the trail of every payment begins with its making and ends with its status');
select is_empty($$
  select p.id from finance.payments p where p.status = 'settled' and not exists (
    select from finance.v_journal_integrity i where i.journal_entry_id = p.settlement_entry_id and i.status = 'PASS')
$$, 'every settled payment has a sound entry');

select * from finish();
rollback;
