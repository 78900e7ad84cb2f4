-- plane: data
-- Limits: accounts whose balance is kept in a row that every posting locks, so that no two postings pass a limit together.

alter table finance.accounts
  add column has_limit boolean not null default false,
  add constraint accounts_has_limit_ck check (not has_limit or currency is not null);
comment on column finance.accounts.has_limit is
  'Whether a limit can be set on its balance; fixed when the account is made. Each posting to it waits for the one before.';

create table finance.account_limits (
  tenant_id uuid not null,
  account_id uuid not null,
  balance_cents numeric(38, 0) not null default 0,
  min_balance_cents numeric(38, 0),
  max_balance_cents numeric(38, 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint account_limits_tenant_id_account_id_pk primary key (tenant_id, account_id),
  constraint account_limits_account_id_fk foreign key (tenant_id, account_id) references finance.accounts (tenant_id, id),
  constraint account_limits_order_ck check (min_balance_cents <= max_balance_cents),
  constraint account_limits_balance_ck check (
    balance_cents >= min_balance_cents and balance_cents <= max_balance_cents
  )
);
comment on table finance.account_limits is
  'Least and greatest balance of an account, beside its running balance: the check of this row is the limit.';
comment on column finance.account_limits.tenant_id is 'Owning tenant.';
comment on column finance.account_limits.account_id is 'The account; its currency is the one of the amounts.';
comment on column finance.account_limits.balance_cents is 'Debits less credits of all posted lines, in minor units.';
comment on column finance.account_limits.min_balance_cents is 'Least balance allowed, such as 0 for no overdraft; null for none.';
comment on column finance.account_limits.max_balance_cents is 'Greatest balance allowed, such as a credit limit; null for none.';
comment on column finance.account_limits.created_at is 'When the row was made.';
comment on column finance.account_limits.updated_at is 'When the row last changed.';
