import type { Command } from 'commander';
import type { ClientBase } from 'pg';
import {
  endSignedContext,
  generateContextKey,
  installContextKey,
  readContextKeys,
  retireContextKey,
  type Straggler,
} from '../install/context-keys.ts';
import { wholeNumber } from '../options.ts';
import { databaseUrl, withDatabase } from './connection.ts';
import { contextKeyFromEnvironment } from './signing.ts';
import { exitCodes, print, printJson, run, table } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly json?: boolean;
}

interface InstallFlags extends Flags {
  readonly clockSkew: string;
  readonly maxLifetime: string;
}

const urlHelp = 'the login that installed the fabric, or a superuser (default: DATABASE_URL)';

/** Adds `context-key generate | install | retire | list | end`. Exit code: 0 done, 2 could not. */
export function registerContextKey(program: Command): void {
  const keys = program
    .command('context-key')
    .description('keys that sign the tenant context, so that no SQL can name another tenant');

  keys
    .command('generate')
    .description(
      'make a key of random bytes and print it as AIBOS_CONTEXT_KEY takes it; nothing is stored',
    )
    .action(() =>
      run('context-key generate', false, async () => {
        const { id, secret } = generateContextKey();
        print(`${id}:${secret}`);
        return exitCodes.fine;
      }),
    );

  command(
    keys,
    'install',
    'make the key in AIBOS_CONTEXT_KEY live; the first one ends unsigned contexts',
  )
    .option('--clock-skew <seconds>', 'how far clocks of signers may differ', '5')
    .option('--max-lifetime <seconds>', 'how long a token may live at most', '300')
    .action((flags: InstallFlags) =>
      change('install', flags, contextKeyFromEnvironment, async (client, key) => {
        const left = await installContextKey(client, key, {
          clockSkewSeconds: wholeNumber('--clock-skew', Number(flags.clockSkew), 300),
          maxLifetimeSeconds: wholeNumber('--max-lifetime', Number(flags.maxLifetime), 86_400, 5),
        });
        return [
          `Context key ${key.id} is live.`,
          ...warning(
            left,
            'began before and may read an unsigned context until their transactions end',
          ),
        ];
      }),
    );

  command(keys, 'retire <id>', 'retire a key and forget its secret').action(
    (id: string, flags: Flags) =>
      change('retire', flags, nothing, async (client) => {
        const left = await retireContextKey(client, id);
        return [
          `Context key ${id} is retired; what it signed is worth nothing now.`,
          ...warning(left, 'began before and may still accept it until their transactions end'),
        ];
      }),
  );

  command(keys, 'end', 'retire every key: any SQL may name any tenant again').action(
    (flags: Flags) =>
      change('end', flags, nothing, async (client) => {
        await endSignedContext(client);
        return ['Contexts are unsigned.'];
      }),
  );

  command(keys, 'list', 'list the keys, live and retired').action((flags: Flags) =>
    run('context-key list', flags.json, async () => {
      const rows = await withDatabase(databaseUrl(flags.url), readContextKeys);
      if (flags.json === true) printJson(rows);
      else if (rows.length === 0) print('No context key: contexts are unsigned.');
      else {
        print(
          table(
            ['key', 'state', 'installed', 'by', 'retired', 'by', 'skew s', 'lifetime s'],
            rows.map((key) => [
              key.key_id,
              key.is_live ? 'live' : 'retired',
              key.installed_at,
              key.installed_by,
              key.retired_at ?? '',
              key.retired_by ?? '',
              key.clock_skew_seconds,
              key.max_lifetime_seconds,
            ]),
          ),
        );
      }
      return exitCodes.fine;
    }),
  );
}

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--url <url>', urlHelp)
    .option('--json', 'print JSON');
}

/** Runs a change of the keys; what it needs is read before the database is asked. */
function change<T>(
  name: string,
  flags: Flags,
  read: () => T,
  work: (client: ClientBase, needed: T) => Promise<readonly string[]>,
): Promise<void> {
  return run(`context-key ${name}`, flags.json, async () => {
    const needed = read();
    const [message = '', ...warnings] = await withDatabase(databaseUrl(flags.url), (client) =>
      work(client, needed),
    );
    if (flags.json === true) printJson({ message, warnings });
    else for (const line of [message, ...warnings]) print(line);
    return exitCodes.fine;
  });
}

/** What to say of sessions that a change could not wait for. */
function warning(left: readonly Straggler[], what: string): readonly string[] {
  if (left.length === 0) return [];
  const pids = left.map(({ pid }) => pid).join(', ');
  return [
    `WARN The sessions ${pids} ${what}. Next: select pg_terminate_backend(…), then list again.`,
  ];
}

function nothing(): void {}
