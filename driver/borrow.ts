import type pg from 'pg';
import { toFabricError } from './errors.ts';
import type { Stop } from './stop.ts';

/** What the driver needs of a pool: `pg.Pool`, or anything that lends clients of `pg`. */
export interface ClientPool {
  connect(): Promise<pg.PoolClient>;
}

/**
 * Asks a pool for a client; one that comes after the stop goes straight back.
 * @throws FabricError IB922, the server's refusal of the connection, or why the call was stopped.
 */
export async function borrow(pool: ClientPool, stop: Stop | undefined): Promise<pg.PoolClient> {
  stop?.throwIfStopped();
  const pending = pool.connect();
  try {
    return await (stop === undefined ? pending : stop.race(pending));
  } catch (error) {
    if (error === stop?.error) {
      pending.then(
        (late) => late.release(),
        () => undefined,
      );
    }
    throw toFabricError(error);
  }
}
