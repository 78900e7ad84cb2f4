import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openDatabase, testMajors } from '../support/database.ts';
import { openSessions } from '../support/sessions.ts';
import { begin, codesAt, entriesCalled, faultsOf, levels, openBook, setStatus } from './books.ts';
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

describe.each(testMajors())('an array over several periods on PostgreSQL %i', async (major) => {
  const database = await openDatabase({ major });
  const book = await openBook(database);
  const { poster, closer } = await openSessions(database, {
    poster: database.login('finance'),
    closer: database.admin,
  });

  test.each(levels)(
    'is refused as a whole when one of them closes meanwhile, at %s',
    async (level) => {
      const name = randomUUID();
      await begin(closer, book, 'read committed');
      await closer.run(setStatus(book, '2026-04', 'closing'));
      await begin(poster, book, level);
      const step = poster.start(
        postJournals([
          [book, { description: `${name} april`, date: '2026-04-10' }],
          [book, { description: `${name} february`, date: '2026-02-10' }],
        ]),
      );
      await step.blocked(closer);
      await closer.run('commit');
      const refusal = await step.refusal();
      expect(codesAt(level, level === 'read committed' ? 'IB802' : '40001')).toContain(
        refusal.code,
      );
      await poster.run('rollback');
      await begin(closer, book, 'read committed');
      await closer.run(setStatus(book, '2026-04', 'open'));
      await closer.run('commit');
      expect(await entriesCalled(database, `${name} february`)).toEqual([]);
    },
  );
});
