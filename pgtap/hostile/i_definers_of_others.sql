-- Code of others that would run with the rights of the guard or the poster.
begin;
select plan(5);

select tests.act_as('migrator', 'acme');
create function pg_temp.try(p_sql text) returns void language plpgsql as $$
begin
  execute p_sql;
exception when insufficient_privilege then
  null;
end $$;
grant execute on function pg_temp.try(text) to public;
select set_config('tests.ran_as', '', true);

select pg_temp.try($$
  create function finance.leaf_hash(uuid, uuid, text, timestamptz, uuid, text) returns bytea language plpgsql as
  'begin perform set_config(''tests.ran_as'', current_user::text, true); return sha256(''''::bytea); end';
  grant execute on function finance.leaf_hash(uuid, uuid, text, timestamptz, uuid, text) to public;
$$);
select tests.act_as('clerk', 'acme');
select lives_ok($$
  select finance.post_journal(tests.company('acme'), date '2026-03-10', 'posted',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD'])
$$, 'an entry is posted while another login has put an overload beside a function of the ledger');
select isnt(current_setting('tests.ran_as'), 'aibos_poster', 'E17 no overload made by a migration login runs as aibos_poster');

select tests.act_as('monitor', 'acme');
create function pg_temp.spy() returns integer language plpgsql as
  'begin perform set_config(''tests.ran_as'', current_user::text, true); return 1; end';
create view pg_temp.trap as select pg_temp.spy() as n, '11111111-1111-4111-8111-111111111111'::uuid as tenant_id;
grant execute on function pg_temp.spy() to public;
grant select on pg_temp.trap to public;
do $$ begin perform aibos._count_rows_of_tenant('pg_temp.trap', tests.tenant('acme')); exception when others then null; end $$;
select isnt(current_setting('tests.ran_as'), 'aibos_guard', 'E11 the monitor cannot have a view of its own counted by aibos_guard');

select tests.act_as_superuser();
create schema workshop authorization aibos_migration;
grant usage on schema workshop to public;
select tests.act_as('migrator', 'acme');
create type workshop.mood as enum ('calm');
create function workshop.mood_json(workshop.mood) returns json language plpgsql as
  'begin perform set_config(''tests.ran_as'', current_user::text, true); return to_json(''calm''::text); end';
grant execute on function workshop.mood_json(workshop.mood) to public;
create cast (workshop.mood as json) with function workshop.mood_json(workshop.mood);
create table workshop.notes (tenant_id uuid not null, id integer not null primary key, mood workshop.mood);
do $$
begin
  call aibos.track('workshop.notes');
  insert into workshop.notes values (tests.tenant('acme'), 1, 'calm');
exception when others then null;
end $$;
select isnt(current_setting('tests.ran_as'), 'aibos_guard', 'E4 a cast made by a table''s owner does not run as the recorder of its changes');

select is_empty($$
  select n.nspname from pg_namespace n
  where n.nspname in ('aibos', 'finance') and has_schema_privilege('aibos_migration', n.oid, 'CREATE')
$$, 'E8 nobody but the owner can create in the schemas whose functions the guards and the poster call');

select * from finish();
rollback;
