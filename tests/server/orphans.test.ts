import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { reapOrphans } from '../../driver/server/orphans.ts';
import { processNamespace } from '../../driver/server/processes.ts';
import { isRunning, makeFolder, startScript, untilGone, workspacesIn } from './support.ts';

const holdServer = path.join(import.meta.dirname, 'fixtures/hold-server.ts');

/** Starts a process that holds a server under a folder of its own. */
async function hold(base: string, end = 'stay') {
  const script = startScript(holdServer, [end], { TMPDIR: base });
  await script.firstLine;
  return script;
}

function onlyWorkspaceIn(base: string) {
  const [workspace, ...rest] = workspacesIn(base);
  if (workspace === undefined || rest.length > 0) throw new Error('one workspace was expected');
  return workspace;
}

describe('an embedded server', () => {
  test('that outlives its killed process is ended by the next start, a living one is not', async () => {
    const base = makeFolder();
    const killed = await hold(base);
    const orphan = onlyWorkspaceIn(base);
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(isRunning(orphan.server)).toBe(true);

    const next = await hold(base);
    await untilGone(orphan.server);
    expect(existsSync(orphan.directory)).toBe(false);

    const living = onlyWorkspaceIn(base);
    const third = await hold(base);
    expect(isRunning(living.server)).toBe(true);
    expect(workspacesIn(base)).toHaveLength(2);
    for (const script of [next, third]) {
      script.child.kill('SIGTERM');
      await script.ended;
    }
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends with its process on %s',
    async (signal) => {
      const base = makeFolder();
      const script = await hold(base);
      const { server } = onlyWorkspaceIn(base);
      script.child.kill(signal);
      expect(await script.ended).toMatchObject({ code: null, signal });
      expect(isRunning(server)).toBe(false);
      expect(workspacesIn(base)).toEqual([]);
    },
  );

  test.each([
    ['exit', 3],
    ['throw', 1],
    ['leave', 0],
  ] as const)('ends with its process by %s, which keeps its exit code', async (end, code) => {
    const base = makeFolder();
    const script = startScript(holdServer, [end], { TMPDIR: base });
    expect(await script.ended).toMatchObject({ code, signal: null });
    expect(workspacesIn(base)).toEqual([]);
  });
});

describe('reaping', () => {
  /** Plants the folder of a server whose owner no longer exists. */
  function plant(base: string, facts: { namespace: string; server: number }): string {
    const directory = path.join(base, 'aibos-pg-planted');
    mkdirSync(path.join(directory, 'data'), { recursive: true });
    const owner = { node: 4_000_000, birth: '1', ...facts };
    writeFileSync(path.join(directory, 'owner.json'), JSON.stringify(owner));
    writeFileSync(path.join(directory, 'data/postmaster.pid'), `${facts.server}\n`);
    return directory;
  }

  function bystander(): number {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], {
      stdio: 'ignore',
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return child.pid ?? 0;
  }

  test('removes the folder but sends no signal to a process that only has the same id', async () => {
    const base = makeFolder();
    const pid = bystander();
    const planted = plant(base, { namespace: processNamespace(), server: pid });
    await reapOrphans(base);
    expect(existsSync(planted)).toBe(false);
    expect(isRunning(pid)).toBe(true);
  });

  test('touches nothing of another process namespace, where ids mean something else', async () => {
    const base = makeFolder();
    const planted = plant(base, { namespace: 'pid:[1]', server: 4_000_001 });
    await reapOrphans(base);
    expect(existsSync(planted)).toBe(true);
  });

  test('passes over a folder without a readable owner', async () => {
    const base = makeFolder();
    const broken = path.join(base, 'aibos-pg-broken');
    mkdirSync(broken);
    writeFileSync(path.join(broken, 'owner.json'), '{"node": "me"}');
    await reapOrphans(base);
    expect(existsSync(broken)).toBe(true);
  });
});
