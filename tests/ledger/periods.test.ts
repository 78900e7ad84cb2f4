import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { openSessions } from '../support/sessions.ts';
import {
  begin,
  codesAt,
  entriesCalled,
  faultsOf,
  levels,
  openBook,
  openSecondBook,
  setStatus,
} from './books.ts';
import {
  close,
  closeBeforeCommit,
  closeBeforePosting,
  closeWithinPosting,
  openRace,
  outcomeOf,
  periodWays,
  preparePosting,
} from './periods.ts';
import { postJournals } from './postings.ts';

const cases = levels.flatMap((level) => periodWays.map((way) => ({ level, way })));

describe.each(testMajors())('a period that closes on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const racers = await openRace(database);
  const { poster, closer } = racers;

  describe.each(cases)('during a posting by $way at $level', ({ level, way }) => {
    test('refuses it when it closed before, however old the snapshot', async () => {
      const race = await closeBeforePosting(racers, way, level);
      const code = level === 'read committed' ? 'IB802' : '40001';
      expect(race).toEqual({ posting: code, closeWaited: false, isLate: false });
    });

    test('waits for it once it has found the period open', async () => {
      const race = await closeWithinPosting(racers, way, level);
      expect(race).toEqual({ posting: 'posted', closeWaited: true, isLate: false });
    });

    test('waits for its COMMIT', async () => {
      const race = await closeBeforeCommit(racers, way, level);
      expect(race).toEqual({ posting: 'posted', closeWaited: true, isLate: false });
    });

    test('makes it wait, then refuses it', async () => {
      const { description, sql } = await preparePosting(racers, way);
      await close(racers).result();
      await begin(poster, racers.book, level);
      const step = poster.start(sql);
      await step.blocked(closer);
      await closer.run('commit');
      expect(await outcomeOf(poster, step)).toBe(level === 'read committed' ? 'IB802' : '40001');
      expect(await entriesCalled(database, description)).toEqual([]);
    });

    test('makes it wait, then lets it pass when the close is given up', async () => {
      const { description, sql } = await preparePosting(racers, way);
      await close(racers).result();
      await begin(poster, racers.book, level);
      const step = poster.start(sql);
      await step.blocked(closer);
      await closer.run('rollback');
      expect(await outcomeOf(poster, step)).toBe('posted');
      expect(await entriesCalled(database, description)).toHaveLength(1);
    });

    test('closes at once after it was given up', async () => {
      const { description, sql } = await preparePosting(racers, way);
      await begin(poster, racers.book, level);
      await poster.run(sql);
      const closing = close(racers);
      await closing.blocked(poster);
      await poster.run('rollback');
      await closing.result();
      await closer.run('commit');
      expect(await entriesCalled(database, description)).toEqual([]);
    });
  });

  test('leaves every entry whole', async () => {
    expect(await faultsOf(database, racers.book)).toEqual([]);
  });
});

describe.each(testMajors())('arrays over several periods on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const book = await openBook(database);
  const second = await openSecondBook(database, book);
  const login = database.login('finance');
  const { forth, back, early, late } = await openSessions(database, {
    forth: login,
    back: login,
    early: database.admin,
    late: database.admin,
  });

  const companies = [
    { of: 'one company', books: [book, book] },
    { of: 'two companies', books: [book, second] },
  ] as const;
  const orders = levels.flatMap((level) => companies.map((company) => ({ level, ...company })));

  test.each(orders)('lock those of $of in one order at $level', async ({ level, books }) => {
    const name = randomUUID();
    const [first, last] = books.toSorted((a, b) => (a.companyId < b.companyId ? -1 : 1));
    if (first === undefined || last === undefined) throw new Error('two books are needed');
    const february = [first, { description: `${name} february`, date: '2026-02-10' }] as const;
    const march = [last, { description: `${name} march`, date: '2026-03-10' }] as const;
    // Each closer holds one period: whoever went for March first would wait for `late`.
    await begin(early, book, 'read committed');
    await early.run(setStatus(first, '2026-02', 'closed'));
    await begin(late, book, 'read committed');
    await late.run(setStatus(last, '2026-03', 'closed'));
    await begin(forth, book, level);
    await begin(back, book, level);
    const steps = [
      forth.start(postJournals([february, march])),
      back.start(postJournals([march, february])),
    ];
    for (const step of steps) await step.blocked(early);
    await early.run('rollback');
    for (const step of steps) await step.blocked(late);
    await late.run('rollback');
    const outcomes = [await outcomeOf(forth, steps[0]), await outcomeOf(back, steps[1])];
    expect(outcomes).toContain('posted');
    for (const outcome of outcomes) expect(codesAt(level, 'posted')).toContain(outcome);
    const posted = outcomes.filter((outcome) => outcome === 'posted').length;
    expect(await entriesCalled(database, `${name} february`)).toHaveLength(posted);
    expect(await entriesCalled(database, `${name} march`)).toHaveLength(posted);
  });

  test.each(levels)(
    'are refused as a whole when one period closes meanwhile, at %s',
    async (level) => {
      const name = randomUUID();
      await begin(late, book, 'read committed');
      await late.run(setStatus(book, '2026-04', 'closed'));
      await begin(forth, book, level);
      const step = forth.start(
        postJournals([
          [book, { description: `${name} april`, date: '2026-04-10' }],
          [book, { description: `${name} february`, date: '2026-02-10' }],
        ]),
      );
      await step.blocked(late);
      await late.run('commit');
      const refusal = await step.refusal();
      expect(codesAt(level, level === 'read committed' ? 'IB802' : '40001')).toContain(
        refusal.code,
      );
      await forth.run('rollback');
      await begin(late, book, 'read committed');
      await late.run(setStatus(book, '2026-04', 'open'));
      await late.run('commit');
      expect(await entriesCalled(database, `${name} february`)).toEqual([]);
    },
  );
});
