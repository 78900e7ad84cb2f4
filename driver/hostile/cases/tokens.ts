import { randomUUID } from 'node:crypto';
import format from 'pg-format';
import { contextOf } from '../canary.ts';
import type { HostileCase } from '../case.ts';
import type { CaseName, Expectation, Forge, Step, Trial, Untried } from '../model.ts';
import type { Scene } from '../scene.ts';
import { groupOf, window } from './single.ts';

/** A token that an attacker sends, in which tenant's name, and what must come of it. */
interface Attempt {
  readonly words: string;
  readonly token: Forge;
  /** Named by app.tenant_id; the other tenant unless told otherwise. */
  readonly tenantId?: string;
  /** Named by app.user_id; the own user unless told otherwise. */
  readonly userId?: string;
  readonly expect?: Expectation;
}

const zero: Expectation = { outcome: 'zero' };
const TWO_DAYS = 2 * 86_400_000;

const set = (name: string, value: string): string =>
  format('select set_config(%L, %L, true)', name, value);

/** A case about tokens, which needs a database that asks for them. */
function ofTokens(
  id: string,
  title: string,
  forge: (scene: Scene) => readonly Attempt[] | Untried,
  should = '42501, or no row',
): HostileCase {
  const name: CaseName = { id, group: groupOf(id), title, should };
  return {
    ...name,
    trials: (scene): readonly Trial[] | Untried => {
      if (!scene.isSigned) return { verdict: 'NOT APPLICABLE', reason: 'contexts are not signed' };
      const table = window(scene);
      if (table === undefined) return { verdict: 'COULD NOT TRY', reason: 'no table to look at' };
      const attempts = forge(scene);
      if ('verdict' in attempts) return attempts;
      const foreign = format('%I <> %L', table.tenantColumn, scene.own.tenantId);
      return attempts.map(({ words, token, tenantId, userId, expect = zero }) => {
        const steps: readonly Step[] = [
          { token, words },
          set('app.tenant_id', tenantId ?? scene.other.tenantId),
          set('app.user_id', userId ?? scene.own.userId),
          `select count(*) from ${table.name} where ${foreign}`,
        ];
        return { target: words, begin: 'none' as const, steps, expect };
      });
    },
  };
}

/** The own token, changed before it is sent. */
const changed =
  ({ own }: Scene, change: (token: string) => string): Forge =>
  (mint) =>
    change(mint.sign(contextOf(own)));

/** The own token with the other tenant in the place of the own. */
const exchanged = (scene: Scene, change: (token: string) => string = (token) => token): Forge =>
  changed(scene, (token) => change(token.replaceAll(scene.own.tenantId, scene.other.tenantId)));

/** Groups B and M: tokens that nobody signed for this tenant, this user, this login, this database or this time. */
export const tokenCases: readonly HostileCase[] = [
  ofTokens('B4', "Keep the own token's signature for another tenant", (scene) => [
    { words: 'the own one', token: changed(scene, (token) => token) },
    { words: 'the own one with the tenant exchanged', token: exchanged(scene) },
    {
      words: 'the own one with tenant and user exchanged',
      token: exchanged(scene, (token) => token.replaceAll(scene.own.userId, scene.other.userId)),
      userId: scene.other.userId,
    },
  ]),
  ofTokens('B5', 'Send a token that is cut, padded or empty', (scene) =>
    Object.entries<(token: string) => string>({
      'without the last digit': (token) => token.slice(0, -1),
      'without a signature': (token) => token.slice(0, -64),
      'without a signature and its dot': (token) => token.slice(0, -65),
      'with a dot at its end': (token) => `${token}.`,
      'of another version': (token) => `v9${token.slice(2)}`,
      'with an algorithm': (token) => `none.${token}`,
      empty: () => '',
      'a dot': () => '.',
    }).map(([words, change]) => ({ words, token: exchanged(scene, change) })),
  ),
  ofTokens('B7', 'Send a token whose time has passed, or is too far off', ({ own, other }) => [
    ...[
      { words: 'an old one of the other tenant', now: -TWO_DAYS },
      { words: "one of the other tenant's future", now: TWO_DAYS },
    ].map(({ words, now }) => ({
      words,
      token: ((mint) => mint.sign(contextOf(other), { now: Date.now() + now })) satisfies Forge,
    })),
    {
      words: 'an old one of the own tenant',
      token: (mint) => mint.sign(contextOf(own), { now: Date.now() - TWO_DAYS }),
      tenantId: own.tenantId,
      expect: { outcome: 'refused' },
    },
  ]),
  ofTokens('B8', 'Send a token of a key that was retired', (scene) => {
    const { other, hasRetiredKey, retiredKeyIds } = scene;
    if (hasRetiredKey) {
      const token: Forge = (mint) => mint.signRetired(contextOf(other)) ?? '';
      return [{ words: 'signed with the retired key', token }];
    }
    if (retiredKeyIds.length === 0) {
      const reason =
        'no retired key is known here: none was retired, or nobody who may list them watches';
      return { verdict: 'NOT APPLICABLE', reason };
    }
    return retiredKeyIds.map((keyId) => ({
      words: `under the name of ${keyId}, which was retired`,
      token: (mint) => mint.sign(contextOf(other), { keyId }),
    }));
  }),
  ofTokens('B10.login', "Send another login's token", ({ other }) => [
    {
      words: "the other tenant's, made for the login aibos_admin",
      token: (mint) => mint.sign(contextOf(other), { login: 'aibos_admin' }),
    },
  ]),
  ofTokens('B10.database', "Send another database's token", ({ other }) => [
    {
      words: "the other tenant's, made for the database template1",
      token: (mint) => mint.sign(contextOf(other), { database: 'template1' }),
    },
  ]),
  ofTokens(
    'B10.replay',
    'Send the own token again in another session, which is allowed',
    (scene) => [
      {
        words: 'the own one, made before',
        token: changed(scene, (token) => token),
        tenantId: scene.own.tenantId,
      },
    ],
    'it names the own tenant and nobody else',
  ),
  ofTokens(
    'M14',
    'Exchange the user in the own token',
    (scene) => {
      const userId = randomUUID();
      return [
        {
          words: 'the own one with the user exchanged',
          token: changed(scene, (token) => token.replaceAll(scene.own.userId, userId)),
          ...{ userId, tenantId: scene.own.tenantId, expect: { outcome: 'refused' } },
        },
      ];
    },
    '42501',
  ),
];
