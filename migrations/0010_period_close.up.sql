-- plane: data
-- Fiscal periods without a gap, fiscal years, and what was found when a period closed.

alter table finance.fiscal_periods
  add column follows_on date,
  add column fiscal_year_starts_on date,
  add column close_id uuid;
comment on column finance.fiscal_periods.follows_on is
  'Last day of the period before, so that no day lies between two periods; null for the first one of a company.';
comment on column finance.fiscal_periods.fiscal_year_starts_on is 'First day of the fiscal year the period belongs to.';
comment on column finance.fiscal_periods.close_id is
  'The close in force; null while the period is not closed, and for one that closed before closes were recorded.';

alter table finance.fiscal_periods no force row level security;
do $fill$
declare
  states text;
  gap record;
begin
  select
    format('%s, %s', p.name, to_char(p.starts_on::timestamp, 'YYYY-MM-DD')) as period,
    to_char(p.ends_before::timestamp, 'YYYY-MM-DD') as ends_before, p.company_id
  into gap
  from (
    select f.name, f.company_id, f.starts_on,
      lag(f.ends_on) over (partition by f.tenant_id, f.company_id order by f.starts_on) as ends_before
    from finance.fiscal_periods f
  ) p
  where p.ends_before <> p.starts_on - 1
  limit 1;
  if gap.period is not null then
    raise exception using
      errcode = 'IB804',
      message = format('there is a gap between fiscal periods: one ends on %s, the next is %s', gap.ends_before, gap.period),
      detail = format('Company %s.', gap.company_id),
      hint = 'Insert the missing periods into finance.fiscal_periods, then upgrade again.',
      schema = 'finance', table = 'fiscal_periods', constraint = 'fiscal_periods_follows_on_fk';
  end if;

  -- Neither the times of the rows nor the audit log follow: nobody changed a period.
  select string_agg(format('alter table finance.fiscal_periods enable %s trigger %I',
    case t.tgenabled when 'A' then 'always' when 'R' then 'replica' else '' end, t.tgname), '; ')
  into states
  from pg_trigger t
  where t.tgrelid = 'finance.fiscal_periods'::regclass and not t.tgisinternal and t.tgenabled <> 'D';
  alter table finance.fiscal_periods disable trigger user;
  update finance.fiscal_periods p
  set follows_on = (
      select b.ends_on from finance.fiscal_periods b
      where b.tenant_id = p.tenant_id and b.company_id = p.company_id and b.ends_on = p.starts_on - 1
    ),
    fiscal_year_starts_on = (
      select f.first_day + make_interval(years => extract(year from age(p.starts_on, f.first_day))::integer)
      from (
        select min(b.starts_on) as first_day from finance.fiscal_periods b
        where b.tenant_id = p.tenant_id and b.company_id = p.company_id
      ) f
    )::date;
  if states is not null then
    execute format('%s', states);
  end if;
end
$fill$;
alter table finance.fiscal_periods force row level security;

alter table finance.fiscal_periods
  alter column fiscal_year_starts_on set not null,
  add constraint fiscal_periods_fiscal_year_starts_on_ck check (
    fiscal_year_starts_on <= starts_on and starts_on - fiscal_year_starts_on < 731
  ),
  add constraint fiscal_periods_follows_on_ck check (follows_on = starts_on - 1),
  add constraint fiscal_periods_ends_on_uq unique (tenant_id, company_id, ends_on),
  add constraint fiscal_periods_follows_on_uq unique nulls not distinct (tenant_id, company_id, follows_on),
  -- Deferred, since a period before the first one changes that one in the same statement.
  add constraint fiscal_periods_follows_on_fk foreign key (tenant_id, company_id, follows_on)
    references finance.fiscal_periods (tenant_id, company_id, ends_on) deferrable initially deferred,
  add constraint fiscal_periods_close_id_ck check (close_id is null or status = 'closed'),
  add constraint fiscal_periods_close_id_uq unique (tenant_id, close_id);

create table finance.period_closes (
  tenant_id uuid not null,
  id uuid not null,
  company_id uuid not null,
  period_id uuid not null,
  close_no integer not null,
  closed_by uuid,
  reason text,
  entries bigint not null,
  lines bigint not null,
  last_posted_at timestamptz,
  created_at timestamptz not null default now(),
  closed_at timestamptz not null default clock_timestamp(),
  constraint period_closes_tenant_id_id_pk primary key (tenant_id, id),
  constraint period_closes_period_id_fk foreign key (tenant_id, company_id, period_id)
    references finance.fiscal_periods (tenant_id, company_id, id),
  constraint period_closes_close_no_ck check (close_no > 0),
  constraint period_closes_counts_ck check (entries >= 0 and lines >= 2 * entries),
  constraint period_closes_close_no_uq unique (tenant_id, period_id, close_no)
);
comment on table finance.period_closes is
  'Each time a fiscal period was closed, and what it held then. Append-only: a period that is reopened and closed again has two.';
comment on column finance.period_closes.tenant_id is 'Owning tenant.';
comment on column finance.period_closes.id is 'The close; the period names the one in force.';
comment on column finance.period_closes.company_id is 'Company whose period it is.';
comment on column finance.period_closes.period_id is 'The period.';
comment on column finance.period_closes.close_no is 'Which close of the period it is, from 1.';
comment on column finance.period_closes.closed_by is 'User named by the context; null where none was.';
comment on column finance.period_closes.reason is 'Reason given, if one was.';
comment on column finance.period_closes.entries is 'Entries in the period.';
comment on column finance.period_closes.lines is 'Lines of these entries.';
comment on column finance.period_closes.last_posted_at is
  'Latest time at which an entry of this or an earlier period of the company was posted: whoever asks for what was known then or later may use the totals.';
comment on column finance.period_closes.created_at is 'Server time of the closing transaction.';
comment on column finance.period_closes.closed_at is 'Time at which the totals had been taken.';

alter table finance.fiscal_periods
  add constraint fiscal_periods_close_id_fk foreign key (tenant_id, close_id)
    references finance.period_closes (tenant_id, id) deferrable initially deferred;

create table finance.period_close_totals (
  tenant_id uuid not null,
  period_close_id uuid not null,
  account_id uuid not null,
  currency text not null,
  debit_cents numeric(38, 0) not null,
  credit_cents numeric(38, 0) not null,
  base_debit_cents numeric(38, 0) not null,
  base_credit_cents numeric(38, 0) not null,
  unconverted_debit_cents numeric(38, 0) not null,
  unconverted_credit_cents numeric(38, 0) not null,
  closing_debit_cents numeric(38, 0) not null,
  closing_credit_cents numeric(38, 0) not null,
  closing_base_debit_cents numeric(38, 0) not null,
  closing_base_credit_cents numeric(38, 0) not null,
  closing_unconverted_debit_cents numeric(38, 0) not null,
  closing_unconverted_credit_cents numeric(38, 0) not null,
  created_at timestamptz not null default now(),
  constraint period_close_totals_key_pk primary key (tenant_id, period_close_id, account_id, currency),
  constraint period_close_totals_period_close_id_fk foreign key (tenant_id, period_close_id)
    references finance.period_closes (tenant_id, id),
  constraint period_close_totals_account_id_fk foreign key (tenant_id, account_id)
    references finance.accounts (tenant_id, id),
  constraint period_close_totals_sides_ck check (
    debit_cents >= 0 and credit_cents >= 0 and base_debit_cents >= 0 and base_credit_cents >= 0
    and unconverted_debit_cents between 0 and debit_cents and unconverted_credit_cents between 0 and credit_cents
  ),
  constraint period_close_totals_closing_ck check (
    closing_debit_cents >= debit_cents and closing_credit_cents >= credit_cents
    and closing_base_debit_cents >= base_debit_cents and closing_base_credit_cents >= base_credit_cents
    and closing_unconverted_debit_cents >= unconverted_debit_cents
    and closing_unconverted_credit_cents >= unconverted_credit_cents
  )
);
create index period_close_totals_tenant_id_account_id_idx on finance.period_close_totals (tenant_id, account_id);
comment on table finance.period_close_totals is
  'What a close found per account and currency: the movement of the period, and all that had moved up to its last day. Append-only.';
comment on column finance.period_close_totals.tenant_id is 'Owning tenant.';
comment on column finance.period_close_totals.period_close_id is 'The close.';
comment on column finance.period_close_totals.account_id is 'The account.';
comment on column finance.period_close_totals.currency is 'Currency of the lines.';
comment on column finance.period_close_totals.debit_cents is 'Debits of the period, in minor units of the currency.';
comment on column finance.period_close_totals.credit_cents is 'Credits of the period, in minor units of the currency.';
comment on column finance.period_close_totals.base_debit_cents is
  'Debits of the period in minor units of the functional currency, as far as the lines are in it or carry a base amount.';
comment on column finance.period_close_totals.base_credit_cents is
  'Credits of the period in minor units of the functional currency, as far as the lines are in it or carry a base amount.';
comment on column finance.period_close_totals.unconverted_debit_cents is
  'Debits of the period on lines without an amount in the functional currency, in minor units of the currency.';
comment on column finance.period_close_totals.unconverted_credit_cents is
  'Credits of the period on lines without an amount in the functional currency, in minor units of the currency.';
comment on column finance.period_close_totals.closing_debit_cents is 'All debits up to the last day of the period.';
comment on column finance.period_close_totals.closing_credit_cents is 'All credits up to the last day of the period.';
comment on column finance.period_close_totals.closing_base_debit_cents is
  'All debits up to the last day of the period, in the functional currency.';
comment on column finance.period_close_totals.closing_base_credit_cents is
  'All credits up to the last day of the period, in the functional currency.';
comment on column finance.period_close_totals.closing_unconverted_debit_cents is
  'All debits up to the last day of the period on lines without an amount in the functional currency.';
comment on column finance.period_close_totals.closing_unconverted_credit_cents is
  'All credits up to the last day of the period on lines without an amount in the functional currency.';
comment on column finance.period_close_totals.created_at is 'Server time of the closing transaction.';
