-- Guarantee: every role has exactly the rights of the access matrix, on tables, columns, functions and schemas.
-- How: takes everything away from the run-time roles and gives back what is listed here; nothing is inherited by default.
-- Raises: nothing
-- Proved by: pgtap/conventions/access_matrix.sql

do $clear$
declare
  run_time_roles constant text :=
    'aibos_kernel_role, aibos_finance_role, aibos_config_role, aibos_admin, aibos_migration, aibos_monitor_role, aibos_auditor_role';
  schema_name text;
  routine regprocedure;
  kind text;
begin
  for schema_name in
    select n.nspname from pg_namespace n where n.nspname in ('aibos', 'kernel', 'config', 'finance')
  loop
    execute format('revoke all on schema %I from public, %s', schema_name, run_time_roles);
    execute format('revoke all on all tables in schema %I from public, %s', schema_name, run_time_roles);
    execute format('revoke all on all sequences in schema %I from public, %s', schema_name, run_time_roles);
    execute format('grant usage on schema %I to aibos_guard, aibos_poster', schema_name);
  end loop;
  for routine, kind in
    select p.oid::regprocedure, case p.prokind when 'p' then 'procedure' else 'function' end
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('aibos', 'kernel', 'config', 'finance')
      and not exists (
        select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
      )
    order by 1
  loop
    execute format('revoke all on %s %s from public, %s', kind, routine, run_time_roles);
    execute format('grant execute on %s %s to aibos_guard, aibos_poster, aibos_owner', kind, routine);
  end loop;
end
$clear$;

grant usage on schema aibos to
  aibos_kernel_role, aibos_finance_role, aibos_config_role, aibos_admin, aibos_migration, aibos_monitor_role, aibos_auditor_role;
-- The conditions of triggers ask the is_ functions, with the rights of whoever writes.
grant execute on function aibos.current_tenant_id(), aibos.current_user_id(), aibos.current_actor(), aibos.uuid_v7(),
  aibos.uuid_v7_from(timestamptz), aibos.uuid_v7_time(uuid),
  aibos.is_poster(), aibos.is_recorder(), aibos.is_fabric()
  to aibos_kernel_role, aibos_finance_role, aibos_config_role, aibos_admin, aibos_migration, aibos_auditor_role;
grant select on aibos.error_codes to
  aibos_kernel_role, aibos_finance_role, aibos_config_role, aibos_admin, aibos_migration, aibos_monitor_role, aibos_auditor_role;
grant select on aibos.migrations_manifest, aibos.capabilities to aibos_admin, aibos_migration, aibos_monitor_role, aibos_auditor_role;
grant select on aibos.guard_fingerprints, aibos.installed_objects, aibos.v_installation_check, aibos.v_tenant_tables, aibos.v_tenant_isolation_check, aibos.v_schema_boundary_check,
  aibos.v_application_roles, aibos.v_login_check, aibos.v_environment_check
  to aibos_admin, aibos_migration, aibos_monitor_role, aibos_auditor_role, aibos_guard;
grant execute on function aibos._can_become(oid, oid), aibos.routine_fingerprints(), aibos.current_objects(), aibos.context_key_states(), aibos.context_readers()
  to aibos_admin, aibos_migration, aibos_monitor_role, aibos_auditor_role;
grant execute on function aibos.uuid_v7_time(uuid) to aibos_monitor_role;
-- Its counts span tenants.
grant execute on function aibos.governance_summary() to aibos_monitor_role;

-- A migration login makes schemas and tables of its own and puts the guarantees on them. It cannot create in ours: a function
-- of its own beside one of the ledger's could be called in its place, with the rights of the poster.
grant execute on procedure
  aibos.isolate_tenant(regclass, name, name[], boolean), aibos._set_policy(regclass, name, text, text, text, text, text),
  aibos.append_only(regclass), aibos.track(regclass, name, boolean)
  to aibos_migration;
grant execute on function
  aibos.assert_tenant_may_write(), aibos.forbid_tenant_change(), aibos.forbid_change(), aibos.forbid_truncate(),
  aibos.record_change(), aibos.register_tenant(uuid, text, text, text)
  to aibos_migration;

grant usage on schema config to
  aibos_kernel_role, aibos_finance_role, aibos_config_role, aibos_admin, aibos_migration, aibos_auditor_role;
grant select on config.currencies, config.provider_profiles, config.selection_rules, config.settings to
  aibos_kernel_role, aibos_finance_role, aibos_config_role, aibos_admin, aibos_migration, aibos_auditor_role;
grant insert, update on config.currencies, config.provider_profiles, config.selection_rules, config.settings to aibos_migration;
grant execute on function config.currency_exponent(text) to
  aibos_kernel_role, aibos_finance_role, aibos_config_role, aibos_admin, aibos_migration, aibos_auditor_role;

do $planes$
begin
  if to_regnamespace('kernel') is not null then
    grant usage on schema kernel to aibos_kernel_role, aibos_admin, aibos_monitor_role, aibos_auditor_role;
    grant usage on schema kernel to aibos_migration;
    grant select, insert, update, delete on kernel.tenants, kernel.users, kernel.roles, kernel.user_roles, kernel.sessions,
      kernel.routes to aibos_kernel_role, aibos_admin;
    grant select on kernel.audit_events to aibos_admin, aibos_auditor_role;
    grant select on kernel.v_tenant_isolation_check, kernel.v_schema_boundary_check
      to aibos_admin, aibos_migration, aibos_monitor_role, aibos_auditor_role;
    grant select on kernel.v_governance_summary, kernel.v_tenant_health to aibos_monitor_role;
    grant execute on function aibos._count_rows_of_tenant(text, uuid) to aibos_monitor_role;
  end if;

  if to_regnamespace('finance') is not null then
    grant usage on schema finance to aibos_finance_role, aibos_admin, aibos_monitor_role, aibos_auditor_role;
    grant usage on schema finance to aibos_migration;
    grant select on finance.companies, finance.accounts, finance.fiscal_periods, finance.fx_rates, finance.journal_entries,
      finance.journal_lines, finance.journal_drafts, finance.journal_draft_lines, finance.balance_deltas,
      finance.account_balances, finance.account_limits, finance.payments, finance.payment_events, finance.payment_approvals,
      finance.payment_approvers, finance.approval_limits, finance.payment_transitions, finance.document_metadata,
      finance.journal_keys, finance.journal_reversals, finance.journal_archives, finance.journal_archive_companies,
      finance.journal_restorations, finance.v_archives_in_force, finance.v_archive_boundaries,
      finance.v_posted_journals, finance.v_account_balances, finance.v_balance_drift, finance.v_limit_drift, finance.period_closes,
      finance.period_close_totals, finance.v_period_close_drift, finance.v_line_amounts, finance.v_chart_of_accounts, finance.v_trial_balance,
      finance.v_general_ledger, finance.v_balance_sheet, finance.v_profit_and_loss
      to aibos_finance_role, aibos_admin, aibos_auditor_role;
    grant select on finance.audit_events, finance.v_journal_integrity, finance.v_journal_leaf_check
      to aibos_admin, aibos_auditor_role;
    grant select on finance.v_journal_integrity to aibos_finance_role, aibos_guard;
    grant select on finance.v_line_amounts, finance.v_archives_in_force, finance.v_archive_boundaries, finance.v_account_balances, finance.v_balance_drift,
      finance.v_limit_drift, finance.v_period_close_drift to aibos_guard;
    grant select on finance.v_line_amounts, finance.v_archives_in_force, finance.v_archive_boundaries to aibos_poster;
    -- The event that proves a posting is visible to the tenant itself, without the before and after of others' changes.
    grant select (tenant_id, id, occurred_at, actor, action, object, object_id, reason, request_id, leaf_version, leaf_hash)
      on finance.audit_events to aibos_finance_role;
    grant select on finance.v_double_entry_check, finance.v_immutability_check, finance.payment_transitions, finance.v_journal_parts
      to aibos_admin, aibos_migration, aibos_monitor_role, aibos_auditor_role, aibos_guard;
    grant select on finance.v_journal_integrity_summary to aibos_monitor_role;
    grant execute on function finance.journal_integrity_by_tenant() to aibos_monitor_role;

    -- A check of the lines calls it, with the rights of whoever writes.
    grant execute on function finance.is_line_sided(bigint, bigint, bigint, bigint, uuid, uuid)
      to aibos_finance_role, aibos_admin;

    -- UPDATE or DELETE on a whole table allows LOCK TABLE, which would stop every tenant. On the tables that postings need,
    -- the application has neither: it updates columns, sets accounts inactive, and periods change by function alone.
    grant insert (tenant_id, id, code, name, functional_currency, requires_base_amounts, fx_source,
        fx_gain_account_id, fx_loss_account_id, created_at, updated_at),
      update (code, name, requires_base_amounts, fx_gain_account_id, fx_loss_account_id)
      on finance.companies to aibos_finance_role, aibos_admin;
    -- Whoever posts does not decide whether a second pair of eyes is needed, nor whose rates count.
    grant insert (requires_four_eyes), update (requires_four_eyes, fx_source) on finance.companies to aibos_admin;
    grant insert, update (code, name, parent_id, is_active) on finance.accounts to aibos_finance_role, aibos_admin;
    grant update (min_balance_cents, max_balance_cents) on finance.account_limits to aibos_finance_role, aibos_admin;
    grant execute on function finance.fold_balances(integer) to aibos_monitor_role, aibos_migration;
    -- Parts of the ledger come and go by these functions alone. What drops the tables of an archived one is for the owner.
    grant execute on function finance.prepare_journal_part(), finance.open_journal_part(timestamptz), finance.archive_journal_part(integer, text),
      finance.restore_journal_part(integer, text), finance.archived_parts()
      to aibos_migration;
    grant execute on function finance.archived_parts() to aibos_monitor_role;
    grant insert, update, delete on finance.document_metadata to aibos_finance_role, aibos_admin;
    grant insert (tenant_id, id, company_id, name, starts_on, ends_on, fiscal_year_starts_on) on finance.fiscal_periods
      to aibos_finance_role, aibos_admin;
    grant insert (tenant_id, id, base_currency, quote_currency, rate, source, valid_from, valid_to) on finance.fx_rates
      to aibos_finance_role, aibos_admin;
    grant insert (tenant_id, id, company_id, entry_date, description, reference, idempotency_key, reverses_entry_id)
      on finance.journal_entries to aibos_finance_role, aibos_admin;
    grant insert (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo,
        base_debit_cents, base_credit_cents, fx_rate_id, fx_cross_rate_id)
      on finance.journal_lines to aibos_finance_role, aibos_admin;
    -- Status, approval and settlement change by function alone.
    grant insert (tenant_id, id, company_id, entry_date, description, reference), update (entry_date, description, reference)
      on finance.journal_drafts to aibos_finance_role, aibos_admin;
    grant insert (tenant_id, journal_draft_id, line_no, account_id, currency, debit_cents, credit_cents, memo),
      update (journal_draft_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
      on finance.journal_draft_lines to aibos_finance_role, aibos_admin;
    -- A payment is never deleted: its trail hangs on it. Who may approve is no business of the application.
    grant insert (tenant_id, id, company_id, payment_no, currency, amount_cents, beneficiary_name, beneficiary_account, due_on,
        reference, category),
      update (payment_no, currency, amount_cents, beneficiary_name, beneficiary_account, due_on, reference, category)
      on finance.payments to aibos_finance_role, aibos_admin;
    grant insert (tenant_id, company_id, user_id, role_name, is_active), update (is_active)
      on finance.payment_approvers to aibos_admin;
    grant insert (tenant_id, company_id, role_name, currency, approvals_required, max_amount_cents, is_active),
      update (max_amount_cents, is_active) on finance.approval_limits to aibos_admin;
    grant execute on function finance.submit_payment(uuid), finance.approve_payment(uuid, integer),
      finance.reject_payment(uuid, text), finance.release_payment(uuid), finance.cancel_payment(uuid, text),
      finance.settle_payment(uuid, date, uuid, uuid)
      to aibos_finance_role, aibos_admin;

    grant execute on function
      finance.post_journal(uuid, date, text, uuid[], bigint[], bigint[], text[], text[], text, text),
      finance.post_journals(jsonb, text),
      finance.bulk_post(uuid, date[], text[], text[], text[], integer[], uuid[], text[], bigint[], bigint[], text[]),
      finance.reverse_journal(uuid, date, text), finance.open_fiscal_year(uuid, date),
      finance.revalue(uuid, uuid), finance.begin_close(uuid), finance.close_period(uuid, text),
      finance.correct_journal(uuid, date, text, jsonb), finance.approve_draft(uuid, integer),
      finance.discard_draft(uuid, text), finance.remove_draft_lines(uuid, integer[]), finance.post_draft(uuid, integer)
      to aibos_finance_role, aibos_admin;
    -- Whoever posts must not be able to undo a close: reopening is for administrators.
    grant execute on function finance.reopen_period(uuid, text) to aibos_admin;
    grant execute on function
      finance.fx_rate_on(text, text, date, text), finance.fx_rate_max_age(), finance.base_amount(bigint, numeric, integer, integer),
      finance.assert_lines_present(uuid, uuid, date, date), finance.is_archived(uuid, uuid), finance.leaves_digest(uuid, uuid, uuid),
      finance.movements_between(uuid, uuid, date, date, timestamptz), finance.balances_as_of(uuid, uuid, date, timestamptz, uuid),
      finance.statement_between(uuid, text[], date, date, timestamptz), finance.trial_balance(uuid, date, timestamptz),
      finance.account_balance(uuid, date, timestamptz), finance.balance_sheet(uuid, date, timestamptz),
      finance.profit_and_loss(uuid, date, date, timestamptz)
      to aibos_finance_role, aibos_admin, aibos_auditor_role;
    grant execute on function aibos.netstring(text),
      finance.leaf_line(integer, uuid, text, bigint, bigint, text, bigint, bigint, uuid, uuid),
      finance.leaf_payload(uuid, date, text, text, text, text, uuid, text),
      finance.leaf_hash(uuid, uuid, bigint, timestamptz, uuid, text)
      to aibos_finance_role, aibos_admin, aibos_auditor_role;
  end if;
end
$planes$;
