import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import format from 'pg-format';
import { afterAll, inject } from 'vitest';
import type { Major } from '../../driver/server/index.ts';
import { adminConfig, installerConfig, loginConfig, type TestLogin } from './logins.ts';
import type { TestServer } from './provided.ts';
import { withClient } from './run.ts';
import { alone, type Contents, createCopy } from './templates.ts';

/** A database of one test file; it goes when the file ends, or before by `drop()`. */
export interface TestDatabase {
  readonly name: string;
  readonly server: TestServer;
  /** The superuser. */
  readonly admin: pg.ClientConfig;
  /** The owner of the database, who installed the bundle and is no superuser. */
  readonly installer: pg.ClientConfig;
  /** A login that is a member of one role of the fabric. */
  login(name: TestLogin): pg.ClientConfig;
  /** Runs `work` while no other test installs on this server. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Drops it, ending its sessions. */
  drop(): Promise<void>;
}

const open = new Set<TestDatabase>();

afterAll(async () => {
  for (const database of open) await database.drop();
});

/** The majors that are tested in this run, newest first. */
export function testMajors(): readonly Major[] {
  return inject('servers').map((server) => server.major);
}

/** The server of a major, default the newest; throws when this run has none. */
export function testServer(major?: Major): TestServer {
  const servers = inject('servers');
  const server = servers.find((candidate) => major === undefined || candidate.major === major);
  if (server === undefined) throw new Error(`no test server of PostgreSQL ${major ?? 'any major'}`);
  return server;
}

/** Makes a database for this file: by default the whole fabric on the newest major, without pgTAP. */
export async function openDatabase(
  options: { readonly major?: Major } & Partial<Contents> = {},
): Promise<TestDatabase> {
  const server = testServer(options.major);
  const name = `test_${randomBytes(6).toString('hex')}`;
  await createCopy(
    server,
    { plane: options.plane ?? 'fabric', pgtap: options.pgtap ?? false },
    name,
  );
  const database: TestDatabase = {
    name,
    server,
    admin: adminConfig(server, name),
    installer: installerConfig(server, name),
    login: (login) => loginConfig(server, name, login),
    alone: (work) => alone(server, work),
    drop: async () => {
      if (!open.delete(database)) return;
      await withClient(adminConfig(server, 'postgres'), (admin) =>
        admin.query(format('drop database if exists %I with (force)', name)),
      );
    },
  };
  open.add(database);
  return database;
}
