import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failingChecks } from '../../support/checks.ts';
import { openDatabase, type TestDatabase } from '../../support/database.ts';
import { withClient } from '../../support/run.ts';
import { contextOf } from '../books.ts';
import { endPart, partMoves } from '../parts.ts';
import { differences, differencesByMonth } from './compare.ts';
import { history, openClients, operations, questions, seed } from './histories.ts';
import { runAll, type Tally } from './run.ts';
import { openWorld, type World } from './world.ts';

/** AIBOS_PROPERTY_GROWTH says how many histories. */
const runs = Number(process.env.AIBOS_PROPERTY_GROWTH ?? 6);

async function closeEverything(database: TestDatabase, world: World): Promise<void> {
  await withClient(database.login('admin'), (admin) =>
    admin.query(
      `begin; ${contextOf(world.book)};
       do $$
       declare
         period uuid;
       begin
         for period in
           select p.id from finance.fiscal_periods p where p.status <> 'closed' order by p.company_id, p.starts_on
         loop
           perform finance.close_period(period);
         end loop;
       end $$;
       commit`,
    ),
  );
}

describe('a ledger that anybody may do anything to, cut into parts meanwhile', () => {
  test(`says the same when its closed parts were archived, and when they came back, after ${runs} random histories`, {
    timeout: 600_000,
  }, async () => {
    const tally: Tally = new Map();
    process.stdout.write(`AIBOS_PROPERTY_SEED=${seed}\n`);
    await fc.assert(
      fc.asyncProperty(history, questions, fc.nat(), async (transactions, asked, cut) => {
        const database = await openDatabase();
        try {
          const world = await openWorld(database);
          const clients = await openClients(database);
          const half = 1 + (cut % transactions.length);
          const between = async (ended: number) => {
            if (ended === half) await endPart(database);
          };
          const past = await runAll(transactions, { world, clients, operations, tally, between });
          expect(await differences(database, world, past, asked)).toEqual([]);
          await closeEverything(database, world);
          await endPart(database);
          await withClient(database.login('migration'), async (archivist) => {
            await archivist.query(partMoves.archive);
            expect(await differencesByMonth(database, world, past)).toEqual([]);
            await archivist.query("select finance.archive_journal_part(2, 'all of it')");
            expect(await differencesByMonth(database, world, past)).toEqual([]);
            expect(await failingChecks(database)).toEqual([]);
            await archivist.query(partMoves.restore);
            await archivist.query("select finance.restore_journal_part(2, 'all of it')");
          });
          expect(await differences(database, world, past, asked)).toEqual([]);
        } finally {
          await database.drop();
        }
      }),
      { seed, numRuns: runs, interruptAfterTimeLimit: 540_000, markInterruptAsFailure: true },
    );
  });
});
