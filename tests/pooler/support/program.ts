import { type ChildProcess, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** The PgBouncer of this machine and its release, 118 for 1.18; undefined where there is none. */
export const program = findProgram();

/** Why no PgBouncer can be started on this machine; undefined where it can. */
export function whyNoPooler(): string | undefined {
  return program === undefined ? 'no pgbouncer on this machine (Debian: pgbouncer)' : undefined;
}

/** Ends a process by the first of the signals that it heeds, and waits until it is gone. */
export async function endChild(
  child: ChildProcess | undefined,
  signals: readonly NodeJS.Signals[],
): Promise<void> {
  for (const signal of signals) {
    if (child === undefined || hasEnded(child)) return;
    child.kill(signal);
    for (let waited = 0; waited < 5_000 && !hasEnded(child); waited += 10) await delay(10);
  }
}

/** Whether a process has ended. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** A port that is free at this moment; PgBouncer cannot be told to take any. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

function findProgram(): { readonly file: string; readonly version: number } | undefined {
  for (const file of ['pgbouncer', '/usr/sbin/pgbouncer']) {
    const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' });
    const found = /PgBouncer (\d+)\.(\d+)/.exec(stdout ?? '');
    if (found !== null) return { file, version: Number(found[1]) * 100 + Number(found[2]) };
  }
  return undefined;
}
