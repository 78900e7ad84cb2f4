import { Readable } from 'node:stream';
import { FabricError } from './errors.ts';
import { type EncodedEntry, encodeEntry, type NewJournalEntry } from './journal-entry.ts';
import { PostingError } from './posting-error.ts';

/** Entries in order: a list, a generator, a stream. */
export type EntrySource = Iterable<NewJournalEntry> | AsyncIterable<NewJournalEntry>;

/** How much one call may carry. */
export interface BatchLimits {
  readonly entries: number;
  readonly lines: number;
  /** UTF-16 units of JSON. */
  readonly length: number;
}

/** Entries for one call of finance.post_journals. */
export interface EntryBatch {
  /** Place of its first entry in the stream, from 0. */
  readonly first: number;
  readonly count: number;
  readonly json: string;
}

/** Sources that can be read once, and were. */
const spent = new WeakSet<object>();

/**
 * Reads a source batch by batch, never further than the batch asked for and the one entry that no longer fitted in it.
 * Once it throws, or is cancelled, the source has been told to end.
 */
export class EntryReader {
  readonly #iterator: AsyncIterator<unknown> | Iterator<unknown>;
  readonly #limits: BatchLimits;
  readonly #signal: AbortSignal | undefined;
  /** Fails the pull under way. */
  #interrupt: ((reason: unknown) => void) | undefined;
  #held: EncodedEntry | undefined;
  #read = 0;
  #isOver = false;

  /** @throws FabricError IB926 for what cannot be iterated, IB929 for a source that can be read once and was. */
  constructor(source: EntrySource, limits: BatchLimits, signal: AbortSignal | undefined) {
    this.#iterator = iteratorOf(source);
    this.#limits = limits;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The next batch, or undefined after the last. @throws PostingError IB926, FabricError IB927, or what the source threw. */
  async read(): Promise<EntryBatch | undefined> {
    const { entries, lines, length } = this.#limits;
    const parts: string[] = [];
    let batchLines = 0;
    let batchLength = 2;
    while (parts.length < entries) {
      const entry = this.#held ?? (await this.#pull());
      if (entry === undefined) break;
      this.#held = entry;
      const isFull = batchLines + entry.lines > lines || batchLength + entry.json.length > length;
      if (isFull && parts.length > 0) break;
      if (entry.json.length + 2 > length) throw await this.#tooLong(entry);
      this.#held = undefined;
      parts.push(entry.json);
      batchLines += entry.lines;
      batchLength += entry.json.length + 1;
    }
    if (parts.length === 0) return undefined;
    const first = this.#read - parts.length - (this.#held === undefined ? 0 : 1);
    return { first, count: parts.length, json: `[${parts.join()}]` };
  }

  /** Tells the source that no more is wanted; waits for it unless it is still being asked for an entry. */
  async cancel(): Promise<void> {
    if (this.#isOver) return;
    this.#end();
    const told = (async () => this.#iterator.return?.())().catch(() => undefined);
    if (this.#interrupt === undefined) await told;
  }

  async #pull(): Promise<EncodedEntry | undefined> {
    if (this.#isOver) return undefined;
    try {
      const step = await this.#step();
      if (step.done === true) {
        this.#end();
        return undefined;
      }
      const entry = encodeEntry(step.value, this.#read);
      this.#read += 1;
      return entry;
    } catch (error) {
      await this.cancel();
      throw error;
    }
  }

  async #step(): Promise<IteratorResult<unknown>> {
    if (this.#signal?.aborted === true) throw abortion(this.#signal);
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      (async () => this.#iterator.next())().then(
        (step) => {
          this.#interrupt = undefined;
          resolve(step);
        },
        (error: unknown) => {
          // A source that threw has ended.
          this.#interrupt = undefined;
          this.#end();
          reject(error);
        },
      );
    });
  }

  #end(): void {
    this.#isOver = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    if (this.#signal !== undefined) this.#interrupt?.(abortion(this.#signal));
  };

  async #tooLong(entry: EncodedEntry): Promise<PostingError> {
    await this.cancel();
    return PostingError.refused(
      this.#read - 1,
      '',
      `is ${entry.json.length} characters long as JSON, more than one call takes`,
      'Raise maxValueLength of the TenantDb, or split the entry.',
    );
  }
}

/** The error of an aborted stream (IB927). */
export function abortion(signal: AbortSignal): FabricError {
  return new FabricError('IB927', 'posting was aborted by its signal', {
    hint: 'What was not committed before is not in the books.',
    cause: signal.reason,
  });
}

function iteratorOf(source: unknown): AsyncIterator<unknown> | Iterator<unknown> {
  const isObject = typeof source === 'object' && source !== null;
  const open: unknown =
    isObject && (Reflect.get(source, Symbol.asyncIterator) ?? Reflect.get(source, Symbol.iterator));
  if (!isObject || typeof open !== 'function') {
    throw new FabricError('IB926', 'the entries are not iterable', {
      hint: 'Pass a list, a generator or a stream of entries.',
    });
  }
  if (spent.has(source)) {
    throw new FabricError('IB929', 'these entries were read before, and can be read once', {
      detail: 'An iterator gives each entry once: read again, it would post nothing.',
      hint: 'Make the generator or stream inside the callback, so that a retry reads from the start.',
    });
  }
  const iterator: AsyncIterator<unknown> | Iterator<unknown> = open.call(source);
  const isOnce =
    Object.is(iterator, source) || source instanceof Readable || source instanceof ReadableStream;
  if (isOnce) spent.add(source);
  return iterator;
}
