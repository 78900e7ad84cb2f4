import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TenantDb } from '../../driver/index.ts';
import { shown } from '../../driver/tables.ts';
import type { Relation, RelationColumn } from '../../driver/typegen/relation.ts';
import { selectTables } from '../../driver/typegen/selection.ts';
import { moduleSource } from '../../driver/typegen/source.ts';
import { UntouchedPool } from '../driver/support/untouched.ts';

let folder: string;
let made = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aibos-types-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a source as a module. */
async function evaluate(source: string): Promise<Record<string, unknown>> {
  const file = path.join(folder, `module-${++made}.ts`);
  await writeFile(file, source);
  return import(file);
}

const breakout = fc.constantFrom(
  '*/ globalThis.escaped = true; /*',
  "'; globalThis.escaped = true; '",
  '`$\u007bglobalThis.escaped = true}`',
  '"',
  "'",
  '\\',
  '\\\\"',
  '*/',
  '*',
  '/',
  '\n',
  '\r\n',
  '\u2028',
  '\u202e',
  '\u0000',
  '} as const; globalThis.escaped = true; ({',
  '// ',
  '</script>',
);
const anyText = fc
  .array(fc.oneof(breakout, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 6 })
  .map((parts) => parts.join(''));
const identifier = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_$]{0,20}$/);
const columnName = fc.oneof(
  { arbitrary: identifier, weight: 3 },
  anyText,
  fc.constantFrom('and', 'or', '__proto__', 'constructor', 'class', 'default', 'tenant_id', '$'),
);
const tableName = fc.oneof(
  {
    arbitrary: fc.tuple(identifier, identifier).map(([schema, name]) => `${schema}.${name}`),
    weight: 4,
  },
  {
    arbitrary: fc.constantFrom('app.row', 'new.row', '_._', '_._1', 'app.new_row', 'app.Row'),
    weight: 4,
  },
  anyText,
);
const mostly = fc.oneof(
  { arbitrary: fc.constant(true), weight: 4 },
  { arbitrary: fc.constant(false), weight: 1 },
);
const comment = fc.option(anyText);
const column: fc.Arbitrary<RelationColumn> = fc.record({
  name: columnName,
  comment,
  nullable: fc.boolean(),
  hasDefault: fc.boolean(),
  mayReach: mostly,
  mayInsert: fc.boolean(),
  mayUpdate: fc.boolean(),
  typeId: fc.constantFrom(25, 1009, 1231, 99_999),
  typeName: fc.oneof(fc.constantFrom('text', 'numeric', 'int8', '_text'), anyText),
  isBuiltIn: fc.boolean(),
  elementName: fc.option(fc.oneof(fc.constantFrom('text', 'numeric'), anyText)),
  labels: fc.option(fc.array(anyText, { minLength: 1, maxLength: 3 })),
});
const relation: fc.Arbitrary<Relation> = fc
  .uniqueArray(column, { selector: (one) => one.name, maxLength: 5 })
  .chain((columns) => {
    const names = columns.map((one) => one.name);
    const someName = names.length === 0 ? fc.constant(null) : fc.option(fc.constantFrom(...names));
    return fc.record<Relation>({
      name: tableName,
      kind: fc.constantFrom('table', 'view', 'materialized view', 'foreign table'),
      comment,
      tenantColumn: someName,
      isIsolated: fc.boolean(),
      isInvoker: fc.boolean(),
      isReachable: mostly,
      primaryKey: fc.constant(null),
      columns: fc.constant(columns),
    });
  });
const relations = fc.uniqueArray(relation, { selector: (one) => one.name, maxLength: 4 });

describe('the source of a whitelist', () => {
  test('holds exactly what was listed, whatever names, labels and comments the database has', async () => {
    let listed = 0;
    await fc.assert(
      fc.asyncProperty(relations, async (found) => {
        const { tables } = selectTables(found, 'app');
        const module = await evaluate(moduleSource([{ name: 'tables', doc: '*/ x', tables }]));
        expect(Reflect.get(globalThis, 'escaped')).toBeUndefined();
        expect(Object.keys(module)).toEqual(['tables']);
        const expected = tables.map((table) => [
          table.name,
          {
            tenantColumn: table.tenantColumn,
            ...(table.key === null ? {} : { key: table.key }),
            columns: Object.fromEntries(table.columns.map(({ name, spec }) => [name, spec])),
          },
        ]);
        expect(module.tables).toEqual(Object.fromEntries(expected));
        listed += tables.length;
        expect(
          () => new TenantDb(new UntouchedPool(), { tables: module.tables as never }),
        ).not.toThrow();
      }),
      { numRuns: 200 },
    );
    expect(listed).toBeGreaterThan(20);
  });

  test('names in a warning whatever it leaves out', () => {
    fc.assert(
      fc.property(relations, (found) => {
        const { tables, warnings } = selectTables(found, 'app');
        for (const one of found) {
          const listed = tables.find(({ name }) => name === one.name);
          const missing = one.columns.filter(
            ({ name }) => listed?.columns.every((column) => column.name !== name) ?? true,
          );
          if (listed !== undefined && missing.length === 0) continue;
          const leftOut = warnings
            .filter(({ problem }) => problem.startsWith('left out'))
            .map(({ object }) => object);
          const table = shown(one.name);
          if (listed === undefined) expect(leftOut).toContain(table);
          else {
            const columns = missing.map(({ name }) => `${table} column ${shown(name)}`);
            expect(leftOut).toEqual(expect.arrayContaining(columns));
          }
        }
      }),
    );
  });

  test('is the same for the same database', () => {
    fc.assert(
      fc.property(relations, (found) => {
        const source = () =>
          moduleSource([{ name: 'tables', doc: '', tables: selectTables(found, 'app').tables }]);
        expect(source()).toBe(source());
      }),
      { numRuns: 30 },
    );
  });

  test('gives every row type a name of its own', () => {
    fc.assert(
      fc.property(relations, (found) => {
        const { tables } = selectTables(found, 'app');
        const source = moduleSource([{ name: 'tables', doc: '', tables }]);
        const names = [...source.matchAll(/^export type (\w+) = /gm)].map((match) => match[1]);
        expect(new Set(names).size).toBe(names.length);
        expect(names.filter((name) => /^(?:Row|NewRow|TableMap|\d.*)$/.test(name ?? ''))).toEqual(
          [],
        );
      }),
    );
  });
});
