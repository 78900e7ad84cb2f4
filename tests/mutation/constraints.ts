import { mutant } from './mutant.ts';

const lines = 'alter table finance.journal_lines drop constraint';
const entries = 'alter table finance.journal_entries drop constraint';
const partOfEntries = 'alter table finance.journal_entries_part_1 drop constraint';
const partOfLines = 'alter table finance.journal_lines_part_1';
const keyOfPart = 'constraint journal_lines_part_1_journal_entry_id_fk';

/**
 * Takes a rule from a domain. A comment follows because PostgreSQL 18 starts no subtransaction while the message that the
 * domain changed waits for the next change of the catalog.
 */
function dropped(domain: string, constraint: string): string {
  return `alter domain ${domain} drop constraint ${constraint}; comment on domain ${domain} is 'changed'`;
}

/** Mutants of constraints and unique keys. */
export const constraintMutants = [
  mutant(
    'a line may have two sides or none',
    `${lines} journal_lines_one_side_ck`,
    'finance/double_entry.sql',
    'hostile/k_ledger.sql',
  ),
  mutant(
    'an amount has no limit',
    dropped('finance.minor_units', 'minor_units_ck'),
    'finance/double_entry.sql',
  ),
  mutant(
    'a leaf hash may have any length',
    dropped('aibos.sha256_hash', 'sha256_hash_ck'),
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
    `${partOfLines} drop ${keyOfPart}`,
    'finance/no_orphans.sql',
    'finance/governance.sql',
  ),
  mutant(
    'the key of the lines to their entries was never validated',
    `${partOfLines} drop ${keyOfPart}, add ${keyOfPart} foreign key (tenant_id, journal_entry_id)
      references finance.journal_entries_part_1 (tenant_id, id) not valid`,
    'finance/governance.sql',
  ),
  mutant(
    'a part has lines of another time than its entries',
    `alter table finance.journal_lines detach partition finance.journal_lines_part_1;
    alter table finance.journal_lines attach partition finance.journal_lines_part_1
      for values from (minvalue) to ('f0000000-0000-7000-8000-000000000000')`,
    'finance/governance.sql',
  ),
  mutant(
    'a line needs no account',
    `${partOfLines} drop constraint journal_lines_part_1_account_id_fk`,
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
    'alter table finance.journal_reversals drop constraint journal_reversals_tenant_id_reverses_entry_id_pk',
    'finance/reversal.sql',
  ),
  mutant(
    'a key may book twice',
    'alter table finance.journal_keys drop constraint journal_keys_tenant_id_idempotency_key_pk',
    'finance/governance.sql',
  ),
  mutant(
    'an entry needs no period',
    `${partOfEntries} journal_entries_part_1_period_id_fk`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'a reversal needs no original',
    `${partOfEntries} journal_entries_part_1_reverses_entry_id_fk`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'a document may name any entry but for its guard',
    'alter table finance.document_metadata drop constraint document_metadata_journal_entry_id_fk',
    'aibos/installation_check.sql',
  ),
  mutant(
    'a draft may be posted as any entry',
    'alter table finance.journal_drafts drop constraint journal_drafts_posted_entry_id_fk',
    'aibos/installation_check.sql',
  ),
  mutant(
    'a payment may be settled by any entry',
    'alter table finance.payments drop constraint payments_settlement_entry_id_fk',
    'aibos/installation_check.sql',
  ),
  mutant(
    'a reversal may be none',
    `${entries} journal_entries_reversal_ck`,
    'aibos/installation_check.sql',
  ),
  mutant(
    'an entry may have any date',
    dropped('finance.accounting_date', 'accounting_date_ck'),
    'aibos/installation_check.sql',
  ),
  mutant(
    'an entry needs no description',
    dropped('finance.entry_description', 'entry_description_ck'),
    'finance/posted_is_born.sql',
  ),
  mutant(
    'an entry may be of any type',
    dropped('finance.entry_type', 'entry_type_ck'),
    'aibos/installation_check.sql',
  ),
  mutant(
    'a key may be blank',
    dropped('finance.idempotency_key', 'idempotency_key_ck'),
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
