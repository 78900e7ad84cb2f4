import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import type pg from 'pg';
import { type Account, serverAccount } from './account.ts';
import { type Binaries, prepareBinaries } from './binaries.ts';
import { codeOf, ServerError } from './errors.ts';
import { serverOf } from './facade.ts';
import { readFacts } from './facts.ts';
import { initialise } from './initdb.ts';
import { reapOrphans } from './orphans.ts';
import { type Postmaster, portInUse, spawnPostmaster } from './postmaster.ts';
import type { ConnectionOptions, Major, Server } from './server.ts';
import { endWithProcess } from './shutdown.ts';
import { makeWorkspace, type Workspace, workspaceBase } from './workspace.ts';

/** How to start an embedded server. */
export interface EmbeddedOptions {
  readonly major: Major;
  readonly port?: number | undefined;
  /** Server settings; those that trade safety for speed are on unless given here. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Why an earlier choice was passed over, for people. */
  readonly remark?: string | undefined;
}

/** The data is thrown away with the server, so nothing needs to survive a power cut. */
export const throwawaySettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
} as const;

/** Starts a throwaway server from the npm package; errors IB901 to IB906. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Server> {
  if (options.port !== undefined) await claimPort(options.port);
  const account = serverAccount();
  const base = await workspaceBase(account);
  await reapOrphans(base);
  const workspace = makeWorkspace(base, account);
  const password = randomBytes(24).toString('base64url');
  const running: Running = { postmaster: undefined };
  const stop = async (): Promise<void> => {
    await running.postmaster?.stop();
    workspace.remove();
  };
  const stopNow = (): void => {
    running.postmaster?.stopNow();
    workspace.remove();
  };
  const letGo = endWithProcess({ close: stop, closeNow: stopNow });
  try {
    const binaries = await prepareBinaries(options.major, account, workspace.directory);
    await initialise(binaries, workspace, { major: options.major, account, password });
    const port = await startOnFreePort(binaries, workspace, account, running, options);
    const connection = (chosen: ConnectionOptions = {}): pg.ClientConfig => ({
      host: '127.0.0.1',
      port,
      user: chosen.user ?? 'postgres',
      password: chosen.password ?? (chosen.user === undefined ? password : ''),
      database: chosen.database ?? 'postgres',
    });
    return serverOf({
      kind: 'embedded',
      place: `embedded server on 127.0.0.1:${port}`,
      facts: await readFacts(connection()),
      connection,
      stop,
      stopNow,
      isThrowaway: true,
      remark: options.remark,
    });
  } catch (reason) {
    await stop();
    throw reason;
  } finally {
    letGo();
  }
}

/** The postmaster as soon as it is spawned, so that a signal during the start ends it too. */
interface Running {
  postmaster: Postmaster | undefined;
}

async function startOnFreePort(
  binaries: Binaries,
  workspace: Workspace,
  account: Account | undefined,
  running: Running,
  options: EmbeddedOptions,
): Promise<number> {
  const settings = { ...throwawaySettings, ...options.settings };
  for (let attempt = 1; ; attempt += 1) {
    const port = await claimPort(options.port ?? 0);
    running.postmaster = spawnPostmaster(binaries, workspace, { account, port, settings });
    try {
      await running.postmaster.ready();
      return port;
    } catch (reason) {
      // Somebody else took the free port in between.
      const lostRace = reason instanceof ServerError && reason.code === 'IB906';
      if (!lostRace || options.port !== undefined || attempt === 5) throw reason;
    }
  }
}

/** Sees that a port of 127.0.0.1 is free; 0 finds one. */
async function claimPort(port: number): Promise<number> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
    });
    const address = probe.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  } catch (reason) {
    throw codeOf(reason) === 'EADDRINUSE' ? portInUse(port) : reason;
  } finally {
    await new Promise<void>((resolve) => probe.close(() => resolve()));
  }
}
