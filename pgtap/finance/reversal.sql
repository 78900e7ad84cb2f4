begin;
select plan(30);

-- A second company, and an account that will be set inactive.
select tests.act_as('clerk', 'acme');
insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('second'), 'second', 'Second Ltd', 'USD');
select finance.open_fiscal_year(tests.company('second'), date '2026-01-01');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
values (tests.tenant('acme'), tests.account('acme', 'retired'), tests.company('acme'), 'retired', 'Retired', 'asset');

create function pg_temp.post(p_entry text, p_account text default '1000') returns void language plpgsql as $$
begin
  perform tests.insert_header('acme', p_entry);
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
  values
    (tests.tenant('acme'), tests.entry(p_entry), 1, tests.account('acme', p_account), 'USD', 70, 0, 'first'),
    (tests.tenant('acme'), tests.entry(p_entry), 2, tests.account('acme', '1100'), 'EUR', 30, 0, null),
    (tests.tenant('acme'), tests.entry(p_entry), 3, tests.account('acme', '4000'), 'USD', 0, 70, null),
    (tests.tenant('acme'), tests.entry(p_entry), 4, tests.account('acme', '4000'), 'EUR', 0, 30, null);
end $$;
-- Reverses entry "original" by direct SQL with lines of the given accounts, currencies, debits and credits.
create function pg_temp.reverse_by_hand(p_accounts text[], p_currencies text[], p_debits bigint[], p_credits bigint[])
returns void language plpgsql as $$
begin
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, reverses_entry_id)
  values (tests.tenant('acme'), tests.entry('by hand'), tests.company('acme'), date '2026-03-10', 'by hand', tests.entry('original'));
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry('by hand'), l.n, tests.account('acme', l.account), l.currency, l.debit, l.credit
  from unnest(p_accounts, p_currencies, p_debits, p_credits) with ordinality as l (account, currency, debit, credit, n);
end $$;
-- Begins a reversal by direct SQL of an entry, in a company, on a date; and mirrors the lines of an entry.
create function pg_temp.begin_reversal(p_original text, p_company text, p_date date, p_entry text default 'begun') returns void language sql as $$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, reverses_entry_id)
  values (tests.tenant('acme'), tests.entry(p_entry), tests.company(p_company), p_date, 'begun', tests.entry(p_original))
$$;
create function pg_temp.mirror(p_original text, p_entry text) returns void language sql as $$
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
  select l.tenant_id, tests.entry(p_entry), l.line_no, l.account_id, l.currency, l.credit_cents, l.debit_cents, l.memo
  from finance.journal_lines l where l.tenant_id = tests.tenant('acme') and l.journal_entry_id = tests.entry(p_original)
$$;

select pg_temp.post('original');
select pg_temp.post('mirrored');
select pg_temp.post('on a retired account', 'retired');
create temp table reversals as
  select finance.reverse_journal(tests.entry('mirrored'), date '2026-03-31', 'wrong account') as id;

select is(
  (select (e.entry_type, e.entry_date, e.description, e.reverses_entry_id)::text
    from finance.journal_entries e join reversals r using (id)),
  ('reversal'::text, date '2026-03-31', 'wrong account'::text, tests.entry('mirrored'))::text,
  'a reversal is an entry of its own that names the original and the reason');
select results_eq(
  $$select line_no, account_id, currency, debit_cents, credit_cents, memo from finance.journal_lines l
    join reversals r on r.id = l.journal_entry_id order by line_no$$,
  $$select line_no, account_id, currency, credit_cents, debit_cents, memo from finance.journal_lines
    where journal_entry_id = tests.entry('mirrored') order by line_no$$,
  'it mirrors the original line by line');
select is(
  (select reversed_by_entry_id from finance.v_posted_journals where journal_entry_id = tests.entry('mirrored')),
  (select id from reversals), 'the original shows what reversed it');

select throws_ok($$select finance.reverse_journal(tests.entry('mirrored'), date '2026-03-31', 'again')$$,
  '23505', null, 'a second reversal is refused (23505)');
-- By direct SQL it is refused when the lines come: until then nothing is reversed.
select throws_ok($$
  select pg_temp.begin_reversal('mirrored', 'acme', '2026-03-31', 'second of mirrored');
  select pg_temp.mirror('mirrored', 'second of mirrored');
$$, '23505', 'duplicate key value violates unique constraint "journal_reversals_tenant_id_reverses_entry_id_pk"',
  'by direct SQL too, when its lines come (23505)');
select is((select count(*) from finance.journal_entries where reverses_entry_id = tests.entry('mirrored')), 1::bigint, 'and its header goes with them');
select throws_ok($$
  select pg_temp.begin_reversal('original', 'acme', '2026-03-31', n || ' of two') from unnest(array['one', 'two']) as n;
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
  select l.tenant_id, tests.entry(n || ' of two'), l.line_no, l.account_id, l.currency, l.credit_cents, l.debit_cents, l.memo
  from finance.journal_lines l, unnest(array['one', 'two']) as n where l.journal_entry_id = tests.entry('original')
$$, '23505', null, 'nor do two reversals of one statement reverse one entry (23505)');
select is_empty($$select journal_entry_id from finance.journal_reversals where reverses_entry_id = tests.entry('original')$$,
  'an entry whose reversals were refused is not reversed');
select results_eq($$select r.journal_entry_id from finance.journal_reversals r where r.reverses_entry_id = tests.entry('mirrored')$$,
  'select id from reversals', 'what reversed an entry is kept once');
select throws_ok($$select finance.reverse_journal((select id from reversals), date '2026-03-31', 'back again')$$,
  'IB208', null, 'a reversal is not reversed (IB208)');
select throws_ok($$
  insert into finance.journal_entries (tenant_id, company_id, entry_date, description, reverses_entry_id)
  select tests.tenant('acme'), tests.company('acme'), date '2026-03-31', 'back again', id from reversals
$$, 'IB208', null, 'by direct SQL neither (IB208)');
select throws_ok($$select finance.reverse_journal(tests.entry('original'), date '2026-03-09', 'too early')$$,
  'IB208', null, 'a reversal is not dated before the original (IB208)');
select throws_ok($$select pg_temp.begin_reversal('original', 'acme', '2026-03-09')$$,
  'IB208', null, 'by direct SQL neither (IB208)');
select throws_ok($$select pg_temp.begin_reversal('original', 'second', '2026-03-31')$$,
  'IB208', null, 'a reversal is in the books of the original''s company (IB208)');
select throws_ok($$select finance.reverse_journal(tests.entry('nothing'), date '2026-03-31', 'of nothing')$$,
  'IB208', null, 'there is no reversal of nothing (IB208)');
select throws_ok($$select finance.reverse_journal(null, date '2026-03-31', 'of null')$$,
  'IB208', null, 'nor of null (IB208)');
select throws_ok($$select finance.reverse_journal(tests.entry('first of acme'), date '2027-01-01', 'no period')$$,
  'IB801', null, 'a reversal needs a period for its date (IB801)');
select throws_ok($$select finance.reverse_journal(tests.entry('first of acme'), null, 'no date')$$,
  'IB801', null, 'and a date (IB801)');
select throws_ok(format('select finance.reverse_journal(tests.entry(%L), date %L, %L)', 'original', '2026-03-31', reason),
  'IB210', null, 'a reversal says why: ' || coalesce(quote_literal(reason), 'null') || ' is no reason (IB210)')
from unnest(array[null, '', '  ']) as reason;

select throws_ok(format('select pg_temp.reverse_by_hand(%L, %L, %L, %L)', accounts, currencies, debits, credits),
  'IB209', null, format('a reversal with %s is refused (IB209)', what))
from (values
  ('the sides of the original', '{1000,1100,4000,4000}', '{USD,EUR,USD,EUR}', '{70,30,0,0}', '{0,0,70,30}'),
  ('other amounts', '{1000,1100,4000,4000}', '{USD,EUR,USD,EUR}', '{0,0,71,30}', '{71,30,0,0}'),
  ('another account', '{3000,1100,4000,4000}', '{USD,EUR,USD,EUR}', '{0,0,70,30}', '{70,30,0,0}'),
  ('its lines in another order', '{1000,1100,4000,4000}', '{USD,EUR,EUR,USD}', '{0,0,30,70}', '{70,30,0,0}'),
  ('fewer lines', '{1000,4000}', '{USD,USD}', '{0,70}', '{70,0}'),
  ('more lines', '{1000,1100,4000,4000,1000,4000}', '{USD,EUR,USD,EUR,USD,USD}', '{0,0,70,30,1,0}', '{70,30,0,0,0,1}')
) as v (what, accounts, currencies, debits, credits);
select lives_ok($$
  select pg_temp.reverse_by_hand('{1000,1100,4000,4000}', '{USD,EUR,USD,EUR}', '{0,0,70,30}', '{70,30,0,0}')
$$, 'an exact mirror by direct SQL is accepted');
select throws_ok($$select finance.reverse_journal(tests.entry('original'), date '2026-03-31', 'again')$$,
  '23505', 'duplicate key value violates unique constraint "journal_reversals_tenant_id_reverses_entry_id_pk"',
  'after which the function refuses a second (23505)');

update finance.accounts set is_active = false where id = tests.account('acme', 'retired');
select lives_ok($$select finance.reverse_journal(tests.entry('on a retired account'), date '2026-03-31', 'wrong')$$,
  'an entry can be reversed after its account was set inactive');

select * from finish();
rollback;
