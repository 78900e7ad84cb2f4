import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { caseNames } from '../../driver/hostile/catalogue.ts';
import { generateContextKey, installContextKey } from '../../driver/install/context-keys.ts';
import { packageRoot } from '../../driver/install/source.ts';
import { connectionUrl } from '../support/clients.ts';
import { openDatabase, testMajors } from '../support/database.ts';
import { adminConfig } from '../support/logins.ts';
import { withClient } from '../support/run.ts';
import { openField } from './support.ts';
import { parseXml } from './xml.ts';

const tsx = createRequire(import.meta.url).resolve('tsx/cli');
const [newest = 18] = testMajors();
const field = await openField(newest);

/** Runs `aibos hostile` as a user would. */
function hostile(...args: readonly string[]) {
  return hostileWith({}, ...args);
}

function hostileWith(extra: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const { DATABASE_URL: _, AIBOS_CONTEXT_KEY: __, ...env } = process.env;
  const command = [tsx, join(packageRoot, 'driver/cli/main.ts'), 'hostile', ...args];
  return spawnSync(process.execPath, command, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...env, NO_COLOR: '1', AIBOS_DB: 'embedded', ...extra },
  });
}

const urls = (database: string) => ({
  app: connectionUrl(field.attacker(database)),
  admin: connectionUrl(adminConfig(field.source.server, database)),
});

describe('aibos hostile', () => {
  test('lists every case without a database', () => {
    const { status, stdout } = hostile('--list', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(caseNames);
    expect(hostile('--list', '--group', 'hn').stdout).toMatch(/^N14 /m);
    expect(hostile('--list', '--group', 'hn').stdout).not.toMatch(/^F1 /m);
  });

  test('makes, attacks and drops a database of its own, exits with 0', () => {
    const { status, stdout } = hostile('--group', 'A,B,G,K');
    expect(stdout).toMatch(/^Database: /);
    expect(stdout).toMatch(/^Contexts are signed: /m);
    expect(stdout).toMatch(/^B8 +HELD +1 of 1/m);
    expect(stdout).toMatch(/^RESIDUAL G11$/m);
    expect(stdout).toMatch(/^K1 +HELD +1 of 1/m);
    expect(stdout).toMatch(/^\d+ held, 0 broken, /m);
    expect(status).toBe(0);
  });

  test('exits with 0 on a given database, leaves the tenants closed and none of its rows in tables of the user', async () => {
    await field.onCopy(async (database) => {
      const { app, admin } = urls(database);
      const { status, stdout } = hostile(
        '--url',
        app,
        '--admin-url',
        admin,
        '--group',
        'BCDF',
        '--json',
      );
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({
        version: 1,
        target: { database, login: field.login, signed: false, throwaway: false },
        summary: { broken: 0 },
        watched: { unchanged: true },
      });
      expect(report.summary.held).toBeGreaterThan(1_000);
      expect(report.results.length).toBe(
        Object.values<number>(report.summary).reduce((sum, n) => sum + n, 0),
      );
      expect(report.gaps).toEqual([]);
      expect(status).toBe(0);
      const left = await withClient(adminConfig(field.source.server, database), async (client) => {
        const { own, other } = report.tenants;
        const tenants = await client.query(
          'select status from kernel.tenants where id = any ($1)',
          [[own, other]],
        );
        const rows = await client.query(
          'select count(*)::integer as n from app.invoices where tenant_id = any ($1)',
          [[own, other]],
        );
        return { tenants: tenants.rows.map((row) => row.status), rows: rows.rows[0]?.n };
      });
      expect(left).toEqual({ tenants: ['closed', 'closed'], rows: 0 });
      expect(report.remains).toHaveLength(3);
    });
  });

  test('exits with 1 and shows the statement where a table is open, in the report of each format', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aibos-hostile-'));
    await field.onCopy(async (database) => {
      await withClient(adminConfig(field.source.server, database), (client) =>
        client.query('alter table app.invoices disable row level security'),
      );
      const { app, admin } = urls(database);
      const target = ['--url', app, '--admin-url', admin, '--case', 'F16.select,D13'];
      const text = hostile(...target);
      expect(text.status).toBe(1);
      expect(text.stdout).toContain(
        'BROKEN F16.select Read rows that are not of the own tenant: app.invoices',
      );
      expect(text.stdout).toContain('     | select');
      const file = join(folder, 'report.xml');
      const junit = hostile(...target, '--format', 'junit', '--out', file);
      expect(junit.status).toBe(1);
      expect(junit.stdout).toBe('');
      expect(Number(parseXml(await readFile(file, 'utf8')).attributes.failures)).toBe(2);
    });
    await rm(folder, { recursive: true });
  });

  test('takes tenants that exist instead of an administrator', async () => {
    const { own, other } = field.planting;
    await field.onCopy(async (database) => {
      const tenants = [
        '--tenant-a',
        own.tenantId,
        '--tenant-b',
        other.tenantId,
        '--user',
        own.userId,
      ];
      const url = urls(database).app;
      const { status, stdout } = hostile('--url', url, ...tenants, '--group', 'FGK', '--json');
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({
        summary: { broken: 0 },
        watched: { unchanged: true },
        remains: [],
      });
      expect(report.watched.rows).toBeGreaterThan(50);
      expect(report.results.find(({ id }: { id: string }) => id === 'K1').verdict).toBe('HELD');
      expect(status).toBe(0);
      await withClient(adminConfig(field.source.server, database), (client) =>
        client.query('alter policy tenant_isolation on finance.accounts using (true)'),
      );
      expect(hostile('--url', url, ...tenants, '--case', 'F16.count').status).toBe(1);
    });
  });

  test('takes a role on where the administrator has no password of the login', async () => {
    await field.onCopy(async (database) => {
      const { admin } = urls(database);
      const { status, stdout } = hostile(
        ...[
          '--url',
          admin,
          '--role',
          'aibos_finance_role',
          '--admin-url',
          admin,
          '--group',
          'DI',
          '--json',
        ],
      );
      const report = JSON.parse(stdout);
      expect(report.target.login).toBe('aibos_finance_role');
      expect(
        report.results
          .filter(({ verdict }: { verdict: string }) => verdict === 'BROKEN')
          .map(({ id, target, happened }: Record<string, string>) => `${id} ${target} ${happened}`),
      ).toEqual([]);
      expect(report.results.find(({ id }: { id: string }) => id === 'D5').verdict).toBe(
        'NOT APPLICABLE',
      );
      expect(status).toBe(0);
    });
  });

  test('exits with 2 and says what is missing', async () => {
    const { app } = urls(field.source.name);
    const a = '11111111-1111-4111-8111-111111111111';
    for (const [args, code] of [
      [['--url', app], 'IB935'],
      [['--url', app, '--tenant-a', a], 'IB935'],
      [['--url', app, '--tenant-a', a, '--tenant-b', a, '--user', a], 'IB935'],
      [['--role', 'x'], 'IB935'],
      [['--case', 'Z9'], 'IB935'],
      [['--group', 'Z'], '--group'],
      [['--url', 'postgres://x@127.0.0.1:1/x'], 'ECONNREFUSED'],
    ] as const) {
      const { status, stderr } = hostile(...args);
      expect(status, args.join(' ')).toBe(2);
      expect(stderr).toContain(code);
    }
    const bare = await openDatabase({ plane: 'none' });
    const { status, stderr } = hostile('--url', connectionUrl(bare.installer));
    expect(status).toBe(2);
    expect(stderr).toContain('IB932');
  });

  test('leaves its own database unsigned where it is told to', () => {
    const { status, stdout } = hostile('--unsigned', '--case', 'B1,B4', '--json');
    const { target, summary, results } = JSON.parse(stdout);
    expect(target.signed).toBe(false);
    expect(summary.degraded).toBeGreaterThan(10);
    expect(results.find(({ id }: { id: string }) => id === 'B4').verdict).toBe('NOT APPLICABLE');
    expect(status).toBe(0);
  });

  test('signs with AIBOS_CONTEXT_KEY, as the administrator and as the login, and says so', async () => {
    await field.onCopy(async (database) => {
      const key = generateContextKey();
      const limits = { clockSkewSeconds: 5, maxLifetimeSeconds: 300 };
      await withClient(adminConfig(field.source.server, database), (client) =>
        installContextKey(client, key, limits),
      );
      const { app, admin } = urls(database);
      const target = ['--url', app, '--admin-url', admin];
      const environment = { AIBOS_CONTEXT_KEY: `${key.id}:${key.secret}` };
      const { status, stdout } = hostileWith(environment, ...target, '--group', 'ABN', '--json');
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({
        target: { database, login: field.login, signed: true },
        summary: { broken: 0, degraded: 0 },
        watched: { unchanged: true },
        gaps: [],
      });
      const verdicts = report.results.filter(({ id }: { id: string }) =>
        /^(B1|B7|A10|A13|N7)$/.test(id),
      );
      expect(new Set(verdicts.map(({ verdict }: { verdict: string }) => verdict))).toEqual(
        new Set(['HELD']),
      );
      expect(report.results.find(({ id }: { id: string }) => id === 'B8').verdict).toBe(
        'NOT APPLICABLE',
      );
      expect(stdout).not.toContain(key.secret);
      expect(status).toBe(0);
      const strange = generateContextKey();
      const wrong = { AIBOS_CONTEXT_KEY: `${strange.id}:${strange.secret}` };
      for (const attempt of [
        hostile(...target),
        hostileWith(wrong, ...target),
        hostileWith(environment, ...target, '--unsigned'),
      ]) {
        expect(attempt.stderr).toContain('IB936');
        expect(attempt.status).toBe(2);
      }
    });
  });

  test('exits with 2 where contexts must be signed and it has no key', async () => {
    await field.onCopy(async (database) => {
      const limits = { clockSkewSeconds: 5, maxLifetimeSeconds: 300 };
      await withClient(adminConfig(field.source.server, database), (client) =>
        installContextKey(client, generateContextKey(), limits),
      );
      const { own, other } = field.planting;
      const tenants = [
        '--tenant-a',
        own.tenantId,
        '--tenant-b',
        other.tenantId,
        '--user',
        own.userId,
      ];
      const { status, stderr } = hostile('--url', urls(database).app, ...tenants);
      expect(stderr).toContain('IB936');
      expect(status).toBe(2);
    });
  });
});
