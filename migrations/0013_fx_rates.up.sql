-- plane: data
-- NaN counts as greater than every number, so "above zero" alone lets it in.

alter table finance.fx_rates
  drop constraint fx_rates_rate_ck,
  add constraint fx_rates_rate_ck check (rate > 0 and rate <> 'NaN'),
  -- The days come early: a history of rates differs in them most, and goes in in half the time.
  drop constraint fx_rates_no_overlap_ex,
  add constraint fx_rates_no_overlap_ex exclude using gist (
    tenant_id with =, daterange(valid_from, valid_to, '[]') with &&,
    quote_currency with =, base_currency with =, source with =
  );
