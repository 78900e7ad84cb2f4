-- plane: data
-- NaN counts as greater than every number, so "above zero" alone lets it in.

alter table finance.fx_rates
  drop constraint fx_rates_rate_ck,
  add constraint fx_rates_rate_ck check (rate > 0 and rate <> 'NaN');
