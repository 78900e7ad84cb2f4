import { ImportError } from './errors.ts';

/** Order of year, month and day: `iso` is YYYY-MM-DD to the letter; the others take `-`, `/` or `.` and one or two digits. */
export type DateOrder = 'iso' | 'ymd' | 'dmy' | 'mdy';

/** The orders that `parseDate` reads. */
export const DATE_ORDERS: readonly DateOrder[] = ['iso', 'ymd', 'dmy', 'mdy'];

const SHAPES: Readonly<Record<DateOrder, RegExp>> = {
  iso: /^(?<y>\d{4})-(?<m>\d{2})-(?<d>\d{2})$/,
  ymd: /^(?<y>\d{4})(?<s>[-/.])(?<m>\d{1,2})\k<s>(?<d>\d{1,2})$/,
  dmy: /^(?<d>\d{1,2})(?<s>[-/.])(?<m>\d{1,2})\k<s>(?<y>\d{4})$/,
  mdy: /^(?<m>\d{1,2})(?<s>[-/.])(?<d>\d{1,2})\k<s>(?<y>\d{4})$/,
};

/**
 * Reads a calendar date and returns it as YYYY-MM-DD; years run from 1900 to 9999, as in the ledger.
 * @throws ImportError IB953.
 */
export function parseDate(text: string, order: DateOrder): string {
  const found = SHAPES[order].exec(text)?.groups;
  if (found === undefined) {
    const shape = { iso: 'YYYY-MM-DD', ymd: 'Y/M/D', dmy: 'D/M/Y', mdy: 'M/D/Y' }[order];
    throw new ImportError(
      'IB953',
      `"${text.slice(0, 40)}" is not a date of the form ${shape}`,
      'Say how dates are written (--date-format iso, ymd, dmy or mdy).',
    );
  }
  const [year, month, day] = [Number(found.y), Number(found.m), Number(found.d)];
  if (year < 1900 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) {
    throw new ImportError(
      'IB953',
      `"${text}" is not a day between 1900-01-01 and 9999-12-31`,
      'Correct the date; if day and month are swapped, say so (--date-format).',
    );
  }
  return `${found.y}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}
