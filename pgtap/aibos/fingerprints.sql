begin;
select plan(7);

create function pg_temp.failing() returns setof text language sql as $$
  select object || ': ' || detail from aibos.v_tenant_isolation_check
  where check_name = 'routine_unchanged' and status <> 'PASS' order by 1
$$;

select is_empty('select pg_temp.failing()', 'every routine is as the installation left it');
select cmp_ok(
  (select count(*) from aibos.v_tenant_isolation_check where check_name = 'routine_unchanged'), '>', 30::bigint,
  'every routine of the fabric is looked at');

create or replace function finance.assert_lines_balanced() returns trigger language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp as $$ begin return null; end $$;
select results_eq('select pg_temp.failing()', array['finance.assert_lines_balanced(): It is not what the installation left.'],
  'a guard whose body was replaced shows, although its owner, path and security stayed');

alter function finance.post_journals(jsonb) security invoker;
select set_has('select pg_temp.failing()',
  $$ values ('finance.post_journals(jsonb): It is not what the installation left.') $$,
  'a function whose security was changed shows');

create function finance.post_anything() returns integer language sql return 1;
select set_has('select pg_temp.failing()',
  $$ values ('finance.post_anything(): It was made after the installation.') $$, 'a function beside ours shows');

drop function finance.fold_balances(integer);
select set_has('select pg_temp.failing()',
  $$ values ('finance.fold_balances(integer): It was dropped.') $$, 'a dropped function shows');

set local search_path = finance, aibos, config, pg_catalog, public, tap;
select is((select count(*) from pg_temp.failing()), 4::bigint, 'the search_path of who asks changes nothing');

select * from finish();
rollback;
