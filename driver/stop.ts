import { AbortedError, deadlinePassed, type FabricError } from './errors.ts';

/** What may end a call early; undefined where nothing can. */
export interface StopCauses {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now. */
  readonly deadlineMs?: number | undefined;
}

/**
 * Whether a call or a transaction is to be given up. An abort is soft: the server is asked to stop, and its answer counts.
 * A deadline is hard: the connection is closed, since behind a dead network no answer comes. A soft stop can turn hard later.
 */
export class Stop {
  #error: FabricError | undefined;
  #isHard = false;
  readonly #listeners = new Set<() => void>();
  readonly #disposals: (() => void)[] = [];

  /** Starts to watch; undefined where nothing could stop the call. Close what was made. */
  static from({ signal, deadlineMs = 0 }: StopCauses, outer?: Stop): Stop | undefined {
    if (signal === undefined && deadlineMs === 0)
      return outer === undefined ? undefined : Stop.#within(outer);
    const stop = outer === undefined ? new Stop() : Stop.#within(outer);
    if (signal !== undefined) stop.#watch(signal);
    if (deadlineMs > 0) {
      const timer = setTimeout(() => stop.#set(deadlinePassed(deadlineMs), true), deadlineMs);
      stop.#disposals.push(() => clearTimeout(timer));
    }
    return stop;
  }

  /** Why the call is given up; undefined as long as it is not. */
  get error(): FabricError | undefined {
    return this.#error;
  }

  /** Whether the connection is to be closed rather than asked. */
  get isHard(): boolean {
    return this.#isHard;
  }

  /** @throws AbortedError, or FabricError IB989. */
  throwIfStopped(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** Calls the listener when the call is stopped, at once if it is already, and again when a soft stop turns hard. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#error !== undefined) listener();
    return () => this.#listeners.delete(listener);
  }

  /** Settles as the promise does, or rejects when stopped first; what the promise does later is ignored. */
  race<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const unsubscribe = this.subscribe(() => reject(this.#error));
      promise.then(resolve, reject).finally(unsubscribe);
    });
  }

  /** Stops watching. */
  close(): void {
    for (const dispose of this.#disposals.splice(0)) dispose();
    this.#listeners.clear();
  }

  static #within(outer: Stop): Stop {
    const inner = new Stop();
    const follow = () => {
      if (outer.#error !== undefined) inner.#set(outer.#error, outer.#isHard);
    };
    inner.#disposals.push(outer.subscribe(follow));
    return inner;
  }

  #watch(signal: AbortSignal): void {
    const abort = () => this.#set(new AbortedError(signal.reason), false);
    if (signal.aborted) abort();
    else {
      signal.addEventListener('abort', abort, { once: true });
      this.#disposals.push(() => signal.removeEventListener('abort', abort));
    }
  }

  #set(error: FabricError, isHard: boolean): void {
    if (this.#error !== undefined && (this.#isHard || !isHard)) return;
    this.#error ??= error;
    this.#isHard = isHard;
    for (const listener of [...this.#listeners]) listener();
  }
}
