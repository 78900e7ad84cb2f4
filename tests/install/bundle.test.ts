import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assembleBundle } from '../../driver/install/bundle.ts';
import { installFabric } from '../../driver/install/install.ts';
import { type Plane, planes } from '../../driver/install/source.ts';
import { dumpSchema } from '../../scripts/dump-schema.ts';
import { connect, libpqEnvironment } from '../support/clients.ts';
import { openDatabase, testMajors } from '../support/database.ts';

const hasPsql = spawnSync('psql', ['--version']).status === 0;

async function withBundleFile<T>(plane: Plane, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'aibos-bundle-'));
  try {
    const file = join(folder, `${plane}.sql`);
    await writeFile(file, await assembleBundle(plane));
    return await work(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.each(testMajors())('the bundle on PostgreSQL %i', (major) => {
  it.skipIf(!hasPsql)(
    'installs by psql as a non-superuser, and replaying it changes nothing',
    async () => {
      const database = await openDatabase({ major, plane: 'none' });
      const admin = await connect(database.admin);
      await withBundleFile('fabric', async (file) => {
        const install = (): void => {
          execFileSync('psql', ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-f', file], {
            env: libpqEnvironment(database.installer),
          });
        };
        await database.alone(async () => install());
        const first = await dumpSchema(admin);
        await database.alone(async () => install());
        expect(await dumpSchema(admin)).toBe(first);
      });
      const { rows } = await admin.query(
        'select rolsuper, rolbypassrls from pg_roles where rolname = $1',
        [database.installer.user],
      );
      expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false }]);
    },
  );

  it.each(planes)('of plane %s installs alone', async (plane) => {
    const database = await openDatabase({ major, plane });
    const admin = await connect(database.admin);
    const { rows } = await admin.query<{ name: string }>(
      "select nspname as name from pg_namespace where nspname in ('aibos', 'config', 'finance', 'kernel') order by 1",
    );
    expect(rows.map((row) => row.name)).toEqual(
      {
        fabric: ['aibos', 'config', 'finance', 'kernel'],
        'fabric-control-plane': ['aibos', 'config', 'kernel'],
        'fabric-data-plane': ['aibos', 'config', 'finance'],
      }[plane],
    );
    const { rows: checks } = await database.alone(() =>
      admin.query<{ check_name: string; status: string }>(
        'select check_name, status from aibos.governance_summary()',
      ),
    );
    expect(checks.length).toBeGreaterThanOrEqual(2);
    expect(checks.filter((check) => check.status === 'FAIL')).toEqual([]);
  });

  it('leaves the installer without any owning role', async () => {
    const database = await openDatabase({ major });
    const installer = await connect(database.installer);
    // Alone: an installation elsewhere on the server lends the installer these roles while it runs.
    await database.alone(async () => {
      for (const role of ['aibos_owner', 'aibos_guard', 'aibos_poster']) {
        await expect(installer.query(`set role ${role}`)).rejects.toMatchObject({ code: '42501' });
      }
    });
  });
});

describe('installFabric', () => {
  it('changes nothing when the installation fails at its end', async () => {
    const database = await openDatabase({ plane: 'none' });
    const installer = await connect(database.installer);
    await installer.query('create table public.mine (id integer)');
    await database.alone(async () => {
      // An unfinished installation: the last statement of the text fails.
      await installer.query('begin');
      await expect(
        installer.query(`${await assembleBundle('fabric')}\nselect 1 / 0;`),
      ).rejects.toMatchObject({ code: '22012' });
      await installer.query('rollback');
    });
    const { rows } = await installer.query(
      "select nspname from pg_namespace where nspname in ('aibos', 'config', 'finance', 'kernel')",
    );
    expect(rows).toEqual([]);
    await database.alone(() => installFabric(installer));
    const { rows: after } = await installer.query('select count(*)::int as n from public.mine');
    expect(after).toEqual([{ n: 0 }]);
  });

  it('makes a data plane into a whole fabric without touching its books', async () => {
    const database = await openDatabase({ plane: 'fabric-data-plane' });
    const installer = await connect(database.installer);
    const tenant = '0a000000-0000-4000-8000-000000000001';
    const admin = await connect(database.admin);
    await admin.query("select aibos.register_tenant($1, 'alpha')", [tenant]);
    await database.alone(() => installFabric(installer, 'fabric'));
    const { rows } = await admin.query('select tenant_id, slug from aibos.tenant_registry');
    expect(rows).toEqual([{ tenant_id: tenant, slug: 'alpha' }]);
    const { rows: kernel } = await admin.query(
      "select to_regclass('kernel.tenants')::text as name",
    );
    expect(kernel).toEqual([{ name: 'kernel.tenants' }]);
  });
});
