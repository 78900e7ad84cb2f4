alter table finance.journal_lines
  drop constraint journal_lines_one_side_ck,
  drop constraint journal_lines_base_amount_ck,
  drop column fx_cross_rate_id,
  add constraint journal_lines_one_side_ck check (
    debit_cents >= 0 and credit_cents >= 0 and (debit_cents > 0) <> (credit_cents > 0)
  );
alter table finance.fx_rates drop constraint fx_rates_version_uq;
alter table finance.accounts drop column is_monetary;
alter table finance.companies
  drop column fx_loss_account_id,
  drop column fx_gain_account_id,
  drop column fx_source,
  drop column requires_four_eyes,
  drop column requires_base_amounts;
