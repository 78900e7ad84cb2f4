begin;
select plan(37);

select tests.act_as('clerk', 'acme');

select lives_ok($$
  select tests.insert_header('acme', 'born');
  select tests.insert_lines('acme', 'born', 500, -500);
$$, 'a header and its lines by direct SQL are a posted entry');
select is(
  (select p.name from finance.journal_entries e
    join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id where e.id = tests.entry('born')),
  '2026-03', 'the database finds the period from the date');
select is(
  (select (entry_type, entry_no, posted_at, created_by, created_xid)::text
    from finance.journal_entries where id = tests.entry('born')),
  ('standard'::text, null::bigint, now(), tests.person('clerk'), pg_current_xact_id())::text,
  'type, number, time, user and transaction are the database''s');

select throws_ok(
  format('insert into finance.journal_entries (tenant_id, company_id, entry_date, description, %s) values (%L, %L, %L, %L, %s)',
    c.name, tests.tenant('acme'), tests.company('acme'), '2026-03-10', 'forged', c.value),
  '42501', null, format('a client cannot name %s (42501)', c.name))
from (values
  ('period_id', 'gen_random_uuid()'),
  ('entry_type', quote_literal('opening')),
  ('entry_no', '1'),
  ('posted_at', quote_literal('2020-01-01')),
  ('created_by', 'gen_random_uuid()'),
  ('created_xid', quote_literal('3'))
) as c (name, value);
-- What is claimed with an entry is the database's as well: which key and what it was asked for, and what the entry reverses.
select throws_ok(format('insert into finance.%s (tenant_id, %s) values (%L, %s)', t.name, t.columns, tests.tenant('acme'), t.row_values),
  '42501', null, format('nor write finance.%s (42501)', t.name))
from (values
  ('journal_keys', 'idempotency_key, journal_entry_id, payload_hash', format('''mine'', %L, sha256(''x'')', tests.entry('born'))),
  ('journal_reversals', 'reverses_entry_id, journal_entry_id', format('%L, %L', tests.entry('first of acme'), tests.entry('born')))
) as t (name, columns, row_values);

-- The id says when: in the last 31 days, or ahead by less than five minutes, as the clock of a client may be.
create function pg_temp.entry_of(p_id uuid) returns text language sql
return tests.outcome(format($$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description) values (%1$L, %2$L, %3$L, date '2026-03-10', 'dated by its id');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values (%1$L, %2$L, 1, %4$L, 'USD', 5, 0), (%1$L, %2$L, 2, %5$L, 'USD', 0, 5)
$$, tests.tenant('acme'), p_id, tests.company('acme'), tests.account('acme', '1000'), tests.account('acme', '4000')));
create function pg_temp.id_of(p_ahead interval) returns uuid language sql
return aibos.uuid_v7_from(clock_timestamp() + p_ahead);
select is(pg_temp.entry_of(i.id), i.code, format('an entry with an id of %s: %s', i.what, i.code))
from (values
  ('the beginning of time', '00000000-0000-0000-0000-000000000000'::uuid, 'IB210'),
  ('years ago', pg_temp.id_of('-3 years'), 'IB210'),
  ('32 days ago', pg_temp.id_of('-32 days'), 'IB210'),
  ('30 days ago', pg_temp.id_of('-30 days'), 'accepted'),
  ('now', pg_temp.id_of('0'), 'accepted'),
  ('four minutes from now', pg_temp.id_of('4 minutes'), 'accepted'),
  ('six minutes from now', pg_temp.id_of('6 minutes'), 'IB210'),
  ('a year from now', pg_temp.id_of('1 year'), 'IB210'),
  ('the end of time', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'IB210'),
  -- A random one, whose first digits are a time of their own: of the year 6451.
  ('version 4', '80d3b2a1-3f5e-4b7c-9d0e-1f2a3b4c5d6e', 'IB210')
) as i (what, id, code);
create function pg_temp.refusal_of_tomorrow() returns text language plpgsql as $$
declare
  name text;
  detail text;
begin
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
  values (tests.tenant('acme'), pg_temp.id_of('1 day'), tests.company('acme'), date '2026-03-10', 'tomorrow');
  return 'accepted';
exception when others then
  get stacked diagnostics name = constraint_name, detail = pg_exception_detail;
  return concat_ws(' | ', sqlstate, name, detail);
end $$;
select is(pg_temp.refusal_of_tomorrow(),
  'IB210 | journal_entry_well_formed | id: it must be a UUID version 7 of the last 31 days, as aibos.uuid_v7() makes them.',
  'the refusal says what the id must be');

select tests.act_as_superuser();
select is(array[pg_temp.entry_of(pg_temp.id_of('6 minutes')), pg_temp.entry_of(pg_temp.id_of('-32 days'))], array['IB210', 'IB210'],
  'nor does whoever may name every column post an entry of another time (IB210)');
set local session_replication_role = replica;
select is(array[pg_temp.entry_of(pg_temp.id_of('6 minutes')), pg_temp.entry_of(pg_temp.id_of('-32 days'))], array['IB210', 'IB210'],
  'nor who claims to be a replica (IB210)');
set local session_replication_role = origin;
select lives_ok($$
  insert into finance.journal_entries (tenant_id, id, company_id, period_id, entry_no, entry_date, entry_type, description,
    posted_at, created_by, created_xid)
  values (tests.tenant('acme'), tests.entry('forged'), tests.company('acme'), gen_random_uuid(), 7, date '2026-03-10', 'opening',
    'forged', timestamptz '2020-01-01', tests.person('somebody else'), '3');
  select tests.insert_lines('acme', 'forged', 500, -500);
$$, 'whoever may name every column may send anything');
select is(
  (select (e.entry_type, e.entry_no, e.posted_at, e.created_by, e.created_xid, p.name)::text
    from finance.journal_entries e
    left join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id where e.id = tests.entry('forged')),
  ('standard'::text, null::bigint, now(), tests.person('clerk'), pg_current_xact_id(), '2026-03'::text)::text,
  'and every forged value is stamped over');

select tests.act_as('clerk', 'acme');
select throws_ok($$select tests.insert_header('acme', 'in January', date '2026-01-31')$$,
  'IB802', null, 'a header dated in a closed period is refused (IB802)');
select throws_ok($$select tests.insert_header('acme', 'in 2031', date '2031-01-01')$$,
  'IB801', null, 'a header dated in no period is refused (IB801)');
select throws_ok($$
  insert into finance.journal_entries (tenant_id, company_id, entry_date, description)
  values (tests.tenant('acme'), tests.company('acme'), null, 'dateless')
$$, 'IB801', null, 'a header without a date is refused (IB801)');
select throws_ok($$
  insert into finance.journal_entries (tenant_id, company_id, entry_date, description)
  values (tests.tenant('acme'), tests.company('acme'), 'infinity', 'at the end of time')
$$, '23514', null, 'a header dated infinity is refused (23514)');
select throws_ok($$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, reverses_entry_id)
  values (tests.tenant('acme'), tests.entry('own'), tests.company('acme'), date '2026-03-10', 'own', tests.entry('own'))
$$, 'IB208', null, 'an entry cannot reverse itself (IB208)');
select throws_ok(
  format('insert into finance.journal_entries (tenant_id, company_id, entry_date, description) values (%L, %L, %L, %L)',
    tests.tenant('acme'), tests.company('acme'), '2026-03-10', d.description),
  '23514', null, format('a description %s is refused (23514)', d.what))
from (values ('  ', 'of blanks'), (repeat('x', 2001), 'of 2001 characters')) as d (description, what);

select tests.set_context(null, 'acme');
select throws_ok($$select tests.insert_header('acme', 'by nobody')$$,
  'IB104', null, 'a header without a user in context is refused (IB104)');
select tests.set_context('clerk', null);
select throws_ok($$select tests.insert_header('acme', 'of nobody')$$,
  '42501', 'tenant_id required', 'a header without a tenant in context is refused (42501)');
select throws_ok($$
  insert into finance.journal_entries (tenant_id, company_id, entry_date, description)
  select tests.tenant('acme'), tests.company('acme'), date '2026-03-10', 'none' where false
$$, '42501', 'tenant_id required', 'even a statement that inserts no header needs a tenant (42501)');
select tests.enter('33333333-3333-4333-8333-333333333333');
select throws_ok($$
  insert into finance.journal_entries (tenant_id, company_id, entry_date, description)
  values ('33333333-3333-4333-8333-333333333333', tests.company('acme'), date '2026-03-10', 'unknown')
$$, 'IB101', null, 'a header of an unknown tenant is refused (IB101)');

select * from finish();
rollback;
