-- Guarantee: the kept balance of an account is the sum of its lines at every moment, and any drift shows.
-- How: an account made with keeps_balance gets a delta row per posting, in the statement that writes the lines, so that many
--   writers to one account never wait for each other; finance.fold_balances() adds deltas up. Balance = folded + unfolded.
-- Raises: nothing
-- Proved by: pgtap/finance/balances.sql

call aibos._set_policy('finance.balance_deltas', 'posting', 'insert', 'aibos_guard, aibos_poster', null, 'true',
  'The posting functions and the guards add deltas of every tenant.');
call aibos._set_policy('finance.balance_deltas', 'folding', 'all', 'aibos_owner', 'true', 'true',
  'Folding spans tenants.');
call aibos._set_policy('finance.account_balances', 'folding', 'all', 'aibos_owner', 'true', 'true',
  'Folding spans tenants.');
grant insert on finance.balance_deltas to aibos_guard, aibos_poster;

create or replace function finance.derive_deltas()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  limited record;
begin
  insert into finance.balance_deltas (tenant_id, account_id, id, period_id, currency, debit_cents, credit_cents)
  select l.tenant_id, l.account_id, aibos.uuid_v7(), e.period_id, l.currency, sum(l.debit_cents), sum(l.credit_cents)
  from new_lines l
  cross join lateral (
    select account.keeps_balance from finance.accounts account
    where account.tenant_id = l.tenant_id and account.id = l.account_id
    offset 0
  ) a
  cross join lateral (
    select header.period_id from finance.journal_entries header
    where header.tenant_id = l.tenant_id and header.id = l.journal_entry_id
    offset 0
  ) e
  where a.keeps_balance
  group by l.tenant_id, l.account_id, e.period_id, l.currency;

  for limited in
    select l.tenant_id, array_agg(distinct l.journal_entry_id) as entry_ids
    from new_lines l
    cross join lateral (
      select account.has_limit from finance.accounts account
      where account.tenant_id = l.tenant_id and account.id = l.account_id
      offset 0
    ) a
    where a.has_limit
    group by l.tenant_id
  loop
    perform finance._apply_limits(limited.tenant_id, limited.entry_ids);
  end loop;
  return null;
end
$function$;
alter function finance.derive_deltas() owner to aibos_guard;
comment on function finance.derive_deltas() is
  'Statement trigger: moves the kept balances and limits of directly inserted lines. Definer, since the application cannot write to them.';

create or replace trigger t50_derive_deltas after insert on finance.journal_lines
  referencing new table as new_lines
  for each statement when (not aibos.is_poster()) execute function finance.derive_deltas();
alter table finance.journal_lines enable always trigger t50_derive_deltas;

create or replace function finance.fold_balances(p_limit integer default 100000)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  folded integer;
begin
  with batch as materialized (
    -- Deltas that another fold holds are left to it.
    select d.tenant_id, d.account_id, d.id
    from finance.balance_deltas d
    order by d.tenant_id, d.account_id, d.id
    limit p_limit
    for update skip locked
  ), moved as (
    delete from finance.balance_deltas d
    using batch b
    where d.tenant_id = b.tenant_id and d.account_id = b.account_id and d.id = b.id
    returning d.tenant_id, d.account_id, d.period_id, d.currency, d.debit_cents, d.credit_cents
  ), summed as (
    insert into finance.account_balances as balance
      (tenant_id, account_id, period_id, currency, debit_cents, credit_cents)
    select m.tenant_id, m.account_id, m.period_id, m.currency, sum(m.debit_cents), sum(m.credit_cents)
    from moved m
    group by m.tenant_id, m.account_id, m.currency, m.period_id
    order by m.tenant_id, m.account_id, m.currency, m.period_id
    on conflict (tenant_id, account_id, currency, period_id) do update
      set debit_cents = balance.debit_cents + excluded.debit_cents,
        credit_cents = balance.credit_cents + excluded.credit_cents
  )
  select count(*) into folded from moved;
  return folded;
end
$function$;
comment on function finance.fold_balances(integer) is
  'Folds deltas into kept balances, of all tenants. Takes how many at most; returns how many were folded, 0 when none were left. Safe beside postings and beside itself. Definer, since it spans tenants and returns a count alone; for a scheduled job.';

create or replace view finance.v_account_balances with (security_invoker = true) as
select
  b.tenant_id, b.account_id, b.period_id, b.currency, sum(b.debit_cents) as debit_cents, sum(b.credit_cents) as credit_cents
from (
  select f.tenant_id, f.account_id, f.period_id, f.currency, f.debit_cents, f.credit_cents from finance.account_balances f
  union all
  select d.tenant_id, d.account_id, d.period_id, d.currency, d.debit_cents, d.credit_cents from finance.balance_deltas d
) b
group by b.tenant_id, b.account_id, b.period_id, b.currency;
comment on view finance.v_account_balances is
  'Kept movements per account, period and currency of the tenant in context, folded and not yet folded.';
comment on column finance.v_account_balances.tenant_id is 'Owning tenant.';
comment on column finance.v_account_balances.account_id is 'The account.';
comment on column finance.v_account_balances.period_id is 'The period.';
comment on column finance.v_account_balances.currency is 'Currency of the amounts.';
comment on column finance.v_account_balances.debit_cents is 'Sum of debits in minor units.';
comment on column finance.v_account_balances.credit_cents is 'Sum of credits in minor units.';

create or replace view finance.v_balance_drift with (security_invoker = true) as
select
  coalesce(l.tenant_id, b.tenant_id) as tenant_id, coalesce(l.account_id, b.account_id) as account_id,
  coalesce(l.period_id, b.period_id) as period_id, coalesce(l.currency, b.currency) as currency,
  coalesce(b.debit_cents, 0) - coalesce(l.debit_cents, 0) as debit_drift_cents,
  coalesce(b.credit_cents, 0) - coalesce(l.credit_cents, 0) as credit_drift_cents
from (
  select j.tenant_id, j.account_id, e.period_id, j.currency, sum(j.debit_cents) as debit_cents, sum(j.credit_cents) as credit_cents
  from finance.journal_lines j
  join finance.journal_entries e on e.tenant_id = j.tenant_id and e.id = j.journal_entry_id
  join finance.accounts a on a.tenant_id = j.tenant_id and a.id = j.account_id
  join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id
  left join finance.v_archive_boundaries g on g.tenant_id = a.tenant_id and g.company_id = a.company_id
  where a.keeps_balance and (g.through_on is null or p.ends_on > g.through_on)
  group by j.tenant_id, j.account_id, e.period_id, j.currency
) l
full join (
  select k.tenant_id, k.account_id, k.period_id, k.currency, k.debit_cents, k.credit_cents
  from finance.v_account_balances k
  join finance.fiscal_periods p on p.tenant_id = k.tenant_id and p.id = k.period_id
  left join finance.v_archive_boundaries g on g.tenant_id = p.tenant_id and g.company_id = p.company_id
  where g.through_on is null or p.ends_on > g.through_on
) b
  on b.tenant_id = l.tenant_id and b.account_id = l.account_id and b.period_id = l.period_id and b.currency = l.currency
where coalesce(b.debit_cents, 0) <> coalesce(l.debit_cents, 0) or coalesce(b.credit_cents, 0) <> coalesce(l.credit_cents, 0);
comment on view finance.v_balance_drift is
  'Where a kept balance of the tenant in context differs from the sum of its lines: no rows while all is well. Periods with archived lines are left out: they were compared before the archive took them.';
comment on column finance.v_balance_drift.tenant_id is 'Owning tenant.';
comment on column finance.v_balance_drift.account_id is 'The account.';
comment on column finance.v_balance_drift.period_id is 'The period.';
comment on column finance.v_balance_drift.currency is 'The currency.';
comment on column finance.v_balance_drift.debit_drift_cents is 'Kept debits less the debits of the lines, in minor units.';
comment on column finance.v_balance_drift.credit_drift_cents is 'Kept credits less the credits of the lines, in minor units.';
