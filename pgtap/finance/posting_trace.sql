begin;
select plan(32);

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

-- What only one entry may have, a key and what it reverses, is claimed whichever way it is posted, and by nothing else.
select tests.act_as('clerk', 'acme');
create function pg_temp.lines_of(p_entry text) returns jsonb language sql
return jsonb_build_object('company_id', tests.company('acme'), 'entry_date', '2026-03-10', 'description', p_entry, 'lines', jsonb_build_array(
  jsonb_build_object('account_id', tests.account('acme', '1000'), 'currency', 'USD', 'debit_cents', 5),
  jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'credit_cents', 5)));
create function pg_temp.post_keyed(p_key text) returns uuid language sql
return finance.post_journal(tests.company('acme'), date '2026-03-10', 'keyed',
  array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD'], p_idempotency_key => p_key);
-- Posts by direct SQL under a key, or the mirror of an entry of 5 cents; its code and constraint, or accepted.
create function pg_temp.post_directly(p_entry text, p_key text, p_reverses uuid default null) returns text language plpgsql as $$
declare
  name text;
begin
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, idempotency_key, reverses_entry_id)
  values (tests.tenant('acme'), tests.entry(p_entry), tests.company('acme'), date '2026-03-10', 'keyed', p_key, p_reverses);
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry(p_entry), l.no, tests.account('acme', l.account), 'USD',
    case when p_reverses is null then l.debit else l.credit end, case when p_reverses is null then l.credit else l.debit end
  from (values (1, '1000', 5, 0), (2, '4000', 0, 5)) as l (no, account, debit, credit);
  return 'accepted';
exception when others then
  get stacked diagnostics name = constraint_name;
  return concat_ws(' ', sqlstate, name);
end $$;
create temp table claimed (way text, key text, id uuid, is_asked boolean);
insert into claimed values ('the function', 'trace 1', pg_temp.post_keyed('trace 1'), true);
insert into claimed
select 'the array', 'trace 2', p.entry_id, true
from finance.post_journals(jsonb_build_array(pg_temp.lines_of('array') || '{"idempotency_key": "trace 2"}')) p;
insert into claimed
select 'bulk', 'trace 3', e.id, true
from unnest(finance.bulk_post(tests.company('acme'), array[date '2026-03-10'], array['bulk'], null, array['trace 3'], array[1, 1],
  array[tests.account('acme', '1000'), tests.account('acme', '4000')], array['USD', 'USD'], array[5, 0], array[0, 5])) as e (id);
select is(pg_temp.post_directly('keyed directly', 'trace 4'), 'accepted', 'direct SQL posts under a key');
insert into claimed values ('direct SQL', 'trace 4', tests.entry('keyed directly'), false);
select results_eq(
  $$select k.idempotency_key::text, k.journal_entry_id, k.payload_hash is not null from finance.journal_keys k where k.idempotency_key like 'trace %' order by 1$$,
  'select key, id, is_asked from claimed order by key', 'each way of posting claims its key for its entry; where a request can come again, with its hash');
select is(pg_temp.post_directly('second of ' || key, key), '23505 journal_keys_tenant_id_idempotency_key_pk',
  format('direct SQL does not post again under the key of %s (23505)', way)) from claimed;
select results_eq(
  $$select r.reverses_entry_id, r.journal_entry_id from finance.journal_reversals r
    where r.journal_entry_id in (select id from posted) or r.reverses_entry_id = tests.entry('traced')$$,
  $$select tests.entry('traced'), id from posted where name = 'reversal'$$, 'a reversal claims what it reverses');
select is(pg_temp.post_directly('reversed directly', null, (select id from claimed where way = 'the function')), 'accepted', 'direct SQL reverses');
select results_eq(
  $$select r.reverses_entry_id, r.journal_entry_id from finance.journal_reversals r where r.journal_entry_id = tests.entry('reversed directly')$$,
  $$select id, tests.entry('reversed directly') from claimed where way = 'the function'$$, 'and claims as well');
select is_empty($$
  select e.id, e.idempotency_key, e.reverses_entry_id from finance.journal_entries e
  left join finance.journal_keys k on k.tenant_id = e.tenant_id and k.idempotency_key = e.idempotency_key
  left join finance.journal_reversals r on r.tenant_id = e.tenant_id and r.reverses_entry_id = e.reverses_entry_id
  where k.journal_entry_id is distinct from case when e.idempotency_key is not null then e.id end
    or r.journal_entry_id is distinct from case when e.reverses_entry_id is not null then e.id end
$$, 'no entry has a key, or reverses, without its claim');
select is(
  (select array[(select count(*) from finance.journal_keys), (select count(*) from finance.journal_reversals)]),
  (select array[count(e.idempotency_key), count(e.reverses_entry_id)] from finance.journal_entries e), 'and there is no claim without an entry');
-- In a later part of the ledger as well.
select tests.act_as_superuser();
set constraints all immediate;
set constraints all deferred;
select tests.end_part();
select tests.act_as('clerk', 'acme');
select is(pg_temp.post_keyed('trace 1'), (select id from claimed where key = 'trace 1'), 'a key of an earlier part is replayed by the function');
select throws_ok($$
  insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description, idempotency_key)
  values (tests.tenant('acme'), aibos.uuid_v7(), tests.company('acme'), date '2026-03-10', 'later', 'trace 1');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select e.tenant_id, e.id, l.no, tests.account('acme', l.account), 'USD', l.debit, l.credit
  from finance.journal_entries e, (values (1, '1000', 5, 0), (2, '4000', 0, 5)) as l (no, account, debit, credit) where e.description = 'later'
$$, '23505', 'duplicate key value violates unique constraint "journal_keys_tenant_id_idempotency_key_pk"', 'and not taken again by direct SQL (23505)');
select throws_ok($$select finance.reverse_journal((select id from claimed where key = 'trace 1'), date '2026-03-10', 'again')$$,
  '23505', 'duplicate key value violates unique constraint "journal_reversals_tenant_id_reverses_entry_id_pk"',
  'nor is an entry of an earlier part reversed twice (23505)');
select tests.act_as_superuser();

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

-- Nobody claims anything but by posting.
select tests.act_as_superuser();
select throws_ok(f.insertion, 'IB304', null, format('not even a superuser writes to finance.%s (IB304)', f.name))
from (values
  ('journal_keys', 'insert into finance.journal_keys values (tests.tenant(''acme''), ''x'', tests.entry(''first of acme''))'),
  ('journal_reversals', 'insert into finance.journal_reversals values (tests.tenant(''acme''), tests.entry(''first of acme''), tests.entry(''first of acme''))')
) as f (name, insertion);

select * from finish();
rollback;
