import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot, readMigrations } from '../../driver/install/source.ts';
import { connect, connectionUrl } from '../support/clients.ts';
import { openDatabase } from '../support/database.ts';

const tsx = createRequire(import.meta.url).resolve('tsx/cli');

/** Runs the command line as a user would, with no DATABASE_URL unless it is given. */
function aibos(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { DATABASE_URL: _, ...rest } = process.env;
  const result = spawnSync(
    process.execPath,
    [tsx, join(packageRoot, 'driver/cli/main.ts'), ...args],
    {
      encoding: 'utf8',
      env: { ...rest, NO_COLOR: '1', ...env },
    },
  );
  return { status: result.status, stdout: result.stdout, stderr: result.stderr };
}

describe('aibos', () => {
  it('names the flag and the variable when no database is given, and exits with 2', () => {
    for (const command of [
      ['doctor'],
      ['migrate', 'up'],
      ['migrate', 'status'],
      ['seed', 'challenge'],
    ]) {
      const { status, stderr } = aibos(command);
      expect(status, command.join(' ')).toBe(2);
      expect(stderr).toContain('IB931');
      expect(stderr).toContain('--url');
      expect(stderr).toContain('DATABASE_URL');
    }
  });

  it('exits with 2 when the server is not there', () => {
    const { status, stderr } = aibos(['doctor', '--url', 'postgres://x@127.0.0.1:1/x']);
    expect(status).toBe(2);
    expect(stderr).toContain('ECONNREFUSED');
  });

  it('exits with 2 and shows help for an unknown command or option', () => {
    expect(aibos(['conjure']).status).toBe(2);
    const { status, stderr } = aibos(['doctor', '--magic']);
    expect(status).toBe(2);
    expect(stderr).toContain('--magic');
  });

  it('exits with 0 for help and version', () => {
    expect(aibos(['--help']).status).toBe(0);
    expect(aibos(['--version'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('aibos migrate', () => {
  it('installs, tells the status and takes back', async () => {
    const database = await openDatabase({ plane: 'none' });
    const url = connectionUrl(database.installer);
    await database.alone(async () => {
      const up = aibos(['migrate', 'up', '--url', url, '--reason', 'by hand']);
      expect(up.stderr).toBe('');
      expect(up.status).toBe(0);
      expect(up.stdout).toContain('up 0001_aibos_registry');
    });
    const status = aibos(['migrate', 'status', '--url', connectionUrl(database.admin), '--json']);
    expect(status.status).toBe(0);
    for (const row of JSON.parse(status.stdout)) {
      expect(row).toMatchObject({
        state: 'applied',
        reason: 'by hand',
        actor: database.installer.user,
      });
    }
    const last = (await readMigrations()).at(-1);
    await database.alone(async () => {
      const down = aibos(['migrate', 'down', '--count', '1', '--url', url, '--json']);
      expect(JSON.parse(down.stdout)).toEqual({ ran: [last?.name] });
    });
    expect(aibos(['migrate', 'down', '--count', 'all', '--url', url]).status).toBe(2);
  });

  it('exits with 1 when an applied file was edited', async () => {
    const database = await openDatabase();
    const admin = await connect(database.admin);
    await admin.query(
      "update aibos.migrations_manifest set sha256 = repeat('0', 64) where name = '0003_config'",
    );
    const { status, stdout } = aibos(['migrate', 'status', '--url', connectionUrl(database.admin)]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/0003_config\s+edited/);
  });
});

describe('aibos doctor', () => {
  it('exits with 0 on a sound database and says what it warns of', async () => {
    const database = await openDatabase();
    await database.alone(async () => {
      const { status, stdout } = aibos([
        'doctor',
        '--url',
        connectionUrl(database.login('monitor')),
      ]);
      expect(stdout).toContain('WARN context_signed');
      expect(stdout).toMatch(/no {2}signed_context/);
      expect(status).toBe(0);
    });
  });

  it('exits with 1 and names the table when a guard is disabled', async () => {
    const database = await openDatabase();
    const admin = await connect(database.admin);
    await admin.query('alter table finance.journal_lines disable trigger journal_entry_balanced');
    await database.alone(async () => {
      const { status, stdout } = aibos([
        'doctor',
        '--json',
        '--url',
        connectionUrl(database.login('monitor')),
      ]);
      expect(status).toBe(1);
      const report = JSON.parse(stdout);
      expect(report.findings[0]).toMatchObject({
        status: 'FAIL',
        check_name: 'guard',
        object: 'journal_entry_balanced on finance.journal_lines',
      });
    });
  });

  it('exits with 2 where the fabric is not installed', async () => {
    const database = await openDatabase({ plane: 'none' });
    const { status, stderr } = aibos(['doctor', '--url', connectionUrl(database.installer)]);
    expect(status).toBe(2);
    expect(stderr).toContain('IB932');
  });
});

describe('aibos seed challenge', () => {
  it('books two tenants, and nothing the second time', async () => {
    const database = await openDatabase();
    const url = connectionUrl(database.login('admin'));
    const first = aibos(['seed', 'challenge', '--url', url]);
    expect(first.stderr).toBe('');
    expect(first.stdout).toContain('meridian: 17 journals booked, 0 there before');
    const second = aibos(['seed', 'challenge'], { DATABASE_URL: url });
    expect(second.stdout).toContain('harbour: 0 journals booked, 16 there before');
    expect(second.status).toBe(0);
  });
});
