import { spawn, spawnSync } from 'node:child_process';
import type pg from 'pg';

/** Whether the program is here. */
export const hasSqlsmith = spawnSync('sqlsmith', ['--version']).error === undefined;

/** Functions that would reach beyond the transaction, or only wait. */
const unwanted =
  /\bpg_(?:sleep|terminate|cancel|reload|rotate|promote|advisory|switch|create_|drop_|replication|logical|backup|stop|start)/;

/**
 * Statements that sqlsmith writes for the catalog that a login sees; it does not run them. The same seed gives the same statements
 * over the same catalog.
 */
export async function smith(
  { host, port, user, password, database }: pg.ClientConfig,
  {
    seed,
    most,
    tablesOnly,
  }: { readonly seed: number; readonly most: number; readonly tablesOnly: boolean },
): Promise<readonly string[]> {
  const target = `host=${host} port=${port} user=${user} password=${String(password)} dbname=${database}`;
  const flags = [`--target=${target}`, '--dry-run', `--max-queries=${most}`, `--seed=${seed}`];
  const child = spawn('sqlsmith', tablesOnly ? [...flags, '--exclude-catalog'] : flags, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk);
  const statements = Buffer.concat(chunks)
    .toString('utf8')
    .split(/;[ \t]*\n/)
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (statements.length === 0) throw new Error(`sqlsmith wrote nothing: ${errors}`);
  return statements.filter((text) => !unwanted.test(text));
}
