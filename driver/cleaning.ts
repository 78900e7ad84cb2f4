import type { Statement } from './statements.ts';

/**
 * When a session is cleaned before its client goes back to the pool: after a transaction in which a statement of the
 * caller's own ran, after every transaction, or never.
 */
export type CleanSession = 'after-query' | 'always' | 'never';

/** The values of `CleanSession`. */
export const CLEAN_SESSION: readonly CleanSession[] = ['after-query', 'always', 'never'];

/**
 * What undoes all that SQL can leave in a session. As DISCARD ALL, without its DISCARD PLANS, which would have every
 * function of the ledger planned again, and with RESET ROLE, which keeps a role that belongs to the login.
 */
export const CLEANING: readonly Statement[] = [
  'reset all',
  'reset role',
  'close all',
  'unlisten *',
  'select pg_catalog.pg_advisory_unlock_all()',
  'discard temp',
  'discard sequences',
  'deallocate all',
].map((text) => ({ text, values: [], kind: 'control' }));

/** Makes `pg` forget the statements that it prepared by name on a client, after `deallocate all`. */
export function forgetPrepared(client: object): void {
  const connection: unknown = Reflect.get(client, 'connection');
  if (typeof connection !== 'object' || connection === null) return;
  if (typeof Reflect.get(connection, 'parsedStatements') !== 'object') return;
  Reflect.set(connection, 'parsedStatements', {});
}
