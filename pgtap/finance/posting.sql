begin;
select plan(97);

select tests.act_as('clerk', 'acme');

insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('second'), 'second', 'Second Ltd', 'USD');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
values (tests.tenant('acme'), tests.account('acme', 'of the second'), tests.company('second'), '1000', 'Cash', 'asset');

-- Ids of accounts by their codes, nulls and dimensions kept.
create function pg_temp.accounts(p_codes text[]) returns uuid[] language plpgsql as $$
declare
  ids uuid[];
begin
  if array_ndims(p_codes) = 2 then
    return array[[tests.account('acme', p_codes[1][1]), tests.account('acme', p_codes[1][2])]];
  end if;
  select coalesce(array_agg(tests.account('acme', c.code) order by c.n), '{}') into ids
  from unnest(p_codes) with ordinality as c (code, n);
  return case when p_codes is not null then ids end;
end $$;
-- What finance.post_journal() says to lines: their code, or accepted.
create function pg_temp.post(
  p_accounts text[], p_debits bigint[], p_credits bigint[], p_currencies text[] default '{USD,USD}', p_key text default null,
  p_date date default '2026-03-10', p_description text default 'posted', p_company text default 'acme', p_memos text[] default null
) returns text language plpgsql as $$
begin
  perform finance.post_journal(tests.company(p_company), p_date, p_description, pg_temp.accounts(p_accounts),
    p_debits, p_credits, p_currencies, p_memos, null, p_key);
  return 'accepted';
exception when others then
  return sqlstate;
end $$;
-- What finance.post_journals() says: the outcomes, or code and detail.
create function pg_temp.post_all(p_entries jsonb) returns text language plpgsql as $$
declare
  outcomes text;
  detail text;
begin
  select string_agg(p.entry_index || ' ' || p.outcome, ', ' order by p.entry_index) into outcomes from finance.post_journals(p_entries) p;
  return coalesce(outcomes, 'nothing');
exception when others then
  get stacked diagnostics detail = pg_exception_detail;
  return sqlstate || ': ' || detail;
end $$;
-- A sound entry with some fields replaced, and null ones taken away.
create function pg_temp.entry(p_changes jsonb default '{}') returns jsonb language sql
return jsonb_strip_nulls(jsonb_build_object('company_id', tests.company('acme'), 'entry_date', '2026-03-10', 'description', 'sound',
  'lines', jsonb_build_array(
    jsonb_build_object('account_id', tests.account('acme', '1000'), 'currency', 'USD', 'debit_cents', 5),
    jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'credit_cents', 5))) || p_changes);
create function pg_temp.entry_with_line(p_changes jsonb) returns jsonb language sql
return pg_temp.entry(jsonb_build_object('lines', jsonb_build_array(
  jsonb_build_object('account_id', tests.account('acme', '1000'), 'currency', 'USD', 'debit_cents', 5),
  jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'credit_cents', 5) || p_changes)));

-- One entry.

create temp table posted as
  select finance.post_journal(tests.company('acme'), date '2026-03-10', 'Invoice 7',
    array[tests.account('acme', '1000'), tests.account('acme', '1100'), tests.account('acme', '4000'), tests.account('acme', '4000')],
    array[500, 30, 0, 0], array[0, 0, 500, 30], array['USD', 'EUR', 'USD', 'EUR'], array['a', null, '', 'd'], 'INV-7') as id;
select is(
  (select (e.tenant_id, e.company_id, p.name, e.entry_no, e.entry_date, e.entry_type, e.description, e.reference, e.idempotency_key,
      e.reverses_entry_id, e.posted_at, e.created_by, e.created_xid)::text
    from finance.journal_entries e join posted using (id)
    join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id),
  (tests.tenant('acme'), tests.company('acme'), '2026-03'::text, null::bigint, date '2026-03-10', 'standard'::text, 'Invoice 7'::text,
    'INV-7'::text, null::text, null::uuid, now(), tests.person('clerk'), pg_current_xact_id())::text,
  'one call posts the header as direct SQL would, tenant and user taken from the context');
select results_eq(
  'select line_no, account_id, currency, debit_cents::bigint, credit_cents::bigint, memo::text from finance.journal_lines join posted on id = journal_entry_id order by 1',
  $$values (1, tests.account('acme', '1000'), 'USD', 500::bigint, 0::bigint, 'a'), (2, tests.account('acme', '1100'), 'EUR', 30, 0, null),
    (3, tests.account('acme', '4000'), 'USD', 0, 500, ''), (4, tests.account('acme', '4000'), 'EUR', 0, 30, 'd')$$,
  'and its lines in the order of the arrays');
select is_empty('select idempotency_key from finance.journal_keys k join posted p on p.id = k.journal_entry_id',
  'without a key it claims none, and keeps no hash of what was asked');

select is(pg_temp.post(accounts, debits, credits, currencies), code, format('%s: %s', what, code))
from (values
  ('debits and credits that differ', 'IB201', '{1000,4000}'::text[], '{5,0}'::bigint[], '{0,4}'::bigint[], '{USD,USD}'::text[]),
  ('currencies that balance only together', 'IB201', '{1000,4000}', '{5,0}', '{0,5}', '{USD,JPY}'),
  ('no lines', 'IB202', '{}', '{}', '{}', '{}'),
  ('one line', 'IB202', '{1000}', '{5}', '{0}', '{USD}'),
  ('an unknown account', 'IB205', '{nowhere,4000}', '{5,0}', '{0,5}', '{USD,USD}'),
  ('an inactive account', 'IB205', '{9000,4000}', '{5,0}', '{0,5}', '{USD,USD}'),
  ('an account of another company', 'IB205', '{of the second,4000}', '{5,0}', '{0,5}', '{USD,USD}'),
  ('a currency other than the account''s', 'IB206', '{1100,4000}', '{5,0}', '{0,5}', '{USD,USD}'),
  ('an unknown currency', 'IB206', '{1000,4000}', '{5,0}', '{0,5}', '{QQQ,QQQ}'),
  ('a line of zero', 'IB210', '{1000,4000}', '{0,0}', '{0,0}', '{USD,USD}'),
  ('a negative amount', 'IB210', '{1000,4000}', '{-5,0}', '{0,-5}', '{USD,USD}'),
  ('both sides of a line', 'IB210', '{1000,4000}', '{5,5}', '{5,5}', '{USD,USD}'),
  ('an amount above 10^17', '23514', '{1000,4000}', '{100000000000000001,0}', '{0,100000000000000001}', '{USD,USD}'),
  ('an amount of 10^17', 'accepted', '{1000,4000}', '{100000000000000000,0}', '{0,100000000000000000}', '{USD,USD}'),
  ('arrays of different lengths', 'IB210', '{1000,4000}', '{5}', '{0,5}', '{USD,USD}'),
  ('a missing array', 'IB210', '{1000,4000}', null, '{0,5}', '{USD,USD}'),
  ('no arrays at all', 'IB210', null, null, null, null),
  ('a null amount', 'IB210', '{1000,4000}', '{5,null}', '{0,5}', '{USD,USD}'),
  ('a null currency', 'IB210', '{1000,4000}', '{5,0}', '{0,5}', '{USD,null}'),
  ('a null account', 'IB210', '{1000,null}', '{5,0}', '{0,5}', '{USD,USD}'),
  ('accounts of two dimensions', 'IB210', '{{1000,4000}}', '{5,0}', '{0,5}', '{USD,USD}'),
  ('arrays that begin at another index', 'accepted', '{1000,4000}', '[7:8]={5,0}', '[0:1]={0,5}', '[3:4]={USD,USD}')
) as v (what, code, accounts, debits, credits, currencies);
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_memos => '{one}'), 'IB210', 'memos of another length: IB210');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_date => '2026-01-10'), 'IB802', 'a closed period: IB802');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_date => '2031-01-10'), 'IB801', 'no period: IB801');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_date => null), 'IB210', 'no date: IB210');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_company => 'globex'), 'IB205', 'a company of another tenant: IB205');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_description => ' '), '23514', 'a blank description: 23514');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_description => null), '23502', 'no description: 23502');

-- Exactly once.

select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_key => 'once'), 'accepted', 'an entry is posted under a key');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_key => 'once'), 'accepted', 'the same request again is accepted');
select is((select count(*) from finance.journal_entries where idempotency_key = 'once'), 1::bigint, '… and posts nothing');
select is(
  (select count(*) from finance.journal_lines l join finance.journal_entries e on e.id = l.journal_entry_id where e.idempotency_key = 'once'),
  2::bigint, '… not even lines');
select results_eq(
  $$select k.journal_entry_id, octet_length(k.payload_hash) from finance.journal_keys k where k.idempotency_key = 'once'$$,
  $$select e.id, 32 from finance.journal_entries e where e.idempotency_key = 'once'$$, 'the key is the entry''s, with the hash of what was asked');
select is(pg_temp.post(accounts, debits, credits, currencies, 'once', entry_date, description), 'IB207', format('the key with %s: IB207', what))
from (values
  ('another amount', '{1000,4000}'::text[], '{6,0}'::bigint[], '{0,6}'::bigint[], '{USD,USD}'::text[], date '2026-03-10', 'posted'),
  ('another account', '{3000,4000}', '{5,0}', '{0,5}', '{USD,USD}', '2026-03-10', 'posted'),
  ('another currency', '{1000,4000}', '{5,0}', '{0,5}', '{JPY,JPY}', '2026-03-10', 'posted'),
  ('another date', '{1000,4000}', '{5,0}', '{0,5}', '{USD,USD}', '2026-03-11', 'posted'),
  ('another description', '{1000,4000}', '{5,0}', '{0,5}', '{USD,USD}', '2026-03-10', 'edited')
) as v (what, accounts, debits, credits, currencies, entry_date, description);
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,4}', p_key => 'bad'), 'IB201', 'an entry that is refused');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_key => 'bad'), 'accepted', '… leaves its key free');
select lives_ok($$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, idempotency_key)
  values (tests.tenant('acme'), tests.entry('keyed'), tests.company('acme'), date '2026-03-10', 'posted', 'direct');
  select tests.insert_lines('acme', 'keyed', 5, -5);
$$, 'direct SQL may use a key');
select results_eq($$select k.journal_entry_id, k.payload_hash is null from finance.journal_keys k where k.idempotency_key = 'direct'$$,
  $$values (tests.entry('keyed'), true)$$, '… and claims it, without a hash: nothing was asked');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_key => 'direct'), 'IB207', '… which the function does not take for its own: IB207');
-- By direct SQL a key is claimed when the lines come, which is when an entry is posted.
create function pg_temp.post_directly(p_entry text, p_key text) returns text language plpgsql as $$
declare
  name text;
begin
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, idempotency_key)
  values (tests.tenant('acme'), tests.entry(p_entry), tests.company('acme'), date '2026-03-10', 'posted', p_key);
  perform tests.insert_lines('acme', p_entry, 5, -5);
  return 'accepted';
exception when others then
  get stacked diagnostics name = constraint_name;
  return concat_ws(' ', sqlstate, name);
end $$;
select is(pg_temp.post_directly('keyed again', k), '23505 journal_keys_tenant_id_idempotency_key_pk', format('a key that was used %s is refused when the lines come (23505)', what))
from (values ('direct', 'by direct SQL'), ('once', 'by the function')) as v (k, what);
select is((select count(*) from finance.journal_entries where id = tests.entry('keyed again')), 0::bigint, '… and the header goes with them');
select throws_ok($$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, idempotency_key)
  values (tests.tenant('acme'), tests.entry('one of two'), tests.company('acme'), date '2026-03-10', 'posted', 'for two'),
    (tests.tenant('acme'), tests.entry('two of two'), tests.company('acme'), date '2026-03-10', 'posted', 'for two');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry(e || ' of two'), l.no, tests.account('acme', l.account), 'USD', l.debit, l.credit
  from unnest(array['one', 'two']) as e, (values (1, '1000', 5, 0), (2, '4000', 0, 5)) as l (no, account, debit, credit)
$$, '23505', null, 'nor do two entries of one statement share a key (23505)');
select is(pg_temp.post_directly('keyless', null), 'accepted', 'an entry without a key claims none');
select is((select count(*) from finance.journal_keys k where k.journal_entry_id = tests.entry('keyless')), 0::bigint, '… and has no row among the keys');
select tests.act_as('clerk', 'globex');
select lives_ok($$
  select finance.post_journal(tests.company('globex'), date '2026-03-10', 'posted',
    array[tests.account('globex', '1000'), tests.account('globex', '4000')], array[9, 0], array[0, 9], array['USD', 'USD'], null, null, 'once')
$$, 'another tenant''s keys are its own');
select tests.act_as_superuser();
update finance.fiscal_periods set status = 'closing' where tenant_id = tests.tenant('acme') and name = '2026-03';
select tests.act_as('clerk', 'acme');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_key => 'once'), 'accepted', 'a replay is answered after its period has closed');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}', p_key => 'too late'), 'IB802', 'a new entry is not: IB802');
select tests.act_as_superuser();
select set_config('app.reason', 'one more entry', true);
update finance.fiscal_periods set status = 'open' where tenant_id = tests.tenant('acme') and name = '2026-03';
select tests.act_as('clerk', 'acme');

-- Many entries.

select is(pg_temp.post_all('[]'), 'nothing', 'an empty array posts nothing');
select is(pg_temp.post_all(jsonb_build_array(pg_temp.entry(), pg_temp.entry('{"idempotency_key": "k1"}'))), '1 posted, 2 posted',
  'each entry of an array is posted');
select is(pg_temp.post_all(jsonb_build_array(
    pg_temp.entry('{"idempotency_key": "k1"}'), pg_temp.entry('{"idempotency_key": "k2"}'), pg_temp.entry('{"idempotency_key": "k2"}'))),
  '1 replayed, 2 posted, 3 replayed', 'keys are replayed within the array too');
select matches(pg_temp.post_all(jsonb_build_array(
    pg_temp.entry('{"idempotency_key": "k3"}'), pg_temp.entry('{"idempotency_key": "k3", "description": "other"}'))),
  '^IB207: entry 2: ', 'one key for two entries of an array: IB207');
select is((select count(*) from finance.journal_entries where idempotency_key = 'k3'), 0::bigint, 'one bad entry refuses the whole array');
select is(
  (select array_agg(k.idempotency_key::text order by k.idempotency_key) from finance.journal_keys k where k.idempotency_key in ('k1', 'k2', 'k3', 'bad', 'too late')),
  array['bad', 'k1', 'k2'], 'keys of what was posted are claimed, those of what was refused are free');
select is(pg_temp.post_all(jsonb_build_array(pg_temp.entry(), pg_temp.entry_with_line('{"credit_cents": 4}'))),
  'IB201: entry 2: USD debit 5, credit 4', 'the refusal names the entry and its sums');
select is(pg_temp.post_all(jsonb_build_array(pg_temp.entry('{"entry_date": "2026-04-10"}'), pg_temp.entry('{"entry_date": "2026-01-10"}'))),
  'IB802: entry 2: company ' || tests.company('acme') || '.', 'a closed period names the entry too: IB802');
select is(pg_temp.post_all(jsonb_build_array(pg_temp.entry_with_line('{"credit_cents": "5"}'))), '1 posted', 'an amount may come as a text');

select matches(pg_temp.post_all(entries), '^' || code || ': ' || detail, format('%s: %s', what, code))
from (values
  ('null in place of an array', 'IB210', null::jsonb, 'The argument must be'),
  ('an object in place of an array', 'IB210', '{}', 'The argument must be'),
  ('an entry that is no object', 'IB210', '[7]', 'entry 1: it must be an object'),
  ('an entry that is null', 'IB210', '[null]', 'entry 1: it must be an object'),
  ('an entry without lines', 'IB210', jsonb_build_array(pg_temp.entry('{"lines": null}')), 'entry 1: lines must be'),
  ('a line that is no object', 'IB210', jsonb_build_array(pg_temp.entry('{"lines": [1, 2]}')), 'entry 1: every line must be'),
  ('an entry of no lines', 'IB202', jsonb_build_array(pg_temp.entry('{"lines": []}')), 'entry 1: '),
  ('an unknown field', 'IB210', jsonb_build_array(pg_temp.entry('{"entry_type": "opening"}')), 'entry 1: unknown field entry_type'),
  ('a tenant of its own', 'IB210', jsonb_build_array(pg_temp.entry('{"tenant_id": "22222222-2222-4222-8222-222222222222"}')),
    'entry 1: unknown field tenant_id'),
  ('an unknown field in a line', 'IB210', jsonb_build_array(pg_temp.entry_with_line('{"colour": "x"}')), 'entry 1: line 2: unknown field'),
  ('no company', 'IB210', jsonb_build_array(pg_temp.entry('{"company_id": null}')), 'entry 1: company_id'),
  ('a company that is no uuid', 'IB210', jsonb_build_array(pg_temp.entry('{"company_id": "acme"}')), 'entry 1: company_id'),
  ('no date', 'IB210', jsonb_build_array(pg_temp.entry('{"entry_date": null}')), 'entry 1: entry_date'),
  ('a day that does not exist', 'IB210', jsonb_build_array(pg_temp.entry('{"entry_date": "2026-02-30"}')), 'entry 1: entry_date'),
  ('a date in another order', 'IB210', jsonb_build_array(pg_temp.entry('{"entry_date": "10/03/2026"}')), 'entry 1: entry_date'),
  ('today in place of a date', 'IB210', jsonb_build_array(pg_temp.entry('{"entry_date": "today"}')), 'entry 1: entry_date'),
  ('no description', 'IB210', jsonb_build_array(pg_temp.entry('{"description": null}')), 'entry 1: description'),
  ('a description of 2001 characters', 'IB210', jsonb_build_array(pg_temp.entry(jsonb_build_object('description', repeat('x', 2001)))),
    'entry 1: description'),
  ('a blank key', 'IB210', jsonb_build_array(pg_temp.entry('{"idempotency_key": " "}')), 'entry 1: idempotency_key'),
  ('an account that is no uuid', 'IB210', jsonb_build_array(pg_temp.entry_with_line('{"account_id": "4000"}')), 'entry 1: line 2: account_id'),
  ('an amount with decimals', 'IB210', jsonb_build_array(pg_temp.entry_with_line('{"credit_cents": 5.0}')), 'entry 1: line 2: credit_cents'),
  ('an amount that is no number', 'IB210', jsonb_build_array(pg_temp.entry_with_line('{"credit_cents": "five"}')), 'entry 1: line 2: credit_cents'),
  ('an amount beyond bigint', 'IB210', jsonb_build_array(pg_temp.entry_with_line('{"credit_cents": 9223372036854775808}')),
    'entry 1: line 2: credit_cents'),
  ('a negative amount', 'IB210', jsonb_build_array(pg_temp.entry_with_line('{"credit_cents": -5}')), 'entry 1: line 2 must have'),
  ('no amount', 'IB210', jsonb_build_array(pg_temp.entry_with_line('{"credit_cents": null}')), 'entry 1: line 2 must have'),
  ('no currency', 'IB206', jsonb_build_array(pg_temp.entry_with_line('{"currency": null}')), 'entry 1: ')
) as v (what, code, entries, detail);

-- Who may call them, and in what context.

select tests.set_context(null, 'acme');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}'), 'IB104', 'without a user: IB104');
select tests.set_context('clerk', null);
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}'), '42501', 'without a tenant: 42501');
select matches(pg_temp.post_all(jsonb_build_array(pg_temp.entry())), '^42501', 'an array neither: 42501');
select tests.act_as('auditor', 'acme');
select is(pg_temp.post('{1000,4000}', '{5,0}', '{0,5}'), '42501', 'an auditor posts nothing (42501)');

select is_empty($$select journal_entry_id, detail from finance.v_journal_integrity where status <> 'PASS'$$,
  'all that was posted proves whole, balanced and recorded');
select is_empty($$select journal_entry_id, detail from finance.v_journal_leaf_check where status <> 'PASS'$$, 'and unchanged');

select * from finish();
rollback;
