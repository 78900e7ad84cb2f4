-- plane: control
-- Who may do what: tenants, people, roles, sessions and routes.

create schema kernel;
comment on schema kernel is 'Control plane: tenants, users, roles, sessions, routes and their audit log.';

create table kernel.tenants (
  id uuid not null,
  name text not null,
  slug text not null,
  status text not null default 'active',
  region text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint tenants_id_pk primary key (id),
  constraint tenants_slug_uq unique (slug),
  constraint tenants_id_ck check (id <> '00000000-0000-0000-0000-000000000000'),
  constraint tenants_name_ck check (btrim(name) <> ''),
  constraint tenants_slug_ck check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  constraint tenants_status_ck check (status in ('active', 'suspended', 'closed'))
);
comment on table kernel.tenants is 'The customers of the platform; a trigger keeps aibos.tenant_registry in step.';
comment on column kernel.tenants.id is 'The tenant; every tenant table carries it as tenant_id.';
comment on column kernel.tenants.name is 'Name shown to people.';
comment on column kernel.tenants.slug is 'Short name, unique in the fabric.';
comment on column kernel.tenants.status is 'active, suspended or closed; only an active tenant may write.';
comment on column kernel.tenants.region is 'Where the tenant''s data must live.';
comment on column kernel.tenants.created_at is 'When the row was made.';
comment on column kernel.tenants.updated_at is 'When the row last changed.';

create table kernel.users (
  tenant_id uuid not null,
  id uuid not null,
  email text not null,
  display_name text not null default '',
  status text not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_tenant_id_id_pk primary key (tenant_id, id),
  constraint users_tenant_id_fk foreign key (tenant_id) references aibos.tenant_registry (tenant_id),
  constraint users_email_ck check (email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$'),
  constraint users_status_ck check (status in ('invited', 'active', 'disabled')),
  constraint users_tenant_id_email_uq unique (tenant_id, email)
);
comment on table kernel.users is 'People and services of a tenant.';
comment on column kernel.users.tenant_id is 'Owning tenant.';
comment on column kernel.users.id is 'The user; app.user_id names it in the context.';
comment on column kernel.users.email is 'Address in lower case, unique within the tenant.';
comment on column kernel.users.display_name is 'Name shown to people.';
comment on column kernel.users.status is 'invited, active or disabled.';
comment on column kernel.users.created_at is 'When the row was made.';
comment on column kernel.users.updated_at is 'When the row last changed.';

create table kernel.roles (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  permissions text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint roles_tenant_id_id_pk primary key (tenant_id, id),
  constraint roles_tenant_id_fk foreign key (tenant_id) references aibos.tenant_registry (tenant_id),
  constraint roles_name_ck check (btrim(name) <> ''),
  constraint roles_tenant_id_name_uq unique (tenant_id, name)
);
comment on table kernel.roles is 'Roles of a tenant''s application; not database roles.';
comment on column kernel.roles.tenant_id is 'Owning tenant.';
comment on column kernel.roles.id is 'The role.';
comment on column kernel.roles.name is 'Name, unique within the tenant.';
comment on column kernel.roles.permissions is 'Permissions it carries, as the application names them.';
comment on column kernel.roles.created_at is 'When the row was made.';
comment on column kernel.roles.updated_at is 'When the row last changed.';

create table kernel.user_roles (
  tenant_id uuid not null,
  user_id uuid not null,
  role_id uuid not null,
  created_at timestamptz not null default now(),
  constraint user_roles_tenant_id_user_id_role_id_pk primary key (tenant_id, user_id, role_id),
  constraint user_roles_user_id_fk foreign key (tenant_id, user_id) references kernel.users (tenant_id, id),
  constraint user_roles_role_id_fk foreign key (tenant_id, role_id) references kernel.roles (tenant_id, id)
);
create index user_roles_tenant_id_role_id_idx on kernel.user_roles (tenant_id, role_id);
comment on table kernel.user_roles is 'Which user holds which role.';
comment on column kernel.user_roles.tenant_id is 'Owning tenant.';
comment on column kernel.user_roles.user_id is 'The user.';
comment on column kernel.user_roles.role_id is 'The role.';
comment on column kernel.user_roles.created_at is 'When it was granted.';

create table kernel.sessions (
  tenant_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  token_hash bytea not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint sessions_tenant_id_id_pk primary key (tenant_id, id),
  constraint sessions_user_id_fk foreign key (tenant_id, user_id) references kernel.users (tenant_id, id),
  constraint sessions_token_hash_ck check (octet_length(token_hash) = 32),
  constraint sessions_expires_at_ck check (expires_at > created_at),
  constraint sessions_tenant_id_token_hash_uq unique (tenant_id, token_hash)
);
create index sessions_tenant_id_user_id_idx on kernel.sessions (tenant_id, user_id);
comment on table kernel.sessions is 'Sign-ins of users; only the hash of a token is kept.';
comment on column kernel.sessions.tenant_id is 'Owning tenant.';
comment on column kernel.sessions.id is 'The session.';
comment on column kernel.sessions.user_id is 'Who signed in.';
comment on column kernel.sessions.token_hash is 'SHA-256 of the session token.';
comment on column kernel.sessions.expires_at is 'When it ends by itself.';
comment on column kernel.sessions.revoked_at is 'When it was ended early; null while it holds.';
comment on column kernel.sessions.created_at is 'When the row was made.';
comment on column kernel.sessions.updated_at is 'When the row last changed.';

create table kernel.routes (
  tenant_id uuid not null,
  id uuid not null,
  method text not null,
  path text not null,
  permission text,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint routes_tenant_id_id_pk primary key (tenant_id, id),
  constraint routes_tenant_id_fk foreign key (tenant_id) references aibos.tenant_registry (tenant_id),
  constraint routes_method_ck check (method in ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')),
  constraint routes_path_ck check (path like '/%'),
  constraint routes_tenant_id_method_path_uq unique (tenant_id, method, path)
);
comment on table kernel.routes is 'API routes open to a tenant and the permission each asks for.';
comment on column kernel.routes.tenant_id is 'Owning tenant.';
comment on column kernel.routes.id is 'The route.';
comment on column kernel.routes.method is 'HTTP method.';
comment on column kernel.routes.path is 'Path, beginning with a slash.';
comment on column kernel.routes.permission is 'Permission asked for; null for any signed-in user.';
comment on column kernel.routes.is_active is 'Whether the route answers.';
comment on column kernel.routes.created_at is 'When the row was made.';
comment on column kernel.routes.updated_at is 'When the row last changed.';

call aibos.create_audit_log('kernel');
