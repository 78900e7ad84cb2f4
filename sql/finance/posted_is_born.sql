-- Guarantee: an entry is born posted, dated and signed by the database; a client cannot choose its period, its time,
--   its user, its type or its transaction.
-- How: a BEFORE INSERT guard stamps the header from the context and the period table. The posting functions stamp
--   their own rows and skip it: aibos.is_poster() cannot be forged, since nobody can become that role.
-- Raises: 42501 (tenant_id required), IB101, IB102, IB104, IB208, IB210, IB801, IB802
-- Proved by: pgtap/finance/posted_is_born.sql

create or replace function finance.assert_tenant_active(p_tenant_id uuid)
returns void
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  tenant_status text;
begin
  select t.status into tenant_status from aibos.tenant_registry t where t.tenant_id = p_tenant_id;
  if tenant_status is distinct from 'active' then
    raise exception using
      errcode = case when tenant_status is null then 'IB101' else 'IB102' end,
      message = case
        when tenant_status is null then format('tenant %s is unknown in this database', p_tenant_id)
        else format('tenant %s is %s', p_tenant_id, tenant_status)
      end,
      hint = 'Only a registered, active tenant may post.',
      schema = 'finance', table = 'journal_entries', constraint = 'tenant_active';
  end if;
end
$function$;
comment on function finance.assert_tenant_active(uuid) is
  'Raises IB101 or IB102 unless a tenant is known and active. Takes the tenant. For the guards and the posting functions only.';

create or replace function finance.stamp_entry()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
begin
  perform aibos.assert_row_in_context(new.tenant_id, tg_table_schema, tg_table_name);
  perform finance.assert_tenant_active(new.tenant_id);
  -- The part of the ledger that an entry belongs to follows from its id, so this is of about now, whoever made it.
  if new.id >= aibos.uuid_v7_from(clock_timestamp() + interval '5 minutes')
    or new.id < aibos.uuid_v7_from(clock_timestamp() - interval '31 days')
  then
    perform finance.raise_posting_error('IB210', new.id::text,
      'id: it must be a UUID version 7 of the last 31 days, as aibos.uuid_v7() makes them.');
  end if;
  new.period_id := finance.lock_open_period(new.tenant_id, new.company_id, new.entry_date);
  new.entry_type := case when new.reverses_entry_id is null then 'standard' else 'reversal' end;
  new.entry_no := null;
  new.posted_at := now();
  new.created_by := aibos.current_user_id();
  new.created_xid := pg_current_xact_id();
  if new.reverses_entry_id is not null then
    perform finance.assert_reversible(new.tenant_id, new.reverses_entry_id, new.company_id, new.entry_date);
  end if;
  return new;
end
$function$;
alter function finance.stamp_entry() owner to aibos_guard;
comment on function finance.stamp_entry() is
  'Row trigger: finds and locks the period and stamps type, time, user and transaction of a directly inserted entry. Definer, since it reads periods and entries whatever the context says.';

create or replace trigger t30_stamp_entry before insert on finance.journal_entries
  for each row when (not aibos.is_poster()) execute function finance.stamp_entry();
alter table finance.journal_entries enable always trigger t30_stamp_entry;
