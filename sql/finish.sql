-- Guarantee: what this server permits beyond the core is known when the installation ends.
-- How: as the installer again: closes the large objects where it may, probes the capabilities and records
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

call aibos.probe_capabilities();
call aibos.record_fingerprints();
