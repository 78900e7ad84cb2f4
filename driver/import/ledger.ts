import type { AccountType } from './account-types.ts';
import type { Entry } from './entry.ts';
import type { Target, Unit } from './unit.ts';

/** An account of the company. */
export interface Account {
  readonly id: string;
  readonly code: string;
  readonly type: AccountType;
  /** Only currency it takes, or null for any. */
  readonly currency: string | null;
  readonly isActive: boolean;
}

/** An account to be made. */
export type NewAccount = Pick<Account, 'code' | 'type'> & { readonly name: string };

/** A fiscal period; both days (YYYY-MM-DD) belong to it. Those of a company have no gap between them. */
export interface Period {
  readonly name: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly status: string;
  /** First day of its fiscal year. */
  readonly yearStartsOn: string;
}

/** An entry whose accounts are known by id. */
export interface PreparedEntry {
  readonly entry: Entry;
  /** Account ids, one for each line of the entry. */
  readonly accountIds: readonly string[];
}

/** What became of an entry: booked now, or found booked under its key. */
export type Outcome = 'posted' | 'replayed';

/** What an import needs of the books, inside one transaction and one tenant. */
export interface LedgerUnit extends Unit {
  accounts(companyId: string, codes: readonly string[]): Promise<readonly Account[]>;
  createAccounts(companyId: string, accounts: readonly NewAccount[]): Promise<readonly Account[]>;
  /** Which of the idempotency keys are in the books already. */
  bookedKeys(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** In the order of the calendar. */
  periods(companyId: string): Promise<readonly Period[]>;
  /** Opens the twelve months from a first of month on; returns how many were new. */
  openYear(companyId: string, startsOn: string): Promise<number>;
  /** Books all entries or none. The DETAIL of its error begins `entry <n>: ` where one of them is to blame. */
  post(companyId: string, entries: readonly PreparedEntry[]): Promise<readonly Outcome[]>;
}

/** Where entries are booked. */
export type Ledger = Target<LedgerUnit>;
