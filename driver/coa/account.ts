import type { AccountType } from '../import/account-types.ts';

/** What a column of a chart of accounts can hold. */
export const CHART_FIELDS = ['code', 'name', 'type', 'parent', 'currency', 'flags'] as const;

/** A field of a chart of accounts. */
export type ChartField = (typeof CHART_FIELDS)[number];

/** One row as the file gives it; a field whose column is not there is undefined. */
export type ChartRow = { readonly line: number; readonly code: string } & Readonly<
  Record<Exclude<ChartField, 'code'>, string | undefined>
>;

/** What the flags of an account say. */
export interface AccountFlags {
  readonly isActive: boolean;
  readonly keepsBalance: boolean;
  readonly isMonetary: boolean;
}

/** An account without flags. */
export const NO_FLAGS: AccountFlags = { isActive: true, keepsBalance: false, isMonetary: true };

/** An account as a file wants it; what the file does not say is undefined. */
export interface WantedAccount {
  readonly line: number;
  readonly code: string;
  readonly name: string | undefined;
  /** Undefined where the cell is blank: then the parent says, or the code. */
  readonly type: AccountType | undefined;
  /** Code of the parent, or null for none. */
  readonly parent: string | null | undefined;
  readonly currency: string | null | undefined;
  readonly flags: AccountFlags | undefined;
}

/** An account as the company has it. */
export interface ChartAccount extends AccountFlags {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly type: AccountType;
  readonly parent: string | null;
  readonly currency: string | null;
}

/** An account that is made or changed; `before` is null for one that is new. */
export interface ChartChange {
  readonly line: number;
  readonly before: ChartAccount | null;
  readonly after: Omit<ChartAccount, 'id'>;
}
