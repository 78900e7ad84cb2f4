-- plane: both
-- Reference data of the platform. Read-only at run time: only aibos_migration and the owner write here.

create schema config;
comment on schema config is 'Platform configuration, the same for all tenants and read-only at run time.';

create table config.currencies (
  code text not null,
  name text not null,
  exponent smallint not null,
  kind text not null default 'iso4217',
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint currencies_code_pk primary key (code),
  constraint currencies_code_ck check (code ~ '^[A-Z][A-Z0-9]{1,11}$'),
  constraint currencies_exponent_ck check (exponent between 0 and 8),
  constraint currencies_kind_ck check (kind in ('iso4217', 'commodity'))
);
comment on table config.currencies is 'Currencies and commodities that amounts may be in, with the number of decimals of their minor unit.';
comment on column config.currencies.code is 'ISO 4217 code, or an upper-case symbol for a commodity.';
comment on column config.currencies.name is 'English name.';
comment on column config.currencies.exponent is 'Decimals of the minor unit: 0 for JPY, 2 for EUR, 3 for KWD, 4 for CLF.';
comment on column config.currencies.kind is 'iso4217, or commodity for shares and the like.';
comment on column config.currencies.is_active is 'Whether new amounts may use it.';
comment on column config.currencies.created_at is 'When the row was made.';
comment on column config.currencies.updated_at is 'When the row last changed.';

create table config.provider_profiles (
  code text not null,
  name text not null,
  provider text not null,
  adapter text not null,
  max_connections integer,
  regions text[] not null default '{}',
  capabilities jsonb not null default '{}',
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint provider_profiles_code_pk primary key (code),
  constraint provider_profiles_code_ck check (code ~ '^[a-z0-9][a-z0-9-]*$'),
  constraint provider_profiles_max_connections_ck check (max_connections > 0),
  constraint provider_profiles_capabilities_ck check (jsonb_typeof(capabilities) = 'object')
);
comment on table config.provider_profiles is 'Providers a tenant may be placed on, and what each can do.';
comment on column config.provider_profiles.code is 'Profile code.';
comment on column config.provider_profiles.name is 'Name shown to people.';
comment on column config.provider_profiles.provider is 'Provider, such as self-hosted or neon.';
comment on column config.provider_profiles.adapter is 'Folder under adapters/providers that knows this provider.';
comment on column config.provider_profiles.max_connections is 'Connections the profile allows; null when unlimited.';
comment on column config.provider_profiles.regions is 'Regions it can serve.';
comment on column config.provider_profiles.capabilities is 'What the provider permits, as a JSON object.';
comment on column config.provider_profiles.is_active is 'Whether new tenants may be placed on it.';
comment on column config.provider_profiles.created_at is 'When the row was made.';
comment on column config.provider_profiles.updated_at is 'When the row last changed.';

create table config.selection_rules (
  id uuid not null,
  priority integer not null,
  profile_code text not null,
  condition jsonb not null default '{}',
  explanation text not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint selection_rules_id_pk primary key (id),
  constraint selection_rules_priority_uq unique (priority),
  constraint selection_rules_profile_code_fk foreign key (profile_code) references config.provider_profiles (code),
  constraint selection_rules_condition_ck check (jsonb_typeof(condition) = 'object')
);
create index selection_rules_profile_code_idx on config.selection_rules (profile_code);
comment on table config.selection_rules is 'Which provider profile fits which tenant; the lowest priority that matches wins.';
comment on column config.selection_rules.id is 'The rule.';
comment on column config.selection_rules.priority is 'Order of evaluation, lowest first.';
comment on column config.selection_rules.profile_code is 'Profile that the rule recommends.';
comment on column config.selection_rules.condition is 'What the tenant must look like, as a JSON object.';
comment on column config.selection_rules.explanation is 'Why, in a sentence shown with the recommendation.';
comment on column config.selection_rules.is_active is 'Whether the rule is considered.';
comment on column config.selection_rules.created_at is 'When the row was made.';
comment on column config.selection_rules.updated_at is 'When the row last changed.';

create table config.settings (
  key text not null,
  value jsonb not null,
  description text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint settings_key_pk primary key (key),
  constraint settings_key_ck check (key ~ '^[a-z]+(\.[a-z_]+)*$')
);
comment on table config.settings is 'Settings of the whole platform.';
comment on column config.settings.key is 'Dotted lower-case name.';
comment on column config.settings.value is 'Value as JSON.';
comment on column config.settings.description is 'What the setting does.';
comment on column config.settings.created_at is 'When the row was made.';
comment on column config.settings.updated_at is 'When the row last changed.';
