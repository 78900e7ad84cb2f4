import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { escapeLike, TenantDb } from '../../driver/index.ts';
import { type Fabric, openFabric, openPool } from './support/fabric.ts';
import { paper } from './support/paper.ts';
import { refusal } from './support/refusal.ts';

let fabric: Fabric;
let db: TenantDb;

beforeAll(async () => {
  fabric = await openFabric();
  db = new TenantDb(fabric.pool('finance'));
});

describe('a tenant', () => {
  test('reads its own rows and never those of another', async () => {
    const { acme, globex } = fabric;
    const mine = await db.select(acme.context, 'finance.accounts', ['id', 'tenant_id'], undefined, {
      orderBy: ['code'],
    });
    expect(mine.rows).toEqual([
      { id: acme.cash, tenant_id: acme.context.tenantId },
      { id: acme.sales, tenant_id: acme.context.tenantId },
    ]);
    expect(mine.rowCount).toBe(2);
    const foreign = await db.select(acme.context, 'accounts', ['id'], { id: globex.cash });
    expect(foreign.rows).toEqual([]);
  });

  test('reads its own rows alone through SQL of its own', async () => {
    const { rows } = await db.query<{ tenant_id: string }>(
      fabric.acme.context,
      'select distinct tenant_id from finance.accounts',
    );
    expect(rows).toEqual([{ tenant_id: fabric.acme.context.tenantId }]);
  });

  test('inserts, changes and deletes rows that are its own', async () => {
    const { acme } = fabric;
    const made = await db.insert(acme.context, 'document_metadata', paper(acme.companyId, 'Rent'), {
      returning: ['tenant_id', 'title', 'payment_id', 'created_at'],
    });
    expect(made.rows).toEqual([
      {
        tenant_id: acme.context.tenantId,
        title: 'Rent',
        payment_id: null,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      },
    ]);
    const changed = await db.update(
      acme.context,
      'document_metadata',
      { title: 'Office rent' },
      { title: 'Rent' },
      { returning: ['title'] },
    );
    expect(changed).toEqual({ rows: [{ title: 'Office rent' }], rowCount: 1 });
    const deleted = await db.delete(acme.context, 'document_metadata', { title: 'Office rent' });
    expect(deleted).toEqual({ rows: [], rowCount: 1 });
  });

  test('neither changes nor deletes rows of another tenant, even all of them', async () => {
    const { acme, globex } = fabric;
    await db.insert(globex.context, 'document_metadata', paper(globex.companyId, 'Untouched'));
    const changed = await db.update(
      acme.context,
      'document_metadata',
      { title: 'x' },
      { title: 'Untouched' },
    );
    const deleted = await db.delete(acme.context, 'document_metadata', {}, { allRows: true });
    expect([changed.rowCount, deleted.rowCount]).toEqual([0, 0]);
    const kept = await db.select(globex.context, 'document_metadata', ['title']);
    expect(kept.rows).toEqual([{ title: 'Untouched' }]);
  });

  test('inserts several rows at once, absent keys taking their defaults', async () => {
    const { acme } = fabric;
    const draft = { company_id: acme.companyId, entry_date: '2026-02-28' };
    const { rows } = await db.insert(
      acme.context,
      'journal_drafts',
      [
        { ...draft, description: 'A', reference: 'r1' },
        { description: 'B', ...draft },
      ],
      { returning: ['description', 'reference'] },
    );
    expect(rows).toEqual([
      { description: 'A', reference: 'r1' },
      { description: 'B', reference: null },
    ]);
    const both = await db.select(acme.context, 'journal_drafts', ['id'], {
      description: { in: ['A', 'B'] },
    });
    expect(both.rowCount).toBe(2);
  });

  test('cannot insert a row that points at another tenant', async () => {
    const { acme, globex } = fabric;
    const error = await refusal(() =>
      db.insert(acme.context, 'accounts', {
        company_id: globex.companyId,
        code: '6000',
        name: 'Foreign',
        account_type: 'asset',
      }),
    );
    expect(error).toMatchObject({ code: '23503', constraint: 'accounts_company_id_fk' });
  });

  test('cannot write a row of another tenant through SQL of its own', async () => {
    const { acme, globex } = fabric;
    const error = await refusal(() =>
      db.query(
        acme.context,
        'insert into finance.companies (tenant_id, code, name, functional_currency) values ($1, $2, $2, $3)',
        [globex.context.tenantId, 'evil', 'USD'],
      ),
    );
    expect(error.code).toBe('42501');
  });

  test('sees itself alone in kernel.tenants, whose key is the tenant', async () => {
    const kernel = new TenantDb(fabric.pool('kernel'));
    const { rows } = await kernel.select(fabric.acme.context, 'kernel.tenants', ['id', 'slug']);
    expect(rows).toEqual([{ id: fabric.acme.context.tenantId, slug: 'acme' }]);
  });

  test('reads tables shared by all tenants without a predicate', async () => {
    const { rows } = await db.select(fabric.acme.context, 'currencies', ['code', 'exponent'], {
      code: { in: ['JPY', 'USD'] },
    });
    expect(rows).toEqual(
      expect.arrayContaining([
        { code: 'JPY', exponent: 0 },
        { code: 'USD', exponent: 2 },
      ]),
    );
  });

  test('posts a journal whose actor, request and reason come from the context', async () => {
    const { acme } = fabric;
    const context = { ...acme.context, requestId: 'req-7', reason: 'year-end' };
    const { rows } = await db.query<{ id: string }>(
      context,
      'select finance.post_journal($1, $2, $3, $4, $5, $6, $7) as id',
      [
        acme.companyId,
        '2026-03-01',
        'Cash sale',
        [acme.cash, acme.sales],
        [1200n, 0],
        [0, 1200n],
        ['USD', 'USD'],
      ],
    );
    const admin = new TenantDb(fabric.pool('admin'));
    const events = await admin.select(
      acme.context,
      'finance.audit_events',
      ['actor', 'request_id', 'reason'],
      { id: rows[0]?.id ?? '' },
    );
    expect(events.rows).toEqual([
      { actor: acme.context.userId, request_id: 'req-7', reason: 'year-end' },
    ]);
    const lines = await db.select(acme.context, 'journal_lines', ['line_no', 'debit_cents']);
    expect(lines.rows).toContainEqual({ line_no: 1, debit_cents: '1200' });
  });

  test('is refused by name and code when an entry does not balance', async () => {
    const { acme } = fabric;
    const error = await refusal(() =>
      db.query(acme.context, 'select finance.post_journal($1, $2, $3, $4, $5, $6, $7)', [
        acme.companyId,
        '2026-03-01',
        'Off by one',
        [acme.cash, acme.sales],
        [1200, 0],
        [0, 1199],
        ['USD', 'USD'],
      ]),
    );
    expect(error).toMatchObject({ code: 'IB201', retryable: false });
    expect(error.hint).toBeTruthy();
    expect(error.cause).toMatchObject({ code: 'IB201', severity: 'ERROR' });
  });
});

describe('the predicate alone, for a superuser whom no row policy binds', () => {
  const everything = { or: [{ code: { ne: 'x' } }, { code: { isNull: false } }, { code: 'x' }] };

  test('keeps every read to the tenant', async () => {
    const unbound = new TenantDb(openPool(fabric.database.admin));
    const { acme, globex } = fabric;
    const both = await unbound.query(
      acme.context,
      'select distinct tenant_id from finance.accounts',
    );
    expect(both.rowCount).toBe(2);
    for (const where of [undefined, {}, everything, { id: { in: [acme.cash, globex.cash] } }]) {
      const { rows } = await unbound.select(acme.context, 'accounts', ['tenant_id'], where);
      expect(new Set(rows.map((row) => row.tenant_id))).toEqual(new Set([acme.context.tenantId]));
    }
    const tenants = await unbound.select(acme.context, 'tenants', ['slug']);
    expect(tenants.rows).toEqual([{ slug: 'acme' }]);
  });

  test('keeps every change and removal to the tenant', async () => {
    const unbound = new TenantDb(openPool(fabric.database.admin));
    const { acme, globex } = fabric;
    const title = 'Shared name';
    for (const { context, companyId } of [acme, globex]) {
      await unbound.insert(context, 'document_metadata', paper(companyId, title));
    }
    const where = { or: [{ title: { ne: 'x' } }, { title: { isNull: false } }] };
    await unbound.update(acme.context, 'document_metadata', { media_type: 'x' }, where);
    await unbound.delete(acme.context, 'document_metadata', {}, { allRows: true });
    const kept = await unbound.select(globex.context, 'document_metadata', ['media_type'], {
      title,
    });
    expect(kept.rows).toEqual([{ media_type: 'application/pdf' }]);
    await unbound.delete(globex.context, 'document_metadata', { title });
  });
});

describe('filters', () => {
  const codes = async (where: Parameters<typeof db.select<'accounts', 'code'>>[3]) => {
    const { rows } = await db.select(fabric.acme.context, 'accounts', ['code'], where, {
      orderBy: ['code'],
    });
    return rows.map((row) => row.code);
  };

  test('mean what they say', async () => {
    expect(await codes({ code: { in: ['4000', '9999'] } })).toEqual(['4000']);
    expect(await codes({ code: { gte: '1000', lt: '4000' } })).toEqual(['1000']);
    expect(await codes({ code: { ne: '1000' } })).toEqual(['4000']);
    expect(await codes({ currency: { isNull: true } })).toEqual(['1000', '4000']);
    expect(await codes({ currency: { isNull: false } })).toEqual([]);
    expect(await codes({ name: { like: escapeLike('a', 'contains') } })).toEqual(['1000', '4000']);
    expect(await codes({ or: [{ code: '1000' }, { name: 'Sales' }] })).toEqual(['1000', '4000']);
    expect(await codes({ is_active: true, and: [{ code: '4000' }] })).toEqual(['4000']);
  });

  test('J13 with an empty list match nothing', async () => {
    expect(await codes({ code: { in: [] } })).toEqual([]);
    expect(await codes({ or: [{ code: { in: [] } }, { code: '1000' }] })).toEqual(['1000']);
  });

  test('J20 take wildcards of a user as plain characters', async () => {
    expect(await codes({ name: { like: escapeLike('%') } })).toEqual([]);
    expect(await codes({ name: { like: escapeLike('_a', 'startsWith') } })).toEqual([]);
    expect(await codes({ name: { like: escapeLike('Cash', 'equals') } })).toEqual(['1000']);
    expect(await codes({ name: { like: escapeLike('es', 'endsWith') } })).toEqual(['4000']);
  });

  test('take text that looks like SQL as a value', async () => {
    expect(await codes({ code: "1000' or true --" })).toEqual([]);
  });

  test('order, limit and skip', async () => {
    const { rows } = await db.select(
      fabric.acme.context,
      'accounts',
      ['code'],
      {},
      { orderBy: [{ column: 'code', direction: 'desc', nulls: 'last' }], limit: 1, offset: 1 },
    );
    expect(rows).toEqual([{ code: '1000' }]);
  });
});

describe('the server', () => {
  test('answers a generic plan with the rows of the tenant that asks (one text, tenants in turn)', async () => {
    const single = new TenantDb(fabric.pool('finance', { max: 1 }));
    const text = 'select tenant_id, code from finance.accounts where code = $1';
    for (let round = 0; round < 8; round++) {
      for (const { context } of [fabric.acme, fabric.globex]) {
        const { rows } = await single.query(context, text, ['1000']);
        expect(rows).toEqual([{ tenant_id: context.tenantId, code: '1000' }]);
      }
    }
  });

  test('answers a plan prepared under one tenant with the rows of the next', async () => {
    const single = new TenantDb(
      fabric.pool('finance', { max: 1, options: '-c plan_cache_mode=force_generic_plan' }),
    );
    for (const { context } of [fabric.acme, fabric.globex, fabric.acme]) {
      const { rows } = await single.select(context, 'companies', ['tenant_id'], { code: 'main' });
      expect(rows).toEqual([{ tenant_id: context.tenantId }]);
    }
  });

  test('refuses a tenant it does not know, on writing', async () => {
    const error = await refusal(() =>
      db.insert({ tenantId: randomUUID(), userId: randomUUID() }, 'companies', {
        code: 'x',
        name: 'x',
        functional_currency: 'USD',
      }),
    );
    expect(error.code).toBe('IB101');
  });

  test('reports a violated constraint with table, constraint and detail', async () => {
    const { acme } = fabric;
    const error = await refusal(() =>
      db.insert(acme.context, 'companies', { code: 'main', name: 'x', functional_currency: 'USD' }),
    );
    expect(error).toMatchObject({
      code: '23505',
      schema: 'finance',
      table: 'companies',
      constraint: 'companies_tenant_id_code_uq',
      severity: 'ERROR',
      retryable: false,
    });
  });
});
