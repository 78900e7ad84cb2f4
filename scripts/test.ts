import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Counts } from '../tests/support/count-reporter.ts';

/**
 * Runs Vitest with the arguments of this script and ends with one line of counts, alone, for programs that
 * read it. Exit code 0 only when something ran and nothing failed.
 */
async function main(): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aibos-test-'));
  const file = path.join(folder, 'counts.json');
  try {
    const code = await runVitest(process.argv.slice(2), file);
    const counts = ended(code, readCounts(file));
    for (const skip of counts.skips) console.log(`skipped: ${skip}`);
    console.log(countLine(counts));
    return counts.failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runVitest(args: readonly string[], file: string): Promise<number> {
  const manifest = createRequire(import.meta.url).resolve('vitest/package.json');
  const vitest = path.join(path.dirname(manifest), 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...args], {
    stdio: 'inherit',
    env: { ...process.env, AIBOS_TEST_COUNTS: file },
  });
  // Ctrl-C reaches both; Vitest ends its servers, then this script reports.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** A run that failed without a failed test, or in which nothing passed, is itself one failure. */
function ended(code: number, counts: Counts): Counts {
  const isFine = code === 0 && counts.passed > 0;
  return isFine || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

/** A run that ended before its reports counts as one failure. */
function readCounts(file: string): Counts {
  try {
    const counts: Counts = JSON.parse(readFileSync(file, 'utf8'));
    return counts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0, skips: [] };
  }
}

function countLine({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

process.exitCode = await main();
