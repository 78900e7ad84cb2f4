import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { throwawaySettings } from './embedded.ts';
import { messageOf, ServerError } from './errors.ts';
import { serverOf } from './facade.ts';
import { readFacts } from './facts.ts';
import type { ConnectionOptions, Major, Server } from './server.ts';

/** How to start a server in Docker. */
export interface DockerOptions {
  readonly major: Major;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** How long pulling the image and starting may take, in milliseconds. */
  readonly limitMs: number;
}

/** Whether a Docker engine answers a connection within `limitMs`; nothing is loaded or sent for it. */
export async function isDockerReachable(limitMs = 1000): Promise<boolean> {
  const address = engineAddress();
  if (address === undefined) return false;
  return new Promise((resolve) => {
    const socket = connect(address);
    const answer = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.setTimeout(limitMs, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

function engineAddress(): NetConnectOpts | undefined {
  const given = process.env.DOCKER_HOST;
  if (given) {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url?.protocol === 'unix:' || url?.protocol === 'npipe:') return { path: url.pathname };
    return url ? { host: url.hostname, port: Number(url.port || 2375) } : undefined;
  }
  if (process.platform === 'win32') return { path: '//./pipe/docker_engine' };
  const runtime = process.env.XDG_RUNTIME_DIR;
  const sockets = [
    '/var/run/docker.sock',
    ...(runtime ? [path.join(runtime, 'docker.sock')] : []),
    path.join(os.homedir(), '.docker/run/docker.sock'),
    path.join(os.homedir(), '.docker/desktop/docker.sock'),
  ];
  const socket = sockets.find((candidate) => existsSync(candidate));
  return socket === undefined ? undefined : { path: socket };
}

/** Starts the `postgres` image of a major; error IB907 when that fails or takes longer than the limit. */
export async function openDocker(options: DockerOptions): Promise<Server> {
  const password = randomBytes(24).toString('base64url');
  const container = await within(options.limitMs, () => startContainer(options, password));
  const address = { host: container.getHost(), port: container.getPort() };
  const connection = (chosen: ConnectionOptions = {}): pg.ClientConfig => ({
    ...address,
    user: chosen.user ?? 'postgres',
    password: chosen.password ?? (chosen.user === undefined ? password : ''),
    database: chosen.database ?? 'postgres',
  });
  const stop = async (): Promise<void> => {
    await container.stop();
  };
  try {
    return serverOf({
      kind: 'docker',
      place: `Docker container on ${address.host}:${address.port}`,
      facts: await readFacts(connection()),
      connection,
      stop,
      // The reaper container of testcontainers ends what a dead process left.
      stopNow: () => {},
      isThrowaway: true,
    });
  } catch (reason) {
    await stop();
    throw unavailable(reason);
  }
}

async function startContainer(options: DockerOptions, password: string) {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const settings = Object.entries({ ...throwawaySettings, ...options.settings });
  return new PostgreSqlContainer(`postgres:${options.major}`)
    .withDatabase('postgres')
    .withUsername('postgres')
    .withPassword(password)
    .withCommand(['postgres', ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])])
    .start();
}

interface Stoppable {
  stop(): Promise<unknown>;
}

/**
 * Runs an attempt under a time limit. The library cannot be told to give up, and a pull that hangs would
 * keep the process alive, so the connections that the attempt opens are cut.
 */
async function within<T extends Stoppable>(limitMs: number, attempt: () => Promise<T>): Promise<T> {
  const scope = new AsyncLocalStorage<true>();
  const sockets = new Set<Socket>();
  const giveUp = new AbortController();
  const collect = (message: unknown): void => {
    const socket: unknown = Reflect.get(Object(message), 'socket');
    if (!scope.getStore() || !isSocket(socket)) return;
    sockets.add(socket);
    if (giveUp.signal.aborted) setImmediate(() => socket.destroy());
  };
  subscribe('net.client.socket', collect);
  const started = scope.run(true, attempt).finally(() => {
    unsubscribe('net.client.socket', collect);
  });
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Docker gave no server within ${limitMs / 1000} seconds`));
    }, limitMs);
  });
  try {
    return await Promise.race([started, limit]);
  } catch (reason) {
    giveUp.abort();
    void started.then((late) => late.stop()).catch(() => {});
    for (const socket of sockets) socket.destroy();
    throw unavailable(reason);
  } finally {
    clearTimeout(timer);
  }
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'destroy' in value;
}

function unavailable(reason: unknown): ServerError {
  return new ServerError('IB907', {
    message: `Docker cannot provide a server: ${messageOf(reason)}`,
    hint: 'Start Docker and pull the postgres image, or set AIBOS_DB=embedded.',
    cause: reason,
  });
}
