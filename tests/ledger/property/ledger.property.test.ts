import fc from 'fast-check';
import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../support/clients.ts';
import { openDatabase, type TestDatabase } from '../../support/database.ts';
import { differences } from './compare.ts';
import { history, openClients, operations, questions, seed } from './histories.ts';
import type { Operation, SessionName } from './operation.ts';
import { runAll, type Tally, type Transaction } from './run.ts';
import { openWorld } from './world.ts';

const runs = Number(process.env.AIBOS_PROPERTY_RUNS ?? 50);

let database: TestDatabase;
let clients: Record<SessionName, pg.Client>;

beforeAll(async () => {
  database = await openDatabase();
  clients = await openClients(database);
});

describe('a ledger that anybody may do anything to', () => {
  test(`is what an independent model says, after ${runs} random histories`, {
    timeout: 600_000,
  }, async () => {
    const tally: Tally = new Map();
    process.stdout.write(`AIBOS_PROPERTY_SEED=${seed}\n`);
    await fc.assert(
      fc.asyncProperty(history, questions, async (transactions, asked) => {
        const world = await openWorld(database);
        const past = await runAll(transactions, { world, clients, operations, tally });
        expect(await differences(database, world, past, asked)).toEqual([]);
      }),
      { seed, numRuns: runs, interruptAfterTimeLimit: 540_000, markInterruptAsFailure: true },
    );
    const total = [...tally.values()].reduce((sum, times) => sum + times, 0);
    process.stdout.write(`${runs} histories, ${total} steps\n`);
    // Every operation had its turn, or the histories prove less than they seem to.
    const tried = new Set([...tally.keys()].map((what) => what.split(': ')[0]));
    expect(operations.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });
});

describe('the comparison with the model', () => {
  const sale: Transaction = {
    session: 'clerk',
    steps: [
      { operation: 'post by function', draws: [2, 3] },
      { operation: 'make a draft', draws: [2, 3] },
      { operation: 'make a payment', draws: [] },
      { operation: 'post foreign amounts', draws: [2, 3] },
    ],
    commits: true,
  };
  const settingOf = async (own: TestDatabase) => ({
    ...{ world: await openWorld(own), clients: await openClients(own) },
    ...{ operations, tally: new Map() },
  });

  test('has nothing to say of empty books', async () => {
    const setting = await settingOf(database);
    const past = await runAll([], setting);
    expect(await differences(database, setting.world, past, [])).toEqual([]);
  });

  test.each([
    ['a line that was changed', 'journal_lines', 'set account_id = $2'],
    ['an entry that was redated', 'journal_entries', `set entry_date = '2026-03-05'`],
    ['an entry that was told otherwise', 'journal_entries', `set description = 'a gift'`],
    ['a draft that was redated', 'journal_drafts', `set entry_date = '2026-03-05'`],
    ['a line of a draft that was changed', 'journal_draft_lines', 'set line_no = line_no + 2'],
    ['a payment that was raised', 'payments', 'set amount_cents = amount_cents + 1'],
    [
      'an amount in euro that was changed',
      'journal_lines',
      `set base_debit_cents = base_debit_cents + sign(debit_cents)::bigint,
        base_credit_cents = base_credit_cents + sign(credit_cents)::bigint`,
    ],
  ])('finds %s behind the back of the guards', async (_, table, change) => {
    const own = await openDatabase();
    const setting = await settingOf(own);
    const past = await runAll([sale, sale], setting);
    const asked = [{ asOf: '2026-03-04', from: '2026-03-01', knownAt: 0 }];
    expect(await differences(own, setting.world, past, asked)).toEqual([]);
    const { tenantId, accounts } = setting.world.book;
    const superuser = await connect(own.admin);
    await superuser.query(`alter table finance.${table} disable trigger all`);
    await superuser.query(
      `update finance.${table} ${change} where tenant_id = $1`,
      change.includes('$2') ? [tenantId, accounts.kept] : [tenantId],
    );
    expect(await differences(own, setting.world, past, asked)).not.toEqual([]);
  });

  test('stops at a step that goes otherwise than the model says', async () => {
    const setting = await settingOf(database);
    const wrong = operations.map(
      (operation): Operation => ({
        ...operation,
        plan: (moment) => {
          const attempt = operation.plan(moment);
          return attempt && { ...attempt, refusedWith: 'IB201' };
        },
      }),
    );
    await expect(runAll([sale], { ...setting, operations: wrong })).rejects.toThrow(
      'post by function: expected IB201, but it went through',
    );
  });
});
