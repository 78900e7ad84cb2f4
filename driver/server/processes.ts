import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';

const execute = promisify(execFile);

/** Environment of a server process: ours without PostgreSQL's variables, English and in UTC. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

/** Runs a program to its end as `account`, or as this process; rejects when it fails, with its output. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly account: Account | undefined },
): Promise<string> {
  const { stdout } = await execute(file, args, {
    cwd: options.cwd,
    env: serverEnvironment(),
    windowsHide: true,
    ...identity(options.account),
  });
  return stdout;
}

/** The spawn options that make a child run as `account`. */
export function identity(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

/** What the failed program of {@link runProgram} wrote, its last lines only. */
export function outputOf(reason: unknown): string | undefined {
  if (!(reason instanceof Error)) return undefined;
  const parts = ['stdout', 'stderr'].map((name) => Reflect.get(reason, name));
  const text = parts.filter((part) => typeof part === 'string').join('\n');
  return lastLines(text);
}

/** The last ten lines of a text, or undefined when it is blank. */
export function lastLines(text: string): string | undefined {
  const lines = text.trim().split('\n').slice(-10).join('\n');
  return lines === '' ? undefined : lines;
}

/** Whether a process of this id exists, whoever owns it. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (reason) {
    return Reflect.get(Object(reason), 'code') === 'EPERM';
  }
}

/** A mark of when a process began, so that a reused id is told apart; '' where the system has none. */
export function processBirth(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses and may hold spaces; the start time is field 22.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** A name for the set of process ids that this process can see; '' where the system has none. */
export function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Whether process `pid` is a postgres postmaster that was started on exactly this data directory. */
export async function isServerOf(pid: number, data: string): Promise<boolean> {
  const words = await commandLine(pid);
  const at = words.indexOf('-D');
  return path.basename(words[0] ?? '').startsWith('postgres') && at > 0 && words[at + 1] === data;
}

async function commandLine(pid: number): Promise<readonly string[]> {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    } catch {
      return [];
    }
  }
  if (process.platform === 'win32') return [];
  try {
    const { stdout } = await execute('ps', ['-o', 'command=', '-p', String(pid)]);
    return stdout.trim().split(' ');
  } catch {
    return [];
  }
}
