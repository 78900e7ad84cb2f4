import pg from 'pg';

/** One statement of a transaction, prepared once per connection under its name. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** The part of `pg`'s connection that a transaction is written to. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: readonly unknown[] }): void;
  execute(): void;
  sync(): void;
}

/** Connects. A connection that breaks fails its query; nobody else needs to hear of it. */
export async function openClient(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** The process id of the backend of a client, or of a pool of one connection. */
export async function pidOf(client: pg.Client | pg.Pool): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

/**
 * Sends prepared statements under one Sync, so that they are one round trip and one transaction; answers are counted, not
 * decoded. Every variant of the bench that speaks SQL goes through here, so all pay the same in the client.
 */
export class PreparedConnection {
  readonly pid: number;
  readonly #client: pg.Client;
  readonly #statements: readonly PreparedStatement[];
  #isPrepared = false;

  private constructor(client: pg.Client, pid: number, statements: readonly PreparedStatement[]) {
    this.#client = client;
    this.pid = pid;
    this.#statements = statements;
  }

  /** Connects. */
  static async open(
    config: pg.ClientConfig,
    statements: readonly PreparedStatement[],
  ): Promise<PreparedConnection> {
    const client = await openClient(config);
    return new PreparedConnection(client, await pidOf(client), statements);
  }

  /** Runs one transaction; rejects with the error of the server. Takes the values of each statement, in order. */
  run(values: readonly (readonly (string | number)[])[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const statements = this.#statements;
      const isPrepared = this.#isPrepared;
      this.#isPrepared = true;
      const exchange = {
        submit: (connection: pg.Connection) => {
          const wire = connection as unknown as Wire;
          wire.stream.cork();
          for (const [index, { name, text }] of statements.entries()) {
            if (!isPrepared) wire.parse({ name, text });
            wire.bind({ statement: name, values: (values[index] ?? []).map(String) });
            wire.execute();
          }
          wire.sync();
          wire.stream.uncork();
        },
        handleReadyForQuery: () => resolve(),
        handleError: (error: unknown) => reject(error),
        ...ignored,
      };
      this.#client.query(exchange);
    });
  }

  /** Disconnects. */
  async close(): Promise<void> {
    await this.#client.end();
  }
}

const nothing = (): void => {};
const ignored = {
  handleRowDescription: nothing,
  handleDataRow: nothing,
  handleCommandComplete: nothing,
  handleEmptyQuery: nothing,
  handlePortalSuspended: nothing,
};
