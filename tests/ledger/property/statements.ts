import type { Balances, ModelLine } from './model.ts';
import type { AccountType, World } from './world.ts';

/** What of the books a statement is about. */
export interface Span {
  /** First accounting date, YYYY-MM-DD; without it there is no limit. */
  readonly from?: string;
  /** Last accounting date. */
  readonly to?: string;
  /** Number of the transaction after which it is told. */
  readonly knownAt?: number;
}

/** A line as statements see it, with amounts in the functional currency where it has them. */
interface StatedLine extends ModelLine {
  readonly baseDebit?: bigint | null;
  readonly baseCredit?: bigint | null;
}

/** The books of a company. */
export interface Stated {
  readonly entries: readonly {
    readonly date: string;
    readonly knownFrom: number;
    readonly lines: readonly StatedLine[];
  }[];
  readonly chart: World['chart'];
  readonly functional: string;
}

/** Own amount of an account in a currency, and the total with what lies below it. */
interface Cell {
  readonly type: AccountType;
  readonly account: string;
  /** With a word more where a line has no amount in the functional currency, and stands apart. */
  readonly currency: string;
  readonly amount: bigint;
  readonly total: bigint;
}

function cellsOf(
  { entries, chart, functional }: Stated,
  types: readonly AccountType[],
  { from = '', to = '9999-12-31', knownAt = Number.POSITIVE_INFINITY }: Span,
): readonly Cell[] {
  const moved = new Map<
    string,
    { account: string; currency: string; debit: bigint; credit: bigint }
  >();
  for (const { date, knownFrom, lines } of entries) {
    if (date < from || date > to || knownFrom > knownAt) continue;
    for (const { account, baseDebit, baseCredit, ...line } of lines) {
      const isConverted = line.currency === functional || typeof baseDebit === 'bigint';
      const currency = isConverted ? functional : `${line.currency} unconverted`;
      const sum = moved.get(`${account} ${currency}`) ?? { debit: 0n, credit: 0n };
      const debit = sum.debit + (baseDebit ?? line.debit);
      const credit = sum.credit + (baseCredit ?? line.credit);
      moved.set(`${account} ${currency}`, { account, currency, debit, credit });
    }
  }
  const cells = new Map<string, Cell>();
  for (const { account, currency, debit, credit } of moved.values()) {
    const type = chart.get(account)?.type;
    if (type === undefined || !types.includes(type) || (debit === 0n && credit === 0n)) continue;
    const cents = type === 'asset' || type === 'expense' ? debit - credit : credit - debit;
    for (let at: string | null = account; at !== null; at = chart.get(at)?.parent ?? null) {
      const { amount, total } = cells.get(`${at} ${currency}`) ?? { amount: 0n, total: 0n };
      cells.set(`${at} ${currency}`, {
        ...{ type, account: at, currency, total: total + cents },
        amount: at === account ? amount + cents : amount,
      });
    }
  }
  return [...cells.values()];
}

function listed(cells: readonly Cell[]): readonly (readonly [string, string])[] {
  return cells.map(({ type, account, currency, amount, total }) => [
    `${type} ${account} ${currency}`,
    `${amount}/${total}`,
  ]);
}

function results(cells: readonly Cell[], section: string, name: string) {
  const sums = new Map<string, bigint>();
  for (const { type, currency, amount } of cells) {
    const sum = sums.get(currency) ?? 0n;
    sums.set(currency, type === 'income' ? sum + amount : sum - amount);
  }
  return [...sums].map(
    ([currency, sum]) => [`${section} ${name} ${currency}`, `${sum}/${sum}`] as const,
  );
}

/** What the profit and loss must say: `section account currency` → `amount/total`. */
export function profitAndLoss(books: Stated, span: Span): Balances {
  const cells = cellsOf(books, ['income', 'expense'], span);
  return new Map([...listed(cells), ...results(cells, 'result', 'Result')]);
}

/** What the balance sheet must say, in the same form; the year is the only one there is. */
export function balanceSheet(books: Stated, { from: _, ...span }: Span): Balances {
  const cells = cellsOf(books, ['asset', 'liability', 'equity'], span);
  const earned = cellsOf(books, ['income', 'expense'], span);
  return new Map([...listed(cells), ...results(earned, 'equity', 'Result of the year')]);
}
