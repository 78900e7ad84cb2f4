import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { packageOf } from '../../driver/server/index.ts';
import { makeFolder, startScript, workspacesIn } from './support.ts';

const root = path.join(import.meta.dirname, '../..');
const embedded = packageOf(18);

/** A checkout of the launcher whose embedded server is its own copy, without the links that a package cannot carry. */
function makeCheckout(options: { readonly withServer: boolean }): string {
  const checkout = makeFolder();
  cpSync(path.join(root, 'driver/server'), path.join(checkout, 'server'), { recursive: true });
  writeFileSync(path.join(checkout, 'package.json'), '{"type": "module"}');
  mkdirSync(path.join(checkout, 'node_modules', path.dirname(embedded)), { recursive: true });
  for (const name of ['pg', 'pg-format', 'zod', '@testcontainers']) {
    const source = path.join(root, 'node_modules', name);
    if (existsSync(source)) symlinkSync(source, path.join(checkout, 'node_modules', name));
  }
  if (options.withServer) {
    cpSync(path.join(root, 'node_modules', embedded), serverFolder(checkout), {
      recursive: true,
      filter: (file) => !lstatSync(file).isSymbolicLink(),
    });
  }
  writeFileSync(
    path.join(checkout, 'main.ts'),
    `import { openServer } from './server/index.ts';
     try {
       const server = await openServer({ prefer: 'embedded' });
       process.stdout.write(server.version + '\\n');
       if (process.argv[2] === 'stay') process.stdin.once('end', () => process.exit()).resume();
       else await server.close();
     } catch (reason) {
       process.stdout.write(reason.code + ' ' + reason.message + '\\n');
     }`,
  );
  return checkout;
}

function serverFolder(checkout: string): string {
  return path.join(checkout, 'node_modules', embedded);
}

function start(checkout: string, base: string, ...args: string[]) {
  return startScript(path.join(checkout, 'main.ts'), args, { TMPDIR: base });
}

/** Takes a folder away from everybody but its owner and from writing, until the test ends. */
function lock(folder: string, mode: number): void {
  const before = lstatSync(folder).mode;
  chmodSync(folder, mode);
  onTestFinished(() => chmodSync(folder, before));
}

test('a package without its links gets them, from several starts at once', async () => {
  const checkout = makeCheckout({ withServer: true });
  const lib = path.join(serverFolder(checkout), 'native/lib');
  const before = readdirSync(lib).length;
  const base = makeFolder();
  const scripts = [1, 2].map(() => start(checkout, base));
  for (const { ended } of scripts) {
    expect((await ended).output).toMatch(/^PostgreSQL 18\./);
  }
  expect(readdirSync(lib).length).toBeGreaterThan(before);
});

test('a checkout that others cannot enter or write to runs from a private copy', async () => {
  const checkout = makeCheckout({ withServer: true });
  const lib = path.join(serverFolder(checkout), 'native/lib');
  const before = readdirSync(lib).length;
  const base = makeFolder();
  lock(lib, 0o555);
  lock(checkout, 0o700);
  const script = start(checkout, base, 'stay');
  expect(await script.firstLine).toMatch(/^PostgreSQL 18\./);
  const [workspace] = workspacesIn(base);
  const copied = path.join(realpathSync(base), path.basename(workspace?.directory ?? ''), 'native');
  expect(existsSync(copied)).toBe(true);
  // Root may write wherever it likes, so only others show that the package stayed as it was.
  if (process.getuid?.() !== 0) expect(readdirSync(lib).length).toBe(before);
  script.child.kill('SIGTERM');
  await script.ended;
  expect(workspacesIn(base)).toEqual([]);
});

test('a package that is missing is named (IB901)', async () => {
  const checkout = makeCheckout({ withServer: false });
  const { output } = await start(checkout, makeFolder()).ended;
  expect(output).toBe(
    `IB901 the embedded server of PostgreSQL 18 is not installed: package ${embedded} is missing\n`,
  );
});

test('a data directory that cannot be made shows what initdb said (IB904)', async () => {
  const checkout = makeCheckout({ withServer: true });
  const share = path.join(serverFolder(checkout), 'native/share/postgresql/postgres.bki');
  writeFileSync(share, 'not a bootstrap file');
  const { output } = await start(checkout, makeFolder()).ended;
  expect(output).toBe('IB904 initdb of PostgreSQL 18 failed\n');
});
