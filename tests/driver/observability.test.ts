import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { context as otelContext, type TracerProvider, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type pg from 'pg';
import { Registry } from 'prom-client';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  FabricError,
  type QueryTrace,
  refusals,
  TenantDb,
  type TransactionTrace,
} from '../../driver/index.ts';
import { packageRoot } from '../../driver/install/source.ts';
import { instrument } from '../../driver/opentelemetry.ts';
import { collect } from '../../driver/prometheus.ts';
import { type Fabric, openFabric } from './support/fabric.ts';
import { refusal } from './support/refusal.ts';

const SECRET_VALUE = 'a value that nobody may see';

let fabric: Fabric;
let pool: pg.Pool;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
});

beforeEach(() => {
  pool = fabric.pool('finance', { max: 2 });
  db = new TenantDb(pool);
  const opened = pool;
  return () => opened.end();
});

const draft = (description: string) => ({
  company_id: fabric.acme.companyId,
  entry_date: '2026-05-01',
  description,
});
const denied = () =>
  db.query(fabric.acme.context, 'select * from kernel.users').catch(() => undefined);

/** Records what a tracing channel carries, as it is when the call begins and when it has ended. */
function listen<T extends object>(name: string): { began: T[]; ended: T[] } {
  const heard = { began: [] as T[], ended: [] as T[] };
  const subscribers = {
    start: (traced: T) => void heard.began.push({ ...traced }),
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: (traced: T) => void heard.ended.push(traced),
    error: () => undefined,
  };
  const channel = tracingChannel<unknown, T>(name);
  channel.subscribe(subscribers);
  onTestFinished(() => {
    channel.unsubscribe(subscribers);
  });
  return heard;
}

describe('the channel aibos:query', () => {
  test('tells of each statement its tenant, operation, text and rows, and no value', async () => {
    const { began, ended } = listen<QueryTrace>('aibos:query');
    const { context } = fabric.acme;
    await db.select(context, 'accounts', ['code'], { code: SECRET_VALUE });
    await db.insert(context, 'journal_drafts', draft(SECRET_VALUE), { returning: ['description'] });
    await db.query(context, ' (select $1::text)', [SECRET_VALUE]);
    expect(began.map(({ operation }) => operation)).toEqual(['select', 'insert', 'select']);
    expect(ended.map(({ rowCount }) => rowCount)).toEqual([0, 1, 1]);
    for (const traced of ended) {
      expect(traced.tenantId).toBe(context.tenantId);
      expect(traced.transaction).toBeUndefined();
      expect(traced.error).toBeUndefined();
    }
    expect(ended[0]?.statement).toMatch(/^select "code" from "finance"\."accounts" where/);
    expect(JSON.stringify([began, ended])).not.toContain(SECRET_VALUE);
  });

  test('tells of a failure by its error, and which transaction a statement belongs to', async () => {
    const { ended } = listen<QueryTrace>('aibos:query');
    const transactions = listen<TransactionTrace>('aibos:transaction');
    const error = await refusal(() =>
      db.transaction(fabric.acme.context, async (tx) => {
        await tx.select('accounts', ['id']);
        await tx.query('select 1 / 0');
      }),
    );
    expect(ended.map((traced) => traced.error)).toEqual([undefined, error]);
    expect(transactions.ended).toHaveLength(1);
    for (const traced of ended) expect(traced.transaction).toBe(transactions.ended[0]);
  });

  test('that nobody hears is not written to, and the answer is the same', async () => {
    const channel = tracingChannel('aibos:query');
    expect(channel.hasSubscribers).toBe(false);
    const plain = await db.select(fabric.acme.context, 'accounts', ['code'], { code: '1000' });
    listen('aibos:query');
    expect(channel.hasSubscribers).toBe(true);
    expect(await db.select(fabric.acme.context, 'accounts', ['code'], { code: '1000' })).toEqual(
      plain,
    );
  });
});

describe('the channel aibos:transaction', () => {
  test('tells how each ended and how often it was run again', async () => {
    const { ended } = listen<TransactionTrace>('aibos:transaction');
    const retried: unknown[] = [];
    const onRetry = (event: unknown) => void retried.push(event);
    subscribe('aibos:retry', onRetry);
    onTestFinished(() => {
      unsubscribe('aibos:retry', onRetry);
    });
    const { context } = fabric.acme;
    await db.transaction(context, (tx) => tx.query('select 1'));
    await db.transaction(context, (tx) => tx.query('select 1 / 0')).catch(() => undefined);
    let attempts = 0;
    await db.transaction(
      context,
      async (tx) => {
        attempts += 1;
        await tx.query('select 1');
        if (attempts < 3) throw new FabricError('40001', 'again', { retryable: true });
      },
      { retries: 3 },
    );
    {
      await using tx = await db.begin(context);
      await tx.query('select 1');
      await tx.commit();
    }
    {
      await using tx = await db.begin(context);
      await tx.query('select 1');
    }
    expect(ended.map(({ outcome }) => outcome)).toEqual([
      'committed',
      'rolled back',
      'committed',
      'committed',
      'rolled back',
    ]);
    expect(ended.map(({ retries }) => retries)).toEqual([0, 0, 2, 0, 0]);
    expect(retried).toEqual([
      { code: '40001', attempt: 1 },
      { code: '40001', attempt: 2 },
    ]);
  });
});

describe('refusals', () => {
  test('are counted by code and published once each, whoever refused', async () => {
    const events: unknown[] = [];
    const onRefused = (event: unknown) => void events.push(event);
    subscribe('aibos:refused', onRefused);
    onTestFinished(() => {
      unsubscribe('aibos:refused', onRefused);
    });
    const before = refusals();
    const { acme, globex } = fabric;
    const calls = [
      () => db.select({ ...acme.context, tenantId: '' }, 'accounts', ['id']),
      () => db.query(acme.context, 'select * from kernel.users'),
      () => db.select(acme.context, 'accounts', ['id'], { tenant_id: 'x' } as never),
      () => db.transaction(acme.context, () => db.query(globex.context, 'select 1')),
      () => db.query(acme.context, 'select 1 / 0'),
    ];
    const codes = [];
    for (const call of calls) codes.push((await refusal(call)).code);
    expect(codes).toEqual(['42501', '42501', 'IB913', 'IB920', '22012']);
    const after = refusals();
    const added = Object.fromEntries(
      Object.entries(after)
        .map(([code, n]) => [code, n - (before[code] ?? 0)])
        .filter(([, n]) => n !== 0),
    );
    expect(added).toEqual({ '42501': 2, IB913: 1, IB920: 1 });
    expect(events.map((event) => (event as { code: string }).code)).toEqual([
      '42501',
      '42501',
      'IB913',
      'IB920',
    ]);
  });
});

test('an error that stands for another of the same code is no second refusal', () => {
  const count = () => refusals()['42501'] ?? 0;
  const before = count();
  const first = new FabricError('42501', 'refused');
  new FabricError('42501', 'refused, told again', { cause: first });
  new FabricError('IB927', 'aborted', { cause: first });
  expect(count()).toBe(before + 1);
});

describe('with OpenTelemetry', () => {
  const exporter = new InMemorySpanExporter();
  const provider: TracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const start = (options: Parameters<typeof instrument>[0] = {}) => {
    exporter.reset();
    onTestFinished(instrument({ tracerProvider: provider, ...options }));
  };

  test('each statement is a span by the names of the conventions, under its transaction', async () => {
    start();
    await db.transaction(fabric.acme.context, (tx) => tx.select('accounts', ['id']));
    const [query, transaction] = exporter.getFinishedSpans();
    expect(query?.name).toBe('SELECT');
    expect(query?.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.operation.name': 'SELECT',
      'db.response.returned_rows': 2,
    });
    expect(transaction?.name).toBe('transaction');
    expect(transaction?.attributes).toEqual({
      'db.system.name': 'postgresql',
      'aibos.transaction.outcome': 'committed',
      'aibos.transaction.retries': 0,
    });
    expect(query?.parentSpanContext?.spanId).toBe(transaction?.spanContext().spanId);
    expect(transaction?.parentSpanContext).toBeUndefined();
  });

  test('a span of the program is the parent, where a context manager carries it', async () => {
    start();
    const outer = provider.getTracer('program').startSpan('request');
    const active = trace.setSpan(otelContext.active(), outer);
    otelContext.setGlobalContextManager({
      active: () => active,
      with: (_context, work, self, ...args) => work.apply(self, args),
      bind: (_context, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
    onTestFinished(() => otelContext.disable());
    await db.select(fabric.acme.context, 'accounts', ['id']);
    expect(exporter.getFinishedSpans()[0]?.parentSpanContext?.spanId).toBe(
      outer.spanContext().spanId,
    );
  });

  test('a failure has its code and no message, which could quote a value', async () => {
    start({ queryText: true });
    await refusal(() => db.query(fabric.acme.context, 'select $1::int', [SECRET_VALUE]));
    const [span] = exporter.getFinishedSpans();
    expect(span?.attributes).toMatchObject({
      'db.query.text': 'select $1::int',
      'db.response.status_code': '22P02',
      'error.type': '22P02',
    });
    expect(span?.status).toEqual({ code: 2 });
    expect(span?.events).toEqual([]);
    expect(JSON.stringify([span?.name, span?.attributes, span?.status])).not.toContain(
      SECRET_VALUE,
    );
  });

  test('the tenant is named by a hash alone, under a secret, and only when asked for', async () => {
    start({ tenantHashSecret: 'one' });
    await db.select(fabric.acme.context, 'accounts', ['id']);
    await db.select(fabric.acme.context, 'accounts', ['id']);
    await db.select(fabric.globex.context, 'accounts', ['id']);
    const hashes = exporter
      .getFinishedSpans()
      .map((span) => span.attributes['aibos.tenant.id_hash']);
    expect(hashes[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
    start({ tenantHashSecret: 'two' });
    await db.select(fabric.acme.context, 'accounts', ['id']);
    expect(exporter.getFinishedSpans().at(-1)?.attributes['aibos.tenant.id_hash']).not.toBe(
      hashes[0],
    );
  });

  test('nothing is made once it has ended', async () => {
    exporter.reset();
    instrument({ tracerProvider: provider })();
    await db.select(fabric.acme.context, 'accounts', ['id']);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});

describe('with prom-client', () => {
  let register: Registry;

  beforeEach(() => {
    register = new Registry();
    return collect({ register, pools: { main: pool } });
  });

  const value = async (name: string, labels: Record<string, string>) => {
    const metric = await register.getSingleMetric(name)?.get();
    return metric?.values.find((found) =>
      Object.entries(labels).every(([label, is]) => found.labels[label as never] === is),
    )?.value;
  };

  test('calls are timed by operation and outcome', async () => {
    const { context } = fabric.acme;
    await db.select(context, 'accounts', ['id']);
    await db.query(context, 'select 1 / 0').catch(() => undefined);
    await denied();
    await db
      .query(context, 'select pg_sleep(600)', [], { statementTimeoutMs: 5 })
      .catch(() => undefined);
    await db.query(context, 'select 1', [], { signal: AbortSignal.abort() }).catch(() => undefined);
    const counts = (await register.getSingleMetric('aibos_query_duration_seconds')?.get())?.values
      .filter((found) => 'metricName' in found && String(found.metricName).endsWith('_count'))
      .map(({ labels, value: n }) => [labels, n]);
    expect(counts).toEqual(
      ['ok', 'error', 'refused', 'timeout', 'aborted'].map((outcome) => [
        { operation: 'select', outcome },
        1,
      ]),
    );
  });

  test('transactions, refusals and the clients of a pool are counted', async () => {
    const { context } = fabric.acme;
    await db.transaction(context, async (tx) => {
      await tx.query('select 1');
      expect(await value('aibos_pool_clients', { pool: 'main', state: 'busy' })).toBe(1);
    });
    await db.transaction(context, (tx) => tx.query('select 1 / 0')).catch(() => undefined);
    await denied();
    await db
      .select(context, 'accounts', ['id'], { tenant_id: 'x' } as never)
      .catch(() => undefined);
    expect(await value('aibos_transactions_total', { outcome: 'committed' })).toBe(1);
    expect(await value('aibos_transactions_total', { outcome: 'rolled back' })).toBe(1);
    expect(await value('aibos_refused_total', { code: '42501' })).toBe(1);
    expect(await value('aibos_refused_total', { code: 'IB913' })).toBe(1);
    expect(await value('aibos_pool_clients', { pool: 'main', state: 'busy' })).toBe(0);
  });

  test('no label names a tenant, a value or a table, and each has a short list of values', async () => {
    const hostile = tracingChannel<unknown, object>('aibos:query');
    for (let n = 0; n < 50; n++) {
      const context = {
        ...fabric.acme.context,
        tenantId: `11111111-1111-4111-8111-0000000000${n + 10}`,
      };
      await db
        .select(context, 'accounts', ['id'], { code: `${SECRET_VALUE} ${n}` })
        .catch(() => undefined);
      await hostile
        .tracePromise(
          async () => Promise.reject(Object.assign(new Error('x'), { code: `X${n}` })),
          { operation: `op${n}` },
        )
        .catch(() => undefined);
    }
    const text = await register.metrics();
    expect(text).not.toContain(SECRET_VALUE);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(text).not.toContain(fabric.acme.context.userId);
    const labels = new Set(
      [...text.matchAll(/(operation|outcome|code|state|pool)="([^"]*)"/g)].map(([all]) => all),
    );
    expect([...labels].sort()).toEqual([
      'operation="other"',
      'operation="select"',
      'outcome="error"',
      'outcome="ok"',
      'pool="main"',
      'state="busy"',
      'state="idle"',
      'state="waiting"',
    ]);
  });

  test('all metrics go away again', async () => {
    const other = new Registry();
    collect({ register: other, prefix: 'books_' })();
    expect(other.getMetricsAsArray()).toEqual([]);
    const stop = collect({ register: other, prefix: 'books_' });
    expect(other.getMetricsAsArray().map(({ name }) => name)).toContain('books_refused_total');
    stop();
  });
});

test('optional packages are imported by their own entry points alone', async () => {
  const folder = join(packageRoot, 'driver');
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const importers = async (name: string) => {
    const found = await Promise.all(
      files.map(async (file) =>
        (await readFile(join(folder, file), 'utf8')).includes(`'${name}'`) ? [file] : [],
      ),
    );
    return found.flat();
  };
  expect(await importers('prom-client')).toEqual(['prometheus.ts']);
  expect(await importers('@opentelemetry/api')).toEqual(['opentelemetry.ts']);
});
