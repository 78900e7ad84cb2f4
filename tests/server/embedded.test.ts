import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openServer, type Server } from '../../driver/server/index.ts';
import { withClient } from '../support/run.ts';
import { makeFolder, serverErrorOf, untilGone, workspacesIn } from './support.ts';

let server: Server;

beforeAll(async () => {
  server = await openServer({ prefer: 'embedded', settings: { work_mem: '7MB' } });
});

afterAll(async () => {
  await server.close();
});

async function setting(name: string): Promise<unknown> {
  return withClient(server.connection(), async (client) => {
    const { rows } = await client.query('select current_setting($1) as value', [name]);
    return rows[0]?.value;
  });
}

describe('an embedded server', () => {
  test('says what it is in one line, without its password', () => {
    const line = server.describe();
    expect(line).toMatch(/^Database: embedded server on 127\.0\.0\.1:\d+, PostgreSQL 18\.\d+ .*$/);
    expect(line).not.toContain(String(server.connection().password));
    expect(server).toMatchObject({ kind: 'embedded', major: 18, superuser: true });
  });

  test('listens on 127.0.0.1 only and asks for a password', async () => {
    expect(await setting('listen_addresses')).toBe('127.0.0.1');
    expect(await setting('unix_socket_directories')).toBe('');
    const stranger = new pg.Client({ ...server.connection(), password: 'guess' });
    await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  test('takes extra settings and is not durable unless asked', async () => {
    expect(await setting('work_mem')).toBe('7MB');
    expect(await setting('fsync')).toBe('off');
    const durable = await openServer({ prefer: 'embedded', settings: { fsync: 'on' } });
    try {
      const answer = await withClient(durable.connection(), (client) => client.query('show fsync'));
      expect(answer.rows).toEqual([{ fsync: 'on' }]);
    } finally {
      await durable.close();
    }
  });

  test('makes throwaway databases from a template for an owner, and drops only those', async () => {
    await withClient(server.connection(), (client) => client.query('create role clerk'));
    const template = await server.createDatabase({ owner: 'clerk' });
    expect(template).toMatch(/^aibos_tmp_[0-9a-f]{16}$/);
    await withClient(server.connection({ database: template }), (client) =>
      client.query('create table copied ()'),
    );
    const copy = await server.createDatabase({ template });
    await withClient(server.connection({ database: copy }), (client) =>
      client.query('select from copied'),
    );
    await server.dropDatabase(copy);
    const refused = await serverErrorOf(server.dropDatabase('postgres'));
    expect(refused).toMatchObject({
      code: 'IB972',
      hint: expect.stringContaining('createDatabase'),
    });
    expect(await serverErrorOf(server.dropDatabase(copy))).toMatchObject({ code: 'IB972' });
    const { rows } = await withClient(server.connection(), (client) =>
      client.query(
        `select datname, pg_get_userbyid(datdba) as owner from pg_database where datname like 'aibos%'`,
      ),
    );
    expect(rows).toEqual([{ datname: template, owner: 'clerk' }]);
  });

  test('names the template that does not exist (IB976)', async () => {
    const refused = await serverErrorOf(server.createDatabase({ template: 'nowhere' }));
    expect(refused).toMatchObject({ code: 'IB976', message: expect.stringContaining('nowhere') });
  });

  test('leaves no process and no file behind when closed, and then refuses work (IB975)', async () => {
    const base = makeFolder();
    vi.stubEnv('TMPDIR', base);
    const short = await openServer({ prefer: 'embedded' });
    vi.unstubAllEnvs();
    const [workspace] = workspacesIn(base);
    expect(workspace).toBeDefined();
    await Promise.all([short.close(), short.close()]);
    await untilGone(workspace?.server ?? 0);
    expect(existsSync(workspace?.directory ?? base)).toBe(false);
    expect(await serverErrorOf(short.createDatabase())).toMatchObject({ code: 'IB975' });
  });

  test('starts beside others that start at the same moment', async () => {
    const servers = await Promise.all([1, 2].map(() => openServer({ prefer: 'embedded' })));
    const ports = servers.map((one) => one.connection().port);
    await Promise.all(servers.map((one) => one.close()));
    expect(new Set(ports).size).toBe(2);
  });
});

describe('a server that cannot start', () => {
  test('names the port that is in use (IB906)', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const refused = await serverErrorOf(openServer({ prefer: 'embedded', port }));
    holder.close();
    expect(refused).toMatchObject({
      code: 'IB906',
      message: `port ${port} of 127.0.0.1 is in use`,
    });
  });

  test('shows the log line about a wrong setting (IB905) and leaves nothing behind', async () => {
    const base = makeFolder();
    vi.stubEnv('TMPDIR', base);
    const refused = await serverErrorOf(
      openServer({ prefer: 'embedded', settings: { no_such_setting: 'on' } }),
    );
    vi.unstubAllEnvs();
    expect(refused).toMatchObject({
      code: 'IB905',
      detail: expect.stringContaining('no_such_setting'),
    });
    expect(workspacesIn(base)).toEqual([]);
  });

  test('refuses a major that is not supported (IB974)', async () => {
    const major: unknown = 14;
    const refused = await serverErrorOf(openServer({ prefer: 'embedded', major: major as 15 }));
    expect(refused).toMatchObject({ code: 'IB974', message: 'PostgreSQL 14 is not supported' });
  });
});
