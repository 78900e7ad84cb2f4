import { type CancelKey, sendCancelRequest } from './cancel-request.ts';
import type { Stop } from './stop.ts';

/** How long the server may take to answer after it was asked to cancel, and the request to be taken. */
const PATIENCE_MS = 2_000;
/** A request that came before its statement is lost, so it is repeated until the server answers. */
const REPEAT_MS = 250;

/** What an interruption does to the client whose statement it watches. */
export interface Interruptible {
  /** Undefined where nothing can be cancelled. */
  readonly cancelKey: CancelKey | undefined;
  /** Closes the connection; the statement under way then fails with the error. */
  destroy(error: Error): void;
}

/**
 * Watches one exchange with the server: when it is stopped, the server is asked to cancel; where no answer comes soon,
 * where nothing can be cancelled, or when the stop is hard, the connection is closed.
 */
export class Interruption {
  readonly #stop: Stop;
  readonly #client: Interruptible;
  readonly #unsubscribe: () => void;
  #requests: Promise<boolean> | undefined;
  #patience: NodeJS.Timeout | undefined;
  #wake: () => void = () => undefined;
  #isOver = false;
  #isDestroyed = false;

  constructor(stop: Stop, client: Interruptible) {
    this.#stop = stop;
    this.#client = client;
    this.#unsubscribe = stop.subscribe(() => this.#interrupt());
  }

  /** Whether the server was asked to cancel. */
  get hasCancelled(): boolean {
    return this.#requests !== undefined;
  }

  /**
   * Called when the exchange has ended: waits until no request to cancel is under way any more, so that none can meet a
   * later statement. False when that cannot be known.
   */
  async end(): Promise<boolean> {
    this.#isOver = true;
    this.#unsubscribe();
    this.#wake();
    const isCertain = this.#requests === undefined || (await this.#requests);
    clearTimeout(this.#patience);
    return isCertain && !this.#isDestroyed;
  }

  #interrupt(): void {
    const key = this.#client.cancelKey;
    if (this.#stop.isHard || key === undefined) {
      this.#destroy();
      // Nobody waits for it: it spares the server work that nobody will read.
      if (key !== undefined) void sendCancelRequest(key, PATIENCE_MS);
      return;
    }
    this.#patience = setTimeout(() => this.#destroy(), PATIENCE_MS);
    this.#requests = this.#request(key);
  }

  async #request(key: CancelKey): Promise<boolean> {
    let isCertain = true;
    while (!this.#isOver && !this.#isDestroyed) {
      if (!(await sendCancelRequest(key, PATIENCE_MS))) isCertain = false;
      if (this.#isOver || this.#isDestroyed) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, REPEAT_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return isCertain;
  }

  #destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    clearTimeout(this.#patience);
    this.#wake();
    this.#client.destroy(this.#stop.error ?? new Error('stopped'));
  }
}
