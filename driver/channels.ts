import { channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import type { BatchResult } from './batch.ts';
import { FabricError } from './errors.ts';
import { toResult } from './result.ts';
import type { Statement } from './statements.ts';

/** How a transaction ended. */
export type TransactionOutcome = 'committed' | 'rolled back' | 'unknown';

/** What the tracing channel `aibos:transaction` carries, from the call to the end of the last attempt. */
export interface TransactionTrace {
  readonly tenantId: string;
  /** How often it was run again. */
  retries: number;
  /** Set at the end. */
  outcome?: TransactionOutcome;
  /** Set where the call failed. */
  error?: unknown;
}

/** What the tracing channel `aibos:query` carries for each statement, from the call to its answer; never a value. */
export interface QueryTrace {
  readonly tenantId: string;
  /** First word of the statement: `select`, `insert`, … */
  readonly operation: string;
  /** The text, with places for its parameters. In a `query`, literals that the caller wrote into it stand there too. */
  readonly statement: string;
  /** The transaction it belongs to; undefined for a single statement. */
  readonly transaction: TransactionTrace | undefined;
  /** Set at the end: rows read or written. */
  rowCount?: number;
  /** Set where the call failed. A server's message and detail may quote values. */
  error?: unknown;
}

/** What the channel `aibos:retry` carries, before work is run again. */
export interface RetryEvent {
  /** Why: 40001, 40P01, or the code of a connection that could not be opened. */
  readonly code: string;
  /** 1 for the first repetition. */
  readonly attempt: number;
}

const queries = tracingChannel<unknown, QueryTrace>('aibos:query');
const transactions = tracingChannel<unknown, TransactionTrace>('aibos:transaction');
const retries = channel('aibos:retry');

/** Runs statements that are sent together and publishes them as one; costs nothing when nobody listens. */
export function traceQuery(
  statements: readonly Statement[],
  tenantId: string,
  transaction: TransactionTrace | undefined,
  work: () => Promise<BatchResult>,
): Promise<BatchResult> {
  if (!queries.hasSubscribers) return work();
  const statement = statements.map(({ text }) => text).join(';\n');
  const operation = /^[\s(]*([a-z]+)/i.exec(statement)?.[1]?.toLowerCase() ?? '';
  const trace: QueryTrace = { tenantId, operation, statement, transaction };
  return traced(queries, trace, async () => {
    const result = await work();
    trace.rowCount = toResult(result).rowCount;
    return result;
  });
}

/** Runs a transaction and publishes it; the trace is undefined when nobody listens. */
export function traceTransaction<T>(
  tenantId: string,
  work: (trace: TransactionTrace | undefined) => Promise<T>,
): Promise<T> {
  if (!transactions.hasSubscribers) return work(undefined);
  const trace: TransactionTrace = { tenantId, retries: 0 };
  return traced(transactions, trace, async () => {
    try {
      const value = await work(trace);
      trace.outcome ??= 'committed';
      return value;
    } catch (error) {
      const isUnknown = error instanceof FabricError && error.code === 'IB919';
      trace.outcome = isUnknown ? 'unknown' : 'rolled back';
      throw error;
    }
  });
}

/** Publishes that work is about to be run again. */
export function publishRetry(event: RetryEvent): void {
  if (retries.hasSubscribers) retries.publish(event);
}

/** Keeps the value out of what is published: rows are nobody else's business. */
async function traced<C extends object, T>(
  tracing: TracingChannel<unknown, C>,
  trace: C,
  work: () => Promise<T>,
): Promise<T> {
  let value: [T] | undefined;
  await tracing.tracePromise(async () => {
    value = [await work()];
  }, trace);
  if (value === undefined) throw new Error('the traced work gave no value');
  return value[0];
}
