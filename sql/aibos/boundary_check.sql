-- Guarantee: kernel, finance and config stay apart: no role, foreign key or view reaches across unless the matrix says so.
-- How: compares what the catalog grants with the matrix below and lists foreign keys and views that cross.
-- Raises: nothing
-- Proved by: pgtap/aibos/boundary_check.sql

create or replace view aibos.v_schema_boundary_check with (security_invoker = true) as
with matrix (role_name, schema_name, may_read, may_write) as (
  values
    ('aibos_kernel_role', 'kernel', true, true), ('aibos_kernel_role', 'finance', false, false),
    ('aibos_kernel_role', 'config', true, false),
    ('aibos_finance_role', 'kernel', false, false), ('aibos_finance_role', 'finance', true, true),
    ('aibos_finance_role', 'config', true, false),
    ('aibos_config_role', 'kernel', false, false), ('aibos_config_role', 'finance', false, false),
    ('aibos_config_role', 'config', true, false),
    ('aibos_admin', 'kernel', true, true), ('aibos_admin', 'finance', true, true), ('aibos_admin', 'config', true, false),
    ('aibos_auditor_role', 'kernel', true, false), ('aibos_auditor_role', 'finance', true, false),
    ('aibos_auditor_role', 'config', true, false),
    ('aibos_monitor_role', 'kernel', false, false), ('aibos_monitor_role', 'finance', false, false),
    ('aibos_monitor_role', 'config', false, false)
), granted as (
  select m.role_name, m.schema_name, m.may_read, m.may_write,
    coalesce(bool_or(has_table_privilege(m.role_name, c.oid, 'SELECT')
      or has_any_column_privilege(m.role_name, c.oid, 'SELECT')), false) as reads,
    coalesce(bool_or(has_table_privilege(m.role_name, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
      or has_any_column_privilege(m.role_name, c.oid, 'INSERT, UPDATE')), false) as writes,
    count(c.oid) as tables
  from matrix m
  join pg_catalog.pg_namespace n on n.nspname = m.schema_name
  -- Views count too, but for those that show the catalog and counts.
  left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname || '.' || c.relname <> all (array[
      'kernel.v_tenant_isolation_check', 'kernel.v_schema_boundary_check', 'kernel.v_governance_summary',
      'kernel.v_tenant_health', 'finance.v_double_entry_check', 'finance.v_immutability_check', 'finance.v_journal_parts',
      'finance.v_journal_integrity_summary',
      -- The steps of a payment, the same for all tenants, which a check view reads.
      'finance.payment_transitions'
    ])
  group by m.role_name, m.schema_name, m.may_read, m.may_write
)
select
  'role_in_schema'::text as check_name,
  format('%s on %s', g.role_name, g.schema_name) as object,
  case when (g.reads and not g.may_read) or (g.writes and not g.may_write) then 'FAIL'
    when g.tables > 0 and g.may_read and not g.reads then 'FAIL' else 'PASS' end as status,
  format('May %s; can %s.',
    case when g.may_write then 'read and write' when g.may_read then 'read' else 'do nothing' end,
    case when g.writes then 'read and write' when g.reads then 'read' else 'do nothing' end) as detail,
  'Replay the bundle: grants.sql holds the matrix.' as remediation
from granted g
union all
select
  'foreign_key_crosses', format('%I.%I %I', own_schema.nspname, own.relname, k.conname), 'FAIL',
  format('It references %I.%I.', other_schema.nspname, other.relname), 'Drop it; pass keys between planes through the API.'
from pg_catalog.pg_constraint k
join pg_catalog.pg_class own on own.oid = k.conrelid
join pg_catalog.pg_namespace own_schema on own_schema.oid = own.relnamespace
join pg_catalog.pg_class other on other.oid = k.confrelid
join pg_catalog.pg_namespace other_schema on other_schema.oid = other.relnamespace
where k.contype = 'f' and own_schema.nspname <> other_schema.nspname
  and own_schema.nspname in ('kernel', 'finance', 'config') and other_schema.nspname in ('kernel', 'finance', 'config')
union all
select distinct
  'view_crosses', format('%I.%I', view_schema.nspname, v.relname), 'FAIL',
  format('It reads %I.%I.', table_schema.nspname, t.relname), 'Split the view by schema.'
from pg_catalog.pg_class v
join pg_catalog.pg_namespace view_schema on view_schema.oid = v.relnamespace
join pg_catalog.pg_rewrite r on r.ev_class = v.oid
join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
  and d.refclassid = 'pg_catalog.pg_class'::regclass
join pg_catalog.pg_class t on t.oid = d.refobjid and t.oid <> v.oid
join pg_catalog.pg_namespace table_schema on table_schema.oid = t.relnamespace
where v.relkind in ('v', 'm') and view_schema.nspname <> table_schema.nspname
  and view_schema.nspname in ('kernel', 'finance', 'config') and table_schema.nspname in ('kernel', 'finance', 'config');
comment on view aibos.v_schema_boundary_check is
  'One row per role and schema, and one per foreign key or view that crosses: check_name, object, status, detail, remediation.';
comment on column aibos.v_schema_boundary_check.check_name is 'What was checked.';
comment on column aibos.v_schema_boundary_check.object is 'Role and schema, or the object that crosses.';
comment on column aibos.v_schema_boundary_check.status is 'PASS, WARN or FAIL.';
comment on column aibos.v_schema_boundary_check.detail is 'What was found.';
comment on column aibos.v_schema_boundary_check.remediation is 'What to do about it.';
