-- The tables are a user's own: made by a migration login in a schema of its own, written by the finance role.
begin;
set local client_min_messages = error;
select plan(44);

select tests.act_as('migrator');
create schema proofs_app;
grant usage on schema proofs_app to public;
create table proofs_app.parents (id integer constraint parents_id_pk primary key);
create table proofs_app.receipts (
  id integer constraint receipts_id_pk primary key,
  parent_id integer constraint receipts_parent_id_fk references proofs_app.parents (id) on delete cascade on update cascade,
  note text not null default ''
);
insert into proofs_app.parents values (1), (2);
insert into proofs_app.receipts (id, parent_id) values (1, 1), (2, 2);
grant select, insert, update, delete on proofs_app.receipts to aibos_finance_role;
grant update (note) on proofs_app.receipts to aibos_auditor_role;
grant all on proofs_app.receipts to public;

-- Before the call the table changes: what the assertions below see refused.
select tests.act_as('clerk', 'acme');
select is(lint.attempt($$update proofs_app.receipts set note = 'changed'$$), 'accepted', 'before the call a clerk changes rows');
select is(lint.attempt('delete from proofs_app.receipts'), 'accepted', 'before the call a clerk removes rows');

select tests.act_as('migrator');
select lives_ok($$call aibos.append_only('proofs_app.receipts')$$, 'a migration login makes its own table append-only');
select lives_ok($$call aibos.append_only('proofs_app.receipts')$$, 'calling again is allowed');
select is((select count(*) from pg_trigger t where t.tgrelid = 'proofs_app.receipts'::regclass and not t.tgisinternal), 2::bigint,
  'two triggers are there, however often it is called');

-- What still works.
select tests.act_as('clerk', 'acme');
select lives_ok($$insert into proofs_app.receipts (id, parent_id) values (3, 1)$$, 'rows are added');
select lives_ok($$insert into proofs_app.receipts (id) values (3) on conflict do nothing$$, 'rows are added unless they are there');
select is((select count(*) from proofs_app.receipts), 3::bigint, 'rows are read');

-- The application has lost the right.
select throws_ok($$update proofs_app.receipts set note = 'changed'$$, '42501', null, 'an application may not update (42501)');
select throws_ok('delete from proofs_app.receipts', '42501', null, 'an application may not delete (42501)');
select throws_ok('truncate proofs_app.receipts', '42501', null, 'an application may not truncate (42501)');
select tests.act_as('auditor', 'acme');
select isnt(lint.attempt($$update proofs_app.receipts set note = 'changed'$$), 'accepted', 'who had a right on a column alone changes nothing');
select is(has_any_column_privilege('aibos_auditor_role', 'proofs_app.receipts', 'UPDATE'), false, 'and has lost it');
select is(has_table_privilege('aibos_config_role', 'proofs_app.receipts', 'UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'), false,
  'PUBLIC has lost what would change rows');

-- Whoever has the right is refused by the triggers: the owner, and a superuser.
select tests.act_as('migrator');
select throws_ok($$update proofs_app.receipts set note = 'changed'$$, 'IB301', null, 'the owner cannot update (IB301)');
select throws_ok($$update proofs_app.receipts set note = note$$, 'IB301', null, 'the owner cannot update without changing anything (IB301)');
select throws_ok($$update proofs_app.receipts set note = 'changed' where false$$, 'IB301', null, 'an update of no row is refused (IB301)');
select throws_ok('delete from proofs_app.receipts', 'IB301', null, 'the owner cannot delete (IB301)');
select throws_ok('delete from proofs_app.receipts where false', 'IB301', null, 'a delete of no row is refused (IB301)');
select throws_ok('truncate proofs_app.receipts', 'IB301', null, 'K23 the owner cannot truncate (IB301)');
select throws_ok('truncate proofs_app.parents cascade', 'IB301', null, 'K23 nor by truncating what it references, with CASCADE (IB301)');
select throws_ok($$insert into proofs_app.receipts (id) values (1) on conflict (id) do update set note = 'changed'$$, 'IB301', null,
  'F5 nor update by ON CONFLICT (IB301)');
select throws_ok($$insert into proofs_app.receipts (id) values (9) on conflict (id) do update set note = 'changed'$$, 'IB301', null,
  'F5 nor where there is no conflict (IB301)');
select throws_ok($$merge into proofs_app.receipts r using (select 1 as id) s on r.id = s.id when matched then update set note = 'changed'$$,
  'IB301', null, 'F7 nor update by MERGE (IB301)');
select throws_ok($$merge into proofs_app.receipts r using (select 1 as id) s on r.id = s.id when matched then delete$$,
  'IB301', null, 'F7 nor delete by MERGE (IB301)');
select lives_ok($$merge into proofs_app.receipts r using (select 4 as id) s on r.id = s.id when not matched then insert (id) values (s.id)$$,
  'F7 a MERGE that only adds is allowed');
select throws_ok('delete from proofs_app.parents where id = 1', 'IB301', null, 'K22 a cascade does not remove a row (IB301)');
select throws_ok('update proofs_app.parents set id = 7 where id = 1', 'IB301', null, 'K22 a cascade does not change a row (IB301)');
select throws_ok($$with gone as (delete from proofs_app.receipts returning id) select count(*) from gone$$, 'IB301', null,
  'F11 a delete inside a query is refused (IB301)');
select tests.act_as_superuser();
select throws_ok($$update proofs_app.receipts set note = 'changed'$$, 'IB301', null, 'a superuser cannot update (IB301)');
set local session_replication_role = replica;
select throws_ok($$update proofs_app.receipts set note = 'changed'$$, 'IB301', null, 'I4 nor by posing as replication (IB301)');
select throws_ok('delete from proofs_app.receipts', 'IB301', null, 'I4 nor delete (IB301)');
select throws_ok('truncate proofs_app.receipts', 'IB301', null, 'I4 nor truncate (IB301)');
set local session_replication_role = origin;
select is((select string_agg(r.id || r.note, ' ' order by r.id) from proofs_app.receipts r), '1 2 3 4', 'every row is as it was written');

-- Partitions: each is covered, named through the parent or directly, and when a key would move a row.
select tests.act_as('migrator');
create table proofs_app.readings (id integer not null, read_on date not null) partition by range (read_on);
create table proofs_app.readings_2026 partition of proofs_app.readings for values from ('2026-01-01') to ('2027-01-01');
insert into proofs_app.readings values (1, '2026-05-01');
call aibos.append_only('proofs_app.readings');
create table proofs_app.readings_2027 partition of proofs_app.readings for values from ('2027-01-01') to ('2028-01-01');
insert into proofs_app.readings values (2, '2027-05-01');
select throws_ok('update proofs_app.readings_2026 set id = 3', 'IB301', null, 'H1 a partition named directly cannot be updated (IB301)');
select throws_ok('truncate proofs_app.readings_2026', 'IB301', null, 'H1 nor truncated (IB301)');
select throws_ok($$update proofs_app.readings set read_on = '2027-06-01' where id = 1$$, 'IB301', null, 'H8 nor can a row move to another partition (IB301)');
select throws_ok('delete from proofs_app.readings_2027', 'IB301', null, 'H2 a partition added later refuses deletes of rows at once (IB301)');
select lives_ok($$call aibos.append_only('proofs_app.readings')$$, 'H2 the call is repeated after a partition was added');
select throws_ok('truncate proofs_app.readings_2027', 'IB301', null, 'H2 then it cannot be truncated either (IB301)');

-- What cannot be made append-only.
select throws_ok($$call aibos.append_only('proofs_app.missing')$$, '42P01', null, 'a table that does not exist is an error (42P01)');
select throws_ok($$call aibos.append_only('config.settings')$$, '42501', null, 'a table of another owner is refused (42501)');
select tests.act_as('clerk', 'acme');
select throws_ok($$call aibos.append_only('proofs_app.parents')$$, '42501', null, 'an application cannot call it (42501)');

-- An empty table is protected as well.
select tests.act_as('migrator');
create table proofs_app.empty (id integer);
call aibos.append_only('proofs_app.empty');
select throws_ok('delete from proofs_app.empty', 'IB301', null, 'a table without rows is refused the same (IB301)');

select * from finish();
rollback;
