import { accountTypeOf } from '../import/account-types.ts';
import type { Problem } from '../import/entry.ts';
import type { ImportErrorCode } from '../import/errors.ts';
import { type AccountFlags, type ChartRow, NO_FLAGS, type WantedAccount } from './account.ts';

/** What came of reading the cells of a chart. */
export interface CheckedRows {
  readonly wanted: readonly WantedAccount[];
  readonly problems: readonly ChartProblem[];
}

/** Why a row is refused, and whose account it is. */
export type ChartProblem = Problem & { readonly account: string };

const FLAGS: ReadonlyMap<string, Partial<AccountFlags>> = new Map([
  ['inactive', { isActive: false }],
  ['keeps-balance', { keepsBalance: true }],
  ['non-monetary', { isMonetary: false }],
]);

/** Describes one problem of a row. */
export function chartProblem(
  row: { readonly line: number; readonly code: string },
  code: ImportErrorCode,
  message: string,
  hint: string,
): ChartProblem {
  return { line: row.line, account: row.code, code, message, hint, by: 'importer' };
}

/** Reads the cells of each row by itself, and finds codes that stand twice. */
export function checkRows(rows: readonly ChartRow[], currencies: ReadonlySet<string>): CheckedRows {
  const wanted: WantedAccount[] = [];
  const problems: ChartProblem[] = [];
  const lineOf = new Map<string, number>();
  for (const row of rows) {
    const found = [...problemsOf(row, currencies)];
    const earlier = lineOf.get(row.code);
    if (row.code !== '' && earlier !== undefined) {
      const message = `account ${row.code} stands on line ${earlier} already`;
      found.push(chartProblem(row, 'IB961', message, 'Leave one of the rows.'));
    }
    lineOf.set(row.code, earlier ?? row.line);
    problems.push(...found);
    if (found.length === 0) wanted.push(asWanted(row));
  }
  return { wanted, problems };
}

function* problemsOf(row: ChartRow, currencies: ReadonlySet<string>): Generator<ChartProblem> {
  const refuse = (message: string, hint: string) => chartProblem(row, 'IB960', message, hint);
  if (row.code === '') yield refuse('the row has no code', 'Fill the code, or remove the row.');
  for (const [what, text] of [
    ['code', row.code],
    ['name', row.name ?? ''],
  ] as const) {
    if ([...text].length > 255 || text.includes('\0')) {
      yield refuse(
        `the ${what} is longer than 255 characters or holds a NUL`,
        'Correct the text: it is not cut or altered on the way in.',
      );
    }
  }
  if (isFilled(row.type) && accountTypeOf(row.type, {}) === null) {
    const hint = 'Write asset, liability, equity, income or expense.';
    yield refuse(`"${row.type.slice(0, 40)}" is not an account type`, hint);
  }
  if (isFilled(row.currency) && !currencies.has(row.currency)) {
    yield refuse(
      `currency "${row.currency.slice(0, 40)}" is not an active code in config.currencies`,
      'Leave the cell blank for any currency, or have the platform owner add the code.',
    );
  }
  const unknown = flagsIn(row).find((flag) => !FLAGS.has(flag));
  if (unknown !== undefined) {
    const hint = `Flags are ${[...FLAGS.keys()].join(', ')}.`;
    yield refuse(`"${unknown.slice(0, 40)}" is not a flag`, hint);
  }
}

function asWanted(row: ChartRow): WantedAccount {
  const known = flagsIn(row).map((flag) => FLAGS.get(flag));
  return {
    line: row.line,
    code: row.code,
    name: row.name === '' ? undefined : row.name,
    type: accountTypeOf(row.type ?? '', {}) ?? undefined,
    parent: row.parent === '' ? null : row.parent,
    currency: row.currency === '' ? null : row.currency,
    flags: row.flags === undefined ? undefined : Object.assign({}, NO_FLAGS, ...known),
  };
}

function flagsIn(row: ChartRow): readonly string[] {
  const flags = (row.flags ?? '').toLowerCase();
  return flags.split(/[\s,;|]+/u).filter((flag) => flag !== '');
}

function isFilled(cell: string | undefined): cell is string {
  return cell !== undefined && cell !== '';
}
