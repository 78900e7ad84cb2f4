-- Guarantee: the database, not the client, says when a row was changed, and a row's birth is never rewritten.
-- How: a row trigger sets both times from the clock of the transaction. It is no guard, so replication keeps the
--   origin's values: it is not ENABLE ALWAYS.
-- Raises: nothing
-- Proved by: pgtap/aibos/stamps.sql

create or replace function aibos.stamp_change()
returns trigger
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  if tg_op = 'INSERT' then
    new.created_at := now();
  else
    new.created_at := old.created_at;
  end if;
  new.updated_at := now();
  return new;
end
$function$;
comment on function aibos.stamp_change() is
  'Row trigger: sets created_at and updated_at to the time of the transaction, whatever the statement says.';

create or replace procedure aibos._stamp(p_table regclass)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
begin
  execute format('create or replace trigger t30_stamp_change before insert or update on %s '
    'for each row execute function aibos.stamp_change()', p_table);
end
$procedure$;
comment on procedure aibos._stamp(regclass) is
  'Has the database keep created_at and updated_at of a table that has both.';
