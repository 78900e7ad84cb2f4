import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Account, canReach } from './account.ts';
import { messageOf, ServerError } from './errors.ts';
import { processBirth, processNamespace } from './processes.ts';

/** The beginning of the name of every folder that holds one throwaway server. */
export const workspacePrefix = 'aibos-pg-';

/** The name of the file in a workspace that says whose it is. */
export const ownerFile = 'owner.json';

/** Who started a server: enough to tell later whether he is still there. */
export interface OwnerRecord {
  /** Process id of the Node process. */
  readonly node: number;
  /** When that process began, see `processBirth`. */
  readonly birth: string;
  /** In which set of process ids, see `processNamespace`. */
  readonly namespace: string;
  /** Process id of the postmaster, once it was spawned. */
  readonly server?: number | undefined;
}

/** A temporary folder for one throwaway server. */
export interface Workspace {
  readonly directory: string;
  /** The data directory, empty at first and owned by the account of the server. */
  readonly data: string;
  /** The log file of the server. */
  readonly log: string;
  /** Writes down the postmaster, so that a later start can end it when this process was killed. */
  recordServer(pid: number): void;
  /** Removes the folder; the server must have ended. */
  remove(): void;
}

/** The temporary folder in which this process and the server's account can both work; error IB903. */
export async function workspaceBase(account: Account | undefined): Promise<string> {
  const candidates = [...new Set([os.tmpdir(), '/tmp', '/var/tmp'])];
  for (const candidate of account === undefined ? candidates.slice(0, 1) : candidates) {
    try {
      const base = realpathSync(candidate);
      if (account === undefined || (await canReach(base, account))) return base;
    } catch {
      // It does not exist: the next one may.
    }
  }
  throw new ServerError('IB903', {
    message: `no temporary folder can be used by ${account?.name ?? 'this user'}: ${candidates.join(', ')}`,
    hint: 'Set TMPDIR to an existing folder that every user may pass through.',
  });
}

/** Makes a fresh workspace under `base` and writes down that it belongs to this process; error IB903. */
export function makeWorkspace(base: string, account: Account | undefined): Workspace {
  try {
    const directory = mkdtempSync(path.join(base, workspacePrefix));
    const record: OwnerRecord = {
      node: process.pid,
      birth: processBirth(process.pid),
      namespace: processNamespace(),
    };
    writeRecord(directory, record);
    const data = path.join(directory, 'data');
    mkdirSync(data, { mode: 0o700 });
    if (account !== undefined) {
      chmodSync(directory, 0o711);
      chownSync(data, account.uid, account.gid);
    }
    return {
      directory,
      data,
      log: path.join(directory, 'server.log'),
      recordServer: (pid) => writeRecord(directory, { ...record, server: pid }),
      remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }),
    };
  } catch (reason) {
    throw new ServerError('IB903', {
      message: `no workspace for a throwaway server can be made in ${base}: ${messageOf(reason)}`,
      hint: 'Free some space there, or set TMPDIR to a folder that can be written.',
      cause: reason,
    });
  }
}

function writeRecord(directory: string, record: OwnerRecord): void {
  const file = path.join(directory, ownerFile);
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
