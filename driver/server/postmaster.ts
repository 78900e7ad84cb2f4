import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { messageOf, ServerError } from './errors.ts';
import { identity, lastLines, serverEnvironment } from './processes.ts';
import type { Workspace } from './workspace.ts';

const readyLimitMs = 60_000;
const stopLimitMs = 10_000;

/** A postmaster that this process started. */
export interface Postmaster {
  /** Waits until it takes connections; errors IB905, IB906, after which it has ended. */
  ready(): Promise<void>;
  /** Ends it: the fast way first, the hard way if it does not listen. */
  stop(): Promise<void>;
  /** Ends it without returning to the event loop, for the exit of the process. */
  stopNow(): void;
}

/** Spawns the server on a port of 127.0.0.1 and writes its process id down. */
export function spawnPostmaster(
  binaries: Binaries,
  workspace: Workspace,
  options: {
    readonly account: Account | undefined;
    readonly port: number;
    readonly settings: Readonly<Record<string, string>>;
  },
): Postmaster {
  const settings = {
    ...options.settings,
    listen_addresses: '127.0.0.1',
    port: String(options.port),
    unix_socket_directories: '',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(workspace.log, 'w', 0o600);
  const child = spawn(binaries.postgres, ['-D', workspace.data, ...flags], {
    cwd: workspace.directory,
    env: serverEnvironment(),
    stdio: ['ignore', log, log],
    windowsHide: true,
    // A group of its own: Ctrl-C in a terminal reaches us first, and we end the server in order.
    detached: process.platform !== 'win32',
    ...identity(options.account),
  });
  closeSync(log);
  if (child.pid !== undefined) workspace.recordServer(child.pid);
  child.unref();
  let failure: unknown;
  child.on('error', (reason) => {
    failure = reason;
  });
  const stop = (): Promise<void> => stopChild(child);
  return {
    stop,
    stopNow: () => stopChildNow(child, workspace),
    ready: async () => {
      try {
        await untilReady(child, workspace, () => failure);
      } catch (reason) {
        await stop();
        throw startError(reason, options.port, workspace);
      }
    },
  };
}

async function untilReady(
  child: ChildProcess,
  workspace: Workspace,
  failure: () => unknown,
): Promise<void> {
  for (let waited = 0; waited < readyLimitMs; waited += 10) {
    await delay(10);
    if (failure() !== undefined) throw failure();
    if (hasEnded(child)) throw new Error('it ended while starting');
    // The eighth line of the pid file is the state of the server.
    if (pidFile(workspace)?.[7]?.trim() === 'ready') return;
  }
  throw new Error(`it was not ready after ${readyLimitMs / 1000} seconds`);
}

function startError(reason: unknown, port: number, workspace: Workspace): ServerError {
  const detail = lastLines(readFileSync(workspace.log, 'utf8'));
  if (detail?.includes('Address already in use') || detail?.includes('could not bind')) {
    return portInUse(port, detail);
  }
  return new ServerError('IB905', {
    message: `the embedded server did not start: ${messageOf(reason)}`,
    detail,
    hint: 'Look at the lines of its log above; a wrong setting is named there.',
    cause: reason,
  });
}

/** The error for a port that another program holds. */
export function portInUse(port: number, detail?: string): ServerError {
  return new ServerError('IB906', {
    message: `port ${port} of 127.0.0.1 is in use`,
    detail,
    hint: 'Leave the port open to get a free one, or end the program that holds it.',
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (hasEnded(child)) return;
    child.kill(signal);
    for (let waited = 0; waited < stopLimitMs && !hasEnded(child); waited += 10) {
      await delay(10);
    }
  }
}

function stopChildNow(child: ChildProcess, workspace: Workspace): void {
  if (hasEnded(child)) return;
  child.kill('SIGQUIT');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  // The event loop is over, so the only sign of the end is that the pid file is gone.
  for (let waited = 0; waited < stopLimitMs && pidFile(workspace); waited += 10) {
    Atomics.wait(pause, 0, 0, 10);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function pidFile(workspace: Workspace): readonly string[] | undefined {
  const file = path.join(workspace.data, 'postmaster.pid');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : undefined;
}
