import type { Command } from 'commander';
import { examine } from '../install/doctor.ts';
import { databaseUrl, withDatabase } from './connection.ts';
import { exitCodes, print, printJson, run, status, table } from './terminal.ts';

/** Adds `doctor`. Exit code: 0 nothing failed, 1 something failed, 2 could not look. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what would undo the guarantees in a database, and what to do about it')
    .option(
      '--url <url>',
      'a login of aibos_monitor_role, or an administrator (default: DATABASE_URL)',
    )
    .option('--all', 'show what passes too')
    .option('--json', 'print JSON')
    .action((flags: { url?: string; all?: boolean; json?: boolean }) =>
      run('doctor', flags.json, async () => {
        const report = await withDatabase(databaseUrl(flags.url), examine);
        const failed = report.findings.some((finding) => finding.status === 'FAIL');
        if (flags.json === true) {
          printJson(report);
          return failed ? exitCodes.findings : exitCodes.fine;
        }
        print(report.server);
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
        for (const finding of report.findings) {
          if (finding.status === 'PASS' && flags.all !== true) continue;
          print();
          print(`${status(finding.status)} ${finding.check_name}: ${finding.object}`);
          print(`  ${finding.detail}`);
          if (finding.status !== 'PASS') print(`  Next: ${finding.remediation}`);
        }
        print();
        print('Beyond the core:');
        for (const capability of report.capabilities) {
          const cost = capability.is_present ? '' : ` Without it: ${capability.costs_without}`;
          print(
            `  ${capability.is_present ? 'yes' : 'no '} ${capability.name}. ${capability.detail}${cost}`,
          );
        }
        return failed ? exitCodes.findings : exitCodes.fine;
      }),
    );
}
