import { describe, expectTypeOf, test } from 'vitest';
import { escapeLike, TenantDb } from '../../driver/index.ts';
import { someone, UntouchedPool } from './support/untouched.ts';

const db = new TenantDb(new UntouchedPool(), {
  tables: {
    'app.invoices': {
      tenantColumn: 'tenant_id',
      columns: {
        tenant_id: { type: 'uuid' },
        no: { type: 'text' },
        total: { type: 'numeric' },
        tags: { type: 'text[]', hasDefault: true },
        note: { type: 'text', nullable: true },
        search: { type: 'tsvector', readOnly: true },
        due_on: { type: 'date', insertOnly: true },
        body: { type: 'jsonb', nullable: true },
        ratio: { type: 'float8', nullable: true },
        count: { type: 'int4', nullable: true },
      },
    },
    'app.users': { tenantColumn: 'tenant_id', columns: { tenant_id: { type: 'uuid' } } },
  },
});

/** Never called: the compiler reads them, and fails where a mistake is not one. */
async function compiledReads(): Promise<void> {
  const page = await db.select(someone, 'invoices', ['no'], {}, { limit: 1, after: null });
  expectTypeOf(page.rows).toEqualTypeOf<{ no: string }[]>();
  expectTypeOf(page.next).toEqualTypeOf<string | null>();
  const whole = await db.select(someone, 'invoices', ['no'], {}, { limit: 1, distinct: true });
  // @ts-expect-error only a page has a next one
  whole.next;
  // @ts-expect-error a page has a size
  await db.select(someone, 'invoices', ['no'], {}, { after: null });
  // @ts-expect-error a page begins after a cursor, not after a number of rows
  await db.select(someone, 'invoices', ['no'], {}, { limit: 1, after: null, offset: 1 });
  // @ts-expect-error no such option
  await db.select(someone, 'invoices', ['no'], {}, { limt: 1 });

  const { rows } = await db.aggregate(someone, 'invoices', {
    count: true,
    countDistinct: ['no'],
    sum: ['total', 'ratio'],
    max: ['due_on', 'count'],
  });
  expectTypeOf(rows).toEqualTypeOf<
    [
      {
        readonly count: string;
        readonly countDistinct: { readonly no: string };
        readonly sum: { readonly total: string | null; readonly ratio: number | null };
        readonly max: { readonly due_on: string | null; readonly count: number | null };
      },
    ]
  >();
  const groups = await db.aggregate(
    someone,
    'invoices',
    { avg: ['total'] },
    {},
    { groupBy: ['note', 'due_on'], orderBy: ['note', { aggregate: 'avg', column: 'total' }] },
  );
  expectTypeOf(groups.rows).toEqualTypeOf<
    {
      readonly group: { note: string | null; due_on: string };
      readonly avg: { readonly total: string | null };
    }[]
  >();
  // @ts-expect-error text cannot be summed
  await db.aggregate(someone, 'invoices', { sum: ['no'] });
  // @ts-expect-error documents have no greatest
  await db.aggregate(someone, 'invoices', { max: ['body'] });
  // @ts-expect-error no such function
  await db.aggregate(someone, 'invoices', { count: true, median: ['total'] });
  // @ts-expect-error no such column
  await db.aggregate(someone, 'invoices', { sum: ['nope'] });
  await db.aggregate(
    someone,
    'invoices',
    { count: true },
    {},
    // @ts-expect-error not a column of the groups
    { groupBy: ['no'], orderBy: ['note'] },
  );

  await db.select(someone, 'invoices', ['no'], { not: { tags: { contains: ['x'] } } });
  await db.select(someone, 'invoices', ['no'], { body: { contains: { a: [1] } } });
  await db.select(someone, 'invoices', ['no'], { total: { between: [1n, '2'], notIn: [] } });
  await db.select(someone, 'invoices', ['no'], { note: { ilike: escapeLike('x') } });
  // @ts-expect-error a pattern comes from escapeLike
  await db.select(someone, 'invoices', ['no'], { note: { ilike: '%' } });
  // @ts-expect-error between has two ends
  await db.select(someone, 'invoices', ['no'], { total: { between: [1n] } });
  // @ts-expect-error text contains nothing
  await db.select(someone, 'invoices', ['no'], { no: { contains: 'x' } });
  // @ts-expect-error tags are texts
  await db.select(someone, 'invoices', ['no'], { tags: { contains: [1] } });
  // @ts-expect-error the tenant comes from the context, under not as well
  await db.select(someone, 'invoices', ['no'], { not: { tenant_id: 'x' } });

  for await (const row of db.stream(someone, 'invoices', ['no', 'ratio'], {}, { batchSize: 9 })) {
    expectTypeOf(row).toEqualTypeOf<{ no: string; ratio: number | null }>();
  }
  // @ts-expect-error a stream has no pages
  db.stream(someone, 'invoices', ['no'], {}, { offset: 1 });
  // @ts-expect-error no such form
  await db.copyTo(someone, process.stdout, 'invoices', ['no'], {}, { format: 'binary' });
  // @ts-expect-error no such column
  await db.copyTo(someone, process.stdout, 'invoices', ['nope']);
}

async function compiledWrites(): Promise<void> {
  const row = { no: 'x', total: 5n, due_on: '2026-01-01' };
  const made = await db.upsert(someone, 'invoices', row, {
    onConflict: ['no'],
    update: ['total'],
    returning: ['no'],
  });
  expectTypeOf(made.rows).toEqualTypeOf<{ no: string }[]>();
  // @ts-expect-error the key must be named
  await db.upsert(someone, 'invoices', row, {});
  // @ts-expect-error no such column
  await db.upsert(someone, 'invoices', row, { onConflict: ['nope'] });
  // @ts-expect-error the tenant comes from the context
  await db.upsert(someone, 'invoices', row, { onConflict: ['tenant_id', 'no'] });
  // @ts-expect-error given once
  await db.upsert(someone, 'invoices', row, { onConflict: ['no'], update: ['due_on'] });
  // @ts-expect-error posted entries never change
  await db.upsert(someone, 'journal_entries', [], { onConflict: ['id'], update: ['description'] });
  // @ts-expect-error only the server writes the audit log
  await db.upsert(someone, 'finance.audit_events', { action: 'x' }, { onConflict: [] });

  const [read, counted, written] = await db.batch(someone, (b) => [
    b.select('invoices', ['no'], {}, { limit: 1, after: null }),
    b.aggregate('invoices', { count: true }),
    b.insert('invoices', row, { returning: ['total'] }),
  ]);
  expectTypeOf(read.next).toEqualTypeOf<string | null>();
  expectTypeOf(counted.rows).toEqualTypeOf<[{ readonly count: string }]>();
  expectTypeOf(written.rows).toEqualTypeOf<{ total: string }[]>();
  // @ts-expect-error three statements have no fourth answer
  (await db.batch(someone, (b) => [b.query('a'), b.query('b'), b.query('c')]))[3];
  // @ts-expect-error only what the batch made
  await db.batch(someone, () => ['select 1']);
  // @ts-expect-error made, not sent
  await db.batch(someone, () => [db.select(someone, 'invoices', ['no'])]);
  // @ts-expect-error a batch has its context already
  await db.batch(someone, (b) => [b.select(someone, 'invoices', ['no'])]);
}

async function compiled(): Promise<void> {
  const { rows } = await db.select(someone, 'finance.journal_lines', [
    'line_no',
    'debit_cents',
    'memo',
  ]);
  expectTypeOf(rows).toEqualTypeOf<
    { line_no: number; debit_cents: string; memo: string | null }[]
  >();
  const own = await db.select(someone, 'invoices', ['total', 'tags']);
  expectTypeOf(own.rows).toEqualTypeOf<{ total: string; tags: readonly (string | null)[] }[]>();
  const made = await db.insert(
    someone,
    'accounts',
    { company_id: 'x', code: '1', name: 'x', account_type: 'asset' },
    { returning: ['id'] },
  );
  expectTypeOf(made.rows).toEqualTypeOf<{ id: string }[]>();
  const none = await db.delete(someone, 'accounts', { id: 'x' });
  expectTypeOf(none.rows).toEqualTypeOf<Record<never, never>[]>();

  // @ts-expect-error no such table
  await db.select(someone, 'finance.nope', ['id']);
  // @ts-expect-error finance and kernel both have it
  await db.select(someone, 'audit_events', ['id']);
  // @ts-expect-error kernel and app both have it
  await db.select(someone, 'users', ['id']);
  await db.select(someone, 'kernel.users', ['id']);
  // @ts-expect-error no such column
  await db.select(someone, 'accounts', ['nope']);
  // @ts-expect-error no such column
  await db.select(someone, 'accounts', ['id'], { nope: 1 });
  // @ts-expect-error no such column
  await db.select(someone, 'accounts', ['id'], {}, { orderBy: ['id; drop'] });
  // @ts-expect-error the tenant comes from the context
  await db.select(someone, 'accounts', ['id'], { tenant_id: someone.tenantId });
  const company = { code: 'x', name: 'x', functional_currency: 'USD' };
  // @ts-expect-error the tenant comes from the context
  await db.insert(someone, 'companies', { ...company, tenant_id: 'x' });
  // @ts-expect-error name is missing
  await db.insert(someone, 'companies', { code: 'x', functional_currency: 'USD' });
  // @ts-expect-error code is text
  await db.insert(someone, 'companies', { code: 1, name: 'x', functional_currency: 'USD' });
  const entry = { company_id: 'x', entry_date: '2026-01-01', description: 'x' };
  await db.insert(someone, 'journal_entries', entry);
  // @ts-expect-error the server stamps it
  await db.insert(someone, 'journal_entries', { ...entry, posted_at: 'x' });
  // @ts-expect-error posted entries never change
  await db.update(someone, 'journal_entries', { description: 'x' }, { id: 'x' });
  // @ts-expect-error only the server writes the audit log
  await db.insert(someone, 'finance.audit_events', { action: 'x' });
  // @ts-expect-error shared by all tenants
  await db.insert(someone, 'currencies', { code: 'XXX', name: 'x', exponent: 2 });
  // @ts-expect-error a total is a decimal
  await db.insert(someone, 'invoices', { no: 'x', total: true, due_on: '2026-01-01' });
  await db.insert(someone, 'invoices', { no: 'x', total: 5n, due_on: '2026-01-01' });
  // @ts-expect-error computed by the server
  await db.insert(someone, 'invoices', { no: 'x', total: '1', due_on: '2026-01-01', search: 'x' });
  // @ts-expect-error given once
  await db.update(someone, 'invoices', { due_on: '2026-01-01' }, { no: 'x' });
  // @ts-expect-error an unknown operator
  await db.select(someone, 'accounts', ['id'], { code: { $ne: 'x' } });
  // @ts-expect-error a pattern comes from escapeLike
  await db.select(someone, 'accounts', ['id'], { code: { like: '%' } });
  await db.select(someone, 'accounts', ['id'], { code: { like: escapeLike('x') } });
  // @ts-expect-error the whole filter must be given
  await db.update(someone, 'accounts', { name: 'x' });
  // @ts-expect-error a context names a tenant
  await db.select({ userId: 'x' }, 'accounts', ['id']);
  // @ts-expect-error one tenant
  await db.select({ tenantId: ['x'], userId: 'x' }, 'accounts', ['id']);
  await db.transaction(someone, async (tx) => {
    await tx.select('accounts', ['id'], { or: [{ code: 'x' }, { name: { in: ['y'] } }] });
    // @ts-expect-error a transaction has its context already
    await tx.select(someone, 'accounts', ['id']);
    // @ts-expect-error no way to another tenant
    await tx.transaction(someone, async () => {});
  });
}

describe('the whitelist at compile time', () => {
  test('refuses what the compiled functions above mark as a mistake', () => {
    for (const each of [compiled, compiledReads, compiledWrites]) expectTypeOf(each).toBeFunction();
  });
});
