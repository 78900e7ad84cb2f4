import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { ServerError } from '../../driver/server/index.ts';

const root = path.join(import.meta.dirname, '../..');

/** Makes a folder that every user may pass through, removed when the test ends. */
export function makeFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aibos-test-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** The folders of throwaway servers under `base`, with the process ids written there. */
export function workspacesIn(base: string): readonly { directory: string; server: number }[] {
  return readdirSync(base)
    .filter((name) => name.startsWith('aibos-pg-'))
    .map((name) => {
      const directory = path.join(base, name);
      const owner: { server: number } = JSON.parse(
        readFileSync(path.join(directory, 'owner.json'), 'utf8'),
      );
      return { directory, server: owner.server };
    });
}

/** A Node process that runs a TypeScript file. */
export interface Script {
  readonly child: ChildProcess;
  /** Resolves with the first line it writes; rejects when it ends before. */
  readonly firstLine: Promise<string>;
  /** Resolves with how it ended and all it wrote. */
  readonly ended: Promise<{ code: number | null; signal: string | null; output: string }>;
}

/** Starts a script; it is killed when the test ends before it does. */
export function startScript(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Script {
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: '', AIBOS_DB: '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  const { promise: firstLine, resolve, reject } = withResolvers<string>();
  firstLine.catch(() => {});
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [line, rest] = output.split('\n', 2);
      if (line !== undefined && rest !== undefined) resolve(line);
    });
  }
  const ended = new Promise<{ code: number | null; signal: string | null; output: string }>(
    (done) => {
      child.once('close', (code, signal) => {
        reject(new Error(`the script ended: ${output}`));
        done({ code, signal, output });
      });
    },
  );
  return { child, firstLine, ended };
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<T>((accept, refuse) => {
    resolve = accept;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

/** Resolves once no process has this id, a corpse nobody collects counting as none. */
export async function untilGone(pid: number): Promise<void> {
  while (isRunning(pid)) await delay(10);
}

/** Whether a process of this id runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).charAt(0) !== 'Z';
  } catch (reason) {
    return reason instanceof Error && 'code' in reason && reason.code === 'ENOENT'
      ? process.platform !== 'linux'
      : false;
  }
}

/** The {@link ServerError} that `work` rejects with; throws when it does not. */
export async function serverErrorOf(work: Promise<unknown>): Promise<ServerError> {
  const reason = await work.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (reason instanceof ServerError) return reason;
  throw reason;
}
