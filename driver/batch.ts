import type { EventEmitter } from 'node:events';
import { FabricError, isServerError } from './errors.ts';
import { MessageWriter } from './messages.ts';
import type { Prepared, PreparedNames } from './prepared.ts';
import { type AnyRow, Columns, type Field } from './rows.ts';
import type { Statement } from './statements.ts';

/** What a statement answered: its rows, their columns where the server described them, and command tags, its own last. */
export interface Answer {
  readonly rows: AnyRow[];
  readonly fields?: readonly Field[] | undefined;
  readonly tags: readonly string[];
}

/** What a batch returns: the answer of the last statement that was asked for one, with the tags of all up to it. */
export interface BatchResult extends Answer {
  /** The answer of each statement that was asked for one. */
  readonly each: readonly Answer[];
}

/** Places of the statements whose rows are wanted, both ends included. */
export interface Wanted {
  readonly first: number;
  readonly last: number;
}

/** How a batch is sent. */
export interface BatchOptions {
  /** Asked when the batch is about to be sent; false keeps everything back (IB922). */
  readonly mayStart?: (() => boolean) | undefined;
  /** The statements whose rows are wanted; the last alone unless told otherwise. */
  readonly wanted?: Wanted | undefined;
  /** The names of the connection, where statements are prepared. */
  readonly names?: PreparedNames | undefined;
}

/** What a batch uses of `pg`'s connection. */
interface Wire extends EventEmitter {
  readonly stream: { readonly writable: boolean; write(bytes: Buffer): boolean };
  sendCopyFail(reason: string): void;
}

const messages = new MessageWriter();

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
  if (typeof connection !== 'object' || connection === null) return false;
  const stream: unknown = Reflect.get(connection, 'stream');
  return (
    typeof stream === 'object' &&
    stream !== null &&
    typeof Reflect.get(stream, 'write') === 'function' &&
    typeof Reflect.get(connection, 'sendCopyFail') === 'function' &&
    typeof Reflect.get(connection, 'once') === 'function'
  );
}

/**
 * Several statements sent at once under one Sync: one round trip, and outside a transaction block one implicit transaction.
 * Only unnamed statements, unless names are given, so any pooler may stand between. A submittable of `pg`: hand it to `client.query`.
 */
export class Batch {
  /** Called once at the end, for the read timeout that `pg` keeps. */
  callback: ((error: Error | null) => void) | undefined;
  /** Settles when the server is ready again, or the connection is gone. */
  readonly done: Promise<BatchResult>;
  readonly tags: string[] = [];
  readonly #statements: readonly Statement[];
  readonly #options: BatchOptions;
  readonly #wanted: Wanted;
  readonly #each: Answer[] = [];
  readonly #fresh: Prepared[] = [];
  /** By place: the names of wanted statements, and what each returns as far as it is known. */
  readonly #named = new Map<number, Prepared>();
  readonly #columns = new Map<number, Columns>();
  #rows: AnyRow[] = [];
  #usesNames = false;
  #unreadable: unknown;
  #sent = false;
  #settle: (error: unknown) => void = () => undefined;

  constructor(statements: readonly Statement[], options: BatchOptions = {}) {
    this.#statements = statements;
    this.#options = options;
    this.#wanted = options.wanted ?? lastOf(statements);
    this.done = new Promise((resolve, reject) => {
      this.#settle = (error) => {
        this.#settle = () => undefined;
        if (error === undefined) resolve(this.result);
        else reject(error);
        this.callback?.(error instanceof Error ? error : null);
      };
    });
  }

  /** Whether anything left for the server. */
  get sent(): boolean {
    return this.#sent;
  }

  /** Whether a statement was run by its name alone, which the server may have forgotten. */
  get usesNames(): boolean {
    return this.#usesNames;
  }

  /** The result, or what has come of it. @throws FabricError IB924 for rows that cannot be read. */
  get result(): BatchResult {
    if (this.#unreadable !== undefined) throw this.#unreadable;
    const last = this.#each.at(-1);
    return {
      rows: last?.rows ?? [],
      fields: last?.fields,
      tags: this.tags.slice(0, this.#wanted.last + 1),
      each: this.#each,
    };
  }

  submit(connection: object): Error | null {
    if (!isWire(connection)) return new Error('the client cannot send batches');
    if (this.#options.mayStart?.() === false) return new OpenTransactionError();
    this.#sent = true;
    // As `pg` does: on a connection that is closing, the end of it is the answer.
    if (!connection.stream.writable) return null;
    try {
      for (const name of this.#options.names?.takeClosing() ?? []) messages.close(name);
      for (let i = 0; i < this.#statements.length; i++) {
        const statement = this.#statements[i];
        if (statement !== undefined) this.#write(statement, i);
      }
      messages.sync();
      connection.stream.write(messages.take());
    } finally {
      messages.clear();
    }
    return null;
  }

  #write({ text, values, kind }: Statement, place: number): void {
    const named = kind === undefined ? this.#options.names?.of(text) : undefined;
    if (named === undefined) {
      messages.parse('', text);
    } else if (named.isKnown) {
      this.#usesNames = true;
    } else if (!this.#fresh.includes(named)) {
      this.#fresh.push(named);
      messages.parse(named.name, text);
    }
    messages.bind(named?.name ?? '', values);
    if (this.#isWanted(place)) {
      if (named !== undefined) this.#named.set(place, named);
      if (named?.columns === undefined) messages.describe();
      else this.#columns.set(place, named.columns);
    }
    messages.execute();
  }

  handleRowDescription(message: { fields: readonly Field[] }): void {
    const place = this.tags.length;
    this.#columns.set(place, new Columns(message.fields, this.#statements[place]?.reading));
  }

  handleDataRow(message: { fields: readonly (string | null)[] }): void {
    const place = this.tags.length;
    const columns = this.#isWanted(place) ? this.#columns.get(place) : undefined;
    if (columns === undefined) return;
    try {
      this.#rows.push(columns.read(message.fields));
    } catch (error) {
      this.#unreadable ??= error;
    }
  }

  handleCommandComplete(message: { text: string }): void {
    const place = this.tags.length;
    this.tags.push(message.text);
    if (!this.#isWanted(place)) return;
    const fields = this.#columns.get(place)?.fields;
    this.#each.push({ rows: this.#rows, fields, tags: [message.text] });
    this.#rows = [];
  }

  handleReadyForQuery(): void {
    for (const prepared of this.#fresh) prepared.isKnown = true;
    for (const [place, prepared] of this.#named) {
      prepared.columns = this.#columns.get(place) ?? NO_COLUMNS;
    }
    this.#settle(this.#unreadable);
  }

  /** Called by `pg` for an error of the server, which a ready message follows, or of the connection, which nothing follows. */
  handleError(error: unknown, connection: unknown): void {
    if (!this.#sent || !isServerError(error) || !isWire(connection)) {
      this.#settle(error);
      return;
    }
    // Which of them the server has parsed is not told.
    if (this.#fresh.length > 0) this.#options.names?.drop(this.#fresh);
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

  #isWanted(place: number): boolean {
    return place >= this.#wanted.first && place <= this.#wanted.last;
  }
}

/** The last of some statements, as the one whose rows are wanted. */
export function lastOf(statements: readonly unknown[]): Wanted {
  return { first: statements.length - 1, last: statements.length - 1 };
}

/** Statements that follow others, as those whose rows are wanted. */
export function after(before: readonly unknown[], work: readonly unknown[]): Wanted {
  return { first: before.length, last: before.length + work.length - 1 };
}

const NO_COLUMNS = new Columns([]);

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
