import { type Command, InvalidArgumentError, Option } from 'commander';
import { compareManifest, type MigrationStatus, readApplied } from '../install/manifest.ts';
import { migrate } from '../install/migrate.ts';
import { type Plane, planes, readMigrations } from '../install/source.ts';
import { databaseUrl, withDatabase } from './connection.ts';
import { exitCodes, print, printJson, run, table } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly plane: Plane;
  readonly reason: string;
  readonly count?: number;
  readonly json?: boolean;
}

/** Adds `migrate up|down|status`. Exit code: 0 done, 1 a file differs from what was applied (status), 2 could not run. */
export function registerMigrate(program: Command): void {
  const command = program
    .command('migrate')
    .description('bring a database to this version, or look at what it has');
  const common = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .option('--url <url>', 'direct connection, not a pooler (default: DATABASE_URL)')
      .addOption(
        new Option('--plane <name>', 'which bundle').choices([...planes]).default('fabric'),
      )
      .option('--json', 'print JSON');

  common('up', 'apply pending migrations, then replay functions, policies, views and grants')
    .option('--reason <text>', 'why, for the manifest', 'aibos migrate up')
    .action((flags: Flags) => run('migrate up', flags.json, () => change('up', flags)));
  common('down', 'take migrations back: their tables and rows are dropped')
    .requiredOption('--count <n>', 'how many, the latest first', positiveInteger)
    .option('--reason <text>', 'why', 'aibos migrate down')
    .action((flags: Flags) => run('migrate down', flags.json, () => change('down', flags)));
  common('status', 'compare the migrations here with those applied').action((flags: Flags) =>
    run('migrate status', flags.json, () => showStatus(flags)),
  );
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a number from 1');
  return value;
}

async function change(direction: 'up' | 'down', flags: Flags): Promise<number> {
  const result = await withDatabase(databaseUrl(flags.url), (client) =>
    migrate(client, {
      direction,
      plane: flags.plane,
      reason: flags.reason,
      ...(flags.count === undefined ? {} : { count: flags.count }),
      ...(flags.json === true ? {} : { log: print }),
    }),
  );
  if (flags.json === true) printJson(result);
  else print(result.ran.length === 0 ? 'nothing was pending' : `${result.ran.length} migrations`);
  return exitCodes.fine;
}

async function showStatus(flags: Flags): Promise<number> {
  const rows: readonly MigrationStatus[] = await withDatabase(
    databaseUrl(flags.url),
    async (client) => compareManifest(await readMigrations(flags.plane), await readApplied(client)),
  );
  if (flags.json === true) printJson(rows);
  else {
    print(
      table(
        ['migration', 'state', 'applied at', 'by', 'reason'],
        rows.map((row) => [
          row.name,
          row.state,
          row.appliedAt ?? '',
          row.actor ?? '',
          row.reason ?? '',
        ]),
      ),
    );
  }
  const isSound = rows.every((row) => row.state === 'applied' || row.state === 'pending');
  return isSound ? exitCodes.fine : exitCodes.findings;
}
