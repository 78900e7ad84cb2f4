import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { connectTenant } from '../import/connection.ts';
import { openSource } from '../import/source.ts';
import { importPayments } from '../payments/importer.ts';
import { paymentExitCode } from '../payments/report.ts';
import { type PaymentTexts, readPaymentTexts } from '../payments/settings.ts';
import { createPaymentStore } from '../payments/store.ts';
import { summarizePayments } from '../payments/summary.ts';
import {
  checkReportFile,
  collect,
  connectionOf,
  importProgress,
  inColour,
  type WhereFlags,
} from './importing.ts';
import { print, printJson, run } from './terminal.ts';

interface Flags extends PaymentTexts, WhereFlags {
  readonly json?: boolean;
  readonly report?: string;
}

/** Adds `payments import` to a program. Its exit code: 0 all imported, 1 something refused, 2 could not run. */
export function registerPayments(program: Command): void {
  const payments = program.command('payments').description('bring supplier payments in');
  payments
    .command('import')
    .description(
      'make a draft payment of each line of a CSV file and report every one that is refused',
    )
    .argument('<file>', 'the file, or - for standard input')
    .option('--tenant <id>', 'tenant, by UUID or short name')
    .option('--company <id>', 'company that pays, by UUID or code')
    .option('--user <uuid>', 'who acts, for the audit log (default: AIBOS_USER_ID)')
    .option('--url <url>', 'database (default: DATABASE_URL)')
    .option('--dry-run', 'try everything and roll it back')
    .option('--strict', 'import everything in one transaction, or nothing')
    .option('--negatives <what>', 'report credit notes, or skip them (default: report)')
    .option('--map <field=column>', 'columns under other names, parted by commas', collect)
    .option('--currency <code>', "currency of lines that name none (default: the company's)")
    .option('--date-format <order>', 'dmy, mdy, ymd or iso (default: dmy)')
    .option('--decimal <mark>', 'decimal mark: dot or comma (default: dot)')
    .option('--thousands <mark>', 'comma, dot, space, apostrophe or underscore (default: none)')
    .option('--parentheses', 'amounts in parentheses are negative')
    .option('--encoding <name>', 'utf-8, utf-16le, windows-1252 or iso-8859-1 (default: utf-8)')
    .option('--delimiter <character>', 'what parts columns, or tab (default: a comma)')
    .option('--batch <payments>', 'most payments per call (default: 500)')
    .option('--report <file>', 'write the full report as JSON')
    .option('--json', 'print the full report as JSON')
    .action((file: string, flags: Flags) =>
      run('payments import', flags.json, () => importFile(file, flags)),
    );
}

async function importFile(file: string, flags: Flags): Promise<number> {
  const options = readPaymentTexts(file, flags);
  const connection = connectionOf(flags, 'import of', file);
  const { userId, requestId } = connection;
  await checkReportFile(file, flags.report);
  const source = await openSource(file);
  const { db, context, close } = await connectTenant(connection, 'aibos payments import');
  const progress = importProgress('imported');
  try {
    const store = createPaymentStore(db, context);
    const imported = await importPayments(source, store, { ...options, onProgress: progress.show });
    progress.clear();
    const report = { tenantId: context.tenantId, userId, requestId, ...imported };
    if (flags.report !== undefined) {
      await writeFile(flags.report, `${JSON.stringify(report, null, 2)}\n`);
    }
    if (flags.json === true) printJson(report);
    else print(inColour(summarizePayments(imported)));
    return paymentExitCode(imported);
  } finally {
    progress.clear();
    await close();
  }
}
