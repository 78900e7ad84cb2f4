import type { CsvError } from 'csv-parse';
import { MAX_RECORD_BYTES } from './decode.ts';
import { ImportError } from './errors.ts';

/** One record of a CSV file with the lines it stands on, counted from 1. */
export interface Row {
  readonly line: number;
  readonly endLine: number;
  readonly cells: readonly string[];
}

/**
 * Splits CSV text into rows and yields them by the piece of text they came in, so no more than that is held.
 * Every row has as many cells as the first, unless `uneven` lets others through; blank lines are passed over; quoted cells may
 * hold line ends.
 * Rows before a broken one are yielded before the error.
 * @throws ImportError IB952 with the line where the broken record begins; IB959 without the package csv-parse.
 */
export async function* readRows(
  text: AsyncIterable<string>,
  delimiter = ',',
  uneven = false,
): AsyncGenerator<readonly Row[]> {
  const { parse } = await csvParse();
  let rows: Row[] = [];
  let lastEnd = 0;
  let lastBlank = 0;
  let overcount = 0;
  let failure: CsvError | undefined;
  const parser = parse({
    bom: true,
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    skip_empty_lines: true,
    relax_column_count: uneven,
    max_record_size: MAX_RECORD_BYTES,
    on_record: (cells: string[], info) => {
      // The parser counts a CRLF inside quotes as two line ends.
      const { ends, crlf } = lineEndsIn(cells);
      overcount += crlf;
      lastEnd = info.lines - overcount;
      rows.push({ line: lastEnd - ends, endLine: lastEnd, cells });
      lastBlank = info.empty_lines;
      return null;
    },
  });
  parser.on('error', (error: CsvError) => {
    failure = error;
  });
  parser.resume();
  const drain = (): readonly Row[] => {
    const drained = rows;
    rows = [];
    return drained;
  };
  let unreadable: { readonly error: unknown } | undefined;
  try {
    try {
      for await (const piece of text) {
        await new Promise<void>((resolve) => parser.write(piece, () => resolve()));
        yield drain();
        if (failure !== undefined) break;
      }
    } catch (error) {
      unreadable = { error };
    }
    if (failure === undefined) {
      await new Promise<void>((resolve) => parser.end(() => resolve()));
      yield drain();
    }
  } finally {
    parser.destroy();
  }
  if (unreadable !== undefined) throw unreadable.error;
  if (failure !== undefined) throw brokenRecord(failure, lastEnd, lastBlank);
}

/** Loads the parser on first use: it is an optional peer, which only imports need. */
async function csvParse(): Promise<typeof import('csv-parse')> {
  try {
    return await import('csv-parse');
  } catch (cause) {
    const hint = 'Install it beside the fabric: npm install csv-parse.';
    throw new ImportError('IB959', 'the package csv-parse is not installed', hint, { cause });
  }
}

function lineEndsIn(cells: readonly string[]): { ends: number; crlf: number } {
  let ends = 0;
  let crlf = 0;
  for (const cell of cells) {
    if (!/[\r\n]/.test(cell)) continue;
    for (const [end] of cell.matchAll(/\r\n|\r|\n/g)) {
      ends += 1;
      if (end.length === 2) crlf += 1;
    }
  }
  return { ends, crlf };
}

function brokenRecord(error: CsvError, lastEnd: number, lastBlank: number): ImportError {
  const blank = Number(Reflect.get(error, 'empty_lines') ?? lastBlank) - lastBlank;
  const line = lastEnd + 1 + Math.max(0, blank);
  const cells: unknown = Reflect.get(error, 'record');
  const [what, hint] = explain(error.code, Array.isArray(cells) ? cells.length : 0);
  return new ImportError('IB952', `line ${line} ${what}`, hint, { line, cause: error });
}

function explain(code: string, found: number): readonly [string, string] {
  switch (code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return [
        `has ${found} columns, not as many as the header`,
        'Add or remove cells, or quote the cell that holds the delimiter.',
      ];
    case 'CSV_QUOTE_NOT_CLOSED':
      return ['opens a quote that is never closed', 'Close the quote, or double it inside a cell.'];
    case 'CSV_MAX_RECORD_SIZE':
      return ['begins a record longer than 1 MiB', 'Look for a quote that is never closed.'];
    default:
      return [
        'has a quote where none may stand',
        'Quote the whole cell and double the quotes in it.',
      ];
  }
}
