-- Guarantee: a correction is whole: the reversal of the wrong entry and the right one are posted together or not at all.
-- How: one function calls the posting functions with the caller's own rights, reversal first, so that of two corrections or
--   reversals of one entry the key of finance.journal_reversals lets one pass. A repeated request is recognised by its idempotency key
--   and by the transaction both entries share; where the reversal is new, the correction must be new as well.
-- Raises: 42501 (tenant_id required), 23505, IB101, IB102, IB104, IB201, IB202, IB205, IB206, IB207, IB208, IB210, IB801, IB802
-- Proved by: pgtap/finance/correction.sql

create or replace function finance.correct_journal(
  p_entry_id uuid,
  p_entry_date date,
  p_reason text,
  p_correction jsonb,
  out reversal_id uuid,
  out correction_id uuid
)
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  company uuid;
  key text := (p_correction ->> 'idempotency_key') collate "default";
  problem text;
  is_new boolean;
  answer text;
begin
  select e.company_id into company
  from finance.journal_entries e where e.tenant_id = tenant and e.id = p_entry_id;
  if p_correction is null or jsonb_typeof(p_correction) <> 'object' then
    problem := 'It must be a JSON object, an entry as finance.post_journals() takes it.';
  elsif company is not null and lower(p_correction ->> 'company_id') is distinct from company::text then
    problem := format('Its company_id must be that of the corrected entry, %s.', company);
  end if;
  if problem is not null then
    raise exception using
      errcode = 'IB210',
      message = format('the correction of entry %s is malformed', p_entry_id),
      detail = problem,
      hint = 'Correct the field named above and send it again.',
      schema = 'finance', table = 'journal_entries', constraint = 'journal_entry_well_formed';
  end if;

  -- The same request again: both of one transaction, under the key of the correction.
  select r.id into reversal_id
  from finance.journal_reversals v
  join finance.journal_entries r on r.tenant_id = v.tenant_id and r.id = v.journal_entry_id
  join finance.journal_keys k on k.tenant_id = v.tenant_id and k.idempotency_key = key
  join finance.journal_entries c on c.tenant_id = k.tenant_id and c.id = k.journal_entry_id
  where v.tenant_id = tenant and v.reverses_entry_id = p_entry_id and r.entry_date = p_entry_date and r.description = p_reason
    and c.created_xid = r.created_xid and c.posted_at = r.posted_at;
  is_new := reversal_id is null;
  if is_new then
    reversal_id := finance.reverse_journal(p_entry_id, p_entry_date, p_reason);
  end if;
  select p.entry_id, p.outcome into correction_id, answer from finance.post_journals(jsonb_build_array(p_correction)) p;
  -- A key that was used before, for the same content, but not to correct this entry; perhaps in this very transaction.
  if is_new and answer is distinct from 'posted' or not exists (
    select from finance.journal_entries r
    join finance.journal_entries c on c.tenant_id = r.tenant_id and c.created_xid = r.created_xid
    where r.tenant_id = tenant and r.id = reversal_id and c.id = correction_id and c.posted_at = r.posted_at
  ) then
    raise exception using
      errcode = 'IB207',
      message = format('idempotency key %L was used for something else', key),
      detail = format('The key belongs to entry %s, which does not correct entry %s.', correction_id, p_entry_id),
      hint = 'Choose another key for this correction.',
      schema = 'finance', table = 'journal_keys', column = 'idempotency_key',
      constraint = 'journal_keys_tenant_id_idempotency_key_pk';
  end if;
end
$function$;
comment on function finance.correct_journal(uuid, date, text, jsonb) is
  'Reverses an entry and posts the right one in its place, both or neither; returns both ids. Takes the entry, date and reason of its reversal, and the right entry as an element of what finance.post_journals() takes, in the same company. The same request under the same idempotency key returns the first result. Raises what the two functions raise; DETAIL about the right entry begins with entry 1.';
