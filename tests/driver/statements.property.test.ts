import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOG } from '../../driver/catalog.ts';
import { readContext } from '../../driver/context.ts';
import { escapeLike, FabricError } from '../../driver/index.ts';
import { type Statement, StatementBuilder } from '../../driver/statements.ts';
import { Whitelist } from '../../driver/tables.ts';
import { NOTES } from './support/notes.ts';
import { someone } from './support/untouched.ts';

const builder = new StatementBuilder(new Whitelist(1_000_000, CATALOG, NOTES), 1_000_000);
const context = readContext(someone);
const tables = Object.entries({ ...CATALOG, ...NOTES });
const runs = { numRuns: 500 };

const words = new Set(
  'select insert update delete into from set values where and or in any is not null like order by asc desc nulls first last limit offset returning default true false ilike all distinct array text as group count sum avg min max on conflict do nothing excluded'.split(
    ' ',
  ),
);

/** Reads a statement back by a grammar of its own: what it names, and the condition that holds everything else. */
function readBack({ text }: Statement): { names: string[]; rest: string; isBound: boolean } {
  // Columns of an answer are named by a number, which no column of a table can be.
  const plain = text.replace(/ as "\d+"/g, '').replace(/ order by (?:"\d+"[^"$]*)+/g, '');
  const names = [...plain.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
  const bare = plain.replace(/"[^"]*"/g, 'NAME').replace(/\$\d+/g, 'VALUE');
  const rest = bare.replace(/NAME|VALUE|[a-z]+/g, (word) =>
    word === 'NAME' || word === 'VALUE' || words.has(word) ? '' : `!${word}!`,
  );
  return {
    names,
    rest: rest.replace(/count\(\*\)|::|@>|[\s(),.=<>[\]*]/g, ''),
    isBound: isBound(text),
  };
}

/** Whether the where clause is `tenant = $1`, or that and one parenthesis around all the rest. */
function isBound(text: string): boolean {
  const clause = /^.*? where "(?:tenant_id|id)" = \$1(?: and (\(.*))?$/.exec(text)?.[1];
  if (clause === undefined)
    return / where "(?:tenant_id|id)" = \$1(?: (?:group by|order by|limit|offset|returning) .*)?$/.test(
      text,
    );
  let depth = 0;
  for (let i = 0; i < clause.length; i++) {
    if (clause[i] === '(') depth += 1;
    if (clause[i] === ')') depth -= 1;
    if (depth === 0)
      return /^(?: (?:group by|order by|limit|offset|returning) .*)?$/.test(clause.slice(i + 1));
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
  if (kind !== 'insert' && kind !== 'upsert') expect(isBound).toBe(true);
  else
    expect(statement.text).toMatch(
      /^insert into "\w+"\."\w+" \("(?:tenant_id|id)"[^)]*\) values \(\$1/,
    );
  if (kind === 'upsert') {
    expect(statement.text).toMatch(/ on conflict \("(?:tenant_id|id)"[^)]*\) do /);
    const update = / do update set (.*)$/.exec(statement.text)?.[1];
    const held = new RegExp(
      ` where ${quoted(table)}\\."(?:tenant_id|id)" = \\$1(?: returning [^$=]*)?$`,
    );
    if (update !== undefined) expect(update).toMatch(held);
  }
}

function quoted(table: string): string {
  return table
    .split('.')
    .map((part) => `"${part}"`)
    .join('\\.');
}

/** Reads the literals out of a COPY by a lexer of its own, each replaced by a place; undefined where one does not end. */
function withoutLiterals(text: string): { text: string; values: string[] } | undefined {
  const values: string[] = [];
  let bare = '';
  for (let at = 0; at < text.length; ) {
    const isEscaping = text.startsWith("E'", at);
    if (text[at] === '"') {
      const end = text.indexOf('"', at + 1) + 1;
      bare += text.slice(at, end);
      at = end;
    } else if (text[at] === "'" || isEscaping) {
      let value = '';
      for (at += isEscaping ? 2 : 1; text[at] !== "'" || text[at + 1] === "'"; at++) {
        if (at >= text.length) return undefined;
        // In a plain literal a backslash would mean one thing or another by a setting of the server.
        if (text[at] === '\\' && !isEscaping) return undefined;
        if (text[at] === "'" || text[at] === '\\') at += 1;
        value += text[at] ?? '';
      }
      at += 1;
      values.push(value);
      bare += `$${values.length}`;
      const cast = /^::pg_catalog\.[a-z0-9]+(?:\[\])?/.exec(text.slice(at))?.[0] ?? '';
      at += cast.length;
    } else {
      bare += text[at];
      at += 1;
    }
  }
  return { text: bare, values };
}

/** A COPY is the select of the same arguments, its values as literals in their places, and nothing else. */
function expectSameAsSelect(copy: string, select: Statement): void {
  const read = withoutLiterals(copy);
  const [, inner, options] =
    /^copy \(([\s\S]*)\) to stdout with \((format (?:csv|text), header (?:true|false), encoding \$\d+)\)$/.exec(
      read?.text ?? '',
    ) ?? [];
  expect(inner).toBe(select.text);
  expect(options).toBeTruthy();
  const values = select.values.map((value) =>
    typeof value === 'string' ? value : `\\x${value?.toString('hex')}`,
  );
  expect(read?.values).toEqual([...values, 'UTF8']);
}

/** A statement, or undefined when it was refused by a FabricError; anything else that is thrown fails the test. */
function attempt<T>(build: () => T): T | undefined {
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
    'not',
    'notIn',
    'between',
    'contains',
    'ilike',
    'count',
    'sum',
    'onConflict',
    'update',
    'groupBy',
    'orderBy',
    'after',
    'limit',
    '0',
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
    value.map((text) => ({ ilike: escapeLike(String(text)) })),
    fc.array(value, { maxLength: 3 }).map((list) => ({ notIn: list })),
    fc.tuple(value, value).map((between) => ({ between })),
  );
  const looksInto: fc.Arbitrary<object>[] =
    name === 'app.notes'
      ? [
          value.map((text) => ({ tags: { contains: [String(text)] } })),
          fc.dictionary(evilText, evilText).map((part) => ({ body: { contains: part } })),
        ]
      : [];
  const where = fc.letrec<{ node: object }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.dictionary(column, condition, { minKeys: 1, maxKeys: 3 }),
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((nodes) => ({ or: nodes })),
      tie('node').map((not) => ({ not })),
      ...looksInto,
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
/** Texts of sort keys as a forged cursor could hold them. */
const keyTexts = fc.array(fc.option(fc.constantFrom("' or true --", '$1', '1', '')), {
  minLength: 9,
  maxLength: 9,
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
          ['page', attempt(() => builder.page(context, name, ['id'], a, { limit: 1, after: b }))],
          [
            'page',
            attempt(() =>
              builder.page(context, name, ['id'], a, { limit: 1, after: null, orderBy: c }),
            ),
          ],
          ['aggregate', attempt(() => builder.aggregate(context, name, a, b, c))],
          [
            'aggregate',
            attempt(() =>
              builder.aggregate(context, name, { count: true }, a, { groupBy: b, orderBy: c }),
            ),
          ],
          ['upsert', attempt(() => builder.upsert(context, name, a, b))],
          ['upsert', attempt(() => builder.upsert(context, name, a, { onConflict: b, update: c }))],
        ];
        for (const [kind, statement] of built) {
          if (statement !== undefined) expectSafe(statement, name, kind);
        }
        const copy = attempt(() => builder.copy(context, name, ['id'], a, b));
        if (copy !== undefined) {
          const { format: _, header: __, ...options } = Object(b);
          expectSameAsSelect(copy, builder.select(context, name, ['id'], a, options));
        }
      }),
      runs,
    );
  });

  test('a fitting filter is taken, with the tenant outermost and every value bound', () => {
    let taken = 0;
    let upserted = 0;
    fc.assert(
      fc.property(fitting, keyTexts, ({ name, where, list, row }, keys) => {
        const order = { orderBy: list, limit: 3 };
        const select = builder.select(context, name, list, where, order);
        expectSafe(select, name, 'select');
        const copy = builder.copy(context, name, list, where, { ...order, header: true });
        expectSameAsSelect(copy, select);
        const page = builder.page(context, name, list, where, { ...order, after: null });
        expectSafe(page, name, 'page');
        const answers = [...Array(order.limit).fill({ 0: keys }), {}];
        const { next } = page.page(answers);
        const second = builder.page(context, name, list, where, { ...order, after: next });
        expectSafe(second, name, 'page');
        expect(second.values).toEqual(
          expect.arrayContaining(keys.slice(0, 1).filter((key) => key !== null)),
        );
        const groups = { groupBy: list, orderBy: [...list, { aggregate: 'count' }], limit: 1 };
        const what = { count: true, countDistinct: list };
        expectSafe(builder.aggregate(context, name, what, where, groups), name, 'aggregate');
        taken += 1;
        const upsert = { onConflict: list.slice(0, 1), returning: list };
        for (const [kind, statement] of [
          ['update', attempt(() => builder.update(context, name, row, where, { returning: list }))],
          ['insert', attempt(() => builder.insert(context, name, [row, {}], { returning: list }))],
          ['delete', attempt(() => builder.delete(context, name, where, undefined))],
          ['upsert', attempt(() => builder.upsert(context, name, row, upsert))],
          ['upsert', attempt(() => builder.upsert(context, name, row, { ...upsert, update: [] }))],
        ] as const) {
          if (statement === undefined) continue;
          expectSafe(statement, name, kind);
          if (kind === 'upsert') upserted += 1;
        }
      }),
      runs,
    );
    expect(taken).toBe(runs.numRuns);
    expect(upserted).toBeGreaterThan(20);
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
    const select = { text: 'select "id" from "t" where "a" = $1', values: ["x' or true --"] };
    const ends = ") to stdout with (format csv, header false, encoding 'UTF8')";
    for (const literal of ["'x' or true --'", "'x'' or true --", "'x\\' or true --'", '$1']) {
      expect(() =>
        expectSameAsSelect(`copy (select "id" from "t" where "a" = ${literal}${ends}`, select),
      ).toThrow();
    }
    expectSameAsSelect(`copy (select "id" from "t" where "a" = 'x'' or true --'${ends}`, select);
    const upsert =
      'insert into "kernel"."users" ("tenant_id") values ($1) on conflict ("tenant_id") do update set "email" = excluded."email"';
    for (const text of [
      upsert,
      `${upsert} where "tenant_id" = $1`,
      upsert.replace('("tenant_id") do', '("email") do'),
    ]) {
      const statement = { text, values: [someone.tenantId] };
      expect(() => expectSafe(statement, 'kernel.users', 'upsert')).toThrow();
    }
    const held = {
      text: `${upsert} where "kernel"."users"."tenant_id" = $1`,
      values: [someone.tenantId],
    };
    expectSafe(held, 'kernel.users', 'upsert');
  });
});
