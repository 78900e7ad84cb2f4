import type { Posting } from './entry.ts';
import { ImportError } from './errors.ts';
import type { Row } from './rows.ts';

/** How a file writes direction: one signed amount, an amount with a side column, or debit and credit columns. */
export type AmountStyle = 'signed' | 'side' | 'debit-credit';

/** Turns the rows of one kind of file into postings. */
export interface Layout {
  readonly amounts: AmountStyle;
  /** Whether every row of an entry must carry the same description and reference. */
  readonly repeatsHeader: boolean;
  /** Hint for an entry that does not balance and holds several commodities. */
  readonly mixedCommodityHint: string;
  posting(row: Row): Posting;
}

/** Finds the columns of a header by name. */
export class Header {
  readonly #names: readonly string[];

  constructor(cells: readonly string[]) {
    this.#names = cells.map((cell) => cell.trim());
  }

  /** Position of the column named so (exactly, or else ignoring case), or -1. @throws ImportError IB951 when two columns share the name. */
  find(name: string): number {
    const exact = this.#names.indexOf(name);
    if (exact !== -1 && this.#names.lastIndexOf(name) === exact) return exact;
    const wanted = name.toLowerCase();
    const matches = this.#names.flatMap((column, at) =>
      (exact === -1 ? column.toLowerCase() === wanted : column === name) ? [at] : [],
    );
    if (matches.length > 1) {
      throw new ImportError(
        'IB951',
        `the header has ${matches.length} columns named "${name}"`,
        'Rename the columns so that each name stands once.',
        { line: 1 },
      );
    }
    return matches[0] ?? -1;
  }

  /** The column names, for messages. */
  describe(): string {
    return this.#names.map((name) => (name === '' ? '""' : name)).join(', ');
  }
}

/** Returns a reader of one cell, trimmed; it gives '' for a column that is not there. */
export function cellAt(position: number): (row: Row) => string {
  return position < 0 ? () => '' : (row) => row.cells[position]?.trim() ?? '';
}

/**
 * Reads `field=Column` pairs parted by commas; a column name may itself hold a comma or an equals sign.
 * @throws ImportError IB959 for an unknown field, a repeated one or an empty column name.
 */
export function readColumnMap<Field extends string>(
  texts: readonly string[],
  fields: readonly Field[],
): Partial<Record<Field, string>> {
  const map: Partial<Record<Field, string>> = {};
  const border = new RegExp(`,(?=\\s*(?:${fields.join('|')})\\s*=)`, 'u');
  for (const pair of texts.flatMap((text) => text.split(border))) {
    const [name = '', ...rest] = pair.split('=');
    const field = fields.find((known) => known === name.trim());
    const column = rest.join('=').trim();
    if (field === undefined || column === '' || map[field] !== undefined) {
      throw new ImportError(
        'IB959',
        `--map "${pair.trim()}" is not a new field=Column pair`,
        `Fields are ${fields.join(', ')}; name each once.`,
      );
    }
    map[field] = column;
  }
  return map;
}
