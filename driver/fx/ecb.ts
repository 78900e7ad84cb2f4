import { parseDate } from '../import/dates.ts';
import { ImportError } from '../import/errors.ts';
import type { Row } from '../import/rows.ts';
import { CURRENCY, type Fault, faultOfRate, isBlank, type Rate, type RateLayout } from './rates.ts';

/** The currency that the bank quotes all others against. */
export const EURO = 'EUR';

/**
 * The reference rates of the European Central Bank: one row a day, one column a currency, each rate the units of it for one euro,
 * `N/A` where there is none, and a comma at the end of each line.
 * @throws ImportError IB951 for a header of another shape.
 */
export function ecbLayout(header: Row): RateLayout {
  const [first = '', ...codes] = header.cells.map((cell) => cell.trim());
  if (codes.at(-1) === '') codes.pop();
  const odd = codes.find((code) => !CURRENCY.test(code) || code === EURO);
  if (first.toLowerCase() !== 'date' || codes.length === 0 || odd !== undefined) {
    const what = odd === undefined ? 'does not begin with Date' : `names "${odd.slice(0, 40)}"`;
    throw refused(`the header ${what}`);
  }
  const twice = codes.find((code, at) => codes.indexOf(code) !== at);
  if (twice !== undefined) throw refused(`the header names ${twice} twice`);

  return {
    rates: ({ line, cells }) => {
      const rates: Rate[] = [];
      const faults: Fault[] = [];
      let blanks = 0;
      let day: string;
      try {
        day = parseDate(cells[0]?.trim() ?? '', 'iso');
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
        const fault = { line, column: first, code: error.code, message: error.message } as const;
        return { rates, faults: [fault], blanks };
      }
      codes.forEach((quote, at) => {
        const rate = cells[at + 1]?.trim() ?? '';
        if (isBlank(rate)) {
          blanks += 1;
          return;
        }
        const message = faultOfRate(rate);
        if (message === null) rates.push({ line, column: quote, base: EURO, quote, rate, day });
        else faults.push({ line, column: quote, code: 'IB966', message });
      });
      const beyond = cells[codes.length + 1]?.trim() ?? '';
      if (beyond !== '') {
        const message = `"${beyond.slice(0, 40)}" stands in a column without a name`;
        faults.push({ line, column: `${codes.length + 2}`, code: 'IB966', message });
      }
      return { rates, faults, blanks };
    },
  };
}

function refused(message: string): ImportError {
  const hint = 'Give eurofxref-hist.csv or its zip; for other files there is aibos fx import csv.';
  return new ImportError('IB951', message, hint, { line: 1 });
}
