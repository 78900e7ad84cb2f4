import { FabricError } from './errors.ts';
import type { GuardedClient, GuardedHost } from './guarded-client.ts';
import { wholeNumber } from './options.ts';
import type { Statement } from './statements.ts';

let made = 0;

/**
 * Reads the rows of one query page by page over a cursor of the server: what Kysely's `stream()` asks for.
 * Other statements of the transaction may be sent between two pages. Only queries: INSERT … RETURNING has no cursor (42601).
 */
export class GuardedCursor<R = Record<string, unknown>> {
  readonly #text: string;
  readonly #values: readonly unknown[];
  readonly #name = `aibos_cursor_${++made}`;
  #open: Promise<unknown> | undefined;
  #send: ((statement: Statement) => Promise<{ readonly rows: object[] }>) | undefined;

  constructor(text: string, values: readonly unknown[] = []) {
    this.#text = text;
    this.#values = values;
  }

  /** The next rows, at most so many; none at the end. @throws FabricError as `GuardedClient.query`. */
  async read(count: number): Promise<R[]> {
    const most = wholeNumber('chunkSize', count, 1_000_000, 1);
    await this.#open;
    const fetch = `fetch forward ${most} from ${this.#name}`;
    const { rows } = await this.#sender()({ text: fetch, values: [] });
    return rows as R[];
  }

  /** Forgets the rest. A cursor whose transaction failed or ended is closed already. */
  async close(): Promise<void> {
    const isOpen = await this.#open?.then(
      () => true,
      () => false,
    );
    if (isOpen !== true) return;
    await this.#sender()({ text: `close ${this.#name}`, values: [] }).catch(() => undefined);
  }

  /** Begins the query on a client. @internal */
  attach(host: GuardedHost, client: GuardedClient): this {
    this.#send = (statement) => host.send(statement, client);
    this.#open = this.#declare(host);
    this.#open.catch(() => undefined);
    return this;
  }

  async #declare(host: GuardedHost): Promise<void> {
    const { text, values } = host.raw(this.#text, this.#values);
    const declare = `declare ${this.#name} no scroll cursor for ${text}`;
    await this.#sender()({ text: declare, values });
  }

  #sender(): (statement: Statement) => Promise<{ readonly rows: object[] }> {
    if (this.#send !== undefined) return this.#send;
    throw new FabricError('IB996', 'the cursor belongs to no client', {
      hint: 'Hand it to the query() of a client first.',
    });
  }
}
