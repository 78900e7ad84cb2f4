import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { assembleBundle } from '../../driver/install/bundle.ts';
import { installFabric } from '../../driver/install/install.ts';
import { connect, libpqEnvironment } from '../support/clients.ts';
import { openDatabase, testMajors } from '../support/database.ts';

const hasPsql = spawnSync('psql', ['--version']).status === 0;

describe.each(testMajors())('preflight on PostgreSQL %i', (major) => {
  it('refuses a schema of ours that belongs to someone else (IB003) and leaves it alone', async () => {
    const database = await openDatabase({ major, plane: 'none' });
    const installer = await connect(database.installer);
    await installer.query('create schema finance create table finance.ledger (amount integer)');
    await database.alone(() =>
      expect(installFabric(installer)).rejects.toMatchObject({
        code: 'IB003',
        schema: 'finance',
        hint: expect.stringContaining('Rename'),
      }),
    );
    const { rows } = await installer.query(
      "select nspname from pg_namespace where nspname in ('aibos', 'config', 'finance', 'kernel')",
    );
    expect(rows).toEqual([{ nspname: 'finance' }]);
  });

  it('refuses an installer who does not own the database (IB002)', async () => {
    const database = await openDatabase({ major, plane: 'none' });
    const admin = await connect(database.admin);
    const login = `stranger_${randomBytes(4).toString('hex')}`;
    await admin.query(`create role ${login} login createrole password 'stranger'`);
    try {
      const stranger = await connect({ ...database.admin, user: login, password: 'stranger' });
      await expect(installFabric(stranger)).rejects.toMatchObject({
        code: 'IB002',
        message: expect.stringContaining('may not create schemas'),
      });
      await stranger.end();
    } finally {
      await admin.query(`drop role ${login}`);
    }
  });

  it('refuses an installer who may not create roles (IB002)', async () => {
    const database = await openDatabase({ major, plane: 'none' });
    const admin = await connect(database.admin);
    const login = `owner_${randomBytes(4).toString('hex')}`;
    await admin.query(`create role ${login} login password 'owner'`);
    try {
      await admin.query(`grant create on database ${database.name} to ${login}`);
      const owner = await connect({ ...database.admin, user: login, password: 'owner' });
      await expect(installFabric(owner)).rejects.toMatchObject({
        code: 'IB002',
        message: expect.stringContaining('may not create roles'),
        hint: expect.stringContaining('createrole'),
      });
      await owner.end();
    } finally {
      await admin.query(`revoke all on database ${database.name} from ${login}`);
      await admin.query(`drop role ${login}`);
    }
  });

  it('refuses an edited migration in a bundle (IB006)', async () => {
    const database = await openDatabase({ major });
    const admin = await connect(database.admin);
    await admin.query(
      "update aibos.migrations_manifest set sha256 = repeat('0', 64) where name = '0003_config'",
    );
    const installer = await connect(database.installer);
    await database.alone(() =>
      expect(installFabric(installer)).rejects.toMatchObject({
        code: 'IB006',
        message: 'migration 0003_config was edited after it had been applied',
      }),
    );
  });

  it('refuses a database that a newer version installed (IB008)', async () => {
    const database = await openDatabase({ major });
    const admin = await connect(database.admin);
    await admin.query(
      "insert into aibos.migrations_manifest (name, sha256, reason) values ('9999_of_a_later_version', repeat('0', 64), 'upgrade')",
    );
    const installer = await connect(database.installer);
    await database.alone(() =>
      expect(installFabric(installer)).rejects.toMatchObject({
        code: 'IB008',
        detail: 'It does not know: 9999_of_a_later_version.',
      }),
    );
  });
});

describe('preflight', () => {
  it('refuses a server before PostgreSQL 15 (IB001)', async () => {
    const database = await openDatabase({ plane: 'none' });
    const installer = await connect(database.installer);
    // No such server is at hand: the version that the check compares with is moved above this one.
    const bundle = (await assembleBundle()).replace('< 150000', '< 990000');
    expect(bundle).toContain('< 990000');
    await installer.query('begin');
    await expect(installer.query(bundle)).rejects.toMatchObject({ code: 'IB001' });
    await installer.query('rollback');
  });

  it('refuses a role of ours that can log in (IB004)', async () => {
    const database = await openDatabase({ plane: 'none' });
    const admin = await connect(database.admin);
    const installer = await connect(database.installer);
    await database.alone(async () => {
      await admin.query('alter role aibos_monitor_role login');
      try {
        await expect(installFabric(installer)).rejects.toMatchObject({
          code: 'IB004',
          message: expect.stringContaining('aibos_monitor_role'),
        });
      } finally {
        await admin.query('alter role aibos_monitor_role nologin');
      }
    });
  });

  it.skipIf(!hasPsql)('refuses to run outside a transaction (IB005)', async () => {
    const database = await openDatabase({ plane: 'none' });
    const result = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1'], {
      input: await assembleBundle(),
      env: libpqEnvironment(database.installer),
      encoding: 'utf8',
    });
    expect(result.status).toBe(3);
    expect(result.stderr).toContain('the bundle must run inside one transaction');
    expect(result.stderr).toContain('psql -1');
  });
});
