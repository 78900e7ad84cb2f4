import type { DateOrder } from '../import/dates.ts';
import { decodeText, type TextEncoding } from '../import/decode.ts';
import { ImportError } from '../import/errors.ts';
import { readHeader } from '../import/feeding.ts';
import { type Row, readRows } from '../import/rows.ts';
import type { Progress } from '../import/run.ts';
import type { AmountFormat } from '../money.ts';
import { findColumns, type PaymentColumnMap } from './columns.ts';
import { allPayments, batchDrafter, trialDrafter } from './modes.ts';
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
    const feed = (draft: Drafter) => takeLines(rest, rows, run, draft, options.onProgress);
    const { file, strict = false, dryRun = false } = options;
    let committed = !dryRun;
    if (strict) committed = await allPayments(store, company.id, run, feed, dryRun);
    else await feed(dryRun ? trialDrafter(store, company.id) : batchDrafter(store, company.id));
    return run.report({ file, strict, dryRun }, company, committed);
  } finally {
    await rows.return(undefined);
  }
}

async function takeLines(
  first: readonly Row[],
  rows: AsyncGenerator<readonly Row[]>,
  run: PaymentRun,
  draft: Drafter,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<void> {
  const flush = async () => {
    await run.flush(draft);
    onProgress?.(run.progress);
  };
  for (let piece: readonly Row[] | null = first; piece !== null; piece = await next()) {
    for (const row of piece) {
      run.take(row);
      if (run.isFull) await flush();
      if (run.isStopped) return;
    }
  }
  await flush();

  async function next(): Promise<readonly Row[] | null> {
    try {
      const piece = await rows.next();
      return piece.done === true ? null : piece.value;
    } catch (error) {
      run.breakOff(error);
      return null;
    }
  }
}

async function lookUp(unit: PaymentUnit, options: PaymentImportOptions) {
  const company = await unit.company(options.company);
  if (company === null) {
    throw new ImportError(
      'IB958',
      `company ${options.company} is not known to the tenant`,
      'Give the id or the code of a company of this tenant, or make the company first.',
    );
  }
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
