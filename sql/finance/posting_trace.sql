-- Guarantee: every posted entry leaves one event with its actor, reason, request and the hash of all its content.
-- How: a statement trigger on the lines writes the event of each new entry; the event has the entry's own id, so there
--   is exactly one. The posting functions write it themselves, in the statement that writes the lines.
-- Raises: IB303
-- Proved by: pgtap/finance/posting_trace.sql

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
  ), event as (
    insert into finance.audit_events (tenant_id, id, actor, action, object, object_id, reason, request_id, leaf_version, leaf_hash)
    select e.tenant_id, e.id, e.created_by, 'journal.posted', 'finance.journal_entries', e.id::text,
      nullif(current_setting('app.reason', true), ''), nullif(current_setting('app.request_id', true), ''), 1,
      finance.leaf_hash(e.tenant_id, e.id, e.entry_no, e.posted_at, e.created_by,
        finance.leaf_payload(e.company_id, e.entry_date, e.entry_type, e.description, e.reference,
          e.idempotency_key, e.reverses_entry_id, posted.lines))
    from posted
    cross join lateral (
      select h.tenant_id, h.id, h.entry_no, h.posted_at, h.created_by, h.company_id, h.entry_date, h.entry_type,
        h.description, h.reference, h.idempotency_key, h.reverses_entry_id
      from finance.journal_entries h
      where h.tenant_id = posted.tenant_id and h.id = posted.journal_entry_id
      offset 0
    ) e
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
  'Statement trigger: writes the event of each posted entry with its leaf hash. Definer, since the application cannot insert into the audit log.';

create or replace trigger t90_record_posting after insert on finance.journal_lines
  referencing new table as new_lines
  for each statement when (not aibos.is_poster()) execute function finance.record_posting();
alter table finance.journal_lines enable always trigger t90_record_posting;
