-- Guarantee: both planes know the same tenants with the same status.
-- How: aibos.register_tenant() writes the registry, idempotently; kernel.tenants feeds it by trigger where the planes
--   share a database, a sync job calls it where they do not.
-- Raises: nothing of its own
-- Proved by: pgtap/aibos/tenant_registry.sql

call aibos.isolate_tenant('aibos.tenant_registry', p_any_status => true);
call aibos._set_policy('aibos.tenant_registry', 'registrar', 'all', 'aibos_owner', 'true', 'true',
  'The registering functions write every tenant.');
call aibos._stamp('aibos.tenant_registry');
call aibos.track('aibos.tenant_registry', p_any_status => true);

create or replace function aibos.register_tenant(
  p_tenant_id uuid,
  p_slug text,
  p_status text default 'active',
  p_region text default null
)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
begin atomic
  insert into aibos.tenant_registry (tenant_id, slug, status, region)
  values (p_tenant_id, p_slug, p_status, p_region)
  on conflict (tenant_id) do update
    set slug = excluded.slug, status = excluded.status, region = excluded.region;
end;
comment on function aibos.register_tenant(uuid, text, text, text) is
  'Makes a tenant known to this database or updates what is known of it. Takes its id, slug, status and region. Definer, granted to aibos_migration: the registry spans tenants.';
