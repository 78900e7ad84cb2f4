import { FabricError } from './errors.ts';

/** What is known of the entry that was refused. */
interface Blame {
  /** Place of the entry in its stream, from 0. */
  readonly entryIndex: number;
  readonly field?: string | undefined;
}

/**
 * One entry of a stream was refused: by the driver (IB926, `field` says which) or by the server, whose code, message and
 * facts it keeps. `entryIndex` counts from 0 over the whole stream, however it was cut into batches.
 */
export class PostingError extends FabricError {
  override readonly name = 'PostingError';
  readonly entryIndex: number;
  /** Path within the entry, such as `lines[1].currency`, where the driver refused it. */
  readonly field: string | undefined;

  constructor(error: FabricError, { entryIndex, field }: Blame) {
    super(error.code, error.message, error);
    this.entryIndex = entryIndex;
    this.field = field;
  }

  /** The driver's own refusal of an entry (IB926). @internal */
  static refused(entryIndex: number, field: string, what: string, hint: string): PostingError {
    const at = field === '' ? '' : `.${field}`;
    const error = new FabricError('IB926', `entries[${entryIndex}]${at} ${what}`, { hint });
    return new PostingError(error, { entryIndex, field: field === '' ? undefined : field });
  }

  /** An error of the server that names an entry of a batch, told of the stream instead; others as they are. @internal */
  static ofBatch(error: unknown, first: number, count: number): unknown {
    if (!(error instanceof FabricError)) return error;
    const named = /^entry (\d+):\s*/.exec(error.detail ?? '');
    const place = named === null ? 0 : Number(named[1]);
    if (named === null || place < 1 || place > count) return error;
    const entryIndex = first + place - 1;
    const detail = `entries[${entryIndex}]: ${(error.detail ?? '').slice(named[0].length)}`;
    const told = new FabricError(error.code, error.message, { ...factsOf(error), detail });
    return new PostingError(told, { entryIndex });
  }
}

function factsOf(error: FabricError) {
  const { detail, hint, schema, table, column, constraint, severity, retryable } = error;
  return { detail, hint, schema, table, column, constraint, severity, retryable, cause: error };
}
