import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { connectLedger } from '../import/connection.ts';
import { importJournal } from '../import/importer.ts';
import { exitCodeOf } from '../import/report.ts';
import { type ImportTexts, readImportTexts } from '../import/settings.ts';
import { openSource } from '../import/source.ts';
import { summarize } from '../import/summary.ts';
import {
  checkReportFile,
  collect,
  connectionOf,
  importProgress,
  inColour,
  type WhereFlags,
} from './importing.ts';
import { print, printJson, run } from './terminal.ts';

interface Flags extends ImportTexts, WhereFlags {
  readonly json?: boolean;
  readonly report?: string;
}

/** Adds `journal import` to a program. Its exit code: 0 all booked, 1 something refused, 2 could not run. */
export function registerJournal(program: Command): void {
  const journal = program.command('journal').description('bring journals in');
  journal
    .command('import')
    .description('book the entries of a CSV file and report every one that is refused')
    .argument('<file>', 'the file, or - for standard input')
    .option('--format <name>', 'kind of file: hledger-csv or csv')
    .option('--tenant <id>', 'tenant, by UUID or short name')
    .option('--company <id>', 'company, by UUID or code')
    .option('--user <uuid>', 'who acts, for the audit log (default: AIBOS_USER_ID)')
    .option('--url <url>', 'database (default: DATABASE_URL)')
    .option('--dry-run', 'try everything and roll it back')
    .option('--strict', 'book everything in one transaction, or nothing')
    .option('--commodity <symbol=code>', "commodity of the file, such as '$=USD'", collect)
    .option('--currency <code>', "currency of rows that name none (default: the company's)")
    .option('--account-type <prefix=type>', 'type of new accounts by beginning of code', collect)
    .option('--default-account-type <type>', 'type of new accounts that nothing else tells')
    .option(
      '--no-open-periods',
      'refuse dates without a fiscal period, instead of opening the year',
    )
    .option('--date-format <order>', 'iso, ymd, dmy or mdy (default: iso)')
    .option('--decimal <mark>', 'decimal mark: dot or comma (default: dot)')
    .option('--thousands <mark>', 'comma, dot, space, apostrophe or underscore (default: none)')
    .option('--parentheses', 'amounts in parentheses are negative')
    .option('--encoding <name>', 'utf-8, utf-16le, windows-1252 or iso-8859-1 (default: utf-8)')
    .option('--default-description <text>', 'for entries without a description')
    .option('--source <label>', 'sets equal entries of different origin apart')
    .option('--batch <entries>', 'most entries per call (default: 500)')
    .option('--map <field=column>', 'columns of a csv file, parted by commas', collect)
    .option('--delimiter <character>', 'what parts columns, or tab (default: a comma)')
    .option('--report <file>', 'write the full report as JSON')
    .option('--json', 'print the full report as JSON')
    .action((file: string, flags: Flags) =>
      run('journal import', flags.json, () => importFile(file, flags)),
    );
}

async function importFile(file: string, flags: Flags): Promise<number> {
  const options = readImportTexts(file, flags);
  const connection = connectionOf(flags, 'import of', file);
  const { userId, requestId } = connection;
  await checkReportFile(file, flags.report);
  const source = await openSource(file);
  const { ledger, tenantId, close } = await connectLedger(connection);
  const progress = importProgress();
  try {
    const imported = await importJournal(source, ledger, {
      ...options,
      onProgress: progress.show,
    });
    progress.clear();
    const report = { tenantId, userId, requestId, ...imported };
    if (flags.report !== undefined) {
      await writeFile(flags.report, `${JSON.stringify(report, null, 2)}\n`);
    }
    if (flags.json === true) printJson(report);
    else print(inColour(summarize(imported)));
    return exitCodeOf(imported);
  } finally {
    progress.clear();
    await close();
  }
}
