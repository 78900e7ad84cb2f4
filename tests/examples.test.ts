import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { challengeTenants } from '../driver/demo/challenge.ts';
import { seedTenant } from '../driver/demo/seed.ts';
import { packageRoot } from '../driver/install/source.ts';
import { TenantDb } from '../driver/tenant-db.ts';
import { connectionUrl } from './support/clients.ts';
import { openDatabase } from './support/database.ts';

const tsx = createRequire(import.meta.url).resolve('tsx/cli');

describe('examples/post-invoice.ts', () => {
  it('posts once, replays the second time, and is refused what does not balance', async () => {
    const [tenant] = challengeTenants;
    const database = await openDatabase();
    const pool = new pg.Pool({ ...database.login('admin'), max: 1 });
    await seedTenant(new TenantDb(pool), tenant);
    await pool.end();
    const outputs = [1, 2].map(
      () =>
        spawnSync(process.execPath, [tsx, join(packageRoot, 'examples/post-invoice.ts')], {
          encoding: 'utf8',
          env: {
            ...process.env,
            DATABASE_URL: connectionUrl(database.login('finance')),
            TENANT_ID: tenant.tenantId,
            USER_ID: tenant.userId,
          },
        }).stdout,
    );
    expect(outputs[0]).toMatch(/outcome: 'posted'/);
    expect(outputs[1]).toMatch(/outcome: 'replayed'/);
    for (const output of outputs)
      expect(output).toMatch(
        /IB201 journal entry does not balance: entry 1: USD debit 125000, credit 124999\n$/,
      );
  });

  it('is the example that the README shows', async () => {
    const readme = await readFile(join(packageRoot, 'README.md'), 'utf8');
    const example = await readFile(join(packageRoot, 'examples/post-invoice.ts'), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  });
});
