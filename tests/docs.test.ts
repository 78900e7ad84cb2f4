import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../driver/install/source.ts';
import { libpqEnvironment } from './support/clients.ts';
import { openDatabase } from './support/database.ts';

const hasPsql = spawnSync('psql', ['--version']).status === 0;

async function pages(folder: string): Promise<readonly string[]> {
  const found = await readdir(join(packageRoot, folder), { recursive: true });
  return found.filter((file) => file.endsWith('.md')).map((file) => join(folder, file));
}

describe('the docs', async () => {
  const files = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...(await pages('docs'))];

  it.each(files)('%s links only to what is there', async (file) => {
    const text = await readFile(join(packageRoot, file), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map((match) => match[1] ?? '');
    const missing = targets.filter(
      (target) => !existsSync(join(packageRoot, dirname(file), target)),
    );
    expect(missing).toEqual([]);
  });

  it('name scripts that package.json has', async () => {
    const { scripts } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
    const named = new Set<string>();
    for (const file of files) {
      const text = await readFile(join(packageRoot, file), 'utf8');
      for (const match of text.matchAll(/npm run ([a-z:-]+)/g)) named.add(match[1] ?? '');
    }
    expect(named.size).toBeGreaterThan(5);
    expect([...named].filter((name) => !(name in scripts))).toEqual([]);
  });

  it('show an error that the server gives, word for word', async () => {
    const readme = await readFile(join(packageRoot, 'README.md'), 'utf8');
    const double = await readFile(join(packageRoot, 'sql/finance/double_entry.sql'), 'utf8');
    const hint = /^HINT: {2}(.*)$/m.exec(readme)?.[1] ?? 'none';
    expect(double).toContain(`'${hint}'`);
  });

  it.skipIf(!hasPsql)('make a tenant and its company as written', async () => {
    const text = await readFile(join(packageRoot, 'docs/installing.md'), 'utf8');
    const sql = /## A tenant and its company[\s\S]*?```sql\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const database = await openDatabase();
    const result = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1'], {
      input: `${sql}\nbegin; select set_config('app.tenant_id', :'tenant', true); select code from finance.companies; commit;`,
      env: libpqEnvironment(database.login('admin')),
      encoding: 'utf8',
    });
    expect(result.stderr).toBe('');
    expect(result.stdout).toContain('main');
  });
});
