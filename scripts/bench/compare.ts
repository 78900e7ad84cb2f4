import { performance } from 'node:perf_hooks';
import { cpuOfBackends, isVisible } from './cpu.ts';
import { drawFrom } from './random.ts';
import type { Stage } from './stage.ts';
import { orderOfRound, type Timing } from './statistics.ts';
import type { Comparison, Session, Variant } from './variant.ts';

/** What the planner knows of the tables: nothing (a fresh installation), or what ANALYZE found after some rounds. */
export type Statistics = 'fresh' | 'analysed';

/** How a comparison is run. */
export interface RunOptions {
  readonly rounds: number;
  /** Transactions of each client before anything is timed, so that plans and caches are made. */
  readonly warmUp: number;
  readonly statistics: readonly Statistics[];
  readonly seed: number;
  /** Told before each round, for people. */
  readonly progress: (line: string) => void;
}

/** The rounds of one comparison under one state of the statistics. */
export interface Measured {
  readonly comparison: Comparison;
  readonly statistics: Statistics;
  /** Transactions of each variant in each round, over all clients. */
  readonly transactions: number;
  readonly variants: readonly { readonly variant: Variant; readonly rounds: readonly Timing[] }[];
}

/** Runs the rounds of a comparison: interleaved, in an order reversed every second round, after a checkpoint each. */
export async function measure(
  stage: Stage,
  comparison: Comparison,
  options: RunOptions,
): Promise<readonly Measured[]> {
  const databases = new Map<Variant, string>();
  const made: string[] = [];
  try {
    for (const variant of comparison.variants) {
      const shared = comparison.writes ? undefined : made[0];
      const database = shared ?? (await stage.fork());
      databases.set(variant, database);
      if (shared !== undefined) continue;
      made.push(database);
      for (const sql of comparison.prepare ?? []) await stage.administer(database, sql);
    }
    const measured: Measured[] = [];
    // What is only read was analysed when it was filled.
    const states = comparison.writes ? options.statistics : (['analysed'] as const);
    for (const statistics of states) {
      if (statistics === 'analysed') {
        for (const database of made) await stage.administer(database, 'analyze');
      }
      measured.push(await measureOnce(stage, comparison, options, { databases, statistics }));
    }
    return measured;
  } finally {
    for (const database of made) await stage.drop(database);
  }
}

async function measureOnce(
  stage: Stage,
  comparison: Comparison,
  options: RunOptions,
  state: {
    readonly databases: ReadonlyMap<Variant, string>;
    readonly statistics: Statistics;
  },
): Promise<Measured> {
  const settings = {
    synchronous_commit: comparison.synchronousCommit,
    ...comparison.settings,
  };
  const each = Math.ceil(comparison.transactions / comparison.clients);
  const crews = new Map<Variant, readonly Session[]>();
  const timings = new Map<Variant, Timing[]>();
  try {
    for (const [variant, database] of state.databases) {
      const config = stage.application(database, settings);
      const sessions = await openAll(variant, comparison.clients, config);
      crews.set(variant, sessions);
      timings.set(variant, []);
      await runAll(sessions, options.warmUp, options.seed);
    }
    for (let round = 0; round < options.rounds; round += 1) {
      options.progress(
        `${comparison.title}, ${state.statistics}: round ${round + 1} of ${options.rounds}`,
      );
      await stage.checkpoint();
      for (const variant of orderOfRound(comparison.variants, round)) {
        const timing = await timed(crews.get(variant) ?? [], each, options.seed + 1 + round);
        timings.get(variant)?.push(timing);
      }
    }
  } finally {
    for (const sessions of crews.values()) {
      for (const session of sessions) await session.close();
    }
  }
  return {
    comparison,
    statistics: state.statistics,
    transactions: each * comparison.clients,
    variants: comparison.variants.map((variant) => ({
      variant,
      rounds: timings.get(variant) ?? [],
    })),
  };
}

async function openAll(
  variant: Variant,
  clients: number,
  config: Parameters<Variant['open']>[0],
): Promise<readonly Session[]> {
  const sessions: Session[] = [];
  for (let client = 0; client < clients; client += 1) sessions.push(await variant.open(config));
  return sessions;
}

async function timed(sessions: readonly Session[], each: number, seed: number): Promise<Timing> {
  const pids = sessions.map(({ pid }) => pid);
  const visible = pids.every(isVisible);
  const cpuBefore = visible ? cpuOfBackends(pids) : undefined;
  const start = performance.now();
  await runAll(sessions, each, seed);
  const seconds = (performance.now() - start) / 1000;
  const cpuAfter = visible ? cpuOfBackends(pids) : undefined;
  const transactions = each * sessions.length;
  return {
    perSecond: transactions / seconds,
    cpuMicros:
      cpuBefore === undefined || cpuAfter === undefined
        ? undefined
        : (cpuAfter - cpuBefore) / transactions,
  };
}

/** Every client draws from a seed of its own, the same for each variant: all do the same work. */
async function runAll(sessions: readonly Session[], each: number, seed: number): Promise<void> {
  await Promise.all(
    sessions.map(async (session, client) => {
      const draw = drawFrom(seed * 1000 + client);
      for (let done = 0; done < each; done += 1) await session.run(draw);
    }),
  );
}
