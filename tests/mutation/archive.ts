import { hollow, mutant, mutantsOfTrigger, rewritten } from './mutant.ts';

const record = 'finance._record_archive(integer, uuid, uuid, text)';
const proven = 'finance._assert_part_proven(integer)';
const archive = 'finance.archive_journal_part(integer, text)';
const restored = 'finance._record_restoration(integer, text)';
const open = 'finance.open_journal_part(timestamptz)';
const balances = 'finance.balances_as_of(uuid, uuid, date, timestamptz, uuid)';
const present = 'finance.assert_lines_present(uuid, uuid, date, date)';
const proof = 'finance/archive.sql';
const lines = 'finance/archived_lines.sql';

const forgery = {
  disabled: [proof],
  notAlways: ['conventions/tenant_tables.sql'],
  neverFiring: [proof],
};

/** Mutants of parts that come and go, and of what is asked while one is gone. */
export const archiveMutants = [
  mutant(
    'a part may begin now',
    rewritten(open, "interval '1 hour'", "interval '-2 years'"),
    'finance/partitions.sql',
  ),
  mutant(
    'a part has no guards of its own',
    hollow('finance._attach_part(regclass, integer, uuid, uuid)', "execute 'select'"),
    'finance/partitions.sql',
  ),
  mutant(
    'a part with entries in open periods is archived',
    rewritten(record, "p.status <> ''closed'' or p.close_id is null", 'false'),
    proof,
  ),
  mutant('a part is archived unproven', hollow(proven, 'return'), proof),
  mutant(
    'an entry that does not balance is archived',
    rewritten(proven, "when not l.is_balanced then ''It does not balance.''", ''),
    proof,
  ),
  mutant(
    'a part whose totals drifted is archived',
    rewritten(
      record,
      'd.tenant_id = company.tenant_id and d.period_id = company.period_id',
      'false',
    ),
    proof,
  ),
  mutant(
    'a part whose kept balances drifted is archived',
    rewritten(record, 'and a.keeps_balance', 'and false'),
    proof,
  ),
  mutant(
    'a part whose limits drifted is archived',
    rewritten(record, 'and a.has_limit', 'and false'),
    proof,
  ),
  mutant(
    'a part is archived without a reason',
    rewritten(archive, "or btrim(coalesce(p_reason, '')) = ''", ''),
    proof,
  ),
  mutant(
    'an archived part is a table that anybody may empty',
    rewritten(
      archive,
      "call aibos.append_only(format('%s_part_%s', parent, p_part_no)::regclass);",
      '',
    ),
    proof,
  ),
  mutant(
    'what comes back is not compared with what was archived',
    rewritten(restored, 'where a.entries is distinct from e.entries', 'where false'),
    proof,
  ),
  mutant(
    'what comes back may have other leaves',
    rewritten(restored, 'and d.entries = a.entries and d.sha256 = a.leaves_sha256', ''),
    proof,
  ),
  mutant(
    'balances are told without archived lines',
    rewritten(
      balances,
      'perform finance.assert_lines_present(p_tenant_id, p_company_id, settled.ends_on + 1, p_as_of);',
      'null;',
    ),
    lines,
  ),
  mutant('nobody asks whether lines are archived', hollow(present, 'return true'), lines),
  mutant(
    'everything is taken for archived',
    rewritten('finance.is_archived(uuid, uuid)', 'select exists (', 'select true or exists ('),
    'hostile/superuser_lost_entries.sql',
  ),
  mutant(
    'nothing is taken for archived',
    rewritten('finance.is_archived(uuid, uuid)', 'select exists (', 'select false and exists ('),
    proof,
  ),
  mutant(
    'the digest of leaves does not look at them',
    rewritten(
      'finance.leaves_digest(uuid, uuid, uuid)',
      "string_agg(n.leaf_hash, '' order by n.id)",
      "'x'::bytea",
    ),
    proof,
  ),
  mutant(
    'the owner of the tables archives for everybody',
    `grant execute on function ${archive} to aibos_admin`,
    proof,
  ),
  ...mutantsOfTrigger('finance.journal_archives', 't10_forbid_forgery', forgery),
  ...mutantsOfTrigger('finance.journal_archive_companies', 't10_forbid_forgery', forgery),
  ...mutantsOfTrigger('finance.journal_restorations', 't10_forbid_forgery', forgery),
];
