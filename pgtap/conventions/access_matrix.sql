-- The double entry of privileges: what each role may is declared here a second time, role by role, and compared with what the
-- catalog grants, in both directions. A change of sql/grants.sql is complete when it is made here as well.
begin;
select plan(16);

create temporary table declared (
  role_name text not null, kind text not null, privilege text not null, objects text not null, columns text
);

insert into declared (role_name, kind, privilege, objects, columns) values
  -- Services of the control plane: their own tables, configuration to read, nothing in finance.
  ('aibos_kernel_role', 'schema', 'USAGE', 'aibos config kernel', null),
  ('aibos_kernel_role', 'relation', 'SELECT', 'aibos.error_codes', null),
  ('aibos_kernel_role', 'relation', 'SELECT', 'config.currencies config.provider_profiles config.selection_rules config.settings', null),
  ('aibos_kernel_role', 'relation', 'SELECT', 'kernel.tenants kernel.users kernel.roles kernel.user_roles kernel.sessions kernel.routes', null),
  ('aibos_kernel_role', 'relation', 'INSERT', 'kernel.tenants kernel.users kernel.roles kernel.user_roles kernel.sessions kernel.routes', null),
  ('aibos_kernel_role', 'relation', 'UPDATE', 'kernel.tenants kernel.users kernel.roles kernel.user_roles kernel.sessions kernel.routes', null),
  ('aibos_kernel_role', 'relation', 'DELETE', 'kernel.tenants kernel.users kernel.roles kernel.user_roles kernel.sessions kernel.routes', null),
  ('aibos_kernel_role', 'routine', 'EXECUTE', 'aibos.current_tenant_id aibos.current_user_id aibos.current_actor aibos.uuid_v7 aibos.uuid_v7_from aibos.uuid_v7_time aibos.is_poster aibos.is_recorder aibos.is_fabric config.currency_exponent', null),

  -- Services of the data plane: the books, configuration to read, nothing in kernel. What is posted is only ever inserted.
  ('aibos_finance_role', 'schema', 'USAGE', 'aibos config finance', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'aibos.error_codes', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'config.currencies config.provider_profiles config.selection_rules config.settings', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'finance.companies finance.accounts finance.fiscal_periods finance.fx_rates', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'finance.period_closes finance.period_close_totals finance.v_period_close_drift finance.v_line_amounts finance.v_chart_of_accounts', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'finance.v_trial_balance finance.v_general_ledger finance.v_balance_sheet finance.v_profit_and_loss', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'finance.journal_entries finance.journal_lines finance.journal_drafts finance.journal_draft_lines', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'finance.journal_keys finance.journal_reversals', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'finance.journal_archives finance.journal_archive_companies finance.journal_restorations finance.v_archive_boundaries finance.v_archives_in_force', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'finance.balance_deltas finance.account_balances finance.account_limits finance.payments finance.payment_events', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'finance.document_metadata finance.v_posted_journals finance.v_account_balances finance.v_balance_drift finance.v_limit_drift', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'finance.v_journal_integrity finance.payment_approvals finance.payment_approvers finance.approval_limits finance.payment_transitions', null),
  ('aibos_finance_role', 'relation', 'SELECT', 'finance.audit_events',
    'tenant_id id occurred_at actor action object object_id reason request_id leaf_version leaf_hash'),
  ('aibos_finance_role', 'relation', 'INSERT', 'finance.accounts finance.document_metadata', null),
  ('aibos_finance_role', 'relation', 'INSERT', 'finance.companies',
    'tenant_id id code name functional_currency requires_base_amounts fx_source fx_gain_account_id fx_loss_account_id created_at updated_at'),
  ('aibos_finance_role', 'relation', 'INSERT', 'finance.journal_draft_lines',
    'tenant_id journal_draft_id line_no account_id currency debit_cents credit_cents memo'),
  ('aibos_finance_role', 'relation', 'INSERT', 'finance.fiscal_periods', 'tenant_id id company_id name starts_on ends_on fiscal_year_starts_on'),
  ('aibos_finance_role', 'relation', 'INSERT', 'finance.fx_rates', 'tenant_id id base_currency quote_currency rate source valid_from valid_to'),
  ('aibos_finance_role', 'relation', 'INSERT', 'finance.journal_entries',
    'tenant_id id company_id entry_date description reference idempotency_key reverses_entry_id'),
  ('aibos_finance_role', 'relation', 'INSERT', 'finance.journal_lines',
    'tenant_id journal_entry_id line_no account_id currency debit_cents credit_cents memo base_debit_cents base_credit_cents fx_rate_id fx_cross_rate_id'),
  ('aibos_finance_role', 'relation', 'INSERT', 'finance.journal_drafts', 'tenant_id id company_id entry_date description reference'),
  ('aibos_finance_role', 'relation', 'INSERT', 'finance.payments',
    'tenant_id id company_id payment_no currency amount_cents beneficiary_name beneficiary_account due_on reference category'),
  ('aibos_finance_role', 'relation', 'UPDATE', 'finance.document_metadata', null),
  ('aibos_finance_role', 'relation', 'UPDATE', 'finance.companies', 'code name requires_base_amounts fx_gain_account_id fx_loss_account_id'),
  ('aibos_finance_role', 'relation', 'UPDATE', 'finance.journal_draft_lines', 'journal_draft_id line_no account_id currency debit_cents credit_cents memo'),
  ('aibos_finance_role', 'relation', 'UPDATE', 'finance.account_limits', 'min_balance_cents max_balance_cents'),
  ('aibos_finance_role', 'relation', 'UPDATE', 'finance.accounts', 'code name parent_id is_active'),
  ('aibos_finance_role', 'relation', 'UPDATE', 'finance.journal_drafts', 'entry_date description reference'),
  ('aibos_finance_role', 'relation', 'UPDATE', 'finance.payments',
    'payment_no currency amount_cents beneficiary_name beneficiary_account due_on reference category'),
  ('aibos_finance_role', 'relation', 'DELETE', 'finance.document_metadata', null),
  ('aibos_finance_role', 'routine', 'EXECUTE', 'finance.bulk_post', null),
  ('aibos_finance_role', 'routine', 'EXECUTE', 'aibos.current_tenant_id aibos.current_user_id aibos.current_actor aibos.uuid_v7 aibos.uuid_v7_from aibos.uuid_v7_time aibos.is_poster', null),
  ('aibos_finance_role', 'routine', 'EXECUTE', 'aibos.is_recorder aibos.is_fabric aibos.netstring config.currency_exponent finance.post_journal', null),
  ('aibos_finance_role', 'routine', 'EXECUTE', 'finance.post_journals finance.reverse_journal finance.open_fiscal_year finance.leaf_line finance.leaf_payload', null),
  ('aibos_finance_role', 'routine', 'EXECUTE', 'finance.leaf_hash finance.is_line_sided finance.revalue finance.fx_rate_on finance.fx_rate_max_age', null),
  ('aibos_finance_role', 'routine', 'EXECUTE', 'finance.base_amount finance.trial_balance finance.account_balance finance.balance_sheet finance.profit_and_loss', null),
  ('aibos_finance_role', 'routine', 'EXECUTE', 'finance.movements_between finance.balances_as_of finance.statement_between finance.begin_close finance.close_period', null),
  ('aibos_finance_role', 'routine', 'EXECUTE', 'finance.submit_payment finance.approve_payment finance.reject_payment finance.release_payment finance.cancel_payment', null),
  ('aibos_finance_role', 'routine', 'EXECUTE', 'finance.settle_payment finance.correct_journal finance.approve_draft finance.discard_draft finance.remove_draft_lines', null),
  ('aibos_finance_role', 'routine', 'EXECUTE', 'finance.post_draft finance.assert_lines_present finance.is_archived finance.leaves_digest', null),

  -- Whoever only needs configuration.
  ('aibos_config_role', 'schema', 'USAGE', 'aibos config', null),
  ('aibos_config_role', 'relation', 'SELECT', 'aibos.error_codes', null),
  ('aibos_config_role', 'relation', 'SELECT', 'config.currencies config.provider_profiles config.selection_rules config.settings', null),
  ('aibos_config_role', 'routine', 'EXECUTE', 'aibos.current_tenant_id aibos.current_user_id aibos.current_actor aibos.uuid_v7 aibos.uuid_v7_from aibos.uuid_v7_time aibos.is_poster aibos.is_recorder aibos.is_fabric config.currency_exponent', null),

  -- Administrators of a tenant: both planes, still inside the tenant and bound by every guard.
  ('aibos_admin', 'schema', 'USAGE', 'aibos config kernel finance', null),
  ('aibos_admin', 'relation', 'SELECT', 'aibos.error_codes aibos.migrations_manifest aibos.capabilities aibos.guard_fingerprints', null),
  ('aibos_admin', 'relation', 'SELECT', 'aibos.installed_objects aibos.v_installation_check aibos.v_tenant_tables aibos.v_tenant_isolation_check aibos.v_schema_boundary_check aibos.v_application_roles aibos.v_login_check aibos.v_environment_check', null),
  ('aibos_admin', 'relation', 'SELECT', 'config.currencies config.provider_profiles config.selection_rules config.settings', null),
  ('aibos_admin', 'relation', 'SELECT', 'kernel.tenants kernel.users kernel.roles kernel.user_roles kernel.sessions kernel.routes kernel.audit_events', null),
  ('aibos_admin', 'relation', 'SELECT', 'kernel.v_tenant_isolation_check kernel.v_schema_boundary_check', null),
  ('aibos_admin', 'relation', 'SELECT', 'finance.companies finance.accounts finance.fiscal_periods finance.fx_rates', null),
  ('aibos_admin', 'relation', 'SELECT', 'finance.period_closes finance.period_close_totals finance.v_period_close_drift finance.v_line_amounts finance.v_chart_of_accounts', null),
  ('aibos_admin', 'relation', 'SELECT', 'finance.v_trial_balance finance.v_general_ledger finance.v_balance_sheet finance.v_profit_and_loss', null),
  ('aibos_admin', 'relation', 'SELECT', 'finance.journal_entries finance.journal_lines finance.journal_drafts finance.journal_draft_lines', null),
  ('aibos_admin', 'relation', 'SELECT', 'finance.journal_keys finance.journal_reversals finance.v_journal_parts', null),
  ('aibos_admin', 'relation', 'SELECT', 'finance.journal_archives finance.journal_archive_companies finance.journal_restorations finance.v_archive_boundaries finance.v_archives_in_force', null),
  ('aibos_admin', 'relation', 'SELECT', 'finance.balance_deltas finance.account_balances finance.account_limits finance.payments finance.payment_events', null),
  ('aibos_admin', 'relation', 'SELECT', 'finance.document_metadata finance.audit_events finance.v_posted_journals finance.v_account_balances finance.v_balance_drift', null),
  ('aibos_admin', 'relation', 'SELECT', 'finance.v_limit_drift finance.payment_approvals finance.payment_approvers finance.approval_limits finance.payment_transitions', null),
  ('aibos_admin', 'relation', 'SELECT', 'finance.v_journal_integrity finance.v_journal_leaf_check finance.v_double_entry_check finance.v_immutability_check', null),
  ('aibos_admin', 'relation', 'INSERT', 'kernel.tenants kernel.users kernel.roles kernel.user_roles kernel.sessions kernel.routes', null),
  ('aibos_admin', 'relation', 'INSERT', 'finance.accounts finance.document_metadata', null),
  ('aibos_admin', 'relation', 'INSERT', 'finance.companies',
    'tenant_id id code name functional_currency requires_base_amounts fx_source fx_gain_account_id fx_loss_account_id created_at updated_at requires_four_eyes'),
  ('aibos_admin', 'relation', 'INSERT', 'finance.journal_draft_lines',
    'tenant_id journal_draft_id line_no account_id currency debit_cents credit_cents memo'),
  ('aibos_admin', 'relation', 'INSERT', 'finance.fiscal_periods', 'tenant_id id company_id name starts_on ends_on fiscal_year_starts_on'),
  ('aibos_admin', 'relation', 'INSERT', 'finance.fx_rates', 'tenant_id id base_currency quote_currency rate source valid_from valid_to'),
  ('aibos_admin', 'relation', 'INSERT', 'finance.journal_entries',
    'tenant_id id company_id entry_date description reference idempotency_key reverses_entry_id'),
  ('aibos_admin', 'relation', 'INSERT', 'finance.journal_lines',
    'tenant_id journal_entry_id line_no account_id currency debit_cents credit_cents memo base_debit_cents base_credit_cents fx_rate_id fx_cross_rate_id'),
  ('aibos_admin', 'relation', 'INSERT', 'finance.journal_drafts', 'tenant_id id company_id entry_date description reference'),
  ('aibos_admin', 'relation', 'INSERT', 'finance.payments',
    'tenant_id id company_id payment_no currency amount_cents beneficiary_name beneficiary_account due_on reference category'),
  ('aibos_admin', 'relation', 'UPDATE', 'kernel.tenants kernel.users kernel.roles kernel.user_roles kernel.sessions kernel.routes', null),
  ('aibos_admin', 'relation', 'UPDATE', 'finance.document_metadata', null),
  ('aibos_admin', 'relation', 'UPDATE', 'finance.journal_draft_lines',
    'journal_draft_id line_no account_id currency debit_cents credit_cents memo'),
  ('aibos_admin', 'relation', 'UPDATE', 'finance.companies',
    'code name requires_base_amounts fx_source fx_gain_account_id fx_loss_account_id requires_four_eyes'),
  ('aibos_admin', 'relation', 'UPDATE', 'finance.account_limits', 'min_balance_cents max_balance_cents'),
  ('aibos_admin', 'relation', 'UPDATE', 'finance.accounts', 'code name parent_id is_active'),
  ('aibos_admin', 'relation', 'UPDATE', 'finance.journal_drafts', 'entry_date description reference'),
  ('aibos_admin', 'relation', 'UPDATE', 'finance.payments',
    'payment_no currency amount_cents beneficiary_name beneficiary_account due_on reference category'),
  ('aibos_admin', 'relation', 'INSERT', 'finance.payment_approvers', 'tenant_id company_id user_id role_name is_active'),
  ('aibos_admin', 'relation', 'INSERT', 'finance.approval_limits',
    'tenant_id company_id role_name currency approvals_required max_amount_cents is_active'),
  ('aibos_admin', 'relation', 'UPDATE', 'finance.payment_approvers', 'is_active'),
  ('aibos_admin', 'relation', 'UPDATE', 'finance.approval_limits', 'max_amount_cents is_active'),
  ('aibos_admin', 'relation', 'DELETE', 'kernel.tenants kernel.users kernel.roles kernel.user_roles kernel.sessions kernel.routes', null),
  ('aibos_admin', 'relation', 'DELETE', 'finance.document_metadata', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'finance.bulk_post', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'aibos.current_tenant_id aibos.current_user_id aibos.current_actor aibos.uuid_v7 aibos.uuid_v7_from aibos.uuid_v7_time aibos.is_poster', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'aibos.is_recorder aibos.is_fabric aibos.netstring aibos._can_become aibos.context_key_states aibos.context_readers aibos.routine_fingerprints', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'aibos.current_objects config.currency_exponent finance.post_journal finance.post_journals finance.reverse_journal', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'finance.open_fiscal_year finance.leaf_line finance.leaf_payload finance.leaf_hash finance.is_line_sided', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'finance.revalue finance.fx_rate_on finance.fx_rate_max_age finance.base_amount finance.trial_balance', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'finance.account_balance finance.balance_sheet finance.profit_and_loss finance.movements_between finance.balances_as_of', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'finance.statement_between finance.begin_close finance.close_period finance.reopen_period finance.submit_payment', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'finance.approve_payment finance.reject_payment finance.release_payment finance.cancel_payment finance.settle_payment', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'finance.correct_journal finance.approve_draft finance.discard_draft finance.remove_draft_lines finance.post_draft', null),
  ('aibos_admin', 'routine', 'EXECUTE', 'finance.assert_lines_present finance.is_archived finance.leaves_digest', null),

  -- Migrations: configuration, registering tenants, and the guarantees for tables of their own. No row of a tenant.
  ('aibos_migration', 'schema', 'USAGE', 'aibos config kernel finance', null),
  ('aibos_migration', 'relation', 'SELECT', 'aibos.error_codes aibos.migrations_manifest aibos.capabilities aibos.guard_fingerprints', null),
  ('aibos_migration', 'relation', 'SELECT', 'aibos.installed_objects aibos.v_installation_check aibos.v_tenant_tables aibos.v_tenant_isolation_check aibos.v_schema_boundary_check aibos.v_application_roles aibos.v_login_check aibos.v_environment_check', null),
  ('aibos_migration', 'relation', 'SELECT', 'kernel.v_tenant_isolation_check kernel.v_schema_boundary_check', null),
  ('aibos_migration', 'relation', 'SELECT', 'finance.v_double_entry_check finance.v_immutability_check finance.payment_transitions finance.v_journal_parts', null),
  ('aibos_migration', 'relation', 'SELECT', 'config.currencies config.provider_profiles config.selection_rules config.settings', null),
  ('aibos_migration', 'relation', 'INSERT', 'config.currencies config.provider_profiles config.selection_rules config.settings', null),
  ('aibos_migration', 'relation', 'UPDATE', 'config.currencies config.provider_profiles config.selection_rules config.settings', null),
  ('aibos_migration', 'routine', 'EXECUTE', 'aibos.current_tenant_id aibos.current_user_id aibos.current_actor aibos.uuid_v7 aibos.uuid_v7_from aibos.uuid_v7_time aibos.is_poster aibos.is_recorder aibos.is_fabric', null),
  ('aibos_migration', 'routine', 'EXECUTE', 'aibos.isolate_tenant aibos._set_policy aibos.append_only aibos.track', null),
  ('aibos_migration', 'routine', 'EXECUTE', 'aibos.assert_tenant_may_write aibos.forbid_tenant_change aibos.forbid_change aibos.forbid_truncate aibos.record_change', null),
  ('aibos_migration', 'routine', 'EXECUTE', 'aibos.register_tenant aibos._can_become aibos.context_key_states aibos.context_readers aibos.routine_fingerprints aibos.current_objects', null),
  ('aibos_migration', 'routine', 'EXECUTE', 'config.currency_exponent finance.fold_balances', null),
  -- Parts of the ledger come and go by these alone; what drops the tables of an archived one is for the owner.
  ('aibos_migration', 'routine', 'EXECUTE', 'finance.prepare_journal_part finance.open_journal_part finance.archive_journal_part finance.restore_journal_part finance.archived_parts', null),

  -- The monitor: what the checks say of all tenants, counts, never a row.
  ('aibos_monitor_role', 'schema', 'USAGE', 'aibos kernel finance', null),
  ('aibos_monitor_role', 'relation', 'SELECT', 'aibos.error_codes aibos.migrations_manifest aibos.capabilities aibos.guard_fingerprints', null),
  ('aibos_monitor_role', 'relation', 'SELECT', 'aibos.installed_objects aibos.v_installation_check aibos.v_tenant_tables aibos.v_tenant_isolation_check aibos.v_schema_boundary_check aibos.v_application_roles aibos.v_login_check aibos.v_environment_check', null),
  ('aibos_monitor_role', 'relation', 'SELECT', 'kernel.v_tenant_isolation_check kernel.v_schema_boundary_check kernel.v_governance_summary kernel.v_tenant_health', null),
  ('aibos_monitor_role', 'relation', 'SELECT', 'finance.v_double_entry_check finance.v_immutability_check finance.payment_transitions finance.v_journal_integrity_summary', null),
  ('aibos_monitor_role', 'relation', 'SELECT', 'finance.v_journal_parts', null),
  ('aibos_monitor_role', 'routine', 'EXECUTE', 'aibos._can_become aibos.context_key_states aibos.context_readers aibos.routine_fingerprints aibos.current_objects aibos.governance_summary aibos._count_rows_of_tenant', null),
  ('aibos_monitor_role', 'routine', 'EXECUTE', 'finance.journal_integrity_by_tenant finance.fold_balances finance.archived_parts aibos.uuid_v7_time', null),

  -- Auditors: everything of the tenant in context, to read.
  ('aibos_auditor_role', 'schema', 'USAGE', 'aibos config kernel finance', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'aibos.error_codes aibos.migrations_manifest aibos.capabilities aibos.guard_fingerprints', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'aibos.installed_objects aibos.v_installation_check aibos.v_tenant_tables aibos.v_tenant_isolation_check aibos.v_schema_boundary_check aibos.v_application_roles aibos.v_login_check aibos.v_environment_check', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'config.currencies config.provider_profiles config.selection_rules config.settings', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'kernel.audit_events kernel.v_tenant_isolation_check kernel.v_schema_boundary_check', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'finance.companies finance.accounts finance.fiscal_periods finance.fx_rates', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'finance.period_closes finance.period_close_totals finance.v_period_close_drift finance.v_line_amounts finance.v_chart_of_accounts', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'finance.v_trial_balance finance.v_general_ledger finance.v_balance_sheet finance.v_profit_and_loss', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'finance.journal_entries finance.journal_lines finance.journal_drafts finance.journal_draft_lines', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'finance.journal_keys finance.journal_reversals finance.v_journal_parts', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'finance.journal_archives finance.journal_archive_companies finance.journal_restorations finance.v_archive_boundaries finance.v_archives_in_force', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'finance.balance_deltas finance.account_balances finance.account_limits finance.payments finance.payment_events', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'finance.document_metadata finance.audit_events finance.v_posted_journals finance.v_account_balances finance.v_balance_drift', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'finance.v_limit_drift finance.payment_approvals finance.payment_approvers finance.approval_limits finance.payment_transitions', null),
  ('aibos_auditor_role', 'relation', 'SELECT', 'finance.v_journal_integrity finance.v_journal_leaf_check finance.v_double_entry_check finance.v_immutability_check', null),
  ('aibos_auditor_role', 'routine', 'EXECUTE', 'aibos.current_tenant_id aibos.current_user_id aibos.current_actor aibos.uuid_v7 aibos.uuid_v7_from aibos.uuid_v7_time aibos.is_poster aibos.is_recorder aibos.is_fabric aibos.netstring', null),
  ('aibos_auditor_role', 'routine', 'EXECUTE', 'aibos._can_become aibos.context_key_states aibos.context_readers aibos.routine_fingerprints aibos.current_objects config.currency_exponent', null),
  ('aibos_auditor_role', 'routine', 'EXECUTE', 'finance.trial_balance finance.account_balance finance.balance_sheet finance.profit_and_loss', null),
  ('aibos_auditor_role', 'routine', 'EXECUTE', 'finance.movements_between finance.balances_as_of finance.statement_between', null),
  ('aibos_auditor_role', 'routine', 'EXECUTE', 'finance.leaf_line finance.leaf_payload finance.leaf_hash', null),
  ('aibos_auditor_role', 'routine', 'EXECUTE', 'finance.assert_lines_present finance.is_archived finance.leaves_digest', null),
  ('aibos_auditor_role', 'routine', 'EXECUTE', 'finance.fx_rate_on finance.fx_rate_max_age finance.base_amount', null),

  -- The guards read every tenant table, add events and deltas, lock periods; nobody can become them.
  ('aibos_guard', 'schema', 'USAGE', 'aibos config kernel finance', null),
  ('aibos_guard', 'relation', 'SELECT', 'aibos.tenant_registry aibos.guard_fingerprints', null),
  ('aibos_guard', 'relation', 'SELECT', 'aibos.installed_objects aibos.v_installation_check aibos.v_tenant_tables aibos.v_tenant_isolation_check aibos.v_schema_boundary_check aibos.v_application_roles aibos.v_login_check aibos.v_environment_check', null),
  ('aibos_guard', 'relation', 'SELECT', 'kernel.tenants kernel.users kernel.roles kernel.user_roles kernel.sessions kernel.routes kernel.audit_events', null),
  ('aibos_guard', 'relation', 'SELECT', 'finance.companies finance.accounts finance.fiscal_periods finance.fx_rates finance.audit_events', null),
  ('aibos_guard', 'relation', 'SELECT', 'finance.journal_entries finance.journal_lines finance.journal_drafts finance.journal_draft_lines', null),
  ('aibos_guard', 'relation', 'SELECT', 'finance.balance_deltas finance.account_balances finance.account_limits finance.payments finance.payment_events', null),
  ('aibos_guard', 'relation', 'SELECT', 'finance.document_metadata finance.v_journal_integrity finance.v_double_entry_check finance.v_immutability_check finance.period_closes', null),
  ('aibos_guard', 'relation', 'SELECT', 'finance.period_close_totals finance.v_line_amounts finance.payment_approvals finance.payment_approvers finance.approval_limits', null),
  ('aibos_guard', 'relation', 'SELECT', 'finance.payment_transitions finance.journal_keys finance.journal_reversals finance.v_journal_parts', null),
  ('aibos_guard', 'relation', 'SELECT', 'finance.journal_archives finance.journal_archive_companies finance.journal_restorations finance.v_archive_boundaries finance.v_archives_in_force', null),
  ('aibos_guard', 'relation', 'SELECT', 'finance.v_account_balances finance.v_balance_drift finance.v_limit_drift finance.v_period_close_drift', null),
  -- The parts of the ledger there are at the installation: no other role is granted one.
  ('aibos_guard', 'relation', 'SELECT', 'finance.journal_entries_part_1 finance.journal_lines_part_1', null),
  ('aibos_guard', 'relation', 'INSERT', 'kernel.audit_events finance.audit_events finance.balance_deltas finance.account_limits finance.period_closes', null),
  ('aibos_guard', 'relation', 'INSERT', 'finance.period_close_totals finance.payment_events finance.journal_keys finance.journal_reversals', null),
  ('aibos_guard', 'relation', 'INSERT', 'finance.journal_archives finance.journal_archive_companies finance.journal_restorations', null),
  ('aibos_guard', 'relation', 'UPDATE', 'finance.account_limits', 'balance_cents'),
  ('aibos_guard', 'relation', 'UPDATE', 'finance.companies', 'approval_rules_revision'),
  ('aibos_guard', 'relation', 'UPDATE', 'finance.fiscal_periods', 'lock_token'),
  ('aibos_guard', 'relation', 'UPDATE', 'finance.companies', 'lock_token'),
  ('aibos_guard', 'relation', 'UPDATE', 'finance.journal_drafts', 'revision'),

  -- The posting functions read accounts and periods, insert what they post, lock periods; nobody can become their owner.
  ('aibos_poster', 'schema', 'USAGE', 'aibos config kernel finance', null),
  ('aibos_poster', 'relation', 'SELECT', 'aibos.tenant_registry finance.companies finance.accounts finance.fiscal_periods finance.account_limits', null),
  ('aibos_poster', 'relation', 'SELECT', 'finance.journal_entries finance.journal_lines finance.fx_rates', null),
  ('aibos_poster', 'relation', 'SELECT', 'finance.journal_keys finance.journal_reversals finance.period_closes finance.period_close_totals finance.v_line_amounts', null),
  ('aibos_poster', 'relation', 'SELECT', 'finance.journal_archives finance.journal_archive_companies finance.journal_restorations finance.v_archive_boundaries finance.v_archives_in_force', null),
  ('aibos_poster', 'relation', 'SELECT', 'finance.audit_events', 'tenant_id id action'),
  ('aibos_poster', 'relation', 'INSERT', 'finance.journal_entries finance.journal_lines finance.audit_events finance.balance_deltas finance.account_limits', null),
  ('aibos_poster', 'relation', 'INSERT', 'finance.journal_keys finance.journal_reversals', null),
  ('aibos_poster', 'relation', 'UPDATE', 'finance.account_limits', 'balance_cents'),
  ('aibos_poster', 'relation', 'INSERT', 'kernel.audit_events', null),
  ('aibos_poster', 'relation', 'SELECT', 'finance.journal_drafts finance.journal_draft_lines', null),
  ('aibos_poster', 'relation', 'UPDATE', 'finance.journal_drafts', 'status posted_entry_id'),
  ('aibos_poster', 'relation', 'UPDATE', 'finance.fiscal_periods', 'lock_token');

-- The owning roles call each other's routines; each routine is listed by pgtap/conventions/roles.sql under its owner.
insert into declared (role_name, kind, privilege, objects)
select o.role_name, 'routine', 'EXECUTE', r.full_name
from lint.routines r
cross join (values ('aibos_owner'), ('aibos_guard'), ('aibos_poster')) as o (role_name)
where r.owner <> o.role_name;

create temporary view matrix as
select d.role_name, d.kind, d.privilege, o.object, c.column_name
from declared d
cross join lateral string_to_table(d.objects, ' ') as o (object)
left join lateral string_to_table(d.columns, ' ') as c (column_name) on true;

create temporary view granted as
select case when p.grantee = 0 then 'PUBLIC' else pg_get_userbyid(p.grantee)::text end as role_name, p.kind,
  p.privilege_type as privilege, p.object, p.column_name
from lint.privileges p;

create temporary view too_much as
select role_name, kind, privilege, object, column_name from granted
except select role_name, kind, privilege, object, column_name from matrix;

create temporary view too_little as
select role_name, kind, privilege, object, column_name from matrix
except select role_name, kind, privilege, object, column_name from granted;

-- The comparison is first shown to see each kind of difference.

select is(lint.after('grant delete on finance.journal_lines to aibos_finance_role',
  $$select concat_ws(' ', role_name, privilege, object) from too_much$$),
  'aibos_finance_role DELETE finance.journal_lines', 'a privilege on a table that is not declared is seen');
select is(lint.after('grant update (posted_at) on finance.journal_entries to aibos_admin',
  $$select concat_ws(' ', role_name, privilege, object, column_name) from too_much$$),
  'aibos_admin UPDATE finance.journal_entries posted_at', 'a privilege on a column that is not declared is seen');
select is(lint.after('grant execute on function finance.lock_open_period(uuid, uuid, date) to aibos_finance_role',
  $$select concat_ws(' ', role_name, privilege, object) from too_much$$),
  'aibos_finance_role EXECUTE finance.lock_open_period', 'a function that is not declared is seen');
select is(lint.after('create function finance.lint_bad() returns int language sql return 1; grant execute on function finance.lint_bad() to public',
  $$select concat_ws(' ', role_name, privilege, object) from too_much where role_name = 'PUBLIC'$$),
  'PUBLIC EXECUTE finance.lint_bad', 'a privilege of PUBLIC is seen');
select is(lint.after('grant create on schema finance to aibos_migration',
  $$select concat_ws(' ', role_name, privilege, object) from too_much$$),
  'aibos_migration CREATE finance', 'a privilege on a schema that is not declared is seen');
select is(lint.after('grant usage on sequence aibos.pgmigrations_id_seq to aibos_finance_role',
  $$select concat_ws(' ', role_name, privilege, object) from too_much$$),
  'aibos_finance_role USAGE aibos.pgmigrations_id_seq', 'a privilege on a sequence is seen');
select is(lint.after('create role proofs_stranger; grant select on kernel.users to proofs_stranger',
  $$select concat_ws(' ', role_name, privilege, object) from too_much$$),
  'proofs_stranger SELECT kernel.users', 'a privilege of a role that is none of ours is seen');
select is(lint.after('revoke select on finance.accounts from aibos_auditor_role',
  $$select concat_ws(' ', role_name, privilege, object) from too_little$$),
  'aibos_auditor_role SELECT finance.accounts', 'a declared privilege that is not granted is seen');

select is_empty('select role_name, privilege, object, column_name from too_much order by 1, 3, 4, 2',
  'nobody holds a privilege that is not declared here');
select is_empty('select role_name, privilege, object, column_name from too_little order by 1, 3, 4, 2',
  'every privilege declared here is granted');

-- Parts of the ledger, also those opened later: the guards read them, everyone else goes through the whole.
create temporary view parts as
select i.inhrelid::regclass::text as name
from pg_inherits i where i.inhparent in ('finance.journal_entries'::regclass, 'finance.journal_lines'::regclass);
select cmp_ok((select count(*) from parts), '>=', 2::bigint, 'the ledger has parts');
select is_empty($$select role_name, privilege, object from granted where object in (select name from parts)
    and not (role_name = 'aibos_guard' and privilege = 'SELECT')$$,
  'no part of the ledger is granted to anyone who could name it');

select is(lint.after('grant select on finance.accounts to aibos_admin with grant option',
  'select object || $$ $$ || problem from lint.grant_options'),
  'SELECT on finance.accounts may be passed on by aibos_admin', 'a privilege that may be passed on is seen');
select is_empty('select object, problem from lint.grant_options', 'no privilege may be passed on');

-- A function made later must not be open to everyone: the default is revoked once for each role that creates functions.
select bag_eq(
  $$select pg_get_userbyid(d.defaclrole)::text from pg_default_acl d
    where d.defaclobjtype = 'f' and d.defaclnamespace = 0
      and not exists (select from aclexplode(d.defaclacl) x where x.grantee = 0)$$,
  $$values ('aibos_owner'), ('aibos_guard'), ('aibos_poster'), ('aibos_migration')$$,
  'a function that any of our roles makes later is not executable by PUBLIC');
set local role aibos_migration;
create schema proofs_later;
create function proofs_later.made_later() returns integer language sql return 1;
reset role;
select is(has_function_privilege('aibos_config_role', 'proofs_later.made_later()', 'execute'), false,
  'a function that a migration makes is closed until it is granted');

select * from finish();
rollback;
