import { describe, expect, test } from 'vitest';
import { findHeaderProblems, readHeader } from './headers.ts';
import { readSources } from './sources.ts';

const good = `-- Guarantee: a promise.
-- How: in one line,
--   or two.
-- Raises: IB201
-- Proved by: sql/install.sql

create function finance.refuse() returns void language plpgsql as 'begin raise exception using errcode = ''IB201''; end';
select 'IB201';
`;

function problemsOf(text: string): readonly string[] {
  return findHeaderProblems([{ path: 'sql/finance/bad.sql', text }]);
}

describe('the check of headers', () => {
  test('accepts a header in order', () => {
    expect(readHeader(good)?.How).toBe('in one line, or two.');
    expect(problemsOf(good)).toEqual([]);
  });

  test.each([
    [
      'a file without a header',
      'select 1;\n',
      'it does not open with Guarantee, How, Raises, Proved by',
    ],
    [
      'a header in another order',
      good.replace('-- How: in one line,\n--   or two.\n', ''),
      'it does not open with Guarantee, How, Raises, Proved by',
    ],
    [
      'a header with another line',
      good.replace('-- Raises', '-- Note: x\n-- Raises'),
      'it does not open with Guarantee, How, Raises, Proved by',
    ],
    [
      'a guarantee that is no sentence',
      good.replace('a promise.', 'a promise'),
      'the guarantee is no sentence',
    ],
    [
      'a proof that does not exist',
      good.replace('sql/install.sql', 'pgtap/none.sql'),
      'its proof pgtap/none.sql is missing',
    ],
    [
      'a code that is raised and not named',
      good.replace('Raises: IB201', 'Raises: nothing'),
      'it raises IB201 and does not say so',
    ],
    [
      'a code that is named and not raised',
      good.replace('Raises: IB201', 'Raises: IB201, IB202'),
      'it says IB202, which neither it nor what it calls raises',
    ],
    [
      'a line on codes that says nothing',
      good
        .replaceAll("'IB201'", "''")
        .replace("''IB201''", "''")
        .replace('Raises: IB201', 'Raises: some'),
      '"Raises: some" names no code and does not say nothing',
    ],
  ])('reports %s', (_name, text, problem) => {
    expect(problemsOf(text)).toContain(`sql/finance/bad.sql: ${problem}`);
  });

  test('follows calls: a file may name what the routines it calls raise', () => {
    const caller = `-- Guarantee: a promise.\n-- How: by a call.\n-- Raises: IB201\n-- Proved by: sql/install.sql\n\nselect finance.refuse();\n`;
    expect(
      findHeaderProblems([
        { path: 'sql/finance/caller.sql', text: caller },
        { path: 'sql/finance/good.sql', text: good },
      ]),
    ).toEqual([]);
  });
});

test('every SQL file says what it guarantees, how, which codes it raises and what proves it', () => {
  const files = readSources('sql', '.sql').filter((file) => file.path !== 'sql/install.sql');
  expect(files.length).toBeGreaterThan(30);
  expect(findHeaderProblems(files)).toEqual([]);
});

test('no SQL file selects *, catches every error or leaves a note to its author', () => {
  const found = readSources('sql', '.sql')
    .concat(readSources('migrations', '.sql'))
    .flatMap((file) =>
      file.text
        .split('\n')
        .map((line, index) => ({ line, at: `${file.path}:${index + 1}` }))
        .filter(({ line }) =>
          /\bselect\s+(\w+\.)?\*|when\s+others\b|\b(TODO|FIXME|XXX)\b/i.test(line),
        )
        .map(({ at }) => at),
    )
    .filter((at) => !at.startsWith('migrations/schema.sql'));
  expect(found).toEqual([]);
});
