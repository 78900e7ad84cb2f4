/** The middle of some figures with their extremes. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Memory of a backend in KiB: the most of its own, and the most with the shared buffers it touched since it started. */
export interface Memory {
  readonly ownKiB: number;
  readonly residentKiB: number;
}

/** What one round of one variant took: wall time, and server CPU where it could be read. */
export interface Timing {
  /** Transactions per second, over all clients. */
  readonly perSecond: number;
  /** Server CPU per transaction in microseconds. */
  readonly cpuMicros: number | undefined;
  /** Memory of the largest backend, where it was looked at and could be read. */
  readonly memory?: Memory | undefined;
}

/** The middle value; of an even number of values the mean of the two in the middle. Throws on none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('no values');
  return (lower + upper) / 2;
}

/** Median, minimum and maximum. Throws on none. */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Throughput of a variant over that of its baseline, round by round; 1 is as fast, units are entries per transaction. */
export function throughputRatios(
  variant: { readonly rounds: readonly Timing[]; readonly units: number },
  baseline: { readonly rounds: readonly Timing[]; readonly units: number },
): readonly number[] {
  return variant.rounds.map((round, index) => {
    const other = sameRound(baseline.rounds, index);
    return (round.perSecond * variant.units) / (other.perSecond * baseline.units);
  });
}

/** CPU of the baseline over that of a variant, round by round and per unit; 1 is as cheap, undefined where not all was read. */
export function cpuRatios(
  variant: { readonly rounds: readonly Timing[]; readonly units: number },
  baseline: { readonly rounds: readonly Timing[]; readonly units: number },
): readonly number[] | undefined {
  const ratios: number[] = [];
  for (const [index, round] of variant.rounds.entries()) {
    const other = sameRound(baseline.rounds, index);
    if (round.cpuMicros === undefined || other.cpuMicros === undefined) return undefined;
    ratios.push(other.cpuMicros / baseline.units / (round.cpuMicros / variant.units));
  }
  return ratios;
}

/** The variants in the order of a round: as given, and reversed in every second round. */
export function orderOfRound<T>(variants: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? variants : [...variants].reverse();
}

function sameRound(rounds: readonly Timing[], index: number): Timing {
  const round = rounds[index];
  if (round === undefined) throw new RangeError(`the baseline has no round ${index + 1}`);
  return round;
}
