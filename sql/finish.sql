-- Guarantee: what this server permits beyond the core is known when the installation ends.
-- How: as the installer again: takes back the right to create in the schemas, closes the
--   large objects where it may, probes the capabilities and records
--   what every routine looks like.
-- Raises: nothing
-- Proved by: pgtap/aibos/capabilities.sql

reset role;

do $large_objects$
begin
  -- The functions belong to the bootstrap superuser: only a superuser can close them. Otherwise the capability says so.
  if (select r.rolsuper from pg_roles r where r.rolname = current_user) then
    revoke execute on function
      pg_catalog.lo_create(oid), pg_catalog.lo_creat(integer), pg_catalog.lo_from_bytea(oid, bytea),
      pg_catalog.lo_put(oid, bigint, bytea), pg_catalog.lo_get(oid), pg_catalog.lo_get(oid, bigint, integer),
      pg_catalog.lo_open(oid, integer), pg_catalog.lowrite(integer, bytea), pg_catalog.loread(integer, integer),
      pg_catalog.lo_unlink(oid)
      from public;
  end if;
end
$large_objects$;

do $create_on_schemas$
declare
  schema_name text;
begin
  for schema_name in
    select n.nspname from pg_namespace n where n.nspname in ('aibos', 'kernel', 'config', 'finance')
  loop
    execute format('revoke create on schema %I from aibos_guard, aibos_poster', schema_name);
  end loop;
end
$create_on_schemas$;

call aibos.probe_capabilities();
call aibos.record_fingerprints();
call aibos.record_objects();
