import path from 'node:path';
import type { Command } from 'commander';
import { CHART_FIELDS } from '../coa/account.ts';
import { type ChartOptions, importChart } from '../coa/importer.ts';
import { exitCodeOf } from '../coa/report.ts';
import { summarizeChart } from '../coa/summary.ts';
import { chartTemplates, findTemplate } from '../coa/templates.ts';
import { type AccountType, parseAccountType } from '../import/account-types.ts';
import { connectTenant } from '../import/connection.ts';
import { TEXT_ENCODINGS } from '../import/decode.ts';
import { readColumnMap } from '../import/layout.ts';
import { openSource } from '../import/source.ts';
import { delimiterOf, oneOf, pairs, present } from '../import/texts.ts';
import { collect, connectionOf, type WhereFlags } from './importing.ts';
import { coloured, exitCodes, print, printJson, run, table } from './terminal.ts';

interface Where extends WhereFlags {
  readonly company?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface Flags extends Where {
  readonly map?: readonly string[];
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly accountType?: readonly string[];
  readonly defaultAccountType?: string;
}

/** Adds `coa import`, `coa template` and `coa templates`. Exit code: 0 all as the file wants it, 1 a row refused, 2 could not run. */
export function registerCoa(program: Command): void {
  const coa = program.command('coa').description('bring charts of accounts in');
  withWhere(
    coa
      .command('import')
      .description('make and update the accounts of a CSV file, all of them or none')
      .argument('<file>', 'the file, or - for standard input'),
  )
    .option('--map <field=column>', 'columns of the file, parted by commas', collect)
    .option('--delimiter <character>', 'what parts columns, or tab (default: a comma)')
    .option('--encoding <name>', 'utf-8, utf-16le, windows-1252 or iso-8859-1 (default: utf-8)')
    .option('--account-type <prefix=type>', 'type of accounts by beginning of code', collect)
    .option('--default-account-type <type>', 'type of accounts that nothing else tells')
    .action((file: string, flags: Flags) =>
      run('coa import', flags.json, () => importFile(file, flags)),
    );
  withWhere(
    coa
      .command('template')
      .description('load a chart that comes with the package')
      .argument('<name>', chartTemplates.map(({ name }) => name).join(', ')),
  ).action((name: string, flags: Where) =>
    run('coa template', flags.json, async () => importFile(findTemplate(name).file, flags)),
  );
  coa
    .command('templates')
    .description('list the charts that come with the package')
    .option('--json', 'print JSON')
    .action((flags: { json?: boolean }) =>
      run('coa templates', flags.json, async () => {
        if (flags.json === true) printJson(chartTemplates);
        else {
          const rows = chartTemplates.map(({ name, purpose }) => [name, purpose]);
          print(table(['template', 'for'], rows));
        }
        return exitCodes.fine;
      }),
    );
}

function withWhere(command: Command): Command {
  return command
    .option('--tenant <id>', 'tenant, by UUID or short name')
    .option('--company <id>', 'company, by UUID or code')
    .option('--user <uuid>', 'who acts, for the audit log (default: AIBOS_USER_ID)')
    .option('--url <url>', 'database (default: DATABASE_URL)')
    .option('--dry-run', 'try everything and roll it back')
    .option('--json', 'print the full report as JSON');
}

function optionsOf(file: string, flags: Flags): ChartOptions {
  const { map = [], delimiter = ',', encoding = 'utf-8', accountType = [] } = flags;
  const fallback = flags.defaultAccountType;
  return {
    file: path.basename(file),
    company: present('--company', flags.company),
    dryRun: flags.dryRun ?? false,
    map: readColumnMap(map, CHART_FIELDS),
    delimiter: delimiterOf(delimiter),
    encoding: oneOf('--encoding', encoding, TEXT_ENCODINGS),
    accountTypes: {
      prefixes: pairs<AccountType>('--account-type', accountType, parseAccountType),
      ...(fallback === undefined ? {} : { fallback: parseAccountType(fallback) }),
    },
  };
}

async function importFile(file: string, flags: Flags): Promise<number> {
  const options = optionsOf(file, flags);
  const connection = connectionOf(flags, 'chart of accounts', file);
  const source = await openSource(file);
  const { db, context, close } = await connectTenant(connection, 'aibos coa');
  try {
    const report = await importChart(source, db, context, options);
    const { userId, requestId } = connection;
    if (flags.json === true)
      printJson({ tenantId: context.tenantId, userId, requestId, ...report });
    else {
      const text = summarizeChart(report).trimEnd();
      print(text.replace(/^Refused$/m, (line) => coloured('red', line)));
    }
    return exitCodeOf(report);
  } finally {
    await close();
  }
}
