-- The tables are a user's own: made by a migration login in a schema of its own, written by the finance role.
begin;
set local client_min_messages = error;
select plan(61);

select tests.act_as('migrator');
create schema proofs_app;
grant usage on schema proofs_app to public;
create table proofs_app.invoices (
  tenant_id uuid not null, id integer not null, note text, amount_cents bigint, paid boolean not null default false,
  constraint invoices_tenant_id_id_pk primary key (tenant_id, id)
);
grant select, insert, update, delete on proofs_app.invoices to aibos_finance_role;
select lives_ok($$call aibos.isolate_tenant('proofs_app.invoices')$$, 'a migration login isolates its own table');
select lives_ok($$call aibos.track('proofs_app.invoices')$$, 'and tracks it');
select lives_ok($$call aibos.track('proofs_app.invoices')$$, 'calling again is allowed');
select is((select count(*) from pg_trigger t where t.tgrelid = 'proofs_app.invoices'::regclass and t.tgname ~ '^t90_record' and t.tgenabled = 'A'),
  3::bigint, 'three recorders are there and fire always, however often it is called');

create temporary view events as
select e.tenant_id, e.id, e.occurred_at, e.actor, e.session_role, e.action, e.object, e.object_id, e.before, e.after, e.reason,
  e.request_id, e.transaction_id, e.backend_pid
from finance.audit_events e where e.object like 'proofs_app.%';
select tests.act_as_superuser();
alter view events owner to current_user;
grant select on events to public;

-- An insert.
select tests.act_as('clerk', 'acme', 'first invoices');
insert into proofs_app.invoices (tenant_id, id, note, amount_cents) values (tests.tenant('acme'), 1, 'one', 100);
select tests.act_as_superuser();
select is((select count(*) from events), 1::bigint, 'one row that is inserted leaves one event');
select is((select e.action from events e), 'insert', 'the event says what was done');
select is((select e.object from events e), 'proofs_app.invoices', 'the event says to which table');
select is((select e.object_id from events e), '1', 'the event says to which row, by its key within the tenant');
select is((select e.tenant_id from events e), tests.tenant('acme'), 'the event belongs to the tenant of the row');
select is((select e.actor from events e), tests.person('clerk'), 'the event names the user of the context');
select is((select e.reason from events e), 'first invoices', 'the event carries the reason');
select is((select e.request_id from events e), 'request of clerk', 'the event carries the request');
select is((select e.before from events e), null, 'an insert has no before');
select is((select e.after from events e),
  jsonb_build_object('tenant_id', tests.tenant('acme'), 'id', 1, 'note', 'one', 'amount_cents', 100, 'paid', false),
  'after an insert the whole row is kept');
select is((select e.session_role from events e), session_user::text, 'N7 the event names the login that is connected');
select is((select e.backend_pid from events e), pg_backend_pid(), 'N7 the event names the process');
select is((select e.transaction_id from events e), pg_current_xact_id(), 'N7 the event names the transaction');
select ok((select e.occurred_at between now() and clock_timestamp() from events e), 'N5 the event has the time of the server');

-- Several rows in one statement, an update, a change of nothing, a delete.
savepoint one_row;
select tests.act_as('clerk', 'acme', 'more');
insert into proofs_app.invoices (tenant_id, id, note) select tests.tenant('acme'), n, 'many' from generate_series(2, 101) n;
select tests.act_as_superuser();
select is((select count(*) from events e where e.after ->> 'note' = 'many'), 100::bigint, 'a statement over a hundred rows leaves a hundred events');
rollback to one_row;

select tests.act_as('clerk', 'acme', 'correction');
update proofs_app.invoices set amount_cents = 200, note = null where id = 1;
select tests.act_as_superuser();
select is((select e.before from events e where e.action = 'update'), '{"amount_cents": 100, "note": "one"}'::jsonb, 'before an update the changed columns are kept');
select is((select e.after from events e where e.action = 'update'), '{"amount_cents": 200, "note": null}'::jsonb,
  'after an update too, also those that were emptied');

select tests.act_as('clerk', 'acme');
update proofs_app.invoices set amount_cents = amount_cents;
update proofs_app.invoices set amount_cents = 5 where false;
delete from proofs_app.invoices where false;
insert into proofs_app.invoices (tenant_id, id) select tests.tenant('acme'), 7 where false;
insert into proofs_app.invoices (tenant_id, id) values (tests.tenant('acme'), 1) on conflict do nothing;
select tests.act_as_superuser();
select is((select count(*) from events), 2::bigint, 'a statement that changes nothing leaves no event');

select tests.act_as('clerk', 'acme');
insert into proofs_app.invoices (tenant_id, id) values (tests.tenant('acme'), 1), (tests.tenant('acme'), 2)
on conflict (tenant_id, id) do update set paid = true;
select tests.act_as_superuser();
select is((select array_agg(e.action || ' ' || e.object_id order by e.action) from events e where e.after ? 'paid' and e.reason is null),
  array['insert 2', 'update 1'], 'F5 ON CONFLICT leaves the event of what became of each row');
select tests.act_as('clerk', 'acme');
merge into proofs_app.invoices i
using (values (1), (2), (3)) as s (id) on i.tenant_id = tests.tenant('acme') and i.id = s.id
when matched and s.id = 1 then delete
when matched then update set amount_cents = 9
when not matched then insert (tenant_id, id, note) values (tests.tenant('acme'), s.id, 'merged');
select tests.act_as_superuser();
select is(
  (select array_agg(e.action || ' ' || e.object_id order by e.action) from events e
    where e.action = 'delete' or e.after ->> 'amount_cents' = '9' or e.after ->> 'note' = 'merged'),
  array['delete 1', 'insert 3', 'update 2'], 'F7 MERGE leaves the event of what became of each row');
select is((select e.before -> 'amount_cents' from events e where e.action = 'delete'), '200'::jsonb, 'before a delete the whole row is kept');
select is((select e.after from events e where e.action = 'delete'), null, 'a delete has no after');

-- Rows are paired with themselves: each event of a statement over many rows has its own before and after.
select tests.act_as('clerk', 'acme', 'pairs');
insert into proofs_app.invoices (tenant_id, id, amount_cents) select tests.tenant('acme'), n, n from generate_series(1000, 1500) n;
update proofs_app.invoices set amount_cents = amount_cents + 10000 where id >= 1000;
select tests.act_as_superuser();
select is(
  (select count(*) from events e
    where e.reason = 'pairs' and e.action = 'update'
      and (e.before ->> 'amount_cents')::int = e.object_id::int and (e.after ->> 'amount_cents')::int = e.object_id::int + 10000),
  501::bigint, 'an update over many rows keeps each row''s own before and after');

-- No actor: the change is still recorded.
select tests.act_as('clerk', 'acme');
select set_config('app.user_id', '', true), set_config('app.request_id', '', true);
insert into proofs_app.invoices (tenant_id, id, note) values (tests.tenant('acme'), 50, 'nobody');
select set_config('app.user_id', 'boss', true);
insert into proofs_app.invoices (tenant_id, id, note) values (tests.tenant('acme'), 51, 'boss');
select set_config('app.user_id', '00000000-0000-0000-0000-000000000000', true);
insert into proofs_app.invoices (tenant_id, id, note) values (tests.tenant('acme'), 52, 'nil');
select tests.act_as_superuser();
select is((select array_agg(e.actor) from events e where e.object_id in ('50', '51', '52')), array[null, null, null]::uuid[],
  'N7 a change without a user, with the nil UUID or with one that is none, has no actor but is recorded');
select is((select e.request_id from events e where e.object_id = '50'), null, 'an empty request is none');

-- N8: what did not happen leaves nothing.
select tests.act_as('clerk', 'acme', 'failing');
select throws_ok($$insert into proofs_app.invoices (tenant_id, id) values (tests.tenant('acme'), 60), (tests.tenant('acme'), 50)$$, '23505', null,
  'a statement that fails half-way fails as a whole (23505)');
savepoint undone;
insert into proofs_app.invoices (tenant_id, id) values (tests.tenant('acme'), 61);
rollback to undone;
select tests.act_as_superuser();
select is_empty($$select e.id from events e where e.reason = 'failing'$$, 'N8 a change that was refused or rolled back leaves no event');

-- Switching the tenant in mid-statement changes nothing about whose event it is.
select tests.act_as('clerk', 'acme', 'switching');
with changed as (
  insert into proofs_app.invoices (tenant_id, id) values (tests.tenant('acme'), 70)
  returning set_config('app.tenant_id', tests.tenant('globex')::text, true)
) select count(*) from changed;
select tests.act_as_superuser();
select is((select array_agg(e.tenant_id) from events e where e.object_id = '70'), array[tests.tenant('acme')],
  'K25 an event belongs to the tenant of its row, whatever the context has become');

-- Who may not stop the recorder.
select tests.act_as('clerk', 'acme', 'unseen');
select throws_ok('alter table proofs_app.invoices disable trigger t90_record_insert', '42501', null, 'I2 an application cannot disable the recorder (42501)');
select throws_ok('set session_replication_role = replica', '42501', null, 'I4 an application cannot pose as replication (42501)');
create temporary table audit_events (tenant_id uuid, id uuid, object text);
set local search_path = pg_temp, public, tap;
insert into proofs_app.invoices (tenant_id, id, note) values (tests.tenant('acme'), 71, 'shadowed');
select tests.act_as_superuser();
reset search_path;
select is((select count(*) from events e where e.object_id = '71'), 1::bigint, 'E7 an audit log of the caller''s own does not take the event');
set local session_replication_role = replica;
insert into proofs_app.invoices (tenant_id, id, note) values (tests.tenant('acme'), 72, 'replicated');
set local session_replication_role = origin;
select is((select count(*) from events e where e.object_id = '72'), 1::bigint, 'I4 what comes by replication is recorded too');
select tests.act_as('migrator', 'acme');
select throws_ok('truncate proofs_app.invoices', 'IB302', null, 'N13 the owner cannot truncate a tracked table (IB302)');
select tests.act_as_superuser();
select throws_ok('truncate proofs_app.invoices', 'IB302', null, 'N13 nor can a superuser (IB302)');

-- N1 to N7: the log itself, as an application and as an administrator.
select tests.act_as(w.person, 'acme') from (values ('clerk')) as w (person);
select throws_ok($$update finance.audit_events set actor = null$$, '42501', null, 'N1 an application cannot update the log (42501)');
select throws_ok($$delete from finance.audit_events$$, '42501', null, 'N2 nor delete from it (42501)');
select throws_ok($$truncate finance.audit_events$$, '42501', null, 'N2 nor truncate it (42501)');
select throws_ok($$insert into finance.audit_events (tenant_id, id, action, object)
  values (tests.tenant('acme'), tests.entry('forged'), 'insert', 'finance.accounts')$$, '42501', null, 'N4 nor write an event of its own (42501)');
select tests.act_as('admin', 'acme');
select throws_ok($$update finance.audit_events set actor = null$$, '42501', null, 'N1 an administrator cannot update the log (42501)');
select throws_ok($$insert into kernel.audit_events (tenant_id, id, action, object)
  values (tests.tenant('acme'), tests.entry('forged'), 'insert', 'kernel.users')$$, '42501', null, 'N4 nor write an event (42501)');
select tests.act_as_superuser();
select throws_ok($$update finance.audit_events set actor = null$$, 'IB301', null, 'N1 a superuser cannot update the log (IB301)');
select throws_ok($$delete from finance.audit_events$$, 'IB301', null, 'N10 nor delete its tail (IB301)');
select throws_ok($$truncate kernel.audit_events$$, 'IB301', null, 'N10 nor truncate it (IB301)');
set local session_replication_role = replica;
select throws_ok($$delete from kernel.audit_events$$, 'IB301', null, 'N10 nor by posing as replication (IB301)');
set local session_replication_role = origin;

-- Nor does a right that somebody grants by mistake, such as INSERT on all tables of a schema, let a service write its own history.
create role proofs_service;
grant aibos_finance_role to proofs_service;
grant insert on all tables in schema finance to proofs_service;
grant usage on schema kernel to proofs_service;
grant insert on kernel.audit_events to proofs_service;
select tests.set_context('clerk', 'acme');
set local role proofs_service;
select isnt(lint.attempt($$insert into finance.audit_events (tenant_id, id, action, object, actor)
  values (tests.tenant('acme'), tests.entry('forged'), 'insert', 'finance.accounts', tests.person('boss'))$$), 'accepted',
  'N4 a service that was granted INSERT on the log of the data plane writes no event');
select isnt(lint.attempt($$insert into kernel.audit_events (tenant_id, id, action, object, actor)
  values (tests.tenant('acme'), tests.entry('forged'), 'insert', 'kernel.users', tests.person('boss'))$$), 'accepted',
  'N4 nor one of the control plane');
-- N11: a tenant reads its own events alone.
select tests.act_as('auditor', 'acme');
select isnt_empty('select e.id from finance.audit_events e', 'an auditor reads the events of the tenant in context');
select is((select count(*) from finance.audit_events e where e.tenant_id <> tests.tenant('acme')), 0::bigint, 'N11 and of no other tenant');
select tests.act_as('auditor', 'globex');
select is_empty($$select e.id from finance.audit_events e where e.object = 'proofs_app.invoices'$$, 'N11 another tenant''s auditor sees none of them');
select tests.act_as('clerk', 'acme');
select throws_ok('select e.after from finance.audit_events e', '42501', null, 'N11 an application does not read what others changed (42501)');
select tests.act_as('auditor');
select throws_ok('select e.id from finance.audit_events e', '42501', 'tenant_id required', 'N11 without a tenant the log is closed (42501)');

-- A table whose columns are called like the words of the recorder.
select tests.act_as('migrator', 'acme', 'words');
create table proofs_app.words (tenant_id uuid not null, id integer not null, r text, o text, n text, k text, before text, after text,
  new_rows text, old_rows text, position integer, constraint words_tenant_id_id_pk primary key (tenant_id, id));
call aibos.track('proofs_app.words');
create function pg_temp.write_words() returns text language plpgsql as $$
begin
  insert into proofs_app.words (tenant_id, id, r, o, n, before, after, position) values (tests.tenant('acme'), 1, 'r', 'o', 'n', 'b', 'a', 9);
  update proofs_app.words set r = 'changed';
  delete from proofs_app.words;
  return 'written';
end $$;
select is(lint.attempt('select pg_temp.write_words()'), 'accepted', 'columns may be called like the words of the recorder');
select tests.act_as_superuser();
select is(lint.after($$select tests.act_as('migrator', 'acme', 'words');
    insert into proofs_app.words (tenant_id, id, r) values (tests.tenant('acme'), 1, 'r'); select tests.act_as_superuser()$$,
  $$select concat_ws(' ', e.tenant_id, e.object_id, e.after ->> 'r') from events e where e.object = 'proofs_app.words'$$),
  concat_ws(' ', tests.tenant('acme'), '1', 'r'), 'and their events say whose row it was, which one and what was in it');

-- Tables without a tenant, without a key, and partitioned ones.
select tests.act_as('migrator', 'acme', 'platform');
create table proofs_app.rates (code text, rate numeric);
call aibos.track('proofs_app.rates');
insert into proofs_app.rates values ('a', 1);
select tests.act_as_superuser();
select results_eq($$select e.tenant_id, e.object_id from events e where e.object = 'proofs_app.rates'$$,
  $$values ('00000000-0000-0000-0000-000000000000'::uuid, null::text)$$, 'a change of a table without a tenant is an event of the platform');
select tests.act_as('migrator', 'acme', 'parts');
create table proofs_app.parts (tenant_id uuid not null, id integer not null, made_on date not null,
  constraint parts_tenant_id_id_made_on_pk primary key (tenant_id, id, made_on)) partition by range (made_on);
create table proofs_app.parts_2026 partition of proofs_app.parts for values from ('2026-01-01') to ('2027-01-01');
create table proofs_app.parts_2027 partition of proofs_app.parts for values from ('2027-01-01') to ('2028-01-01');
call aibos.track('proofs_app.parts');
insert into proofs_app.parts values (tests.tenant('acme'), 1, '2026-05-01');
update proofs_app.parts set made_on = '2027-05-01';
select tests.act_as_superuser();
select is((select array_agg(e.action || ' ' || e.object_id order by e.occurred_at, e.action) from events e where e.object = 'proofs_app.parts'),
  array['insert 1/2026-05-01', 'update 1/2027-05-01'], 'H8 a row that moves between partitions leaves one event of an update');
select tests.act_as('migrator', 'acme', 'direct');
insert into proofs_app.parts_2026 values (tests.tenant('acme'), 2, '2026-06-01');
select tests.act_as_superuser();
select is((select count(*) from events e where e.reason = 'direct'), 1::bigint, 'H1 a row written to a partition directly is recorded');
select tests.act_as('migrator', 'acme');
select isnt(lint.attempt('truncate proofs_app.parts_2026'), 'accepted', 'H1 a partition of a tracked table cannot be truncated');

select * from finish();
rollback;
