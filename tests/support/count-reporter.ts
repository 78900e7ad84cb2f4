import { writeFileSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** A finished run in numbers. */
export interface Counts {
  readonly passed: number;
  /** Failed tests, and files or hooks that could not run. */
  readonly failed: number;
  readonly skipped: number;
  /** One line for each skipped test: its file, its name and why. */
  readonly skips: readonly string[];
}

/** Writes {@link Counts} as JSON to the file named by AIBOS_TEST_COUNTS when the run ends. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env.AIBOS_TEST_COUNTS;
    if (file) writeFileSync(file, JSON.stringify(countsOf(modules, unhandled)));
  }
}

function countsOf(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Counts {
  let passed = 0;
  let failed = unhandled.length;
  const skips: string[] = [];
  for (const module of modules) {
    failed += module.errors().length;
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed += 1;
      else if (state === 'failed') failed += 1;
      else skips.push(skipLine(module, test));
    }
  }
  return { passed, failed, skipped: skips.length, skips };
}

function skipLine(module: TestModule, test: TestCase): string {
  const result = test.result();
  const reason = result.state === 'skipped' ? result.note : 'it did not run';
  return `${module.relativeModuleId} > ${test.fullName}: ${reason ?? 'no reason given'}`;
}
