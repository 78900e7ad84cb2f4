import { createServer, type Server as HttpServer, type RequestListener } from 'node:http';
import path from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { isDockerReachable, openDocker } from '../../driver/server/docker.ts';
import { openServer } from '../../driver/server/index.ts';
import { makeFolder, serverErrorOf, startScript } from './support.ts';

const giveUp = path.join(import.meta.dirname, 'fixtures/give-up.ts');

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Listens where DOCKER_HOST points, as an engine that answers in this way. */
async function pretendEngine(answer: RequestListener): Promise<string> {
  const engine: HttpServer = createServer(answer);
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    engine.closeAllConnections();
    engine.close();
  });
  const address = engine.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const host = `tcp://127.0.0.1:${port}`;
  vi.stubEnv('DOCKER_HOST', host);
  vi.stubEnv('DATABASE_URL', '');
  vi.stubEnv('AIBOS_DB', '');
  return host;
}

/** An engine that knows itself but never finishes a download. */
const pullsForever: RequestListener = (request, response) => {
  const url = request.url ?? '';
  if (url.includes('/images/') && url.includes('/json')) {
    response.writeHead(404).end('{"message":"no such image"}');
  } else if (url.includes('/info')) {
    response.end(
      JSON.stringify({ OperatingSystem: 'test', OSType: 'linux', Architecture: 'x86_64' }),
    );
  } else if (!url.includes('/images/create')) {
    response.end('[]');
  }
};

const broken: RequestListener = (_, response) => {
  response.writeHead(500).end('{"message":"broken"}');
};

describe('Docker', () => {
  test('is not reachable where nothing listens', async () => {
    vi.stubEnv('DOCKER_HOST', `unix://${makeFolder()}/docker.sock`);
    expect(await isDockerReachable()).toBe(false);
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
    expect(await isDockerReachable()).toBe(false);
    vi.stubEnv('DOCKER_HOST', 'nonsense');
    expect(await isDockerReachable()).toBe(false);
  });

  test('is reachable where an engine listens', async () => {
    await pretendEngine(pullsForever);
    expect(await isDockerReachable()).toBe(true);
  });

  test('that cannot pull the image in time is given up (IB907)', async () => {
    await pretendEngine(pullsForever);
    const refused = await serverErrorOf(openDocker({ major: 18, limitMs: 500 }));
    expect(refused).toMatchObject({
      code: 'IB907',
      message: 'Docker cannot provide a server: Docker gave no server within 0.5 seconds',
    });
  });

  test('that was given up does not keep the process alive', async () => {
    const host = await pretendEngine(pullsForever);
    const script = startScript(giveUp, [], { DOCKER_HOST: host });
    expect(await script.ended).toEqual({ code: 0, signal: null, output: 'IB907\n' });
  });

  test('that fails is replaced by an embedded server, which says so', async () => {
    await pretendEngine(broken);
    const server = await openServer();
    expect(server.kind).toBe('embedded');
    expect(server.describe()).toMatch(/\(Docker cannot provide a server: .+\)$/);
    await server.close();
  });

  test('that fails is an error where it was asked for by name (IB907)', async () => {
    await pretendEngine(broken);
    vi.stubEnv('AIBOS_DB', 'docker');
    expect(await serverErrorOf(openServer())).toMatchObject({
      code: 'IB907',
      hint: expect.stringContaining('AIBOS_DB=embedded'),
    });
  });
});
