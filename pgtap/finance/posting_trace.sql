begin;
select plan(16);

create function pg_temp.post(p_description text) returns uuid language sql
return finance.post_journal(tests.company('acme'), date '2026-03-10', p_description,
  array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD']);
-- What the event of an entry says, for a reader of the log.
create function pg_temp.trace(p_entry uuid) returns text language sql
return (
  select string_agg((a.actor = tests.person('clerk'), a.session_role = session_user, a.action, a.object, a.object_id = p_entry::text,
    a.reason, a.request_id, a.transaction_id = pg_current_xact_id(), a.backend_pid = pg_backend_pid(), a.before, a.after,
    a.leaf_version, octet_length(a.leaf_hash), a.occurred_at >= e.posted_at)::text, ' and ')
  from finance.audit_events a join finance.journal_entries e on e.tenant_id = a.tenant_id and e.id = a.id
  where a.id = p_entry
);
create function pg_temp.complete(p_reason text default '"month end"') returns text language sql
return format('(t,t,journal.posted,finance.journal_entries,t,%s,"request of clerk",t,t,,,1,32,t)', p_reason);
create temp table posted (name text, id uuid);
grant all on posted to public;

select tests.act_as('clerk', 'acme', 'month end');
select tests.insert_header('acme', 'traced');
select is_empty($$select id from finance.audit_events where id = tests.entry('traced')$$,
  'a header alone leaves no event');
select tests.insert_lines('acme', 'traced', 5, -5);
insert into posted values ('function', pg_temp.post('through the function'));
insert into posted
select 'array ' || p.entry_index, p.entry_id from finance.post_journals((
  select jsonb_agg(jsonb_build_object('company_id', tests.company('acme'), 'entry_date', '2026-03-10', 'description', d,
    'lines', jsonb_build_array(
      jsonb_build_object('account_id', tests.account('acme', '1000'), 'currency', 'USD', 'debit_cents', 5),
      jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'credit_cents', 5))))
  from unnest(array['one', 'two']) as d)) p;
insert into posted values ('reversal', finance.reverse_journal(tests.entry('traced'), date '2026-03-10', 'typed twice'));

select tests.act_as('auditor', 'acme');
select is(pg_temp.trace(tests.entry('traced')), pg_temp.complete(),
  'a posting by direct SQL leaves one event with actor, login, reason, request, transaction and leaf');
select is(pg_temp.trace(id), pg_temp.complete(), 'a posting by ' || name || ' leaves the same')
from posted where name <> 'reversal' order by name;
select is((select pg_temp.trace(id) from posted where name = 'reversal'), pg_temp.complete('"typed twice"'),
  'a reversal leaves one with its own reason');
select is_empty($$
  select journal_entry_id from finance.v_journal_leaf_check where status <> 'PASS'
$$, 'the leaf of each is the hash of its content, whichever way it came');

select tests.act_as('clerk', 'acme');
insert into posted values ('without a reason', pg_temp.post('without a reason'));
select tests.act_as('auditor', 'acme');
select is((select reason from finance.audit_events a join posted p using (id) where p.name = 'without a reason'), null,
  'an empty reason is stored as none');

select tests.act_as('clerk', 'acme');
select throws_ok($$
  select tests.insert_header('acme', 'refused');
  select tests.insert_lines('acme', 'refused', 5, -4);
$$, 'IB201', null, 'an entry that is refused (IB201)');
select is_empty($$select id from finance.audit_events where id = tests.entry('refused')$$, '… leaves no event');

create temp table before as select count(*) as events from finance.audit_events;
insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
select tests.tenant('acme'), tests.entry('traced'), 3, tests.account('acme', '1000'), 'USD', 5, 0 where false;
select is((select count(*) from finance.audit_events), (select events from before), 'a statement of no lines leaves no event');

select throws_ok($$
  insert into finance.audit_events (tenant_id, id, actor, action, object)
  values (tests.tenant('acme'), tests.entry('invented'), tests.person('clerk'), 'journal.posted', 'finance.journal_entries')
$$, '42501', null, 'an application cannot write the event of a posting itself (42501)');
select tests.act_as_superuser();
select throws_ok($$
  insert into finance.audit_events (tenant_id, id, actor, action, object)
  values (tests.tenant('acme'), tests.entry('traced'), tests.person('clerk'), 'journal.posted', 'finance.journal_entries')
$$, 'IB304', null, 'nobody but the recorder writes an event, not even a superuser (IB304)');

-- The recorder is blinded to the headers, and the guard that would notice is switched off.
create function pg_temp.post_unseen() returns void language plpgsql as $$
begin
  alter table finance.journal_lines disable trigger journal_entry_balanced;
  drop policy guard_read on finance.journal_entries;
  perform tests.act_as('clerk', 'acme');
  perform tests.insert_header('acme', 'unseen');
  perform tests.insert_lines('acme', 'unseen', 5, -5);
end $$;
select throws_ok('select pg_temp.post_unseen()', 'IB303', null, 'a posting whose event cannot be written is refused (IB303)');
select tests.act_as_superuser();
create function pg_temp.post_unrecorded() returns void language plpgsql as $$
begin
  drop policy record on finance.audit_events;
  perform tests.act_as('clerk', 'acme');
  perform pg_temp.post('unrecorded');
end $$;
select throws_ok('select pg_temp.post_unrecorded()', '42501', null, 'by the function too (42501)');

select tests.act_as('clerk', 'acme');
select is_empty($$
  select e.id from finance.journal_entries e
  where not exists (select from finance.audit_events a where a.id = e.id and a.action = 'journal.posted')
$$, 'no entry is without its event');

select * from finish();
rollback;
