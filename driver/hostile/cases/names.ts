import format from 'pg-format';
import { bookIds } from '../books.ts';
import type { HostileCase } from '../case.ts';
import { isForeign } from '../case.ts';
import type { RoutineFacts, Scene } from '../scene.ts';
import { readColumns } from '../tables.ts';
import { overViews } from './aiming.ts';
import { refusedCase } from './single.ts';

/** How often a function is called with other values. */
const mostCalls = 6;

/** Calls of a function with the other tenant's ids, and with text that a careless one would run. */
function callsOf(routine: RoutineFacts, scene: Scene): readonly string[] {
  const { company, cash, payment, draft } = bookIds(scene.other);
  const candidates: Readonly<Record<string, readonly string[]>> = {
    uuid: [scene.other.tenantId, company, cash, payment, draft].map((id) => format('%L::uuid', id)),
    text: ['true', "' or true --", 'name', '1=1) --'].map((text) => format('%L::text', text)),
    date: ["'2026-03-31'::date"],
    integer: ['1'],
    bigint: ['1::bigint'],
    boolean: ['true'],
    jsonb: ["'[]'::jsonb"],
  };
  const lists = routine.types.map((type) => candidates[type] ?? [`null::${type}`]);
  const calls = Math.min(mostCalls, Math.max(1, ...lists.map(({ length }) => length)));
  return Array.from({ length: calls }, (_, i) => {
    const args = lists.map((list) => list[i % list.length] ?? 'null').join(', ');
    return routine.kind === 'p'
      ? `call ${routine.name}(${args})`
      : `select * from ${routine.name}(${args}) limit 200`;
  });
}

/** Whether a call can be written down: pseudo types have no null of their own. */
function isCallable({ types }: RoutineFacts): boolean {
  return types.every((type) => !/^(any|internal|cstring|record|variadic)/.test(type));
}

/** Group E: views, functions, and what names mean. */
export const nameCases: readonly HostileCase[] = [
  overViews(
    {
      ...{ id: 'E1', group: 'E', title: 'Read rows of the other tenant through a view' },
      should: 'no row of another tenant, or 42501',
    },
    (aim) => ({
      steps: [
        aim.table.tenantColumn === null
          ? `select ${readColumns(aim.table)} from ${aim.table.name} limit 500`
          : `select ${readColumns(aim.table)} from ${aim.table.name} where ${isForeign(aim)} limit 50`,
      ],
      expect: { outcome: aim.table.tenantColumn === null ? 'own' : 'nothing' },
    }),
  ),
  overViews(
    {
      ...{ id: 'E4', group: 'E', title: 'Divide by zero on rows behind a view' },
      should: 'no expression sees a row of another tenant',
    },
    (aim) =>
      aim.table.tenantColumn === null
        ? undefined
        : {
            steps: [
              `select 1 from ${aim.table.name} where 1 / (case when ${isForeign(aim)} then 0 else 1 end) = 2`,
            ],
            expect: { outcome: 'nothing', past: /^22012$/ },
          },
  ),
  {
    ...{ id: 'E10', group: 'E', title: 'Call a function that runs with the rights of another' },
    should: 'nothing of the other tenant comes back or changes',
    trials: (scene) => {
      const trials = scene.routines.filter(isCallable).flatMap((routine) =>
        callsOf(routine, scene).map((call, i) => ({
          target: `${routine.signature} #${i + 1}`,
          steps: [call],
          expect: { outcome: 'own' as const },
          // Nobody knows what a function of the user's own would do.
          readOnly: !routine.isFabric,
          watch: routine.isFabric,
        })),
      );
      return trials.length > 0
        ? trials
        : { verdict: 'NOT APPLICABLE', reason: 'the login may call no such function' };
    },
  },
  refusedCase('E7', 'Shadow a table by a temporary one', [
    'create temporary table tenant_registry (tenant_id uuid, status text)',
  ]),
  {
    ...{
      id: 'E8',
      group: 'E',
      title: 'Make a function or an operator where others look for theirs',
    },
    should: '42501',
    trials: ({ schemas }) =>
      schemas.map((schema) => ({
        target: schema,
        steps: [
          format("create function %I.hostile() returns integer language sql as 'select 1'", schema),
        ],
        expect: { outcome: 'refused' },
      })),
  },
  refusedCase('E14', 'Make a LEAKPROOF function', [
    "create function pg_temp.hostile(text) returns boolean language sql leakproof as 'select true'",
  ]),
];
