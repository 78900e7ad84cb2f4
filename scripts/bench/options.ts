import { parseArgs } from 'node:util';
import { type Major, supportedMajors } from '../../driver/server/index.ts';
import type { Statistics } from './compare.ts';

/** What to run and where to write it. */
export interface BenchOptions {
  readonly rows: readonly string[];
  readonly rounds: number;
  /** How much of the work to do: 1, or next to nothing for a smoke run. */
  readonly scale: number;
  readonly warmUp: number;
  readonly statistics: readonly Statistics[];
  readonly seed: number;
  readonly url: string | undefined;
  readonly major: Major | undefined;
  /** File for the JSON; the Markdown goes to standard output. */
  readonly out: string | undefined;
  /** Folder for the charts. */
  readonly charts: string | undefined;
  /** Checkout of pgledger, the peer that its row measures against. */
  readonly pgledger: string | undefined;
}

/** How to call the bench. */
export const usage = `Usage: npm run bench -- [options]

  --rows a,b       rows to run, of: %ROWS% (default all)
  --rounds n       rounds of each comparison (default 5)
  --statistics s   fresh, analysed or both (default both): what the planner knows of the tables that are written
  --quick          one round of very little work: shows that the bench runs, measures nothing
  --scale x        share of the transactions and rows (default 1); --rows integrity --scale 10 proves 10 M lines
  --major n        major version of the embedded server (default 18)
  --url URL        a server of yours instead; throwaway databases are made there and dropped again
  --seed n         seed of the drawn entries (default 1)
  --out FILE       write the JSON there
  --charts DIR     write SVG charts there: throughput by clients, cost by size of entry
  --pgledger PATH  a checkout of pgledger, for the row of that name, which is skipped without it
  --help
`;

/** An option that cannot be used, for people. */
export class UsageError extends Error {}

/** Reads the command line; undefined asks for help. @throws UsageError */
export function readOptions(
  args: readonly string[],
  knownRows: readonly string[],
): BenchOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const rows = values.rows?.split(',') ?? knownRows;
  const unknown = rows.find((row) => !knownRows.includes(row));
  if (unknown !== undefined) {
    throw new UsageError(`there is no row "${unknown}"; there are ${knownRows.join(', ')}`);
  }
  const quick = values.quick === true;
  return {
    rows,
    rounds: positive('rounds', values.rounds, quick ? 1 : 5, true),
    scale: positive('scale', values.scale, quick ? 0.002 : 1, false),
    warmUp: quick ? 1 : 20,
    statistics: readStatistics(values.statistics ?? (quick ? 'fresh' : 'both')),
    seed: positive('seed', values.seed, 1, true),
    url: values.url,
    major: readMajor(values.major),
    out: values.out,
    charts: values.charts,
    pgledger: values.pgledger,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rows: { type: 'string' },
        rounds: { type: 'string' },
        statistics: { type: 'string' },
        quick: { type: 'boolean' },
        scale: { type: 'string' },
        major: { type: 'string' },
        url: { type: 'string' },
        seed: { type: 'string' },
        out: { type: 'string' },
        charts: { type: 'string' },
        pgledger: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (reason) {
    throw new UsageError(reason instanceof Error ? reason.message : String(reason));
  }
}

function positive(
  name: string,
  text: string | undefined,
  byDefault: number,
  isWhole: boolean,
): number {
  const value = text === undefined ? byDefault : Number(text);
  if (!(value > 0) || !Number.isFinite(value) || (isWhole && !Number.isSafeInteger(value))) {
    throw new UsageError(`--${name} must be a positive ${isWhole ? 'whole ' : ''}number`);
  }
  return value;
}

function readStatistics(text: string): readonly Statistics[] {
  if (text === 'both') return ['fresh', 'analysed'];
  if (text === 'fresh' || text === 'analysed') return [text];
  throw new UsageError('--statistics must be fresh, analysed or both');
}

function readMajor(text: string | undefined): Major | undefined {
  if (text === undefined) return undefined;
  const major = supportedMajors.find((supported) => String(supported) === text);
  if (major === undefined) {
    throw new UsageError(`--major must be one of ${supportedMajors.join(', ')}`);
  }
  return major;
}
