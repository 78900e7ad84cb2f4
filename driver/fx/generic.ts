import { type DateOrder, parseDate } from '../import/dates.ts';
import { ImportError } from '../import/errors.ts';
import { cellAt, Header } from '../import/layout.ts';
import type { Row } from '../import/rows.ts';
import { CURRENCY, type Fault, faultOfRate, isBlank, type RateLayout } from './rates.ts';

const COLUMNS = ['date', 'base', 'quote', 'rate'] as const;

/**
 * Any file with one rate a row in columns date, base, quote and rate; other columns are passed over.
 * @throws ImportError IB951 for a header that lacks one of them.
 */
export function genericLayout(header: Row, order: DateOrder): RateLayout {
  const names = new Header(header.cells);
  const missing = COLUMNS.filter((name) => names.find(name) < 0);
  if (missing.length > 0) {
    throw new ImportError(
      'IB951',
      `the header lacks ${missing.join(', ')}; it has ${names.describe()}`,
      `Name the columns ${COLUMNS.join(', ')}.`,
      { line: 1 },
    );
  }
  const [date, base, quote, rate] = COLUMNS.map((name) => cellAt(names.find(name)));
  const nothing = (): string => '';

  return {
    rates: (row) => {
      const read = {
        base: (base ?? nothing)(row),
        quote: (quote ?? nothing)(row),
        rate: (rate ?? nothing)(row),
      };
      if (isBlank(read.rate)) return { rates: [], faults: [], blanks: 1 };
      const faults: Fault[] = [];
      const { line } = row;
      let day = '';
      try {
        day = parseDate((date ?? nothing)(row), order);
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
        faults.push({ line, column: 'date', code: error.code, message: error.message });
      }
      for (const column of ['base', 'quote'] as const) {
        if (CURRENCY.test(read[column])) continue;
        const message = `"${read[column].slice(0, 40)}" is not the code of a currency`;
        faults.push({ line, column, code: 'IB966', message });
      }
      if (faults.length === 0 && read.base === read.quote) {
        const message = `${read.quote} is quoted against itself`;
        faults.push({ line, column: 'quote', code: 'IB966', message });
      }
      const message = faultOfRate(read.rate);
      if (message !== null) faults.push({ line, column: 'rate', code: 'IB966', message });
      if (faults.length > 0) return { rates: [], faults, blanks: 0 };
      return { rates: [{ line, column: 'rate', ...read, day }], faults, blanks: 0 };
    },
  };
}
