-- Guarantee: whoever may read entries can prove them again: whole, numbered, balanced and recorded, without trusting a guard.
-- How: views that add up the stored lines of every entry and look for its event; the leaf view hashes everything anew.
-- Raises: nothing
-- Proved by: pgtap/finance/integrity.sql

create or replace view finance.v_journal_integrity with (security_invoker = true) as
select
  e.tenant_id, e.id as journal_entry_id, e.entry_date::date as entry_date, coalesce(l.lines, 0) as lines,
  case when l.lines >= 2 and l.is_numbered and l.is_balanced and a.id is not null and p.id is not null
      and (e.idempotency_key is null or k.journal_entry_id = e.id) and (e.reverses_entry_id is null or r.journal_entry_id = e.id)
    then 'PASS' else 'FAIL' end as status,
  case
    when l.lines is null then 'The entry has no lines.'
    when l.lines < 2 then 'The entry has one line.'
    when not l.is_numbered then 'Lines are missing.'
    when not l.is_balanced then 'Debits and credits differ.'
    when a.id is null then 'The posting left no event.'
    when p.id is null then 'Its period does not hold its date.'
    when e.idempotency_key is not null and k.journal_entry_id is distinct from e.id then 'Its key is not claimed for it.'
    when e.reverses_entry_id is not null and r.journal_entry_id is distinct from e.id then 'What it reverses is not claimed for it.'
    else 'Whole, balanced and recorded.'
  end as detail
from finance.journal_entries e
left join (
  select c.tenant_id, c.journal_entry_id, sum(c.lines) as lines,
    min(c.first_line) = 1 and max(c.last_line) = sum(c.lines) as is_numbered,
    bool_and(c.imbalance = 0) as is_balanced
  from (
    select l.tenant_id, l.journal_entry_id, l.currency, count(*) as lines, min(l.line_no) as first_line,
      max(l.line_no) as last_line, sum(l.debit_cents) - sum(l.credit_cents) as imbalance
    from finance.journal_lines l
    group by l.tenant_id, l.journal_entry_id, l.currency
  ) c
  group by c.tenant_id, c.journal_entry_id
) l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
left join finance.audit_events a
  on a.tenant_id = e.tenant_id and a.id = e.id and a.action = 'journal.posted' and a.leaf_hash is not null
left join finance.fiscal_periods p
  on p.tenant_id = e.tenant_id and p.id = e.period_id and p.company_id = e.company_id
  and e.entry_date between p.starts_on and p.ends_on
left join finance.journal_keys k on k.tenant_id = e.tenant_id and k.idempotency_key = e.idempotency_key
left join finance.journal_reversals r on r.tenant_id = e.tenant_id and r.reverses_entry_id = e.reverses_entry_id
union all
select
  c.tenant_id, c.journal_entry_id, null, 0, 'FAIL', 'A key or a reversal is claimed for an entry that was never posted.'
from (
  select k.tenant_id, k.journal_entry_id from finance.journal_keys k
  union all
  select r.tenant_id, r.journal_entry_id from finance.journal_reversals r
) c
where not exists (
  select from finance.audit_events a
  where a.tenant_id = c.tenant_id and a.id = c.journal_entry_id and a.action = 'journal.posted'
)
union all
select
  a.tenant_id, a.id, null, 0, 'FAIL', 'The entry is gone: its event is still there.'
from (
  select a.tenant_id, a.id from finance.audit_events a
  where a.action = 'journal.posted' and a.object = 'finance.journal_entries'
    and not exists (select from finance.journal_entries e where e.tenant_id = a.tenant_id and e.id = a.id)
  -- Asked of what is gone alone, not of every event.
  offset 0
) a
where not finance.is_archived(a.tenant_id, a.id)
union all
select
  a.tenant_id, null, null, a.lines,
  case when d.entries = a.entries and d.sha256 = a.leaves_sha256 then 'PASS' else 'FAIL' end,
  case when d.entries = a.entries and d.sha256 = a.leaves_sha256
    then format('Archived part %s: its %s entries left the leaves it was archived with.', a.part_no, a.entries)
    else format('Archived part %s: the leaves of its entries are not those it was archived with.', a.part_no) end
from finance.v_archives_in_force a
cross join lateral finance.leaves_digest(a.tenant_id, a.from_id, a.before_id) d
where a.tenant_id <> '00000000-0000-0000-0000-000000000000'
union all
select
  l.tenant_id, l.journal_entry_id, null, count(*), 'FAIL', 'The lines have no entry.'
from finance.journal_lines l
where not exists (select from finance.journal_entries e where e.tenant_id = l.tenant_id and e.id = l.journal_entry_id)
group by l.tenant_id, l.journal_entry_id;
comment on view finance.v_journal_integrity is
  'Every posted entry of the tenant in context, proven again from its lines: PASS or FAIL with the reason.';
comment on column finance.v_journal_integrity.tenant_id is 'Owning tenant.';
comment on column finance.v_journal_integrity.journal_entry_id is 'The entry; null for an archived part, which has one row.';
comment on column finance.v_journal_integrity.entry_date is 'Accounting date.';
comment on column finance.v_journal_integrity.lines is 'Lines found.';
comment on column finance.v_journal_integrity.status is 'PASS or FAIL.';
comment on column finance.v_journal_integrity.detail is 'What was found.';

create or replace function finance.journal_integrity_by_tenant()
returns table (tenant_id uuid, entries bigint, passed bigint, failed bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
begin atomic
  select i.tenant_id, count(*), count(*) filter (where i.status = 'PASS'), count(*) filter (where i.status = 'FAIL')
  from finance.v_journal_integrity i
  group by i.tenant_id;
end;
alter function finance.journal_integrity_by_tenant() owner to aibos_guard;
comment on function finance.journal_integrity_by_tenant() is
  'Counts of whole and broken entries of every tenant. Takes nothing. Definer, since it spans tenants: counts, no rows, and for aibos_monitor_role alone.';

create or replace view finance.v_journal_integrity_summary with (security_invoker = true) as
select
  c.tenant_id, c.entries, c.passed, c.failed, case when c.failed = 0 then 'PASS' else 'FAIL' end as status
from finance.journal_integrity_by_tenant() c;
comment on view finance.v_journal_integrity_summary is
  'Entries per tenant that prove whole, balanced and recorded. Spans tenants: granted to aibos_monitor_role alone.';
comment on column finance.v_journal_integrity_summary.tenant_id is 'The tenant.';
comment on column finance.v_journal_integrity_summary.entries is 'Entries posted.';
comment on column finance.v_journal_integrity_summary.passed is 'Entries that pass.';
comment on column finance.v_journal_integrity_summary.failed is 'Entries that fail.';
comment on column finance.v_journal_integrity_summary.status is 'FAIL if any entry fails.';

create or replace view finance.v_journal_leaf_check with (security_invoker = true) as
select
  e.tenant_id, e.id as journal_entry_id,
  case when a.leaf_hash = finance.leaf_hash(e.tenant_id, e.id, e.entry_no, e.posted_at, e.created_by,
    finance.leaf_payload(e.company_id, e.entry_date, e.entry_type, e.description, e.reference, e.idempotency_key,
      e.reverses_entry_id, l.lines)) then 'PASS' else 'FAIL' end as status,
  case when a.leaf_hash is null then 'The posting left no leaf.' else 'The content is compared with the leaf written at posting.' end as detail
from finance.journal_entries e
left join (
  select l.tenant_id, l.journal_entry_id,
    string_agg(finance.leaf_line(l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents, l.memo,
      l.base_debit_cents, l.base_credit_cents, l.fx_rate_id, l.fx_cross_rate_id), '' order by l.line_no) as lines
  from finance.journal_lines l
  group by l.tenant_id, l.journal_entry_id
) l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
left join finance.audit_events a on a.tenant_id = e.tenant_id and a.id = e.id and a.action = 'journal.posted';
comment on view finance.v_journal_leaf_check is
  'Every posted entry of the tenant in context with its content hashed anew: FAIL where it differs from the leaf written at posting.';
comment on column finance.v_journal_leaf_check.tenant_id is 'Owning tenant.';
comment on column finance.v_journal_leaf_check.journal_entry_id is 'The entry.';
comment on column finance.v_journal_leaf_check.status is 'PASS or FAIL.';
comment on column finance.v_journal_leaf_check.detail is 'What was compared.';

create or replace view finance.v_posted_journals with (security_invoker = true) as
select
  e.tenant_id, e.id as journal_entry_id, e.company_id, e.entry_no, e.entry_date, e.entry_type, e.description, e.reference,
  'posted'::text as status, e.posted_at, e.created_by, e.reverses_entry_id,
  (select r.journal_entry_id from finance.journal_reversals r where r.tenant_id = e.tenant_id and r.reverses_entry_id = e.id)
    as reversed_by_entry_id
from finance.journal_entries e;
comment on view finance.v_posted_journals is
  'Posted entries of the tenant in context. The status is shown, not stored: a posted entry has none to change.';
comment on column finance.v_posted_journals.tenant_id is 'Owning tenant.';
comment on column finance.v_posted_journals.journal_entry_id is 'The entry.';
comment on column finance.v_posted_journals.company_id is 'The company.';
comment on column finance.v_posted_journals.entry_no is 'Number, where a series gave one.';
comment on column finance.v_posted_journals.entry_date is 'Accounting date.';
comment on column finance.v_posted_journals.entry_type is 'standard, reversal, opening, closing or revaluation.';
comment on column finance.v_posted_journals.description is 'What happened.';
comment on column finance.v_posted_journals.reference is 'Document the entry rests on.';
comment on column finance.v_posted_journals.status is 'Always posted.';
comment on column finance.v_posted_journals.posted_at is 'When it was posted.';
comment on column finance.v_posted_journals.created_by is 'Who posted it.';
comment on column finance.v_posted_journals.reverses_entry_id is 'Entry it reverses.';
comment on column finance.v_posted_journals.reversed_by_entry_id is 'Entry that reverses it.';
