import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const config = path.join(import.meta.dirname, 'fixtures/vitest/vitest.config.ts');

/** Runs the test command on fixture files and returns its exit code and its last lines. */
function runTests(...files: string[]) {
  const args = ['--import', 'tsx', 'scripts/test.ts', '--config', config, ...files];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const lines = stdout.trimEnd().split('\n');
  return { status, last: lines.at(-1), before: lines.at(-2) };
}

test('the test command ends with the counts alone and exit code 0 when all pass', () => {
  expect(runTests('passing')).toMatchObject({ status: 0, last: '1 passed, 0 failed' });
});

test('the test command counts skips and says why before the last line', () => {
  expect(runTests('passing', 'skipping')).toEqual({
    status: 0,
    last: '2 passed, 0 failed, 1 skipped',
    before: 'skipped: skipping.fixture.ts > the moon is full: the sky is cloudy',
  });
});

test('the test command fails when a test fails', () => {
  expect(runTests('passing', 'failing')).toMatchObject({ status: 1, last: '1 passed, 1 failed' });
});

test('the test command fails when a file cannot be collected', () => {
  expect(runTests('passing', 'collecting')).toMatchObject({
    status: 1,
    last: '1 passed, 1 failed',
  });
});

test('the test command fails for an error outside every test', () => {
  expect(runTests('unhandled')).toMatchObject({ status: 1, last: '1 passed, 1 failed' });
});

test('the test command fails when nothing ran', () => {
  expect(runTests('no-such-file')).toMatchObject({ status: 1, last: '0 passed, 1 failed' });
});
