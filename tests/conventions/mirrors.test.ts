import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../driver/install/source.ts';
import { findMirrorProblems } from '../../scripts/check-mirrors.ts';

describe('the check of mirrors', () => {
  let copy: string;

  beforeEach(async () => {
    copy = await mkdtemp(path.join(tmpdir(), 'aibos-mirrors-'));
    for (const folder of ['sql', 'pgtap', 'docs', 'tests']) {
      await cp(path.join(packageRoot, folder), path.join(copy, folder), { recursive: true });
    }
  });

  afterEach(() => rm(copy, { recursive: true, force: true }));

  test('reports SQL without a proof', async () => {
    await rm(path.join(copy, 'pgtap/finance/double_entry.sql'));
    expect(await findMirrorProblems(copy)).toContain(
      'sql/finance/double_entry.sql: its proof pgtap/finance/double_entry.sql is missing',
    );
  });

  test('reports a proof without SQL', async () => {
    await writeFile(path.join(copy, 'pgtap/finance/stray.sql'), 'begin; rollback;\n');
    expect(await findMirrorProblems(copy)).toContain(
      'pgtap/finance/stray.sql: it proves sql/finance/stray.sql, which is missing',
    );
  });

  test('reports a file that the installation forgets', async () => {
    await writeFile(path.join(copy, 'sql/finance/stray.sql'), '-- nothing\n');
    expect(await findMirrorProblems(copy)).toContain(
      'sql/finance/stray.sql: sql/install.sql names it 0 times, not once',
    );
  });

  test('reports a guarantee that the page does not explain', async () => {
    await writeFile(path.join(copy, 'docs/guarantees.md'), '# Guarantees\n\n### Double entry\n');
    const problems = await findMirrorProblems(copy);
    expect(problems).toContain('sql/aibos/track.sql: docs/guarantees.md has no section "Track"');
    expect(problems.filter((problem) => problem.includes('"Double entry"'))).toEqual([]);
  });

  test('reports a guarantee whose file is gone', async () => {
    await rm(path.join(copy, 'sql/finance/reversal.sql'));
    expect(await findMirrorProblems(copy)).toContain(
      'sql/finance/reversal.sql: the guarantee has no file',
    );
  });

  test('reports a file that the page names and that is gone', async () => {
    await writeFile(path.join(copy, 'docs/guarantees.md'), 'File `sql/finance/none.sql`.\n');
    expect(await findMirrorProblems(copy)).toContain(
      'docs/guarantees.md: it names sql/finance/none.sql, which is missing',
    );
  });
});

test('every SQL file has its proof, every proof its SQL, every guarantee its section', async () => {
  expect(await findMirrorProblems()).toEqual([]);
});
