import type pg from 'pg';
import type { ClientPool } from '../../../driver/index.ts';

/** A pool that lends nothing and counts how often it was asked. */
export class UntouchedPool implements ClientPool {
  asked = 0;

  connect(): Promise<pg.PoolClient> {
    this.asked += 1;
    return Promise.reject(new Error('the pool was asked for a client'));
  }
}

/** A context whose tenant and user are well-formed. */
export const someone = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  userId: '22222222-2222-4222-8222-222222222222',
} as const;

/** Hands a value of the wrong type to a typed parameter, as JavaScript or a request body would. */
export function forced(value: unknown): never {
  return value as never;
}
