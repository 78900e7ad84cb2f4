import format from 'pg-format';
import { type Canary, contextOf } from '../../../driver/hostile/canary.ts';
import type { Mint } from '../../../driver/hostile/signer.ts';

const day = 86_400_000;
const set = (name: string, value: string): string =>
  format('set_config(%L, %L, true)', name, value);

/** Tokens that name the other tenant and were never made for this session now. */
function tokens(mint: Mint, own: Canary, other: Canary): readonly string[] {
  const theirs = contextOf(other);
  const mine = mint.sign(contextOf(own));
  const moved = mine.replaceAll(own.tenantId, other.tenantId);
  return [
    ...[moved, moved.replaceAll(own.userId, other.userId), moved.slice(0, -64), mine, 'v1', ''],
    mint.sign(theirs, { now: Date.now() - day }),
    mint.sign(theirs, { now: Date.now() + day }),
    mint.sign(theirs, { login: 'aibos_admin' }),
    mint.sign(theirs, { database: 'template1' }),
    mint.signRetired(theirs) ?? '',
  ];
}

/** Expressions of type text that name another tenant, another user, or a token of nobody, in the middle of a statement. */
export function spoofs(own: Canary, other: Canary, mint?: Mint): readonly string[] {
  const tenant = set('app.tenant_id', other.tenantId);
  const user = set('app.user_id', other.userId);
  if (mint === undefined) return [tenant];
  const tokened = tokens(mint, own, other).map((token) => set('app.context_token', token));
  return [
    ...[tenant, user, `(${tenant} || ${user})`, ...tokened],
    ...tokened.flatMap((token) => [
      `(${token} || ${tenant})`,
      `(${tenant} || ${user} || ${token})`,
    ]),
  ];
}

/** Whether a statement names a tenant, a user or a token itself. */
export function isSpoof(sql: string): boolean {
  return /set_config\('app\.(?:tenant_id|user_id|context_token)'/.test(sql);
}
