-- plane: both
-- The engine's own tables: what was installed, which tenants exist, which errors mean what, what the server can do.

-- The schema and aibos.pgmigrations are there already: whoever runs migrations needs them to know what ran.
comment on schema aibos is 'The engine: tenant context, the guarantee procedures, and the registries both planes share.';

comment on table aibos.pgmigrations is 'Applied migrations in the shape node-pg-migrate reads; the manifest beside it carries the hashes.';
comment on column aibos.pgmigrations.id is 'Order of application.';
comment on column aibos.pgmigrations.name is 'File name without its ending.';
comment on column aibos.pgmigrations.run_on is 'When it was applied (server time, no zone, as node-pg-migrate writes it).';

create table if not exists aibos.migrations_manifest (
  name text not null,
  sha256 text not null,
  actor text not null default session_user,
  reason text not null,
  applied_at timestamptz not null default clock_timestamp(),
  constraint migrations_manifest_name_pk primary key (name),
  constraint migrations_manifest_sha256_ck check (sha256 ~ '^[0-9a-f]{64}$')
);
comment on table aibos.migrations_manifest is 'Which migration ran, its SHA-256, by whom and why. An edited file no longer matches and is refused.';
comment on column aibos.migrations_manifest.name is 'File name without its ending, unique.';
comment on column aibos.migrations_manifest.sha256 is 'SHA-256 of the up file as it was applied, in lower-case hexadecimal.';
comment on column aibos.migrations_manifest.actor is 'Login that applied it.';
comment on column aibos.migrations_manifest.reason is 'Why it was applied.';
comment on column aibos.migrations_manifest.applied_at is 'When it was applied.';

create table aibos.tenant_registry (
  tenant_id uuid not null,
  slug text not null,
  status text not null default 'active',
  region text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint tenant_registry_tenant_id_pk primary key (tenant_id),
  constraint tenant_registry_slug_uq unique (slug),
  constraint tenant_registry_tenant_id_ck check (tenant_id <> '00000000-0000-0000-0000-000000000000'),
  constraint tenant_registry_slug_ck check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  constraint tenant_registry_status_ck check (status in ('active', 'suspended', 'closed'))
);
comment on table aibos.tenant_registry is 'What both planes must know of a tenant; every tenant table leads back to a row here.';
comment on column aibos.tenant_registry.tenant_id is 'The tenant.';
comment on column aibos.tenant_registry.slug is 'Short name, unique in the fabric.';
comment on column aibos.tenant_registry.status is 'active, suspended or closed; only an active tenant may write.';
comment on column aibos.tenant_registry.region is 'Where the tenant''s data must live, as the control plane names it.';
comment on column aibos.tenant_registry.created_at is 'When the tenant became known here.';
comment on column aibos.tenant_registry.updated_at is 'When the row last changed.';

create table aibos.error_codes (
  code text not null,
  name text not null,
  meaning text not null,
  next_step text not null,
  raised_by text not null,
  constraint error_codes_code_pk primary key (code),
  constraint error_codes_name_uq unique (name),
  constraint error_codes_code_ck check (code ~ '^(IB[0-9]{3}|42501|23514|23505)$' and code <> 'IB000'),
  constraint error_codes_raised_by_ck check (raised_by in ('sql', 'driver'))
);
comment on table aibos.error_codes is 'Every SQLSTATE that the fabric raises, what it means and what to do next.';
comment on column aibos.error_codes.code is 'Five-character SQLSTATE; class IB is ours.';
comment on column aibos.error_codes.name is 'Stable name for programs and dashboards.';
comment on column aibos.error_codes.meaning is 'What happened, in one sentence.';
comment on column aibos.error_codes.next_step is 'What the reader should do about it.';
comment on column aibos.error_codes.raised_by is 'sql for the database, driver for TypeScript.';

create table aibos.capabilities (
  name text not null,
  is_present boolean not null,
  detail text not null,
  costs_without text not null,
  probed_at timestamptz not null default clock_timestamp(),
  constraint capabilities_name_pk primary key (name)
);
comment on table aibos.capabilities is 'What this server lets us do beyond the core, found out by trying.';
comment on column aibos.capabilities.name is 'The capability.';
comment on column aibos.capabilities.is_present is 'Whether the probe succeeded.';
comment on column aibos.capabilities.detail is 'What the probe saw.';
comment on column aibos.capabilities.costs_without is 'What is missing while the capability is absent.';
comment on column aibos.capabilities.probed_at is 'When it was probed.';

create table aibos.guard_fingerprints (
  routine text not null,
  sha256 text not null,
  constraint guard_fingerprints_routine_pk primary key (routine),
  constraint guard_fingerprints_sha256_ck check (sha256 ~ '^[0-9a-f]{64}$')
);
comment on table aibos.guard_fingerprints is 'SHA-256 of the definition of every routine as the last installation left it; a replaced one no longer matches.';
comment on column aibos.guard_fingerprints.routine is 'The routine with its argument types.';
comment on column aibos.guard_fingerprints.sha256 is 'SHA-256 of its body, language, volatility, security, settings and owner.';

create table aibos.installed_objects (
  kind text not null,
  object text not null,
  sha256 text not null,
  constraint installed_objects_key_pk primary key (kind, object),
  constraint installed_objects_sha256_ck check (sha256 ~ '^[0-9a-f]{64}$')
);
comment on table aibos.installed_objects is 'SHA-256 of every trigger, policy, constraint, index, table and grant as the last installation left it.';
comment on column aibos.installed_objects.kind is 'trigger, policy, constraint, default, index, schema, table or grants.';
comment on column aibos.installed_objects.object is 'The object, with its table where it has one.';
comment on column aibos.installed_objects.sha256 is 'SHA-256 of its definition.';
