import format from 'pg-format';
import { type Aim, isForeign } from '../case.ts';
import type { CaseName, Expectation } from '../model.ts';
import { byKey, foreignRow, insertOf, updatable } from '../rows.ts';
import { isBase } from '../scene.ts';
import { columnList, readColumns } from '../tables.ts';
import { hollowOf, overTables, type Written } from './aiming.ts';

/** Constraints are looked at after the policy, so their codes tell that it let the row through. */
const PAST_POLICY = /^23/;
const refused: Expectation = { outcome: 'refused', past: PAST_POLICY };
const nothing: Expectation = { outcome: 'nothing', past: PAST_POLICY };

function writing(id: string, title: string): CaseName {
  return {
    id,
    group: 'F',
    title,
    should: 'no row of another tenant is written: 42501, or none found',
  };
}

function change(aim: Aim, ...steps: readonly string[]): Written {
  return { steps, expect: nothing, watch: true, ...hollowOf(aim) };
}

function refusal(...steps: readonly string[]): Written {
  return { steps, expect: refused };
}

/** A SET list that changes nothing, so that only the touch itself counts. */
const touch = ({ table }: Aim): string => `${updatable(table)} = ${updatable(table)}`;
const foreignInsert = (aim: Aim): string => insertOf(aim.table, foreignRow(aim.scene, aim.table));

/** Every way to write rows of a table. */
export const writingCases = [
  overTables(writing('F1', 'Insert a row for the other tenant'), (aim) =>
    refusal(foreignInsert(aim)),
  ),
  overTables(writing('F4', 'Insert a row for the other tenant and have it returned'), (aim) =>
    refusal(`${foreignInsert(aim)} returning ${aim.tenant}`),
  ),
  overTables(writing('F1.select', "Insert one's own rows again for the other tenant"), (aim) => {
    const { own, table } = aim;
    const mine = table.columns.filter((column) => column.insertable && !column.automatic);
    const columns = mine.length > 0 ? mine : table.columns.filter((column) => !column.automatic);
    const values = columns.map(({ name }) =>
      name === table.tenantColumn ? `${aim.other}::${table.tenantType}` : format('%I', name),
    );
    const holding = aim.scene.ownHoldings.get(table.name);
    return {
      steps: [
        `insert into ${table.name} (${columnList(columns)}) select ${values.join(', ')} from ${table.name} where ${aim.tenant}::text = ${own} limit 1`,
      ],
      expect: nothing,
      ...(holding?.rows === 0 ? { hollow: 'the own tenant has no row there' } : {}),
    };
  }),
  overTables(writing('F5.nothing', 'Insert for the other tenant, or do nothing'), (aim) =>
    refusal(`${foreignInsert(aim)} on conflict do nothing`),
  ),
  overTables(writing('F5.update', "Insert over the other tenant's row"), (aim) => {
    const { primaryKey } = aim.table;
    if (primaryKey.length === 0) return undefined;
    const key = primaryKey.map((name) => format('%I', name)).join(', ');
    const column = updatable(aim.table);
    return refusal(
      `${foreignInsert(aim)} on conflict (${key}) do update set ${column} = excluded.${column}`,
    );
  }),
  overTables(writing('F3', 'Update rows of the other tenant'), (aim) =>
    change(aim, `update ${aim.table.name} set ${touch(aim)} where ${isForeign(aim)}`),
  ),
  overTables(writing('F3.key', 'Update a known row of the other tenant by its key'), (aim) => {
    const key = byKey(aim.table, foreignRow(aim.scene, aim.table));
    if (key === undefined) return undefined;
    return change(aim, `update ${aim.table.name} set ${touch(aim)} where ${key}`);
  }),
  overTables(
    writing('F4.returning', 'Update rows of the other tenant and have them returned'),
    (aim) =>
      change(
        aim,
        `update ${aim.table.name} set ${touch(aim)} where ${isForeign(aim)} returning ${readColumns(aim.table)}`,
      ),
  ),
  overTables(writing('F2', "Move one's own rows to the other tenant"), (aim) => {
    const holding = aim.scene.ownHoldings.get(aim.table.name);
    return {
      steps: [
        `update ${aim.table.name} set ${aim.tenant} = ${aim.other} where ${aim.tenant}::text = ${aim.own}`,
      ],
      expect: nothing,
      ...(holding?.rows === 0 ? { hollow: 'the own tenant has no row there' } : {}),
    };
  }),
  overTables(writing('F2.take', "Move rows of the other tenant to one's own"), (aim) =>
    change(
      aim,
      `update ${aim.table.name} set ${aim.tenant} = ${aim.own} where ${aim.tenant}::text = ${aim.other}`,
    ),
  ),
  overTables(writing('F6', 'Delete rows of the other tenant'), (aim) =>
    change(aim, `delete from ${aim.table.name} where ${isForeign(aim)}`),
  ),
  overTables(writing('F7.matched', 'Merge into rows of the other tenant'), (aim) =>
    change(
      aim,
      `merge into ${aim.table.name} m using (values (${aim.other})) v (t) on m.${aim.tenant}::text = v.t when matched then update set ${touch(aim).replace('= ', '= m.')}`,
    ),
  ),
  overTables(writing('F7.delete', 'Merge rows of the other tenant away'), (aim) =>
    change(
      aim,
      `merge into ${aim.table.name} m using (values (${aim.other})) v (t) on m.${aim.tenant}::text = v.t when matched then delete`,
    ),
  ),
  overTables(writing('F7.insert', 'Merge a row of the other tenant in'), (aim) => {
    const row = foreignRow(aim.scene, aim.table);
    const columns = aim.table.columns.filter(
      (column) => !column.automatic && (column.insertable || row[column.name] !== undefined),
    );
    const mine = columns.some((column) => column.insertable)
      ? columns.filter((column) => column.insertable)
      : columns;
    const values = mine.map(({ name }) => format('s.%I', name)).join(', ');
    return refusal(
      `merge into ${aim.table.name} m using jsonb_populate_record(null::${aim.table.name}, ${format('%L', JSON.stringify(row))}::jsonb) s on false when not matched then insert (${columnList(mine)}) values (${values})`,
    );
  }),
  overTables(writing('F11', 'Write rows of the other tenant in a CTE'), (aim) => ({
    steps: [
      `with w as (update ${aim.table.name} set ${touch(aim)} where ${isForeign(aim)} returning 1) select count(*) from w`,
    ],
    expect: { outcome: 'zero', past: PAST_POLICY },
    watch: true,
    ...hollowOf(aim),
  })),
  overTables(
    {
      ...writing('F8.in', 'Copy rows in past the checks'),
      should: 'refused: 0A000 under row security, or 42501',
    },
    (aim) => ({
      steps: [`copy ${aim.table.name} from stdin`],
      // The server asks for rows only after it has agreed; none are sent.
      expect: { outcome: 'refused', codes: ['0A000'], past: /^57014$/ },
    }),
    isBase,
  ),
  overTables(
    { ...writing('F10', 'Truncate the table of all tenants'), should: '42501, IB301 or IB302' },
    (aim) => ({
      steps: [`truncate ${aim.table.name}`],
      expect: { outcome: 'refused', past: /^(?:0A000|55P03|55006)$/ },
    }),
    isBase,
  ),
  overTables(
    { ...writing('F12', 'Lock the table against every tenant'), should: '42501' },
    (aim) => ({
      steps: [`lock table ${aim.table.name} in share row exclusive mode nowait`],
      expect: { outcome: 'refused', past: /^55P03$/ },
      ...(isLockable(aim)
        ? { residual: 'UPDATE or DELETE on a whole table brings the right to lock it' }
        : {}),
    }),
    isBase,
  ),
];

/** Tables that the documented limit covers: those that no posting needs. */
function isLockable({ table }: Aim): boolean {
  return table.schema !== 'finance' || table.name === 'finance.document_metadata';
}
