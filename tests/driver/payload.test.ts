import { describe, expect, test } from 'vitest';
import { CATALOG } from '../../driver/catalog.ts';
import { readContext } from '../../driver/context.ts';
import { TenantDb } from '../../driver/index.ts';
import { StatementBuilder } from '../../driver/statements.ts';
import { Whitelist } from '../../driver/tables.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

const pool = new UntouchedPool();
const db = new TenantDb(pool, {
  tables: {
    'app.notes': {
      tenantColumn: 'tenant_id',
      columns: {
        tenant_id: { type: 'uuid' },
        body: { type: 'jsonb' },
        tags: { type: 'text[]' },
        total: { type: 'numeric' },
        ratio: { type: 'float8' },
        day: { type: 'date' },
        at: { type: 'timestamptz' },
        local: { type: 'timestamp' },
        data: { type: 'bytea' },
      },
    },
  },
});
const other = '33333333-3333-4333-8333-333333333333';
const builder = new StatementBuilder(new Whitelist(1_000_000, CATALOG), 1_000_000);
const context = readContext(someone);

const writes = (row: unknown) => [
  () => db.insert(someone, 'users', forced(row)),
  () => db.insert(someone, 'users', forced([{ email: 'a@example.com' }, row])),
  () => db.update(someone, 'users', forced(row), { id: other }),
  () => db.upsert(someone, 'users', forced(row), { onConflict: ['email'], update: [] }),
  () => db.batch(someone, (b) => [b.insert('users', forced(row))]),
];

describe('a payload', () => {
  test.each([
    'tenant_id',
    'tenantId',
    'TENANT_ID',
    'Tenant_Id',
    '"tenant_id"',
    ' tenant_id',
    'tenant_id ',
    'tenant-id',
    'tenant.id',
    'ｔｅｎａｎｔ_id',
  ])('J5 J7 that carries the tenant as %j is refused (IB913)', async (key) => {
    for (const call of writes({ email: 'a@example.com', [key]: other })) {
      const error = await refusal(call);
      expect(error).toMatchObject({ code: 'IB913', schema: 'kernel', table: 'users' });
    }
    const filtered = await refusal(() => db.delete(someone, 'users', forced({ [key]: other })));
    expect(filtered.code).toBe('IB913');
  });

  test('that carries the tenant of the context itself is refused too (IB913)', async () => {
    for (const call of writes({ email: 'a@example.com', tenant_id: someone.tenantId })) {
      expect((await refusal(call)).code).toBe('IB913');
    }
  });

  test('that carries the key of kernel.tenants is refused, since that is the tenant (IB913)', async () => {
    const row = { id: other, name: 'x', slug: 'x' };
    expect((await refusal(() => db.insert(someone, 'tenants', forced(row)))).code).toBe('IB913');
    expect((await refusal(() => db.delete(someone, 'tenants', forced({ id: other })))).code).toBe(
      'IB913',
    );
  });

  test.each(['tеnant_id', 'nope', 'EMAIL', 'email ', '', '$email', 'constructor', 'toString'])(
    'J7 with the key %j, which is no column, is refused (IB912)',
    async (key) => {
      for (const call of writes({ email: 'a@example.com', [key]: 'x' })) {
        const error = await refusal(call);
        expect(error).toMatchObject({ code: 'IB912', schema: 'kernel', table: 'users' });
        expect(error.hint).toContain('email');
      }
    },
  );

  test('J4 with an own key __proto__ is refused (IB912)', async () => {
    const body = JSON.parse(`{"email": "a@example.com", "__proto__": {"tenant_id": "${other}"}}`);
    for (const call of writes(body)) expect((await refusal(call)).code).toBe('IB912');
  });

  test('J4 with inherited keys is refused (IB915)', async () => {
    const body = JSON.parse(`{"email": "a@example.com", "__proto__": {"tenant_id": "${other}"}}`);
    const inherited = Object.assign({}, body);
    expect(Reflect.get(inherited, 'tenant_id')).toBe(other);
    for (const call of writes(inherited)) expect((await refusal(call)).code).toBe('IB915');
  });

  test.each([
    [
      'an instance of a class',
      new (class Row {
        email = 'a@example.com';
      })(),
    ],
    ['a Map', new Map([['email', 'a@example.com']])],
    ['a list', ['a@example.com']],
    ['text', 'email'],
    ['null', null],
    ['undefined', undefined],
    [
      'a getter',
      {
        get email() {
          return 'a@example.com';
        },
      },
    ],
    ['a symbol', { email: 'a@example.com', [Symbol('tenant_id')]: other }],
  ])('that is or has %s is refused (IB915)', async (_, row) => {
    expect(
      (await refusal(() => db.update(someone, 'users', forced(row), { id: other }))).code,
    ).toBe('IB915');
    expect((await refusal(() => db.insert(someone, 'users', [forced(row)]))).code).toBe('IB915');
  });

  test('takes nothing from a polluted prototype', () => {
    Reflect.set(Object.prototype, 'status', 'disabled');
    Reflect.set(Object.prototype, 'allRows', true);
    try {
      const made = builder.insert(context, 'users', { email: 'a@example.com' }, undefined);
      expect(made.text).not.toContain('status');
      expect(() => builder.delete(context, 'users', {}, {})).toThrow('is empty');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'status');
      Reflect.deleteProperty(Object.prototype, 'allRows');
    }
  });

  test('that changes or inserts nothing is refused (IB915)', async () => {
    expect((await refusal(() => db.update(someone, 'users', {}, { id: other }))).code).toBe(
      'IB915',
    );
    expect((await refusal(() => db.insert(someone, 'users', []))).code).toBe('IB915');
  });

  test('that names a column which the server alone writes is refused (IB912)', async () => {
    const row = { company_id: other, entry_date: '2026-01-01', description: 'x', posted_at: 'x' };
    expect((await refusal(() => db.insert(someone, 'journal_entries', forced(row)))).code).toBe(
      'IB912',
    );
    const error = await refusal(() =>
      db.update(someone, 'journal_entries', forced({ description: 'y' }), { id: other }),
    );
    expect(error.code).toBe('IB912');
  });
});

describe('a value', () => {
  const poisoned = { toPostgres: () => other };

  test.each([
    ['undefined', undefined],
    ['an object with toPostgres', poisoned],
    ['an object with toJSON', { toJSON: () => other }],
    ['an object', { a: 1 }],
    ['an instance of a class', new (class Money {})()],
    ['a String object', Object('x')],
    ['a function', () => 'x'],
    ['a symbol', Symbol('x')],
    ['a list', ['x']],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['an unsafe integer', 2 ** 53],
    ['an invalid date', new Date(Number.NaN)],
    ['text with a NUL character', 'a\0b'],
    ['text with half a surrogate pair', 'a\udc00b'],
    ['a megabyte of text', 'x'.repeat(1_048_576)],
  ])('J11 J14 J17 that is %s is refused, naming table and column (IB914)', async (_, value) => {
    for (const call of writes({ email: value })) {
      const error = await refusal(call);
      expect(error).toMatchObject({
        code: 'IB914',
        schema: 'kernel',
        table: 'users',
        column: 'email',
      });
      expect(error.message).toContain('kernel.users.email');
      expect(error.hint).toBeTruthy();
    }
  });

  test.each([
    ['undefined', undefined],
    ['an object with toPostgres', { a: poisoned }],
    [
      'a Date subclass that lies',
      new (class extends Date {
        override getTime() {
          return 0;
        }
      })(Number.NaN),
    ],
    ['a list with undefined', [undefined]],
    ['a list with a hole', new Array(1)],
    ['an unsafe integer in JSON', { a: 2 ** 60 }],
    ['a bigint in JSON', { a: 1n }],
    ['undefined in JSON', { a: undefined }],
    ['a NUL character in a JSON key', { 'a\0': 1 }],
    ['a class in JSON', { a: new Map() }],
  ])('J11 J14 J17 that is %s is refused as a parameter (IB914)', async (_, value) => {
    const error = await refusal(() => db.query(someone, 'select $1', [value]));
    expect(error.code).toBe('IB914');
    expect(error.message).toContain('parameter $1');
  });

  test('that JSON nests too deep is refused (IB914)', async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200; i++) deep = [deep];
    expect((await refusal(() => db.insert(someone, 'notes', forced({ body: deep })))).code).toBe(
      'IB914',
    );
  });

  test.each([
    ['day', new Date()],
    ['day', '01/02/2026'],
    ['day', 'tomorrow'],
    ['at', '2026-01-01'],
    ['at', '2026-01-01T00:00:00'],
    ['at', 'now'],
    ['local', '2026-01-01T00:00:00Z'],
    ['total', 0.1],
    ['tags', 'x'],
    ['tags', [{ a: 1 }]],
    ['ratio', Number.NEGATIVE_INFINITY],
  ])('for column %s that could be read in two ways is refused (IB914)', async (column, value) => {
    const row = {
      body: {},
      tags: [],
      total: 1,
      ratio: 1,
      day: '2026-01-01',
      at: new Date(),
      local: new Date(),
      data: Buffer.of(1),
    };
    const error = await refusal(() =>
      db.insert(someone, 'notes', forced({ ...row, [column]: value })),
    );
    expect(error).toMatchObject({ code: 'IB914', column });
  });

  test('longer than the limit that was set is refused, and may be allowed (IB914)', async () => {
    const small = new TenantDb(pool, { maxValueLength: 3 });
    expect((await refusal(() => small.query(someone, 'select $1', ['four']))).code).toBe('IB914');
    expect((await refusal(() => small.query(someone, 'select $1', ['two']))).code).toBe('IB922');
  });

  test('goes to the wire as exact text', () => {
    const values = [
      1,
      -0,
      1.5,
      12345678901234567890n,
      true,
      null,
      'é😀',
      new Date(0),
      ['a"\\', null, ['b']],
      { a: [1] },
    ];
    expect(builder.raw('select 1', values).values).toEqual([
      '1',
      '0',
      '1.5',
      '12345678901234567890',
      'true',
      null,
      'é😀',
      '1970-01-01T00:00:00.000Z',
      '{"a\\"\\\\",NULL,{"b"}}',
      '{"a":[1]}',
    ]);
    expect(builder.raw('select 1', [new Uint8Array([1, 2])]).values).toEqual([Buffer.from([1, 2])]);
  });
});

test('no refusal ever touched the pool', () => {
  // One statement above was accepted on purpose.
  expect(pool.asked).toBe(1);
});
