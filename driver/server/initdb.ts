import { chownSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { messageOf, ServerError } from './errors.ts';
import { outputOf, runProgram } from './processes.ts';
import type { Major } from './server.ts';
import type { Workspace } from './workspace.ts';

/** Makes the data directory with a superuser `postgres` of this password; error IB904. */
export async function initialise(
  binaries: Binaries,
  workspace: Workspace,
  options: {
    readonly major: Major;
    readonly account: Account | undefined;
    readonly password: string;
  },
): Promise<void> {
  const secret = path.join(workspace.directory, 'password');
  writeFileSync(secret, options.password, { mode: 0o600 });
  if (options.account !== undefined) chownSync(secret, options.account.uid, options.account.gid);
  const locale =
    options.major >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C'];
  try {
    await runProgram(
      binaries.initdb,
      [
        ...['-D', workspace.data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${secret}`],
        ...['-E', 'UTF8', ...locale, '--no-sync', '--no-instructions'],
      ],
      { cwd: workspace.directory, account: options.account },
    );
  } catch (reason) {
    throw new ServerError('IB904', {
      message: `initdb of PostgreSQL ${options.major} failed`,
      detail: outputOf(reason) ?? messageOf(reason),
      hint: `Free some space in ${path.dirname(workspace.directory)}, or set TMPDIR or DATABASE_URL.`,
      cause: reason,
    });
  } finally {
    rmSync(secret, { force: true });
  }
}
