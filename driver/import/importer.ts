import type { AmountFormat } from '../money.ts';
import type { AccountTypeRules } from './account-types.ts';
import { type BookingRules, bookBatch } from './booking.ts';
import type { DateOrder } from './dates.ts';
import { decodeText, type TextEncoding } from './decode.ts';
import type { Entry } from './entry.ts';
import { ImportError } from './errors.ts';
import { readHeader, takeRows } from './feeding.ts';
import { type ColumnMap, genericLayout } from './generic.ts';
import { hledgerLayout } from './hledger.ts';
import { EntryIdentity } from './identity.ts';
import type { Layout } from './layout.ts';
import type { Ledger, LedgerUnit } from './ledger.ts';
import { allOrNothing, batchwise } from './modes.ts';
import type { ImportReport } from './report.ts';
import { readRows } from './rows.ts';
import { type Booker, ImportRun, type Progress } from './run.ts';
import { known } from './unit.ts';

/** The kinds of file an import reads. */
export type ImportFormat = 'hledger-csv' | 'csv';

/** What to import and how; everything but file, format and company has a default. */
export interface ImportOptions {
  /** Name of the file, for the report only. */
  readonly file: string;
  readonly format: ImportFormat;
  /** Company to book in, by id or code. */
  readonly company: string;
  readonly encoding?: TextEncoding;
  readonly delimiter?: string;
  readonly map?: ColumnMap;
  readonly dates?: DateOrder;
  readonly amounts?: AmountFormat;
  /** What a commodity of the file is called in config.currencies. */
  readonly commodities?: ReadonlyMap<string, string>;
  /** Currency of postings that name none; the company's functional currency unless given. */
  readonly currency?: string;
  readonly defaultDescription?: string;
  readonly accountTypes?: AccountTypeRules;
  /** Whether calendar years are opened for dates without a fiscal period; true unless given. */
  readonly openPeriods?: boolean;
  /** Label that sets equal entries of different origin apart in their idempotency keys. */
  readonly source?: string;
  /** Book everything in one transaction, or nothing. */
  readonly strict?: boolean;
  /** Try everything against the database and roll it back. */
  readonly dryRun?: boolean;
  /** Most entries a call of the database takes; 500 unless given. */
  readonly batchEntries?: number;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Imports a journal piece by piece, never holding more than one batch, and reports what became of every entry.
 * @throws ImportError when it cannot start (IB951 header, IB952 first line, IB958 company, IB959 options), and any error of the ledger met before the first batch.
 */
export async function importJournal(
  source: AsyncIterable<Uint8Array>,
  ledger: Ledger,
  options: ImportOptions,
): Promise<ImportReport> {
  const { company, currencies } = await ledger.transaction((unit) => lookUp(unit, options));
  const rows = readRows(decodeText(source, options.encoding ?? 'utf-8'), options.delimiter);
  try {
    const { header, rest } = await readHeader(rows);
    const layout = layoutFor(header.cells, options);
    const identity = new EntryIdentity(company.id, options.source);
    const run = new ImportRun(
      {
        layout,
        currencies,
        commodities: options.commodities ?? new Map(),
        defaultCurrency: options.currency ?? company.functionalCurrency,
        defaultDescription: options.defaultDescription ?? '',
        dates: options.dates ?? 'iso',
        amounts: options.amounts ?? {},
        identity,
      },
      { entries: options.batchEntries ?? 500, lines: 5000 },
    );
    const rules: BookingRules = {
      companyId: company.id,
      accountTypes: options.accountTypes ?? {},
      openPeriods: options.openPeriods ?? true,
    };
    const feed = (book: Booker) => takeRows(rest, rows, layout, run, book, options.onProgress);
    const { file, format, strict = false, dryRun = false } = options;
    let committed = !dryRun;
    const book = (unit: LedgerUnit, entries: readonly Entry[]) => bookBatch(unit, entries, rules);
    if (strict) committed = await allOrNothing(ledger, book, run, feed, dryRun);
    else await feed(batchwise(ledger, book, dryRun));
    return run.report({ file, format, strict, dryRun }, company, committed);
  } finally {
    await rows.return(undefined);
  }
}

async function lookUp(unit: LedgerUnit, options: ImportOptions) {
  const company = known(await unit.company(options.company), options.company);
  const listed = await unit.currencies();
  const currencies = new Map(listed.map(({ code, exponent }) => [code, exponent]));
  const targets = [...(options.commodities?.values() ?? []), options.currency];
  const unknown = targets.find((code) => code !== undefined && !currencies.has(code));
  if (unknown !== undefined) {
    throw new ImportError(
      'IB959',
      `"${unknown}" is not an active code in config.currencies`,
      'Use a code that is there, such as USD, or have the platform owner add it.',
    );
  }
  return { company, currencies };
}

function layoutFor(header: readonly string[], options: ImportOptions): Layout {
  return options.format === 'hledger-csv'
    ? hledgerLayout(header)
    : genericLayout(header, options.map, (options.defaultDescription ?? '') === '');
}
