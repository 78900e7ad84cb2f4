import pg from 'pg';
import { connect } from './clients.ts';
import type { TestDatabase } from './database.ts';

const limitMs = 30_000;

/** A statement under way in a {@link Session}. */
export interface Step {
  /**
   * Resolves as soon as the server reports that the statement waits for a lock, held by `by` if that is
   * given; rejects when the statement ends instead.
   */
  blocked(by?: Session): Promise<void>;
  /** Resolves with its result; rejects with the error of the server. */
  result(): Promise<pg.QueryResult>;
  /** Resolves with the error of the server; rejects when the statement succeeds. */
  refusal(): Promise<pg.DatabaseError>;
}

/** A named connection whose statements a test interleaves with those of others. */
export class Session {
  readonly name: string;
  /** The process id of its backend. */
  readonly pid: number;
  readonly client: pg.Client;
  readonly #observer: pg.Client;

  constructor(name: string, pid: number, client: pg.Client, observer: pg.Client) {
    this.name = name;
    this.pid = pid;
    this.client = client;
    this.#observer = observer;
  }

  /** Runs a statement to its end. */
  run(sql: string, values: unknown[] = []): Promise<pg.QueryResult> {
    return this.start(sql, values).result();
  }

  /** Sends a statement and returns at once. */
  start(sql: string, values: unknown[] = []): Step {
    let ended = false;
    const outcome = this.client.query(sql, values).finally(() => {
      ended = true;
    });
    // A test may look at another session first; the rejection is not lost, result() repeats it.
    outcome.catch(() => {});
    return {
      blocked: (by) => this.#untilBlocked(sql, () => ended, by),
      result: () => outcome,
      refusal: () => this.#refusalOf(sql, outcome),
    };
  }

  async #untilBlocked(sql: string, hasEnded: () => boolean, by?: Session): Promise<void> {
    const began = performance.now();
    while (performance.now() - began < limitMs) {
      const { rows } = await this.#observer.query<{ blockers: number[] }>(
        'select pg_blocking_pids($1) as blockers',
        [this.pid],
      );
      if (hasEnded()) throw new Error(`${this.name} was not blocked, it ended: ${sql}`);
      const blockers = rows[0]?.blockers ?? [];
      if (by === undefined ? blockers.length > 0 : blockers.includes(by.pid)) return;
    }
    throw new Error(`${this.name} neither ended nor waited for ${by?.name ?? 'a lock'}: ${sql}`);
  }

  async #refusalOf(sql: string, outcome: Promise<pg.QueryResult>): Promise<pg.DatabaseError> {
    const reason = await outcome.then(
      () => new Error(`${this.name} was not refused: ${sql}`),
      (error: unknown) => error,
    );
    if (reason instanceof pg.DatabaseError) return reason;
    throw reason;
  }
}

/** Opens one session for each name; they are closed when the test file ends. */
export async function openSessions<Name extends string>(
  database: TestDatabase,
  configs: Readonly<Record<Name, pg.ClientConfig>>,
): Promise<Record<Name, Session>> {
  const observer = await connect(database.admin);
  const names = Object.keys(configs) as Name[];
  const sessions = await Promise.all(
    names.map(async (name) => {
      const client = await connect({ ...configs[name], application_name: name });
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      return [name, new Session(name, rows[0]?.pid ?? 0, client, observer)] as const;
    }),
  );
  return Object.fromEntries(sessions) as Record<Name, Session>;
}

/** A meeting point: every call of the returned function waits until `parties` calls have been made. */
export function createBarrier(parties: number): () => Promise<void> {
  let arrived = 0;
  let release = (): void => {};
  let gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  return () => {
    arrived += 1;
    const current = gate;
    if (arrived === parties) {
      release();
      arrived = 0;
      gate = new Promise<void>((resolve) => {
        release = resolve;
      });
    }
    return current;
  };
}
