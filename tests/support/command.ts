import { Command } from 'commander';
import { vi } from 'vitest';

/** Runs a command of the program in this process and returns its exit code and what it printed. */
export async function runCommand(
  register: (program: Command) => void,
  ...args: readonly string[]
): Promise<{ readonly code: typeof process.exitCode; readonly out: string; readonly err: string }> {
  const texts = { out: '', err: '' };
  const into = (key: 'out' | 'err') => (text: string | Uint8Array) => {
    texts[key] += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(into('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(into('err'));
  const before = process.exitCode;
  try {
    const program = new Command();
    register(program);
    await program.parseAsync(['node', 'aibos', ...args]);
    return { code: process.exitCode, ...texts };
  } finally {
    process.exitCode = before;
    vi.restoreAllMocks();
  }
}
