import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { Counter, Gauge, register as globalRegister, Histogram, type Registry } from 'prom-client';
import type { QueryTrace, RetryEvent, TransactionTrace } from './channels.ts';
import { isRefusal, type RefusedEvent } from './refusals.ts';

/** What is read of a pool: `pg.Pool` has it. */
export interface ObservedPool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Options of `collect`. */
export interface CollectOptions {
  /** Where the metrics are registered; the global registry of prom-client unless told otherwise. */
  readonly register?: Registry;
  /** Beginning of every name; `aibos_` unless told otherwise. */
  readonly prefix?: string;
  /** Pools to watch, by the name that their label gets. */
  readonly pools?: Readonly<Record<string, ObservedPool>>;
}

/** Seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const OPERATIONS: ReadonlySet<string> = new Set(
  'select insert update delete merge with values table explain show copy declare fetch close'.split(
    ' ',
  ),
);
const RETRIED: ReadonlySet<string> = new Set(['40001', '40P01', 'IB922', '53300', '57P03']);
/** How calls end, by the codes that say so. */
const OUTCOMES: readonly (readonly [RegExp, string])[] = [
  [/^IB988$/, 'aborted'],
  [/^(?:IB989|57014|55P03|25P03)$/, 'timeout'],
  [/^IB919$/, 'unknown'],
  [/^(?:IB922|08...|57P..|53...)$/, 'lost'],
];

/**
 * Registers metrics of this process and begins to fill them: duration of calls by operation and outcome, transactions by
 * outcome, repetitions and refusals by code, and the clients of pools. No label names a tenant, and each takes values of a
 * short list, `other` standing for the rest. Returns a function that ends it and takes the metrics away again.
 * @example
 * const stop = collect({ pools: { main: pool } });
 */
export function collect(options: CollectOptions = {}): () => void {
  const { register = globalRegister, prefix = 'aibos_', pools = {} } = options;
  const registers = [register];
  const durations = new Histogram({
    name: `${prefix}query_duration_seconds`,
    help: 'Time from a call to its answer, the wait for a client of the pool included.',
    labelNames: ['operation', 'outcome'] as const,
    buckets: BUCKETS,
    registers,
  });
  const transactions = new Counter({
    name: `${prefix}transactions_total`,
    help: 'Transactions that ended, by how.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const retries = new Counter({
    name: `${prefix}retries_total`,
    help: 'Repetitions of work, by the code of what had failed.',
    labelNames: ['code'] as const,
    registers,
  });
  const refused = new Counter({
    name: `${prefix}refused_total`,
    help: 'Attempts on isolation or immutability that were refused, by code.',
    labelNames: ['code'] as const,
    registers,
  });
  const clients = new Gauge({
    name: `${prefix}pool_clients`,
    help: 'Clients of a pool, and calls that wait for one.',
    labelNames: ['pool', 'state'] as const,
    registers,
    collect() {
      for (const [pool, { totalCount, idleCount, waitingCount }] of Object.entries(pools)) {
        this.set({ pool, state: 'idle' }, idleCount);
        this.set({ pool, state: 'busy' }, totalCount - idleCount);
        this.set({ pool, state: 'waiting' }, waitingCount);
      }
    },
  });

  const begun = new WeakMap<QueryTrace, number>();
  const nothing = () => undefined;
  const onQuery = {
    start: (traced: QueryTrace) => void begun.set(traced, performance.now()),
    end: nothing,
    asyncStart: nothing,
    asyncEnd: (traced: QueryTrace) => {
      const operation = OPERATIONS.has(traced.operation) ? traced.operation : 'other';
      const seconds = (performance.now() - (begun.get(traced) ?? performance.now())) / 1000;
      durations.observe({ operation, outcome: outcomeOf(traced.error) }, seconds);
    },
    error: nothing,
  };
  const onTransaction = {
    start: nothing,
    end: nothing,
    asyncStart: nothing,
    asyncEnd: (traced: TransactionTrace) => {
      transactions.inc({ outcome: traced.outcome ?? 'unknown' });
    },
    error: nothing,
  };
  const onRetry = (event: unknown) => {
    const { code } = event as RetryEvent;
    retries.inc({ code: RETRIED.has(code) ? code : 'other' });
  };
  const onRefused = (event: unknown) => {
    const { code } = event as RefusedEvent;
    refused.inc({ code: isRefusal(code) ? code : 'other' });
  };
  const queryChannel = tracingChannel<unknown, QueryTrace>('aibos:query');
  const transactionChannel = tracingChannel<unknown, TransactionTrace>('aibos:transaction');
  queryChannel.subscribe(onQuery);
  transactionChannel.subscribe(onTransaction);
  subscribe('aibos:retry', onRetry);
  subscribe('aibos:refused', onRefused);
  return () => {
    queryChannel.unsubscribe(onQuery);
    transactionChannel.unsubscribe(onTransaction);
    unsubscribe('aibos:retry', onRetry);
    unsubscribe('aibos:refused', onRefused);
    for (const { name } of [durations, transactions, retries, refused, clients].map(named)) {
      register.removeSingleMetric(name);
    }
  };
}

function outcomeOf(error: unknown): string {
  if (error === undefined) return 'ok';
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (typeof code !== 'string') return 'error';
  if (isRefusal(code)) return 'refused';
  return OUTCOMES.find(([codes]) => codes.test(code))?.[1] ?? 'error';
}

/** prom-client keeps the name, and does not say so in its types. */
function named(metric: object): { readonly name: string } {
  return { name: String(Reflect.get(metric, 'name')) };
}
