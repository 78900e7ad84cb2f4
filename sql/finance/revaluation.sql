-- Guarantee: after a revaluation the books carry each monetary balance in a foreign currency at the rate of the period's last day.
-- How: one entry of base-only lines takes up the differences. All open periods up to that day are locked first and the lines are
--   read in a later statement, so that no posting slips in between and two revaluations never post the same difference.
-- Raises: 42501 (tenant_id required), IB101, IB102, IB104, IB230, IB231, IB232, IB233, IB234, IB801, IB802
-- Proved by: pgtap/finance/revaluation.sql

create or replace function finance._assert_fx_settings(p_tenant_id uuid, p_company_id uuid)
returns void
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  problems text;
begin
  select string_agg(v.problem, ' ' order by v.position) into problems
  from finance.companies c
  left join finance.accounts gain on gain.tenant_id = c.tenant_id and gain.id = c.fx_gain_account_id
  left join finance.accounts loss on loss.tenant_id = c.tenant_id and loss.id = c.fx_loss_account_id
  cross join lateral (
    values
      (1, case when c.fx_source is null then 'fx_source is not set.' end),
      (2, case
        when gain.id is null then 'fx_gain_account_id is not set.'
        when not gain.is_active then format('fx_gain_account_id: account %s is inactive.', gain.code)
        when gain.currency <> c.functional_currency
          then format('fx_gain_account_id: account %s takes %s alone.', gain.code, gain.currency)
      end),
      (3, case
        when loss.id is null then 'fx_loss_account_id is not set.'
        when not loss.is_active then format('fx_loss_account_id: account %s is inactive.', loss.code)
        when loss.currency <> c.functional_currency
          then format('fx_loss_account_id: account %s takes %s alone.', loss.code, loss.currency)
      end)
  ) as v (position, problem)
  where c.tenant_id = p_tenant_id and c.id = p_company_id;
  if problems is not null then
    raise exception using
      errcode = 'IB232',
      message = 'the company lacks what a revaluation needs',
      detail = problems,
      hint = 'Set these columns of finance.companies: the source of the rates, an account for gains and one for losses.',
      schema = 'finance', table = 'companies', constraint = 'fx_settings_complete';
  end if;
end
$function$;
comment on function finance._assert_fx_settings(uuid, uuid) is
  'Raises IB232, naming all that is missing, unless a company says where its rates come from and where gains and losses go. Takes tenant and company. For the posting functions only.';

create or replace function finance._foreign_balances(p_tenant_id uuid, p_company_id uuid, p_on date)
returns table (account_id uuid, code text, currency text, balance_cents numeric, base_cents numeric, unvalued_cents numeric)
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
set jit = off
as $function$
begin
  return query
    select a.id, a.code, b.currency, b.debit_cents - b.credit_cents, b.base_debit_cents - b.base_credit_cents,
      b.unconverted_debit_cents - b.unconverted_credit_cents
    from finance.companies c
    join finance.accounts a on a.tenant_id = c.tenant_id and a.company_id = c.id
      and a.is_monetary and a.account_type in ('asset', 'liability')
    cross join lateral finance.balances_as_of(p_tenant_id, p_company_id, p_on, null, a.id) b
    where c.tenant_id = p_tenant_id and c.id = p_company_id and b.currency <> c.functional_currency
    order by a.code, b.currency;
end
$function$;
comment on function finance._foreign_balances(uuid, uuid, date) is
  'Balances of the monetary accounts of a company in foreign currencies: in that currency, in the functional one, and how much of the first has no base amount. Takes tenant, company and day. For the posting functions only.';

create or replace function finance._lock_periods_until(p_tenant_id uuid, p_company_id uuid, p_period_id uuid)
returns date
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  period record;
  locked uuid;
  has_locked boolean := false;
begin
  select p.name, p.status, p.ends_on into period
  from finance.fiscal_periods p
  where p.tenant_id = p_tenant_id and p.company_id = p_company_id and p.id = p_period_id;
  if not found then
    raise exception using
      errcode = 'IB801',
      message = 'the company has no such fiscal period',
      detail = format('Company %s, period %s.', coalesce(p_company_id::text, 'null'), coalesce(p_period_id::text, 'null')),
      hint = 'Take a period of the company from finance.fiscal_periods.',
      schema = 'finance', table = 'fiscal_periods', constraint = 'revaluation_in_period';
  end if;

  -- In the order in which postings lock them. An entry in flight holds its period and is waited for; so is a revaluation of
  -- an earlier or a later period, since both lock the earlier one.
  for locked in
    select p.id
    from finance.fiscal_periods p
    where p.tenant_id = p_tenant_id and p.company_id = p_company_id and p.ends_on <= period.ends_on and p.status <> 'closed'
    order by p.starts_on
    for no key update
  loop
    has_locked := has_locked or locked = p_period_id;
  end loop;
  if not has_locked then
    raise exception using
      errcode = 'IB802',
      message = format('fiscal period %s is closed', period.name),
      detail = format('Company %s.', p_company_id),
      hint = 'Revalue before the period is closed.',
      schema = 'finance', table = 'fiscal_periods', constraint = 'revaluation_in_open_period';
  end if;
  return period.ends_on;
end
$function$;
comment on function finance._lock_periods_until(uuid, uuid, uuid) is
  'Locks a period of a company, and all earlier ones that are not closed, until COMMIT: none takes an entry meanwhile. Takes tenant, company and period; returns its last day. Raises IB801, IB802. For the posting functions only.';

create or replace function finance.revalue(p_company_id uuid, p_period_id uuid)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  actor uuid := aibos.current_user_id();
  entry uuid := aibos.uuid_v7();
  last_day date;
  company record;
  held record;
  rate numeric;
  published_on date;
  difference numeric;
  accounts uuid[] := '{}';
  currencies text[] := '{}';
  differences numeric[] := '{}';
  memos text[] := '{}';
  gain numeric := 0;
  loss numeric := 0;
  description text;
begin
  perform finance.assert_tenant_active(tenant);
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception using
      errcode = 'IB234',
      message = format('a revaluation cannot run at %s', upper(current_setting('transaction_isolation'))),
      detail = 'Its snapshot could be older than its lock, and it would post differences that were posted since.',
      hint = 'Run it in a transaction at READ COMMITTED.',
      schema = 'finance', table = 'journal_entries', constraint = 'revaluation_sees_all';
  end if;

  -- 1. The lock, in a statement of its own: those that follow see what it waited for.
  last_day := finance._lock_periods_until(tenant, p_company_id, p_period_id);

  -- 2. The differences.
  select c.functional_currency, c.fx_source, c.fx_gain_account_id, c.fx_loss_account_id,
    config.currency_exponent(c.functional_currency) as exponent
  into strict company
  from finance.companies c where c.tenant_id = tenant and c.id = p_company_id;
  for held in
    select b.account_id, b.code, b.currency, b.balance_cents, b.base_cents, b.unvalued_cents,
      config.currency_exponent(b.currency) as exponent
    from finance._foreign_balances(tenant, p_company_id, last_day) b
  loop
    perform finance._assert_fx_settings(tenant, p_company_id);
    if held.unvalued_cents <> 0 or held.exponent is null or company.exponent is null or abs(held.balance_cents) > 100000000000000000 then
      raise exception using
        errcode = 'IB233',
        message = format('account %s cannot be revalued in %s', held.code, held.currency),
        detail = case
          when held.exponent is null then format('%s is not an active currency.', held.currency)
          when company.exponent is null then format('%s is not an active currency.', company.functional_currency)
          when held.unvalued_cents <> 0 then format('Of its balance of %s minor units, %s come from lines without a base amount.',
            held.balance_cents, held.unvalued_cents)
          else format('Its balance is %s minor units, beyond 10^17.', held.balance_cents)
        end,
        hint = case
          when held.exponent is null or company.exponent is null then 'Set it active in config.currencies.'
          when held.unvalued_cents <> 0
            then 'Reverse the entries of these lines and post them again with the company requiring base amounts, or set the account to not monetary.'
          else 'Split it over several accounts.'
        end,
        schema = 'finance', table = 'accounts', constraint = 'account_revaluable';
    end if;

    difference := -held.base_cents;
    if held.balance_cents <> 0 then
      select f.rate, f.published_on into rate, published_on
      from finance._fx_rate_on(tenant, held.currency, company.functional_currency, last_day, company.fx_source) f;
      difference := finance.base_amount(held.balance_cents::bigint, rate, held.exponent, company.exponent) - held.base_cents;
    end if;
    continue when difference = 0;
    accounts := accounts || held.account_id;
    currencies := currencies || held.currency;
    differences := differences || difference;
    memos := memos || case
      when held.balance_cents = 0 then 'balance 0'
      else format('balance %s at %s of %s', held.balance_cents, trim_scale(round(rate, 12)),
        to_char(published_on::timestamp, 'YYYY-MM-DD'))
    end;
    gain := gain + greatest(difference, 0);
    loss := loss + greatest(-difference, 0);
  end loop;
  if cardinality(differences) = 0 then
    return null;
  end if;
  description := format('Revaluation at %s with rates of %s', to_char(last_day::timestamp, 'YYYY-MM-DD'), left(company.fx_source, 200));

  -- 3. Header, lines and event in one statement. Base-only lines move no balance in their currency, so there are no deltas.
  with line as materialized (
    select row_number() over (order by u.position)::integer as line_no, u.account_id, u.currency, u.memo,
      greatest(u.difference, 0)::bigint as base_debit_cents, greatest(-u.difference, 0)::bigint as base_credit_cents
    from (
      select d.account_id, d.currency, d.difference, d.memo, d.position
      from unnest(accounts, currencies, differences, memos) with ordinality as d (account_id, currency, difference, memo, position)
      union all
      select company.fx_gain_account_id, company.functional_currency, -gain, 'exchange gain', 1 + cardinality(differences)
      where gain > 0
      union all
      select company.fx_loss_account_id, company.functional_currency, loss, 'exchange loss', 2 + cardinality(differences)
      where loss > 0
    ) u
  ), header as (
    insert into finance.journal_entries
      (tenant_id, id, company_id, period_id, entry_date, entry_type, description, created_by)
    values (tenant, entry, p_company_id, p_period_id, last_day, 'revaluation', description, actor)
  ), lines as (
    insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency,
      debit_cents, credit_cents, memo, base_debit_cents, base_credit_cents)
    select tenant, entry, l.line_no, l.account_id, l.currency, 0, 0, l.memo, l.base_debit_cents, l.base_credit_cents
    from line l
  )
  insert into finance.audit_events
    (tenant_id, id, actor, action, object, object_id, reason, request_id, leaf_version, leaf_hash)
  select tenant, entry, actor, 'journal.posted', 'finance.journal_entries', entry::text,
    nullif(current_setting('app.reason', true), ''), nullif(current_setting('app.request_id', true), ''), 1,
    finance.leaf_hash(tenant, entry, null::bigint, now(), actor,
      finance.leaf_payload(p_company_id, last_day, 'revaluation', description, null::text, null::text, null::uuid,
        string_agg(finance.leaf_line(l.line_no, l.account_id, l.currency, 0::bigint, 0::bigint, l.memo,
          l.base_debit_cents, l.base_credit_cents, null::uuid, null::uuid), '' order by l.line_no)))
  from line l;
  return entry;
end
$function$;
alter function finance.revalue(uuid, uuid) owner to aibos_poster;
comment on function finance.revalue(uuid, uuid) is
  'Revalues the monetary balances of a company in foreign currencies at the last day of a period; returns the id of the entry, or null where nothing differs. Takes company and period, which is open or closing. Run again, it posts what has come since. Raises 42501, IB101, IB102, IB104, IB230 (rate missing), IB231, IB232 (settings missing), IB233 (account not revaluable), IB234 (isolation level), IB801, IB802.';
