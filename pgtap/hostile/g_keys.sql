-- References to what another tenant has. The real ids of the other tenant and ids that nobody has get one and the same answer.
begin;
select plan(58);

-- What each tenant has, so that every kind of id exists.
create function pg_temp.fill(p_tenant text) returns void language plpgsql as $$
begin
  perform tests.set_context('founder', p_tenant);
  insert into finance.journal_drafts (tenant_id, id, company_id, entry_date, description)
  values (tests.tenant(p_tenant), tests.entry('draft of ' || p_tenant), tests.company(p_tenant), date '2026-03-10', 'draft');
  insert into finance.payments (tenant_id, id, company_id, currency, amount_cents, beneficiary_name, beneficiary_account, payment_no, created_by)
  values (tests.tenant(p_tenant), tests.entry('payment of ' || p_tenant), tests.company(p_tenant), 'USD', 5, 'Landlord', 'X1', 'P-1', gen_random_uuid());
  insert into finance.document_metadata (tenant_id, id, company_id, title, media_type, size_bytes, sha256, storage, storage_key)
  values (tests.tenant(p_tenant), tests.entry('document of ' || p_tenant), tests.company(p_tenant), 'Lease', 'text/plain', 1, sha256('x'), 'disk', 'lease');
  insert into kernel.roles (tenant_id, id, name) values (tests.tenant(p_tenant), tests.entry('role of ' || p_tenant), 'bookkeeper');
  insert into kernel.users (tenant_id, id, email) values (tests.tenant(p_tenant), tests.entry('user of ' || p_tenant), 'same@example.test');
end $$;
select pg_temp.fill(t) from unnest(array['acme', 'globex']) as t;

-- The whole answer to a statement in which :id stands for an id: code, message, detail, hint, place; the id left out again.
create function pg_temp.answer(p_sql text, p_id uuid) returns text language plpgsql as $$
declare
  code text;
  message text;
  detail text;
  hint text;
  place text;
begin
  execute replace(p_sql, ':id', quote_literal(p_id) || '::uuid');
  return 'accepted';
exception when others then
  get stacked diagnostics code = returned_sqlstate, message = message_text, detail = pg_exception_detail, hint = pg_exception_hint,
    place = constraint_name;
  -- Ids that the database makes are left out as well.
  return regexp_replace(concat_ws(' | ', code, message, detail, hint, place), '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'ID', 'g');
end $$;

-- Statements of a person, the code that must come, and the id of the other tenant to put in.
create temp table attempts (person text, code text, what text, sql text, id uuid);
grant select on attempts to public;
insert into attempts values
  ('clerk', 'IB205', 'an account given to post_journal', $$select finance.post_journal(tests.company('acme'), date '2026-03-10', 'x',
    array[:id, tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD'])$$, tests.account('globex', '1000')),
  ('clerk', 'IB205', 'an account given to post_journals', $$select finance.post_journals(jsonb_build_array(jsonb_build_object(
    'company_id', tests.company('acme'), 'entry_date', '2026-03-10', 'description', 'x', 'lines', jsonb_build_array(
      jsonb_build_object('account_id', :id, 'currency', 'USD', 'debit_cents', 5),
      jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'credit_cents', 5)))))$$, tests.account('globex', '1000')),
  ('clerk', 'IB205', 'a company given to post_journal', $$select finance.post_journal(:id, date '2026-03-10', 'x',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD'])$$, tests.company('globex')),
  ('clerk', 'IB208', 'an entry given to reverse_journal', $$select finance.reverse_journal(:id, date '2026-03-10', 'x')$$, tests.entry('first of globex')),
  ('clerk', '23503', 'a company given to open_fiscal_year', $$select finance.open_fiscal_year(:id, date '2030-01-01')$$, tests.company('globex')),
  ('clerk', '23503', 'the account of a line', $$select tests.insert_header('acme', 'tried'); insert into finance.journal_lines
    (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents) values
    (tests.tenant('acme'), tests.entry('tried'), 1, :id, 'USD', 5, 0),
    (tests.tenant('acme'), tests.entry('tried'), 2, tests.account('acme', '4000'), 'USD', 0, 5)$$, tests.account('globex', '1000')),
  ('clerk', '23503', 'the entry of a line', $$insert into finance.journal_lines
    (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents) values
    (tests.tenant('acme'), :id, 3, tests.account('acme', '1000'), 'USD', 5, 0),
    (tests.tenant('acme'), :id, 4, tests.account('acme', '4000'), 'USD', 0, 5)$$, tests.entry('first of globex')),
  ('clerk', 'IB801', 'the company of a header', $$insert into finance.journal_entries (tenant_id, company_id, entry_date, description)
    values (tests.tenant('acme'), :id, date '2026-03-10', 'x')$$, tests.company('globex')),
  ('clerk', 'IB208', 'the entry that a header reverses', $$insert into finance.journal_entries (tenant_id, company_id, entry_date, description, reverses_entry_id)
    values (tests.tenant('acme'), tests.company('acme'), date '2026-03-10', 'x', :id)$$, tests.entry('first of globex')),
  ('clerk', '23503', 'the company of an account', $$insert into finance.accounts (tenant_id, company_id, code, name, account_type)
    values (tests.tenant('acme'), :id, 'x', 'X', 'asset')$$, tests.company('globex')),
  ('clerk', '23503', 'the parent of an account', $$insert into finance.accounts (tenant_id, company_id, code, name, account_type, parent_id)
    values (tests.tenant('acme'), tests.company('acme'), 'x', 'X', 'asset', :id)$$, tests.account('globex', '1000')),
  ('clerk', '23503', 'a new parent of an account', $$update finance.accounts set parent_id = :id where code = '1000'$$, tests.account('globex', '1000')),
  ('clerk', '23503', 'the company of a period', $$insert into finance.fiscal_periods (tenant_id, company_id, name, starts_on, ends_on)
    values (tests.tenant('acme'), :id, 'x', date '2026-03-01', date '2026-03-31')$$, tests.company('globex')),
  ('clerk', '23503', 'the company of a draft', $$insert into finance.journal_drafts (tenant_id, company_id, entry_date, description)
    values (tests.tenant('acme'), :id, date '2026-03-10', 'x')$$, tests.company('globex')),
  ('clerk', '23503', 'the draft of a line', $$insert into finance.journal_draft_lines (tenant_id, journal_draft_id, line_no, account_id, currency)
    values (tests.tenant('acme'), :id, 1, tests.account('acme', '1000'), 'USD')$$, tests.entry('draft of globex')),
  ('clerk', '23503', 'the account of a draft''s line', $$insert into finance.journal_draft_lines (tenant_id, journal_draft_id, line_no, account_id, currency)
    values (tests.tenant('acme'), tests.entry('draft of acme'), 1, :id, 'USD')$$, tests.account('globex', '1000')),
  ('clerk', '23503', 'the company of a payment', $$insert into finance.payments
    (tenant_id, company_id, currency, amount_cents, beneficiary_name, beneficiary_account)
    values (tests.tenant('acme'), :id, 'USD', 5, 'x', 'x')$$, tests.company('globex')),
  ('clerk', '23503', 'the entry of a document', $$update finance.document_metadata set journal_entry_id = :id$$, tests.entry('first of globex')),
  ('clerk', '23503', 'the payment of a document', $$update finance.document_metadata set payment_id = :id$$, tests.entry('payment of globex')),
  ('clerk', '23503', 'the company of a document', $$update finance.document_metadata set company_id = :id$$, tests.company('globex')),
  ('operator', '23503', 'the user of a role', $$insert into kernel.user_roles (tenant_id, user_id, role_id)
    values (tests.tenant('acme'), :id, tests.entry('role of acme'))$$, tests.entry('user of globex')),
  ('operator', '23503', 'the role of a user', $$insert into kernel.user_roles (tenant_id, user_id, role_id)
    values (tests.tenant('acme'), tests.entry('user of acme'), :id)$$, tests.entry('role of globex')),
  ('operator', '23503', 'the user of a session', $$insert into kernel.sessions (tenant_id, user_id, token_hash, expires_at)
    values (tests.tenant('acme'), :id, sha256('x'), now() + interval '1 day')$$, tests.entry('user of globex'));

select tests.act_as('clerk', 'acme');
select matches(pg_temp.answer(sql, id), '^' || code, format('G1 %s cannot be another tenant''s (%s)', what, code)) from attempts where person = 'clerk';
select is(pg_temp.answer(sql, id), pg_temp.answer(sql, gen_random_uuid()), format('G2 %s: the answer is that for an id nobody has', what))
from attempts where person = 'clerk';
select tests.act_as('operator', 'acme');
select matches(pg_temp.answer(sql, id), '^' || code, format('G1 %s cannot be another tenant''s (%s)', what, code)) from attempts where person = 'operator';
select is(pg_temp.answer(sql, id), pg_temp.answer(sql, gen_random_uuid()), format('G2 %s: the answer is that for an id nobody has', what))
from attempts where person = 'operator';

-- Rows that say they are the other tenant's: its real ids tell nothing either.
select tests.act_as('clerk', 'acme');
create function pg_temp.foreign_row(p_table text, p_columns text, p_values text) returns text language sql
return format('insert into finance.%I (tenant_id, %s) values (tests.tenant(%L), %s)', p_table, p_columns, 'globex', p_values);
select ok(answers[1] = answers[2] and answers[1] like '42501%', format('G2 a row of finance.%s for another tenant: its ids and ids nobody has get one answer (42501)', t.name))
from (values
  ('accounts', 'company_id, code, name, account_type', ':id, ''x'', ''X'', ''asset''', tests.company('globex')),
  ('fiscal_periods', 'company_id, name, starts_on, ends_on', ':id, ''x'', date ''2026-03-01'', date ''2026-03-31''', tests.company('globex')),
  ('journal_drafts', 'company_id, entry_date, description', ':id, date ''2026-03-10'', ''x''', tests.company('globex')),
  ('companies', 'id, code, name, functional_currency', ':id, ''main'', ''X'', ''USD''', tests.company('globex')),
  ('journal_lines', 'journal_entry_id, line_no, account_id, currency, debit_cents', ':id, 1, gen_random_uuid(), ''USD'', 5', tests.entry('first of globex')),
  ('document_metadata', 'company_id, title, media_type, size_bytes, sha256, storage, storage_key',
    ':id, ''x'', ''text/plain'', 1, sha256(''x''), ''disk'', ''lease''', tests.company('globex'))
) as t (name, columns, row_values, id)
cross join lateral (select array[
  pg_temp.answer(pg_temp.foreign_row(t.name, t.columns, t.row_values), t.id),
  pg_temp.answer(pg_temp.foreign_row(t.name, t.columns, t.row_values), gen_random_uuid())] as answers) a;
select is(
  (select count(*) from finance.journal_entries where id in (tests.entry('first of globex'), gen_random_uuid())), 0::bigint,
  'G1 an entry of another tenant is not found by its id');

select lives_ok($$
  insert into finance.companies (tenant_id, id, code, name, functional_currency)
  values (tests.tenant('acme'), tests.company('globex'), 'same id', 'Same id', 'USD')
$$, 'G5 even the id of another tenant''s row is free to use');
select lives_ok(format($$
  insert into finance.payments (tenant_id, company_id, payment_no, currency, amount_cents, beneficiary_name, beneficiary_account)
  values (tests.tenant('acme'), tests.company('acme'), %L, 'USD', 5, 'x', 'x')
$$, 'P-2'), 'G5 numbers of another tenant are free to use');

select tests.act_as_superuser();
analyze finance.companies, finance.accounts, finance.journal_entries, kernel.users;
select isnt_empty($$select attname from pg_stats where schemaname in ('finance', 'kernel')$$, 'statistics are there');
select tests.act_as('clerk', 'acme');
select is_empty($$select attname from pg_stats where schemaname in ('finance', 'kernel')$$, 'G10 and show no tenant the values of another');
select is_empty($$
  select c.oid::regclass from pg_class c
  where c.relnamespace in ('finance'::regnamespace, 'kernel'::regnamespace, 'aibos'::regnamespace, 'config'::regnamespace)
    and case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'usage, select, update') end
$$, 'G7 no sequence can be read, advanced or set by an application');

select * from finish();
rollback;
