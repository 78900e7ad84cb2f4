begin;
select plan(25);

-- The right entry, as finance.post_journals() takes it.
create function pg_temp.right(p_description text, p_key text default null, p_cents bigint default 80, p_company text default 'acme',
  p_credit_cents bigint default null) returns jsonb language sql as $$
  select jsonb_strip_nulls(jsonb_build_object('company_id', tests.company(p_company), 'entry_date', '2026-03-12',
    'description', p_description, 'idempotency_key', p_key,
    'lines', jsonb_build_array(
      jsonb_build_object('account_id', tests.account('acme', '5000'), 'currency', 'USD', 'debit_cents', p_cents),
      jsonb_build_object('account_id', tests.account('acme', '1000'), 'currency', 'USD', 'credit_cents', coalesce(p_credit_cents, p_cents)))))
$$;
create function pg_temp.count_of(p_description text) returns bigint language sql as $$
  select count(*) from finance.journal_entries where description = p_description
$$;

select tests.act_as('clerk', 'acme', 'clearing up');
insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('second'), 'second', 'Second Ltd', 'USD');
create function pg_temp.wrong(p_entry text) returns void language plpgsql as $$
begin
  perform tests.insert_header('acme', p_entry);
  perform tests.insert_lines('acme', p_entry, 70, -70);
end $$;
select pg_temp.wrong(e) from unnest(array['wrong', 'keyed', 'other', 'reversed', 'untouched']) as e;

create temp table corrected as
  select c.reversal_id, c.correction_id
  from finance.correct_journal(tests.entry('wrong'), date '2026-03-11', 'wrong account', pg_temp.right('right')) c;
select is(
  (select (e.reverses_entry_id, e.entry_date, e.description)::text from finance.journal_entries e join corrected c on c.reversal_id = e.id),
  (tests.entry('wrong'), date '2026-03-11', 'wrong account'::text)::text, 'a correction reverses the entry with date and reason');
select is(
  (select (e.entry_type, e.entry_date, e.description, e.company_id)::text from finance.journal_entries e join corrected c on c.correction_id = e.id),
  ('standard'::text, date '2026-03-12', 'right'::text, tests.company('acme'))::text, 'and posts the right one');
select is(
  (select sum(l.debit_cents) filter (where l.account_id = tests.account('acme', '5000')) from finance.journal_lines l
    join corrected c on c.correction_id = l.journal_entry_id), 80::numeric, 'with its lines');
select is((select count(*) from finance.audit_events a join corrected c on a.id in (c.reversal_id, c.correction_id) and a.action = 'journal.posted'),
  2::bigint, 'each leaves its event');

-- Both or neither.

select is(tests.outcome(format($$select finance.correct_journal(tests.entry('untouched'), %L, %L, %s)$$, date, reason, correction)), code,
  format('%s is refused (%s)', what, code))
from (values
  ('a correction that does not balance', '2026-03-11', 'why', 'pg_temp.right(''neither'', p_credit_cents => 79)', 'IB201'),
  ('one of another company', '2026-03-11', 'why', 'pg_temp.right(''neither'', p_company => ''second'')', 'IB210'),
  ('one without a company', '2026-03-11', 'why', 'pg_temp.right(''neither'') - ''company_id''', 'IB210'),
  ('an array of them', '2026-03-11', 'why', 'jsonb_build_array(pg_temp.right(''neither''))', 'IB210'),
  ('no correction', '2026-03-11', 'why', 'null', 'IB210'),
  ('one in a closed period', '2026-03-11', 'why', 'pg_temp.right(''neither'') || ''{"entry_date": "2026-01-10"}''', 'IB802'),
  ('a reversal dated before the entry', '2026-03-09', 'why', 'pg_temp.right(''neither'')', 'IB208'),
  ('a reversal without a reason', '2026-03-11', ' ', 'pg_temp.right(''neither'')', 'IB210'),
  ('an unknown field', '2026-03-11', 'why', 'pg_temp.right(''neither'') || ''{"entry_type": "closing"}''', 'IB210')
) as v (what, date, reason, correction, code);
select is(pg_temp.count_of('neither') + pg_temp.count_of('why'), 0::bigint, 'of a refused correction nothing is posted');
select is((select count(*) from finance.journal_entries where reverses_entry_id = tests.entry('untouched')), 0::bigint,
  'and the entry is not reversed');
select is(tests.outcome($$select finance.correct_journal(tests.entry('nothing'), '2026-03-11', 'why', pg_temp.right('neither'))$$), 'IB208',
  'nothing is not corrected (IB208)');
select is(tests.outcome($$select finance.correct_journal(tests.entry('wrong'), '2026-03-11', 'again', pg_temp.right('neither'))$$), '23505',
  'an entry is corrected once (23505)');
select finance.reverse_journal(tests.entry('reversed'), date '2026-03-11', 'why not');
select is(tests.outcome($$select finance.correct_journal(tests.entry('reversed'), '2026-03-11', 'why', pg_temp.right('neither'))$$), '23505',
  'nor after it was reversed (23505)');
select is(tests.outcome($$select finance.correct_journal((select reversal_id from corrected), '2026-03-11', 'why', pg_temp.right('neither'))$$), 'IB208',
  'nor is a reversal (IB208)');

-- The same request again.

create temp table twice as
  select n, (finance.correct_journal(tests.entry('keyed'), date '2026-03-11', 'keyed', pg_temp.right('right by key', 'key 1'))).* from generate_series(1, 2) as n;
select is((select count(distinct (reversal_id, correction_id)) from twice), 1::bigint, 'the same request under its key returns the same entries');
select is(tests.outcome($$select finance.correct_journal(tests.entry('keyed'), '2026-03-11', 'keyed', pg_temp.right('right by key', 'key 1', 81))$$), 'IB207',
  'another entry under its key is refused (IB207)');

select is(tests.outcome($$select finance.correct_journal(tests.entry('untouched'), '2026-03-11', 'keyed too', pg_temp.right('right by key', 'key 1'))$$), 'IB207',
  'nor does the key of one correction correct another entry, in the same transaction either (IB207)');
select is((select count(*) from finance.journal_entries where reverses_entry_id = tests.entry('untouched')), 0::bigint, 'which is not reversed then');

select tests.act_as('clerk', 'globex');
select is(tests.outcome($$select finance.correct_journal(tests.entry('untouched'), '2026-03-11', 'why', pg_temp.right('neither'))$$), 'IB208',
  'an entry of another tenant is not corrected (IB208)');
select set_config('app.tenant_id', '', true);
select is(tests.outcome($$select finance.correct_journal(tests.entry('untouched'), '2026-03-11', 'why', pg_temp.right('neither'))$$), '42501',
  'nor anything without a tenant (42501)');

select * from finish();
rollback;
