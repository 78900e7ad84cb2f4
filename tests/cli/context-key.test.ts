import { afterEach, describe, expect, test, vi } from 'vitest';
import { registerContextKey } from '../../driver/cli/context-key.ts';
import { registerSeed } from '../../driver/cli/seed.ts';
import { connectionUrl } from '../support/clients.ts';
import { runCommand } from '../support/command.ts';
import { openDatabase, testMajors } from '../support/database.ts';

afterEach(() => vi.unstubAllEnvs());

const run = (...args: readonly string[]) => runCommand(registerContextKey, 'context-key', ...args);

/** A generated key, in the environment of the next commands. */
async function generated(): Promise<string> {
  const { out } = await run('generate');
  const key = out.trim();
  vi.stubEnv('AIBOS_CONTEXT_KEY', key);
  return key.slice(0, 8);
}

describe.each(testMajors())('aibos context-key on PostgreSQL %i', (major) => {
  test('generates, installs, lists, rotates, retires and ends, as the login that installed the fabric', async () => {
    const database = await openDatabase({ major });
    const url = ['--url', connectionUrl(database.installer)] as const;
    await database.alone(async () => {
      expect((await run('list', ...url)).out).toBe('No context key: contexts are unsigned.\n');
      const first = await generated();
      expect(await run('install', ...url)).toMatchObject({
        code: 0,
        out: `Context key ${first} is live.\n`,
      });
      const again = await run('install', ...url);
      expect(again).toMatchObject({ code: 2 });
      expect(again.err).toMatch(/^aibos context-key install: IB106 .*\n.*\n {2}Next: /);
      const only = await run('retire', first, ...url);
      expect(only.err).toMatch(/IB109/);
      const second = await generated();
      await run('install', '--clock-skew', '10', '--max-lifetime', '60', ...url);
      expect(await run('retire', first, ...url)).toMatchObject({ code: 0 });
      const listed: unknown = JSON.parse((await run('list', '--json', ...url)).out);
      expect(listed).toMatchObject([
        { key_id: first, is_live: false, retired_by: 'fabric_installer' },
        { key_id: second, is_live: true, clock_skew_seconds: 10, max_lifetime_seconds: 60 },
      ]);
      const unknown = await run('retire', 'nosuchky', ...url);
      expect(unknown.err).toMatch(/IB108 context key nosuchky is not live/);
      expect(await run('end', ...url)).toMatchObject({ code: 0, out: 'Contexts are unsigned.\n' });
    });
  });

  test('lists the keys to a monitor, without a secret, and lets it change nothing', async () => {
    const database = await openDatabase({ major });
    const monitor = ['--url', connectionUrl(database.login('monitor'))] as const;
    const id = await generated();
    const secret = process.env.AIBOS_CONTEXT_KEY?.slice(9) ?? '';
    await database.alone(() => run('install', '--url', connectionUrl(database.installer)));
    const { out } = await run('list', ...monitor);
    expect(out).toContain(id);
    expect(out).not.toContain(secret);
    expect(await run('end', ...monitor)).toMatchObject({ code: 2 });
  });

  test('a command of the program signs with AIBOS_CONTEXT_KEY, and is refused without', async () => {
    const database = await openDatabase({ major });
    const admin = connectionUrl(database.login('admin'));
    await generated();
    await database.alone(() => run('install', '--url', connectionUrl(database.installer)));
    const seed = () => runCommand(registerSeed, 'seed', 'challenge', '--url', admin);
    expect(await seed()).toMatchObject({ code: 0 });
    vi.stubEnv('AIBOS_CONTEXT_KEY', '');
    expect((await seed()).err).toMatch(/42501 tenant_id required/);
  });
});

test.each([
  ['nothing', ''],
  ['no secret', 'abcdefgh'],
  ['a short secret', `abcdefgh:${'00'.repeat(31)}`],
  ['capitals', `ABCDEFGH:${'00'.repeat(32)}`],
])(
  'AIBOS_CONTEXT_KEY with %s is refused before the database is asked (IB933)',
  async (_what, text) => {
    vi.stubEnv('AIBOS_CONTEXT_KEY', text);
    const { code, err } = await run('install', '--url', 'postgres://nobody@127.0.0.1:1/none');
    expect(code).toBe(2);
    expect(err).toMatch(/IB933/);
  },
);
