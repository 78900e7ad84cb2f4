import type pg from 'pg';
import type { Draw } from './random.ts';
import { PreparedConnection, type PreparedStatement } from './wire.ts';

/** One connection that runs one transaction after another. */
export interface Session {
  /** The backend, for its CPU. */
  readonly pid: number;
  /** Runs one transaction drawn at random; rejects with the error of the server. */
  run(draw: Draw): Promise<void>;
  close(): Promise<void>;
}

/** A variant to measure against, and the ratio to hold at least. */
export interface Measure {
  readonly variant: string;
  readonly hold?: number;
}

/** One way to do the work of a comparison. */
export interface Variant {
  readonly name: string;
  /** What it does, for people. */
  readonly summary: string;
  /** Entries, rows or calls that one run of it counts for; default 1. */
  readonly units?: number;
  /** What it is measured against; default the first variant of the comparison, which itself has none. */
  readonly against?: readonly Measure[];
  /** Query whose one value says what was written; it must be the same for all variants of a comparison. */
  readonly effect?: string;
  /** Opens one connection to the database of the variant. */
  open(config: pg.ClientConfig): Promise<Session>;
}

/** Variants that run beside each other, each with the same number of transactions. */
export interface Comparison {
  /** The key for `--rows`. */
  readonly row: string;
  readonly title: string;
  readonly clients: number;
  /** Transactions of each variant in each round, over all clients. */
  readonly transactions: number;
  /** Transactions of each client before the first round, where they take so long that the usual number is too much. */
  readonly warmUp?: number;
  /** Lines of each entry, for the chart. */
  readonly lines?: number;
  /** Whether the memory of the backends is looked at while they work. */
  readonly watchesMemory?: boolean;
  readonly synchronousCommit: 'on' | 'off';
  /** Whether each variant writes and so needs a database of its own, to keep the tables of equal size. */
  readonly writes: boolean;
  /** Statements for the database before anything is measured, run by the administrator. */
  readonly prepare?: readonly string[];
  /** Other session settings. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly variants: readonly Variant[];
}

/** Draws the values of each statement of a transaction. */
export type StatementValues = (draw: Draw) => readonly (readonly (string | number)[])[];

/** A variant that sends the same prepared statements in each transaction, with values drawn for it. */
export function sqlVariant(
  facts: Omit<Variant, 'open'>,
  statements: readonly PreparedStatement[],
  values: StatementValues,
): Variant {
  return {
    ...facts,
    open: async (config) => {
      const connection = await PreparedConnection.open(config, statements);
      return {
        pid: connection.pid,
        run: (draw) => connection.run(values(draw)),
        close: () => connection.close(),
      };
    },
  };
}
