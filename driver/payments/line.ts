import type { DateOrder } from '../import/dates.ts';
import type { Problem, Refusal } from '../import/entry.ts';
import { errorFacts } from '../import/errors.ts';
import { stored } from '../import/fields.ts';
import type { Row } from '../import/rows.ts';
import type { AmountFormat } from '../money.ts';
import { amountIn, dateOf, numberOf, raiseUneven, raiseUnpayable, supplierOf } from './cells.ts';
import type { PaymentColumns, PaymentField } from './columns.ts';

/** A payment as a line of a file gives it; it becomes a draft. */
export interface Payment {
  readonly line: number;
  readonly number: string;
  readonly currency: string;
  /** In minor units, above zero. */
  readonly amount: bigint;
  readonly supplierId: string;
  readonly supplierName: string;
  /** YYYY-MM-DD. */
  readonly dueOn: string;
  readonly reference: string | null;
  readonly category: string | null;
}

/** What lines are checked against. */
export interface LineRules {
  readonly columns: PaymentColumns;
  /** How many cells each line has. */
  readonly width: number;
  /** Active currencies with the exponent of their minor unit. */
  readonly currencies: ReadonlyMap<string, number>;
  readonly defaultCurrency: string;
  readonly dates: DateOrder;
  readonly amounts: AmountFormat;
  /** Whether a negative amount is passed over as a credit note instead of being reported. */
  readonly skipNegatives: boolean;
}

/** What came of a line: a payment, a refusal, or a credit note that was passed over on request. */
export type CheckedLine =
  | { readonly payment: Payment }
  | { readonly refusal: Refusal }
  | { readonly creditNote: { readonly number: string; readonly amount: string } };

/** Checks one line and collects every problem it has; `firstSeen` tells where its number came before in the file. */
export function checkLine(
  row: Row,
  rules: LineRules,
  firstSeen: (number: string, line: number) => number | null,
): CheckedLine {
  const cell = (field: PaymentField) => row.cells[rules.columns.get(field)?.at ?? -1]?.trim() ?? '';
  const problems: Problem[] = [];
  const attempt = <T>(work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      const { code, message, hint } = errorFacts(error);
      if (code === '') throw error;
      problems.push({ line: row.line, code, message, hint, by: 'importer' });
      return null;
    }
  };
  const refused = (): CheckedLine => ({
    refusal: { txn: cell('number'), firstLine: row.line, lastLine: row.endLine, problems },
  });
  if (row.cells.length !== rules.width) {
    attempt(() => raiseUneven(row, rules.width));
    return refused();
  }
  const value = attempt(() => amountIn(cell('amount'), cell('currency'), rules));
  if (value !== null && value.amount < 0n && rules.skipNegatives) {
    return { creditNote: { number: cell('number'), amount: cell('amount') } };
  }
  if (value !== null && value.amount <= 0n) attempt(() => raiseUnpayable(value, rules));
  const number = attempt(() => numberOf(cell('number'), row.line, firstSeen));
  const dueOn = attempt(() => dateOf(cell('date'), rules.dates));
  const supplier = attempt(() => supplierOf(cell('supplier-id'), cell('supplier-name')));
  const reference = attempt(() => stored(cell('reference'), 'reference', 255) || null);
  const category = attempt(() => stored(cell('category'), 'category', 255) || null);
  if (
    problems.length > 0 ||
    value === null ||
    number === null ||
    dueOn === null ||
    supplier === null
  ) {
    return refused();
  }
  return { payment: { line: row.line, number, ...value, ...supplier, dueOn, reference, category } };
}
