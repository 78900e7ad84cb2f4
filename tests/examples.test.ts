import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { challengeTenants } from '../driver/demo/challenge.ts';
import { seedTenant } from '../driver/demo/seed.ts';
import { packageRoot } from '../driver/install/source.ts';
import { TenantDb } from '../driver/tenant-db.ts';
import { connectionUrl } from './support/clients.ts';
import { openDatabase } from './support/database.ts';
import { type ExampleApp, startExample } from './support/example-app.ts';

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

describe.each([
  ['tenant-app.ts', 'POST /journals', { description: 'Tea' }],
  ['kysely-app.ts', 'POST /invoices', { number: '7' }],
])('examples/%s', (file, post, fields) => {
  let app: ExampleApp;

  beforeAll(async () => {
    const database = await openDatabase();
    const pool = new pg.Pool({ ...database.login('admin'), max: 1 });
    for (const tenant of challengeTenants) await seedTenant(new TenantDb(pool), tenant);
    await pool.end();
    const [meridian, harbour] = challengeTenants;
    app = await startExample(file, {
      DATABASE_URL: connectionUrl(database.login('finance')),
      TOKENS: JSON.stringify({
        m: [meridian.tenantId, meridian.userId],
        h: [harbour.tenantId, harbour.userId],
      }),
    });
  });
  afterAll(() => app.stop());

  const journal = (debit: number, credit: number) => ({
    ...fields,
    date: '2026-05-04',
    lines: [
      { account: '1200', debit, credit: 0 },
      { account: '4000', debit: 0, credit },
    ],
  });
  const salesOf = async (token: string) => {
    const { body } = await app.call(token, 'GET /trial-balance');
    if (!Array.isArray(body)) throw new Error('no list');
    return body.find((row) => row.code === '4000');
  };

  it('is a file of fewer than 100 lines that says its tokens are a toy', async () => {
    const text = await readFile(join(packageRoot, 'examples', file), 'utf8');
    expect(text.split('\n').length).toBeLessThan(100);
    expect(text).toContain('// A toy:');
  });

  it('lets nobody in without a token, and knows its own routes alone', async () => {
    expect((await app.call(undefined, 'GET /accounts')).status).toBe(401);
    expect((await app.call('constructor', 'GET /accounts')).status).toBe(401);
    expect((await app.call('m', 'GET /nope')).status).toBe(404);
  });

  it('lists the accounts of the tenant', async () => {
    const { status, body } = await app.call('m', 'GET /accounts');
    expect(status).toBe(200);
    expect(body).toHaveLength(10);
    expect(body).toContainEqual({ code: '4000', name: 'Sales' });
  });

  it('posts once, replays the second time, and each tenant sees its own balance', async () => {
    const before = { m: await salesOf('m'), h: await salesOf('h') };
    expect(before.m.balance_cents).not.toBe(before.h.balance_cents);
    const first = await app.call('m', post, journal(500, 500), 'key 1');
    expect(first).toMatchObject({ status: 200, body: { outcome: 'posted' } });
    const second = await app.call('m', post, journal(500, 500), 'key 1');
    expect(second).toEqual({ status: 200, body: { ...Object(first.body), outcome: 'replayed' } });
    expect(await salesOf('m')).toEqual({
      ...before.m,
      balance_cents: String(Number(before.m.balance_cents) - 500),
    });
    expect(await salesOf('h')).toEqual(before.h);
  });

  it('answers what is wrong with a request by status, code and hint', async () => {
    expect(await app.call('h', post, journal(500, 499), 'key 2')).toMatchObject({
      status: 422,
      body: { code: 'IB201', hint: expect.any(String) },
    });
    expect((await app.call('h', post, journal(5, 5))).status).toBe(422);
    expect((await app.call('h', post, { nothing: true }, 'key 3')).status).toBe(422);
    const otherYear = { ...journal(5, 5), date: '2019-01-01' };
    expect(await app.call('h', post, otherYear, 'key 4')).toMatchObject({
      status: 409,
      body: { code: 'IB801' },
    });
    await app.call('h', post, journal(5, 5), 'key 5');
    expect(await app.call('h', post, journal(6, 6), 'key 5')).toMatchObject({
      status: 409,
      body: { code: 'IB207' },
    });
  });

  it('ends in good order when it is told to', async () => {
    expect(await app.stop()).toEqual({ code: 0, err: '' });
  });
});
