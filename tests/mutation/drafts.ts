import { hollow, type Mutant, mutant, mutantsOfTrigger, rewritten } from './mutant.ts';

const drafts = 'finance/drafts.sql';
const tables = 'finance/tables.sql';
const installed = 'aibos/installation_check.sql';
const stamp = 'finance.stamp_draft()';
const touch = 'finance.touch_drafts()';
const post = 'finance.post_draft(uuid, integer)';
const approve = 'finance.approve_draft(uuid, integer)';
const discard = 'finance.discard_draft(uuid, text)';
const correct = 'finance.correct_journal(uuid, date, text, jsonb)';

function guard(table: string, trigger: string, file: string): readonly Mutant[] {
  const noticed = { disabled: [file], notAlways: [installed], neverFiring: [file] };
  return mutantsOfTrigger(table, trigger, noticed);
}

/** Mutants of drafts, of corrections and of how a company keeps its books. */
export const draftMutants: readonly Mutant[] = [
  ...guard('finance.journal_drafts', 't30_stamp_draft', drafts),
  ...guard('finance.journal_drafts', 't10_forbid_rekey', drafts),
  ...guard('finance.journal_drafts', 't10_forbid_draft_delete', drafts),
  ...guard('finance.journal_drafts', 't90_record_step', drafts),
  ...guard('finance.journal_draft_lines', 't50_touch_on_insert', drafts),
  ...guard('finance.journal_draft_lines', 't50_touch_on_update', drafts),
  ...guard('finance.journal_draft_lines', 't50_touch_on_delete', drafts),
  ...guard('finance.companies', 't10_forbid_lifting', tables),
  ...guard('finance.companies', 't40_assert_fx_accounts', tables),
  mutant(
    'a closed draft may change',
    rewritten(stamp, `old.status in ('posted', 'discarded')`, 'false'),
    drafts,
  ),
  mutant(
    'a draft is born as the client says',
    rewritten(stamp, `if tg_op = 'INSERT' then`, `if tg_op = 'INSERT' then return new;`),
    drafts,
  ),
  mutant(
    'the client says who made a draft',
    rewritten(stamp, 'new.created_by := old.created_by;', ''),
    drafts,
  ),
  mutant(
    'the client says who had a hand in a draft',
    rewritten(stamp, 'new.editors := old.editors;\n', '\n'),
    drafts,
  ),
  mutant(
    'a change of the header is none',
    rewritten(
      stamp,
      'or (new.entry_date, new.description, new.reference) is distinct from (old.entry_date, old.description, old.reference)',
      '',
    ),
    drafts,
  ),
  mutant(
    'an editor is forgotten by the next one',
    rewritten(stamp, 'old.editors || new.edited_by', 'array[new.created_by, new.edited_by]'),
    drafts,
  ),
  mutant(
    'a change keeps the approval',
    rewritten(
      stamp,
      `new.status := 'draft';
    new.approved_revision := null;
    new.approved_by := null;
    new.approved_at := null;
    new.posted_entry_id := null;
    new.discard_reason := null;
    return new;
  end if;

  -- A step`,
      `new.approved_revision := case when new.approved_by is not null then new.revision end;
    return new;
  end if;

  -- A step`,
    ),
    drafts,
  ),
  mutant(
    'an approver is who the statement says',
    rewritten(
      stamp,
      'new.approved_by := old.approved_by;',
      'new.approved_by := coalesce(new.approved_by, old.approved_by);',
    ),
    drafts,
  ),
  mutant(
    'an editor approves a draft',
    rewritten(stamp, 'new.approved_by = any (new.editors)', 'false'),
    drafts,
  ),
  mutant(
    'only the last editor may not approve',
    rewritten(stamp, 'new.approved_by = any (new.editors)', 'new.approved_by = new.edited_by'),
    drafts,
  ),
  mutant(
    'no approval is asked for',
    rewritten(stamp, 'new.approved_by is null or new.approved_revision <> new.revision', 'false'),
    drafts,
  ),
  mutant(
    'the company asks for nothing',
    rewritten(stamp, 'needs_four_eyes is distinct from false', 'false'),
    drafts,
  ),
  mutant(
    'any entry may be named as the posting',
    rewritten(stamp, `new.status = 'posted' and not exists`, 'false and not exists'),
    drafts,
  ),
  mutant(
    'a change of lines touches one draft alone',
    rewritten(touch, 'coalesce(cardinality(drafts), 0)', 'least(cardinality(drafts), 1)'),
    drafts,
  ),
  mutant(
    'a change of lines touches drafts of the context alone',
    rewritten(
      touch,
      'where d.tenant_id = tenants[i]',
      'where d.tenant_id = tenants[i] and d.tenant_id = aibos.current_tenant_id()',
    ),
    drafts,
  ),
  mutant(
    'a change of lines runs as whoever makes it',
    `alter function finance.touch_drafts() security invoker`,
    drafts,
  ),
  mutant(
    'a line leaves a draft untouched',
    rewritten(touch, 'select o.tenant_id, o.journal_draft_id from old_lines o\n      union\n', ''),
    drafts,
  ),
  mutant(
    'a draft is posted anew each time',
    rewritten(post, 'return draft.posted_entry_id;', 'null;'),
    drafts,
  ),
  mutant(
    'an outdated revision is posted',
    rewritten(post, 'p_revision <> draft.revision', 'false'),
    drafts,
  ),
  mutant(
    'an outdated revision is approved',
    rewritten(approve, 'p_revision is distinct from draft.revision', 'false'),
    drafts,
  ),
  mutant(
    'a nameless revision is approved',
    rewritten(
      approve,
      'p_revision is distinct from draft.revision',
      'p_revision <> draft.revision',
    ),
    drafts,
  ),
  mutant(
    'a second approval replaces the first',
    rewritten(approve, 'draft.approved_by <> all (draft.editors)', 'false'),
    drafts,
  ),
  mutant(
    'a draft of nobody is approved in silence',
    rewritten(approve, 'if not found then', 'if not found then return;'),
    drafts,
  ),
  mutant(
    'a draft is given up without a reason',
    rewritten(
      discard,
      'p_reason is null or btrim(p_reason)',
      'p_reason is null and btrim(p_reason)',
    ),
    drafts,
  ),
  mutant(
    'a step of a draft leaves no event',
    hollow('finance.record_draft_step()', 'return null'),
    drafts,
  ),
  mutant(
    'the application writes the status of drafts',
    'grant update (status) on finance.journal_drafts to aibos_finance_role',
    drafts,
    'conventions/access_matrix.sql',
  ),
  mutant(
    'the application deletes lines of drafts',
    'grant delete on finance.journal_draft_lines to aibos_finance_role',
    drafts,
    'hostile/l_table_locks.sql',
  ),
  mutant(
    'whoever posts switches four eyes off',
    'grant update (requires_four_eyes) on finance.companies to aibos_finance_role',
    drafts,
    tables,
  ),
  mutant(
    'exchange differences go anywhere',
    hollow('finance.assert_fx_accounts()', 'return null'),
    tables,
  ),
  mutant(
    'a correction is posted in another company',
    rewritten(
      correct,
      `lower(p_correction ->> 'company_id') is distinct from company::text`,
      'false',
    ),
    'finance/correction.sql',
  ),
  mutant(
    'a correction is reversed anew each time',
    rewritten(correct, 'k.idempotency_key = key', 'false'),
    'finance/correction.sql',
  ),
];
