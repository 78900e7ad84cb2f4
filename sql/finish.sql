-- Guarantee: when the installation ends, nobody can act as the owning roles, and PUBLIC can create nothing.
-- How: takes back the memberships and the rights to create that were lent for this transaction.
-- Raises: nothing
-- Proved by: pgtap/conventions/roles.sql

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

-- What only the owner of the database may do.
do $finish$
declare
  schema_name text;
begin
  for schema_name in
    select n.nspname from pg_namespace n where n.nspname in ('aibos', 'kernel', 'config', 'finance')
  loop
    execute format('revoke create on schema %I from aibos_guard, aibos_poster', schema_name);
  end loop;
  execute format('revoke create on database %I from aibos_owner', current_database());
  execute format('revoke create, temporary on database %I from public', current_database());
  revoke aibos_guard, aibos_poster from aibos_owner;
  if not (select r.rolsuper from pg_roles r where r.rolname = current_user) then
    execute format('revoke aibos_owner, aibos_guard, aibos_poster, aibos_migration from %I', current_user);
  end if;
end
$finish$;
