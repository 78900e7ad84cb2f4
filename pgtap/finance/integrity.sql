-- Violations are planted by a superuser with every trigger and constraint out of the way, seen, and undone.
begin;
set local client_min_messages = warning;
select plan(49);

select tests.act_as('clerk', 'acme');
create temp table posted as
  select finance.post_journal(tests.company('acme'), date '2026-03-10', 'Invoice 7',
    array[tests.account('acme', '1000'), tests.account('acme', '1100'), tests.account('acme', '4000'), tests.account('acme', '4000')],
    array[500, 30, 0, 0], array[0, 0, 500, 30], array['USD', 'EUR', 'USD', 'EUR'], array['a', null, '', 'd'], 'INV-7', 'key 7') as id;
grant select on posted to public;
select tests.act_as_superuser();

-- What a view says about the entry above after a statement that nothing stood in the way of.
create function pg_temp.after(p_fault text, p_view text) returns text language sql as $$
  select lint.after(
    'alter table finance.journal_entries disable trigger all; alter table finance.journal_lines disable trigger all;
     alter table finance.audit_events disable trigger all;
     alter table finance.journal_lines drop constraint journal_lines_one_side_ck; ' || p_fault,
    format('select status || '': '' || detail from finance.%I where journal_entry_id = (select id from posted)', p_view))
$$;

select is(
  (select (tenant_id, entry_date, lines, status, detail)::text from finance.v_journal_integrity
    where journal_entry_id = (select id from posted)),
  format('(%s,2026-03-10,4,PASS,"Whole, balanced and recorded.")', tests.tenant('acme')), 'a posted entry proves whole, balanced and recorded');
select is(pg_temp.after(f.fault, 'v_journal_integrity'), 'FAIL: ' || f.detail, f.what || ' is found')
from (values
  ('an entry whose lines were removed', 'The entry has no lines.',
    'delete from finance.journal_lines where journal_entry_id = (select id from posted)'),
  ('an entry of which one line is left', 'The entry has one line.',
    'delete from finance.journal_lines where journal_entry_id = (select id from posted) and line_no > 1'),
  ('a removed last line', 'Debits and credits differ.',
    'delete from finance.journal_lines where journal_entry_id = (select id from posted) and line_no = 4'),
  ('a balanced pair of lines that was removed', 'Lines are missing.',
    'delete from finance.journal_lines where journal_entry_id = (select id from posted) and line_no in (1, 3)'),
  ('a changed amount', 'Debits and credits differ.',
    'update finance.journal_lines set debit_cents = 501 where journal_entry_id = (select id from posted) and line_no = 1'),
  ('a changed currency', 'Debits and credits differ.',
    'update finance.journal_lines set currency = ''JPY'' where journal_entry_id = (select id from posted) and line_no = 1'),
  ('an amount that moved to the other side', 'Debits and credits differ.',
    'update finance.journal_lines set debit_cents = 0, credit_cents = 500 where journal_entry_id = (select id from posted) and line_no = 1'),
  ('a line of both sides that balances in sum only', 'Debits and credits differ.',
    'update finance.journal_lines set debit_cents = 530, credit_cents = 30 where journal_entry_id = (select id from posted) and line_no = 1;
     update finance.journal_lines set credit_cents = 501 where journal_entry_id = (select id from posted) and line_no = 3'),
  ('a line that was added', 'Debits and credits differ.',
    'insert into finance.journal_lines select tenant_id, journal_entry_id, 5, account_id, currency, 1, 0 from finance.journal_lines
       where journal_entry_id = (select id from posted) and line_no = 1'),
  ('a renumbered line', 'Lines are missing.',
    'update finance.journal_lines set line_no = 9 where journal_entry_id = (select id from posted) and line_no = 2'),
  ('a removed event', 'The posting left no event.', 'delete from finance.audit_events where id = (select id from posted)'),
  ('an event of another kind', 'The posting left no event.',
    'update finance.audit_events set action = ''insert'' where id = (select id from posted)'),
  ('an event without its leaf', 'The posting left no event.',
    'update finance.audit_events set leaf_hash = null, leaf_version = null where id = (select id from posted)'),
  ('an event of another tenant', 'The posting left no event.',
    'update finance.audit_events set tenant_id = tests.tenant(''globex'') where id = (select id from posted)')
) as f (what, detail, fault);

select is(
  (select status from finance.v_journal_leaf_check where journal_entry_id = (select id from posted)), 'PASS', 'its content is as it was posted');
select is(left(pg_temp.after(f.fault, 'v_journal_leaf_check'), 4), 'FAIL', f.what || ' no longer matches the leaf')
from (values
  ('a balanced change of two amounts',
    'update finance.journal_lines set debit_cents = debit_cents * 2, credit_cents = credit_cents * 2
       where journal_entry_id = (select id from posted) and currency = ''USD'''),
  ('another account', 'update finance.journal_lines set account_id = tests.account(''acme'', ''3000'')
     where journal_entry_id = (select id from posted) and line_no = 3'),
  ('an edited memo', 'update finance.journal_lines set memo = ''b'' where journal_entry_id = (select id from posted) and line_no = 1'),
  ('a memo that was taken away', 'update finance.journal_lines set memo = null where journal_entry_id = (select id from posted) and line_no = 3'),
  ('two lines that changed places',
    'update finance.journal_lines set line_no = case line_no when 3 then 14 else 13 end where journal_entry_id = (select id from posted) and line_no > 2;
     update finance.journal_lines set line_no = line_no - 10 where line_no > 10'),
  ('an edited date', 'update finance.journal_entries set entry_date = date ''2026-03-11'' where id = (select id from posted)'),
  ('an edited description', 'update finance.journal_entries set description = ''Invoice 8'' where id = (select id from posted)'),
  ('an edited reference', 'update finance.journal_entries set reference = ''INV-8'' where id = (select id from posted)'),
  ('an edited key', 'update finance.journal_entries set idempotency_key = ''key 8'' where id = (select id from posted)'),
  ('another user', 'update finance.journal_entries set created_by = tests.person(''boss'') where id = (select id from posted)'),
  ('another time', 'update finance.journal_entries set posted_at = posted_at - interval ''1 microsecond'' where id = (select id from posted)'),
  ('a number that was given afterwards', 'update finance.journal_entries set entry_no = 1 where id = (select id from posted)'),
  ('a type that was changed', 'update finance.journal_entries set entry_type = ''opening'' where id = (select id from posted)'),
  ('a reversal that was claimed',
    'update finance.journal_entries set entry_type = ''reversal'', reverses_entry_id = tests.entry(''first of acme'') where id = (select id from posted)'),
  ('a base amount that was added',
    'update finance.journal_lines set base_debit_cents = 1, base_credit_cents = 0 where journal_entry_id = (select id from posted) and line_no = 1'),
  ('an entry whose lines were removed', 'delete from finance.journal_lines where journal_entry_id = (select id from posted)'),
  ('an edited leaf', 'update finance.audit_events set leaf_hash = sha256(''x'') where id = (select id from posted)')
) as f (what, fault);
select is(pg_temp.after('delete from finance.audit_events where id = (select id from posted)', 'v_journal_leaf_check'),
  'FAIL: The posting left no leaf.', 'a leaf that was removed is missed');

-- Per tenant, for the monitor.
select tests.act_as('monitor', null);
select results_eq('select tenant_id, entries, passed, failed, status from finance.v_journal_integrity_summary order by tenant_id',
  $$values (tests.tenant('acme'), 2::bigint, 2::bigint, 0::bigint, 'PASS'), (tests.tenant('globex'), 1, 1, 0, 'PASS')$$,
  'the monitor counts the entries of every tenant');
select throws_ok('select journal_entry_id from finance.v_journal_integrity', '42501', null, '… and reads none (42501)');
select tests.act_as_superuser();
select is(lint.after($$
    alter table finance.journal_lines disable trigger all;
    delete from finance.journal_lines where journal_entry_id = (select id from posted)
  $$, $$select string_agg(format('%s/%s/%s', passed, failed, status), ' ' order by tenant_id) from finance.journal_integrity_by_tenant()
    join finance.v_journal_integrity_summary using (tenant_id, entries, passed, failed)$$),
  '1/1/FAIL 1/0/PASS', 'a broken entry shows in its tenant''s count');
select is(lint.after($$
    alter table finance.journal_lines disable trigger all;
    delete from finance.journal_lines where journal_entry_id = (select id from posted)
  $$, $$select failed || ' ' || status from aibos.governance_summary() where check_name = 'Journal integrity'$$),
  '1 FAIL', '… and in the summary of all checks');

-- Keys and reversals are claimed for the entries that have them.
create temp table reversal as select null::uuid as id;
grant select, update on reversal to public;
select tests.act_as('clerk', 'acme');
update reversal set id = finance.reverse_journal((select id from posted), '2026-03-11', 'wrong');
select tests.act_as_superuser();
set constraints all immediate;
create function pg_temp.after_claim(p_fault text, p_entry text) returns text language sql as $$
  select lint.after('alter table finance.journal_keys disable trigger all; alter table finance.journal_reversals disable trigger all; ' || p_fault,
    format('select string_agg(status || '': '' || detail, '', '') from finance.v_journal_integrity where journal_entry_id = %s', p_entry))
$$;
select is(pg_temp.after_claim(f.fault, f.entry), 'FAIL: ' || f.detail, f.what || ' is found')
from (values
  ('a key that lost its claim', '(select id from posted)', 'Its key is not claimed for it.', 'delete from finance.journal_keys'),
  ('one that was claimed for another entry', '(select id from posted)', 'Its key is not claimed for it.',
    'update finance.journal_keys set journal_entry_id = tests.entry(''first of acme'')'),
  ('a reversal that lost its claim', '(select id from reversal)', 'What it reverses is not claimed for it.', 'delete from finance.journal_reversals'),
  ('one that was claimed for another entry', '(select id from reversal)', 'What it reverses is not claimed for it.',
    'update finance.journal_reversals set journal_entry_id = tests.entry(''first of acme'')'),
  ('a key that is claimed for nothing', 'tests.entry(''nothing'')', 'A key or a reversal is claimed for an entry that was never posted.',
    'insert into finance.journal_keys values (tests.tenant(''acme''), ''x'', tests.entry(''nothing''))'),
  ('a reversal that is claimed for nothing', 'tests.entry(''nothing'')', 'A key or a reversal is claimed for an entry that was never posted.',
    'insert into finance.journal_reversals values (tests.tenant(''acme''), tests.entry(''first of acme''), tests.entry(''nothing''))')
) as f (what, entry, detail, fault);

-- Each tenant proves its own.
select tests.act_as('auditor', 'globex');
select is((select array_agg(distinct tenant_id) from finance.v_journal_integrity), array[tests.tenant('globex')],
  'an auditor proves the entries of the tenant in context alone');
select is((select array_agg(distinct tenant_id) from finance.v_journal_leaf_check), array[tests.tenant('globex')], 'by their leaves too');
select tests.act_as('clerk', 'acme');
select is((select count(*) from finance.v_journal_integrity where status = 'PASS'), 3::bigint, 'a clerk may prove the books as well');
select throws_ok('select journal_entry_id from finance.v_journal_leaf_check', '42501', null, 'but not by their leaves (42501)');

-- A tenant without entries.
select tests.act_as_superuser();
select tests.enter('33333333-3333-4333-8333-333333333333');
select aibos.register_tenant('33333333-3333-4333-8333-333333333333', 'empty');
set local role aibos_auditor_role;
select is_empty('select journal_entry_id from finance.v_journal_integrity', 'a tenant without entries has nothing to prove');

select * from finish();
rollback;
