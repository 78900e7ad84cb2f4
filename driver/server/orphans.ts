import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { isServerOf, processBirth, processExists, processNamespace } from './processes.ts';
import { type OwnerRecord, ownerFile, workspacePrefix } from './workspace.ts';

const ownerRecord = z.object({
  node: z.int().positive(),
  birth: z.string(),
  namespace: z.string(),
  server: z.int().positive().optional(),
});

/**
 * Ends and removes the throwaway servers under `base` whose Node process was killed. Only folders of
 * this user are looked at, and a signal goes only to a postmaster running on that folder's data directory.
 */
export async function reapOrphans(base: string): Promise<void> {
  for (const name of readdirSync(base)) {
    const directory = path.join(base, name);
    if (!name.startsWith(workspacePrefix) || !isOurs(directory)) continue;
    const owner = readOwner(directory);
    if (owner === undefined || isAlive(owner)) continue;
    const data = path.join(directory, 'data');
    for (const pid of [owner.server, postmasterOf(data)]) {
      if (pid !== undefined) await endServer(pid, data);
    }
    try {
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // Another process that starts now removes the same folder.
    }
  }
}

function isOurs(directory: string): boolean {
  try {
    const facts = lstatSync(directory);
    return facts.isDirectory() && facts.uid === (process.getuid?.() ?? facts.uid);
  } catch {
    return false;
  }
}

function readOwner(directory: string): OwnerRecord | undefined {
  try {
    return ownerRecord.parse(JSON.parse(readFileSync(path.join(directory, ownerFile), 'utf8')));
  } catch {
    // Just being made, or just being removed.
    return undefined;
  }
}

/** Whether the owner may still be there: from another process namespace (a container) nobody can tell. */
function isAlive(owner: OwnerRecord): boolean {
  if (owner.namespace !== processNamespace()) return true;
  return processExists(owner.node) && processBirth(owner.node) === owner.birth;
}

function postmasterOf(data: string): number | undefined {
  try {
    const pid = Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function endServer(pid: number, data: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!(await isServerOf(pid, data))) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (let waited = 0; waited < 5000 && (await isServerOf(pid, data)); waited += 10) {
      await delay(10);
    }
  }
}
