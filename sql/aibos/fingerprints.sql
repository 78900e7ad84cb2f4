-- Guarantee: a routine of the fabric that was replaced, re-owned or altered since the installation shows.
-- How: the installation records a hash of each routine's definition; the checks compute it anew. Whoever may replace a
--   guard may rewrite the record too: compare with migrations/schema.sql of the package then.
-- Raises: nothing
-- Proved by: pgtap/aibos/fingerprints.sql

-- A function, since what the catalog prints depends on the search_path of who asks; here it is pinned.
create or replace function aibos.routine_fingerprints()
returns table (routine text, sha256 text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $function$
  select
    p.oid::regprocedure::text,
    encode(sha256(convert_to(concat_ws(E'\x1f', coalesce(p.prosrc, ''),
      coalesce(pg_get_function_sqlbody(p.oid), ''), l.lanname, p.prokind, p.provolatile, p.proparallel,
      p.prosecdef, p.proleakproof, coalesce(p.proconfig::text, ''), pg_get_userbyid(p.proowner)), 'UTF8')), 'hex')
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
  where n.nspname in ('aibos', 'kernel', 'config', 'finance')
    and not exists (
      select from pg_depend d
      where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    );
$function$;
comment on function aibos.routine_fingerprints() is
  'Every routine of the fabric as it is now. Takes nothing; returns its name with argument types, and the SHA-256 of its body, language, volatility, security, settings and owner.';

create or replace procedure aibos.record_fingerprints()
language sql
security invoker
set search_path = pg_catalog, pg_temp
begin atomic
  delete from aibos.guard_fingerprints g
  where not exists (select from aibos.routine_fingerprints() f where f.routine = g.routine);
  insert into aibos.guard_fingerprints (routine, sha256)
  select f.routine, f.sha256 from aibos.routine_fingerprints() f
  on conflict (routine) do update set sha256 = excluded.sha256 where guard_fingerprints.sha256 <> excluded.sha256;
end;
comment on procedure aibos.record_fingerprints() is
  'Records what every routine of the fabric looks like now. Takes nothing; the last step of an installation.';
