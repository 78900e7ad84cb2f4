-- Guarantee: trial balance, general ledger, balance sheet and profit and loss say what the posted lines say, as of any
--   accounting date and as known at any time, for the tenant in context alone.
-- How: stable invoker functions and views under row security. They read the totals of the last close that both axes
--   allow (period_close.sql) and sum the lines after it, all in the snapshot of one statement.
-- Raises: 42501 (tenant_id required)
-- Proved by: pgtap/finance/statements.sql

create or replace function finance.trial_balance(
  p_company_id uuid,
  p_as_of date default null,
  p_known_at timestamptz default null
)
returns table (
  account_id uuid, code text, name text, account_type text, currency text, debit_cents numeric, credit_cents numeric,
  balance_cents numeric, base_debit_cents numeric, base_credit_cents numeric, base_balance_cents numeric,
  is_unconverted boolean
)
language sql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
  select
    a.id, a.code, a.name, a.account_type, b.currency, b.debit_cents, b.credit_cents, b.debit_cents - b.credit_cents,
    case when not u.is_unconverted then b.base_debit_cents end,
    case when not u.is_unconverted then b.base_credit_cents end,
    case when not u.is_unconverted then b.base_debit_cents - b.base_credit_cents end,
    u.is_unconverted
  from finance.balances_as_of((select aibos.current_tenant_id()), p_company_id, p_as_of, p_known_at) b
  cross join lateral (
    select b.unconverted_debit_cents + b.unconverted_credit_cents > 0 as is_unconverted
  ) u
  join finance.accounts a on a.tenant_id = (select aibos.current_tenant_id()) and a.id = b.account_id;
$function$;
comment on function finance.trial_balance(uuid, date, timestamptz) is
  'Debits, credits and balance per account and currency. Takes the company, the last accounting date (null for no limit) and the time of knowledge: only what had been posted by then counts (null for now). Amounts in minor units of the currency, base amounts in those of the functional currency; they are null and is_unconverted is true where a line in a foreign currency has none. Balance is debits less credits. No rows for a company of another tenant. Raises 42501 without a tenant.';

create or replace function finance.account_balance(
  p_account_id uuid,
  p_as_of date default null,
  p_known_at timestamptz default null
)
returns table (
  currency text, debit_cents numeric, credit_cents numeric, balance_cents numeric, base_debit_cents numeric,
  base_credit_cents numeric, base_balance_cents numeric, is_unconverted boolean
)
language sql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
  select
    b.currency, b.debit_cents, b.credit_cents, b.debit_cents - b.credit_cents,
    case when not u.is_unconverted then b.base_debit_cents end,
    case when not u.is_unconverted then b.base_credit_cents end,
    case when not u.is_unconverted then b.base_debit_cents - b.base_credit_cents end,
    u.is_unconverted
  from finance.accounts a
  cross join lateral finance.balances_as_of(a.tenant_id, a.company_id, p_as_of, p_known_at, a.id) b
  cross join lateral (
    select b.unconverted_debit_cents + b.unconverted_credit_cents > 0 as is_unconverted
  ) u
  where a.tenant_id = (select aibos.current_tenant_id()) and a.id = p_account_id;
$function$;
comment on function finance.account_balance(uuid, date, timestamptz) is
  'Balance of one account, a row per currency. Takes the account, the last accounting date (null for no limit) and the time of knowledge (null for now); columns as in finance.trial_balance(). No rows where nothing moved. Raises 42501 without a tenant.';

create or replace view finance.v_trial_balance with (security_invoker = true) as
select
  c.tenant_id, c.id as company_id, t.account_id, t.code, t.name, t.account_type, t.currency, t.debit_cents, t.credit_cents,
  t.balance_cents, t.base_debit_cents, t.base_credit_cents, t.base_balance_cents, t.is_unconverted
from finance.companies c
cross join lateral finance.trial_balance(c.id, null, null) t;
comment on view finance.v_trial_balance is 'Trial balance of each company of the tenant in context, of all dates, as known now.';
comment on column finance.v_trial_balance.tenant_id is 'Owning tenant.';
comment on column finance.v_trial_balance.company_id is 'The company.';
comment on column finance.v_trial_balance.account_id is 'The account.';
comment on column finance.v_trial_balance.code is 'Its code.';
comment on column finance.v_trial_balance.name is 'Its name.';
comment on column finance.v_trial_balance.account_type is 'asset, liability, equity, income or expense.';
comment on column finance.v_trial_balance.currency is 'Currency of the amounts.';
comment on column finance.v_trial_balance.debit_cents is 'Debits in minor units.';
comment on column finance.v_trial_balance.credit_cents is 'Credits in minor units.';
comment on column finance.v_trial_balance.balance_cents is 'Debits less credits.';
comment on column finance.v_trial_balance.base_debit_cents is 'Debits in minor units of the functional currency; null where they have none.';
comment on column finance.v_trial_balance.base_credit_cents is 'Credits in minor units of the functional currency; null where they have none.';
comment on column finance.v_trial_balance.base_balance_cents is 'Debits less credits in the functional currency; null where they have none.';
comment on column finance.v_trial_balance.is_unconverted is 'Whether there is no amount in the functional currency.';

create or replace view finance.v_general_ledger with (security_invoker = true) as
select
  l.tenant_id, e.company_id, l.account_id, a.code, a.name, e.entry_date, e.posted_at, l.journal_entry_id, l.line_no,
  e.entry_type, e.description, e.reference, l.memo, l.currency, l.debit_cents, l.credit_cents,
  sum(l.debit_cents - l.credit_cents) over (
    partition by l.tenant_id, l.account_id, l.currency
    order by e.entry_date, e.posted_at, l.journal_entry_id, l.line_no rows unbounded preceding
  ) + coalesce(t.closing_debit_cents - t.closing_credit_cents, 0) as running_balance_cents,
  coalesce(l.base_debit_cents, case when l.currency = c.functional_currency then l.debit_cents end) as base_debit_cents,
  coalesce(l.base_credit_cents, case when l.currency = c.functional_currency then l.credit_cents end) as base_credit_cents,
  l.base_debit_cents is null and l.currency <> c.functional_currency as is_unconverted
from finance.journal_lines l
join finance.journal_entries e on e.tenant_id = l.tenant_id and e.id = l.journal_entry_id
join finance.accounts a on a.tenant_id = l.tenant_id and a.id = l.account_id
join finance.companies c on c.tenant_id = e.tenant_id and c.id = e.company_id
left join finance.v_archive_boundaries b on b.tenant_id = e.tenant_id and b.company_id = e.company_id
left join finance.period_close_totals t on t.tenant_id = b.tenant_id and t.period_close_id = b.period_close_id
  and t.account_id = l.account_id and t.currency = l.currency
where b.through_on is null or e.entry_date > b.through_on;
comment on view finance.v_general_ledger is
  'Lines of the tenant in context with the balance of their account and currency after each; it begins after the last period that has archived lines (finance.v_archive_boundaries), with its closing balance. Ask for one account_id, which reads its lines by index.';
comment on column finance.v_general_ledger.tenant_id is 'Owning tenant.';
comment on column finance.v_general_ledger.company_id is 'The company.';
comment on column finance.v_general_ledger.account_id is 'The account.';
comment on column finance.v_general_ledger.code is 'Its code.';
comment on column finance.v_general_ledger.name is 'Its name.';
comment on column finance.v_general_ledger.entry_date is 'Accounting date.';
comment on column finance.v_general_ledger.posted_at is 'When it was posted.';
comment on column finance.v_general_ledger.journal_entry_id is 'The entry.';
comment on column finance.v_general_ledger.line_no is 'Position in the entry.';
comment on column finance.v_general_ledger.entry_type is 'Type of the entry.';
comment on column finance.v_general_ledger.description is 'Description of the entry.';
comment on column finance.v_general_ledger.reference is 'Document the entry rests on.';
comment on column finance.v_general_ledger.memo is 'Note on the line.';
comment on column finance.v_general_ledger.currency is 'Currency of the amounts.';
comment on column finance.v_general_ledger.debit_cents is 'Debits in minor units.';
comment on column finance.v_general_ledger.credit_cents is 'Credits in minor units.';
comment on column finance.v_general_ledger.running_balance_cents is 'Debits less credits of the account in this currency up to and with this line.';
comment on column finance.v_general_ledger.base_debit_cents is 'Debits in minor units of the functional currency; null where they have none.';
comment on column finance.v_general_ledger.base_credit_cents is 'Credits in minor units of the functional currency; null where they have none.';
comment on column finance.v_general_ledger.is_unconverted is 'Whether there is no amount in the functional currency.';

create or replace function finance.statement_between(
  p_company_id uuid,
  p_account_types text[],
  p_from date,
  p_to date,
  p_known_at timestamptz
)
returns table (
  account_id uuid, code text, name text, account_type text, depth integer, path text[], currency text,
  is_unconverted boolean, amount_cents numeric, total_cents numeric
)
language sql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
  with amount as materialized (
    select a.account_type, coalesce(c.path, array[a.code]) as path, a.id as account_id, x.currency, x.is_unconverted,
      sum(b.factor * (x.debit_cents - x.credit_cents)) * case when a.account_type in ('asset', 'expense') then 1 else -1 end as cents
    from (
      select 1 as factor, t.account_id, t.currency, t.base_debit_cents, t.base_credit_cents,
        t.unconverted_debit_cents, t.unconverted_credit_cents
      from finance.balances_as_of((select aibos.current_tenant_id()), p_company_id, p_to, p_known_at) t
      union all
      select -1, f.account_id, f.currency, f.base_debit_cents, f.base_credit_cents,
        f.unconverted_debit_cents, f.unconverted_credit_cents
      from finance.balances_as_of((select aibos.current_tenant_id()), p_company_id, p_from - 1, p_known_at) f
      where p_from is not null
    ) b
    join finance.accounts a on a.tenant_id = (select aibos.current_tenant_id()) and a.id = b.account_id
    join finance.companies o on o.tenant_id = a.tenant_id and o.id = a.company_id
    left join finance.v_chart_of_accounts c
      on c.tenant_id = a.tenant_id and c.company_id = a.company_id and c.account_id = a.id
    cross join lateral (
      select o.functional_currency as currency, false as is_unconverted,
        b.base_debit_cents as debit_cents, b.base_credit_cents as credit_cents
      union all
      select b.currency, true, b.unconverted_debit_cents, b.unconverted_credit_cents
    ) x
    where a.account_type = any (p_account_types)
    group by a.account_type, c.path, a.code, a.id, x.currency, x.is_unconverted
    having sum(b.factor * x.debit_cents) <> 0 or sum(b.factor * x.credit_cents) <> 0
  )
  select
    top.id, top.code, top.name, top.account_type, max(s.step)::integer,
    -- The way down to this account is the beginning of the way to any account below it.
    max(m.path[1:s.step::integer]), m.currency, m.is_unconverted,
    coalesce(sum(m.cents) filter (where m.account_id = top.id), 0), sum(m.cents)
  from amount m
  cross join lateral unnest(m.path) with ordinality as s (code, step)
  join finance.accounts top on top.tenant_id = (select aibos.current_tenant_id())
    and top.company_id = p_company_id and top.code = s.code and top.account_type = m.account_type
  group by top.id, top.code, top.name, top.account_type, m.currency, m.is_unconverted;
$function$;
comment on function finance.statement_between(uuid, text[], date, date, timestamptz) is
  'Movement of the accounts of some types between two dates, each account with what lies below it in the chart and has its type. Takes company, types, dates (null for no limit) and time of knowledge. Assets and expenses grow by debits, the others by credits. Amounts in the functional currency; what has no such amount comes apart, in its own currency.';

create or replace function finance.profit_and_loss(
  p_company_id uuid,
  p_from date default null,
  p_to date default null,
  p_known_at timestamptz default null
)
returns table (
  section text, account_id uuid, code text, name text, depth integer, path text[], currency text,
  is_unconverted boolean, amount_cents numeric, total_cents numeric
)
language sql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
  with statement as materialized (
    select s.account_id, s.code, s.name, s.account_type, s.depth, s.path, s.currency, s.is_unconverted,
      s.amount_cents, s.total_cents
    from finance.statement_between(p_company_id, array['income', 'expense'], p_from, p_to, p_known_at) s
  )
  select s.account_type, s.account_id, s.code, s.name, s.depth, s.path, s.currency, s.is_unconverted,
    s.amount_cents, s.total_cents
  from statement s
  union all
  select 'result', null, null, 'Result', 1, array[]::text[], s.currency, s.is_unconverted,
    sum(case s.account_type when 'income' then s.amount_cents else -s.amount_cents end),
    sum(case s.account_type when 'income' then s.amount_cents else -s.amount_cents end)
  from statement s
  group by s.currency, s.is_unconverted;
$function$;
comment on function finance.profit_and_loss(uuid, date, date, timestamptz) is
  'Income and expenses between two accounting dates, and the result. Takes the company, first and last date (null for no limit) and the time of knowledge (null for now). section is income, expense or result; amount_cents is the account''s own, total_cents with the accounts of its type below it. Minor units of the functional currency; rows with is_unconverted stand apart, in their own currency. Raises 42501 without a tenant.';

create or replace function finance.balance_sheet(
  p_company_id uuid,
  p_as_of date default null,
  p_known_at timestamptz default null
)
returns table (
  section text, account_id uuid, code text, name text, depth integer, path text[], currency text,
  is_unconverted boolean, amount_cents numeric, total_cents numeric
)
language sql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
  with year as materialized (
    select max(p.fiscal_year_starts_on) as starts_on
    from finance.fiscal_periods p
    where p.tenant_id = (select aibos.current_tenant_id()) and p.company_id = p_company_id
      and p.starts_on <= coalesce(p_as_of, (
        select greatest(max(e.entry_date), (
          select b.through_on from finance.v_archive_boundaries b
          where b.tenant_id = (select aibos.current_tenant_id()) and b.company_id = p_company_id
        ))
        from finance.journal_entries e
        where e.tenant_id = (select aibos.current_tenant_id()) and e.company_id = p_company_id
      ))
  )
  select s.account_type, s.account_id, s.code, s.name, s.depth, s.path, s.currency, s.is_unconverted,
    s.amount_cents, s.total_cents
  from finance.statement_between(p_company_id, array['asset', 'liability', 'equity'], null, p_as_of, p_known_at) s
  union all
  select 'equity', null, null, r.name, 1, array[]::text[], r.currency, r.is_unconverted, r.amount_cents, r.total_cents
  from (
    select 'Result of the year' as name, l.currency, l.is_unconverted, l.amount_cents, l.total_cents
    from year y
    cross join lateral finance.profit_and_loss(p_company_id, y.starts_on, p_as_of, p_known_at) l
    where l.section = 'result'
    union all
    select 'Result of earlier years', l.currency, l.is_unconverted, l.amount_cents, l.total_cents
    from year y
    cross join lateral finance.profit_and_loss(p_company_id, null, y.starts_on - 1, p_known_at) l
    where l.section = 'result' and y.starts_on is not null
  ) r;
$function$;
comment on function finance.balance_sheet(uuid, date, timestamptz) is
  'Assets, liabilities and equity as of an accounting date; equity ends with the result of the year and that of earlier years, so that assets equal liabilities and equity. Takes the company, the date (null for no limit) and the time of knowledge (null for now); columns as in finance.profit_and_loss(). Raises 42501 without a tenant.';

create or replace view finance.v_balance_sheet with (security_invoker = true) as
select
  y.tenant_id, y.company_id, y.fiscal_year_starts_on, y.fiscal_year_ends_on, s.section, s.account_id, s.code, s.name,
  s.depth, s.path, s.currency, s.is_unconverted, s.amount_cents, s.total_cents
from (
  select p.tenant_id, p.company_id, p.fiscal_year_starts_on, max(p.ends_on) as fiscal_year_ends_on
  from finance.fiscal_periods p group by p.tenant_id, p.company_id, p.fiscal_year_starts_on
) y
cross join lateral finance.balance_sheet(y.company_id, y.fiscal_year_ends_on, null) s;
comment on view finance.v_balance_sheet is
  'Balance sheet of each company of the tenant in context at the end of each fiscal year, as known now.';
comment on column finance.v_balance_sheet.tenant_id is 'Owning tenant.';
comment on column finance.v_balance_sheet.company_id is 'The company.';
comment on column finance.v_balance_sheet.fiscal_year_starts_on is 'First day of the fiscal year.';
comment on column finance.v_balance_sheet.fiscal_year_ends_on is 'Last day of its last period.';
comment on column finance.v_balance_sheet.section is 'asset, liability or equity.';
comment on column finance.v_balance_sheet.account_id is 'The account; null for a result.';
comment on column finance.v_balance_sheet.code is 'Its code; null for a result.';
comment on column finance.v_balance_sheet.name is 'Its name, or that of the result.';
comment on column finance.v_balance_sheet.depth is 'Its place in the chart: 1 at the top.';
comment on column finance.v_balance_sheet.path is 'Codes from the top down to the account.';
comment on column finance.v_balance_sheet.currency is 'The functional currency, or the currency of what is unconverted.';
comment on column finance.v_balance_sheet.is_unconverted is 'Whether the row stands apart, since its lines have no amount in the functional currency.';
comment on column finance.v_balance_sheet.amount_cents is 'Own amount of the account in minor units.';
comment on column finance.v_balance_sheet.total_cents is 'The same with the accounts of its type below it.';

create or replace view finance.v_profit_and_loss with (security_invoker = true) as
select
  y.tenant_id, y.company_id, y.fiscal_year_starts_on, y.fiscal_year_ends_on, s.section, s.account_id, s.code, s.name,
  s.depth, s.path, s.currency, s.is_unconverted, s.amount_cents, s.total_cents
from (
  select p.tenant_id, p.company_id, p.fiscal_year_starts_on, min(p.starts_on) as first_on, max(p.ends_on) as fiscal_year_ends_on
  from finance.fiscal_periods p group by p.tenant_id, p.company_id, p.fiscal_year_starts_on
) y
cross join lateral finance.profit_and_loss(y.company_id, y.first_on, y.fiscal_year_ends_on, null) s;
comment on view finance.v_profit_and_loss is
  'Profit and loss of each company of the tenant in context for each fiscal year, as known now.';
comment on column finance.v_profit_and_loss.tenant_id is 'Owning tenant.';
comment on column finance.v_profit_and_loss.company_id is 'The company.';
comment on column finance.v_profit_and_loss.fiscal_year_starts_on is 'First day of the fiscal year.';
comment on column finance.v_profit_and_loss.fiscal_year_ends_on is 'Last day of its last period.';
comment on column finance.v_profit_and_loss.section is 'income, expense or result.';
comment on column finance.v_profit_and_loss.account_id is 'The account; null for a result.';
comment on column finance.v_profit_and_loss.code is 'Its code; null for a result.';
comment on column finance.v_profit_and_loss.name is 'Its name, or that of the result.';
comment on column finance.v_profit_and_loss.depth is 'Its place in the chart: 1 at the top.';
comment on column finance.v_profit_and_loss.path is 'Codes from the top down to the account.';
comment on column finance.v_profit_and_loss.currency is 'The functional currency, or the currency of what is unconverted.';
comment on column finance.v_profit_and_loss.is_unconverted is 'Whether the row stands apart, since its lines have no amount in the functional currency.';
comment on column finance.v_profit_and_loss.amount_cents is 'Own amount of the account in minor units.';
comment on column finance.v_profit_and_loss.total_cents is 'The same with the accounts of its type below it.';
