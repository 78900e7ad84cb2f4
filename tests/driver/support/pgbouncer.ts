import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll } from 'vitest';

const PROGRAMS = ['pgbouncer', '/usr/sbin/pgbouncer'];

/**
 * Starts PgBouncer in transaction mode before a login, with one connection to the server for all clients; undefined where
 * it is not installed.
 */
export async function openPgBouncer(config: pg.ClientConfig): Promise<pg.ClientConfig | undefined> {
  const program = PROGRAMS.find((name) => spawnSync(name, ['--version']).status === 0);
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'aibos-pgbouncer-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${config.host} port=${config.port} user=${config.user} password=${config.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 1
`,
  );
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const bouncer = spawn(program, ['-q', ...user, file], { stdio: 'ignore' });
  afterAll(async () => {
    await stop(bouncer);
    rmSync(folder, { recursive: true, force: true });
  });
  await untilListening(port, bouncer);
  return { ...config, host: '127.0.0.1', port };
}

async function stop(bouncer: ChildProcess): Promise<void> {
  if (bouncer.exitCode !== null || bouncer.signalCode !== null) return;
  const exit = once(bouncer, 'exit');
  bouncer.kill('SIGTERM');
  await exit;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number, bouncer: ChildProcess): Promise<void> {
  while (bouncer.exitCode === null) {
    const socket = net.connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`pgbouncer ended with ${bouncer.exitCode}`);
}
