import format from 'pg-format';
import type { HostileCase } from '../case.ts';
import type { CaseName, Trial } from '../model.ts';
import { foreignRow, freshId, insertOf } from '../rows.ts';
import { isBase, type Scene } from '../scene.ts';
import type { TableFacts } from '../tables.ts';
import { refusedCase, single } from './single.ts';

function overPartitions(
  name: CaseName,
  write: (table: TableFacts, scene: Scene) => Omit<Trial, 'target'>,
): HostileCase {
  return {
    ...name,
    trials: (scene) => {
      const parts = scene.tables.filter(({ isPartition }) => isPartition);
      if (parts.length === 0) {
        return { verdict: 'NOT APPLICABLE', reason: 'no tenant table is partitioned' };
      }
      return parts.map((table) => ({ target: table.name, ...write(table, scene) }));
    },
  };
}

const parted = (id: string, title: string): CaseName => ({
  id,
  group: 'H',
  title,
  should: '42501',
});

/** The own rows, moved by their key to where other partitions are; in append-only tables nobody may even try. */
function movesOf({ own, other }: Scene): (table: TableFacts) => readonly Trial[] {
  return ({ name, tenantColumn, primaryKey, columns }) => {
    const ids = new Set(columns.filter(({ type }) => type === 'uuid').map((column) => column.name));
    const key = primaryKey.find((column) => column !== tenantColumn && ids.has(column));
    if (key === undefined || tenantColumn === null) return [];
    const mine = format('%I::text = %L', tenantColumn, own.tenantId);
    return ['00000000-0000-7000-a000-000000000001', freshId()].flatMap((id) => {
      const move = format('%I = %L', key, id);
      const leave = format('%I = %L', tenantColumn, other.tenantId);
      const trials: readonly Trial[] = [
        {
          target: `${name} to ${id.slice(0, 8)}`,
          steps: [`update ${name} set ${leave}, ${move} where ${mine}`],
          expect: { outcome: 'nothing', past: /^23/ },
        },
        {
          target: `${name} to ${id.slice(0, 8)}, in the own tenant`,
          steps: [`update ${name} set ${move} where ${mine}`],
          expect: { outcome: 'refused', past: /^23/ },
        },
      ];
      // In a table of the user's own, rows may well move within their tenant.
      return name.startsWith('finance.') ? trials : trials.slice(0, 1);
    });
  };
}

/** A table that partitions could be added to. */
const parent = ({ tables }: Scene): string =>
  tables.find(({ kind }) => kind === 'p')?.name ?? plainTable(tables);

/** A table that others could inherit from. */
const plain = ({ tables }: Scene): string => plainTable(tables);

function plainTable(tables: readonly TableFacts[]): string {
  return (
    tables.find((table) => isBase(table) && table.kind === 'r' && !table.isPartition)?.name ??
    'pg_class'
  );
}

/** Group H: partitions, inheritance, and places beside the tables. */
export const partitionCases: readonly HostileCase[] = [
  overPartitions(parted('H1', 'Read a partition by its own name'), (table) => ({
    steps: [`select count(*) from ${table.name}`],
    expect: { outcome: 'refused' },
  })),
  overPartitions(parted('H1.insert', 'Insert into a partition by its own name'), (table, scene) => {
    const whole = scene.tables.find(
      ({ kind, name }) => kind === 'p' && table.name.startsWith(name),
    );
    return {
      steps: [insertOf(table, foreignRow(scene, whole ?? table))],
      expect: { outcome: 'refused', past: /^23/ },
    };
  }),
  overPartitions(parted('H1.delete', 'Delete from a partition by its own name'), (table) => ({
    steps: [`delete from ${table.name}`],
    expect: { outcome: 'refused' },
  })),
  overPartitions(parted('H1.truncate', 'Truncate a partition by its own name'), (table) => ({
    steps: [`truncate ${table.name}`],
    expect: { outcome: 'refused', past: /^(?:0A000|55P03)$/ },
  })),
  overPartitions(parted('H3', 'Detach a partition'), (table, { tables }) => ({
    steps: [
      `alter table ${tables.find(({ kind, name }) => kind === 'p' && table.name.startsWith(name))?.name ?? table.name} detach partition ${table.name}`,
    ],
    expect: { outcome: 'refused' },
  })),
  {
    ...{ id: 'H8', group: 'H', title: 'Move rows to another partition and the other tenant' },
    should: '42501, or an append-only code where the key alone is changed',
    trials: (scene) => {
      const trials = scene.tables.filter(({ kind }) => kind === 'p').flatMap(movesOf(scene));
      if (trials.length > 0) return trials;
      return { verdict: 'NOT APPLICABLE', reason: 'no tenant table is partitioned' };
    },
  },
  refusedCase(
    'H2',
    'Add a partition without guards',
    (scene) => [
      `create table public.hostile_part partition of ${parent(scene)} for values from ('ffffffff-0000-0000-0000-000000000000') to (maxvalue)`,
    ],
    [],
    /^42P17$/,
  ),
  refusedCase('H4', 'Inherit from a tenant table', (scene) => [
    `create table public.hostile_heir () inherits (${plain(scene)})`,
  ]),
  single(
    {
      ...{ id: 'H5', group: 'H', title: 'Keep bytes in a large object, which no policy covers' },
      should: '42501',
    },
    {
      steps: ['select lo_create(0)'],
      expect: { outcome: 'refused' },
      limit:
        'only a superuser can close the large object functions (capability large_objects_closed)',
    },
  ),
  refusedCase('H5.read', 'Read the large objects of others', [
    'select count(*) from pg_largeobject',
  ]),
  {
    ...{ id: 'H6', group: 'H', title: 'Read a materialized view, which no policy covers' },
    should: '42501, or no row of another tenant',
    trials: ({ views, own }) => {
      const kept = views.filter(({ kind, tenantColumn }) => kind === 'm' && tenantColumn !== null);
      if (kept.length === 0) {
        return { verdict: 'NOT APPLICABLE', reason: 'no materialized view has a tenant column' };
      }
      return kept.map(({ name, tenantColumn }) => ({
        target: name,
        steps: [
          format(`select count(*) from ${name} where %I::text <> %L`, tenantColumn, own.tenantId),
        ],
        expect: { outcome: 'zero' as const },
      }));
    },
  },
];
