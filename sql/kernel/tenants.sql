-- Guarantee: a tenant of the control plane is known to the data plane in the same transaction, with the same status.
-- How: a row trigger on kernel.tenants writes aibos.tenant_registry.
-- Raises: IB105
-- Proved by: pgtap/kernel/tenants.sql

call aibos.isolate_tenant('kernel.tenants', 'id', p_any_status => true);
call aibos._stamp('kernel.tenants');
call aibos.track('kernel.tenants', 'id', p_any_status => true);

create or replace function kernel.record_tenant()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  if tg_op = 'DELETE' then
    raise exception using
      errcode = 'IB105',
      message = format('tenant %s cannot be deleted', old.id),
      hint = 'Set its status to closed; its books and its audit log must stay.',
      schema = tg_table_schema, table = tg_table_name, constraint = 'tenant_kept';
  end if;
  insert into aibos.tenant_registry (tenant_id, slug, status, region)
  values (new.id, new.slug, new.status, new.region)
  on conflict (tenant_id) do update
    set slug = excluded.slug, status = excluded.status, region = excluded.region;
  return null;
end
$function$;
comment on function kernel.record_tenant() is
  'Row trigger: keeps the tenant registry in step and raises IB105 on delete. Definer, since no application role writes the registry.';

create or replace trigger t50_record_tenant after insert or update or delete on kernel.tenants
  for each row execute function kernel.record_tenant();
alter table kernel.tenants enable always trigger t50_record_tenant;
