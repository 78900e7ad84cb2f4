import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { ClientBase, QueryResult, QueryResultRow } from 'pg';
import { FabricError } from '../errors.ts';

/** A key as the database tells of it: everything but its secret. */
export interface ContextKeyState {
  readonly key_id: string;
  readonly is_live: boolean;
  readonly clock_skew_seconds: number;
  readonly max_lifetime_seconds: number;
  readonly installed_at: string;
  readonly installed_by: string;
  readonly retired_at: string | null;
  readonly retired_by: string | null;
}

/** A new key: its name, and 32 random bytes in hexadecimal. */
export interface NewContextKey {
  readonly id: string;
  readonly secret: string;
}

/** Limits that go with a key, in seconds. */
export interface ContextKeyLimits {
  readonly clockSkewSeconds: number;
  readonly maxLifetimeSeconds: number;
}

const WAIT_MS = 30_000;
const PAUSE_MS = 200;

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Makes a key of random bytes, and a name for it. Nothing is stored. */
export function generateContextKey(): NewContextKey {
  const name = [...randomBytes(8)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
  return { id: name, secret: randomBytes(32).toString('hex') };
}

/** A session whose transaction may still work with what held before a change of the keys. */
export interface Straggler {
  readonly pid: number;
}

/**
 * Makes a key live in the database of the client. The first one ends unsigned contexts there; then this waits for transactions that
 * began before, whose plans may have read an unsigned context, and gives back those that are left.
 *
 * The client's login must be the one that installed the fabric, or a superuser. @throws FabricError IB932 where the fabric is
 * not installed; the server's IB106 and IB107.
 */
export async function installContextKey(
  client: ClientBase,
  key: NewContextKey,
  limits: ContextKeyLimits,
  { waitMs = WAIT_MS }: { readonly waitMs?: number } = {},
): Promise<readonly Straggler[]> {
  await asOwner(client, 'call aibos.install_context_key($1, $2, $3, $4)', [
    key.id,
    Buffer.from(key.secret, 'hex'),
    limits.clockSkewSeconds,
    limits.maxLifetimeSeconds,
  ]);
  return outlasting(client, waitMs);
}

/**
 * Retires a key and forgets its secret; then this waits for transactions that began before, whose snapshots may still show it, and
 * gives back those that are left. @throws as {@link installContextKey}; the server's IB108 and IB109.
 */
export async function retireContextKey(
  client: ClientBase,
  id: string,
  { waitMs = WAIT_MS }: { readonly waitMs?: number } = {},
): Promise<readonly Straggler[]> {
  await asOwner(client, 'call aibos.retire_context_key($1)', [id]);
  const until = performance.now() + waitMs;
  const left = await outlasting(client, waitMs);
  // A snapshot from before may have been handed on to transactions that began meanwhile.
  return left.length > 0 ? left : outlasting(client, until - performance.now());
}

/** Retires all keys: contexts are unsigned again. @throws as {@link installContextKey}. */
export async function endSignedContext(client: ClientBase): Promise<void> {
  await asOwner(client, 'call aibos.end_signed_context()', []);
}

/**
 * Every key, live and retired, in the order of installing. The client's login must be one that reads the governance views, the one
 * that installed the fabric, or a superuser. @throws FabricError IB932 where the fabric is not installed.
 */
export async function readContextKeys(client: ClientBase): Promise<readonly ContextKeyState[]> {
  await assertInstalled(client);
  const { rows } = await client.query<{ reads: boolean }>(
    "select has_schema_privilege('aibos', 'usage') as reads",
  );
  const result = await (rows[0]?.reads === true
    ? client.query<ContextKeyState>(states)
    : asOwner<ContextKeyState>(client, states, []));
  return result.rows;
}

const states = `
  select key_id, is_live, clock_skew_seconds, max_lifetime_seconds, installed_by, retired_by,
    to_char(installed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as installed_at,
    to_char(retired_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as retired_at
  from aibos.context_key_states()`;

/** Runs a statement as the owner, whose role the login lends itself for this transaction alone. */
async function asOwner<R extends QueryResultRow>(
  client: ClientBase,
  sql: string,
  values: unknown[],
): Promise<QueryResult<R>> {
  await assertInstalled(client);
  const { rows } = await client.query<{ rolsuper: boolean }>(
    'select rolsuper from pg_roles where rolname = current_user',
  );
  const lends = rows[0]?.rolsuper !== true;
  await client.query('begin isolation level read committed');
  try {
    if (lends) await client.query('grant aibos_owner to current_user');
    await client.query('set local role aibos_owner');
    const result = await client.query<R>(sql, values);
    await client.query('reset role');
    if (lends) await client.query('revoke aibos_owner from current_user');
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Sessions of this database whose transactions were open when this was called and still are once `waitMs` have passed. */
async function outlasting(client: ClientBase, waitMs: number): Promise<readonly Straggler[]> {
  const until = performance.now() + waitMs;
  const { rows } = await client.query<{ name: string }>(
    `select l.virtualtransaction as name from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'virtualxid' and l.pid <> pg_backend_pid() and a.usesysid is not null
       and a.datid = (select oid from pg_database where datname = current_database())`,
  );
  const names = rows.map(({ name }) => name);
  for (;;) {
    const { rows: left } = await client.query<Straggler>(
      'select distinct pid from pg_locks where virtualtransaction = any($1) order by pid',
      [names],
    );
    if (left.length === 0 || performance.now() >= until) return left;
    await setTimeout(PAUSE_MS);
  }
}

async function assertInstalled(client: ClientBase): Promise<void> {
  // Read from the catalog, where the login needs no right on the schema.
  const { rows } = await client.query<{ present: boolean }>(
    `select exists (
       select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname = 'aibos' and p.proname = 'context_key_states'
     ) as present`,
  );
  if (rows[0]?.present === true) return;
  throw new FabricError('IB932', 'the fabric is not installed in this database', {
    detail: 'There is no function aibos.context_key_states().',
    hint: 'Install or upgrade it: aibos migrate up.',
  });
}
