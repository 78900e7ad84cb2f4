-- Guarantee: one call posts a whole entry with the checks of the guards and exactly once per idempotency key.
-- How: a definer function of aibos_poster, a role nobody can become. The tenant and the user come from the context, never
--   from an argument. It checks what the insert triggers would check, which is why those let this role pass. The everyday
--   entry, a few lines in one currency, is judged and written here; any other goes to the array form, which judges and
--   explains every case.
-- Raises: 42501 (tenant_id required), IB101, IB102, IB104, IB201, IB202, IB205, IB206, IB207, IB210, IB213, IB214, IB230, IB231,
--   IB801, IB802
-- Proved by: pgtap/finance/posting.sql

call aibos._set_policy('finance.accounts', 'posting', 'select', 'aibos_poster', 'true', null,
  'The posting functions name the tenant themselves.');
call aibos._set_policy('finance.fiscal_periods', 'posting', 'select', 'aibos_poster', 'true', null,
  'The posting functions name the tenant themselves.');
call aibos._set_policy('finance.journal_entries', 'posting', 'all', 'aibos_poster', 'true', 'true',
  'The posting functions name the tenant themselves.');
call aibos._set_policy('finance.audit_events', 'posting', 'select', 'aibos_poster', 'true', null,
  'The posting functions name the tenant themselves.');
call aibos._set_policy('finance.journal_lines', 'posting', 'all', 'aibos_poster', 'true', 'true',
  'The posting functions name the tenant themselves.');
call aibos._set_policy('aibos.tenant_registry', 'posting', 'select', 'aibos_poster', 'true', null,
  'The posting functions name the tenant themselves.');
call aibos._set_policy('finance.companies', 'posting', 'select', 'aibos_poster', 'true', null,
  'The posting functions name the tenant themselves.');
grant select on aibos.tenant_registry, finance.companies, finance.accounts, finance.fiscal_periods to aibos_poster;
grant select, insert on finance.journal_entries, finance.journal_lines to aibos_poster;
grant select (tenant_id, id, action) on finance.audit_events to aibos_poster;

create or replace function finance.post_journal(
  p_company_id uuid,
  p_entry_date date,
  p_description text,
  p_account_ids uuid[],
  p_debits bigint[],
  p_credits bigint[],
  p_currencies text[],
  p_memos text[] default null,
  p_reference text default null,
  p_idempotency_key text default null
)
returns uuid
language plpgsql
volatile
security definer
-- A plan made while a table was small must not scan it once it has grown: lookups go by key, whatever the statistics say.
-- And it is made once: arrays of two elements would otherwise look cheaper than arrays in general, and be planned anew each time.
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  tenant uuid := aibos.current_tenant_id();
  actor uuid := aibos.current_user_id();
  entry uuid := aibos.uuid_v7();
  line_count integer := cardinality(p_account_ids);
  period record;
  account record;
  -- An everyday entry: a few lines of one currency, which nothing forbids.
  is_plain boolean;
  imbalance numeric := 0;
  lines text[] := '{}';
  payload text;
  kept_accounts uuid[] := '{}';
  kept_debits bigint[] := '{}';
  kept_credits bigint[] := '{}';
begin
  if cardinality(p_debits) is distinct from line_count
    or cardinality(p_credits) is distinct from line_count
    or cardinality(p_currencies) is distinct from line_count
    or p_memos is not null and cardinality(p_memos) is distinct from line_count
    or array_ndims(p_account_ids) is distinct from 1
    or array_position(p_debits, null) is not null
    or array_position(p_credits, null) is not null
    or array_position(p_currencies, null) is not null
    or array_position(p_account_ids, null) is not null
  then
    perform finance.raise_posting_error(case when line_count = 0 then 'IB202' else 'IB210' end, null,
      'Accounts, debits, credits and currencies must be one-dimensional, of one length and without nulls.');
  end if;

  -- Everything is written here only when all of it is right; whatever is not goes to the array form, which says why.
  is_plain := line_count between 2 and 8
    and array_lower(p_account_ids, 1) = 1 and array_lower(p_debits, 1) = 1 and array_lower(p_credits, 1) = 1
    and array_lower(p_currencies, 1) = 1 and (p_memos is null or array_lower(p_memos, 1) = 1)
    -- Not with the collation of the caller, which could take two currencies for one.
    and p_currencies[1] collate "C" = all (p_currencies collate "C")
    and (p_idempotency_key is null or not exists (
      select from finance.journal_keys k where k.tenant_id = tenant and k.idempotency_key = p_idempotency_key collate "default"
    ));
  if is_plain then
    select p.id, p.status = 'open' and p.ends_on >= p_entry_date and t.status = 'active'
        and (not c.requires_base_amounts or c.functional_currency = p_currencies[1] collate "default") as is_open
    into period
    from finance.fiscal_periods p
    join aibos.tenant_registry t on t.tenant_id = p.tenant_id
    join finance.companies c on c.tenant_id = p.tenant_id and c.id = p.company_id
    where p.tenant_id = tenant and p.company_id = p_company_id and p.starts_on <= p_entry_date
    order by p.starts_on desc
    limit 1
    for share of p;
    is_plain := period.is_open is true;

    for i in 1 .. line_count loop
      exit when not is_plain;
      select a.company_id = p_company_id and a.is_active and not a.has_limit
          and (p_debits[i] > 0) <> (p_credits[i] > 0)
          and case when a.currency is null then config.currency_exponent(p_currencies[i]) is not null
            else a.currency = p_currencies[i] collate "default" end as is_usable,
        a.keeps_balance
      into account
      from finance.accounts a
      where a.tenant_id = tenant and a.id = p_account_ids[i];
      is_plain := account.is_usable is true;
      imbalance := imbalance + p_debits[i] - p_credits[i];
      if account.keeps_balance then
        kept_accounts := kept_accounts || p_account_ids[i];
        kept_debits := kept_debits || p_debits[i];
        kept_credits := kept_credits || p_credits[i];
      end if;
      lines[i] := finance.leaf_line(
        i, p_account_ids[i], p_currencies[i], p_debits[i], p_credits[i], p_memos[i], null, null, null, null);
    end loop;
    is_plain := is_plain and imbalance = 0;
  end if;
  if not is_plain then
    return (finance._post_arrays(
      array[p_company_id], array[p_entry_date], array[p_description collate "default"], array[p_reference collate "default"],
      array[p_idempotency_key collate "default"],
      array_fill(1, array[line_count]), p_account_ids, p_currencies collate "default", p_debits, p_credits,
      coalesce(p_memos, array_fill(null::text, array[line_count])) collate "default")).entry_ids[1];
  end if;

  payload := finance.leaf_payload(
    p_company_id, p_entry_date, 'standard', p_description, p_reference, p_idempotency_key, null, array_to_string(lines, ''));
  if p_idempotency_key is not null then
    insert into finance.journal_keys (tenant_id, idempotency_key, journal_entry_id, payload_hash)
    values (tenant, p_idempotency_key, entry, sha256(convert_to(payload, 'UTF8')))
    on conflict (tenant_id, idempotency_key) do nothing;
    if not found then
      -- Another session used the key in this very moment.
      return finance.post_journal(p_company_id, p_entry_date, p_description, p_account_ids, p_debits, p_credits, p_currencies,
        p_memos, p_reference, p_idempotency_key);
    end if;
  end if;
  insert into finance.journal_entries
    (tenant_id, id, company_id, period_id, entry_date, description, reference, idempotency_key, created_by)
  values (tenant, entry, p_company_id, period.id, p_entry_date, p_description, p_reference, p_idempotency_key, actor);
  insert into finance.journal_lines
    (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents, memo)
  select tenant, entry, u.line_no, u.account_id, u.currency, u.debit_cents, u.credit_cents, u.memo
  from unnest(p_account_ids, p_currencies, p_debits, p_credits, p_memos) with ordinality
    as u (account_id, currency, debit_cents, credit_cents, memo, line_no);
  insert into finance.audit_events
    (tenant_id, id, actor, action, object, object_id, reason, request_id, leaf_version, leaf_hash)
  values (tenant, entry, actor, 'journal.posted', 'finance.journal_entries', entry,
    nullif(current_setting('app.reason', true), ''), nullif(current_setting('app.request_id', true), ''), 1,
    finance.leaf_hash(tenant, entry, null, now(), actor, payload));
  if cardinality(kept_accounts) > 0 then
    insert into finance.balance_deltas (tenant_id, account_id, id, period_id, currency, debit_cents, credit_cents)
    select tenant, k.account_id, aibos.uuid_v7(), period.id, p_currencies[1], k.debit_cents, k.credit_cents
    from unnest(kept_accounts, kept_debits, kept_credits) as k (account_id, debit_cents, credit_cents);
  end if;
  return entry;
end
$function$;
alter function finance.post_journal(uuid, date, text, uuid[], bigint[], bigint[], text[], text[], text, text)
  owner to aibos_poster;
comment on function finance.post_journal(uuid, date, text, uuid[], bigint[], bigint[], text[], text[], text, text) is
  'Posts one entry for the tenant and user of the context; returns its id. Takes company, date, description, then for each line its account, debit and credit in minor units and currency, and optionally memos, a reference and an idempotency key. Raises 42501, IB101, IB102, IB104, IB201, IB202, IB205, IB206, IB207, IB210, IB213, IB214, IB230, IB231, IB801, IB802, 23514 (past a limit; a description that is blank or too long).';
