-- Guarantee: a table is either isolated by tenant in every respect, or the call fails.
-- How: one call switches on forced row security with the one policy every table has, gives the guards their read
--   policy, and attaches the write guards; partitions get the same, since a parent's do not apply to a partition
--   named directly.
-- Raises: IB110
-- Proved by: pgtap/aibos/isolate_tenant.sql

create or replace procedure aibos.isolate_tenant(
  p_table regclass,
  p_tenant_column name default 'tenant_id',
  p_roles name[] default null,
  p_any_status boolean default false
)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  roles text;
  predicate text := format('%I = (select aibos.current_tenant_id())', p_tenant_column);
  guard_argument text := case when p_any_status then 'any_status' end;
  partition regclass;
begin
  if not exists (
    select from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    where a.attrelid = p_table and a.attname = p_tenant_column and not a.attisdropped
      and a.atttypid = 'uuid'::regtype and a.attnotnull and c.relkind in ('r', 'p')
  ) then
    raise exception using
      errcode = 'IB110',
      message = format('%s cannot be isolated by tenant', p_table),
      detail = format('It must be a table with a column %I of type uuid, not null.', p_tenant_column),
      hint = format('Add it first: alter table %s add column %I uuid not null.', p_table, p_tenant_column);
  end if;

  if cardinality(p_roles) = 0 or 'public' = any (p_roles) or array_position(p_roles, null) is not null then
    raise exception using
      errcode = 'IB110',
      message = format('%s cannot be isolated for everyone or for nobody', p_table),
      detail = 'p_roles must name roles, and PUBLIC is none.',
      hint = 'Name the roles that may see their tenant''s rows, or leave p_roles out for the fabric''s own.';
  end if;
  if exists (
    select from pg_policy p, unnest(p.polroles) r
    where p.polrelid = p_table and p.polname <> 'tenant_isolation' and p.polpermissive
      and (r = 0 or pg_get_userbyid(r) not in ('aibos_guard', 'aibos_poster', 'aibos_owner'))
  ) then
    raise exception using
      errcode = 'IB110',
      message = format('%s has other policies, which would let more rows through', p_table),
      detail = (
        select string_agg(distinct p.polname, ', ') from pg_policy p, unnest(p.polroles) r
        where p.polrelid = p_table and p.polname <> 'tenant_isolation' and p.polpermissive
          and (r = 0 or pg_get_userbyid(r) not in ('aibos_guard', 'aibos_poster', 'aibos_owner'))
      ),
      hint = 'Drop these policies first: access goes through tenant_isolation alone.';
  end if;
  select string_agg(quote_ident(r), ', ') into roles
  from unnest(coalesce(p_roles, array[
    'aibos_owner', 'aibos_kernel_role', 'aibos_finance_role', 'aibos_admin', 'aibos_auditor_role'
  ]::name[])) as r;

  execute format('alter table %s enable row level security, force row level security', p_table);
  call aibos._set_policy(p_table, 'tenant_isolation', 'all', roles, predicate, predicate,
    'Rows of the tenant in context, for reading and writing.');
  call aibos._set_policy(p_table, 'guard_read', 'select', 'aibos_guard', 'true', null,
    'The guards read every row, whatever the context says.');
  execute format('grant select on %s to aibos_guard', p_table);
  execute format('revoke all on %s from public', p_table);

  -- The definer functions of the owning roles, which nobody can become, write for the tenants they are given.
  execute format(
    'create or replace trigger t20_assert_tenant before insert or update or delete or truncate on %s '
    'for each statement when (not aibos.is_fabric()) '
    'execute function aibos.assert_tenant_may_write(%s)',
    p_table, coalesce(quote_literal(guard_argument), ''));
  execute format('alter table %s enable always trigger t20_assert_tenant', p_table);
  -- A row trigger of a partitioned table is cloned to its partitions.
  if not (select c.relispartition from pg_class c where c.oid = p_table) then
    execute format(
      'create or replace trigger t10_forbid_tenant_change before update of %I on %s '
      'for each row when (old.%1$I is distinct from new.%1$I) execute function aibos.forbid_tenant_change()',
      p_tenant_column, p_table);
  end if;
  execute format('alter table %s enable always trigger t10_forbid_tenant_change', p_table);

  for partition in select i.inhrelid::regclass from pg_inherits i where i.inhparent = p_table
  loop
    call aibos.isolate_tenant(partition, p_tenant_column, p_roles, p_any_status);
  end loop;
end
$procedure$;
comment on procedure aibos.isolate_tenant(regclass, name, name[], boolean) is
  'Isolates a table by tenant; run it as the table''s owner, as often as you like. Takes the table, its tenant column (uuid, not null), the roles that may see their tenant''s rows (the fabric''s own by default), and whether tenants that are not active may write. Raises IB110 when the column is missing.';

create or replace procedure aibos._set_policy(
  p_table regclass,
  p_name name,
  p_command text,
  p_roles text,
  p_using text,
  p_check text,
  p_comment text
)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  verb text;
begin
  -- ALTER POLICY changes neither the command nor the kind.
  if exists (
    select from pg_policy p
    where p.polrelid = p_table and p.polname = p_name
      and (not p.polpermissive or p.polcmd::text <> case p_command
        when 'all' then '*' when 'select' then 'r' when 'insert' then 'a' when 'update' then 'w' else 'd' end)
  ) then
    execute format('drop policy %I on %s', p_name, p_table);
  end if;
  if exists (select from pg_policy p where p.polrelid = p_table and p.polname = p_name) then
    verb := format('alter policy %I on %s to %s', p_name, p_table, p_roles);
  else
    verb := format('create policy %I on %s as permissive for %s to %s', p_name, p_table, p_command, p_roles);
  end if;
  execute verb
    || coalesce(' using (' || p_using || ')', '')
    || coalesce(' with check (' || p_check || ')', '');
  execute format('comment on policy %I on %s is %L', p_name, p_table, p_comment);
end
$procedure$;
comment on procedure aibos._set_policy(regclass, name, text, text, text, text, text) is
  'Creates a permissive policy or brings an existing one of that name to the given roles and predicates.';
