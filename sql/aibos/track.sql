-- Guarantee: a change to a tracked table leaves an event: who, what, before, after, why, in which request.
-- How: statement triggers read the changed rows from transition tables and write them to the audit log of the
--   plane in the same statement; nobody but the recorder can insert there.
-- Raises: IB102, IB110, IB302, IB304
-- Proved by: pgtap/aibos/track.sql

create or replace function aibos.record_change()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  -- tg_argv: 0 the schema of the audit log, 1 the tenant column or '', 2 the key columns as a text array,
  --   3 any_status where tenants that are not active may write
  tenant_column text := nullif(tg_argv[1], '');
  key_columns text[] := tg_argv[2]::text[];
  row_as_json text := 'to_jsonb(r.*)';
  inactive uuid;
begin
  -- The rows are those of the transition tables of this very trigger. Where it has none, their names would mean whatever
  -- somebody keeps in pg_temp, and it would be read with the rights of this function.
  if not exists (
    select from pg_trigger t
    where t.tgrelid = tg_relid and t.tgname = tg_name
      and (tg_op = 'DELETE' or t.tgnewtable = 'new_rows') and (tg_op = 'INSERT' or t.tgoldtable = 'old_rows')
  ) then
    raise exception using
      errcode = 'IB110',
      message = format('trigger %s on %I.%I was not made by aibos.track()', tg_name, tg_table_schema, tg_table_name),
      hint = format('call aibos.track(%L)', format('%I.%I', tg_table_schema, tg_table_name));
  end if;
  -- to_jsonb() calls casts that the owner of a type may have written, with the rights of this function. A column of such a
  -- type is taken as its output text instead, which no cast can change.
  if exists (
    select from pg_attribute a
    where a.attrelid = tg_relid and a.attnum > 0 and not a.attisdropped and a.atttypid >= 16384
  ) then
    select format('(select jsonb_object_agg(c.name, c.value) from (values %s) as c (name, value))',
      string_agg(
        case
          when a.atttypid < 16384 then format('(%L, to_jsonb(r.%I))', a.attname, a.attname)
          else format('(%L, to_jsonb(case when num_nulls(r.%I) = 0 then format(''%%s'', r.%I) end))',
            a.attname, a.attname, a.attname)
        end, ', ' order by a.attnum))
    into row_as_json
    from pg_attribute a
    where a.attrelid = tg_relid and a.attnum > 0 and not a.attisdropped;
  end if;

  execute format($query$
    with changed as materialized (
      select
        coalesce((coalesce(n.after, o.before) ->> %1$L)::uuid, '00000000-0000-0000-0000-000000000000') as tenant_id,
        (select string_agg(coalesce(n.after, o.before) ->> k.name, '/' order by k.position)
          from unnest(%2$L::text[]) with ordinality as k(name, position)) as object_id,
        o.before, n.after
      from %3$s
    ), event as (
      insert into %4$I.audit_events (tenant_id, id, actor, action, object, object_id, before, after, reason, request_id)
      select c.tenant_id, aibos.uuid_v7(), aibos.current_actor(), $1, $2, c.object_id, d.before, d.after, $3, $4
      from changed c
      cross join lateral (%5$s) d
      returning tenant_id
    )
    select t.tenant_id from aibos.tenant_registry t
    where t.status <> 'active' and t.tenant_id in (select e.tenant_id from event e)
    limit 1$query$,
    coalesce(tenant_column, ''), key_columns,
    case tg_op
      when 'INSERT' then format('(select %s as after from new_rows r) n, (select null::jsonb as before) o', row_as_json)
      when 'DELETE' then format('(select %s as before from old_rows r) o, (select null::jsonb as after) n', row_as_json)
      else format('(select %1$s as before, row_number() over () as position from old_rows r) o '
        'join (select %1$s as after, row_number() over () as position from new_rows r) n using (position)', row_as_json)
    end,
    case tg_argv[0] when 'kernel' then 'kernel' else 'finance' end,
    -- Of an update what changed, and nothing where nothing did.
    case tg_op
      when 'UPDATE' then 'select jsonb_object_agg(b.key, b.value) filter (where b.value is distinct from c.after -> b.key) as before, '
        'jsonb_object_agg(b.key, c.after -> b.key) filter (where b.value is distinct from c.after -> b.key) as after '
        'from jsonb_each(c.before) b having c.before <> c.after'
      else 'select c.before, c.after'
    end)
  into inactive
  using lower(tg_op), tg_table_schema || '.' || tg_table_name,
    nullif(current_setting('app.reason', true), ''), nullif(current_setting('app.request_id', true), '');
  -- The tenants of the rows, not of the context: a statement may begin under one tenant and name another in its values.
  if inactive is not null and tg_argv[3] <> 'any_status' then
    raise exception using
      errcode = 'IB102',
      message = format('tenant %s is not active', inactive),
      hint = 'Only an active tenant may write; reading still works.',
      schema = tg_table_schema, table = tg_table_name, constraint = 'tenant_active';
  end if;
  return null;
end
$function$;
alter function aibos.record_change() owner to aibos_guard;
comment on function aibos.record_change() is
  'Statement trigger: writes one audit event per changed row. Definer, since the application cannot insert into the audit log.';

create or replace function aibos.forbid_truncate()
returns trigger
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  raise exception using
    errcode = 'IB302',
    message = format('%I.%I is tracked: truncate is refused', tg_table_schema, tg_table_name),
    detail = 'TRUNCATE removes rows without a trace.',
    hint = 'Delete the rows: each deletion is recorded.',
    schema = tg_table_schema, table = tg_table_name, constraint = 'tracked';
end
$function$;
comment on function aibos.forbid_truncate() is
  'Statement trigger: raises IB302. Attached by aibos.track(), since a truncate shows no rows to record.';

create or replace procedure aibos.track(
  p_table regclass,
  p_tenant_column name default 'tenant_id',
  p_any_status boolean default false
)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  table_schema name;
  log_schema name;
  tenant_column name;
  key_columns text[];
  arguments text;
  partition regclass;
begin
  select n.nspname into table_schema
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = p_table;

  log_schema := case
    when table_schema in ('kernel', 'config', 'aibos') and to_regclass('kernel.audit_events') is not null then 'kernel'
    when to_regclass('finance.audit_events') is not null then 'finance'
    else 'kernel'
  end;

  select a.attname into tenant_column
  from pg_attribute a where a.attrelid = p_table and a.attname = p_tenant_column and not a.attisdropped;

  select array_agg(a.attname::text order by k.position) into key_columns
  from pg_index i
  cross join unnest(i.indkey) with ordinality as k(attnum, position)
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
  where i.indrelid = p_table and i.indisprimary and a.attname is distinct from tenant_column;

  arguments := format('%L, %L, %L, %L', log_schema, coalesce(tenant_column, ''), coalesce(key_columns, '{}'),
    case when p_any_status then 'any_status' else '' end);

  execute format('create or replace trigger t90_record_insert after insert on %s referencing new table as new_rows '
    'for each statement execute function aibos.record_change(%s)', p_table, arguments);
  execute format('create or replace trigger t90_record_update after update on %s '
    'referencing old table as old_rows new table as new_rows '
    'for each statement execute function aibos.record_change(%s)', p_table, arguments);
  execute format('create or replace trigger t90_record_delete after delete on %s referencing old table as old_rows '
    'for each statement execute function aibos.record_change(%s)', p_table, arguments);
  execute format('create or replace trigger t10_forbid_truncate before truncate on %s '
    'for each statement execute function aibos.forbid_truncate()', p_table);
  execute format('alter table %s enable always trigger t90_record_insert, enable always trigger t90_record_update, '
    'enable always trigger t90_record_delete, enable always trigger t10_forbid_truncate', p_table);

  -- A parent's statement triggers do not fire where a partition is named directly.
  for partition in select i.inhrelid::regclass from pg_inherits i where i.inhparent = p_table
  loop
    call aibos.track(partition, p_tenant_column, p_any_status);
  end loop;
end
$procedure$;
comment on procedure aibos.track(regclass, name, boolean) is
  'Records every change to a table in the audit log of its plane; run it as the table''s owner, as often as you like. Takes the table, its tenant column (without such a column the events are platform events), and whether tenants that are not active may write.';

create or replace function aibos.forbid_forgery()
returns trigger
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  raise exception using
    errcode = 'IB304',
    message = format('%I.%I takes events from the recorder alone', tg_table_schema, tg_table_name),
    hint = 'Make the change itself: it leaves its own event.',
    schema = tg_table_schema, table = tg_table_name, constraint = 'event_recorded';
end
$function$;
comment on function aibos.forbid_forgery() is
  'Row trigger: raises IB304. Attached to the audit logs for everyone but the recorder and the posting functions, whatever was granted.';

create or replace procedure aibos._protect_audit_log(p_schema name)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  log regclass := format('%I.audit_events', p_schema)::regclass;
begin
  call aibos.isolate_tenant(log);
  -- The recorder writes for whatever tenant the row belongs to, and for none.
  call aibos._set_policy(log, 'record', 'insert', 'aibos_guard, aibos_poster', null, 'true',
    'The recorder and the posting functions add events of every tenant.');
  execute format('grant insert on %s to aibos_guard, aibos_poster', log);
  execute format('create or replace trigger t10_forbid_forgery before insert on %s for each row '
    'when (not aibos.is_recorder()) execute function aibos.forbid_forgery()', log);
  execute format('alter table %s enable always trigger t10_forbid_forgery', log);
  call aibos.append_only(log);
end
$procedure$;
comment on procedure aibos._protect_audit_log(name) is
  'Isolates the audit log of a schema, makes it append-only and lets the recorder alone write to it.';
