begin;
select plan(17);

select tests.act_as('clerk', 'acme');

select lives_ok($$
  select tests.insert_header('acme', 'whole');
  select tests.insert_lines('acme', 'whole', 500, -500);
  set constraints all immediate;
  set constraints all deferred;
$$, 'an entry with its lines passes the check at COMMIT');

select throws_ok($$
  select tests.insert_header('acme', 'orphan');
  set constraints all immediate;
$$, 'IB202', null, 'an entry without lines cannot commit (IB202)');
select throws_ok($$
  select tests.insert_header('acme', 'orphan');
  set constraints finance.journal_entry_has_lines immediate;
$$, 'IB202', null, 'nor can it when the check alone is made immediate (IB202)');
select throws_ok($$
  set constraints all immediate;
  select tests.insert_header('acme', 'orphan');
$$, 'IB202', null, 'nor be inserted while the check is immediate (IB202)');
set constraints all deferred;

select throws_ok($$select tests.insert_lines('acme', 'nothing', 500, -500)$$,
  '23503', null, 'a line without an entry cannot be inserted (23503)');

select throws_ok($$
  select tests.insert_header('acme', 'orphan');
  do $do$
  begin
    perform tests.insert_lines('acme', 'orphan', 500, -500);
    raise exception 'undo the lines';
  exception when raise_exception then
    null;
  end $do$;
  set constraints all immediate;
$$, 'IB202', null, 'lines that were rolled back to a savepoint do not count (IB202)');

select throws_ok($$
  do $do$
  begin
    perform tests.insert_header('acme', 'orphan');
    raise exception 'undo the header';
  exception when raise_exception then
    null;
  end $do$;
  select tests.insert_lines('acme', 'orphan', 500, -500);
$$, '23503', null, 'nor can lines outlive a header that was rolled back (23503)');

select throws_ok($$
  select tests.insert_header('acme', 'orphan');
  do $do$
  begin
    set constraints all immediate;
  exception when others then
    null;
  end $do$;
  set constraints all immediate;
$$, 'IB202', null, 'an error of the check that was swallowed comes again (IB202)');

select throws_ok($$
  select tests.insert_header('acme', 'orphan');
  do $do$
  begin
    perform tests.insert_lines('acme', 'orphan', 500, -499);
  exception when others then
    null;
  end $do$;
  set constraints all immediate;
$$, 'IB202', null, 'nor does swallowing the refusal of the lines let the header stay (IB202)');

select throws_ok($$
  select tests.insert_header('acme', 'orphan');
  select set_config('app.tenant_id', '', true);
  set constraints all immediate;
$$, 'IB202', null, 'emptying the context before COMMIT does not blind the check (IB202)');
select throws_ok($$
  select tests.insert_header('acme', 'orphan');
  select tests.set_context('clerk', 'globex');
  set constraints all immediate;
$$, 'IB202', null, 'nor does naming another tenant (IB202)');
select throws_ok($$
  select tests.insert_header('acme', 'orphan');
  set local role aibos_config_role;
  set constraints all immediate;
$$, 'IB202', null, 'nor does a role that may not read the lines (IB202)');

select lives_ok($$
  with header as (
    insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description)
    values (tests.tenant('acme'), tests.entry('header first'), tests.company('acme'), date '2026-03-10', 'header first')
    returning tenant_id, id
  )
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select h.tenant_id, h.id, v.line_no, tests.account('acme', v.account), 'USD', v.debit, v.credit
  from header h, (values (1, '1000', 5, 0), (2, '4000', 0, 5)) as v (line_no, account, debit, credit);
  set constraints all immediate;
  set constraints all deferred;
$$, 'header and lines may come in one statement');

select is(
  (select (tgdeferrable, tginitdeferred, tgenabled)::text from pg_trigger
    where tgrelid = 'finance.journal_entries'::regclass and tgname = 'journal_entry_has_lines'),
  '(t,t,A)', 'the check waits for COMMIT and is ENABLE ALWAYS');

select is_empty($$
  select e.id from finance.journal_entries e
  where not exists (select from finance.journal_lines l where l.tenant_id = e.tenant_id and l.journal_entry_id = e.id)
$$, 'no header of a refused entry stays');
select is_empty($$
  select l.journal_entry_id from finance.journal_lines l
  where not exists (select from finance.journal_entries e where e.tenant_id = l.tenant_id and e.id = l.journal_entry_id)
$$, 'nor any line without its entry');
select lives_ok($$
  insert into finance.journal_entries (tenant_id, company_id, entry_date, description)
  select tests.tenant('acme'), tests.company('acme'), date '2026-03-10', 'none' where false;
  set constraints all immediate;
$$, 'a statement that inserts no header leaves nothing to check');

select * from finish();
rollback;
