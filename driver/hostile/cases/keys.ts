import { randomUUID } from 'node:crypto';
import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import type { Trial } from '../model.ts';
import { freshId, insertOf } from '../rows.ts';
import { isBase, type Scene } from '../scene.ts';
import type { ForeignKeyFacts, TableFacts } from '../tables.ts';
import type { JsonRow } from '../watcher.ts';
import { overTables } from './aiming.ts';

/** A row of one's own with new values where a key asks for them. */
function freshRow(table: TableFacts, sample: JsonRow, keep: readonly string[]): JsonRow {
  const row: Record<string, unknown> = { ...sample };
  const inKeys = new Set(table.uniqueKeys.flat());
  const referring = new Set(table.foreignKeys.flatMap(({ columns }) => columns));
  for (const { name, type, category } of table.columns) {
    if (!inKeys.has(name) || keep.includes(name) || referring.has(name)) continue;
    if (name === table.tenantColumn) continue;
    if (type === 'uuid') row[name] = freshId();
    else if (category === 'S') row[name] = `hostile ${freshId()}`;
    else if (category === 'N') row[name] = 32_000 + Math.floor(Math.random() * 700);
  }
  return row;
}

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

interface Reference {
  readonly key: ForeignKeyFacts;
  readonly columns: readonly string[];
  readonly row: (ids: JsonRow) => JsonRow;
}

/** Foreign keys to rows that belong to tenants, with the own row that will point elsewhere. */
function referencesOf(scene: Scene, table: TableFacts): readonly Reference[] {
  const sample = scene.ownHoldings.get(table.name)?.sample;
  if (sample === undefined) return [];
  return table.foreignKeys.flatMap((key) => {
    const isTenantTable = scene.tables.some(({ name }) => name === key.references);
    const columns = key.columns.filter((name) => name !== table.tenantColumn);
    if (!isTenantTable || columns.length === 0) return [];
    const row = (ids: JsonRow): JsonRow => ({ ...freshRow(table, sample, columns), ...ids });
    return [{ key, columns, row }];
  });
}

/** What the columns of a reference must say to point to a row. */
function pointing({ key, columns }: Reference, to: JsonRow | undefined): JsonRow | undefined {
  if (to === undefined) return undefined;
  const values: Record<string, unknown> = {};
  for (const name of columns) {
    const value = to[key.referenced[key.columns.indexOf(name)] ?? ''];
    if (value === undefined || value === null) return undefined;
    values[name] = value;
  }
  return values;
}

function referenceTrials(
  scene: Scene,
  write: (table: TableFacts, reference: Reference, ids: JsonRow) => Omit<Trial, 'target'>,
): readonly Trial[] {
  return scene.tables.filter(isBase).flatMap((table) =>
    referencesOf(scene, table).flatMap((reference) => {
      const ids = pointing(reference, scene.otherHoldings.get(reference.key.references)?.sample);
      if (ids === undefined) return [];
      const target = `${table.name} ${reference.key.name}`;
      return [{ target, ...write(table, reference, ids) }];
    }),
  );
}

const REFUSALS = ['23503', '23514', '23502', '23505', '23P01'];
const none = {
  verdict: 'NOT APPLICABLE',
  reason: 'no table refers to another with rows of both tenants',
} as const;
const orNone = (trials: readonly Trial[]) => (trials.length > 0 ? trials : none);

/** Group G: keys as ways across, and what else tells of others. */
export const keyCases: readonly HostileCase[] = [
  {
    ...{ id: 'G1', group: 'G', title: "Refer to the other tenant's row in a new row" },
    should: '23503, or another refusal before it',
    trials: (scene) =>
      orNone(
        referenceTrials(scene, (table, reference, ids) => ({
          steps: [
            insertOf(table, reference.row(ids), reference.columns),
            'set constraints all immediate',
          ],
          expect: { outcome: 'refused', codes: REFUSALS },
        })),
      ),
  },
  {
    ...{ id: 'G1.update', group: 'G', title: "Point one's own rows to the other tenant's row" },
    should: '23503, or another refusal before it',
    trials: (scene) =>
      orNone(
        referenceTrials(scene, (table, { columns }, ids) => ({
          steps: [
            `update ${table.name} set ${columns.map((name) => format('%I = %L', name, String(ids[name]))).join(', ')} where ${format('%I::text = %L', table.tenantColumn, scene.own.tenantId)}`,
            'set constraints all immediate',
          ],
          expect: { outcome: 'refused', codes: REFUSALS },
        })),
      ),
  },
  {
    ...{ id: 'G2', group: 'G', title: "Tell the other tenant's keys from keys that do not exist" },
    should: 'the same words for both',
    trials: (scene) =>
      orNone(
        referenceTrials(scene, (table, reference, ids) => {
          const missing = Object.fromEntries(
            Object.entries(ids).map(([name, value]) => [
              name,
              /^[0-9a-f-]{36}$/.test(String(value)) ? randomUUID() : value,
            ]),
          );
          const row = reference.row(ids);
          return {
            steps: [insertOf(table, row, reference.columns), 'set constraints all immediate'],
            twin: [
              insertOf(table, { ...row, ...missing }, reference.columns),
              'set constraints all immediate',
            ],
            expect: { outcome: 'refused', codes: REFUSALS },
          };
        }),
      ),
  },
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
