-- A superuser, while the triggers stand: also one who claims to be a replica, for whom ordinary triggers and foreign keys sleep.
begin;
set local client_min_messages = error;
select plan(92);

select tests.set_context('root', 'acme');

-- What becomes of a statement of a superuser, which is undone: its code, or accepted.
create function pg_temp.outcome(p_mode text, p_sql text) returns text language plpgsql as $$
begin
  perform set_config('session_replication_role', p_mode, true);
  execute p_sql;
  set constraints all immediate;
  raise exception using errcode = 'UNDO1', message = 'accepted';
exception
  when sqlstate 'UNDO1' then
    return sqlerrm;
  when others then
    return sqlstate;
end $$;
create function pg_temp.lines(p_entry text, p_rows text) returns text language sql
return format($$
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry(%L), v.no, tests.account('acme', v.account), 'USD', v.debit, v.credit
  from (values %s) as v (no, account, debit, credit)
$$, p_entry, p_rows);
create function pg_temp.reverse(p_entry text) returns void language plpgsql as $$
begin
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, reverses_entry_id)
  values (tests.tenant('acme'), tests.entry(p_entry), tests.company('acme'), date '2026-03-10', 'x', tests.entry('first of acme'));
  execute pg_temp.lines(p_entry, $lines$(1, '1000', 0, 10000), (2, '4000', 10000, 0)$lines$);
end $$;
create function pg_temp.keyed(p_entry text) returns void language plpgsql as $$
begin
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, idempotency_key)
  values (tests.tenant('acme'), tests.entry(p_entry), tests.company('acme'), date '2026-03-10', 'x', 'key');
  perform tests.insert_lines('acme', p_entry, 5, -5);
end $$;
create temp table modes (mode text, who text);
insert into modes values ('origin', 'a superuser'), ('replica', 'a superuser in replica mode');

select is(pg_temp.outcome(m.mode, a.sql), a.code, format('%s %s %s (%s)', a.id, m.who, a.what, a.code))
from (values
  ('K16', 'updates no posted line', 'IB301', 'update finance.journal_lines set debit_cents = 1'),
  ('K16', 'deletes none', 'IB301', 'delete from finance.journal_lines'),
  ('K22', 'updates no posted header', 'IB301', 'update finance.journal_entries set entry_date = date ''2026-03-01'''),
  ('K22', 'deletes none', 'IB301', 'delete from finance.journal_entries'),
  ('K23', 'truncates no lines', 'IB301', 'truncate finance.journal_lines'),
  ('K23', 'truncates no headers', 'IB301', 'truncate finance.journal_entries cascade'),
  ('K23', 'truncates no companies and all that hangs on them', 'IB302', 'truncate finance.companies cascade'),
  ('N2', 'deletes no event', 'IB301', 'delete from finance.audit_events'),
  ('N2', 'truncates no log, which others refer to', '0A000', 'truncate finance.audit_events'),
  ('N2', 'truncates none with all that refers to it', 'IB301', 'truncate finance.audit_events cascade'),
  ('K16', 'updates no line in its part', 'IB301', 'update finance.journal_lines_part_1 set debit_cents = 1'),
  ('K16', 'deletes none', 'IB301', 'delete from finance.journal_lines_part_1'),
  ('K22', 'updates no header in its part', 'IB301', 'update finance.journal_entries_part_1 set entry_date = date ''2026-03-01'''),
  ('K22', 'deletes none', 'IB301', 'delete from finance.journal_entries_part_1'),
  ('K23', 'truncates no part of the lines', 'IB301', 'truncate finance.journal_lines_part_1'),
  ('K23', 'truncates no part of the headers', 'IB301', 'truncate finance.journal_entries_part_1 cascade'),
  ('K22', 'gives no claimed key to another entry', 'IB301', 'update finance.journal_keys set journal_entry_id = aibos.uuid_v7()'),
  ('K22', 'frees none', 'IB301', 'delete from finance.journal_keys'),
  ('K22', 'frees not all', 'IB301', 'truncate finance.journal_keys'),
  ('K22', 'makes no reversed entry another', 'IB301', 'update finance.journal_reversals set reverses_entry_id = aibos.uuid_v7()'),
  ('K22', 'makes none reversible again', 'IB301', 'delete from finance.journal_reversals'),
  ('K22', 'makes not all reversible again', 'IB301', 'truncate finance.journal_reversals'),
  ('K19', 'moves no line to another tenant', 'IB301', 'update finance.journal_lines set tenant_id = tests.tenant(''globex'')'),
  ('F2', 'moves no account to another tenant', 'IB103', 'update finance.accounts set tenant_id = tests.tenant(''globex'') where tenant_id = tests.tenant(''acme'')'),
  ('K34', 'changes the currency of no account', 'IB212', 'update finance.accounts set currency = ''JPY'''),
  ('K34', 'moves no period', 'IB212', 'update finance.fiscal_periods set ends_on = ends_on - 1')
) as a (id, what, code, sql)
cross join modes m;

select is(pg_temp.outcome(m.mode, a.sql), a.code, format('%s %s stores no %s (%s)', a.id, m.who, a.what, a.code))
from (values
  ('K2', 'entry of one line', 'IB202', $$select tests.insert_header('acme', 'x'), tests.insert_lines('acme', 'x', 5)$$),
  ('K1', 'entry without lines', 'IB202', $$select tests.insert_header('acme', 'x')$$),
  ('K13', 'entry that does not balance', 'IB201', $$select tests.insert_header('acme', 'x'), tests.insert_lines('acme', 'x', 5, -4)$$),
  ('K17', 'more lines of a posted entry', 'IB203', pg_temp.lines('first of acme', $$(3, '1000', 5, 0), (4, '4000', 0, 5)$$)),
  ('K34', 'line on an inactive account', 'IB205', $$select tests.insert_header('acme', 'x');$$ || pg_temp.lines('x', $$(1, '9000', 5, 0), (2, '4000', 0, 5)$$)),
  ('M1', 'entry in a closed period', 'IB802', $$select tests.insert_header('acme', 'x', date '2026-01-10')$$),
  ('K5', 'line of zero', '23514', $$select tests.insert_header('acme', 'x'), tests.insert_lines('acme', 'x', 0, 0)$$),
  ('K22', 'second reversal of an entry', '23505', $$
    select pg_temp.reverse('one'); select pg_temp.reverse('two')$$),
  ('K22', 'second entry under a key', '23505', $$
    select pg_temp.keyed('one'); select pg_temp.keyed('two')$$),
  ('H1', 'entry without lines, put straight into its part', 'IB202', $$
    insert into finance.journal_entries_part_1 (tenant_id, company_id, id, entry_date, description)
    values (tests.tenant('acme'), tests.company('acme'), tests.entry('x'), date '2026-03-10', 'x')$$),
  ('H1', 'entry that does not balance, put straight into its part', 'IB201', $$
    insert into finance.journal_entries_part_1 (tenant_id, company_id, id, entry_date, description)
    values (tests.tenant('acme'), tests.company('acme'), tests.entry('x'), date '2026-03-10', 'x');$$
    || replace(pg_temp.lines('x', $$(1, '1000', 5, 0), (2, '4000', 0, 4)$$), 'into finance.journal_lines', 'into finance.journal_lines_part_1'))
) as a (id, what, code, sql)
cross join modes m;

-- Without foreign keys it is the guards that miss what is not there.
select is(pg_temp.outcome('replica', pg_temp.lines('nothing', $$(1, '1000', 5, 0), (2, '4000', 0, 5)$$)), 'IB203',
  'I4 in replica mode lines without a header are refused (IB203)');
select is(pg_temp.outcome('replica', $$select tests.insert_header('acme', 'x');$$ || pg_temp.lines('x', $$(1, 'nowhere', 5, 0), (2, '4000', 0, 5)$$)), 'IB205',
  'I4 and lines on an account that does not exist (IB205)');
select is(pg_temp.outcome('replica', $$
  insert into finance.journal_entries (tenant_id, company_id, entry_date, description, reverses_entry_id)
  values (tests.tenant('acme'), tests.company('acme'), date '2026-03-10', 'x', tests.entry('nothing'))
$$), 'IB208', 'I4 and reversals of nothing (IB208)');

select set_config('session_replication_role', 'replica', true);
select lives_ok($$select tests.insert_header('acme', 'replicated'), tests.insert_lines('acme', 'replicated', 5, -5)$$,
  'I4 a sound entry is accepted in replica mode');
select lives_ok($$select pg_temp.keyed('replicated and keyed'), pg_temp.reverse('replicated reversal')$$, 'I4 one with a key, and a reversal, too');
select lives_ok($$update finance.accounts set name = 'Renamed' where code = '5000' and tenant_id = tests.tenant('acme')$$, 'I4 and a change');
select set_config('session_replication_role', 'origin', true);
select is((select count(*) from finance.audit_events where id = tests.entry('replicated') and action = 'journal.posted'), 1::bigint,
  'I4 which leave their events there as well');
select is((select array[
    (select k.journal_entry_id from finance.journal_keys k where k.tenant_id = tests.tenant('acme') and k.idempotency_key = 'key'),
    (select r.journal_entry_id from finance.journal_reversals r where r.tenant_id = tests.tenant('acme') and r.reverses_entry_id = tests.entry('first of acme'))]),
  array[tests.entry('replicated and keyed'), tests.entry('replicated reversal')], 'I4 and claim what only one may have');
select is((select created_by from finance.journal_entries where id = tests.entry('replicated')), tests.person('root'), 'I4 and are stamped');
select is((select count(*) from finance.audit_events where after ->> 'name' = 'Renamed'), 1::bigint, 'I4 the change is recorded too');

-- Definitions.

select is(pg_temp.outcome('origin', 'alter table finance.journal_lines alter column debit_cents type bigint using debit_cents + 1'), '0A000',
  'I7 amounts are not rewritten by retyping their column: views look at it (0A000)');
select is(pg_temp.outcome('origin', 'alter table finance.journal_lines drop column memo'), '2BP01', 'I7 nor is a column dropped (2BP01)');
select is(pg_temp.outcome('origin', 'drop table finance.journal_lines'), '2BP01', 'I7 nor the table (2BP01)');
select is(pg_temp.outcome('origin', 'drop function finance.assert_lines_balanced()'), '2BP01', 'I7 nor a guard (2BP01)');
select is(pg_temp.outcome('origin', 'drop function aibos.current_tenant_id()'), '2BP01', 'I7 nor what the policies call (2BP01)');
select is(pg_temp.outcome('origin', 'drop role aibos_poster'), '2BP01', 'I7 nor the poster (2BP01)');

-- What a superuser does with the triggers out of the way is seen.
select is(lint.after($$
    alter table finance.journal_lines disable trigger user;
    update finance.journal_lines set debit_cents = debit_cents * 2, credit_cents = credit_cents * 2 where journal_entry_id = tests.entry('first of acme');
    alter table finance.journal_lines enable trigger user;
  $$, $$select string_agg(distinct trigger_name, ', ') from (
    select split_part(object, ' on ', 1) as trigger_name from finance.v_double_entry_check where status = 'FAIL' and check_name = 'guard'
    union all
    select split_part(object, ' on ', 1) from finance.v_immutability_check where status = 'FAIL') f$$),
  'journal_entry_balanced, t10_forbid_change, t10_forbid_row_change, t50_derive_deltas, t90_record_posting',
  'I2 triggers that were disabled and enabled again are no longer ENABLE ALWAYS, which shows');
select is(lint.after($$
    alter table finance.journal_lines disable trigger user;
    update finance.journal_lines set debit_cents = debit_cents * 2, credit_cents = credit_cents * 2 where journal_entry_id = tests.entry('first of acme');
    do $do$
    declare
      t name;
    begin
      for t in select tgname from pg_trigger where tgrelid = 'finance.journal_lines'::regclass and not tgisinternal loop
        execute format('alter table finance.journal_lines enable always trigger %I', t);
      end loop;
    end $do$;
  $$, $$select (select count(*) from finance.v_double_entry_check where status = 'FAIL') || ' guards, '
    || (select count(*) from finance.v_journal_integrity where status = 'FAIL') || ' sums, '
    || (select count(*) from finance.v_journal_leaf_check where status = 'FAIL') || ' leaf'$$),
  '0 guards, 0 sums, 1 leaf', 'N10 where they were put back with care, the leaf still tells that a balanced entry was changed');

select * from finish();
rollback;
