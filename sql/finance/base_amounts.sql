-- Guarantee: where a company keeps base amounts, every foreign line carries the amount in the functional currency that the
--   rate of its date gives, and an entry balances in that currency too; nobody chooses a rate.
-- How: after the lines are written, each base amount is computed again from the rate it names, which must be the one
--   finance.fx_rate_on() finds on the date of the entry. What rounding leaves over stands in a line of its own, and no more than
--   rounding can leave. Reversals mirror their original, revaluations are written by the database alone: both are proven elsewhere.
-- Raises: IB213, IB214
-- Proved by: pgtap/finance/base_amounts.sql

create or replace function finance._assert_base_amounts(p_tenant_id uuid, p_entry_ids uuid[])
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
declare
  line record;
  entry record;
begin
  for line in
    select e.id as entry_id, l.line_no, l.currency, c.functional_currency, c.fx_source, f.source,
      l.debit_cents = 0 and l.credit_cents = 0 as is_base_only,
      l.base_debit_cents is not null as has_base,
      l.debit_cents - l.credit_cents as movement_cents,
      l.base_debit_cents - l.base_credit_cents as base_cents,
      finance.base_amount(
        l.debit_cents - l.credit_cents,
        finance._is_current_rate(p_tenant_id, l.fx_rate_id, l.fx_cross_rate_id, l.currency, c.functional_currency, e.entry_date),
        config.currency_exponent(l.currency), config.currency_exponent(c.functional_currency)) as due_cents,
      c.requires_base_amounts or bool_or(l.base_debit_cents is not null and l.currency <> c.functional_currency)
        over (partition by e.id) as must_have_base
    from unnest(p_entry_ids) as i (id)
    join finance.journal_entries e on e.tenant_id = p_tenant_id and e.id = i.id and e.entry_type not in ('reversal', 'revaluation')
    join finance.companies c on c.tenant_id = e.tenant_id and c.id = e.company_id
    join finance.journal_lines l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
    left join finance.fx_rates f on f.tenant_id = l.tenant_id and f.id = l.fx_rate_id
    order by e.id, l.line_no
  loop
    continue when line.is_base_only;
    if line.currency = line.functional_currency then
      continue when not line.has_base;
      perform finance.raise_posting_error('IB213', line.entry_id::text,
        format('Line %s is in %s, the functional currency: it carries no base amount.', line.line_no, line.currency));
    end if;
    continue when not line.must_have_base and not line.has_base;
    if not line.has_base then
      perform finance.raise_posting_error('IB213', line.entry_id::text,
        format('Line %s is in %s and has no amount in %s.', line.line_no, line.currency, line.functional_currency));
    elsif line.due_cents is null or line.source is distinct from coalesce(line.fx_source, line.source) then
      perform finance.raise_posting_error('IB213', line.entry_id::text,
        format('Line %s does not name the rate from %s to %s that holds on the date of the entry by source %s.',
          line.line_no, line.currency, line.functional_currency, coalesce(quote_literal(line.fx_source), 'of its choice')));
    elsif line.base_cents <> line.due_cents then
      perform finance.raise_posting_error('IB213', line.entry_id::text,
        format('Line %s has %s in %s, and its rate gives %s.', line.line_no, line.base_cents, line.functional_currency, line.due_cents));
    end if;
  end loop;

  for entry in
    select b.entry_id, b.functional_currency, b.imbalance, b.rounding, b.converted
    from (
      select e.id as entry_id, c.functional_currency,
        sum(coalesce(l.base_debit_cents, l.debit_cents) - coalesce(l.base_credit_cents, l.credit_cents)) as imbalance,
        coalesce(sum(l.base_debit_cents + l.base_credit_cents) filter (where l.debit_cents = 0 and l.credit_cents = 0), 0) as rounding,
        count(*) filter (where l.fx_rate_id is not null) as converted,
        bool_or(l.base_debit_cents is not null) as has_base
      from unnest(p_entry_ids) as i (id)
      join finance.journal_entries e on e.tenant_id = p_tenant_id and e.id = i.id and e.entry_type not in ('reversal', 'revaluation')
      join finance.companies c on c.tenant_id = e.tenant_id and c.id = e.company_id
      join finance.journal_lines l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
      group by e.id, c.functional_currency
    ) b
    where b.has_base and (b.imbalance <> 0 or b.rounding > b.converted)
    order by b.entry_id
    limit 1
  loop
    perform finance.raise_posting_error('IB214', entry.entry_id::text,
      case
        when entry.imbalance <> 0 then format('In %s debits exceed credits by %s minor units.', entry.functional_currency, entry.imbalance)
        else format('Base-only lines move %s minor units of %s, more than the rounding of %s converted lines can leave.',
          entry.rounding, entry.functional_currency, entry.converted)
      end);
  end loop;
end
$function$;
comment on function finance._assert_base_amounts(uuid, uuid[]) is
  'Raises IB213 or IB214 unless the base amounts of posted entries are those their rates give and balance. Takes tenant and entries. For the guards and the posting functions only.';
