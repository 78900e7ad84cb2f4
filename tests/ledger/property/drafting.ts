import { randomUUID } from 'node:crypto';
import { changed, type DraftLine, isClosed, type ModelDraft } from './documents.ts';
import type { ModelLine } from './model.ts';
import type { Attempt, Moment, Operation } from './operation.ts';
import { drawDate, drawLines } from './world.ts';

function make({ world, model, dice, user }: Moment): Attempt {
  const id = randomUUID();
  const date = drawDate(dice);
  const drawn = drawLines(world, dice).map((line, at): DraftLine => ({ ...line, no: at + 1 }));
  const lines = dice.below(6) === 5 ? drawn.slice(0, dice.below(2)) : drawn;
  const draft: ModelDraft = {
    ...{ id, date, lines, description: `draft ${id}` },
    status: 'draft',
    // Its lines are a change of the header.
    ...{ revision: lines.length === 0 ? 1 : 2, editors: [user], approvedBy: null, entryId: null },
  };
  const { tenantId, companyId } = world.book;
  return {
    sql: `with header as (
        insert into finance.journal_drafts (tenant_id, id, company_id, entry_date, description)
        values ($1, $2, $3, $4, $5)
      )
      insert into finance.journal_draft_lines (tenant_id, journal_draft_id, line_no, account_id, currency, debit_cents, credit_cents)
      select $1, $2, l.no, l.account, l.currency, l.debit, l.credit
      from unnest($6::uuid[], $7::text[], $8::bigint[], $9::bigint[]) with ordinality as l (account, currency, debit, credit, no)`,
    values: [
      ...[tenantId, id, companyId, date, draft.description],
      ...[lines.map(({ account }) => account), lines.map(({ currency }) => currency)],
      ...[lines.map(({ debit }) => debit), lines.map(({ credit }) => credit)],
    ],
    refusedWith: null,
    apply: () => model.drafts.set(id, draft),
  };
}

/** An attempt to change the content of a draft, whoever does it and however far it is. */
function change(
  { model, user }: Moment,
  draft: ModelDraft,
  content: Partial<Pick<ModelDraft, 'date' | 'lines'>>,
  statement: Pick<Attempt, 'sql' | 'values'>,
): Attempt {
  return {
    ...statement,
    refusedWith: isClosed(draft) ? 'IB224' : null,
    apply: () => model.drafts.set(draft.id, changed(draft, user, content)),
  };
}

function redate(moment: Moment): Attempt | null {
  const draft = moment.dice.recent(moment.model.drafts.values());
  const date = drawDate(moment.dice);
  // The same date again is no change, and what is closed refuses it all the same.
  if (draft === null || date === draft.date) return null;
  const sql = 'update finance.journal_drafts set entry_date = $2 where id = $1';
  return change(moment, draft, { date }, { sql, values: [draft.id, date] });
}

function changeLine(moment: Moment): Attempt | null {
  const { world, dice } = moment;
  const draft = dice.recent(moment.model.drafts.values());
  if (draft === null || draft.lines.length === 0) return null;
  const line = dice.one(draft.lines);
  const { cash, inactive } = world.book.accounts;
  const changedLine = {
    ...line,
    ...dice.one<Partial<ModelLine>>([
      { account: dice.one([cash, world.loan, inactive, world.elsewhere, world.euro]) },
      line.debit > 0n ? { debit: line.debit + 1n } : { credit: line.credit + 1n },
      { debit: 0n, credit: 0n },
    ]),
  };
  return change(
    moment,
    draft,
    { lines: draft.lines.map((kept) => (kept === line ? changedLine : kept)) },
    {
      sql: `update finance.journal_draft_lines set account_id = $3, debit_cents = $4, credit_cents = $5
        where journal_draft_id = $1 and line_no = $2`,
      values: [draft.id, line.no, changedLine.account, changedLine.debit, changedLine.credit],
    },
  );
}

/** Adds one to every amount, which keeps a draft balanced that is. */
function raiseLines(moment: Moment): Attempt | null {
  const draft = moment.dice.recent(moment.model.drafts.values());
  if (draft === null || draft.lines.length === 0) return null;
  const lines = draft.lines.map((line) => ({
    ...line,
    debit: line.debit > 0n ? line.debit + 1n : 0n,
    credit: line.credit > 0n ? line.credit + 1n : 0n,
  }));
  return change(
    moment,
    draft,
    { lines },
    {
      sql: `update finance.journal_draft_lines set debit_cents = debit_cents + (debit_cents > 0)::integer,
          credit_cents = credit_cents + (credit_cents > 0)::integer where journal_draft_id = $1`,
      values: [draft.id],
    },
  );
}

function removeLines(moment: Moment): Attempt | null {
  const draft = moment.dice.recent(moment.model.drafts.values());
  if (draft === null || draft.lines.length === 0) return null;
  const first = moment.dice.one(draft.lines).no;
  // A pair was numbered 2n - 1 and 2n.
  const gone = first % 2 === 1 ? [first, first + 1] : [first];
  return change(
    moment,
    draft,
    { lines: draft.lines.filter(({ no }) => !gone.includes(no)) },
    { sql: 'select finance.remove_draft_lines($1, $2)', values: [draft.id, gone] },
  );
}

/** Drafts that are made and changed, also when it is too late. */
export const draftingOperations: readonly Operation[] = [
  { name: 'make a draft', weight: 5, plan: make },
  { name: 'redate a draft', weight: 1, plan: redate },
  { name: 'change a line of a draft', weight: 2, plan: changeLine },
  { name: 'raise the lines of a draft', weight: 2, plan: raiseLines },
  { name: 'remove lines of a draft', weight: 1, plan: removeLines },
];
