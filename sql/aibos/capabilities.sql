-- Guarantee: what the server permits beyond the core is found out by trying, and what its absence costs is said.
-- How: each probe does the thing inside a block that is rolled back; the result is kept in aibos.capabilities.
-- Raises: nothing of its own
-- Proved by: pgtap/aibos/capabilities.sql

create or replace procedure aibos._record_capability(
  p_name text, p_is_present boolean, p_detail text, p_costs_without text
)
language sql
security invoker
set search_path = pg_catalog, pg_temp
begin atomic
  insert into aibos.capabilities (name, is_present, detail, costs_without)
  values (p_name, p_is_present, p_detail, p_costs_without)
  on conflict (name) do update
    set is_present = excluded.is_present, detail = excluded.detail,
      costs_without = excluded.costs_without, probed_at = clock_timestamp()
    where capabilities.is_present <> excluded.is_present or capabilities.detail <> excluded.detail
      or capabilities.costs_without <> excluded.costs_without;
end;
comment on procedure aibos._record_capability(text, boolean, text, text) is
  'Keeps the result of one probe. Takes name, presence, detail and what is missing without it.';

create or replace procedure aibos._record_signed_context()
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  live text := (select string_agg(k.key_id, ', ') from aibos.context_key_states() k where k.is_live);
begin
  call aibos._record_capability('signed_context', live is not null,
    coalesce('Contexts are signed; live keys: ' || live || '.', 'app.tenant_id is taken as it is set.'),
    'Whoever can run SQL as the application can name another tenant: isolation holds against mistakes, not against injected SQL.');
end
$procedure$;
comment on procedure aibos._record_signed_context() is
  'Keeps in aibos.capabilities whether contexts are signed. Takes nothing.';

create or replace procedure aibos.probe_capabilities()
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  extension record;
  seen text;
begin
  begin
    execute 'create event trigger aibos_probe on ddl_command_end execute function aibos._event_probe()';
    execute 'drop event trigger aibos_probe';
    seen := null;
  exception when insufficient_privilege or feature_not_supported then
    seen := sqlerrm;
  end;
  call aibos._record_capability('event_triggers', seen is null, coalesce(seen, 'An event trigger was made and dropped.'),
    'Schema changes are found by comparing fingerprints, not at the moment they happen.');

  call aibos._record_capability('large_objects_closed',
    not has_function_privilege('aibos_config_role', 'pg_catalog.lo_create(oid)', 'EXECUTE'),
    case when has_function_privilege('aibos_config_role', 'pg_catalog.lo_create(oid)', 'EXECUTE')
      then 'PUBLIC may execute the lo_* functions.' else 'PUBLIC may not execute the lo_* functions.' end,
    'An application can store large objects, which no tenant policy covers.');

  for extension in
    select x.name, x.costs, e.extname is not null as is_present,
      case
        when e.extname is not null then 'Installed.'
        when a.name is not null then 'Available on this server, not installed in this database.'
        else 'Not available on this server.'
      end as detail
    from (values
      ('pg_stat_statements', 'No workload to learn from: the optimizer sees only what it is shown.'),
      ('hypopg', 'Index advice is not tried on hypothetical indexes.'),
      ('pgaudit', 'Statements are not logged by object and class; the audit log holds row changes alone.'),
      ('pg_cron', 'Periodic work needs a scheduler outside the database.')
    ) as x (name, costs)
    left join pg_extension e on e.extname = x.name
    left join pg_available_extensions a on a.name = x.name
  loop
    call aibos._record_capability(extension.name, extension.is_present, extension.detail, extension.costs);
  end loop;

  call aibos._record_signed_context();
end
$procedure$;
comment on procedure aibos.probe_capabilities() is
  'Tries what this server permits and keeps the result in aibos.capabilities. Takes nothing; run at every installation and whenever the server changed.';

create or replace function aibos._event_probe()
returns event_trigger
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  null;
end
$function$;
comment on function aibos._event_probe() is 'Does nothing; the probe for event triggers needs a function to name.';
