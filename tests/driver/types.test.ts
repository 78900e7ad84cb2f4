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
      },
    },
    'app.users': { tenantColumn: 'tenant_id', columns: { tenant_id: { type: 'uuid' } } },
  },
});

/** Never called: the compiler reads it, and fails where a mistake is not one. */
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
  test('refuses what the compiled function above marks as a mistake', () => {
    expectTypeOf(compiled).toBeFunction();
  });
});
