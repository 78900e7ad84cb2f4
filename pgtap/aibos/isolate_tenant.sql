-- The tables are a user's own: made by a migration login in a schema of its own, read and written by the finance role.
begin;
set local client_min_messages = error;
select plan(51);

select tests.act_as('migrator');
create schema proofs_app;
grant usage on schema proofs_app to public;
create table proofs_app.invoices (
  tenant_id uuid not null, id integer not null, note text not null default '',
  constraint invoices_tenant_id_id_pk primary key (tenant_id, id)
);
insert into proofs_app.invoices (tenant_id, id)
values (tests.tenant('acme'), 1), (tests.tenant('acme'), 2), (tests.tenant('globex'), 1);
grant select, insert, update, delete on proofs_app.invoices to aibos_finance_role;
grant select on proofs_app.invoices to public;

-- Before the call the table is open: what the assertions below see closed.
select tests.act_as('clerk', 'acme');
select is((select count(*) from proofs_app.invoices), 3::bigint, 'before the call a clerk reads the rows of all tenants');

select tests.act_as('migrator');
select lives_ok($$call aibos.isolate_tenant('proofs_app.invoices')$$, 'a migration login isolates its own table');
select lives_ok($$call aibos.isolate_tenant('proofs_app.invoices')$$, 'calling again is allowed');
select is(
  (select array_agg(p.polname || case when p.polpermissive then '' else ' restrictive' end order by p.polname) from pg_policy p
    where p.polrelid = 'proofs_app.invoices'::regclass),
  array['guard_read', 'tenant_isolation'], 'two policies are there, however often it is called');
select is((select relrowsecurity and relforcerowsecurity from pg_class where oid = 'proofs_app.invoices'::regclass), true,
  'row security is enabled and forced');
select is(has_table_privilege('aibos_config_role', 'proofs_app.invoices', 'SELECT'), false, 'PUBLIC has lost what it had');

-- Reading.
select tests.act_as('clerk', 'acme');
select results_eq('select i.id from proofs_app.invoices i order by i.id', array[1, 2], 'a clerk reads the rows of the own tenant');
select is_empty($$select i.id from proofs_app.invoices i where i.tenant_id = tests.tenant('globex')$$, 'asking for another tenant finds nothing');
select is_empty($$select i.id from proofs_app.invoices i where i.tenant_id = tests.tenant('globex') or true and i.tenant_id <> tests.tenant('acme')$$,
  'no condition widens what is read');
create function pg_temp.leak(p uuid) returns boolean language plpgsql cost 0.0000001 as $$
begin
  perform set_config('tests.leaked', concat_ws(' ', current_setting('tests.leaked', true), p::text), true);
  return true;
end $$;
select count(*) from proofs_app.invoices i where pg_temp.leak(i.tenant_id);
select unalike(current_setting('tests.leaked'), '%' || tests.tenant('globex')::text || '%', 'E4 a cheap leaky function is shown no row of another tenant');
select tests.act_as('clerk');
select throws_ok('select i.id from proofs_app.invoices i', '42501', 'tenant_id required', 'A1 a read without a tenant is refused (42501)');

-- Writing.
select tests.act_as('clerk', 'acme');
select lives_ok($$insert into proofs_app.invoices (tenant_id, id) values (tests.tenant('acme'), 3)$$, 'a clerk writes for the own tenant');
select throws_ok($$insert into proofs_app.invoices (tenant_id, id) values (tests.tenant('globex'), 3)$$, '42501', null,
  'F1 a clerk cannot write for another tenant (42501)');
select throws_ok($$insert into proofs_app.invoices (tenant_id, id) values (tests.tenant('globex'), 1) on conflict do nothing$$, '42501', null,
  'F5 nor find out by ON CONFLICT what another tenant has (42501)');
select throws_ok($$update proofs_app.invoices set tenant_id = tests.tenant('globex')$$, 'IB103', null,
  'F2 a clerk cannot move a row to another tenant (IB103)');
select results_eq($$with changed as (update proofs_app.invoices set note = 'seen' returning tenant_id) select distinct c.tenant_id from changed c$$,
  $$select tests.tenant('acme')$$, 'F11 an update of everything changes the rows of the own tenant alone');
select results_eq($$with gone as (delete from proofs_app.invoices where id = 1 returning tenant_id) select distinct g.tenant_id from gone g$$,
  $$select tests.tenant('acme')$$, 'F11 a delete by a key that another tenant has too removes the own row alone');
select throws_ok($$merge into proofs_app.invoices i using (select tests.tenant('globex') as t) s on i.tenant_id = s.t and i.id = 1
  when matched then delete when not matched then insert (tenant_id, id) values (s.t, 1)$$, '42501', null,
  'F7 a merge does not see another tenant''s row and cannot add one (42501)');
select throws_ok($$copy proofs_app.invoices from '/dev/null'$$, null, null, 'F8 COPY FROM is refused');
select tests.act_as('clerk');
select throws_ok($$update proofs_app.invoices set note = 'x' where false$$, '42501', 'tenant_id required', 'a write without a tenant is refused, whatever its rows (42501)');
select tests.enter('33333333-3333-4333-8333-333333333333');
select throws_ok($$insert into proofs_app.invoices (tenant_id, id) values ('33333333-3333-4333-8333-333333333333', 1)$$, 'IB101', null,
  'a tenant that is not registered cannot write (IB101)');
select tests.act_as_superuser();
select is((select count(*) from proofs_app.invoices i where i.tenant_id = tests.tenant('globex') and i.note = ''), 1::bigint,
  'the other tenant''s row is as it was');

-- The owner is bound as well, and whoever is not named sees nothing.
select tests.act_as('migrator', 'acme');
select is_empty('select i.id from proofs_app.invoices i', 'D1 the owner of the table sees no row: the policy does not name it');
select throws_ok($$insert into proofs_app.invoices (tenant_id, id) values (tests.tenant('acme'), 9)$$, '42501', null,
  'D1 the owner of the table writes no row (42501)');
select tests.act_as_superuser();
grant select, truncate on proofs_app.invoices to aibos_finance_role;
select tests.act_as('clerk', 'acme');
select isnt(lint.attempt('truncate proofs_app.invoices'), 'accepted',
  'F10 a truncate, which would remove the rows of every tenant, is refused even where it was granted');
select tests.act_as('migrator', 'acme');
select isnt(lint.attempt('truncate proofs_app.invoices'), 'accepted',
  'F10 nor can the owner empty the table of all tenants in the name of one');
select tests.act_as_superuser();

-- The guards hold for a superuser who poses as replication.
set local session_replication_role = replica;
select set_config('app.tenant_id', '', true);
select throws_ok($$delete from proofs_app.invoices where false$$, '42501', 'tenant_id required', 'I4 the write guard fires always (42501)');
select throws_ok($$update proofs_app.invoices set tenant_id = tests.tenant('acme'), id = 99 where tenant_id = tests.tenant('globex')$$,
  '42501', 'tenant_id required', 'I4 an update asks for a tenant (42501)');
select tests.set_context('admin', 'acme');
select throws_ok($$update proofs_app.invoices set tenant_id = tests.tenant('acme'), id = 99 where tenant_id = tests.tenant('globex')$$,
  'IB103', null, 'I4 no row moves, for nobody (IB103)');
set local session_replication_role = origin;

-- Roles of the user's own.
create role proofs_service;
grant usage on schema proofs_app to proofs_service;
select tests.act_as('migrator');
grant select, insert on proofs_app.invoices to proofs_service;
call aibos.isolate_tenant('proofs_app.invoices', p_roles => array['proofs_service']::name[]);
select tests.act_as_superuser();
grant aibos_config_role to proofs_service; -- for the right to call the context function
select tests.set_context('service', 'acme');
set local role proofs_service;
select is((select count(distinct i.tenant_id) from proofs_app.invoices i), 1::bigint, 'a role named in the call reads its tenant''s rows');
select tests.act_as('clerk', 'acme');
select is_empty('select i.id from proofs_app.invoices i', 'a role that the call does not name reads none');
select tests.act_as('migrator');
select throws_ok($$call aibos.isolate_tenant('proofs_app.invoices', p_roles => array['public']::name[])$$, null, null,
  'D8 a table cannot be isolated for PUBLIC');
select throws_ok($$call aibos.isolate_tenant('proofs_app.invoices', p_roles => array[]::name[])$$, null, null,
  'a table cannot be isolated for no role at all');
select throws_ok($$call aibos.isolate_tenant('proofs_app.invoices', p_roles => array['nobody_of_this_name']::name[])$$, '42704', null,
  'a role that does not exist is an error (42704)');

-- Either in every respect, or the call fails: policies that were there before may not remain wider.
create table proofs_app.once_open (tenant_id uuid not null, id integer not null);
create policy open_read on proofs_app.once_open for select to public using (true);
grant select on proofs_app.once_open to aibos_finance_role;
insert into proofs_app.once_open (tenant_id, id) values (tests.tenant('acme'), 1), (tests.tenant('globex'), 1);
do $$
begin
  call aibos.isolate_tenant('proofs_app.once_open');
exception when others then
  null;
end $$;
select tests.act_as('clerk', 'acme');
select isnt((select count(distinct o.tenant_id) from proofs_app.once_open o where (select relforcerowsecurity from pg_class where oid = 'proofs_app.once_open'::regclass)),
  2::bigint, 'D11 after the call no older policy lets another tenant''s rows be read');
select tests.act_as('migrator');
create table proofs_app.once_named (tenant_id uuid not null, id integer not null);
create policy tenant_isolation on proofs_app.once_named for update to public using (true);
do $$
begin
  call aibos.isolate_tenant('proofs_app.once_named');
exception when others then
  null;
end $$;
select isnt(
  (select p.polcmd::text from pg_policy p join pg_class c on c.oid = p.polrelid
    where p.polname = 'tenant_isolation' and c.oid = 'proofs_app.once_named'::regclass and c.relforcerowsecurity),
  'w', 'D11 an older policy of the same name for one command does not remain');

-- What cannot be isolated.
create table proofs_app.no_tenant (id integer);
create table proofs_app.text_tenant (tenant_id text not null);
create table proofs_app.null_tenant (tenant_id uuid);
create view proofs_app.a_view as select i.id, i.tenant_id from proofs_app.invoices i;
select throws_ok($$call aibos.isolate_tenant('proofs_app.no_tenant')$$, 'IB110', null, 'a table without a tenant column is refused (IB110)');
select throws_ok($$call aibos.isolate_tenant('proofs_app.text_tenant')$$, 'IB110', null, 'a tenant column that is no uuid is refused (IB110)');
select throws_ok($$call aibos.isolate_tenant('proofs_app.null_tenant')$$, 'IB110', null, 'a tenant column that may be null is refused (IB110)');
select throws_ok($$call aibos.isolate_tenant('proofs_app.a_view')$$, 'IB110', null, 'a view is refused (IB110)');
select throws_ok($$call aibos.isolate_tenant('proofs_app.missing')$$, '42P01', null, 'a table that does not exist is an error (42P01)');
select throws_ok($$call aibos.isolate_tenant('finance.accounts', p_roles => array['aibos_migration']::name[])$$, '42501', null,
  'D11 a table of another owner cannot be isolated anew (42501)');
select tests.act_as('clerk', 'acme');
select throws_ok($$call aibos.isolate_tenant('proofs_app.invoices')$$, '42501', null, 'an application cannot call it (42501)');

-- A tenant column of another name.
select tests.act_as('migrator');
create table proofs_app."Odd ""Table""" ("Tenant" uuid not null, id integer not null);
select lives_ok($$call aibos.isolate_tenant('proofs_app."Odd ""Table"""', 'Tenant')$$, 'names that need quoting are quoted');
grant select, insert on proofs_app."Odd ""Table""" to aibos_finance_role;
select tests.act_as('clerk', 'acme');
select throws_ok($$insert into proofs_app."Odd ""Table""" values (tests.tenant('globex'), 1)$$, '42501', null,
  'the column named in the call is the one that is checked (42501)');

-- H1, H2: partitions. A parent's policy and statement triggers do not apply to a partition that is named directly.
select tests.act_as('migrator');
create table proofs_app.events (tenant_id uuid not null, id integer not null, happened_on date not null) partition by range (happened_on);
create table proofs_app.events_2026 partition of proofs_app.events for values from ('2026-01-01') to ('2027-01-01');
insert into proofs_app.events values (tests.tenant('acme'), 1, '2026-05-01'), (tests.tenant('globex'), 1, '2026-05-01');
select lives_ok($$call aibos.isolate_tenant('proofs_app.events')$$, 'H1 a partitioned table is isolated');
grant select, insert, update, delete on proofs_app.events, proofs_app.events_2026 to aibos_finance_role;
select tests.act_as('clerk', 'acme');
select is((select count(*) from proofs_app.events e where (select relforcerowsecurity from pg_class where oid = 'proofs_app.events'::regclass)),
  1::bigint, 'H1 the partitioned table shows the rows of the own tenant');
select is((select count(*) from proofs_app.events_2026), 1::bigint, 'H1 so does a partition that is named directly, should it be granted');
select throws_ok($$insert into proofs_app.events_2026 values (tests.tenant('globex'), 2, '2026-05-01')$$, '42501', null,
  'H1 a partition that is named directly takes no row of another tenant (42501)');
select tests.act_as('migrator');
create table proofs_app.events_2027 partition of proofs_app.events for values from ('2027-01-01') to ('2028-01-01');
select lives_ok($$call aibos.isolate_tenant('proofs_app.events')$$, 'H2 the call is repeated after a partition was added');
select is((select relrowsecurity and relforcerowsecurity from pg_class where oid = 'proofs_app.events_2027'::regclass), true,
  'H2 the new partition is isolated too');

select * from finish();
rollback;
