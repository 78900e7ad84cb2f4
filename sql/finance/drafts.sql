-- Guarantee: a draft is free to change until it is posted or discarded, every change voids its approval, and it is
--   posted once, as it was approved by someone who had no hand in it where the company asks for that.
-- How: a row trigger on the header owns revision, editors and approval, whoever writes; statement triggers on the lines
--   lock and touch the headers of all lines that came, changed or went, in one order. Posting locks the header, then
--   reads the lines, so a change in flight is either part of it or refused.
-- Raises: 42501 (tenant_id required), 23514, IB101, IB102, IB104, IB201, IB202, IB205, IB206, IB207, IB210, IB212, IB224,
--   IB225, IB226, IB227, IB228, IB229, IB801, IB802
-- Proved by: pgtap/finance/drafts.sql

call aibos._set_policy('finance.journal_drafts', 'guard_touch', 'update', 'aibos_guard', 'true', 'true',
  'A change of lines raises the revision of its draft, whatever the context says.');
grant update (revision) on finance.journal_drafts to aibos_guard;
grant update (lock_token) on finance.companies to aibos_guard;
call aibos._set_policy('finance.journal_drafts', 'posting', 'all', 'aibos_poster', 'true', 'true',
  'The posting functions name the tenant themselves.');
call aibos._set_policy('finance.journal_draft_lines', 'posting', 'select', 'aibos_poster', 'true', null,
  'The posting functions name the tenant themselves.');
grant select, update (status, posted_entry_id) on finance.journal_drafts to aibos_poster;
grant select on finance.journal_draft_lines to aibos_poster;

create or replace function finance.raise_draft_error(p_code text, p_draft_id uuid, p_facts text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  raise exception using
    errcode = p_code,
    message = format(case p_code
      when 'IB224' then 'draft %s is closed'
      when 'IB225' then 'draft %s has changed since'
      when 'IB226' then 'draft %s needs the approval of someone else'
      when 'IB227' then 'draft %s is not approved'
      when 'IB228' then 'there is no draft %s'
      when 'IB229' then 'draft %s does not take this step'
    end, coalesce(p_draft_id::text, 'null')),
    detail = coalesce(p_facts, ''),
    hint = case p_code
      when 'IB224' then 'Make a new draft; correct what was posted by reversal.'
      when 'IB225' then 'Read the draft again and name the revision you saw.'
      when 'IB226' then 'Ask someone who neither made nor changed it.'
      when 'IB227' then 'Have its present revision approved: finance.approve_draft(draft, revision).'
      when 'IB228' then 'Name a draft of this tenant.'
      when 'IB229' then 'Correct what the detail names.'
    end,
    schema = 'finance', table = 'journal_drafts',
    constraint = case p_code
      when 'IB224' then 'journal_draft_open'
      when 'IB225' then 'journal_draft_current'
      when 'IB226' then 'journal_draft_four_eyes'
      when 'IB227' then 'journal_draft_approved'
      when 'IB228' then 'journal_draft_known'
      when 'IB229' then 'journal_draft_step'
    end;
end
$function$;
comment on function finance.raise_draft_error(text, uuid, text) is
  'Raises one of IB224 to IB229 with the same words wherever it is found. Takes the code, the draft and the facts for DETAIL.';

create or replace function finance.stamp_draft()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  needs_four_eyes boolean;
begin
  if tg_op = 'INSERT' then
    new.status := 'draft';
    new.revision := 1;
    new.created_by := aibos.current_user_id();
    new.edited_by := new.created_by;
    new.editors := array[new.created_by];
    new.approved_revision := null;
    new.approved_by := null;
    new.approved_at := null;
    new.posted_entry_id := null;
    new.discard_reason := null;
    return new;
  end if;

  if old.status in ('posted', 'discarded') then
    perform finance.raise_draft_error('IB224', old.id, format('It is %s.', old.status));
  end if;
  new.created_by := old.created_by;
  new.edited_by := old.edited_by;
  new.editors := old.editors;

  -- A change of the content, of the header here or of the lines, which says so by the revision.
  if new.revision is distinct from old.revision
    or (new.entry_date, new.description, new.reference) is distinct from (old.entry_date, old.description, old.reference)
  then
    new.revision := old.revision + 1;
    new.edited_by := aibos.current_user_id();
    if new.edited_by <> all (old.editors) then
      new.editors := old.editors || new.edited_by;
    end if;
    new.status := 'draft';
    new.approved_revision := null;
    new.approved_by := null;
    new.approved_at := null;
    new.posted_entry_id := null;
    new.discard_reason := null;
    return new;
  end if;

  -- A step: the approval is signed here and nowhere else.
  new.approved_revision := old.approved_revision;
  new.approved_by := old.approved_by;
  new.approved_at := old.approved_at;
  if new.status = old.status then
    new.posted_entry_id := old.posted_entry_id;
    new.discard_reason := old.discard_reason;
    return new;
  elsif new.status = 'draft' then
    new.approved_revision := null;
    new.approved_by := null;
    new.approved_at := null;
  elsif new.status = 'approved' then
    new.approved_revision := old.revision;
    new.approved_by := aibos.current_user_id();
    new.approved_at := now();
  elsif new.status = 'posted' and not exists (
    select from finance.journal_entries e
    where e.tenant_id = new.tenant_id and e.id = new.posted_entry_id and e.created_xid = pg_current_xact_id()
      and (e.company_id, e.entry_date, e.description) = (new.company_id, new.entry_date, new.description)
      and e.reference is not distinct from new.reference
  ) then
    perform finance.raise_draft_error('IB229', new.id,
      format('Entry %s is not what finance.post_draft() has just made of it.', coalesce(new.posted_entry_id::text, 'null')));
  end if;

  if new.status in ('approved', 'posted') then
    -- Locked until COMMIT: whoever switches the second pair of eyes on waits for this step, and no later one escapes.
    select c.requires_four_eyes into needs_four_eyes
    from finance.companies c
    where c.tenant_id = new.tenant_id and c.id = new.company_id
    for share;
    if needs_four_eyes is distinct from false then
      if new.approved_by is null or new.approved_revision <> new.revision then
        perform finance.raise_draft_error('IB227', new.id, format('The company asks for it. The revision is %s.', new.revision));
      elsif new.approved_by = any (new.editors) then
        perform finance.raise_draft_error('IB226', new.id, format('User %s made or changed it.', new.approved_by));
      end if;
    end if;
  end if;
  return new;
end
$function$;
alter function finance.stamp_draft() owner to aibos_guard;
comment on function finance.stamp_draft() is
  'Row trigger: keeps revision, editors, approval and status of a draft, whatever the statement says. Raises IB104, IB224, IB226, IB227, IB229. Definer, since it reads and locks the company whatever the context says.';

create or replace trigger t30_stamp_draft before insert or update on finance.journal_drafts
  for each row execute function finance.stamp_draft();
create or replace trigger t10_forbid_rekey before update of id, company_id on finance.journal_drafts
  for each row when (old.id is distinct from new.id or old.company_id is distinct from new.company_id)
  execute function finance.forbid_rekey('id or company_id');
alter table finance.journal_drafts enable always trigger t30_stamp_draft, enable always trigger t10_forbid_rekey;

create or replace function finance.forbid_draft_delete()
returns trigger
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  perform finance.raise_draft_error('IB224', old.id, format('It is %s and stays.', old.status));
  return null;
end
$function$;
comment on function finance.forbid_draft_delete() is
  'Row trigger: raises IB224. Attached where a draft that was posted or discarded is about to be deleted.';

create or replace trigger t10_forbid_draft_delete before delete on finance.journal_drafts
  for each row when (old.status in ('posted', 'discarded')) execute function finance.forbid_draft_delete();
alter table finance.journal_drafts enable always trigger t10_forbid_draft_delete;

create or replace function finance.touch_drafts()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenants uuid[];
  drafts uuid[];
begin
  if tg_op = 'INSERT' then
    select array_agg(d.tenant_id order by d.tenant_id, d.journal_draft_id),
      array_agg(d.journal_draft_id order by d.tenant_id, d.journal_draft_id)
    into tenants, drafts
    from (select distinct n.tenant_id, n.journal_draft_id from new_lines n) d;
  elsif tg_op = 'DELETE' then
    select array_agg(d.tenant_id order by d.tenant_id, d.journal_draft_id),
      array_agg(d.journal_draft_id order by d.tenant_id, d.journal_draft_id)
    into tenants, drafts
    from (select distinct o.tenant_id, o.journal_draft_id from old_lines o) d;
  else
    select array_agg(d.tenant_id order by d.tenant_id, d.journal_draft_id),
      array_agg(d.journal_draft_id order by d.tenant_id, d.journal_draft_id)
    into tenants, drafts
    from (
      select o.tenant_id, o.journal_draft_id from old_lines o
      union
      select n.tenant_id, n.journal_draft_id from new_lines n
    ) d;
  end if;

  for i in 1 .. coalesce(cardinality(drafts), 0)
  loop
    update finance.journal_drafts d set revision = d.revision + 1
    where d.tenant_id = tenants[i] and d.id = drafts[i];
    -- A draft may go together with its lines, in one statement; otherwise a foreign key holds it.
    if not found and tg_op <> 'DELETE' then
      perform finance.raise_draft_error('IB228', drafts[i], null);
    end if;
  end loop;
  return null;
end
$function$;
alter function finance.touch_drafts() owner to aibos_guard;
comment on function finance.touch_drafts() is
  'Statement trigger: locks the drafts of all lines that came, changed or went, in the order of their ids, and raises their revisions, which voids approvals and is refused where a draft is closed (IB224). Definer, since it must reach the drafts whatever the context says.';

create or replace trigger t50_touch_on_insert after insert on finance.journal_draft_lines
  referencing new table as new_lines
  for each statement execute function finance.touch_drafts();
create or replace trigger t50_touch_on_update after update on finance.journal_draft_lines
  referencing old table as old_lines new table as new_lines
  for each statement execute function finance.touch_drafts();
create or replace trigger t50_touch_on_delete after delete on finance.journal_draft_lines
  referencing old table as old_lines
  for each statement execute function finance.touch_drafts();
alter table finance.journal_draft_lines enable always trigger t50_touch_on_insert,
  enable always trigger t50_touch_on_update, enable always trigger t50_touch_on_delete;

create or replace function finance.record_draft_step()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  insert into finance.audit_events (tenant_id, id, actor, action, object, object_id, after, reason, request_id)
  values (new.tenant_id, aibos.uuid_v7(), aibos.current_actor(), 'draft.' || new.status, 'finance.journal_drafts', new.id::text,
    jsonb_strip_nulls(jsonb_build_object('revision', new.revision, 'approved_by', new.approved_by,
      'posted_entry_id', new.posted_entry_id)),
    coalesce(new.discard_reason, nullif(current_setting('app.reason', true), '')),
    nullif(current_setting('app.request_id', true), ''));
  return null;
end
$function$;
alter function finance.record_draft_step() owner to aibos_guard;
comment on function finance.record_draft_step() is
  'Row trigger: writes the event of a step of a draft: draft.approved, draft.posted or draft.discarded. Definer, since the application cannot insert into the audit log.';

create or replace trigger t90_record_step after update on finance.journal_drafts
  for each row when (old.status is distinct from new.status and new.status <> 'draft')
  execute function finance.record_draft_step();
alter table finance.journal_drafts enable always trigger t90_record_step;

create or replace function finance.approve_draft(p_draft_id uuid, p_revision integer)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  actor uuid := aibos.current_user_id();
  draft record;
begin
  perform finance.assert_tenant_active(tenant);
  select d.status, d.revision, d.approved_by, d.editors into draft
  from finance.journal_drafts d
  where d.tenant_id = tenant and d.id = p_draft_id
  for no key update;
  if not found then
    perform finance.raise_draft_error('IB228', p_draft_id, null);
  elsif draft.status in ('posted', 'discarded') then
    perform finance.raise_draft_error('IB224', p_draft_id, format('It is %s.', draft.status));
  elsif p_revision is distinct from draft.revision then
    perform finance.raise_draft_error('IB225', p_draft_id,
      format('Revision %s was named, the present one is %s.', coalesce(p_revision::text, 'null'), draft.revision));
  elsif draft.status = 'approved' then
    if draft.approved_by = actor then
      return;
    elsif draft.approved_by <> all (draft.editors) then
      perform finance.raise_draft_error('IB229', p_draft_id, format('User %s has approved this revision already.', draft.approved_by));
    end if;
    -- The approval of someone who had a hand in it gives way to a better one.
    update finance.journal_drafts d set status = 'draft' where d.tenant_id = tenant and d.id = p_draft_id;
  end if;
  update finance.journal_drafts d set status = 'approved' where d.tenant_id = tenant and d.id = p_draft_id;
end
$function$;
comment on function finance.approve_draft(uuid, integer) is
  'Approves a draft for the user of the context. Takes the draft and the revision that was seen; the same user again changes nothing. Raises 42501, IB101, IB102, IB104, IB224, IB225 (another revision), IB226 (the user made or changed it, where the company asks for four eyes), IB228, IB229 (someone else has approved it). Definer, since nobody else may write the approval.';

create or replace function finance.discard_draft(p_draft_id uuid, p_reason text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
begin
  perform aibos.current_user_id();
  perform finance.assert_tenant_active(tenant);
  if p_reason is null or btrim(p_reason) = '' or length(p_reason) > 2000 then
    perform finance.raise_draft_error('IB229', p_draft_id, 'p_reason must say in 1 to 2000 characters why it is given up.');
  end if;
  update finance.journal_drafts d set status = 'discarded', discard_reason = p_reason
  where d.tenant_id = tenant and d.id = p_draft_id;
  if not found then
    perform finance.raise_draft_error('IB228', p_draft_id, null);
  end if;
end
$function$;
comment on function finance.discard_draft(uuid, text) is
  'Gives a draft up for good; it stays, with the reason. Takes the draft and the reason. Raises 42501, IB101, IB102, IB104, IB224 (posted or discarded before), IB228, IB229 (no reason). Definer, since nobody else may write the status.';

create or replace function finance.remove_draft_lines(p_draft_id uuid, p_line_nos integer[])
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  removed integer;
begin
  perform aibos.current_user_id();
  perform finance.assert_tenant_active(tenant);
  -- The draft first: whoever posts or changes it waits here, not between its lines.
  perform from finance.journal_drafts d where d.tenant_id = tenant and d.id = p_draft_id for no key update;
  if not found then
    perform finance.raise_draft_error('IB228', p_draft_id, null);
  end if;
  delete from finance.journal_draft_lines l
  where l.tenant_id = tenant and l.journal_draft_id = p_draft_id and l.line_no = any (p_line_nos);
  get diagnostics removed = row_count;
  return removed;
end
$function$;
comment on function finance.remove_draft_lines(uuid, integer[]) is
  'Removes lines of a draft; returns how many were there. Takes the draft and the numbers of the lines. Raises 42501, IB101, IB102, IB104, IB224, IB228. Definer, since a right to delete would also be one to lock the table against all tenants.';

create or replace function finance.post_draft(p_draft_id uuid, p_revision integer default null)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  draft record;
  lines record;
  entry uuid;
begin
  perform finance.assert_tenant_active(tenant);
  select d.company_id, d.entry_date, d.description, d.reference, d.status, d.revision, d.posted_entry_id into draft
  from finance.journal_drafts d
  where d.tenant_id = tenant and d.id = p_draft_id
  for no key update;
  if not found then
    perform finance.raise_draft_error('IB228', p_draft_id, null);
  elsif draft.status = 'discarded' then
    perform finance.raise_draft_error('IB224', p_draft_id, 'It is discarded.');
  elsif p_revision <> draft.revision then
    perform finance.raise_draft_error('IB225', p_draft_id,
      format('Revision %s was named, the present one is %s.', p_revision, draft.revision));
  elsif draft.status = 'posted' then
    return draft.posted_entry_id;
  end if;

  -- A new statement: at READ COMMITTED it sees the lines that the lock above has waited for.
  select
    array_agg(l.account_id order by l.line_no) as account_ids,
    array_agg(l.debit_cents order by l.line_no) as debits,
    array_agg(l.credit_cents order by l.line_no) as credits,
    array_agg(l.currency order by l.line_no) as currencies,
    array_agg(l.memo order by l.line_no) as memos
  into lines
  from finance.journal_draft_lines l
  where l.tenant_id = tenant and l.journal_draft_id = p_draft_id;

  -- Without an idempotency key: the lock and the status post once, and a key could be taken by someone else beforehand.
  entry := finance.post_journal(draft.company_id, draft.entry_date, draft.description,
    coalesce(lines.account_ids, '{}'), coalesce(lines.debits, '{}'), coalesce(lines.credits, '{}'),
    coalesce(lines.currencies, '{}'), coalesce(lines.memos, '{}'), draft.reference);
  update finance.journal_drafts d set status = 'posted', posted_entry_id = entry
  where d.tenant_id = tenant and d.id = p_draft_id;
  return entry;
end
$function$;
alter function finance.post_draft(uuid, integer) owner to aibos_poster;
comment on function finance.post_draft(uuid, integer) is
  'Posts a draft once; returns the entry, the same one when called again. Takes the draft and, optionally, the revision that was seen. Lines are numbered anew, 1 to n. Raises what finance.post_journal() raises, and IB224 (discarded), IB225 (another revision), IB226 and IB227 (no approval by someone else where the company asks for four eyes), IB228; then the draft stays as it was.';
