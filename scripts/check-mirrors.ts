import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../driver/install/source.ts';

/** Schemas whose files have a proof of the same path. */
const schemas = ['aibos', 'config', 'finance', 'kernel'] as const;

/** Files that keep a promise a reader can name: each has a section of its own in the guarantees page. */
const guarantees = [
  'aibos/append_only.sql',
  'aibos/context.sql',
  'aibos/isolate_tenant.sql',
  'aibos/signed_context.sql',
  'aibos/tenant_guard.sql',
  'aibos/track.sql',
  'finance/double_entry.sql',
  'finance/immutability.sql',
  'finance/leaf.sql',
  'finance/no_orphans.sql',
  'finance/periods.sql',
  'finance/posted_is_born.sql',
  'finance/posting.sql',
  'finance/posting_trace.sql',
  'finance/reversal.sql',
] as const;

const page = 'docs/guarantees.md';

/** Paths of the SQL files below a folder, relative to it, with slashes, sorted; none where the folder is missing. */
async function sqlFiles(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  return (await readdir(folder, { recursive: true, encoding: 'utf8' }))
    .map((file) => file.replaceAll(sep, '/'))
    .filter((file) => file.endsWith('.sql'))
    .sort();
}

/** Heading under which the page explains a file: `double_entry.sql` is "Double entry". */
function headingOf(file: string): string {
  const words = basename(file, '.sql').replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

async function withoutProof(root: string, files: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const file of files.filter((path) => path.includes('/'))) {
    const proof = /^-- Proved by: (\S+)$/m.exec(
      await readFile(join(root, 'sql', file), 'utf8'),
    )?.[1];
    // What the database cannot prove alone is proven by a test in TypeScript, which the header names.
    const expected = proof?.startsWith('tests/') === true ? proof : `pgtap/${file}`;
    if (!existsSync(join(root, expected))) {
      problems.push(`sql/${file}: its proof ${expected} is missing`);
    }
  }
  return problems;
}

async function withoutSource(root: string): Promise<string[]> {
  const problems: string[] = [];
  for (const schema of schemas) {
    for (const file of await sqlFiles(join(root, 'pgtap', schema))) {
      const source = `sql/${schema}/${file}`;
      if (!existsSync(join(root, source))) {
        problems.push(`pgtap/${schema}/${file}: it proves ${source}, which is missing`);
      }
    }
  }
  return problems;
}

async function installing(root: string, files: readonly string[]): Promise<string[]> {
  const lines = (await readFile(join(root, 'sql', 'install.sql'), 'utf8')).split('\n');
  return files
    .filter((file) => file !== 'install.sql')
    .map((file) => ({ file, times: lines.filter((line) => line === `\\ir ${file}`).length }))
    .filter(({ times }) => times !== 1)
    .map(({ file, times }) => `sql/${file}: sql/install.sql names it ${times} times, not once`);
}

async function explained(root: string, files: readonly string[]): Promise<string[]> {
  const text = await readFile(join(root, page), 'utf8').catch(() => '');
  const headings = new Set(text.split('\n').map((line) => /^#{2,4} (.+)$/.exec(line)?.[1]));
  const missing = guarantees
    .filter((file) => files.includes(file) && !headings.has(headingOf(file)))
    .map((file) => `sql/${file}: ${page} has no section "${headingOf(file)}"`);
  const gone = guarantees
    .filter((file) => !files.includes(file))
    .map((file) => `sql/${file}: the guarantee has no file`);
  const dead = [...text.matchAll(/`((?:sql|pgtap|tests)\/[\w/.-]+\.(?:sql|ts))`/g)]
    .map((match) => match[1] ?? '')
    .filter((path) => !existsSync(join(root, path)))
    .map((path) => `${page}: it names ${path}, which is missing`);
  return [...missing, ...gone, ...dead];
}

/**
 * Where a file lacks its partner: SQL without proof, proof without SQL, a guarantee without its section in the guarantees
 * page, a file that sql/install.sql forgets. One sentence each; none when every mirror is whole.
 */
export async function findMirrorProblems(root: string = packageRoot): Promise<readonly string[]> {
  const files = await sqlFiles(join(root, 'sql'));
  return [
    ...(await withoutProof(root, files)),
    ...(await withoutSource(root)),
    ...(await installing(root, files)),
    ...(await explained(root, files)),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await findMirrorProblems();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
