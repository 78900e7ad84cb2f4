import { ImportError } from './errors.ts';

/** The five kinds of account. */
export const ACCOUNT_TYPES = ['asset', 'liability', 'equity', 'income', 'expense'] as const;

/** A kind of account. */
export type AccountType = (typeof ACCOUNT_TYPES)[number];

const TOP_LEVEL: ReadonlyMap<string, AccountType> = new Map(
  Object.entries({
    asset: 'asset',
    assets: 'asset',
    liability: 'liability',
    liabilities: 'liability',
    equity: 'equity',
    equities: 'equity',
    income: 'income',
    incomes: 'income',
    revenue: 'income',
    revenues: 'income',
    expense: 'expense',
    expenses: 'expense',
  } as const),
);

/** How accounts that are not there yet get their type. */
export interface AccountTypeRules {
  /** Type by beginning of the code; the longest that fits wins, and wins over the top-level name. */
  readonly prefixes?: ReadonlyMap<string, AccountType>;
  /** Type of accounts that nothing else fits. */
  readonly fallback?: AccountType;
}

/** The type of a new account: by prefix, else by the name before its first colon, else the fallback; null when none fits. */
export function accountTypeOf(code: string, rules: AccountTypeRules): AccountType | null {
  const prefix = [...(rules.prefixes?.keys() ?? [])]
    .filter((candidate) => code.startsWith(candidate))
    .reduce((best, candidate) => (candidate.length > best.length ? candidate : best), '');
  const top = code.split(':', 1)[0]?.trim().toLowerCase() ?? '';
  return rules.prefixes?.get(prefix) ?? TOP_LEVEL.get(top) ?? rules.fallback ?? null;
}

/** The name of a new account: the last part of its code. */
export function accountNameOf(code: string): string {
  const last = code.split(':').at(-1)?.trim() ?? '';
  return last === '' ? code : last;
}

/** Reads the name of an account type, in any case. @throws ImportError IB959. */
export function parseAccountType(text: string): AccountType {
  const type = ACCOUNT_TYPES.find((known) => known === text.trim().toLowerCase());
  if (type === undefined) {
    throw new ImportError(
      'IB959',
      `"${text}" is not an account type`,
      `Account types are ${ACCOUNT_TYPES.join(', ')}.`,
    );
  }
  return type;
}
