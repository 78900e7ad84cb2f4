-- Guarantee: without a tenant in the transaction there are no rows and no writes.
-- How: the tenant, user, request and reason are transaction-local settings; the readers below are the only way in,
--   STABLE so that no plan may keep a tenant beyond its statement.
-- Raises: 42501 (tenant_id required), IB104
-- Proved by: pgtap/aibos/context.sql

create or replace function aibos.current_tenant_id()
returns uuid
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  context text := current_setting('app.tenant_id', true);
begin
  -- The usual shape, without a regular expression: every statement pays for this.
  if context like '________-____-____-____-____________' and translate(context, '0123456789abcdefABCDEF', '') = '----'
    and context <> '00000000-0000-0000-0000-000000000000'
  then
    return context::uuid;
  end if;
  -- The other shapes that the uuid type reads, tested first: a cast that fails would answer with another code,
  -- and catching it would need a subtransaction, which a parallel worker may not start.
  if context ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
    or context ~ '^(\{[0-9a-fA-F]{4}(-?[0-9a-fA-F]{4}){7}\}|[0-9a-fA-F]{4}(-?[0-9a-fA-F]{4}){7})$'
  then
    if context::uuid <> '00000000-0000-0000-0000-000000000000' then
      return context::uuid;
    end if;
  end if;
  raise exception using
    errcode = '42501',
    message = 'tenant_id required',
    detail = case
      when context is null or context = '' then 'No tenant is set in this transaction.'
      else 'app.tenant_id is not the UUID of a tenant.'
    end,
    hint = 'Set it in the same transaction: select set_config(''app.tenant_id'', $1, true).';
end
$function$;
comment on function aibos.current_tenant_id() is
  'Tenant of this transaction. Takes nothing; returns its uuid. Raises 42501 when it is missing, malformed or nil. In policies always written (select aibos.current_tenant_id()), so it is read once per statement.';

create or replace function aibos.current_user_id()
returns uuid
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  context text := current_setting('app.user_id', true);
begin
  if context like '________-____-____-____-____________' and translate(context, '0123456789abcdefABCDEF', '') = '----'
    and context <> '00000000-0000-0000-0000-000000000000'
  then
    return context::uuid;
  end if;
  raise exception using
    errcode = 'IB104',
    message = 'user_id required',
    detail = case
      when context is null or context = '' then 'No user is set in this transaction.'
      else 'app.user_id is not the UUID of a user.'
    end,
    hint = 'Set it in the same transaction: select set_config(''app.user_id'', $1, true).';
end
$function$;
comment on function aibos.current_user_id() is
  'User of this transaction. Takes nothing; returns its uuid. Raises IB104 when it is missing, malformed or nil.';

create or replace function aibos.current_actor()
returns uuid
language sql
stable
parallel safe
security invoker
return case
  when pg_catalog.current_setting('app.user_id', true)
    operator(pg_catalog.~) '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
    and pg_catalog.current_setting('app.user_id', true)
      operator(pg_catalog.<>) '00000000-0000-0000-0000-000000000000'
  then pg_catalog.current_setting('app.user_id', true)::uuid
end;
comment on function aibos.current_actor() is
  'User of this transaction for the audit log. Takes nothing; returns its uuid, or null where none is set.';
