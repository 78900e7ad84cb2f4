import type { Command } from 'commander';
import { probeApplication } from '../install/app-probe.ts';
import { type DoctorReport, examine, ordered } from '../install/doctor.ts';
import { examineLogin } from '../install/membership.ts';
import { databaseUrl, withDatabase } from './connection.ts';
import { exitCodes, print, printJson, run, status, table } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly role?: string;
  readonly appUrl?: string;
  readonly strict?: boolean;
  readonly accept?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Adds `doctor`. Exit code: 0 nothing was found, 1 something was, 2 could not look. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what would undo the guarantees in a database, and what to do about it')
    .option(
      '--url <url>',
      'a login of aibos_monitor_role, or an administrator (default: DATABASE_URL)',
    )
    .option('--role <login>', 'judge this login as the one an application uses')
    .option(
      '--app-url <url>',
      'connect as the application too, and try what it must not be able to do',
    )
    .option('--strict', 'warnings are findings as well')
    .option(
      '--accept <checks>',
      'with --strict: names of checks whose warnings are known, with commas',
    )
    .option('--all', 'show what passes too')
    .option('--json', 'print JSON')
    .action((flags: Flags) =>
      run('doctor', flags.json, async () => {
        const report = await look(flags);
        if (flags.json === true) printJson(report);
        else show(report, flags.all === true);
        return isSound(report, flags) ? exitCodes.fine : exitCodes.findings;
      }),
    );
}

async function look(flags: Flags): Promise<DoctorReport> {
  const { role, appUrl } = flags;
  const isAppAlone = appUrl !== undefined && !flags.url && !process.env.DATABASE_URL;
  const report = isAppAlone
    ? await withDatabase(appUrl, nothingElse)
    : await withDatabase(databaseUrl(flags.url), async (client) => {
        const found = await examine(client);
        const extra = role === undefined ? [] : await examineLogin(client, role);
        return { ...found, findings: [...found.findings, ...extra] };
      });
  const probed = appUrl === undefined ? [] : await withDatabase(appUrl, probeApplication);
  return { ...report, findings: ordered([...report.findings, ...probed]) };
}

/** The report without the governance checks, which an application may not read. */
async function nothingElse(client: {
  query(sql: string): Promise<{ rows: { server: string }[] }>;
}): Promise<DoctorReport> {
  const { rows } = await client.query('select version() as server');
  return { server: rows[0]?.server ?? '', summary: [], findings: [], capabilities: [] };
}

function isSound(report: DoctorReport, flags: Flags): boolean {
  const accepted = new Set((flags.accept ?? '').split(',').map((name) => name.trim()));
  return report.findings.every(
    ({ status: word, check_name }) =>
      word === 'PASS' || (word === 'WARN' && (flags.strict !== true || accepted.has(check_name))),
  );
}

function show(report: DoctorReport, all: boolean): void {
  print(report.server);
  if (report.summary.length > 0) {
    print();
    print(
      table(
        ['check', 'passed', 'failed', 'warned', 'status'],
        report.summary.map((row) => [
          row.check_name,
          row.passed,
          row.failed,
          row.warned,
          row.status,
        ]),
      ),
    );
  }
  for (const finding of report.findings) {
    if (finding.status === 'PASS' && !all) continue;
    print();
    print(`${status(finding.status)} ${finding.check_name}: ${finding.object}`);
    print(`  ${finding.detail}`);
    if (finding.status !== 'PASS') print(`  Next: ${finding.remediation}`);
  }
  if (report.capabilities.length > 0) {
    print();
    print('Beyond the core:');
  }
  for (const capability of report.capabilities) {
    const cost = capability.is_present ? '' : ` Without it: ${capability.costs_without}`;
    print(
      `  ${capability.is_present ? 'yes' : 'no '} ${capability.name}. ${capability.detail}${cost}`,
    );
  }
}
