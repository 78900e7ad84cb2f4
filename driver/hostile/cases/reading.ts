import format from 'pg-format';
import { type Aim, isForeign } from '../case.ts';
import type { CaseName, Expectation } from '../model.ts';
import { byKey, foreignRow } from '../rows.ts';
import { readColumns } from '../tables.ts';
import { hollowOf, overTables, type Written } from './aiming.ts';

/** A value that a cast could only fail on by having been read. */
const LEAKED = /^22/;
const nothing: Expectation = { outcome: 'nothing', past: LEAKED };
const zero: Expectation = { outcome: 'zero' };

function reading(id: string, title: string): CaseName {
  return { id, group: 'F', title, should: 'no row of another tenant, or 42501' };
}

function silent(aim: Aim, expect: Expectation, ...steps: readonly string[]): Written {
  return { steps, expect, ...hollowOf(aim) };
}

const foreignRows = (aim: Aim): string =>
  `select ${readColumns(aim.table)} from ${aim.table.name} where ${isForeign(aim)} limit 50`;

/** Every way to read rows of a table. */
export const readingCases = [
  overTables(reading('F16.select', 'Read rows that are not of the own tenant'), (aim) =>
    silent(aim, nothing, foreignRows(aim)),
  ),
  overTables(reading('F16.named', 'Read rows of the other tenant by naming it'), (aim) =>
    silent(
      aim,
      nothing,
      `select ${readColumns(aim.table)} from ${aim.table.name} where ${aim.tenant}::text = ${aim.other} limit 50`,
    ),
  ),
  overTables(reading('F16.key', 'Read a known row of the other tenant by its key'), (aim) => {
    const key = byKey(aim.table, foreignRow(aim.scene, aim.table));
    if (key === undefined) return undefined;
    return silent(
      aim,
      nothing,
      `select ${readColumns(aim.table)} from ${aim.table.name} where ${key}`,
    );
  }),
  overTables(reading('F16.count', 'Count rows of the other tenant'), (aim) =>
    silent(aim, zero, `select count(*) from ${aim.table.name} where ${isForeign(aim)}`),
  ),
  overTables(reading('F16.exists', 'Ask whether the other tenant has a row'), (aim) =>
    silent(aim, zero, `select exists (select from ${aim.table.name} where ${isForeign(aim)})`),
  ),
  ...['update', 'no key update', 'share', 'key share'].map((lock) =>
    overTables(
      reading(`F16.for ${lock}`, `Lock rows of the other tenant FOR ${lock.toUpperCase()}`),
      (aim) =>
        silent(
          aim,
          nothing,
          `select 1 from ${aim.table.name} where ${isForeign(aim)} limit 5 for ${lock} nowait`,
        ),
    ),
  ),
  overTables(reading('F16.sample', 'Read a sample that is all of the table'), (aim) =>
    silent(
      aim,
      nothing,
      `select ${readColumns(aim.table)} from ${aim.table.name} tablesample system (100) where ${isForeign(aim)}`,
    ),
  ),
  overTables(reading('F16.ctid', 'Read rows of the other tenant by where they lie'), (aim) => {
    const places = aim.scene.otherHoldings.get(aim.table.name)?.places ?? ['(0,1)'];
    return silent(
      aim,
      nothing,
      `select ${readColumns(aim.table)} from ${aim.table.name} where ctid = any (${format('array[%L]', places)}::tid[]) and ${isForeign(aim)}`,
    );
  }),
  overTables(reading('F13.cursor', 'Fetch rows of the other tenant from a cursor'), (aim) =>
    silent(
      aim,
      nothing,
      `declare hostile_cursor scroll cursor for ${foreignRows(aim)}`,
      'fetch all from hostile_cursor',
    ),
  ),
  overTables(
    reading('F14.generic', "Run the other tenant's prepared generic plan as one's own"),
    (aim) => ({
      begin: 'other',
      steps: [
        'set local plan_cache_mode = force_generic_plan',
        `prepare hostile_plan as select ${readColumns(aim.table)} from ${aim.table.name} where ${aim.tenant}::text = ${aim.other}`,
        'execute hostile_plan',
        { enter: 'own' },
        'execute hostile_plan',
      ],
      expect: nothing,
      ...hollowOf(aim),
    }),
  ),
  overTables(reading('F11.lateral', 'Read rows of the other tenant in a lateral join'), (aim) =>
    silent(
      aim,
      nothing,
      `select x.* from (values (${aim.other})) v (t), lateral (select ${readColumns(aim.table)} from ${aim.table.name} where ${aim.tenant}::text = v.t) x`,
    ),
  ),
  overTables(reading('F11.window', 'Read all rows in an aggregate and a window'), (aim) =>
    silent(
      aim,
      zero,
      `select count(*) over (), string_agg(${aim.tenant}::text, ',') from ${aim.table.name} where ${isForeign(aim)} group by ${aim.tenant} union all select 0, null where not exists (select from ${aim.table.name} where ${isForeign(aim)})`,
    ),
  ),
  overTables(reading('F8.out', 'Copy rows of the other tenant out'), (aim) =>
    silent(aim, nothing, `copy (${foreignRows(aim)}) to stdout`),
  ),
  overTables(reading('F16.view', 'Read rows through a view made for it'), (aim) =>
    silent(
      aim,
      nothing,
      `create temporary view hostile_view as ${foreignRows(aim)}`,
      'select * from hostile_view',
    ),
  ),
  overTables(
    reading('F16.table as', 'Keep rows of the other tenant in a table made for it'),
    (aim) =>
      silent(
        aim,
        nothing,
        `create temporary table hostile_copy as ${foreignRows(aim)}`,
        'select * from hostile_copy',
      ),
  ),
  overTables(
    { ...reading('E4.table', 'Divide by zero on rows of another tenant'), group: 'E' },
    (aim) =>
      silent(
        aim,
        nothing,
        `select 1 from ${aim.table.name} where 1 / (case when ${isForeign(aim)} then 0 else 1 end) = 2`,
      ),
  ),
];
