-- plane: data
-- Foreign currency: base amounts in the functional currency, the rates they rest on, and where gains and losses go.

alter table finance.companies
  add column requires_base_amounts boolean not null default false,
  add column requires_four_eyes boolean not null default false,
  add column fx_source text,
  add column fx_gain_account_id uuid,
  add column fx_loss_account_id uuid,
  add constraint companies_fx_source_ck check (btrim(fx_source) <> ''),
  -- Otherwise a rate of any source would do, also one that was just made up.
  add constraint companies_requires_base_amounts_ck check (not requires_base_amounts or fx_source is not null),
  add constraint companies_fx_gain_account_id_fk foreign key (tenant_id, id, fx_gain_account_id)
    references finance.accounts (tenant_id, company_id, id),
  add constraint companies_fx_loss_account_id_fk foreign key (tenant_id, id, fx_loss_account_id)
    references finance.accounts (tenant_id, company_id, id);
create index companies_tenant_id_id_fx_gain_account_id_idx on finance.companies (tenant_id, id, fx_gain_account_id)
  where fx_gain_account_id is not null;
create index companies_tenant_id_id_fx_loss_account_id_idx on finance.companies (tenant_id, id, fx_loss_account_id)
  where fx_loss_account_id is not null;
comment on column finance.companies.requires_base_amounts is
  'Whether each line in a foreign currency must carry its amount in the functional currency; once true, it stays.';
comment on column finance.companies.requires_four_eyes is
  'Whether a draft is posted only when someone other than its makers approved it.';
comment on column finance.companies.fx_source is 'Source of the rates (finance.fx_rates.source) that base amounts are computed with.';
comment on column finance.companies.fx_gain_account_id is 'Income account for exchange gains.';
comment on column finance.companies.fx_loss_account_id is 'Expense account for exchange losses.';

alter table finance.accounts add column is_monetary boolean not null default true;
comment on column finance.accounts.is_monetary is
  'Whether balances in a foreign currency are revalued at period end; false for what is carried at its historical rate.';

-- The latest version before a date is found by the index behind this constraint.
alter table finance.fx_rates
  add constraint fx_rates_version_uq unique (tenant_id, base_currency, quote_currency, source, valid_from);
