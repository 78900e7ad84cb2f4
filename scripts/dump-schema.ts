import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { packageRoot } from '../driver/install/source.ts';
import { withInstalled } from './installed.ts';

const target = join(packageRoot, 'migrations', 'schema.sql');
const statement = join(packageRoot, 'scripts', 'dump-schema.sql');
const heading = `-- The installed result, read from the catalog by scripts/dump-schema.ts: never edited, never run.
-- A function shows as its signature and the SHA-256 of its body; what differs by major of the server is left out.
`;

/** Splits a definition into texts, names with their dot, blanks and single characters. */
const pieces = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z_0-9$]*\.?|\s+|[\s\S]/g;

/** A piece of a definition and the openings of the parentheses around it, outermost first. */
interface Piece {
  readonly text: string;
  readonly around: readonly ('query' | 'expression')[];
}

function splitDefinition(definition: string): readonly Piece[] {
  const texts = definition.match(pieces) ?? [];
  const open: ('query' | 'expression')[] = [];
  return texts.map((text, index) => {
    if (text === ')') open.pop();
    const piece = { text, around: [...open] };
    if (text === '(') {
      const next = texts.slice(index + 1).find((later) => later.trim() !== '') ?? '';
      open.push(/^(SELECT|WITH|VALUES)$/.test(next) ? 'query' : 'expression');
    }
    return piece;
  });
}

/** The alias of the only relation a view reads at its top, or undefined where it reads several or combines queries. */
function soleAlias(definition: readonly Piece[]): string | undefined {
  const top = definition.filter((piece) => !piece.around.includes('query'));
  if (top.some((piece) => /^(UNION|INTERSECT|EXCEPT|JOIN)$/.test(piece.text))) return undefined;
  const level = top.filter((piece) => piece.around.length === 0).map((piece) => piece.text);
  const from = level.indexOf('FROM');
  const end = level.findIndex(
    (text, index) => index > from && /^(WHERE|GROUP|ORDER|HAVING|LIMIT|;)$/.test(text),
  );
  const clause = from === -1 ? [] : level.slice(from + 1, end === -1 ? undefined : end);
  return clause.includes(',') ? undefined : clause.filter((text) => /^\w+$/.test(text)).at(-1);
}

/**
 * A view's definition as PostgreSQL 16 and later print it.
 *
 * PostgreSQL 15 writes the alias before each column even where the view reads one relation, later majors do not.
 */
function withoutSoleAlias(definition: string): string {
  const split = splitDefinition(definition);
  const alias = soleAlias(split);
  if (alias === undefined) return definition;
  return split
    .filter((piece) => piece.text !== `${alias}.` || piece.around.includes('query'))
    .map((piece) => piece.text)
    .join('');
}

/**
 * Everything the fabric put into a database, as text: roles, schemas, tables, policies, triggers, views, functions, grants.
 *
 * The text is the same on PostgreSQL 15 to 18 and for every installation of the same bundle. Takes a connection outside
 * a transaction; reads the catalog alone and leaves the session as it was.
 */
export async function dumpSchema(client: pg.ClientBase): Promise<string> {
  await client.query('begin transaction isolation level repeatable read read only');
  try {
    await client.query('set local search_path = pg_catalog');
    const { rows } = await client.query<{ text: string; is_view: boolean }>(
      await readFile(statement, 'utf8'),
    );
    const lines = rows.map((row) => (row.is_view ? withoutSoleAlias(row.text) : row.text));
    return `${heading}${lines.join('\n')}\n`;
  } finally {
    await client.query('rollback');
  }
}

/** First line where two texts differ, counted from 1, or undefined where they are equal. */
function firstDifference(one: string, other: string): number | undefined {
  if (one === other) return undefined;
  const [left, right] = [one.split('\n'), other.split('\n')];
  const at = left.findIndex((line, index) => line !== right[index]);
  return (at === -1 ? left.length : at) + 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { url: { type: 'string' }, check: { type: 'boolean' } },
  });
  const text = await withInstalled(values.url, dumpSchema);
  if (values.check !== true) {
    await writeFile(target, text);
    console.log(`${target}: ${text.split('\n').length - 1} lines`);
    return 0;
  }
  const line = firstDifference(await readFile(target, 'utf8').catch(() => ''), text);
  if (line === undefined) return 0;
  console.error(`migrations/schema.sql differs from the installed result, first in line ${line}.`);
  console.error(`Installed: ${text.split('\n')[line - 1] ?? '(nothing)'}`);
  console.error('Write it anew and review the change: npx tsx scripts/dump-schema.ts');
  return 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main();
}
