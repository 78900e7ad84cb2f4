import type pg from 'pg';
import format from 'pg-format';
import type { TestServer } from './provided.ts';

/** The non-superuser that owns every test database and installs the bundle. */
export const installerRole = 'fabric_installer';

const roles = {
  finance: 'aibos_finance_role',
  kernel: 'aibos_kernel_role',
  config: 'aibos_config_role',
  admin: 'aibos_admin',
  auditor: 'aibos_auditor_role',
  monitor: 'aibos_monitor_role',
  migration: 'aibos_migration',
} as const;

/** The short name of a login role `tester_<name>`, member of one role of the fabric. */
export type TestLogin = keyof typeof roles;

/** How to connect to a database of a test server as its superuser. */
export function adminConfig(server: TestServer, database: string): pg.ClientConfig {
  const { host, port, user, password } = server;
  return { host, port, user, password, database };
}

/** How to connect to a database of a test server as the installer. */
export function installerConfig(server: TestServer, database: string): pg.ClientConfig {
  return { ...adminConfig(server, database), user: installerRole, password: server.loginPassword };
}

/** How to connect to a database of a test server as one of the tester logins. */
export function loginConfig(
  server: TestServer,
  database: string,
  login: TestLogin,
): pg.ClientConfig {
  const user = `tester_${login}`;
  return { ...adminConfig(server, database), user, password: server.loginPassword };
}

/** Makes the installer where it is missing: it may make roles and databases and is no superuser. */
export async function ensureInstaller(admin: pg.Client, password: string): Promise<void> {
  await ensureLogin(admin, installerRole, password);
  await admin.query(format('alter role %I createrole createdb', installerRole));
}

/** Makes the tester logins where they are missing; the roles of the fabric must exist. */
export async function ensureTesters(admin: pg.Client, password: string): Promise<void> {
  for (const [login, role] of Object.entries(roles)) {
    await ensureLogin(admin, `tester_${login}`, password);
    await admin.query(format('grant %I to %I', role, `tester_${login}`));
  }
}

async function ensureLogin(admin: pg.Client, role: string, password: string): Promise<void> {
  const found = await admin.query('select from pg_roles where rolname = $1', [role]);
  if (found.rowCount === 0) {
    await admin.query(format('create role %I login password %L', role, password));
  }
}
