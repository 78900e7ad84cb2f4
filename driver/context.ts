import { z } from 'zod';
import { FabricError, TenantRequiredError } from './errors.ts';
import {
  isId,
  noTenant,
  noUser,
  type PlainTenantId,
  type PlainUserId,
  type TenantId,
  type UserId,
  uuid,
} from './ids.ts';
import { isPlainObject, isStorableText } from './text.ts';

/** Who asks: carried into every transaction, where row policies and the audit log read it. */
export interface TenantContext {
  /** UUID of the tenant; the only way to name one. */
  readonly tenantId: PlainTenantId;
  /** UUID of the person or service acting; recorded by the audit log. */
  readonly userId: PlainUserId;
  /** Request the work belongs to, up to 200 characters. */
  readonly requestId?: string | undefined;
  /** Why the work is done, up to 1,000 characters. */
  readonly reason?: string | undefined;
}

/** A context whose ids were made by `tenantId()` and `userId()`, as `new TenantDb(pool, { branded: true })` demands. */
export interface BrandedContext extends TenantContext {
  readonly tenantId: TenantId;
  readonly userId: UserId;
}

/** The contexts that a `TenantDb` takes. */
export type ContextOf<Branded extends boolean> = Branded extends true
  ? BrandedContext
  : TenantContext;

/** A context that passed `readContext`: canonical lower-case UUIDs, absent texts as `''`, frozen. */
export interface CheckedContext {
  readonly tenantId: string;
  readonly userId: string;
  readonly requestId: string;
  readonly reason: string;
}

const text = (longest: number) => z.string().max(longest).refine(isStorableText).default('');

const contextShape = z.strictObject({
  tenantId: uuid,
  userId: uuid,
  requestId: text(200),
  reason: text(1000),
});

/**
 * Checks a context before anything is sent and returns a frozen copy of it. Only own keys of a plain object count.
 * @throws TenantRequiredError 42501 without a usable tenant; FabricError IB104 without a usable user, IB910 otherwise.
 */
export function readContext(context: unknown): CheckedContext {
  if (!isPlainObject(context)) {
    throw new TenantRequiredError('The context is not a plain object with tenantId and userId.');
  }
  const fast = readPlainly(context);
  if (fast !== undefined) return fast;
  const read = contextShape.safeParse({ __proto__: null, ...context });
  if (read.success) return Object.freeze(read.data);
  const keys = new Set(read.error.issues.map((issue) => issue.path[0]));
  if (keys.has('tenantId')) throw noTenant(Object.hasOwn(context, 'tenantId'));
  if (keys.has('userId')) throw noUser(Object.hasOwn(context, 'userId'));
  throw new FabricError('IB910', 'the context was refused', {
    detail: z.prettifyError(read.error),
    hint: 'A context has tenantId, userId, and optionally requestId (200 characters) and reason (1,000).',
  });
}

/** The usual context, without the schema, which costs more than the rest of a call; undefined leaves the decision to it. */
function readPlainly(context: Record<string, unknown>): CheckedContext | undefined {
  const read: { [key: string]: unknown; tenantId?: unknown; userId?: unknown } =
    Object.create(null);
  for (const key of Object.keys(context)) {
    if (!Object.hasOwn(contextShape.shape, key)) return undefined;
    read[key] = context[key];
  }
  const { tenantId, userId, requestId = '', reason = '' } = read;
  if (!isId(tenantId) || !isId(userId) || !isNote(requestId, 200) || !isNote(reason, 1000)) {
    return undefined;
  }
  return Object.freeze({
    tenantId: tenantId.toLowerCase(),
    userId: userId.toLowerCase(),
    requestId,
    reason,
  });
}

function isNote(value: unknown, longest: number): value is string {
  return (
    value === '' || (typeof value === 'string' && value.length <= longest && isStorableText(value))
  );
}
