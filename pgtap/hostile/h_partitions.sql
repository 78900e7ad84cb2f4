-- A partitioned table of a user's own. What a parent has does not hold for a partition that is named directly, unless it is put there.
begin;
set local client_min_messages = error;
select plan(46);

create schema workshop authorization aibos_migration;
grant usage on schema workshop to public;

select tests.act_as('migrator', 'acme');
create table workshop.receipts (
  tenant_id uuid not null, id integer not null, received_on date not null, amount_cents bigint not null,
  primary key (tenant_id, id, received_on)
) partition by range (received_on);
create table workshop.receipts_2026 partition of workshop.receipts for values from ('2026-01-01') to ('2027-01-01');
create table workshop.receipts_later partition of workshop.receipts for values from ('2027-01-01') to ('2030-01-01') partition by range (id);
create table workshop.receipts_later_few partition of workshop.receipts_later for values from (0) to (1000);
create temp table partitions (name text);
insert into partitions values ('workshop.receipts_2026'), ('workshop.receipts_later'), ('workshop.receipts_later_few');
grant select on partitions to public;

select is(tests.outcome('call aibos.isolate_tenant(''workshop.receipts'')'), 'accepted', 'H1 a partitioned table is isolated with its partitions');
select is(tests.outcome('call aibos.append_only(''workshop.receipts'')'), 'accepted', 'H1 and made append-only');
select is(tests.outcome('call aibos.isolate_tenant(''workshop.receipts''); call aibos.append_only(''workshop.receipts'')'), 'accepted', 'H1 as often as one likes');
select is_empty($$
  select p.name from partitions p join pg_class c on c.oid = p.name::regclass
  where not (c.relrowsecurity and c.relforcerowsecurity
    and exists (select from pg_policy o where o.polrelid = c.oid and o.polname = 'tenant_isolation')
    and (select count(*) from pg_trigger t where t.tgrelid = c.oid and t.tgenabled = 'A'
      and t.tgname in ('t10_forbid_change', 't10_forbid_row_change', 't20_assert_tenant', 't10_forbid_tenant_change')) = 4)
$$, 'H1 every partition, of partitions too, has the policy and the guards itself');
create function pg_temp.failures() returns text language sql stable as $$
  select string_agg(v.check_name || ' ' || v.object, ', ' order by v.check_name, v.object) from (
    select check_name, object, status from aibos.v_tenant_isolation_check where object like 'workshop.%'
    union all
    select check_name, object, status from finance.v_immutability_check where object like '%workshop.%'
  ) v where v.status = 'FAIL'
$$;
grant execute on function pg_temp.failures() to public;
select is(pg_temp.failures(), null, 'H1 and the checks find nothing wrong');
grant select, insert on workshop.receipts to aibos_finance_role;

select tests.act_as('clerk', 'acme');
select is(tests.outcome('insert into workshop.receipts values (tests.tenant(''acme''), 1, ''2026-03-10'', 5), (tests.tenant(''acme''), 2, ''2027-03-10'', 5)'),
  'accepted', 'rows of one''s own go in through the parent');
select is(tests.outcome('insert into workshop.receipts values (tests.tenant(''globex''), 3, ''2026-03-10'', 5)'), '42501', 'F1 rows of another tenant do not (42501)');
select tests.act_as('clerk', 'globex');
select is(tests.outcome('insert into workshop.receipts values (tests.tenant(''globex''), 3, ''2026-03-10'', 5), (tests.tenant(''globex''), 4, ''2027-03-10'', 5)'),
  'accepted', 'the other tenant has rows as well');
select is((select array_agg(id order by id) from workshop.receipts), array[3, 4], 'each sees its own');

select tests.act_as('clerk', 'acme');
select is(tests.outcome('select from ' || name), '42501', format('H1 %s cannot be named directly: it is granted to nobody (42501)', name)) from partitions;

-- The careless grant.
select tests.act_as('migrator', 'acme');
grant all on all tables in schema workshop to aibos_finance_role;
select matches(pg_temp.failures(), 'grants workshop.receipts_2026', 'H1 a grant on all tables of the schema is seen');
select tests.act_as('clerk', 'acme');
select is((select array_agg(id) from workshop.receipts_2026), array[1], 'H1 where a partition is granted its own policy holds');
select is((select array_agg(id) from workshop.receipts_later_few), array[2], 'H1 one level deeper too');
select is(tests.outcome(format('insert into %s values (tests.tenant(%L), 9, %L, 5)', p.name, 'globex', p.day)), '42501',
  format('H1 a row of another tenant does not go straight into %s (42501)', p.name))
from (values ('workshop.receipts_2026', '2026-03-10'), ('workshop.receipts_later', '2027-03-10'), ('workshop.receipts_later_few', '2027-03-10')) as p (name, day);
select is(tests.outcome('update ' || name || ' set amount_cents = 6'), 'IB301', format('H1 %s stays append-only (IB301)', name)) from partitions;
select is(tests.outcome('delete from ' || name), 'IB301', format('H1 nothing is deleted from %s (IB301)', name)) from partitions;
select is(tests.outcome('truncate ' || name), 'IB301', format('H1 nor is %s truncated (IB301)', name)) from partitions;
select tests.set_context('clerk', null);
select is(tests.outcome('insert into workshop.receipts_2026 values (tests.tenant(''acme''), 9, ''2026-03-10'', 5)'), '42501',
  'H1 without a tenant nothing goes straight into a partition (42501)');
select is(tests.outcome('select from workshop.receipts_2026'), '42501', 'H1 and nothing comes out (42501)');
select tests.act_as('migrator', 'acme');
select is(tests.outcome('update workshop.receipts_2026 set amount_cents = 6'), 'IB301', 'H1 not even its owner changes a row (IB301)');
select tests.act_as_superuser();
select is(tests.outcome('update workshop.receipts_2026 set amount_cents = 6'), 'IB301', 'H1 nor a superuser (IB301)');
select is(tests.outcome('update workshop.receipts set received_on = ''2027-05-05'' where id = 1'), 'IB301', 'H8 nor does a row move to another partition (IB301)');

-- A partition that a job makes later.
select tests.act_as('migrator', 'acme');
revoke all on all tables in schema workshop from aibos_finance_role;
grant select, insert on workshop.receipts to aibos_finance_role;
create table workshop.receipts_2030 partition of workshop.receipts for values from ('2030-01-01') to ('2031-01-01');
select matches(pg_temp.failures(), 'row_security_forced workshop.receipts_2030', 'H2 a partition that was made later shows until it is isolated');
select tests.act_as('clerk', 'acme');
select is(tests.outcome('select from workshop.receipts_2030'), '42501', 'H2 meanwhile nobody can name it (42501)');
select is(tests.outcome('insert into workshop.receipts values (tests.tenant(''globex''), 3, ''2030-03-10'', 5)'), '42501', 'H2 and through its parent the policy holds (42501)');
select is(tests.outcome('insert into workshop.receipts values (tests.tenant(''acme''), 3, ''2030-03-10'', 5)'), 'accepted', 'H2 for rows of one''s own as well');
select tests.act_as_superuser();
select is(tests.outcome('update workshop.receipts_2030 set amount_cents = 6'), 'IB301', 'H2 its rows cannot be changed from the first moment (IB301)');
select tests.act_as('migrator', 'acme');
select lives_ok('call aibos.isolate_tenant(''workshop.receipts''); call aibos.append_only(''workshop.receipts'')', 'H2 the same two calls take it in');
select is(pg_temp.failures(), null, 'H2 and the checks are satisfied');
alter table workshop.receipts detach partition workshop.receipts_2030;
select tests.act_as_superuser();
select is(tests.outcome('delete from workshop.receipts_2030'), 'IB301', 'N14 a partition that was detached stays append-only (IB301)');
select tests.act_as('clerk', 'acme');
select is(tests.outcome('alter table workshop.receipts detach partition workshop.receipts_2026'), '42501', 'N14 an application detaches none (42501)');

-- A partitioned table whose rows may change, tracked.
select tests.act_as('migrator', 'acme');
create table workshop.orders (tenant_id uuid not null, id integer not null, ordered_on date not null, state text not null, primary key (tenant_id, id, ordered_on))
  partition by range (ordered_on);
create table workshop.orders_2026 partition of workshop.orders for values from ('2026-01-01') to ('2027-01-01');
create table workshop.orders_2027 partition of workshop.orders for values from ('2027-01-01') to ('2028-01-01');
select lives_ok('call aibos.isolate_tenant(''workshop.orders''); call aibos.track(''workshop.orders''); call aibos.track(''workshop.orders'')',
  'H1 a partitioned table is tracked, as often as one likes');
grant select, insert, update, delete on all tables in schema workshop to aibos_finance_role;
select tests.act_as('clerk', 'acme');
insert into workshop.orders values (tests.tenant('acme'), 1, '2026-03-10', 'made');
insert into workshop.orders_2027 values (tests.tenant('acme'), 2, '2027-03-10', 'made');
update workshop.orders set ordered_on = '2027-03-10' where id = 1;
update workshop.orders_2027 set state = 'sent' where id = 2;
select is(tests.outcome('update workshop.orders set tenant_id = tests.tenant(''globex''), ordered_on = ''2026-05-05'''), 'IB103',
  'H8 a row that moves to another partition does not move to another tenant (IB103)');
select is(tests.outcome('update workshop.orders_2027 set tenant_id = tests.tenant(''globex'')'), 'IB103', 'H8 nor where a partition is named (IB103)');
select is(tests.outcome('truncate workshop.orders_2026'), '42501', 'H1 an application truncates no partition (42501)');
select tests.act_as('auditor', 'acme');
select results_eq($$
  select a.action || ' ' || a.object_id || ' ' || coalesce(a.after ->> 'state', a.after ->> 'ordered_on')
  from (select action, object_id, after, occurred_at, ctid from finance.audit_events union all
    select action, object_id, after, occurred_at, ctid from kernel.audit_events) a
  where a.occurred_at >= now() order by a.occurred_at, a.ctid
$$, $$values ('insert 1/2026-03-10 made'), ('insert 2/2027-03-10 made'), ('update 1/2027-03-10 2027-03-10'), ('update 2/2027-03-10 sent')$$,
  'H8 every change leaves one event: through the parent, through a partition, and from one to the other');

select * from finish();
rollback;
