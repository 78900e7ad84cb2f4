begin;
select plan(11);

-- Each function says yes to its own roles and to nobody else, whoever else asks.
select is(
  (select array_agg(r.role_name::text order by r.role_name) from (
    select p.role_name, set_config('role', p.role_name, true) is not null and aibos.is_poster() as is_it
    from (values ('aibos_poster'), ('aibos_guard'), ('aibos_owner')) as p (role_name)
  ) r where r.is_it),
  array['aibos_poster'], 'is_poster() knows the poster alone');
select is(
  (select array_agg(r.role_name::text order by r.role_name) from (
    select p.role_name, set_config('role', p.role_name, true) is not null and aibos.is_recorder() as is_it
    from (values ('aibos_poster'), ('aibos_guard'), ('aibos_owner')) as p (role_name)
  ) r where r.is_it),
  array['aibos_guard', 'aibos_poster'], 'is_recorder() knows the guard and the poster');
select is(
  (select array_agg(r.role_name::text order by r.role_name) from (
    select p.role_name, set_config('role', p.role_name, true) is not null and aibos.is_fabric() as is_it
    from (values ('aibos_poster'), ('aibos_guard'), ('aibos_owner')) as p (role_name)
  ) r where r.is_it),
  array['aibos_guard', 'aibos_owner', 'aibos_poster'], 'is_fabric() knows all three');
select tests.act_as_superuser();
select ok(not aibos.is_poster() and not aibos.is_recorder() and not aibos.is_fabric(), 'a superuser is none of them');

select is(
  (select count(*) from (
    select set_config('role', tests.role_of(p.name), true), aibos.is_poster() or aibos.is_recorder() or aibos.is_fabric() as is_it
    from (values ('clerk'), ('operator'), ('admin'), ('migrator')) as p (name)
  ) r where r.is_it),
  0::bigint, 'no application role is');

-- What a session can set changes nothing.
create function pg_temp.asked_under(p_setting text, p_value text) returns boolean language plpgsql as $$
begin
  perform set_config(p_setting, p_value, true);
  return aibos.is_poster() or aibos.is_recorder() or aibos.is_fabric();
end $$;
create function pg_temp.equal_names(name, text) returns boolean language sql return true;
create operator pg_temp.= (function = pg_temp.equal_names, leftarg = name, rightarg = text);
create temporary table answers (answer boolean);
grant insert, select on answers to public;
select tests.act_as('clerk', 'acme');
select is(pg_temp.asked_under(s.name, s.value), false, format('%s = %s changes nothing', s.name, s.value))
from (values
  ('app.tenant_id', tests.tenant('acme')::text), ('app.user_id', tests.person('clerk')::text), ('app.role', 'aibos_poster')
) as s (name, value);
set local search_path = pg_temp, pg_catalog;
insert into answers select aibos.is_poster() or aibos.is_recorder() or aibos.is_fabric();
reset search_path;
select is((select answer from pg_temp.answers), false, 'nor does an operator of the caller''s own');

select tests.act_as_superuser();
select is(
  (select count(*) from pg_proc p where p.oid in ('aibos.is_poster()'::regprocedure, 'aibos.is_recorder()'::regprocedure,
    'aibos.is_fabric()'::regprocedure) and not p.prosecdef and p.provolatile = 's'),
  3::bigint, 'they run with the rights of who asks, or they would see their own owner');
select is(
  (select count(*) from pg_proc p where p.oid in ('aibos.is_poster()'::regprocedure, 'aibos.is_recorder()'::regprocedure,
    'aibos.is_fabric()'::regprocedure) and p.prolang = (select oid from pg_language where lanname = 'plpgsql')),
  3::bigint, 'and are in a language that PostgreSQL does not unfold into the condition');

select * from finish();
rollback;
