-- Each fault is planted, seen as FAIL, and undone; at the end the views are as they were.
begin;
set local client_min_messages = warning;
select plan(132);

-- What the views report as FAIL, in one text: check, object, what was found.
create function pg_temp.failures() returns text language sql stable as $$
  select string_agg(format('%s: %s: %s', v.check_name, v.object, v.detail), E'\n' order by v.check_name, v.object)
  from (
    select check_name, object, detail, status from finance.v_double_entry_check
    union all
    select check_name, object, detail, status from finance.v_immutability_check
    union all
    -- Routines and owners of every schema are compared there.
    select check_name, object, detail, status from aibos.v_tenant_isolation_check
    where check_name in ('routine_unchanged', 'owner', 'login_cannot_bypass') and status = 'FAIL'
  ) v
  where v.status <> 'PASS'
$$;
create function pg_temp.seen(p_fault text) returns text language sql as $$
  select lint.after(p_fault, 'select pg_temp.failures()')
$$;

select is(pg_temp.failures(), null, 'nothing fails before');
select isnt((select count(*) from finance.v_double_entry_check), 0::bigint, 'double entry is looked at');
select isnt((select count(*) from finance.v_immutability_check), 0::bigint, 'immutability is looked at');

-- Guards.

-- A trigger for rows is disabled in the parts of the table along with it.
select is(pg_temp.seen(format('alter table %s disable trigger %s', t.table_name, t.name)),
  format('guard: %s on %s: The trigger is not ENABLE ALWAYS.', t.name, t.table_name)
  || case when t.is_of_rows then format(E'\npart_guard: %s on %s_part_1: The trigger is not ENABLE ALWAYS.', t.name, t.table_name) else '' end,
  format('%s disabled is seen', t.name))
from (values ('finance.journal_lines', 'journal_entry_balanced', false), ('finance.journal_lines', 't50_derive_deltas', false),
  ('finance.journal_lines', 't90_record_posting', false), ('finance.journal_entries', 'journal_entry_has_lines', true),
  ('finance.journal_entries', 't30_stamp_entry', true)) as t (table_name, name, is_of_rows);
select is(pg_temp.seen('alter table finance.journal_lines enable trigger journal_entry_balanced'),
  'guard: journal_entry_balanced on finance.journal_lines: The trigger is not ENABLE ALWAYS.',
  'a guard that is enabled but not always is seen');
select is(pg_temp.seen('alter table finance.journal_lines enable replica trigger journal_entry_balanced'),
  'guard: journal_entry_balanced on finance.journal_lines: The trigger is not ENABLE ALWAYS.',
  'one that fires for replicas alone is seen');
select is(pg_temp.seen(format('drop trigger %s on %s', t.name, t.table_name)),
  format('guard: %s on %s: The trigger is missing.', t.name, t.table_name), format('%s dropped is seen', t.name))
from (values ('finance.journal_lines', 'journal_entry_balanced'), ('finance.journal_lines', 't90_record_posting'),
  ('finance.journal_entries', 'journal_entry_has_lines'), ('finance.journal_entries', 't30_stamp_entry')) as t (table_name, name);
select matches(pg_temp.seen($$
  create or replace trigger journal_entry_balanced after insert on finance.journal_lines
    referencing new table as new_lines for each statement when (false) execute function finance.assert_lines_balanced();
  alter table finance.journal_lines enable always trigger journal_entry_balanced;
$$), '^guard: journal_entry_balanced on finance.journal_lines: ', 'a guard made again with when (false) is seen');
select matches(pg_temp.seen($$
  create or replace trigger journal_entry_balanced after insert on finance.journal_lines
    referencing new table as new_lines for each statement when (current_user <> 'aibos_poster' and current_user <> 'mallory')
    execute function finance.assert_lines_balanced();
  alter table finance.journal_lines enable always trigger journal_entry_balanced;
$$), '^guard: journal_entry_balanced on finance.journal_lines: ', 'one that spares somebody more is seen');
select matches(pg_temp.seen($$
  create or replace trigger journal_entry_balanced after delete on finance.journal_lines
    for each statement when (current_user <> 'aibos_poster') execute function finance.assert_lines_balanced();
  alter table finance.journal_lines enable always trigger journal_entry_balanced;
$$), '^guard: journal_entry_balanced on finance.journal_lines: ', 'one that fires on another event is seen');
select matches(pg_temp.seen($$
  create function finance.assert_nothing() returns trigger language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp as 'begin return null; end';
  alter function finance.assert_nothing() owner to aibos_guard;
  create or replace trigger journal_entry_balanced after insert on finance.journal_lines
    referencing new table as new_lines for each statement when (current_user <> 'aibos_poster') execute function finance.assert_nothing();
  alter table finance.journal_lines enable always trigger journal_entry_balanced;
$$), 'guard: journal_entry_balanced on finance.journal_lines: ', 'one that calls another function is seen');

-- Guards of the parts, for whoever names a part.

create temp table part_guards as
select t.tgname::text as name, t.tgrelid::regclass::text as part, t.tgparentid <> 0 as is_clone
from pg_trigger t
where t.tgrelid in ('finance.journal_entries_part_1'::regclass, 'finance.journal_lines_part_1'::regclass) and not t.tgisinternal;
select bag_eq('select part, name from part_guards', $$values
  ('finance.journal_entries_part_1', 't10_forbid_change'), ('finance.journal_entries_part_1', 't10_forbid_row_change'),
  ('finance.journal_entries_part_1', 't10_forbid_tenant_change'), ('finance.journal_entries_part_1', 't20_assert_tenant'),
  ('finance.journal_entries_part_1', 't30_stamp_entry'), ('finance.journal_entries_part_1', 'journal_entry_has_lines'),
  ('finance.journal_lines_part_1', 't10_forbid_change'), ('finance.journal_lines_part_1', 't10_forbid_row_change'),
  ('finance.journal_lines_part_1', 't10_forbid_tenant_change'), ('finance.journal_lines_part_1', 't20_assert_tenant'),
  ('finance.journal_lines_part_1', 'journal_entry_balanced'), ('finance.journal_lines_part_1', 't50_derive_deltas'),
  ('finance.journal_lines_part_1', 't90_record_posting')$$, 'a part has every guard of the whole');
select is(
  (select array_agg(v.object order by v.object) from finance.v_double_entry_check v where v.check_name = 'part_guard'),
  (select array_agg(format('%s on %s', g.name, g.part) order by format('%s on %s', g.name, g.part)) from part_guards g),
  'and each is looked at');
select matches(pg_temp.seen(format('alter table %s disable trigger %s', g.part, g.name)),
  format('(^|\n)part_guard: %s on %s: The trigger is not ENABLE ALWAYS\.', g.name, g.part), format('%s of %s disabled is seen', g.name, g.part))
from part_guards g order by g.part, g.name;
select matches(pg_temp.seen(format('drop trigger %s on %s', g.name, g.part)),
  format('(^|\n)part_guard: %s on %s: The trigger is missing: a partition that is named directly does not have it\.', g.name, g.part),
  format('%s of %s dropped is seen', g.name, g.part))
from part_guards g where not g.is_clone order by g.part, g.name;
select is(lint.attempt(format('drop trigger %s on %s', g.name, g.part)), '2BP01',
  format('%s of %s is not dropped but with that of the whole (2BP01)', g.name, g.part))
from part_guards g where g.is_clone order by g.part, g.name;
select is(pg_temp.seen('alter table finance.journal_lines_part_1 enable trigger journal_entry_balanced'),
  'part_guard: journal_entry_balanced on finance.journal_lines_part_1: The trigger is not ENABLE ALWAYS.',
  'a guard of a part that is enabled but not always is seen');
select matches(pg_temp.seen(format($$
  create or replace trigger journal_entry_balanced after insert on finance.journal_lines_part_1
    referencing new table as new_lines for each statement when (%s) execute function finance.%s();
  alter table finance.journal_lines_part_1 enable always trigger journal_entry_balanced;
$$, f.condition, f.routine)), '^part_guard: journal_entry_balanced on finance.journal_lines_part_1: ', f.what || ' is seen')
from (values
  ('a guard of a part made again with when (false)', 'false', 'assert_lines_balanced'),
  ('one that spares somebody more', 'not aibos.is_poster() and current_user <> ''mallory''', 'assert_lines_balanced'),
  ('one that calls another function', 'not aibos.is_poster()', 'derive_deltas')
) as f (what, condition, routine);
select matches(pg_temp.seen($$
  create or replace trigger t10_forbid_change before update or delete on finance.journal_lines_part_1
    for each statement execute function aibos.forbid_change();
  alter table finance.journal_lines_part_1 enable always trigger t10_forbid_change;
$$), '(^|\n)part_guard: t10_forbid_change on finance.journal_lines_part_1: ', 'one that lets TRUNCATE of the part pass is seen');

-- Functions.

select matches(pg_temp.seen(f.fault), 'guard: journal_entry_balanced on finance.journal_lines: ', f.what || ' is seen')
from (values
  ('a guard owned by the owner of the tables', 'alter function finance.assert_lines_balanced() owner to aibos_owner'),
  ('a guard that is stable', 'alter function finance.assert_lines_balanced() stable'),
  ('a guard that runs as its caller', 'alter function finance.assert_lines_balanced() security invoker'),
  ('a guard whose path is not pinned', 'alter function finance.assert_lines_balanced() reset search_path'),
  ('a guard with another path', 'alter function finance.assert_lines_balanced() set search_path = public, pg_catalog')
) as f (what, fault);
select is(pg_temp.seen(f.fault), format('routine_unchanged: %s: It is not what the installation left.', f.routine), f.what || ' is seen')
from (values
  ('a guard whose body was replaced', 'finance.assert_lines_balanced()', $$
    create or replace function finance.assert_lines_balanced() returns trigger language plpgsql volatile security definer
      set search_path = pg_catalog, pg_temp as 'begin return null; end'$$),
  ('a posting function whose body was replaced', 'finance.reverse_journal(uuid,date,text)', $$
    create or replace function finance.reverse_journal(p_entry_id uuid, p_entry_date date, p_reason text) returns uuid
      language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as 'begin return p_entry_id; end'$$),
  ('a leaf function whose body was replaced', 'finance.leaf_hash(uuid,uuid,bigint,timestamp with time zone,uuid,text)', $$
    create or replace function finance.leaf_hash(p_tenant_id uuid, p_id uuid, p_entry_no bigint, p_posted_at timestamptz,
      p_created_by uuid, p_payload text) returns bytea language sql immutable parallel safe return '\x00'::bytea$$),
  ('a guard that got a setting more', 'finance.record_posting()', 'alter function finance.record_posting() set row_security = off')
) as f (what, routine, fault);

-- Constraints and indexes.

select matches(pg_temp.seen(format('alter table finance.journal_lines drop constraint %I', name)),
  format('(^|\n)constraint: finance.journal_lines %s: The constraint is missing\.', name), format('%s dropped is seen', name))
from unnest(array['journal_lines_one_side_ck', 'journal_lines_tenant_id_journal_entry_id_line_no_pk']) as name;
select is(pg_temp.seen($$
  alter table finance.journal_lines drop constraint journal_lines_one_side_ck;
  alter table finance.journal_lines add constraint journal_lines_one_side_ck
    check (debit_cents >= 0 and credit_cents >= 0 and (debit_cents > 0) <> (credit_cents > 0)) not valid;
$$), E'constraint: finance.journal_lines journal_lines_one_side_ck: Rows may break it: it was never validated.\n'
  'constraint: finance.journal_lines_part_1 journal_lines_one_side_ck: Rows may break it: it was never validated.',
  'a constraint that was not validated is seen, in each part too');
select is(pg_temp.seen(f.fault), f.found, f.what || ' is seen')
from (values
  ('a part whose lines no longer refer to entries',
    'alter table finance.journal_lines_part_1 drop constraint journal_lines_part_1_journal_entry_id_fk',
    'part_key: journal_entry_id on finance.journal_lines_part_1: The foreign key is missing.'),
  ('one whose lines refer to something else', $$
    alter table finance.journal_lines_part_1 drop constraint journal_lines_part_1_journal_entry_id_fk;
    alter table finance.journal_lines_part_1 add constraint journal_lines_part_1_journal_entry_id_fk
      foreign key (tenant_id, journal_entry_id) references finance.audit_events (tenant_id, id)$$,
    'part_key: journal_entry_id on finance.journal_lines_part_1: The foreign key is missing.'),
  ('one whose accounts refer to entries instead', $$
    alter table finance.journal_lines_part_1 drop constraint journal_lines_part_1_journal_entry_id_fk;
    alter table finance.journal_lines_part_1 add constraint journal_lines_part_1_journal_entry_id_fk
      foreign key (tenant_id, fx_rate_id) references finance.journal_entries_part_1 (tenant_id, id)$$,
    'part_key: journal_entry_id on finance.journal_lines_part_1: The foreign key is missing.'),
  ('one whose key was not validated', $$
    alter table finance.journal_lines_part_1 drop constraint journal_lines_part_1_journal_entry_id_fk;
    alter table finance.journal_lines_part_1 add constraint journal_lines_part_1_journal_entry_id_fk
      foreign key (tenant_id, journal_entry_id) references finance.journal_entries_part_1 (tenant_id, id) not valid$$,
    E'constraint: finance.journal_lines_part_1 journal_lines_part_1_journal_entry_id_fk: Rows may break it: it was never validated.\n'
    'part_key: journal_entry_id on finance.journal_lines_part_1: The foreign key was never validated, or is not enforced.'),
  ('one whose key is switched off', $$
    do $do$
    declare t record;
    begin
      for t in select tgrelid::regclass as part, tgname from pg_trigger
        where tgconstraint = (select oid from pg_constraint where conname = 'journal_lines_part_1_journal_entry_id_fk')
      loop
        execute format('alter table %s disable trigger %I', t.part, t.tgname);
      end loop;
    end $do$ $$,
    'part_key: journal_entry_id on finance.journal_lines_part_1: The foreign key was never validated, or is not enforced.'),
  ('one whose lines are of another time than its entries', $$
    alter table finance.journal_lines detach partition finance.journal_lines_part_1;
    alter table finance.journal_lines attach partition finance.journal_lines_part_1
      for values from ('00000000-0000-0000-0000-000000000001') to (maxvalue)$$,
    'part_lines: finance.journal_lines_part_1: Its lines are not in the ledger, or of another time than its entries.')
) as f (what, fault, found);
select is(pg_temp.seen(format('alter table %1$s drop constraint %2$s', k.part, k.name)),
  format('part_key: %s on %s: The foreign key is missing.', k.key, k.part), k.name || ' dropped is seen')
from (
  select c.conrelid::regclass::text as part, c.conname as name, substring(c.conname from 'part_1_(.*)_fk') as key
  from pg_constraint c where c.conrelid in ('finance.journal_entries_part_1'::regclass, 'finance.journal_lines_part_1'::regclass) and c.contype = 'f'
) k order by k.name;
select is((select count(*) from finance.v_double_entry_check where check_name = 'part_key'), 6::bigint, 'a part has six of them');
select matches(pg_temp.seen('alter table finance.journal_lines detach partition finance.journal_lines_part_1'),
  '(^|\n)part_lines: finance.journal_lines_part_1: Its lines are not in the ledger, or of another time than its entries\.', 'one whose lines were detached is seen');
select is(pg_temp.seen(format('alter table finance.%s drop constraint %s', i.table_name, i.name)),
  format('unique_index: finance.%s: The index is missing.', i.name), i.name || ' dropped is seen')
from (values ('journal_reversals', 'journal_reversals_tenant_id_reverses_entry_id_pk'),
  ('journal_keys', 'journal_keys_tenant_id_idempotency_key_pk')) as i (table_name, name);
select is(pg_temp.seen($$
  alter table finance.journal_reversals drop constraint journal_reversals_tenant_id_reverses_entry_id_pk;
  create index journal_reversals_tenant_id_reverses_entry_id_pk on finance.journal_reversals (tenant_id, reverses_entry_id);
$$), 'unique_index: finance.journal_reversals_tenant_id_reverses_entry_id_pk: The index is not unique or not valid.',
  'an index that is no longer unique is seen');

-- The poster.

select matches(pg_temp.seen($$
  create function finance.side_door() returns void language sql security definer return null;
  alter function finance.side_door() owner to aibos_poster;
$$), 'posting_functions: finance.side_door\(\): aibos_poster owns a function that is not one of the posting functions\.',
  'one more function of the poster is seen');
select matches(pg_temp.seen(format('alter function %s %s', f.signature, f.change)),
  format('posting_functions: %s: It does not exist or is not owned by aibos_poster\.', f.name), format('%s that is %s is seen', f.name, f.what))
from (values
  ('post_journals', 'finance.post_journals(jsonb, text)', 'owner to aibos_owner', 'not the poster''s'),
  ('reverse_journal', 'finance.reverse_journal(uuid, date, text)', 'security invoker', 'run as its caller'),
  ('post_journal', 'finance.post_journal(uuid, date, text, uuid[], bigint[], bigint[], text[], text[], text, text)', 'reset search_path', 'without a pinned path')
) as f (name, signature, change, what);
select is(pg_temp.seen(format('create role lint_mallory; grant %I to lint_mallory', name)),
  format('nobody_is_poster: %s: Can become it: lint_mallory', name), format('a member of %s is seen', name))
from unnest(array['aibos_poster', 'aibos_guard']) as name;
select is(pg_temp.seen('alter role aibos_poster login'),
  'login_cannot_bypass: aibos_poster: It can act as: aibos_poster', 'a poster that can log in is seen');

-- Payments.

select is(pg_temp.seen(format('alter table %s disable trigger %s', t.table_name, t.name)),
  format('payment_guard: %s on %s: The trigger is not ENABLE ALWAYS.', t.name, t.table_name), format('%s of %s disabled is seen', t.name, t.table_name))
from (values ('finance.payments', 't30_stamp_payment'), ('finance.payments', 't90_record_event'),
  ('finance.payment_events', 't10_forbid_forgery'), ('finance.payment_approvals', 't30_stamp_approval'),
  ('finance.payment_approvers', 't50_bump_rules'), ('finance.approval_limits', 't50_bump_rules')) as t (table_name, name);
select matches(pg_temp.seen(f.fault), 'payment_guard: t30_stamp_payment on finance.payments: ', f.what || ' is seen')
from (values
  ('a status machine that runs as its caller', 'alter function finance.stamp_payment() security invoker'),
  ('a status machine that never fires', $$create or replace trigger t30_stamp_payment before insert or update on finance.payments
    for each row when (false) execute function finance.stamp_payment();
    alter table finance.payments enable always trigger t30_stamp_payment$$)
) as f (what, fault);
select is(pg_temp.seen($$insert into finance.payment_transitions values ('draft', 'approved', 'Short cut.')$$),
  'payment_transition: draft to approved: The step was added.', 'a step that was added is seen');
select is(pg_temp.seen($$delete from finance.payment_transitions where to_status = 'rejected' and from_status = 'submitted'$$),
  'payment_transition: submitted to rejected: The step is missing from finance.payment_transitions.', 'a step that was removed is seen');

-- Append-only.

select matches(pg_temp.seen(format('alter table finance.%I disable trigger t10_forbid_change', name)),
  format('append_only_trigger: t10_forbid_change on finance.%s: The trigger is not ENABLE ALWAYS\.', name),
  format('finance.%s that may be changed is seen', name))
from unnest(array['journal_entries', 'journal_lines', 'journal_keys', 'journal_reversals', 'journal_entries_part_1', 'journal_lines_part_1',
  'fx_rates', 'payment_events', 'payment_approvals', 'audit_events']) as name;
select is(pg_temp.seen('drop trigger t10_forbid_row_change on finance.journal_lines'),
  E'append_only_trigger: t10_forbid_row_change on finance.journal_lines: The trigger is missing.\n'
  'append_only_trigger: t10_forbid_row_change on finance.journal_lines_part_1: The trigger is missing.',
  'a dropped row trigger is seen, in each part too');
select matches(pg_temp.seen($$
  create or replace trigger t10_forbid_change before update or delete on finance.journal_lines
    for each statement execute function aibos.forbid_change();
  alter table finance.journal_lines enable always trigger t10_forbid_change;
$$), '^append_only_trigger: t10_forbid_change on finance.journal_lines: The trigger does not cover every event\.(\n|$)',
  'a trigger that lets TRUNCATE pass is seen');
select is(pg_temp.seen('grant update on finance.journal_lines to aibos_finance_role'),
  'append_only_grants: finance.journal_lines: Granted: UPDATE to aibos_finance_role', 'a grant of UPDATE is seen');
select is(pg_temp.seen('grant truncate on finance.journal_entries to public'),
  'append_only_grants: finance.journal_entries: Granted: TRUNCATE to PUBLIC', 'a grant of TRUNCATE to everybody is seen');
select is(pg_temp.seen('grant update (memo) on finance.journal_lines to aibos_finance_role'),
  'append_only_column_grants: finance.journal_lines: Granted: memo to aibos_finance_role', 'a grant of UPDATE on one column is seen');
select is(pg_temp.seen('grant delete on finance.journal_lines_part_1 to aibos_finance_role'),
  'append_only_grants: finance.journal_lines_part_1: Granted: DELETE to aibos_finance_role', 'a grant of DELETE on a part is seen');
select is(pg_temp.seen('grant update on finance.journal_keys to aibos_poster'),
  'append_only_grants: finance.journal_keys: Granted: UPDATE to aibos_poster', 'a poster that may change a claimed key is seen');

-- Owners.

select is(pg_temp.seen('alter table finance.journal_lines owner to aibos_migration'),
  'owner: finance.journal_lines: It belongs to aibos_migration.', 'a table that changed hands is seen');

-- Definitions that kept their names.

create function pg_temp.changed() returns text language sql stable as $$
  select string_agg(v.check_name || ' ' || v.object, ', ') from aibos.v_installation_check v where v.status <> 'PASS'
$$;
select is(pg_temp.changed(), null, 'everything is as the installation left it');
select isnt(lint.after(f.fault, 'select pg_temp.changed()'), 'nothing', f.what || ' is seen')
from (values
  ('an append-only trigger made again with when (false)', $$
    create or replace trigger t10_forbid_change before update or delete or truncate on finance.journal_lines
      for each statement when (false) execute function aibos.forbid_change();
    alter table finance.journal_lines enable always trigger t10_forbid_change$$),
  ('an append-only trigger for some columns alone', $$
    create or replace trigger t10_forbid_change before update of line_no or delete or truncate on finance.journal_lines
      for each statement execute function aibos.forbid_change();
    alter table finance.journal_lines enable always trigger t10_forbid_change$$),
  ('a check made again that checks less', $$
    alter table finance.journal_lines drop constraint journal_lines_one_side_ck;
    alter table finance.journal_lines add constraint journal_lines_one_side_ck check (true)$$),
  ('a foreign key made again without the tenant', $$
    alter table finance.journal_lines_part_1 drop constraint journal_lines_part_1_account_id_fk;
    alter table finance.accounts add constraint accounts_id_uq unique (id);
    alter table finance.journal_lines_part_1 add constraint journal_lines_part_1_account_id_fk foreign key (account_id) references finance.accounts (id)$$),
  ('a constraint of the headers dropped', 'alter table finance.journal_entries_part_1 drop constraint journal_entries_part_1_period_id_fk'),
  ('a limit of the amounts dropped', 'alter domain finance.minor_units drop constraint minor_units_ck'),
  ('a unique index made again over fewer rows', $$
    alter table finance.journal_reversals drop constraint journal_reversals_tenant_id_reverses_entry_id_pk;
    create unique index journal_reversals_tenant_id_reverses_entry_id_pk on finance.journal_reversals (tenant_id, reverses_entry_id) where false$$),
  ('a trigger that was added to the lines', $$
    create trigger t00_swallow before insert on finance.journal_lines for each row execute function
      pg_catalog.suppress_redundant_updates_trigger()$$),
  ('a trigger that was added to a part', $$
    create trigger t00_swallow before insert on finance.journal_lines_part_1 for each row execute function
      pg_catalog.suppress_redundant_updates_trigger()$$),
  ('a policy of a part that shows every tenant', 'alter policy tenant_isolation on finance.journal_lines_part_1 using (true)'),
  ('the key between lines and entries of a part dropped',
    'alter table finance.journal_lines_part_1 drop constraint journal_lines_part_1_journal_entry_id_fk'),
  ('the write guard of tenants made again with when (false)', $$
    create or replace trigger t20_assert_tenant before insert or update or delete or truncate on finance.journal_lines
      for each statement when (false) execute function aibos.assert_tenant_may_write();
    alter table finance.journal_lines enable always trigger t20_assert_tenant$$),
  ('an account that may be moved to another company', 'alter table finance.accounts disable trigger t10_forbid_rekey'),
  ('a change that is no longer recorded', 'alter table finance.accounts disable trigger t90_record_update'),
  ('a check view made again that finds nothing', $$
    create or replace view finance.v_journal_integrity with (security_invoker = true) as
    select e.tenant_id, e.id as journal_entry_id, e.entry_date::date, 0::numeric as lines, 'PASS'::text as status, ''::text as detail
    from finance.journal_entries e$$)
) as f (what, fault);

select is(pg_temp.failures(), null, 'nothing fails once all of it is undone');

select * from finish();
rollback;
