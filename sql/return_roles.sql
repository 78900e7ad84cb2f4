-- Guarantee: when an installation ends, nobody can act as the owning roles, and PUBLIC can create nothing.
-- How: takes back the memberships and the rights to create that roles.sql and adopt.sql lent for this transaction.
-- Raises: nothing
-- Proved by: pgtap/conventions/roles.sql

do $return_roles$
begin
  execute format('revoke create on database %I from aibos_owner', current_database());
  execute format('revoke create, temporary on database %I from public', current_database());
  execute format('grant create on database %I to aibos_migration', current_database());
  revoke aibos_guard, aibos_poster from aibos_owner;
  if not (select r.rolsuper from pg_roles r where r.rolname = current_user) then
    execute format('revoke aibos_owner, aibos_guard, aibos_poster, aibos_migration from %I', current_user);
  end if;
end
$return_roles$;
