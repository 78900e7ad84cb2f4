-- Guarantee: an entry is corrected by one reversal that mirrors it line by line, dated on or after it, and a reversal
--   is never reversed.
-- How: the header guard looks at the original, the line guard compares the lines, the key of finance.journal_reversals
--   allows one reversal.
-- Raises: 42501 (tenant_id required), IB101, IB102, IB104, IB208, IB209, IB210, IB801, IB802
-- Proved by: pgtap/finance/reversal.sql

create or replace function finance.assert_reversible(
  p_tenant_id uuid,
  p_entry_id uuid,
  p_company_id uuid,
  p_entry_date date
)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  original record;
  problem text;
begin
  -- The event is written last, once all lines are there and proven. Without it this is a look at half an entry, from an
  -- expression of the very statement that writes its lines.
  select e.company_id, e.entry_date, e.entry_type, a.id is not null as is_whole into original
  from finance.journal_entries e
  left join finance.audit_events a
    on a.tenant_id = e.tenant_id and a.id = e.id and a.action = 'journal.posted'
  where e.tenant_id = p_tenant_id and e.id = p_entry_id;
  problem := case
    when original.company_id is null and finance.is_archived(p_tenant_id, p_entry_id) then
      'It is in an archived part of the ledger: correct it by a new entry, or have the part restored.'
    when original.company_id is null then 'There is no such posted entry.'
    when not original.is_whole then 'Its lines have not all come yet.'
    when original.company_id <> p_company_id then 'It belongs to another company.'
    when original.entry_type = 'reversal' then 'It is a reversal itself.'
    when p_entry_date < original.entry_date then
      format('It is dated %s, after the reversal''s %s.',
        to_char(original.entry_date::timestamp, 'YYYY-MM-DD'), to_char(p_entry_date::timestamp, 'YYYY-MM-DD'))
  end;
  if problem is not null then
    raise exception using
      errcode = 'IB208',
      message = format('entry %s cannot be reversed', p_entry_id),
      detail = problem,
      hint = 'Reverse a posted entry of the same company once, with a date on or after its own.',
      schema = 'finance', table = 'journal_entries', column = 'reverses_entry_id', constraint = 'journal_entry_reversible';
  end if;
end
$function$;
comment on function finance.assert_reversible(uuid, uuid, uuid, date) is
  'Raises IB208 unless an entry may be reversed. Takes tenant, the entry to reverse, the company and the date of the reversal. For the guards and the posting functions only.';

create or replace function finance.assert_mirrors(p_tenant_id uuid, p_entry_id uuid, p_reverses_entry_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  wrong_line integer;
begin
  select line_no into wrong_line
  from (
    select l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents,
      l.base_debit_cents, l.base_credit_cents, l.fx_rate_id, l.fx_cross_rate_id
    from finance.journal_lines l where l.tenant_id = p_tenant_id and l.journal_entry_id = p_entry_id
  ) reversal
  full join (
    select l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents,
      l.base_debit_cents, l.base_credit_cents, l.fx_rate_id, l.fx_cross_rate_id
    from finance.journal_lines l where l.tenant_id = p_tenant_id and l.journal_entry_id = p_reverses_entry_id
  ) original using (line_no)
  where (reversal.account_id, reversal.currency, reversal.debit_cents, reversal.credit_cents,
      reversal.base_debit_cents, reversal.base_credit_cents, reversal.fx_rate_id, reversal.fx_cross_rate_id)
    is distinct from (original.account_id, original.currency, original.credit_cents, original.debit_cents,
      original.base_credit_cents, original.base_debit_cents, original.fx_rate_id, original.fx_cross_rate_id)
  order by line_no
  limit 1;
  if found then
    raise exception using
      errcode = 'IB209',
      message = format('reversal %s does not mirror entry %s', p_entry_id, p_reverses_entry_id),
      detail = format('Line %s differs: each line must have the same account and currency with debit and credit exchanged.', wrong_line),
      hint = 'Let the database write it: finance.reverse_journal(entry, date, reason).',
      schema = 'finance', table = 'journal_lines', constraint = 'journal_reversal_mirrors';
  end if;
end
$function$;
comment on function finance.assert_mirrors(uuid, uuid, uuid) is
  'Raises IB209 unless an entry mirrors the one it reverses. Takes tenant, the reversal and the original. For the guards only.';

create or replace function finance.reverse_journal(p_entry_id uuid, p_entry_date date, p_reason text)
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
  company uuid;
  period uuid;
begin
  perform finance.assert_tenant_active(tenant);
  if p_reason is null or btrim(p_reason) = '' then
    perform finance.raise_posting_error('IB210', null, 'p_reason must say why the entry is reversed.');
  end if;
  select e.company_id into company
  from finance.journal_entries e where e.tenant_id = tenant and e.id = p_entry_id;
  perform finance.assert_reversible(tenant, p_entry_id, company, p_entry_date);
  period := finance.lock_open_period(tenant, company, p_entry_date);

  with line as materialized (
    select l.line_no, l.account_id, l.currency, l.credit_cents as debit_cents, l.debit_cents as credit_cents, l.memo,
      l.base_credit_cents as base_debit_cents, l.base_debit_cents as base_credit_cents, l.fx_rate_id, l.fx_cross_rate_id
    from finance.journal_lines l where l.tenant_id = tenant and l.journal_entry_id = p_entry_id
  ), header as (
    insert into finance.journal_entries
      (tenant_id, id, company_id, period_id, entry_date, entry_type, description, reverses_entry_id, created_by)
    values (tenant, entry, company, period, p_entry_date, 'reversal', p_reason, p_entry_id, actor)
  ), lines as (
    insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency,
      debit_cents, credit_cents, memo, base_debit_cents, base_credit_cents, fx_rate_id, fx_cross_rate_id)
    select tenant, entry, l.line_no, l.account_id, l.currency,
      l.debit_cents, l.credit_cents, l.memo, l.base_debit_cents, l.base_credit_cents, l.fx_rate_id, l.fx_cross_rate_id
    from line l
  ), reversal as (
    insert into finance.journal_reversals (tenant_id, reverses_entry_id, journal_entry_id) values (tenant, p_entry_id, entry)
  ), deltas as (
    insert into finance.balance_deltas (tenant_id, account_id, id, period_id, currency, debit_cents, credit_cents)
    select tenant, l.account_id, aibos.uuid_v7(), period, l.currency, sum(l.debit_cents), sum(l.credit_cents)
    from line l
    join finance.accounts a on a.tenant_id = tenant and a.id = l.account_id
    where a.keeps_balance
    group by l.account_id, l.currency
  )
  insert into finance.audit_events
    (tenant_id, id, actor, action, object, object_id, reason, request_id, leaf_version, leaf_hash)
  select tenant, entry, actor, 'journal.posted', 'finance.journal_entries', entry::text,
    p_reason, nullif(current_setting('app.request_id', true), ''), 1,
    finance.leaf_hash(tenant, entry, null::bigint, now(), actor,
      finance.leaf_payload(company, p_entry_date, 'reversal', p_reason, null::text, null::text, p_entry_id,
        string_agg(finance.leaf_line(l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents,
          l.memo, l.base_debit_cents, l.base_credit_cents, l.fx_rate_id, l.fx_cross_rate_id), '' order by l.line_no)))
  from line l;
  perform finance._apply_limits(tenant, array[entry]);
  return entry;
end
$function$;
alter function finance.reverse_journal(uuid, date, text) owner to aibos_poster;
comment on function finance.reverse_journal(uuid, date, text) is
  'Posts the mirror of an entry; returns the id of the reversal. Takes the entry, the date of the reversal (on or after the entry''s, in an open period) and the reason. Raises 42501, IB101, IB102, IB104, IB208, IB210, IB801, IB802; a second reversal is refused by journal_reversals_tenant_id_reverses_entry_id_pk (23505).';
