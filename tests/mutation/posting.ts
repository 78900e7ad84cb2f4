import { hollow, mutant, rewritten } from './mutant.ts';

const one =
  'finance.post_journal(uuid, date, text, uuid[], bigint[], bigint[], text[], text[], text, text)';
const many =
  'finance._post_arrays(uuid[], date[], text[], text[], text[], integer[], uuid[], text[], bigint[], bigint[], text[], bigint[], bigint[], uuid[], uuid[])';
const base = 'finance._assert_base_amounts(uuid, uuid[])';
const reversal = 'finance.reverse_journal(uuid, date, text)';
const reversible = 'finance.assert_reversible(uuid, uuid, uuid, date)';
const mirrors = 'finance.assert_mirrors(uuid, uuid, uuid)';
const period = 'finance.lock_open_period(uuid, uuid, date)';

/** Mutants of the functions that post and reverse. */
export const postingMutants = [
  mutant(
    'post_journal takes unbalanced entries',
    rewritten(one, 'and imbalance = 0', ''),
    'finance/posting.sql',
  ),
  mutant(
    'post_journal adds currencies up',
    rewritten(one, 'and p_currencies[1] collate "C" = all (p_currencies collate "C")', ''),
    'finance/posting.sql',
  ),
  mutant(
    'post_journal compares currencies as its caller does',
    rewritten(
      one,
      'p_currencies[1] collate "C" = all (p_currencies collate "C")',
      'p_currencies[1] = all (p_currencies)',
    ),
    'hostile/e_collations.sql',
  ),
  mutant(
    'post_journal takes inactive accounts',
    rewritten(one, 'and a.is_active and', 'and'),
    'finance/posting.sql',
  ),
  mutant(
    'post_journal takes accounts of other companies',
    rewritten(one, 'a.company_id = p_company_id and a.is_active', 'a.is_active'),
    'finance/posting.sql',
  ),
  mutant(
    'post_journal takes any currency',
    rewritten(one, 'else a.currency = p_currencies[i] collate "default" end', 'else true end'),
    'finance/posting.sql',
  ),
  mutant(
    'post_journal takes one side twice',
    rewritten(one, 'and (p_debits[i] > 0) <> (p_credits[i] > 0)', ''),
    'finance/posting.sql',
  ),
  mutant(
    'post_journal takes entries of suspended tenants',
    rewritten(one, `and t.status = 'active'`, ''),
    'hostile/a_suspended_tenants.sql',
  ),
  mutant(
    'post_journal takes closed periods',
    rewritten(one, `p.status = 'open' and`, ''),
    'finance/posting.sql',
  ),
  mutant(
    'post_journal passes limits',
    rewritten(one, 'and not a.has_limit', ''),
    'finance/limits.sql',
  ),
  mutant(
    'post_journal asks for no base amounts',
    rewritten(one, 'not c.requires_base_amounts or', 'true or'),
    'finance/base_amounts.sql',
  ),
  mutant(
    'post_journal leaves no event',
    rewritten(
      one,
      `insert into finance.audit_events
    (tenant_id, id, actor, action, object, object_id, reason, request_id, leaf_version, leaf_hash)
  values (tenant, entry, actor, 'journal.posted', 'finance.journal_entries', entry,
    nullif(current_setting('app.reason', true), ''), nullif(current_setting('app.request_id', true), ''), 1,
    finance.leaf_hash(tenant, entry, null, now(), actor, payload));`,
      '',
    ),
    'finance/posting_trace.sql',
  ),
  mutant(
    'post_journal leaves no deltas',
    rewritten(one, 'if cardinality(kept_accounts) > 0 then', 'if false then'),
    'finance/balances.sql',
  ),
  mutant(
    'post_journal hashes no memo',
    rewritten(one, 'p_memos[i], null, null, null, null', 'null, null, null, null, null'),
    'finance/leaf.sql',
  ),
  mutant(
    'post_journal keeps no hash under a key',
    rewritten(one, `sha256(convert_to(payload, 'UTF8'))`, 'null'),
    'finance/posting.sql',
  ),
  mutant(
    'post_journal claims no key',
    rewritten(one, 'if p_idempotency_key is not null then', 'if false then'),
    'finance/posting.sql',
  ),
  mutant(
    'post_journals takes unbalanced entries',
    rewritten(many, 'bool_or(c.imbalance is distinct from 0)', 'false'),
    'finance/posting.sql',
  ),
  mutant(
    'post_journals adds currencies up',
    rewritten(many, 'bool_or(c.imbalance is distinct from 0)', 'sum(c.imbalance) <> 0'),
    'hostile/posting_paths.sql',
  ),
  mutant(
    'post_journals takes one line',
    rewritten(many, 'l.lines is null or l.lines < 2', 'false'),
    'finance/posting.sql',
  ),
  mutant(
    'post_journals takes inactive accounts',
    rewritten(many, 'a.is_active is not true or', ''),
    'hostile/posting_paths.sql',
  ),
  mutant(
    'post_journals takes accounts of other companies',
    rewritten(many, 'or a.company_id is distinct from p_company_ids[u.entry_index]', ''),
    'hostile/posting_paths.sql',
  ),
  mutant(
    'post_journals takes any currency',
    rewritten(many, 'when l.has_unusable_currency then', 'when false then'),
    'finance/posting.sql',
  ),
  mutant(
    'post_journals takes entries of suspended tenants',
    rewritten(many, 'perform finance.assert_tenant_active(tenant);', ''),
    'hostile/posting_paths.sql',
  ),
  mutant(
    'post_journals replays another entry under a key',
    rewritten(
      many,
      'replay.payload_hash is distinct from payload_hashes[replay.entry_index]',
      'false',
    ),
    'finance/posting.sql',
  ),
  mutant(
    'post_journals posts what holds no key',
    rewritten(
      many,
      'where e.idempotency_key is null or e.id in (select k.journal_entry_id from key k)',
      '',
    ),
    'finance/posting.sql',
  ),
  mutant(
    'post_journals judges a replay again',
    rewritten(many, 'when is_known[e.entry_index] then null', ''),
    'hostile/posting_paths.sql',
  ),
  mutant(
    'post_journals locks the period of a replay',
    rewritten(many, 'where is_known[e.entry_index] is not true\n    group by', 'group by'),
    'finance/posting.sql',
  ),
  mutant(
    'post_journals calls a replay posted',
    rewritten(many, `:= 'replayed'`, `:= 'posted'`),
    'finance/posting.sql',
  ),
  mutant(
    'post_journals leaves no event',
    rewritten(many, 'join payload p on p.id = h.id', 'join payload p on p.id = h.id and false'),
    'finance/posting_trace.sql',
  ),
  mutant(
    'post_journals leaves no deltas',
    rewritten(many, 'where m.keeps_balance', 'where false'),
    'finance/balances.sql',
  ),
  mutant(
    'post_journals does not say which entry was bad',
    rewritten(many, `format('entry %s: %s', verdict.entry_index,`, `format('%s%s', '',`),
    'finance/posting.sql',
  ),
  mutant(
    'post_journals passes limits',
    rewritten(many, 'if has_limit then', 'if false then'),
    'finance/limits.sql',
  ),
  mutant(
    'post_journals proves no base amounts',
    hollow(base, 'return'),
    'finance/base_amounts.sql',
  ),
  mutant(
    'a base amount need not be what its rate gives',
    rewritten(base, 'line.base_cents <> line.due_cents', 'false'),
    'finance/base_amounts.sql',
  ),
  mutant(
    'a rate may be of any source',
    rewritten(base, 'line.source is distinct from coalesce(line.fx_source, line.source)', 'false'),
    'finance/base_amounts.sql',
  ),
  mutant(
    'a base amount needs no rate',
    rewritten(base, 'line.due_cents is null or', ''),
    'finance/base_amounts.sql',
  ),
  mutant(
    'base amounts need not balance',
    rewritten(base, 'b.imbalance <> 0 or', ''),
    'finance/base_amounts.sql',
  ),
  mutant(
    'base-only lines move what they like',
    rewritten(base, 'or b.rounding > b.converted', ''),
    'finance/base_amounts.sql',
  ),
  mutant(
    'a partial array is refused whole',
    rewritten('finance._post_partial(jsonb, integer)', `'IB201' or`, `'IB299' or`),
    'finance/posting_arrays.sql',
  ),
  mutant(
    'an array does not say which entry has no period',
    hollow(
      'finance._lock_period_of_entry(uuid, uuid, date, integer)',
      'return finance.lock_open_period(p_tenant_id, p_company_id, p_entry_date)',
    ),
    'finance/posting.sql',
  ),
  mutant(
    'a closed period takes entries',
    rewritten(period, `period.status <> 'open'`, 'false'),
    'finance/periods.sql',
  ),
  mutant(
    'the last period takes every later date',
    rewritten(period, 'period.ends_on < p_entry_date', 'false'),
    'finance/periods.sql',
  ),
  mutant(
    'the period of another company is taken',
    rewritten(period, 'and p.company_id = p_company_id', ''),
    'finance/periods.sql',
  ),
  mutant(
    'reverse_journal does not exchange the sides',
    rewritten(
      reversal,
      'l.credit_cents as debit_cents, l.debit_cents as credit_cents',
      'l.debit_cents, l.credit_cents',
    ),
    'finance/reversal.sql',
  ),
  mutant(
    'reverse_journal takes anything',
    rewritten(
      reversal,
      'perform finance.assert_reversible(tenant, p_entry_id, company, p_entry_date);',
      '',
    ),
    'finance/reversal.sql',
  ),
  mutant(
    'reverse_journal needs no reason',
    rewritten(reversal, `p_reason is null or btrim(p_reason) = ''`, 'false'),
    'finance/reversal.sql',
  ),
  mutant(
    'reverse_journal takes suspended tenants',
    rewritten(reversal, 'perform finance.assert_tenant_active(tenant);', ''),
    'hostile/posting_paths.sql',
  ),
  mutant(
    'reverse_journal leaves no deltas',
    rewritten(reversal, 'where a.keeps_balance', 'where false'),
    'finance/balances.sql',
  ),
  mutant(
    'reverse_journal claims no reversal',
    rewritten(
      reversal,
      'values (tenant, p_entry_id, entry)',
      'select tenant, p_entry_id, entry where false',
    ),
    'finance/reversal.sql',
  ),
  mutant(
    'half an entry may be reversed',
    rewritten(reversible, 'not original.is_whole', 'false'),
    'hostile/k_half_entries.sql',
  ),
  mutant(
    'the event of an entry is not asked for',
    rewritten(reversible, 'a.id is not null as is_whole', 'true as is_whole'),
    'hostile/k_half_entries.sql',
  ),
  mutant(
    'a reversal may be reversed',
    rewritten(reversible, `original.entry_type = 'reversal'`, 'false'),
    'finance/reversal.sql',
  ),
  mutant(
    'a reversal may be dated before its original',
    rewritten(reversible, 'p_entry_date < original.entry_date', 'false'),
    'finance/reversal.sql',
  ),
  mutant(
    'a reversal may be in another company',
    rewritten(reversible, 'original.company_id <> p_company_id', 'false'),
    'finance/reversal.sql',
  ),
  mutant(
    'a reversal need not mirror',
    rewritten(mirrors, 'if found then', 'if false then'),
    'finance/reversal.sql',
  ),
  mutant(
    'a reversal may use other accounts',
    rewritten(
      mirrors,
      '(reversal.account_id, reversal.currency,',
      '(original.account_id, reversal.currency,',
    ),
    'finance/reversal.sql',
  ),
  mutant(
    'a fold keeps the deltas',
    rewritten(
      'finance.fold_balances(integer)',
      'returning d.tenant_id, d.account_id, d.period_id',
      'and false returning d.tenant_id, d.account_id, d.period_id',
    ),
    'finance/balances.sql',
  ),
  mutant(
    'a year has eleven periods',
    rewritten(
      'finance.open_fiscal_year(uuid, date)',
      'generate_series(0, 11)',
      'generate_series(0, 10)',
    ),
    'finance/periods.sql',
  ),
];
