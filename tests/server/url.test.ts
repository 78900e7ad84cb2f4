import { randomBytes } from 'node:crypto';
import pg from 'pg';
import format from 'pg-format';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openServer } from '../../driver/server/index.ts';
import { assertUsable } from '../../driver/server/url.ts';
import { connectionUrl } from '../support/clients.ts';
import { testServer } from '../support/database.ts';
import { adminConfig } from '../support/logins.ts';
import { withClient } from '../support/run.ts';
import { serverErrorOf } from './support.ts';

const given = testServer();
const admin = adminConfig(given, 'postgres');
const url = connectionUrl(admin);

afterEach(() => {
  vi.unstubAllEnvs();
});

async function ownDatabases(role: string): Promise<unknown[]> {
  const { rows } = await withClient(admin, (client) =>
    client.query('select datname from pg_database where datdba = $1::regrole', [role]),
  );
  return rows;
}

/** Makes a login of its own and the URL by which it connects. */
async function makeLogin(attributes: string): Promise<{ role: string; url: string }> {
  const role = `guest_${randomBytes(4).toString('hex')}`;
  const password = 'p@ss/word:%';
  await withClient(admin, (client) =>
    client.query(format(`create role %I login password %L ${attributes}`, role, password)),
  );
  return { role, url: connectionUrl({ ...admin, user: role, password }) };
}

describe('a given server', () => {
  test('is used for throwaway databases that are gone at the end', async () => {
    const login = await makeLogin('createdb');
    const server = await openServer({ url: login.url });
    expect(server).toMatchObject({ kind: 'url', major: given.major, superuser: false });
    const database = await server.createDatabase();
    const inside = new pg.Client(server.connection({ database }));
    inside.on('error', () => {});
    await inside.connect();
    await inside.query('create table anything ()');
    expect(await ownDatabases(login.role)).toEqual([{ datname: database }]);
    await server.close();
    expect(await ownDatabases(login.role)).toEqual([]);
    await inside.end().catch(() => {});
  });

  test('is named by host and port, never with the password', async () => {
    const login = await makeLogin('createdb');
    const server = await openServer({ url: login.url });
    expect(server.describe()).toBe(
      `Database: the given server 127.0.0.1:${given.port}, ${given.version}`,
    );
    await server.close();
  });

  test('connects as another user by the same URL', async () => {
    const login = await makeLogin('nocreatedb');
    const server = await openServer({ url });
    const config = server.connection({ user: login.role, password: 'p@ss/word:%' });
    const { rows } = await withClient(config, (client) =>
      client.query('select current_user::text, current_database()::text'),
    );
    expect(rows).toEqual([{ current_user: login.role, current_database: 'postgres' }]);
    await server.close();
  });

  test('whose role may not create databases is refused (IB971)', async () => {
    const login = await makeLogin('nocreatedb');
    const refused = await serverErrorOf(openServer({ url: login.url }));
    expect(refused).toMatchObject({
      code: 'IB971',
      hint: `As an administrator: alter role "${login.role}" createdb.`,
    });
  });

  test('of another major than asked for is refused (IB973)', async () => {
    const major = given.major === 15 ? 16 : 15;
    const refused = await serverErrorOf(openServer({ url, major }));
    expect(refused).toMatchObject({ code: 'IB973' });
  });

  test('older than 15 is refused (IB970)', () => {
    const facts = {
      version: 'PostgreSQL 14.9',
      major: 14,
      superuser: true,
      createdb: true,
      role: 'dba',
    };
    expect(() => assertUsable(facts, 'db:5432', undefined)).toThrow(
      expect.objectContaining({ code: 'IB970', message: 'PostgreSQL 14 at db:5432 is too old' }),
    );
  });

  test.each([
    ['postgresql://dba:secret@127.0.0.1:1/postgres', 'Start the server'],
    [url.replace(/:[^:@]+@/, ':secret@'), 'password'],
    [url.replace(/postgres$/, 'nowhere'), 'existing database'],
  ])('that cannot be reached says what to correct (IB909): %#', async (wrong, hint) => {
    const refused = await serverErrorOf(openServer({ url: wrong }));
    expect(refused).toMatchObject({ code: 'IB909', hint: expect.stringContaining(hint) });
    expect(refused.message).not.toContain('secret');
  });

  test.each([
    'mysql://dba:secret@host/db',
    'host=localhost password=secret',
    'postgres://a:secret@b:port/',
  ])('is not looked for under a malformed URL (IB908): %#', async (wrong) => {
    const refused = await serverErrorOf(openServer({ url: wrong }));
    expect(refused).toMatchObject({ code: 'IB908' });
    expect(`${refused.message} ${refused.detail} ${refused.hint}`).not.toContain('secret');
  });
});

describe('the choice of a server', () => {
  test('prefers DATABASE_URL', async () => {
    vi.stubEnv('DATABASE_URL', url);
    vi.stubEnv('AIBOS_DB', '');
    const server = await openServer();
    expect(server.kind).toBe('url');
    await server.close();
  });

  test('follows AIBOS_DB even where DATABASE_URL is set', async () => {
    vi.stubEnv('DATABASE_URL', url);
    vi.stubEnv('AIBOS_DB', 'embedded');
    const server = await openServer();
    expect(server.kind).toBe('embedded');
    await server.close();
  });

  test('refuses an unknown AIBOS_DB (IB974) and a missing URL (IB908)', async () => {
    vi.stubEnv('DATABASE_URL', '');
    vi.stubEnv('AIBOS_DB', 'oracle');
    expect(await serverErrorOf(openServer())).toMatchObject({ code: 'IB974' });
    vi.stubEnv('AIBOS_DB', 'url');
    expect(await serverErrorOf(openServer())).toMatchObject({ code: 'IB908' });
  });
});
