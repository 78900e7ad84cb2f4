-- Guarantee: an entry that does not balance in every currency cannot be stored, not even for the length of a statement's end.
-- How: the lines of an entry arrive in one statement of the transaction of its header, numbered 1 to n; a statement
--   trigger proves at once, over exactly those lines, that there are two or more, that each currency sums to zero and
--   that the accounts may be used. It is owned by aibos_guard, so neither the caller's tenant nor role can blind it.
-- Raises: IB201, IB202, IB203, IB204, IB205, IB206, IB209, IB210, IB213, IB214
-- Proved by: pgtap/finance/double_entry.sql

create or replace function finance.assert_lines_balanced()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  verdict record;
  reversal record;
  base record;
  facts text;
begin
  -- Accounts and headers are fetched by key, line by line, whatever the statistics say: OFFSET 0 keeps the planner
  -- from turning the lookups into a join over tables it believes to be small.
  select
    count(*) filter (where entry.violation is not null) as violations,
    min(entry.violation) as code,
    (array_agg(entry.tenant_id) filter (where entry.violation is not null))[1] as tenant_id,
    (array_agg(entry.journal_entry_id order by entry.violation) filter (where entry.violation is not null))[1] as entry_id,
    bool_or(entry.is_reversal) as has_reversal,
    array_agg(distinct entry.tenant_id) filter (where entry.needs_base) as tenants
  into verdict
  from (
    select
      part.tenant_id, part.journal_entry_id, bool_or(header.reverses_entry_id is not null) as is_reversal,
      bool_or(part.has_base or part.currency <> header.base_currency) as needs_base,
      case
        when bool_or(header.created_xid is distinct from pg_current_xact_id()) then 'IB203'
        when min(part.first_line) <> 1 or max(part.last_line) <> sum(part.lines) then 'IB204'
        when sum(part.lines) < 2 then 'IB202'
        when bool_or(part.has_unusable_account or part.company_id is distinct from header.company_id) then 'IB205'
        when bool_or(part.has_other_currency
          or part.has_open_account and config.currency_exponent(part.currency) is null) then 'IB206'
        when bool_or(part.imbalance is distinct from 0) then 'IB201'
      end as violation
    from (
      select
        l.tenant_id, l.journal_entry_id, l.currency, a.company_id,
        count(*) as lines, min(l.line_no) as first_line, max(l.line_no) as last_line,
        sum(l.debit_cents) - sum(l.credit_cents) as imbalance,
        bool_or(a.is_active is not true) as has_unusable_account,
        bool_or(a.currency is null) as has_open_account,
        bool_or(a.currency <> l.currency) is true as has_other_currency,
        bool_or(l.base_debit_cents is not null) as has_base
      from new_lines l
      left join lateral (
        select account.company_id, account.is_active, account.currency
        from finance.accounts account
        where account.tenant_id = l.tenant_id and account.id = l.account_id
        offset 0
      ) a on true
      group by l.tenant_id, l.journal_entry_id, l.currency, a.company_id
    ) part
    left join lateral (
      select e.company_id, e.created_xid, e.reverses_entry_id,
        case when c.requires_base_amounts then c.functional_currency end as base_currency
      from finance.journal_entries e
      left join finance.companies c on c.tenant_id = e.tenant_id and c.id = e.company_id
      where e.tenant_id = part.tenant_id and e.id = part.journal_entry_id
      offset 0
    ) header on true
    group by part.tenant_id, part.journal_entry_id
  ) entry;

  if verdict.violations > 0 then
    select string_agg(format('%s debit %s, credit %s', c.currency, c.debit, c.credit), '; ' order by c.currency)
      into facts
    from (
      select l.currency, sum(l.debit_cents) as debit, sum(l.credit_cents) as credit
      from new_lines l where l.journal_entry_id = verdict.entry_id group by l.currency
    ) c;
    perform finance.raise_posting_error(verdict.code, verdict.entry_id::text, facts);
  end if;

  for base in
    select l.tenant_id, array_agg(distinct l.journal_entry_id) as entry_ids
    from new_lines l where l.tenant_id = any (verdict.tenants) group by l.tenant_id
  loop
    perform finance._assert_base_amounts(base.tenant_id, base.entry_ids);
  end loop;

  if verdict.has_reversal then
    for reversal in
      select distinct l.tenant_id, l.journal_entry_id, e.reverses_entry_id
      from new_lines l
      join finance.journal_entries e on e.tenant_id = l.tenant_id and e.id = l.journal_entry_id
      where e.reverses_entry_id is not null
    loop
      perform finance.assert_mirrors(reversal.tenant_id, reversal.journal_entry_id, reversal.reverses_entry_id);
    end loop;
  end if;
  return null;
end
$function$;
alter function finance.assert_lines_balanced() owner to aibos_guard;
comment on function finance.assert_lines_balanced() is
  'Statement trigger: raises IB201 to IB206, IB209, IB213 or IB214 unless the inserted lines form whole, balanced entries of this transaction. Definer, since it reads accounts and entries whatever the context says.';

create or replace function finance.raise_posting_error(p_code text, p_entry text, p_facts text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  raise exception using
    errcode = p_code,
    message = case p_code
      when 'IB201' then format('journal entry%s does not balance', ' ' || p_entry)
      when 'IB202' then format('journal entry%s needs at least two lines', ' ' || p_entry)
      when 'IB203' then format('journal entry%s is posted and takes no more lines', ' ' || p_entry)
      when 'IB204' then format('lines of journal entry%s must be numbered 1 to n and arrive in one statement', ' ' || p_entry)
      when 'IB205' then format('journal entry%s uses an account it may not use', ' ' || p_entry)
      when 'IB206' then format('journal entry%s uses a currency it may not use', ' ' || p_entry)
      when 'IB210' then format('journal entry%s is malformed', ' ' || p_entry)
      when 'IB213' then format('journal entry%s has a base amount that is not the right one', ' ' || p_entry)
      when 'IB214' then format('journal entry%s does not balance in the functional currency', ' ' || p_entry)
    end,
    detail = coalesce(p_facts, ''),
    hint = case p_code
      when 'IB201' then 'Debits must equal credits in every currency.'
      when 'IB202' then 'Insert all lines of the entry in one statement, right after its header.'
      when 'IB203' then 'Lines come only in the transaction of their header; correct a posted entry by reversal.'
      when 'IB204' then 'Insert all lines of the entry in one statement, numbered from 1 without a gap.'
      when 'IB205' then 'Every account must exist in the company of the entry and be active.'
      when 'IB206' then 'Use the currency of the account, or one listed and active in config.currencies.'
      when 'IB210' then 'Correct the field named above and send the entry again.'
      when 'IB213' then 'Post through finance.post_journal() or post_journals(), which compute base amounts, or name the rate that finance.fx_rate_on() finds.'
      when 'IB214' then 'Add a base-only line (debit and credit 0, a base amount) over what rounding left, on an account for rounding differences.'
    end,
    schema = 'finance', table = 'journal_lines',
    constraint = case p_code
      when 'IB201' then 'journal_entry_balanced'
      when 'IB202' then 'journal_entry_has_lines'
      when 'IB203' then 'journal_entry_closed'
      when 'IB204' then 'journal_lines_numbered'
      when 'IB205' then 'journal_line_account_usable'
      when 'IB206' then 'journal_line_currency_usable'
      when 'IB213' then 'journal_line_base_amount'
      when 'IB214' then 'journal_entry_base_balanced'
      else 'journal_entry_well_formed'
    end;
end
$function$;
comment on function finance.raise_posting_error(text, text, text) is
  'Raises one of the posting errors with the same words wherever it is found. Takes the code, the entry (null where it has no id yet) and the facts for DETAIL.';

create or replace trigger journal_entry_balanced after insert on finance.journal_lines
  referencing new table as new_lines
  for each statement when (not aibos.is_poster()) execute function finance.assert_lines_balanced();
alter table finance.journal_lines enable always trigger journal_entry_balanced;
