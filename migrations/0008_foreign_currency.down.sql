alter table finance.fx_rates drop constraint fx_rates_version_uq;
alter table finance.accounts drop column is_monetary cascade;
alter table finance.companies
  drop column fx_loss_account_id cascade,
  drop column fx_gain_account_id cascade,
  drop column fx_source cascade,
  drop column requires_four_eyes cascade,
  drop column requires_base_amounts cascade;
