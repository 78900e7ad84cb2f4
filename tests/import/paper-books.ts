import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

/** The sections of the two statements, by the first part of an account code. */
const sections: Readonly<Record<string, string>> = {
  Assets: 'asset',
  Liabilities: 'liability',
  Equity: 'equity',
  Revenue: 'income',
  Expenses: 'expense',
};

/** A row of a statement: section, code (or what the result is called), own amount, amount with accounts below. */
export type Row = readonly [section: string, code: string, own: string, total: string];

interface Line {
  readonly date: string;
  readonly code: string;
  readonly cents: bigint;
}

/** Books worked out from the printed journal alone, without the ledger. */
export class PaperBooks {
  readonly #lines: readonly Line[];

  constructor(file: string) {
    const rows: Record<string, string>[] = parse(readFileSync(file, 'utf8'), { columns: true });
    this.#lines = rows.map(({ date = '', account = '', amount = '' }) => ({
      date,
      code: account,
      cents: BigInt(amount.replace('.', '')),
    }));
  }

  /** The calendar years with entries. */
  get years(): readonly number[] {
    return [...new Set(this.#lines.map(({ date }) => Number(date.slice(0, 4))))].toSorted();
  }

  /** Every code and every beginning of one, such as Expenses and Expenses:Rent. */
  get codes(): ReadonlySet<string> {
    return new Set(this.#lines.flatMap(({ code }) => beginnings(code)));
  }

  /** Profit and loss of a year, sorted. */
  profitAndLoss(year: number): readonly Row[] {
    const lines = this.#between(`${year}-01-01`, `${year}-12-31`);
    const result = resultOf(lines);
    return [
      ...rowsOf(lines, ['income', 'expense']),
      ['result', 'Result', `${result}`, `${result}`] as const,
    ].toSorted(byText);
  }

  /** Balance sheet at the end of a year, sorted. */
  balanceSheet(year: number): readonly Row[] {
    const lines = this.#between('', `${year}-12-31`);
    const results = [
      ['Result of the year', this.#between(`${year}-01-01`, `${year}-12-31`)],
      ['Result of earlier years', this.#between('', `${year - 1}-12-31`)],
    ] as const;
    return [
      ...rowsOf(lines, ['asset', 'liability', 'equity']),
      ...results
        .filter(([, among]) => among.some(isResult))
        .map(
          ([name, among]) => ['equity', name, `${resultOf(among)}`, `${resultOf(among)}`] as const,
        ),
    ].toSorted(byText);
  }

  #between(from: string, to: string): readonly Line[] {
    return this.#lines.filter(({ date }) => from <= date && date <= to);
  }
}

/** The order of the rows of a statement in a comparison. */
export function byText(a: Row, b: Row): number {
  return a.join('\n') < b.join('\n') ? -1 : 1;
}

/** A code and what is above it, from the top: Expenses, Expenses:Rent. */
export function beginnings(code: string): readonly string[] {
  const parts = code.split(':');
  return parts.map((_, at) => parts.slice(0, at + 1).join(':'));
}

/** The type of an account by its code. */
export function sectionOf(code: string): string {
  return sections[code.split(':')[0] ?? ''] ?? '';
}

function isResult({ code }: Line): boolean {
  return ['income', 'expense'].includes(sectionOf(code));
}

function resultOf(lines: readonly Line[]): bigint {
  return lines.filter(isResult).reduce((sum, { cents }) => sum - cents, 0n);
}

function rowsOf(lines: readonly Line[], wanted: readonly string[]): readonly Row[] {
  const own = new Map<string, bigint>();
  const total = new Map<string, bigint>();
  for (const { code, cents } of lines) {
    if (!wanted.includes(sectionOf(code))) continue;
    const amount = ['asset', 'expense'].includes(sectionOf(code)) ? cents : -cents;
    own.set(code, (own.get(code) ?? 0n) + amount);
    for (const above of beginnings(code)) total.set(above, (total.get(above) ?? 0n) + amount);
  }
  return [...total].map(([code, sum]) => [
    sectionOf(code),
    code,
    `${own.get(code) ?? 0n}`,
    `${sum}`,
  ]);
}
