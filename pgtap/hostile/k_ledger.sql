-- What a clerk may try on the ledger in one session, in any SQL.
begin;
select plan(58);

select tests.act_as('clerk', 'acme');

-- What becomes of a statement: its code, or accepted once the checks of COMMIT have passed as well.
create function pg_temp.outcome(p_sql text) returns text language plpgsql as $$
begin
  perform tests.set_context('clerk', 'acme');
  execute p_sql;
  set constraints all immediate;
  set constraints all deferred;
  return 'accepted';
exception when others then
  return sqlstate;
end $$;
-- Inserts a header, then lines given as rows (line_no, account, currency, debit, credit).
create function pg_temp.entry(p_rows text) returns text language sql
return pg_temp.outcome(format($$
  select tests.insert_header('acme', 'tried');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry('tried'), v.no, tests.account('acme', v.account), v.currency, v.debit, v.credit
  from (values %s) as v (no, account, currency, debit, credit)
$$, p_rows));
create function pg_temp.lines(p_entry text, p_rows text) returns text language sql
return format($$
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry(%L), v.no, tests.account('acme', v.account), 'USD', v.debit, v.credit
  from (values %s) as v (no, account, debit, credit)
$$, p_entry, p_rows);

select is(pg_temp.outcome($$select tests.insert_header('acme', 'tried')$$), 'IB202',
  'K1 an entry without lines cannot commit (IB202)');
select is(pg_temp.entry($$(1, '1000', 'USD', 100, 0)$$), 'IB202', 'K2 nor one of a single line (IB202)');
select is(pg_temp.outcome($$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, status)
  values (tests.tenant('acme'), tests.entry('tried'), tests.company('acme'), date '2026-03-10', 'tried', 'posted')
$$), '42703', 'K4 there is no status to be set: an entry is posted or is not there (42703)');
select is(pg_temp.entry($$(1, '1000', 'USD', 0, 0), (2, '4000', 'USD', 0, 0)$$), '23514', 'K5 lines of zero are refused (23514)');
select is(pg_temp.entry($$(1, '1000', 'USD', 50, 0), (2, '4000', 'USD', 0, 50), (3, '4000', 'USD', 0, 0)$$), '23514',
  'K5 one line of zero among others is refused too (23514)');
select is(pg_temp.entry($$(1, '1000', 'USD', 50, 50), (2, '4000', 'USD', 50, 50)$$), '23514',
  'K7 debit and credit on one line are refused (23514)');
select is(pg_temp.entry($$(1, '1000', 'USD', -50, 0), (2, '4000', 'USD', 50, 0)$$), '23514',
  'K7 a negative debit in place of a credit is refused (23514)');
select is(pg_temp.entry($$(1, '1000', 'USD', null, 0), (2, '4000', 'USD', 0, null)$$), '23502',
  'K8 a missing amount is refused, it is not zero (23502)');
select is(pg_temp.entry($$(1, '1000', null, 50, 0), (2, '4000', null, 0, 50)$$), '23502', 'K8 a missing currency is refused (23502)');

select is(pg_temp.outcome(format($$
  select finance.post_journal(tests.company('acme'), date '2026-03-10', 'half a cent',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[%1$s, 0], array[0, %1$s], array['USD', 'USD'])
$$, 0.5)), '42883', 'K10 the posting function takes no fractions of a minor unit (42883)');
select is(pg_temp.outcome(format($$
  select finance.post_journals(jsonb_build_array(jsonb_build_object('company_id', tests.company('acme'), 'entry_date', '2026-03-10',
    'description', 'half a cent', 'lines', jsonb_build_array(
      jsonb_build_object('account_id', tests.account('acme', '1000'), 'currency', 'USD', 'debit_cents', %1$s),
      jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'credit_cents', %1$s)))))
$$, 100.5)), 'IB210', 'K10 nor does the function that takes an array: it rejects and does not round (IB210)');
select is(pg_temp.entry($$(1, '1000', 'USD', 100.5, 0), (2, '4000', 'USD', 0, 100.4)$$), 'IB201',
  'K10 in direct SQL it is the stored amounts that must balance, so rounding hides no difference (IB201)');

select is(pg_temp.entry($$(1, '1000', 'USD', 9223372036854775807, 0), (2, '4000', 'USD', 0, 9223372036854775807)$$), '23514',
  'K11 an amount that could overflow a sum is refused (23514)');
select is(pg_temp.entry($$(1, '1000', 'USD', 9223372036854775808, 0), (2, '4000', 'USD', 0, 9223372036854775808)$$), '22003',
  'K11 one that overflows the type too (22003)');
select is(pg_temp.outcome($$
  select tests.insert_header('acme', 'wrapped');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry('wrapped'), n, tests.account('acme', '1000'), 'USD',
    case when n <= 185 then 100000000000000000 when n = 186 then 46744073709551616 else 0 end, case when n = 187 then 100000000000000000 else 0 end
  from generate_series(1, 187) as n
$$), 'IB201', 'K11 debits that wrap around 2^64 do not balance against a small credit (IB201)');

select is(pg_temp.entry($$(1, '1000', 'USD', 100, 0), (2, '4000', 'EUR', 0, 100)$$), 'IB201',
  'K13 currencies are not added together (IB201)');
select is(pg_temp.entry($$(1, '1000', 'USD', 100, 0), (2, '4000', 'USD', 0, 60), (3, '1000', 'EUR', 60, 0), (4, '4000', 'EUR', 0, 100)$$), 'IB201',
  'K13 not even where all debits equal all credits (IB201)');
select is(pg_temp.outcome($$
  select tests.insert_header('acme', 'rated');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents,
    base_debit_cents, base_credit_cents)
  values (tests.tenant('acme'), tests.entry('rated'), 1, tests.account('acme', '1000'), 'EUR', 5, 0, 7, 0),
    (tests.tenant('acme'), tests.entry('rated'), 2, tests.account('acme', '4000'), 'EUR', 0, 5, 0, 7)
$$), 'IB213', 'K14 a client chooses no base amount, not even where it asks for none (IB213)');

select is(pg_temp.outcome($$delete from finance.journal_lines where journal_entry_id = tests.entry('first of acme')$$), '42501',
  'K16 a posted line is not deleted (42501)');
select is(pg_temp.outcome($$update finance.journal_lines set debit_cents = 1 where journal_entry_id = tests.entry('first of acme')$$), '42501',
  'K16 nor updated (42501)');
select is(pg_temp.outcome(pg_temp.lines('first of acme', $$(3, '1000', 5, 0), (4, '4000', 0, 5)$$)), 'IB203',
  'K17 a posted entry takes no more lines, balanced or not (IB203)');
select is(pg_temp.outcome(pg_temp.lines('first of acme', $$(3, '1000', 5, 0)$$)), 'IB203', 'K17 not one (IB203)');
select is(pg_temp.outcome(pg_temp.lines('first of acme', $$(0, '1000', 5, 0), (-1, '4000', 0, 5)$$)), 'IB203',
  'K17 not before its first either (IB203)');
select is(pg_temp.outcome(pg_temp.lines('first of acme', $$(1, '1000', 5, 0), (2, '4000', 0, 5)$$) || ' on conflict do nothing'), 'accepted',
  'K17 lines that conflict with posted ones may be skipped …');
select is(pg_temp.outcome(pg_temp.lines('first of acme', $$(1, '1000', 5, 0), (2, '4000', 0, 5), (3, '1000', 5, 0), (4, '4000', 0, 5)$$)
  || ' on conflict do nothing'), 'IB203', 'K17 … but bring none along (IB203)');
select is(pg_temp.outcome(
  $$select tests.insert_header('acme', 'twice'); select tests.insert_lines('acme', 'twice', 5, -5); $$
  || pg_temp.lines('twice', $$(3, '1000', 5, 0), (4, '4000', 0, 5)$$)), 'IB204', 'K17 not in the transaction that posted it either (IB204)');
select is(pg_temp.outcome(
  $$select tests.insert_header('acme', 'twice'); select tests.insert_lines('acme', 'twice', 5, -5); set constraints all immediate; $$
  || pg_temp.lines('twice', $$(3, '1000', 5, 0)$$)), 'IB204', 'K26 not after the check of COMMIT was run early (IB204)');
select is(pg_temp.outcome($$set constraints all immediate; select tests.insert_header('acme', 'early')$$), 'IB202',
  'K26 a check made immediate in mid-entry only fails earlier (IB202)');
set constraints all deferred;
select is(pg_temp.outcome($$set constraints finance.journal_entry_balanced deferred$$), '42704',
  'K29 the guard of the lines cannot be deferred (42704)');
select is(pg_temp.outcome($$set constraints all deferred; select tests.insert_header('acme', 'd'); select tests.insert_lines('acme', 'd', 5, -4)$$),
  'IB201', 'K29 it runs in the statement, whatever is deferred (IB201)');

select is(pg_temp.outcome($$update finance.journal_lines set tenant_id = tests.tenant('globex')
  where journal_entry_id = tests.entry('first of acme')$$), '42501', 'K19 a line does not move to another tenant (42501)');
select is(pg_temp.outcome($$update finance.journal_lines set journal_entry_id = tests.entry('other')
  where journal_entry_id = tests.entry('first of acme')$$), '42501', 'K19 nor to another entry (42501)');
select is(pg_temp.outcome($$update finance.v_posted_journals set status = 'draft'$$), '0A000',
  'K20 an entry is not un-posted: its status is shown, not stored (0A000)');
select is(pg_temp.outcome($$update finance.journal_entries set entry_type = 'opening'$$), '42501', 'K20 nor given another type (42501)');
select is(pg_temp.outcome($$delete from finance.journal_entries where id = tests.entry('first of acme')$$), '42501',
  'K22 a posted header is not deleted (42501)');
select is_empty($$
  select k.conname from pg_constraint k
  where k.contype = 'f' and k.confrelid in ('finance.journal_entries'::regclass, 'finance.journal_entries_part_1'::regclass,
      'finance.journal_lines'::regclass, 'finance.journal_lines_part_1'::regclass, 'finance.accounts'::regclass, 'finance.audit_events'::regclass)
    and (k.confdeltype <> 'a' or k.confupdtype <> 'a')
$$, 'K22 and nothing that refers to it, or to its event, cascades');
select is(pg_temp.outcome($$delete from finance.journal_reversals$$), '42501', 'K22 nor is it made reversible again (42501)');
select is(pg_temp.outcome($$delete from finance.journal_keys$$), '42501', 'K22 or its key free (42501)');
select is(pg_temp.outcome($$truncate finance.journal_lines$$), '42501', 'K23 lines are not truncated (42501)');
select is(pg_temp.outcome($$truncate finance.journal_entries cascade$$), '42501', 'K23 nor headers with all that hangs on them (42501)');
select is(pg_temp.outcome($$truncate finance.journal_lines_part_1$$), '42501', 'K23 nor a part of either (42501)');

select is(pg_temp.outcome($$
  select tests.insert_header('acme', 'switched');
  with l as (
    insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
    values (tests.tenant('acme'), tests.entry('switched'), 1, tests.account('acme', '1000'), 'USD', 500, 0)
    returning set_config('app.tenant_id', tests.tenant('globex')::text, true)
  ) select count(*) from l
$$), 'IB202', 'K25 a tenant switched in RETURNING blinds nothing (IB202)');
select is(pg_temp.outcome($$
  select tests.insert_header('acme', 'switched');
  select tests.set_context('clerk', 'globex');
$$), 'IB202', 'K25 nor one switched before COMMIT (IB202)');
select is(pg_temp.outcome($$
  select tests.insert_header('acme', 'switched');
  select set_config('row_security', 'off', true);
$$), '42501', 'K25 row_security switched off before COMMIT fails closed (42501)');
select set_config('row_security', 'on', true);

create function pg_temp.undo(p_sql text) returns void language plpgsql as $$
begin
  execute p_sql;
  raise exception 'undo';
exception when raise_exception then
  null;
end $$;
select is(pg_temp.outcome($$select tests.insert_header('acme', 's'); select pg_temp.undo('select tests.insert_lines(''acme'', ''s'', 5, -5)')$$),
  'IB202', 'K28 lines that were rolled back to a savepoint are no lines (IB202)');
select is(pg_temp.outcome($$select pg_temp.undo('select tests.insert_header(''acme'', ''s'')'); select tests.insert_lines('acme', 's', 5, -5)$$),
  '23503', 'K28 nor is a header that was (23503)');
select is(pg_temp.outcome($$
  select tests.insert_header('acme', 's');
  select pg_temp.undo('select tests.insert_lines(''acme'', ''s'', 5, -5)');
  select tests.insert_lines('acme', 's', 7, -7);
$$), 'accepted', 'K28 the lines that come after a rollback are the entry''s');
select is(pg_temp.outcome($$
  do $do$
  begin
    perform tests.insert_header('acme', 'guarded');
    perform tests.insert_lines('acme', 'guarded', 5, -4);
  exception when others then
    null;
  end $do$;
$$), 'accepted', 'K28 a refusal that is swallowed …');
select is((select count(*) from finance.journal_entries where id = tests.entry('guarded')), 0::bigint, '… takes the header along');

select is(pg_temp.outcome($$create trigger swallow before insert on finance.audit_events
  for each row execute function suppress_redundant_updates_trigger()$$), '42501', 'K31 nobody hangs a trigger on the log that returns null (42501)');
select is(pg_temp.outcome($$create trigger swallow before insert on finance.journal_lines
  for each row execute function suppress_redundant_updates_trigger()$$), '42501', 'K31 nor on the lines (42501)');

insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('second'), 'second', 'Second Ltd', 'USD');
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
values (tests.tenant('acme'), tests.account('acme', 'of the second'), tests.company('second'), '1000', 'Cash', 'asset');
select is(pg_temp.entry(format($$(1, %L, 'USD', 5, 0), (2, '4000', 'USD', 0, 5)$$, account)), code, format('K34 %s is refused (%s)', what, code))
from (values ('9000', 'IB205', 'an inactive account'), ('of the second', 'IB205', 'an account of another company'),
  ('1100', 'IB206', 'an account of another currency'), ('nowhere', '23503', 'an account that does not exist')) as a (account, code, what);
select is(pg_temp.outcome($$
  select tests.insert_header('acme', 'closing');
  with retired as (
    update finance.accounts set is_active = false where id = tests.account('acme', '4000') returning id
  )
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values (tests.tenant('acme'), tests.entry('closing'), 1, tests.account('acme', '1000'), 'USD', 5, 0),
    (tests.tenant('acme'), tests.entry('closing'), 2, tests.account('acme', '4000'), 'USD', 0, 5)
$$), 'IB205', 'K34 an account set inactive in the statement that posts to it counts as inactive (IB205)');

select is_empty($$select journal_entry_id, detail from finance.v_journal_integrity where status <> 'PASS'$$,
  'every entry proves whole, balanced and recorded afterwards');
select is(
  (select array_agg((line_no, debit_cents, credit_cents)::text order by line_no) from finance.journal_lines
    where journal_entry_id = tests.entry('first of acme')),
  array['(1,10000,0)', '(2,0,10000)'], 'and the entry that was there is as it was');

select * from finish();
rollback;
