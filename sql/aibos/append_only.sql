-- Guarantee: what was written to an append-only table stays as it was written.
-- How: triggers refuse UPDATE, DELETE and TRUNCATE before the first row and for each row, also for the owner, for
--   cascades, for partitions named directly and under session_replication_role; the privileges are taken away too.
-- Raises: IB301
-- Proved by: pgtap/aibos/append_only.sql

create or replace function aibos.forbid_change()
returns trigger
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  raise exception using
    errcode = 'IB301',
    message = format('%I.%I is append-only: %s is refused', tg_table_schema, tg_table_name, lower(tg_op)),
    hint = case
      when tg_table_schema = 'finance' and tg_table_name in ('journal_entries', 'journal_lines')
      then 'Correct a posted entry by reversal: finance.reverse_journal(entry, date, reason).'
      else 'Add a new row that supersedes the old one.'
    end,
    schema = tg_table_schema, table = tg_table_name, constraint = 'append_only';
end
$function$;
comment on function aibos.forbid_change() is
  'Trigger: raises IB301, whatever was attempted. Attached by aibos.append_only().';

create or replace procedure aibos.append_only(p_table regclass)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  grantee text;
  partition regclass;
begin
  execute format(
    'create or replace trigger t10_forbid_change before update or delete or truncate on %s '
    'for each statement execute function aibos.forbid_change()', p_table);
  execute format('alter table %s enable always trigger t10_forbid_change', p_table);
  -- A row trigger of a partitioned table is cloned to its partitions; here each gets its own, so skip clones.
  if not (select c.relispartition from pg_class c where c.oid = p_table) then
    execute format(
      'create or replace trigger t10_forbid_row_change before update or delete on %s '
      'for each row execute function aibos.forbid_change()', p_table);
  end if;
  execute format('alter table %s enable always trigger t10_forbid_row_change', p_table);

  for grantee in
    select distinct case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end
    from pg_class c,
      lateral (
        select x.grantee from aclexplode(c.relacl) x
        union
        select x.grantee from pg_attribute t, aclexplode(t.attacl) x where t.attrelid = c.oid
      ) a
    where c.oid = p_table and a.grantee <> c.relowner
  loop
    execute format('revoke update, delete, truncate, references, trigger on %s from %s', p_table, grantee);
  end loop;

  for partition in select i.inhrelid::regclass from pg_inherits i where i.inhparent = p_table
  loop
    call aibos.append_only(partition);
  end loop;
end
$procedure$;
comment on procedure aibos.append_only(regclass) is
  'Makes a table append-only; run it as the table''s owner, as often as you like. Takes the table.';
