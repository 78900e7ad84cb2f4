-- Guarantee: replaying the bundle after a restore gives every routine back to the role that must own it.
-- How: routines that a restore left with the installer go to aibos_owner; the files that follow hand the
--   guards to aibos_guard and the posting functions to aibos_poster.
-- Raises: nothing of its own
-- Proved by: tests/install/restore.test.ts

do $adopt$
declare
  routine regprocedure;
begin
  for routine in
    select p.oid::regprocedure
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('aibos', 'kernel', 'config', 'finance')
      and p.proowner = (select r.oid from pg_roles r where r.rolname = current_user)
      and not exists (
        select from pg_depend d
        where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
      )
    order by 1
  loop
    execute format('alter routine %s owner to aibos_owner', routine);
  end loop;
end
$adopt$;

do $create_on_schemas$
declare
  schema_name text;
begin
  -- ALTER FUNCTION … OWNER TO asks that the new owner may create in the schema; finish.sql takes this back.
  for schema_name in
    select n.nspname from pg_namespace n where n.nspname in ('aibos', 'kernel', 'config', 'finance')
  loop
    execute format('grant create, usage on schema %I to aibos_guard, aibos_poster', schema_name);
  end loop;
end
$create_on_schemas$;

-- Default privileges belong to the creating role: the revoke is needed once for each of them.
alter default privileges for role aibos_owner revoke execute on functions from public;
alter default privileges for role aibos_guard revoke execute on functions from public;
alter default privileges for role aibos_poster revoke execute on functions from public;
alter default privileges for role aibos_migration revoke execute on functions from public;

set local role aibos_owner;
