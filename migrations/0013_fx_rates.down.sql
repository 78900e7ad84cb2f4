alter table finance.fx_rates
  drop constraint fx_rates_no_overlap_ex,
  add constraint fx_rates_no_overlap_ex exclude using gist (
    tenant_id with =, base_currency with =, quote_currency with =, source with =,
    daterange(valid_from, valid_to, '[]') with &&
  ),
  drop constraint fx_rates_rate_ck,
  add constraint fx_rates_rate_ck check (rate > 0);
