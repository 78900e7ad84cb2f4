import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { FabricError } from '../errors.ts';
import { shortDifference } from '../typegen/difference.ts';
import { type GeneratedTypes, generateTypes } from '../typegen/generate.ts';
import { databaseUrl, withDatabase } from './connection.ts';
import { collect } from './importing.ts';
import { exitCodes, print, printJson, run } from './terminal.ts';

interface Flags {
  readonly schema: readonly string[];
  readonly url?: string;
  readonly role: string;
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** Adds `types`. Exit code: 0 written or up to date, 1 out of date (`--check`), 2 could not run. */
export function registerTypes(program: Command): void {
  program
    .command('types')
    .description('write the tables of a database as TypeScript: the whitelist and its types')
    .requiredOption('--schema <name>', 'schema to list; give it again for more', collect)
    .option('--url <url>', 'database (default: DATABASE_URL)')
    .option('--role <role>', 'role of the application, whose rights count', 'aibos_admin')
    .option('--out <file>', 'file to write (default: standard output)')
    .option('--check', 'write nothing, and exit with 1 when the file is out of date')
    .option('--json', 'print JSON')
    .action((flags: Flags) => run('types', flags.json, () => writeTypes(flags)));
}

async function writeTypes({ schema, url, role, out, check, json }: Flags): Promise<number> {
  if (check === true && out === undefined) {
    throw new FabricError('IB997', 'there is no file to check', { hint: 'Pass --out as well.' });
  }
  const request = { schemas: [...new Set(schema)].sort(), role };
  const types = await withDatabase(databaseUrl(url), (client) => generateTypes(client, request));
  const before = out === undefined ? undefined : await readText(out);
  const isCurrent = before !== undefined && before.replaceAll('\r\n', '\n') === types.source;
  if (out !== undefined && check !== true && !isCurrent) {
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, types.source);
  }
  const isStale = check === true && !isCurrent;
  if (json === true) {
    const { source, ...rest } = types;
    printJson({ ...rest, out: out ?? null, isCurrent, ...(out === undefined ? { source } : {}) });
  } else {
    tellWarnings(types);
    if (out === undefined) process.stdout.write(types.source);
    else if (isStale) tellStale(out, before, types.source);
    else print(`${out}: ${types.tables.length} tables${isCurrent ? ', up to date' : ''}`);
  }
  return isStale ? exitCodes.findings : exitCodes.fine;
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function tellWarnings({ warnings }: GeneratedTypes): void {
  for (const { object, problem } of warnings) {
    process.stderr.write(`WARN ${object}: ${problem}\n`);
  }
}

function tellStale(out: string, before: string | undefined, source: string): void {
  if (before === undefined) print(`${out} is missing`);
  else print(`${out} is out of date, ${shortDifference(before.replaceAll('\r\n', '\n'), source)}`);
  print('Next: run the same command without --check.');
}
