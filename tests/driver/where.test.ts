import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { CATALOG } from '../../driver/catalog.ts';
import { readContext } from '../../driver/context.ts';
import { escapeLike, TenantDb } from '../../driver/index.ts';
import { StatementBuilder } from '../../driver/statements.ts';
import { Whitelist } from '../../driver/tables.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

const pool = new UntouchedPool();
const db = new TenantDb(pool);
const builder = new StatementBuilder(new Whitelist(1_000_000, CATALOG), 1_000_000);
const context = readContext(someone);
const id = '33333333-3333-4333-8333-333333333333';

const filtered = (where: unknown) => [
  () => db.select(someone, 'users', ['id'], forced(where)),
  () => db.update(someone, 'users', { status: 'disabled' }, forced(where)),
  () => db.delete(someone, 'users', forced(where)),
  () => db.select(someone, 'users', ['id'], forced(where), { limit: 1, after: null }),
  () => db.aggregate(someone, 'users', { count: true }, forced(where)),
  () => db.stream(someone, 'users', ['id'], forced(where)),
  () => db.copyTo(someone, new PassThrough(), 'users', ['id'], forced(where)),
  () => db.batch(someone, (b) => [b.delete('users', forced(where))]),
];

describe('a filter', () => {
  test.each([
    ['an operator of another language', { id: { $ne: null } }],
    ['an unknown operator', { id: { eq: id } }],
    ['an inherited operator', { id: Object.create({ in: [id] }) }],
    ['an operator __proto__', { id: JSON.parse('{"__proto__": {"in": []}}') }],
    ['an empty condition', { id: {} }],
    ['null as a value', { id: null }],
    ['null in a comparison', { id: { ne: null } }],
    ['null in a list', { id: { in: [id, null] } }],
    ['text for a list', { id: { in: id } }],
    ['an object for a list', { id: { in: { length: 0 } } }],
    ['a list in a list', { id: { in: [[id]] } }],
    ['text for isNull', { id: { isNull: 'false' } }],
    ['text as a pattern', { email: { like: '%' } }],
    ['a forged pattern', { email: { like: { pattern: '%' } } }],
    [
      'a forged pattern of the same class',
      { email: { like: Object.create(Object.getPrototypeOf(escapeLike('x'))) } },
    ],
    ['or that is no list', { or: { id } }],
    ['an empty or', { or: [] }],
    ['an empty and', { and: [] }],
    ['an empty filter in or', { or: [{ id }, {}] }],
    ['a hole in or', { or: new Array(1) }],
    ['a list', [{ id }]],
    ['text', 'true'],
    ['null', null],
    [
      'a getter',
      {
        get id() {
          return id;
        },
      },
    ],
  ])('J8 with %s is refused (IB915)', async (_, where) => {
    for (const call of filtered(where)) {
      const error = await refusal(call);
      expect(error.code).toBe('IB915');
      expect(error.message).toContain('kernel.users');
    }
  });

  test.each([
    ['undefined', { id: undefined }],
    ['undefined in a comparison', { id: { gt: undefined } }],
    ['undefined in a list', { id: { in: [undefined] } }],
    ['a list as a value', { id: [id] }],
    ['an object in a list', { id: { in: [{ $ne: 1 }] } }],
    ['a NUL character', { email: 'a\0' }],
  ])('J11 with %s is refused (IB914)', async (_, where) => {
    for (const call of filtered(where)) expect((await refusal(call)).code).toBe('IB914');
  });

  test('J8 with a key that is no column is refused, however deep (IB912)', async () => {
    for (const where of [{ nope: 1 }, { $or: [] }, { or: [{ and: [{ 'id" = "id': 1 }] }] }]) {
      for (const call of filtered(where)) expect((await refusal(call)).code).toBe('IB912');
    }
  });

  test('nested beyond reason is refused (IB915)', async () => {
    let where: unknown = { id };
    for (let i = 0; i < 1000; i++) where = { and: [where] };
    for (const call of filtered(where)) expect((await refusal(call)).code).toBe('IB915');
  });

  test('on JSON takes isNull alone (IB915)', async () => {
    const error = await refusal(() =>
      db.select(someone, 'finance.audit_events', ['id'], { after: forced({ lt: 1 }) }),
    );
    expect(error.code).toBe('IB915');
    const text = builder.select(
      context,
      'finance.audit_events',
      ['id'],
      { after: { isNull: true } },
      undefined,
    ).text;
    expect(text).toContain('"after" is null');
  });

  test('J10 that is empty is refused on update and delete unless all rows are meant (IB915)', async () => {
    const [, update, remove] = filtered({});
    for (const call of [update, remove]) {
      expect((await refusal(() => call?.())).code).toBe('IB915');
    }
    for (const allRows of [false, 1, 'true', null]) {
      const error = await refusal(() =>
        db.delete(someone, 'users', {}, { allRows: forced(allRows) }),
      );
      expect(error.code).toBe('IB915');
    }
    expect(
      (await refusal(() => db.delete(someone, 'users', forced(undefined), { allRows: true }))).code,
    ).toBe('IB915');
    expect(builder.delete(context, 'users', {}, { allRows: true }).text).toBe(
      'delete from "kernel"."users" where "tenant_id" = $1',
    );
  });

  test('needing more parameters than the protocol has is refused (IB915)', async () => {
    const rows = Array.from({ length: 40_000 }, () => ({
      email: 'a@example.com',
      status: 'active',
    }));
    expect((await refusal(() => db.insert(someone, 'users', rows))).code).toBe('IB915');
  });

  test('never touched the pool while refused', () => {
    expect(pool.asked).toBe(0);
  });
});

describe('a statement', () => {
  test('reads as expected, the tenant first and outermost', () => {
    const select = builder.select(
      context,
      'users',
      ['id', 'email'],
      { or: [{ id }, { email: { in: ['a', 'b'], ne: 'c' } }] },
      {
        orderBy: ['email', { column: 'id', direction: 'desc', nulls: 'first' }],
        limit: 10,
        offset: 5,
      },
    );
    expect(select).toEqual({
      text: 'select "id", "email" from "kernel"."users" where "tenant_id" = $1 and ((("id" = $2) or ("email" = any($3) and "email" <> $4))) order by "email", "id" desc nulls first limit $5 offset $6',
      values: [someone.tenantId, id, '{"a","b"}', 'c', '10', '5'],
    });
    expect(builder.insert(context, 'users', { email: 'a' }, { returning: ['id'] })).toEqual({
      text: 'insert into "kernel"."users" ("tenant_id", "email") values ($1, $2) returning "id"',
      values: [someone.tenantId, 'a'],
    });
    expect(builder.update(context, 'users', { status: 'x' }, { id }, undefined)).toEqual({
      text: 'update "kernel"."users" set "status" = $3 where "tenant_id" = $1 and ("id" = $2)',
      values: [someone.tenantId, id, 'x'],
    });
    expect(builder.delete(context, 'users', { id }, undefined)).toEqual({
      text: 'delete from "kernel"."users" where "tenant_id" = $1 and ("id" = $2)',
      values: [someone.tenantId, id],
    });
  });

  test('over kernel.tenants is bound by its key', () => {
    expect(builder.select(context, 'tenants', ['name'], undefined, undefined)).toEqual({
      text: 'select "name" from "kernel"."tenants" where "id" = $1',
      values: [someone.tenantId],
    });
    expect(builder.insert(context, 'tenants', { name: 'A', slug: 'a' }, undefined).text).toBe(
      'insert into "kernel"."tenants" ("id", "name", "slug") values ($1, $2, $3)',
    );
  });

  test('over a table without tenants has no predicate', () => {
    expect(builder.select(context, 'currencies', ['code'], { code: 'USD' }, undefined)).toEqual({
      text: 'select "code" from "config"."currencies" where "code" = $1',
      values: ['USD'],
    });
  });

  test('J13 with an empty list says false', () => {
    expect(builder.select(context, 'users', ['id'], { id: { in: [] } }, undefined).text).toBe(
      'select "id" from "kernel"."users" where "tenant_id" = $1 and (false)',
    );
  });
});

describe('escapeLike', () => {
  test.each([[undefined], [7], [{ toString: () => '%' }], ['a\0']])(
    'J20 refuses %j (IB914)',
    async (text) => {
      expect((await refusal(() => escapeLike(forced(text)))).code).toBe('IB914');
    },
  );

  test('refuses an unknown match (IB914)', async () => {
    expect((await refusal(() => escapeLike('x', forced('regexp')))).code).toBe('IB914');
  });

  test('J20 escapes every wildcard', () => {
    const { values } = builder.select(
      context,
      'users',
      ['id'],
      { email: { like: escapeLike('50%_\\') } },
      undefined,
    );
    expect(values[1]).toBe('%50\\%\\_\\\\%');
  });
});
