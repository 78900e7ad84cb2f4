import pg from 'pg';
import { FabricError } from '../errors.ts';
import { TenantDb } from '../tenant-db.ts';
import { type Attacker, AttackSession } from './attempt.ts';
import { type Canary, Traces } from './canary.ts';
import { sqlCases } from './catalogue.ts';
import { acceptsUnsigned, type ContextSigner } from './context.ts';
import { judge } from './judge.ts';
import type { CaseName, CaseResult, Outcome, Trial } from './model.ts';
import { foreignCount } from './pool.ts';
import { poolCases } from './pool-cases.ts';
import { isBase, readSurroundings, type Scene } from './scene.ts';
import { readTables } from './tables.ts';
import { Watcher } from './watcher.ts';

/** What is attacked, by whom, and who watches. */
export interface HostileTarget {
  /** The login under test. */
  readonly app: pg.ClientConfig;
  /** Sees the other tenant's rows; the login under test in that tenant's name where there is none. */
  readonly watcher?: pg.ClientConfig | undefined;
  /** A role to take on after connecting, for an administrator who has no password of the login. */
  readonly role?: string | undefined;
  readonly own: Canary;
  readonly other: Canary;
  readonly suspended?: Canary | undefined;
  readonly signer?: ContextSigner | undefined;
  /** Makes the driver of a pool; an unsigned `TenantDb` unless told otherwise. */
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
    const watcher = new Watcher(observer, target.signer);
    const { scene, server, traces } = await setScene(target, config, watcher);
    const bases = (await watcher.tables()).filter(isBase);
    const before = await watcher.digest(target.other, bases);
    const results: CaseResult[] = [];
    const tell = (name: CaseName, outcome: Outcome, trial?: Trial, steps?: readonly string[]) => {
      const { id, group, title, should } = name;
      const sent = steps ?? trial?.steps.map(stepText) ?? [];
      const result = { id, group, title, should, ...outcome, target: trial?.target, steps: sent };
      results.push(result);
      onResult?.(result);
    };
    await attackBySql(scene, traces, attackerOf(target, config, scene), cases, tell);
    await attackPool(scene, target, config, cases, tell);
    const after = await watcher.digest(target.other, bases);
    const { login, database, isSigned } = scene;
    const watched = { rows: after.rows, unchanged: before.sha256 === after.sha256 };
    return { login, database, server, isSigned, results, watched };
  });
}

type Tell = (name: CaseName, outcome: Outcome, trial?: Trial, steps?: readonly string[]) => void;

async function setScene(target: HostileTarget, config: pg.ClientConfig, watcher: Watcher) {
  return withClient(config, async (client) => {
    const { own, other, suspended, signer } = target;
    const surroundings = await readSurroundings(client);
    const isSigned = !(await acceptsUnsigned(client, own));
    if (isSigned && signer === undefined) {
      throw new FabricError('IB936', 'the database does not accept a context that is not signed', {
        hint: 'Pass the context key that is installed there.',
      });
    }
    const all = await readTables(client);
    const mine = await watcher.survey(own, all);
    const theirs = await watcher.survey(other, all);
    const { rows } = await client.query<{ server: string }>('select version() as server');
    const scene: Scene = {
      ...{ ...surroundings, own, other, suspended, isSigned, isAssumed: target.role !== undefined },
      ...{ tables: all.filter(isBase), views: all.filter(({ kind }) => /[vm]/.test(kind)) },
      ...{ ownHoldings: mine.holdings, otherHoldings: theirs.holdings },
      token: signer === undefined ? undefined : await signer.sign(own),
    };
    const uuids = [...theirs.uuids].filter((uuid) => !mine.uuids.has(uuid) && !/^0{8}-/.test(uuid));
    return { scene, server: rows[0]?.server ?? '', traces: new Traces(other, uuids) };
  });
}

function attackerOf(target: HostileTarget, config: pg.ClientConfig, scene: Scene): Attacker {
  const { own, other, signer } = target;
  const watched = scene.tables.filter(({ readable, isPartition }) => readable && !isPartition);
  return { config, own, other, signer, watched };
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
  { signer, openDb = (pool) => new TenantDb(pool) }: HostileTarget,
  config: pg.ClientConfig,
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
      const outcome = await hostile.drive({ scene, pool, db: openDb(pool), signer, countForeign });
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
  return typeof step === 'string' ? step : `-- as the ${step.enter} tenant`;
}

async function withClient<T>(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
