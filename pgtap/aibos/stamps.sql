begin;
select plan(9);

select tests.act_as('clerk', 'acme');
insert into finance.companies (tenant_id, id, code, name, functional_currency, created_at, updated_at)
values (tests.tenant('acme'), tests.entry('stamped'), 'stamped', 'Stamped Ltd', 'USD', '2020-01-01', '2020-01-01');
select is((select c.created_at from finance.companies c where c.code = 'stamped'), now(), 'N5 a client cannot back-date the birth of a row');
select is((select c.updated_at from finance.companies c where c.code = 'stamped'), now(), 'N5 a client cannot back-date a change');

select throws_ok($$update finance.companies set created_at = '2020-01-01' where code = 'stamped'$$, '42501', null,
  'N5 an application cannot write created_at (42501)');

select tests.act_as('operator', 'acme');
update kernel.users set created_at = '2020-01-01', updated_at = '2020-01-01', display_name = 'Clerk' where email = 'clerk@acme.test';
select isnt((select u.created_at from kernel.users u where u.email = 'clerk@acme.test'), '2020-01-01'::timestamptz,
  'N5 an update cannot rewrite the birth of a row');
select is((select u.updated_at from kernel.users u where u.email = 'clerk@acme.test'), now(), 'an update is dated by the database');

-- Every table that has both columns is stamped; the empty case is a table that has not.
select tests.act_as_superuser();
select is_empty($$
  select c.table_name from lint.columns c
  join lint.columns u on u.oid = c.oid and u.name = 'updated_at'
  where c.name = 'created_at' and c.relkind in ('r', 'p') and not exists (
    select from pg_trigger t
    where t.tgrelid = c.oid and t.tgname = 't30_stamp_change' and t.tgfoid = 'aibos.stamp_change()'::regprocedure
      -- before, insert and update, for each row
      and t.tgtype = 1 + 2 + 4 + 16 and t.tgenabled = 'O' and t.tgqual is null
  )
$$, 'every table with created_at and updated_at is stamped');
select is(lint.after('drop trigger t30_stamp_change on finance.companies',
  $$select count(*)::text from pg_trigger t where t.tgrelid = 'finance.companies'::regclass and t.tgname = 't30_stamp_change'$$),
  '0', 'the rule above sees a stamp that was dropped');

-- Replication keeps the times of the origin: the stamp is no guard.
set local session_replication_role = replica;
insert into kernel.users (tenant_id, id, email, created_at, updated_at)
values (tests.tenant('acme'), tests.person('replicated'), 'replicated@acme.test', '2020-01-01', '2020-01-02');
select is((select u.created_at from kernel.users u where u.email = 'replicated@acme.test'), '2020-01-01'::timestamptz,
  'a row that is replicated keeps the birth it had');
set local session_replication_role = origin;

select tests.act_as('operator', 'acme');
select throws_ok($$call aibos._stamp('kernel.users')$$, '42501', null, 'an application cannot attach or replace the stamp (42501)');

select * from finish();
rollback;
