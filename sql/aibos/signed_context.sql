-- Guarantee: while a key is installed, no SQL that an application can send names another tenant or another user than the
--   one its context was signed for.
-- How: the context carries a token that only a holder of the key can make (HMAC-SHA-256 over key, tenant, user and
--   expiry, and over the database and the login it is for). Installing the first key puts the signed forms of
--   the readers of the context in the place of the unsigned ones; the last key cannot be retired, signing is only ended on purpose.
-- Raises: 42501 (tenant_id required), IB104, IB106, IB107, IB108, IB109, IB111, IB112
-- Proved by: pgtap/aibos/signed_context.sql

-- Token: v1.<key, 8>.<tenant, 36>.<user, 36>.<expiry, seconds since 1970, 10>.<HMAC, 64 hexadecimal digits>, 161 characters.
-- Every part has its fixed place, so the signed text can be read in one way only.
create or replace function aibos._signed_tenant_id()
returns uuid
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  token text := current_setting('app.context_token', true);
  tenant text := substr(token, 13, 36);
  inner_block bytea;
  outer_block bytea;
  skew integer;
  lifetime integer;
  remaining double precision;
  problem text;
begin
  select k.inner_pad, k.outer_pad, k.clock_skew_seconds, k.max_lifetime_seconds
    into inner_block, outer_block, skew, lifetime
    from aibos.context_keys k where k.key_id = substr(token, 4, 8);
  -- The login of the session, which no SET ROLE changes. Nothing of the token is read before it has proven genuine.
  if encode(sha256(outer_block || sha256(inner_block || convert_to(
      left(token, 96) || length(current_database()) || ':' || current_database() || session_user, 'UTF8'))), 'hex')
    = substr(token, 98)
  then
    -- From the start of the transaction, so a transaction never loses its context half way.
    remaining := substr(token, 87, 10)::double precision - date_part('epoch', now());
    if remaining >= -skew and remaining <= lifetime + skew
      and tenant <> '00000000-0000-0000-0000-000000000000'
      and tenant = current_setting('app.tenant_id', true)
    then
      return tenant::uuid;
    end if;
    problem := case
      when remaining < -skew then 'The context token has expired.'
      when remaining > lifetime + skew then 'The context token expires later than its key allows.'
      when tenant = '00000000-0000-0000-0000-000000000000' then 'The context token names no tenant.'
      else 'app.tenant_id is not the tenant of the context token.'
    end;
  end if;
  raise exception using
    errcode = '42501',
    message = 'tenant_id required',
    detail = case
      when problem is not null then problem
      when token is null or token = '' then 'No signed context is set in this transaction.'
      when token !~ '^v1\.[a-z0-9]{8}(\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}){2}\.[0-9]{10}\.[0-9a-f]{64}$'
        then 'The context token is malformed.'
      when inner_block is null then 'The context token is signed with a key that is not live.'
      else 'The context token is forged, or was made for another login or another database.'
    end,
    hint = 'Give TenantDb the option contextKey; it signs every context.';
end
$function$;
comment on function aibos._signed_tenant_id() is
  'Tenant of this transaction by its signed token. Takes nothing; returns its uuid. Raises 42501 unless the token is genuine, in time, of this login and database, and app.tenant_id agrees. In force as aibos.current_tenant_id() while a key is live. Definer, since nobody but the owner reads the keys.';

create or replace function aibos._signed_actor()
returns uuid
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  signed_user text;
  named_user text := nullif(coalesce(current_setting('app.user_id', true), ''), '');
begin
  -- Only who looks after the database works without a context; no application can hide by dropping its own.
  if coalesce(current_setting('app.context_token', true), '') = '' and (
    (select login.rolsuper from pg_roles login where login.rolname = session_user)
    or (select pg_get_userbyid(d.datdba) = session_user from pg_database d where d.datname = current_database())
    or (
      (pg_has_role(session_user, 'aibos_migration', 'MEMBER') or pg_has_role(session_user, 'aibos_monitor_role', 'MEMBER'))
      and not pg_has_role(session_user, 'aibos_kernel_role', 'MEMBER')
      and not pg_has_role(session_user, 'aibos_finance_role', 'MEMBER')
      and not pg_has_role(session_user, 'aibos_admin', 'MEMBER')
    )
  ) then
    return null;
  end if;
  -- Verifies the whole token: its user is as good as its tenant.
  perform aibos.current_tenant_id();
  signed_user := nullif(substr(current_setting('app.context_token', true), 50, 36), '00000000-0000-0000-0000-000000000000');
  if signed_user is distinct from named_user then
    raise exception using
      errcode = 'IB104',
      message = 'user_id required',
      detail = 'app.user_id is not the user of the context token.',
      hint = 'Give TenantDb the option contextKey; it signs every context.';
  end if;
  return signed_user::uuid;
end
$function$;
comment on function aibos._signed_actor() is
  'User of this transaction for the audit log, by its signed token. Takes nothing; returns its uuid, or null where the token names nobody, and where a superuser, the owner of the database or a login that migrates or monitors works without a context. Raises 42501 as the tenant does, and IB104 unless app.user_id agrees. In force as aibos.current_actor() while a key is live.';

create or replace function aibos._signed_user_id()
returns uuid
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  signed_user uuid := aibos.current_actor();
begin
  if signed_user is null then
    raise exception using
      errcode = 'IB104',
      message = 'user_id required',
      detail = 'The signed context names no user.',
      hint = 'Give TenantDb the option contextKey; it signs every context.';
  end if;
  return signed_user;
end
$function$;
comment on function aibos._signed_user_id() is
  'User of this transaction by its signed token. Takes nothing; returns its uuid. Raises as aibos._signed_actor(), and IB104 where that is null. In force as aibos.current_user_id() while a key is live.';

create or replace function aibos._hmac_pad(p_key bytea, p_byte integer)
returns bytea
language sql
immutable
strict
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
  select string_agg(
    set_byte('\x00'::bytea, 0, (case when i < length(k.block) then get_byte(k.block, i) else 0 end) # p_byte), ''::bytea order by i)
  from (select case when length(p_key) > 64 then sha256(p_key) else p_key end as block) k, generate_series(0, 63) as i;
$function$;
comment on function aibos._hmac_pad(bytea, integer) is
  'First block of one of the two hashes of HMAC-SHA-256. Takes the key and a byte, 0x36 for the inner and 0x5c for the outer hash; returns 64 bytes (RFC 2104).';

create or replace function aibos.hmac_sha256(p_key bytea, p_message bytea)
returns bytea
language sql
immutable
strict
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
  select sha256(aibos._hmac_pad(p_key, 92) || sha256(aibos._hmac_pad(p_key, 54) || p_message));
$function$;
comment on function aibos.hmac_sha256(bytea, bytea) is
  'HMAC-SHA-256 as in RFC 2104. Takes a key and a message; returns 32 bytes. For verifying and testing: no application may execute it, and no function signs a context.';

create or replace function aibos.context_key_states()
returns table (
  key_id text, is_live boolean, clock_skew_seconds integer, max_lifetime_seconds integer,
  installed_at timestamptz, installed_by text, retired_at timestamptz, retired_by text
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $function$
  select k.key_id, k.retired_at is null, k.clock_skew_seconds, k.max_lifetime_seconds,
    k.installed_at, k.installed_by, k.retired_at, k.retired_by
  from aibos.context_keys k order by k.installed_at, k.key_id;
$function$;
comment on function aibos.context_key_states() is
  'Every context key without its secret. Takes nothing; returns a row per key: whether it is live, its limits in seconds, when and by which login it was installed and retired. Definer, since nobody but the owner reads the keys.';

-- The unsigned forms, as context.sql has just put them in force, are kept beside the signed ones.
create or replace procedure aibos._copy_reader(p_from regprocedure, p_name name)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $procedure$
begin
  execute format('%s', regexp_replace(pg_get_functiondef(p_from),
    '^(CREATE OR REPLACE FUNCTION) aibos\.[a-z_]+\(\)', format('\1 aibos.%I()', p_name)));
end
$procedure$;
comment on procedure aibos._copy_reader(regprocedure, name) is
  'Gives a function without arguments the definition of another one. Takes the function to copy and the name, in schema aibos, that gets its definition; owner, grants and comment of the latter stay.';

call aibos._copy_reader('aibos.current_tenant_id()', '_unsigned_tenant_id');
call aibos._copy_reader('aibos.current_user_id()', '_unsigned_user_id');
call aibos._copy_reader('aibos.current_actor()', '_unsigned_actor');
comment on function aibos._unsigned_tenant_id() is
  'aibos.current_tenant_id() as it is while no key is live. Takes nothing; returns the tenant of this transaction.';
comment on function aibos._unsigned_user_id() is
  'aibos.current_user_id() as it is while no key is live. Takes nothing; returns the user of this transaction.';
comment on function aibos._unsigned_actor() is
  'aibos.current_actor() as it is while no key is live. Takes nothing; returns the user of this transaction, or null.';

create or replace function aibos.context_readers()
returns table (reader text, form text, is_in_force boolean)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $function$
  select p.oid::regprocedure::text, wanted.form,
    coalesce(p.prosrc = f.prosrc and p.prosecdef = f.prosecdef and p.provolatile = 's' and f.provolatile = 's'
      and pg_get_userbyid(p.proowner) = 'aibos_owner'
      and p.proconfig is not distinct from f.proconfig
      and pg_get_function_sqlbody(p.oid) is not distinct from pg_get_function_sqlbody(f.oid), false)
  from (values ('tenant_id'), ('user_id'), ('actor')) as r (name)
  cross join lateral (
    select format('aibos._%s_%s()',
      case when exists (select from aibos.context_key_states() k where k.is_live) then 'signed' else 'unsigned' end, r.name) as form
  ) wanted
  join pg_proc p on p.oid = to_regprocedure(format('aibos.current_%s()', r.name))
  left join pg_proc f on f.oid = to_regprocedure(wanted.form);
$function$;
comment on function aibos.context_readers() is
  'The readers of the context, the form that the keys call for, and whether it is what is in force. Takes nothing.';

create or replace procedure aibos._lock_context_keys()
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
begin
  -- A snapshot from before another change would decide over keys as they were.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using
      errcode = 'IB112',
      message = 'context keys cannot be changed under a snapshot',
      detail = format('The transaction is %s.', current_setting('transaction_isolation')),
      hint = 'Begin it with isolation level read committed.',
      schema = 'aibos', table = 'context_keys';
  end if;
  lock table aibos.context_keys in share row exclusive mode;
end
$procedure$;
comment on procedure aibos._lock_context_keys() is
  'Lets one change of the keys happen at a time. Takes nothing. Raises IB112 unless the transaction is read committed.';

create or replace procedure aibos._put_context_in_force()
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  form text := case when exists (select from aibos.context_keys k where k.retired_at is null) then '_signed_' else '_unsigned_' end;
  reader text;
begin
  foreach reader in array array['tenant_id', 'user_id', 'actor'] loop
    call aibos._copy_reader(format('aibos.%s%s()', form, reader)::regprocedure, 'current_' || reader);
  end loop;
  if exists (select from aibos.context_readers() r where not r.is_in_force) then
    raise exception using
      errcode = 'IB111',
      message = 'the readers of the context do not follow the keys',
      detail = (select string_agg(r.reader, ', ') from aibos.context_readers() r where not r.is_in_force),
      hint = 'Replay the bundle, and look for who changed these functions.',
      schema = 'aibos', table = 'context_keys';
  end if;
end
$procedure$;
comment on procedure aibos._put_context_in_force() is
  'Puts the signed readers of the context in force while a key is live, and the unsigned ones while none is. Takes nothing. Raises IB111 when they are not in force afterwards.';

call aibos._put_context_in_force();

create or replace procedure aibos._change_context_readers()
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
begin
  call aibos._put_context_in_force();
  update aibos.guard_fingerprints g set sha256 = f.sha256
  from aibos.routine_fingerprints() f
  where f.routine = g.routine
    and g.routine in ('aibos.current_tenant_id()', 'aibos.current_user_id()', 'aibos.current_actor()');
  call aibos._record_signed_context();
end
$procedure$;
comment on procedure aibos._change_context_readers() is
  'Puts the readers in force that the keys call for, outside an installation: the record of what an installation left follows for these three alone, and the capability is recorded. Takes nothing.';

create or replace procedure aibos.install_context_key(
  p_key_id text,
  p_secret bytea,
  p_clock_skew_seconds integer default 5,
  p_max_lifetime_seconds integer default 300
)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
declare
  problem text;
begin
  call aibos._lock_context_keys();
  problem := case
    when p_key_id is null or p_key_id !~ '^[a-z0-9]{8}$' then 'Its name is not eight lower-case letters or digits.'
    when p_secret is null or length(p_secret) < 32 then 'Its secret is shorter than 32 bytes.'
    when p_clock_skew_seconds is null or p_clock_skew_seconds not between 0 and 300 then 'The clock skew is not 0 to 300 seconds.'
    when p_max_lifetime_seconds is null or p_max_lifetime_seconds not between 5 and 86400
      then 'The longest lifetime is not 5 to 86400 seconds.'
    when exists (select from aibos.context_keys k where k.key_id = p_key_id) then 'There is, or was, a key of that name.'
    when exists (select from aibos.context_keys k where k.inner_pad = aibos._hmac_pad(p_secret, 54))
      then 'A live key has the same secret.'
  end;
  if problem is not null then
    raise exception using
      errcode = 'IB106',
      message = 'the context key was refused',
      detail = problem,
      hint = 'Make one of random bytes: aibos context-key generate.',
      schema = 'aibos', table = 'context_keys';
  end if;
  if (select count(*) from aibos.context_keys k where k.retired_at is null) >= 2 then
    raise exception using
      errcode = 'IB107',
      message = 'two context keys are live already',
      detail = (
        select 'Live: ' || string_agg(k.key_id, ', ' order by k.installed_at, k.key_id) || '.'
        from aibos.context_keys k where k.retired_at is null
      ),
      hint = 'Retire the older one first: call aibos.retire_context_key(…).',
      schema = 'aibos', table = 'context_keys';
  end if;
  insert into aibos.context_keys (key_id, inner_pad, outer_pad, clock_skew_seconds, max_lifetime_seconds)
  values (p_key_id, aibos._hmac_pad(p_secret, 54), aibos._hmac_pad(p_secret, 92), p_clock_skew_seconds, p_max_lifetime_seconds);
  call aibos._change_context_readers();
end
$procedure$;
comment on procedure aibos.install_context_key(text, bytea, integer, integer) is
  'Makes a key live; the first one ends unsigned contexts, a second one is for rotation. Takes its name (eight lower-case letters or digits), its secret (32 random bytes or more), how far clocks may differ and how long tokens may live, in seconds. Run as aibos_owner, which aibos context-key does. Raises IB106 for what cannot be a key and IB107 while two are live.';

create or replace procedure aibos.retire_context_key(p_key_id text)
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
begin
  call aibos._lock_context_keys();
  if not exists (select from aibos.context_keys k where k.key_id = p_key_id and k.retired_at is null) then
    raise exception using
      errcode = 'IB108',
      message = format('context key %s is not live', coalesce(p_key_id, 'null')),
      hint = 'The live ones: select key_id from aibos.context_key_states() where is_live.',
      schema = 'aibos', table = 'context_keys';
  end if;
  if not exists (select from aibos.context_keys k where k.key_id <> p_key_id and k.retired_at is null) then
    raise exception using
      errcode = 'IB109',
      message = format('context key %s is the only live one', p_key_id),
      detail = 'Without it no context would be genuine, and every call would be refused.',
      hint = 'Install its successor first; to go back to unsigned contexts, call aibos.end_signed_context().',
      schema = 'aibos', table = 'context_keys';
  end if;
  update aibos.context_keys
  set retired_at = clock_timestamp(), retired_by = session_user, inner_pad = null, outer_pad = null
  where key_id = p_key_id;
end
$procedure$;
comment on procedure aibos.retire_context_key(text) is
  'Retires a key and forgets its secret: tokens it signed are worth nothing to any snapshot that is taken from then on. Takes its name. Run as aibos_owner. Raises IB108 unless it is live and IB109 when it is the only one.';

create or replace procedure aibos.end_signed_context()
language plpgsql
security invoker
set search_path = pg_catalog, pg_temp
as $procedure$
begin
  call aibos._lock_context_keys();
  update aibos.context_keys
  set retired_at = clock_timestamp(), retired_by = session_user, inner_pad = null, outer_pad = null
  where retired_at is null;
  call aibos._change_context_readers();
end
$procedure$;
comment on procedure aibos.end_signed_context() is
  'Retires every key: contexts are unsigned again, and any SQL of an application may name any tenant. Takes nothing. Run as aibos_owner.';
