import { defineConfig } from 'vitest/config';
import { CountReporter } from './tests/support/count-reporter.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    pool: 'forks',
    // The servers of four majors work beside the test processes.
    maxWorkers: 2,
    testTimeout: 120_000,
    // A poll ends with what it waits for; the limit only ends a test that fails.
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
    reporters: ['default', new CountReporter()],
  },
});
