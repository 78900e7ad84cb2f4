begin;
set local client_min_messages = error;
select plan(16);

select is_empty($$select c.check_name, c.object, c.detail from aibos.v_installation_check c where c.status <> 'PASS'$$,
  'everything is as the installation left it');
select is(array(select distinct c.check_name from aibos.v_installation_check c order by 1),
  array['constraint', 'default', 'grants', 'index', 'policy', 'schema', 'table', 'trigger'], 'eight kinds of objects are looked at');

select is(lint.after(f.fault, $$select string_agg(c.check_name || ' ' || c.object || ': ' || c.detail, '; ' order by c.check_name, c.object)
    from aibos.v_installation_check c where c.status = 'FAIL'$$), f.found, f.promise)
from (values
  (1, 'alter table finance.accounts disable trigger t90_record_update',
    'trigger t90_record_update on finance.accounts: It is not what the installation left.', 'a disabled trigger shows'),
  (2, 'drop trigger t90_record_delete on kernel.users',
    'trigger t90_record_delete on kernel.users: It was dropped.', 'a dropped trigger shows'),
  (3, 'create trigger mine after insert on finance.accounts for each statement execute function aibos.forbid_change()',
    'trigger mine on finance.accounts: It was made after the installation.', 'a new trigger shows'),
  (4, 'alter policy record on finance.audit_events to aibos_guard',
    'policy record on finance.audit_events: It is not what the installation left.', 'a policy for other roles shows'),
  (5, 'alter table finance.journal_lines drop constraint journal_lines_one_side_ck',
    'constraint journal_lines_one_side_ck on finance.journal_lines: It was dropped.; '
    'constraint journal_lines_one_side_ck on finance.journal_lines_part_1: It was dropped.', 'a dropped constraint shows, in each part of the table'),
  (6, 'alter table finance.journal_lines_part_1 drop constraint journal_lines_part_1_journal_entry_id_fk',
    'constraint journal_lines_part_1_journal_entry_id_fk on finance.journal_lines_part_1: It was dropped.', 'so does one of a part alone'),
  (7, 'drop index finance.accounts_tenant_id_company_id_parent_id_idx',
    'index finance.accounts_tenant_id_company_id_parent_id_idx: It was dropped.', 'a dropped index shows'),
  (8, 'drop index finance.journal_entries_company_id_tenant_id_entry_date_idx',
    'index finance.journal_entries_company_id_tenant_id_entry_date_idx: It was dropped.; '
    'index finance.journal_entries_part_1_company_id_tenant_id_entry_date_idx: It was dropped.', 'in each part of the table too'),
  (9, 'alter table finance.journal_reversals drop constraint journal_reversals_tenant_id_reverses_entry_id_pk',
    'constraint journal_reversals_tenant_id_reverses_entry_id_pk on finance.journal_reversals: It was dropped.; '
    'index finance.journal_reversals_tenant_id_reverses_entry_id_pk: It was dropped.', 'and a unique one with its constraint'),
  (10, 'alter table finance.accounts no force row level security',
    'table finance.accounts: It is not what the installation left.', 'a table that is no longer forced shows'),
  (11, 'grant update (memo) on finance.journal_lines to aibos_finance_role',
    'grants finance.journal_lines: It is not what the installation left.', 'a right on one column shows'),
  (12, 'create role proofs_reader; grant select on finance.journal_lines to proofs_reader', 'nothing',
    'a right to read for a role of your own is your business')
) as f (position, fault, found, promise)
order by f.position;

set local search_path = finance, aibos, kernel, config, pg_catalog, public, tap;
select is_empty($$select c.check_name, c.object, c.detail from aibos.v_installation_check c where c.status <> 'PASS'$$,
  'the search_path of who asks changes nothing');
select tests.act_as('monitor');
select isnt_empty('select 1 from aibos.v_installation_check', 'the monitor may look');

select * from finish();
rollback;
