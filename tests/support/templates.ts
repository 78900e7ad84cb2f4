import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import format from 'pg-format';
import type { Plane } from '../../driver/install/bundle.ts';
import { copyDatabase, copyGrants } from './copies.ts';
import { adminConfig, ensureInstaller, ensureTesters, installerConfig } from './logins.ts';
import { readPgtap } from './pgtap-source.ts';
import type { TestServer } from './provided.ts';
import { withClient } from './run.ts';

/** What a test database is a copy of: a bundle, or nothing but an owner. */
export interface Contents {
  readonly plane: Plane | 'none';
  /** Whether pgTAP is there too, in schema `tap`. */
  readonly pgtap: boolean;
}

const supportFolder = path.join(import.meta.dirname, '../../pgtap/support');
const installLock = 4_115_105;

/**
 * Runs `work` while no other test installs on that server: roles belong to the whole server, and two
 * sessions that change the same role disturb each other.
 */
export async function alone<T>(server: TestServer, work: () => Promise<T>): Promise<T> {
  return holding('pg_advisory_lock', server, work);
}

/** Runs `work` while nobody installs on that server, since an installation lends itself roles. */
export async function undisturbed<T>(server: TestServer, work: () => Promise<T>): Promise<T> {
  return holding('pg_advisory_lock_shared', server, work);
}

async function holding<T>(
  lock: 'pg_advisory_lock' | 'pg_advisory_lock_shared',
  server: TestServer,
  work: () => Promise<T>,
): Promise<T> {
  return withClient(adminConfig(server, 'postgres'), async (client) => {
    await client.query(`select ${lock}($1)`, [installLock]);
    return work();
  });
}

/** The name of the template with these contents, which is made on first use. */
export async function ensureTemplate(server: TestServer, contents: Contents): Promise<string> {
  const name = `template_${contents.plane.replaceAll('-', '_')}${contents.pgtap ? '_pgtap' : ''}`;
  const base = contents.pgtap ? await ensureTemplate(server, { ...contents, pgtap: false }) : '';
  await alone(server, () =>
    withClient(adminConfig(server, 'postgres'), async (admin) => {
      if (await isTemplate(admin, name)) return;
      await admin.query(format('drop database if exists %I with (force)', name));
      await copyDatabase(admin, contents.pgtap ? base : 'template0', name);
      if (contents.pgtap) {
        await copyGrants(admin, base, name);
        await withClient(adminConfig(server, name), loadPgtap);
      } else {
        await install(server, admin, name, contents.plane);
      }
      // Nobody may connect, so that a copy never finds it in use.
      await admin.query(
        format('alter database %I with is_template true allow_connections false', name),
      );
    }),
  );
  return name;
}

async function isTemplate(admin: pg.Client, name: string): Promise<boolean> {
  const found = await admin.query('select from pg_database where datname = $1 and datistemplate', [
    name,
  ]);
  return found.rowCount === 1;
}

async function install(
  server: TestServer,
  admin: pg.Client,
  database: string,
  plane: Contents['plane'],
): Promise<void> {
  if (plane === 'none') return;
  const { installFabric } = await import('../../driver/install/install.ts');
  await withClient(installerConfig(server, database), (client) => installFabric(client, plane));
  await ensureTesters(admin, server.loginPassword);
}

async function loadPgtap(client: pg.Client): Promise<void> {
  await client.query('create schema tap');
  await client.query(`begin; set local search_path = tap, public; ${readPgtap().sql}; commit`);
  const roles = await client.query<{ rolname: string }>(
    String.raw`select rolname from pg_roles where rolname like 'aibos\_%'`,
  );
  for (const { rolname } of roles.rows) {
    await client.query(format('grant usage on schema tap to %I', rolname));
  }
  await client.query('grant execute on all functions in schema tap to public');
  await client.query('set search_path = "$user", public, tap');
  if (!existsSync(supportFolder)) return;
  for (const file of readdirSync(supportFolder)
    .filter((name) => name.endsWith('.sql'))
    .sort()) {
    await client.query(readFileSync(path.join(supportFolder, file), 'utf8'));
  }
}

/** Makes a database owned by the installer with the contents of a template. */
export async function createCopy(
  server: TestServer,
  contents: Contents,
  name: string,
): Promise<void> {
  const template = await ensureTemplate(server, contents);
  await withClient(adminConfig(server, 'postgres'), async (admin) => {
    await copyDatabase(admin, template, name);
    await copyGrants(admin, template, name);
    if (contents.pgtap) {
      // pgTAP keeps its state in temporary tables, whoever runs the assertion.
      await admin.query(format('grant temporary on database %I to public', name));
      await admin.query(format('alter database %I set search_path = "$user", public, tap', name));
    }
  });
}

/** Makes the installer and the templates that nearly every test file needs. */
export async function prepareServer(server: TestServer): Promise<void> {
  await withClient(adminConfig(server, 'postgres'), (admin) =>
    ensureInstaller(admin, server.loginPassword),
  );
  await ensureTemplate(server, { plane: 'fabric', pgtap: true });
}
