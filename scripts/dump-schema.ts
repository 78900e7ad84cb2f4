import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { installFabric } from '../driver/install/install.ts';
import { packageRoot } from '../driver/install/source.ts';
import { openServer } from '../driver/server/index.ts';

const target = join(packageRoot, 'migrations', 'schema.sql');
const statement = join(packageRoot, 'scripts', 'dump-schema.sql');
const heading = `-- The installed result, read from the catalog by scripts/dump-schema.ts: never edited, never run.
-- A function shows as its signature and the SHA-256 of its body; what differs by major of the server is left out.
`;

/** Splits a definition into runs of code and of single-quoted text, so that only code is read. */
const pieces = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z_0-9$]*\.?|[\s\S]/g;

/**
 * A view's definition as PostgreSQL 16 and later print it.
 *
 * PostgreSQL 15 writes the alias before each column even where the view reads one relation, later majors do not.
 */
function withoutLoneAlias(definition: string): string {
  const tokens = definition.match(pieces) ?? [];
  // For each token: how deep it stands in parentheses, and whether those belong to a query of its own.
  const inner: boolean[] = [];
  const relations: string[] = [];
  let afterFrom = false;
  const open: boolean[] = [];
  tokens.forEach((token, index) => {
    const nested = open.includes(true);
    inner.push(nested);
    if (token === '(') {
      const next = tokens.slice(index + 1).find((later) => later.trim() !== '');
      open.push(next === 'SELECT' || next === 'WITH' || next === 'VALUES');
    } else if (token === ')') {
      open.pop();
    } else if (open.length === 0) {
      if (/^(UNION|INTERSECT|EXCEPT|WITH|JOIN)$/.test(token)) relations.push('', '');
      if (token === 'FROM') afterFrom = true;
      else if (/^(WHERE|GROUP|ORDER|HAVING|LIMIT)$/.test(token) || token === ';') afterFrom = false;
      else if (afterFrom && token === ',') relations.push('');
      else if (afterFrom && /^[a-z_]/.test(token) && !token.endsWith('.')) relations.push(token);
    } else if (afterFrom && token === 'JOIN' && !nested) {
      relations.push('', '');
    }
  });
  // `FROM schema.relation alias` leaves two words: the relation and its alias.
  const alias = relations.at(1);
  if (relations.length !== 2 || alias === undefined || alias === '') return definition;
  return tokens.filter((token, index) => token !== `${alias}.` || inner[index] === true).join('');
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
    const lines = rows.map((row) => (row.is_view ? withoutLoneAlias(row.text) : row.text));
    return `${heading}${lines.join('\n')}\n`;
  } finally {
    await client.query('rollback');
  }
}

/** Dumps the database behind a URL, or, without one, a throwaway database with the bundle as it is in this checkout. */
async function dumpInstalled(url: string | undefined): Promise<string> {
  if (url !== undefined) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await dumpSchema(client);
    } finally {
      await client.end();
    }
  }
  const server = await openServer();
  try {
    const database = await server.createDatabase();
    const client = new pg.Client(server.connection({ database }));
    await client.connect();
    try {
      await installFabric(client);
      return await dumpSchema(client);
    } finally {
      await client.end();
      await server.dropDatabase(database);
    }
  } finally {
    await server.close();
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
  const text = await dumpInstalled(values.url);
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
