-- Guarantee: every posted entry leaves one event with its actor, reason, request and the hash of all its content; it alone
--   has its idempotency key, and it alone reverses what it reverses, for all time and in every part of the ledger.
-- How: a statement trigger on the lines writes the event of each new entry, its key and its reversal; the event has the
--   entry's own id, so there is exactly one. The posting functions write all this themselves, beside the lines.
-- Raises: 23505, IB303, IB304
-- Proved by: pgtap/finance/posting_trace.sql

call aibos.isolate_tenant('finance.journal_keys');
call aibos.isolate_tenant('finance.journal_reversals');
call aibos.append_only('finance.journal_keys');
call aibos.append_only('finance.journal_reversals');
call aibos._set_policy('finance.journal_keys', 'record', 'all', 'aibos_guard, aibos_poster', 'true', 'true',
  'Postings claim the keys of every tenant.');
call aibos._set_policy('finance.journal_reversals', 'record', 'all', 'aibos_guard, aibos_poster', 'true', 'true',
  'Postings claim the reversals of every tenant.');
grant select, insert on finance.journal_keys, finance.journal_reversals to aibos_guard, aibos_poster;
create or replace trigger t10_forbid_forgery before insert on finance.journal_keys
  for each row when (not aibos.is_recorder()) execute function aibos.forbid_forgery();
create or replace trigger t10_forbid_forgery before insert on finance.journal_reversals
  for each row when (not aibos.is_recorder()) execute function aibos.forbid_forgery();
alter table finance.journal_keys enable always trigger t10_forbid_forgery;
alter table finance.journal_reversals enable always trigger t10_forbid_forgery;

create or replace function finance.record_posting()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  entries bigint;
  recorded bigint;
begin
  with posted as (
    select l.tenant_id, l.journal_entry_id,
      string_agg(finance.leaf_line(l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents,
        l.memo, l.base_debit_cents, l.base_credit_cents, l.fx_rate_id, l.fx_cross_rate_id), '' order by l.line_no) as lines
    from new_lines l
    group by l.tenant_id, l.journal_entry_id
  ), header as materialized (
    select e.tenant_id, e.id, e.entry_no, e.posted_at, e.created_by, e.company_id, e.entry_date, e.entry_type,
      e.description, e.reference, e.idempotency_key, e.reverses_entry_id, posted.lines
    from posted
    cross join lateral (
      select h.tenant_id, h.id, h.entry_no, h.posted_at, h.created_by, h.company_id, h.entry_date, h.entry_type,
        h.description, h.reference, h.idempotency_key, h.reverses_entry_id
      from finance.journal_entries h
      where h.tenant_id = posted.tenant_id and h.id = posted.journal_entry_id
      offset 0
    ) e
  ), key as (
    insert into finance.journal_keys (tenant_id, idempotency_key, journal_entry_id)
    select e.tenant_id, e.idempotency_key, e.id from header e where e.idempotency_key is not null
    order by e.tenant_id, e.idempotency_key
  ), reversal as (
    insert into finance.journal_reversals (tenant_id, reverses_entry_id, journal_entry_id)
    select e.tenant_id, e.reverses_entry_id, e.id from header e where e.reverses_entry_id is not null
    order by e.tenant_id, e.reverses_entry_id
  ), event as (
    insert into finance.audit_events (tenant_id, id, actor, action, object, object_id, reason, request_id, leaf_version, leaf_hash)
    select e.tenant_id, e.id, e.created_by, 'journal.posted', 'finance.journal_entries', e.id::text,
      nullif(current_setting('app.reason', true), ''), nullif(current_setting('app.request_id', true), ''), 1,
      finance.leaf_hash(e.tenant_id, e.id, e.entry_no, e.posted_at, e.created_by,
        finance.leaf_payload(e.company_id, e.entry_date, e.entry_type, e.description, e.reference,
          e.idempotency_key, e.reverses_entry_id, e.lines))
    from header e
    returning 1
  )
  select (select count(*) from posted), (select count(*) from event) into entries, recorded;
  if recorded is distinct from entries then
    raise exception using
      errcode = 'IB303',
      message = format('%s of %s posted entries left no event', entries - recorded, entries),
      hint = 'Replay the bundle and run: aibos doctor.',
      schema = tg_table_schema, table = tg_table_name, constraint = 'journal_posting_recorded';
  end if;
  return null;
end
$function$;
alter function finance.record_posting() owner to aibos_guard;
comment on function finance.record_posting() is
  'Statement trigger: writes the event of each posted entry with its leaf hash, and claims its key and what it reverses (23505 where another has it). Definer, since the application cannot insert into the audit log.';

create or replace trigger t90_record_posting after insert on finance.journal_lines
  referencing new table as new_lines
  for each statement when (not aibos.is_poster()) execute function finance.record_posting();
alter table finance.journal_lines enable always trigger t90_record_posting;
