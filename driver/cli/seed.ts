import type { Command } from 'commander';
import pg from 'pg';
import { challengeTenants } from '../demo/challenge.ts';
import { type SeedResult, seedTenant } from '../demo/seed.ts';
import { TenantDb } from '../tenant-db.ts';
import { databaseUrl } from './connection.ts';
import { signingOptions } from './signing.ts';
import { exitCodes, print, printJson, run } from './terminal.ts';

/** Adds `seed challenge`. Exit code: 0 seeded, 2 could not run. */
export function registerSeed(program: Command): void {
  program
    .command('seed')
    .description('fill a database with known books')
    .command('challenge')
    .description('two tenants with deterministic books; seeding again books nothing')
    .option('--url <url>', 'a login of aibos_admin (default: DATABASE_URL)')
    .option('--json', 'print JSON')
    .action((flags: { url?: string; json?: boolean }) =>
      run('seed challenge', flags.json, async () => {
        const pool = new pg.Pool({ connectionString: databaseUrl(flags.url), max: 1 });
        pool.on('error', () => undefined);
        const results: SeedResult[] = [];
        try {
          const db = new TenantDb(pool, signingOptions());
          for (const tenant of challengeTenants) results.push(await seedTenant(db, tenant));
        } finally {
          await pool.end();
        }
        if (flags.json === true) printJson(results);
        else {
          for (const result of results) {
            print(
              `${result.slug}: ${result.posted} journals booked, ${result.replayed} there before`,
            );
          }
        }
        return exitCodes.fine;
      }),
    );
}
