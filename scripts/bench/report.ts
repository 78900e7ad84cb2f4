import type { Measured, Statistics } from './compare.ts';
import { cpuRatios, type Spread, spread, type Timing, throughputRatios } from './statistics.ts';

/** A whole run, as written to a file. */
export interface Report {
  /** ISO date and time of the start. */
  readonly date: string;
  readonly server: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly machine: string;
  readonly client: string;
  readonly rounds: number;
  /** Whether a checkpoint came before each round. */
  readonly checkpoints: boolean;
  readonly comparisons: readonly ComparisonReport[];
  /** Rows that were asked for and not run. */
  readonly skipped: readonly { readonly row: string; readonly reason: string }[];
  /** Round trips of one statement through the driver, counted on the wire; where that was possible. */
  readonly tripsPerStatement?: number | undefined;
}

/** One comparison under one state of the statistics. */
export interface ComparisonReport {
  readonly row: string;
  readonly title: string;
  readonly clients: number;
  readonly transactions: number;
  readonly synchronousCommit: string;
  readonly statistics: Statistics;
  /** Lines of each entry, where all have as many. */
  readonly lines?: number | undefined;
  /** What each variant had written in the end, found equal. */
  readonly written?: string | undefined;
  readonly variants: readonly VariantReport[];
}

/** The rounds of one variant, and its ratios to what it is measured against. */
export interface VariantReport {
  readonly name: string;
  readonly summary: string;
  /** Entries, rows or calls of one transaction. */
  readonly units: number;
  readonly rounds: readonly Timing[];
  /** Median of units per second; depends on the machine, so compare ratios instead. */
  readonly perSecond: number;
  readonly cpuMicrosPerUnit: number | undefined;
  readonly ratios: readonly RatioReport[];
}

/** A ratio to another variant: above 1 is faster, or cheaper, than that. */
export interface RatioReport {
  readonly against: string;
  readonly throughput: Spread;
  readonly cpu: Spread | undefined;
  /** The ratio to hold at least, where one is set. */
  readonly hold: number | undefined;
}

/** Sums a measured comparison up. */
export function reportOf(measured: Measured): ComparisonReport {
  const { comparison, statistics, transactions, variants } = measured;
  const unitsOf = (name: string) => {
    const found = variants.find(({ variant }) => variant.name === name);
    if (found === undefined) throw new Error(`${comparison.title}: no variant is named ${name}`);
    return { rounds: found.rounds, units: found.variant.units ?? 1 };
  };
  return {
    row: comparison.row,
    title: comparison.title,
    clients: comparison.clients,
    transactions,
    synchronousCommit: comparison.synchronousCommit,
    statistics,
    lines: comparison.lines,
    written: measured.written,
    variants: variants.map(({ variant, rounds }, index) => {
      const own = { rounds, units: variant.units ?? 1 };
      const first = comparison.variants[0]?.name ?? '';
      const against = variant.against ?? (index === 0 ? [] : [{ variant: first }]);
      const cpu = rounds.map(({ cpuMicros }) => cpuMicros);
      const read = cpu.filter((micros) => micros !== undefined);
      return {
        name: variant.name,
        summary: variant.summary,
        units: own.units,
        rounds,
        perSecond: spread(rounds.map(({ perSecond }) => perSecond * own.units)).median,
        cpuMicrosPerUnit:
          read.length === cpu.length
            ? spread(read.map((micros) => micros / own.units)).median
            : undefined,
        ratios: against.map(({ variant: name, hold }) => {
          const cpuSpread = cpuRatios(own, unitsOf(name));
          return {
            against: name,
            throughput: spread(throughputRatios(own, unitsOf(name))),
            cpu: cpuSpread === undefined ? undefined : spread(cpuSpread),
            hold,
          };
        }),
      };
    }),
  };
}
