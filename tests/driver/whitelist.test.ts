import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

const pool = new UntouchedPool();
const db = new TenantDb(pool);

describe('a table', () => {
  test.each([
    'pg_authid',
    'pg_catalog.pg_class',
    'finance.accounts; drop table finance.accounts',
    'finance.accounts a',
    '"finance"."accounts"',
    'FINANCE.ACCOUNTS',
    ' accounts',
    'accounts ',
    'finance.аccounts',
    'constructor',
    '__proto__',
    'toString',
    '',
    'finance.',
    '.accounts',
  ])('J2 named %j is not on the whitelist (IB911)', async (table) => {
    const error = await refusal(() => db.select(someone, forced(table), forced(['id'])));
    expect(error.code).toBe('IB911');
    expect(error.hint).toBeTruthy();
  });

  test.each([[undefined], [null], [['users']], [{ toString: () => 'users' }], [7]])(
    'given as %j is refused (IB911)',
    async (table) => {
      const error = await refusal(() => db.select(someone, forced(table), forced(['id'])));
      expect(error.code).toBe('IB911');
    },
  );

  test('named without its schema is refused where two schemas have it, naming both', async () => {
    const error = await refusal(() => db.select(someone, forced('audit_events'), forced(['id'])));
    expect(error.code).toBe('IB911');
    expect(error.detail).toContain('finance.audit_events');
    expect(error.detail).toContain('kernel.audit_events');
  });
});

describe('a column', () => {
  const hostile = [
    'id; drop table users',
    'id, email',
    '*',
    'ID',
    'id ',
    '"id"',
    'іd',
    'count(*)',
    'constructor',
    '__proto__',
    'hasOwnProperty',
    '',
    undefined,
    null,
    ['id'],
    { toString: () => 'id' },
  ];

  test.each(hostile)(
    'J1 given as %j is refused wherever a statement names columns (IB912)',
    async (name) => {
      const calls = [
        () => db.select(someone, 'users', [forced(name)]),
        () => db.insert(someone, 'users', { email: 'x' }, { returning: [forced(name)] }),
        () => db.delete(someone, 'users', { email: 'x' }, { returning: [forced(name)] }),
        () => db.select(someone, 'users', ['id'], {}, { orderBy: [{ column: forced(name) }] }),
        () => db.select(someone, 'users', [forced(name)], {}, { limit: 1, after: null }),
        () =>
          db.select(
            someone,
            'users',
            ['id'],
            {},
            { orderBy: [{ column: forced(name) }], limit: 1, after: null },
          ),
        () => db.aggregate(someone, 'users', { max: [forced(name)] }),
        () => db.aggregate(someone, 'users', { count: true }, {}, { groupBy: [forced(name)] }),
        () =>
          db.upsert(
            someone,
            'users',
            { email: 'x', status: 'active' },
            { onConflict: ['email'], returning: [forced(name)] },
          ),
        () => db.stream(someone, 'users', [forced(name)]),
        () => db.copyTo(someone, new PassThrough(), 'users', [forced(name)]),
        () => db.batch(someone, (b) => [b.select('users', [forced(name)])]),
      ];
      for (const call of calls) expect((await refusal(call)).code).toBe('IB912');
    },
  );

  test.each(hostile.filter((name) => typeof name === 'string'))(
    'J1 sorted by %j is refused (IB912)',
    async (name) => {
      const error = await refusal(() =>
        db.select(someone, 'users', ['id'], {}, { orderBy: [forced(name)] }),
      );
      expect(error.code).toBe('IB912');
    },
  );

  test('list that is empty or no list is refused (IB912)', async () => {
    for (const columns of [[], undefined, 'id', { 0: 'id', length: 1 }]) {
      const error = await refusal(() => db.select(someone, 'users', forced(columns)));
      expect(error.code).toBe('IB912');
    }
  });
});

describe('options', () => {
  test.each([
    ['an unknown key', { order: ['id'] }],
    ['a limit that is no number', { limit: '1; drop table users' }],
    ['a negative limit', { limit: -1 }],
    ['a fractional limit', { limit: 1.5 }],
    ['a limit that is NaN', { limit: Number.NaN }],
    ['an offset beyond exact integers', { offset: 2 ** 53 }],
    ['orderBy that is no list', { orderBy: 'id' }],
    ['a direction that is SQL', { orderBy: [{ column: 'id', direction: 'asc; drop' }] }],
    ['an unknown place of nulls', { orderBy: [{ column: 'id', nulls: 'middle' }] }],
    ['inherited options', Object.create({ limit: 1 })],
    ['null', null],
  ])('with %s are refused (IB923)', async (_, options) => {
    const error = await refusal(() => db.select(someone, 'users', ['id'], {}, forced(options)));
    expect(error.code).toBe('IB923');
  });

  test.each([
    ['an unknown isolation level', { isolation: 'serializable; drop table users' }],
    ['a string for readOnly', { readOnly: 'false' }],
    ['negative retries', { retries: -1 }],
    ['endless retries', { retries: Number.POSITIVE_INFINITY }],
  ])('of a transaction with %s are refused (IB923)', async (_, options) => {
    const error = await refusal(() => db.transaction(someone, async () => 1, forced(options)));
    expect(error.code).toBe('IB923');
  });
});

describe("an application's own tables", () => {
  const invoices = {
    tenantColumn: 'tenant_id',
    columns: { tenant_id: { type: 'uuid' }, no: { type: 'text' } },
  } as const;

  test('are taken beside those of the fabric', async () => {
    const own = new TenantDb(pool, { tables: { 'app.invoices': invoices } });
    // The pool lends nothing: reaching it means that the statement was accepted.
    expect((await refusal(() => own.select(someone, 'invoices', ['no']))).code).toBe('IB922');
    expect((await refusal(() => own.select(someone, 'app.invoices', ['no']))).code).toBe('IB922');
    expect((await refusal(() => own.select(someone, 'users', ['id']))).code).toBe('IB922');
  });

  test.each([
    ['a name without schema', { invoices }],
    ['a name that is SQL', { 'app.invoices; drop table x': invoices }],
    ['a table of the fabric', { 'kernel.users': invoices }],
    ['a tenant column that is no column', { 'app.t': { ...invoices, tenantColumn: 'owner' } }],
    ['no word on the tenant', { 'app.t': { columns: invoices.columns } }],
    [
      'a column name that is SQL',
      { 'app.t': { tenantColumn: null, columns: { 'a"b': { type: 'text' } } } },
    ],
    [
      'a column named like a join of filters',
      { 'app.t': { tenantColumn: null, columns: { or: { type: 'text' } } } },
    ],
    [
      'a type that is SQL',
      { 'app.t': { tenantColumn: null, columns: { a: { type: 'text; drop' } } } },
    ],
    ['a key of no columns of its', { 'app.t': { ...invoices, key: ['id'] } }],
    ['a key with the tenant', { 'app.t': { ...invoices, key: ['tenant_id', 'no'] } }],
    ['a key that names a column twice', { 'app.t': { ...invoices, key: ['no', 'no'] } }],
    [
      'a key that may be null',
      {
        'app.t': {
          tenantColumn: null,
          key: ['a'],
          columns: { a: { type: 'text', nullable: true } },
        },
      },
    ],
    [
      'a column named like a negation',
      { 'app.t': { tenantColumn: null, columns: { not: { type: 'text' } } } },
    ],
    ['an unknown setting', { 'app.t': { ...invoices, rls: false } }],
  ])('with %s are refused (IB923)', async (_, tables) => {
    expect((await refusal(() => new TenantDb(pool, { tables: forced(tables) }))).code).toBe(
      'IB923',
    );
  });

  test('shared by all tenants can be read and not written (IB925)', async () => {
    for (const call of [
      () => db.insert(someone, 'currencies', forced({ code: 'XXX' })),
      () => db.update(someone, 'currencies', forced({ name: 'x' }), { code: 'USD' }),
      () => db.delete(someone, 'currencies', { code: 'USD' }),
      () => db.insert(someone, 'finance.audit_events', forced({ action: 'insert' })),
    ]) {
      expect((await refusal(call)).code).toBe('IB925');
    }
  });
});
