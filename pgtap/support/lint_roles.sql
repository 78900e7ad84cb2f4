-- Rules for the roles of the fabric, read by pgtap/conventions/roles.sql. Loaded into a throwaway database only.

create view lint.unsafe_roles as
select r.rolname::text as object, concat_ws(', ',
  case when r.rolcanlogin then 'can log in' end, case when r.rolsuper then 'is a superuser' end,
  case when r.rolbypassrls then 'bypasses row security' end, case when r.rolcreaterole then 'creates roles' end,
  case when r.rolcreatedb then 'creates databases' end, case when r.rolreplication then 'replicates' end) as problem
from pg_roles r
where r.rolname ~ '^aibos_'
  and (r.rolcanlogin or r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication);
comment on view lint.unsafe_roles is 'No role of the fabric can log in, create, replicate or bypass anything.';

create view lint.owning_members as
select m.rolname::text as object,
  format('member of %s%s%s', r.rolname,
    case when coalesce((to_jsonb(am) ->> 'set_option')::boolean, true) then ', may SET ROLE' else '' end,
    case when coalesce((to_jsonb(am) ->> 'inherit_option')::boolean, m.rolinherit) then ', inherits' else '' end) as problem
from pg_auth_members am
join pg_roles r on r.oid = am.roleid
join pg_roles m on m.oid = am.member
where r.rolname in ('aibos_owner', 'aibos_guard', 'aibos_poster')
  -- Since PostgreSQL 16 the creator of a role keeps ADMIN on it, which neither sets nor inherits.
  and (coalesce((to_jsonb(am) ->> 'set_option')::boolean, true) or coalesce((to_jsonb(am) ->> 'inherit_option')::boolean, true));
comment on view lint.owning_members is 'Nobody can become an owning role or inherits its rights.';

create view lint.roles_above as
select m.rolname::text as object, 'member of ' || r.rolname as problem
from pg_auth_members am
join pg_roles r on r.oid = am.roleid
join pg_roles m on m.oid = am.member
where m.rolname ~ '^aibos_';
comment on view lint.roles_above is 'No role of the fabric is a member of another role.';

create view lint.public_rights as
select 'database' as object, 'PUBLIC may create schemas' as problem
from pg_database d
cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x
where d.datname = current_database() and x.grantee = 0 and x.privilege_type = 'CREATE'
union all
select 'schema ' || n.nspname, 'PUBLIC may create in it'
from pg_namespace n
cross join lateral aclexplode(n.nspacl) x
where n.nspname !~ '^pg_(toast|temp)' and x.grantee = 0 and x.privilege_type = 'CREATE'
union all
select p.object, 'PUBLIC has ' || p.privilege_type from lint.privileges p where p.grantee = 0;
comment on view lint.public_rights is 'PUBLIC creates nothing and has no right on anything of the fabric.';

create view lint.misowned_objects as
select 'schema ' || n.nspname as object, 'owned by ' || pg_get_userbyid(n.nspowner) as problem
from pg_namespace n
join lint.schemas s on s.oid = n.oid
where pg_get_userbyid(n.nspowner) <> 'aibos_owner'
union all
select r.name, 'owned by ' || r.owner
from lint.relations r
where r.owner <> 'aibos_owner' and not (r.name = 'kernel.v_tenant_health' and r.owner = 'aibos_guard');
comment on view lint.misowned_objects is 'Schemas, tables, views and sequences belong to aibos_owner.';

create view lint.ways_out as
select 'extension ' || e.extname as object, 'reaches outside the database or outside row security' as problem
from pg_extension e
where e.extname in ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'lo')
  or exists (select from pg_language l where l.lanname = e.extname and not l.lanpltrusted)
union all
select 'server ' || s.srvname, 'a foreign server' from pg_foreign_server s
union all
select 'publication ' || p.pubname, 'sends rows of all tenants' from pg_publication p;
comment on view lint.ways_out is 'No extension, foreign server or publication leads around row security.';

grant select on all tables in schema lint to public;
