import pg from 'pg';
import { connect } from '../../support/clients.ts';
import type { TestDatabase } from '../../support/database.ts';
import { type Book, contextOf, levels } from '../books.ts';
import { closePeriods, foldBalances, type Guest, vandalize } from './guests.ts';
import { illegalOperations } from './illegal.ts';
import { legalOperations } from './legal.ts';
import type { Operation } from './operation.ts';
import { createDealer, createRandom, type Random } from './random.ts';
import { Tally } from './tally.ts';

/** How much weather. */
export interface Storm {
  readonly seed: string;
  readonly connections: number;
  /** How many transactions each connection tries; from 133 on it tries everything. */
  readonly transactions: number;
  /** Two tenants or more. */
  readonly books: readonly Book[];
}

/** Legal operations by weight, twice, and each illegal one once. */
const pack: readonly Operation[] = [
  ...legalOperations.flatMap((operation) =>
    Array.from({ length: 2 * operation.weight }, () => operation),
  ),
  ...illegalOperations,
];
const illegal = new Set(illegalOperations);

/** Lets the connections do what the seed says, all at once, with a closer, a folder and a vandal beside them. */
export async function rage(database: TestDatabase, storm: Storm): Promise<Tally> {
  const tally = new Tally();
  let isOver = false;
  const random = (name: string): Random => createRandom(`${storm.seed} ${name}`);
  const guest = async (name: string, config: pg.ClientConfig): Promise<Guest> => ({
    client: await connect(config),
    random: random(name),
    books: storm.books,
    tally,
    isOver: () => isOver,
  });
  const guests = [
    closePeriods(await guest('closer', database.admin)),
    foldBalances(await guest('folder', database.login('monitor'))),
    vandalize(await guest('vandal', database.admin)),
  ];
  const workers = Array.from({ length: storm.connections }, async (_, index) => {
    const client = await connect(database.login('finance'));
    const own = random(`connection ${index + 1}`);
    const deal = createDealer(own, pack);
    for (let n = 1; n <= storm.transactions && !isOver; n += 1) {
      await transact(client, own, storm, tally, `entry ${index + 1}.${n}`, deal());
    }
  });
  try {
    await Promise.all([
      ...guests,
      Promise.all(workers).finally(() => {
        isOver = true;
      }),
    ]);
  } finally {
    isOver = true;
  }
  return tally;
}

async function transact(
  client: pg.Client,
  random: Random,
  storm: Storm,
  tally: Tally,
  mark: string,
  operation: Operation,
): Promise<void> {
  const book = random.pick(storm.books);
  const foreign = random.pick(storm.books.filter((other) => other !== book));
  const known = tally.claims.filter((claim) => claim.tenantId === book.tenantId);
  const { kind } = operation;
  try {
    await client.query(`begin isolation level ${random.pick(levels)}; ${contextOf(book)}`);
    const effect = await operation.run({ client, random, book, foreign, mark, known });
    if (effect.isGivenUp === true) {
      await client.query('rollback');
      return;
    }
    if (effect.problem !== undefined) tally.violations.push(`${mark}, ${kind}: ${effect.problem}`);
    const { command } = await client.query('commit');
    if (command !== 'COMMIT') tally.violations.push(`${mark}, ${kind}: it ended by ${command}`);
    else if (illegal.has(operation)) tally.violations.push(`${mark}, ${kind}: it was accepted`);
    else tally.accept(kind, effect.claims ?? [], effect.replays ?? []);
  } catch (reason) {
    if (!(reason instanceof pg.DatabaseError)) throw reason;
    await client.query('rollback');
    const code = reason.code ?? '';
    tally.refuse(kind, code);
    if (code !== '40001' && !operation.codes.includes(code)) {
      tally.violations.push(`${mark}, ${kind}: ${code} ${reason.message}`);
    }
  }
}
