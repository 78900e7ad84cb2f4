begin;
-- One assertion for each tenant table besides the others. A part of the ledger is no table of its own: it is in the whole.
select plan(65 + (select count(*)::integer from pg_class c
  where c.relnamespace = 'finance'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'payment_transitions'));

select is_empty($$
  select c.relname from pg_class c
  where c.relnamespace = 'finance'::regnamespace and c.relkind in ('r', 'p')
    -- The same rows for every tenant, and nobody may write them.
    and c.relname <> 'payment_transitions'
    and not (c.relrowsecurity and c.relforcerowsecurity
      and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant_isolation'))
$$, 'every table of the data plane is isolated by tenant');
select is_empty($$
  select c.relname from pg_class c
  where c.relnamespace = 'finance'::regnamespace and c.relkind in ('r', 'p')
    -- Caches of the lines, which are append-only; limits have a recorder of their own (pgtap/finance/limits.sql); the
    -- transitions are part of the bundle.
    and c.relname not in ('balance_deltas', 'account_balances', 'account_limits', 'payment_transitions')
    and not exists (
      select from pg_trigger t
      where t.tgrelid = c.oid and t.tgenabled = 'A' and t.tgname in ('t10_forbid_row_change', 't90_record_update'))
$$, 'what may change is tracked, what may not is append-only');
-- Rows of two tenants in every table: each tenant sees its own alone.
create function pg_temp.fill(p_tenant text) returns void language plpgsql as $$
begin
  perform tests.set_context('clerk', p_tenant);
  insert into finance.fx_rates (tenant_id, base_currency, quote_currency, rate, source, valid_from, valid_to)
  values (tests.tenant(p_tenant), 'EUR', 'USD', 1.1, 'test', date '2026-03-01', date '2026-03-31');
  insert into finance.journal_drafts (tenant_id, id, company_id, entry_date, description)
  values (tests.tenant(p_tenant), tests.entry('draft of ' || p_tenant), tests.company(p_tenant), date '2026-03-10', 'draft');
  insert into finance.journal_draft_lines (tenant_id, journal_draft_id, line_no, account_id, currency, debit_cents)
  values (tests.tenant(p_tenant), tests.entry('draft of ' || p_tenant), 1, tests.account(p_tenant, '1000'), 'USD', 5);
  insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, keeps_balance, has_limit)
  values (tests.tenant(p_tenant), tests.account(p_tenant, 'kept'), tests.company(p_tenant), 'kept', 'Kept', 'asset', 'USD', true, true);
  insert into finance.payments (tenant_id, id, company_id, currency, amount_cents, beneficiary_name, beneficiary_account)
  values (tests.tenant(p_tenant), tests.entry('payment of ' || p_tenant), tests.company(p_tenant), 'USD', 5, 'Landlord', 'X1');
  insert into finance.payment_approvers (tenant_id, company_id, user_id, role_name)
  values (tests.tenant(p_tenant), tests.company(p_tenant), tests.person('boss'), 'treasurer');
  insert into finance.approval_limits (tenant_id, company_id, role_name, currency, max_amount_cents)
  values (tests.tenant(p_tenant), tests.company(p_tenant), 'treasurer', 'USD', 5);
  perform finance.submit_payment(tests.entry('payment of ' || p_tenant));
  perform tests.set_context('boss', p_tenant);
  perform finance.approve_payment(tests.entry('payment of ' || p_tenant), 1);
  insert into finance.document_metadata (tenant_id, company_id, title, media_type, size_bytes, sha256, storage, storage_key)
  values (tests.tenant(p_tenant), tests.company(p_tenant), 'Lease', 'application/pdf', 1, sha256('x'), 'disk', 'lease');
  perform finance.reverse_journal(finance.post_journal(tests.company(p_tenant), date '2026-02-10', 'keyed',
    array[tests.account(p_tenant, '1000'), tests.account(p_tenant, '4000')], array[5, 0], array[0, 5], array['USD', 'USD'],
    p_idempotency_key => 'a key'), date '2026-02-11', 'reversed');
  perform finance.close_period(p.id) from finance.fiscal_periods p where p.tenant_id = tests.tenant(p_tenant) and p.name = '2026-02';
  -- As if a part had been archived and come back (pgtap/finance/archive.sql).
  perform set_config('role', 'aibos_guard', true);
  insert into finance.journal_archives (tenant_id, id, part_no, from_id, before_id, entries, lines, leaves_sha256, reason)
  values (tests.tenant(p_tenant), tests.entry('archive of ' || p_tenant), 1, aibos.uuid_v7_from('2020-01-01'), aibos.uuid_v7_from('2021-01-01'),
    1, 2, sha256('x'), 'archived');
  insert into finance.journal_archive_companies (tenant_id, journal_archive_id, company_id, through_on, entries, lines)
  values (tests.tenant(p_tenant), tests.entry('archive of ' || p_tenant), tests.company(p_tenant), date '2020-12-31', 1, 2);
  insert into finance.journal_restorations (tenant_id, journal_archive_id, reason)
  values (tests.tenant(p_tenant), tests.entry('archive of ' || p_tenant), 'came back');
  perform set_config('role', 'none', true);
end $$;
create function pg_temp.move_kept_balance(p_tenant text) returns void language plpgsql as $$
begin
  perform tests.set_context('clerk', p_tenant);
  perform finance.post_journal(tests.company(p_tenant), date '2026-03-10', 'kept',
    array[tests.account(p_tenant, 'kept'), tests.account(p_tenant, '4000')], array[5, 0], array[0, 5], array['USD', 'USD']);
end $$;
select pg_temp.fill(t), pg_temp.move_kept_balance(t) from unnest(array['acme', 'globex']) as t;
select finance.fold_balances();
select pg_temp.move_kept_balance(t) from unnest(array['acme', 'globex']) as t;
create function pg_temp.tenants_in(p_table text) returns text language plpgsql as $$
declare
  slugs text;
begin
  execute format('select string_agg(distinct case tenant_id when tests.tenant(''acme'') then ''acme'' when tests.tenant(''globex'') '
    'then ''globex'' else ''somebody else'' end, '', '') from finance.%I', p_table) into slugs;
  return slugs;
end $$;
create temp table finance_tables as
  select c.relname::text as name from pg_class c where c.relnamespace = 'finance'::regnamespace and c.relkind in ('r', 'p')
    and not c.relispartition and c.relname <> 'payment_transitions';
grant select on finance_tables to public;
select cmp_ok((select count(*) from finance_tables), '>=', 15::bigint, 'there are tables to look at');
create temp table parts as
  select c.relname::text as name from pg_class c where c.relnamespace = 'finance'::regnamespace and c.relkind in ('r', 'p') and c.relispartition;
grant select on parts to public;
select bag_eq('select name from parts', array['journal_entries_part_1', 'journal_lines_part_1'], 'the ledger has its first part');
create function pg_temp.outcomes_on_parts(p_person text) returns text language plpgsql as $$
begin
  perform tests.act_as(p_person, 'acme');
  return (select string_agg(distinct tests.outcome(format(s.sql, p.name)), ', ')
    from parts p, unnest(array['select from finance.%I', 'insert into finance.%I default values', 'update finance.%I set tenant_id = null',
      'delete from finance.%I', 'truncate finance.%I', 'lock table finance.%I in access share mode']) as s (sql));
end $$;
select is(pg_temp.outcomes_on_parts(p), '42501', format('no part of it is granted to %s: it cannot be named (42501)', p))
from unnest(array['clerk', 'operator', 'admin', 'auditor', 'monitor', 'migrator', 'reader']) as p;
select tests.act_as('auditor', 'acme');
select is(pg_temp.tenants_in(name), 'acme', format('in finance.%s a tenant sees its own rows and no others', name))
from finance_tables order by name;

select tests.act_as('clerk', 'acme');
select is(tests.outcome($$
  insert into finance.companies (tenant_id, code, name, functional_currency) values (tests.tenant('acme'), 'q', 'Q', 'QQQ')
$$), 'IB401', 'a company reports in a known currency (IB401)');
select is(tests.outcome($$
  insert into finance.accounts (tenant_id, company_id, code, name, account_type, currency)
  values (tests.tenant('acme'), tests.company('acme'), 'q', 'Q', 'asset', 'QQQ')
$$), 'IB401', 'an account takes a known currency (IB401)');
select is(tests.outcome($$
  insert into finance.payments (tenant_id, company_id, currency, amount_cents, beneficiary_name, beneficiary_account)
  values (tests.tenant('acme'), tests.company('acme'), 'QQQ', 5, 'Landlord', 'X1')
$$), 'IB401', 'a payment is in a known currency (IB401)');

select is(tests.outcome($$
  insert into finance.companies (tenant_id, code, name, functional_currency) values (tests.tenant('acme'), 'main', 'Again', 'USD')
$$), '23505', 'a code names one company of a tenant (23505)');
select is(tests.outcome($$
  insert into finance.accounts (tenant_id, company_id, code, name, account_type)
  values (tests.tenant('acme'), tests.company('acme'), '1000', 'Again', 'asset')
$$), '23505', 'and one account of a company (23505)');

insert into finance.companies (tenant_id, code, name, functional_currency, created_at, updated_at)
values (tests.tenant('acme'), 'dated', 'Dated Ltd', 'USD', '2020-01-01', '2020-01-01');
select is(
  (select (created_at, updated_at) from finance.companies where code = 'dated'), (now(), now()),
  'the database dates a row, whatever the client says');
select is(
  (select substr(id::text, 15, 1) from finance.companies where code = 'dated'), '7', 'and gives it an id of version 7');

update finance.accounts set name = 'Renamed' where code = '3000';
update finance.accounts set name = 'Renamed' where code = '3000';
select tests.act_as('auditor', 'acme');
select results_eq($$
  select a.action::text, a.object_id, a.before ->> 'name', a.after ->> 'name' from finance.audit_events a
  where a.object = 'finance.accounts' and a.object_id = tests.account('acme', '3000')::text and a.action <> 'insert'
$$, $$values ('update', tests.account('acme', '3000')::text, 'Equity', 'Renamed')$$,
  'a change leaves one event with what it was and what it became; no change leaves none');
select is(
  (select count(*) from finance.audit_events where object in ('finance.journal_entries', 'finance.journal_lines') and action <> 'journal.posted'),
  0::bigint, 'entries and lines have the event of their posting and no other');

select tests.act_as('clerk', 'acme');
select is(tests.outcome(format('update finance.%s set %s = %s', t.table_name, t.column_name, t.value)), '42501',
  format('an application cannot change %s of finance.%s (42501)', t.column_name, t.table_name))
from (values
  ('accounts', 'company_id', 'gen_random_uuid()'), ('accounts', 'account_type', '''equity'''), ('accounts', 'currency', '''EUR'''),
  ('accounts', 'keeps_balance', 'true'), ('companies', 'functional_currency', '''EUR'''), ('fiscal_periods', 'ends_on', 'ends_on + 1')
) as t (table_name, column_name, value);
select tests.act_as_superuser();
select is(tests.outcome(format('update finance.%s set %s = %s where tenant_id = tests.tenant(%L)',
    t.table_name, t.column_name, t.value, 'acme')), 'IB212',
  format('nobody can change %s of finance.%s (IB212)', t.column_name, t.table_name))
from (values
  ('accounts', 'id', 'gen_random_uuid()'), ('accounts', 'company_id', 'gen_random_uuid()'), ('accounts', 'account_type', '''expense'''),
  ('accounts', 'currency', '''GBP'''), ('accounts', 'keeps_balance', 'not keeps_balance'), ('companies', 'id', 'gen_random_uuid()'),
  ('companies', 'functional_currency', '''EUR'''), ('fiscal_periods', 'id', 'gen_random_uuid()'),
  ('fiscal_periods', 'starts_on', 'starts_on + 1'), ('fiscal_periods', 'ends_on', 'ends_on - 1')
) as t (table_name, column_name, value);
select is(tests.outcome(format('update finance.%s set tenant_id = tests.tenant(%L) where tenant_id = tests.tenant(%L)',
    name, 'globex', 'acme')), 'IB103', format('a row of finance.%s stays with its tenant (IB103)', name))
from unnest(array['accounts', 'companies', 'fiscal_periods', 'journal_drafts', 'payments']) as name;

-- A document names a posted entry of its tenant. Events that are no postings have ids as well.
select tests.act_as('clerk', 'acme');
select is(tests.outcome(format('update finance.document_metadata set journal_entry_id = %L', id)), code, format('%s (%s)', what, code))
from (values
  (tests.entry('first of acme'), 'accepted', 'a document names a posted entry'),
  ((select id from finance.journal_entries where description = 'keyed'), 'accepted', 'or one that was posted by a function'),
  (null, 'accepted', 'or none'),
  (tests.entry('nothing'), '23503', 'it names no entry that does not exist'),
  (tests.entry('first of globex'), '23503', 'nor one of someone else'),
  ((select a.id from finance.audit_events a where a.object = 'finance.accounts' limit 1), '23503', 'nor an event that is no posting')
) as v (id, code, what);
select tests.act_as_superuser();
select set_config('session_replication_role', 'replica', true);
select is(tests.outcome(format('update finance.document_metadata set journal_entry_id = %L where tenant_id = tests.tenant(%L)', tests.entry('nothing'), 'acme')),
  '23503', 'nor anything else where foreign keys sleep (23503)');
select set_config('session_replication_role', 'origin', true);

select tests.act_as('clerk', 'acme');
select lives_ok($$
  update finance.accounts set is_active = true, name = name, code = code where false;
  update finance.companies set name = name;
$$, 'an update of no row, or to the same values, is accepted');

-- How a company keeps its books.
select is(tests.outcome('update finance.companies set ' || change || ' where id = tests.company(''acme'')'), code, format('%s (%s)', what, code))
from (values
  ('fx_gain_account_id = tests.account(''acme'', ''4000''), fx_loss_account_id = tests.account(''acme'', ''5000'')', 'accepted',
    'exchange gains and losses go to accounts of income and expense'),
  ('fx_gain_account_id = tests.account(''acme'', ''5000''), fx_loss_account_id = tests.account(''acme'', ''5000'')', 'accepted', 'or both to one'),
  ('fx_gain_account_id = tests.account(''acme'', ''1000'')', '23514', 'not to an asset'),
  ('fx_loss_account_id = tests.account(''acme'', ''3000'')', '23514', 'nor to equity'),
  ('fx_loss_account_id = tests.account(''globex'', ''5000'')', '23503', 'nor to an account of someone else'),
  ('requires_base_amounts = true', '23514', 'base amounts need a source of rates'),
  ('fx_source = ''own''', '42501', 'an application does not say whose rates count'),
  ('fx_gain_account_id = null, fx_loss_account_id = null', 'accepted', 'the accounts may be taken away'),
  ('requires_four_eyes = true', '42501', 'an application does not switch four eyes on')
) as v (change, code, what);
select is(tests.outcome($$insert into finance.companies (tenant_id, code, name, functional_currency, requires_four_eyes)
  values (tests.tenant('acme'), 'eyes', 'Eyes Ltd', 'USD', true)$$), '42501', 'nor makes a company with them (42501)');
select tests.act_as('admin', 'acme');
select is(tests.outcome('update finance.companies set ' || change || ' where id = tests.company(''acme'')'), code, format('%s (%s)', what, code))
from (values
  ('fx_source = ''ecb''', 'accepted', 'an administrator names a source of rates'),
  ('fx_source = '' ''', '23514', 'a blank one is none'),
  ('requires_base_amounts = true', 'accepted', 'then base amounts are asked for'),
  ('requires_base_amounts = false', 'IB212', 'once asked for, they stay'),
  ('fx_source = null', '23514', 'and so does their source')
) as v (change, code, what);
select is(tests.outcome($$update finance.companies set requires_four_eyes = true where id = tests.company('acme')$$), 'accepted',
  'an administrator does');

select * from finish();
rollback;
