import type { DateOrder } from '../import/dates.ts';
import { decodeText } from '../import/decode.ts';
import { errorFacts, ImportError } from '../import/errors.ts';
import { type Row, readRows } from '../import/rows.ts';
import { EURO, ecbLayout } from './ecb.ts';
import { genericLayout } from './generic.ts';
import type { Rate, RateLayout } from './rates.ts';
import type { FxReport } from './report.ts';
import type { Load, RateStore } from './store.ts';
import { type FxProgress, type RateFilter, Tally } from './tally.ts';

/** Rates per call to the database. */
const BATCH = 5_000;

/** What to import and how. */
export interface FxImportOptions extends RateFilter {
  /** Name of the file, for the report. */
  readonly file: string;
  readonly format: 'ecb' | 'csv';
  /** The label that the store keeps the rates under, for the report. */
  readonly source: string;
  readonly dryRun?: boolean | undefined;
  /** How a csv file writes its dates; iso by default. */
  readonly dateOrder?: DateOrder | undefined;
  readonly delimiter?: string | undefined;
  readonly onProgress?: ((progress: FxProgress) => void) | undefined;
}

/**
 * Loads the rates of a file, a batch at a time, and reports on all of it. What is stored stays: a rate that differs is reported.
 * @throws ImportError IB951 for a header that does not fit, and what the driver throws before the first batch.
 */
export async function importRates(
  bytes: AsyncIterable<Uint8Array>,
  store: RateStore,
  options: FxImportOptions,
): Promise<FxReport> {
  const { file, format, source, dryRun = false } = options;
  const known = await store.currencies();
  const tally = new Tally(
    format === 'ecb' && options.currencies !== undefined
      ? { ...options, currencies: [EURO, ...options.currencies] }
      : options,
  );
  const rows = readRows(decodeText(bytes, 'utf-8'), options.delimiter);
  await store.session(dryRun, (load) => loadRows(rows, load, tally, options));
  return tally.report({ file, format, source, dryRun }, known);
}

async function loadRows(
  pieces: AsyncIterable<readonly Row[]>,
  load: Load,
  tally: Tally,
  options: FxImportOptions,
): Promise<void> {
  let layout: RateLayout | undefined;
  let batch: Rate[] = [];
  const flush = async (): Promise<void> => {
    const full = batch;
    batch = [];
    if (full.length > 0) tally.settle(full, await load(full));
    options.onProgress?.(tally.progress);
  };
  try {
    for await (const rows of pieces) {
      for (const row of rows) {
        if (layout === undefined) {
          layout = layoutOf(row, options);
          continue;
        }
        batch.push(...tally.take(row.line, layout.rates(row)));
        if (batch.length >= BATCH) await flush();
      }
    }
    if (layout === undefined) {
      throw new ImportError('IB951', 'the file is empty', 'Give a file with a header.', {
        line: 1,
      });
    }
    await flush();
  } catch (error) {
    if (layout === undefined) throw error;
    tally.stop(errorFacts(error), error instanceof ImportError ? error.line : null);
    // What came before a broken line is as good as any.
    if (error instanceof ImportError) {
      await flush().catch((next: unknown) => tally.stop(errorFacts(next), null));
    }
  }
}

function layoutOf(header: Row, options: FxImportOptions): RateLayout {
  return options.format === 'ecb'
    ? ecbLayout(header)
    : genericLayout(header, options.dateOrder ?? 'iso');
}
