import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import { insertOf } from '../rows.ts';
import { isBase, type Scene } from '../scene.ts';
import type { TableFacts } from '../tables.ts';
import type { JsonRow } from '../watcher.ts';
import { overTables } from './aiming.ts';

/**
 * A row of one's own with the other tenant's values in every key: it collides only where a key leaves the tenant out. Undefined
 * where it might collide with rows of one's own.
 */
function collidingRow(table: TableFacts, scene: Scene): JsonRow | undefined {
  const mine = scene.ownHoldings.get(table.name)?.sample;
  const theirs = scene.otherHoldings.get(table.name)?.sample;
  if (mine === undefined || theirs === undefined) return undefined;
  const referring = new Set(table.foreignKeys.flatMap(({ columns }) => columns));
  const telling = new Set(
    table.columns
      .filter(({ name, type, category }) => {
        const isName = type === 'uuid' || category === 'S';
        return isName && name !== table.tenantColumn && !referring.has(name);
      })
      .map(({ name }) => name),
  );
  const isSure = (key: readonly string[]): boolean =>
    key.some((name) => telling.has(name) && mine[name] !== theirs[name]);
  if (!table.uniqueKeys.every(isSure)) return undefined;
  const row: Record<string, unknown> = { ...mine };
  for (const name of table.uniqueKeys.flat()) {
    if (name !== table.tenantColumn && !referring.has(name)) row[name] = theirs[name];
  }
  return row;
}

/** Group G: keys, sequences and statistics that tell of others. */
export const keyCases: readonly HostileCase[] = [
  overTables(
    {
      ...{ id: 'G5', group: 'G', title: "Learn of the other tenant's keys by colliding with them" },
      should: 'keys of two tenants never collide',
    },
    ({ table, scene }) => {
      const row = collidingRow(table, scene);
      if (row === undefined) return undefined;
      return { steps: [insertOf(table, row)], expect: { outcome: 'own', past: /^23505$/ } };
    },
    isBase,
  ),
  {
    ...{ id: 'G7', group: 'G', title: 'Read or set a sequence' },
    should: '42501',
    trials: ({ sequences }) =>
      sequences.length === 0
        ? { verdict: 'NOT APPLICABLE', reason: 'the login sees no sequence' }
        : sequences.flatMap((name) => [
            {
              target: `${name} read`,
              steps: [`select last_value from ${name}`],
              expect: { outcome: 'refused' as const },
            },
            {
              // Whether it may be set is asked, not tried: setval() is not undone by a rollback.
              target: `${name} set`,
              steps: [format("select has_sequence_privilege(%L, 'update')", name)],
              expect: { outcome: 'zero' as const },
            },
          ]),
  },
  overTables(
    { id: 'G8', group: 'G', title: 'Forge an identity', should: '428C9 or 42501' },
    ({ table, scene }) => {
      if (!table.columns.some(({ identity }) => identity)) return undefined;
      const sample = scene.ownHoldings.get(table.name)?.sample;
      if (sample === undefined) return undefined;
      const names = table.columns.map(({ name }) => format('%I', name)).join(', ');
      return {
        steps: [
          `insert into ${table.name} (${names}) overriding system value select r.* from jsonb_populate_record(null::${table.name}, ${format('%L', JSON.stringify(sample))}::jsonb) r`,
        ],
        expect: { outcome: 'refused', past: /^23/ },
        ...(table.columns.some((column) => column.identity && column.insertable)
          ? { limit: 'INSERT was granted on the identity itself, not on the other columns' }
          : {}),
      };
    },
  ),
  {
    ...{
      id: 'G10',
      group: 'G',
      title: 'Read values of other tenants in the statistics of the planner',
    },
    should: 'no row of statistics over tables under row security',
    trials: ({ tables }) => [
      {
        steps: [
          `select schemaname, tablename, attname, most_common_vals::text, histogram_bounds::text from pg_stats where format('%I.%I', schemaname, tablename) = any (${format(
            'array[%L]',
            tables.filter(isBase).map(({ name }) => name),
          )}::text[])`,
        ],
        expect: { outcome: 'nothing' },
      },
      {
        target: 'pg_statistic',
        steps: ['select 1 from pg_statistic limit 1'],
        expect: { outcome: 'nothing' },
      },
    ],
  },
];
