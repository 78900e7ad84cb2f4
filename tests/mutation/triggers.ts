import { mutantsOfTrigger } from './mutant.ts';

const none = { disabled: [], notAlways: [], neverFiring: [] };

/** Mutants of every kind of guard trigger: each is disabled, made not ALWAYS, and given a condition that is false. */
export const triggerMutants = [
  ...mutantsOfTrigger('finance.journal_lines', 'journal_entry_balanced', none),
  ...mutantsOfTrigger('finance.journal_lines', 't50_derive_deltas', none),
  ...mutantsOfTrigger('finance.journal_lines', 't90_record_posting', none),
  ...mutantsOfTrigger('finance.journal_lines', 't10_forbid_change', none),
  ...mutantsOfTrigger('finance.journal_lines', 't10_forbid_row_change', none),
  ...mutantsOfTrigger('finance.journal_lines', 't20_assert_tenant', none),
  ...mutantsOfTrigger('finance.journal_lines', 't10_forbid_tenant_change', none),
  ...mutantsOfTrigger('finance.journal_entries', 'journal_entry_has_lines', none),
  ...mutantsOfTrigger('finance.journal_entries', 't30_stamp_entry', none),
  ...mutantsOfTrigger('finance.journal_entries', 't10_forbid_change', none),
  ...mutantsOfTrigger('finance.journal_entries', 't10_forbid_row_change', none),
  ...mutantsOfTrigger('finance.journal_entries', 't20_assert_tenant', none),
  ...mutantsOfTrigger('finance.audit_events', 't10_forbid_change', none),
  ...mutantsOfTrigger('finance.audit_events', 't10_forbid_row_change', none),
  ...mutantsOfTrigger('kernel.audit_events', 't10_forbid_change', none),
  ...mutantsOfTrigger('finance.accounts', 't10_forbid_rekey', none),
  ...mutantsOfTrigger('finance.accounts', 't10_forbid_tenant_change', none),
  ...mutantsOfTrigger('finance.accounts', 't10_forbid_truncate', none),
  ...mutantsOfTrigger('finance.accounts', 't20_assert_tenant', none),
  ...mutantsOfTrigger('finance.accounts', 't40_assert_currency', none),
  ...mutantsOfTrigger('finance.accounts', 't90_record_insert', none),
  ...mutantsOfTrigger('finance.accounts', 't90_record_update', none),
  ...mutantsOfTrigger('finance.payments', 't90_record_delete', none),
  ...mutantsOfTrigger('finance.fiscal_periods', 't10_forbid_rekey', none),
  ...mutantsOfTrigger('finance.companies', 't10_forbid_rekey', none),
  ...mutantsOfTrigger('kernel.users', 't10_forbid_tenant_change', none),
  ...mutantsOfTrigger('kernel.users', 't90_record_update', none),
  ...mutantsOfTrigger('aibos.tenant_registry', 't90_record_update', none),
];
