-- Guarantee: the ledger grows by parts of its own time, and each part holds every guarantee, also when it is named directly.
-- How: entries and lines are partitioned by the id of the entry, which begins with its time, so that the keys stay what
--   they are. The last part has no end: no posting ever lacks one. A part gets the policies and guards of the whole, and
--   its lines refer to its entries.
-- Raises: 55P03, IB240, IB241, IB242, IB243
-- Proved by: pgtap/finance/partitions.sql

create or replace view finance.v_journal_parts with (security_invoker = true) as
select
  substring(e.relname from '\d+$')::integer as part_no,
  aibos.uuid_v7_time(b.from_id) as begins_at, aibos.uuid_v7_time(b.before_id) as ends_before,
  b.from_id, b.before_id, format('%I.%I', n.nspname, e.relname) collate "default" as entries_table,
  format('%I.%I', n.nspname, replace(e.relname, 'journal_entries', 'journal_lines')) collate "default" as lines_table,
  greatest(e.reltuples, 0)::bigint as estimated_entries, greatest(l.reltuples, 0)::bigint as estimated_lines,
  pg_total_relation_size(e.oid) + coalesce(pg_total_relation_size(l.oid), 0) as bytes
from pg_catalog.pg_inherits i
join pg_catalog.pg_class e on e.oid = i.inhrelid
join pg_catalog.pg_namespace n on n.oid = e.relnamespace
cross join lateral (
  select substring(bound.text from 'FROM \(''([^'']+)''\)')::uuid as from_id, substring(bound.text from 'TO \(''([^'']+)''\)')::uuid as before_id
  from pg_get_expr(e.relpartbound, e.oid) as bound (text)
) b
left join pg_catalog.pg_class l
  on l.relnamespace = e.relnamespace and l.relname = replace(e.relname, 'journal_entries', 'journal_lines')
where i.inhparent = 'finance.journal_entries'::regclass and e.relname ~ '^journal_entries_part_\d+$';
comment on view finance.v_journal_parts is
  'Parts of the ledger that are in it now: which time of posting each holds, and how large it is. Read from the catalog.';
comment on column finance.v_journal_parts.part_no is 'Number of the part, from 1.';
comment on column finance.v_journal_parts.begins_at is 'First moment of posting it holds; null for the first part.';
comment on column finance.v_journal_parts.ends_before is 'Moment at which the next part begins; null for the last part.';
comment on column finance.v_journal_parts.from_id is 'Least id of an entry in it; null for the first part.';
comment on column finance.v_journal_parts.before_id is 'Ids of its entries are less than this; null for the last part.';
comment on column finance.v_journal_parts.entries_table is 'Table of its entries.';
comment on column finance.v_journal_parts.lines_table is 'Table of their lines.';
comment on column finance.v_journal_parts.estimated_entries is 'Entries at the last ANALYZE or VACUUM.';
comment on column finance.v_journal_parts.estimated_lines is 'Lines at the last ANALYZE or VACUUM.';
comment on column finance.v_journal_parts.bytes is 'Bytes on disk with indexes.';

create or replace procedure finance._guard_part(p_part_no integer)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  parent regclass;
  part regclass;
  guard record;
begin
  foreach parent in array array['finance.journal_entries', 'finance.journal_lines']::regclass[]
  loop
    part := format('%s_part_%s', parent, p_part_no)::regclass;
    -- Row triggers are cloned to a partition, statement triggers are not; those of the engine are put there by its calls.
    for guard in
      select t.tgname, pg_get_triggerdef(t.oid) as definition
      from pg_trigger t
      where t.tgrelid = parent and not t.tgisinternal and t.tgtype & 1 = 0
        and t.tgname not in ('t10_forbid_change', 't20_assert_tenant')
    loop
      execute format('%s', regexp_replace(
        replace(guard.definition, format(' ON %s ', parent), format(' ON %s ', part)), '^CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER'));
      execute format('alter table %s enable always trigger %I', part, guard.tgname);
    end loop;
    execute format('comment on table %s is %L', part, format(
      'Part %s of %s: named by nobody, read and written through the whole.', p_part_no, parent));
    -- A parent's comments are not those of its partitions.
    for guard in
      select a.attname, col_description(parent, a.attnum) as description
      from pg_attribute a where a.attrelid = parent and a.attnum > 0 and not a.attisdropped
    loop
      execute format('comment on column %s.%I is %L', part, guard.attname, guard.description);
    end loop;
  end loop;
end
$procedure$;
comment on procedure finance._guard_part(integer) is
  'Gives a part of the ledger the statement triggers and comments of the whole. Takes its number. For the installation and the functions below only.';

create or replace function finance.raise_part_error(p_code text, p_what text, p_facts text, p_hint text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  raise exception using
    errcode = p_code, message = p_what, detail = p_facts, hint = p_hint,
    schema = 'finance', table = 'journal_entries',
    constraint = case p_code
      when 'IB240' then 'journal_part_opened_in_order'
      when 'IB241' then 'journal_part_archivable'
      when 'IB242' then 'journal_lines_present'
      when 'IB243' then 'journal_archive_unchanged'
    end;
end
$function$;
comment on function finance.raise_part_error(text, text, text, text) is
  'Raises one of the errors about parts of the ledger and archives. Takes code, message, detail and hint.';

create or replace function finance._lock_tables(p_tables regclass[], p_mode text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  limit_before text := current_setting('lock_timeout');
  name regclass;
begin
  -- Transactions may take these tables in another order: whoever waits here gives all of them back before a writer
  -- could wait in turn for long, and tries again with more patience.
  for attempt in 1 .. 60 loop
    begin
      perform set_config('lock_timeout', least(100 + 20 * attempt, 500) || 'ms', true);
      foreach name in array p_tables
      loop
        execute format('lock table %s in %s mode', name, p_mode);
      end loop;
      perform set_config('lock_timeout', limit_before, true);
      return;
    exception when lock_not_available or deadlock_detected then
      perform pg_sleep(random() / 10);
    end;
  end loop;
  raise exception using
    errcode = '55P03',
    message = 'the ledger is too busy to change its parts',
    detail = format('In 60 attempts some transaction always held one of %s.', array_to_string(p_tables, ', ')),
    hint = 'Try again in a quieter hour, or end the transactions that stay open: select pid, xact_start, query from pg_stat_activity order by 2.',
    schema = 'finance', table = 'journal_entries', constraint = 'journal_part_lock';
end
$function$;
comment on function finance._lock_tables(regclass[], text) is
  'Locks tables until the transaction ends; raises 55P03 after half a minute of trying, or one where two tables are held. Takes the tables and the mode. For the functions that prepare, open, archive and restore parts only.';

create or replace function finance.prepare_journal_part()
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  last_part integer;
  part integer;
  parent regclass;
  fk record;
begin
  select p.part_no into strict last_part from finance.v_journal_parts p where p.before_id is null;
  part := last_part + 1;
  if to_regclass(format('finance.journal_entries_part_%s', part)) is not null then
    return part;
  end if;
  -- What the keys of the new tables refer to; the audit log last, as changes of the others take it.
  perform finance._lock_tables(
    array['finance.fiscal_periods', 'finance.accounts', 'finance.fx_rates', 'finance.audit_events']::regclass[], 'share row exclusive');
  foreach parent in array array['finance.journal_entries', 'finance.journal_lines']::regclass[]
  loop
    execute format('create table %1$s_part_%2$s (like %1$s including defaults including constraints including indexes)', parent, part);
    for fk in
      select k.conname, pg_get_constraintdef(k.oid) as definition from pg_constraint k
      where k.conrelid = format('%s_part_%s', parent, last_part)::regclass and k.contype = 'f'
      order by k.conname
    loop
      execute format('alter table %s_part_%s add constraint %I %s', parent, part,
        replace(fk.conname, format('_part_%s_', last_part), format('_part_%s_', part)),
        replace(fk.definition, format('finance.journal_entries_part_%s(', last_part), format('finance.journal_entries_part_%s(', part)));
    end loop;
    call aibos.isolate_tenant(format('%s_part_%s', parent, part)::regclass);
    call aibos.append_only(format('%s_part_%s', parent, part)::regclass);
  end loop;
  call finance._guard_part(part);
  call finance._record_part(part);
  return part;
end
$function$;
comment on function finance.prepare_journal_part() is
  'Makes the tables of the next part of the ledger, still empty and out of it; returns its number, also where they are there already. Takes nothing. Run it in a transaction of its own: while it is open, nobody changes an account, a period or a rate, and no posting commits. Raises 55P03. Definer, since the tables belong to aibos_owner; for aibos_migration only.';

create or replace function finance._attach_part(p_parent regclass, p_part_no integer, p_from_id uuid, p_before_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  part regclass := format('%s_part_%s', p_parent, p_part_no)::regclass;
begin
  -- The whole gives its own row triggers to a part.
  execute format('drop trigger if exists t10_forbid_row_change on %s', part);
  execute format('drop trigger if exists t10_forbid_tenant_change on %s', part);
  execute format('alter table %s attach partition %s for values from (%s) to (%s)', p_parent, part,
    coalesce(quote_literal(p_from_id), 'minvalue'), coalesce(quote_literal(p_before_id), 'maxvalue'));
  call aibos.isolate_tenant(part);
  call aibos.append_only(part);
end
$function$;
comment on function finance._attach_part(regclass, integer, uuid, uuid) is
  'Attaches a table to the whole. Takes the whole, the number of the part, its first id and the id before which it ends (null for no limit). For the functions that open and restore parts only.';

create or replace function finance._open_part(p_from_id uuid)
returns integer
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  last_part record;
  part integer;
  parent regclass;
begin
  -- In the order of a posting.
  perform finance._lock_tables(array['finance.journal_entries', 'finance.journal_lines']::regclass[], 'access exclusive');
  select p.part_no, p.from_id, p.begins_at into strict last_part from finance.v_journal_parts p where p.before_id is null;
  part := last_part.part_no + 1;
  if p_from_id <= last_part.from_id or to_regclass(format('finance.journal_entries_part_%s', part)) is null then
    perform finance.raise_part_error('IB240', format('no part of the ledger can begin at %s', aibos.uuid_v7_time(p_from_id)),
      case when p_from_id <= last_part.from_id then format('The last part begins at %s.', last_part.begins_at) else 'No part is prepared.' end,
      'Prepare the next part first, in a transaction of its own: select finance.prepare_journal_part(). Then pass a time after those in finance.v_journal_parts.');
  end if;
  foreach parent in array array['finance.journal_entries', 'finance.journal_lines']::regclass[]
  loop
    execute format('alter table %1$s detach partition %1$s_part_%2$s', parent, last_part.part_no);
    perform finance._attach_part(parent, last_part.part_no, last_part.from_id, p_from_id);
    perform finance._attach_part(parent, part, p_from_id, null);
  end loop;
  call finance._record_part(last_part.part_no);
  call finance._record_part(part);
  return part;
end
$function$;
comment on function finance._open_part(uuid) is
  'Ends the last part of the ledger before an id and opens the next; returns its number. Takes the id. Raises IB240, 55P03, and 23514 where the last part has such ids already. For finance.open_journal_part() only.';

create or replace function finance.open_journal_part(p_from timestamptz)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  if p_from is null or p_from < clock_timestamp() + interval '1 hour' or p_from = 'infinity' then
    perform finance.raise_part_error('IB240', format('no part of the ledger can begin at %s', coalesce(p_from::text, 'null')),
      'Entries may be on their way that would belong to it.', 'Pass a time at least an hour from now.');
  end if;
  return finance._open_part(aibos.uuid_v7_from(p_from));
end
$function$;
comment on function finance.open_journal_part(timestamptz) is
  'Ends the last part of the ledger at a coming moment and opens the next, which finance.prepare_journal_part() has made; returns its number. Takes the moment, at least an hour from now; its milliseconds count. Stops postings while it runs: it reads the last part once, so open the next one before the time of the last has come, while it is empty. Raises IB240, 55P03. Definer, since the tables belong to aibos_owner; for aibos_migration only.';

create or replace procedure finance._record_part(p_part_no integer)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  of_part constant text := format('(^| on )finance\.journal_(entries|lines)_part_%s($|_)', p_part_no);
begin
  delete from aibos.installed_objects i where i.object ~ of_part;
  insert into aibos.installed_objects (kind, object, sha256)
  select c.kind, c.object, c.sha256 from aibos.current_objects() c where c.object ~ of_part;
end
$procedure$;
comment on procedure finance._record_part(integer) is
  'Records what the objects of a part look like now, and of nothing else, as aibos.record_objects() does for an installation. Takes its number. For the functions of this file and of archive.sql only.';

do $guard_parts$
declare
  part integer;
begin
  for part in select p.part_no from finance.v_journal_parts p
  loop
    call finance._guard_part(part);
  end loop;
end
$guard_parts$;
