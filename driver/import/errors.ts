import { FabricError } from '../errors.ts';

/**
 * What stops an import or refuses an entry before the database is asked: IB950 file unreadable, IB951 header,
 * IB952 broken line, IB953 date, IB954 commodity, IB955 account, IB956 contradicting cells, IB957 limits,
 * IB958 tenant or company not found, IB959 options; for charts of accounts also IB960 unreadable row, IB961 repeated code,
 * IB962 parent not found, IB963 parents in a circle, IB964 change of what is fixed; for rates also IB965 archive,
 * IB966 unreadable rate, IB967 differing rate.
 */
export type ImportErrorCode =
  | 'IB950'
  | 'IB951'
  | 'IB952'
  | 'IB953'
  | 'IB954'
  | 'IB955'
  | 'IB956'
  | 'IB957'
  | 'IB958'
  | 'IB959'
  | 'IB960'
  | 'IB961'
  | 'IB962'
  | 'IB963'
  | 'IB964'
  | 'IB965'
  | 'IB966'
  | 'IB967';

/** An import that cannot start or cannot go on; `line` is the line of the file, where there is one. */
export class ImportError extends FabricError {
  override readonly name = 'ImportError';
  override readonly code: ImportErrorCode;
  readonly line: number | null;

  constructor(
    code: ImportErrorCode,
    message: string,
    hint: string,
    options: { readonly line?: number; readonly cause?: unknown } = {},
  ) {
    super(code, message, { hint, cause: options.cause });
    this.code = code;
    this.line = options.line ?? null;
  }
}

/** The parts of an error that reports show, whatever raised it. */
export interface ErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
}

/** Reads code, message, detail and hint from any thrown value; `code` is empty when there is none. */
export function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) {
    return { code: '', message: String(error), detail: null, hint: null };
  }
  const text = (key: string): string | null => {
    const value: unknown = Reflect.get(error, key);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  const stated = error.message === '' && inner instanceof Error ? inner.message : error.message;
  return {
    code: text('code') ?? '',
    message: stated === '' ? error.name : stated,
    detail: text('detail'),
    hint: text('hint'),
  };
}
