import { randomUUID } from 'node:crypto';
import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import type { Trial } from '../model.ts';
import { freshRow, insertOf } from '../rows.ts';
import { isBase, type Scene } from '../scene.ts';
import type { ForeignKeyFacts, TableFacts } from '../tables.ts';
import type { JsonRow } from '../watcher.ts';

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

/** Group G: foreign keys as ways to rows of another tenant. */
export const referenceCases: readonly HostileCase[] = [
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
];
