import { randomUUID } from 'node:crypto';
import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import type { CaseName, Trial, Untried } from '../model.ts';
import { isBase, type Scene } from '../scene.ts';
import type { TableFacts } from '../tables.ts';

/** The table where the other tenant has the most rows, as far as both are known there. */
function fullest({ tables, ownHoldings, otherHoldings }: Scene): TableFacts | undefined {
  const rowsIn = ({ name }: TableFacts): number => otherHoldings.get(name)?.rows ?? 0;
  return tables
    .filter((table) => isBase(table) && table.readable && !table.isPartition)
    .filter((table) => rowsIn(table) > 0 && (ownHoldings.get(table.name)?.rows ?? 0) > 0)
    .toSorted((a, b) => rowsIn(b) - rowsIn(a))[0];
}

function telling(
  id: string,
  title: string,
  write: (table: TableFacts, scene: Scene) => Omit<Trial, 'target'>,
): HostileCase {
  const name: CaseName = { id, group: 'G', title, should: 'accepted: PostgreSQL tells it' };
  return {
    ...name,
    trials: (scene): readonly Trial[] | Untried => {
      const table = fullest(scene);
      if (table === undefined) {
        return { verdict: 'COULD NOT TRY', reason: 'no table has rows of both tenants to read' };
      }
      return [{ target: table.name, ...write(table, scene) }];
    },
  };
}

/** Group G: what the planner and the catalog tell of rows that nobody may read. They are known residuals. */
export const statisticsCases: readonly HostileCase[] = [
  telling(
    'G10.estimate',
    'Learn how many rows another tenant has from estimates',
    (table, scene) => {
      const explain = (tenant: string): string =>
        format(`explain select from ${table.name} where %I = %L`, table.tenantColumn, tenant);
      return {
        steps: [explain(scene.other.tenantId)],
        twin: [explain(randomUUID())],
        expect: { outcome: 'own' },
        hollow: 'the statistics know nothing of so few rows',
        residual: 'the planner estimates by statistics over the rows of all tenants',
      };
    },
  ),
  telling('G10.filter', 'Learn how many rows of others were passed over', (table) => ({
    steps: [
      'set local enable_indexscan = off',
      'set local enable_indexonlyscan = off',
      'set local enable_bitmapscan = off',
      `explain (analyze, costs off, timing off, summary off) select from ${table.name}`,
    ],
    expect: { outcome: 'own', without: /Rows Removed by Filter: [1-9]\d*/ },
    hollow: 'the plan did not filter',
    residual: 'EXPLAIN ANALYZE counts the rows that row security removed',
  })),
  telling('G11', 'Learn how many rows all tenants have from the catalog', (table) => ({
    steps: [
      format(
        `select sum(greatest(c.reltuples, 0)) > (select count(*) from ${table.name}) from pg_class c where c.oid = %L::regclass or c.oid in (select inhrelid from pg_inherits where inhparent = %L::regclass)`,
        table.name,
        table.name,
      ),
    ],
    expect: { outcome: 'zero' },
    hollow: 'the table was not analyzed yet',
    residual: 'pg_class keeps the size of every table, and everyone may read it',
  })),
  {
    ...{ id: 'G14', group: 'G', title: "Time probes for the other tenant's keys" },
    should: 'a key of another tenant takes as long as one that does not exist',
    trials: () => ({
      verdict: 'NOT APPLICABLE',
      reason:
        'time is not measured: unique keys begin with the tenant, so both end at the same place of the index',
    }),
  },
];
