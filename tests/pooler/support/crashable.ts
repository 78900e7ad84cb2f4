import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { afterAll } from 'vitest';
import { serverAccount } from '../../../driver/server/account.ts';
import { prepareBinaries } from '../../../driver/server/binaries.ts';
import type { Major } from '../../../driver/server/index.ts';
import { initialise } from '../../../driver/server/initdb.ts';
import { type Postmaster, spawnPostmaster } from '../../../driver/server/postmaster.ts';
import { endWithProcess } from '../../../driver/server/shutdown.ts';
import { makeWorkspace, workspaceBase } from '../../../driver/server/workspace.ts';
import { ensureInstaller } from '../../support/logins.ts';
import type { TestServer } from '../../support/provided.ts';
import { withClient } from '../../support/run.ts';
import { createCopy } from '../../support/templates.ts';
import { freePort } from './program.ts';

/** What is acknowledged is on disk, as in production. */
const settings = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' } as const;
const mostStarts = 10;
const open = new Set<Crashable>();

afterAll(async () => {
  for (const server of open) await server.close();
});

/** A server of one test file that can be killed and started again on the same data. */
export interface Crashable {
  readonly server: TestServer;
  readonly admin: pg.ClientConfig;
  /** Sends a signal to the postmaster: SIGKILL is a crash, SIGQUIT an immediate shutdown. */
  signal(signal: NodeJS.Signals): void;
  /** Starts it again on the same port and data, and waits until it takes connections. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a durable server with a database `name` that holds the fabric. */
export async function openCrashable(major: Major, name: string): Promise<Crashable> {
  const account = serverAccount();
  const workspace = makeWorkspace(await workspaceBase(account), account);
  const password = randomBytes(12).toString('hex');
  const binaries = await prepareBinaries(major, account, workspace.directory);
  await initialise(binaries, workspace, { major, account, password });
  const port = await freePort();
  const admin = { host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' };
  let postmaster: Postmaster | undefined;
  const crashable: Crashable = {
    server: {
      ...admin,
      major,
      version: String(major),
      loginPassword: randomBytes(12).toString('hex'),
    },
    admin: { ...admin, database: name },
    signal: (signal) => {
      process.kill(
        Number(readFileSync(path.join(workspace.data, 'postmaster.pid'), 'utf8').split('\n')[0]),
        signal,
      );
    },
    start: async () => {
      let reason: unknown;
      for (let attempt = 0; attempt < mostStarts; attempt += 1) {
        postmaster = spawnPostmaster(binaries, workspace, { account, port, settings });
        try {
          await postmaster.ready();
          // The file of a killed postmaster says ready for as long as the new one has not written its own.
          await withClient(admin, (client) => client.query('select 1'));
          return;
        } catch (error) {
          reason = error;
          await postmaster.stop();
        }
      }
      throw reason;
    },
    close: async () => {
      open.delete(crashable);
      await postmaster?.stop();
      workspace.remove();
      letGo();
    },
  };
  const letGo = endWithProcess({
    close: crashable.close,
    closeNow: () => {
      postmaster?.stopNow();
      workspace.remove();
    },
  });
  open.add(crashable);
  await crashable.start();
  await withClient(admin, (client) => ensureInstaller(client, crashable.server.loginPassword));
  await createCopy(crashable.server, { plane: 'fabric', pgtap: false }, name);
  return crashable;
}
