import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { begin, entriesCalled, faultsOf, levels, openBook } from '../ledger/books.ts';
import {
  approveDraft,
  asSomeoneElse,
  changes,
  makeDraft,
  postDraft,
  stateOf,
} from '../ledger/drafts.ts';
import { crossKeys, crossPeriods, openCrossing } from '../ledger/orders.ts';
import {
  closeBeforeCommit,
  closeBeforePosting,
  closeWithinPosting,
  openRace,
  outcomeOf,
  periodWays,
} from '../ledger/periods.ts';
import { reverse, ways } from '../ledger/postings.ts';
import { carriedAt, openRevaluing, revalue } from '../ledger/revaluations.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { openSessions } from '../support/sessions.ts';
import { rewritten } from './mutant.ts';

const period = 'finance.lock_open_period(uuid, uuid, date)';
const periodsUntil = 'finance._lock_periods_until(uuid, uuid, uuid)';
const arrays =
  'finance._post_arrays(uuid[], date[], text[], text[], text[], integer[], uuid[], text[], bigint[], bigint[], text[], bigint[], bigint[], uuid[], uuid[])';
const one =
  'finance.post_journal(uuid, date, text, uuid[], bigint[], bigint[], text[], text[], text, text)';

/** A database of its own in which the statements have been committed. */
async function openMutant(sql: string): Promise<TestDatabase> {
  const database = await openDatabase();
  await withClient(database.admin, (admin) => admin.query(sql));
  return database;
}

describe.each([
  [
    'read without a lock',
    `${rewritten(period, 'for share', '')}; ${rewritten(one, 'for share of p', '')}`,
  ],
  [
    'locked against its removal alone',
    `${rewritten(period, 'for share', 'for key share')}; ${rewritten(one, 'for share of p', 'for key share of p')}`,
  ],
])('a period that is %s', async (_name, sql) => {
  const racers = await openRace(await openMutant(sql));
  const cases = levels.flatMap((level) => periodWays.map((way) => ({ level, way })));

  test.each(cases)('gets a late entry by $way at $level', async ({ way, level }) => {
    expect(await closeWithinPosting(racers, way, level)).toMatchObject({ isLate: true });
    expect(await closeBeforeCommit(racers, way, level)).toMatchObject({ isLate: true });
  });

  test.each(cases.filter(({ level }) => level !== 'read committed'))(
    'gets a late entry by $way from a snapshot at $level',
    async ({ way, level }) => {
      expect(await closeBeforePosting(racers, way, level)).toMatchObject({ isLate: true });
    },
  );
});

test('arrays that lock their periods as they come wait for different closers', async () => {
  const sql = rewritten(arrays, 'order by e.company_id, e.entry_date', 'order by 3');
  const database = await openMutant(sql);
  const book = await openBook(database);
  const { waits } = await crossPeriods(
    await openCrossing(database),
    [book, book],
    'read committed',
  );
  expect(waits).toEqual(['early', 'late']);
});

test('arrays that take their keys as they come wait for the last key without the first', async () => {
  const sql = rewritten(
    arrays,
    'order by e.idempotency_key, e.entry_index',
    'order by e.entry_index',
  );
  const database = await openMutant(sql);
  const { waits } = await crossKeys(
    await openCrossing(database),
    await openBook(database),
    'read committed',
  );
  // In order, the second would wait for the first. Now they may refuse each other, as whoever wakes first decides.
  expect(waits).toEqual(['late', 'late']);
});

test('an entry is reversed by both of two sessions where no key forbids it', async () => {
  const database = await openMutant(
    'alter table finance.journal_reversals drop constraint journal_reversals_tenant_id_reverses_entry_id_pk',
  );
  const book = await openBook(database);
  const login = database.login('finance');
  const { first, second } = await openSessions(database, { first: login, second: login });
  const description = `original ${randomUUID()}`;
  await begin(first, book, 'read committed');
  await first.run(ways['finance.post_journal'](book, { description }));
  await first.run('commit');
  const [entry = ''] = await entriesCalled(database, description);
  await begin(first, book, 'serializable');
  await begin(second, book, 'serializable');
  await first.run(reverse(entry, '2026-03-10', 'first'));
  const step = second.start(reverse(entry, '2026-03-10', 'second'));
  await step.result();
  expect(await outcomeOf(first)).toBe('posted');
  await second.run('rollback');
  await begin(second, book, 'read committed');
  await second.run(reverse(entry, '2026-03-10', 'second'));
  expect(await outcomeOf(second)).toBe('posted');
});

test.each([
  ['read without a lock', rewritten(periodsUntil, 'for no key update', '')],
  [
    'locked against its removal alone',
    rewritten(periodsUntil, 'for no key update', 'for key share'),
  ],
])('a revaluation of a period that is %s is posted twice', async (_name, sql) => {
  const stage = await (await openRevaluing(await openMutant(sql)))();
  const { book, first, second } = stage;
  await begin(first, book, 'read committed');
  await begin(second, book, 'read committed');
  await first.run(revalue(book, '2026-03'));
  await second.run(revalue(book, '2026-03'));
  await first.run('commit');
  await second.run('commit');
  expect(await carriedAt(stage, '2026-03-31')).toEqual({ base: 140_000, revaluations: 2 });
});

test('a revaluation that locks its own period alone posts the difference of an earlier one again', async () => {
  const sql = rewritten(periodsUntil, 'p.ends_on <= period.ends_on', 'p.id = p_period_id');
  const stage = await (await openRevaluing(await openMutant(sql)))();
  const { book, first, second } = stage;
  await begin(first, book, 'read committed');
  await begin(second, book, 'read committed');
  await first.run(revalue(book, '2026-03'));
  await second.run(revalue(book, '2026-04'));
  await first.run('commit');
  await second.run('commit');
  expect(await carriedAt(stage, '2026-04-30')).toEqual({ base: 165_000, revaluations: 2 });
});

test('a revaluation from a snapshot posts again what was posted since', async () => {
  const sql = rewritten(
    'finance.revalue(uuid, uuid)',
    `current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')`,
    'false',
  );
  const stage = await (await openRevaluing(await openMutant(sql)))();
  const { book, first, second } = stage;
  await begin(second, book, 'repeatable read');
  await begin(first, book, 'read committed');
  await first.run(revalue(book, '2026-03'));
  await first.run('commit');
  await second.run(revalue(book, '2026-03'));
  await second.run('commit');
  expect(await carriedAt(stage, '2026-03-31')).toEqual({ base: 140_000, revaluations: 2 });
});

test('a fold that forgets what was folded before shows as drift', async () => {
  const sql = rewritten(
    'finance.fold_balances(integer)',
    'balance.debit_cents + excluded.debit_cents',
    'excluded.debit_cents',
  );
  const database = await openMutant(sql);
  const book = await openBook(database);
  const { poster, folder } = await openSessions(database, {
    poster: database.login('finance'),
    folder: database.login('monitor'),
  });
  const found = [];
  for (const description of ['first', 'second']) {
    await begin(poster, book, 'read committed');
    await poster.run(ways['finance.post_journal'](book, { description, debit: 'kept' }));
    await poster.run('commit');
    await folder.run('select finance.fold_balances()');
    found.push(await faultsOf(database, book));
  }
  expect(found).toEqual([[], [`drift of ${book.accounts.kept}: -100, 0`]]);
});

test('a draft that is not locked is posted without the change in flight', async () => {
  const database = await openMutant(
    rewritten('finance.post_draft(uuid, integer)', 'for no key update', ''),
  );
  const book = await openBook(database);
  const login = database.login('finance');
  const { editor, poster } = await openSessions(database, { editor: login, poster: login });
  const draft = await makeDraft(editor, book);
  await begin(editor, book, 'read committed');
  await editor.run(changes['changing lines'].sql(book, draft));
  await begin(poster, book, 'read committed');
  const step = poster.start(postDraft(draft));
  // It waits at its end, with the old lines in hand.
  await step.blocked(editor);
  await editor.run('commit');
  await outcomeOf(poster, step);
  expect(await stateOf(database, draft)).toMatchObject({ debits: '130' });
});

test('a company that is not locked gets a draft without approval from an older snapshot', async () => {
  const database = await openMutant(rewritten('finance.stamp_draft()', 'for share', ''));
  const book = await openBook(database);
  const { poster, admin } = await openSessions(database, {
    poster: database.login('finance'),
    admin: database.login('admin'),
  });
  const draft = await makeDraft(poster, book);
  await begin(poster, book, 'repeatable read');
  await poster.run('select from finance.companies');
  await begin(admin, book, 'read committed');
  await admin.run('update finance.companies set requires_four_eyes = true');
  await admin.run('commit');
  expect(await outcomeOf(poster, poster.start(postDraft(draft)))).toBe('posted');
});

test('a draft that is approved without a lock may be another one by then', async () => {
  const database = await openMutant(
    rewritten('finance.approve_draft(uuid, integer)', 'for no key update', ''),
  );
  const book = await openBook(database);
  const login = database.login('finance');
  const { editor, approver } = await openSessions(database, { editor: login, approver: login });
  const draft = await makeDraft(editor, book);
  await begin(editor, book, 'read committed');
  await editor.run(changes['changing lines'].sql(book, draft));
  await begin(approver, asSomeoneElse(book), 'read committed');
  const step = approver.start(approveDraft(draft, 2));
  await step.blocked(editor);
  await editor.run('commit');
  await outcomeOf(approver, step);
  expect(await stateOf(database, draft)).toMatchObject({ status: 'approved', revision: 3 });
});
