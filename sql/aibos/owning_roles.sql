-- Guarantee: a guard steps aside for nobody but the functions of the roles that own the guarantees.
-- How: those functions run as a role nobody can become, so the role in force tells them apart; a client cannot forge it as
--   it could a setting. The conditions of the triggers ask these functions, because PostgreSQL parses the condition of a
--   trigger for each statement, and a call is short (docs/decisions/0006-domains-instead-of-table-checks.md).
-- Raises: nothing
-- Proved by: pgtap/aibos/owning_roles.sql

create or replace function aibos.is_poster()
returns boolean
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  return current_user = 'aibos_poster';
end
$function$;
comment on function aibos.is_poster() is
  'Whether a posting function is at work. Takes nothing; true only while the role in force is aibos_poster.';

create or replace function aibos.is_recorder()
returns boolean
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  return current_user in ('aibos_guard', 'aibos_poster');
end
$function$;
comment on function aibos.is_recorder() is
  'Whether a guard or a posting function is at work. Takes nothing; true only while the role in force is aibos_guard or aibos_poster.';

create or replace function aibos.is_fabric()
returns boolean
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  return current_user in ('aibos_owner', 'aibos_guard', 'aibos_poster');
end
$function$;
comment on function aibos.is_fabric() is
  'Whether a function of the owning roles is at work. Takes nothing; true only while the role in force is aibos_owner, aibos_guard or aibos_poster.';
