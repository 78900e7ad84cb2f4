alter table finance.fx_rates
  drop constraint fx_rates_rate_ck,
  add constraint fx_rates_rate_ck check (rate > 0);
