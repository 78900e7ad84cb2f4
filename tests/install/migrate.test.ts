import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { installFabric } from '../../driver/install/install.ts';
import { compareManifest, readApplied } from '../../driver/install/manifest.ts';
import { migrate } from '../../driver/install/migrate.ts';
import { packageRoot, readMigrations } from '../../driver/install/source.ts';
import { dumpSchema } from '../../scripts/dump-schema.ts';
import { connect } from '../support/clients.ts';
import { openDatabase, testMajors } from '../support/database.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function copyOfMigrations(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aibos-migrations-'));
  folders.push(folder);
  await cp(join(packageRoot, 'migrations'), folder, { recursive: true });
  return folder;
}

describe.each(testMajors())('migrate on PostgreSQL %i', (major) => {
  it('all up, all down, all up gives what the bundle gives', async () => {
    const bundled = await openDatabase({ major });
    const original = await connect(bundled.admin);
    const expected = await bundled.alone(() => dumpSchema(original));
    const database = await openDatabase({ major, plane: 'none' });
    const installer = await connect(database.installer);
    const admin = await connect(database.admin);
    const names = (await readMigrations()).map((migration) => migration.name);
    await database.alone(async () => {
      const up = await migrate(installer, { direction: 'up', reason: 'first' });
      expect(up.ran).toEqual(names);
      expect(await dumpSchema(admin)).toBe(expected);
      const down = await migrate(installer, {
        direction: 'down',
        reason: 'away',
        count: names.length,
      });
      expect(down.ran).toEqual([...names].reverse());
      const again = await migrate(installer, { direction: 'up', reason: 'again' });
      expect(again.ran).toEqual(names);
      expect(await dumpSchema(admin)).toBe(expected);
    });
  });
});

describe('migrate', () => {
  it('records the hash, the login and the reason of each migration', async () => {
    const database = await openDatabase({ plane: 'none' });
    const installer = await connect(database.installer);
    await database.alone(() =>
      migrate(installer, { direction: 'up', reason: 'ticket 42', plane: 'fabric-data-plane' }),
    );
    const applied = await readApplied(await connect(database.admin));
    const files = await readMigrations('fabric-data-plane');
    expect(
      applied.map(({ name, sha256, actor, reason }) => ({ name, sha256, actor, reason })),
    ).toEqual(
      files.map(({ name, sha256 }) => ({
        name,
        sha256,
        actor: database.installer.user,
        reason: 'ticket 42',
      })),
    );
  });

  it('finds nothing to do after the bundle, and the bundle nothing after it', async () => {
    const database = await openDatabase();
    const installer = await connect(database.installer);
    await database.alone(async () => {
      expect(await migrate(installer, { direction: 'up', reason: 'again' })).toEqual({ ran: [] });
      await installFabric(installer);
    });
  });

  it('refuses when an applied file was edited (IB006) and changes nothing', async () => {
    const database = await openDatabase();
    const installer = await connect(database.installer);
    const folder = await copyOfMigrations();
    const { up } = (await readMigrations()).find(({ name }) => name === '0003_config') ?? {
      up: '',
    };
    await writeFile(join(folder, '0003_config.up.sql'), `${up}\n-- a harmless comment\n`);
    const admin = await connect(database.admin);
    await database.alone(async () => {
      const before = await dumpSchema(admin);
      const attempt = migrate(installer, { direction: 'up', reason: 'edit', folder });
      await expect(attempt).rejects.toMatchObject({
        code: 'IB006',
        message: 'migration 0003_config was edited after it had been applied',
        hint: expect.stringContaining('new migration'),
      });
      expect(await dumpSchema(admin)).toBe(before);
    });
  });

  it('refuses when the file of an applied migration is gone (IB930)', async () => {
    const database = await openDatabase();
    const installer = await connect(database.installer);
    const folder = await copyOfMigrations();
    await rm(join(folder, '0007_finance_payments.up.sql'));
    await rm(join(folder, '0007_finance_payments.down.sql'));
    await database.alone(() =>
      expect(migrate(installer, { direction: 'up', reason: 'gone', folder })).rejects.toMatchObject(
        {
          code: 'IB930',
          message: expect.stringContaining('0007_finance_payments'),
        },
      ),
    );
  });

  it('keeps what was applied before a migration that fails, and nothing of that one', async () => {
    const database = await openDatabase();
    const installer = await connect(database.installer);
    const folder = await copyOfMigrations();
    await writeFile(
      join(folder, '0901_good.up.sql'),
      '-- plane: both\ncreate table aibos.good (id int);\n',
    );
    await writeFile(join(folder, '0901_good.down.sql'), 'drop table aibos.good;\n');
    await writeFile(
      join(folder, '0902_bad.up.sql'),
      '-- plane: both\ncreate table aibos.bad (id int);\nselect 1 / 0;\n',
    );
    await writeFile(join(folder, '0902_bad.down.sql'), 'drop table aibos.bad;\n');
    await database.alone(() =>
      expect(migrate(installer, { direction: 'up', reason: 'half', folder })).rejects.toMatchObject(
        {
          code: '22012',
        },
      ),
    );
    const admin = await connect(database.admin);
    const { rows } = await admin.query(
      "select to_regclass('aibos.good')::text as good, to_regclass('aibos.bad')::text as bad",
    );
    expect(rows).toEqual([{ good: 'aibos.good', bad: null }]);
    const status = compareManifest(
      await readMigrations('fabric', folder),
      await readApplied(admin),
    );
    expect(status.filter(({ state }) => state !== 'applied')).toEqual([
      { name: '0902_bad', state: 'pending' },
    ]);
    // The lent roles went back although it failed.
    await expect(installer.query('set role aibos_owner')).rejects.toMatchObject({ code: '42501' });
  });

  it('lets one of two runners through', async () => {
    const database = await openDatabase({ plane: 'none' });
    const first = await connect(database.installer);
    const second = await connect(database.installer);
    await database.alone(async () => {
      await first.query('select pg_advisory_lock(7241865325823964)');
      await expect(migrate(second, { direction: 'up', reason: 'race' })).rejects.toThrow(
        /[Aa]nother migration is already running/,
      );
      await first.query('select pg_advisory_unlock(7241865325823964)');
      expect(
        (await migrate(second, { direction: 'up', reason: 'alone' })).ran.length,
      ).toBeGreaterThan(0);
    });
  });
});

describe('the folder of migrations', () => {
  it.each([
    [
      'a file without a partner',
      '0900_lonely.up.sql',
      '-- plane: both\n',
      /0900_lonely\.down\.sql is missing/,
    ],
    [
      'a second file of a number',
      '0003_again.up.sql',
      '-- plane: both\n',
      /number 0003 is taken|missing/,
    ],
    ['a name that is no name', 'hotfix.up.sql', '-- plane: both\n', /NNNN_words/],
  ])('with %s is refused', async (_, file, text, message) => {
    const folder = await copyOfMigrations();
    await writeFile(join(folder, file), text);
    await expect(readMigrations('fabric', folder)).rejects.toThrow(message);
  });

  it('with a file that names no plane is refused', async () => {
    const folder = await copyOfMigrations();
    await writeFile(join(folder, '0900_nowhere.up.sql'), 'select 1;\n');
    await writeFile(join(folder, '0900_nowhere.down.sql'), 'select 1;\n');
    await expect(readMigrations('fabric', folder)).rejects.toThrow(/plane: both\|control\|data/);
  });
});
