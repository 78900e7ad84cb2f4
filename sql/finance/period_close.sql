-- Guarantee: periods close one after the other, a close records what was in the period, and nothing enters or leaves it
--   from then on but by a reopening with its reason.
-- How: a row guard allows only the listed moves, whoever writes, and locks the neighbouring period, so that two moves
--   cannot pass each other. Postings hold the period FOR SHARE until COMMIT: once the close has its row, all of them are
--   done, and the statements after it see them. Another trigger then writes the event, the close and its totals.
-- Raises: 42501 (tenant_id required), IB101, IB102, IB104, IB805, IB806, IB807, IB808, IB809
-- Proved by: pgtap/finance/period_close.sql

alter table finance.period_closes alter column id set default aibos.uuid_v7();
call aibos.isolate_tenant('finance.period_closes');
call aibos.isolate_tenant('finance.period_close_totals');
call aibos.append_only('finance.period_closes');
call aibos.append_only('finance.period_close_totals');
call aibos._set_policy('finance.period_closes', 'record', 'insert', 'aibos_guard', null, 'true',
  'The recorder of closes writes for the tenant of the period.');
call aibos._set_policy('finance.period_close_totals', 'record', 'insert', 'aibos_guard', null, 'true',
  'The recorder of closes writes for the tenant of the period.');
grant insert on finance.period_closes, finance.period_close_totals to aibos_guard;
call aibos._set_policy('finance.period_closes', 'posting', 'select', 'aibos_poster', 'true', null,
  'A revaluation names the tenant itself.');
call aibos._set_policy('finance.period_close_totals', 'posting', 'select', 'aibos_poster', 'true', null,
  'A revaluation names the tenant itself.');
grant select on finance.period_closes, finance.period_close_totals to aibos_poster;

create or replace view finance.v_line_amounts with (security_invoker = true) as
select
  l.tenant_id, e.company_id, l.journal_entry_id, l.line_no, e.entry_date, e.posted_at, l.account_id, l.currency,
  l.debit_cents, l.credit_cents,
  coalesce(l.base_debit_cents, case when l.currency = c.functional_currency then l.debit_cents end) as base_debit_cents,
  coalesce(l.base_credit_cents, case when l.currency = c.functional_currency then l.credit_cents end) as base_credit_cents,
  l.base_debit_cents is null and l.currency <> c.functional_currency as is_unconverted
from finance.journal_lines l
join finance.journal_entries e on e.tenant_id = l.tenant_id and e.id = l.journal_entry_id
join finance.companies c on c.tenant_id = e.tenant_id and c.id = e.company_id;
comment on view finance.v_line_amounts is
  'Posted lines of the tenant in context with their amount in the functional currency of the company, where there is one.';
comment on column finance.v_line_amounts.tenant_id is 'Owning tenant.';
comment on column finance.v_line_amounts.company_id is 'The company.';
comment on column finance.v_line_amounts.journal_entry_id is 'The entry.';
comment on column finance.v_line_amounts.line_no is 'Position in the entry.';
comment on column finance.v_line_amounts.entry_date is 'Accounting date.';
comment on column finance.v_line_amounts.posted_at is 'When it was posted.';
comment on column finance.v_line_amounts.account_id is 'The account.';
comment on column finance.v_line_amounts.currency is 'Currency of the amounts.';
comment on column finance.v_line_amounts.debit_cents is 'Debit in minor units.';
comment on column finance.v_line_amounts.credit_cents is 'Credit in minor units.';
comment on column finance.v_line_amounts.base_debit_cents is 'Debit in minor units of the functional currency: that of a line in it, or the base amount of a foreign one; null where it has none.';
comment on column finance.v_line_amounts.base_credit_cents is 'Credit in minor units of the functional currency, in the same way.';
comment on column finance.v_line_amounts.is_unconverted is 'Whether there is no amount in the functional currency.';

create or replace function finance.movements_between(
  p_tenant_id uuid,
  p_company_id uuid,
  p_from date,
  p_to date,
  p_known_at timestamptz
)
returns table (
  account_id uuid, currency text, debit_cents numeric, credit_cents numeric, base_debit_cents numeric,
  base_credit_cents numeric, unconverted_debit_cents numeric, unconverted_credit_cents numeric, lines bigint
)
language sql
stable
parallel safe
security invoker
begin atomic
  select
    l.account_id, l.currency, sum(l.debit_cents), sum(l.credit_cents),
    coalesce(sum(l.base_debit_cents), 0), coalesce(sum(l.base_credit_cents), 0),
    coalesce(sum(l.debit_cents) filter (where l.is_unconverted), 0),
    coalesce(sum(l.credit_cents) filter (where l.is_unconverted), 0), count(*)
  from finance.v_line_amounts l
  where l.tenant_id = p_tenant_id and l.company_id = p_company_id
    and l.entry_date >= coalesce(p_from, '-infinity') and l.entry_date <= coalesce(p_to, 'infinity')
    and (p_known_at is null or l.posted_at <= p_known_at)
    and (select finance.assert_lines_present(p_tenant_id, p_company_id, p_from, p_to))
  group by l.account_id, l.currency;
end;
comment on function finance.movements_between(uuid, uuid, date, date, timestamptz) is
  'Sum of the lines of a company between two dates (null for no limit), as known at a time (null for now), per account and currency. Raises IB242 where they may be archived. Amounts in minor units of the currency, base amounts in those of the functional currency; what is unconverted has no base amount. Rows of other tenants are hidden as everywhere.';

create or replace function finance.balances_as_of(
  p_tenant_id uuid,
  p_company_id uuid,
  p_as_of date,
  p_known_at timestamptz,
  p_account_id uuid default null
)
returns table (
  account_id uuid, currency text, debit_cents numeric, credit_cents numeric, base_debit_cents numeric,
  base_credit_cents numeric, unconverted_debit_cents numeric, unconverted_credit_cents numeric
)
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
-- Planned for the dates at hand: few lines after a close are looked up, millions without one are joined.
set plan_cache_mode = force_custom_plan
set jit = off
as $function$
#variable_conflict use_column
declare
  settled record;
begin
  -- The last close that both axes allow: the period had ended, and all of its entries were known.
  select p.close_id, p.ends_on into settled
  from finance.fiscal_periods p
  join finance.period_closes c on c.tenant_id = p.tenant_id and c.id = p.close_id
  where p.tenant_id = p_tenant_id and p.company_id = p_company_id and p.status = 'closed'
    and (p_as_of is null or p.ends_on <= p_as_of)
    and (p_known_at is null or c.last_posted_at is null or c.last_posted_at <= p_known_at)
  order by p.ends_on desc
  limit 1;
  if p_as_of is null or settled.ends_on is null or settled.ends_on < p_as_of then
    perform finance.assert_lines_present(p_tenant_id, p_company_id, settled.ends_on + 1, p_as_of);
  end if;

  return query
  select
    b.account_id, b.currency, sum(b.debit_cents), sum(b.credit_cents), sum(b.base_debit_cents), sum(b.base_credit_cents),
    sum(b.unconverted_debit_cents), sum(b.unconverted_credit_cents)
  from (
    select t.account_id, t.currency, t.closing_debit_cents as debit_cents, t.closing_credit_cents as credit_cents,
      t.closing_base_debit_cents as base_debit_cents, t.closing_base_credit_cents as base_credit_cents,
      t.closing_unconverted_debit_cents as unconverted_debit_cents,
      t.closing_unconverted_credit_cents as unconverted_credit_cents
    from finance.period_close_totals t
    where t.tenant_id = p_tenant_id and t.period_close_id = settled.close_id
      and (p_account_id is null or t.account_id = p_account_id)
    union all
    select l.account_id, l.currency, l.debit_cents, l.credit_cents,
      coalesce(l.base_debit_cents, 0), coalesce(l.base_credit_cents, 0),
      case when l.is_unconverted then l.debit_cents else 0 end, case when l.is_unconverted then l.credit_cents else 0 end
    from finance.v_line_amounts l
    where l.tenant_id = p_tenant_id and l.company_id = p_company_id
      and l.entry_date > coalesce(settled.ends_on, '-infinity') and l.entry_date <= coalesce(p_as_of, 'infinity')
      and (p_known_at is null or l.posted_at <= p_known_at)
      and (p_account_id is null or l.account_id = p_account_id)
  ) b
  group by b.account_id, b.currency;
end
$function$;
comment on function finance.balances_as_of(uuid, uuid, date, timestamptz, uuid) is
  'What finance.movements_between() gives from the first line on, read from the last close that the date and the time allow and from the lines after it; raises IB242 where these may be archived. Takes tenant, company, last date (null for no limit), time of knowledge (null for now) and an account (null for all). Rows of other tenants are hidden as everywhere.';

create or replace function finance._raise_period_error(p_code text, p_period text, p_facts text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  raise exception using
    errcode = p_code,
    message = case p_code
      when 'IB805' then format('fiscal period %s cannot make this move', p_period)
      when 'IB806' then format('fiscal period %s is not next in order', p_period)
      when 'IB807' then format('fiscal period %s is reopened only with a reason', p_period)
      when 'IB808' then format('fiscal period %s cannot move at this isolation level', p_period)
      when 'IB809' then format('fiscal period %s holds an entry that is not whole yet', p_period)
    end,
    detail = p_facts,
    hint = case p_code
      when 'IB805' then 'open becomes closing, closing becomes closed, and both become open again; each by its function.'
      when 'IB806' then 'Close the earlier periods first; reopen the later ones first.'
      when 'IB807' then 'Give the reason: finance.reopen_period(period, reason), or app.reason in the transaction.'
      when 'IB808' then 'Begin the transaction with: begin isolation level read committed.'
      when 'IB809' then 'Close the period in a transaction of its own.'
    end,
    schema = 'finance', table = 'fiscal_periods', column = 'status',
    constraint = case p_code
      when 'IB805' then 'fiscal_period_move_listed'
      when 'IB806' then 'fiscal_period_in_order'
      when 'IB807' then 'fiscal_period_reopening_explained'
      when 'IB808' then 'fiscal_period_move_sees_all'
      when 'IB809' then 'fiscal_period_entries_whole'
    end;
end
$function$;
comment on function finance._raise_period_error(text, text, text) is
  'Raises one of the errors of period moves with the same words wherever it is found. Takes the code, the period and the facts for DETAIL.';

create or replace function finance._assert_sees_all(p_period text)
returns void
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  -- A snapshot from before the last posting would miss it: a row lock leaves no version that would betray this.
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    perform finance._raise_period_error('IB808', p_period,
      format('The transaction is %s and reads by one snapshot, in which the last postings may be missing.',
        upper(current_setting('transaction_isolation'))));
  end if;
end
$function$;
comment on function finance._assert_sees_all(text) is
  'Raises IB808 unless each statement of the transaction sees what was committed before it. Takes the period, for the message.';

create or replace function finance.assert_period_move()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  other record;
begin
  if tg_op = 'DELETE' then
    if old.status <> 'open' then
      perform finance._raise_period_error('IB805', old.name, format('It is %s and cannot be deleted.', old.status));
    end if;
    return old;
  elsif (old.status, old.close_id) is not distinct from (new.status, new.close_id) then
    return new;
  end if;

  perform finance._assert_sees_all(old.name);
  if (old.status, new.status) not in (('open', 'closing'), ('closing', 'closed'), ('closing', 'open'), ('closed', 'open')) then
    perform finance._raise_period_error('IB805', old.name,
      case when old.status = new.status then 'Which close is in force is for the database to say.'
        else format('It is %s and cannot become %s.', old.status, new.status) end);
  end if;

  if new.status = 'closed' then
    -- Locked in one statement and read in the next: the period before may be reopening, or coming, at this moment.
    perform from finance.fiscal_periods p
    where p.tenant_id = new.tenant_id and p.company_id = new.company_id and p.ends_on = new.starts_on - 1
    for share;
    select p.name, p.status into other
    from finance.fiscal_periods p
    where p.tenant_id = new.tenant_id and p.company_id = new.company_id and p.starts_on < new.starts_on
      and p.status <> 'closed'
    order by p.starts_on
    limit 1;
    if found then
      perform finance._raise_period_error('IB806', new.name, format('Period %s before it is %s.', other.name, other.status));
    end if;
    -- An entry of this very transaction may still wait for its lines; those of others are committed.
    if exists (
      select from finance.journal_entries e
      where e.tenant_id = new.tenant_id and e.company_id = new.company_id
        and e.entry_date between new.starts_on and new.ends_on and e.created_xid = pg_current_xact_id()
        and not exists (
          select from finance.audit_events a
          where a.tenant_id = e.tenant_id and a.id = e.id and a.action = 'journal.posted'
        )
    ) then
      perform finance._raise_period_error('IB809', new.name, 'Its header was inserted in this transaction, its lines were not.');
    end if;
    new.close_id := aibos.uuid_v7();
  elsif new.status = 'open' then
    perform from finance.fiscal_periods p
    where p.tenant_id = new.tenant_id and p.company_id = new.company_id and p.starts_on = new.ends_on + 1
    for share;
    select p.name, p.status into other
    from finance.fiscal_periods p
    where p.tenant_id = new.tenant_id and p.company_id = new.company_id and p.starts_on > new.starts_on
      and p.status = 'closed'
    order by p.starts_on desc
    limit 1;
    if found then
      perform finance._raise_period_error('IB806', new.name, format('Period %s after it is closed.', other.name));
    end if;
    perform finance.assert_lines_present(new.tenant_id, new.company_id, new.starts_on, new.ends_on);
    if btrim(coalesce(current_setting('app.reason', true), '')) = '' then
      perform finance._raise_period_error('IB807', new.name, format('It is %s, and no reason was given.', old.status));
    end if;
    new.close_id := null;
  else
    new.close_id := null;
  end if;
  return new;
end
$function$;
alter function finance.assert_period_move() owner to aibos_guard;
comment on function finance.assert_period_move() is
  'Row trigger: raises IB805 to IB809 unless the period may make this move now. Definer, since it reads and locks the neighbouring periods whatever the role.';

create or replace function finance.record_period_move()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  why text := nullif(btrim(current_setting('app.reason', true)), '');
  settled record;
begin
  if new.status = 'closed' then
    -- What the last close before this one has seen need not be looked at again.
    select p.ends_on, c.last_posted_at into settled
    from finance.fiscal_periods p
    join finance.period_closes c on c.tenant_id = p.tenant_id and c.id = p.close_id
    where p.tenant_id = new.tenant_id and p.company_id = new.company_id and p.starts_on < new.starts_on
    order by p.starts_on desc
    limit 1;

    with movement as materialized (
      select m.account_id, m.currency, m.debit_cents, m.credit_cents, m.base_debit_cents, m.base_credit_cents,
        m.unconverted_debit_cents, m.unconverted_credit_cents, m.lines
      from finance.movements_between(new.tenant_id, new.company_id, new.starts_on, new.ends_on, null) m
    ), close as (
      insert into finance.period_closes
        (tenant_id, id, company_id, period_id, close_no, closed_by, reason, entries, lines, last_posted_at)
      select new.tenant_id, new.close_id, new.company_id, new.id,
        coalesce((select max(c.close_no) from finance.period_closes c
          where c.tenant_id = new.tenant_id and c.period_id = new.id), 0) + 1,
        aibos.current_actor(), why, count(*) filter (where e.entry_date >= new.starts_on),
        (select coalesce(sum(m.lines), 0) from movement m), greatest(settled.last_posted_at, max(e.posted_at))
      from finance.journal_entries e
      where e.tenant_id = new.tenant_id and e.company_id = new.company_id
        and e.entry_date > coalesce(settled.ends_on, '-infinity') and e.entry_date <= new.ends_on
    )
    insert into finance.period_close_totals (tenant_id, period_close_id, account_id, currency,
      debit_cents, credit_cents, base_debit_cents, base_credit_cents, unconverted_debit_cents, unconverted_credit_cents,
      closing_debit_cents, closing_credit_cents, closing_base_debit_cents, closing_base_credit_cents,
      closing_unconverted_debit_cents, closing_unconverted_credit_cents)
    select new.tenant_id, new.close_id, account_id, currency,
      coalesce(m.debit_cents, 0), coalesce(m.credit_cents, 0), coalesce(m.base_debit_cents, 0),
      coalesce(m.base_credit_cents, 0), coalesce(m.unconverted_debit_cents, 0), coalesce(m.unconverted_credit_cents, 0),
      coalesce(m.debit_cents, 0) + coalesce(b.debit_cents, 0), coalesce(m.credit_cents, 0) + coalesce(b.credit_cents, 0),
      coalesce(m.base_debit_cents, 0) + coalesce(b.base_debit_cents, 0),
      coalesce(m.base_credit_cents, 0) + coalesce(b.base_credit_cents, 0),
      coalesce(m.unconverted_debit_cents, 0) + coalesce(b.unconverted_debit_cents, 0),
      coalesce(m.unconverted_credit_cents, 0) + coalesce(b.unconverted_credit_cents, 0)
    from movement m
    full join finance.balances_as_of(new.tenant_id, new.company_id, new.starts_on - 1, null) b using (account_id, currency);
  end if;

  insert into finance.audit_events (tenant_id, id, actor, action, object, object_id, reason, request_id)
  values (new.tenant_id, aibos.uuid_v7(), aibos.current_actor(),
    'period.' || case new.status when 'open' then 'reopened' else new.status end,
    'finance.fiscal_periods', new.id::text, why, nullif(current_setting('app.request_id', true), ''));
  return null;
end
$function$;
alter function finance.record_period_move() owner to aibos_guard;
comment on function finance.record_period_move() is
  'Row trigger: writes the event period.closing, period.closed or period.reopened, and for a close what the period held. Definer, since the application can insert neither.';

-- The move is refused before the row changes and recorded after it, when no posting can be under way any more.
create or replace trigger t20_assert_period_move before update or delete on finance.fiscal_periods
  for each row execute function finance.assert_period_move();
create or replace trigger t90_record_period_move after update on finance.fiscal_periods
  for each row when (old.status is distinct from new.status) execute function finance.record_period_move();
alter table finance.fiscal_periods enable always trigger t20_assert_period_move;
alter table finance.fiscal_periods enable always trigger t90_record_period_move;

create or replace function finance._lock_period(p_period_id uuid)
returns text
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  period record;
begin
  -- A move is made by someone, and recorded so.
  perform aibos.current_user_id();
  perform finance.assert_tenant_active(tenant);
  perform finance._assert_sees_all(coalesce(p_period_id::text, 'null'));
  select p.company_id, p.starts_on into period
  from finance.fiscal_periods p where p.tenant_id = tenant and p.id = p_period_id;
  if not found then
    perform finance._raise_period_error('IB805', coalesce(p_period_id::text, 'null'), 'There is no such period.');
  end if;
  -- In the order of the calendar, whoever comes: a close of the next and a reopening of this one then wait in turn.
  perform from finance.fiscal_periods p
  where p.tenant_id = tenant and p.company_id = period.company_id and p.ends_on = period.starts_on - 1
  for share;
  perform from finance.fiscal_periods p where p.tenant_id = tenant and p.id = p_period_id for no key update;
  return (select p.status from finance.fiscal_periods p where p.tenant_id = tenant and p.id = p_period_id);
end
$function$;
comment on function finance._lock_period(uuid) is
  'Locks a period and the one before it, waiting for the postings under way. Takes the period; returns its status. Raises 42501, IB101, IB102, IB104, IB805, IB808. For the functions below only.';

create or replace function finance.begin_close(p_period_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  period_status text := finance._lock_period(p_period_id);
begin
  if period_status <> 'open' then
    perform finance._raise_period_error('IB805', p_period_id::text, format('It is %s.', period_status));
  end if;
  update finance.fiscal_periods p set status = 'closing'
  where p.tenant_id = aibos.current_tenant_id() and p.id = p_period_id;
end
$function$;
comment on function finance.begin_close(uuid) is
  'Takes a period out of use for postings while it is being closed. Takes the period. Waits for postings under way. Leaves the event period.closing. Raises 42501, IB101, IB102, IB104, IB805, IB808. Definer, since the application may not update periods.';

create or replace function finance.close_period(p_period_id uuid, p_reason text default null)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  period_status text := finance._lock_period(p_period_id);
  reason_before text := current_setting('app.reason', true);
  close uuid;
begin
  if period_status = 'closed' then
    perform finance._raise_period_error('IB805', p_period_id::text, 'It is closed already.');
  end if;
  perform set_config('app.reason', coalesce(nullif(btrim(p_reason), ''), reason_before, ''), true);
  if period_status = 'open' then
    update finance.fiscal_periods p set status = 'closing'
    where p.tenant_id = aibos.current_tenant_id() and p.id = p_period_id;
  end if;
  update finance.fiscal_periods p set status = 'closed'
  where p.tenant_id = aibos.current_tenant_id() and p.id = p_period_id
  returning p.close_id into close;
  perform set_config('app.reason', coalesce(reason_before, ''), true);
  return close;
end
$function$;
comment on function finance.close_period(uuid, text) is
  'Closes a period and records what is in it; one that is still open passes through closing. Takes the period and, if you like, a reason (app.reason otherwise); returns the id of the close in finance.period_closes. Raises 42501, IB101, IB102, IB104, IB805, IB806 while an earlier period is not closed, IB808 above READ COMMITTED, IB809. Definer, since the application may not update periods.';

create or replace function finance.reopen_period(p_period_id uuid, p_reason text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  period_status text := finance._lock_period(p_period_id);
  reason_before text := current_setting('app.reason', true);
begin
  if period_status = 'open' then
    perform finance._raise_period_error('IB805', p_period_id::text, 'It is open already.');
  elsif btrim(coalesce(p_reason, '')) = '' then
    perform finance._raise_period_error('IB807', p_period_id::text, 'p_reason is empty.');
  end if;
  perform set_config('app.reason', p_reason, true);
  update finance.fiscal_periods p set status = 'open'
  where p.tenant_id = aibos.current_tenant_id() and p.id = p_period_id;
  perform set_config('app.reason', coalesce(reason_before, ''), true);
end
$function$;
comment on function finance.reopen_period(uuid, text) is
  'Opens a period again that is closed or closing. Takes the period and the reason, which the event period.reopened keeps; what was recorded at the close stays. Raises 42501, IB101, IB102, IB104, IB805, IB806 while a later period is closed, IB807 without a reason, IB808 above READ COMMITTED. Definer, since the application may not update periods; for aibos_admin only.';

create or replace view finance.v_period_close_drift with (security_invoker = true) as
select
  p.tenant_id, p.company_id, p.id as period_id, p.close_id as period_close_id, d.account_id, d.currency,
  d.debit_drift_cents, d.credit_drift_cents, d.closing_debit_drift_cents, d.closing_credit_drift_cents,
  d.closing_base_drift_cents
from finance.fiscal_periods p
left join finance.v_archive_boundaries g on g.tenant_id = p.tenant_id and g.company_id = p.company_id
cross join lateral (
  select account_id, currency,
    coalesce(t.debit_cents, 0) - coalesce(m.debit_cents, 0) as debit_drift_cents,
    coalesce(t.credit_cents, 0) - coalesce(m.credit_cents, 0) as credit_drift_cents,
    coalesce(t.closing_debit_cents, 0) - coalesce(c.debit_cents, 0) as closing_debit_drift_cents,
    coalesce(t.closing_credit_cents, 0) - coalesce(c.credit_cents, 0) as closing_credit_drift_cents,
    coalesce(t.closing_base_debit_cents - t.closing_base_credit_cents, 0)
      - coalesce(c.base_debit_cents - c.base_credit_cents, 0) as closing_base_drift_cents
  from (
    select f.account_id, f.currency, f.debit_cents, f.credit_cents, f.closing_debit_cents, f.closing_credit_cents,
      f.closing_base_debit_cents, f.closing_base_credit_cents
    from finance.period_close_totals f
    where f.tenant_id = p.tenant_id and f.period_close_id = p.close_id
  ) t
  full join (
    select x.account_id, x.currency, sum(x.debit_cents) as debit_cents, sum(x.credit_cents) as credit_cents,
      sum(x.base_debit_cents) as base_debit_cents, sum(x.base_credit_cents) as base_credit_cents
    from (
      select f.account_id, f.currency, f.debit_cents, f.credit_cents, f.base_debit_cents, f.base_credit_cents
      from finance.movements_between(p.tenant_id, p.company_id, coalesce(g.through_on + 1, '-infinity'), p.ends_on, null) f
      union all
      -- What was archived is in the totals that the archive was compared with.
      select f.account_id, f.currency, f.closing_debit_cents, f.closing_credit_cents, f.closing_base_debit_cents,
        f.closing_base_credit_cents
      from finance.period_close_totals f
      where f.tenant_id = p.tenant_id and f.period_close_id = g.period_close_id
    ) x
    group by x.account_id, x.currency
  ) c using (account_id, currency)
  left join finance.movements_between(p.tenant_id, p.company_id, p.starts_on, p.ends_on, null) m using (account_id, currency)
) d
where p.status = 'closed' and p.close_id is not null and (g.through_on is null or p.ends_on > g.through_on)
  and (d.debit_drift_cents <> 0 or d.credit_drift_cents <> 0 or d.closing_debit_drift_cents <> 0
    or d.closing_credit_drift_cents <> 0 or d.closing_base_drift_cents <> 0);
comment on view finance.v_period_close_drift is
  'Where the totals of a close in force differ from the lines, of the tenant in context: no rows while all is well. Periods with archived lines are left out: they were compared before the archive took them.';
comment on column finance.v_period_close_drift.tenant_id is 'Owning tenant.';
comment on column finance.v_period_close_drift.company_id is 'The company.';
comment on column finance.v_period_close_drift.period_id is 'The closed period.';
comment on column finance.v_period_close_drift.period_close_id is 'The close in force.';
comment on column finance.v_period_close_drift.account_id is 'The account.';
comment on column finance.v_period_close_drift.currency is 'The currency.';
comment on column finance.v_period_close_drift.debit_drift_cents is 'Recorded debits of the period less those of the lines, in minor units.';
comment on column finance.v_period_close_drift.credit_drift_cents is 'Recorded credits of the period less those of the lines, in minor units.';
comment on column finance.v_period_close_drift.closing_debit_drift_cents is 'The same for all debits up to the last day of the period.';
comment on column finance.v_period_close_drift.closing_credit_drift_cents is 'The same for all credits up to the last day of the period.';
comment on column finance.v_period_close_drift.closing_base_drift_cents is 'The same for the balance in the functional currency.';
