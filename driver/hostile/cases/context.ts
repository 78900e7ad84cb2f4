import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import type { Expectation, Step, Trial, Untried } from '../model.ts';
import { insertOf } from '../rows.ts';
import { isBase, type Scene } from '../scene.ts';
import { overTables } from './aiming.ts';
import { refusedCase, single, window } from './single.ts';

const zero: Expectation = { outcome: 'zero' };

/** Counts what a context shows of any table, where there is one to look through. */
function looking(
  id: string,
  title: string,
  steps: (scene: Scene) => readonly Step[],
  condition: (scene: Scene, tenant: string) => string = () => 'true',
  begin: 'own' | 'none' = 'none',
): HostileCase {
  return {
    ...{ id, group: 'A', title, should: '42501 tenant_id required, or no row' },
    trials: (scene): readonly Trial[] | Untried => {
      const table = window(scene);
      if (table === undefined) return noWindow;
      const where = condition(scene, format('%I', table.tenantColumn));
      return [
        {
          begin,
          steps: [...steps(scene), `select count(*) from ${table.name} where ${where}`],
          expect: zero,
        },
      ];
    },
  };
}

const noWindow: Untried = {
  verdict: 'COULD NOT TRY',
  reason: 'there is no table in which both tenants have a row and the login may read',
};

const setTenant = (value: string): string =>
  format("select set_config('app.tenant_id', %L, true)", value);

/** Group A: what happens without a usable context. */
export const contextCases: readonly HostileCase[] = [
  overTables(
    {
      ...{ id: 'A1', group: 'A', title: 'Read without naming a tenant' },
      should: '42501 tenant_id required, or no row',
    },
    ({ table }) => ({
      begin: 'none',
      steps: [`select count(*) from ${table.name}`],
      expect: zero,
    }),
  ),
  overTables(
    {
      ...{ id: 'A3', group: 'A', title: 'Write without naming a tenant' },
      should: '42501 tenant_id required',
    },
    ({ table, own, tenant, scene }) => ({
      begin: 'none',
      steps: [insertOf(table, scene.ownHoldings.get(table.name)?.sample ?? { [tenant]: own })],
      expect: { outcome: 'refused', past: /^23/ },
    }),
    isBase,
  ),
  looking('A4', 'Read with an empty tenant', () => [setTenant('')]),
  looking('A5', 'Read with what an earlier transaction left behind', () => [
    "select set_config('app.tenant_id', current_setting('app.tenant_id', true), true)",
  ]),
  looking('A6', 'Read with a tenant that is no UUID', () => [setTenant("' or true --")]),
  looking(
    'A7',
    'Write the tenant in braces and capitals to see more than its own',
    ({ own }) => [setTenant(`{${own.tenantId.toUpperCase()}}`)],
    ({ own }, tenant) => `${tenant} is distinct from ${format('%L', own.tenantId)}`,
    'own',
  ),
  looking('A8', 'Read with the nil UUID', () => [
    setTenant('00000000-0000-0000-0000-000000000000'),
  ]),
  looking('A9', 'Read with a tenant that does not exist', () => [
    setTenant('deadbeef-dead-4ead-8ead-deadbeefdead'),
  ]),
  {
    ...{ id: 'A10', group: 'A', title: 'Write for a tenant that is suspended' },
    should: 'IB102',
    trials: ({ suspended, tables, ownHoldings }) => {
      const table = tables.find(
        (candidate) =>
          isBase(candidate) &&
          !candidate.isPartition &&
          ownHoldings.get(candidate.name)?.sample !== undefined &&
          candidate.columns.some((column) => column.insertable),
      );
      if (suspended === undefined || table === undefined) {
        return { verdict: 'COULD NOT TRY', reason: 'there is no suspended tenant to write for' };
      }
      const sample = ownHoldings.get(table.name)?.sample;
      const row = { ...sample, [table.tenantColumn ?? 'tenant_id']: suspended.tenantId };
      return [
        {
          target: table.name,
          begin: 'suspended',
          steps: [insertOf(table, row)],
          expect: { outcome: 'refused', past: /^23/ },
        },
      ];
    },
  },
  {
    ...{ id: 'A13', group: 'A', title: 'Name one tenant in the setting and another in the token' },
    should: '42501, or no row of the other tenant',
    trials: (scene) => {
      if (!scene.isSigned) return { verdict: 'NOT APPLICABLE', reason: 'contexts are not signed' };
      const table = window(scene);
      if (table === undefined) return noWindow;
      const own = format('%L', scene.own.tenantId);
      const count = format(
        'select count(*) from %s where %I <> %s',
        table.name,
        table.tenantColumn,
        own,
      );
      return [{ steps: [setTenant(scene.other.tenantId), count], expect: zero }];
    },
  },
  refusedCase('A14', 'Make the context function IMMUTABLE', [
    'alter function aibos.current_tenant_id() immutable',
  ]),
  single(
    {
      ...{ id: 'A14.stable', group: 'A', title: 'Find the context function no longer STABLE' },
      should: 'it is STABLE, so that no plan keeps a tenant',
    },
    {
      steps: [
        "select count(*) from pg_proc where oid = 'aibos.current_tenant_id()'::regprocedure and provolatile <> 's'",
      ],
      expect: zero,
    },
  ),
];
