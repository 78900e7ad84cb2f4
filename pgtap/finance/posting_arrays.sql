begin;
select plan(31);
select tests.act_as('clerk', 'acme');

create function pg_temp.entry(p_debit bigint, p_credit bigint, p_date text default '2026-03-10', p_account text default '1000', p_key text default null)
returns jsonb language sql as $$
  select jsonb_strip_nulls(jsonb_build_object('company_id', tests.company('acme'), 'entry_date', p_date, 'description', 'element',
    'idempotency_key', p_key, 'lines', jsonb_build_array(
      jsonb_build_object('account_id', tests.account('acme', p_account), 'currency', 'USD', 'debit_cents', p_debit),
      jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'credit_cents', p_credit))))
$$;
create function pg_temp.entries(p_last integer, p_bad integer default null) returns jsonb language sql as $$
  select jsonb_agg(pg_temp.entry(100 + n, case when n = p_bad then 1 else 100 + n end) order by n) from generate_series(1, p_last) as n
$$;
create function pg_temp.posted() returns bigint language sql as $$
  select count(*) from finance.journal_entries where description = 'element'
$$;

-- All or none.
select results_eq('select entry_index, outcome, code, message from finance.post_journals(pg_temp.entries(3))',
  $$values (1, 'posted', null::text, null::text), (2, 'posted', null, null), (3, 'posted', null, null)$$, 'an array is posted in order');
select throws_ok('select * from finance.post_journals(pg_temp.entries(100, 57))', 'IB201', null, 'one bad entry refuses all of them (IB201)');
create function pg_temp.detail_of(p_sql text) returns text language plpgsql as $$
declare
  found_detail text;
begin
  execute p_sql;
  return null;
exception when sqlstate 'IB201' or sqlstate 'IB210' then
  get stacked diagnostics found_detail = pg_exception_detail;
  return found_detail;
end $$;
select is(pg_temp.detail_of('select * from finance.post_journals(pg_temp.entries(100, 57))'), 'entry 57: USD debit 157, credit 1', 'and is named by its index');
select is(pg_temp.posted(), 3::bigint, 'nothing of it is left');
select is_empty($$select * from finance.post_journals('[]')$$, 'an empty array posts nothing');
select is_empty($$select * from finance.post_journals('[]', 'partial')$$, 'in either mode');
select throws_ok($$select * from finance.post_journals('[]', 'some')$$, 'IB210', null, 'there is no third mode (IB210)');
select throws_ok($$select * from finance.post_journals(null, 'partial')$$, 'IB210', null, 'nor an array of nothing (IB210)');

-- In part.
create temp table answered as
  select * from finance.post_journals(pg_temp.entries(100, 57), 'partial');
select is((select count(*) from answered where outcome = 'posted'), 99::bigint, 'in mode partial the others are posted');
select is((select (entry_index, entry_id, outcome, code, message)::text from answered where outcome <> 'posted'),
  (57, null::uuid, 'refused', 'IB201', 'journal entry does not balance: USD debit 157, credit 1')::text, 'and the bad one is answered with its code and why');
select is((select array_agg(entry_index order by entry_index) from answered), (select array_agg(n) from generate_series(1, 100) as n),
  'there is one answer for each entry');
select results_eq($$
  select p.entry_index, p.outcome, p.code from finance.post_journals(jsonb_build_array(
    pg_temp.entry(1, 2), pg_temp.entry(5, 5, p_date => '2026-01-10'), pg_temp.entry(5, 5, p_date => '2031-01-10'), pg_temp.entry(5, 5),
    pg_temp.entry(5, 5, p_account => '9000'), '"no entry"', pg_temp.entry(0, 0), pg_temp.entry(5, 5) || '{"description": ""}',
    pg_temp.entry(5, 5) - 'lines', pg_temp.entry(5, 5) || '{"entry_date": "10.03.2026"}', pg_temp.entry(5, 5) || '{"colour": "red"}'), 'partial') p
  order by 1$$,
  $$values (1, 'refused', 'IB201'), (2, 'refused', 'IB802'), (3, 'refused', 'IB801'), (4, 'posted', null), (5, 'refused', 'IB205'),
    (6, 'refused', 'IB210'), (7, 'refused', 'IB210'), (8, 'refused', 'IB210'), (9, 'refused', 'IB210'), (10, 'refused', 'IB210'),
    (11, 'refused', 'IB210')$$,
  'each kind of fault refuses its own entry alone');
select results_eq($$
  select p.outcome, p.code from finance.post_journals(jsonb_build_array(
    pg_temp.entry(5, 5, p_key => 'a-1'), pg_temp.entry(1, 2), pg_temp.entry(5, 5, p_key => 'a-1'), pg_temp.entry(6, 6, p_key => 'a-1')), 'partial') p
  order by p.entry_index$$,
  $$values ('posted', null), ('refused', 'IB201'), ('replayed', null), ('refused', 'IB207')$$,
  'a key counts once within the array as well');
select is((select count(*) from finance.journal_entries where idempotency_key = 'a-1'), 1::bigint, 'and books once');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, has_limit)
values (tests.tenant('acme'), tests.account('acme', 'box'), tests.company('acme'), 'box', 'Box', 'asset', 'USD', true);
update finance.account_limits set max_balance_cents = 10;
select results_eq($$
  select p.outcome, p.code from finance.post_journals(jsonb_build_array(
    pg_temp.entry(6, 6, p_account => 'box'), pg_temp.entry(6, 6, p_account => 'box'), pg_temp.entry(4, 4, p_account => 'box')), 'partial') p
  order by p.entry_index$$,
  $$values ('posted', null), ('refused', '23514'), ('posted', null)$$, 'what would pass a limit is refused, what fits after it is posted');
select is_empty('select * from finance.v_limit_drift', 'and the limit''s balance counts the posted ones alone');

-- In bulk.
create function pg_temp.bulk(
  p_entries integer, p_lines integer[] default '{1,1,2,2}', p_debits bigint[] default '{5,0,7,0}', p_credits bigint[] default '{0,5,0,7}',
  p_keys text[] default null, p_accounts integer default 2
) returns uuid[] language sql as $$
  select finance.bulk_post(tests.company('acme'), array_fill(date '2026-03-10', array[p_entries]), array_fill('bulk'::text, array[p_entries]),
    null, p_keys, p_lines, (select array_agg(tests.account('acme', case when n % 2 = 1 then '1000' else '4000' end) order by n)
      from generate_series(1, p_accounts * 2) as n), array_fill('USD'::text, array[p_accounts * 2]), p_debits, p_credits)
$$;
select is(cardinality(pg_temp.bulk(2)), 2, 'arrays of two entries post two');
select is((select sum(debit_cents) from finance.journal_lines l join finance.journal_entries e on e.id = l.journal_entry_id where e.description = 'bulk'),
  12::numeric, 'with their lines');
select is(
  (select count(*) from finance.audit_events a join finance.journal_entries e on e.id = a.id where e.description = 'bulk' and a.leaf_hash is not null),
  2::bigint, 'and an event with a leaf each');
select is(pg_temp.bulk(2, p_keys => array['b-1', 'b-2']), pg_temp.bulk(2, p_keys => array['b-1', 'b-2']), 'under the same keys they are the same entries');
select throws_ok($$select pg_temp.bulk(2, p_debits => '{5,0,8,0}')$$, 'IB201', null, 'what does not balance refuses all (IB201)');
select throws_ok($$select pg_temp.bulk(2, p_lines => '{1,1,1,1}')$$, 'IB202', null, 'an entry without lines as well (IB202)');
select throws_ok($$select pg_temp.bulk(2, p_lines => '{1,1,3,3}')$$, 'IB210', null, 'so do lines of an entry that is not there (IB210)');
select throws_ok($$select pg_temp.bulk(2, p_lines => '{1,1,null,2}')$$, 'IB210', null, 'or of none (IB210)');
select throws_ok($$select pg_temp.bulk(2, p_debits => '{5,0,7}')$$, 'IB210', null, 'or arrays of unequal length (IB210)');
select throws_ok($$select pg_temp.bulk(2, p_keys => '{x}')$$, 'IB210', null, 'also those of the entries (IB210)');
select is(finance.bulk_post(tests.company('acme'), '{}', '{}', null, null, '{}', '{}', '{}', '{}', '{}'), '{}'::uuid[], 'nothing posts nothing');
select lives_ok($$select finance.bulk_post(tests.company('acme'), array[date '2026-03-10'], array['large'], null, null, array_fill(1, array[2000]),
  (select array_agg(tests.account('acme', case when n % 2 = 1 then '1000' else '4000' end)) from generate_series(1, 2000) as n),
  array_fill('USD'::text, array[2000]), (select array_agg((n % 2) * 5::bigint) from generate_series(1, 2000) as n),
  (select array_agg(((n + 1) % 2) * 5::bigint) from generate_series(1, 2000) as n))$$, 'an entry may have thousands of lines');
select tests.act_as('clerk', null);
select throws_ok('select pg_temp.bulk(2)', '42501', null, 'without a tenant nothing is posted (42501)');
select tests.act_as('clerk', 'globex');
select throws_ok('select pg_temp.bulk(2)', 'IB205', null, 'nor with the accounts of another (IB205)');
select tests.act_as('auditor', 'acme');
select is_empty($$select journal_entry_id from finance.v_journal_leaf_check where status <> 'PASS'$$, 'every entry is what its leaf says');

select * from finish();
rollback;
