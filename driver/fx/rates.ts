import type { ImportErrorCode } from '../import/errors.ts';
import type { Row } from '../import/rows.ts';

/** Where a value stands in a file: the line, counted from 1, and the name of its column. */
export interface Place {
  readonly line: number;
  readonly column: string;
}

/** One published rate: quote units for one base unit on a day (YYYY-MM-DD), as the file writes it. */
export interface Rate extends Place {
  readonly base: string;
  readonly quote: string;
  readonly rate: string;
  readonly day: string;
}

/** A cell that cannot be used. */
export interface Fault extends Place {
  readonly code: ImportErrorCode;
  readonly message: string;
}

/** What one row of a file holds. */
export interface RateRow {
  readonly rates: readonly Rate[];
  readonly faults: readonly Fault[];
  /** Cells that say there is no rate. */
  readonly blanks: number;
}

/** Reads the rows of one kind of file. */
export interface RateLayout {
  rates(row: Row): RateRow;
}

/** What a currency code may look like; whether it is a currency is not asked, since dead ones have rates too. */
export const CURRENCY = /^[A-Z][A-Z0-9]{1,11}$/;

const RATE = /^\d{1,12}(?:\.\d+)?$/;

/** Whether a cell says that there is no rate. */
export function isBlank(cell: string): boolean {
  return cell === '' || cell === 'N/A';
}

/** What is wrong with a rate, or null: it is a plain decimal above zero with at most 12 digits on either side. */
export function faultOfRate(cell: string): string | null {
  const shown = `"${cell.slice(0, 40)}"`;
  if (!RATE.test(cell)) return `${shown} is not a rate`;
  if (!/[1-9]/.test(cell)) return `${shown} is not above zero`;
  if ((cell.split('.')[1]?.length ?? 0) > 12)
    return `${shown} has more than 12 decimals; nothing is rounded`;
  return null;
}
