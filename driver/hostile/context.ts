import type { ClientBase } from 'pg';
import type { TenantContext } from '../context.ts';

/** Signs a context; a database with a context key accepts nothing else. */
export interface ContextSigner {
  /** The token for `app.context_token`. */
  sign(context: TenantContext): string | Promise<string>;
}

/** Carries a tenant into the transaction of a client, as the driver does; signed where a signer is given. */
export async function enterTenant(
  client: ClientBase,
  context: TenantContext,
  signer?: ContextSigner,
): Promise<void> {
  await client.query(
    "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.request_id', $3, true), set_config('app.reason', $4, true)",
    [context.tenantId, context.userId, context.requestId ?? '', context.reason ?? ''],
  );
  if (signer !== undefined) {
    await client.query("select set_config('app.context_token', $1, true)", [
      await signer.sign(context),
    ]);
  }
}

/** Takes every tenant out of the transaction of a client. */
export async function leaveTenant(client: ClientBase, signer?: ContextSigner): Promise<void> {
  await client.query("select set_config('app.tenant_id', '', true)");
  if (signer !== undefined) await client.query("select set_config('app.context_token', '', true)");
}

/** Whether a database accepts a context that nobody signed; the client must not be in a transaction. */
export async function acceptsUnsigned(
  client: ClientBase,
  context: TenantContext,
): Promise<boolean> {
  await client.query('begin');
  try {
    await enterTenant(client, context);
    const { rows } = await client.query<{ tenant: string }>(
      'select aibos.current_tenant_id()::text as tenant',
    );
    return rows[0]?.tenant === context.tenantId;
  } catch {
    return false;
  } finally {
    await client.query('rollback');
  }
}
