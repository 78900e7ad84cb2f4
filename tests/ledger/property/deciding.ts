import { isClosed } from './documents.ts';
import { type Attempt, type Moment, type Operation, textOf } from './operation.ts';
import { violationOf } from './wishes.ts';

function approve({ model, dice, user }: Moment): Attempt | null {
  const draft = dice.recent(model.drafts.values());
  if (draft === null) return null;
  const revision = dice.below(4) === 3 ? draft.revision - 1 : draft.revision;
  const refusal = () => {
    if (isClosed(draft)) return 'IB224';
    if (revision !== draft.revision) return 'IB225';
    if (draft.approvedBy === user) return null;
    // The approval of someone who had a hand in it gives way to another.
    if (draft.approvedBy !== null && !draft.editors.includes(draft.approvedBy)) return 'IB229';
    return model.needsFourEyes && draft.editors.includes(user) ? 'IB226' : null;
  };
  return {
    sql: 'select finance.approve_draft($1, $2)',
    values: [draft.id, revision],
    refusedWith: refusal(),
    apply: () => model.drafts.set(draft.id, { ...draft, status: 'approved', approvedBy: user }),
  };
}

function post({ world, model, dice }: Moment): Attempt | null {
  const draft = dice.recent(model.drafts.values());
  if (draft === null) return null;
  const revision = dice.one([null, draft.revision, null, draft.revision - 1]);
  const lines = draft.lines.map(({ no: _, ...line }) => line);
  const { status, approvedBy, date, description } = draft;
  const refusal = () => {
    if (status === 'discarded') return 'IB224';
    if (revision !== null && revision !== draft.revision) return 'IB225';
    if (status === 'posted') return null;
    const problem = violationOf(lines, world) ?? model.dateProblem(date);
    if (problem !== null || !model.needsFourEyes) return problem;
    if (approvedBy === null) return 'IB227';
    return draft.editors.includes(approvedBy) ? 'IB226' : null;
  };
  return {
    sql: 'select finance.post_draft($1, $2) as id',
    values: [draft.id, revision],
    refusedWith: refusal(),
    apply: ([row]) => {
      const id = textOf(row, 'id');
      if (status === 'posted') {
        if (id !== draft.entryId) throw new Error(`draft ${draft.id} was posted again as ${id}`);
        return;
      }
      model.add({
        ...{ id, date, description, lines, key: null },
        ...{ isReplayable: false, reverses: null, corrects: null },
      });
      model.drafts.set(draft.id, { ...draft, status: 'posted', entryId: id });
    },
  };
}

function discard({ model, dice }: Moment): Attempt | null {
  const draft = dice.recent(model.drafts.values());
  if (draft === null) return null;
  const reason = dice.one(['not needed', 'made twice', ' ']);
  return {
    sql: 'select finance.discard_draft($1, $2)',
    values: [draft.id, reason],
    refusedWith: reason === ' ' ? 'IB229' : isClosed(draft) ? 'IB224' : null,
    apply: () => model.drafts.set(draft.id, { ...draft, status: 'discarded' }),
  };
}

/** Asks for a second pair of eyes, or no longer: an administrator may. */
function switchFourEyes({ world, model, dice, session }: Moment): Attempt {
  const isNeeded = dice.below(2) === 0;
  return {
    sql: 'update finance.companies set requires_four_eyes = $2 where id = $1',
    values: [world.book.companyId, isNeeded],
    refusedWith: session === 'administrator' ? null : '42501',
    apply: () => {
      model.needsFourEyes = isNeeded;
    },
  };
}

/** What becomes of drafts in the end, allowed or not. */
export const decidingOperations: readonly Operation[] = [
  { name: 'approve a draft', weight: 4, plan: approve },
  { name: 'post a draft', weight: 5, plan: post },
  { name: 'discard a draft', weight: 1, plan: discard },
  { name: 'switch four eyes', weight: 2, plan: switchFourEyes },
];
