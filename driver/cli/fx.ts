import path from 'node:path';
import type { Command } from 'commander';
import { openRateFile } from '../fx/archive.ts';
import { importRates } from '../fx/importer.ts';
import { CURRENCY } from '../fx/rates.ts';
import { exitCodeOf } from '../fx/report.ts';
import { RateStore } from '../fx/store.ts';
import { summarizeRates } from '../fx/summary.ts';
import { connectTenant } from '../import/connection.ts';
import { DATE_ORDERS, parseDate } from '../import/dates.ts';
import { errorFacts, ImportError } from '../import/errors.ts';
import { present } from '../import/texts.ts';
import { connectionOf, type WhereFlags } from './importing.ts';
import { progressLine } from './progress.ts';
import { print, printJson, run } from './terminal.ts';

interface Flags extends WhereFlags {
  readonly source?: string;
  readonly from?: string;
  readonly to?: string;
  readonly currencies?: string;
  readonly dateFormat?: string;
  readonly delimiter?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Adds `fx import` to a program. Its exit code: 0 all is stored, 1 something differs or is unreadable, 2 could not run. */
export function registerFx(program: Command): void {
  const bring = program
    .command('fx')
    .description('exchange rates')
    .command('import')
    .description('load exchange rates and report every one that is not taken');
  withOptions(bring.command('ecb'), 'ecb')
    .description('the history of euro reference rates of the European Central Bank, as CSV or zip')
    .option('--source <label>', 'what the rates are stored as (default: ECB)');
  withOptions(bring.command('csv'), 'csv')
    .description('any CSV file with columns date, base, quote and rate, also zipped')
    .option('--source <label>', 'what the rates are stored as')
    .option('--date-format <order>', 'iso, ymd, dmy or mdy (default: iso)')
    .option('--delimiter <character>', 'what parts columns, or tab (default: a comma)');
}

function withOptions(command: Command, format: 'ecb' | 'csv'): Command {
  return command
    .argument('<file>', 'the file, or - for CSV on standard input')
    .option('--tenant <id>', 'tenant, by UUID or short name')
    .option('--user <uuid>', 'who acts, for the audit log (default: AIBOS_USER_ID)')
    .option('--url <url>', 'database (default: DATABASE_URL)')
    .option('--from <date>', 'first day to load, YYYY-MM-DD')
    .option('--to <date>', 'last day to load, YYYY-MM-DD')
    .option('--currencies <codes>', 'load rates between these only, parted by commas')
    .option('--dry-run', 'try everything and roll it back')
    .option('--json', 'print the full report as JSON')
    .action((file: string, flags: Flags) =>
      run(`fx import ${format}`, flags.json, () => importFile(file, format, flags)),
    );
}

async function importFile(file: string, format: 'ecb' | 'csv', flags: Flags): Promise<number> {
  const source = present('--source', flags.source ?? (format === 'ecb' ? 'ECB' : undefined));
  const options = {
    file: path.basename(file),
    format,
    source,
    from: day('--from', flags.from),
    to: day('--to', flags.to),
    currencies: codes(flags.currencies),
    dateOrder: order(flags.dateFormat),
    delimiter: flags.delimiter === 'tab' ? '\t' : flags.delimiter,
    dryRun: flags.dryRun,
  } as const;
  const connection = connectionOf(flags, 'rates from', file);
  const { userId, requestId } = connection;
  const bytes = await openRateFile(file);
  const { tenantId, db, context, close } = await connectTenant(connection, 'aibos fx import');
  const progress = progressLine();
  try {
    const imported = await importRates(bytes, new RateStore(db, context, source), {
      ...options,
      onProgress: ({ line, read, loaded }) =>
        progress.show(() => `line ${line}: ${read} rates read, ${loaded} loaded`),
    });
    progress.clear();
    const report = { tenantId, userId, requestId, ...imported };
    if (flags.json === true) printJson(report);
    else print(summarizeRates(imported).trimEnd());
    return exitCodeOf(imported);
  } finally {
    progress.clear();
    await close();
  }
}

function day(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDate(text, 'iso');
  } catch (cause) {
    const { message } = errorFacts(cause);
    throw new ImportError('IB959', `${option}: ${message}`, 'Write it YYYY-MM-DD.', { cause });
  }
}

function codes(text: string | undefined): readonly string[] | undefined {
  const found = text?.split(',').map((code) => code.trim());
  const odd = found?.find((code) => !CURRENCY.test(code));
  if (odd === undefined) return found;
  const hint = 'Write codes parted by commas, such as USD,GBP.';
  throw new ImportError('IB959', `--currencies: "${odd}" is not the code of a currency`, hint);
}

function order(text = 'iso') {
  const found = DATE_ORDERS.find((known) => known === text);
  if (found !== undefined) return found;
  throw new ImportError(
    'IB959',
    `--date-format ${text} is not known`,
    `It is one of ${DATE_ORDERS.join(', ')}.`,
  );
}
