import type { ClientBase } from 'pg';
import { assembleBundle, type Plane } from './bundle.ts';

/**
 * Installs or upgrades the fabric in the database the client is connected to, all or nothing.
 *
 * The client must be a direct connection (no transaction pooler) of a role that owns the database and has CREATEROLE,
 * or of a superuser. Throws the server's error (class IB0 for what is in the way) after rolling back.
 */
export async function installFabric(client: ClientBase, plane: Plane = 'fabric'): Promise<void> {
  const bundle = await assembleBundle(plane);
  await client.query('begin');
  try {
    await client.query(bundle);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
