import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installFabric } from '../../driver/install/install.ts';
import { failingChecks } from '../support/checks.ts';
import { libpqEnvironment } from '../support/clients.ts';
import { openDatabase, testMajors } from '../support/database.ts';
import { whyNoDump } from '../support/dumping.ts';
import { withClient } from '../support/run.ts';
import { openSessions } from '../support/sessions.ts';
import { begin, contextOf, entriesCalled, faultsOf, levels, openBook } from './books.ts';
import { moves } from './closes.ts';
import { newEntryId } from './ids.ts';
import { endPart, openArchivable, partMoves, untilBegun } from './parts.ts';
import { asPerson, makePayment, openDesk, moves as paymentMoves } from './payments.ts';
import { outcomeOf } from './periods.ts';
import { insertHeader, insertLines, linesOf, wayNames, ways } from './postings.ts';

const cases = levels.flatMap((level) => wayNames.map((way) => ({ level, way })));
const inPart = (part: number, description: string) =>
  `select count(*)::integer as n from finance.journal_entries_part_${part} where description = '${description}'`;

describe.each(testMajors())('parts of the ledger on PostgreSQL %i', (major) => {
  describe('while one is opened', async () => {
    const database = await openDatabase({ major });
    const login = database.login('finance');
    const { poster, superuser } = await openSessions(database, {
      poster: login,
      superuser: database.admin,
    });

    test.each(cases)('no posting is lost, by $way at $level', async ({ level, way }) => {
      const book = await openBook(database);
      const before = `before ${level} ${way}`;
      const after = `after ${level} ${way}`;
      await superuser.run('select finance.prepare_journal_part()');
      await begin(poster, book, level);
      await poster.run(ways[way](book, { description: before }));
      await superuser.run('begin');
      const opening = superuser.start(partMoves.end);
      await opening.blocked(poster);
      expect(await outcomeOf(poster)).toBe('posted');
      await opening.result();
      await begin(poster, book, level);
      const waiting = poster.start(ways[way](book, { description: after }));
      await waiting.blocked(superuser);
      await superuser.run('commit');
      // Its snapshot knows the whole, not its parts: it goes on where the server says.
      expect(await outcomeOf(poster, waiting)).toBe('posted');
      await untilBegun(superuser.client);
      expect(await entriesCalled(database, before)).toHaveLength(1);
      expect(await entriesCalled(database, after)).toHaveLength(1);
      const parts = await superuser.run(
        'select max(part_no)::integer as n from finance.v_journal_parts',
      );
      const { rows } = await superuser.run(inPart(parts.rows[0].n - 1, before));
      expect(rows).toEqual([{ n: 1 }]);
      expect(await faultsOf(database, book)).toEqual([]);
    });

    test('four writers go on, and every entry is whole', async () => {
      const book = await openBook(database);
      const writers = await openSessions(
        database,
        Object.fromEntries(Array.from({ length: 4 }, (_, index) => [`writer ${index}`, login])),
      );
      let isOver = false;
      const work = Object.values(writers).map(async (writer, index) => {
        const way = wayNames[index % wayNames.length] ?? 'direct INSERT';
        let posted = 0;
        while (!isOver) {
          await writer.run(
            `begin; ${contextOf(book)}; ${ways[way](book, { description: 'storm', debit: 'kept' })}; commit`,
          );
          posted += 1;
        }
        return posted;
      });
      try {
        for (let part = 0; part < 5; part += 1) await endPart(database);
      } finally {
        isOver = true;
      }
      const posted = (await Promise.all(work)).reduce((sum, count) => sum + count, 0);
      expect(posted).toBeGreaterThan(10);
      expect(await entriesCalled(database, 'storm')).toHaveLength(posted);
      expect(await faultsOf(database, book)).toEqual([]);
      expect(await failingChecks(database)).toEqual([]);
    });
  });

  describe('while one is archived', () => {
    test('a reopening waits, and is refused (IB242)', async () => {
      const { database, book } = await openArchivable(major);
      const { archivist, admin } = await openSessions(database, {
        archivist: database.login('migration'),
        admin: database.login('admin'),
      });
      await archivist.run('begin');
      await archivist.run(partMoves.archive);
      await begin(admin, book, 'read committed');
      const reopening = admin.start(moves.reopen(book, '2026-01'));
      await reopening.blocked(archivist);
      await archivist.run('commit');
      expect(await outcomeOf(admin, reopening)).toBe('IB242');
    });

    test('it waits for a reopening, and is refused (IB241)', async () => {
      const { database, book } = await openArchivable(major);
      const { archivist, admin } = await openSessions(database, {
        archivist: database.login('migration'),
        admin: database.login('admin'),
      });
      await begin(admin, book, 'read committed');
      await admin.run(moves.reopen(book, '2026-01'));
      const archiving = archivist.start(partMoves.archive);
      await archiving.blocked(admin);
      await admin.run('commit');
      expect((await archiving.refusal()).code).toBe('IB241');
    });

    test('it waits for a posting into its time, and is refused (IB241)', async () => {
      const { database, book } = await openArchivable(major);
      const { archivist, poster } = await openSessions(database, {
        archivist: database.login('migration'),
        poster: database.login('finance'),
      });
      const id = newEntryId(-60_000);
      await begin(poster, book, 'read committed');
      await poster.run(
        `${insertHeader(book, { id, description: 'late' })}; ${insertLines(book, id, linesOf(book, {}))}`,
      );
      const archiving = archivist.start(partMoves.archive);
      await archiving.blocked(poster);
      await poster.run('commit');
      expect(await archiving.refusal()).toMatchObject({
        code: 'IB241',
        detail: expect.stringContaining('period 2026-03'),
      });
    });

    test('a posting into its time waits, and finds no part (23514)', async () => {
      const { database, book } = await openArchivable(major);
      const { archivist, poster } = await openSessions(database, {
        archivist: database.login('migration'),
        poster: database.login('finance'),
      });
      await archivist.run('begin');
      await archivist.run(partMoves.archive);
      await begin(poster, book, 'read committed');
      const posting = poster.start(
        insertHeader(book, { id: newEntryId(-60_000), description: 'late' }),
      );
      await posting.blocked(archivist);
      await archivist.run('commit');
      expect(await outcomeOf(poster, posting)).toBe('23514');
      expect(await faultsOf(database, book)).toEqual([]);
    });

    describe('postings of now', async () => {
      const { database, book } = await openArchivable(major);
      const { archivist, poster } = await openSessions(database, {
        archivist: database.login('migration'),
        poster: database.login('finance'),
      });

      test.each(cases)('wait and pass, by $way at $level', async ({ level, way }) => {
        const description = `meanwhile ${level} ${way}`;
        await archivist.run('begin');
        expect((await archivist.run(partMoves.archive)).rows).toEqual([{ entries: '1' }]);
        await begin(poster, book, level);
        const posting = poster.start(ways[way](book, { description }));
        await posting.blocked(archivist);
        await archivist.run('commit');
        expect(await outcomeOf(poster, posting)).toBe('posted');
        expect(await entriesCalled(database, description)).toHaveLength(1);
        expect(await faultsOf(database, book)).toEqual([]);
        await archivist.run(partMoves.restore);
      });
    });

    test.each(levels.filter((level) => level !== 'read committed'))(
      'it is refused at %s (IB241)',
      async (level) => {
        const { database } = await openArchivable(major);
        const { archivist } = await openSessions(database, {
          archivist: database.login('migration'),
        });
        await archivist.run(`begin isolation level ${level}`);
        expect((await archivist.start(partMoves.archive).refusal()).code).toBe('IB241');
      },
    );

    test('of two who archive it one does, and the other finds no part (IB241)', async () => {
      const { database } = await openArchivable(major);
      const { archivist, other } = await openSessions(database, {
        archivist: database.login('migration'),
        other: database.login('migration'),
      });
      await archivist.run('begin');
      await archivist.run(partMoves.archive);
      const second = other.start(partMoves.archive);
      await second.blocked(archivist);
      await archivist.run('commit');
      expect((await second.refusal()).code).toBe('IB241');
      expect(await failingChecks(database)).toEqual([]);
    });
  });

  test('the settlement of an archived payment is not compared any more, nor booked again (IB242)', async () => {
    const database = await openDatabase({ major });
    const desk = await openDesk(database);
    const payment = await makePayment(database, desk, 'released');
    const { cashier, archivist } = await openSessions(database, {
      cashier: database.login('finance'),
      archivist: database.login('migration'),
    });
    const settle = async () => {
      await begin(cashier, asPerson(desk, 'maker'), 'read committed');
      return outcomeOf(cashier, cashier.start(paymentMoves.settle(payment, desk)));
    };
    expect(await settle()).toBe('posted');
    expect(await settle()).toBe('posted');
    await endPart(database);
    await begin(cashier, desk.book, 'read committed');
    for (const month of ['2026-01', '2026-02', '2026-03']) {
      await cashier.run(moves.close(desk.book, month));
    }
    await cashier.run('commit');
    await archivist.run(partMoves.archive);
    expect(await settle()).toBe('IB242');
  });

  test('a replay of the bundle takes parts and archives as they are', async () => {
    const { database, book } = await openArchivable(major);
    await withClient(database.login('migration'), async (archivist) => {
      await archivist.query(partMoves.archive);
      await archivist.query('select finance.prepare_journal_part()');
      await archivist.query("select finance.open_journal_part(now() + interval '30 days')");
      await archivist.query('select finance.prepare_journal_part()');
    });
    await database.alone(() =>
      withClient(database.installer, (installer) => installFabric(installer)),
    );
    expect(await failingChecks(database)).toEqual([]);
    await withClient(database.login('migration'), (archivist) =>
      archivist.query(partMoves.restore),
    );
    expect(await failingChecks(database)).toEqual([]);
    expect(await faultsOf(database, book)).toEqual([]);
    expect(await entriesCalled(database, 'old')).toHaveLength(1);
  });

  test('the tables of an archived part are dumped, dropped, brought back and restored', async (context) => {
    const reason = whyNoDump(major);
    if (reason !== undefined) context.skip(reason);
    const { database, book } = await openArchivable(major);
    const folder = await mkdtemp(join(tmpdir(), 'aibos-part-'));
    const file = join(folder, 'part-1');
    const env = libpqEnvironment(database.admin);
    try {
      await withClient(database.login('migration'), (archivist) =>
        archivist.query(partMoves.archive),
      );
      execFileSync('pg_dump', ['-Fc', '-f', file, '-t', 'finance.journal_*_part_1'], { env });
      await withClient(database.admin, (admin) => admin.query(partMoves.drop));
      expect(await faultsOf(database, book)).toEqual([]);
      expect(await failingChecks(database)).toEqual([]);
      execFileSync('pg_restore', ['--exit-on-error', '-d', database.name, file], { env });
      await withClient(database.login('migration'), (archivist) =>
        archivist.query(partMoves.restore),
      );
      expect(await entriesCalled(database, 'old')).toHaveLength(1);
      expect(await faultsOf(database, book)).toEqual([]);
      expect(await failingChecks(database)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
