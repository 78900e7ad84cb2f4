import { decodeText, type TextEncoding } from '../import/decode.ts';
import { ImportError } from '../import/errors.ts';
import { readHeader } from '../import/feeding.ts';
import { cellAt, Header } from '../import/layout.ts';
import { type Row, readRows } from '../import/rows.ts';
import { CHART_FIELDS, type ChartField, type ChartRow } from './account.ts';

/** Which column holds which field; a field that is not named is looked for under its own name. */
export type ChartMap = Readonly<Partial<Record<ChartField, string>>>;

/** How a file is written. */
export interface ChartFormat {
  readonly encoding?: TextEncoding;
  readonly delimiter?: string;
  readonly map?: ChartMap;
}

/** Most accounts of one file. */
export const MAX_ACCOUNTS = 100_000;

/**
 * Reads all rows of a chart of accounts. `code` is needed, every other column may be missing.
 * @throws ImportError IB951 for a header that does not fit, IB952 for a broken line, IB957 for more than MAX_ACCOUNTS rows.
 */
export async function readChart(
  source: AsyncIterable<Uint8Array>,
  { encoding = 'utf-8', delimiter, map = {} }: ChartFormat = {},
): Promise<readonly ChartRow[]> {
  const rows = readRows(decodeText(source, encoding), delimiter);
  const chart: ChartRow[] = [];
  try {
    const { header, rest } = await readHeader(rows);
    const asChartRow = layoutOf(header, map);
    for (const row of rest) chart.push(asChartRow(row));
    for await (const piece of rows) {
      for (const row of piece) chart.push(asChartRow(row));
      if (chart.length > MAX_ACCOUNTS) throw tooMany();
    }
  } finally {
    await rows.return(undefined);
  }
  return chart;
}

function layoutOf(row: Row, map: ChartMap): (row: Row) => ChartRow {
  const header = new Header(row.cells);
  const readers = new Map<ChartField, (row: Row) => string>();
  for (const field of CHART_FIELDS) {
    const name = map[field];
    const position = header.find(name ?? field);
    if (position >= 0) readers.set(field, cellAt(position));
    else if (name !== undefined) throw unfit(`no column "${name}" for ${field}`, header);
  }
  const code = readers.get('code');
  if (code === undefined) throw unfit('no column for code', header);
  const cell = (field: ChartField, from: Row) => readers.get(field)?.(from);
  return (from) => ({
    line: from.line,
    code: code(from),
    name: cell('name', from),
    type: cell('type', from),
    parent: cell('parent', from),
    currency: cell('currency', from),
    flags: cell('flags', from),
  });
}

function unfit(what: string, header: Header): ImportError {
  const hint = 'Name the columns with --map, such as --map code=Number,name=Title,parent=Group.';
  const message = `the header has ${what}; it has ${header.describe()}`;
  return new ImportError('IB951', message, hint, { line: 1 });
}

function tooMany(): ImportError {
  const message = `the chart has more than ${MAX_ACCOUNTS} accounts`;
  return new ImportError('IB957', message, 'Check that the file is a chart of accounts.');
}
