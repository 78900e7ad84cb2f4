-- Guarantee: a guard that was disabled, replaced, re-owned or dropped shows as FAIL at the next look.
-- How: compares the triggers, functions, constraints and grants of the ledger in the catalog with what must be there.
-- Raises: nothing
-- Proved by: pgtap/finance/governance.sql

create or replace view finance.v_double_entry_check with (security_invoker = true) as
with guard (table_name, trigger_name, function_name, what) as (
  values
    ('finance.journal_lines', 'journal_entry_balanced', 'finance.assert_lines_balanced', 'Lines are proven balanced as they arrive.'),
    ('finance.journal_lines', 't90_record_posting', 'finance.record_posting', 'Each posting leaves an event with its hash.'),
    ('finance.journal_entries', 'journal_entry_has_lines', 'finance.assert_entry_has_lines', 'No entry commits without lines.'),
    ('finance.journal_lines', 't50_derive_deltas', 'finance.derive_deltas', 'Kept balances follow the lines.'),
    ('finance.journal_entries', 't30_stamp_entry', 'finance.stamp_entry', 'Period, time and user are set by the database.')
)
select
  'guard'::text as check_name,
  format('%s on %s', g.trigger_name, g.table_name) as object,
  case when t.is_sound then 'PASS' else 'FAIL' end as status,
  case
    when t.is_sound is null then 'The trigger is missing.'
    when t.tgenabled <> 'A' then 'The trigger is not ENABLE ALWAYS.'
    when not t.is_sound then 'The function or the condition is not what it must be: definer, volatile, pinned, owned by aibos_guard, for everyone but aibos_poster.'
    else g.what
  end as detail,
  'Replay the bundle, then find out who changed it.' as remediation
from guard g
left join lateral (
  select t.tgenabled,
    t.tgenabled = 'A' and f.oid = to_regproc(g.function_name)
      and f.prosecdef and f.provolatile = 'v' and pg_get_userbyid(f.proowner) = 'aibos_guard'
      and coalesce(f.proconfig @> array['search_path=pg_catalog, pg_temp'], false)
      and pg_get_triggerdef(t.oid) ~ 'WHEN \(\(NOT (aibos\.)?is_poster\(\)\)\) EXECUTE'
      and exists (
        select from pg_catalog.pg_depend d
        where d.classid = 'pg_trigger'::regclass and d.objid = t.oid and d.refclassid = 'pg_proc'::regclass
          and d.refobjid = 'aibos.is_poster()'::regprocedure
      )
      and pg_get_triggerdef(t.oid) ~ '^CREATE (CONSTRAINT )?TRIGGER \S+ (AFTER|BEFORE) INSERT ON ' as is_sound
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc f on f.oid = t.tgfoid
  where t.tgrelid = to_regclass(g.table_name) and t.tgname = g.trigger_name
) t on true
union all
select
  'constraint', format('finance.%I %I', r.relname, k.conname),
  case when k.convalidated then 'PASS' else 'FAIL' end,
  case when k.convalidated then 'Valid.' else 'Rows may break it: it was never validated.' end,
  format('alter table finance.%I validate constraint %I', r.relname, k.conname)
from pg_catalog.pg_constraint k
join pg_catalog.pg_class r on r.oid = k.conrelid
where (k.conrelid in ('finance.journal_entries'::regclass, 'finance.journal_lines'::regclass) or k.conrelid in (
    select i.inhrelid from pg_catalog.pg_inherits i
    where i.inhparent in ('finance.journal_entries'::regclass, 'finance.journal_lines'::regclass)
  )) and k.contype in ('c', 'f', 'p', 'u')
union all
select
  'constraint', 'finance.journal_lines ' || must.name,
  'FAIL', 'The constraint is missing.', 'Restore it from the migrations.'
from (values ('journal_lines_one_side_ck'), ('journal_lines_tenant_id_journal_entry_id_line_no_pk')) as must (name)
where not exists (
  select from pg_catalog.pg_constraint k
  where k.conrelid = 'finance.journal_lines'::regclass and k.conname = must.name
)
union all
select
  'unique_index', must.name,
  case when i.indisunique and i.indisvalid then 'PASS' else 'FAIL' end,
  case
    when i.indisunique is null then 'The index is missing.'
    when not i.indisunique or not i.indisvalid then 'The index is not unique or not valid.'
    else must.what
  end,
  'Restore it from the migrations.'
from (values
  ('finance.journal_reversals_tenant_id_reverses_entry_id_pk', 'An entry is reversed once at most.'),
  ('finance.journal_keys_tenant_id_idempotency_key_pk', 'A key books once at most.'),
  ('finance.journal_entries_tenant_id_id_pk', 'An entry has its id alone.'),
  ('finance.audit_events_tenant_id_id_pk', 'A posting has one event.')
) as must (name, what)
left join pg_catalog.pg_index i on i.indexrelid = to_regclass(must.name)
union all
select
  'part_guard', format('%s on %s', t.tgname, i.inhrelid::regclass),
  case when c.tgenabled = 'A' and s.is_same then 'PASS' else 'FAIL' end,
  case
    when c.tgenabled is null then 'The trigger is missing: a partition that is named directly does not have it.'
    when c.tgenabled <> 'A' then 'The trigger is not ENABLE ALWAYS.'
    when s.is_same then 'Also where the part is named directly.'
    else 'It is not the trigger of the whole.'
  end,
  'Replay the bundle, then find out who changed it.'
from pg_catalog.pg_inherits i
join pg_catalog.pg_trigger t on t.tgrelid = i.inhparent and not t.tgisinternal
left join pg_catalog.pg_trigger c on c.tgrelid = i.inhrelid and c.tgname = t.tgname
cross join lateral (
  select c.tgfoid = t.tgfoid and c.tgtype = t.tgtype
    and regexp_replace(pg_get_triggerdef(c.oid), ' ON \S+ ', ' ON ') = regexp_replace(pg_get_triggerdef(t.oid), ' ON \S+ ', ' ON ') as is_same
) s
where i.inhparent in ('finance.journal_entries'::regclass, 'finance.journal_lines'::regclass)
union all
select
  'part_open', t.name,
  case when o.is_open then 'PASS' else 'FAIL' end,
  case when o.is_open then 'New entries have a part to go to.' else 'No part takes new entries.' end,
  'Attach the last part again, then find out who detached it.'
from (values ('finance.journal_entries'), ('finance.journal_lines')) as t (name)
cross join lateral (
  select exists (
    select from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass(t.name) and pg_get_expr(c.relpartbound, c.oid) like '%TO (MAXVALUE)'
  ) as is_open
) o
union all
select
  'part_key', format('%s on %s', must.name, must.table_name),
  case when k.is_sound then 'PASS' else 'FAIL' end,
  case
    when k.is_sound is null then 'The foreign key is missing.'
    when not k.is_sound then 'The foreign key was never validated, or is not enforced.'
    else must.what
  end,
  'Restore it from the migrations.'
from finance.v_journal_parts p
cross join lateral (values
  ('period_id', p.entries_table, 'finance.fiscal_periods', '(tenant_id, company_id, period_id)', '(tenant_id, company_id, id)', 'An entry has its period.'),
  ('reverses_entry_id', p.entries_table, 'finance.audit_events', '(tenant_id, reverses_entry_id)', '(tenant_id, id)', 'What is reversed was posted.'),
  ('journal_entry_id', p.lines_table, p.entries_table, '(tenant_id, journal_entry_id)', '(tenant_id, id)', 'A line has its entry.'),
  ('account_id', p.lines_table, 'finance.accounts', '(tenant_id, account_id)', '(tenant_id, id)', 'A line has its account.'),
  ('fx_rate_id', p.lines_table, 'finance.fx_rates', '(tenant_id, fx_rate_id)', '(tenant_id, id)', 'A line has its rate.'),
  ('fx_cross_rate_id', p.lines_table, 'finance.fx_rates', '(tenant_id, fx_cross_rate_id)', '(tenant_id, id)', 'A line has its second rate.')
) as must (name, table_name, target, columns, target_columns, what)
left join lateral (
  select bool_or(k.convalidated and not exists (
      select from pg_catalog.pg_trigger t where t.tgconstraint = k.oid and t.tgenabled not in ('O', 'A')
    )) as is_sound
  from pg_catalog.pg_constraint k
  where k.conrelid = to_regclass(must.table_name) and k.confrelid = to_regclass(must.target) and k.contype = 'f'
    and pg_get_constraintdef(k.oid) like 'FOREIGN KEY ' || must.columns || ' REFERENCES %' || must.target_columns || '%'
) k on true
union all
select
  'part_lines', p.lines_table,
  case when e.bound = l.bound then 'PASS' else 'FAIL' end,
  case when e.bound = l.bound then 'Its lines are of the time of its entries.' else 'Its lines are not in the ledger, or of another time than its entries.' end,
  'Attach it again, then find out who detached it.'
from finance.v_journal_parts p
cross join lateral (
  select pg_get_expr(c.relpartbound, c.oid) as bound from pg_catalog.pg_class c where c.oid = to_regclass(p.entries_table)
) e
left join lateral (
  select pg_get_expr(c.relpartbound, c.oid) as bound from pg_catalog.pg_class c where c.oid = to_regclass(p.lines_table)
) l on true
union all
select
  'posting_functions', f.name,
  case when f.is_reviewed then 'PASS' else 'FAIL' end,
  case when f.is_reviewed then 'A reviewed posting function.' else 'aibos_poster owns a function that is not one of the posting functions.' end,
  'Drop the function or give it to aibos_owner.'
from (
  select format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as name,
    n.nspname || '.' || p.proname in ('finance.post_journal', 'finance.post_journals', 'finance.bulk_post', 'finance.reverse_journal',
      'finance.revalue', 'finance.post_draft') as is_reviewed
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where pg_get_userbyid(p.proowner) = 'aibos_poster'
) f
union all
select
  'posting_functions', must.name, 'FAIL', 'It does not exist or is not owned by aibos_poster.', 'Replay the bundle.'
from (values ('post_journal'), ('post_journals'), ('bulk_post'), ('reverse_journal'), ('revalue'), ('post_draft')) as must (name)
where not exists (
  select from pg_catalog.pg_proc p
  where p.proname = must.name and p.pronamespace = 'finance'::regnamespace
    and pg_get_userbyid(p.proowner) = 'aibos_poster' and p.prosecdef
    and coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)
)
union all
select
  'nobody_is_poster', r.rolname::text,
  case when count(m.oid) = 0 then 'PASS' else 'FAIL' end,
  coalesce('Can become it: ' || string_agg(m.rolname, ', ' order by m.rolname), 'No role but superusers can become it.'),
  format('revoke %I from these roles', r.rolname)
from pg_catalog.pg_roles r
left join pg_catalog.pg_roles m on m.oid <> r.oid and not m.rolsuper and aibos._can_become(m.oid, r.oid)
where r.rolname in ('aibos_poster', 'aibos_guard')
group by r.rolname
union all
select
  'payment_guard', format('%s on %s', g.trigger_name, g.table_name),
  case when t.is_sound then 'PASS' else 'FAIL' end,
  case
    when t.is_sound is null then 'The trigger is missing.'
    when t.tgenabled <> 'A' then 'The trigger is not ENABLE ALWAYS.'
    when not t.is_sound then 'The function, its owner, the events or the condition are not what they must be.'
    else g.what
  end,
  'Replay the bundle, then find out who changed it.'
from (values
  ('finance.payments', 't30_stamp_payment', 'BEFORE INSERT OR UPDATE', '', 'finance.stamp_payment', 'aibos_guard', true,
    'The status machine holds, whoever writes.'),
  ('finance.payments', 't90_record_event', 'AFTER INSERT OR UPDATE', '', 'finance.record_payment_event', 'aibos_guard', true,
    'Each step leaves an event.'),
  ('finance.payment_events', 't10_forbid_forgery', 'BEFORE INSERT', 'WHEN \(\(CURRENT_USER <> ''aibos_guard''::name\)\) ',
    'aibos.forbid_forgery', 'aibos_owner', false, 'The recorder alone writes events.'),
  ('finance.payment_approvals', 't30_stamp_approval', 'BEFORE INSERT', '', 'finance.stamp_approval', 'aibos_guard', true,
    'Nobody approves what they made, or beyond their limit.'),
  ('finance.payment_approvers', 't50_bump_rules', 'AFTER INSERT OR DELETE OR UPDATE', '', 'finance.bump_approval_rules',
    'aibos_owner', true, 'No approval overlooks a change of approvers.'),
  ('finance.approval_limits', 't50_bump_rules', 'AFTER INSERT OR DELETE OR UPDATE', '', 'finance.bump_approval_rules',
    'aibos_owner', true, 'No approval overlooks a change of limits.')
) as g (table_name, trigger_name, events, condition, function_name, owner, is_definer, what)
left join lateral (
  select t.tgenabled,
    t.tgenabled = 'A' and f.oid = to_regproc(g.function_name) and f.provolatile = 'v'
      and f.prosecdef = g.is_definer and pg_get_userbyid(f.proowner) = g.owner
      and coalesce(f.proconfig @> array['search_path=pg_catalog, pg_temp'], false)
      and pg_get_triggerdef(t.oid)
        ~ format('^CREATE TRIGGER \S+ %s ON \S+ FOR EACH ROW %sEXECUTE', g.events, g.condition) as is_sound
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc f on f.oid = t.tgfoid
  where t.tgrelid = to_regclass(g.table_name) and t.tgname = g.trigger_name
) t on true
union all
select
  'payment_transition', format('%s to %s', coalesce(t.from_status, must.from_status), coalesce(t.to_status, must.to_status)),
  case when t.from_status = must.from_status then 'PASS' else 'FAIL' end,
  case
    when t.from_status is null then 'The step is missing from finance.payment_transitions.'
    when must.from_status is null then 'The step was added.'
    else t.meaning
  end,
  'Replay the bundle, then find out who changed it.'
from (values
  ('draft', 'submitted'), ('draft', 'cancelled'), ('submitted', 'draft'), ('submitted', 'approved'), ('submitted', 'rejected'),
  ('submitted', 'cancelled'), ('approved', 'draft'), ('approved', 'released'), ('approved', 'rejected'),
  ('approved', 'cancelled'), ('released', 'settled'), ('released', 'cancelled')
) as must (from_status, to_status)
full join finance.payment_transitions t on t.from_status = must.from_status and t.to_status = must.to_status;
comment on view finance.v_double_entry_check is
  'One row per guard, constraint and role that double entry and payments rest on: check_name, object, status, detail, remediation.';
comment on column finance.v_double_entry_check.check_name is 'What was checked.';
comment on column finance.v_double_entry_check.object is 'What it was checked on.';
comment on column finance.v_double_entry_check.status is 'PASS, WARN or FAIL.';
comment on column finance.v_double_entry_check.detail is 'What was found.';
comment on column finance.v_double_entry_check.remediation is 'What to do about it.';

create or replace view finance.v_immutability_check with (security_invoker = true) as
with must (table_name) as (
  values ('finance.journal_entries'), ('finance.journal_lines'), ('finance.fx_rates'), ('finance.payment_events'),
    ('finance.payment_approvals'), ('finance.audit_events'), ('finance.period_closes'), ('finance.period_close_totals'),
    ('finance.journal_keys'), ('finance.journal_reversals'), ('finance.journal_archives'), ('finance.journal_archive_companies'),
    ('finance.journal_restorations')
), covered as (
  select c.oid, format('%I.%I', n.nspname, c.relname) as table_name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid in (select to_regclass(m.table_name) from must m)
    or c.oid in (
      select t.tgrelid from pg_catalog.pg_trigger t where t.tgfoid = 'aibos.forbid_change()'::regprocedure
    )
)
select
  'append_only_trigger'::text as check_name,
  format('%s on %s', w.trigger_name, c.table_name) as object,
  case when t.tgenabled = 'A' and t.tgtype::integer & w.events = w.events then 'PASS' else 'FAIL' end as status,
  case
    when t.tgenabled is null then 'The trigger is missing.'
    when t.tgenabled <> 'A' then 'The trigger is not ENABLE ALWAYS.'
    when t.tgtype::integer & w.events <> w.events then 'The trigger does not cover every event.'
    else w.what
  end as detail,
  format('call aibos.append_only(%L);', c.table_name) as remediation
from covered c
-- tgtype bits: 1 row, 2 before, 8 delete, 16 update, 32 truncate
cross join (values
  ('t10_forbid_change', 2 + 8 + 16 + 32, 'Update, delete and truncate are refused as statements.'),
  ('t10_forbid_row_change', 1 + 2 + 8 + 16, 'Update and delete are refused for each row.')
) as w (trigger_name, events, what)
left join pg_catalog.pg_trigger t
  on t.tgrelid = c.oid and t.tgname = w.trigger_name and t.tgfoid = 'aibos.forbid_change()'::regprocedure
union all
select
  'append_only_grants', c.table_name,
  case when g.bad is null then 'PASS' else 'FAIL' end,
  coalesce('Granted: ' || g.bad, 'No role has UPDATE, DELETE or TRUNCATE.'),
  format('call aibos.append_only(%L);', c.table_name)
from covered c
left join lateral (
  select string_agg(distinct x.privilege_type || ' to '
    || case when x.grantee = 0 then 'PUBLIC' else pg_get_userbyid(x.grantee)::text end, ', ') as bad
  from pg_catalog.pg_class t, aclexplode(t.relacl) x
  where t.oid = c.oid and x.grantee <> t.relowner and x.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')
) g on true
union all
select
  'append_only_column_grants', c.table_name,
  case when g.bad is null then 'PASS' else 'FAIL' end,
  coalesce('Granted: ' || g.bad, 'No role may update a column.'),
  format('revoke update on %s from these roles', c.table_name)
from covered c
left join lateral (
  select string_agg(distinct a.attname || ' to '
    || case when x.grantee = 0 then 'PUBLIC' else pg_get_userbyid(x.grantee)::text end, ', ') as bad
  from pg_catalog.pg_attribute a, aclexplode(a.attacl) x
  where a.attrelid = c.oid and x.privilege_type = 'UPDATE'
) g on true;
comment on view finance.v_immutability_check is
  'One row per trigger and table that append-only rests on: check_name, object, status, detail, remediation.';
comment on column finance.v_immutability_check.check_name is 'What was checked.';
comment on column finance.v_immutability_check.object is 'What it was checked on.';
comment on column finance.v_immutability_check.status is 'PASS, WARN or FAIL.';
comment on column finance.v_immutability_check.detail is 'What was found.';
comment on column finance.v_immutability_check.remediation is 'What to do about it.';
