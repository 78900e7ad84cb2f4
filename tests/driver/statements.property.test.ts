import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOG } from '../../driver/catalog.ts';
import { readContext } from '../../driver/context.ts';
import { escapeLike, FabricError } from '../../driver/index.ts';
import { type Statement, StatementBuilder } from '../../driver/statements.ts';
import { Whitelist } from '../../driver/tables.ts';
import { someone } from './support/untouched.ts';

const builder = new StatementBuilder(new Whitelist(1_000_000, CATALOG), 1_000_000);
const context = readContext(someone);
const tables = Object.entries(CATALOG);
const runs = { numRuns: 500 };

const words = new Set(
  'select insert update delete into from set values where and or in any is not null like order by asc desc nulls first last limit offset returning default false'.split(
    ' ',
  ),
);

/** Reads a statement back by a grammar of its own: what it names, and the condition that holds everything else. */
function readBack({ text }: Statement): { names: string[]; rest: string; isBound: boolean } {
  const names = [...text.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
  const bare = text.replace(/"[^"]*"/g, 'NAME').replace(/\$\d+/g, 'VALUE');
  const rest = bare.replace(/NAME|VALUE|[a-z]+/g, (word) =>
    word === 'NAME' || word === 'VALUE' || words.has(word) ? '' : `!${word}!`,
  );
  return { names, rest: rest.replace(/[\s(),.=<>]/g, ''), isBound: isBound(text) };
}

/** Whether the where clause is `tenant = $1`, or that and one parenthesis around all the rest. */
function isBound(text: string): boolean {
  const clause = /^.*? where "(?:tenant_id|id)" = \$1(?: and (\(.*))?$/.exec(text)?.[1];
  if (clause === undefined)
    return / where "(?:tenant_id|id)" = \$1(?: (?:order by|limit|offset|returning) .*)?$/.test(
      text,
    );
  let depth = 0;
  for (let i = 0; i < clause.length; i++) {
    if (clause[i] === '(') depth += 1;
    if (clause[i] === ')') depth -= 1;
    if (depth === 0)
      return /^(?: (?:order by|limit|offset|returning) .*)?$/.test(clause.slice(i + 1));
  }
  return false;
}

function expectSafe(statement: Statement, table: string, kind: string): void {
  const spec = new Map<string, { tenantColumn: string | null; columns: object }>(tables).get(table);
  const { names, rest, isBound } = readBack(statement);
  const known = new Set([...table.split('.'), ...Object.keys(spec?.columns ?? {})]);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(rest).toBe('');
  const places = [...statement.text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1]));
  expect(new Set(places)).toEqual(new Set(statement.values.map((_, index) => index + 1)));
  if (spec?.tenantColumn === null) return;
  expect(statement.values[0]).toBe(someone.tenantId);
  if (kind !== 'insert') expect(isBound).toBe(true);
  else
    expect(statement.text).toMatch(
      /^insert into "\w+"\."\w+" \("(?:tenant_id|id)"[^)]*\) values \(\$1/,
    );
}

/** A statement, or undefined when it was refused by a FabricError; anything else that is thrown fails the test. */
function attempt(build: () => Statement): Statement | undefined {
  try {
    return build();
  } catch (error) {
    if (error instanceof FabricError && /^IB9\d\d$/.test(error.code)) return undefined;
    throw error;
  }
}

const evil = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    'tenant_id',
    'tenantId',
    'id',
    'code',
    '__proto__',
    'constructor',
    'and',
    'or',
    'in',
    'like',
    'isNull',
    '$ne',
    '"; drop table x; --',
    'id" = "id',
    ') or (true',
    "' or '1'='1",
    '*/',
    '$1',
    '',
    'a"."b',
  ),
);
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  evil,
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, Number.NaN),
  fc.date({ noInvalidDate: false }),
  evil.map((text) => attemptLike(text)),
);
const tree: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(evil, tie('node'), { maxKeys: 3 }),
    tie('node').map((node) => ({ and: [node] })),
    fc.array(tie('node'), { maxLength: 3 }).map((nodes) => ({ or: nodes })),
  ),
})).node;
const tableName = fc.oneof(fc.constantFrom(...tables.map(([name]) => name)), evil);

function attemptLike(text: string): unknown {
  try {
    return escapeLike(text);
  } catch {
    return text;
  }
}

/** Filters and rows that fit a table, so that the properties are not only about refusals. */
const fitting = fc.constantFrom(...tables).chain(([name, { tenantColumn, columns }]) => {
  const free = Object.keys(columns).filter((column) => column !== tenantColumn);
  const spec = new Map<string, { type: string; readOnly?: boolean; insertOnly?: boolean }>(
    Object.entries(columns),
  );
  const comparable = free.filter((column) =>
    /^(?:text|uuid|int\d|bool)$/.test(spec.get(column)?.type ?? ''),
  );
  const column = fc.constantFrom(...comparable);
  const value = fc.oneof(
    fc.string({ maxLength: 8 }).filter((text) => !text.includes('\0')),
    fc.integer(),
    evilText,
  );
  const condition = fc.oneof(
    value,
    fc.array(value, { maxLength: 3 }).map((list) => ({ in: list })),
    value.map((bound) => ({ gte: bound, lt: bound })),
    fc.boolean().map((isNull) => ({ isNull })),
    value.map((text) => ({ like: escapeLike(String(text)) })),
  );
  const where = fc.letrec<{ node: object }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.dictionary(column, condition, { minKeys: 1, maxKeys: 3 }),
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((nodes) => ({ or: nodes })),
      fc
        .tuple(column, condition, tie('node'))
        .map(([key, part, node]) => ({ [key]: part, and: [node] })),
    ),
  })).node;
  const list = fc.uniqueArray(column, { minLength: 1 });
  return fc.record({
    name: fc.constant(name),
    where,
    list,
    row: fc.dictionary(column, value, { maxKeys: 3 }),
  });
});
const evilText = fc.constantFrom(
  "' or '1'='1",
  '"',
  '$1',
  '); drop table x; --',
  '\\',
  '%_',
  '{a,"b"}',
);

describe('whatever is asked', () => {
  test('a statement names nothing outside its table and holds the tenant outermost, or it is refused', () => {
    fc.assert(
      fc.property(tableName, tree, tree, tree, (name, a, b, c) => {
        const built: [string, Statement | undefined][] = [
          ['select', attempt(() => builder.select(context, name, a, b, c))],
          ['select', attempt(() => builder.select(context, name, ['id'], b, undefined))],
          ['insert', attempt(() => builder.insert(context, name, a, c))],
          ['insert', attempt(() => builder.insert(context, name, b, undefined))],
          ['update', attempt(() => builder.update(context, name, a, b, c))],
          ['delete', attempt(() => builder.delete(context, name, a, c))],
          ['delete', attempt(() => builder.delete(context, name, b, undefined))],
        ];
        for (const [kind, statement] of built) {
          if (statement !== undefined) expectSafe(statement, name, kind);
        }
      }),
      runs,
    );
  });

  test('a fitting filter is taken, with the tenant outermost and every value bound', () => {
    let taken = 0;
    fc.assert(
      fc.property(fitting, ({ name, where, list, row }) => {
        const order = { orderBy: list, limit: 3 };
        const select = builder.select(context, name, list, where, order);
        expectSafe(select, name, 'select');
        taken += 1;
        for (const [kind, statement] of [
          ['update', attempt(() => builder.update(context, name, row, where, { returning: list }))],
          ['insert', attempt(() => builder.insert(context, name, [row, {}], { returning: list }))],
          ['delete', attempt(() => builder.delete(context, name, where, undefined))],
        ] as const) {
          if (statement !== undefined) expectSafe(statement, name, kind);
        }
      }),
      runs,
    );
    expect(taken).toBe(runs.numRuns);
  });

  test('the reader of these properties sees a hole where there is one', () => {
    const unsafe = [
      'select "id" from "kernel"."users" where "email" = $1',
      'select "id" from "kernel"."users" where "tenant_id" = $1 or ("id" = $2)',
      'select "id" from "kernel"."users" where "tenant_id" = $1 and ("id" = $2) or ("id" = $3)',
      'select "id" from "kernel"."users" where ("tenant_id" = $1 and ("id" = $2))',
      'select "id" from "kernel"."users"',
    ];
    for (const text of unsafe) expect(isBound(text)).toBe(false);
    expect(readBack({ text: 'select pg_sleep(1)', values: [] }).rest).not.toBe('');
    expect(readBack({ text: 'select "id"; drop', values: [] }).rest).not.toBe('');
  });
});
