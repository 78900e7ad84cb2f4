-- Code of others that would run with the rights of the recorder of changes.
begin;
select plan(2);

select tests.act_as_superuser();
create schema workshop authorization aibos_migration;
grant usage on schema workshop to public;
select set_config('tests.ran_as', '', true);
select tests.act_as('migrator', 'acme');
create function workshop.spy() returns uuid language plpgsql as $$
begin
  perform set_config('tests.ran_as', current_user::text, true);
  return tests.tenant('acme');
end $$;
grant execute on function workshop.spy() to public;
create table workshop.notes (tenant_id uuid not null, id integer not null primary key);
create temp view new_rows as select workshop.spy() as tenant_id, 1 as id;
grant select on new_rows to public;
create trigger spy after insert on workshop.notes
  for each statement execute function aibos.record_change('finance', 'tenant_id', '{id}', '');
do $$ begin insert into workshop.notes values (tests.tenant('acme'), 1); exception when others then null; end $$;
select isnt(current_setting('tests.ran_as'), 'aibos_guard',
  'E7 the recorder reads no view of another''s that bears the name of its transition table');
create or replace trigger spy after delete on workshop.notes
  for each statement execute function aibos.record_change('finance', 'tenant_id', '{id}', '');
create temp view old_rows as select workshop.spy() as tenant_id, 1 as id;
grant select on old_rows to public;
do $$ begin delete from workshop.notes; exception when others then null; end $$;
select isnt(current_setting('tests.ran_as'), 'aibos_guard', 'E7 nor one that bears the name of the other');

select * from finish();
rollback;
