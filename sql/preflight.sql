-- Guarantee: an installation either fits this database or stops before the first change, saying what is in the way.
-- How: checks the transaction, the server version, the installer's rights and schemas of the same names owned by others.
-- Raises: IB001, IB002, IB003, IB005, IB007
-- Proved by: tests/install/preflight.test.ts

set local client_min_messages = warning;
set local search_path = pg_catalog, pg_temp;
set local aibos.installing = 'on';

do $preflight$
declare
  foreign_schema record;
begin
  if current_setting('aibos.installing', true) is distinct from 'on' then
    raise exception using
      errcode = 'IB005',
      message = 'the bundle must run inside one transaction',
      hint = 'Run it as: psql -1 -v ON_ERROR_STOP=1 -f <bundle>.';
  end if;

  if current_setting('server_version_num')::integer < 150000 then
    raise exception using
      errcode = 'IB001',
      message = format('PostgreSQL %s is too old', current_setting('server_version')),
      detail = 'PostgreSQL 15 or later is required (security_invoker views).',
      hint = 'Upgrade the server to a supported major (15 to 18), then install again.';
  end if;

  if current_setting('server_encoding') <> 'UTF8' then
    raise exception using
      errcode = 'IB007',
      message = format('database %I is encoded in %s', current_database(), current_setting('server_encoding')),
      detail = 'Hashes are taken over UTF-8.',
      hint = 'Install into a database made with: create database … encoding ''UTF8'' template template0.';
  end if;

  if not has_database_privilege(current_user, current_database(), 'CREATE') then
    raise exception using
      errcode = 'IB002',
      message = format('role %I may not create schemas in database %I', current_user, current_database()),
      hint = format('Install as the owner of the database: alter database %I owner to %I.',
        current_database(), current_user);
  end if;

  if not (select r.rolcreaterole or r.rolsuper from pg_roles r where r.rolname = current_user) then
    raise exception using
      errcode = 'IB002',
      message = format('role %I may not create roles', current_user),
      hint = format('As an administrator: alter role %I createrole.', current_user);
  end if;

  for foreign_schema in
    select n.nspname, pg_get_userbyid(n.nspowner) as owner
    from pg_namespace n
    where n.nspname in ('aibos', 'kernel', 'config', 'finance')
      and pg_get_userbyid(n.nspowner) <> 'aibos_owner'
    order by n.nspname
  loop
    raise exception using
      errcode = 'IB003',
      message = format('schema %I already exists and belongs to %I', foreign_schema.nspname, foreign_schema.owner),
      detail = 'The fabric never adopts a schema that it did not create.',
      hint = 'Rename that schema, or install into another database.',
      schema = foreign_schema.nspname;
  end loop;
end
$preflight$;
