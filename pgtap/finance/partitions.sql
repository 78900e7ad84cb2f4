begin;
set local client_min_messages = error;
select plan(104);

-- An entry by direct SQL, in the tables given; a positive amount in cents debits cash, a negative one credits sales.
create function pg_temp.post(p_table text, p_lines_table text, p_amounts bigint[], p_tenant text default 'acme',
  p_id uuid default aibos.uuid_v7(), p_key text default null) returns uuid language plpgsql as $$
begin
  execute format('insert into %s (tenant_id, id, company_id, entry_date, description, idempotency_key) values ($1, $2, $3, %L, %L, $4)',
    p_table, '2026-03-10', 'by hand') using tests.tenant(p_tenant), p_id, tests.company(p_tenant), p_key;
  execute format('insert into %s (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
    select $1, $2, a.n, tests.account($3, case when a.amount >= 0 then ''1000'' else ''4000'' end), ''USD'', greatest(a.amount, 0), greatest(-a.amount, 0)
    from unnest($4) with ordinality as a (amount, n)', p_lines_table) using tests.tenant(p_tenant), p_id, p_tenant, p_amounts;
  return p_id;
end $$;

-- One part, and then another.

select results_eq('select part_no, begins_at, ends_before, entries_table, lines_table from finance.v_journal_parts',
  $$values (1, null::timestamptz, null::timestamptz, 'finance.journal_entries_part_1', 'finance.journal_lines_part_1')$$,
  'a fresh ledger is one part without an end');
select tests.act_as('clerk', 'acme');
select lives_ok($$select pg_temp.post('finance.journal_entries', 'finance.journal_lines', '{7,-7}', 'acme', tests.entry('keyed'), 'first part')$$,
  'an entry is posted under a key');
select tests.act_as_superuser();
select is(tests.end_part(), 2, 'the first part ends, the second begins');
select is(tests.failures(), null, 'every check passes: the parts belong to the installation from now on');
select results_eq('select part_no, begins_at is null, ends_before is null, lead(begins_at) over (order by part_no) = ends_before from finance.v_journal_parts order by 1',
  $$values (1, true, false, true), (2, false, true, null)$$, 'the second begins where the first ends');

create temp table made (what text, id uuid);
grant select, insert on made to public;
select tests.act_as('clerk', 'acme');
insert into made select 'function', finance.post_journal(tests.company('acme'), '2026-03-10', 'by function',
  array[tests.account('acme', '1000'), tests.account('acme', '4000')], '{5,0}', '{0,5}', '{USD,USD}');
insert into made select 'array', entry_id from finance.post_journals(jsonb_build_array(jsonb_build_object('company_id', tests.company('acme'),
  'entry_date', '2026-03-10', 'description', 'by array', 'lines', jsonb_build_array(
    jsonb_build_object('account_id', tests.account('acme', '1000'), 'currency', 'USD', 'debit_cents', 5, 'credit_cents', 0),
    jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'debit_cents', 0, 'credit_cents', 5)))));
insert into made select 'reversal', finance.reverse_journal(tests.entry('first of acme'), '2026-03-10', 'of one in the first part');
insert into made select 'direct', pg_temp.post('finance.journal_entries', 'finance.journal_lines', '{5,-5}');
insert into made select 'direct, made a week ago', pg_temp.post('finance.journal_entries', 'finance.journal_lines', '{5,-5}', 'acme',
  aibos.uuid_v7_from(now() - interval '7 days'));
select tests.act_as_superuser();
select results_eq($$
  select m.what, e.tableoid::regclass::text, (select min(l.tableoid::regclass::text) from finance.journal_lines l where l.journal_entry_id = e.id)
  from made m join finance.journal_entries e using (id) order by 1
$$, $$values ('array', 'finance.journal_entries_part_2', 'finance.journal_lines_part_2'),
  ('direct', 'finance.journal_entries_part_2', 'finance.journal_lines_part_2'),
  ('direct, made a week ago', 'finance.journal_entries_part_1', 'finance.journal_lines_part_1'),
  ('function', 'finance.journal_entries_part_2', 'finance.journal_lines_part_2'),
  ('reversal', 'finance.journal_entries_part_2', 'finance.journal_lines_part_2')$$,
  'an entry and its lines go to the part of the time that begins its id, in whatever way it is posted');
select is((select string_agg(distinct status, ',') from finance.v_journal_integrity), 'PASS', 'all of them prove whole');
select is((select string_agg(distinct status, ',') from finance.v_journal_leaf_check), 'PASS', 'and are what was posted');

select tests.act_as('clerk', 'acme');
select throws_ok(format('select pg_temp.post(%L, %L, %L, p_id => %L)', 'finance.journal_entries', 'finance.journal_lines', '{5,-5}', i.id),
  'IB210', null, format('no entry takes an id of %s (IB210)', i.what))
from (values ('ffffffff-ffff-7fff-8fff-ffffffffffff'::uuid, 'the end of time'), (aibos.uuid_v7_from(now() + interval '6 minutes'), 'a time to come'),
  (aibos.uuid_v7_from(now() - interval '32 days'), 'a time long ago'), ('00000000-0000-4000-8000-000000000001', 'the beginning of time')) as i (id, what);

-- What is unique is so over all parts.

select is(finance.post_journal(tests.company('acme'), '2026-03-10', 'x', array[tests.account('acme', '1000'), tests.account('acme', '4000')],
    '{5,0}', '{0,5}', '{USD,USD}', p_idempotency_key => 'second part'),
  finance.post_journal(tests.company('acme'), '2026-03-10', 'x', array[tests.account('acme', '1000'), tests.account('acme', '4000')],
    '{5,0}', '{0,5}', '{USD,USD}', p_idempotency_key => 'second part'), 'a key is answered with its entry');
select throws_ok($$select finance.post_journal(tests.company('acme'), '2026-03-10', 'x', array[tests.account('acme', '1000'), tests.account('acme', '4000')],
  '{5,0}', '{0,5}', '{USD,USD}', p_idempotency_key => 'first part')$$, 'IB207', null, 'a key of the first part books nothing in the second (IB207)');
select throws_like(format('select pg_temp.post(%L, %L, %L, p_key => %L)', 'finance.journal_entries', 'finance.journal_lines', '{5,-5}', k.key),
  '%journal_keys_tenant_id_idempotency_key_pk%', format('nor does direct SQL with the key of the %s (23505)', k.key))
from (values ('first part'), ('second part')) as k (key);
select throws_ok($$select finance.reverse_journal(tests.entry('first of acme'), '2026-03-11', 'again')$$, '23505', null,
  'an entry of the first part that was reversed in the second is not reversed again (23505)');
select tests.act_as('clerk', 'globex');
select lives_ok($$select pg_temp.post('finance.journal_entries', 'finance.journal_lines', '{5,-5}', 'globex', p_key => 'first part')$$,
  'the keys of another tenant are its own');
select is((select count(*) from finance.journal_keys), 1::bigint, 'and nobody else sees them');

-- A part that is named directly.

create temp table parts (n integer, entries text, lines text, id uuid);
insert into parts values (1, 'finance.journal_entries_part_1', 'finance.journal_lines_part_1', aibos.uuid_v7_from(now() - interval '2 days')),
  (2, 'finance.journal_entries_part_2', 'finance.journal_lines_part_2', null);
grant select on parts to public;
select tests.act_as('clerk', 'acme');
select throws_ok('select from ' || t.name, '42501', null, t.name || ' is granted to nobody (42501)')
from parts, unnest(array[entries, lines]) as t (name);
select tests.act_as_superuser();
grant all on finance.journal_entries_part_1, finance.journal_lines_part_1, finance.journal_entries_part_2, finance.journal_lines_part_2
  to aibos_finance_role;
select matches(tests.failures(), t.name, 'a grant on ' || t.name || ' is seen') from parts, unnest(array[entries, lines]) as t (name);

select tests.act_as('clerk', 'acme');
create function pg_temp.tenants_in(p_table text) returns text language plpgsql as $$
declare
  found text;
begin
  execute format('select string_agg(distinct tenant_id::text, '','') from %s', p_table) into found;
  return found;
end $$;
select is(pg_temp.tenants_in(t.name), tests.tenant('acme')::text, format('H1 %s shows the rows of one tenant', t.name))
from parts, unnest(array[entries, lines]) as t (name);
select throws_ok(format('select pg_temp.post(%L, %L, %L, %L, %L)', entries, lines, '{5,-5}', 'globex', coalesce(id, aibos.uuid_v7())), '42501', null,
  format('H1 part %s takes no entry of another tenant (42501)', n)) from parts;
select throws_ok(format('select pg_temp.post(%L, %L, %L, p_id => %L)', entries, lines, '{5,-4}', coalesce(id, aibos.uuid_v7())), 'IB201', null,
  format('H1 nor does part %s one that does not balance (IB201)', n)) from parts;
select throws_ok(format('select pg_temp.post(%L, %L, %L, p_id => %L)', entries, lines, '{5}', coalesce(id, aibos.uuid_v7())), 'IB202', null,
  format('H1 nor one of a single line (IB202), part %s', n)) from parts;
select throws_ok(format('select pg_temp.post(%L, %L, %L, p_id => %L); set constraints all immediate', entries, lines, '{}', coalesce(id, aibos.uuid_v7())),
  'IB202', null, format('H1 nor one without lines (IB202), part %s', n)) from parts;
select throws_ok(format($$insert into %s (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), m.id, 3, tests.account('acme', '1000'), 'USD', 5, 0 from made m where m.what = %L$$, lines,
  case n when 1 then 'direct, made a week ago' else 'direct' end), 'IB204', null, format('H1 nor one more line of one that is posted (IB204), part %s', n)) from parts;
select throws_ok(format($$insert into %s (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), m.id, 3, tests.account('acme', '1000'), 'USD', 5, 0 from made m where m.what = %L$$, lines,
  case n when 2 then 'direct, made a week ago' else 'direct' end), '23514', null, format('H1 nor one of an entry of the other part (23514), part %s', n)) from parts;
select throws_ok(format($$insert into %s (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values (tests.tenant('acme'), %L, 1, tests.account('acme', '1000'), 'USD', 5, 0)$$, lines, coalesce(id, aibos.uuid_v7())), '23503', null,
  format('H1 nor lines without an entry (23503), part %s', n)) from parts;
select throws_ok(format('update %s set tenant_id = tenant_id', t.name), 'IB301', null, format('H1 %s does not change (IB301)', t.name))
from parts, unnest(array[entries, lines]) as t (name);
select throws_ok('delete from ' || t.name, 'IB301', null, format('H1 nothing is deleted from %s (IB301)', t.name))
from parts, unnest(array[entries, lines]) as t (name);
select tests.set_context('clerk', null);
select throws_ok('select from ' || t.name, '42501', null, format('H1 %s shows nothing without a tenant (42501)', t.name))
from parts, unnest(array[entries, lines]) as t (name);
select tests.act_as('clerk', 'acme');
create temp table direct as select n, pg_temp.post(entries, lines, '{9,-9}', 'acme', coalesce(id, aibos.uuid_v7()), 'direct ' || n) as id from parts;
select is((select count(*) from finance.audit_events a join direct d using (id) where a.action = 'journal.posted' and a.leaf_hash is not null), 2::bigint,
  'an entry that goes straight into a part leaves its event');
select is((select count(*) from finance.journal_keys k join direct d on d.id = k.journal_entry_id), 2::bigint, 'and claims its key');
select tests.act_as_superuser();
set constraints all immediate;
select is((select string_agg(distinct status, ',') from finance.v_journal_leaf_check), 'PASS', 'and is what its leaf says');
select throws_ok(format('update %s set tenant_id = tenant_id', t.name), 'IB301', null, format('not even a superuser changes %s (IB301)', t.name))
from parts, unnest(array[entries, lines]) as t (name);
select throws_ok('truncate ' || t.name || ' cascade', 'IB301', null, format('nor truncates %s (IB301)', t.name))
from parts, unnest(array[entries, lines]) as t (name);
revoke all on finance.journal_entries_part_1, finance.journal_lines_part_1, finance.journal_entries_part_2, finance.journal_lines_part_2
  from aibos_finance_role;
select is(tests.failures(), null, 'without the grants every check passes again');

-- Parts for a coming time.

select tests.act_as('migrator');
select throws_ok(format('select finance.open_journal_part(%s)', t.at), 'IB240', null, format('no part begins at %s (IB240)', t.what))
from (values ('null', 'no time'), ('now()', 'this moment'), ('now() - interval ''1 year''', 'a time that is over'),
  ('now() + interval ''59 minutes''', 'a time that entries under way may reach'), ('''infinity''', 'the end of time'),
  ('''-infinity''', 'the beginning of time')) as t (at, what);
select throws_ok('select finance.open_journal_part(timestamptz ''2190-01-01 00:00:00.123Z'')', 'IB240', null, 'nor where none is prepared (IB240)');
select is(finance.prepare_journal_part(), 3, 'the next one is prepared');
select is(finance.prepare_journal_part(), 3, 'as often as one likes');
select tests.act_as_superuser();
select is(tests.failures(), null, 'it is guarded while it waits');
select is(tests.refusal($$select finance.open_journal_part(now() + interval '59 minutes')$$), 'IB240: Entries may be on their way that would belong to it.',
  'a prepared part does not begin at a time that entries under way may reach either (IB240)');
select tests.act_as('clerk', 'acme');
select throws_ok('select from finance.journal_entries_part_3', '42501', null, 'nobody can name it (42501)');
select tests.act_as('migrator');
select is(finance.open_journal_part(timestamptz '2190-01-01 00:00:00.123Z'), 3, 'a part for a coming time is opened by whoever migrates');
select is(finance.prepare_journal_part(), 4, 'another is prepared');
select is(finance.open_journal_part(timestamptz '2191-01-01 00:00:00Z'), 4, 'and one after it');
select throws_ok(format('select finance.open_journal_part(%L)', t.at), 'IB240', null, format('none begins at %s, where the last one does or before (IB240)', t.at))
from (values ('2191-01-01 00:00:00Z'), ('2190-06-01 00:00:00Z')) as t (at);
select results_eq('select part_no, begins_at, ends_before from finance.v_journal_parts where part_no > 2 order by part_no', $$values
  (3, timestamptz '2190-01-01 00:00:00.123Z', timestamptz '2191-01-01 00:00:00Z'), (4, timestamptz '2191-01-01 00:00:00Z', null)$$,
  'each begins where the one before ends, to the millisecond');
select tests.act_as('clerk', 'acme');
select throws_ok('select finance.open_journal_part(now() + interval ''300 years'')', '42501', null, 'an application opens none (42501)');
select tests.act_as('admin', 'acme');
select throws_ok(f.call, '42501', null, format('nor does an administrator of a tenant: %s (42501)', f.call))
from (values ('select finance.open_journal_part(now() + interval ''300 years'')'), ('select finance._open_part(aibos.uuid_v7())'),
  ('select finance.prepare_journal_part()'), ('call finance._guard_part(1)'), ('call finance._record_part(1)'), ('alter table finance.journal_entries detach partition finance.journal_entries_part_1')) as f (call);
select tests.act_as_superuser();
select is(tests.failures(), null, 'every check passes with them');

-- What is missing from a part is seen.

select is(lint.after(f.fault, 'select tests.failures()'), f.seen, f.what)
from (values
  ('drop trigger journal_entry_balanced on finance.journal_lines_part_3',
    'installation: trigger journal_entry_balanced on finance.journal_lines_part_3, part_guard: journal_entry_balanced on finance.journal_lines_part_3',
    'a guard that a part lost'),
  ('alter table finance.journal_lines_part_2 disable trigger t90_record_posting',
    'installation: trigger t90_record_posting on finance.journal_lines_part_2, part_guard: t90_record_posting on finance.journal_lines_part_2',
    'one that sleeps'),
  ('alter table finance.journal_entries_part_2 disable trigger t30_stamp_entry',
    'installation: trigger t30_stamp_entry on finance.journal_entries_part_2, part_guard: t30_stamp_entry on finance.journal_entries_part_2',
    'a cloned one that sleeps'),
  ('alter table finance.journal_lines_part_2 drop constraint journal_lines_part_2_journal_entry_id_fk',
    'installation: constraint journal_lines_part_2_journal_entry_id_fk on finance.journal_lines_part_2, part_key: journal_entry_id on finance.journal_lines_part_2',
    'lines that need no entry any more'),
  ('alter table finance.journal_lines_part_4 disable row level security',
    'installation: table finance.journal_lines_part_4, row_security_forced: finance.journal_lines_part_4',
    'a part without row security')) as f (fault, seen, what);
select is(lint.after('drop table finance.journal_lines_part_4, finance.journal_entries_part_4',
  $$select string_agg(object || ': ' || detail, ', ' order by object) from finance.v_double_entry_check where check_name = 'part_open' and status = 'FAIL'$$),
  'finance.journal_entries: No part takes new entries., finance.journal_lines: No part takes new entries.', 'a ledger whose last part is gone is seen');
select is(lint.after('create or replace trigger journal_entry_balanced after insert on finance.journal_lines_part_3 referencing new table as new_lines '
    'for each statement execute function finance.assert_lines_balanced(); alter table finance.journal_lines_part_3 enable always trigger journal_entry_balanced',
  $$select detail from finance.v_double_entry_check where check_name = 'part_guard' and status = 'FAIL'$$),
  'It is not the trigger of the whole.', 'a guard of a part with another condition is seen');
select tests.act_as('monitor');
select is((select count(begins_at) from finance.v_journal_parts), 3::bigint, 'the monitor sees the parts');
select tests.act_as_superuser();
select matches(lint.after('drop table finance.journal_lines_part_4', 'select tests.failures()'), 'part_lines: finance.journal_lines_part_4',
  'a part of the lines that is gone is seen');

select * from finish();
rollback;
