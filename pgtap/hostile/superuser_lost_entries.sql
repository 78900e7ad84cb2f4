-- A posted entry that is gone as a whole, and lines whose entry is gone.
begin;
select plan(7);
create function pg_temp.failed() returns text language sql stable as $$
  select string_agg(s.tenant_id || ' ' || s.failed, ', ') from finance.journal_integrity_by_tenant() s where s.failed > 0
$$;
select is(pg_temp.failed(), null, 'nothing fails before');
select isnt(lint.after($$
  alter table finance.journal_entries disable trigger all;
  alter table finance.journal_lines disable trigger all;
  delete from finance.journal_lines where journal_entry_id = tests.entry('first of acme');
  delete from finance.journal_entries where id = tests.entry('first of acme');
$$, 'select pg_temp.failed()'), 'nothing', 'a posted entry that was removed with its lines is missed: its event is still there');
-- The key between lines and entries is the parts' own, and is not disabled along with the whole.
select is(lint.attempt($$
  alter table finance.journal_entries disable trigger all;
  alter table finance.journal_lines disable trigger all;
  delete from finance.journal_entries where id = tests.entry('first of acme');
$$), '23503', 'an entry does not go before its lines, though all triggers of the whole sleep (23503)');
select isnt(lint.after($$
  alter table finance.journal_entries disable trigger all;
  alter table finance.journal_entries_part_1 disable trigger all;
  delete from finance.journal_entries where id = tests.entry('first of acme');
  alter table finance.audit_events disable trigger all;
  delete from finance.audit_events where id = tests.entry('first of acme');
$$, 'select pg_temp.failed()'), 'nothing', 'lines whose entry was removed are found');
select isnt(lint.after($$
  alter table finance.journal_lines_part_1 disable trigger all;
  alter table finance.journal_entries_part_1 disable trigger all;
  delete from finance.journal_lines_part_1 where journal_entry_id = tests.entry('first of acme');
  delete from finance.journal_entries_part_1 where id = tests.entry('first of acme');
$$, 'select pg_temp.failed()'), 'nothing', 'so is an entry that was removed from its part');
select isnt(lint.after($$
  alter table finance.journal_entries detach partition finance.journal_entries_part_1;
  alter table finance.journal_lines detach partition finance.journal_lines_part_1;
$$, 'select pg_temp.failed()'), 'nothing', 'and so are all entries of a part that was taken out of the ledger without being archived');
select isnt(lint.after($$
  alter table finance.journal_entries disable trigger all;
  update finance.journal_entries set period_id = (select id from finance.fiscal_periods where tenant_id = tests.tenant('acme') and name = '2026-05')
  where id = tests.entry('first of acme');
$$, $$select string_agg(s, ',') from (select 'integrity ' || status from finance.v_journal_integrity where status <> 'PASS'
  union all select 'leaf ' || status from finance.v_journal_leaf_check where status <> 'PASS') v (s)$$), 'nothing',
  'an entry that was moved to a period that does not hold its date is found');
select * from finish();
rollback;
