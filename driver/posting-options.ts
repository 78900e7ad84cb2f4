import { badOption, readOptions, wholeNumber } from './options.ts';

/** How a stream of entries is posted. */
export interface PostJournalsOptions {
  /** Most entries per call of the server; 500 unless told otherwise. */
  readonly batchSize?: number;
  /** Most lines per call, 10,000 unless told otherwise; an entry that has more goes alone. */
  readonly maxLines?: number;
  /** `'all'` (the default): the first refused entry ends the stream. `'partial'`: it is a result, and the rest is posted. */
  readonly mode?: 'all' | 'partial';
  /** Ends the stream before the next entry is read or sent (IB927); a call under way is waited for. */
  readonly signal?: AbortSignal;
}

/** Options of a stream whose batches are committed one by one. */
export interface PostEachOptions extends PostJournalsOptions {
  /** Each batch is a transaction of its own: what was posted before a failure stays. */
  readonly transaction: 'each';
  /** How often to send a batch again after 40001 or 40P01; 0 unless told otherwise. */
  readonly retries?: number;
}

/** Options that were checked. */
export interface CheckedPostingOptions {
  readonly entries: number;
  readonly lines: number;
  readonly mode: 'all' | 'partial';
  readonly signal: AbortSignal | undefined;
}

const NAMES = ['batchSize', 'maxLines', 'mode', 'signal'] as const;

/** Reads the options of a stream of entries. @throws FabricError IB923. */
export function readPostingOptions(options: unknown): CheckedPostingOptions {
  return check(readOptions(options, NAMES));
}

/** Reads the options of a stream whose batches are committed one by one. @throws FabricError IB923. */
export function readPostEachOptions(
  options: unknown,
): CheckedPostingOptions & { readonly retries: number } {
  const {
    transaction,
    retries = 0,
    ...rest
  } = readOptions(options, [...NAMES, 'transaction', 'retries']);
  if (transaction !== 'each') {
    throw badOption(
      'transaction',
      "'each', or use db.transaction and tx.postJournals for one of all",
    );
  }
  return { ...check(rest), retries: wholeNumber('retries', retries, 100) };
}

function check(read: { readonly [N in (typeof NAMES)[number]]?: unknown }): CheckedPostingOptions {
  const { batchSize = 500, maxLines = 10_000, mode = 'all', signal } = read;
  if (mode !== 'all' && mode !== 'partial') throw badOption('mode', "'all' or 'partial'");
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw badOption('signal', 'an AbortSignal');
  }
  return {
    entries: wholeNumber('batchSize', batchSize, 100_000, 1),
    lines: wholeNumber('maxLines', maxLines, 10_000_000, 1),
    mode,
    signal,
  };
}
