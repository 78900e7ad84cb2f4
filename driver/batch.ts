import type { EventEmitter } from 'node:events';
import { FabricError, isServerError } from './errors.ts';
import { type Parser, parserFor } from './parsers.ts';
import type { Statement } from './statements.ts';

/** The rows that came back, and the command tags. */
export interface Answer {
  readonly rows: Record<string, unknown>[];
  readonly tags: readonly string[];
}

/** What a batch returns: the rows of its last statement and the command tags of all. */
export interface BatchResult extends Answer {
  /** The answer of each statement whose rows were asked for. */
  readonly each: readonly Answer[];
}

/** The calls of `pg`'s connection that a batch makes. */
interface Wire extends EventEmitter {
  readonly stream: { cork?(): void; uncork?(): void };
  parse(message: { text: string }): void;
  bind(message: { values: readonly unknown[] }): void;
  describe(message: { type: 'P' }): void;
  execute(): void;
  sync(): void;
  sendCopyFail(reason: string): void;
}

/** Whether a client speaks the wire protocol itself, one query at a time: the native binding and pipelining clients do not. */
export function takesBatches(client: object): boolean {
  return (
    'connection' in client &&
    isWire(client.connection) &&
    'getTransactionStatus' in client &&
    !('pipeline' in client && client.pipeline === true)
  );
}

function isWire(connection: unknown): connection is Wire {
  return (
    typeof connection === 'object' &&
    connection !== null &&
    ['parse', 'bind', 'describe', 'execute', 'sync', 'once'].every(
      (call) => typeof Reflect.get(connection, call) === 'function',
    )
  );
}

/**
 * Several statements sent at once under one Sync: one round trip, and outside a transaction block one implicit transaction.
 * Only unnamed statements, so any pooler may stand between. A submittable of `pg`: hand it to `client.query`.
 */
export class Batch {
  /** Called once at the end, for the read timeout that `pg` keeps. */
  callback: ((error: Error | null, result?: BatchResult) => void) | undefined;
  /** Settles when the server is ready again, or the connection is gone. */
  readonly done: Promise<BatchResult>;
  readonly tags: string[] = [];
  readonly #statements: readonly Statement[];
  readonly #mayStart: () => boolean;
  readonly #described: number;
  readonly #each: Answer[] = [];
  #rows: Record<string, unknown>[] = [];
  #columns: readonly { readonly name: string; readonly parse: Parser }[] | undefined;
  #blank: Record<string, unknown> = {};
  #unreadable: unknown;
  #sent = false;
  #settle: (error: unknown) => void = () => undefined;

  /** @param described place of the first statement whose rows are asked for; the last one alone unless told otherwise. */
  constructor(
    statements: readonly Statement[],
    mayStart: () => boolean = () => true,
    described: number = statements.length - 1,
  ) {
    this.#statements = statements;
    this.#mayStart = mayStart;
    this.#described = described;
    this.done = new Promise((resolve, reject) => {
      this.#settle = (error) => {
        this.#settle = () => undefined;
        const result = { rows: this.#each.at(-1)?.rows ?? [], tags: this.tags, each: this.#each };
        if (error === undefined) resolve(result);
        else reject(error);
        this.callback?.(error instanceof Error ? error : null, result);
      };
    });
  }

  /** Whether anything left for the server. */
  get sent(): boolean {
    return this.#sent;
  }

  submit(connection: object): Error | null {
    if (!isWire(connection)) return new Error('the client cannot send batches');
    if (!this.#mayStart()) return new OpenTransactionError();
    this.#sent = true;
    connection.stream.cork?.();
    try {
      this.#statements.forEach((statement, index) => {
        connection.parse({ text: statement.text });
        connection.bind({ values: statement.values });
        if (index >= this.#described) connection.describe({ type: 'P' });
        connection.execute();
      });
      connection.sync();
    } finally {
      connection.stream.uncork?.();
    }
    return null;
  }

  handleRowDescription(message: { fields: readonly { name: string; dataTypeID: number }[] }): void {
    const columns = message.fields.map(({ name, dataTypeID }) => ({
      name,
      parse: parserFor(dataTypeID),
    }));
    this.#columns = columns;
    this.#blank = Object.fromEntries(columns.map(({ name }) => [name, null]));
  }

  handleDataRow(message: { fields: readonly (string | null)[] }): void {
    const columns = this.#columns;
    if (columns === undefined) return;
    const row = { ...this.#blank };
    try {
      message.fields.forEach((text, index) => {
        const column = columns[index];
        if (text !== null && column !== undefined) row[column.name] = column.parse(text);
      });
      this.#rows.push(row);
    } catch (error) {
      this.#unreadable ??= error;
    }
  }

  handleCommandComplete(message: { text: string }): void {
    if (this.tags.push(message.text) > this.#described) {
      this.#each.push({ rows: this.#rows, tags: [message.text] });
    }
    this.#rows = [];
    this.#columns = undefined;
  }

  handleReadyForQuery(): void {
    this.#settle(this.#unreadable);
  }

  /** Called by `pg` for an error of the server, which a ready message follows, or of the connection, which nothing follows. */
  handleError(error: unknown, connection: unknown): void {
    if (!this.#sent || !isServerError(error) || !isWire(connection)) {
      this.#settle(error);
      return;
    }
    const finish = () => {
      connection.off('readyForQuery', finish);
      connection.off('end', finish);
      this.#settle(error);
    };
    connection.once('readyForQuery', finish);
    connection.once('end', finish);
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: unknown): void {
    if (isWire(connection)) connection.sendCopyFail('the driver sends no copy data');
  }

  handleCopyData(): void {}
}

/** A client came out of the pool inside somebody's transaction. */
export class OpenTransactionError extends FabricError {
  constructor() {
    super('IB922', 'the connection was inside a transaction that somebody left open', {
      detail: 'It was closed, and nothing was sent on it.',
      hint: 'End every transaction before its client is released to the pool.',
      retryable: true,
    });
  }
}
