-- plane: data
-- The books: companies, their charts of accounts, fiscal periods and exchange rates.

create extension if not exists btree_gist with schema aibos;

create schema finance;
comment on schema finance is 'Data plane: companies, accounts, periods, journals, payments and their audit log.';

create table finance.companies (
  tenant_id uuid not null,
  id uuid not null,
  code text not null,
  name text not null,
  functional_currency text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint companies_tenant_id_id_pk primary key (tenant_id, id),
  constraint companies_tenant_id_fk foreign key (tenant_id) references aibos.tenant_registry (tenant_id),
  constraint companies_code_ck check (btrim(code) <> '' and length(code) <= 64),
  constraint companies_name_ck check (btrim(name) <> ''),
  constraint companies_functional_currency_ck check (functional_currency ~ '^[A-Z][A-Z0-9]{1,11}$'),
  constraint companies_tenant_id_code_uq unique (tenant_id, code)
);
comment on table finance.companies is 'Legal entities of a tenant; each keeps its own books.';
comment on column finance.companies.tenant_id is 'Owning tenant.';
comment on column finance.companies.id is 'The company.';
comment on column finance.companies.code is 'Short code, unique within the tenant.';
comment on column finance.companies.name is 'Legal name.';
comment on column finance.companies.functional_currency is 'Currency the company reports in (config.currencies).';
comment on column finance.companies.created_at is 'When the row was made.';
comment on column finance.companies.updated_at is 'When the row last changed.';

create table finance.accounts (
  tenant_id uuid not null,
  id uuid not null,
  company_id uuid not null,
  code text not null,
  name text not null,
  account_type text not null,
  currency text,
  parent_id uuid,
  is_active boolean not null default true,
  keeps_balance boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint accounts_tenant_id_id_pk primary key (tenant_id, id),
  constraint accounts_company_id_fk foreign key (tenant_id, company_id) references finance.companies (tenant_id, id),
  constraint accounts_company_key_uq unique (tenant_id, company_id, id),
  constraint accounts_parent_id_fk foreign key (tenant_id, company_id, parent_id)
    references finance.accounts (tenant_id, company_id, id),
  constraint accounts_parent_id_ck check (parent_id <> id),
  constraint accounts_code_ck check (btrim(code) <> '' and length(code) <= 255),
  constraint accounts_name_ck check (btrim(name) <> ''),
  constraint accounts_account_type_ck check (account_type in ('asset', 'liability', 'equity', 'income', 'expense')),
  constraint accounts_currency_ck check (currency ~ '^[A-Z][A-Z0-9]{1,11}$'),
  constraint accounts_tenant_id_company_id_code_uq unique (tenant_id, company_id, code)
);
create index accounts_tenant_id_company_id_parent_id_idx
  on finance.accounts (tenant_id, company_id, parent_id) where parent_id is not null;
comment on table finance.accounts is 'Chart of accounts of each company.';
comment on column finance.accounts.tenant_id is 'Owning tenant.';
comment on column finance.accounts.id is 'The account.';
comment on column finance.accounts.company_id is 'Company whose chart it belongs to; never changes.';
comment on column finance.accounts.code is 'Code, unique within the company.';
comment on column finance.accounts.name is 'Name shown to people.';
comment on column finance.accounts.account_type is 'asset, liability, equity, income or expense.';
comment on column finance.accounts.currency is 'Only currency the account takes; null when it takes any.';
comment on column finance.accounts.parent_id is 'Account above it in the chart of the same company.';
comment on column finance.accounts.keeps_balance is
  'Whether every posting also writes to the kept balance; fixed when the account is made. Otherwise its balance is summed from its lines.';
comment on column finance.accounts.is_active is 'Whether new lines may use it.';
comment on column finance.accounts.created_at is 'When the row was made.';
comment on column finance.accounts.updated_at is 'When the row last changed.';

create table finance.fiscal_periods (
  tenant_id uuid not null,
  id uuid not null,
  company_id uuid not null,
  name text not null,
  starts_on date not null,
  ends_on date not null,
  status text not null default 'open',
  lock_token smallint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint fiscal_periods_tenant_id_id_pk primary key (tenant_id, id),
  constraint fiscal_periods_company_id_fk foreign key (tenant_id, company_id)
    references finance.companies (tenant_id, id),
  constraint fiscal_periods_company_key_uq unique (tenant_id, company_id, id),
  constraint fiscal_periods_name_ck check (btrim(name) <> ''),
  constraint fiscal_periods_starts_on_ck check (starts_on >= date '1900-01-01'),
  constraint fiscal_periods_ends_on_ck check (ends_on >= starts_on and ends_on <= date '9999-12-31'),
  constraint fiscal_periods_status_ck check (status in ('open', 'closing', 'closed')),
  constraint fiscal_periods_lock_token_ck check (lock_token = 0),
  constraint fiscal_periods_no_overlap_ex exclude using gist (
    tenant_id with =, company_id with =, daterange(starts_on, ends_on, '[]') with &&
  ),
  constraint fiscal_periods_starts_on_uq unique (tenant_id, company_id, starts_on)
);
comment on table finance.fiscal_periods is 'Accounting periods of a company; an entry is posted into the open period that holds its date.';
comment on column finance.fiscal_periods.tenant_id is 'Owning tenant.';
comment on column finance.fiscal_periods.id is 'The period.';
comment on column finance.fiscal_periods.company_id is 'Company whose calendar it is.';
comment on column finance.fiscal_periods.name is 'Name, such as 2026-03.';
comment on column finance.fiscal_periods.starts_on is 'First day.';
comment on column finance.fiscal_periods.ends_on is 'Last day, inclusive.';
comment on column finance.fiscal_periods.status is 'open takes entries; closing and closed do not.';
comment on column finance.fiscal_periods.lock_token is
  'Always 0. Row locks need UPDATE on a column; the posting and guard roles have it on this one alone.';
comment on column finance.fiscal_periods.created_at is 'When the row was made.';
comment on column finance.fiscal_periods.updated_at is 'When the row last changed.';

create table finance.fx_rates (
  tenant_id uuid not null,
  id uuid not null,
  base_currency text not null,
  quote_currency text not null,
  rate numeric(24, 12) not null,
  source text not null,
  valid_from date not null,
  valid_to date not null,
  created_at timestamptz not null default now(),
  constraint fx_rates_tenant_id_id_pk primary key (tenant_id, id),
  constraint fx_rates_tenant_id_fk foreign key (tenant_id) references aibos.tenant_registry (tenant_id),
  constraint fx_rates_base_currency_ck check (base_currency ~ '^[A-Z][A-Z0-9]{1,11}$'),
  constraint fx_rates_quote_currency_ck check (quote_currency ~ '^[A-Z][A-Z0-9]{1,11}$' and quote_currency <> base_currency),
  constraint fx_rates_rate_ck check (rate > 0),
  constraint fx_rates_source_ck check (btrim(source) <> ''),
  constraint fx_rates_validity_ck check (isfinite(valid_from) and isfinite(valid_to) and valid_to >= valid_from),
  constraint fx_rates_no_overlap_ex exclude using gist (
    tenant_id with =, base_currency with =, quote_currency with =, source with =,
    daterange(valid_from, valid_to, '[]') with &&
  )
);
comment on table finance.fx_rates is 'Exchange rates as versions: append-only, with source and validity, never two at once.';
comment on column finance.fx_rates.tenant_id is 'Owning tenant.';
comment on column finance.fx_rates.id is 'The version of the rate; journal lines name it.';
comment on column finance.fx_rates.base_currency is 'One unit of this currency …';
comment on column finance.fx_rates.quote_currency is '… costs rate units of this one.';
comment on column finance.fx_rates.rate is 'Quote units for one base unit; above zero.';
comment on column finance.fx_rates.source is 'Who published it.';
comment on column finance.fx_rates.valid_from is 'First day it holds.';
comment on column finance.fx_rates.valid_to is 'Last day it holds, inclusive.';
comment on column finance.fx_rates.created_at is 'When it became known here.';

call aibos.create_audit_log('finance');
