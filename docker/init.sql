-- Run once by the postgres image, as its superuser, when the data directory is empty. Development only.

-- Owns the database and installs the fabric; no superuser, as in production.
create role fabric_installer login createrole createdb password 'fabric-dev-only';
create database fabric owner fabric_installer;

-- PgBouncer asks for a login's stored password, so that every login of the server can come through it.
create role pgbouncer login password 'pgbouncer-dev-only';
create schema pgbouncer;
grant usage on schema pgbouncer to pgbouncer;

create function pgbouncer.credentials_of(p_login text)
returns table (login name, password text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
begin atomic
  select s.usename, s.passwd
  from pg_catalog.pg_shadow s
  where s.usename = p_login
    and not s.usesuper
    and (s.valuntil is null or s.valuntil > pg_catalog.now());
end;
comment on function pgbouncer.credentials_of(text) is
  'The stored password of a login for PgBouncer; superusers connect directly.';

revoke execute on function pgbouncer.credentials_of(text) from public;
grant execute on function pgbouncer.credentials_of(text) to pgbouncer;
