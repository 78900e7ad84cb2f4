import { type AccountTypeRules, accountTypeOf } from './account-types.ts';
import type { Entry, Problem } from './entry.ts';
import type { Account, Period } from './ledger.ts';
import { MAX_NEW_YEARS, openableYears, periodOf } from './years.ts';

/** What the books say about an entry before it is sent: unusable accounts, accounts that cannot be made, periods. */
export function judgeEntry(
  entry: Entry,
  accounts: ReadonlyMap<string, Account>,
  periods: readonly Period[],
  rules: {
    readonly accountTypes: AccountTypeRules;
    readonly openPeriods: boolean;
    readonly anchor: string;
  },
): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (line: number, code: string, message: string, hint: string) =>
    problems.push({ line, code, message, hint, by: 'importer' });
  for (const { line, account: code, currency } of entry.lines) {
    const account = accounts.get(code);
    if (account === undefined) {
      if (accountTypeOf(code, rules.accountTypes) !== null) continue;
      add(
        line,
        'IB955',
        `account ${code} is new and its type cannot be told from its name`,
        `Say it with --account-type '${code}=asset' (or liability, equity, income, expense), or --default-account-type.`,
      );
    } else if (!account.isActive) {
      add(
        line,
        'IB205',
        `account ${code} is not active`,
        'Use another account, or make it active again.',
      );
    } else if (account.currency !== null && account.currency !== currency) {
      add(
        line,
        'IB206',
        `account ${code} takes ${account.currency} only, not ${currency}`,
        'Use an account that takes this currency.',
      );
    }
  }
  const period = periodOf(entry, periods);
  if (period === null && !rules.openPeriods) {
    add(
      entry.firstLine,
      'IB801',
      `no fiscal period of the company holds ${entry.date}`,
      'Open the fiscal year first, or leave out --no-open-periods.',
    );
  } else if (period === null && openableYears(entry, periods, rules.anchor) === null) {
    add(
      entry.firstLine,
      'IB801',
      `${entry.date} is more than ${MAX_NEW_YEARS} years away from the fiscal periods of the company`,
      'Correct the date, or open the years up to it: finance.open_fiscal_year(company, first day).',
    );
  } else if (period !== null && period.status !== 'open') {
    add(
      entry.firstLine,
      'IB802',
      `fiscal period ${period.name} is ${period.status}`,
      'Give the entry a date in an open period, or have the period opened again.',
    );
  }
  return problems;
}
