-- Guarantee: a payment moves only as the transition table says, is approved by someone who neither made nor ever edited it
--   and whose limit covers it, at the revision they saw; what was approved is what is paid, once, and every step leaves an event.
-- How: guard triggers hold the rules, whoever writes. An edit makes a new revision and voids the approvals of the old one.
--   The functions below are the only way to a status for applications, which hold no right to write one. Approvals and changes
--   of their rules meet on the row of the company.
-- Raises: 42501 (tenant_id required), IB101, IB102, IB104, IB212, IB242, IB301, IB304, IB401, IB810, IB811, IB812, IB813, IB814, IB815,
--   IB816, IB817, IB818, IB819, IB820, IB821
-- Proved by: pgtap/finance/payments.sql

with listed (from_status, to_status, meaning) as (
  values
    ('draft', 'submitted', 'Handed in for approval.'),
    ('draft', 'cancelled', 'Given up before it was handed in.'),
    ('submitted', 'draft', 'Edited or taken back; approvals are void.'),
    ('submitted', 'approved', 'Approved as often as the limits ask for.'),
    ('submitted', 'rejected', 'Refused by a reviewer.'),
    ('submitted', 'cancelled', 'Given up before it was approved.'),
    ('approved', 'draft', 'Edited or taken back; approvals are void.'),
    ('approved', 'released', 'Handed to the bank.'),
    ('approved', 'rejected', 'Refused after all.'),
    ('approved', 'cancelled', 'Given up before it was released.'),
    ('released', 'settled', 'Paid and booked.'),
    ('released', 'cancelled', 'Stopped or returned by the bank.')
), stray as (
  delete from finance.payment_transitions t
  where not exists (select from listed l where l.from_status = t.from_status and l.to_status = t.to_status)
)
insert into finance.payment_transitions (from_status, to_status, meaning)
select l.from_status, l.to_status, l.meaning from listed l
on conflict (from_status, to_status) do update set meaning = excluded.meaning
  where payment_transitions.meaning is distinct from excluded.meaning;

call aibos.isolate_tenant('finance.payment_approvers');
call aibos.isolate_tenant('finance.approval_limits');
call aibos.isolate_tenant('finance.payment_approvals');
call aibos._stamp('finance.payment_approvers');
call aibos._stamp('finance.approval_limits');
call aibos.track('finance.payment_approvers');
call aibos.track('finance.approval_limits');
call aibos.append_only('finance.payment_approvals');

call aibos._set_policy('finance.payment_events', 'record', 'insert', 'aibos_guard', null, 'true',
  'The recorder adds events of every tenant.');
grant select on finance.payment_transitions to aibos_guard;
grant insert on finance.payment_events to aibos_guard;
grant update (approval_rules_revision) on finance.companies to aibos_guard;

create or replace trigger t10_forbid_forgery before insert on finance.payment_events
  for each row when (current_user <> 'aibos_guard') execute function aibos.forbid_forgery();
alter table finance.payment_events enable always trigger t10_forbid_forgery;

create or replace trigger t10_forbid_rekey before update of id, company_id, created_by on finance.payments
  for each row when (
    old.id is distinct from new.id or old.company_id is distinct from new.company_id
    or old.created_by is distinct from new.created_by
  ) execute function finance.forbid_rekey('id, company_id or created_by');
alter table finance.payments enable always trigger t10_forbid_rekey;

create or replace trigger t10_forbid_rekey before update of company_id, user_id, role_name on finance.payment_approvers
  for each row when (
    old.company_id is distinct from new.company_id or old.user_id is distinct from new.user_id
    or old.role_name is distinct from new.role_name
  ) execute function finance.forbid_rekey('company_id, user_id or role_name');
alter table finance.payment_approvers enable always trigger t10_forbid_rekey;

create or replace trigger t10_forbid_rekey before update of company_id, role_name, currency, approvals_required
  on finance.approval_limits
  for each row when (
    old.company_id is distinct from new.company_id or old.role_name is distinct from new.role_name
    or old.currency is distinct from new.currency or old.approvals_required is distinct from new.approvals_required
  ) execute function finance.forbid_rekey('company_id, role_name, currency or approvals_required');
alter table finance.approval_limits enable always trigger t10_forbid_rekey;

create or replace trigger t40_assert_currency after insert or update of currency on finance.approval_limits
  for each row execute function config.assert_currency_known('currency');
alter table finance.approval_limits enable always trigger t40_assert_currency;

create or replace function finance.raise_payment_error(p_code text, p_payment_id uuid, p_facts text)
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
      when 'IB810' then 'payment %s cannot take that step'
      when 'IB811' then 'there is no payment %s'
      when 'IB812' then 'payment %s does not change any more'
      when 'IB813' then 'payment %s has another revision than the one named'
      when 'IB814' then 'payment %s was made or edited by this user, who may not approve it'
      when 'IB815' then 'this user may not approve payment %s'
      when 'IB816' then 'payment %s goes to another beneficiary than was approved'
      when 'IB817' then 'payment %s cannot be edited and moved at once'
      when 'IB818' then 'payment %s is not settled by that entry'
      when 'IB819' then 'payment %s was settled otherwise'
      when 'IB820' then 'payment %s lacks an approval'
      when 'IB821' then 'a step of payment %s left no event'
    end, coalesce(p_payment_id::text, 'null')),
    detail = coalesce(p_facts, ''),
    hint = case p_code
      when 'IB810' then 'Steps are listed in finance.payment_transitions, and taken by function: finance.submit_payment(), approve_payment() and their kin.'
      when 'IB811' then 'Pass the id of a payment of this tenant.'
      when 'IB812' then 'Make a new payment instead; one that is only released can still be cancelled or settled.'
      when 'IB813' then 'Read the payment again and approve the revision you see.'
      when 'IB814' then 'Someone who neither made nor edited it must approve it.'
      when 'IB815' then 'A limit in finance.approval_limits must cover the amount in its currency, for a role the user holds in finance.payment_approvers.'
      when 'IB816' then 'Find out who changed it, cancel it and make a new one.'
      when 'IB817' then 'Edit it in one statement and move it in another.'
      when 'IB818' then 'Let the database post it: finance.settle_payment(payment, date, debit account, credit account).'
      when 'IB819' then 'The entry is in settlement_entry_id; correct it by reversal if it is wrong.'
      when 'IB820' then 'Approve it by finance.approve_payment(payment, revision), as often as its limit asks for.'
      when 'IB821' then 'Replay the bundle and run: aibos doctor.'
    end,
    schema = 'finance', table = 'payments',
    constraint = case p_code
      when 'IB810' then 'payment_step_known'
      when 'IB811' then 'payment_exists'
      when 'IB812' then 'payment_final'
      when 'IB813' then 'payment_revision_current'
      when 'IB814' then 'payment_four_eyes'
      when 'IB815' then 'payment_within_limit'
      when 'IB816' then 'payment_beneficiary_as_approved'
      when 'IB817' then 'payment_one_change_at_a_time'
      when 'IB818' then 'payment_settled_by_its_entry'
      when 'IB819' then 'payment_settled_once'
      when 'IB820' then 'payment_approved'
      else 'payment_step_recorded'
    end;
end
$function$;
comment on function finance.raise_payment_error(text, uuid, text) is
  'Raises one of the payment errors with the same words wherever it is found. Takes the code, the payment and the facts for DETAIL.';

create or replace function finance.stamp_payment()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  is_edited boolean;
  is_moved boolean;
begin
  if tg_op = 'INSERT' then
    if new.status is distinct from 'draft' then
      perform finance.raise_payment_error('IB810', new.id, format('It would begin as %s; every payment begins as draft.', new.status));
    end if;
    new.created_by := aibos.current_user_id();
    new.revision := 1;
    new.edited_by := '{}';
    new.approvals := 0;
    new.approved_revision := null;
    new.approved_by := null;
    new.approved_at := null;
    new.beneficiary_snapshot := null;
    new.status_reason := null;
    new.settlement_entry_id := null;
    return new;
  end if;

  is_moved := new.status is distinct from old.status;
  is_edited := (new.payment_no, new.currency, new.amount_cents, new.beneficiary_name, new.beneficiary_account, new.due_on,
      new.reference, new.category)
    is distinct from (old.payment_no, old.currency, old.amount_cents, old.beneficiary_name, old.beneficiary_account, old.due_on,
      old.reference, old.category);
  if not exists (select from finance.payment_transitions t where t.from_status = old.status) then
    perform finance.raise_payment_error('IB812', old.id, format('It is %s.', old.status));
  elsif is_edited and is_moved then
    perform finance.raise_payment_error('IB817', old.id, format('It is %s and would become %s.', old.status, new.status));
  elsif is_edited and old.status <> 'draft' and not exists (
    select from finance.payment_transitions t where t.from_status = old.status and t.to_status = 'draft'
  ) then
    perform finance.raise_payment_error('IB812', old.id, format('It is %s.', old.status));
  elsif is_moved and not exists (
    select from finance.payment_transitions t where t.from_status = old.status and t.to_status = new.status
  ) then
    perform finance.raise_payment_error('IB810', old.id, format('It is %s and would become %s.', old.status, coalesce(new.status, 'null')));
  end if;

  -- What nobody chooses: it follows from the step alone.
  new.revision := old.revision;
  new.edited_by := old.edited_by;
  new.approved_revision := old.approved_revision;
  new.approved_by := old.approved_by;
  new.approved_at := old.approved_at;
  new.beneficiary_snapshot := old.beneficiary_snapshot;
  if not is_moved or new.status not in ('rejected', 'cancelled') then
    new.status_reason := null;
  end if;
  if not is_moved or new.status <> 'settled' then
    new.settlement_entry_id := old.settlement_entry_id;
  end if;

  if is_edited then
    new.status := 'draft';
    if not aibos.current_user_id() = any (old.edited_by) then
      new.edited_by := old.edited_by || aibos.current_user_id();
    end if;
  end if;
  if is_edited or is_moved and new.status = 'draft' then
    new.revision := old.revision + 1;
    new.approved_revision := null;
    new.approved_by := null;
    new.approved_at := null;
    new.beneficiary_snapshot := null;
  end if;
  select count(*) into new.approvals
  from finance.payment_approvals a
  where a.tenant_id = new.tenant_id and a.payment_id = new.id and a.revision = new.revision;

  if is_moved and new.status = 'approved' then
    if (
      select count(*) >= min(a.approvals_required) and bool_or(a.approved_by = aibos.current_user_id())
      from finance.payment_approvals a
      where a.tenant_id = new.tenant_id and a.payment_id = new.id and a.revision = new.revision
    ) is not true then
      perform finance.raise_payment_error('IB820', new.id, format('Revision %s has %s.', new.revision, new.approvals));
    end if;
    new.approved_revision := new.revision;
    new.approved_by := aibos.current_user_id();
    new.approved_at := now();
    new.beneficiary_snapshot := jsonb_build_object('name', new.beneficiary_name, 'account', new.beneficiary_account);
  elsif is_moved and new.status in ('released', 'settled') then
    if new.beneficiary_snapshot
      is distinct from jsonb_build_object('name', new.beneficiary_name, 'account', new.beneficiary_account)
    then
      perform finance.raise_payment_error('IB816', new.id, format('Approved at revision %s.', coalesce(new.approved_revision::text, 'none')));
    end if;
    if new.status = 'settled' and not exists (
      select from finance.journal_entries e
      where e.tenant_id = new.tenant_id and e.id = new.settlement_entry_id and e.company_id = new.company_id
        and e.created_xid = pg_current_xact_id()
        and new.amount_cents = (
          select sum(l.debit_cents) from finance.journal_lines l
          where l.tenant_id = e.tenant_id and l.journal_entry_id = e.id and l.currency = new.currency
        )
    ) then
      perform finance.raise_payment_error('IB818', new.id,
        'It must be posted in this transaction, for the company, over the amount of the payment.');
    end if;
  end if;
  return new;
end
$function$;
alter function finance.stamp_payment() owner to aibos_guard;
comment on function finance.stamp_payment() is
  'Row trigger: holds the status machine of a payment and stamps revision, editors, approval and snapshot. Raises IB810, IB812, IB816, IB817, IB818, IB820. Definer, since it reads approvals and entries whatever the context says.';

create or replace trigger t30_stamp_payment before insert or update on finance.payments
  for each row execute function finance.stamp_payment();
alter table finance.payments enable always trigger t30_stamp_payment;

create or replace function finance.record_payment_event()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
-- The foreign key of the event is looked up under these settings too: by key, however small the table was at first.
set enable_seqscan = off
set jit = off
as $function$
begin
  if tg_op = 'UPDATE' then
    if old.status is not distinct from new.status and old.revision is not distinct from new.revision then
      return null;
    end if;
  end if;
  insert into finance.payment_events
    (tenant_id, id, payment_id, from_status, to_status, revision, actor, reason, request_id)
  values (new.tenant_id, aibos.uuid_v7(), new.id, case tg_op when 'UPDATE' then old.status end, new.status, new.revision,
    aibos.current_actor(), coalesce(new.status_reason, nullif(current_setting('app.reason', true), '')),
    nullif(current_setting('app.request_id', true), ''));
  if not found then
    perform finance.raise_payment_error('IB821', new.id, null);
  end if;
  return null;
end
$function$;
alter function finance.record_payment_event() owner to aibos_guard;
comment on function finance.record_payment_event() is
  'Row trigger: adds an event for a new payment, and for each change of its status or revision. Raises IB821 when the event was swallowed. Definer, since nobody else can insert into the trail.';

create or replace trigger t90_record_event after insert or update on finance.payments
  for each row execute function finance.record_payment_event();
alter table finance.payments enable always trigger t90_record_event;

create or replace function finance.stamp_approval()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  payment record;
  granted record;
  has_limits boolean;
begin
  perform aibos.assert_row_in_context(new.tenant_id, tg_table_schema, tg_table_name);
  select p.company_id, p.status, p.revision, p.currency, p.amount_cents, p.created_by, p.edited_by into payment
  from finance.payments p
  where p.tenant_id = new.tenant_id and p.id = new.payment_id;
  if payment.company_id is null then
    perform finance.raise_payment_error('IB811', new.payment_id, null);
  elsif payment.revision is distinct from new.revision then
    perform finance.raise_payment_error('IB813', new.payment_id, format('It is at revision %s.', payment.revision));
  elsif payment.status <> 'submitted' then
    perform finance.raise_payment_error('IB810', new.payment_id, format('It is %s; an approval needs a submitted one.', payment.status));
  end if;

  new.approved_by := aibos.current_user_id();
  new.occurred_at := clock_timestamp();
  new.reason := nullif(current_setting('app.reason', true), '');
  new.request_id := nullif(current_setting('app.request_id', true), '');
  if new.approved_by = payment.created_by or new.approved_by = any (payment.edited_by) then
    perform finance.raise_payment_error('IB814', new.payment_id, format('User %s.', new.approved_by));
  end if;

  -- A change of approvers or limits writes to this row, so it is either seen below or waits until this transaction ends.
  perform from finance.companies c where c.tenant_id = new.tenant_id and c.id = payment.company_id for share;
  if not found then
    perform finance.raise_payment_error('IB815', new.payment_id, 'The company of the payment was not found.');
  end if;
  has_limits := exists (
    select from finance.approval_limits l
    where l.tenant_id = new.tenant_id and l.company_id = payment.company_id and l.is_active
  );
  select l.role_name, l.approvals_required into granted
  from finance.payment_approvers a
  join finance.approval_limits l
    on l.tenant_id = a.tenant_id and l.company_id = a.company_id and l.role_name = a.role_name
  where a.tenant_id = new.tenant_id and a.company_id = payment.company_id and a.user_id = new.approved_by
    and a.is_active and l.is_active
    and l.currency = payment.currency and l.max_amount_cents >= payment.amount_cents
  order by l.approvals_required, l.max_amount_cents, l.role_name
  limit 1;
  if has_limits and granted.role_name is null then
    perform finance.raise_payment_error('IB815', new.payment_id,
      format('Amount %s in minor units of %s, user %s.', payment.amount_cents, payment.currency, new.approved_by));
  end if;
  new.role_name := granted.role_name;
  new.approvals_required := coalesce(granted.approvals_required, 1);
  return new;
end
$function$;
alter function finance.stamp_approval() owner to aibos_guard;
comment on function finance.stamp_approval() is
  'Row trigger: refuses an approval of another revision (IB813), by a maker or editor (IB814) or beyond the limits of the user (IB815), and stamps the rest. Definer, since it reads payments, approvers and limits whatever the context says.';

create or replace trigger t30_stamp_approval before insert on finance.payment_approvals
  for each row execute function finance.stamp_approval();
alter table finance.payment_approvals enable always trigger t30_stamp_approval;

create or replace function finance.bump_approval_rules()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := case tg_op when 'DELETE' then old.tenant_id else new.tenant_id end;
  company uuid := case tg_op when 'DELETE' then old.company_id else new.company_id end;
begin
  update finance.companies c set approval_rules_revision = c.approval_rules_revision + 1
  where c.tenant_id = tenant and c.id = company;
  if not found then
    raise exception using
      errcode = '42501',
      message = format('new row violates row-level security policy for table %I', tg_table_name),
      schema = tg_table_schema, table = tg_table_name;
  end if;
  return null;
end
$function$;
comment on function finance.bump_approval_rules() is
  'Row trigger: writes to the company whose approvers or limits change, which makes approvals wait or fail instead of overlooking it. Raises 42501 where the tenant of the context is not the one of the row. Definer, since an administrator has no right to that column.';

create or replace trigger t50_bump_rules after insert or update or delete on finance.payment_approvers
  for each row execute function finance.bump_approval_rules();
create or replace trigger t50_bump_rules after insert or update or delete on finance.approval_limits
  for each row execute function finance.bump_approval_rules();
alter table finance.payment_approvers enable always trigger t50_bump_rules;
alter table finance.approval_limits enable always trigger t50_bump_rules;

create or replace function finance.lock_payment(p_payment_id uuid)
returns text
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  status text;
begin
  perform aibos.current_user_id();
  perform finance.assert_tenant_active(tenant);
  select p.status into status from finance.payments p where p.tenant_id = tenant and p.id = p_payment_id for update;
  if status is null then
    perform finance.raise_payment_error('IB811', p_payment_id, null);
  end if;
  return status;
end
$function$;
comment on function finance.lock_payment(uuid) is
  'Locks a payment of the tenant until COMMIT; returns its status. Takes the payment. Raises 42501, IB101, IB102, IB104, IB811. For the functions of this file only.';

create or replace function finance._move_payment(p_payment_id uuid, p_status text, p_reason text default null)
returns integer
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  status text := finance.lock_payment(p_payment_id);
  revision integer;
begin
  if status = p_status then
    perform finance.raise_payment_error('IB810', p_payment_id, format('It is %s already.', status));
  end if;
  update finance.payments p set status = p_status, status_reason = p_reason
  where p.tenant_id = tenant and p.id = p_payment_id
  returning p.revision into revision;
  return revision;
end
$function$;
comment on function finance._move_payment(uuid, text, text) is
  'Moves a payment to a status. Takes the payment, the status and the reason; returns its revision. For the functions of this file only.';

create or replace function finance.submit_payment(p_payment_id uuid)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  return finance._move_payment(p_payment_id, 'submitted');
end
$function$;
comment on function finance.submit_payment(uuid) is
  'Hands a draft in for approval. Takes the payment; returns the revision to approve. Raises 42501, IB101, IB102, IB104, IB810, IB811, IB812. Definer, since no application may write a status.';

create or replace function finance.approve_payment(p_payment_id uuid, p_revision integer)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  status text := finance.lock_payment(p_payment_id);
begin
  insert into finance.payment_approvals (tenant_id, payment_id, revision)
  values (tenant, p_payment_id, p_revision);
  -- Written even where another approval is needed: who approves next sees this one or fails, at any isolation level.
  update finance.payments p
  set status = case when (
    select count(*) >= min(a.approvals_required) from finance.payment_approvals a
    where a.tenant_id = tenant and a.payment_id = p_payment_id and a.revision = p.revision
  ) then 'approved' else p.status end
  where p.tenant_id = tenant and p.id = p_payment_id
  returning p.status into status;
  return status;
end
$function$;
comment on function finance.approve_payment(uuid, integer) is
  'Approves a submitted payment. Takes the payment and the revision the approver saw; returns the status: approved, or submitted where one more approval is needed. Raises 42501, IB101, IB102, IB104, IB810, IB811, IB813, IB814, IB815; a second approval by the same user is refused by payment_approvals_one_each_pk (23505). Definer, since no application may write a status.';

create or replace function finance.reject_payment(p_payment_id uuid, p_reason text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  perform finance._move_payment(p_payment_id, 'rejected', p_reason);
end
$function$;
comment on function finance.reject_payment(uuid, text) is
  'Rejects a submitted or approved payment for good. Takes the payment and the reason. Raises 42501, IB101, IB102, IB104, IB810, IB811, IB812; a blank reason is refused by payments_status_reason_ck (23514). Definer, since no application may write a status.';

create or replace function finance.release_payment(p_payment_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  perform finance._move_payment(p_payment_id, 'released');
end
$function$;
comment on function finance.release_payment(uuid) is
  'Hands an approved payment to the bank; from here on nothing of it changes. Takes the payment. Raises 42501, IB101, IB102, IB104, IB810, IB811, IB812, IB816. Definer, since no application may write a status.';

create or replace function finance.cancel_payment(p_payment_id uuid, p_reason text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  perform finance._move_payment(p_payment_id, 'cancelled', p_reason);
end
$function$;
comment on function finance.cancel_payment(uuid, text) is
  'Gives a payment up for good, also one that was released and came back. Takes the payment and the reason. Raises 42501, IB101, IB102, IB104, IB810, IB811, IB812; a blank reason is refused by payments_status_reason_ck (23514). Definer, since no application may write a status.';

create or replace function finance.settle_payment(
  p_payment_id uuid,
  p_date date,
  p_debit_account_id uuid,
  p_credit_account_id uuid
)
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
  status text := finance.lock_payment(p_payment_id);
  payment record;
  entry uuid;
begin
  select p.company_id, p.payment_no, p.currency, p.amount_cents, p.beneficiary_name, p.settlement_entry_id into payment
  from finance.payments p where p.tenant_id = tenant and p.id = p_payment_id;
  if status = 'settled' then
    if finance.is_archived(tenant, payment.settlement_entry_id) then
      perform finance.raise_part_error('IB242', format('entry %s is archived', payment.settlement_entry_id),
        format('It settled payment %s; whether with these accounts cannot be compared.', p_payment_id),
        'The payment is settled: there is nothing left to do.');
    elsif not exists (
      select from finance.journal_entries e
      join finance.journal_lines d on d.tenant_id = e.tenant_id and d.journal_entry_id = e.id
      join finance.journal_lines c on c.tenant_id = e.tenant_id and c.journal_entry_id = e.id
      where e.tenant_id = tenant and e.id = payment.settlement_entry_id and e.entry_date = p_date
        and d.account_id = p_debit_account_id and d.debit_cents = payment.amount_cents
        and c.account_id = p_credit_account_id and c.credit_cents = payment.amount_cents
    ) then
      perform finance.raise_payment_error('IB819', p_payment_id,
        format('Entry %s has another date or other accounts.', payment.settlement_entry_id));
    end if;
    return payment.settlement_entry_id;
  elsif status <> 'released' then
    perform finance.raise_payment_error(case when exists (
        select from finance.payment_transitions t where t.from_status = status
      ) then 'IB810' else 'IB812' end, p_payment_id, format('It is %s.', status));
  end if;

  entry := finance.post_journal(payment.company_id, p_date,
    format('Payment %s to %s', coalesce(payment.payment_no, p_payment_id::text), payment.beneficiary_name),
    array[p_debit_account_id, p_credit_account_id],
    array[payment.amount_cents, 0], array[0, payment.amount_cents],
    array[payment.currency, payment.currency], null, payment.payment_no, null);
  update finance.payments p set status = 'settled', settlement_entry_id = entry
  where p.tenant_id = tenant and p.id = p_payment_id;
  return entry;
end
$function$;
comment on function finance.settle_payment(uuid, date, uuid, uuid) is
  'Books a released payment and closes it, once. Takes the payment, the date, the account to debit and the account to credit; returns the entry, the same one when it is called again alike. Raises 42501, IB101, IB102, IB104, IB810, IB811, IB812, IB816, IB819 and what finance.post_journal() raises. Definer, since no application may write a status.';
