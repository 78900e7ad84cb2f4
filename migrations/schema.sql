-- The installed result, read from the catalog by scripts/dump-schema.ts: never edited, never run.
-- A function shows as its signature and the SHA-256 of its body; what differs by major of the server is left out.
-- role aibos_admin: nologin
-- role aibos_auditor_role: nologin
-- role aibos_config_role: nologin
-- role aibos_finance_role: nologin
-- role aibos_guard: nologin
-- role aibos_kernel_role: nologin
-- role aibos_migration: nologin
-- role aibos_monitor_role: nologin
-- role aibos_owner: nologin
-- role aibos_poster: nologin
create schema aibos authorization aibos_owner;
grant usage on schema aibos to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_monitor_role, aibos_poster;
create schema config authorization aibos_owner;
grant usage on schema config to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_poster;
create schema finance authorization aibos_owner;
grant usage on schema finance to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_migration, aibos_monitor_role, aibos_poster;
create schema kernel authorization aibos_owner;
grant usage on schema kernel to aibos_admin, aibos_auditor_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_monitor_role, aibos_poster;
create extension btree_gist with schema aibos;
alter default privileges for role aibos_guard -- f: nothing to anyone
alter default privileges for role aibos_migration -- f: nothing to anyone
alter default privileges for role aibos_owner -- f: nothing to anyone
alter default privileges for role aibos_poster -- f: nothing to anyone
create domain aibos.audit_action as text constraint audit_action_ck CHECK ((VALUE ~ '^[a-z]+(\.[a-z_]+)*$'::text));
alter domain aibos.audit_action owner to aibos_owner;
create domain aibos.sha256_hash as bytea constraint sha256_hash_ck CHECK ((octet_length(VALUE) = 32));
alter domain aibos.sha256_hash owner to aibos_owner;
create domain finance.accounting_date as date constraint accounting_date_ck CHECK (((VALUE >= '1900-01-01'::date) AND (VALUE <= '9999-12-31'::date)));
alter domain finance.accounting_date owner to aibos_owner;
create domain finance.entry_description as text constraint entry_description_ck CHECK (((btrim(VALUE) <> ''::text) AND (length(VALUE) <= 2000)));
alter domain finance.entry_description owner to aibos_owner;
create domain finance.entry_number as bigint constraint entry_number_ck CHECK ((VALUE > 0));
alter domain finance.entry_number owner to aibos_owner;
create domain finance.entry_reference as text constraint entry_reference_ck CHECK ((length(VALUE) <= 255));
alter domain finance.entry_reference owner to aibos_owner;
create domain finance.entry_type as text constraint entry_type_ck CHECK ((VALUE = ANY (ARRAY['standard'::text, 'reversal'::text, 'opening'::text, 'closing'::text, 'revaluation'::text])));
alter domain finance.entry_type owner to aibos_owner;
create domain finance.idempotency_key as text constraint idempotency_key_ck CHECK (((btrim(VALUE) <> ''::text) AND (length(VALUE) <= 255)));
alter domain finance.idempotency_key owner to aibos_owner;
create domain finance.line_memo as text constraint line_memo_ck CHECK ((length(VALUE) <= 2000));
alter domain finance.line_memo owner to aibos_owner;
create domain finance.minor_units as bigint constraint minor_units_ck CHECK (((VALUE >= 0) AND (VALUE <= '100000000000000000'::bigint)));
alter domain finance.minor_units owner to aibos_owner;
create type finance.posted_arrays as (
  entry_ids uuid[],
  outcomes text[]
);
alter type finance.posted_arrays owner to aibos_owner;
create sequence aibos.pgmigrations_id_seq;
alter sequence aibos.pgmigrations_id_seq owner to aibos_owner;
create table aibos.capabilities (
  name text not null,
  is_present boolean not null,
  detail text not null,
  costs_without text not null,
  probed_at timestamp with time zone default clock_timestamp() not null
);
alter table aibos.capabilities owner to aibos_owner;
alter table aibos.capabilities add constraint capabilities_name_pk PRIMARY KEY (name);
grant select on aibos.capabilities to aibos_admin, aibos_auditor_role, aibos_migration, aibos_monitor_role;
create table aibos.context_keys (
  key_id text not null,
  inner_pad bytea,
  outer_pad bytea,
  clock_skew_seconds integer not null,
  max_lifetime_seconds integer not null,
  installed_at timestamp with time zone default clock_timestamp() not null,
  installed_by text default SESSION_USER not null,
  retired_at timestamp with time zone,
  retired_by text
);
alter table aibos.context_keys owner to aibos_owner;
alter table aibos.context_keys add constraint context_keys_clock_skew_seconds_ck CHECK (((clock_skew_seconds >= 0) AND (clock_skew_seconds <= 300)));
alter table aibos.context_keys add constraint context_keys_key_id_ck CHECK ((key_id ~ '^[a-z0-9]{8}$'::text));
alter table aibos.context_keys add constraint context_keys_key_id_pk PRIMARY KEY (key_id);
alter table aibos.context_keys add constraint context_keys_max_lifetime_seconds_ck CHECK (((max_lifetime_seconds >= 5) AND (max_lifetime_seconds <= 86400)));
alter table aibos.context_keys add constraint context_keys_pads_ck CHECK (
CASE
    WHEN (retired_at IS NULL) THEN COALESCE(((length(inner_pad) = 64) AND (length(outer_pad) = 64)), false)
    ELSE ((inner_pad IS NULL) AND (outer_pad IS NULL))
END);
alter table aibos.context_keys add constraint context_keys_retired_ck CHECK (((retired_at IS NULL) = (retired_by IS NULL)));
alter table aibos.context_keys enable row level security, force row level security;
create policy keeper on aibos.context_keys as permissive for all to aibos_owner using (true) with check (true);
create table aibos.error_codes (
  code text not null,
  name text not null,
  meaning text not null,
  next_step text not null,
  raised_by text not null
);
alter table aibos.error_codes owner to aibos_owner;
alter table aibos.error_codes add constraint error_codes_code_ck CHECK (((code ~ '^(IB[0-9]{3}|42501|23514|23505)$'::text) AND (code <> 'IB000'::text)));
alter table aibos.error_codes add constraint error_codes_code_pk PRIMARY KEY (code);
alter table aibos.error_codes add constraint error_codes_name_uq UNIQUE (name);
alter table aibos.error_codes add constraint error_codes_raised_by_ck CHECK ((raised_by = ANY (ARRAY['sql'::text, 'driver'::text])));
grant select on aibos.error_codes to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_kernel_role, aibos_migration, aibos_monitor_role;
create table aibos.guard_fingerprints (
  routine text not null,
  sha256 text not null
);
alter table aibos.guard_fingerprints owner to aibos_owner;
alter table aibos.guard_fingerprints add constraint guard_fingerprints_routine_pk PRIMARY KEY (routine);
alter table aibos.guard_fingerprints add constraint guard_fingerprints_sha256_ck CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text));
grant select on aibos.guard_fingerprints to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create table aibos.installed_objects (
  kind text not null,
  object text not null,
  sha256 text not null
);
alter table aibos.installed_objects owner to aibos_owner;
alter table aibos.installed_objects add constraint installed_objects_key_pk PRIMARY KEY (kind, object);
alter table aibos.installed_objects add constraint installed_objects_sha256_ck CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text));
grant select on aibos.installed_objects to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create table aibos.migrations_manifest (
  name text not null,
  sha256 text not null,
  actor text default SESSION_USER not null,
  reason text not null,
  applied_at timestamp with time zone default clock_timestamp() not null
);
alter table aibos.migrations_manifest owner to aibos_owner;
alter table aibos.migrations_manifest add constraint migrations_manifest_name_pk PRIMARY KEY (name);
alter table aibos.migrations_manifest add constraint migrations_manifest_sha256_ck CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text));
grant select on aibos.migrations_manifest to aibos_admin, aibos_auditor_role, aibos_migration, aibos_monitor_role;
create table aibos.pgmigrations (
  id integer default nextval('aibos.pgmigrations_id_seq'::regclass) not null,
  name character varying(255) not null,
  run_on timestamp without time zone not null
);
alter table aibos.pgmigrations owner to aibos_owner;
alter table aibos.pgmigrations add constraint pgmigrations_id_pk PRIMARY KEY (id);
create table aibos.tenant_registry (
  tenant_id uuid not null,
  slug text not null,
  status text default 'active'::text not null,
  region text,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table aibos.tenant_registry owner to aibos_owner;
alter table aibos.tenant_registry add constraint tenant_registry_slug_ck CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text));
alter table aibos.tenant_registry add constraint tenant_registry_slug_uq UNIQUE (slug);
alter table aibos.tenant_registry add constraint tenant_registry_status_ck CHECK ((status = ANY (ARRAY['active'::text, 'suspended'::text, 'closed'::text])));
alter table aibos.tenant_registry add constraint tenant_registry_tenant_id_ck CHECK ((tenant_id <> '00000000-0000-0000-0000-000000000000'::uuid));
alter table aibos.tenant_registry add constraint tenant_registry_tenant_id_pk PRIMARY KEY (tenant_id);
alter table aibos.tenant_registry enable row level security, force row level security;
create policy guard_read on aibos.tenant_registry as permissive for select to aibos_guard using (true);
create policy posting on aibos.tenant_registry as permissive for select to aibos_poster using (true);
create policy registrar on aibos.tenant_registry as permissive for all to aibos_owner using (true) with check (true);
create policy tenant_isolation on aibos.tenant_registry as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON aibos.tenant_registry FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON aibos.tenant_registry FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON aibos.tenant_registry FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write('any_status'); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON aibos.tenant_registry FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t90_record_delete AFTER DELETE ON aibos.tenant_registry REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{}', 'any_status'); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON aibos.tenant_registry REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{}', 'any_status'); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON aibos.tenant_registry REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{}', 'any_status'); -- enable always
grant select on aibos.tenant_registry to aibos_guard, aibos_poster;
create table config.currencies (
  code text not null,
  name text not null,
  exponent smallint not null,
  kind text default 'iso4217'::text not null,
  is_active boolean default true not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table config.currencies owner to aibos_owner;
alter table config.currencies add constraint currencies_code_ck CHECK ((code ~ '^[A-Z][A-Z0-9]{1,11}$'::text));
alter table config.currencies add constraint currencies_code_pk PRIMARY KEY (code);
alter table config.currencies add constraint currencies_exponent_ck CHECK (((exponent >= 0) AND (exponent <= 8)));
alter table config.currencies add constraint currencies_kind_ck CHECK ((kind = ANY (ARRAY['iso4217'::text, 'commodity'::text])));
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON config.currencies FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON config.currencies FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t90_record_delete AFTER DELETE ON config.currencies REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{code}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON config.currencies REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{code}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON config.currencies REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{code}', ''); -- enable always
grant insert, select, update on config.currencies to aibos_migration;
grant select on config.currencies to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_kernel_role;
create table config.provider_profiles (
  code text not null,
  name text not null,
  provider text not null,
  adapter text not null,
  max_connections integer,
  regions text[] default '{}'::text[] not null,
  capabilities jsonb default '{}'::jsonb not null,
  is_active boolean default true not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table config.provider_profiles owner to aibos_owner;
alter table config.provider_profiles add constraint provider_profiles_capabilities_ck CHECK ((jsonb_typeof(capabilities) = 'object'::text));
alter table config.provider_profiles add constraint provider_profiles_code_ck CHECK ((code ~ '^[a-z0-9][a-z0-9-]*$'::text));
alter table config.provider_profiles add constraint provider_profiles_code_pk PRIMARY KEY (code);
alter table config.provider_profiles add constraint provider_profiles_max_connections_ck CHECK ((max_connections > 0));
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON config.provider_profiles FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON config.provider_profiles FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t90_record_delete AFTER DELETE ON config.provider_profiles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{code}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON config.provider_profiles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{code}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON config.provider_profiles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{code}', ''); -- enable always
grant insert, select, update on config.provider_profiles to aibos_migration;
grant select on config.provider_profiles to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_kernel_role;
create table config.selection_rules (
  id uuid default aibos.uuid_v7() not null,
  priority integer not null,
  profile_code text not null,
  condition jsonb default '{}'::jsonb not null,
  explanation text not null,
  is_active boolean default true not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table config.selection_rules owner to aibos_owner;
alter table config.selection_rules add constraint selection_rules_condition_ck CHECK ((jsonb_typeof(condition) = 'object'::text));
alter table config.selection_rules add constraint selection_rules_id_pk PRIMARY KEY (id);
alter table config.selection_rules add constraint selection_rules_priority_uq UNIQUE (priority);
alter table config.selection_rules add constraint selection_rules_profile_code_fk FOREIGN KEY (profile_code) REFERENCES config.provider_profiles(code);
CREATE INDEX selection_rules_profile_code_idx ON config.selection_rules USING btree (profile_code);
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON config.selection_rules FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON config.selection_rules FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t90_record_delete AFTER DELETE ON config.selection_rules REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON config.selection_rules REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON config.selection_rules REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{id}', ''); -- enable always
grant insert, select, update on config.selection_rules to aibos_migration;
grant select on config.selection_rules to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_kernel_role;
create table config.settings (
  key text not null,
  value jsonb not null,
  description text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table config.settings owner to aibos_owner;
alter table config.settings add constraint settings_key_ck CHECK ((key ~ '^[a-z]+(\.[a-z_]+)*$'::text));
alter table config.settings add constraint settings_key_pk PRIMARY KEY (key);
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON config.settings FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON config.settings FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t90_record_delete AFTER DELETE ON config.settings REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{key}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON config.settings REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{key}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON config.settings REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', '', '{key}', ''); -- enable always
grant insert, select, update on config.settings to aibos_migration;
grant select on config.settings to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_kernel_role;
create table finance.account_balances (
  tenant_id uuid not null,
  account_id uuid not null,
  period_id uuid not null,
  currency text not null,
  debit_cents numeric(38,0) default 0 not null,
  credit_cents numeric(38,0) default 0 not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table finance.account_balances owner to aibos_owner;
alter table finance.account_balances add constraint account_balances_account_id_fk FOREIGN KEY (tenant_id, account_id) REFERENCES finance.accounts(tenant_id, id);
alter table finance.account_balances add constraint account_balances_amount_ck CHECK (((debit_cents >= (0)::numeric) AND (credit_cents >= (0)::numeric)));
alter table finance.account_balances add constraint account_balances_key_pk PRIMARY KEY (tenant_id, account_id, currency, period_id);
alter table finance.account_balances add constraint account_balances_period_id_fk FOREIGN KEY (tenant_id, period_id) REFERENCES finance.fiscal_periods(tenant_id, id);
alter table finance.account_balances enable row level security, force row level security;
create policy folding on finance.account_balances as permissive for all to aibos_owner using (true) with check (true);
create policy guard_read on finance.account_balances as permissive for select to aibos_guard using (true);
create policy tenant_isolation on finance.account_balances as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.account_balances FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.account_balances FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.account_balances FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
grant select on finance.account_balances to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard;
create table finance.account_limits (
  tenant_id uuid not null,
  account_id uuid not null,
  balance_cents numeric(38,0) default 0 not null,
  min_balance_cents numeric(38,0),
  max_balance_cents numeric(38,0),
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table finance.account_limits owner to aibos_owner;
alter table finance.account_limits add constraint account_limits_account_id_fk FOREIGN KEY (tenant_id, account_id) REFERENCES finance.accounts(tenant_id, id);
alter table finance.account_limits add constraint account_limits_balance_ck CHECK (((balance_cents >= min_balance_cents) AND (balance_cents <= max_balance_cents)));
alter table finance.account_limits add constraint account_limits_order_ck CHECK ((min_balance_cents <= max_balance_cents));
alter table finance.account_limits add constraint account_limits_tenant_id_account_id_pk PRIMARY KEY (tenant_id, account_id);
alter table finance.account_limits enable row level security, force row level security;
create policy guard_read on finance.account_limits as permissive for select to aibos_guard using (true);
create policy posting on finance.account_limits as permissive for all to aibos_guard, aibos_poster using (true) with check (true);
create policy tenant_isolation on finance.account_limits as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.account_limits FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.account_limits FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.account_limits FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t90_record_limit AFTER UPDATE ON finance.account_limits FOR EACH ROW WHEN (((old.min_balance_cents IS DISTINCT FROM new.min_balance_cents) OR (old.max_balance_cents IS DISTINCT FROM new.max_balance_cents))) EXECUTE FUNCTION finance.record_limit(); -- enable always
grant insert, select, update (balance_cents) on finance.account_limits to aibos_guard, aibos_poster;
grant select on finance.account_limits to aibos_auditor_role;
grant select, update (max_balance_cents, min_balance_cents) on finance.account_limits to aibos_admin, aibos_finance_role;
create table finance.accounts (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  company_id uuid not null,
  code text not null,
  name text not null,
  account_type text not null,
  currency text,
  parent_id uuid,
  is_active boolean default true not null,
  keeps_balance boolean default false not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  is_monetary boolean default true not null,
  has_limit boolean default false not null
);
alter table finance.accounts owner to aibos_owner;
alter table finance.accounts add constraint accounts_account_type_ck CHECK ((account_type = ANY (ARRAY['asset'::text, 'liability'::text, 'equity'::text, 'income'::text, 'expense'::text])));
alter table finance.accounts add constraint accounts_code_ck CHECK (((btrim(code) <> ''::text) AND (length(code) <= 255)));
alter table finance.accounts add constraint accounts_company_id_fk FOREIGN KEY (tenant_id, company_id) REFERENCES finance.companies(tenant_id, id);
alter table finance.accounts add constraint accounts_company_key_uq UNIQUE (tenant_id, company_id, id);
alter table finance.accounts add constraint accounts_currency_ck CHECK ((currency ~ '^[A-Z][A-Z0-9]{1,11}$'::text));
alter table finance.accounts add constraint accounts_has_limit_ck CHECK (((NOT has_limit) OR (currency IS NOT NULL)));
alter table finance.accounts add constraint accounts_name_ck CHECK ((btrim(name) <> ''::text));
alter table finance.accounts add constraint accounts_parent_id_ck CHECK ((parent_id <> id));
alter table finance.accounts add constraint accounts_parent_id_fk FOREIGN KEY (tenant_id, company_id, parent_id) REFERENCES finance.accounts(tenant_id, company_id, id);
alter table finance.accounts add constraint accounts_tenant_id_company_id_code_uq UNIQUE (tenant_id, company_id, code);
alter table finance.accounts add constraint accounts_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
CREATE INDEX accounts_tenant_id_company_id_parent_id_idx ON finance.accounts USING btree (tenant_id, company_id, parent_id) WHERE (parent_id IS NOT NULL);
alter table finance.accounts enable row level security, force row level security;
create policy guard_read on finance.accounts as permissive for select to aibos_guard using (true);
create policy posting on finance.accounts as permissive for select to aibos_poster using (true);
create policy tenant_isolation on finance.accounts as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_rekey BEFORE UPDATE OF id, company_id, account_type, currency, keeps_balance, has_limit ON finance.accounts FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.company_id IS DISTINCT FROM new.company_id) OR (old.account_type IS DISTINCT FROM new.account_type) OR (old.currency IS DISTINCT FROM new.currency) OR (old.keeps_balance IS DISTINCT FROM new.keeps_balance) OR (old.has_limit IS DISTINCT FROM new.has_limit))) EXECUTE FUNCTION finance.forbid_rekey('id, company_id, account_type, currency, keeps_balance or has_limit'); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.accounts FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON finance.accounts FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.accounts FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.accounts FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t40_assert_chart_is_tree AFTER INSERT OR UPDATE OF parent_id, company_id, id ON finance.accounts FOR EACH ROW WHEN ((new.parent_id IS NOT NULL)) EXECUTE FUNCTION finance.assert_chart_is_tree(); -- enable always
CREATE TRIGGER t40_assert_currency AFTER INSERT OR UPDATE OF currency ON finance.accounts FOR EACH ROW EXECUTE FUNCTION config.assert_currency_known('currency'); -- enable always
CREATE TRIGGER t50_derive_limit AFTER INSERT ON finance.accounts FOR EACH ROW WHEN (new.has_limit) EXECUTE FUNCTION finance.derive_limit(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON finance.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON finance.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON finance.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
grant insert, select, update (code, is_active, name, parent_id) on finance.accounts to aibos_admin, aibos_finance_role;
grant select on finance.accounts to aibos_auditor_role, aibos_guard, aibos_poster;
create table finance.approval_limits (
  tenant_id uuid not null,
  company_id uuid not null,
  role_name text not null,
  currency text not null,
  approvals_required smallint default 1 not null,
  max_amount_cents bigint not null,
  is_active boolean default true not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table finance.approval_limits owner to aibos_owner;
alter table finance.approval_limits add constraint approval_limits_approvals_required_ck CHECK ((approvals_required = ANY (ARRAY[1, 2])));
alter table finance.approval_limits add constraint approval_limits_company_id_fk FOREIGN KEY (tenant_id, company_id) REFERENCES finance.companies(tenant_id, id);
alter table finance.approval_limits add constraint approval_limits_currency_ck CHECK ((currency ~ '^[A-Z][A-Z0-9]{1,11}$'::text));
alter table finance.approval_limits add constraint approval_limits_max_amount_cents_ck CHECK (((max_amount_cents > 0) AND (max_amount_cents <= '100000000000000000'::bigint)));
alter table finance.approval_limits add constraint approval_limits_role_name_ck CHECK ((btrim(role_name) <> ''::text));
alter table finance.approval_limits add constraint approval_limits_tenant_id_company_id_role_name_currency_pk PRIMARY KEY (tenant_id, company_id, role_name, currency, approvals_required);
alter table finance.approval_limits enable row level security, force row level security;
create policy guard_read on finance.approval_limits as permissive for select to aibos_guard using (true);
create policy tenant_isolation on finance.approval_limits as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_rekey BEFORE UPDATE OF company_id, role_name, currency, approvals_required ON finance.approval_limits FOR EACH ROW WHEN (((old.company_id IS DISTINCT FROM new.company_id) OR (old.role_name IS DISTINCT FROM new.role_name) OR (old.currency IS DISTINCT FROM new.currency) OR (old.approvals_required IS DISTINCT FROM new.approvals_required))) EXECUTE FUNCTION finance.forbid_rekey('company_id, role_name, currency or approvals_required'); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.approval_limits FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON finance.approval_limits FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.approval_limits FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.approval_limits FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t40_assert_currency AFTER INSERT OR UPDATE OF currency ON finance.approval_limits FOR EACH ROW EXECUTE FUNCTION config.assert_currency_known('currency'); -- enable always
CREATE TRIGGER t50_bump_rules AFTER INSERT OR DELETE OR UPDATE ON finance.approval_limits FOR EACH ROW EXECUTE FUNCTION finance.bump_approval_rules(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON finance.approval_limits REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{company_id,role_name,currency,approvals_required}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON finance.approval_limits REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{company_id,role_name,currency,approvals_required}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON finance.approval_limits REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{company_id,role_name,currency,approvals_required}', ''); -- enable always
grant insert (approvals_required, company_id, currency, is_active, max_amount_cents, role_name, tenant_id), select, update (is_active, max_amount_cents) on finance.approval_limits to aibos_admin;
grant select on finance.approval_limits to aibos_auditor_role, aibos_finance_role, aibos_guard;
create table finance.audit_events (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  occurred_at timestamp with time zone default clock_timestamp() not null,
  actor uuid,
  session_role text default SESSION_USER not null,
  action aibos.audit_action not null,
  object text not null,
  object_id text,
  before jsonb,
  after jsonb,
  reason text,
  request_id text,
  transaction_id xid8 default pg_current_xact_id() not null,
  backend_pid integer default pg_backend_pid() not null,
  leaf_version smallint,
  leaf_hash aibos.sha256_hash
);
alter table finance.audit_events owner to aibos_owner;
alter table finance.audit_events add constraint audit_events_leaf_ck CHECK (((leaf_version IS NULL) = (leaf_hash IS NULL)));
alter table finance.audit_events add constraint audit_events_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
CREATE INDEX audit_events_occurred_at_idx ON finance.audit_events USING brin (occurred_at);
alter table finance.audit_events enable row level security, force row level security;
create policy guard_read on finance.audit_events as permissive for select to aibos_guard using (true);
create policy posting on finance.audit_events as permissive for select to aibos_poster using (true);
create policy record on finance.audit_events as permissive for insert to aibos_guard, aibos_poster with check (true);
create policy tenant_isolation on finance.audit_events as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.audit_events FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_forgery BEFORE INSERT ON finance.audit_events FOR EACH ROW WHEN ((NOT aibos.is_recorder())) EXECUTE FUNCTION aibos.forbid_forgery(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.audit_events FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.audit_events FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.audit_events FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert, select (action, id, tenant_id) on finance.audit_events to aibos_poster;
grant insert, select on finance.audit_events to aibos_guard;
grant select (action, actor, id, leaf_hash, leaf_version, object, object_id, occurred_at, reason, request_id, tenant_id) on finance.audit_events to aibos_finance_role;
grant select on finance.audit_events to aibos_admin, aibos_auditor_role;
create table finance.balance_deltas (
  tenant_id uuid not null,
  account_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  period_id uuid not null,
  currency text not null,
  debit_cents numeric(38,0) not null,
  credit_cents numeric(38,0) not null,
  created_at timestamp with time zone default now() not null
);
alter table finance.balance_deltas owner to aibos_owner;
alter table finance.balance_deltas add constraint balance_deltas_tenant_id_account_id_id_pk PRIMARY KEY (tenant_id, account_id, id);
alter table finance.balance_deltas enable row level security, force row level security;
create policy folding on finance.balance_deltas as permissive for all to aibos_owner using (true) with check (true);
create policy guard_read on finance.balance_deltas as permissive for select to aibos_guard using (true);
create policy posting on finance.balance_deltas as permissive for insert to aibos_guard, aibos_poster with check (true);
create policy tenant_isolation on finance.balance_deltas as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.balance_deltas FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.balance_deltas FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert on finance.balance_deltas to aibos_poster;
grant insert, select on finance.balance_deltas to aibos_guard;
grant select on finance.balance_deltas to aibos_admin, aibos_auditor_role, aibos_finance_role;
create table finance.companies (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  code text not null,
  name text not null,
  functional_currency text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  requires_base_amounts boolean default false not null,
  requires_four_eyes boolean default false not null,
  fx_source text,
  fx_gain_account_id uuid,
  fx_loss_account_id uuid,
  lock_token smallint default 0 not null,
  approval_rules_revision integer default 0 not null
);
alter table finance.companies owner to aibos_owner;
alter table finance.companies add constraint companies_code_ck CHECK (((btrim(code) <> ''::text) AND (length(code) <= 64)));
alter table finance.companies add constraint companies_functional_currency_ck CHECK ((functional_currency ~ '^[A-Z][A-Z0-9]{1,11}$'::text));
alter table finance.companies add constraint companies_fx_gain_account_id_fk FOREIGN KEY (tenant_id, id, fx_gain_account_id) REFERENCES finance.accounts(tenant_id, company_id, id);
alter table finance.companies add constraint companies_fx_loss_account_id_fk FOREIGN KEY (tenant_id, id, fx_loss_account_id) REFERENCES finance.accounts(tenant_id, company_id, id);
alter table finance.companies add constraint companies_fx_source_ck CHECK ((btrim(fx_source) <> ''::text));
alter table finance.companies add constraint companies_lock_token_ck CHECK ((lock_token = 0));
alter table finance.companies add constraint companies_name_ck CHECK ((btrim(name) <> ''::text));
alter table finance.companies add constraint companies_requires_base_amounts_ck CHECK (((NOT requires_base_amounts) OR (fx_source IS NOT NULL)));
alter table finance.companies add constraint companies_tenant_id_code_uq UNIQUE (tenant_id, code);
alter table finance.companies add constraint companies_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES aibos.tenant_registry(tenant_id);
alter table finance.companies add constraint companies_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
CREATE INDEX companies_tenant_id_id_fx_gain_account_id_idx ON finance.companies USING btree (tenant_id, id, fx_gain_account_id) WHERE (fx_gain_account_id IS NOT NULL);
CREATE INDEX companies_tenant_id_id_fx_loss_account_id_idx ON finance.companies USING btree (tenant_id, id, fx_loss_account_id) WHERE (fx_loss_account_id IS NOT NULL);
alter table finance.companies enable row level security, force row level security;
create policy guard_lock on finance.companies as permissive for update to aibos_guard using (true) with check (false);
create policy guard_read on finance.companies as permissive for select to aibos_guard using (true);
create policy posting on finance.companies as permissive for select to aibos_poster using (true);
create policy tenant_isolation on finance.companies as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_lifting BEFORE UPDATE OF requires_base_amounts ON finance.companies FOR EACH ROW WHEN ((old.requires_base_amounts AND (new.requires_base_amounts IS NOT TRUE))) EXECUTE FUNCTION finance.forbid_rekey('requires_base_amounts, once true,'); -- enable always
CREATE TRIGGER t10_forbid_rekey BEFORE UPDATE OF id, functional_currency ON finance.companies FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.functional_currency IS DISTINCT FROM new.functional_currency))) EXECUTE FUNCTION finance.forbid_rekey('id or functional_currency'); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.companies FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON finance.companies FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.companies FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.companies FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t40_assert_currency AFTER INSERT OR UPDATE OF functional_currency ON finance.companies FOR EACH ROW EXECUTE FUNCTION config.assert_currency_known('functional_currency'); -- enable always
CREATE TRIGGER t40_assert_fx_accounts AFTER INSERT OR UPDATE OF fx_gain_account_id, fx_loss_account_id ON finance.companies FOR EACH ROW WHEN ((num_nonnulls(new.fx_gain_account_id, new.fx_loss_account_id) > 0)) EXECUTE FUNCTION finance.assert_fx_accounts(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON finance.companies REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON finance.companies REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON finance.companies REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
grant insert (code, created_at, functional_currency, fx_gain_account_id, fx_loss_account_id, fx_source, id, name, requires_base_amounts, requires_four_eyes, tenant_id, updated_at), select, update (code, fx_gain_account_id, fx_loss_account_id, fx_source, name, requires_base_amounts, requires_four_eyes) on finance.companies to aibos_admin;
grant insert (code, created_at, functional_currency, fx_gain_account_id, fx_loss_account_id, fx_source, id, name, requires_base_amounts, tenant_id, updated_at), select, update (code, fx_gain_account_id, fx_loss_account_id, name, requires_base_amounts) on finance.companies to aibos_finance_role;
grant select on finance.companies to aibos_auditor_role, aibos_poster;
grant select, update (approval_rules_revision, lock_token) on finance.companies to aibos_guard;
create table finance.document_metadata (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  company_id uuid not null,
  journal_entry_id uuid,
  payment_id uuid,
  title text not null,
  media_type text not null,
  size_bytes bigint not null,
  sha256 bytea not null,
  storage text not null,
  storage_key text not null,
  created_by uuid default aibos.current_user_id(),
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table finance.document_metadata owner to aibos_owner;
alter table finance.document_metadata add constraint document_metadata_company_id_fk FOREIGN KEY (tenant_id, company_id) REFERENCES finance.companies(tenant_id, id);
alter table finance.document_metadata add constraint document_metadata_journal_entry_id_fk FOREIGN KEY (tenant_id, journal_entry_id) REFERENCES finance.audit_events(tenant_id, id);
alter table finance.document_metadata add constraint document_metadata_payment_id_fk FOREIGN KEY (tenant_id, payment_id) REFERENCES finance.payments(tenant_id, id);
alter table finance.document_metadata add constraint document_metadata_sha256_ck CHECK ((octet_length(sha256) = 32));
alter table finance.document_metadata add constraint document_metadata_size_bytes_ck CHECK ((size_bytes >= 0));
alter table finance.document_metadata add constraint document_metadata_storage_uq UNIQUE (tenant_id, storage, storage_key);
alter table finance.document_metadata add constraint document_metadata_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
alter table finance.document_metadata add constraint document_metadata_title_ck CHECK ((btrim(title) <> ''::text));
CREATE INDEX document_metadata_tenant_id_company_id_idx ON finance.document_metadata USING btree (tenant_id, company_id);
CREATE INDEX document_metadata_tenant_id_journal_entry_id_idx ON finance.document_metadata USING btree (tenant_id, journal_entry_id) WHERE (journal_entry_id IS NOT NULL);
CREATE INDEX document_metadata_tenant_id_payment_id_idx ON finance.document_metadata USING btree (tenant_id, payment_id) WHERE (payment_id IS NOT NULL);
alter table finance.document_metadata enable row level security, force row level security;
create policy guard_read on finance.document_metadata as permissive for select to aibos_guard using (true);
create policy tenant_isolation on finance.document_metadata as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.document_metadata FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON finance.document_metadata FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.document_metadata FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.document_metadata FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t40_assert_entry AFTER INSERT OR UPDATE OF journal_entry_id ON finance.document_metadata FOR EACH ROW WHEN ((new.journal_entry_id IS NOT NULL)) EXECUTE FUNCTION finance.assert_document_entry(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON finance.document_metadata REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON finance.document_metadata REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON finance.document_metadata REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
grant delete, insert, select, update on finance.document_metadata to aibos_admin, aibos_finance_role;
grant select on finance.document_metadata to aibos_auditor_role, aibos_guard;
create table finance.fiscal_periods (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  company_id uuid not null,
  name text not null,
  starts_on date not null,
  ends_on date not null,
  status text default 'open'::text not null,
  lock_token smallint default 0 not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  follows_on date,
  fiscal_year_starts_on date not null,
  close_id uuid
);
alter table finance.fiscal_periods owner to aibos_owner;
alter table finance.fiscal_periods add constraint fiscal_periods_close_id_ck CHECK (((close_id IS NULL) OR (status = 'closed'::text)));
alter table finance.fiscal_periods add constraint fiscal_periods_close_id_fk FOREIGN KEY (tenant_id, close_id) REFERENCES finance.period_closes(tenant_id, id) DEFERRABLE INITIALLY DEFERRED;
alter table finance.fiscal_periods add constraint fiscal_periods_close_id_uq UNIQUE (tenant_id, close_id);
alter table finance.fiscal_periods add constraint fiscal_periods_company_id_fk FOREIGN KEY (tenant_id, company_id) REFERENCES finance.companies(tenant_id, id);
alter table finance.fiscal_periods add constraint fiscal_periods_company_key_uq UNIQUE (tenant_id, company_id, id);
alter table finance.fiscal_periods add constraint fiscal_periods_ends_on_ck CHECK (((ends_on >= starts_on) AND (ends_on <= '9999-12-31'::date)));
alter table finance.fiscal_periods add constraint fiscal_periods_ends_on_uq UNIQUE (tenant_id, company_id, ends_on);
alter table finance.fiscal_periods add constraint fiscal_periods_fiscal_year_starts_on_ck CHECK (((fiscal_year_starts_on <= starts_on) AND ((starts_on - fiscal_year_starts_on) < 731)));
alter table finance.fiscal_periods add constraint fiscal_periods_follows_on_ck CHECK ((follows_on = (starts_on - 1)));
alter table finance.fiscal_periods add constraint fiscal_periods_follows_on_fk FOREIGN KEY (tenant_id, company_id, follows_on) REFERENCES finance.fiscal_periods(tenant_id, company_id, ends_on) DEFERRABLE INITIALLY DEFERRED;
alter table finance.fiscal_periods add constraint fiscal_periods_follows_on_uq UNIQUE NULLS NOT DISTINCT (tenant_id, company_id, follows_on);
alter table finance.fiscal_periods add constraint fiscal_periods_lock_token_ck CHECK ((lock_token = 0));
alter table finance.fiscal_periods add constraint fiscal_periods_name_ck CHECK ((btrim(name) <> ''::text));
alter table finance.fiscal_periods add constraint fiscal_periods_no_overlap_ex EXCLUDE USING gist (tenant_id WITH =, company_id WITH =, daterange(starts_on, ends_on, '[]'::text) WITH &&);
alter table finance.fiscal_periods add constraint fiscal_periods_starts_on_ck CHECK ((starts_on >= '1900-01-01'::date));
alter table finance.fiscal_periods add constraint fiscal_periods_starts_on_uq UNIQUE (tenant_id, company_id, starts_on);
alter table finance.fiscal_periods add constraint fiscal_periods_status_ck CHECK ((status = ANY (ARRAY['open'::text, 'closing'::text, 'closed'::text])));
alter table finance.fiscal_periods add constraint fiscal_periods_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
alter table finance.fiscal_periods enable row level security, force row level security;
create policy guard_lock on finance.fiscal_periods as permissive for update to aibos_guard, aibos_poster using (true) with check (false);
create policy guard_read on finance.fiscal_periods as permissive for select to aibos_guard using (true);
create policy posting on finance.fiscal_periods as permissive for select to aibos_poster using (true);
create policy tenant_isolation on finance.fiscal_periods as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_rekey BEFORE UPDATE OF id, company_id, starts_on, ends_on ON finance.fiscal_periods FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.company_id IS DISTINCT FROM new.company_id) OR (old.starts_on IS DISTINCT FROM new.starts_on) OR (old.ends_on IS DISTINCT FROM new.ends_on))) EXECUTE FUNCTION finance.forbid_rekey('id, company_id, starts_on or ends_on'); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.fiscal_periods FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON finance.fiscal_periods FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_period_move BEFORE DELETE OR UPDATE ON finance.fiscal_periods FOR EACH ROW EXECUTE FUNCTION finance.assert_period_move(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.fiscal_periods FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.fiscal_periods FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t30_stamp_period BEFORE INSERT ON finance.fiscal_periods FOR EACH ROW EXECUTE FUNCTION finance.stamp_period(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON finance.fiscal_periods REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON finance.fiscal_periods REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_period_move AFTER UPDATE ON finance.fiscal_periods FOR EACH ROW WHEN ((old.status IS DISTINCT FROM new.status)) EXECUTE FUNCTION finance.record_period_move(); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON finance.fiscal_periods REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
grant insert (company_id, ends_on, fiscal_year_starts_on, id, name, starts_on, tenant_id), select on finance.fiscal_periods to aibos_admin, aibos_finance_role;
grant select on finance.fiscal_periods to aibos_auditor_role;
grant select, update (lock_token) on finance.fiscal_periods to aibos_guard, aibos_poster;
create table finance.fx_rates (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  base_currency text not null,
  quote_currency text not null,
  rate numeric(24,12) not null,
  source text not null,
  valid_from date not null,
  valid_to date not null,
  created_at timestamp with time zone default now() not null
);
alter table finance.fx_rates owner to aibos_owner;
alter table finance.fx_rates add constraint fx_rates_base_currency_ck CHECK ((base_currency ~ '^[A-Z][A-Z0-9]{1,11}$'::text));
alter table finance.fx_rates add constraint fx_rates_no_overlap_ex EXCLUDE USING gist (tenant_id WITH =, daterange(valid_from, valid_to, '[]'::text) WITH &&, quote_currency WITH =, base_currency WITH =, source WITH =);
alter table finance.fx_rates add constraint fx_rates_quote_currency_ck CHECK (((quote_currency ~ '^[A-Z][A-Z0-9]{1,11}$'::text) AND (quote_currency <> base_currency)));
alter table finance.fx_rates add constraint fx_rates_rate_ck CHECK (((rate > (0)::numeric) AND (rate <> 'NaN'::numeric)));
alter table finance.fx_rates add constraint fx_rates_source_ck CHECK ((btrim(source) <> ''::text));
alter table finance.fx_rates add constraint fx_rates_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES aibos.tenant_registry(tenant_id);
alter table finance.fx_rates add constraint fx_rates_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
alter table finance.fx_rates add constraint fx_rates_validity_ck CHECK ((isfinite(valid_from) AND isfinite(valid_to) AND (valid_to >= valid_from)));
alter table finance.fx_rates add constraint fx_rates_version_uq UNIQUE (tenant_id, base_currency, quote_currency, source, valid_from);
alter table finance.fx_rates enable row level security, force row level security;
create policy guard_read on finance.fx_rates as permissive for select to aibos_guard using (true);
create policy posting on finance.fx_rates as permissive for select to aibos_poster using (true);
create policy tenant_isolation on finance.fx_rates as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.fx_rates FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.fx_rates FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.fx_rates FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON finance.fx_rates FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.fx_rates FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON finance.fx_rates REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON finance.fx_rates REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON finance.fx_rates REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
grant insert (base_currency, id, quote_currency, rate, source, tenant_id, valid_from, valid_to), select on finance.fx_rates to aibos_admin, aibos_finance_role;
grant select on finance.fx_rates to aibos_auditor_role, aibos_guard, aibos_poster;
create table finance.journal_archive_companies (
  tenant_id uuid not null,
  journal_archive_id uuid not null,
  company_id uuid not null,
  through_on date not null,
  entries bigint not null,
  lines bigint not null,
  created_at timestamp with time zone default now() not null
);
alter table finance.journal_archive_companies owner to aibos_owner;
alter table finance.journal_archive_companies add constraint journal_archive_companies_company_id_fk FOREIGN KEY (tenant_id, company_id) REFERENCES finance.companies(tenant_id, id);
alter table finance.journal_archive_companies add constraint journal_archive_companies_counts_ck CHECK (((entries > 0) AND (lines >= (2 * entries))));
alter table finance.journal_archive_companies add constraint journal_archive_companies_journal_archive_id_fk FOREIGN KEY (tenant_id, journal_archive_id) REFERENCES finance.journal_archives(tenant_id, id);
alter table finance.journal_archive_companies add constraint journal_archive_companies_key_pk PRIMARY KEY (tenant_id, journal_archive_id, company_id);
CREATE INDEX journal_archive_companies_tenant_id_company_id_idx ON finance.journal_archive_companies USING btree (tenant_id, company_id);
alter table finance.journal_archive_companies enable row level security, force row level security;
create policy guard_read on finance.journal_archive_companies as permissive for select to aibos_guard using (true);
create policy posting on finance.journal_archive_companies as permissive for select to aibos_poster using (true);
create policy record on finance.journal_archive_companies as permissive for insert to aibos_guard with check (true);
create policy tenant_isolation on finance.journal_archive_companies as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.journal_archive_companies FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_forgery BEFORE INSERT ON finance.journal_archive_companies FOR EACH ROW WHEN ((CURRENT_USER <> 'aibos_guard'::name)) EXECUTE FUNCTION aibos.forbid_forgery(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.journal_archive_companies FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_archive_companies FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_archive_companies FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert, select on finance.journal_archive_companies to aibos_guard;
grant select on finance.journal_archive_companies to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_poster;
create table finance.journal_archives (
  tenant_id uuid not null,
  id uuid not null,
  part_no integer not null,
  from_id uuid not null,
  before_id uuid not null,
  entries bigint not null,
  lines bigint not null,
  leaves_sha256 aibos.sha256_hash not null,
  archived_by uuid,
  reason text not null,
  created_at timestamp with time zone default now() not null
);
alter table finance.journal_archives owner to aibos_owner;
alter table finance.journal_archives add constraint journal_archives_counts_ck CHECK (((entries >= 0) AND (lines >= (2 * entries))));
alter table finance.journal_archives add constraint journal_archives_ids_ck CHECK ((from_id < before_id));
alter table finance.journal_archives add constraint journal_archives_part_no_ck CHECK ((part_no > 0));
alter table finance.journal_archives add constraint journal_archives_reason_ck CHECK ((btrim(reason) <> ''::text));
alter table finance.journal_archives add constraint journal_archives_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
alter table finance.journal_archives enable row level security, force row level security;
create policy guard_read on finance.journal_archives as permissive for select to aibos_guard using (true);
create policy posting on finance.journal_archives as permissive for select to aibos_poster using (true);
create policy record on finance.journal_archives as permissive for insert to aibos_guard with check (true);
create policy tenant_isolation on finance.journal_archives as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.journal_archives FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_forgery BEFORE INSERT ON finance.journal_archives FOR EACH ROW WHEN ((CURRENT_USER <> 'aibos_guard'::name)) EXECUTE FUNCTION aibos.forbid_forgery(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.journal_archives FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_archives FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_archives FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert, select on finance.journal_archives to aibos_guard;
grant select on finance.journal_archives to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_poster;
create table finance.journal_draft_lines (
  tenant_id uuid not null,
  journal_draft_id uuid not null,
  line_no integer not null,
  account_id uuid not null,
  currency text not null,
  debit_cents bigint default 0 not null,
  credit_cents bigint default 0 not null,
  memo text,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table finance.journal_draft_lines owner to aibos_owner;
alter table finance.journal_draft_lines add constraint journal_draft_lines_account_id_fk FOREIGN KEY (tenant_id, account_id) REFERENCES finance.accounts(tenant_id, id);
alter table finance.journal_draft_lines add constraint journal_draft_lines_amount_ck CHECK (((debit_cents <= '100000000000000000'::bigint) AND (credit_cents <= '100000000000000000'::bigint)));
alter table finance.journal_draft_lines add constraint journal_draft_lines_journal_draft_id_fk FOREIGN KEY (tenant_id, journal_draft_id) REFERENCES finance.journal_drafts(tenant_id, id);
alter table finance.journal_draft_lines add constraint journal_draft_lines_line_no_ck CHECK ((line_no > 0));
alter table finance.journal_draft_lines add constraint journal_draft_lines_one_side_ck CHECK (((debit_cents >= 0) AND (credit_cents >= 0) AND (NOT ((debit_cents > 0) AND (credit_cents > 0)))));
alter table finance.journal_draft_lines add constraint journal_draft_lines_tenant_id_journal_draft_id_line_no_pk PRIMARY KEY (tenant_id, journal_draft_id, line_no);
CREATE INDEX journal_draft_lines_tenant_id_account_id_idx ON finance.journal_draft_lines USING btree (tenant_id, account_id);
alter table finance.journal_draft_lines enable row level security, force row level security;
create policy guard_read on finance.journal_draft_lines as permissive for select to aibos_guard using (true);
create policy posting on finance.journal_draft_lines as permissive for select to aibos_poster using (true);
create policy tenant_isolation on finance.journal_draft_lines as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_draft_lines FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON finance.journal_draft_lines FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_draft_lines FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.journal_draft_lines FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t50_touch_on_delete AFTER DELETE ON finance.journal_draft_lines REFERENCING OLD TABLE AS old_lines FOR EACH STATEMENT EXECUTE FUNCTION finance.touch_drafts(); -- enable always
CREATE TRIGGER t50_touch_on_insert AFTER INSERT ON finance.journal_draft_lines REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION finance.touch_drafts(); -- enable always
CREATE TRIGGER t50_touch_on_update AFTER UPDATE ON finance.journal_draft_lines REFERENCING OLD TABLE AS old_lines NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION finance.touch_drafts(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON finance.journal_draft_lines REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{journal_draft_id,line_no}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON finance.journal_draft_lines REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{journal_draft_id,line_no}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON finance.journal_draft_lines REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{journal_draft_id,line_no}', ''); -- enable always
grant insert (account_id, credit_cents, currency, debit_cents, journal_draft_id, line_no, memo, tenant_id), select, update (account_id, credit_cents, currency, debit_cents, journal_draft_id, line_no, memo) on finance.journal_draft_lines to aibos_admin, aibos_finance_role;
grant select on finance.journal_draft_lines to aibos_auditor_role, aibos_guard, aibos_poster;
create table finance.journal_drafts (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  company_id uuid not null,
  entry_date date not null,
  description text not null,
  reference text,
  status text default 'draft'::text not null,
  revision integer default 1 not null,
  approved_revision integer,
  approved_by uuid,
  approved_at timestamp with time zone,
  posted_entry_id uuid,
  created_by uuid default aibos.current_user_id() not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  edited_by uuid default aibos.current_user_id() not null,
  editors uuid[] default ARRAY[aibos.current_user_id()] not null,
  discard_reason text
);
alter table finance.journal_drafts owner to aibos_owner;
alter table finance.journal_drafts add constraint journal_drafts_approval_ck CHECK ((((approved_revision IS NULL) = (approved_by IS NULL)) AND ((approved_by IS NULL) = (approved_at IS NULL)) AND ((status <> 'approved'::text) OR ((approved_revision IS NOT NULL) AND (approved_revision = revision)))));
alter table finance.journal_drafts add constraint journal_drafts_company_id_fk FOREIGN KEY (tenant_id, company_id) REFERENCES finance.companies(tenant_id, id);
alter table finance.journal_drafts add constraint journal_drafts_description_ck CHECK (((btrim(description) <> ''::text) AND (length(description) <= 2000)));
alter table finance.journal_drafts add constraint journal_drafts_discarded_ck CHECK ((((status = 'discarded'::text) = (discard_reason IS NOT NULL)) AND (btrim(discard_reason) <> ''::text) AND (length(discard_reason) <= 2000)));
alter table finance.journal_drafts add constraint journal_drafts_editors_ck CHECK (((created_by = ANY (editors)) AND (edited_by = ANY (editors))));
alter table finance.journal_drafts add constraint journal_drafts_posted_ck CHECK (((status = 'posted'::text) = (posted_entry_id IS NOT NULL)));
alter table finance.journal_drafts add constraint journal_drafts_posted_entry_id_fk FOREIGN KEY (tenant_id, posted_entry_id) REFERENCES finance.audit_events(tenant_id, id);
alter table finance.journal_drafts add constraint journal_drafts_posted_entry_id_uq UNIQUE (tenant_id, posted_entry_id);
alter table finance.journal_drafts add constraint journal_drafts_revision_ck CHECK ((revision > 0));
alter table finance.journal_drafts add constraint journal_drafts_status_ck CHECK ((status = ANY (ARRAY['draft'::text, 'approved'::text, 'posted'::text, 'discarded'::text])));
alter table finance.journal_drafts add constraint journal_drafts_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
CREATE INDEX journal_drafts_tenant_id_company_id_idx ON finance.journal_drafts USING btree (tenant_id, company_id);
alter table finance.journal_drafts enable row level security, force row level security;
create policy guard_read on finance.journal_drafts as permissive for select to aibos_guard using (true);
create policy guard_touch on finance.journal_drafts as permissive for update to aibos_guard using (true) with check (true);
create policy posting on finance.journal_drafts as permissive for all to aibos_poster using (true) with check (true);
create policy tenant_isolation on finance.journal_drafts as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_draft_delete BEFORE DELETE ON finance.journal_drafts FOR EACH ROW WHEN ((old.status = ANY (ARRAY['posted'::text, 'discarded'::text]))) EXECUTE FUNCTION finance.forbid_draft_delete(); -- enable always
CREATE TRIGGER t10_forbid_rekey BEFORE UPDATE OF id, company_id ON finance.journal_drafts FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.company_id IS DISTINCT FROM new.company_id))) EXECUTE FUNCTION finance.forbid_rekey('id or company_id'); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_drafts FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON finance.journal_drafts FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_drafts FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.journal_drafts FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t30_stamp_draft BEFORE INSERT OR UPDATE ON finance.journal_drafts FOR EACH ROW EXECUTE FUNCTION finance.stamp_draft(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON finance.journal_drafts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON finance.journal_drafts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_step AFTER UPDATE ON finance.journal_drafts FOR EACH ROW WHEN (((old.status IS DISTINCT FROM new.status) AND (new.status <> 'draft'::text))) EXECUTE FUNCTION finance.record_draft_step(); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON finance.journal_drafts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
grant insert (company_id, description, entry_date, id, reference, tenant_id), select, update (description, entry_date, reference) on finance.journal_drafts to aibos_admin, aibos_finance_role;
grant select on finance.journal_drafts to aibos_auditor_role;
grant select, update (posted_entry_id, status) on finance.journal_drafts to aibos_poster;
grant select, update (revision) on finance.journal_drafts to aibos_guard;
create table finance.journal_entries (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  company_id uuid not null,
  period_id uuid not null,
  entry_no finance.entry_number,
  entry_date finance.accounting_date not null,
  entry_type finance.entry_type default 'standard'::text not null,
  description finance.entry_description not null,
  reference finance.entry_reference,
  idempotency_key finance.idempotency_key,
  reverses_entry_id uuid,
  posted_at timestamp with time zone default now() not null,
  created_by uuid not null,
  created_xid xid8 default pg_current_xact_id() not null
) partition by RANGE (id);
alter table finance.journal_entries owner to aibos_owner;
alter table finance.journal_entries add constraint journal_entries_reversal_ck CHECK ((((entry_type)::text = 'reversal'::text) = (reverses_entry_id IS NOT NULL)));
alter table finance.journal_entries add constraint journal_entries_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
CREATE INDEX journal_entries_company_id_tenant_id_entry_date_idx ON ONLY finance.journal_entries USING btree (company_id, tenant_id, entry_date);
alter table finance.journal_entries enable row level security, force row level security;
create policy guard_read on finance.journal_entries as permissive for select to aibos_guard using (true);
create policy posting on finance.journal_entries as permissive for all to aibos_poster using (true) with check (true);
create policy tenant_isolation on finance.journal_entries as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE CONSTRAINT TRIGGER journal_entry_has_lines AFTER INSERT ON finance.journal_entries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((NOT aibos.is_poster())) EXECUTE FUNCTION finance.assert_entry_has_lines(); -- enable always
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.journal_entries FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.journal_entries FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_entries FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_entries FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_entry BEFORE INSERT ON finance.journal_entries FOR EACH ROW WHEN ((NOT aibos.is_poster())) EXECUTE FUNCTION finance.stamp_entry(); -- enable always
grant insert (company_id, description, entry_date, id, idempotency_key, reference, reverses_entry_id, tenant_id), select on finance.journal_entries to aibos_admin, aibos_finance_role;
grant insert, select on finance.journal_entries to aibos_poster;
grant select on finance.journal_entries to aibos_auditor_role, aibos_guard;
create table finance.journal_entries_part_1 (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  company_id uuid not null,
  period_id uuid not null,
  entry_no finance.entry_number,
  entry_date finance.accounting_date not null,
  entry_type finance.entry_type default 'standard'::text not null,
  description finance.entry_description not null,
  reference finance.entry_reference,
  idempotency_key finance.idempotency_key,
  reverses_entry_id uuid,
  posted_at timestamp with time zone default now() not null,
  created_by uuid not null,
  created_xid xid8 default pg_current_xact_id() not null
);
alter table finance.journal_entries_part_1 owner to aibos_owner;
alter table finance.journal_entries attach partition finance.journal_entries_part_1 for values from (minvalue) to (maxvalue);
alter table finance.journal_entries_part_1 add constraint journal_entries_part_1_period_id_fk FOREIGN KEY (tenant_id, company_id, period_id) REFERENCES finance.fiscal_periods(tenant_id, company_id, id);
alter table finance.journal_entries_part_1 add constraint journal_entries_part_1_pkey PRIMARY KEY (tenant_id, id);
alter table finance.journal_entries_part_1 add constraint journal_entries_part_1_reverses_entry_id_fk FOREIGN KEY (tenant_id, reverses_entry_id) REFERENCES finance.audit_events(tenant_id, id);
alter table finance.journal_entries_part_1 add constraint journal_entries_reversal_ck CHECK ((((entry_type)::text = 'reversal'::text) = (reverses_entry_id IS NOT NULL)));
CREATE INDEX journal_entries_part_1_company_id_tenant_id_entry_date_idx ON finance.journal_entries_part_1 USING btree (company_id, tenant_id, entry_date);
alter table finance.journal_entries_part_1 enable row level security, force row level security;
create policy guard_read on finance.journal_entries_part_1 as permissive for select to aibos_guard using (true);
create policy tenant_isolation on finance.journal_entries_part_1 as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE CONSTRAINT TRIGGER journal_entry_has_lines AFTER INSERT ON finance.journal_entries_part_1 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((NOT aibos.is_poster())) EXECUTE FUNCTION finance.assert_entry_has_lines(); -- enable always
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.journal_entries_part_1 FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.journal_entries_part_1 FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_entries_part_1 FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_entries_part_1 FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_entry BEFORE INSERT ON finance.journal_entries_part_1 FOR EACH ROW WHEN ((NOT aibos.is_poster())) EXECUTE FUNCTION finance.stamp_entry(); -- enable always
grant select on finance.journal_entries_part_1 to aibos_guard;
create table finance.journal_keys (
  tenant_id uuid not null,
  idempotency_key finance.idempotency_key not null,
  journal_entry_id uuid not null,
  payload_hash aibos.sha256_hash
);
alter table finance.journal_keys owner to aibos_owner;
alter table finance.journal_keys add constraint journal_keys_tenant_id_idempotency_key_pk PRIMARY KEY (tenant_id, idempotency_key);
alter table finance.journal_keys enable row level security, force row level security;
create policy guard_read on finance.journal_keys as permissive for select to aibos_guard using (true);
create policy record on finance.journal_keys as permissive for all to aibos_guard, aibos_poster using (true) with check (true);
create policy tenant_isolation on finance.journal_keys as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.journal_keys FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_forgery BEFORE INSERT ON finance.journal_keys FOR EACH ROW WHEN ((NOT aibos.is_recorder())) EXECUTE FUNCTION aibos.forbid_forgery(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.journal_keys FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_keys FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_keys FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert, select on finance.journal_keys to aibos_guard, aibos_poster;
grant select on finance.journal_keys to aibos_admin, aibos_auditor_role, aibos_finance_role;
create table finance.journal_lines (
  tenant_id uuid not null,
  journal_entry_id uuid not null,
  line_no integer not null,
  account_id uuid not null,
  currency text not null,
  debit_cents finance.minor_units default 0 not null,
  credit_cents finance.minor_units default 0 not null,
  memo finance.line_memo,
  base_debit_cents finance.minor_units,
  base_credit_cents finance.minor_units,
  fx_rate_id uuid,
  fx_cross_rate_id uuid
) partition by RANGE (journal_entry_id);
alter table finance.journal_lines owner to aibos_owner;
alter table finance.journal_lines add constraint journal_lines_one_side_ck CHECK (finance.is_line_sided((debit_cents)::bigint, (credit_cents)::bigint, (base_debit_cents)::bigint, (base_credit_cents)::bigint, fx_rate_id, fx_cross_rate_id));
alter table finance.journal_lines add constraint journal_lines_tenant_id_journal_entry_id_line_no_pk PRIMARY KEY (tenant_id, journal_entry_id, line_no);
CREATE INDEX journal_lines_account_id_tenant_id_idx ON ONLY finance.journal_lines USING btree (account_id, tenant_id);
alter table finance.journal_lines enable row level security, force row level security;
create policy guard_read on finance.journal_lines as permissive for select to aibos_guard using (true);
create policy posting on finance.journal_lines as permissive for all to aibos_poster using (true) with check (true);
create policy tenant_isolation on finance.journal_lines as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER journal_entry_balanced AFTER INSERT ON finance.journal_lines REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT WHEN ((NOT aibos.is_poster())) EXECUTE FUNCTION finance.assert_lines_balanced(); -- enable always
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.journal_lines FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.journal_lines FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_lines FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_lines FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t50_derive_deltas AFTER INSERT ON finance.journal_lines REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT WHEN ((NOT aibos.is_poster())) EXECUTE FUNCTION finance.derive_deltas(); -- enable always
CREATE TRIGGER t90_record_posting AFTER INSERT ON finance.journal_lines REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT WHEN ((NOT aibos.is_poster())) EXECUTE FUNCTION finance.record_posting(); -- enable always
grant insert (account_id, base_credit_cents, base_debit_cents, credit_cents, currency, debit_cents, fx_cross_rate_id, fx_rate_id, journal_entry_id, line_no, memo, tenant_id), select on finance.journal_lines to aibos_admin, aibos_finance_role;
grant insert, select on finance.journal_lines to aibos_poster;
grant select on finance.journal_lines to aibos_auditor_role, aibos_guard;
create table finance.journal_lines_part_1 (
  tenant_id uuid not null,
  journal_entry_id uuid not null,
  line_no integer not null,
  account_id uuid not null,
  currency text not null,
  debit_cents finance.minor_units default 0 not null,
  credit_cents finance.minor_units default 0 not null,
  memo finance.line_memo,
  base_debit_cents finance.minor_units,
  base_credit_cents finance.minor_units,
  fx_rate_id uuid,
  fx_cross_rate_id uuid
);
alter table finance.journal_lines_part_1 owner to aibos_owner;
alter table finance.journal_lines attach partition finance.journal_lines_part_1 for values from (minvalue) to (maxvalue);
alter table finance.journal_lines_part_1 add constraint journal_lines_one_side_ck CHECK (finance.is_line_sided((debit_cents)::bigint, (credit_cents)::bigint, (base_debit_cents)::bigint, (base_credit_cents)::bigint, fx_rate_id, fx_cross_rate_id));
alter table finance.journal_lines_part_1 add constraint journal_lines_part_1_account_id_fk FOREIGN KEY (tenant_id, account_id) REFERENCES finance.accounts(tenant_id, id);
alter table finance.journal_lines_part_1 add constraint journal_lines_part_1_fx_cross_rate_id_fk FOREIGN KEY (tenant_id, fx_cross_rate_id) REFERENCES finance.fx_rates(tenant_id, id);
alter table finance.journal_lines_part_1 add constraint journal_lines_part_1_fx_rate_id_fk FOREIGN KEY (tenant_id, fx_rate_id) REFERENCES finance.fx_rates(tenant_id, id);
alter table finance.journal_lines_part_1 add constraint journal_lines_part_1_journal_entry_id_fk FOREIGN KEY (tenant_id, journal_entry_id) REFERENCES finance.journal_entries_part_1(tenant_id, id);
alter table finance.journal_lines_part_1 add constraint journal_lines_part_1_pkey PRIMARY KEY (tenant_id, journal_entry_id, line_no);
CREATE INDEX journal_lines_part_1_account_id_tenant_id_idx ON finance.journal_lines_part_1 USING btree (account_id, tenant_id);
alter table finance.journal_lines_part_1 enable row level security, force row level security;
create policy guard_read on finance.journal_lines_part_1 as permissive for select to aibos_guard using (true);
create policy tenant_isolation on finance.journal_lines_part_1 as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER journal_entry_balanced AFTER INSERT ON finance.journal_lines_part_1 REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT WHEN ((NOT aibos.is_poster())) EXECUTE FUNCTION finance.assert_lines_balanced(); -- enable always
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.journal_lines_part_1 FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.journal_lines_part_1 FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_lines_part_1 FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_lines_part_1 FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t50_derive_deltas AFTER INSERT ON finance.journal_lines_part_1 REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT WHEN ((NOT aibos.is_poster())) EXECUTE FUNCTION finance.derive_deltas(); -- enable always
CREATE TRIGGER t90_record_posting AFTER INSERT ON finance.journal_lines_part_1 REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT WHEN ((NOT aibos.is_poster())) EXECUTE FUNCTION finance.record_posting(); -- enable always
grant select on finance.journal_lines_part_1 to aibos_guard;
create table finance.journal_restorations (
  tenant_id uuid not null,
  journal_archive_id uuid not null,
  restored_by uuid,
  reason text not null,
  created_at timestamp with time zone default now() not null
);
alter table finance.journal_restorations owner to aibos_owner;
alter table finance.journal_restorations add constraint journal_restorations_journal_archive_id_fk FOREIGN KEY (tenant_id, journal_archive_id) REFERENCES finance.journal_archives(tenant_id, id);
alter table finance.journal_restorations add constraint journal_restorations_key_pk PRIMARY KEY (tenant_id, journal_archive_id);
alter table finance.journal_restorations add constraint journal_restorations_reason_ck CHECK ((btrim(reason) <> ''::text));
alter table finance.journal_restorations enable row level security, force row level security;
create policy guard_read on finance.journal_restorations as permissive for select to aibos_guard using (true);
create policy posting on finance.journal_restorations as permissive for select to aibos_poster using (true);
create policy record on finance.journal_restorations as permissive for insert to aibos_guard with check (true);
create policy tenant_isolation on finance.journal_restorations as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.journal_restorations FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_forgery BEFORE INSERT ON finance.journal_restorations FOR EACH ROW WHEN ((CURRENT_USER <> 'aibos_guard'::name)) EXECUTE FUNCTION aibos.forbid_forgery(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.journal_restorations FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_restorations FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_restorations FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert, select on finance.journal_restorations to aibos_guard;
grant select on finance.journal_restorations to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_poster;
create table finance.journal_reversals (
  tenant_id uuid not null,
  reverses_entry_id uuid not null,
  journal_entry_id uuid not null
);
alter table finance.journal_reversals owner to aibos_owner;
alter table finance.journal_reversals add constraint journal_reversals_tenant_id_reverses_entry_id_pk PRIMARY KEY (tenant_id, reverses_entry_id);
alter table finance.journal_reversals enable row level security, force row level security;
create policy guard_read on finance.journal_reversals as permissive for select to aibos_guard using (true);
create policy record on finance.journal_reversals as permissive for all to aibos_guard, aibos_poster using (true) with check (true);
create policy tenant_isolation on finance.journal_reversals as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.journal_reversals FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_forgery BEFORE INSERT ON finance.journal_reversals FOR EACH ROW WHEN ((NOT aibos.is_recorder())) EXECUTE FUNCTION aibos.forbid_forgery(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.journal_reversals FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.journal_reversals FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.journal_reversals FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert, select on finance.journal_reversals to aibos_guard, aibos_poster;
grant select on finance.journal_reversals to aibos_admin, aibos_auditor_role, aibos_finance_role;
create table finance.payment_approvals (
  tenant_id uuid not null,
  payment_id uuid not null,
  revision integer not null,
  approved_by uuid not null,
  role_name text,
  approvals_required smallint not null,
  occurred_at timestamp with time zone default clock_timestamp() not null,
  reason text,
  request_id text
);
alter table finance.payment_approvals owner to aibos_owner;
alter table finance.payment_approvals add constraint payment_approvals_one_each_pk PRIMARY KEY (tenant_id, payment_id, revision, approved_by);
alter table finance.payment_approvals add constraint payment_approvals_payment_id_fk FOREIGN KEY (tenant_id, payment_id) REFERENCES finance.payments(tenant_id, id);
alter table finance.payment_approvals enable row level security, force row level security;
create policy guard_read on finance.payment_approvals as permissive for select to aibos_guard using (true);
create policy tenant_isolation on finance.payment_approvals as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.payment_approvals FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.payment_approvals FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.payment_approvals FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.payment_approvals FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_approval BEFORE INSERT ON finance.payment_approvals FOR EACH ROW EXECUTE FUNCTION finance.stamp_approval(); -- enable always
grant select on finance.payment_approvals to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard;
create table finance.payment_approvers (
  tenant_id uuid not null,
  company_id uuid not null,
  user_id uuid not null,
  role_name text not null,
  is_active boolean default true not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table finance.payment_approvers owner to aibos_owner;
alter table finance.payment_approvers add constraint payment_approvers_company_id_fk FOREIGN KEY (tenant_id, company_id) REFERENCES finance.companies(tenant_id, id);
alter table finance.payment_approvers add constraint payment_approvers_role_name_ck CHECK ((btrim(role_name) <> ''::text));
alter table finance.payment_approvers add constraint payment_approvers_tenant_id_company_id_user_id_role_name_pk PRIMARY KEY (tenant_id, company_id, user_id, role_name);
alter table finance.payment_approvers enable row level security, force row level security;
create policy guard_read on finance.payment_approvers as permissive for select to aibos_guard using (true);
create policy tenant_isolation on finance.payment_approvers as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_rekey BEFORE UPDATE OF company_id, user_id, role_name ON finance.payment_approvers FOR EACH ROW WHEN (((old.company_id IS DISTINCT FROM new.company_id) OR (old.user_id IS DISTINCT FROM new.user_id) OR (old.role_name IS DISTINCT FROM new.role_name))) EXECUTE FUNCTION finance.forbid_rekey('company_id, user_id or role_name'); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.payment_approvers FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON finance.payment_approvers FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.payment_approvers FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.payment_approvers FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t50_bump_rules AFTER INSERT OR DELETE OR UPDATE ON finance.payment_approvers FOR EACH ROW EXECUTE FUNCTION finance.bump_approval_rules(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON finance.payment_approvers REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{company_id,user_id,role_name}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON finance.payment_approvers REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{company_id,user_id,role_name}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON finance.payment_approvers REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{company_id,user_id,role_name}', ''); -- enable always
grant insert (company_id, is_active, role_name, tenant_id, user_id), select, update (is_active) on finance.payment_approvers to aibos_admin;
grant select on finance.payment_approvers to aibos_auditor_role, aibos_finance_role, aibos_guard;
create table finance.payment_events (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  payment_id uuid not null,
  occurred_at timestamp with time zone default clock_timestamp() not null,
  from_status text,
  to_status text not null,
  revision integer not null,
  actor uuid,
  reason text,
  request_id text
);
alter table finance.payment_events owner to aibos_owner;
alter table finance.payment_events add constraint payment_events_payment_id_fk FOREIGN KEY (tenant_id, payment_id) REFERENCES finance.payments(tenant_id, id);
alter table finance.payment_events add constraint payment_events_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
CREATE INDEX payment_events_tenant_id_payment_id_idx ON finance.payment_events USING btree (tenant_id, payment_id);
alter table finance.payment_events enable row level security, force row level security;
create policy guard_read on finance.payment_events as permissive for select to aibos_guard using (true);
create policy record on finance.payment_events as permissive for insert to aibos_guard with check (true);
create policy tenant_isolation on finance.payment_events as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.payment_events FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_forgery BEFORE INSERT ON finance.payment_events FOR EACH ROW WHEN ((CURRENT_USER <> 'aibos_guard'::name)) EXECUTE FUNCTION aibos.forbid_forgery(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.payment_events FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.payment_events FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.payment_events FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert, select on finance.payment_events to aibos_guard;
grant select on finance.payment_events to aibos_admin, aibos_auditor_role, aibos_finance_role;
create table finance.payment_transitions (
  from_status text not null,
  to_status text not null,
  meaning text not null
);
alter table finance.payment_transitions owner to aibos_owner;
alter table finance.payment_transitions add constraint payment_transitions_from_status_to_status_pk PRIMARY KEY (from_status, to_status);
grant select on finance.payment_transitions to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_migration, aibos_monitor_role;
create table finance.payments (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  company_id uuid not null,
  payment_no text,
  status text default 'draft'::text not null,
  currency text not null,
  amount_cents bigint not null,
  beneficiary_name text not null,
  beneficiary_account text not null,
  beneficiary_snapshot jsonb,
  due_on date,
  revision integer default 1 not null,
  approved_revision integer,
  approved_by uuid,
  approved_at timestamp with time zone,
  settlement_entry_id uuid,
  created_by uuid default aibos.current_user_id() not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  reference text,
  category text,
  edited_by uuid[] default '{}'::uuid[] not null,
  approvals integer default 0 not null,
  status_reason text
);
alter table finance.payments owner to aibos_owner;
alter table finance.payments add constraint payments_amount_cents_ck CHECK (((amount_cents > 0) AND (amount_cents <= '100000000000000000'::bigint)));
alter table finance.payments add constraint payments_approval_ck CHECK ((((approved_revision IS NULL) = (approved_by IS NULL)) AND ((approved_by IS NULL) = (approved_at IS NULL)) AND ((approved_by IS NULL) = (beneficiary_snapshot IS NULL)) AND ((status <> ALL (ARRAY['approved'::text, 'released'::text, 'settled'::text])) OR ((approved_revision IS NOT NULL) AND (approved_revision = revision)))));
alter table finance.payments add constraint payments_approvals_ck CHECK ((approvals >= 0));
alter table finance.payments add constraint payments_beneficiary_ck CHECK (((btrim(beneficiary_name) <> ''::text) AND (btrim(beneficiary_account) <> ''::text)));
alter table finance.payments add constraint payments_company_id_fk FOREIGN KEY (tenant_id, company_id) REFERENCES finance.companies(tenant_id, id);
alter table finance.payments add constraint payments_currency_ck CHECK ((currency ~ '^[A-Z][A-Z0-9]{1,11}$'::text));
alter table finance.payments add constraint payments_four_eyes_ck CHECK (((approved_by <> created_by) AND (approved_by <> ALL (edited_by))));
alter table finance.payments add constraint payments_payment_no_uq UNIQUE (tenant_id, company_id, payment_no);
alter table finance.payments add constraint payments_revision_ck CHECK ((revision > 0));
alter table finance.payments add constraint payments_settled_ck CHECK (((status = 'settled'::text) = (settlement_entry_id IS NOT NULL)));
alter table finance.payments add constraint payments_settlement_entry_id_fk FOREIGN KEY (tenant_id, settlement_entry_id) REFERENCES finance.audit_events(tenant_id, id);
alter table finance.payments add constraint payments_settlement_entry_id_uq UNIQUE (tenant_id, settlement_entry_id);
alter table finance.payments add constraint payments_status_ck CHECK ((status = ANY (ARRAY['draft'::text, 'submitted'::text, 'approved'::text, 'released'::text, 'settled'::text, 'rejected'::text, 'cancelled'::text])));
alter table finance.payments add constraint payments_status_reason_ck CHECK (((status <> ALL (ARRAY['rejected'::text, 'cancelled'::text])) OR ((status_reason IS NOT NULL) AND (btrim(status_reason) <> ''::text))));
alter table finance.payments add constraint payments_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
CREATE INDEX payments_tenant_id_company_id_status_idx ON finance.payments USING btree (tenant_id, company_id, status);
alter table finance.payments enable row level security, force row level security;
create policy guard_read on finance.payments as permissive for select to aibos_guard using (true);
create policy tenant_isolation on finance.payments as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_rekey BEFORE UPDATE OF id, company_id, created_by ON finance.payments FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.company_id IS DISTINCT FROM new.company_id) OR (old.created_by IS DISTINCT FROM new.created_by))) EXECUTE FUNCTION finance.forbid_rekey('id, company_id or created_by'); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.payments FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON finance.payments FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.payments FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON finance.payments FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t30_stamp_payment BEFORE INSERT OR UPDATE ON finance.payments FOR EACH ROW EXECUTE FUNCTION finance.stamp_payment(); -- enable always
CREATE TRIGGER t40_assert_currency AFTER INSERT OR UPDATE OF currency ON finance.payments FOR EACH ROW EXECUTE FUNCTION config.assert_currency_known('currency'); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON finance.payments REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_event AFTER INSERT OR UPDATE ON finance.payments FOR EACH ROW EXECUTE FUNCTION finance.record_payment_event(); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON finance.payments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON finance.payments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('finance', 'tenant_id', '{id}', ''); -- enable always
grant insert (amount_cents, beneficiary_account, beneficiary_name, category, company_id, currency, due_on, id, payment_no, reference, tenant_id), select, update (amount_cents, beneficiary_account, beneficiary_name, category, currency, due_on, payment_no, reference) on finance.payments to aibos_admin, aibos_finance_role;
grant select on finance.payments to aibos_auditor_role, aibos_guard;
create table finance.period_close_totals (
  tenant_id uuid not null,
  period_close_id uuid not null,
  account_id uuid not null,
  currency text not null,
  debit_cents numeric(38,0) not null,
  credit_cents numeric(38,0) not null,
  base_debit_cents numeric(38,0) not null,
  base_credit_cents numeric(38,0) not null,
  unconverted_debit_cents numeric(38,0) not null,
  unconverted_credit_cents numeric(38,0) not null,
  closing_debit_cents numeric(38,0) not null,
  closing_credit_cents numeric(38,0) not null,
  closing_base_debit_cents numeric(38,0) not null,
  closing_base_credit_cents numeric(38,0) not null,
  closing_unconverted_debit_cents numeric(38,0) not null,
  closing_unconverted_credit_cents numeric(38,0) not null,
  created_at timestamp with time zone default now() not null
);
alter table finance.period_close_totals owner to aibos_owner;
alter table finance.period_close_totals add constraint period_close_totals_account_id_fk FOREIGN KEY (tenant_id, account_id) REFERENCES finance.accounts(tenant_id, id);
alter table finance.period_close_totals add constraint period_close_totals_closing_ck CHECK (((closing_debit_cents >= debit_cents) AND (closing_credit_cents >= credit_cents) AND (closing_base_debit_cents >= base_debit_cents) AND (closing_base_credit_cents >= base_credit_cents) AND (closing_unconverted_debit_cents >= unconverted_debit_cents) AND (closing_unconverted_credit_cents >= unconverted_credit_cents)));
alter table finance.period_close_totals add constraint period_close_totals_key_pk PRIMARY KEY (tenant_id, period_close_id, account_id, currency);
alter table finance.period_close_totals add constraint period_close_totals_period_close_id_fk FOREIGN KEY (tenant_id, period_close_id) REFERENCES finance.period_closes(tenant_id, id);
alter table finance.period_close_totals add constraint period_close_totals_sides_ck CHECK (((debit_cents >= (0)::numeric) AND (credit_cents >= (0)::numeric) AND (base_debit_cents >= (0)::numeric) AND (base_credit_cents >= (0)::numeric) AND ((unconverted_debit_cents >= (0)::numeric) AND (unconverted_debit_cents <= debit_cents)) AND ((unconverted_credit_cents >= (0)::numeric) AND (unconverted_credit_cents <= credit_cents))));
CREATE INDEX period_close_totals_tenant_id_account_id_idx ON finance.period_close_totals USING btree (tenant_id, account_id);
alter table finance.period_close_totals enable row level security, force row level security;
create policy guard_read on finance.period_close_totals as permissive for select to aibos_guard using (true);
create policy posting on finance.period_close_totals as permissive for select to aibos_poster using (true);
create policy record on finance.period_close_totals as permissive for insert to aibos_guard with check (true);
create policy tenant_isolation on finance.period_close_totals as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.period_close_totals FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.period_close_totals FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.period_close_totals FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.period_close_totals FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert, select on finance.period_close_totals to aibos_guard;
grant select on finance.period_close_totals to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_poster;
create table finance.period_closes (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  company_id uuid not null,
  period_id uuid not null,
  close_no integer not null,
  closed_by uuid,
  reason text,
  entries bigint not null,
  lines bigint not null,
  last_posted_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  closed_at timestamp with time zone default clock_timestamp() not null
);
alter table finance.period_closes owner to aibos_owner;
alter table finance.period_closes add constraint period_closes_close_no_ck CHECK ((close_no > 0));
alter table finance.period_closes add constraint period_closes_close_no_uq UNIQUE (tenant_id, period_id, close_no);
alter table finance.period_closes add constraint period_closes_counts_ck CHECK (((entries >= 0) AND (lines >= (2 * entries))));
alter table finance.period_closes add constraint period_closes_period_id_fk FOREIGN KEY (tenant_id, company_id, period_id) REFERENCES finance.fiscal_periods(tenant_id, company_id, id);
alter table finance.period_closes add constraint period_closes_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
alter table finance.period_closes enable row level security, force row level security;
create policy guard_read on finance.period_closes as permissive for select to aibos_guard using (true);
create policy posting on finance.period_closes as permissive for select to aibos_poster using (true);
create policy record on finance.period_closes as permissive for insert to aibos_guard with check (true);
create policy tenant_isolation on finance.period_closes as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON finance.period_closes FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON finance.period_closes FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON finance.period_closes FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON finance.period_closes FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert, select on finance.period_closes to aibos_guard;
grant select on finance.period_closes to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_poster;
create table kernel.audit_events (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  occurred_at timestamp with time zone default clock_timestamp() not null,
  actor uuid,
  session_role text default SESSION_USER not null,
  action aibos.audit_action not null,
  object text not null,
  object_id text,
  before jsonb,
  after jsonb,
  reason text,
  request_id text,
  transaction_id xid8 default pg_current_xact_id() not null,
  backend_pid integer default pg_backend_pid() not null,
  leaf_version smallint,
  leaf_hash aibos.sha256_hash
);
alter table kernel.audit_events owner to aibos_owner;
alter table kernel.audit_events add constraint audit_events_leaf_ck CHECK (((leaf_version IS NULL) = (leaf_hash IS NULL)));
alter table kernel.audit_events add constraint audit_events_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
CREATE INDEX audit_events_occurred_at_idx ON kernel.audit_events USING brin (occurred_at);
alter table kernel.audit_events enable row level security, force row level security;
create policy guard_read on kernel.audit_events as permissive for select to aibos_guard using (true);
create policy record on kernel.audit_events as permissive for insert to aibos_guard, aibos_poster with check (true);
create policy tenant_isolation on kernel.audit_events as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_change BEFORE DELETE OR UPDATE OR TRUNCATE ON kernel.audit_events FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_forgery BEFORE INSERT ON kernel.audit_events FOR EACH ROW WHEN ((NOT aibos.is_recorder())) EXECUTE FUNCTION aibos.forbid_forgery(); -- enable always
CREATE TRIGGER t10_forbid_row_change BEFORE DELETE OR UPDATE ON kernel.audit_events FOR EACH ROW EXECUTE FUNCTION aibos.forbid_change(); -- enable always
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON kernel.audit_events FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON kernel.audit_events FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
grant insert on kernel.audit_events to aibos_poster;
grant insert, select on kernel.audit_events to aibos_guard;
grant select on kernel.audit_events to aibos_admin, aibos_auditor_role;
create table kernel.roles (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  name text not null,
  permissions text[] default '{}'::text[] not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table kernel.roles owner to aibos_owner;
alter table kernel.roles add constraint roles_name_ck CHECK ((btrim(name) <> ''::text));
alter table kernel.roles add constraint roles_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES aibos.tenant_registry(tenant_id);
alter table kernel.roles add constraint roles_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
alter table kernel.roles add constraint roles_tenant_id_name_uq UNIQUE (tenant_id, name);
alter table kernel.roles enable row level security, force row level security;
create policy guard_read on kernel.roles as permissive for select to aibos_guard using (true);
create policy tenant_isolation on kernel.roles as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON kernel.roles FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON kernel.roles FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON kernel.roles FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON kernel.roles FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t90_record_delete AFTER DELETE ON kernel.roles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON kernel.roles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON kernel.roles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
grant delete, insert, select, update on kernel.roles to aibos_admin, aibos_kernel_role;
grant select on kernel.roles to aibos_guard;
create table kernel.routes (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  method text not null,
  path text not null,
  permission text,
  is_active boolean default true not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table kernel.routes owner to aibos_owner;
alter table kernel.routes add constraint routes_method_ck CHECK ((method = ANY (ARRAY['GET'::text, 'POST'::text, 'PUT'::text, 'PATCH'::text, 'DELETE'::text])));
alter table kernel.routes add constraint routes_path_ck CHECK ((path ~~ '/%'::text));
alter table kernel.routes add constraint routes_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES aibos.tenant_registry(tenant_id);
alter table kernel.routes add constraint routes_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
alter table kernel.routes add constraint routes_tenant_id_method_path_uq UNIQUE (tenant_id, method, path);
alter table kernel.routes enable row level security, force row level security;
create policy guard_read on kernel.routes as permissive for select to aibos_guard using (true);
create policy tenant_isolation on kernel.routes as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON kernel.routes FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON kernel.routes FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON kernel.routes FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON kernel.routes FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t90_record_delete AFTER DELETE ON kernel.routes REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON kernel.routes REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON kernel.routes REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
grant delete, insert, select, update on kernel.routes to aibos_admin, aibos_kernel_role;
grant select on kernel.routes to aibos_guard;
create table kernel.sessions (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  user_id uuid not null,
  token_hash bytea not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table kernel.sessions owner to aibos_owner;
alter table kernel.sessions add constraint sessions_expires_at_ck CHECK ((expires_at > created_at));
alter table kernel.sessions add constraint sessions_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
alter table kernel.sessions add constraint sessions_tenant_id_token_hash_uq UNIQUE (tenant_id, token_hash);
alter table kernel.sessions add constraint sessions_token_hash_ck CHECK ((octet_length(token_hash) = 32));
alter table kernel.sessions add constraint sessions_user_id_fk FOREIGN KEY (tenant_id, user_id) REFERENCES kernel.users(tenant_id, id);
CREATE INDEX sessions_tenant_id_user_id_idx ON kernel.sessions USING btree (tenant_id, user_id);
alter table kernel.sessions enable row level security, force row level security;
create policy guard_read on kernel.sessions as permissive for select to aibos_guard using (true);
create policy tenant_isolation on kernel.sessions as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON kernel.sessions FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON kernel.sessions FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON kernel.sessions FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON kernel.sessions FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t90_record_delete AFTER DELETE ON kernel.sessions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON kernel.sessions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON kernel.sessions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
grant delete, insert, select, update on kernel.sessions to aibos_admin, aibos_kernel_role;
grant select on kernel.sessions to aibos_guard;
create table kernel.tenants (
  id uuid default aibos.uuid_v7() not null,
  name text not null,
  slug text not null,
  status text default 'active'::text not null,
  region text,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table kernel.tenants owner to aibos_owner;
alter table kernel.tenants add constraint tenants_id_ck CHECK ((id <> '00000000-0000-0000-0000-000000000000'::uuid));
alter table kernel.tenants add constraint tenants_id_pk PRIMARY KEY (id);
alter table kernel.tenants add constraint tenants_name_ck CHECK ((btrim(name) <> ''::text));
alter table kernel.tenants add constraint tenants_slug_ck CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text));
alter table kernel.tenants add constraint tenants_slug_uq UNIQUE (slug);
alter table kernel.tenants add constraint tenants_status_ck CHECK ((status = ANY (ARRAY['active'::text, 'suspended'::text, 'closed'::text])));
alter table kernel.tenants enable row level security, force row level security;
create policy guard_read on kernel.tenants as permissive for select to aibos_guard using (true);
create policy tenant_isolation on kernel.tenants as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF id ON kernel.tenants FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON kernel.tenants FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON kernel.tenants FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write('any_status'); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON kernel.tenants FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t50_record_tenant AFTER INSERT OR DELETE OR UPDATE ON kernel.tenants FOR EACH ROW EXECUTE FUNCTION kernel.record_tenant(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON kernel.tenants REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'id', '{}', 'any_status'); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON kernel.tenants REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'id', '{}', 'any_status'); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON kernel.tenants REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'id', '{}', 'any_status'); -- enable always
grant delete, insert, select, update on kernel.tenants to aibos_admin, aibos_kernel_role;
grant select on kernel.tenants to aibos_guard;
create table kernel.user_roles (
  tenant_id uuid not null,
  user_id uuid not null,
  role_id uuid not null,
  created_at timestamp with time zone default now() not null
);
alter table kernel.user_roles owner to aibos_owner;
alter table kernel.user_roles add constraint user_roles_role_id_fk FOREIGN KEY (tenant_id, role_id) REFERENCES kernel.roles(tenant_id, id);
alter table kernel.user_roles add constraint user_roles_tenant_id_user_id_role_id_pk PRIMARY KEY (tenant_id, user_id, role_id);
alter table kernel.user_roles add constraint user_roles_user_id_fk FOREIGN KEY (tenant_id, user_id) REFERENCES kernel.users(tenant_id, id);
CREATE INDEX user_roles_tenant_id_role_id_idx ON kernel.user_roles USING btree (tenant_id, role_id);
alter table kernel.user_roles enable row level security, force row level security;
create policy guard_read on kernel.user_roles as permissive for select to aibos_guard using (true);
create policy tenant_isolation on kernel.user_roles as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON kernel.user_roles FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON kernel.user_roles FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON kernel.user_roles FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t90_record_delete AFTER DELETE ON kernel.user_roles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{user_id,role_id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON kernel.user_roles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{user_id,role_id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON kernel.user_roles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{user_id,role_id}', ''); -- enable always
grant delete, insert, select, update on kernel.user_roles to aibos_admin, aibos_kernel_role;
grant select on kernel.user_roles to aibos_guard;
create table kernel.users (
  tenant_id uuid not null,
  id uuid default aibos.uuid_v7() not null,
  email text not null,
  display_name text default ''::text not null,
  status text default 'active'::text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
alter table kernel.users owner to aibos_owner;
alter table kernel.users add constraint users_email_ck CHECK (((email = lower(email)) AND (email ~ '^[^@\s]+@[^@\s]+$'::text)));
alter table kernel.users add constraint users_status_ck CHECK ((status = ANY (ARRAY['invited'::text, 'active'::text, 'disabled'::text])));
alter table kernel.users add constraint users_tenant_id_email_uq UNIQUE (tenant_id, email);
alter table kernel.users add constraint users_tenant_id_fk FOREIGN KEY (tenant_id) REFERENCES aibos.tenant_registry(tenant_id);
alter table kernel.users add constraint users_tenant_id_id_pk PRIMARY KEY (tenant_id, id);
alter table kernel.users enable row level security, force row level security;
create policy guard_read on kernel.users as permissive for select to aibos_guard using (true);
create policy tenant_isolation on kernel.users as permissive for all to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_kernel_role, aibos_owner using ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id))) with check ((tenant_id = ( SELECT aibos.current_tenant_id() AS current_tenant_id)));
CREATE TRIGGER t10_forbid_tenant_change BEFORE UPDATE OF tenant_id ON kernel.users FOR EACH ROW WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE FUNCTION aibos.forbid_tenant_change(); -- enable always
CREATE TRIGGER t10_forbid_truncate BEFORE TRUNCATE ON kernel.users FOR EACH STATEMENT EXECUTE FUNCTION aibos.forbid_truncate(); -- enable always
CREATE TRIGGER t20_assert_tenant BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON kernel.users FOR EACH STATEMENT WHEN ((NOT aibos.is_fabric())) EXECUTE FUNCTION aibos.assert_tenant_may_write(); -- enable always
CREATE TRIGGER t30_stamp_change BEFORE INSERT OR UPDATE ON kernel.users FOR EACH ROW EXECUTE FUNCTION aibos.stamp_change();
CREATE TRIGGER t90_record_delete AFTER DELETE ON kernel.users REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_insert AFTER INSERT ON kernel.users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
CREATE TRIGGER t90_record_update AFTER UPDATE ON kernel.users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION aibos.record_change('kernel', 'tenant_id', '{id}', ''); -- enable always
grant delete, insert, select, update on kernel.users to aibos_admin, aibos_kernel_role;
grant select on kernel.users to aibos_guard;
create view aibos.v_application_roles (
  role_oid oid,
  role_name text,
  is_login boolean
) with (security_invoker=true) as
 WITH run_time(role_oid) AS (
         SELECT r_1.oid
           FROM pg_roles r_1
          WHERE (r_1.rolname = ANY (ARRAY['aibos_kernel_role'::name, 'aibos_finance_role'::name, 'aibos_config_role'::name, 'aibos_admin'::name, 'aibos_auditor_role'::name]))
        ), logins(role_oid) AS (
         SELECT l.oid
           FROM pg_roles l
          WHERE (l.rolcanlogin AND (NOT l.rolsuper) AND (EXISTS ( SELECT
                   FROM run_time t
                  WHERE aibos._can_become(l.oid, t.role_oid))))
        )
 SELECT oid AS role_oid,
    (rolname)::text AS role_name,
    (EXISTS ( SELECT
           FROM logins l
          WHERE (l.role_oid = r.oid))) AS is_login
   FROM pg_roles r
  WHERE ((oid IN ( SELECT t.role_oid
           FROM run_time t)) OR (EXISTS ( SELECT
           FROM logins l
          WHERE aibos._can_become(l.role_oid, r.oid))));
alter view aibos.v_application_roles owner to aibos_owner;
grant select on aibos.v_application_roles to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create view aibos.v_environment_check (
  check_name text,
  object text,
  status text,
  detail text,
  remediation text
) with (security_invoker=true) as
 WITH applications AS MATERIALIZED (
         SELECT a.role_oid,
            a.role_name
           FROM aibos.v_application_roles a
        ), others AS MATERIALIZED (
         SELECT p.oid,
            format('%I.%I(%s)'::text, n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name,
            p.proowner,
            p.prosecdef,
            p.proleakproof,
            p.prosrc,
            p.proconfig,
            l.lanname,
            l.lanpltrusted,
            l.lanispl,
            (EXISTS ( SELECT
                   FROM aclexplode(COALESCE(p.proacl, acldefault('f'::"char", p.proowner))) x(grantor, grantee, privilege_type, is_grantable)
                  WHERE ((x.grantee = (0)::oid) OR ((x.grantee <> p.proowner) AND (x.grantee IN ( SELECT a.role_oid
                           FROM applications a)))))) AS is_reachable
           FROM ((pg_proc p
             JOIN pg_namespace n ON ((n.oid = p.pronamespace)))
             JOIN pg_language l ON ((l.oid = p.prolang)))
          WHERE ((n.nspname <> ALL (ARRAY['pg_catalog'::name, 'information_schema'::name, 'aibos'::name, 'kernel'::name, 'config'::name, 'finance'::name])) AND (n.nspname !~ '^pg_(toast_)?temp_'::text) AND (NOT (EXISTS ( SELECT
                   FROM pg_depend d
                  WHERE ((d.classid = ('pg_proc'::regclass)::oid) AND (d.objid = p.oid) AND (d.deptype = 'e'::"char"))))))
        ), settings(name, status, is_bad, detail, remediation) AS (
         VALUES ('session_replication_role'::text,'FAIL'::text,'^(replica|local)$'::text,'Foreign keys and ordinary triggers do not fire, in any session.'::text,'origin'::text), ('allow_system_table_mods'::text,'FAIL'::text,'^on$'::text,'The catalog itself can be changed.'::text,'off'::text), ('lo_compat_privileges'::text,'FAIL'::text,'^on$'::text,'Everyone may read and change every large object.'::text,'off'::text), ('row_security'::text,'WARN'::text,'^off$'::text,'Sessions begin with row_security off: they get errors where rows would be filtered.'::text,'on'::text), ('fsync'::text,'WARN'::text,'^off$'::text,'After a crash of the machine the database may be damaged.'::text,'on'::text), ('full_page_writes'::text,'WARN'::text,'^off$'::text,'After a crash of the machine pages may be torn.'::text,'on'::text), ('synchronous_commit'::text,'WARN'::text,'^off$'::text,'What was acknowledged in the last moments before a crash may be lost.'::text,'on'::text), ('max_prepared_transactions'::text,'WARN'::text,'^[1-9]'::text,'A prepared transaction keeps its locks for as long as nobody ends it.'::text,'0'::text), ('log_parameter_max_length_on_error'::text,'WARN'::text,'^(-1|[1-9])'::text,'Values of failed statements are written to the log of the server.'::text,'0'::text)
        ), found(check_name, object, status, detail, remediation) AS (
         SELECT 'server_setting'::text AS text,
            s.name,
            s.status,
            format('%s is %s. %s'::text, s.name, g.reset_val, s.detail) AS format,
            format('alter system set %s = %s'::text, s.name, s.remediation) AS format
           FROM (settings s
             JOIN pg_settings g ON (((g.name = s.name) AND (g.reset_val ~ s.is_bad))))
        UNION ALL
         SELECT 'server_setting'::text AS text,
            'log_parameter_max_length'::text AS text,
            'WARN'::text AS text,
            'Statements are logged with their values: the log holds rows of all tenants.'::text AS text,
            'alter system set log_parameter_max_length = 0'::text AS text
           FROM pg_settings g
          WHERE ((g.name = 'log_parameter_max_length'::text) AND (g.reset_val <> '0'::text) AND (EXISTS ( SELECT
                   FROM pg_settings l
                  WHERE (((l.name = 'log_statement'::text) AND (l.reset_val = ANY (ARRAY['mod'::text, 'all'::text]))) OR ((l.name = ANY (ARRAY['log_min_duration_statement'::text, 'log_min_duration_sample'::text])) AND (l.reset_val <> '-1'::text)) OR ((l.name = 'log_transaction_sample_rate'::text) AND (l.reset_val <> '0'::text))))))
        UNION ALL
         SELECT 'extension'::text AS text,
            (e.extname)::text AS extname,
                CASE
                    WHEN (r.names IS NULL) THEN 'WARN'::text
                    ELSE 'FAIL'::text
                END AS "case",
            COALESCE((('An application may call '::text || r.names) || ', as another session or outside the database.'::text), 'It reaches outside the database; no application may call what does.'::text) AS "coalesce",
            format('drop extension %I, or revoke execute on its functions from public'::text, e.extname) AS format
           FROM (pg_extension e
             LEFT JOIN LATERAL ( SELECT string_agg(DISTINCT (p.proname)::text, ', '::text) AS names
                   FROM ((pg_depend d
                     JOIN pg_proc p ON ((p.oid = d.objid)))
                     CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, acldefault('f'::"char", p.proowner))) x(grantor, grantee, privilege_type, is_grantable))
                  WHERE ((d.classid = ('pg_proc'::regclass)::oid) AND (d.refclassid = ('pg_extension'::regclass)::oid) AND (d.refobjid = e.oid) AND (d.deptype = 'e'::"char") AND ((x.grantee = (0)::oid) OR ((x.grantee <> p.proowner) AND (x.grantee IN ( SELECT a.role_oid
                           FROM applications a)))) AND (p.proname ~ '^(dblink($|_(connect|exec|open|send_query))|pg_file_|pg_logdir_ls|http)'::text))) r ON (true))
          WHERE (e.extname = ANY (ARRAY['dblink'::name, 'postgres_fdw'::name, 'file_fdw'::name, 'adminpack'::name, 'http'::name, 'pg_net'::name, 'pg_read_file'::name]))
        UNION ALL
         SELECT 'language'::text AS text,
            (l.lanname)::text AS lanname,
                CASE
                    WHEN (EXISTS ( SELECT
                       FROM others o
                      WHERE ((o.lanname = l.lanname) AND o.is_reachable))) THEN 'FAIL'::text
                    ELSE 'WARN'::text
                END AS "case",
            COALESCE(('Applications may call functions that no right confines: '::text || ( SELECT string_agg(o.name, ', '::text ORDER BY o.name) AS string_agg
                   FROM others o
                  WHERE ((o.lanname = l.lanname) AND o.is_reachable))), 'Its functions are confined by no right; no application may call one.'::text) AS "coalesce",
            format('drop language %I'::text, l.lanname) AS format
           FROM pg_language l
          WHERE (l.lanispl AND (NOT l.lanpltrusted))
        UNION ALL
         SELECT 'large_objects'::text AS text,
            'lo_create'::text AS text,
            'WARN'::text AS text,
            'Everyone may keep large objects, which know no tenant.'::text AS text,
            'As a superuser: replay the bundle, or revoke execute on the lo_* functions from public.'::text AS text
           FROM (pg_proc p
             CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, acldefault('f'::"char", p.proowner))) x(grantor, grantee, privilege_type, is_grantable))
          WHERE ((p.oid = ('lo_create(oid)'::regprocedure)::oid) AND (x.grantee = (0)::oid))
        UNION ALL
         SELECT 'large_objects'::text AS text,
            'pg_largeobject'::text AS text,
            'WARN'::text AS text,
            format('There are %s large objects, and no policy covers them.'::text, m.total) AS format,
            'Keep bytea in a tenant table, and lo_unlink these.'::text AS text
           FROM ( SELECT count(*) AS total
                   FROM pg_largeobject_metadata) m
          WHERE (m.total > 0)
        UNION ALL
         SELECT 'replication'::text AS text,
            ('slot '::text || (s.slot_name)::text),
            'WARN'::text AS text,
            'It streams the rows of all tenants, past every policy.'::text AS text,
            format('select pg_drop_replication_slot(%L), unless a reviewed receiver reads it'::text, s.slot_name) AS format
           FROM pg_replication_slots s
          WHERE ((s.slot_type = 'logical'::text) AND (s.database = current_database()))
        UNION ALL
         SELECT 'replication'::text AS text,
            ('subscription '::text || quote_ident((s.subname)::text)),
                CASE
                    WHEN (t.names IS NULL) THEN 'WARN'::text
                    ELSE 'FAIL'::text
                END AS "case",
            COALESCE((('It writes to '::text || t.names) || ' without the statement guards.'::text), 'What it writes passes the statement guards by.'::text) AS "coalesce",
            format('drop subscription %I'::text, s.subname) AS format
           FROM ((pg_subscription s
             JOIN pg_database d ON (((d.oid = s.subdbid) AND (d.datname = current_database()))))
             LEFT JOIN LATERAL ( SELECT string_agg(t_1.table_name, ', '::text ORDER BY t_1.table_name) AS names
                   FROM (pg_subscription_rel r
                     JOIN aibos.v_tenant_tables t_1 ON ((t_1.table_oid = r.srrelid)))
                  WHERE (r.srsubid = s.oid)) t ON (true))
        UNION ALL
         SELECT 'event_trigger'::text AS text,
            (e.evtname)::text AS evtname,
            'WARN'::text AS text,
            'It is disabled: what it watched for goes unseen.'::text AS text,
            format('alter event trigger %I enable, or drop it'::text, e.evtname) AS format
           FROM pg_event_trigger e
          WHERE (e.evtenabled = 'D'::"char")
        UNION ALL
         SELECT 'rule'::text AS text,
            format('%s on %s'::text, r.rulename, t.table_name) AS format,
            'FAIL'::text AS text,
            'A rule rewrites statements before any guard sees them.'::text AS text,
            format('drop rule %I on %s'::text, r.rulename, t.table_name) AS format
           FROM (pg_rewrite r
             JOIN aibos.v_tenant_tables t ON ((t.table_oid = r.ev_class)))
        UNION ALL
         SELECT 'inheritance'::text AS text,
            ((i.inhrelid)::regclass)::text AS inhrelid,
            'FAIL'::text AS text,
            format('It inherits from %s: a query of the parent reads its rows under the policies of the parent.'::text, (i.inhparent)::regclass) AS format,
            format('alter table %s no inherit %s'::text, (i.inhrelid)::regclass, (i.inhparent)::regclass) AS format
           FROM (pg_inherits i
             JOIN pg_class c ON ((c.oid = i.inhrelid)))
          WHERE ((NOT c.relispartition) AND (c.relkind = ANY (ARRAY['r'::"char", 'f'::"char"])) AND (EXISTS ( SELECT
                   FROM aibos.v_tenant_tables t
                  WHERE (t.table_oid = ANY (ARRAY[i.inhrelid, i.inhparent])))))
        UNION ALL
         SELECT 'leakproof'::text AS text,
            o.name,
            'FAIL'::text AS text,
            'It is called leakproof, so it sees rows before the policies have filtered them.'::text AS text,
            format('alter function %s not leakproof'::text, o.name) AS format
           FROM others o
          WHERE o.proleakproof
        UNION ALL
         SELECT 'shadowing'::text AS text,
            format('operator %s(%s, %s)'::text, o.oprname, (o.oprleft)::regtype, (o.oprright)::regtype) AS format,
            'WARN'::text AS text,
            format('Schema %I has an operator of a name and types of the system''s own.'::text, n.nspname) AS format,
            'Drop it, unless you know why it is there.'::text AS text
           FROM (pg_operator o
             JOIN pg_namespace n ON ((n.oid = o.oprnamespace)))
          WHERE ((n.nspname <> 'pg_catalog'::name) AND (o.oprleft < (16384)::oid) AND (o.oprright < (16384)::oid) AND (EXISTS ( SELECT
                   FROM pg_operator s
                  WHERE ((s.oprnamespace = ('pg_catalog'::regnamespace)::oid) AND (s.oprname = o.oprname)))) AND (NOT (EXISTS ( SELECT
                   FROM pg_depend d
                  WHERE ((d.classid = ('pg_operator'::regclass)::oid) AND (d.objid = o.oid) AND (d.deptype = 'e'::"char"))))))
        UNION ALL
         SELECT 'shadowing'::text AS text,
            format('cast (%s as %s)'::text, (c.castsource)::regtype, (c.casttarget)::regtype) AS format,
            'WARN'::text AS text,
            'It turns one type of the system into another where the system would not.'::text AS text,
            format('drop cast (%s as %s)'::text, (c.castsource)::regtype, (c.casttarget)::regtype) AS format
           FROM pg_cast c
          WHERE ((c.oid >= (16384)::oid) AND (c.castsource < (16384)::oid) AND (c.casttarget < (16384)::oid) AND (NOT (EXISTS ( SELECT
                   FROM pg_depend d
                  WHERE ((d.classid = ('pg_cast'::regclass)::oid) AND (d.objid = c.oid) AND (d.deptype = 'e'::"char"))))))
        UNION ALL
         SELECT 'default_privileges'::text AS text,
            format('%s of %s%s'::text,
                CASE a.defaclobjtype
                    WHEN 'r'::"char" THEN 'tables'::text
                    WHEN 'S'::"char" THEN 'sequences'::text
                    WHEN 'f'::"char" THEN 'functions'::text
                    WHEN 'T'::"char" THEN 'types'::text
                    ELSE 'schemas'::text
                END, pg_get_userbyid(a.defaclrole), COALESCE((' in '::text || quote_ident((n.nspname)::text)), ''::text)) AS format,
            'FAIL'::text AS text,
            format('What it will make is open to %s from the start: %s.'::text, COALESCE(g.role_name, 'PUBLIC'::text), string_agg(x.privilege_type, ', '::text)) AS format,
            format('alter default privileges for role %I%s revoke these'::text, pg_get_userbyid(a.defaclrole), COALESCE((' in schema '::text || quote_ident((n.nspname)::text)), ''::text)) AS format
           FROM (((pg_default_acl a
             LEFT JOIN pg_namespace n ON ((n.oid = a.defaclnamespace)))
             CROSS JOIN LATERAL aclexplode(a.defaclacl) x(grantor, grantee, privilege_type, is_grantable))
             LEFT JOIN applications g ON ((g.role_oid = x.grantee)))
          WHERE (((x.grantee = (0)::oid) OR (g.role_oid IS NOT NULL)) AND (x.grantee <> a.defaclrole) AND (a.defaclobjtype = ANY (ARRAY['r'::"char", 'S'::"char", 'f'::"char", 'n'::"char"])))
          GROUP BY a.defaclobjtype, a.defaclrole, n.nspname, g.role_name
        UNION ALL
         SELECT 'default_privileges'::text AS text,
            ('functions of '::text || (c.rolname)::text),
            'FAIL'::text AS text,
            'Every function it will make is executable by PUBLIC.'::text AS text,
            format('alter default privileges for role %I revoke execute on functions from public'::text, c.rolname) AS format
           FROM pg_roles c
          WHERE ((c.rolname = ANY (ARRAY['aibos_owner'::name, 'aibos_guard'::name, 'aibos_poster'::name, 'aibos_migration'::name])) AND (NOT (EXISTS ( SELECT
                   FROM pg_default_acl a
                  WHERE ((a.defaclrole = c.oid) AND (a.defaclnamespace = (0)::oid) AND (a.defaclobjtype = 'f'::"char"))))))
        UNION ALL
         SELECT 'definer_function'::text AS text,
            o.name,
                CASE
                    WHEN (t.names IS NULL) THEN 'WARN'::text
                    ELSE 'FAIL'::text
                END AS "case",
            format('An application may call it with the rights of %s%s.'::text, pg_get_userbyid(o.proowner), COALESCE((', over '::text || t.names), ''::text)) AS format,
            format('alter function %s security invoker, or give it to a role bound by the policies'::text, o.name) AS format
           FROM ((others o
             JOIN pg_roles r ON ((r.oid = o.proowner)))
             LEFT JOIN LATERAL ( SELECT string_agg(v.table_name, ', '::text ORDER BY v.table_name) AS names
                   FROM aibos.v_tenant_tables v
                  WHERE ((POSITION((v.table_name) IN (o.prosrc)) > 0) OR (EXISTS ( SELECT
                           FROM pg_depend d
                          WHERE ((d.classid = ('pg_proc'::regclass)::oid) AND (d.objid = o.oid) AND (d.refclassid = ('pg_class'::regclass)::oid) AND (d.refobjid = v.table_oid)))))) t ON (true))
          WHERE (o.prosecdef AND o.is_reachable AND (r.rolsuper OR r.rolbypassrls OR (r.rolname = ANY (ARRAY['aibos_owner'::name, 'aibos_guard'::name, 'aibos_poster'::name]))))
        UNION ALL
         SELECT 'context_setter'::text AS text,
            o.name,
                CASE
                    WHEN ((o.proconfig)::text ~* '[{,"]app\.'::text) THEN 'FAIL'::text
                    ELSE 'WARN'::text
                END AS "case",
                CASE
                    WHEN ((o.proconfig)::text ~* '[{,"]app\.'::text) THEN 'It runs in a context of its own, whoever calls it.'::text
                    ELSE 'An application may call it, and it seems to set the context for the whole session: behind a pooler that is somebody else''s.'::text
                END AS "case",
            format('Let %s set nothing, or only set_config(…, true) in the transaction of its caller.'::text, o.name) AS format
           FROM others o
          WHERE (o.is_reachable AND (((o.proconfig)::text ~* '[{,"]app\.'::text) OR (o.prosrc ~* 'set_config\s*\(\s*''app\.[^;]*,\s*(is_local\s*=>\s*)?false\s*\)'::text) OR (o.prosrc ~* '\mset\s+(session\s+)?app\.'::text)))
        )
 SELECT f.check_name,
    f.object,
    f.status,
    f.detail,
    f.remediation
   FROM found f
UNION ALL
 SELECT l.check_name,
    'this database'::text AS object,
    'PASS'::text AS status,
    l.detail,
    'Nothing to do.'::text AS remediation
   FROM ( VALUES ('server_setting'::text,'No setting of the server switches guards off, loses what was acknowledged or writes values to the log.'::text), ('extension'::text,'No extension reaches outside the database.'::text), ('language'::text,'Every language confines its functions.'::text), ('large_objects'::text,'There are no large objects, and PUBLIC makes none.'::text), ('replication'::text,'Nothing streams rows out by logical replication, or in.'::text), ('event_trigger'::text,'No event trigger is disabled.'::text), ('rule'::text,'No rule rewrites statements over tenant tables.'::text), ('inheritance'::text,'No tenant table has a part in inheritance.'::text), ('leakproof'::text,'No function of yours passes policies by as leakproof.'::text), ('shadowing'::text,'No operator or cast stands beside those of the system.'::text), ('default_privileges'::text,'Nothing that will be made is open from the start.'::text), ('definer_function'::text,'No application may call a function of yours that no policy binds.'::text), ('context_setter'::text,'No function of yours sets the context for a session.'::text)) l(check_name, detail)
  WHERE (NOT (EXISTS ( SELECT
           FROM found f
          WHERE (f.check_name = l.check_name))));
alter view aibos.v_environment_check owner to aibos_owner;
grant select on aibos.v_environment_check to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create view aibos.v_installation_check (
  check_name text,
  object text,
  status text,
  detail text,
  remediation text
) with (security_invoker=true) as
 SELECT COALESCE(c.kind, i.kind) AS check_name,
    COALESCE(c.object, i.object) AS object,
        CASE
            WHEN (c.sha256 = i.sha256) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (c.object IS NULL) THEN 'It was dropped.'::text
            WHEN (i.object IS NULL) THEN 'It was made after the installation.'::text
            WHEN (c.sha256 <> i.sha256) THEN 'It is not what the installation left.'::text
            ELSE 'As the installation left it.'::text
        END AS detail,
    'Replay the bundle, then find out who changed it.'::text AS remediation
   FROM (aibos.current_objects() c(kind, object, sha256)
     FULL JOIN aibos.installed_objects i ON (((i.kind = c.kind) AND (i.object = c.object))));
alter view aibos.v_installation_check owner to aibos_owner;
grant select on aibos.v_installation_check to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create view aibos.v_login_check (
  check_name text,
  object text,
  status text,
  detail text,
  remediation text
) with (security_invoker=true) as
 WITH applications AS MATERIALIZED (
         SELECT a.role_oid,
            a.role_name,
            a.is_login
           FROM aibos.v_application_roles a
        ), grantees(role_oid, role_name) AS MATERIALIZED (
         SELECT (0)::oid AS oid,
            'PUBLIC'::text AS "?column?"
        UNION ALL
         SELECT a.role_oid,
            a.role_name
           FROM applications a
        ), presets AS (
         SELECT ((COALESCE((r.rolname)::text, 'all roles'::text) || ' in '::text) || COALESCE((d.datname)::text, 'all databases'::text)) AS object,
            split_part(s.setting, '='::text, 1) AS name,
            substr(s.setting, (strpos(s.setting, '='::text) + 1)) AS value
           FROM (((pg_db_role_setting x
             LEFT JOIN pg_roles r ON ((r.oid = x.setrole)))
             LEFT JOIN pg_database d ON ((d.oid = x.setdatabase)))
             CROSS JOIN LATERAL unnest(x.setconfig) s(setting))
          WHERE (((x.setdatabase = (0)::oid) OR (d.datname = current_database())) AND COALESCE((NOT r.rolsuper), true))
        ), created_in(schema_oid, schema_name, role_name) AS (
         SELECT n.oid,
            (n.nspname)::text AS nspname,
            g.role_name
           FROM ((pg_namespace n
             CROSS JOIN LATERAL aclexplode(n.nspacl) x(grantor, grantee, privilege_type, is_grantable))
             JOIN grantees g ON ((g.role_oid = x.grantee)))
          WHERE ((x.privilege_type = 'CREATE'::text) AND (x.grantee <> n.nspowner) AND (n.nspname !~ '^pg_(toast_)?temp_'::text))
        ), found(check_name, object, status, detail, remediation) AS (
         SELECT 'login_attributes'::text AS text,
            (l.rolname)::text AS rolname,
                CASE
                    WHEN (a.role_oid IS NULL) THEN 'WARN'::text
                    ELSE 'FAIL'::text
                END AS "case",
            'It may replicate: that streams the rows of every tenant, past every policy.'::text AS text,
            format('alter role %I noreplication; keep a login of its own for replicas and backups'::text, l.rolname) AS format
           FROM (pg_roles l
             LEFT JOIN applications a ON (((a.role_oid = l.oid) AND a.is_login)))
          WHERE (l.rolcanlogin AND (NOT l.rolsuper) AND (EXISTS ( SELECT
                   FROM pg_roles r
                  WHERE (r.rolreplication AND (NOT r.rolsuper) AND aibos._can_become(l.oid, r.oid)))))
        UNION ALL
         SELECT 'login_attributes'::text AS text,
            a.role_name,
            'FAIL'::text AS text,
            'It may create roles, and so make logins that no review has seen.'::text AS text,
            format('alter role %I nocreaterole'::text, a.role_name) AS format
           FROM (applications a
             JOIN pg_roles r ON ((r.oid = a.role_oid)))
          WHERE (a.is_login AND r.rolcreaterole)
        UNION ALL
         SELECT 'login_roles'::text AS text,
            (l.rolname)::text AS rolname,
                CASE
                    WHEN ('aibos_migration'::name = ANY (s.names)) THEN 'FAIL'::text
                    ELSE 'WARN'::text
                END AS "case",
            format('It can act as several: %s.'::text, array_to_string(s.shown, ', '::text)) AS format,
            format('One login per service: revoke all but one of these from %I.'::text, l.rolname) AS format
           FROM (pg_roles l
             CROSS JOIN LATERAL ( SELECT array_agg(r.rolname ORDER BY r.rolname) AS names,
                    array_agg(((r.rolname)::text ||
                        CASE
                            WHEN pg_has_role(l.oid, r.oid, 'USAGE'::text) THEN ' (inherited)'::text
                            ELSE ' (by SET ROLE)'::text
                        END) ORDER BY r.rolname) AS shown
                   FROM pg_roles r
                  WHERE ((r.rolname = ANY (ARRAY['aibos_kernel_role'::name, 'aibos_finance_role'::name, 'aibos_config_role'::name, 'aibos_admin'::name, 'aibos_auditor_role'::name, 'aibos_migration'::name, 'aibos_monitor_role'::name])) AND aibos._can_become(l.oid, r.oid))) s)
          WHERE (l.rolcanlogin AND (NOT l.rolsuper) AND (cardinality(s.names) > 1))
        UNION ALL
         SELECT 'login_may_grant'::text AS text,
            a.role_name,
            'FAIL'::text AS text,
            format('It may grant %s to whom it likes, itself included.'::text, string_agg((r.rolname)::text, ', '::text ORDER BY ((r.rolname)::text))) AS format,
            format('revoke admin option for these from %I'::text, a.role_name) AS format
           FROM (applications a
             JOIN pg_roles r ON (((r.rolname ~ '^aibos_'::text) AND pg_has_role(a.role_oid, r.oid, 'MEMBER WITH ADMIN OPTION'::text))))
          WHERE a.is_login
          GROUP BY a.role_name
        UNION ALL
         SELECT 'login_settings'::text AS text,
            p.object,
                CASE
                    WHEN (p.name ~ 'preload_libraries$'::text) THEN 'WARN'::text
                    ELSE 'FAIL'::text
                END AS "case",
                CASE
                    WHEN (p.name ~ 'preload_libraries$'::text) THEN format('Code is loaded into its sessions: %s=%s.'::text, p.name, p.value)
                    WHEN ((p.name = 'search_path'::text) AND (q.creators IS NULL)) THEN format('Other names stand before those of the system: %s.'::text, p.value)
                    WHEN (p.name = 'search_path'::text) THEN format('Names are looked up where %s may create: %s.'::text, q.creators, p.value)
                    ELSE format('%s=%s takes away checks of rights.'::text, p.name, p.value)
                END AS format,
            format('alter role … reset %s, or alter database … reset %1$s'::text, p.name) AS format
           FROM (presets p
             CROSS JOIN LATERAL ( SELECT (min(e.place) FILTER (WHERE (e.name = 'pg_catalog'::text)) > 1) AS hides_system,
                    string_agg(DISTINCT ((c.role_name || ' in '::text) || c.schema_name), ', '::text) AS creators
                   FROM ((regexp_split_to_table(p.value, '\s*,\s*'::text) WITH ORDINALITY t(quoted, place)
                     CROSS JOIN LATERAL ( SELECT btrim(t.quoted, '" '::text) AS name,
                            t.place) e)
                     LEFT JOIN created_in c ON ((c.schema_name = e.name)))
                  WHERE (p.name = 'search_path'::text)) q)
          WHERE (((p.name = ANY (ARRAY['session_preload_libraries'::text, 'local_preload_libraries'::text])) AND (p.value !~ '^["\s]*$'::text)) OR ((p.name = 'lo_compat_privileges'::text) AND (p.value ~* '^(on|true|yes|1)$'::text)) OR ((p.name = 'search_path'::text) AND (q.hides_system OR (q.creators IS NOT NULL))))
        UNION ALL
         SELECT 'parameter_grants'::text AS text,
            COALESCE((r.rolname)::text, 'PUBLIC'::text) AS "coalesce",
            'FAIL'::text AS text,
            format('It may %s %s.'::text,
                CASE x.privilege_type
                    WHEN 'SET'::text THEN 'set'::text
                    ELSE 'ALTER SYSTEM set'::text
                END, p.parname) AS format,
            format('revoke %s on parameter %s from %s'::text, lower(x.privilege_type), p.parname, COALESCE(quote_ident((r.rolname)::text), 'public'::text)) AS format
           FROM ((pg_parameter_acl p
             CROSS JOIN LATERAL aclexplode(p.paracl) x(grantor, grantee, privilege_type, is_grantable))
             LEFT JOIN pg_roles r ON ((r.oid = x.grantee)))
          WHERE (COALESCE((NOT r.rolsuper), true) AND ((x.privilege_type = 'ALTER SYSTEM'::text) OR (p.parname = ANY (ARRAY['session_replication_role'::text, 'lo_compat_privileges'::text, 'allow_system_table_mods'::text, 'session_preload_libraries'::text, 'dynamic_library_path'::text, 'zero_damaged_pages'::text, 'ignore_system_indexes'::text]))))
        UNION ALL
         SELECT 'create_right'::text AS text,
            ('schema '::text || quote_ident(c.schema_name)),
            'FAIL'::text AS text,
            format('%s may create in it: names of its own could be taken for those of others.'::text, string_agg(DISTINCT c.role_name, ', '::text)) AS format,
            format('revoke create on schema %I from these'::text, c.schema_name) AS format
           FROM created_in c
          GROUP BY c.schema_name
        UNION ALL
         SELECT 'create_right'::text AS text,
            ('schema '::text || quote_ident((n.nspname)::text)),
            'WARN'::text AS text,
            format('It belongs to %s, which an application can act as.'::text, a.role_name) AS format,
            format('alter schema %I owner to a role that no application can act as'::text, n.nspname) AS format
           FROM (pg_namespace n
             JOIN applications a ON ((a.role_oid = n.nspowner)))
          WHERE (n.nspname !~ '^pg_(toast_)?temp_'::text)
        UNION ALL
         SELECT 'create_right'::text AS text,
            ('database '::text || quote_ident((d.datname)::text)),
                CASE x.privilege_type
                    WHEN 'CREATE'::text THEN 'FAIL'::text
                    ELSE 'WARN'::text
                END AS "case",
                CASE x.privilege_type
                    WHEN 'CREATE'::text THEN format('%s may create schemas in it.'::text, g.role_name)
                    ELSE format('%s may make temporary tables, whose names come before all others.'::text, g.role_name)
                END AS format,
            format('revoke %s on database %I from %s'::text, lower(x.privilege_type), d.datname,
                CASE x.grantee
                    WHEN 0 THEN 'public'::text
                    ELSE quote_ident(g.role_name)
                END) AS format
           FROM ((pg_database d
             CROSS JOIN LATERAL aclexplode(COALESCE(d.datacl, acldefault('d'::"char", d.datdba))) x(grantor, grantee, privilege_type, is_grantable))
             JOIN grantees g ON ((g.role_oid = x.grantee)))
          WHERE ((d.datname = current_database()) AND (x.privilege_type = ANY (ARRAY['CREATE'::text, 'TEMPORARY'::text])) AND (x.grantee <> d.datdba))
        UNION ALL
         SELECT 'foreign_access'::text AS text,
            ('server '::text || quote_ident((s.srvname)::text)),
                CASE
                    WHEN (w.names IS NULL) THEN 'WARN'::text
                    ELSE 'FAIL'::text
                END AS "case",
            COALESCE((('Usable by '::text || w.names) || ': what is read there is another session, perhaps of another role.'::text), 'It exists; no application has USAGE on it or a mapping.'::text) AS "coalesce",
            format('drop server %I, or revoke usage on it and drop the mappings'::text, s.srvname) AS format
           FROM (pg_foreign_server s
             LEFT JOIN LATERAL ( SELECT string_agg(DISTINCT g.role_name, ', '::text) AS names
                   FROM grantees g
                  WHERE ((EXISTS ( SELECT
                           FROM aclexplode(COALESCE(s.srvacl, acldefault('S'::"char", s.srvowner))) x(grantor, grantee, privilege_type, is_grantable)
                          WHERE (x.grantee = g.role_oid))) OR (EXISTS ( SELECT
                           FROM pg_user_mappings m
                          WHERE ((m.srvid = s.oid) AND (m.umuser = g.role_oid)))))) w ON (true))
        UNION ALL
         SELECT 'foreign_access'::text AS text,
            ('wrapper '::text || quote_ident((w.fdwname)::text)),
            'FAIL'::text AS text,
            format('%s may make servers of it.'::text, string_agg(DISTINCT g.role_name, ', '::text)) AS format,
            format('revoke usage on foreign data wrapper %I from these'::text, w.fdwname) AS format
           FROM ((pg_foreign_data_wrapper w
             CROSS JOIN LATERAL aclexplode(COALESCE(w.fdwacl, acldefault('F'::"char", w.fdwowner))) x(grantor, grantee, privilege_type, is_grantable))
             JOIN grantees g ON ((g.role_oid = x.grantee)))
          GROUP BY w.fdwname
        UNION ALL
         SELECT 'foreign_access'::text AS text,
            format('table %I.%I'::text, n.nspname, c.relname) AS format,
            'FAIL'::text AS text,
            format('%s has rights on it, and no policy covers a foreign table.'::text, string_agg(DISTINCT g.role_name, ', '::text)) AS format,
            format('revoke all on %I.%I from these'::text, n.nspname, c.relname) AS format
           FROM (((pg_class c
             JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
             CROSS JOIN LATERAL aclexplode(COALESCE(c.relacl, acldefault('r'::"char", c.relowner))) x(grantor, grantee, privilege_type, is_grantable))
             JOIN grantees g ON ((g.role_oid = x.grantee)))
          WHERE (c.relkind = 'f'::"char")
          GROUP BY n.nspname, c.relname
        )
 SELECT f.check_name,
    f.object,
    f.status,
    f.detail,
    f.remediation
   FROM found f
UNION ALL
 SELECT l.check_name,
    'every login'::text AS object,
    'PASS'::text AS status,
    l.detail,
    'Nothing to do.'::text AS remediation
   FROM ( VALUES ('login_attributes'::text,'None replicates, and none of an application creates roles.'::text), ('login_roles'::text,'None can act as more than one run-time role.'::text), ('login_may_grant'::text,'None of an application can pass a role on.'::text), ('login_settings'::text,'No preset loads code, takes away checks or leads names astray.'::text), ('parameter_grants'::text,'Nobody but superusers may set what switches guards off.'::text), ('create_right'::text,'No application may create schemas, objects in them or temporary tables.'::text), ('foreign_access'::text,'There is no foreign server to get through.'::text)) l(check_name, detail)
  WHERE (NOT (EXISTS ( SELECT
           FROM found f
          WHERE (f.check_name = l.check_name))));
alter view aibos.v_login_check owner to aibos_owner;
grant select on aibos.v_login_check to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create view aibos.v_schema_boundary_check (
  check_name text,
  object text,
  status text,
  detail text,
  remediation text
) with (security_invoker=true) as
 WITH matrix(role_name, schema_name, may_read, may_write) AS (
         VALUES ('aibos_kernel_role'::text,'kernel'::text,true,true), ('aibos_kernel_role'::text,'finance'::text,false,false), ('aibos_kernel_role'::text,'config'::text,true,false), ('aibos_finance_role'::text,'kernel'::text,false,false), ('aibos_finance_role'::text,'finance'::text,true,true), ('aibos_finance_role'::text,'config'::text,true,false), ('aibos_config_role'::text,'kernel'::text,false,false), ('aibos_config_role'::text,'finance'::text,false,false), ('aibos_config_role'::text,'config'::text,true,false), ('aibos_admin'::text,'kernel'::text,true,true), ('aibos_admin'::text,'finance'::text,true,true), ('aibos_admin'::text,'config'::text,true,false), ('aibos_auditor_role'::text,'kernel'::text,true,false), ('aibos_auditor_role'::text,'finance'::text,true,false), ('aibos_auditor_role'::text,'config'::text,true,false), ('aibos_monitor_role'::text,'kernel'::text,false,false), ('aibos_monitor_role'::text,'finance'::text,false,false), ('aibos_monitor_role'::text,'config'::text,false,false)
        ), granted AS (
         SELECT m.role_name,
            m.schema_name,
            m.may_read,
            m.may_write,
            COALESCE(bool_or((has_table_privilege((m.role_name)::name, c.oid, 'SELECT'::text) OR has_any_column_privilege((m.role_name)::name, c.oid, 'SELECT'::text))), false) AS reads,
            COALESCE(bool_or((has_table_privilege((m.role_name)::name, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'::text) OR has_any_column_privilege((m.role_name)::name, c.oid, 'INSERT, UPDATE'::text))), false) AS writes,
            count(c.oid) AS tables
           FROM ((matrix m
             JOIN pg_namespace n ON ((n.nspname = m.schema_name)))
             LEFT JOIN pg_class c ON (((c.relnamespace = n.oid) AND (c.relkind = ANY (ARRAY['r'::"char", 'p'::"char", 'v'::"char", 'm'::"char", 'f'::"char"])) AND ((((n.nspname)::text || '.'::text) || (c.relname)::text) <> ALL (ARRAY['kernel.v_tenant_isolation_check'::text, 'kernel.v_schema_boundary_check'::text, 'kernel.v_governance_summary'::text, 'kernel.v_tenant_health'::text, 'finance.v_double_entry_check'::text, 'finance.v_immutability_check'::text, 'finance.v_journal_parts'::text, 'finance.v_journal_integrity_summary'::text, 'finance.payment_transitions'::text])))))
          GROUP BY m.role_name, m.schema_name, m.may_read, m.may_write
        )
 SELECT 'role_in_schema'::text AS check_name,
    format('%s on %s'::text, g.role_name, g.schema_name) AS object,
        CASE
            WHEN ((g.reads AND (NOT g.may_read)) OR (g.writes AND (NOT g.may_write))) THEN 'FAIL'::text
            WHEN ((g.tables > 0) AND g.may_read AND (NOT g.reads)) THEN 'FAIL'::text
            ELSE 'PASS'::text
        END AS status,
    format('May %s; can %s.'::text,
        CASE
            WHEN g.may_write THEN 'read and write'::text
            WHEN g.may_read THEN 'read'::text
            ELSE 'do nothing'::text
        END,
        CASE
            WHEN g.writes THEN 'read and write'::text
            WHEN g.reads THEN 'read'::text
            ELSE 'do nothing'::text
        END) AS detail,
    'Replay the bundle: grants.sql holds the matrix.'::text AS remediation
   FROM granted g
UNION ALL
 SELECT 'foreign_key_crosses'::text AS check_name,
    format('%I.%I %I'::text, own_schema.nspname, own.relname, k.conname) AS object,
    'FAIL'::text AS status,
    format('It references %I.%I.'::text, other_schema.nspname, other.relname) AS detail,
    'Drop it; pass keys between planes through the API.'::text AS remediation
   FROM ((((pg_constraint k
     JOIN pg_class own ON ((own.oid = k.conrelid)))
     JOIN pg_namespace own_schema ON ((own_schema.oid = own.relnamespace)))
     JOIN pg_class other ON ((other.oid = k.confrelid)))
     JOIN pg_namespace other_schema ON ((other_schema.oid = other.relnamespace)))
  WHERE ((k.contype = 'f'::"char") AND (own_schema.nspname <> other_schema.nspname) AND (own_schema.nspname = ANY (ARRAY['kernel'::name, 'finance'::name, 'config'::name])) AND (other_schema.nspname = ANY (ARRAY['kernel'::name, 'finance'::name, 'config'::name])))
UNION ALL
 SELECT DISTINCT 'view_crosses'::text AS check_name,
    format('%I.%I'::text, view_schema.nspname, v.relname) AS object,
    'FAIL'::text AS status,
    format('It reads %I.%I.'::text, table_schema.nspname, t.relname) AS detail,
    'Split the view by schema.'::text AS remediation
   FROM (((((pg_class v
     JOIN pg_namespace view_schema ON ((view_schema.oid = v.relnamespace)))
     JOIN pg_rewrite r ON ((r.ev_class = v.oid)))
     JOIN pg_depend d ON (((d.classid = ('pg_rewrite'::regclass)::oid) AND (d.objid = r.oid) AND (d.refclassid = ('pg_class'::regclass)::oid))))
     JOIN pg_class t ON (((t.oid = d.refobjid) AND (t.oid <> v.oid))))
     JOIN pg_namespace table_schema ON ((table_schema.oid = t.relnamespace)))
  WHERE ((v.relkind = ANY (ARRAY['v'::"char", 'm'::"char"])) AND (view_schema.nspname <> table_schema.nspname) AND (view_schema.nspname = ANY (ARRAY['kernel'::name, 'finance'::name, 'config'::name])) AND (table_schema.nspname = ANY (ARRAY['kernel'::name, 'finance'::name, 'config'::name])));
alter view aibos.v_schema_boundary_check owner to aibos_owner;
grant select on aibos.v_schema_boundary_check to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create view aibos.v_tenant_isolation_check (
  check_name text,
  object text,
  status text,
  detail text,
  remediation text
) with (security_invoker=true) as
 SELECT 'row_security_forced'::text AS check_name,
    t.table_name AS object,
        CASE
            WHEN (t.has_row_security AND t.has_forced_row_security) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (NOT t.has_row_security) THEN 'Row security is off.'::text
            WHEN (NOT t.has_forced_row_security) THEN 'The owner is not bound by row security.'::text
            ELSE 'Row security is enabled and forced.'::text
        END AS detail,
    format('call aibos.isolate_tenant(%L);'::text, t.table_name) AS remediation
   FROM aibos.v_tenant_tables t
UNION ALL
 SELECT 'tenant_policy'::text AS check_name,
    t.table_name AS object,
        CASE
            WHEN p.is_sound THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (p.is_sound IS NULL) THEN 'There is no policy tenant_isolation.'::text
            WHEN p.is_sound THEN 'The one tenant policy filters and checks every row.'::text
            ELSE format('The policy reads %s and checks %s, for %s.'::text, p.using_text, p.check_text, p.roles)
        END AS detail,
    format('call aibos.isolate_tenant(%L);'::text, t.table_name) AS remediation
   FROM (aibos.v_tenant_tables t
     LEFT JOIN LATERAL ( SELECT pg_get_expr(p_1.polqual, p_1.polrelid) AS using_text,
            pg_get_expr(p_1.polwithcheck, p_1.polrelid) AS check_text,
            (ARRAY( SELECT ((r.r)::regrole)::text AS r
                   FROM unnest(p_1.polroles) r(r)
                  ORDER BY ((r.r)::regrole)::text))::text AS roles,
            COALESCE(((p_1.polcmd = '*'::"char") AND p_1.polpermissive AND (NOT ((0)::oid = ANY (p_1.polroles))) AND (pg_get_expr(p_1.polqual, p_1.polrelid) = pg_get_expr(p_1.polwithcheck, p_1.polrelid)) AND (pg_get_expr(p_1.polqual, p_1.polrelid) ~ (('^\('::text ||
                CASE
                    WHEN (t.table_oid = (to_regclass('kernel.tenants'::text))::oid) THEN 'id'::text
                    WHEN (EXISTS ( SELECT
                       FROM pg_attribute a
                      WHERE ((a.attrelid = t.table_oid) AND (a.attname = 'tenant_id'::name) AND (NOT a.attisdropped)))) THEN 'tenant_id'::text
                    ELSE '[a-z_]+'::text
                END) || ' = \( SELECT ([a-z_]+\.)?current_tenant_id\(\) AS current_tenant_id\)\)$'::text)) AND (ARRAY( SELECT d.refobjid
                   FROM pg_depend d
                  WHERE ((d.classid = ('pg_policy'::regclass)::oid) AND (d.objid = p_1.oid) AND (d.refclassid = ('pg_proc'::regclass)::oid))) <@ ARRAY[('aibos.current_tenant_id()'::regprocedure)::oid])), false) AS is_sound
           FROM pg_policy p_1
          WHERE ((p_1.polrelid = t.table_oid) AND (p_1.polname = 'tenant_isolation'::name))) p ON (true))
UNION ALL
 SELECT 'other_policies'::text AS check_name,
    t.table_name AS object,
        CASE
            WHEN (p.names IS NULL) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
    COALESCE(('Widened for others than the fabric''s own roles by: '::text || p.names), 'No other policy admits an application role.'::text) AS detail,
    'Drop the policy: access for applications goes through tenant_isolation alone.'::text AS remediation
   FROM (aibos.v_tenant_tables t
     LEFT JOIN LATERAL ( SELECT string_agg((p_1.polname)::text, ', '::text ORDER BY ((p_1.polname)::text)) AS names
           FROM pg_policy p_1
          WHERE ((p_1.polrelid = t.table_oid) AND (p_1.polname <> 'tenant_isolation'::name) AND p_1.polpermissive AND (EXISTS ( SELECT
                   FROM unnest(p_1.polroles) r(r)
                  WHERE ((r.r = (0)::oid) OR (pg_get_userbyid(r.r) <> ALL (ARRAY['aibos_guard'::name, 'aibos_poster'::name, 'aibos_owner'::name]))))))) p ON (true))
UNION ALL
 SELECT 'write_guard'::text AS check_name,
    t.table_name AS object,
        CASE
            WHEN (g.found = 2) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (g.found = 2) THEN 'Writes are refused without a tenant, and rows stay with theirs.'::text
            ELSE 'A guard is missing or not ENABLE ALWAYS.'::text
        END AS detail,
    format('call aibos.isolate_tenant(%L);'::text, t.table_name) AS remediation
   FROM (aibos.v_tenant_tables t
     CROSS JOIN LATERAL ( SELECT count(*) AS found
           FROM ((pg_trigger g_1
             JOIN pg_proc f ON ((f.oid = g_1.tgfoid)))
             JOIN pg_namespace fn ON ((fn.oid = f.pronamespace)))
          WHERE ((g_1.tgrelid = t.table_oid) AND (g_1.tgenabled = 'A'::"char") AND (fn.nspname = 'aibos'::name) AND (((g_1.tgname = 't20_assert_tenant'::name) AND (f.proname = 'assert_tenant_may_write'::name) AND (pg_get_triggerdef(g_1.oid) ~ 'WHEN \(\(NOT (aibos\.)?is_fabric\(\)\)\) EXECUTE'::text) AND (EXISTS ( SELECT
                   FROM pg_depend d
                  WHERE ((d.classid = ('pg_trigger'::regclass)::oid) AND (d.objid = g_1.oid) AND (d.refclassid = ('pg_proc'::regclass)::oid) AND (d.refobjid = ('aibos.is_fabric()'::regprocedure)::oid)))) AND ((g_1.tgtype)::integer = ((((2 + 4) + 8) + 16) + 32))) OR ((g_1.tgname = 't10_forbid_tenant_change'::name) AND (f.proname = 'forbid_tenant_change'::name) AND (pg_get_triggerdef(g_1.oid) ~ 'WHEN \(\(old\.[a-z_]+ IS DISTINCT FROM new\.[a-z_]+\)\) EXECUTE'::text))))) g)
UNION ALL
 SELECT 'grants'::text AS check_name,
    t.table_name AS object,
        CASE
            WHEN (g.bad IS NULL) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
    COALESCE(('Too much: '::text || g.bad), 'Nobody but the owner may truncate it, hang triggers on it or pass rights on.'::text) AS detail,
    format('revoke the privileges named from these roles on %s'::text, t.table_name) AS remediation
   FROM (aibos.v_tenant_tables t
     LEFT JOIN LATERAL ( SELECT string_agg(format('%s for %s'::text, x.privilege_type,
                CASE
                    WHEN (x.grantee = (0)::oid) THEN 'PUBLIC'::text
                    ELSE (pg_get_userbyid(x.grantee))::text
                END), ', '::text) AS bad
           FROM (pg_class c
             CROSS JOIN LATERAL ( SELECT a.grantee,
                    a.privilege_type,
                    a.is_grantable
                   FROM aclexplode(c.relacl) a(grantor, grantee, privilege_type, is_grantable)
                UNION
                 SELECT a.grantee,
                    a.privilege_type,
                    a.is_grantable
                   FROM pg_attribute col,
                    LATERAL aclexplode(col.attacl) a(grantor, grantee, privilege_type, is_grantable)
                  WHERE (col.attrelid = c.oid)) x)
          WHERE ((c.oid = t.table_oid) AND (x.grantee <> c.relowner) AND ((x.privilege_type = ANY (ARRAY['TRUNCATE'::text, 'TRIGGER'::text, 'REFERENCES'::text, 'MAINTAIN'::text])) OR (x.grantee = (0)::oid) OR x.is_grantable OR ((t.schema_name = ANY (ARRAY['aibos'::name, 'kernel'::name, 'config'::name, 'finance'::name])) AND (x.privilege_type <> 'SELECT'::text) AND (pg_get_userbyid(x.grantee) <> ALL (ARRAY['aibos_guard'::name, 'aibos_poster'::name, 'aibos_kernel_role'::name, 'aibos_finance_role'::name, 'aibos_admin'::name, 'aibos_migration'::name]))) OR (t.is_partition AND (pg_get_userbyid(x.grantee) <> ALL (ARRAY['aibos_guard'::name, 'aibos_poster'::name])))))) g ON (true))
UNION ALL
 SELECT 'tenant_in_foreign_key'::text AS check_name,
    ((own.table_name || ' '::text) || (k.conname)::text) AS object,
        CASE
            WHEN ((EXISTS ( SELECT
               FROM ((UNNEST(k.conkey, k.confkey) pair(own, other)
                 JOIN pg_attribute o ON (((o.attrelid = k.conrelid) AND (o.attnum = pair.own) AND (o.attname = 'tenant_id'::name))))
                 JOIN pg_attribute f ON (((f.attrelid = k.confrelid) AND (f.attnum = pair.other) AND (f.attname = 'tenant_id'::name)))))) AND (k.confdeltype = ANY (ARRAY['a'::"char", 'r'::"char"])) AND (k.confupdtype = ANY (ARRAY['a'::"char", 'r'::"char"]))) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
    'A foreign key between tenant tables carries tenant_id on both sides and does not cascade.'::text AS detail,
    'Make it (tenant_id, …) references … (tenant_id, …) without cascade.'::text AS remediation
   FROM (pg_constraint k
     JOIN aibos.v_tenant_tables own ON ((own.table_oid = k.conrelid)))
  WHERE ((k.contype = 'f'::"char") AND (EXISTS ( SELECT
           FROM aibos.v_tenant_tables t
          WHERE (t.table_oid = k.confrelid))))
UNION ALL
 SELECT 'login_cannot_bypass'::text AS check_name,
    (l.rolname)::text AS object,
        CASE
            WHEN (b.names IS NULL) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
    COALESCE(('It can act as: '::text || b.names), 'It reaches no owner, no guard and no role beyond row security.'::text) AS detail,
    format('revoke these roles from %I'::text, l.rolname) AS remediation
   FROM (pg_roles l
     LEFT JOIN LATERAL ( SELECT string_agg((r.rolname)::text, ', '::text ORDER BY ((r.rolname)::text)) AS names
           FROM pg_roles r
          WHERE (aibos._can_become(l.oid, r.oid) AND (r.rolsuper OR r.rolbypassrls OR (r.rolname = ANY (ARRAY['aibos_owner'::name, 'aibos_guard'::name, 'aibos_poster'::name, 'pg_execute_server_program'::name, 'pg_read_server_files'::name, 'pg_write_server_files'::name, 'pg_write_all_data'::name, 'pg_read_all_data'::name]))))) b ON (true))
  WHERE (l.rolcanlogin AND (NOT l.rolsuper))
UNION ALL
 SELECT 'superuser_login'::text AS check_name,
    (l.rolname)::text AS object,
    'WARN'::text AS status,
    'A superuser is bound by no policy; what it changes becomes evident later, not impossible now.'::text AS detail,
    'Keep it for administration; never give it to a service.'::text AS remediation
   FROM pg_roles l
  WHERE (l.rolcanlogin AND l.rolsuper)
UNION ALL
 SELECT 'login_could_grant_itself'::text AS check_name,
    (l.rolname)::text AS object,
    'WARN'::text AS status,
    ('It can grant itself an owning role: '::text ||
        CASE
            WHEN ((current_setting('server_version_num'::text))::integer < 160000) THEN 'on PostgreSQL 15 every CREATEROLE login can.'::text
            ELSE 'it holds ADMIN on it.'::text
        END) AS detail,
    'Keep this login for installing, apart from services.'::text AS remediation
   FROM pg_roles l
  WHERE (l.rolcanlogin AND (NOT l.rolsuper) AND
        CASE
            WHEN ((current_setting('server_version_num'::text))::integer < 160000) THEN l.rolcreaterole
            ELSE (pg_has_role(l.oid, 'aibos_owner'::name, 'MEMBER WITH ADMIN OPTION'::text) OR pg_has_role(l.oid, 'aibos_guard'::name, 'MEMBER WITH ADMIN OPTION'::text) OR pg_has_role(l.oid, 'aibos_poster'::name, 'MEMBER WITH ADMIN OPTION'::text))
        END)
UNION ALL
 SELECT 'preset_context'::text AS check_name,
    ((COALESCE((r.rolname)::text, 'all roles'::text) || ' in '::text) || COALESCE((d.datname)::text, 'all databases'::text)) AS object,
    'FAIL'::text AS status,
    ('A default is set: '::text || s.setting) AS detail,
    'alter role … reset / alter database … reset that setting'::text AS remediation
   FROM (((pg_db_role_setting x
     LEFT JOIN pg_roles r ON ((r.oid = x.setrole)))
     LEFT JOIN pg_database d ON ((d.oid = x.setdatabase)))
     CROSS JOIN LATERAL unnest(x.setconfig) s(setting))
  WHERE (((x.setdatabase = (0)::oid) OR (d.datname = current_database())) AND (s.setting ~* '^(app\.|row_security=|role=|session_replication_role=)'::text))
UNION ALL
 SELECT 'context_function'::text AS check_name,
    r.reader AS object,
        CASE
            WHEN r.is_in_force THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN r.is_in_force THEN format('It is STABLE, belongs to aibos_owner and is %s.'::text, r.form)
            ELSE format('It is not %s, or not STABLE, or does not belong to aibos_owner.'::text, r.form)
        END AS detail,
    'Replay the bundle, then find out who changed it.'::text AS remediation
   FROM aibos.context_readers() r(reader, form, is_in_force)
UNION ALL
 SELECT 'routine_unchanged'::text AS check_name,
    COALESCE(f.routine, g.routine) AS object,
        CASE
            WHEN (f.sha256 = g.sha256) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (f.routine IS NULL) THEN 'It was dropped.'::text
            WHEN (g.routine IS NULL) THEN 'It was made after the installation.'::text
            WHEN (f.sha256 <> g.sha256) THEN 'It is not what the installation left.'::text
            ELSE 'As the installation left it.'::text
        END AS detail,
    'Replay the bundle, then find out who changed it.'::text AS remediation
   FROM (aibos.routine_fingerprints() f(routine, sha256)
     FULL JOIN aibos.guard_fingerprints g ON ((g.routine = f.routine)))
UNION ALL
 SELECT 'view_reads_as_caller'::text AS check_name,
    format('%I.%I'::text, n.nspname, v.relname) AS object,
        CASE
            WHEN (d.is_ours OR ((v.relkind = 'v'::"char") AND COALESCE((v.reloptions @> ARRAY['security_invoker=true'::text]), false))) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN d.is_ours THEN 'It spans tenants by intent, shows counts, and only the monitor may read it.'::text
            WHEN (v.relkind = 'm'::"char") THEN 'A materialized view keeps rows of all tenants, and no policy covers them.'::text
            WHEN COALESCE((v.reloptions @> ARRAY['security_invoker=true'::text]), false) THEN 'It reads with the rights of who asks.'::text
            ELSE format('It reads tenant rows with the rights of %s.'::text, pg_get_userbyid(v.relowner))
        END AS detail,
    format('alter view %I.%I set (security_invoker = true), or drop it'::text, n.nspname, v.relname) AS remediation
   FROM ((pg_class v
     JOIN pg_namespace n ON ((n.oid = v.relnamespace)))
     CROSS JOIN LATERAL ( SELECT ((n.nspname = 'kernel'::name) AND (v.relname = 'v_tenant_health'::name)) AS is_ours) d)
  WHERE ((v.relkind = ANY (ARRAY['v'::"char", 'm'::"char"])) AND (n.nspname !~ '^(pg_|information_schema$)'::text) AND (EXISTS ( WITH RECURSIVE reads(oid) AS (
                 SELECT v.oid
                UNION
                 SELECT dep.refobjid
                   FROM ((reads reads_1
                     JOIN pg_rewrite r ON ((r.ev_class = reads_1.oid)))
                     JOIN pg_depend dep ON (((dep.classid = ('pg_rewrite'::regclass)::oid) AND (dep.objid = r.oid) AND (dep.refclassid = ('pg_class'::regclass)::oid))))
                )
         SELECT
           FROM (reads
             JOIN aibos.v_tenant_tables t ON ((t.table_oid = reads.oid))))))
UNION ALL
 SELECT DISTINCT 'publication'::text AS check_name,
    (p.pubname)::text AS object,
    'FAIL'::text AS status,
    'It sends rows of all tenants, past every policy.'::text AS detail,
    format('drop publication %I, or leave tenant tables out of it'::text, p.pubname) AS remediation
   FROM pg_publication p
  WHERE (p.puballtables OR (EXISTS ( SELECT
           FROM (pg_publication_rel r
             JOIN aibos.v_tenant_tables t ON ((t.table_oid = r.prrelid)))
          WHERE (r.prpubid = p.oid))) OR (EXISTS ( SELECT
           FROM ((pg_publication_namespace s
             JOIN pg_namespace n ON ((n.oid = s.pnnspid)))
             JOIN aibos.v_tenant_tables t ON ((t.schema_name = n.nspname)))
          WHERE (s.pnpubid = p.oid))))
UNION ALL
 SELECT DISTINCT 'definer_grants'::text AS check_name,
    format('%I.%I(%s)'::text, n.nspname, f.proname, pg_get_function_identity_arguments(f.oid)) AS object,
    'FAIL'::text AS status,
    format('%s may execute it.'::text,
        CASE
            WHEN (x.grantee = (0)::oid) THEN 'PUBLIC'::text
            ELSE (pg_get_userbyid(x.grantee))::text
        END) AS detail,
    'Revoke it: run-time logins get their rights as members of the fabric''s roles.'::text AS remediation
   FROM ((pg_proc f
     JOIN pg_namespace n ON ((n.oid = f.pronamespace)))
     CROSS JOIN LATERAL aclexplode(COALESCE(f.proacl, acldefault('f'::"char", f.proowner))) x(grantor, grantee, privilege_type, is_grantable))
  WHERE ((n.nspname = ANY (ARRAY['aibos'::name, 'kernel'::name, 'config'::name, 'finance'::name])) AND f.prosecdef AND (x.grantee <> f.proowner) AND ((x.grantee = (0)::oid) OR (pg_get_userbyid(x.grantee) <> ALL (ARRAY['aibos_owner'::name, 'aibos_guard'::name, 'aibos_poster'::name, 'aibos_kernel_role'::name, 'aibos_finance_role'::name, 'aibos_config_role'::name, 'aibos_admin'::name, 'aibos_migration'::name, 'aibos_monitor_role'::name, 'aibos_auditor_role'::name]))))
UNION ALL
 SELECT 'table_owner'::text AS check_name,
    t.table_name AS object,
        CASE
            WHEN (o.rolcanlogin AND (NOT o.rolsuper)) THEN 'FAIL'::text
            ELSE 'PASS'::text
        END AS status,
    format('It belongs to %s, %s.'::text, o.rolname,
        CASE
            WHEN o.rolcanlogin THEN 'which can log in'::text
            ELSE 'which nobody can log in as'::text
        END) AS detail,
    format('alter table %s owner to a role that nobody can log in as'::text, t.table_name) AS remediation
   FROM ((aibos.v_tenant_tables t
     JOIN pg_class c ON ((c.oid = t.table_oid)))
     JOIN pg_roles o ON ((o.oid = c.relowner)))
UNION ALL
 SELECT 'owner'::text AS check_name,
    format('%I.%I'::text, n.nspname, c.relname) AS object,
        CASE
            WHEN (pg_get_userbyid(c.relowner) = ANY (ARRAY['aibos_owner'::name, 'aibos_guard'::name])) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
    format('It belongs to %s.'::text, pg_get_userbyid(c.relowner)) AS detail,
    format('alter table %s owner to aibos_owner'::text, (c.oid)::regclass) AS remediation
   FROM (pg_class c
     JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
  WHERE ((n.nspname = ANY (ARRAY['aibos'::name, 'kernel'::name, 'config'::name, 'finance'::name])) AND (c.relkind = ANY (ARRAY['r'::"char", 'p'::"char", 'v'::"char"])))
UNION ALL
 SELECT 'context_signed'::text AS check_name,
    'aibos.current_tenant_id()'::text AS object,
        CASE
            WHEN (k.live IS NULL) THEN 'WARN'::text
            WHEN k.is_read_signed THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (k.live IS NULL) THEN 'Degraded: unsigned, so any SQL of the application may name any tenant.'::text
            WHEN k.is_read_signed THEN (('Signed; live keys: '::text || k.live) || '.'::text)
            ELSE (('Unsigned, although these keys are live: '::text || k.live) || '.'::text)
        END AS detail,
        CASE
            WHEN ((k.live IS NULL) OR k.is_read_signed) THEN 'Install a context key, and give it to the driver: aibos context-key install.'::text
            ELSE 'Replay the bundle, then find out who changed the readers of the context.'::text
        END AS remediation
   FROM ( SELECT string_agg(s.key_id, ', '::text) AS live,
            ( SELECT bool_and(r.is_in_force) AS bool_and
                   FROM aibos.context_readers() r(reader, form, is_in_force)) AS is_read_signed
           FROM aibos.context_key_states() s(key_id, is_live, clock_skew_seconds, max_lifetime_seconds, installed_at, installed_by, retired_at, retired_by)
          WHERE s.is_live) k
UNION ALL
 SELECT 'server_release'::text AS check_name,
    current_setting('server_version'::text) AS object,
        CASE
            WHEN ((current_setting('server_version_num'::text))::integer >= floor.release) THEN 'PASS'::text
            ELSE 'WARN'::text
        END AS status,
    (('Releases before '::text || floor.name) || ' have known faults in row security.'::text) AS detail,
    'Update to the newest minor release.'::text AS remediation
   FROM ( SELECT
                CASE ((current_setting('server_version_num'::text))::integer / 10000)
                    WHEN 15 THEN 150020
                    WHEN 16 THEN 160016
                    WHEN 17 THEN 170012
                    WHEN 18 THEN 180007
                    ELSE 0
                END AS release,
                CASE ((current_setting('server_version_num'::text))::integer / 10000)
                    WHEN 15 THEN '15.20'::text
                    WHEN 16 THEN '16.16'::text
                    WHEN 17 THEN '17.12'::text
                    WHEN 18 THEN '18.7'::text
                    ELSE 'none'::text
                END AS name) floor;
alter view aibos.v_tenant_isolation_check owner to aibos_owner;
grant select on aibos.v_tenant_isolation_check to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create view aibos.v_tenant_tables (
  table_oid oid,
  table_name text,
  schema_name name,
  has_row_security boolean,
  has_forced_row_security boolean,
  is_partition boolean,
  relkind "char"
) with (security_invoker=true) as
 SELECT c.oid AS table_oid,
    format('%I.%I'::text, n.nspname, c.relname) AS table_name,
    n.nspname AS schema_name,
    c.relrowsecurity AS has_row_security,
    c.relforcerowsecurity AS has_forced_row_security,
    c.relispartition AS is_partition,
    c.relkind
   FROM (pg_class c
     JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
  WHERE ((c.relkind = ANY (ARRAY['r'::"char", 'p'::"char"])) AND (n.nspname !~ '^(pg_|information_schema$)'::text) AND (c.relpersistence <> 't'::"char") AND ((EXISTS ( SELECT
           FROM pg_attribute a
          WHERE ((a.attrelid = c.oid) AND (a.attname = 'tenant_id'::name) AND (NOT a.attisdropped) AND (a.attnum > 0)))) OR (EXISTS ( SELECT
           FROM pg_policy p
          WHERE ((p.polrelid = c.oid) AND (p.polname = 'tenant_isolation'::name))))));
alter view aibos.v_tenant_tables owner to aibos_owner;
grant select on aibos.v_tenant_tables to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create view finance.v_account_balances (
  tenant_id uuid,
  account_id uuid,
  period_id uuid,
  currency text,
  debit_cents numeric,
  credit_cents numeric
) with (security_invoker=true) as
 SELECT tenant_id,
    account_id,
    period_id,
    currency,
    sum(debit_cents) AS debit_cents,
    sum(credit_cents) AS credit_cents
   FROM ( SELECT f.tenant_id,
            f.account_id,
            f.period_id,
            f.currency,
            f.debit_cents,
            f.credit_cents
           FROM finance.account_balances f
        UNION ALL
         SELECT d.tenant_id,
            d.account_id,
            d.period_id,
            d.currency,
            d.debit_cents,
            d.credit_cents
           FROM finance.balance_deltas d) b
  GROUP BY tenant_id, account_id, period_id, currency;
alter view finance.v_account_balances owner to aibos_owner;
grant select on finance.v_account_balances to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard;
create view finance.v_archive_boundaries (
  tenant_id uuid,
  company_id uuid,
  through_on date,
  period_id uuid,
  period_close_id uuid
) with (security_invoker=true) as
 SELECT b.tenant_id,
    b.company_id,
    b.through_on,
    p.id AS period_id,
    p.close_id AS period_close_id
   FROM (( SELECT c.tenant_id,
            c.company_id,
            max(c.through_on) AS through_on
           FROM (finance.journal_archive_companies c
             JOIN finance.v_archives_in_force a ON (((a.tenant_id = c.tenant_id) AND (a.journal_archive_id = c.journal_archive_id))))
          GROUP BY c.tenant_id, c.company_id) b
     JOIN finance.fiscal_periods p ON (((p.tenant_id = b.tenant_id) AND (p.company_id = b.company_id) AND (p.ends_on = b.through_on))));
alter view finance.v_archive_boundaries owner to aibos_owner;
grant select on finance.v_archive_boundaries to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
create view finance.v_archives_in_force (
  tenant_id uuid,
  journal_archive_id uuid,
  part_no integer,
  from_id uuid,
  before_id uuid,
  entries bigint,
  lines bigint,
  leaves_sha256 aibos.sha256_hash,
  archived_by uuid,
  reason text,
  archived_at timestamp with time zone
) with (security_invoker=true) as
 SELECT tenant_id,
    id AS journal_archive_id,
    part_no,
    from_id,
    before_id,
    entries,
    lines,
    leaves_sha256,
    archived_by,
    reason,
    created_at AS archived_at
   FROM finance.journal_archives a
  WHERE (NOT (EXISTS ( SELECT
           FROM finance.journal_restorations r
          WHERE ((r.tenant_id = a.tenant_id) AND (r.journal_archive_id = a.id)))));
alter view finance.v_archives_in_force owner to aibos_owner;
grant select on finance.v_archives_in_force to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
create view finance.v_balance_drift (
  tenant_id uuid,
  account_id uuid,
  period_id uuid,
  currency text,
  debit_drift_cents numeric,
  credit_drift_cents numeric
) with (security_invoker=true) as
 SELECT COALESCE(l.tenant_id, b.tenant_id) AS tenant_id,
    COALESCE(l.account_id, b.account_id) AS account_id,
    COALESCE(l.period_id, b.period_id) AS period_id,
    COALESCE(l.currency, b.currency) AS currency,
    (COALESCE(b.debit_cents, (0)::numeric) - COALESCE(l.debit_cents, (0)::numeric)) AS debit_drift_cents,
    (COALESCE(b.credit_cents, (0)::numeric) - COALESCE(l.credit_cents, (0)::numeric)) AS credit_drift_cents
   FROM (( SELECT j.tenant_id,
            j.account_id,
            e.period_id,
            j.currency,
            sum((j.debit_cents)::bigint) AS debit_cents,
            sum((j.credit_cents)::bigint) AS credit_cents
           FROM ((((finance.journal_lines j
             JOIN finance.journal_entries e ON (((e.tenant_id = j.tenant_id) AND (e.id = j.journal_entry_id))))
             JOIN finance.accounts a ON (((a.tenant_id = j.tenant_id) AND (a.id = j.account_id))))
             JOIN finance.fiscal_periods p ON (((p.tenant_id = e.tenant_id) AND (p.id = e.period_id))))
             LEFT JOIN finance.v_archive_boundaries g ON (((g.tenant_id = a.tenant_id) AND (g.company_id = a.company_id))))
          WHERE (a.keeps_balance AND ((g.through_on IS NULL) OR (p.ends_on > g.through_on)))
          GROUP BY j.tenant_id, j.account_id, e.period_id, j.currency) l
     FULL JOIN ( SELECT k.tenant_id,
            k.account_id,
            k.period_id,
            k.currency,
            k.debit_cents,
            k.credit_cents
           FROM ((finance.v_account_balances k
             JOIN finance.fiscal_periods p ON (((p.tenant_id = k.tenant_id) AND (p.id = k.period_id))))
             LEFT JOIN finance.v_archive_boundaries g ON (((g.tenant_id = p.tenant_id) AND (g.company_id = p.company_id))))
          WHERE ((g.through_on IS NULL) OR (p.ends_on > g.through_on))) b ON (((b.tenant_id = l.tenant_id) AND (b.account_id = l.account_id) AND (b.period_id = l.period_id) AND (b.currency = l.currency))))
  WHERE ((COALESCE(b.debit_cents, (0)::numeric) <> COALESCE(l.debit_cents, (0)::numeric)) OR (COALESCE(b.credit_cents, (0)::numeric) <> COALESCE(l.credit_cents, (0)::numeric)));
alter view finance.v_balance_drift owner to aibos_owner;
grant select on finance.v_balance_drift to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard;
create view finance.v_balance_sheet (
  tenant_id uuid,
  company_id uuid,
  fiscal_year_starts_on date,
  fiscal_year_ends_on date,
  section text,
  account_id uuid,
  code text,
  name text,
  depth integer,
  path text[],
  currency text,
  is_unconverted boolean,
  amount_cents numeric,
  total_cents numeric
) with (security_invoker=true) as
 SELECT y.tenant_id,
    y.company_id,
    y.fiscal_year_starts_on,
    y.fiscal_year_ends_on,
    s.section,
    s.account_id,
    s.code,
    s.name,
    s.depth,
    s.path,
    s.currency,
    s.is_unconverted,
    s.amount_cents,
    s.total_cents
   FROM (( SELECT p.tenant_id,
            p.company_id,
            p.fiscal_year_starts_on,
            max(p.ends_on) AS fiscal_year_ends_on
           FROM finance.fiscal_periods p
          GROUP BY p.tenant_id, p.company_id, p.fiscal_year_starts_on) y
     CROSS JOIN LATERAL finance.balance_sheet(y.company_id, y.fiscal_year_ends_on, NULL::timestamp with time zone) s(section, account_id, code, name, depth, path, currency, is_unconverted, amount_cents, total_cents));
alter view finance.v_balance_sheet owner to aibos_owner;
grant select on finance.v_balance_sheet to aibos_admin, aibos_auditor_role, aibos_finance_role;
create view finance.v_chart_of_accounts (
  tenant_id uuid,
  company_id uuid,
  account_id uuid,
  parent_id uuid,
  code text,
  name text,
  account_type text,
  currency text,
  is_active boolean,
  depth integer,
  path text[]
) with (security_invoker=true) as
 WITH RECURSIVE chart AS (
         SELECT a.tenant_id,
            a.company_id,
            a.id AS account_id,
            a.parent_id,
            a.code,
            a.name,
            a.account_type,
            a.currency,
            a.is_active,
            1 AS depth,
            ARRAY[a.code] AS path
           FROM finance.accounts a
          WHERE (a.parent_id IS NULL)
        UNION ALL
         SELECT a.tenant_id,
            a.company_id,
            a.id,
            a.parent_id,
            a.code,
            a.name,
            a.account_type,
            a.currency,
            a.is_active,
            (c_1.depth + 1),
            (c_1.path || a.code)
           FROM (chart c_1
             JOIN finance.accounts a ON (((a.tenant_id = c_1.tenant_id) AND (a.company_id = c_1.company_id) AND (a.parent_id = c_1.account_id))))
        )
 SELECT tenant_id,
    company_id,
    account_id,
    parent_id,
    code,
    name,
    account_type,
    currency,
    is_active,
    depth,
    path
   FROM chart c;
alter view finance.v_chart_of_accounts owner to aibos_owner;
grant select on finance.v_chart_of_accounts to aibos_admin, aibos_auditor_role, aibos_finance_role;
create view finance.v_double_entry_check (
  check_name text,
  object text,
  status text,
  detail text,
  remediation text
) with (security_invoker=true) as
 WITH guard(table_name, trigger_name, function_name, what) AS (
         VALUES ('finance.journal_lines'::text,'journal_entry_balanced'::text,'finance.assert_lines_balanced'::text,'Lines are proven balanced as they arrive.'::text), ('finance.journal_lines'::text,'t90_record_posting'::text,'finance.record_posting'::text,'Each posting leaves an event with its hash.'::text), ('finance.journal_entries'::text,'journal_entry_has_lines'::text,'finance.assert_entry_has_lines'::text,'No entry commits without lines.'::text), ('finance.journal_lines'::text,'t50_derive_deltas'::text,'finance.derive_deltas'::text,'Kept balances follow the lines.'::text), ('finance.journal_entries'::text,'t30_stamp_entry'::text,'finance.stamp_entry'::text,'Period, time and user are set by the database.'::text)
        )
 SELECT 'guard'::text AS check_name,
    format('%s on %s'::text, g.trigger_name, g.table_name) AS object,
        CASE
            WHEN t.is_sound THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (t.is_sound IS NULL) THEN 'The trigger is missing.'::text
            WHEN (t.tgenabled <> 'A'::"char") THEN 'The trigger is not ENABLE ALWAYS.'::text
            WHEN (NOT t.is_sound) THEN 'The function or the condition is not what it must be: definer, volatile, pinned, owned by aibos_guard, for everyone but aibos_poster.'::text
            ELSE g.what
        END AS detail,
    'Replay the bundle, then find out who changed it.'::text AS remediation
   FROM (guard g
     LEFT JOIN LATERAL ( SELECT t_1.tgenabled,
            ((t_1.tgenabled = 'A'::"char") AND (f.oid = (to_regproc(g.function_name))::oid) AND f.prosecdef AND (f.provolatile = 'v'::"char") AND (pg_get_userbyid(f.proowner) = 'aibos_guard'::name) AND COALESCE((f.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'::text]), false) AND (pg_get_triggerdef(t_1.oid) ~ 'WHEN \(\(NOT (aibos\.)?is_poster\(\)\)\) EXECUTE'::text) AND (EXISTS ( SELECT
                   FROM pg_depend d
                  WHERE ((d.classid = ('pg_trigger'::regclass)::oid) AND (d.objid = t_1.oid) AND (d.refclassid = ('pg_proc'::regclass)::oid) AND (d.refobjid = ('aibos.is_poster()'::regprocedure)::oid)))) AND (pg_get_triggerdef(t_1.oid) ~ '^CREATE (CONSTRAINT )?TRIGGER \S+ (AFTER|BEFORE) INSERT ON '::text)) AS is_sound
           FROM (pg_trigger t_1
             JOIN pg_proc f ON ((f.oid = t_1.tgfoid)))
          WHERE ((t_1.tgrelid = (to_regclass(g.table_name))::oid) AND (t_1.tgname = g.trigger_name))) t ON (true))
UNION ALL
 SELECT 'constraint'::text AS check_name,
    format('finance.%I %I'::text, r.relname, k.conname) AS object,
        CASE
            WHEN k.convalidated THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN k.convalidated THEN 'Valid.'::text
            ELSE 'Rows may break it: it was never validated.'::text
        END AS detail,
    format('alter table finance.%I validate constraint %I'::text, r.relname, k.conname) AS remediation
   FROM (pg_constraint k
     JOIN pg_class r ON ((r.oid = k.conrelid)))
  WHERE (((k.conrelid = ANY (ARRAY[('finance.journal_entries'::regclass)::oid, ('finance.journal_lines'::regclass)::oid])) OR (k.conrelid IN ( SELECT i.inhrelid
           FROM pg_inherits i
          WHERE (i.inhparent = ANY (ARRAY[('finance.journal_entries'::regclass)::oid, ('finance.journal_lines'::regclass)::oid]))))) AND (k.contype = ANY (ARRAY['c'::"char", 'f'::"char", 'p'::"char", 'u'::"char"])))
UNION ALL
 SELECT 'constraint'::text AS check_name,
    ('finance.journal_lines '::text || must.name) AS object,
    'FAIL'::text AS status,
    'The constraint is missing.'::text AS detail,
    'Restore it from the migrations.'::text AS remediation
   FROM ( VALUES ('journal_lines_one_side_ck'::text), ('journal_lines_tenant_id_journal_entry_id_line_no_pk'::text)) must(name)
  WHERE (NOT (EXISTS ( SELECT
           FROM pg_constraint k
          WHERE ((k.conrelid = ('finance.journal_lines'::regclass)::oid) AND (k.conname = must.name)))))
UNION ALL
 SELECT 'unique_index'::text AS check_name,
    must.name AS object,
        CASE
            WHEN (i.indisunique AND i.indisvalid) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (i.indisunique IS NULL) THEN 'The index is missing.'::text
            WHEN ((NOT i.indisunique) OR (NOT i.indisvalid)) THEN 'The index is not unique or not valid.'::text
            ELSE must.what
        END AS detail,
    'Restore it from the migrations.'::text AS remediation
   FROM (( VALUES ('finance.journal_reversals_tenant_id_reverses_entry_id_pk'::text,'An entry is reversed once at most.'::text), ('finance.journal_keys_tenant_id_idempotency_key_pk'::text,'A key books once at most.'::text), ('finance.journal_entries_tenant_id_id_pk'::text,'An entry has its id alone.'::text), ('finance.audit_events_tenant_id_id_pk'::text,'A posting has one event.'::text)) must(name, what)
     LEFT JOIN pg_index i ON ((i.indexrelid = (to_regclass(must.name))::oid)))
UNION ALL
 SELECT 'part_guard'::text AS check_name,
    format('%s on %s'::text, t.tgname, (i.inhrelid)::regclass) AS object,
        CASE
            WHEN ((c.tgenabled = 'A'::"char") AND s.is_same) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (c.tgenabled IS NULL) THEN 'The trigger is missing: a partition that is named directly does not have it.'::text
            WHEN (c.tgenabled <> 'A'::"char") THEN 'The trigger is not ENABLE ALWAYS.'::text
            WHEN s.is_same THEN 'Also where the part is named directly.'::text
            ELSE 'It is not the trigger of the whole.'::text
        END AS detail,
    'Replay the bundle, then find out who changed it.'::text AS remediation
   FROM (((pg_inherits i
     JOIN pg_trigger t ON (((t.tgrelid = i.inhparent) AND (NOT t.tgisinternal))))
     LEFT JOIN pg_trigger c ON (((c.tgrelid = i.inhrelid) AND (c.tgname = t.tgname))))
     CROSS JOIN LATERAL ( SELECT ((c.tgfoid = t.tgfoid) AND (c.tgtype = t.tgtype) AND (regexp_replace(pg_get_triggerdef(c.oid), ' ON \S+ '::text, ' ON '::text) = regexp_replace(pg_get_triggerdef(t.oid), ' ON \S+ '::text, ' ON '::text))) AS is_same) s)
  WHERE (i.inhparent = ANY (ARRAY[('finance.journal_entries'::regclass)::oid, ('finance.journal_lines'::regclass)::oid]))
UNION ALL
 SELECT 'part_open'::text AS check_name,
    t.name AS object,
        CASE
            WHEN o.is_open THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN o.is_open THEN 'New entries have a part to go to.'::text
            ELSE 'No part takes new entries.'::text
        END AS detail,
    'Attach the last part again, then find out who detached it.'::text AS remediation
   FROM (( VALUES ('finance.journal_entries'::text), ('finance.journal_lines'::text)) t(name)
     CROSS JOIN LATERAL ( SELECT (EXISTS ( SELECT
                   FROM (pg_inherits i
                     JOIN pg_class c ON ((c.oid = i.inhrelid)))
                  WHERE ((i.inhparent = (to_regclass(t.name))::oid) AND (pg_get_expr(c.relpartbound, c.oid) ~~ '%TO (MAXVALUE)'::text)))) AS is_open) o)
UNION ALL
 SELECT 'part_key'::text AS check_name,
    format('%s on %s'::text, must.name, must.table_name) AS object,
        CASE
            WHEN k.is_sound THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (k.is_sound IS NULL) THEN 'The foreign key is missing.'::text
            WHEN (NOT k.is_sound) THEN 'The foreign key was never validated, or is not enforced.'::text
            ELSE must.what
        END AS detail,
    'Restore it from the migrations.'::text AS remediation
   FROM ((finance.v_journal_parts p
     CROSS JOIN LATERAL ( VALUES ('period_id'::text,p.entries_table,'finance.fiscal_periods'::text,'(tenant_id, company_id, period_id)'::text,'(tenant_id, company_id, id)'::text,'An entry has its period.'::text), ('reverses_entry_id'::text,p.entries_table,'finance.audit_events'::text,'(tenant_id, reverses_entry_id)'::text,'(tenant_id, id)'::text,'What is reversed was posted.'::text), ('journal_entry_id'::text,p.lines_table,p.entries_table,'(tenant_id, journal_entry_id)'::text,'(tenant_id, id)'::text,'A line has its entry.'::text), ('account_id'::text,p.lines_table,'finance.accounts'::text,'(tenant_id, account_id)'::text,'(tenant_id, id)'::text,'A line has its account.'::text), ('fx_rate_id'::text,p.lines_table,'finance.fx_rates'::text,'(tenant_id, fx_rate_id)'::text,'(tenant_id, id)'::text,'A line has its rate.'::text), ('fx_cross_rate_id'::text,p.lines_table,'finance.fx_rates'::text,'(tenant_id, fx_cross_rate_id)'::text,'(tenant_id, id)'::text,'A line has its second rate.'::text)) must(name, table_name, target, columns, target_columns, what))
     LEFT JOIN LATERAL ( SELECT bool_or((k_1.convalidated AND (NOT (EXISTS ( SELECT
                   FROM pg_trigger t
                  WHERE ((t.tgconstraint = k_1.oid) AND (t.tgenabled <> ALL (ARRAY['O'::"char", 'A'::"char"])))))))) AS is_sound
           FROM pg_constraint k_1
          WHERE ((k_1.conrelid = (to_regclass(must.table_name))::oid) AND (k_1.confrelid = (to_regclass(must.target))::oid) AND (k_1.contype = 'f'::"char") AND (pg_get_constraintdef(k_1.oid) ~~ (((('FOREIGN KEY '::text || must.columns) || ' REFERENCES %'::text) || must.target_columns) || '%'::text)))) k ON (true))
UNION ALL
 SELECT 'part_lines'::text AS check_name,
    p.lines_table AS object,
        CASE
            WHEN (e.bound = l.bound) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (e.bound = l.bound) THEN 'Its lines are of the time of its entries.'::text
            ELSE 'Its lines are not in the ledger, or of another time than its entries.'::text
        END AS detail,
    'Attach it again, then find out who detached it.'::text AS remediation
   FROM ((finance.v_journal_parts p
     CROSS JOIN LATERAL ( SELECT pg_get_expr(c.relpartbound, c.oid) AS bound
           FROM pg_class c
          WHERE (c.oid = (to_regclass(p.entries_table))::oid)) e)
     LEFT JOIN LATERAL ( SELECT pg_get_expr(c.relpartbound, c.oid) AS bound
           FROM pg_class c
          WHERE (c.oid = (to_regclass(p.lines_table))::oid)) l ON (true))
UNION ALL
 SELECT 'posting_functions'::text AS check_name,
    f.name AS object,
        CASE
            WHEN f.is_reviewed THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN f.is_reviewed THEN 'A reviewed posting function.'::text
            ELSE 'aibos_poster owns a function that is not one of the posting functions.'::text
        END AS detail,
    'Drop the function or give it to aibos_owner.'::text AS remediation
   FROM ( SELECT format('%I.%I(%s)'::text, n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name,
            ((((n.nspname)::text || '.'::text) || (p.proname)::text) = ANY (ARRAY['finance.post_journal'::text, 'finance.post_journals'::text, 'finance.bulk_post'::text, 'finance.reverse_journal'::text, 'finance.revalue'::text, 'finance.post_draft'::text])) AS is_reviewed
           FROM (pg_proc p
             JOIN pg_namespace n ON ((n.oid = p.pronamespace)))
          WHERE (pg_get_userbyid(p.proowner) = 'aibos_poster'::name)) f
UNION ALL
 SELECT 'posting_functions'::text AS check_name,
    must.name AS object,
    'FAIL'::text AS status,
    'It does not exist or is not owned by aibos_poster.'::text AS detail,
    'Replay the bundle.'::text AS remediation
   FROM ( VALUES ('post_journal'::text), ('post_journals'::text), ('bulk_post'::text), ('reverse_journal'::text), ('revalue'::text), ('post_draft'::text)) must(name)
  WHERE (NOT (EXISTS ( SELECT
           FROM pg_proc p
          WHERE ((p.proname = must.name) AND (p.pronamespace = ('finance'::regnamespace)::oid) AND (pg_get_userbyid(p.proowner) = 'aibos_poster'::name) AND p.prosecdef AND COALESCE((p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'::text]), false)))))
UNION ALL
 SELECT 'nobody_is_poster'::text AS check_name,
    (r.rolname)::text AS object,
        CASE
            WHEN (count(m.oid) = 0) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
    COALESCE(('Can become it: '::text || string_agg((m.rolname)::text, ', '::text ORDER BY ((m.rolname)::text))), 'No role but superusers can become it.'::text) AS detail,
    format('revoke %I from these roles'::text, r.rolname) AS remediation
   FROM (pg_roles r
     LEFT JOIN pg_roles m ON (((m.oid <> r.oid) AND (NOT m.rolsuper) AND aibos._can_become(m.oid, r.oid))))
  WHERE (r.rolname = ANY (ARRAY['aibos_poster'::name, 'aibos_guard'::name]))
  GROUP BY r.rolname
UNION ALL
 SELECT 'payment_guard'::text AS check_name,
    format('%s on %s'::text, g.trigger_name, g.table_name) AS object,
        CASE
            WHEN t.is_sound THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (t.is_sound IS NULL) THEN 'The trigger is missing.'::text
            WHEN (t.tgenabled <> 'A'::"char") THEN 'The trigger is not ENABLE ALWAYS.'::text
            WHEN (NOT t.is_sound) THEN 'The function, its owner, the events or the condition are not what they must be.'::text
            ELSE g.what
        END AS detail,
    'Replay the bundle, then find out who changed it.'::text AS remediation
   FROM (( VALUES ('finance.payments'::text,'t30_stamp_payment'::text,'BEFORE INSERT OR UPDATE'::text,''::text,'finance.stamp_payment'::text,'aibos_guard'::text,true,'The status machine holds, whoever writes.'::text), ('finance.payments'::text,'t90_record_event'::text,'AFTER INSERT OR UPDATE'::text,''::text,'finance.record_payment_event'::text,'aibos_guard'::text,true,'Each step leaves an event.'::text), ('finance.payment_events'::text,'t10_forbid_forgery'::text,'BEFORE INSERT'::text,'WHEN \(\(CURRENT_USER <> ''aibos_guard''::name\)\) '::text,'aibos.forbid_forgery'::text,'aibos_owner'::text,false,'The recorder alone writes events.'::text), ('finance.payment_approvals'::text,'t30_stamp_approval'::text,'BEFORE INSERT'::text,''::text,'finance.stamp_approval'::text,'aibos_guard'::text,true,'Nobody approves what they made, or beyond their limit.'::text), ('finance.payment_approvers'::text,'t50_bump_rules'::text,'AFTER INSERT OR DELETE OR UPDATE'::text,''::text,'finance.bump_approval_rules'::text,'aibos_owner'::text,true,'No approval overlooks a change of approvers.'::text), ('finance.approval_limits'::text,'t50_bump_rules'::text,'AFTER INSERT OR DELETE OR UPDATE'::text,''::text,'finance.bump_approval_rules'::text,'aibos_owner'::text,true,'No approval overlooks a change of limits.'::text)) g(table_name, trigger_name, events, condition, function_name, owner, is_definer, what)
     LEFT JOIN LATERAL ( SELECT t_1.tgenabled,
            ((t_1.tgenabled = 'A'::"char") AND (f.oid = (to_regproc(g.function_name))::oid) AND (f.provolatile = 'v'::"char") AND (f.prosecdef = g.is_definer) AND (pg_get_userbyid(f.proowner) = g.owner) AND COALESCE((f.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'::text]), false) AND (pg_get_triggerdef(t_1.oid) ~ format('^CREATE TRIGGER \S+ %s ON \S+ FOR EACH ROW %sEXECUTE'::text, g.events, g.condition))) AS is_sound
           FROM (pg_trigger t_1
             JOIN pg_proc f ON ((f.oid = t_1.tgfoid)))
          WHERE ((t_1.tgrelid = (to_regclass(g.table_name))::oid) AND (t_1.tgname = g.trigger_name))) t ON (true))
UNION ALL
 SELECT 'payment_transition'::text AS check_name,
    format('%s to %s'::text, COALESCE(t.from_status, must.from_status), COALESCE(t.to_status, must.to_status)) AS object,
        CASE
            WHEN (t.from_status = must.from_status) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (t.from_status IS NULL) THEN 'The step is missing from finance.payment_transitions.'::text
            WHEN (must.from_status IS NULL) THEN 'The step was added.'::text
            ELSE t.meaning
        END AS detail,
    'Replay the bundle, then find out who changed it.'::text AS remediation
   FROM (( VALUES ('draft'::text,'submitted'::text), ('draft'::text,'cancelled'::text), ('submitted'::text,'draft'::text), ('submitted'::text,'approved'::text), ('submitted'::text,'rejected'::text), ('submitted'::text,'cancelled'::text), ('approved'::text,'draft'::text), ('approved'::text,'released'::text), ('approved'::text,'rejected'::text), ('approved'::text,'cancelled'::text), ('released'::text,'settled'::text), ('released'::text,'cancelled'::text)) must(from_status, to_status)
     FULL JOIN finance.payment_transitions t ON (((t.from_status = must.from_status) AND (t.to_status = must.to_status))));
alter view finance.v_double_entry_check owner to aibos_owner;
grant select on finance.v_double_entry_check to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create view finance.v_general_ledger (
  tenant_id uuid,
  company_id uuid,
  account_id uuid,
  code text,
  name text,
  entry_date finance.accounting_date,
  posted_at timestamp with time zone,
  journal_entry_id uuid,
  line_no integer,
  entry_type finance.entry_type,
  description finance.entry_description,
  reference finance.entry_reference,
  memo finance.line_memo,
  currency text,
  debit_cents finance.minor_units,
  credit_cents finance.minor_units,
  running_balance_cents numeric,
  base_debit_cents bigint,
  base_credit_cents bigint,
  is_unconverted boolean
) with (security_invoker=true) as
 SELECT l.tenant_id,
    e.company_id,
    l.account_id,
    a.code,
    a.name,
    e.entry_date,
    e.posted_at,
    l.journal_entry_id,
    l.line_no,
    e.entry_type,
    e.description,
    e.reference,
    l.memo,
    l.currency,
    l.debit_cents,
    l.credit_cents,
    (sum(((l.debit_cents)::bigint - (l.credit_cents)::bigint)) OVER (PARTITION BY l.tenant_id, l.account_id, l.currency ORDER BY e.entry_date, e.posted_at, l.journal_entry_id, l.line_no ROWS UNBOUNDED PRECEDING) + COALESCE((t.closing_debit_cents - t.closing_credit_cents), (0)::numeric)) AS running_balance_cents,
    COALESCE((l.base_debit_cents)::bigint,
        CASE
            WHEN (l.currency = c.functional_currency) THEN (l.debit_cents)::bigint
            ELSE NULL::bigint
        END) AS base_debit_cents,
    COALESCE((l.base_credit_cents)::bigint,
        CASE
            WHEN (l.currency = c.functional_currency) THEN (l.credit_cents)::bigint
            ELSE NULL::bigint
        END) AS base_credit_cents,
    ((l.base_debit_cents IS NULL) AND (l.currency <> c.functional_currency)) AS is_unconverted
   FROM (((((finance.journal_lines l
     JOIN finance.journal_entries e ON (((e.tenant_id = l.tenant_id) AND (e.id = l.journal_entry_id))))
     JOIN finance.accounts a ON (((a.tenant_id = l.tenant_id) AND (a.id = l.account_id))))
     JOIN finance.companies c ON (((c.tenant_id = e.tenant_id) AND (c.id = e.company_id))))
     LEFT JOIN finance.v_archive_boundaries b ON (((b.tenant_id = e.tenant_id) AND (b.company_id = e.company_id))))
     LEFT JOIN finance.period_close_totals t ON (((t.tenant_id = b.tenant_id) AND (t.period_close_id = b.period_close_id) AND (t.account_id = l.account_id) AND (t.currency = l.currency))))
  WHERE ((b.through_on IS NULL) OR ((e.entry_date)::date > b.through_on));
alter view finance.v_general_ledger owner to aibos_owner;
grant select on finance.v_general_ledger to aibos_admin, aibos_auditor_role, aibos_finance_role;
create view finance.v_immutability_check (
  check_name text,
  object text,
  status text,
  detail text,
  remediation text
) with (security_invoker=true) as
 WITH must(table_name) AS (
         VALUES ('finance.journal_entries'::text), ('finance.journal_lines'::text), ('finance.fx_rates'::text), ('finance.payment_events'::text), ('finance.payment_approvals'::text), ('finance.audit_events'::text), ('finance.period_closes'::text), ('finance.period_close_totals'::text), ('finance.journal_keys'::text), ('finance.journal_reversals'::text), ('finance.journal_archives'::text), ('finance.journal_archive_companies'::text), ('finance.journal_restorations'::text)
        ), covered AS (
         SELECT c.oid,
            format('%I.%I'::text, n.nspname, c.relname) AS table_name
           FROM (pg_class c
             JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
          WHERE ((c.oid IN ( SELECT to_regclass(m.table_name) AS to_regclass
                   FROM must m)) OR (c.oid IN ( SELECT t.tgrelid
                   FROM pg_trigger t
                  WHERE (t.tgfoid = ('aibos.forbid_change()'::regprocedure)::oid))))
        )
 SELECT 'append_only_trigger'::text AS check_name,
    format('%s on %s'::text, w.trigger_name, c.table_name) AS object,
        CASE
            WHEN ((t.tgenabled = 'A'::"char") AND (((t.tgtype)::integer & w.events) = w.events)) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (t.tgenabled IS NULL) THEN 'The trigger is missing.'::text
            WHEN (t.tgenabled <> 'A'::"char") THEN 'The trigger is not ENABLE ALWAYS.'::text
            WHEN (((t.tgtype)::integer & w.events) <> w.events) THEN 'The trigger does not cover every event.'::text
            ELSE w.what
        END AS detail,
    format('call aibos.append_only(%L);'::text, c.table_name) AS remediation
   FROM ((covered c
     CROSS JOIN ( VALUES ('t10_forbid_change'::text,(((2 + 8) + 16) + 32),'Update, delete and truncate are refused as statements.'::text), ('t10_forbid_row_change'::text,(((1 + 2) + 8) + 16),'Update and delete are refused for each row.'::text)) w(trigger_name, events, what))
     LEFT JOIN pg_trigger t ON (((t.tgrelid = c.oid) AND (t.tgname = w.trigger_name) AND (t.tgfoid = ('aibos.forbid_change()'::regprocedure)::oid))))
UNION ALL
 SELECT 'append_only_grants'::text AS check_name,
    c.table_name AS object,
        CASE
            WHEN (g.bad IS NULL) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
    COALESCE(('Granted: '::text || g.bad), 'No role has UPDATE, DELETE or TRUNCATE.'::text) AS detail,
    format('call aibos.append_only(%L);'::text, c.table_name) AS remediation
   FROM (covered c
     LEFT JOIN LATERAL ( SELECT string_agg(DISTINCT ((x.privilege_type || ' to '::text) ||
                CASE
                    WHEN (x.grantee = (0)::oid) THEN 'PUBLIC'::text
                    ELSE (pg_get_userbyid(x.grantee))::text
                END), ', '::text) AS bad
           FROM pg_class t,
            LATERAL aclexplode(t.relacl) x(grantor, grantee, privilege_type, is_grantable)
          WHERE ((t.oid = c.oid) AND (x.grantee <> t.relowner) AND (x.privilege_type = ANY (ARRAY['UPDATE'::text, 'DELETE'::text, 'TRUNCATE'::text])))) g ON (true))
UNION ALL
 SELECT 'append_only_column_grants'::text AS check_name,
    c.table_name AS object,
        CASE
            WHEN (g.bad IS NULL) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
    COALESCE(('Granted: '::text || g.bad), 'No role may update a column.'::text) AS detail,
    format('revoke update on %s from these roles'::text, c.table_name) AS remediation
   FROM (covered c
     LEFT JOIN LATERAL ( SELECT string_agg(DISTINCT (((a.attname)::text || ' to '::text) ||
                CASE
                    WHEN (x.grantee = (0)::oid) THEN 'PUBLIC'::text
                    ELSE (pg_get_userbyid(x.grantee))::text
                END), ', '::text) AS bad
           FROM pg_attribute a,
            LATERAL aclexplode(a.attacl) x(grantor, grantee, privilege_type, is_grantable)
          WHERE ((a.attrelid = c.oid) AND (x.privilege_type = 'UPDATE'::text))) g ON (true));
alter view finance.v_immutability_check owner to aibos_owner;
grant select on finance.v_immutability_check to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create view finance.v_journal_integrity (
  tenant_id uuid,
  journal_entry_id uuid,
  entry_date date,
  lines numeric,
  status text,
  detail text
) with (security_invoker=true) as
 SELECT e.tenant_id,
    e.id AS journal_entry_id,
    (e.entry_date)::date AS entry_date,
    COALESCE(l.lines, (0)::numeric) AS lines,
        CASE
            WHEN ((l.lines >= (2)::numeric) AND l.is_numbered AND l.is_balanced AND (a.id IS NOT NULL) AND (p.id IS NOT NULL) AND ((e.idempotency_key IS NULL) OR (k.journal_entry_id = e.id)) AND ((e.reverses_entry_id IS NULL) OR (r.journal_entry_id = e.id))) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (l.lines IS NULL) THEN 'The entry has no lines.'::text
            WHEN (l.lines < (2)::numeric) THEN 'The entry has one line.'::text
            WHEN (NOT l.is_numbered) THEN 'Lines are missing.'::text
            WHEN (NOT l.is_balanced) THEN 'Debits and credits differ.'::text
            WHEN (a.id IS NULL) THEN 'The posting left no event.'::text
            WHEN (p.id IS NULL) THEN 'Its period does not hold its date.'::text
            WHEN ((e.idempotency_key IS NOT NULL) AND (k.journal_entry_id IS DISTINCT FROM e.id)) THEN 'Its key is not claimed for it.'::text
            WHEN ((e.reverses_entry_id IS NOT NULL) AND (r.journal_entry_id IS DISTINCT FROM e.id)) THEN 'What it reverses is not claimed for it.'::text
            ELSE 'Whole, balanced and recorded.'::text
        END AS detail
   FROM (((((finance.journal_entries e
     LEFT JOIN ( SELECT c.tenant_id,
            c.journal_entry_id,
            sum(c.lines) AS lines,
            ((min(c.first_line) = 1) AND ((max(c.last_line))::numeric = sum(c.lines))) AS is_numbered,
            bool_and((c.imbalance = (0)::numeric)) AS is_balanced
           FROM ( SELECT l_1.tenant_id,
                    l_1.journal_entry_id,
                    l_1.currency,
                    count(*) AS lines,
                    min(l_1.line_no) AS first_line,
                    max(l_1.line_no) AS last_line,
                    (sum((l_1.debit_cents)::bigint) - sum((l_1.credit_cents)::bigint)) AS imbalance
                   FROM finance.journal_lines l_1
                  GROUP BY l_1.tenant_id, l_1.journal_entry_id, l_1.currency) c
          GROUP BY c.tenant_id, c.journal_entry_id) l ON (((l.tenant_id = e.tenant_id) AND (l.journal_entry_id = e.id))))
     LEFT JOIN finance.audit_events a ON (((a.tenant_id = e.tenant_id) AND (a.id = e.id) AND ((a.action)::text = 'journal.posted'::text) AND (a.leaf_hash IS NOT NULL))))
     LEFT JOIN finance.fiscal_periods p ON (((p.tenant_id = e.tenant_id) AND (p.id = e.period_id) AND (p.company_id = e.company_id) AND (((e.entry_date)::date >= p.starts_on) AND ((e.entry_date)::date <= p.ends_on)))))
     LEFT JOIN finance.journal_keys k ON (((k.tenant_id = e.tenant_id) AND ((k.idempotency_key)::text = (e.idempotency_key)::text))))
     LEFT JOIN finance.journal_reversals r ON (((r.tenant_id = e.tenant_id) AND (r.reverses_entry_id = e.reverses_entry_id))))
UNION ALL
 SELECT c.tenant_id,
    c.journal_entry_id,
    NULL::date AS entry_date,
    0 AS lines,
    'FAIL'::text AS status,
    'A key or a reversal is claimed for an entry that was never posted.'::text AS detail
   FROM ( SELECT k.tenant_id,
            k.journal_entry_id
           FROM finance.journal_keys k
        UNION ALL
         SELECT r.tenant_id,
            r.journal_entry_id
           FROM finance.journal_reversals r) c
  WHERE (NOT (EXISTS ( SELECT
           FROM finance.audit_events a
          WHERE ((a.tenant_id = c.tenant_id) AND (a.id = c.journal_entry_id) AND ((a.action)::text = 'journal.posted'::text)))))
UNION ALL
 SELECT a.tenant_id,
    a.id AS journal_entry_id,
    NULL::date AS entry_date,
    0 AS lines,
    'FAIL'::text AS status,
    'The entry is gone: its event is still there.'::text AS detail
   FROM ( SELECT a_1.tenant_id,
            a_1.id
           FROM finance.audit_events a_1
          WHERE (((a_1.action)::text = 'journal.posted'::text) AND (a_1.object = 'finance.journal_entries'::text) AND (NOT (EXISTS ( SELECT
                   FROM finance.journal_entries e
                  WHERE ((e.tenant_id = a_1.tenant_id) AND (e.id = a_1.id))))))
         OFFSET 0) a
  WHERE (NOT finance.is_archived(a.tenant_id, a.id))
UNION ALL
 SELECT a.tenant_id,
    NULL::uuid AS journal_entry_id,
    NULL::date AS entry_date,
    a.lines,
        CASE
            WHEN ((d.entries = a.entries) AND (d.sha256 = (a.leaves_sha256)::bytea)) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN ((d.entries = a.entries) AND (d.sha256 = (a.leaves_sha256)::bytea)) THEN format('Archived part %s: its %s entries left the leaves it was archived with.'::text, a.part_no, a.entries)
            ELSE format('Archived part %s: the leaves of its entries are not those it was archived with.'::text, a.part_no)
        END AS detail
   FROM (finance.v_archives_in_force a
     CROSS JOIN LATERAL finance.leaves_digest(a.tenant_id, a.from_id, a.before_id) d(entries, sha256))
  WHERE (a.tenant_id <> '00000000-0000-0000-0000-000000000000'::uuid)
UNION ALL
 SELECT l.tenant_id,
    l.journal_entry_id,
    NULL::date AS entry_date,
    count(*) AS lines,
    'FAIL'::text AS status,
    'The lines have no entry.'::text AS detail
   FROM finance.journal_lines l
  WHERE (NOT (EXISTS ( SELECT
           FROM finance.journal_entries e
          WHERE ((e.tenant_id = l.tenant_id) AND (e.id = l.journal_entry_id)))))
  GROUP BY l.tenant_id, l.journal_entry_id;
alter view finance.v_journal_integrity owner to aibos_owner;
grant select on finance.v_journal_integrity to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard;
create view finance.v_journal_integrity_summary (
  tenant_id uuid,
  entries bigint,
  passed bigint,
  failed bigint,
  status text
) with (security_invoker=true) as
 SELECT tenant_id,
    entries,
    passed,
    failed,
        CASE
            WHEN (failed = 0) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status
   FROM finance.journal_integrity_by_tenant() c(tenant_id, entries, passed, failed);
alter view finance.v_journal_integrity_summary owner to aibos_owner;
grant select on finance.v_journal_integrity_summary to aibos_monitor_role;
create view finance.v_journal_leaf_check (
  tenant_id uuid,
  journal_entry_id uuid,
  status text,
  detail text
) with (security_invoker=true) as
 SELECT e.tenant_id,
    e.id AS journal_entry_id,
        CASE
            WHEN ((a.leaf_hash)::bytea = finance.leaf_hash(e.tenant_id, e.id, (e.entry_no)::bigint, e.posted_at, e.created_by, finance.leaf_payload(e.company_id, (e.entry_date)::date, (e.entry_type)::text, (e.description)::text, (e.reference)::text, (e.idempotency_key)::text, e.reverses_entry_id, l.lines))) THEN 'PASS'::text
            ELSE 'FAIL'::text
        END AS status,
        CASE
            WHEN (a.leaf_hash IS NULL) THEN 'The posting left no leaf.'::text
            ELSE 'The content is compared with the leaf written at posting.'::text
        END AS detail
   FROM ((finance.journal_entries e
     LEFT JOIN ( SELECT l_1.tenant_id,
            l_1.journal_entry_id,
            string_agg(finance.leaf_line(l_1.line_no, l_1.account_id, l_1.currency, (l_1.debit_cents)::bigint, (l_1.credit_cents)::bigint, (l_1.memo)::text, (l_1.base_debit_cents)::bigint, (l_1.base_credit_cents)::bigint, l_1.fx_rate_id, l_1.fx_cross_rate_id), ''::text ORDER BY l_1.line_no) AS lines
           FROM finance.journal_lines l_1
          GROUP BY l_1.tenant_id, l_1.journal_entry_id) l ON (((l.tenant_id = e.tenant_id) AND (l.journal_entry_id = e.id))))
     LEFT JOIN finance.audit_events a ON (((a.tenant_id = e.tenant_id) AND (a.id = e.id) AND ((a.action)::text = 'journal.posted'::text))));
alter view finance.v_journal_leaf_check owner to aibos_owner;
grant select on finance.v_journal_leaf_check to aibos_admin, aibos_auditor_role;
create view finance.v_journal_parts (
  part_no integer,
  begins_at timestamp with time zone,
  ends_before timestamp with time zone,
  from_id uuid,
  before_id uuid,
  entries_table text,
  lines_table text,
  estimated_entries bigint,
  estimated_lines bigint,
  bytes bigint
) with (security_invoker=true) as
 SELECT ("substring"((e.relname)::text, '\d+$'::text))::integer AS part_no,
    aibos.uuid_v7_time(b.from_id) AS begins_at,
    aibos.uuid_v7_time(b.before_id) AS ends_before,
    b.from_id,
    b.before_id,
    (format('%I.%I'::text, n.nspname, e.relname) COLLATE "default") AS entries_table,
    (format('%I.%I'::text, n.nspname, replace((e.relname)::text, 'journal_entries'::text, 'journal_lines'::text)) COLLATE "default") AS lines_table,
    (GREATEST(e.reltuples, (0)::real))::bigint AS estimated_entries,
    (GREATEST(l.reltuples, (0)::real))::bigint AS estimated_lines,
    (pg_total_relation_size((e.oid)::regclass) + COALESCE(pg_total_relation_size((l.oid)::regclass), (0)::bigint)) AS bytes
   FROM ((((pg_inherits i
     JOIN pg_class e ON ((e.oid = i.inhrelid)))
     JOIN pg_namespace n ON ((n.oid = e.relnamespace)))
     CROSS JOIN LATERAL ( SELECT ("substring"(bound.text, 'FROM \(''([^'']+)''\)'::text))::uuid AS from_id,
            ("substring"(bound.text, 'TO \(''([^'']+)''\)'::text))::uuid AS before_id
           FROM pg_get_expr(e.relpartbound, e.oid) bound(text)) b)
     LEFT JOIN pg_class l ON (((l.relnamespace = e.relnamespace) AND (l.relname = replace((e.relname)::text, 'journal_entries'::text, 'journal_lines'::text)))))
  WHERE ((i.inhparent = ('finance.journal_entries'::regclass)::oid) AND (e.relname ~ '^journal_entries_part_\d+$'::text));
alter view finance.v_journal_parts owner to aibos_owner;
grant select on finance.v_journal_parts to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role;
create view finance.v_limit_drift (
  tenant_id uuid,
  account_id uuid,
  kept_cents numeric(38,0),
  lines_cents numeric,
  drift_cents numeric
) with (security_invoker=true) as
 SELECT k.tenant_id,
    k.account_id,
    k.balance_cents AS kept_cents,
    s.cents AS lines_cents,
    (k.balance_cents - s.cents) AS drift_cents
   FROM (((finance.account_limits k
     JOIN finance.accounts a ON (((a.tenant_id = k.tenant_id) AND (a.id = k.account_id))))
     LEFT JOIN finance.v_archive_boundaries b ON (((b.tenant_id = a.tenant_id) AND (b.company_id = a.company_id))))
     CROSS JOIN LATERAL ( SELECT (COALESCE(( SELECT (sum((j.debit_cents)::bigint) - sum((j.credit_cents)::bigint))
                   FROM finance.journal_lines j
                  WHERE ((j.tenant_id = k.tenant_id) AND (j.account_id = k.account_id) AND ((b.through_on IS NULL) OR (b.through_on < (( SELECT e.entry_date
                           FROM finance.journal_entries e
                          WHERE ((e.tenant_id = j.tenant_id) AND (e.id = j.journal_entry_id))))::date)))), (0)::numeric) + COALESCE(( SELECT (sum(t.closing_debit_cents) - sum(t.closing_credit_cents))
                   FROM finance.period_close_totals t
                  WHERE ((t.tenant_id = k.tenant_id) AND (t.period_close_id = b.period_close_id) AND (t.account_id = k.account_id))), (0)::numeric)) AS cents) s)
  WHERE (k.balance_cents <> s.cents);
alter view finance.v_limit_drift owner to aibos_owner;
grant select on finance.v_limit_drift to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard;
create view finance.v_line_amounts (
  tenant_id uuid,
  company_id uuid,
  journal_entry_id uuid,
  line_no integer,
  entry_date finance.accounting_date,
  posted_at timestamp with time zone,
  account_id uuid,
  currency text,
  debit_cents finance.minor_units,
  credit_cents finance.minor_units,
  base_debit_cents bigint,
  base_credit_cents bigint,
  is_unconverted boolean
) with (security_invoker=true) as
 SELECT l.tenant_id,
    e.company_id,
    l.journal_entry_id,
    l.line_no,
    e.entry_date,
    e.posted_at,
    l.account_id,
    l.currency,
    l.debit_cents,
    l.credit_cents,
    COALESCE((l.base_debit_cents)::bigint,
        CASE
            WHEN (l.currency = c.functional_currency) THEN (l.debit_cents)::bigint
            ELSE NULL::bigint
        END) AS base_debit_cents,
    COALESCE((l.base_credit_cents)::bigint,
        CASE
            WHEN (l.currency = c.functional_currency) THEN (l.credit_cents)::bigint
            ELSE NULL::bigint
        END) AS base_credit_cents,
    ((l.base_debit_cents IS NULL) AND (l.currency <> c.functional_currency)) AS is_unconverted
   FROM ((finance.journal_lines l
     JOIN finance.journal_entries e ON (((e.tenant_id = l.tenant_id) AND (e.id = l.journal_entry_id))))
     JOIN finance.companies c ON (((c.tenant_id = e.tenant_id) AND (c.id = e.company_id))));
alter view finance.v_line_amounts owner to aibos_owner;
grant select on finance.v_line_amounts to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
create view finance.v_period_close_drift (
  tenant_id uuid,
  company_id uuid,
  period_id uuid,
  period_close_id uuid,
  account_id uuid,
  currency text,
  debit_drift_cents numeric,
  credit_drift_cents numeric,
  closing_debit_drift_cents numeric,
  closing_credit_drift_cents numeric,
  closing_base_drift_cents numeric
) with (security_invoker=true) as
 SELECT p.tenant_id,
    p.company_id,
    p.id AS period_id,
    p.close_id AS period_close_id,
    d.account_id,
    d.currency,
    d.debit_drift_cents,
    d.credit_drift_cents,
    d.closing_debit_drift_cents,
    d.closing_credit_drift_cents,
    d.closing_base_drift_cents
   FROM ((finance.fiscal_periods p
     LEFT JOIN finance.v_archive_boundaries g ON (((g.tenant_id = p.tenant_id) AND (g.company_id = p.company_id))))
     CROSS JOIN LATERAL ( SELECT account_id,
            currency,
            (COALESCE(t.debit_cents, (0)::numeric) - COALESCE(m.debit_cents, (0)::numeric)) AS debit_drift_cents,
            (COALESCE(t.credit_cents, (0)::numeric) - COALESCE(m.credit_cents, (0)::numeric)) AS credit_drift_cents,
            (COALESCE(t.closing_debit_cents, (0)::numeric) - COALESCE(c.debit_cents, (0)::numeric)) AS closing_debit_drift_cents,
            (COALESCE(t.closing_credit_cents, (0)::numeric) - COALESCE(c.credit_cents, (0)::numeric)) AS closing_credit_drift_cents,
            (COALESCE((t.closing_base_debit_cents - t.closing_base_credit_cents), (0)::numeric) - COALESCE((c.base_debit_cents - c.base_credit_cents), (0)::numeric)) AS closing_base_drift_cents
           FROM ((( SELECT f.account_id,
                    f.currency,
                    f.debit_cents,
                    f.credit_cents,
                    f.closing_debit_cents,
                    f.closing_credit_cents,
                    f.closing_base_debit_cents,
                    f.closing_base_credit_cents
                   FROM finance.period_close_totals f
                  WHERE ((f.tenant_id = p.tenant_id) AND (f.period_close_id = p.close_id))) t
             FULL JOIN ( SELECT x.account_id,
                    x.currency,
                    sum(x.debit_cents) AS debit_cents,
                    sum(x.credit_cents) AS credit_cents,
                    sum(x.base_debit_cents) AS base_debit_cents,
                    sum(x.base_credit_cents) AS base_credit_cents
                   FROM ( SELECT f.account_id,
                            f.currency,
                            f.debit_cents,
                            f.credit_cents,
                            f.base_debit_cents,
                            f.base_credit_cents
                           FROM finance.movements_between(p.tenant_id, p.company_id, COALESCE((g.through_on + 1), '-infinity'::date), p.ends_on, NULL::timestamp with time zone) f(account_id, currency, debit_cents, credit_cents, base_debit_cents, base_credit_cents, unconverted_debit_cents, unconverted_credit_cents, lines)
                        UNION ALL
                         SELECT f.account_id,
                            f.currency,
                            f.closing_debit_cents,
                            f.closing_credit_cents,
                            f.closing_base_debit_cents,
                            f.closing_base_credit_cents
                           FROM finance.period_close_totals f
                          WHERE ((f.tenant_id = p.tenant_id) AND (f.period_close_id = g.period_close_id))) x
                  GROUP BY x.account_id, x.currency) c USING (account_id, currency))
             LEFT JOIN finance.movements_between(p.tenant_id, p.company_id, p.starts_on, p.ends_on, NULL::timestamp with time zone) m(account_id, currency, debit_cents, credit_cents, base_debit_cents, base_credit_cents, unconverted_debit_cents, unconverted_credit_cents, lines) USING (account_id, currency))) d)
  WHERE ((p.status = 'closed'::text) AND (p.close_id IS NOT NULL) AND ((g.through_on IS NULL) OR (p.ends_on > g.through_on)) AND ((d.debit_drift_cents <> (0)::numeric) OR (d.credit_drift_cents <> (0)::numeric) OR (d.closing_debit_drift_cents <> (0)::numeric) OR (d.closing_credit_drift_cents <> (0)::numeric) OR (d.closing_base_drift_cents <> (0)::numeric)));
alter view finance.v_period_close_drift owner to aibos_owner;
grant select on finance.v_period_close_drift to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard;
create view finance.v_posted_journals (
  tenant_id uuid,
  journal_entry_id uuid,
  company_id uuid,
  entry_no finance.entry_number,
  entry_date finance.accounting_date,
  entry_type finance.entry_type,
  description finance.entry_description,
  reference finance.entry_reference,
  status text,
  posted_at timestamp with time zone,
  created_by uuid,
  reverses_entry_id uuid,
  reversed_by_entry_id uuid
) with (security_invoker=true) as
 SELECT tenant_id,
    id AS journal_entry_id,
    company_id,
    entry_no,
    entry_date,
    entry_type,
    description,
    reference,
    'posted'::text AS status,
    posted_at,
    created_by,
    reverses_entry_id,
    ( SELECT r.journal_entry_id
           FROM finance.journal_reversals r
          WHERE ((r.tenant_id = e.tenant_id) AND (r.reverses_entry_id = e.id))) AS reversed_by_entry_id
   FROM finance.journal_entries e;
alter view finance.v_posted_journals owner to aibos_owner;
grant select on finance.v_posted_journals to aibos_admin, aibos_auditor_role, aibos_finance_role;
create view finance.v_profit_and_loss (
  tenant_id uuid,
  company_id uuid,
  fiscal_year_starts_on date,
  fiscal_year_ends_on date,
  section text,
  account_id uuid,
  code text,
  name text,
  depth integer,
  path text[],
  currency text,
  is_unconverted boolean,
  amount_cents numeric,
  total_cents numeric
) with (security_invoker=true) as
 SELECT y.tenant_id,
    y.company_id,
    y.fiscal_year_starts_on,
    y.fiscal_year_ends_on,
    s.section,
    s.account_id,
    s.code,
    s.name,
    s.depth,
    s.path,
    s.currency,
    s.is_unconverted,
    s.amount_cents,
    s.total_cents
   FROM (( SELECT p.tenant_id,
            p.company_id,
            p.fiscal_year_starts_on,
            min(p.starts_on) AS first_on,
            max(p.ends_on) AS fiscal_year_ends_on
           FROM finance.fiscal_periods p
          GROUP BY p.tenant_id, p.company_id, p.fiscal_year_starts_on) y
     CROSS JOIN LATERAL finance.profit_and_loss(y.company_id, y.first_on, y.fiscal_year_ends_on, NULL::timestamp with time zone) s(section, account_id, code, name, depth, path, currency, is_unconverted, amount_cents, total_cents));
alter view finance.v_profit_and_loss owner to aibos_owner;
grant select on finance.v_profit_and_loss to aibos_admin, aibos_auditor_role, aibos_finance_role;
create view finance.v_trial_balance (
  tenant_id uuid,
  company_id uuid,
  account_id uuid,
  code text,
  name text,
  account_type text,
  currency text,
  debit_cents numeric,
  credit_cents numeric,
  balance_cents numeric,
  base_debit_cents numeric,
  base_credit_cents numeric,
  base_balance_cents numeric,
  is_unconverted boolean
) with (security_invoker=true) as
 SELECT c.tenant_id,
    c.id AS company_id,
    t.account_id,
    t.code,
    t.name,
    t.account_type,
    t.currency,
    t.debit_cents,
    t.credit_cents,
    t.balance_cents,
    t.base_debit_cents,
    t.base_credit_cents,
    t.base_balance_cents,
    t.is_unconverted
   FROM (finance.companies c
     CROSS JOIN LATERAL finance.trial_balance(c.id, NULL::date, NULL::timestamp with time zone) t(account_id, code, name, account_type, currency, debit_cents, credit_cents, balance_cents, base_debit_cents, base_credit_cents, base_balance_cents, is_unconverted));
alter view finance.v_trial_balance owner to aibos_owner;
grant select on finance.v_trial_balance to aibos_admin, aibos_auditor_role, aibos_finance_role;
create view kernel.v_governance_summary (
  check_name text,
  passed bigint,
  failed bigint,
  warned bigint,
  status text
) with (security_invoker=true) as
 SELECT check_name,
    passed,
    failed,
    warned,
    status
   FROM aibos.governance_summary() s(check_name, passed, failed, warned, status);
alter view kernel.v_governance_summary owner to aibos_owner;
grant select on kernel.v_governance_summary to aibos_monitor_role;
create view kernel.v_schema_boundary_check (
  check_name text,
  object text,
  status text,
  detail text,
  remediation text
) with (security_invoker=true) as
 SELECT check_name,
    object,
    status,
    detail,
    remediation
   FROM aibos.v_schema_boundary_check c;
alter view kernel.v_schema_boundary_check owner to aibos_owner;
grant select on kernel.v_schema_boundary_check to aibos_admin, aibos_auditor_role, aibos_migration, aibos_monitor_role;
create view kernel.v_tenant_health (
  tenant_id uuid,
  slug text,
  status text,
  region text,
  users bigint,
  companies bigint,
  journal_entries bigint,
  is_registry_in_step boolean
) with (security_barrier=true) as
 SELECT t.id AS tenant_id,
    t.slug,
    t.status,
    t.region,
    aibos._count_rows_of_tenant('kernel.users'::text, t.id) AS users,
    aibos._count_rows_of_tenant('finance.companies'::text, t.id) AS companies,
    aibos._count_rows_of_tenant('finance.journal_entries'::text, t.id) AS journal_entries,
    (NOT (r.status IS DISTINCT FROM t.status)) AS is_registry_in_step
   FROM (kernel.tenants t
     LEFT JOIN aibos.tenant_registry r ON ((r.tenant_id = t.id)));
alter view kernel.v_tenant_health owner to aibos_guard;
grant select on kernel.v_tenant_health to aibos_monitor_role;
create view kernel.v_tenant_isolation_check (
  check_name text,
  object text,
  status text,
  detail text,
  remediation text
) with (security_invoker=true) as
 SELECT check_name,
    object,
    status,
    detail,
    remediation
   FROM aibos.v_tenant_isolation_check c;
alter view kernel.v_tenant_isolation_check owner to aibos_owner;
grant select on kernel.v_tenant_isolation_check to aibos_admin, aibos_auditor_role, aibos_migration, aibos_monitor_role;
-- function aibos._can_become(p_login oid, p_role oid) returns boolean
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set nothing, body by major
grant execute on function aibos._can_become(oid,oid) to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role, aibos_poster;
-- procedure aibos._change_context_readers()
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 14d6ca12df09712f84def689916281891159521ff56cdb8c64f95bf2e5966274
grant execute on procedure aibos._change_context_readers() to aibos_guard, aibos_poster;
-- procedure aibos._copy_reader(IN p_from regprocedure, IN p_name name)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; quote_all_identifiers=off, body 1bf03f4a8ca37d6cddb5f343a0a923278d17c1f6731fc4606222a8d74ee4532c
grant execute on procedure aibos._copy_reader(regprocedure,name) to aibos_guard, aibos_poster;
-- function aibos._count_rows_of_tenant(p_table text, p_tenant_id uuid) returns bigint
--   language plpgsql, stable, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body da7183c16b9cf230222823b544f74e55695470b44ef109d48cc4bc285cee923c
grant execute on function aibos._count_rows_of_tenant(text,uuid) to aibos_monitor_role, aibos_owner, aibos_poster;
-- function aibos._event_probe() returns event_trigger
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 1a587d65318fc76962c8f652f7169af87c2dd2cb7eee96eb41c50986052b4c56
grant execute on function aibos._event_probe() to aibos_guard, aibos_poster;
-- function aibos._hmac_pad(p_key bytea, p_byte integer) returns bytea
--   language sql, immutable, parallel safe, security invoker, strict, owner aibos_owner, set search_path=pg_catalog, pg_temp, body d22b002ec4d66431146f1f02ab54284fbd301c8128cd88f2eafacd9e97052203
grant execute on function aibos._hmac_pad(bytea,integer) to aibos_guard, aibos_poster;
-- procedure aibos._lock_context_keys()
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 8c5d27fe41d7accc0805db63d8999c86630d355c857348668156a1ab94cda754
grant execute on procedure aibos._lock_context_keys() to aibos_guard, aibos_poster;
-- procedure aibos._protect_audit_log(IN p_schema name)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 6d10f0b598cadeeae1ba6fd76e7818731014e9b33081152987d555c0f2e06ed6
grant execute on procedure aibos._protect_audit_log(name) to aibos_guard, aibos_poster;
-- procedure aibos._put_context_in_force()
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body ca469399923a212526a2d079070c746f5a2ea6e15980f8cc515a657cd90b57f1
grant execute on procedure aibos._put_context_in_force() to aibos_guard, aibos_poster;
-- procedure aibos._record_capability(IN p_name text, IN p_is_present boolean, IN p_detail text, IN p_costs_without text)
--   language sql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body a8e4e96f0b96f0765e39fbfd5323cf04bfebc3a69c435ee5e3e358ec4b3f3193
grant execute on procedure aibos._record_capability(text,boolean,text,text) to aibos_guard, aibos_poster;
-- procedure aibos._record_signed_context()
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body ef455f3c151578345dd526936b389ddab4ea4efa09b04dcea536ada442b66643
grant execute on procedure aibos._record_signed_context() to aibos_guard, aibos_poster;
-- procedure aibos._set_policy(IN p_table regclass, IN p_name name, IN p_command text, IN p_roles text, IN p_using text, IN p_check text, IN p_comment text)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body d1fb82f4f7e782442c0f6cae80fed0b75d59165f36d4188b488212fd8c8c6485
grant execute on procedure aibos._set_policy(regclass,name,text,text,text,text,text) to aibos_guard, aibos_migration, aibos_poster;
-- function aibos._signed_actor() returns uuid
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body c3cb43d8ab4806ee2f9ef633a5ca1af21f0e094e646de0db83af29cbbc585657
grant execute on function aibos._signed_actor() to aibos_guard, aibos_poster;
-- function aibos._signed_tenant_id() returns uuid
--   language plpgsql, stable, parallel safe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 389dc32a43af73d4376086f65f3b585d0eebf6386bdd7fa2ab02e92042c3625c
grant execute on function aibos._signed_tenant_id() to aibos_guard, aibos_poster;
-- function aibos._signed_user_id() returns uuid
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 386c62b1c1ffae09c9d7a4034f71f6cd13f60d4f85de43500ea06802de6c30a8
grant execute on function aibos._signed_user_id() to aibos_guard, aibos_poster;
-- procedure aibos._stamp(IN p_table regclass)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 18e79c657fc913b7fef28647d6a121e8d37ea94244e2b8ae53158d13a65c883e
grant execute on procedure aibos._stamp(regclass) to aibos_guard, aibos_poster;
-- function aibos._unsigned_actor() returns uuid
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set nothing, body f5dcd93328eb8963685aeb02f85b5f2627c799c1a76e85c979a4bb14832e68ca
grant execute on function aibos._unsigned_actor() to aibos_guard, aibos_poster;
-- function aibos._unsigned_tenant_id() returns uuid
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 43e9fe0292eee47fb1cee337f55c30011d98915e8441f4caca3ac85408585f5a
grant execute on function aibos._unsigned_tenant_id() to aibos_guard, aibos_poster;
-- function aibos._unsigned_user_id() returns uuid
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 58382d0079b717a335d93f762f41c65b779b7a4bffee87047640677d6c0e50ab
grant execute on function aibos._unsigned_user_id() to aibos_guard, aibos_poster;
-- procedure aibos.append_only(IN p_table regclass)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body f095ca1be10d9874e59fca1e56941e5a76bdad3a13e67cbd5e5dbd5d4f99556b
grant execute on procedure aibos.append_only(regclass) to aibos_guard, aibos_migration, aibos_poster;
-- function aibos.assert_row_in_context(p_tenant_id uuid, p_schema name, p_table name) returns void
--   language plpgsql, stable, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body e530d9ee0f017f07ce93d56ca7a0eba58229df8f101b01c93302901c5c7cec02
grant execute on function aibos.assert_row_in_context(uuid,name,name) to aibos_guard, aibos_poster;
-- function aibos.assert_tenant_may_write() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body 9fe7d99f54bf9faf9846bfc679b9173991a312fc4e1987530792fef56d42f012
grant execute on function aibos.assert_tenant_may_write() to aibos_migration, aibos_owner, aibos_poster;
-- function aibos.context_key_states() returns TABLE(key_id text, is_live boolean, clock_skew_seconds integer, max_lifetime_seconds integer, installed_at timestamp with time zone, installed_by text, retired_at timestamp with time zone, retired_by text)
--   language sql, stable, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body f39cb25a426c140a530096bf0a01f9fe9ad407daef17f696415505daea729069
grant execute on function aibos.context_key_states() to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role, aibos_poster;
-- function aibos.context_readers() returns TABLE(reader text, form text, is_in_force boolean)
--   language sql, stable, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body ee551157ec4b62462a8c9d0abf37543faf0224c5bb6f77986c1e8973ca335700
grant execute on function aibos.context_readers() to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role, aibos_poster;
-- procedure aibos.create_audit_log(IN p_schema name)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 748a498f2268311dd9cc75d7fbc882780c01ab04950202649dd07fa3e9065596
grant execute on procedure aibos.create_audit_log(name) to aibos_guard, aibos_poster;
-- function aibos.current_actor() returns uuid
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set nothing, body f5dcd93328eb8963685aeb02f85b5f2627c799c1a76e85c979a4bb14832e68ca
grant execute on function aibos.current_actor() to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_poster;
-- function aibos.current_objects() returns TABLE(kind text, object text, sha256 text)
--   language sql, stable, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; quote_all_identifiers=off, body 1adfb888cc2d915dd28757cfee1ac319c6e378a812d830a63b87dfc7813dbf17
grant execute on function aibos.current_objects() to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role, aibos_poster;
-- function aibos.current_tenant_id() returns uuid
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 43e9fe0292eee47fb1cee337f55c30011d98915e8441f4caca3ac85408585f5a
grant execute on function aibos.current_tenant_id() to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_poster;
-- function aibos.current_user_id() returns uuid
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 58382d0079b717a335d93f762f41c65b779b7a4bffee87047640677d6c0e50ab
grant execute on function aibos.current_user_id() to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_poster;
-- procedure aibos.end_signed_context()
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 09f183fd275aa544c36e5a5683669898414f5768c99c51fd0529c2b5b8de852c
grant execute on procedure aibos.end_signed_context() to aibos_guard, aibos_poster;
-- function aibos.forbid_change() returns trigger
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 0eb27a7c617eb624607e55d1978d5fa1ed16fae934508ac85b1c1ab8567051f8
grant execute on function aibos.forbid_change() to aibos_guard, aibos_migration, aibos_poster;
-- function aibos.forbid_forgery() returns trigger
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 17176baa0dfe853bba464c187d0ffd70020cde69fa8f995187de16b176254ef2
grant execute on function aibos.forbid_forgery() to aibos_guard, aibos_poster;
-- function aibos.forbid_tenant_change() returns trigger
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 8d80750a42b22a180a39e5994f0cc768ee46b4dc024500b41ee14736848611e7
grant execute on function aibos.forbid_tenant_change() to aibos_guard, aibos_migration, aibos_poster;
-- function aibos.forbid_truncate() returns trigger
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body abcac5be71f98666aacfadbe805c8d858192e936414aca0c68f718dfd89e9e0b
grant execute on function aibos.forbid_truncate() to aibos_guard, aibos_migration, aibos_poster;
-- function aibos.governance_summary() returns TABLE(check_name text, passed bigint, failed bigint, warned bigint, status text)
--   language plpgsql, stable, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body ec81a941be92fdde9ff12ddd1ffc09d9dbac1fa7e15f51063c1905576c61aee8
grant execute on function aibos.governance_summary() to aibos_monitor_role, aibos_owner, aibos_poster;
-- function aibos.hmac_sha256(p_key bytea, p_message bytea) returns bytea
--   language sql, immutable, parallel safe, security invoker, strict, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 51e8959a019eff00e4757fa5d156c648637724c463c718ab0ba56b39630bfd5d
grant execute on function aibos.hmac_sha256(bytea,bytea) to aibos_guard, aibos_poster;
-- procedure aibos.install_context_key(IN p_key_id text, IN p_secret bytea, IN p_clock_skew_seconds integer DEFAULT 5, IN p_max_lifetime_seconds integer DEFAULT 300)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body b2a0cc760407604da14a676e37e2f005b286e21ca7715d8614fc09a3ea1966ef
grant execute on procedure aibos.install_context_key(text,bytea,integer,integer) to aibos_guard, aibos_poster;
-- function aibos.is_fabric() returns boolean
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body d75ee7062e21fffb47913a218f1ebb77ac5af3cfb465583c48e8d71893553d2a
grant execute on function aibos.is_fabric() to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_poster;
-- function aibos.is_poster() returns boolean
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body c7eb5f7b3ef127b8a0cf1c0ac10954a1e6274c5bd349558ebc92a31de0505e8e
grant execute on function aibos.is_poster() to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_poster;
-- function aibos.is_recorder() returns boolean
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body fc05671b6203aaf9b21beecb42111e02e636e4e9fd8a616fad7903247f31b746
grant execute on function aibos.is_recorder() to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_poster;
-- procedure aibos.isolate_tenant(IN p_table regclass, IN p_tenant_column name DEFAULT 'tenant_id'::name, IN p_roles name[] DEFAULT NULL::name[], IN p_any_status boolean DEFAULT false)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body ccd31e966c2678cf937446977374d519ea8c33cb9595e08a36dfd0f45e0b6f46
grant execute on procedure aibos.isolate_tenant(regclass,name,name[],boolean) to aibos_guard, aibos_migration, aibos_poster;
-- function aibos.netstring(p_value text) returns text
--   language sql, immutable, parallel safe, security invoker, owner aibos_owner, set nothing, body 2dff49e48fd73d39e7ea9401aa9ed3edab4c65c06bc827876f05272f12cea689
grant execute on function aibos.netstring(text) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- procedure aibos.probe_capabilities()
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 58fd49c141f241bdf3468bd78da4f9a377f909f397ca5529d98c707d4b0e527e
grant execute on procedure aibos.probe_capabilities() to aibos_guard, aibos_poster;
-- function aibos.record_change() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body 928d0480304c1526796ccea3adbb80368017c7ee4848a5107e8550a36ee3a4b4
grant execute on function aibos.record_change() to aibos_migration, aibos_owner, aibos_poster;
-- procedure aibos.record_fingerprints()
--   language sql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 672513c54c8f938c5acee2b02b3d22027123cd4dd8d219307da37fd5c5d5e078
grant execute on procedure aibos.record_fingerprints() to aibos_guard, aibos_poster;
-- procedure aibos.record_objects()
--   language sql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 8d66a1363b35acc46b8a5addc2a92ca544fb6345ea30f9edd7ef466fe33d366b
grant execute on procedure aibos.record_objects() to aibos_guard, aibos_poster;
-- function aibos.register_tenant(p_tenant_id uuid, p_slug text, p_status text DEFAULT 'active'::text, p_region text DEFAULT NULL::text) returns void
--   language sql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 97f2b4a945e8d12b97f624fa728cfe06918833bd231d465c7e9713f579273bb4
grant execute on function aibos.register_tenant(uuid,text,text,text) to aibos_guard, aibos_migration, aibos_poster;
-- procedure aibos.retire_context_key(IN p_key_id text)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 7a7e3259b50b1056745117fc520283b52788abebfc02818580b364c4d2626a0e
grant execute on procedure aibos.retire_context_key(text) to aibos_guard, aibos_poster;
-- function aibos.routine_fingerprints() returns TABLE(routine text, sha256 text)
--   language sql, stable, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; quote_all_identifiers=off, body 4d72ee2b7b6f4dc3d26bc17702d0105d23f189878733aae031efbfb81eb0dd78
grant execute on function aibos.routine_fingerprints() to aibos_admin, aibos_auditor_role, aibos_guard, aibos_migration, aibos_monitor_role, aibos_poster;
-- function aibos.stamp_change() returns trigger
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body d291bcd951ee586b0cc422ab2be4a3f8fd95190745ef368e771e9c9875f16c95
grant execute on function aibos.stamp_change() to aibos_guard, aibos_poster;
-- procedure aibos.track(IN p_table regclass, IN p_tenant_column name DEFAULT 'tenant_id'::name, IN p_any_status boolean DEFAULT false)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 6ef24a94228383e107d00b12ba7b7df97681538a9d7a726bdde3f29c12c0dbc2
grant execute on procedure aibos.track(regclass,name,boolean) to aibos_guard, aibos_migration, aibos_poster;
-- function aibos.uuid_v7() returns uuid
--   language sql, volatile, parallel safe, security invoker, owner aibos_owner, set nothing, body by major
grant execute on function aibos.uuid_v7() to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_poster;
-- function aibos.uuid_v7_from(p_at timestamp with time zone) returns uuid
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set nothing, body a3a77bd71ef98045f388a7d456d3045f05a83f64b073b02d542164026c85f299
grant execute on function aibos.uuid_v7_from(timestamp with time zone) to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_poster;
-- function aibos.uuid_v7_time(p_id uuid) returns timestamp with time zone
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set nothing, body eba8f24efa3d2f9668fcc4e887639e55d44a4032d27f0295b9eb3d5050c96136
grant execute on function aibos.uuid_v7_time(uuid) to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_monitor_role, aibos_poster;
-- function config.assert_currency_known() returns trigger
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 5af8a16b345914c271f6abd3550efdca9fdfcc76a922b3c1a0520f9f5b031323
grant execute on function config.assert_currency_known() to aibos_guard, aibos_poster;
-- function config.currency_exponent(p_code text) returns smallint
--   language plpgsql, stable, parallel safe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 320cde089cd1c9c1fa4fbb165f52e3ff2281463043bb82b3a49ef7e203832632
grant execute on function config.currency_exponent(text) to aibos_admin, aibos_auditor_role, aibos_config_role, aibos_finance_role, aibos_guard, aibos_kernel_role, aibos_migration, aibos_poster;
-- function finance._apply_limits(p_tenant_id uuid, p_entry_ids uuid[]) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 0d0f8c857bc35827954b755bb433066c5218044aa8501db36ac369a1f0583f84
grant execute on function finance._apply_limits(uuid,uuid[]) to aibos_guard, aibos_poster;
-- function finance._assert_base_amounts(p_tenant_id uuid, p_entry_ids uuid[]) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 7007b2562a43864f7d1679eb0f3b4a59cafbd2a788bf70419eca4aefde1e1404
grant execute on function finance._assert_base_amounts(uuid,uuid[]) to aibos_guard, aibos_poster;
-- function finance._assert_fx_settings(p_tenant_id uuid, p_company_id uuid) returns void
--   language plpgsql, stable, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 54c3db4948d7824144baa0749b43626080756528b8494396fdedd6fedb60ffd2
grant execute on function finance._assert_fx_settings(uuid,uuid) to aibos_guard, aibos_poster;
-- function finance._assert_part_proven(p_part_no integer) returns void
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body d43a748a15218c9d2df7afbcab9d0e0caafece1949645d8354058f376f763cc4
grant execute on function finance._assert_part_proven(integer) to aibos_owner, aibos_poster;
-- function finance._assert_sees_all(p_period text) returns void
--   language plpgsql, stable, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 8a3f4b0cd13351424b205e08f42af2157a80489f2df0ce13680d85c5bf264928
grant execute on function finance._assert_sees_all(text) to aibos_guard, aibos_poster;
-- function finance._attach_part(p_parent regclass, p_part_no integer, p_from_id uuid, p_before_id uuid) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 206c0b3bbef4db427d7276c3d6dd2f8f068deed44d740003a19c7298435221e9
grant execute on function finance._attach_part(regclass,integer,uuid,uuid) to aibos_guard, aibos_poster;
-- function finance._explain_entry(p_entry jsonb) returns text
--   language sql, immutable, parallel safe, security invoker, owner aibos_owner, set nothing, body 5166cb0a0f9d711abc8007fe0b4cd111cd02c0fec0d3d27312f22be4ca06fbaf
grant execute on function finance._explain_entry(jsonb) to aibos_guard, aibos_poster;
-- function finance._explain_values(p_entry jsonb) returns text
--   language plpgsql, stable, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; DateStyle=ISO, YMD, body 2a867011fdee2d4709d0c6d089942723c41b137785f7356d51fb3c97bde77d8d
grant execute on function finance._explain_values(jsonb) to aibos_guard, aibos_poster;
-- function finance._find_fx_rate(p_tenant_id uuid, p_base text, p_quote text, p_on date, p_source text, OUT rate numeric, OUT fx_rate_id uuid, OUT fx_cross_rate_id uuid, OUT published_on date) returns record
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; jit=off; plan_cache_mode=force_generic_plan, body 43ca5f0cfa8ff81e8facdb1a6c8799dc4599960b0c2bc5918d97b4ce8384e20a
grant execute on function finance._find_fx_rate(uuid,text,text,date,text) to aibos_guard, aibos_poster;
-- function finance._foreign_balances(p_tenant_id uuid, p_company_id uuid, p_on date) returns TABLE(account_id uuid, code text, currency text, balance_cents numeric, base_cents numeric, unvalued_cents numeric)
--   language plpgsql, stable, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; jit=off, body b736ac4c48dae13d629ed84ca77164efb91f75f8552df19a0700b2b4359bffbe
grant execute on function finance._foreign_balances(uuid,uuid,date) to aibos_guard, aibos_poster;
-- function finance._fx_leg(p_tenant_id uuid, p_from text, p_to text, p_on date, p_source text, OUT fx_rate_id uuid, OUT numerator numeric, OUT denominator numeric, OUT published_on date) returns record
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; enable_bitmapscan=off; enable_sort=off; jit=off; plan_cache_mode=force_generic_plan, body fed0aa4c01daf63f35c7b5cc9ddada4cd4d890cc69c1767e7ed5fa2bfa5bfc89
grant execute on function finance._fx_leg(uuid,text,text,date,text) to aibos_guard, aibos_poster;
-- function finance._fx_pivots(p_tenant_id uuid, p_currency text) returns SETOF text
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; enable_bitmapscan=off; enable_sort=off; jit=off; plan_cache_mode=force_generic_plan, body 24be21ac4fb3a016de26b38af4ba87c4f8df17bc021fb1a7c05c24baf2235f73
grant execute on function finance._fx_pivots(uuid,text) to aibos_guard, aibos_poster;
-- function finance._fx_rate_of(p_tenant_id uuid, p_fx_rate_id uuid, p_fx_cross_rate_id uuid, p_from text, p_to text) returns numeric
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off; plan_cache_mode=force_generic_plan, body 7f41c7a571098a5d46add79eb03b3c16f5f1f0f226f29a26006f882c5d5c1267
grant execute on function finance._fx_rate_of(uuid,uuid,uuid,text,text) to aibos_guard, aibos_poster;
-- function finance._fx_rate_on(p_tenant_id uuid, p_base text, p_quote text, p_on date, p_source text, OUT rate numeric, OUT fx_rate_id uuid, OUT fx_cross_rate_id uuid, OUT published_on date) returns record
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body b0a09ad394f74f9b80aeb66450fceebec00303b1291046289f86251f3a49586b
grant execute on function finance._fx_rate_on(uuid,text,text,date,text) to aibos_guard, aibos_poster;
-- procedure finance._guard_part(IN p_part_no integer)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 3024dc03cb9d46934b1c80c24bb9341cb398419acdb447fdabed8239d59d32e2
grant execute on procedure finance._guard_part(integer) to aibos_guard, aibos_poster;
-- function finance._is_current_rate(p_tenant_id uuid, p_fx_rate_id uuid, p_fx_cross_rate_id uuid, p_from text, p_to text, p_on date) returns numeric
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off; plan_cache_mode=force_generic_plan, body a34b23409b3ad41aa79fee241fff37622f4041edc74598cf2128f3b5e5b59331
grant execute on function finance._is_current_rate(uuid,uuid,uuid,text,text,date) to aibos_guard, aibos_poster;
-- function finance._link_period(p_period_id uuid, p_follows_on date) returns void
--   language sql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body ca18a10f2b4fab684380e8772be70e2ade28f91dcd175711004eda2d6a4a44ed
grant execute on function finance._link_period(uuid,date) to aibos_guard, aibos_poster;
-- function finance._lock_period(p_period_id uuid) returns text
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body dc600f5d9812171eeead12e3fc12b734e1656eaee344da910d2adbcb2e13d44b
grant execute on function finance._lock_period(uuid) to aibos_guard, aibos_poster;
-- function finance._lock_period_of_entry(p_tenant_id uuid, p_company_id uuid, p_entry_date date, p_entry_index integer) returns uuid
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body b03e8921ee2366591647e50031e3584776144a7a2962b083480ed5988d1bafee
grant execute on function finance._lock_period_of_entry(uuid,uuid,date,integer) to aibos_guard, aibos_poster;
-- function finance._lock_periods_of_part(p_part_no integer) returns void
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body b701bad5e5bccca23b8ca422b232cd74b7d956e36baba5511630177b982b7709
grant execute on function finance._lock_periods_of_part(integer) to aibos_owner, aibos_poster;
-- function finance._lock_periods_until(p_tenant_id uuid, p_company_id uuid, p_period_id uuid) returns date
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 4fa9b82e480459d4a6bfc40313528681c6fba237d3eee666da89f28193e80124
grant execute on function finance._lock_periods_until(uuid,uuid,uuid) to aibos_guard, aibos_poster;
-- function finance._lock_tables(p_tables regclass[], p_mode text) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 5c2e5ae3d13f986bca640221a8e47d674d61b3ef07bfa47e45ff48b2eb24160a
grant execute on function finance._lock_tables(regclass[],text) to aibos_guard, aibos_poster;
-- function finance._move_payment(p_payment_id uuid, p_status text, p_reason text DEFAULT NULL::text) returns integer
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 0d8ef726adcdb921d7480ab6013f0678d29b36691357a0931e2e218050d09468
grant execute on function finance._move_payment(uuid,text,text) to aibos_guard, aibos_poster;
-- function finance._nearest_fx_date(p_tenant_id uuid, p_base text, p_quote text, p_on date, p_source text) returns date
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; enable_bitmapscan=off; enable_sort=off; jit=off, body 8fe0dfa7d49a73b434663c3ecec8f4da1d99f2a0045483b965ba834b08d2ffc3
grant execute on function finance._nearest_fx_date(uuid,text,text,date,text) to aibos_guard, aibos_poster;
-- function finance._open_part(p_from_id uuid) returns integer
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 738eed8fddb1fc82ea6c8ed0852bd19004215703f5e2e58469b46cc139f46e4c
grant execute on function finance._open_part(uuid) to aibos_guard, aibos_poster;
-- function finance._post_arrays(p_company_ids uuid[], p_entry_dates date[], p_descriptions text[], p_references text[], p_idempotency_keys text[], p_line_entries integer[], p_account_ids uuid[], p_currencies text[], p_debits bigint[], p_credits bigint[], p_memos text[], p_base_debits bigint[] DEFAULT NULL::bigint[], p_base_credits bigint[] DEFAULT NULL::bigint[], p_fx_rate_ids uuid[] DEFAULT NULL::uuid[], p_fx_cross_rate_ids uuid[] DEFAULT NULL::uuid[]) returns finance.posted_arrays
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 2a94cac0041a7f351074f3ffe032671146ab9a3dff5b788fdd4199b2b92cb85c
grant execute on function finance._post_arrays(uuid[],date[],text[],text[],text[],integer[],uuid[],text[],bigint[],bigint[],text[],bigint[],bigint[],uuid[],uuid[]) to aibos_guard, aibos_poster;
-- function finance._post_json(p_entries jsonb) returns TABLE(entry_index integer, entry_id uuid, outcome text)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; DateStyle=ISO, YMD, body cbcc562f36a656b98b1f840f9f0ed269629d97e736f4dd35ffe36f77e1577194
grant execute on function finance._post_json(jsonb) to aibos_guard, aibos_poster;
-- function finance._post_partial(p_entries jsonb, p_offset integer) returns TABLE(entry_index integer, entry_id uuid, outcome text, code text, message text)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 8ed9d6cb2a6e86c23ee2812ec94f744880ea542600f2421181facc459f3d5beb
grant execute on function finance._post_partial(jsonb,integer) to aibos_guard, aibos_poster;
-- function finance._raise_period_error(p_code text, p_period text, p_facts text) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 2ddc544c17022dfbfb4b88fa576219041a772799e9043494f3fbb5ccaccfff09
grant execute on function finance._raise_period_error(text,text,text) to aibos_guard, aibos_poster;
-- function finance._record_archive(p_part_no integer, p_from_id uuid, p_before_id uuid, p_reason text) returns bigint
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body 260d9a8762cf330c1530bb6ffe7e77d412e129643593272937bd589859286b8c
grant execute on function finance._record_archive(integer,uuid,uuid,text) to aibos_owner, aibos_poster;
-- function finance._record_drop(p_part_no integer, p_reason text) returns void
--   language sql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body 0783d1d13c577c5976738657f386c16e73c00f765b7bf5d0d08c7693c4e56c44
grant execute on function finance._record_drop(integer,text) to aibos_owner, aibos_poster;
-- procedure finance._record_part(IN p_part_no integer)
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 2a4f509f492fbeaffab8e0d8fd26c5eaa8450dccf6e3ab28f2b838f9e0169538
grant execute on procedure finance._record_part(integer) to aibos_guard, aibos_poster;
-- function finance._record_restoration(p_part_no integer, p_reason text, OUT from_id uuid, OUT before_id uuid) returns record
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body 0d8188fd6d7b22002e67289583b377f368c4b5892425ee7e54d87051068383b2
grant execute on function finance._record_restoration(integer,text) to aibos_owner, aibos_poster;
-- function finance.account_balance(p_account_id uuid, p_as_of date DEFAULT NULL::date, p_known_at timestamp with time zone DEFAULT NULL::timestamp with time zone) returns TABLE(currency text, debit_cents numeric, credit_cents numeric, balance_cents numeric, base_debit_cents numeric, base_credit_cents numeric, base_balance_cents numeric, is_unconverted boolean)
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body b287b5ece79428beabdffa70516e9da4413b40767c6d64dab35bfa561626a3d3
grant execute on function finance.account_balance(uuid,date,timestamp with time zone) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.approve_draft(p_draft_id uuid, p_revision integer) returns void
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 8eb14a8ec4ccae0b9ea55b37c6b27fb9522a03283482400ce3556e28d071705d
grant execute on function finance.approve_draft(uuid,integer) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.approve_payment(p_payment_id uuid, p_revision integer) returns text
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body d029f95cd3e99301f90c43c74efd65f8291d2252d195349025b3de84fb2742d6
grant execute on function finance.approve_payment(uuid,integer) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.archive_journal_part(p_part_no integer, p_reason text) returns bigint
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 08cd3e47fcee8e80246f0c00985db68ee193091c0acbd8835360ae258a6505e7
grant execute on function finance.archive_journal_part(integer,text) to aibos_guard, aibos_migration, aibos_poster;
-- function finance.archived_parts() returns TABLE(part_no integer, begins_at timestamp with time zone, ends_before timestamp with time zone, entries bigint, lines bigint, archived_at timestamp with time zone, reason text, tables_present boolean)
--   language sql, stable, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body 788b5a2a0f49490b8f6824fbe53346f30299ec235090c3e9444d4cd826543c92
grant execute on function finance.archived_parts() to aibos_migration, aibos_monitor_role, aibos_owner, aibos_poster;
-- function finance.assert_chart_is_tree() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body c6f35d97a5d725ca0c4ebb648f0fe202210fcc9593638ff0d71704e972caabc1
grant execute on function finance.assert_chart_is_tree() to aibos_guard, aibos_poster;
-- function finance.assert_document_entry() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body b15d7231812b8640a913f92b10c5ba32caaf74d2d225a7acd3c195844b137e80
grant execute on function finance.assert_document_entry() to aibos_owner, aibos_poster;
-- function finance.assert_entry_has_lines() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body c792872cee008b36a7f2e4770369ffca78bf145f0f501e709466b08953933ce8
grant execute on function finance.assert_entry_has_lines() to aibos_owner, aibos_poster;
-- function finance.assert_fx_accounts() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body f46e3cb44aa66e287f507b84f8cb8c5ec9a481fe0f52ad6915282d21a725bd01
grant execute on function finance.assert_fx_accounts() to aibos_owner, aibos_poster;
-- function finance.assert_lines_balanced() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 0cd1eacc819ed57974ce667d02719f15f6308d1d681f7e4dde69fe35846a89c0
grant execute on function finance.assert_lines_balanced() to aibos_owner, aibos_poster;
-- function finance.assert_lines_present(p_tenant_id uuid, p_company_id uuid, p_from date, p_to date) returns boolean
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 24b1c4029a55fd74db074c6827c02071107293d5313e6e55e1086174fed98830
grant execute on function finance.assert_lines_present(uuid,uuid,date,date) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.assert_mirrors(p_tenant_id uuid, p_entry_id uuid, p_reverses_entry_id uuid) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 306c386147f80ba2e07580916cf48d46e5d1d40c5f959192bd8d8220d1436e0b
grant execute on function finance.assert_mirrors(uuid,uuid,uuid) to aibos_guard, aibos_poster;
-- function finance.assert_period_move() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 18b40d21af9c368304e4ff848516c79d27ee9ebf14f98ebf436b4363a6b2ed4d
grant execute on function finance.assert_period_move() to aibos_owner, aibos_poster;
-- function finance.assert_reversible(p_tenant_id uuid, p_entry_id uuid, p_company_id uuid, p_entry_date date) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body a5baee6203caec5198b928dfdb8a4ea2cf7b6446b8ca847ade799a9cfa8a4266
grant execute on function finance.assert_reversible(uuid,uuid,uuid,date) to aibos_guard, aibos_poster;
-- function finance.assert_tenant_active(p_tenant_id uuid) returns void
--   language plpgsql, stable, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body f230fa06c335ca3a68d7351e20a2b0a0b685777b6a5a411897d942438cd87fb9
grant execute on function finance.assert_tenant_active(uuid) to aibos_guard, aibos_poster;
-- function finance.balance_sheet(p_company_id uuid, p_as_of date DEFAULT NULL::date, p_known_at timestamp with time zone DEFAULT NULL::timestamp with time zone) returns TABLE(section text, account_id uuid, code text, name text, depth integer, path text[], currency text, is_unconverted boolean, amount_cents numeric, total_cents numeric)
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body c067f8c955e22037192beafe73ba1bc1d13cc9a514135dd6181417b1702fdc13
grant execute on function finance.balance_sheet(uuid,date,timestamp with time zone) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.balances_as_of(p_tenant_id uuid, p_company_id uuid, p_as_of date, p_known_at timestamp with time zone, p_account_id uuid DEFAULT NULL::uuid) returns TABLE(account_id uuid, currency text, debit_cents numeric, credit_cents numeric, base_debit_cents numeric, base_credit_cents numeric, unconverted_debit_cents numeric, unconverted_credit_cents numeric)
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; plan_cache_mode=force_custom_plan; jit=off, body a07331954598ad41dab29466f7ff99c95c489b9676c0e17eb1b0c2f7291282b1
grant execute on function finance.balances_as_of(uuid,uuid,date,timestamp with time zone,uuid) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.base_amount(p_amount_cents bigint, p_rate numeric, p_from_exponent integer, p_to_exponent integer) returns bigint
--   language plpgsql, immutable, parallel safe, security invoker, strict, owner aibos_owner, set search_path=pg_catalog, pg_temp, body db5613efe03561a24f8c60d9f449e3fe1682752f3c13c614f6a1f17b0d2890fd
grant execute on function finance.base_amount(bigint,numeric,integer,integer) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.begin_close(p_period_id uuid) returns void
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 190b2322390105964f610af140721f06ba507c7ee8e7b430bd10143b31f545f3
grant execute on function finance.begin_close(uuid) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.bulk_post(p_company_id uuid, p_entry_dates date[], p_descriptions text[], p_references text[], p_idempotency_keys text[], p_line_entries integer[], p_account_ids uuid[], p_currencies text[], p_debits bigint[], p_credits bigint[], p_memos text[] DEFAULT NULL::text[]) returns uuid[]
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_poster, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off; plan_cache_mode=force_generic_plan; enable_nestloop=off, body a1df144a5f9b3cb2c0751aecfd90d24f26af7b49056546609819ffede1058d88
grant execute on function finance.bulk_post(uuid,date[],text[],text[],text[],integer[],uuid[],text[],bigint[],bigint[],text[]) to aibos_admin, aibos_finance_role, aibos_guard, aibos_owner;
-- function finance.bump_approval_rules() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 23c5a7ad06938645f095f6e7c315fc3b7dd26ee549d9ee3fe009689035a08019
grant execute on function finance.bump_approval_rules() to aibos_guard, aibos_poster;
-- function finance.cancel_payment(p_payment_id uuid, p_reason text) returns void
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body c0f8def5e1793b5460011eebf26701c7cc0695d5b44b1804d71780f6543cd4ac
grant execute on function finance.cancel_payment(uuid,text) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.close_period(p_period_id uuid, p_reason text DEFAULT NULL::text) returns uuid
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body e36a5e5d211ad14dbb1661692c44a5e0914a148959901095214c3f2615280a14
grant execute on function finance.close_period(uuid,text) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.correct_journal(p_entry_id uuid, p_entry_date date, p_reason text, p_correction jsonb, OUT reversal_id uuid, OUT correction_id uuid) returns record
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body b91f76df79eeeb39728406e65b74f3764982386eba620859cb2a216c2ccb64b3
grant execute on function finance.correct_journal(uuid,date,text,jsonb) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.derive_deltas() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body d148acbcced678d912defefbcb5df3a6ad901301aaf6debc710161d2f9327820
grant execute on function finance.derive_deltas() to aibos_owner, aibos_poster;
-- function finance.derive_limit() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body 7d89d516b47811aa9aff0526667d86920f90c7fe1acf17f25135f510d53337a9
grant execute on function finance.derive_limit() to aibos_owner, aibos_poster;
-- function finance.discard_draft(p_draft_id uuid, p_reason text) returns void
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 343c45fd50abb45febc0bfe643c8f5def6dae081442d9650a6720004ca948774
grant execute on function finance.discard_draft(uuid,text) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.drop_archived_part(p_part_no integer, p_reason text) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 634a7f6ff959ff0db90398d144c96d29cbad3ca440e48e9cdd3aa6316fd766e5
grant execute on function finance.drop_archived_part(integer,text) to aibos_guard, aibos_poster;
-- function finance.fold_balances(p_limit integer DEFAULT 100000) returns integer
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body dc941c48544af265c99ce2ca93eb592ea959178b70193fe5d50706de23895135
grant execute on function finance.fold_balances(integer) to aibos_guard, aibos_migration, aibos_monitor_role, aibos_poster;
-- function finance.forbid_draft_delete() returns trigger
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 37d24a254ab8258e394cca1f6e7088171cf1b7ae4199340b415a99a4b13d117a
grant execute on function finance.forbid_draft_delete() to aibos_guard, aibos_poster;
-- function finance.forbid_rekey() returns trigger
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 9b51c8f65312a4d983c2216b8e09c441cb2e6b7d482b405b5025a5d6f68816ca
grant execute on function finance.forbid_rekey() to aibos_guard, aibos_poster;
-- function finance.fx_rate_max_age() returns integer
--   language sql, immutable, parallel safe, security invoker, owner aibos_owner, set nothing, body fc0c9513f97ac2354cdf403387c9e8faf02556f220d79db489fc3e1f9a060c74
grant execute on function finance.fx_rate_max_age() to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.fx_rate_on(p_base text, p_quote text, p_on date, p_source text, OUT rate numeric, OUT fx_rate_id uuid, OUT fx_cross_rate_id uuid, OUT published_on date) returns record
--   language plpgsql, stable, parallel safe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body ad64a3537e769c7535d94ced3f38c61a8f322284e8c5d5ef04dbdd942d8a4910
grant execute on function finance.fx_rate_on(text,text,date,text) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.is_archived(p_tenant_id uuid, p_entry_id uuid) returns boolean
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body e6132323cf316b3a4fdfae5a66736da389210c3180de37f66043f3e5ecef01c2
grant execute on function finance.is_archived(uuid,uuid) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.is_line_sided(p_debit_cents bigint, p_credit_cents bigint, p_base_debit_cents bigint, p_base_credit_cents bigint, p_fx_rate_id uuid, p_fx_cross_rate_id uuid) returns boolean
--   language plpgsql, immutable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 68a43847cd3af990701ef98e8c516badc441328a6ac8f9452665124fc9641628
grant execute on function finance.is_line_sided(bigint,bigint,bigint,bigint,uuid,uuid) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.journal_integrity_by_tenant() returns TABLE(tenant_id uuid, entries bigint, passed bigint, failed bigint)
--   language sql, stable, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body e32b12bad1467b4c67eafb41978301f0cca4938da41f02c5929ba915c70c0d7b
grant execute on function finance.journal_integrity_by_tenant() to aibos_monitor_role, aibos_owner, aibos_poster;
-- function finance.leaf_hash(p_tenant_id uuid, p_id uuid, p_entry_no bigint, p_posted_at timestamp with time zone, p_created_by uuid, p_payload text) returns bytea
--   language plpgsql, immutable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 14363e53fa2b17fac38d78de2bf3ce53a10a4a4449b86de2ba797e192032f3e0
grant execute on function finance.leaf_hash(uuid,uuid,bigint,timestamp with time zone,uuid,text) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.leaf_line(p_line_no integer, p_account_id uuid, p_currency text, p_debit_cents bigint, p_credit_cents bigint, p_memo text, p_base_debit_cents bigint, p_base_credit_cents bigint, p_fx_rate_id uuid, p_fx_cross_rate_id uuid) returns text
--   language plpgsql, immutable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 613e48bde2a143b682e71f7704100f2d61cccbbe12d0beaea7f7f73a14ae61ee
grant execute on function finance.leaf_line(integer,uuid,text,bigint,bigint,text,bigint,bigint,uuid,uuid) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.leaf_payload(p_company_id uuid, p_entry_date date, p_entry_type text, p_description text, p_reference text, p_idempotency_key text, p_reverses_entry_id uuid, p_lines text) returns text
--   language plpgsql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body c90059928b4bf7ed8a77ba52bf99ad6539a2b720744c4745c10d48085e91e717
grant execute on function finance.leaf_payload(uuid,date,text,text,text,text,uuid,text) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.leaves_digest(p_tenant_id uuid, p_from_id uuid, p_before_id uuid) returns TABLE(entries bigint, sha256 bytea)
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 5d252016dc679cd8fb7b18503086ce345eacde38bbb8ec1adfc00d3e32860039
grant execute on function finance.leaves_digest(uuid,uuid,uuid) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.lock_open_period(p_tenant_id uuid, p_company_id uuid, p_entry_date date) returns uuid
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_sort=off, body 5f8865093ad98ad78993be3b305123de7a5649e7e87f0e643a6c0184af381fd7
grant execute on function finance.lock_open_period(uuid,uuid,date) to aibos_guard, aibos_poster;
-- function finance.lock_payment(p_payment_id uuid) returns text
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 78dfe5b4a18567a7b3845d880b60917d6b7d65cc84f9da740298a1e931a9a55f
grant execute on function finance.lock_payment(uuid) to aibos_guard, aibos_poster;
-- function finance.movements_between(p_tenant_id uuid, p_company_id uuid, p_from date, p_to date, p_known_at timestamp with time zone) returns TABLE(account_id uuid, currency text, debit_cents numeric, credit_cents numeric, base_debit_cents numeric, base_credit_cents numeric, unconverted_debit_cents numeric, unconverted_credit_cents numeric, lines bigint)
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set nothing, body c9e5c566ee991a63b0336940431a62950be861353f90a43953e7d8dc725ed1bf
grant execute on function finance.movements_between(uuid,uuid,date,date,timestamp with time zone) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.open_fiscal_year(p_company_id uuid, p_starts_on date) returns integer
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body fd194a77a12f530019c180c2701fe9b6a8b633d220d6585bab474d29a654d7b5
grant execute on function finance.open_fiscal_year(uuid,date) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.open_journal_part(p_from timestamp with time zone) returns integer
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body d961161d25436613b4b3b7fe0d13a8226579149d6e23a723ca60ce3c12c407d6
grant execute on function finance.open_journal_part(timestamp with time zone) to aibos_guard, aibos_migration, aibos_poster;
-- function finance.post_draft(p_draft_id uuid, p_revision integer DEFAULT NULL::integer) returns uuid
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_poster, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 647a9b6b8eb5cb1ad768912e2b9bd3a8fae029dd1348088ffb43313542037593
grant execute on function finance.post_draft(uuid,integer) to aibos_admin, aibos_finance_role, aibos_guard, aibos_owner;
-- function finance.post_journal(p_company_id uuid, p_entry_date date, p_description text, p_account_ids uuid[], p_debits bigint[], p_credits bigint[], p_currencies text[], p_memos text[] DEFAULT NULL::text[], p_reference text DEFAULT NULL::text, p_idempotency_key text DEFAULT NULL::text) returns uuid
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_poster, set search_path=pg_catalog, pg_temp; enable_seqscan=off; enable_sort=off; jit=off; plan_cache_mode=force_generic_plan, body 46fe15819ef72ce64aaecf6e382432d7d50b0d089d63d1739b53e1fb55d27220
grant execute on function finance.post_journal(uuid,date,text,uuid[],bigint[],bigint[],text[],text[],text,text) to aibos_admin, aibos_finance_role, aibos_guard, aibos_owner;
-- function finance.post_journals(p_entries jsonb, p_mode text DEFAULT 'all'::text) returns TABLE(entry_index integer, entry_id uuid, outcome text, code text, message text)
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_poster, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off; plan_cache_mode=force_generic_plan; enable_nestloop=off, body 8acb8c97d66757f6b6bdc5e9c51dda4758176e697526f9a518cbcfd0fba0e916
grant execute on function finance.post_journals(jsonb,text) to aibos_admin, aibos_finance_role, aibos_guard, aibos_owner;
-- function finance.prepare_journal_part() returns integer
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body c87171ca4fc4ce1b04179838341442b01b010a00c3ab33f7018c814293a7a104
grant execute on function finance.prepare_journal_part() to aibos_guard, aibos_migration, aibos_poster;
-- function finance.profit_and_loss(p_company_id uuid, p_from date DEFAULT NULL::date, p_to date DEFAULT NULL::date, p_known_at timestamp with time zone DEFAULT NULL::timestamp with time zone) returns TABLE(section text, account_id uuid, code text, name text, depth integer, path text[], currency text, is_unconverted boolean, amount_cents numeric, total_cents numeric)
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 55d64b56af72815c264d367ba2d524f165c6997218496ef42358f29ce1f08e78
grant execute on function finance.profit_and_loss(uuid,date,date,timestamp with time zone) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.raise_draft_error(p_code text, p_draft_id uuid, p_facts text) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body b2a8f78dbecae224bca68e1110c8274d3c716733ff2ebf139327e79f05ef5af8
grant execute on function finance.raise_draft_error(text,uuid,text) to aibos_guard, aibos_poster;
-- function finance.raise_part_error(p_code text, p_what text, p_facts text, p_hint text) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 3d655e1298996632bdecc76b4eba428355c37d5580481db409e173752a5f2486
grant execute on function finance.raise_part_error(text,text,text,text) to aibos_guard, aibos_poster;
-- function finance.raise_payment_error(p_code text, p_payment_id uuid, p_facts text) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body ba3da74c939725701b5602ac288b04e8af380d4c2bf260f0d6171b4e9e6b2d03
grant execute on function finance.raise_payment_error(text,uuid,text) to aibos_guard, aibos_poster;
-- function finance.raise_posting_error(p_code text, p_entry text, p_facts text) returns void
--   language plpgsql, volatile, parallel unsafe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body bcfdbbac53a183b8a99abd245da359a2ba8076dcbbf9cecd2b7b97259b4a5174
grant execute on function finance.raise_posting_error(text,text,text) to aibos_guard, aibos_poster;
-- function finance.record_draft_step() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body 55f0a7a687d147665137f306e32cc060dec43a388cd5fd88c2bbacb94c6685e2
grant execute on function finance.record_draft_step() to aibos_owner, aibos_poster;
-- function finance.record_limit() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body 8ba2a7bd649cd9d3956ce696ae495800fe0408eb67bce5b59a34bd7e8c48bbde
grant execute on function finance.record_limit() to aibos_owner, aibos_poster;
-- function finance.record_payment_event() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 00829fc7bd7559da03afa05bc479619f2a85a5e07909624bec94cf535f09aa10
grant execute on function finance.record_payment_event() to aibos_owner, aibos_poster;
-- function finance.record_period_move() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body ec489ea2ebe3ab1262a589cf5e62b0634e435075cb60d2358e750dbba99b5799
grant execute on function finance.record_period_move() to aibos_owner, aibos_poster;
-- function finance.record_posting() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 410a5b36956cc031cc2c70ebfeff26d851c3f4b9058babb5ab7553544ad0aa97
grant execute on function finance.record_posting() to aibos_owner, aibos_poster;
-- function finance.reject_payment(p_payment_id uuid, p_reason text) returns void
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 799e0789a1a3dea1a7dad05162e43a18ab58ae4699c139a1c37d5ab47bcc839b
grant execute on function finance.reject_payment(uuid,text) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.release_payment(p_payment_id uuid) returns void
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body d6b35981a9c8cd4e4ac8db2fc8ccf202bc4b27467777efdeff8eb2dc1be79077
grant execute on function finance.release_payment(uuid) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.remove_draft_lines(p_draft_id uuid, p_line_nos integer[]) returns integer
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body c15130f350ec7e21cb959f31c4628389bc65aba8325c6b3ffb2ee503b482d48e
grant execute on function finance.remove_draft_lines(uuid,integer[]) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.reopen_period(p_period_id uuid, p_reason text) returns void
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 066f28f352f2c7d6e856e88e6755ec95b66472a1792eef6f8658e65ec887fcb3
grant execute on function finance.reopen_period(uuid,text) to aibos_admin, aibos_guard, aibos_poster;
-- function finance.restore_journal_part(p_part_no integer, p_reason text) returns void
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 8e50db3d7a748d1d64523318fe5423b6d3cbd1157e023162090d858d6bf2244b
grant execute on function finance.restore_journal_part(integer,text) to aibos_guard, aibos_migration, aibos_poster;
-- function finance.revalue(p_company_id uuid, p_period_id uuid) returns uuid
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_poster, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off; plan_cache_mode=force_generic_plan, body 0f6308e89a9720e6c7b5796dcf26e0ab1fef3115b5ee0ea7fb04262e66df28cd
grant execute on function finance.revalue(uuid,uuid) to aibos_admin, aibos_finance_role, aibos_guard, aibos_owner;
-- function finance.reverse_journal(p_entry_id uuid, p_entry_date date, p_reason text) returns uuid
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_poster, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off; plan_cache_mode=force_generic_plan, body 3f0bf62213400da581b8aa53d9bd4b49ac9638047917b48032d00ac29f226328
grant execute on function finance.reverse_journal(uuid,date,text) to aibos_admin, aibos_finance_role, aibos_guard, aibos_owner;
-- function finance.settle_payment(p_payment_id uuid, p_date date, p_debit_account_id uuid, p_credit_account_id uuid) returns uuid
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 7c8aadad17618bb011dba175048699d17290f7c88a0f9bb091e4d743ebb3af9e
grant execute on function finance.settle_payment(uuid,date,uuid,uuid) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.stamp_approval() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 395f06df1880e5974c233c91eb7bcc0f60e704741f4237b8112de429603359ef
grant execute on function finance.stamp_approval() to aibos_owner, aibos_poster;
-- function finance.stamp_draft() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body 3ca7bb4ca1ad8dd3cb04fcc490301c1c9108cadc83fb3bcce4266b80e581e0c6
grant execute on function finance.stamp_draft() to aibos_owner, aibos_poster;
-- function finance.stamp_entry() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 5422441dbe2baff527d5719eaa45fa0ef2f214f34c69cdb511b8dc0b88660166
grant execute on function finance.stamp_entry() to aibos_owner, aibos_poster;
-- function finance.stamp_payment() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body 46a06371bf5d152728e739906af860483114d1f4af62a1c916e6faffb14b26db
grant execute on function finance.stamp_payment() to aibos_owner, aibos_poster;
-- function finance.stamp_period() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp; enable_seqscan=off; jit=off, body c5bc5b839cfadaa77453bfc0a2d59b2d8120895444ba5e20749f1dbf10f8ecea
grant execute on function finance.stamp_period() to aibos_owner, aibos_poster;
-- function finance.statement_between(p_company_id uuid, p_account_types text[], p_from date, p_to date, p_known_at timestamp with time zone) returns TABLE(account_id uuid, code text, name text, account_type text, depth integer, path text[], currency text, is_unconverted boolean, amount_cents numeric, total_cents numeric)
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 04a54f43f22604e45ecb12fc38d20e68851384e6a9d9322a0e4ac9a56cc2fc1e
grant execute on function finance.statement_between(uuid,text[],date,date,timestamp with time zone) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.submit_payment(p_payment_id uuid) returns integer
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 24945e8def680377d37cbd0da06b96896cb7226cee3b7e3fce1e772f8ac6644a
grant execute on function finance.submit_payment(uuid) to aibos_admin, aibos_finance_role, aibos_guard, aibos_poster;
-- function finance.touch_drafts() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_guard, set search_path=pg_catalog, pg_temp, body e98e14e9eb3d1911fb7b1b11318a431d2ec5ba269314b5cf7673b301dd59c690
grant execute on function finance.touch_drafts() to aibos_owner, aibos_poster;
-- function finance.trial_balance(p_company_id uuid, p_as_of date DEFAULT NULL::date, p_known_at timestamp with time zone DEFAULT NULL::timestamp with time zone) returns TABLE(account_id uuid, code text, name text, account_type text, currency text, debit_cents numeric, credit_cents numeric, balance_cents numeric, base_debit_cents numeric, base_credit_cents numeric, base_balance_cents numeric, is_unconverted boolean)
--   language sql, stable, parallel safe, security invoker, owner aibos_owner, set search_path=pg_catalog, pg_temp, body c2a5ec27cbf857b4c1b853e202783982705c7012d1001789415c9aa406ed80c4
grant execute on function finance.trial_balance(uuid,date,timestamp with time zone) to aibos_admin, aibos_auditor_role, aibos_finance_role, aibos_guard, aibos_poster;
-- function kernel.record_tenant() returns trigger
--   language plpgsql, volatile, parallel unsafe, security definer, owner aibos_owner, set search_path=pg_catalog, pg_temp, body 132af6bf5d184c7b4e55a45889b69981ac0d0ba58fc1a9d113bb1ac7a11ab7bb
grant execute on function kernel.record_tenant() to aibos_guard, aibos_poster;
