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

/** The report as Markdown: what ran where, then one line per ratio. */
export function markdownOf(report: Report): string {
  const settings = Object.entries(report.settings).map(([name, value]) => `${name} = ${value}`);
  const lines = [
    `- Date: ${report.date}`,
    `- Server: ${report.server}`,
    `- Settings: ${settings.join(', ')}`,
    `- Machine: ${report.machine}; client: ${report.client}, on the same machine as the server unless a URL says otherwise`,
    `- Rounds: ${report.rounds}; checkpoint before each: ${report.checkpoints ? 'yes' : 'no, the role may not'}`,
    ...(report.tripsPerStatement === undefined
      ? []
      : [
          `- Round trips of one statement through the driver, counted: ${report.tripsPerStatement}`,
        ]),
    '',
    '| load | statistics | transactions | variant | against | throughput ratio | CPU ratio | hold at least |',
    '|---|---|---|---|---|---|---|---|',
  ];
  for (const { title, statistics, transactions, variants } of report.comparisons) {
    for (const { name, ratios } of variants) {
      for (const { against, throughput, cpu, hold } of ratios) {
        const cells = [
          ...[title, statistics, String(transactions), name, against],
          ...[written(throughput), cpu === undefined ? 'not read' : written(cpu)],
          ...[hold === undefined ? '' : verdict(hold, throughput, cpu)],
        ];
        lines.push(`| ${cells.join(' | ')} |`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

function written({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} [${min.toFixed(2)}–${max.toFixed(2)}]`;
}

/** Missed on both is missed; on one alone it is open, since a busy machine disturbs throughput. */
function verdict(hold: number, throughput: Spread, cpu: Spread | undefined): string {
  const held = [throughput, ...(cpu === undefined ? [] : [cpu])].map(
    ({ median }) => median >= hold - 0.005,
  );
  const word = held.every(Boolean) ? 'held' : held.some(Boolean) ? 'held on one' : 'missed';
  return `${hold} ${word}`;
}
