import { randomBytes } from 'node:crypto';
import pg from 'pg';
import format from 'pg-format';
import {
  generateContextKey,
  installContextKey,
  type NewContextKey,
} from '../install/context-keys.ts';
import { installFabric } from '../install/install.ts';
import type { Server } from '../server/index.ts';

/** Group roles of the fabric that the demo logs in for. */
const groups = {
  application: 'aibos_finance_role',
  admin: 'aibos_admin',
  auditor: 'aibos_auditor_role',
  monitor: 'aibos_monitor_role',
} as const;

/** How far clocks may differ and how long tokens may live in a throwaway database, in seconds. */
const keyLimits = { clockSkewSeconds: 5, maxLifetimeSeconds: 300 } as const;

/** A throwaway database with the fabric in it and one login per duty. */
export interface Stage {
  readonly database: string;
  /** The login that installed the fabric; never a superuser where the server lets us make one. */
  readonly installer: string;
  /** Connects as that login. */
  readonly owner: pg.ClientConfig;
  login(duty: keyof typeof groups): pg.ClientConfig;
  /** The administrator of the server, where that is a superuser. */
  readonly superuser: pg.ClientConfig | undefined;
  /** Drops the database and the logins; the group roles stay, since other databases may use them. */
  close(): Promise<void>;
}

/** Connects, runs the work and disconnects, whatever happens. */
export async function withClient<T>(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes contexts signed in the database of a stage; returns the key that signs them from now on. */
export async function signStage({ superuser, owner }: Stage): Promise<NewContextKey> {
  const key = generateContextKey();
  await withClient(superuser ?? owner, (client) => installContextKey(client, key, keyLimits));
  return key;
}

/**
 * Sets the stage on a server: a throwaway database, the fabric installed by a login that is no superuser, and logins.
 *
 * Throws the server's error (class IB0) when the fabric cannot be installed; what was made by then is dropped.
 */
export async function setStage(server: Server): Promise<Stage> {
  const suffix = randomBytes(4).toString('hex');
  const password = randomBytes(16).toString('hex');
  const made: string[] = [];
  const name = (duty: string): string => `aibos_demo_${duty}_${suffix}`;
  const administer = (text: string): Promise<unknown> =>
    withClient(server.connection(), (admin) => admin.query(text));
  const createLogin = async (login: string, attributes: string): Promise<string> => {
    await administer(format('create role %I login %s password %L', login, attributes, password));
    made.push(login);
    return login;
  };
  const close = async (): Promise<void> => {
    if (database !== undefined) await server.dropDatabase(database);
    for (const login of made.reverse()) await administer(format('drop role %I', login));
  };

  let database: string | undefined;
  try {
    const installer = server.superuser
      ? await createLogin(name('installer'), 'nosuperuser createrole')
      : undefined;
    database = await server.createDatabase(installer === undefined ? {} : { owner: installer });
    const stage = { database };
    const installerConfig = server.connection(
      installer === undefined ? stage : { ...stage, user: installer, password },
    );
    const installerName = await withClient(installerConfig, async (client) => {
      await installFabric(client);
      const { rows } = await client.query<{ login: string }>('select session_user::text as login');
      return rows[0]?.login ?? '';
    });
    for (const [duty, group] of Object.entries(groups)) {
      const login = await createLogin(name(duty), 'nosuperuser');
      await administer(format('grant %I to %I', group, login));
    }
    return {
      database,
      installer: installerName,
      owner: installerConfig,
      login: (duty) => server.connection({ database: stage.database, user: name(duty), password }),
      superuser: server.superuser ? server.connection(stage) : undefined,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
