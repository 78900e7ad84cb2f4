import { hollow, mutant, rewritten } from './mutant.ts';

const tenant = 'aibos.current_tenant_id()';
const isolation = (expression: string): string =>
  `alter policy tenant_isolation on finance.accounts ${expression}`;

/** Mutants of row security, its policies and the context they rest on. */
export const isolationMutants = [
  mutant(
    'finance.journal_entries is not forced',
    'alter table finance.journal_entries no force row level security',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'finance.journal_lines is not forced',
    'alter table finance.journal_lines no force row level security',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'finance.journal_lines_part_1 is not forced',
    'alter table finance.journal_lines_part_1 no force row level security',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'finance.journal_keys is not forced',
    'alter table finance.journal_keys no force row level security',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'finance.audit_events is not forced',
    'alter table finance.audit_events no force row level security',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'kernel.users is not forced',
    'alter table kernel.users no force row level security',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'finance.journal_entries has no row security',
    'alter table finance.journal_entries disable row level security',
    'conventions/tenant_tables.sql',
    'hostile/f_statements.sql',
  ),
  mutant(
    'finance.journal_lines has no row security',
    'alter table finance.journal_lines disable row level security',
    'conventions/tenant_tables.sql',
    'hostile/k_ledger.sql',
  ),
  mutant(
    'finance.journal_entries_part_1 has no row security',
    'alter table finance.journal_entries_part_1 disable row level security',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'finance.journal_reversals has no row security',
    'alter table finance.journal_reversals disable row level security',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'finance.accounts has no row security',
    'alter table finance.accounts disable row level security',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'finance.audit_events has no row security',
    'alter table finance.audit_events disable row level security',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'the policy checks nothing that is written',
    isolation('with check (true)'),
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'the policy shows every row',
    isolation('using (true)'),
    'conventions/tenant_tables.sql',
    'aibos/context.sql',
  ),
  mutant(
    'the policy shows every row where no tenant is set',
    isolation(
      `using (tenant_id = (select ${tenant}) or current_setting('app.tenant_id', true) is null)`,
    ),
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'the policy shows every row where the tenant was emptied',
    isolation(
      `using (coalesce(current_setting('app.tenant_id', true), '') = '' or tenant_id = (select ${tenant}))`,
    ),
    'conventions/tenant_tables.sql',
    'aibos/context.sql',
  ),
  mutant(
    'the policy reads the setting itself',
    isolation(
      `using (tenant_id::text = current_setting('app.tenant_id', true)) with check (tenant_id::text = current_setting('app.tenant_id', true))`,
    ),
    'conventions/tenant_tables.sql',
    'aibos/context.sql',
  ),
  mutant('the policy holds for everyone', isolation('to public'), 'conventions/tenant_tables.sql'),
  mutant(
    'the policy asks for the tenant row by row',
    isolation(`using (tenant_id = ${tenant}) with check (tenant_id = ${tenant})`),
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'the policy of the lines checks nothing that is written',
    'alter policy tenant_isolation on finance.journal_lines with check (true)',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'the policy of the entries checks nothing that is written',
    'alter policy tenant_isolation on finance.journal_entries with check (true)',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'the policy of the keys shows every row',
    'alter policy tenant_isolation on finance.journal_keys using (true)',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'a second policy shows every row',
    'create policy everyone on finance.accounts for select to aibos_finance_role using (true)',
    'conventions/tenant_tables.sql',
  ),
  mutant(
    'the guards may not read the entries',
    'drop policy guard_read on finance.journal_entries',
    'finance/double_entry.sql',
  ),
  mutant(
    'the guards may not lock the periods',
    'drop policy guard_lock on finance.fiscal_periods',
    'finance/periods.sql',
  ),
  mutant(
    'the guards may change what they lock',
    `alter policy guard_lock on finance.fiscal_periods with check (true)`,
    'finance/governance.sql',
  ),
  mutant(
    'a view runs with the rights of its owner',
    'alter view finance.v_posted_journals set (security_invoker = false)',
    'conventions/views.sql',
  ),
  mutant('the context is immutable', `alter function ${tenant} immutable`, 'aibos/context.sql'),
  mutant('the context is volatile', `alter function ${tenant} volatile`, 'aibos/context.sql'),
  mutant(
    'no context is no error',
    rewritten(tenant, 'raise exception using', 'return null; raise exception using'),
    'aibos/context.sql',
  ),
  mutant(
    'the nil tenant is a tenant',
    rewritten(tenant, `context::uuid <> '00000000-0000-0000-0000-000000000000'`, 'true'),
    'aibos/context.sql',
  ),
  mutant(
    'no user is no error',
    rewritten(
      'aibos.current_user_id()',
      'raise exception using',
      'return null; raise exception using',
    ),
    'aibos/context.sql',
  ),
  mutant(
    'a tenant that is not active may write',
    rewritten('aibos.assert_tenant_may_write()', `tenant_status <> 'active'`, 'false'),
    'aibos/tenant_guard.sql',
  ),
  mutant(
    'a table of all tenants may be truncated',
    rewritten('aibos.assert_tenant_may_write()', `tg_op = 'TRUNCATE'`, 'false'),
    'hostile/posting_paths.sql',
  ),
  mutant(
    'a tenant that is unknown may write',
    rewritten('aibos.assert_tenant_may_write()', 'tenant_status is null', 'false'),
    'aibos/tenant_guard.sql',
  ),
  mutant(
    'the tenant guard runs with the rights of the caller',
    'alter function aibos.assert_tenant_may_write() security invoker',
    'aibos/tenant_guard.sql',
  ),
  mutant(
    'a row may move to another tenant',
    hollow('aibos.forbid_tenant_change()', 'return new'),
    'aibos/tenant_guard.sql',
  ),
  mutant(
    'a suspended tenant may write by naming itself in the values',
    rewritten('aibos.record_change()', `tg_argv[3] <> 'any_status'`, 'false'),
    'hostile/a_suspended_tenants.sql',
  ),
  mutant(
    'the registry is not fed by the tenants',
    'alter table kernel.tenants disable trigger all',
    'kernel/tenants.sql',
  ),
  mutant(
    'a table inherits from a tenant table',
    'create table public.mutant () inherits (finance.accounts)',
    'aibos/environment_check.sql',
  ),
  mutant(
    'a rule rewrites deletes',
    'create rule mutant as on delete to finance.accounts do instead nothing',
    'aibos/environment_check.sql',
  ),
  mutant(
    'the check of logins finds nothing',
    `create or replace view aibos.v_login_check as
       select check_name, object, status, detail, remediation from aibos.v_tenant_isolation_check where false`,
    'aibos/login_check.sql',
  ),
  mutant(
    'the check of the environment finds nothing',
    `create or replace view aibos.v_environment_check as
       select check_name, object, status, detail, remediation from aibos.v_tenant_isolation_check where false`,
    'aibos/environment_check.sql',
  ),
];
