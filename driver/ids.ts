import { z } from 'zod';
import { FabricError, TenantRequiredError } from './errors.ts';

declare const brand: unique symbol;

/** UUID of a tenant that was checked by `tenantId()`; no plain string and no `UserId` can stand in for it. */
export type TenantId = string & { readonly [brand]: 'tenant' };

/** UUID of a user that was checked by `userId()`; no plain string and no `TenantId` can stand in for it. */
export type UserId = string & { readonly [brand]: 'user' };

/** A plain string or a `TenantId`, but never a `UserId`. */
export type PlainTenantId = string & { readonly [brand]?: 'tenant' };

/** A plain string or a `UserId`, but never a `TenantId`. */
export type PlainUserId = string & { readonly [brand]?: 'user' };

const NIL = '00000000-0000-0000-0000-000000000000';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A UUID in its usual form, made lower case; the nil UUID is none. */
export const uuid = z
  .string()
  .regex(UUID)
  .transform((value) => value.toLowerCase())
  .refine((value) => value !== NIL);

/** Whether a value is a UUID in its usual form, in whatever case, and not the nil one. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value) && value !== NIL;
}

/**
 * The id of a tenant, in lower case: make it where a request is authenticated, and nowhere else.
 * @throws TenantRequiredError 42501 for anything but a UUID, and for the nil UUID.
 * @example
 * const ctx = { tenantId: tenantId(claims.tenant), userId: userId(claims.sub) };
 */
export function tenantId(text: unknown): TenantId {
  const read = uuid.safeParse(text);
  if (read.success) return read.data as TenantId;
  throw noTenant(text !== undefined);
}

/**
 * The id of a user or service, in lower case.
 * @throws FabricError IB104 for anything but a UUID, and for the nil UUID.
 */
export function userId(text: unknown): UserId {
  const read = uuid.safeParse(text);
  if (read.success) return read.data as UserId;
  throw noUser(text !== undefined);
}

/** The refusal of a missing or malformed tenant (42501). */
export function noTenant(isGiven: boolean): TenantRequiredError {
  return new TenantRequiredError(
    isGiven ? 'tenantId is not the UUID of a tenant.' : 'The context names no tenant.',
  );
}

/** The refusal of a missing or malformed user (IB104). */
export function noUser(isGiven: boolean): FabricError {
  return new FabricError('IB104', 'user_id required', {
    detail: isGiven ? 'userId is not the UUID of a user.' : 'The context names no user.',
    hint: 'Pass the user in the context: { tenantId, userId }.',
  });
}
