import format from 'pg-format';
import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { openSessions } from '../support/sessions.ts';
import { begin, faultsOf, levels, openBook } from './books.ts';
import {
  approveDraft,
  asSomeoneElse,
  changeNames,
  changes,
  makeDraft,
  postDraft,
  stateOf,
} from './drafts.ts';
import { outcomeOf } from './periods.ts';

const cases = levels.flatMap((level) => changeNames.map((way) => ({ level, way })));

describe.each(testMajors())('a draft on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const book = await openBook(database);
  const [other, third] = [asSomeoneElse(book), asSomeoneElse(book)];
  const login = database.login('finance');
  const { maker, first, second, admin } = await openSessions(database, {
    maker: login,
    first: login,
    second: login,
    admin: database.login('admin'),
  });

  describe.each(levels)('at %s', (level) => {
    test('is posted once by two sessions at once, which both learn of the same entry', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, book, level);
      await begin(second, book, level);
      const { rows } = await first.run(postDraft(draft));
      const step = second.start(postDraft(draft));
      await step.blocked(first);
      await first.run('commit');
      if (level !== 'read committed') {
        expect(await step.refusal()).toMatchObject({ code: '40001' });
        await begin(second, book, level);
      }
      const again = level === 'read committed' ? step : second.start(postDraft(draft));
      expect((await again.result()).rows).toEqual(rows);
      await second.run('commit');
      expect(await stateOf(database, draft)).toMatchObject({ status: 'posted', entries: '1' });
    });

    test('is posted by the second session when the first gives up', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(postDraft(draft));
      const step = second.start(postDraft(draft));
      await step.blocked(first);
      await first.run('rollback');
      const { rows } = await step.result();
      await second.run('commit');
      expect(await stateOf(database, draft)).toMatchObject({
        status: 'posted',
        entry: rows[0]?.id,
        entries: '1',
      });
    });

    test('is not approved while a change of the revision that was read is in flight', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, book, level);
      await begin(second, other, level);
      await first.run(changes['changing lines'].sql(book, draft));
      const step = second.start(approveDraft(draft, 2));
      await step.blocked(first);
      await first.run('commit');
      const code = level === 'read committed' ? 'IB225' : '40001';
      expect(await step.refusal()).toMatchObject({ code });
      await second.run('rollback');
      expect(await stateOf(database, draft)).toMatchObject({ status: 'draft', revision: 3 });
    });

    test('loses an approval in flight to the change that waited for it', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, other, level);
      await begin(second, book, level);
      await first.run(approveDraft(draft, 2));
      const step = second.start(changes['changing lines'].sql(book, draft));
      await step.blocked(first);
      await first.run('commit');
      if (level === 'read committed') {
        await step.result();
        await second.run('commit');
        expect(await stateOf(database, draft)).toMatchObject({ status: 'draft', revision: 3 });
      } else {
        expect(await step.refusal()).toMatchObject({ code: '40001' });
        await second.run('rollback');
        expect(await stateOf(database, draft)).toMatchObject({ status: 'approved', revision: 2 });
      }
    });

    test('is not approved from a snapshot that is older than its last change', async () => {
      const draft = await makeDraft(maker, book);
      await begin(second, other, level);
      await begin(first, book, level);
      await first.run(changes['adding lines'].sql(book, draft));
      await first.run('commit');
      const code = level === 'read committed' ? 'IB225' : '40001';
      expect(await second.start(approveDraft(draft, 2)).refusal()).toMatchObject({ code });
      await second.run('rollback');
      expect(await stateOf(database, draft)).toMatchObject({ status: 'draft', revision: 3 });
    });

    test('has one approver when two approve at once, and the second is told', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, other, level);
      await begin(second, third, level);
      await first.run(approveDraft(draft, 2));
      const step = second.start(approveDraft(draft, 2));
      await step.blocked(first);
      await first.run('commit');
      const code = level === 'read committed' ? 'IB229' : '40001';
      expect(await step.refusal()).toMatchObject({ code });
      await second.run('rollback');
      expect(await stateOf(database, draft)).toMatchObject({
        status: 'approved',
        approvedBy: other.userId,
      });
    });

    test('is not given up while it is being posted', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(postDraft(draft));
      const step = second.start(format(`select finance.discard_draft(%L, 'late')`, draft));
      await step.blocked(first);
      await first.run('commit');
      const code = level === 'read committed' ? 'IB224' : '40001';
      expect(await step.refusal()).toMatchObject({ code });
      await second.run('rollback');
      expect(await stateOf(database, draft)).toMatchObject({ status: 'posted', entries: '1' });
    });
  });

  describe.each(cases)('by $way at $level', ({ level, way }) => {
    const { sql, debits } = changes[way];

    test('is posted with the change that was in flight before, or not at all', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(sql(book, draft));
      const step = second.start(postDraft(draft));
      await step.blocked(first);
      await first.run('commit');
      if (level === 'read committed') {
        await step.result();
        await second.run('commit');
      } else {
        expect(await step.refusal()).toMatchObject({ code: '40001' });
        await begin(second, book, level);
        await second.run(postDraft(draft, 3));
        await second.run('commit');
      }
      expect(await stateOf(database, draft)).toMatchObject({
        status: 'posted',
        revision: 3,
        entries: '1',
        debits: debits[1],
      });
    });

    test('is posted as the revision that was named, whatever is in flight', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(sql(book, draft));
      const step = second.start(postDraft(draft, 2));
      await step.blocked(first);
      await first.run('commit');
      const code = level === 'read committed' ? 'IB225' : '40001';
      expect(await step.refusal()).toMatchObject({ code });
      await second.run('rollback');
      expect(await stateOf(database, draft)).toMatchObject({ status: 'draft', entries: '0' });
    });

    test('does not change while it is being posted', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(postDraft(draft));
      const step = second.start(sql(book, draft));
      await step.blocked(first);
      await first.run('commit');
      const code = level === 'read committed' ? 'IB224' : '40001';
      expect(await step.refusal()).toMatchObject({ code });
      await second.run('rollback');
      expect(await stateOf(database, draft)).toMatchObject({
        status: 'posted',
        revision: 2,
        reference: null,
        debits: debits[0],
      });
    });

    test('changes when the posting it waited for was given up', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, book, level);
      await begin(second, book, level);
      await first.run(postDraft(draft));
      const step = second.start(sql(book, draft));
      await step.blocked(first);
      await first.run('rollback');
      await step.result();
      await second.run('commit');
      expect(await stateOf(database, draft)).toMatchObject({ status: 'draft', revision: 3 });
    });
  });

  test('is moved line by line between two, both locked in one order', async () => {
    const drafts = [await makeDraft(maker, book), await makeDraft(maker, book)].sort();
    const [low = '', high = ''] = drafts;
    const hold = (id: string) =>
      format('select from finance.journal_drafts where id = %L for no key update', id);
    const move = (from: string, to: string) =>
      format(
        `update finance.journal_draft_lines set journal_draft_id = %L, line_no = line_no + 10
         where journal_draft_id = %L and line_no in (3, 4)`,
        to,
        from,
      );
    const { early, late } = await openSessions(database, {
      early: database.admin,
      late: database.admin,
    });
    await begin(early, book, 'read committed');
    await early.run(hold(low));
    await begin(late, book, 'read committed');
    await late.run(hold(high));
    await begin(first, book, 'read committed');
    await begin(second, book, 'read committed');
    const forth = first.start(move(low, high));
    await forth.blocked(early);
    const back = second.start(move(high, low));
    // Not for the higher one, which it comes from.
    await back.blocked(early);
    await late.run('rollback');
    await early.run('rollback');
    // Whoever wakes first; the other waits for it, at the lower one again.
    const outcomes = await Promise.all([outcomeOf(first, forth), outcomeOf(second, back)]);
    expect(outcomes).toEqual(['posted', 'posted']);
    for (const id of drafts) {
      expect(await stateOf(database, id)).toMatchObject({ status: 'draft', revision: 4 });
    }
  });

  describe.each(levels)('of a company that begins to ask for four eyes, at %s', (level) => {
    const ask = (isAsked: boolean) =>
      format(
        'update finance.companies set requires_four_eyes = %L where id = %L',
        isAsked,
        book.companyId,
      );

    test('is not posted without approval once it does, nor from an older snapshot', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, book, level);
      await begin(admin, book, 'read committed');
      await admin.run(ask(true));
      const step = first.start(postDraft(draft));
      await step.blocked(admin);
      await admin.run('commit');
      const code = level === 'read committed' ? 'IB227' : '40001';
      expect(await step.refusal()).toMatchObject({ code });
      await begin(first, other, level);
      await first.run(approveDraft(draft, 2));
      await first.run(postDraft(draft, 2));
      await first.run('commit');
      expect(await stateOf(database, draft)).toMatchObject({ status: 'posted', entries: '1' });
      await begin(admin, book, 'read committed');
      await admin.run(ask(false));
      await admin.run('commit');
    });

    test('makes the company wait for a posting in flight', async () => {
      const draft = await makeDraft(maker, book);
      await begin(first, book, level);
      await first.run(postDraft(draft));
      await begin(admin, book, 'read committed');
      const step = admin.start(ask(true));
      await step.blocked(first);
      await first.run('commit');
      await step.result();
      await admin.run('rollback');
      expect(await stateOf(database, draft)).toMatchObject({ status: 'posted', entries: '1' });
    });
  });

  test('leaves every entry whole', async () => {
    expect(await faultsOf(database, book)).toEqual([]);
  });
});
