import { type Mutant, mutantsOfTrigger } from './mutant.ts';

const installed = 'aibos/installation_check.sql';

/** The mutants of a trigger; without files of its own, the check of the installation notices that it does nothing. */
function guard(table: string, trigger: string, ...behaviour: readonly string[]): readonly Mutant[] {
  const files = behaviour.length === 0 ? [installed] : behaviour;
  return mutantsOfTrigger(table, trigger, {
    disabled: files,
    notAlways: [installed],
    neverFiring: files,
  });
}

/** Mutants of every kind of guard trigger: each is disabled, made not ALWAYS, and given a condition that is false. */
export const triggerMutants: readonly Mutant[] = [
  ...guard('finance.journal_lines', 'journal_entry_balanced', 'finance/double_entry.sql'),
  ...guard('finance.journal_lines', 't50_derive_deltas', 'finance/balances.sql'),
  ...guard('finance.journal_lines', 't90_record_posting', 'finance/posting_trace.sql'),
  ...guard('finance.journal_lines', 't10_forbid_change', 'finance/immutability.sql'),
  ...guard('finance.journal_lines', 't10_forbid_row_change'),
  ...guard('finance.journal_lines', 't20_assert_tenant'),
  ...guard('finance.journal_lines', 't10_forbid_tenant_change'),
  ...guard('finance.journal_entries', 'journal_entry_has_lines', 'finance/no_orphans.sql'),
  ...guard('finance.journal_entries', 't30_stamp_entry', 'finance/posted_is_born.sql'),
  ...guard('finance.journal_entries', 't10_forbid_change', 'finance/immutability.sql'),
  ...guard('finance.journal_entries', 't10_forbid_row_change'),
  ...guard('finance.journal_entries', 't20_assert_tenant'),
  ...guard('finance.journal_entries_part_1', 't10_forbid_change'),
  ...guard('finance.journal_entries_part_1', 't20_assert_tenant'),
  ...guard('finance.journal_lines_part_1', 'journal_entry_balanced'),
  ...guard('finance.journal_lines_part_1', 't50_derive_deltas'),
  ...guard('finance.journal_lines_part_1', 't90_record_posting'),
  ...guard('finance.journal_lines_part_1', 't10_forbid_change'),
  ...guard('finance.journal_lines_part_1', 't20_assert_tenant'),
  ...guard('finance.journal_keys', 't10_forbid_change', 'hostile/superuser.sql'),
  ...guard('finance.journal_keys', 't10_forbid_row_change'),
  ...guard('finance.journal_keys', 't20_assert_tenant'),
  ...guard('finance.journal_reversals', 't10_forbid_change', 'hostile/superuser.sql'),
  ...guard('finance.journal_reversals', 't10_forbid_row_change'),
  ...guard('finance.journal_reversals', 't20_assert_tenant'),
  ...guard('finance.document_metadata', 't40_assert_entry', 'finance/tables.sql'),
  ...guard('finance.audit_events', 't10_forbid_change', 'finance/immutability.sql'),
  ...guard('finance.audit_events', 't10_forbid_row_change'),
  ...guard('kernel.audit_events', 't10_forbid_change', 'aibos/track.sql'),
  ...guard('finance.accounts', 't50_derive_limit', 'finance/limits.sql'),
  ...guard('finance.account_limits', 't90_record_limit', 'finance/limits.sql'),
  ...guard('finance.account_limits', 't20_assert_tenant'),
  ...guard('finance.accounts', 't10_forbid_rekey', 'finance/tables.sql'),
  ...guard('finance.accounts', 't10_forbid_tenant_change'),
  ...guard('finance.accounts', 't10_forbid_truncate'),
  ...guard('finance.accounts', 't20_assert_tenant'),
  ...guard('finance.accounts', 't40_assert_currency', 'finance/tables.sql'),
  ...guard('finance.accounts', 't90_record_insert'),
  ...guard('finance.accounts', 't90_record_update', 'finance/tables.sql'),
  ...guard('finance.payments', 't90_record_delete'),
  ...guard('finance.companies', 't20_assert_tenant', 'aibos/tenant_guard.sql'),
  ...guard('finance.companies', 't10_forbid_rekey', 'finance/tables.sql'),
  ...guard('finance.fiscal_periods', 't10_forbid_rekey', 'finance/periods.sql'),
  ...guard('finance.fiscal_periods', 't30_stamp_period', 'finance/periods.sql'),
  ...guard('finance.fiscal_periods', 't20_assert_period_move', 'finance/period_close.sql'),
  ...guard('finance.fiscal_periods', 't90_record_period_move', 'finance/period_close.sql'),
  ...guard('finance.accounts', 't40_assert_chart_is_tree', 'finance/chart.sql'),
  ...guard('finance.period_closes', 't10_forbid_change'),
  ...guard('finance.period_close_totals', 't10_forbid_change', 'finance/period_close.sql'),
  ...guard('finance.period_closes', 't10_forbid_row_change'),
  ...guard('finance.period_close_totals', 't10_forbid_row_change'),
  ...guard('kernel.users', 't10_forbid_tenant_change', 'aibos/tenant_guard.sql'),
  ...guard('kernel.users', 't90_record_update'),
  ...guard('aibos.tenant_registry', 't90_record_update', 'aibos/tenant_registry.sql'),
];
