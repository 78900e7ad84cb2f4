-- Guarantee: duties are split over roles that nobody can log in as, and none of them may bypass row security.
-- How: creates the missing roles, refuses look-alikes with dangerous attributes, and gives the installer the
--   owning roles for the length of this transaction (return_roles.sql takes them back).
-- Raises: IB002, IB004
-- Proved by: pgtap/conventions/roles.sql

do $roles$
declare
  role_name text;
  existing record;
begin
  foreach role_name in array array[
    'aibos_owner', 'aibos_guard', 'aibos_poster',
    'aibos_kernel_role', 'aibos_finance_role', 'aibos_config_role', 'aibos_admin',
    'aibos_migration', 'aibos_monitor_role', 'aibos_auditor_role'
  ]
  loop
    select r.rolcanlogin, r.rolsuper, r.rolbypassrls, r.rolcreaterole
      into existing
      from pg_roles r where r.rolname = role_name;
    if not found then
      execute format('create role %I nologin', role_name);
    elsif existing.rolcanlogin or existing.rolsuper or existing.rolbypassrls or existing.rolcreaterole then
      raise exception using
        errcode = 'IB004',
        message = format('role %I exists with attributes that would undo the guarantees', role_name),
        detail = 'It can log in, create roles, bypass row security, or is a superuser.',
        hint = format('As an administrator: alter role %I nologin nosuperuser nobypassrls nocreaterole.', role_name);
    end if;
    -- A look-alike made beforehand, with a member in it, would hand that member whatever the role is going to own.
    if role_name in ('aibos_owner', 'aibos_guard', 'aibos_poster') and exists (
      select from pg_auth_members m
      join pg_roles member on member.oid = m.member
      where m.roleid = (select r.oid from pg_roles r where r.rolname = role_name)
        and not member.rolsuper and member.rolname not in (current_user, 'aibos_owner')
        and (current_setting('server_version_num')::integer < 160000
          or pg_has_role(member.oid, m.roleid, case
            when current_setting('server_version_num')::integer < 160000 then 'MEMBER' else 'SET' end))
    ) then
      raise exception using
        errcode = 'IB004',
        message = format('role %I has members', role_name),
        detail = 'Whoever is a member could act as the owner of the guarantees.',
        hint = format('As an administrator: revoke %I from its members.', role_name);
    end if;
  end loop;

  if not (select r.rolsuper from pg_roles r where r.rolname = current_user) then
    foreach role_name in array array['aibos_owner', 'aibos_guard', 'aibos_poster', 'aibos_migration']
    loop
      if current_setting('server_version_num')::integer >= 160000
        and not pg_has_role(current_user, role_name, 'MEMBER WITH ADMIN OPTION')
      then
        raise exception using
          errcode = 'IB002',
          message = format('role %I may not grant role %I', current_user, role_name),
          detail = 'Since PostgreSQL 16 only the creator of a role, or who was given ADMIN on it, can grant it.',
          hint = format('As its creator or a superuser: grant %I to %I with admin option.', role_name, current_user);
      end if;
      execute format('grant %I to %I', role_name, current_user);
    end loop;
  end if;

  grant aibos_guard, aibos_poster to aibos_owner;
  execute format('grant create on database %I to aibos_owner', current_database());
end
$roles$;
