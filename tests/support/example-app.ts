import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { packageRoot } from '../../driver/install/source.ts';

const listening = z.object({ port: z.int() });

/** An example that serves HTTP, running as a process of its own. */
export interface ExampleApp {
  call(
    token: string | undefined,
    route: string,
    body?: unknown,
    key?: string,
  ): Promise<{ status: number; body: unknown }>;
  /** Ends it as a supervisor would, and returns its exit code and what it said on standard error. */
  stop(): Promise<{ code: number | null; err: string }>;
}

/** Starts an example and waits until it says where it listens. */
export async function startExample(file: string, env: NodeJS.ProcessEnv): Promise<ExampleApp> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', join('examples', file)], {
    cwd: packageRoot,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes');
  const err = text(child.stderr);
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), exited.then(() => undefined)]);
  if (first === undefined) throw new Error(`${file} ended: ${await err}`);
  const { port } = listening.parse(JSON.parse(String(first[0])));
  return {
    call: async (token, route, body, key) => {
      const [method = '', path = ''] = route.split(' ');
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      return { code: child.exitCode, err: await err };
    },
  };
}
