import { isRefusal, noteRefusal } from './refusals.ts';

/** What is known about a failure beyond its message; every part that has no value is undefined. */
export interface FabricErrorFacts {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  readonly severity?: string | undefined;
  /** Whether running the whole work again may succeed; nothing was committed. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/**
 * Every failure that the driver reports. `code` is the SQLSTATE: the server's own where the server refused, or one of
 * the driver's codes (IB910 and up, 42501 for a missing tenant, IB104 for a missing user). Branch on `code`, never on the message.
 */
export class FabricError extends Error {
  override readonly name: string = 'FabricError';
  readonly code: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly constraint: string | undefined;
  readonly severity: string | undefined;
  readonly retryable: boolean;

  constructor(code: string, message: string, facts: FabricErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.detail = facts.detail;
    this.hint = facts.hint;
    this.schema = facts.schema;
    this.table = facts.table;
    this.column = facts.column;
    this.constraint = facts.constraint;
    this.severity = facts.severity;
    this.retryable = facts.retryable ?? false;
    // An error that stands for another of the same code is no second attempt.
    const isAgain = facts.cause instanceof FabricError && facts.cause.code === code;
    if (isRefusal(code) && !isAgain) noteRefusal({ code, schema: this.schema, table: this.table });
  }
}

/** 42501: a call named no usable tenant. Nothing was sent. */
export class TenantRequiredError extends FabricError {
  override readonly name = 'TenantRequiredError';

  constructor(detail: string) {
    super('42501', 'tenant_id required', {
      detail,
      hint: 'Pass the tenant in the context: { tenantId, userId }.',
    });
  }
}

/** IB917: a transaction handle was used after its callback had settled. Nothing was sent. */
export class HandleRevokedError extends FabricError {
  override readonly name = 'HandleRevokedError';

  constructor() {
    super('IB917', 'the transaction has ended and its handle was revoked', {
      hint: 'Await every call on the handle before the callback returns, and do not keep the handle.',
    });
  }
}

/** IB918: the server rolled back where the caller expected a commit; `cause` is the first error of the transaction, where one is known. */
export class TransactionAbortedError extends FabricError {
  override readonly name = 'TransactionAbortedError';

  constructor(detail: string, cause?: unknown) {
    super('IB918', 'the transaction was rolled back, nothing was committed', {
      detail,
      hint: 'Let the first error leave the callback, or run what may fail in a nested transaction.',
      cause,
    });
  }
}

/** IB919: the connection was lost while a commit was under way, so it may or may not have happened. */
export class CommitOutcomeUnknownError extends FabricError {
  override readonly name = 'CommitOutcomeUnknownError';

  constructor(cause: unknown) {
    super('IB919', 'the connection was lost during a commit, its outcome is unknown', {
      hint: 'Read back what should have been written before trying again; an idempotency key makes trying again safe.',
      cause,
    });
  }
}

/**
 * IB988: a call was given up because its signal aborted; `cause` is the signal's reason. Nothing of the call, or of its
 * transaction, was committed: where that cannot be known, CommitOutcomeUnknownError is thrown with this as its `cause`.
 */
export class AbortedError extends FabricError {
  override readonly name = 'AbortedError';

  constructor(reason: unknown) {
    super('IB988', 'the call was aborted by its signal', {
      detail: 'Nothing was committed.',
      cause: reason,
    });
  }
}

/** IB989: the time that a call was given has passed. Nothing was committed. @internal */
export function deadlinePassed(milliseconds: number): FabricError {
  return new FabricError('IB989', `the call took longer than its deadline of ${milliseconds} ms`, {
    detail: 'Its connection was closed; nothing was committed.',
    hint: 'Do less in one call, or raise deadlineMs.',
  });
}

/** The parts of a server's error message that the driver reads. */
interface ServerError extends Error {
  readonly code: string;
  readonly severity: string | undefined;
}

/** Tells an error sent by the server from one of the connection, whichever copy of `pg` made it. */
export function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof Error &&
    !(error instanceof FabricError) &&
    'severity' in error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code)
  );
}

/** Makes a FabricError of whatever was thrown: by code alone, keeping all the server said and the original as `cause`. */
export function toFabricError(error: unknown): FabricError {
  if (error instanceof FabricError) return error;
  if (isServerError(error)) {
    const text = (key: string): string | undefined => {
      const value: unknown = Reflect.get(error, key);
      return typeof value === 'string' ? value : undefined;
    };
    return new FabricError(error.code, error.message, {
      detail: text('detail'),
      hint: text('hint'),
      schema: text('schema'),
      table: text('table'),
      column: text('column'),
      constraint: text('constraint'),
      severity: error.severity,
      retryable: error.code === '40001' || error.code === '40P01',
      cause: error,
    });
  }
  return new FabricError('IB922', `the connection failed: ${messageOf(error)}`, {
    hint: 'Check that the server is reachable and try again; nothing was committed.',
    retryable: true,
    cause: error,
  });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code: unknown = Reflect.get(error, 'code');
  return error.message !== '' ? error.message : typeof code === 'string' ? code : error.name;
}
