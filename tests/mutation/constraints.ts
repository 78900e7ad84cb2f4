import { mutant } from './mutant.ts';

const lines = 'alter table finance.journal_lines drop constraint';
const entries = 'alter table finance.journal_entries drop constraint';

/** Mutants of constraints and unique indexes. */
export const constraintMutants = [
  mutant(
    'a line may have two sides or none',
    `${lines} journal_lines_one_side_ck`,
    'finance/double_entry.sql',
    'hostile/k_ledger.sql',
  ),
  mutant(
    'an amount has no limit',
    'alter domain finance.minor_units drop constraint minor_units_ck',
    'finance/double_entry.sql',
  ),
  mutant(
    'a leaf hash may have any length',
    'alter domain aibos.sha256_hash drop constraint sha256_hash_ck',
    'aibos/installation_check.sql',
  ),
  mutant(
    'a balance may pass its limit',
    'alter table finance.account_limits drop constraint account_limits_balance_ck',
    'finance/limits.sql',
  ),
  mutant(
    'an account with a limit may take any currency',
    'alter table finance.accounts drop constraint accounts_has_limit_ck',
    'finance/limits.sql',
  ),
  mutant(
    'a line needs no entry',
    `${lines} journal_lines_journal_entry_id_fk`,
    'finance/no_orphans.sql',
  ),
  mutant(
    'a line needs no account',
    `${lines} journal_lines_account_id_fk`,
    'finance/double_entry.sql',
  ),
  mutant(
    'a number may come twice',
    `${lines} journal_lines_tenant_id_journal_entry_id_line_no_pk`,
    'finance/double_entry.sql',
  ),
  mutant(
    'the side of a line is not validated',
    `${lines} journal_lines_one_side_ck;
    alter table finance.journal_lines add constraint journal_lines_one_side_ck check (debit_cents >= 0) not valid`,
    'finance/governance.sql',
  ),
  mutant(
    'an entry may be reversed twice',
    'drop index finance.journal_entries_tenant_id_reverses_entry_id_uq',
    'finance/reversal.sql',
  ),
  mutant(
    'a key may book twice',
    'drop index finance.journal_entries_tenant_id_idempotency_key_uq',
    'finance/posting.sql',
  ),
  mutant(
    'an entry needs no period',
    `${entries} journal_entries_period_id_fk`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'a reversal needs no original',
    `${entries} journal_entries_reverses_entry_id_fk`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'a reversal may be none',
    `${entries} journal_entries_reversal_ck`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'an entry may have any date',
    `${entries} journal_entries_entry_date_ck`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'an entry needs no description',
    `${entries} journal_entries_description_ck`,
    'finance/posted_is_born.sql',
  ),
  mutant(
    'an entry may be of any type',
    `${entries} journal_entries_entry_type_ck`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'a key may be blank',
    `${entries} journal_entries_idempotency_key_ck`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'periods may overlap',
    'alter table finance.fiscal_periods drop constraint fiscal_periods_no_overlap_ex',
    'finance/periods.sql',
  ),
  mutant(
    'rates may overlap',
    'alter table finance.fx_rates drop constraint fx_rates_no_overlap_ex',
    'aibos/installation_check.sql',
  ),
  mutant(
    'a rate may be zero',
    'alter table finance.fx_rates drop constraint fx_rates_rate_ck',
    'aibos/installation_check.sql',
  ),
  mutant(
    'a period may have any status',
    'alter table finance.fiscal_periods drop constraint fiscal_periods_status_ck',
    'aibos/installation_check.sql',
  ),
  mutant(
    'two accounts may share a code',
    'alter table finance.accounts drop constraint accounts_tenant_id_company_id_code_uq',
    'finance/tables.sql',
  ),
  mutant(
    'an account may have any type',
    'alter table finance.accounts drop constraint accounts_account_type_ck',
    'aibos/installation_check.sql',
  ),
];
