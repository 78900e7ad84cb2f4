import pg from 'pg';
import { withClient } from '../demo/stage.ts';
import { TenantDb } from '../tenant-db.ts';
import { type Attacker, AttackSession } from './attempt.ts';
import { type Canary, Traces } from './canary.ts';
import { sqlCases } from './catalogue.ts';
import { demandsSignature } from './context.ts';
import { judge } from './judge.ts';
import { listen, listeningCase } from './listening.ts';
import type { CaseName, CaseResult, Outcome, Trial } from './model.ts';
import { foreignCount } from './pool.ts';
import { poolCases } from './pool-cases.ts';
import { isBase, readSurroundings, type Scene } from './scene.ts';
import { type ContextSigner, type HostileKeys, signerOf } from './signer.ts';
import { readTables } from './tables.ts';
import { Watcher } from './watcher.ts';

/** What is attacked, by whom, and who watches. */
export interface HostileTarget extends HostileKeys {
  /** The login under test. */
  readonly app: pg.ClientConfig;
  /** Sees the other tenant's rows; the login under test in that tenant's name where there is none. */
  readonly watcher?: pg.ClientConfig | undefined;
  /** A role to take on after connecting, for an administrator who has no password of the login. */
  readonly role?: string | undefined;
  readonly own: Canary;
  readonly other: Canary;
  readonly suspended?: Canary | undefined;
  /** Makes the driver of a pool; a `TenantDb` with the context key, where there is one, unless told otherwise. */
  readonly openDb?: ((pool: pg.Pool) => TenantDb) | undefined;
}

/** Which cases to run, and who is told of each result. */
export interface SuiteOptions {
  readonly cases?: ((name: CaseName) => boolean) | undefined;
  readonly onResult?: ((result: CaseResult) => void) | undefined;
}

/** What a run found. */
export interface SuiteReport {
  readonly login: string;
  readonly database: string;
  readonly server: string;
  readonly isSigned: boolean;
  readonly results: readonly CaseResult[];
  /** The other tenant's rows before and after. */
  readonly watched: { readonly rows: number; readonly unchanged: boolean };
}

/**
 * Tries every case on a database as the login under test, each in a transaction that is rolled back, and compares the other tenant's
 * rows before and after.
 * @throws FabricError IB936 where contexts must be signed and there is no signer; what the server says where one cannot connect.
 */
export async function runSuite(
  target: HostileTarget,
  { cases = () => true, onResult }: SuiteOptions = {},
): Promise<SuiteReport> {
  const config: pg.ClientConfig =
    target.role === undefined ? target.app : { ...target.app, options: `-c role=${target.role}` };
  return withClient(target.watcher ?? config, async (observer) => {
    const signer = signerOf(target);
    const watcher = new Watcher(observer, signer);
    const { scene, server, traces } = await setScene(target, config, watcher, signer);
    const bases = (await watcher.tables()).filter(isBase);
    const results: CaseResult[] = [];
    const tell = (name: CaseName, outcome: Outcome, trial?: Trial, steps?: readonly string[]) => {
      const { id, group, title, should } = name;
      const sent = steps ?? trial?.steps.map(stepText) ?? [];
      const result = { id, group, title, should, ...outcome, target: trial?.target, steps: sent };
      results.push(result);
      onResult?.(result);
    };
    if (cases(listeningCase)) {
      const writer = target.watcher === undefined ? undefined : observer;
      const holdings = scene.otherHoldings;
      const { other } = target;
      tell(listeningCase, await listen({ listener: config, writer, signer, other, holdings }));
    }
    // What was written to be heard is written by now.
    const before = await watcher.digest(target.other, bases);
    await attackBySql(scene, traces, attackerOf(scene, config, signer), cases, tell);
    await attackPool(scene, target, config, signer, cases, tell);
    const after = await watcher.digest(target.other, bases);
    const { login, database, isSigned } = scene;
    const watched = { rows: after.rows, unchanged: before.sha256 === after.sha256 };
    return { login, database, server, isSigned, results, watched };
  });
}

type Tell = (name: CaseName, outcome: Outcome, trial?: Trial, steps?: readonly string[]) => void;

async function setScene(
  target: HostileTarget,
  config: pg.ClientConfig,
  watcher: Watcher,
  signer: ContextSigner | undefined,
) {
  return withClient(config, async (client) => {
    const { own, other, suspended, retiredKey } = target;
    const surroundings = await readSurroundings(client);
    const isSigned = await demandsSignature(client, signer);
    const all = await readTables(client);
    const mine = await watcher.survey(own, all);
    const theirs = await watcher.survey(other, all);
    const { rows } = await client.query<{ server: string }>('select version() as server');
    const scene: Scene = {
      ...{ ...surroundings, own, other, suspended, isSigned, isAssumed: target.role !== undefined },
      ...{ tables: all.filter(isBase), views: all.filter(({ kind }) => /[vm]/.test(kind)) },
      ...{ ownHoldings: mine.holdings, otherHoldings: theirs.holdings },
      ...{ hasRetiredKey: retiredKey !== undefined, retiredKeyIds: await watcher.retiredKeyIds() },
    };
    const uuids = [...theirs.uuids].filter((uuid) => !mine.uuids.has(uuid) && !/^0{8}-/.test(uuid));
    return { scene, server: rows[0]?.server ?? '', traces: new Traces(other, uuids) };
  });
}

function attackerOf(
  { own, other, suspended, tables }: Scene,
  config: pg.ClientConfig,
  signer: ContextSigner | undefined,
): Attacker {
  const watched = tables.filter(({ readable, isPartition }) => readable && !isPartition);
  return { config, own, other, suspended, signer, watched };
}

async function attackBySql(
  scene: Scene,
  traces: Traces,
  attacker: Attacker,
  cases: (name: CaseName) => boolean,
  tell: Tell,
): Promise<void> {
  const session = new AttackSession(attacker);
  try {
    await session.remember();
    for (const hostile of sqlCases.filter(cases)) {
      const trials = hostile.trials(scene);
      if ('verdict' in trials) {
        tell(hostile, { verdict: trials.verdict, happened: trials.reason });
        continue;
      }
      for (const trial of trials) {
        const answer = await session.attempt(trial);
        const twin = trial.twin && (await session.attempt(trial, trial.twin));
        tell(hostile, judge(trial, answer, traces, twin), trial);
      }
    }
  } finally {
    await session.close();
  }
}

async function attackPool(
  scene: Scene,
  { contextKey, openDb }: HostileTarget,
  config: pg.ClientConfig,
  signer: ContextSigner | undefined,
  cases: (name: CaseName) => boolean,
  tell: Tell,
): Promise<void> {
  const countForeign = foreignCount(scene);
  for (const hostile of poolCases.filter(cases)) {
    if (typeof countForeign !== 'string') {
      tell(hostile, { verdict: countForeign.verdict, happened: countForeign.reason });
      continue;
    }
    const pool = new pg.Pool({ ...config, max: hostile.clients });
    pool.on('error', () => undefined);
    try {
      const db = openDb?.(pool) ?? new TenantDb(pool, contextKey && { contextKey });
      const outcome = await hostile.drive({ scene, pool, db, signer, countForeign });
      tell(hostile, outcome, undefined, hostile.steps);
    } catch (error) {
      const happened = error instanceof Error ? error.message : String(error);
      tell(hostile, { verdict: 'COULD NOT TRY', happened }, undefined, hostile.steps);
    } finally {
      await pool.end();
    }
  }
}

function stepText(step: Trial['steps'][number]): string {
  if (typeof step === 'string') return step;
  return 'token' in step
    ? `-- app.context_token := ${step.words}`
    : `-- as the ${step.enter} tenant`;
}
