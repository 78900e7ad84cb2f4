import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ServerError } from './errors.ts';

/** The account that runs the server when this process is root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The first of `postgres`, `nobody` and `daemon` when this process is root, else undefined: the server
 * then runs as this process does. Error IB903 when none of the three exists.
 */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readAccounts('/etc/passwd');
  for (const name of ['postgres', 'nobody', 'daemon']) {
    const account = accounts.get(name);
    if (account !== undefined) return account;
  }
  throw new ServerError('IB903', {
    message:
      'postgresql refuses to run as root and no account "postgres", "nobody" or "daemon" exists',
    hint: 'Run the command as an ordinary user, or set DATABASE_URL to a server of yours.',
  });
}

function readAccounts(file: string): ReadonlyMap<string, Account> {
  const accounts = new Map<string, Account>();
  let lines: readonly string[] = [];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    // No such file on this system: the caller reports that no account exists.
  }
  for (const line of lines) {
    const [name, , uid, gid] = line.split(':');
    // macOS writes nobody as -2, which the kernel reads unsigned.
    const ids = { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
    if (name && uid && gid && ids.uid !== 0) accounts.set(name, { name, ...ids });
  }
  return accounts;
}

/** Whether `account` may pass through every folder on the way to `directory`, which must exist. */
export async function canReach(directory: string, account: Account): Promise<boolean> {
  let current = path.resolve(directory);
  for (;;) {
    const facts = await stat(current);
    const bits = facts.uid === account.uid ? 0o100 : facts.gid === account.gid ? 0o010 : 0o001;
    if ((facts.mode & bits) === 0) return false;
    const parent = path.dirname(current);
    if (parent === current) return true;
    current = parent;
  }
}
