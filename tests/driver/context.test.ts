import { describe, expect, test } from 'vitest';
import { readContext } from '../../driver/context.ts';
import { TenantDb, TenantRequiredError } from '../../driver/index.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

const other = '33333333-3333-4333-8333-333333333333';

const withoutTenant: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['an empty object', {}],
  ['a string', someone.tenantId],
  ['a list of contexts', [someone]],
  ['an empty tenant', { ...someone, tenantId: '' }],
  ['a null tenant', { ...someone, tenantId: null }],
  ['a malformed tenant', { ...someone, tenantId: 'acme' }],
  ['a tenant with a trailing blank', { ...someone, tenantId: `${someone.tenantId} ` }],
  ['a tenant with SQL behind it', { ...someone, tenantId: `${someone.tenantId}' or true --` }],
  ['a tenant in braces', { ...someone, tenantId: `{${someone.tenantId}}` }],
  ['the nil tenant', { ...someone, tenantId: '00000000-0000-0000-0000-000000000000' }],
  ['a list of tenants', { ...someone, tenantId: [someone.tenantId, other] }],
  ['a list of one tenant', { ...someone, tenantId: [someone.tenantId] }],
  ['an object as tenant', { ...someone, tenantId: { $ne: null } }],
  ['an object that turns into a tenant', { ...someone, tenantId: { toString: () => other } }],
  ['a number as tenant', { ...someone, tenantId: 1 }],
  ['an inherited tenant', Object.create(someone)],
  ['a tenant under __proto__', JSON.parse(`{"__proto__": ${JSON.stringify(someone)}}`)],
  ['a tenant by another name', { tenant_id: someone.tenantId, userId: someone.userId }],
];

describe('without a usable tenant', () => {
  test.each(withoutTenant)(
    '%s: every call is refused before the pool is touched',
    async (_, context) => {
      const pool = new UntouchedPool();
      const db = new TenantDb(pool);
      const calls = [
        () => db.query(forced(context), 'select 1 where false'),
        () => db.select(forced(context), 'users', ['id'], undefined, { limit: 0 }),
        () => db.insert(forced(context), 'users', { email: 'a@example.com' }),
        () => db.update(forced(context), 'users', { email: 'a@example.com' }, { id: other }),
        () => db.delete(forced(context), 'users', { id: other }),
        () => db.transaction(forced(context), async () => 1),
      ];
      for (const call of calls) {
        const error = await refusal(call);
        expect(error).toBeInstanceOf(TenantRequiredError);
        expect(error).toMatchObject({ code: '42501', message: 'tenant_id required' });
        expect(error.detail).toBeTruthy();
        expect(error.hint).toBeTruthy();
      }
      expect(pool.asked).toBe(0);
    },
  );
});

test('a tenant that a polluted prototype would lend is none', async () => {
  const prototype: object = Object.prototype;
  Reflect.set(prototype, 'tenantId', other);
  try {
    expect(() => readContext({ userId: someone.userId })).toThrow(TenantRequiredError);
    Reflect.set(prototype, 'reason', 'lent');
    expect(readContext({ ...someone }).reason).toBe('');
  } finally {
    Reflect.deleteProperty(prototype, 'tenantId');
    Reflect.deleteProperty(prototype, 'reason');
  }
});

describe('a context', () => {
  test('reads as canonical lower-case identifiers', () => {
    const context = { tenantId: someone.tenantId.replace(/1/g, 'A'), userId: someone.userId };
    expect(readContext(context).tenantId).toBe('aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa');
  });

  test('is copied, so that changing it later changes nothing', () => {
    const context = { ...someone, reason: 'audit' };
    const read = readContext(context);
    context.reason = 'other';
    Object.assign(context, { tenantId: other });
    expect(read).toMatchObject({ tenantId: someone.tenantId, reason: 'audit' });
    expect(Object.isFrozen(read)).toBe(true);
  });

  test('without a user is refused (IB104)', async () => {
    for (const userId of [undefined, '', 'joe', ['x'], '00000000-0000-0000-0000-000000000000']) {
      const error = await refusal(() => readContext({ tenantId: someone.tenantId, userId }));
      expect(error).toMatchObject({ code: 'IB104', message: 'user_id required' });
    }
  });

  test.each([
    ['a key nobody knows', { tenant: other }],
    ['a second spelling of the tenant', { TENANT_ID: other }],
    ['a key under __proto__', JSON.parse('{"__proto__": {"reason": "x"}}')],
    ['a reason of the wrong type', { reason: { toString: 1 } }],
    ['a reason with a NUL character', { reason: 'a\0b' }],
    ['a request with half a surrogate pair', { requestId: 'a\ud800' }],
    ['a request that is too long', { requestId: 'x'.repeat(201) }],
    ['a reason that is too long', { reason: 'x'.repeat(1001) }],
  ])('with %s is refused (IB910)', async (_, more) => {
    const context = Object.defineProperties({ ...someone }, Object.getOwnPropertyDescriptors(more));
    expect(await refusal(() => readContext(context))).toMatchObject({ code: 'IB910' });
  });

  test('takes nothing from a polluted prototype', () => {
    Reflect.set(Object.prototype, 'reason', 'polluted');
    try {
      expect(readContext(someone).reason).toBe('');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'reason');
    }
  });
});
