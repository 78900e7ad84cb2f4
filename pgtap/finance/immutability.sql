begin;
set local client_min_messages = warning;
select plan(162);

-- A column to write in each append-only table of the ledger.
create temp table ledger (name text, column_name text, new_value text default 'edited');
insert into ledger (name, column_name) values
  ('finance.journal_entries', 'description'), ('finance.journal_lines', 'memo'), ('finance.fx_rates', 'source'),
  ('finance.payment_events', 'reason'), ('finance.payment_approvals', 'reason'), ('finance.audit_events', 'reason'),
  ('finance.journal_keys', 'idempotency_key'), ('finance.journal_archives', 'reason'), ('finance.journal_restorations', 'reason'),
  -- The first part of the ledger, for whoever names it.
  ('finance.journal_entries_part_1', 'description'), ('finance.journal_lines_part_1', 'memo');
insert into ledger values ('finance.journal_reversals', 'journal_entry_id', '00000000-0000-0000-0000-000000000001'),
  ('finance.journal_archive_companies', 'through_on', '2020-01-01');
grant select on ledger to public;

select tests.act_as('clerk', 'acme');

select lives_ok($$
  select tests.insert_header('acme', 'new');
  select tests.insert_lines('acme', 'new', 5, -5);
  insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
  values (tests.tenant('acme'), 'EUR', 'USD', 1.1, 'test', date '2026-03-01', date '2026-03-31');
$$, 'new entries, lines and rates are added');
set constraints all immediate;

select throws_ok(format('update %s set %s = %L', t.name, t.column_name, t.new_value), '42501', null,
  format('an application has no UPDATE on %s (42501)', t.name)) from ledger t;
select throws_ok(format('delete from %s', t.name), '42501', null,
  format('nor DELETE on %s (42501)', t.name)) from ledger t;
select throws_ok(format('truncate %s', t.name), '42501', null,
  format('nor TRUNCATE on %s (42501)', t.name)) from ledger t;

select tests.act_as_superuser();
select throws_ok(format('update %s set %s = %L', t.name, t.column_name, t.new_value), 'IB301', null,
  format('a superuser cannot update %s either (IB301)', t.name)) from ledger t;
select throws_ok(format('delete from %s', t.name), 'IB301', null,
  format('nor delete from %s (IB301)', t.name)) from ledger t;
select throws_ok(format('truncate %s cascade', t.name), 'IB301', null,
  format('nor truncate %s (IB301)', t.name)) from ledger t;
select throws_ok(format('update %s set %s = %L where false', t.name, t.column_name, t.new_value), 'IB301', null,
  format('not even with an update of no row of %s (IB301)', t.name)) from ledger t;
select throws_ok(format('merge into %s t using (select 1) s on false when matched then update set %s = %L', t.name, t.column_name, t.new_value),
  'IB301', null, format('nor by a MERGE into %s that might update (IB301)', t.name)) from ledger t;

set local role aibos_owner;
select throws_ok(format('update %s set %s = %L', t.name, t.column_name, t.new_value), 'IB301', null,
  format('the owner cannot update %s (IB301)', t.name)) from ledger t;
select throws_ok(format('delete from %s', t.name), 'IB301', null,
  format('nor delete from %s (IB301)', t.name)) from ledger t;
set local role aibos_poster;
select throws_ok(format('update %s set %s = %L', t.name, t.column_name, t.new_value), '42501', null,
  format('the posting functions have no UPDATE on %s (42501)', t.name)) from ledger t;
set local role aibos_guard;
select throws_ok(format('delete from %s', t.name), '42501', null,
  format('the guards have no DELETE on %s (42501)', t.name)) from ledger t;
select tests.act_as_superuser();

select throws_ok($$
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents)
  values (tests.tenant('acme'), tests.entry('first of acme'), 1, tests.account('acme', '1000'), 'USD', 9)
  on conflict (tenant_id, journal_entry_id, line_no) do update set debit_cents = excluded.debit_cents
$$, 'IB301', null, 'an upsert cannot change a line (IB301)');
select throws_ok($$
  with edited as (update finance.journal_lines set memo = 'edited' where false returning 1) select count(*) from edited
$$, 'IB301', null, 'nor can a writable CTE (IB301)');
select throws_ok($$delete from finance.companies where id = tests.company('acme')$$,
  '23503', null, 'a company with books cannot be deleted, so nothing cascades (23503)');
select throws_ok($$truncate finance.companies cascade$$,
  'IB302', null, 'nor can its table be truncated with all that hangs on it (IB302)');

select results_eq($$
  select e.description::text, l.line_no, l.debit_cents::bigint, l.credit_cents::bigint, l.memo::text
  from finance.journal_entries e join finance.journal_lines l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
  where e.id in (tests.entry('first of acme'), tests.entry('first of globex'))
  order by e.tenant_id, l.line_no
$$, $$
  values ('First sale', 1, 10000::bigint, 0::bigint, null::text), ('First sale', 2, 0, 10000, null),
    ('First sale', 1, 10000, 0, null), ('First sale', 2, 0, 10000, null)
$$, 'after all of it the posted entries are as they were');

select * from finish();
rollback;
