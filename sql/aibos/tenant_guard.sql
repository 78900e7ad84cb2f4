-- Guarantee: a write without a tenant, for an unknown tenant or for one that is not active is refused, whatever
--   the rows; and no row ever moves to another tenant.
-- How: a BEFORE STATEMENT guard on every tenant table reads the context and the registry; a row trigger holds the
--   tenant column still.
-- Raises: 42501 (tenant_id required), IB101, IB102, IB103, IB302
-- Proved by: pgtap/aibos/tenant_guard.sql

create or replace function aibos.assert_tenant_may_write()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  tenant_status text;
begin
  if tg_op = 'TRUNCATE' then
    raise exception using
      errcode = 'IB302',
      message = format('%I.%I is isolated by tenant: truncate is refused', tg_table_schema, tg_table_name),
      detail = 'TRUNCATE removes the rows of every tenant, whatever the context says.',
      hint = 'Delete the rows of one tenant.',
      schema = tg_table_schema, table = tg_table_name, constraint = 'tenant_rows_kept';
  end if;
  if tg_nargs > 0 and tg_argv[0] = 'any_status' then
    return null;
  end if;
  select t.status into tenant_status from aibos.tenant_registry t where t.tenant_id = tenant;
  if tenant_status is null then
    raise exception using
      errcode = 'IB101',
      message = format('tenant %s is unknown in this database', tenant),
      hint = 'Create it in kernel.tenants, or register it with aibos.register_tenant().',
      schema = tg_table_schema, table = tg_table_name, constraint = 'tenant_known';
  elsif tenant_status <> 'active' then
    raise exception using
      errcode = 'IB102',
      message = format('tenant %s is %s', tenant, tenant_status),
      hint = 'Only an active tenant may write; reading still works.',
      schema = tg_table_schema, table = tg_table_name, constraint = 'tenant_active';
  end if;
  return null;
end
$function$;
alter function aibos.assert_tenant_may_write() owner to aibos_guard;
comment on function aibos.assert_tenant_may_write() is
  'Statement trigger: raises 42501, IB101 or IB102 unless the transaction names a known, active tenant, and IB302 for every truncate. With the argument any_status it only asks for a tenant. Definer, since it reads the registry.';

create or replace function aibos.assert_row_in_context(p_tenant_id uuid, p_schema name, p_table name)
returns void
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  if p_tenant_id is distinct from aibos.current_tenant_id() then
    raise exception using
      errcode = '42501',
      message = format('new row violates row-level security policy for table "%s"', p_table),
      schema = p_schema, table = p_table;
  end if;
end
$function$;
comment on function aibos.assert_row_in_context(uuid, name, name) is
  'Raises 42501, in the words of the policy, unless a row is of the tenant in context. Takes its tenant and its table. For guards that read or lock: the policy refuses the row too, but only after them, and what they answer by then would tell one tenant about another.';

create or replace function aibos.forbid_tenant_change()
returns trigger
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  raise exception using
    errcode = 'IB103',
    message = format('a row of %I.%I cannot move to another tenant', tg_table_schema, tg_table_name),
    hint = 'Insert the row again under the other tenant, in a transaction of its own.',
    schema = tg_table_schema, table = tg_table_name, constraint = 'tenant_unchanged';
end
$function$;
comment on function aibos.forbid_tenant_change() is
  'Row trigger: raises IB103. Attached where the tenant column is about to change.';
