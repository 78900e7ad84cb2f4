import pg from 'pg';
import { contextOf } from '../books.ts';
import { Dice } from './dice.ts';
import { Model } from './model.ts';
import type { Attempt, Operation, Row, SessionName } from './operation.ts';
import type { World } from './world.ts';

/** One step of a transaction: an operation and the choices it makes. */
export interface Step {
  /** Its name, which is what a failure shows. */
  readonly operation: string;
  readonly draws: readonly number[];
}

/** Steps that commit or vanish together. */
export interface Transaction {
  readonly session: SessionName;
  readonly steps: readonly Step[];
  readonly commits: boolean;
}

/** What was done in all runs: `name: code or ok` → how often. */
export type Tally = Map<string, number>;

/** The books after a run, and the time at which each transaction had ended, by its number. */
export interface History {
  readonly model: Model;
  readonly endedAt: readonly string[];
}

/** Where transactions run, and what they may be made of. */
export interface Setting {
  readonly world: World;
  readonly clients: Readonly<Record<SessionName, pg.Client>>;
  readonly operations: readonly Operation[];
  readonly tally: Tally;
  /** Called when so many transactions have ended. */
  readonly between?: (ended: number) => Promise<void>;
}

/** Runs transactions one after another, each in its session. @throws Error at the first step that goes otherwise than the model says. */
export async function runAll(
  transactions: readonly Transaction[],
  { world, clients, operations, tally, between }: Setting,
): Promise<History> {
  let model = new Model();
  const endedAt: string[] = [];
  for (const [number, { session, steps, commits }] of transactions.entries()) {
    const client = clients[session];
    const copy = model.copy(number + 1);
    const user = world.users[session];
    await client.query(`begin; ${contextOf({ ...world.book, userId: user })}`);
    try {
      for (const { operation: name, draws } of steps) {
        const operation = operations.find((known) => known.name === name);
        if (operation === undefined) throw new Error(`there is no operation ${name}`);
        const dice = new Dice(draws);
        const attempt = operation.plan({ world, model: copy, dice, session, user });
        if (attempt === null) continue;
        await tryOut(client, name, attempt);
        const what = `${name}: ${attempt.refusedWith ?? 'ok'}`;
        tally.set(what, (tally.get(what) ?? 0) + 1);
      }
      await client.query(commits ? 'commit' : 'rollback');
      if (commits) model = copy;
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
    const { rows } = await client.query<{ now: string }>('select clock_timestamp()::text as now');
    endedAt.push(rows[0]?.now ?? '');
    await between?.(endedAt.length);
  }
  return { model, endedAt };
}

async function tryOut(client: pg.Client, name: string, attempt: Attempt): Promise<void> {
  const { sql, values, afterwards, refusedWith } = attempt;
  await client.query('savepoint step');
  let rows: readonly Row[] = [];
  let code: string | null = null;
  let message = 'it went through';
  try {
    rows = (await client.query<Row>(sql, [...values])).rows;
    if (afterwards !== undefined) await client.query(afterwards);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    code = error.code ?? '';
    message = `${error.code} ${error.message}, ${error.detail ?? ''}`;
  }
  if (code !== refusedWith) {
    const shown = JSON.stringify(values, (_, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    throw new Error(
      `${name}: expected ${refusedWith ?? 'success'}, but ${message}\n${sql}\n${shown}`,
    );
  }
  if (code === null) {
    attempt.apply?.(rows);
    await client.query('release savepoint step');
  } else {
    await client.query('rollback to savepoint step; release savepoint step');
  }
}
