import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FabricError } from '../errors.ts';
import { caseNames } from '../hostile/catalogue.ts';
import { junitXml } from '../hostile/junit.ts';
import { type CaseName, groups } from '../hostile/model.ts';
import { exitCodeOf, type HostileReport } from '../hostile/report.ts';
import { type RunOptions, runHostile } from '../hostile/run.ts';
import { hostileText } from './hostile-text.ts';
import { progressLine } from './progress.ts';
import { signingOptions } from './signing.ts';
import { exitCodes, print, printJson, run, table } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly adminUrl?: string;
  readonly role?: string;
  readonly tenantA?: string;
  readonly tenantB?: string;
  readonly user?: string;
  readonly unsigned?: boolean;
  readonly group?: readonly string[];
  readonly case?: readonly string[];
  readonly format: 'text' | 'json' | 'junit';
  readonly out?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** Adds `hostile`. Exit code: 0 nothing is broken, 1 something is, 2 could not run. */
export function registerHostile(program: Command): void {
  program
    .command('hostile')
    .description('attack a database as its application role, undo everything, tell what held')
    .option('--url <url>', 'the login under test (default: a throwaway database)')
    .option('--admin-url <url>', 'an administrator, who makes two tenants and watches')
    .option('--role <name>', 'take on this role after connecting')
    .option('--tenant-a <uuid>', 'without --admin-url: the tenant to attack from', uuid)
    .option('--tenant-b <uuid>', 'without --admin-url: the tenant to attack', uuid)
    .option('--user <uuid>', 'without --admin-url: who acts', uuid)
    .option('--unsigned', 'without a context key: AIBOS_CONTEXT_KEY is not read, none is installed')
    .option('--group <letters>', `only these groups of ${Object.keys(groups).join('')}`, letters)
    .option('--case <ids>', 'only these cases, parted by commas', list)
    .addOption(
      new Option('--format <name>', 'of the report')
        .choices(['text', 'json', 'junit'])
        .default('text'),
    )
    .option('--out <file>', 'write the report to a file')
    .option('--list', 'say what is tried and what should happen, and try nothing')
    .option('--json', 'the same as --format json')
    .action((flags: Flags) => {
      const format = flags.json === true ? 'json' : flags.format;
      return run('hostile', format === 'json', () => attack({ ...flags, format }));
    });
}

function uuid(text: string): string {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  throw new InvalidArgumentError('a UUID');
}

function list(text: string): readonly string[] {
  return text.split(',').map((part) => part.trim());
}

function letters(text: string): readonly string[] {
  const given = [...new Set(text.toUpperCase().replaceAll(/[\s,]/g, ''))];
  if (given.length === 0 || given.some((letter) => !(letter in groups))) {
    throw new InvalidArgumentError(`letters of ${Object.keys(groups).join('')}`);
  }
  return given;
}

async function attack(flags: Flags): Promise<number> {
  const wanted = selectionOf(flags);
  if (flags.list === true) {
    listCases(caseNames.filter(wanted), flags.format === 'json');
    return exitCodes.fine;
  }
  const isText = flags.format === 'text';
  const progress = progressLine();
  try {
    const report = await runHostile({
      ...optionsOf(flags),
      cases: wanted,
      onStart: (what) => {
        if (isText && flags.out === undefined) print(`${what}\n`);
      },
      onResult: ({ id, target }) => progress.show(() => `${id} ${target ?? ''}`),
    });
    progress.clear();
    const text = render(report, flags.format);
    if (flags.out === undefined) print(text.trimEnd());
    else await writeFile(flags.out, `${text.trimEnd()}\n`);
    return exitCodeOf(report);
  } finally {
    progress.clear();
  }
}

function selectionOf({ group, case: ids }: Flags): (name: CaseName) => boolean {
  const unknown = ids?.filter((id) => !caseNames.some((name) => name.id === id)) ?? [];
  if (unknown.length > 0) {
    throw new FabricError('IB935', `there is no case ${unknown.join(', ')}`, {
      hint: 'See aibos hostile --list.',
    });
  }
  return (name) =>
    (group === undefined || group.includes(name.group)) &&
    (ids === undefined || ids.includes(name.id));
}

function optionsOf(flags: Flags): RunOptions {
  const { url, adminUrl, role, tenantA, tenantB, user, unsigned } = flags;
  const signing = unsigned === true ? { unsigned } : signingOptions();
  const given = [tenantA, tenantB, user].filter((value) => value !== undefined);
  if (url === undefined && (adminUrl ?? role ?? given[0]) !== undefined) {
    throw new FabricError('IB935', 'a role, tenants or an administrator were given without --url', {
      hint: 'Pass --url of the login under test, or none of them for a throwaway database.',
    });
  }
  if (given.length === 0) return { url, adminUrl, role, ...signing };
  if (tenantA === undefined || tenantB === undefined || user === undefined || tenantA === tenantB) {
    throw new FabricError('IB935', '--tenant-a, --tenant-b and --user belong together', {
      hint: 'Name two different tenants and who acts, or pass --admin-url instead.',
    });
  }
  const tenants = { own: tenantA, other: tenantB, userId: user };
  return { url, adminUrl, role, ...signing, tenants };
}

function listCases(names: readonly CaseName[], asJson: boolean): void {
  if (asJson) printJson(names);
  else {
    const rows = names.map(({ id, title, should }) => [id, title, should]);
    print(table(['case', 'what is tried', 'what should happen'], rows));
  }
}

function render(report: HostileReport, format: Flags['format']): string {
  if (format === 'json') return JSON.stringify(report, null, 2);
  return format === 'junit' ? junitXml(report) : hostileText(report);
}
