import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Which part of the fabric a database holds: everything, the control plane or the data plane. */
export type Plane = 'fabric' | 'fabric-control-plane' | 'fabric-data-plane';

/** All planes, the complete one first. */
export const planes: readonly Plane[] = ['fabric', 'fabric-control-plane', 'fabric-data-plane'];

/** One migration: its unique name, the plane it belongs to, its text up and down, and the SHA-256 of the up text. */
export interface Migration {
  readonly name: string;
  readonly plane: 'both' | 'control' | 'data';
  readonly up: string;
  readonly down: string;
  readonly sha256: string;
}

/** One file of `sql/`: its path below that folder and its text. */
export interface ReplayableFile {
  readonly path: string;
  readonly text: string;
}

/** Folder of the package: the one that holds `sql/` and `migrations/`, in a checkout and when installed. */
export const packageRoot: string = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

function findPackageRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (
      existsSync(join(folder, 'sql', 'install.sql')) &&
      existsSync(join(folder, 'package.json'))
    ) {
      return folder;
    }
    if (folder === dirname(folder)) {
      throw new Error(`no sql/install.sql above ${from}: the package is incomplete`);
    }
  }
}

/** SHA-256 of a text in UTF-8, as 64 lower-case hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Whether something of a plane-bound part belongs into a bundle. */
function belongs(part: Migration['plane'], plane: Plane): boolean {
  if (plane === 'fabric' || part === 'both') return true;
  return (plane === 'fabric-control-plane') === (part === 'control');
}

/**
 * Migrations of a plane in the order of their names.
 *
 * Throws when a file has no partner, no plane line, or a name that another file has too.
 */
export async function readMigrations(
  plane: Plane = 'fabric',
  folder: string = join(packageRoot, 'migrations'),
): Promise<readonly Migration[]> {
  const files = (await readdir(folder)).filter((file) => /\.(up|down)\.sql$/.test(file)).sort();
  const names = [...new Set(files.map((file) => file.replace(/\.(up|down)\.sql$/, '')))];
  const numbers = new Map<string, string>();
  const migrations: Migration[] = [];
  for (const name of names) {
    const number = /^(\d{4})_[a-z0-9_]+$/.exec(name)?.[1];
    if (number === undefined) {
      throw new Error(`migrations/${name}: the name must be NNNN_words_in_lower_case`);
    }
    const taken = numbers.get(number);
    if (taken !== undefined) {
      throw new Error(`migrations/${name}: number ${number} is taken by ${taken}`);
    }
    numbers.set(number, name);
    for (const ending of ['up', 'down']) {
      if (!files.includes(`${name}.${ending}.sql`)) {
        throw new Error(`migrations/${name}.${ending}.sql is missing`);
      }
    }
    const up = await readFile(join(folder, `${name}.up.sql`), 'utf8');
    const down = await readFile(join(folder, `${name}.down.sql`), 'utf8');
    const part = /^-- plane: (both|control|data)$/m.exec(up)?.[1];
    if (part !== 'both' && part !== 'control' && part !== 'data') {
      throw new Error(
        `migrations/${name}.up.sql: the line "-- plane: both|control|data" is missing`,
      );
    }
    if (belongs(part, plane)) {
      migrations.push({ name, plane: part, up, down, sha256: sha256(up) });
    }
  }
  return migrations;
}

/**
 * Files of `sql/` that a plane replays, in the order of `sql/install.sql`.
 *
 * Throws when install.sql holds anything but `\ir` lines, or names a file twice or one that does not exist.
 */
export async function readReplayableFiles(
  plane: Plane = 'fabric',
): Promise<readonly ReplayableFile[]> {
  const folder = join(packageRoot, 'sql');
  const lines = (await readFile(join(folder, 'install.sql'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '');
  const seen = new Set<string>();
  const files: ReplayableFile[] = [];
  for (const line of lines) {
    const path = /^\\ir ([a-z0-9_/]+\.sql)$/.exec(line)?.[1];
    if (path === undefined || seen.has(path)) {
      throw new Error(`sql/install.sql: expected one "\\ir path.sql" per file, found: ${line}`);
    }
    seen.add(path);
    const schema = path.includes('/') ? path.split('/')[0] : undefined;
    const part = schema === 'kernel' ? 'control' : schema === 'finance' ? 'data' : 'both';
    if (belongs(part, plane)) {
      files.push({ path, text: await readFile(join(folder, path), 'utf8') });
    }
  }
  return files;
}
