import { openAll, runAll, timed } from './crew.ts';
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
  /** What every variant had written in the end; undefined where they only read. */
  readonly written?: string | undefined;
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
    const written = await effectOf(stage, comparison, databases);
    return measured.map((each) => ({ ...each, written }));
  } finally {
    for (const database of made) await stage.drop(database);
  }
}

/** What the variants wrote. @throws unless it is the same for all. */
async function effectOf(
  stage: Stage,
  comparison: Comparison,
  databases: ReadonlyMap<Variant, string>,
): Promise<string | undefined> {
  let first: string | undefined;
  for (const [variant, database] of databases) {
    if (variant.effect === undefined) continue;
    const effect = await stage.ask(database, variant.effect);
    first ??= effect;
    if (effect !== first) {
      throw new Error(`${comparison.title}: ${variant.name} wrote ${effect}, others ${first}`);
    }
  }
  return first;
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
      await runAll(sessions, comparison.warmUp ?? options.warmUp, options.seed);
    }
    for (let round = 0; round < options.rounds; round += 1) {
      options.progress(
        `${comparison.title}, ${state.statistics}: round ${round + 1} of ${options.rounds}`,
      );
      await stage.checkpoint();
      for (const variant of orderOfRound(comparison.variants, round)) {
        const timing = await timed(crews.get(variant) ?? [], each, {
          seed: options.seed + 1 + round,
          watchesMemory: comparison.watchesMemory === true,
        });
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
