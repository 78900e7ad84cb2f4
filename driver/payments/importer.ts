import type { DateOrder } from '../import/dates.ts';
import { decodeText, type TextEncoding } from '../import/decode.ts';
import { ImportError } from '../import/errors.ts';
import { feedRows, readHeader } from '../import/feeding.ts';
import { allOrNothing, batchwise } from '../import/modes.ts';
import { readRows } from '../import/rows.ts';
import type { Progress } from '../import/run.ts';
import { known } from '../import/unit.ts';
import type { AmountFormat } from '../money.ts';
import { findColumns, type PaymentColumnMap } from './columns.ts';
import { draftBatch } from './drafting.ts';
import type { Payment } from './line.ts';
import type { PaymentReport } from './report.ts';
import { type Drafter, PaymentRun } from './run.ts';
import type { PaymentStore, PaymentUnit } from './store.ts';

/** What to import and how; everything but file and company has a default. */
export interface PaymentImportOptions {
  /** Name of the file, for the report only. */
  readonly file: string;
  /** Company that pays, by id or code. */
  readonly company: string;
  readonly map?: PaymentColumnMap;
  readonly encoding?: TextEncoding;
  readonly delimiter?: string;
  /** Order of day, month and year; `dmy` unless given. A date written YYYY-MM-DD is read in any case. */
  readonly dates?: DateOrder;
  readonly amounts?: AmountFormat;
  /** Currency of lines that name none; the company's functional currency unless given. */
  readonly currency?: string;
  /** Whether negative amounts are reported (the default) or passed over as credit notes. */
  readonly negatives?: 'report' | 'skip';
  /** Import everything in one transaction, or nothing. */
  readonly strict?: boolean;
  /** Try everything against the database and roll it back. */
  readonly dryRun?: boolean;
  /** Most payments a call of the database takes; 500 unless given. */
  readonly batchPayments?: number;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Imports supplier payments as drafts, piece by piece, and reports what became of every line.
 * @throws ImportError when it cannot start (IB951 header, IB952 first line, IB958 company, IB959 options), and any error of the store met before the first batch.
 */
export async function importPayments(
  source: AsyncIterable<Uint8Array>,
  store: PaymentStore,
  options: PaymentImportOptions,
): Promise<PaymentReport> {
  const { company, currencies } = await store.transaction((unit) => lookUp(unit, options));
  const rows = readRows(decodeText(source, options.encoding ?? 'utf-8'), options.delimiter, true);
  try {
    const { header, rest } = await readHeader(rows);
    const run = new PaymentRun(
      {
        columns: findColumns(header.cells, options.map),
        width: header.cells.length,
        currencies,
        defaultCurrency: options.currency ?? company.functionalCurrency,
        dates: options.dates ?? 'dmy',
        amounts: options.amounts ?? {},
        skipNegatives: options.negatives === 'skip',
      },
      options.batchPayments ?? 500,
    );
    const feed = (draft: Drafter) =>
      feedRows(rest, rows, run, {
        take: (row) => run.take(row),
        breakOff: (error) => run.breakOff(error),
        async flush() {
          await run.flush(draft);
          options.onProgress?.(run.progress);
        },
      });
    const draft = (unit: PaymentUnit, payments: readonly Payment[]) =>
      draftBatch(unit, company.id, payments);
    const { file, strict = false, dryRun = false } = options;
    let committed = !dryRun;
    if (strict) committed = await allOrNothing(store, draft, run, feed, dryRun);
    else await feed(batchwise(store, draft, dryRun));
    return run.report({ file, strict, dryRun }, company, committed);
  } finally {
    await rows.return(undefined);
  }
}

async function lookUp(unit: PaymentUnit, options: PaymentImportOptions) {
  const company = known(await unit.company(options.company), options.company);
  const currencies = new Map(
    (await unit.currencies()).map(({ code, exponent }) => [code, exponent]),
  );
  if (options.currency !== undefined && !currencies.has(options.currency)) {
    throw new ImportError(
      'IB959',
      `"${options.currency}" is not an active code in config.currencies`,
      'Use a code that is there, such as GBP, or have the platform owner add it.',
    );
  }
  return { company, currencies };
}
