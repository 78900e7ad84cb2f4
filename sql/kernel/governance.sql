-- Guarantee: the control plane shows the health of every tenant and the result of every check to the monitor, never a row
--   of a tenant.
-- How: views over the catalog checks of the engine, and one over the tenants with counts.
-- Raises: nothing
-- Proved by: pgtap/kernel/governance.sql

create or replace view kernel.v_tenant_isolation_check with (security_invoker = true) as
select c.check_name, c.object, c.status, c.detail, c.remediation from aibos.v_tenant_isolation_check c;
comment on view kernel.v_tenant_isolation_check is 'aibos.v_tenant_isolation_check under the name auditors know.';
comment on column kernel.v_tenant_isolation_check.check_name is 'What was checked.';
comment on column kernel.v_tenant_isolation_check.object is 'What it was checked on.';
comment on column kernel.v_tenant_isolation_check.status is 'PASS, WARN or FAIL.';
comment on column kernel.v_tenant_isolation_check.detail is 'What was found.';
comment on column kernel.v_tenant_isolation_check.remediation is 'What to do about it.';

create or replace view kernel.v_schema_boundary_check with (security_invoker = true) as
select c.check_name, c.object, c.status, c.detail, c.remediation from aibos.v_schema_boundary_check c;
comment on view kernel.v_schema_boundary_check is 'aibos.v_schema_boundary_check under the name auditors know.';
comment on column kernel.v_schema_boundary_check.check_name is 'What was checked.';
comment on column kernel.v_schema_boundary_check.object is 'What it was checked on.';
comment on column kernel.v_schema_boundary_check.status is 'PASS, WARN or FAIL.';
comment on column kernel.v_schema_boundary_check.detail is 'What was found.';
comment on column kernel.v_schema_boundary_check.remediation is 'What to do about it.';

create or replace view kernel.v_governance_summary with (security_invoker = true) as
select s.check_name, s.passed, s.failed, s.warned, s.status from aibos.governance_summary() s;
comment on view kernel.v_governance_summary is 'Every governance check with its counts: the first thing to look at.';
comment on column kernel.v_governance_summary.check_name is 'The check.';
comment on column kernel.v_governance_summary.passed is 'Things that passed.';
comment on column kernel.v_governance_summary.failed is 'Things that failed.';
comment on column kernel.v_governance_summary.warned is 'Things that deserve a look.';
comment on column kernel.v_governance_summary.status is 'FAIL if anything failed, else WARN if anything warned, else PASS.';

-- Across tenants by intent: owned by aibos_guard, granted to the monitor alone.
create or replace view kernel.v_tenant_health with (security_barrier = true) as
select
  t.id as tenant_id, t.slug, t.status, t.region,
  aibos._count_rows_of_tenant('kernel.users', t.id) as users,
  aibos._count_rows_of_tenant('finance.companies', t.id) as companies,
  aibos._count_rows_of_tenant('finance.journal_entries', t.id) as journal_entries,
  r.status is not distinct from t.status as is_registry_in_step
from kernel.tenants t
left join aibos.tenant_registry r on r.tenant_id = t.id;
alter view kernel.v_tenant_health owner to aibos_guard;
comment on view kernel.v_tenant_health is
  'Every tenant with its status and counts. Spans tenants: owned by aibos_guard, granted to aibos_monitor_role alone.';
comment on column kernel.v_tenant_health.tenant_id is 'The tenant.';
comment on column kernel.v_tenant_health.slug is 'Its short name.';
comment on column kernel.v_tenant_health.status is 'active, suspended or closed.';
comment on column kernel.v_tenant_health.region is 'Where its data must live.';
comment on column kernel.v_tenant_health.users is 'Users it has; null where the table is in another database.';
comment on column kernel.v_tenant_health.companies is 'Companies it has; null where the table is in another database.';
comment on column kernel.v_tenant_health.journal_entries is 'Entries it posted; null where the table is in another database.';
comment on column kernel.v_tenant_health.is_registry_in_step is 'Whether aibos.tenant_registry says the same status.';
