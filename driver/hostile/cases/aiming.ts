import format from 'pg-format';
import type { Aim, HostileCase } from '../case.ts';
import type { CaseName, Trial } from '../model.ts';
import type { Scene } from '../scene.ts';
import type { TableFacts } from '../tables.ts';

/** A trial written for one table, or undefined where the table has not what it takes. */
export type Written = Omit<Trial, 'target'> | undefined;

/** A case over every table with a tenant column, in whatever schema: one trial for each table that `write` finds fit. */
export function overTables(
  name: CaseName,
  write: (aim: Aim) => Written,
  fits: (table: TableFacts) => boolean = () => true,
): HostileCase {
  return {
    ...name,
    trials: (scene) => {
      const trials = scene.tables.filter(fits).flatMap((table) => trialOf(scene, table, write));
      if (trials.length > 0) return trials;
      return { verdict: 'NOT APPLICABLE', reason: 'no table has what it takes' };
    },
  };
}

/** The same over views. */
export function overViews(name: CaseName, write: (aim: Aim) => Written): HostileCase {
  return {
    ...name,
    trials: (scene) => {
      const trials = scene.views.flatMap((view) => trialOf(scene, view, write));
      return trials.length > 0 ? trials : { verdict: 'NOT APPLICABLE', reason: 'there is no view' };
    },
  };
}

function trialOf(scene: Scene, table: TableFacts, write: (aim: Aim) => Written): readonly Trial[] {
  const written = write({
    ...{ table, scene, tenant: format('%I', table.tenantColumn ?? 'tenant_id') },
    ...{ own: format('%L', scene.own.tenantId), other: format('%L', scene.other.tenantId) },
  });
  return written === undefined ? [] : [{ target: table.name, ...written }];
}

/** Why silence over a table proves nothing: the other tenant has no row there, or nobody could look. */
export function hollowOf({ scene, table }: Aim): { readonly hollow?: string } {
  if (table.isPartition || /[vm]/.test(table.kind)) return {};
  const holding = scene.otherHoldings.get(table.name);
  if (holding === undefined) return { hollow: 'the watcher may not read the table' };
  return holding.rows === 0 ? { hollow: 'the other tenant has no row there' } : {};
}
