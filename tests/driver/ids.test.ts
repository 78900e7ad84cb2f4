import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  FabricError,
  TenantDb,
  type TenantId,
  TenantRequiredError,
  tenantId,
  type UserId,
  userId,
} from '../../driver/index.ts';
import { refusal } from './support/refusal.ts';
import { forced, someone, UntouchedPool } from './support/untouched.ts';

const plain = new TenantDb(new UntouchedPool());
const branded = new TenantDb(new UntouchedPool(), { branded: true });
const ids = { tenantId: tenantId(someone.tenantId), userId: userId(someone.userId) };

/** Never called: the compiler reads it, and fails where a mistake is not one. */
async function compiled(): Promise<void> {
  await branded.select(ids, 'accounts', ['id']);
  await branded.transaction({ ...ids, reason: 'x' }, (tx) => tx.select('accounts', ['id']));
  await plain.select(ids, 'accounts', ['id']);
  await plain.select(someone, 'accounts', ['id']);

  // @ts-expect-error plain strings
  await branded.select(someone, 'accounts', ['id']);
  // @ts-expect-error a plain tenant
  await branded.query({ ...ids, tenantId: someone.tenantId }, 'select 1');
  // @ts-expect-error a plain user
  await branded.insert({ ...ids, userId: someone.userId }, 'document_metadata', []);
  // @ts-expect-error plain strings
  await branded.update(someone, 'accounts', { name: 'x' }, { id: 'x' });
  // @ts-expect-error plain strings
  await branded.delete(someone, 'accounts', { id: 'x' });
  // @ts-expect-error plain strings
  await branded.transaction(someone, async () => 1);
  // @ts-expect-error plain strings
  branded.postJournals(someone, [], { transaction: 'each' });
  const swapped = { tenantId: ids.userId, userId: ids.tenantId };
  // @ts-expect-error a user is no tenant
  await branded.query(swapped, 'select 1');
  // @ts-expect-error a user is no tenant, with plain strings allowed either
  await plain.query({ ...someone, tenantId: ids.userId }, 'select 1');
  // @ts-expect-error a tenant is no user either
  await plain.query({ ...someone, userId: ids.tenantId }, 'select 1');

  // @ts-expect-error only tenantId() makes one
  const tenant: TenantId = someone.tenantId;
  // @ts-expect-error a tenant is no user
  const user: UserId = tenantId(someone.tenantId);
  // @ts-expect-error what takes plain strings cannot be handed one that does not
  const loose: TenantDb = branded;
  // @ts-expect-error the other way round neither: say which one is meant
  const strict: TenantDb<Record<never, never>, true> = plain;
  expectTypeOf([tenant, user, loose, strict]).toBeArray();
  // A brand is still a string.
  expectTypeOf(ids.tenantId).toExtend<string>();
}

describe('branded ids', () => {
  test('cannot be made by accident, mixed up or left out where the compiler is asked to see to it', () => {
    expectTypeOf(compiled).toBeFunction();
  });

  test('are UUIDs in lower case', () => {
    const upper = 'ABCDEF01-2345-4789-8BCD-EF0123456789';
    expect(tenantId(upper)).toBe(upper.toLowerCase());
    expect(userId(upper)).toBe(upper.toLowerCase());
  });

  test.each([
    undefined,
    null,
    '',
    'acme',
    7,
    '00000000-0000-0000-0000-000000000000',
    `${someone.tenantId} `,
    `{${someone.tenantId}}`,
    someone.tenantId.replaceAll('-', ''),
    [someone.tenantId],
    { toString: () => someone.tenantId },
  ])('refuse %j, for a tenant (42501) as for a user (IB104)', async (value) => {
    const noTenant = await refusal(() => tenantId(value));
    expect(noTenant).toBeInstanceOf(TenantRequiredError);
    expect(noTenant.code).toBe('42501');
    expect((await refusal(() => userId(value))).code).toBe('IB104');
  });

  test('say the same as a context with that value', async () => {
    const fromContext = await refusal(() =>
      plain.query({ tenantId: 'acme', userId: someone.userId }, 'select 1'),
    );
    const made = await refusal(() => tenantId('acme'));
    expect([made.message, made.detail, made.hint]).toEqual([
      fromContext.message,
      fromContext.detail,
      fromContext.hint,
    ]);
  });

  test('are checked at run time whoever compiled the call (42501)', async () => {
    const pool = new UntouchedPool();
    const db = new TenantDb(pool, { branded: true });
    const error = await refusal(() => db.query(forced({ ...someone, tenantId: 'x' }), 'select 1'));
    expect(error.code).toBe('42501');
    expect(pool.asked).toBe(0);
  });

  test('are asked for by true or false alone (IB923)', () => {
    const make = () => new TenantDb(new UntouchedPool(), forced({ branded: 'yes' }));
    expect(make).toThrow(FabricError);
    expect(make).toThrow(expect.objectContaining({ code: 'IB923' }));
  });
});
