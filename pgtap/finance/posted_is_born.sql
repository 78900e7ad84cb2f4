begin;
select plan(23);

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
  (select (entry_type, entry_no, payload_hash, posted_at, created_by, created_xid)::text
    from finance.journal_entries where id = tests.entry('born')),
  ('standard'::text, null::bigint, null::bytea, now(), tests.person('clerk'), pg_current_xact_id())::text,
  'type, number, time, user and transaction are the database''s');

select throws_ok(
  format('insert into finance.journal_entries (tenant_id, company_id, entry_date, description, %s) values (%L, %L, %L, %L, %s)',
    c.name, tests.tenant('acme'), tests.company('acme'), '2026-03-10', 'forged', c.value),
  '42501', null, format('a client cannot name %s (42501)', c.name))
from (values
  ('period_id', 'gen_random_uuid()'),
  ('entry_type', quote_literal('opening')),
  ('entry_no', '1'),
  ('payload_hash', quote_literal('\x00')),
  ('posted_at', quote_literal('2020-01-01')),
  ('created_by', 'gen_random_uuid()'),
  ('created_xid', quote_literal('3'))
) as c (name, value);

select tests.act_as_superuser();
select lives_ok($$
  insert into finance.journal_entries (tenant_id, id, company_id, period_id, entry_no, entry_date, entry_type, description,
    payload_hash, posted_at, created_by, created_xid)
  values (tests.tenant('acme'), tests.entry('forged'), tests.company('acme'), gen_random_uuid(), 7, date '2026-03-10', 'opening',
    'forged', '\x00', timestamptz '2020-01-01', tests.person('somebody else'), '3');
  select tests.insert_lines('acme', 'forged', 500, -500);
$$, 'whoever may name every column may send anything');
select is(
  (select (e.entry_type, e.entry_no, e.payload_hash, e.posted_at, e.created_by, e.created_xid, p.name)::text
    from finance.journal_entries e
    left join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id where e.id = tests.entry('forged')),
  ('standard'::text, null::bigint, null::bytea, now(), tests.person('clerk'), pg_current_xact_id(), '2026-03'::text)::text,
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
select set_config('app.tenant_id', '33333333-3333-4333-8333-333333333333', true);
select throws_ok($$
  insert into finance.journal_entries (tenant_id, company_id, entry_date, description)
  values ('33333333-3333-4333-8333-333333333333', tests.company('acme'), date '2026-03-10', 'unknown')
$$, 'IB101', null, 'a header of an unknown tenant is refused (IB101)');

select * from finish();
rollback;
