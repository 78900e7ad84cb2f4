import type { ClientBase } from 'pg';
import { readContext, type TenantContext } from '../context.ts';
import { FabricError } from '../errors.ts';
import { type Canary, contextOf, newCanary } from './canary.ts';
import type { ContextSigner } from './signer.ts';

/** Carries a tenant into the transaction of a client, as the driver does; signed where a signer is given. */
export async function enterTenant(
  client: ClientBase,
  context: TenantContext,
  signer?: ContextSigner,
): Promise<void> {
  const { tenantId, userId, requestId, reason } = readContext(context);
  await client.query(
    "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.request_id', $3, true), set_config('app.reason', $4, true)",
    [tenantId, userId, requestId, reason],
  );
  if (signer !== undefined) await carryToken(client, await signer.token(client, context));
}

/** Takes every tenant out of the transaction of a client. */
export async function leaveTenant(client: ClientBase, signer?: ContextSigner): Promise<void> {
  await client.query("select set_config('app.tenant_id', '', true)");
  if (signer !== undefined) await carryToken(client, '');
}

/** Puts a token into the transaction of a client, genuine or not. */
export async function carryToken(client: ClientBase, token: string): Promise<void> {
  await client.query("select set_config('app.context_token', $1, true)", [token]);
}

/**
 * Whether a database accepts signed contexts alone; the client must not be in a transaction.
 * @throws FabricError IB936 where it does and there is no signer, or one whose key is not live there.
 */
export async function demandsSignature(
  client: ClientBase,
  signer: ContextSigner | undefined,
): Promise<boolean> {
  const nobody = newCanary('own');
  if (await accepts(client, nobody)) return false;
  if (signer !== undefined && (await accepts(client, nobody, signer))) return true;
  throw new FabricError('IB936', 'the database does not accept a context that is not signed', {
    detail: signer && `Nor one that is signed with the key ${signer.id}.`,
    hint: 'Set AIBOS_CONTEXT_KEY to a key that is live there: aibos context-key list.',
  });
}

async function accepts(
  client: ClientBase,
  canary: Canary,
  signer?: ContextSigner,
): Promise<boolean> {
  await client.query('begin');
  try {
    await enterTenant(client, contextOf(canary), signer);
    const { rows } = await client.query<{ tenant: string }>(
      'select aibos.current_tenant_id()::text as tenant',
    );
    return rows[0]?.tenant === canary.tenantId;
  } catch {
    return false;
  } finally {
    await client.query('rollback');
  }
}
