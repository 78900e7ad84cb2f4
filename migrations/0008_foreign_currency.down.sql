alter table finance.fx_rates drop constraint fx_rates_version_uq;
alter table finance.accounts drop column is_monetary;
alter table finance.companies
  drop column fx_loss_account_id,
  drop column fx_gain_account_id,
  drop column fx_source,
  drop column requires_four_eyes,
  drop column requires_base_amounts;
