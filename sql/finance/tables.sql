-- Guarantee: every table of the data plane is isolated by tenant; what may change leaves an event, what may not is
--   append-only.
-- How: the engine calls for each table. Posted entries and lines are not tracked: their rows are the record, and each
--   posting leaves one event with the hash of its content.
-- Raises: IB212
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
alter table finance.accounts enable always trigger t10_forbid_rekey;
alter table finance.companies enable always trigger t10_forbid_rekey;
alter table finance.fiscal_periods enable always trigger t10_forbid_rekey;
