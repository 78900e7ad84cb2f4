import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../driver/install/source.ts';
import { compareCodes, type RegisteredCode, readRegistry } from './codes.ts';
import { codesIn, readSources, withoutComments, withoutSqlComments } from './sources.ts';

const registryFile = 'sql/aibos/error_codes.sql';
const registry = readRegistry(readFileSync(path.join(packageRoot, registryFile), 'utf8'));

const sqlTexts = readSources('sql', '.sql')
  .filter((file) => file.path !== registryFile)
  .map((file) => withoutSqlComments(file.text));
const driverTexts = readSources('driver', '.ts').map((file) => withoutComments(file.text));
// Migrations, and SQL that TypeScript writes, name a code only to raise it: errcode = '…'.
const migrationTexts = readSources('migrations', '.up.sql').map((file) => file.text);
const embedded = [...driverTexts, ...migrationTexts].flatMap((text) =>
  [...text.matchAll(/errcode = '(\w{5})'/g)].map((match) => match[1] ?? ''),
);
const driverCodes = driverTexts.flatMap((text) =>
  codesIn(text.replaceAll(/errcode = '\w{5}'/g, '')),
);
const raised = {
  sql: new Set([...sqlTexts.flatMap(codesIn), ...embedded]),
  driver: new Set(driverCodes),
};

describe('the comparison of raised and registered codes', () => {
  const balanced: RegisteredCode = { code: 'IB201', name: 'unbalanced', raisedBy: 'sql' };
  const lost: RegisteredCode = { code: 'IB919', name: 'lost', raisedBy: 'driver' };
  const inBoth = { sql: new Set(['IB201']), driver: new Set(['IB201', 'IB919']) };

  test('has nothing to say where both agree', () => {
    expect(compareCodes([balanced, lost], inBoth)).toEqual([]);
  });

  test.each([
    [
      'a code that SQL raises and nobody registered',
      [lost],
      'IB201 is raised in SQL and not registered',
    ],
    [
      'a code that the driver raises and nobody registered',
      [balanced],
      'IB919 is raised by the driver and not registered',
    ],
    [
      'a code that is registered and never raised',
      [balanced, lost, { code: 'IB299', name: 'x', raisedBy: 'sql' }],
      'IB299 is registered and never raised by sql',
    ],
    [
      'a code of the driver that is registered as one of SQL',
      [balanced, { ...lost, raisedBy: 'sql' }],
      'IB919 is registered as raised by sql, its group says otherwise',
    ],
    [
      'a code of SQL that is registered as one of the driver',
      [{ ...balanced, raisedBy: 'driver' }, lost],
      'IB201 is raised in SQL and registered as raised by the driver',
    ],
    [
      'a name that is registered twice',
      [balanced, { ...lost, name: 'unbalanced' }],
      'the name unbalanced is registered twice',
    ],
    [
      'the code that must never be raised',
      [balanced, lost, { code: 'IB000', name: 'x', raisedBy: 'sql' }],
      'IB000 must never be raised',
    ],
  ])('reports %s', (_name, entries, problem) => {
    expect(compareCodes(entries, inBoth)).toContain(problem);
  });

  test('reads every row of the registry, quotes inside a text included', () => {
    expect(readRegistry("  ('IB104', 'a', 'It isn''t.', 'Do (this), that.', 'sql'),\n")).toEqual([
      { code: 'IB104', name: 'a', raisedBy: 'sql' },
    ]);
  });

  test('does not take a code in a comment for one that is raised', () => {
    expect(codesIn(withoutSqlComments("-- raise 'IB123'\nselect 'IB124'"))).toEqual(['IB124']);
    expect(codesIn(withoutComments("/* 'IB123' */ // 'IB125'\nthrow 'IB124'"))).toEqual(['IB124']);
  });
});

describe('the registry of errors', () => {
  test('has a row for each line of its values', () => {
    const text = readFileSync(path.join(packageRoot, registryFile), 'utf8');
    expect(registry.map((entry) => entry.code)).toEqual(
      [...text.matchAll(/^\s*\('(\w{5})'/gm)].map((match) => match[1]),
    );
    expect(registry.length).toBeGreaterThan(20);
  });

  test('agrees with every code that sql/ and driver/ raise', () => {
    expect(raised.sql.size).toBeGreaterThan(20);
    expect(compareCodes(registry, raised)).toEqual([]);
  });

  test('gives a code of the server module no second meaning in the rest of the driver', () => {
    const inFolder = (file: { readonly path: string }): boolean =>
      file.path.startsWith('driver/server/');
    const files = readSources('driver', '.ts');
    const server = new Set(
      files.filter(inFolder).flatMap((file) => codesIn(withoutComments(file.text))),
    );
    const rest = files
      .filter((file) => !inFolder(file))
      .flatMap((file) => codesIn(withoutComments(file.text)));
    expect(server.size).toBeGreaterThan(0);
    expect([...new Set(rest)].filter((code) => server.has(code))).toEqual([]);
  });

  test('knows every code that a proof expects', () => {
    const codes = new Set(registry.map((entry) => entry.code));
    const expected = readSources('pgtap', '.sql').flatMap((file) =>
      codesIn(withoutSqlComments(file.text)).filter((code) => !codes.has(code)),
    );
    expect(expected).toEqual([]);
  });
});
