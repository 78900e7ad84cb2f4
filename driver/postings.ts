import type { Answer as Reply } from './batch.ts';
import { abortion, type EntryBatch, EntryReader, type EntrySource } from './entry-reader.ts';
import { FabricError, isServerError } from './errors.ts';
import { PostingError } from './posting-error.ts';
import type { CheckedPostingOptions } from './posting-options.ts';
import type { Statement } from './statements.ts';

/** What became of one entry. */
export type PostedEntry =
  | {
      /** Place in the stream, from 0. */
      readonly index: number;
      /** Id of the entry in the books. */
      readonly id: string;
      /** `'replayed'`: its idempotency key was used before, for the same entry, which has this id. */
      readonly outcome: 'posted' | 'replayed';
    }
  | {
      readonly index: number;
      readonly id: null;
      /** Only in mode `'partial'`. */
      readonly outcome: 'refused';
      /** SQLSTATE of the refusal. */
      readonly code: string;
      readonly message: string;
    };

/** Where a stream of entries goes. @internal */
export interface PostingTarget {
  send(statement: Statement): Promise<Reply>;
  /** Longest JSON that one call takes. */
  readonly maxLength: number;
}

/**
 * Posts a stream of entries, one call of finance.post_journals per batch. While the server works on a batch the next one is
 * read from the source, and no more: it is sent when all results of the batch before have been taken.
 */
export class Postings implements AsyncIterable<PostedEntry> {
  readonly #results: AsyncGenerator<PostedEntry, void, undefined>;
  #isUnfinished = true;
  #error: unknown;

  constructor(source: EntrySource, options: CheckedPostingOptions, target: PostingTarget) {
    this.#results = this.#run(source, options, target);
  }

  /** Whether something of it is left to post, unless the server refused it and the transaction with it. */
  get isUnfinished(): boolean {
    return this.#isUnfinished;
  }

  /** What ended it early, where it failed. */
  get error(): unknown {
    return this.#error;
  }

  [Symbol.asyncIterator](): AsyncIterator<PostedEntry, void, undefined> {
    return this.#results;
  }

  async *#run(
    source: EntrySource,
    options: CheckedPostingOptions,
    target: PostingTarget,
  ): AsyncGenerator<PostedEntry, void, undefined> {
    const limits = { ...options, length: target.maxLength };
    let reader: EntryReader | undefined;
    try {
      reader = new EntryReader(source, limits, options.signal);
      let batch = await reader.read();
      while (batch !== undefined) {
        if (options.signal?.aborted === true) throw abortion(options.signal);
        const answer = send(batch, options.mode, target);
        const following = reader.read();
        // Whichever fails first, the other is not left unheard.
        following.catch(() => undefined);
        yield* await answer;
        batch = await following;
      }
      this.#isUnfinished = false;
    } catch (error) {
      this.#error = error;
      if (error instanceof FabricError && isRefusedByServer(error)) this.#isUnfinished = false;
      throw error;
    } finally {
      await reader?.cancel();
    }
  }
}

const POST =
  'select p.entry_index, p.entry_id, p.outcome, p.code, p.message from finance.post_journals($1::jsonb, $2) p order by p.entry_index';

async function send(
  batch: EntryBatch,
  mode: 'all' | 'partial',
  target: PostingTarget,
): Promise<readonly PostedEntry[]> {
  try {
    const { rows } = await target.send({ text: POST, values: [batch.json, mode] });
    return rows.map((row) => resultOf(row as unknown as Answer, batch.first));
  } catch (error) {
    throw PostingError.ofBatch(error, batch.first, batch.count);
  }
}

/** A row of finance.post_journals. */
interface Answer {
  readonly entry_index: number;
  readonly entry_id: string | null;
  readonly outcome: 'posted' | 'replayed' | 'refused';
  readonly code: string | null;
  readonly message: string | null;
}

function resultOf({ entry_index, entry_id, outcome, code, message }: Answer, first: number) {
  const index = first + entry_index - 1;
  return outcome === 'refused' || entry_id === null
    ? { index, id: null, outcome: 'refused' as const, code: code ?? '', message: message ?? '' }
    : { index, id: entry_id, outcome };
}

function isRefusedByServer(error: FabricError): boolean {
  return (
    isServerError(error.cause) ||
    (error.cause instanceof FabricError && isRefusedByServer(error.cause))
  );
}
