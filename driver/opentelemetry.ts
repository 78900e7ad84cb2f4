import { createHmac } from 'node:crypto';
import { tracingChannel } from 'node:diagnostics_channel';
import {
  type Attributes,
  context as activeContext,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { QueryTrace, TransactionTrace } from './channels.ts';

/** Options of `instrument`. */
export interface InstrumentOptions {
  /** Where spans go; the global provider unless told otherwise. */
  readonly tracerProvider?: TracerProvider;
  /**
   * Puts the text of statements into `db.query.text`; false unless told otherwise. Values that go in parameters are never
   * part of it, literals that the program wrote into a `query` are.
   */
  readonly queryText?: boolean;
  /**
   * Puts `aibos.tenant.id_hash` on every span: 16 hexadecimal digits of an HMAC-SHA-256 of the tenant's id under this secret.
   * Without it no span says whose it is.
   */
  readonly tenantHashSecret?: string;
}

/**
 * Makes a span of every statement and transaction of this process, with the names of OpenTelemetry's semantic conventions
 * for databases. Messages of errors are left out, since they may quote values. Returns a function that ends it.
 * @example
 * const stop = instrument({ tenantHashSecret: process.env.TENANT_HASH_SECRET });
 */
export function instrument(options: InstrumentOptions = {}): () => void {
  const { tracerProvider = trace.getTracerProvider(), queryText = false } = options;
  const tracer = tracerProvider.getTracer('@aibos/data-fabric');
  const secret = options.tenantHashSecret;
  const common = (tenantId: string): Attributes => ({
    'db.system.name': 'postgresql',
    ...(secret === undefined ? {} : { 'aibos.tenant.id_hash': hashOf(tenantId, secret) }),
  });
  const transactions = new Spans<TransactionTrace>(tracer);
  const queries = new Spans<QueryTrace>(tracer);
  const endings = [
    transactions.listen('aibos:transaction', {
      start: (traced) => ({
        name: 'transaction',
        kind: SpanKind.INTERNAL,
        attributes: common(traced.tenantId),
      }),
      end: (traced) => ({
        'aibos.transaction.outcome': traced.outcome ?? 'unknown',
        'aibos.transaction.retries': traced.retries,
      }),
    }),
    queries.listen('aibos:query', {
      start: (traced) => ({
        name: traced.operation.toUpperCase(),
        kind: SpanKind.CLIENT,
        parent: traced.transaction && transactions.of(traced.transaction),
        attributes: {
          ...common(traced.tenantId),
          'db.operation.name': traced.operation.toUpperCase(),
          ...(queryText ? { 'db.query.text': traced.statement } : {}),
        },
      }),
      end: (traced) =>
        traced.rowCount === undefined ? {} : { 'db.response.returned_rows': traced.rowCount },
    }),
  ];
  return () => {
    for (const end of endings) end();
  };
}

interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly parent?: Span | undefined;
}

interface Telling<T> {
  start(traced: T): SpanStart;
  end(traced: T): Attributes;
}

/** The spans of one channel. */
class Spans<T extends { error?: unknown }> {
  readonly #tracer: Tracer;
  readonly #open = new WeakMap<T, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  of(traced: T): Span | undefined {
    return this.#open.get(traced);
  }

  listen(channel: string, telling: Telling<T>): () => void {
    const subscribers = {
      start: (traced: T) => {
        const { name, parent, ...how } = telling.start(traced);
        const active = activeContext.active();
        const around = parent === undefined ? active : trace.setSpan(active, parent);
        this.#open.set(traced, this.#tracer.startSpan(name, how, around));
      },
      end: () => undefined,
      asyncStart: () => undefined,
      asyncEnd: (traced: T) => {
        const span = this.#open.get(traced);
        if (span === undefined) return;
        span.setAttributes(telling.end(traced));
        if (traced.error !== undefined) {
          span.setStatus({ code: SpanStatusCode.ERROR });
          span.setAttributes(nameOf(traced.error));
        }
        span.end();
        this.#open.delete(traced);
      },
      error: () => undefined,
    };
    const tracing = tracingChannel<unknown, T>(channel);
    tracing.subscribe(subscribers);
    return () => {
      tracing.unsubscribe(subscribers);
    };
  }
}

function nameOf(error: unknown): Attributes {
  if (!(error instanceof Error)) return { 'error.type': '_OTHER' };
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)
    ? { 'error.type': code, 'db.response.status_code': code }
    : { 'error.type': error.name };
}

function hashOf(tenantId: string, secret: string): string {
  return createHmac('sha256', secret).update(tenantId).digest('hex').slice(0, 16);
}
