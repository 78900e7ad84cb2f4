-- Guarantee: no posting, through any door and beside any number of others, takes an account past the limit set on it.
-- How: an account made with has_limit has one row with its running balance and its limits; every posting to it updates that
--   row, so postings to the account wait for each other, and the check of the row is the limit.
-- Raises: 23514 (account_limits_balance_ck), IB303
-- Proved by: pgtap/finance/limits.sql

call aibos.isolate_tenant('finance.account_limits');
call aibos._stamp('finance.account_limits');
call aibos._set_policy('finance.account_limits', 'posting', 'all', 'aibos_guard, aibos_poster', 'true', 'true',
  'The posting functions and the guards keep the balance of every tenant.');
grant select, insert, update (balance_cents) on finance.account_limits to aibos_guard, aibos_poster;

create or replace function finance.derive_limit()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  insert into finance.account_limits (tenant_id, account_id) values (new.tenant_id, new.id);
  return null;
end
$function$;
alter function finance.derive_limit() owner to aibos_guard;
comment on function finance.derive_limit() is
  'Row trigger: gives a new account with has_limit its row. Definer, since the application cannot insert there.';

create or replace trigger t50_derive_limit after insert on finance.accounts
  for each row when (new.has_limit) execute function finance.derive_limit();
alter table finance.accounts enable always trigger t50_derive_limit;

create or replace function finance._apply_limits(p_tenant_id uuid, p_entry_ids uuid[])
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  movement record;
begin
  -- In the order of the accounts, so that two postings cannot wait for each other.
  for movement in
    select l.account_id, sum(l.debit_cents) - sum(l.credit_cents) as cents
    from unnest(p_entry_ids) as e (id)
    join finance.journal_lines l on l.tenant_id = p_tenant_id and l.journal_entry_id = e.id
    join finance.accounts a on a.tenant_id = l.tenant_id and a.id = l.account_id
    where a.has_limit
    group by l.account_id
    order by l.account_id
  loop
    update finance.account_limits set balance_cents = balance_cents + movement.cents
    where tenant_id = p_tenant_id and account_id = movement.account_id;
    if not found then
      raise exception using
        errcode = 'IB303',
        message = format('account %s has a limit but no row to keep its balance', movement.account_id),
        hint = 'Replay the bundle and run: aibos doctor.',
        schema = 'finance', table = 'account_limits', constraint = 'account_limits_tenant_id_account_id_pk';
    end if;
  end loop;
end
$function$;
comment on function finance._apply_limits(uuid, uuid[]) is
  'Adds the movements of posted entries to the kept balances of limited accounts. Takes tenant and entries; past a limit the check account_limits_balance_ck raises 23514. For the guards and the posting functions only.';

create or replace function finance.record_limit()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  insert into finance.audit_events (tenant_id, id, actor, action, object, object_id, before, after, reason, request_id)
  values (new.tenant_id, aibos.uuid_v7(), aibos.current_actor(), 'limit.changed', 'finance.account_limits', new.account_id::text,
    jsonb_build_object('min_balance_cents', old.min_balance_cents, 'max_balance_cents', old.max_balance_cents),
    jsonb_build_object('min_balance_cents', new.min_balance_cents, 'max_balance_cents', new.max_balance_cents),
    nullif(current_setting('app.reason', true), ''), nullif(current_setting('app.request_id', true), ''));
  return null;
end
$function$;
alter function finance.record_limit() owner to aibos_guard;
comment on function finance.record_limit() is
  'Row trigger: writes an event when a limit changes, and none when the balance moves. Definer, since the application cannot insert into the audit log.';

create or replace trigger t90_record_limit after update on finance.account_limits
  for each row when (
    old.min_balance_cents is distinct from new.min_balance_cents or old.max_balance_cents is distinct from new.max_balance_cents
  ) execute function finance.record_limit();
alter table finance.account_limits enable always trigger t90_record_limit;

create or replace view finance.v_limit_drift with (security_invoker = true) as
select
  k.tenant_id, k.account_id, k.balance_cents as kept_cents, s.cents as lines_cents, k.balance_cents - s.cents as drift_cents
from finance.account_limits k
join finance.accounts a on a.tenant_id = k.tenant_id and a.id = k.account_id
left join finance.v_archive_boundaries b on b.tenant_id = a.tenant_id and b.company_id = a.company_id
cross join lateral (
  select coalesce((
    select sum(j.debit_cents) - sum(j.credit_cents)
    from finance.journal_lines j
    where j.tenant_id = k.tenant_id and j.account_id = k.account_id
      and (b.through_on is null or b.through_on < (
        select e.entry_date from finance.journal_entries e where e.tenant_id = j.tenant_id and e.id = j.journal_entry_id
      ))
  ), 0) + coalesce((
    select sum(t.closing_debit_cents) - sum(t.closing_credit_cents)
    from finance.period_close_totals t
    where t.tenant_id = k.tenant_id and t.period_close_id = b.period_close_id and t.account_id = k.account_id
  ), 0) as cents
) s
where k.balance_cents <> s.cents;
comment on view finance.v_limit_drift is
  'Where the running balance beside a limit differs from the sum of the account''s lines: no rows while all is well. Archived lines count with the totals of their last close.';
comment on column finance.v_limit_drift.tenant_id is 'Owning tenant.';
comment on column finance.v_limit_drift.account_id is 'The account.';
comment on column finance.v_limit_drift.kept_cents is 'Running balance, debits less credits, in minor units.';
comment on column finance.v_limit_drift.lines_cents is 'Sum of the lines, debits less credits, in minor units.';
comment on column finance.v_limit_drift.drift_cents is 'The difference in minor units.';
