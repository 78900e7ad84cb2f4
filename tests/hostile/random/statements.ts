import format from 'pg-format';
import { foreignRow, freshId } from '../../../driver/hostile/rows.ts';
import type { Scene } from '../../../driver/hostile/scene.ts';
import { condition, expression, type Source } from './expressions.ts';
import type { QueryMaker } from './queries.ts';
import type { Column, Relation } from './relations.ts';

/** A random statement, or the few that belong together. */
export interface Statement {
  readonly kind: string;
  readonly steps: readonly string[];
  /** Whether it is undone even where it works, since it would disturb what follows. */
  readonly undo?: boolean;
  /** A query whose count is the most rows that the last step may touch or count. */
  readonly most?: string;
}

/** What statements are made with. */
export interface Maker {
  readonly queries: QueryMaker;
  readonly scene: Pick<Scene, 'own' | 'other' | 'ownHoldings' | 'otherHoldings'>;
  /** What statements may put into the context themselves; only where contexts are signed must that fail. */
  readonly spoofs: readonly string[];
}

/** Makes one random statement. */
export function statement(maker: Maker): Statement {
  const total = makers.reduce((sum, [weight]) => sum + weight, 0);
  let draw = maker.queries.random.below(total);
  for (const [weight, kind, make] of makers) {
    draw -= weight;
    if (draw < 0) return { kind, ...make(maker) };
  }
  throw new Error('no statement was drawn');
}

type Made = Omit<Statement, 'kind'>;

const isTable = ({ facts }: Relation): boolean => facts.kind === 'r' || facts.kind === 'p';
const one = (sql: string): Made => ({ steps: [sql] });

/** A table with a tenant that the login may write to in some way. */
function target(
  maker: Maker,
  may: (column: Relation['facts']['columns'][number]) => boolean,
): Relation {
  const { queries } = maker;
  const fit = queries.relation(
    (relation) =>
      isTable(relation) && relation.facts.tenantColumn !== null && relation.facts.columns.some(may),
  );
  const any =
    fit ??
    queries.relation((relation) => isTable(relation) && relation.facts.tenantColumn !== null);
  if (any === undefined) throw new Error('there is no tenant table');
  return any;
}

const sourceOf = ({ name, columns }: Relation): Source => ({
  alias: name.split('.')[1] ?? name,
  columns,
});

/** How many rows of one's own a table has: a statement over it cannot reach more. */
function ownRows({ scene }: Maker, { name, facts }: Relation): string {
  return format(
    `select count(*) as most from ${name} where %I::text = %L`,
    facts.tenantColumn,
    scene.own.tenantId,
  );
}

function write(maker: Maker): {
  readonly sql: string;
  readonly relation: Relation;
  readonly undo: boolean;
} {
  const { queries, scene } = maker;
  const relation = target(maker, ({ insertable }) => insertable);
  const { facts, name } = relation;
  const isForeign = queries.random.chance(0.4);
  const sample = isForeign
    ? foreignRow(scene as Scene, facts)
    : (scene.ownHoldings.get(name)?.sample ?? {});
  const row: Record<string, unknown> = { ...sample };
  const inKeys = new Set(facts.uniqueKeys.flat());
  for (const { name: column, type, category } of facts.columns) {
    const isReference = facts.foreignKeys.some(({ columns }) => columns.includes(column));
    if (column === facts.tenantColumn || isReference || !inKeys.has(column)) continue;
    if (queries.random.chance(0.1)) continue;
    if (type === 'uuid') row[column] = freshId();
    else if (category === 'S') row[column] = `random ${queries.random.below(1_000_000)}`;
    else if (category === 'N') row[column] = queries.random.below(30_000);
  }
  const columns = facts.columns.filter(({ insertable, automatic }) => insertable && !automatic);
  const list = columns.map((column) => format('%I', column.name)).join(', ');
  const values = columns.map((column) => format('v.%I', column.name)).join(', ');
  const sql = `insert into ${name} (${list}) select ${values} from jsonb_populate_record(null::${name}, ${format('%L', JSON.stringify(row))}::jsonb) v`;
  // What was copied from the other tenant would be taken for its trace later on.
  return { sql, relation, undo: isForeign };
}

function setList({ queries, scene }: Maker, relation: Relation): string {
  const open = relation.facts.columns.filter(({ updatable, automatic }) => updatable && !automatic);
  const fit = open.filter(
    ({ name }) => name !== relation.facts.tenantColumn || queries.random.chance(0.2),
  );
  const column = queries.random.pick(fit.length > 0 ? fit : relation.facts.columns);
  const known = relation.columns.find(({ name }) => name === column.name) ?? unknownColumn;
  const value =
    known.kind === 'other' || queries.random.chance(0.5)
      ? format('%I.%I', sourceOf(relation).alias, column.name)
      : expression(queries.draw(0, [scene.own.tenantId]), known.kind, [sourceOf(relation)], 1);
  return `${format('%I', column.name)} = ${value}`;
}

const unknownColumn: Column = { name: '', kind: 'other' };

const where = ({ queries }: Maker, relation: Relation): string =>
  queries.random.chance(0.7) ? ` where ${condition(queries.draw(1), [sourceOf(relation)], 1)}` : '';

function update(maker: Maker): Made & { readonly relation: Relation } {
  const relation = target(maker, ({ updatable }) => updatable);
  const sql = `update ${relation.name} set ${setList(maker, relation)}${where(maker, relation)}`;
  return { steps: [sql], most: ownRows(maker, relation), relation };
}

function injection({ queries, spoofs }: Maker): string {
  const spoofed = spoofs.length > 0 && queries.random.chance(0.5);
  if (spoofed) return queries.random.pick(spoofs);
  return queries.random.pick([
    "set_config('search_path', 'pg_catalog', true)",
    "set_config('plan_cache_mode', 'force_generic_plan', true)",
    "set_config('enable_indexscan', 'off', true)",
    "set_config('row_security', 'off', true)",
    "set_config('role', 'aibos_owner', true)",
    "set_config('session_authorization', 'postgres', true)",
    "set_config('session_replication_role', 'replica', true)",
    "set_config('app.reason', 'random', true)",
    "set_config('app.user_id', gen_random_uuid()::text, true)",
  ]);
}

const makers: readonly (readonly [number, string, (maker: Maker) => Made])[] = [
  [16, 'star', ({ queries }) => one(queries.star())],
  [34, 'select', ({ queries }) => one(queries.query())],
  [
    6,
    'count',
    (maker) => {
      const relation = target(maker, ({ selectable }) => selectable);
      const sql = `select count(*) from ${relation.name}${where(maker, relation)}`;
      return { steps: [sql], most: ownRows(maker, relation) };
    },
  ],
  [
    4,
    'explain',
    ({ queries }) => one(`explain (analyze, verbose, costs off, timing off) ${queries.query()}`),
  ],
  [3, 'copy', ({ queries }) => one(`copy (${queries.query()}) to stdout`)],
  [
    7,
    'insert',
    (maker) => {
      const { sql, relation, undo } = write(maker);
      const columns = relation.columns.map(({ name }) => format('%I', name)).join(', ');
      return { steps: [`${sql} returning ${columns}`], undo };
    },
  ],
  [
    3,
    'on conflict',
    (maker) => {
      const { sql, relation, undo } = write(maker);
      const { primaryKey } = relation.facts;
      const key = primaryKey.map((name) => format('%I', name)).join(', ');
      const isUpdate = maker.queries.random.chance(0.6);
      return {
        undo,
        steps: [
          `${sql} on conflict ${isUpdate ? `(${key}) do update set ${setList(maker, relation)}` : 'do nothing'}`,
        ],
      };
    },
  ],
  [
    6,
    'update',
    (maker) => {
      const { steps, most } = update(maker);
      return { steps, ...(most === undefined ? {} : { most }) };
    },
  ],
  [
    3,
    'update returning',
    (maker) => {
      const { steps, relation } = update(maker);
      return one(
        `${steps[0]} returning ${relation.columns.map(({ name }) => format('%I', name)).join(', ')}`,
      );
    },
  ],
  [
    3,
    'delete',
    (maker) => {
      const relation = target(maker, () => true);
      return {
        steps: [`delete from ${relation.name}${where(maker, relation)}`],
        most: ownRows(maker, relation),
        undo: true,
      };
    },
  ],
  [
    3,
    'merge',
    (maker) => {
      const relation = target(maker, ({ updatable }) => updatable);
      const [column] = relation.facts.primaryKey;
      const using = maker.queries.query(['uuid'], 1);
      const action = maker.queries.random.pick([
        `update set ${setList(maker, relation)}`,
        'delete',
        'do nothing',
      ]);
      const alias = sourceOf(relation).alias;
      return {
        steps: [
          `merge into ${relation.name} using (${using}) s on ${format('%I.%I', alias, column ?? 'tenant_id')}::text = s.c1::text or true when matched then ${action}`,
        ],
        undo: true,
      };
    },
  ],
  [
    4,
    'writing cte',
    (maker) => {
      const { steps, relation } = update(maker);
      const inner = `${steps[0]} returning ${format('%I', relation.columns[0]?.name ?? 'tenant_id')} as c`;
      return one(
        `with w as (${inner}), q as (${maker.queries.query(['text'], 1)}) select w.c::text, q.c1 from w left join q on true limit 40`,
      );
    },
  ],
  [
    4,
    'cursor',
    ({ queries }) => ({
      steps: [
        `declare random_cursor scroll cursor for ${queries.query()}`,
        'fetch 20 from random_cursor',
        'move backward all from random_cursor',
        'fetch last from random_cursor',
        'close random_cursor',
      ],
    }),
  ],
  [
    4,
    'prepared',
    ({ queries, scene }) => ({
      steps: [
        `prepare random_plan (text) as select q.* from (${queries.query()}) q where $1 is not null`,
        format('execute random_plan (%L)', scene.own.tenantId),
        format('execute random_plan (%L)', scene.other.tenantId),
        'deallocate random_plan',
      ],
      undo: true,
    }),
  ],
  [8, 'call', ({ queries }) => one(`select (f.f)::text from (select ${queries.call()} as f) f`)],
  [
    3,
    'do',
    ({ queries }) =>
      one(
        `do $random$ declare r record; begin for r in ${queries.query()} loop raise notice '%', r; end loop; end $random$`,
      ),
  ],
  [
    5,
    'injected setting',
    (maker) => ({
      steps: [
        `with s as materialized (select ${injection(maker)} as s) select s.s, q.* from s, lateral (${maker.queries.query(undefined, 1)}) q`,
        maker.queries.star(),
      ],
      undo: true,
    }),
  ],
  [
    2,
    'locking',
    (maker) => {
      const relation = target(maker, () => true);
      return one(
        `select * from ${relation.name}${where(maker, relation)} for ${maker.queries.random.pick(['update', 'share', 'key share'])} skip locked`,
      );
    },
  ],
  [
    1,
    'refused by rights',
    (maker) => {
      const { name } = target(maker, () => true);
      return one(
        maker.queries.random.pick([
          `truncate ${name}`,
          `lock table ${name} nowait`,
          `alter table ${name} disable row level security`,
          `grant all on ${name} to public`,
        ]),
      );
    },
  ],
];
