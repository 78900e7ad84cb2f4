import { hollow, mutant, rewritten } from './mutant.ts';

const balanced = 'finance.assert_lines_balanced()';
const stamp = 'finance.stamp_entry()';
const record = 'finance.record_posting()';
const document = 'finance.assert_document_entry()';
const change = 'aibos.record_change()';

/** Mutants of the guard functions and of what they write. */
export const guardMutants = [
  mutant(
    'the balance guard does nothing',
    hollow(balanced, 'return null'),
    'finance/double_entry.sql',
    'hostile/k_ledger.sql',
  ),
  mutant(
    'the balance guard takes lines of other transactions',
    rewritten(balanced, 'header.created_xid is distinct from pg_current_xact_id()', 'false'),
    'finance/double_entry.sql',
  ),
  mutant(
    'the balance guard takes gaps and second statements',
    rewritten(
      balanced,
      'min(part.first_line) <> 1 or max(part.last_line) <> sum(part.lines)',
      'false',
    ),
    'finance/double_entry.sql',
  ),
  mutant(
    'the balance guard takes second statements',
    rewritten(balanced, 'min(part.first_line) <> 1 or', ''),
    'hostile/posting_paths.sql',
  ),
  mutant(
    'the balance guard takes gaps',
    rewritten(balanced, 'or max(part.last_line) <> sum(part.lines)', ''),
    'finance/double_entry.sql',
  ),
  mutant(
    'the balance guard takes one line',
    rewritten(balanced, 'sum(part.lines) < 2', 'false'),
    'finance/double_entry.sql',
  ),
  mutant(
    'the balance guard takes inactive accounts',
    rewritten(balanced, 'part.has_unusable_account or', ''),
    'finance/double_entry.sql',
  ),
  mutant(
    'the balance guard takes accounts of other companies',
    rewritten(balanced, 'or part.company_id is distinct from header.company_id', ''),
    'finance/double_entry.sql',
  ),
  mutant(
    'the balance guard takes currencies the account does not',
    rewritten(
      balanced,
      'bool_or(a.currency <> l.currency) is true as has_other_currency',
      'false as has_other_currency',
    ),
    'finance/double_entry.sql',
  ),
  mutant(
    'the balance guard takes unknown currencies',
    rewritten(
      balanced,
      'or part.has_open_account and config.currency_exponent(part.currency) is null',
      '',
    ),
    'finance/double_entry.sql',
  ),
  mutant(
    'the balance guard takes unbalanced lines',
    rewritten(balanced, 'bool_or(part.imbalance is distinct from 0)', 'false'),
    'finance/double_entry.sql',
  ),
  mutant(
    'the balance guard adds currencies up',
    rewritten(balanced, 'bool_or(part.imbalance is distinct from 0)', 'sum(part.imbalance) <> 0'),
    'finance/double_entry.sql',
  ),
  mutant(
    'the balance guard compares no reversal',
    rewritten(balanced, 'if verdict.has_reversal then', 'if false then'),
    'finance/reversal.sql',
  ),
  mutant(
    'the balance guard proves no base amounts',
    rewritten(balanced, 'filter (where entry.needs_base)', 'filter (where false)'),
    'finance/base_amounts.sql',
  ),
  mutant(
    'everybody counts as the poster',
    hollow('aibos.is_poster()', 'return true'),
    'aibos/owning_roles.sql',
    'finance/double_entry.sql',
  ),
  mutant(
    'everybody counts as the recorder',
    hollow('aibos.is_recorder()', 'return true'),
    'aibos/owning_roles.sql',
  ),
  mutant(
    'everybody counts as the fabric',
    hollow('aibos.is_fabric()', 'return true'),
    'aibos/owning_roles.sql',
    'aibos/tenant_guard.sql',
  ),
  mutant(
    'direct lines pass limits',
    rewritten('finance.derive_deltas()', 'where a.has_limit', 'where false'),
    'finance/limits.sql',
  ),
  mutant(
    'the guard of lineless entries does nothing',
    hollow('finance.assert_entry_has_lines()', 'return null'),
    'finance/no_orphans.sql',
    'hostile/k_ledger.sql',
  ),
  mutant(
    'the guard of lineless entries is not deferred',
    `drop trigger journal_entry_has_lines on finance.journal_entries;
    create constraint trigger journal_entry_has_lines after insert on finance.journal_entries
      for each row when (not aibos.is_poster()) execute function finance.assert_entry_has_lines()`,
    'finance/no_orphans.sql',
  ),
  mutant(
    'the stamp looks at other tenants first',
    rewritten(
      stamp,
      'perform aibos.assert_row_in_context(new.tenant_id, tg_table_schema, tg_table_name);',
      '',
    ),
    'hostile/g_foreign_headers.sql',
  ),
  mutant(
    'a row of any tenant is in the context',
    hollow('aibos.assert_row_in_context(uuid, name, name)', 'return'),
    'aibos/tenant_guard.sql',
    'hostile/g_foreign_headers.sql',
    'hostile/m_payments.sql',
  ),
  mutant(
    'the stamp takes suspended tenants',
    rewritten(stamp, 'perform finance.assert_tenant_active(new.tenant_id);', ''),
    'hostile/a_suspended_tenants.sql',
  ),
  mutant(
    'the stamp keeps the time of the client',
    rewritten(stamp, 'new.posted_at := now();', ''),
    'finance/posted_is_born.sql',
  ),
  mutant(
    'the stamp keeps the transaction of the client',
    rewritten(stamp, 'new.created_xid := pg_current_xact_id();', ''),
    'finance/posted_is_born.sql',
  ),
  mutant(
    'the stamp keeps the user of the client',
    rewritten(
      stamp,
      'new.created_by := aibos.current_user_id();',
      'new.created_by := coalesce(new.created_by, aibos.current_user_id());',
    ),
    'finance/posted_is_born.sql',
  ),
  mutant(
    'the stamp keeps the type of the client',
    rewritten(
      stamp,
      `new.entry_type := case when new.reverses_entry_id is null then 'standard' else 'reversal' end;`,
      '',
    ),
    'finance/posted_is_born.sql',
  ),
  mutant(
    'the stamp keeps the number of the client',
    rewritten(stamp, 'new.entry_no := null;', ''),
    'finance/posted_is_born.sql',
  ),
  mutant(
    'the stamp takes ids of a time to come',
    rewritten(
      stamp,
      `new.id >= aibos.uuid_v7_from(clock_timestamp() + interval '5 minutes')`,
      'false',
    ),
    'finance/posted_is_born.sql',
  ),
  mutant(
    'the stamp takes ids of a time long ago',
    rewritten(
      stamp,
      `new.id < aibos.uuid_v7_from(clock_timestamp() - interval '31 days')`,
      'false',
    ),
    'finance/posted_is_born.sql',
  ),
  mutant(
    'the stamp takes ids of the coming day',
    rewritten(stamp, `interval '5 minutes'`, `interval '1 day'`),
    'finance/posted_is_born.sql',
  ),
  mutant(
    'the stamp takes no id of a clock that is a little ahead',
    rewritten(stamp, `interval '5 minutes'`, `interval '0 minutes'`),
    'finance/posted_is_born.sql',
  ),
  mutant(
    'the stamp takes any reversal',
    rewritten(
      stamp,
      'perform finance.assert_reversible(new.tenant_id, new.reverses_entry_id, new.company_id, new.entry_date);',
      '',
    ),
    'finance/reversal.sql',
  ),
  mutant(
    'the recorder of postings hashes no memo',
    rewritten(record, 'l.credit_cents,\n        l.memo,', 'l.credit_cents,\n        null::text,'),
    'hostile/posting_paths.sql',
  ),
  mutant(
    'the recorder of postings forgets the reason',
    rewritten(record, `nullif(current_setting('app.reason', true), '')`, 'null::text'),
    'finance/posting_trace.sql',
  ),
  mutant(
    'the recorder of postings forgets the actor',
    rewritten(record, 'e.id, e.created_by, ', 'e.id, null::uuid, '),
    'finance/posting_trace.sql',
  ),
  mutant(
    'the recorder of postings takes entries without an event',
    rewritten(record, 'recorded is distinct from entries', 'false'),
    'finance/posting_trace.sql',
  ),
  mutant(
    'the recorder of postings claims no keys',
    rewritten(record, 'where e.idempotency_key is not null', 'where false'),
    'finance/posting.sql',
    'hostile/superuser.sql',
  ),
  mutant(
    'the recorder of postings claims no reversals',
    rewritten(record, 'where e.reverses_entry_id is not null', 'where false'),
    'finance/reversal.sql',
    'hostile/superuser.sql',
  ),
  mutant(
    'the recorder of postings claims keys for another entry',
    rewritten(
      record,
      'select e.tenant_id, e.idempotency_key, e.id',
      'select e.tenant_id, e.idempotency_key, e.company_id',
    ),
    'finance/posting.sql',
    'hostile/superuser.sql',
  ),
  mutant(
    'a document may name what is no entry',
    hollow(document, 'return null'),
    'finance/tables.sql',
  ),
  mutant(
    'a document may name an event that is no posting',
    rewritten(document, ` and a.action = 'journal.posted'`, ''),
    'finance/tables.sql',
  ),
  mutant(
    'direct entries move balances on the wrong side',
    rewritten(
      'finance.derive_deltas()',
      'sum(l.debit_cents), sum(l.credit_cents)',
      'sum(l.credit_cents), sum(l.debit_cents)',
    ),
    'finance/balances.sql',
  ),
  mutant(
    'an append-only table lets its rows be, in silence',
    hollow('aibos.forbid_change()', 'return null'),
    'aibos/append_only.sql',
    'finance/immutability.sql',
  ),
  mutant(
    'an append-only table is none',
    hollow('aibos.forbid_change()', `return case tg_op when 'DELETE' then old else new end`),
    'aibos/append_only.sql',
    'finance/immutability.sql',
  ),
  mutant(
    'a key of the books may change',
    hollow('finance.forbid_rekey()', 'return new'),
    'finance/tables.sql',
  ),
  mutant(
    'a tracked table may be truncated',
    hollow('aibos.forbid_truncate()', 'return null'),
    'aibos/track.sql',
  ),
  mutant('the recorder of changes does nothing', hollow(change, 'return null'), 'aibos/track.sql'),
  mutant(
    'the recorder of changes forgets the actor',
    rewritten(change, 'aibos.current_actor()', 'null::uuid'),
    'aibos/track.sql',
  ),
  mutant(
    'the recorder of changes forgets the reason',
    rewritten(change, `nullif(current_setting('app.reason', true), '')`, 'null::text'),
    'aibos/track.sql',
  ),
  mutant(
    'the recorder of changes records what has not changed',
    rewritten(change, ' having c.before <> c.after', ''),
    'aibos/track.sql',
  ),
  mutant(
    "the clock of a row is the client's",
    hollow('aibos.stamp_change()', 'return new'),
    'aibos/stamps.sql',
  ),
  mutant(
    'a netstring has no length',
    `create or replace function aibos.netstring(p_value text) returns text language sql immutable
    parallel safe return case when p_value is null then '-,' else p_value || ',' end`,
    'aibos/netstring.sql',
    'finance/leaf.sql',
  ),
  mutant(
    'a netstring counts characters',
    rewritten('aibos.netstring(text)', 'octet_length', 'length'),
    'aibos/netstring.sql',
  ),
  mutant(
    'a netstring of nothing is that of an empty text',
    `create or replace function aibos.netstring(p_value text) returns text language sql immutable
    parallel safe return octet_length(coalesce(p_value, ''))::text || ':' || coalesce(p_value, '') || ','`,
    'aibos/netstring.sql',
  ),
  mutant(
    'a leaf does not begin with its own byte',
    rewritten(
      'finance.leaf_hash(uuid, uuid, bigint, timestamptz, uuid, text)',
      `'\\x00'::bytea || `,
      '',
    ),
    'finance/leaf.sql',
  ),
  mutant(
    'a leaf does not name its tenant',
    rewritten(
      'finance.leaf_hash(uuid, uuid, bigint, timestamptz, uuid, text)',
      'aibos.netstring(p_tenant_id::text) || ',
      '',
    ),
    'finance/leaf.sql',
  ),
  mutant(
    'a leaf has no account',
    rewritten(
      'finance.leaf_line(integer, uuid, text, bigint, bigint, text, bigint, bigint, uuid, uuid)',
      'aibos.netstring(p_account_id::text) || ',
      '',
    ),
    'finance/leaf.sql',
  ),
  mutant(
    'a leaf has no reference',
    rewritten(
      'finance.leaf_payload(uuid, date, text, text, text, text, uuid, text)',
      'aibos.netstring(p_reference) || ',
      '',
    ),
    'finance/leaf.sql',
  ),
  mutant(
    'the integrity view passes everything',
    `do $mutant$ begin
    execute 'create or replace view finance.v_journal_integrity with (security_invoker = true) as '
      || replace(pg_get_viewdef('finance.v_journal_integrity'), '''FAIL''', '''PASS'''); end $mutant$`,
    'finance/integrity.sql',
  ),
  mutant(
    'the leaf check passes everything',
    `do $mutant$ begin
    execute 'create or replace view finance.v_journal_leaf_check with (security_invoker = true) as '
      || replace(pg_get_viewdef('finance.v_journal_leaf_check'), '''FAIL''', '''PASS'''); end $mutant$`,
    'finance/integrity.sql',
  ),
];
