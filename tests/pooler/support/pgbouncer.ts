import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll } from 'vitest';
import { serverAccount } from '../../../driver/server/account.ts';
import { identity, lastLines } from '../../../driver/server/processes.ts';
import { endWithProcess } from '../../../driver/server/shutdown.ts';
import { workspaceBase } from '../../../driver/server/workspace.ts';
import { withClient } from '../../support/run.ts';
import { type Ini, settingsFor, writeIni } from './ini.ts';
import { endChild, freePort, hasEnded, program, whyNoPooler } from './program.ts';

const console_ = { user: 'pooler_console', password: 'for-this-test-only' } as const;
const limitMs = 30_000;
const running = new Set<Pooler>();

afterAll(async () => {
  for (const pooler of running) await pooler.close();
});

/** A PgBouncer of one test file, in front of one server; it ends with the file. */
export interface Pooler {
  /** How to connect through it where `config` connects directly. */
  config(config: pg.ClientConfig): pg.ClientConfig;
  /** How to connect to its admin console, which takes simple queries only. */
  readonly console: pg.ClientConfig;
  /** Ends it as a crash does, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and waits until it takes connections. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts PgBouncer on a free port of 127.0.0.1 in front of `server`, with the settings of docker/pgbouncer.ini and `changes`.
 * Every login of the server that has a SCRAM password may come through it with that password.
 */
export async function openPooler(server: pg.ClientConfig, changes: Ini = {}): Promise<Pooler> {
  const found = program;
  if (found === undefined) throw new Error(whyNoPooler());
  const account = serverAccount();
  const folder = mkdtempSync(path.join(await workspaceBase(account), 'aibos-pooler-'));
  if (account !== undefined) chmodSync(folder, 0o711);
  const file = (name: string, text: string): string => {
    const place = path.join(folder, name);
    writeFileSync(place, text, { mode: 0o600 });
    if (account !== undefined) chownSync(place, account.uid, account.gid);
    return place;
  };
  const logins = file('userlist.txt', await loginList(server));
  const port = await freePort();
  const ini = file(
    'pgbouncer.ini',
    writeIni(server, {
      ...settingsFor(found.version),
      ...changes,
      listen_addr: '127.0.0.1',
      listen_port: String(port),
      auth_file: logins,
      admin_users: console_.user,
    }),
  );
  const log = path.join(folder, 'pgbouncer.log');
  let child: ChildProcess | undefined;
  const pooler: Pooler = {
    config: (config) => ({ ...config, host: '127.0.0.1', port }),
    console: { host: '127.0.0.1', port, database: 'pgbouncer', ...console_ },
    kill: () => endChild(child, ['SIGKILL']),
    start: async () => {
      const out = openSync(log, 'a', 0o600);
      child = spawn(found.file, [ini], { stdio: ['ignore', out, out], ...identity(account) });
      closeSync(out);
      await untilReady(pooler, child, log);
    },
    close: async () => {
      running.delete(pooler);
      await endChild(child, ['SIGINT', 'SIGKILL']);
      rmSync(folder, { recursive: true, force: true });
      letGo();
    },
  };
  const letGo = endWithProcess({
    close: pooler.close,
    closeNow: () => {
      child?.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  });
  running.add(pooler);
  await pooler.start();
  return pooler;
}

/** The lines of auth_file: the stored secrets of the server's logins, and the login of the console. */
async function loginList(server: pg.ClientConfig): Promise<string> {
  const { rows } = await withClient(server, (admin) =>
    admin.query<{ line: string }>(
      `select format('"%s" "%s"', rolname, rolpassword) as line from pg_authid
        where rolcanlogin and not rolsuper and rolpassword like 'SCRAM-%'`,
    ),
  );
  const own = `"${console_.user}" "${console_.password}"`;
  return `${[own, ...rows.map(({ line }) => line)].join('\n')}\n`;
}

async function untilReady(pooler: Pooler, child: ChildProcess, log: string): Promise<void> {
  for (let waited = 0; waited < limitMs; waited += 20) {
    await delay(20);
    if (hasEnded(child)) break;
    const isUp = await withClient(pooler.console, (client) => client.query('show version')).then(
      () => true,
      () => false,
    );
    if (isUp) return;
  }
  await endChild(child, ['SIGKILL']);
  throw new Error(`pgbouncer did not start: ${lastLines(readFileSync(log, 'utf8')) ?? 'no log'}`);
}
