import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import { isForeign } from '../case.ts';
import type { CaseName } from '../model.ts';
import { insertOf } from '../rows.ts';
import { isBase, type Scene } from '../scene.ts';
import { overTables } from './aiming.ts';
import { refusedCase, single, window } from './single.ts';

const UNSIGNED =
  'no context key is installed, so whoever sends SQL of his own can name another tenant';
const noLimit: { readonly limit?: string } = {};

/** Spoofing succeeds by design while contexts are not signed; with a key it must not. */
function limitOf({ isSigned }: Scene): { readonly limit?: string } {
  return isSigned ? noLimit : { limit: UNSIGNED };
}

function spoofing(id: string, title: string): CaseName {
  return { id, group: 'B', title, should: 'signed: 42501 or no row; unsigned: a known limit' };
}

const other = ({ other: { tenantId } }: Scene): string => format('%L', tenantId);

/** Group B: naming another tenant from within. */
export const spoofingCases: readonly HostileCase[] = [
  overTables(spoofing('B1', 'Name another tenant in an injected expression'), (aim) => ({
    steps: [
      `select set_config('app.tenant_id', ${aim.other}, true)`,
      `select count(*) from ${aim.table.name} where ${isForeign(aim)}`,
    ],
    expect: { outcome: 'zero' },
    ...limitOf(aim.scene),
  })),
  overTables(spoofing('B2', 'Name it in a CTE of the same statement'), (aim) => ({
    steps: [
      `with s as materialized (select set_config('app.tenant_id', ${aim.other}, true) as t) select count(*) from s, lateral (select 1 from ${aim.table.name} where s.t is not null and ${isForeign(aim)}) x`,
    ],
    expect: { outcome: 'zero' },
    ...limitOf(aim.scene),
  })),
  overTables(spoofing('B3', 'Name it with SET LOCAL'), (aim) => ({
    steps: [
      `set local app.tenant_id = ${aim.other}`,
      `select count(*) from ${aim.table.name} where ${isForeign(aim)}`,
    ],
    expect: { outcome: 'zero' },
    ...limitOf(aim.scene),
  })),
  refusedCase('B10', 'Sign a context from SQL', (scene) => [`select aibos.sign(${other(scene)})`], [
    '42883',
  ]),
  {
    ...{ id: 'B10.keys', group: 'B', title: 'Read what contexts are signed with' },
    should: '42501, or there is none',
    trials: () => [
      {
        steps: [
          "select count(*) from pg_class c where c.relnamespace = 'aibos'::regnamespace and c.relname ~ 'key' and c.relkind in ('r', 'v', 'm') and has_any_column_privilege(c.oid, 'select')",
        ],
        expect: { outcome: 'zero' },
      },
    ],
  },
  overTables(
    {
      ...{ id: 'B11', group: 'B', title: 'Write for the first tenant after naming a second' },
      should: '42501',
    },
    ({ table, own, tenant, scene }) => ({
      steps: [
        { enter: 'other' },
        insertOf(table, scene.ownHoldings.get(table.name)?.sample ?? { [tenant]: own }),
      ],
      expect: { outcome: 'refused', past: /^23/ },
    }),
    isBase,
  ),
  single(
    {
      ...{ id: 'B13', group: 'B', title: 'Find a tenant set before anybody named one' },
      should: 'a fresh connection has no tenant',
    },
    (scene) => ({
      steps: [
        `select ${scene.settingOfTenant === null ? 0 : 1} + (select count(*) from pg_db_role_setting s, unnest(s.setconfig) c where c ~* '^app\\.' and s.setdatabase in (0, (select oid from pg_database where datname = current_database())) and (s.setrole = 0 or pg_has_role(current_user, s.setrole, 'member')))`,
      ],
      expect: { outcome: 'zero' },
    }),
  ),
  refusedCase('B13.role', 'Give the own login a tenant for ever', (scene) => [
    format('alter role %I set app.tenant_id = %s', scene.login, other(scene)),
  ]),
  refusedCase('B13.database', 'Give the database a tenant for ever', (scene) => [
    format('alter database %I set app.tenant_id = %s', scene.database, other(scene)),
  ]),
  {
    ...{ id: 'B14', group: 'B', title: 'Come back from a savepoint as somebody else' },
    should: 'the rollback restores the own tenant',
    trials: (scene) => {
      const table = window(scene);
      if (table === undefined) return { verdict: 'COULD NOT TRY', reason: 'no table to look at' };
      const foreign = format('%I <> %L', table.tenantColumn, scene.own.tenantId);
      return [
        {
          steps: [
            'savepoint hostile',
            `select set_config('app.tenant_id', ${other(scene)}, true)`,
            'rollback to savepoint hostile',
            `select count(*) from ${table.name} where ${foreign}`,
          ],
          expect: { outcome: 'zero' },
        },
      ];
    },
  },
];
