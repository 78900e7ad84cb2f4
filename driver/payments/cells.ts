import { type DateOrder, parseDate } from '../import/dates.ts';
import { ImportError } from '../import/errors.ts';
import { stored } from '../import/fields.ts';
import type { Row } from '../import/rows.ts';
import { formatMinorUnits, parseMinorUnits } from '../money.ts';
import { PaymentLineError } from './errors.ts';
import type { LineRules } from './line.ts';

/** Currency and amount of a line, the amount of any sign. @throws ImportError IB954; MoneyError. */
export function amountIn(text: string, named: string, rules: LineRules) {
  const currency = named === '' ? rules.defaultCurrency : named;
  const exponent = rules.currencies.get(currency);
  if (exponent === undefined) {
    throw new ImportError(
      'IB954',
      `currency "${currency.slice(0, 40)}" is not an active code in config.currencies`,
      'Use an ISO 4217 code, or have the platform owner add it.',
    );
  }
  return { currency, amount: parseMinorUnits(text, exponent, { ...rules.amounts, currency }) };
}

/** The number of a payment, which no line before had. @throws PaymentLineError IB981, IB984; ImportError IB957. */
export function numberOf(
  text: string,
  line: number,
  firstSeen: (number: string, line: number) => number | null,
): string {
  if (text === '') {
    throw new PaymentLineError(
      'IB984',
      'the line has no transaction number',
      'Fill the column: a payment is known by its number.',
    );
  }
  const number = stored(text, 'transaction number', 255);
  const before = firstSeen(number, line);
  if (before === null) return number;
  throw new PaymentLineError(
    'IB981',
    `transaction number ${number} came before, in line ${before}`,
    'Give each payment a number of its own, or remove the line.',
  );
}

/** A day in the order asked for, or written as YYYY-MM-DD, which cannot be mistaken. @throws ImportError IB953. */
export function dateOf(text: string, order: DateOrder): string {
  return parseDate(text, /^\d{4}-\d{2}-\d{2}$/.test(text) ? 'iso' : order);
}

/** Who is paid. @throws PaymentLineError IB983; ImportError IB957. */
export function supplierOf(id: string, name: string) {
  if (id === '' || name === '') {
    const which =
      id === '' && name === '' ? 'supplier' : id === '' ? 'supplier id' : 'supplier name';
    throw new PaymentLineError(
      'IB983',
      `the line names no ${which}`,
      'Fill the columns: nobody can be paid who is not named.',
    );
  }
  return {
    supplierId: stored(id, 'supplier id', 255),
    supplierName: stored(name, 'supplier name', 255),
  };
}

/** Says that an amount of zero or below is no payment. @throws PaymentLineError IB980. */
export function raiseUnpayable(
  value: { readonly amount: bigint; readonly currency: string },
  rules: LineRules,
): never {
  const written = formatMinorUnits(value.amount, rules.currencies.get(value.currency) ?? 0);
  throw new PaymentLineError(
    'IB980',
    value.amount === 0n
      ? 'the amount is zero'
      : `the amount ${written} is negative: a credit note is no payment`,
    value.amount === 0n
      ? 'Remove the line: there is nothing to pay.'
      : 'Set it off against a payment of the supplier, or pass --negatives skip to leave credit notes out.',
  );
}

/** Says that a line has more or fewer cells than the header. @throws ImportError IB952. */
export function raiseUneven(row: Row, width: number): never {
  throw new ImportError(
    'IB952',
    `line ${row.line} has ${row.cells.length} columns, not ${width} as the header`,
    'Add or remove cells, or quote the cell that holds the delimiter.',
    { line: row.line },
  );
}
