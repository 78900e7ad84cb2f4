-- Guarantee: every table of the data plane is isolated by tenant; what may change leaves an event, what may not is
--   append-only.
-- How: the engine calls for each table. Posted entries and lines are not tracked: their rows are the record, and each
--   posting leaves one event with the hash of its content.
-- Raises: 23503, 23514, IB212
-- Proved by: pgtap/finance/tables.sql

alter table finance.companies alter column id set default aibos.uuid_v7();
alter table finance.accounts alter column id set default aibos.uuid_v7();
alter table finance.fiscal_periods alter column id set default aibos.uuid_v7();
alter table finance.fx_rates alter column id set default aibos.uuid_v7();
alter table finance.journal_entries alter column id set default aibos.uuid_v7();
alter table finance.journal_drafts alter column id set default aibos.uuid_v7();
alter table finance.balance_deltas alter column id set default aibos.uuid_v7();
alter table finance.payments alter column id set default aibos.uuid_v7();
alter table finance.payment_events alter column id set default aibos.uuid_v7();
alter table finance.document_metadata alter column id set default aibos.uuid_v7();
alter table finance.audit_events alter column id set default aibos.uuid_v7();
alter table finance.journal_drafts alter column created_by set default aibos.current_user_id();
alter table finance.journal_drafts alter column edited_by set default aibos.current_user_id();
alter table finance.journal_drafts alter column editors set default array[aibos.current_user_id()];
alter table finance.payments alter column created_by set default aibos.current_user_id();
alter table finance.document_metadata alter column created_by set default aibos.current_user_id();

call aibos.isolate_tenant('finance.companies');
call aibos.isolate_tenant('finance.accounts');
call aibos.isolate_tenant('finance.fiscal_periods');
call aibos.isolate_tenant('finance.fx_rates');
call aibos.isolate_tenant('finance.journal_entries');
call aibos.isolate_tenant('finance.journal_lines');
call aibos.isolate_tenant('finance.journal_drafts');
call aibos.isolate_tenant('finance.journal_draft_lines');
call aibos.isolate_tenant('finance.balance_deltas');
call aibos.isolate_tenant('finance.account_balances');
call aibos.isolate_tenant('finance.payments');
call aibos.isolate_tenant('finance.payment_events');
call aibos.isolate_tenant('finance.document_metadata');

call aibos._stamp('finance.companies');
call aibos._stamp('finance.accounts');
call aibos._stamp('finance.fiscal_periods');
call aibos._stamp('finance.journal_drafts');
call aibos._stamp('finance.journal_draft_lines');
call aibos._stamp('finance.account_balances');
call aibos._stamp('finance.payments');
call aibos._stamp('finance.document_metadata');

call aibos.track('finance.companies');
call aibos.track('finance.accounts');
call aibos.track('finance.fiscal_periods');
call aibos.track('finance.fx_rates');
call aibos.track('finance.journal_drafts');
call aibos.track('finance.journal_draft_lines');
call aibos.track('finance.payments');
call aibos.track('finance.document_metadata');

call aibos._protect_audit_log('finance');

create or replace function finance.assert_document_entry()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  if not exists (
    select from finance.audit_events a
    where a.tenant_id = new.tenant_id and a.id = new.journal_entry_id and a.action = 'journal.posted'
  ) then
    raise exception using
      errcode = '23503',
      message = format('document %s names an entry that does not exist', new.id),
      detail = format('Entry %s was not posted for this tenant.', new.journal_entry_id),
      hint = 'Pass the id of a posted entry of this tenant, or leave journal_entry_id out.',
      schema = tg_table_schema, table = tg_table_name, column = 'journal_entry_id',
      constraint = 'document_metadata_journal_entry_id_fk';
  end if;
  return null;
end
$function$;
alter function finance.assert_document_entry() owner to aibos_guard;
comment on function finance.assert_document_entry() is
  'Row trigger: raises 23503 unless a document names a posted entry, archived or not: its event is a posting. Definer, since it reads the audit log whatever the context says.';

create or replace trigger t40_assert_entry after insert or update of journal_entry_id on finance.document_metadata
  for each row when (new.journal_entry_id is not null) execute function finance.assert_document_entry();
alter table finance.document_metadata enable always trigger t40_assert_entry;

call aibos._set_policy('finance.companies', 'guard_lock', 'update', 'aibos_guard', 'true', 'false',
  'The guards lock every company and change none.');

create or replace trigger t40_assert_currency after insert or update of functional_currency on finance.companies
  for each row execute function config.assert_currency_known('functional_currency');
create or replace trigger t40_assert_currency after insert or update of currency on finance.accounts
  for each row execute function config.assert_currency_known('currency');
create or replace trigger t40_assert_currency after insert or update of currency on finance.payments
  for each row execute function config.assert_currency_known('currency');
alter table finance.companies enable always trigger t40_assert_currency;
alter table finance.accounts enable always trigger t40_assert_currency;
alter table finance.payments enable always trigger t40_assert_currency;

create or replace function finance.forbid_rekey()
returns trigger
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  raise exception using
    errcode = 'IB212',
    message = format('%s of %I.%I is fixed when the row is made', tg_argv[0], tg_table_schema, tg_table_name),
    detail = 'Posted entries rely on it.',
    hint = 'Make a new row instead, and set this one inactive where it can be.',
    schema = tg_table_schema, table = tg_table_name, constraint = 'key_unchanged';
end
$function$;
comment on function finance.forbid_rekey() is
  'Row trigger: raises IB212. Attached where a column that posted entries rely on is about to change.';

create or replace trigger t10_forbid_rekey before update of id, company_id, account_type, currency, keeps_balance, has_limit
  on finance.accounts
  for each row when (
    old.id is distinct from new.id or old.company_id is distinct from new.company_id
    or old.account_type is distinct from new.account_type or old.currency is distinct from new.currency
    or old.keeps_balance is distinct from new.keeps_balance or old.has_limit is distinct from new.has_limit
  ) execute function finance.forbid_rekey('id, company_id, account_type, currency, keeps_balance or has_limit');
create or replace trigger t10_forbid_rekey before update of id, functional_currency on finance.companies
  for each row when (old.id is distinct from new.id or old.functional_currency is distinct from new.functional_currency)
  execute function finance.forbid_rekey('id or functional_currency');
create or replace trigger t10_forbid_rekey before update of id, company_id, starts_on, ends_on on finance.fiscal_periods
  for each row when (
    old.id is distinct from new.id or old.company_id is distinct from new.company_id
    or old.starts_on is distinct from new.starts_on or old.ends_on is distinct from new.ends_on
  ) execute function finance.forbid_rekey('id, company_id, starts_on or ends_on');
create or replace trigger t10_forbid_lifting before update of requires_base_amounts on finance.companies
  for each row when (old.requires_base_amounts and new.requires_base_amounts is not true)
  execute function finance.forbid_rekey('requires_base_amounts, once true,');
alter table finance.accounts enable always trigger t10_forbid_rekey;
alter table finance.companies enable always trigger t10_forbid_rekey;
alter table finance.companies enable always trigger t10_forbid_lifting;
alter table finance.fiscal_periods enable always trigger t10_forbid_rekey;

create or replace function finance.assert_fx_accounts()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  wrong record;
begin
  select a.code, a.account_type into wrong
  from finance.accounts a
  where a.tenant_id = new.tenant_id and a.id in (new.fx_gain_account_id, new.fx_loss_account_id)
    and a.account_type not in ('income', 'expense')
  order by a.code
  limit 1;
  if found then
    raise exception using
      errcode = '23514',
      message = format('exchange differences of company %s cannot go to account %s', new.id, wrong.code),
      detail = format('It is an account of type %s.', wrong.account_type),
      hint = 'Name accounts of type income or expense; one account may take gains and losses.',
      schema = tg_table_schema, table = tg_table_name, constraint = 'companies_fx_accounts_ck';
  end if;
  return null;
end
$function$;
alter function finance.assert_fx_accounts() owner to aibos_guard;
comment on function finance.assert_fx_accounts() is
  'Row trigger: raises 23514 unless the accounts for exchange gains and losses are of type income or expense, which never changes. Definer, since it reads accounts whatever the context says.';

create or replace trigger t40_assert_fx_accounts after insert or update of fx_gain_account_id, fx_loss_account_id
  on finance.companies
  for each row when (num_nonnulls(new.fx_gain_account_id, new.fx_loss_account_id) > 0)
  execute function finance.assert_fx_accounts();
alter table finance.companies enable always trigger t40_assert_fx_accounts;
