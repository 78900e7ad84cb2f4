import type {
  Account,
  Ledger,
  LedgerUnit,
  NewAccount,
  Outcome,
  Period,
  PreparedEntry,
} from '../../driver/import/ledger.ts';
import type { Company, Currency } from '../../driver/import/unit.ts';

interface Books {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly periods: readonly Period[];
  readonly entries: ReadonlyMap<string, PreparedEntry>;
}

/** An error with the fields a database sends. */
export class DatabaseError extends Error {
  readonly code: string;
  readonly detail: string | undefined;

  constructor(code: string, message: string, detail?: string) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

/** Books in memory that keep the promises of the port: all or nothing per transaction, one booking per key. */
export class FakeLedger implements Ledger {
  company: Company = { id: 'company-1', code: 'MAIN', functionalCurrency: 'USD' };
  currencies: readonly Currency[] = [
    { code: 'USD', exponent: 2 },
    { code: 'EUR', exponent: 2 },
    { code: 'JPY', exponent: 0 },
    { code: 'KWD', exponent: 3 },
  ];
  books: Books = { accounts: new Map(), periods: [], entries: new Map() };
  /** Sizes of the calls to post that succeeded or failed, in order. */
  readonly calls: number[] = [];
  transactions = 0;
  /** Thrown for the first entry it returns an error for. */
  refuses: (entry: PreparedEntry, index: number) => Error | null = () => null;
  onPost: (entries: readonly PreparedEntry[]) => void = () => {};
  failCommit: Error | null = null;

  async transaction<T>(work: (unit: LedgerUnit) => Promise<T>): Promise<T> {
    this.transactions += 1;
    const draft = { books: this.books };
    const result = await work(this.#unit(draft));
    if (this.failCommit !== null) throw this.failCommit;
    this.books = draft.books;
    return result;
  }

  addAccount(account: Partial<Account> & { code: string }): void {
    const full = {
      id: `id of ${account.code}`,
      type: 'asset',
      currency: null,
      isActive: true,
    } as const;
    this.books = {
      ...this.books,
      accounts: new Map(this.books.accounts).set(account.code, { ...full, ...account }),
    };
  }

  addPeriod(period: Period): void {
    this.books = { ...this.books, periods: [...this.books.periods, period] };
  }

  /** Sum of the amounts booked per account code. */
  sums(): Record<string, bigint> {
    const sums: Record<string, bigint> = {};
    for (const { entry } of this.books.entries.values()) {
      for (const line of entry.lines) sums[line.account] = (sums[line.account] ?? 0n) + line.amount;
    }
    return sums;
  }

  #unit(draft: { books: Books }): LedgerUnit {
    return {
      attempt: async (work) => {
        const before = draft.books;
        try {
          return await work();
        } catch (error) {
          draft.books = before;
          throw error;
        }
      },
      company: async (idOrCode) =>
        [this.company.id, this.company.code].includes(idOrCode) ? this.company : null,
      currencies: async () => this.currencies,
      accounts: async (_, codes) => codes.flatMap((code) => draft.books.accounts.get(code) ?? []),
      createAccounts: async (_, accounts) => this.#createAccounts(draft, accounts),
      bookedKeys: async (keys) => new Set(keys.filter((key) => draft.books.entries.has(key))),
      periods: async () => draft.books.periods,
      openYear: async (_, startsOn) => this.#openYear(draft, startsOn),
      post: async (_, entries) => this.#post(draft, entries),
    };
  }

  #createAccounts(draft: { books: Books }, accounts: readonly NewAccount[]): Account[] {
    const made = accounts.map(({ code, type }) => {
      return { id: `id of ${code}`, code, type, currency: null, isActive: true };
    });
    const all = new Map(draft.books.accounts);
    for (const account of made) all.set(account.code, account);
    draft.books = { ...draft.books, accounts: all };
    return made;
  }

  #openYear(draft: { books: Books }, startsOn: string): number {
    const year = startsOn.slice(0, 4);
    if (draft.books.periods.some((period) => period.startsOn.startsWith(year))) {
      throw new DatabaseError(
        '23P01',
        'conflicting key value violates fiscal_periods_no_overlap_ex',
      );
    }
    const years = draft.books.periods.map((period) => Number(period.startsOn.slice(0, 4)));
    if (years.length > 0 && !years.some((other) => Math.abs(other - Number(year)) === 1)) {
      throw new DatabaseError('IB804', `fiscal period ${year}-01 would leave a gap`);
    }
    const period = {
      name: year,
      startsOn,
      endsOn: `${year}-12-31`,
      status: 'open',
      yearStartsOn: startsOn,
    };
    const periods = [...draft.books.periods, period];
    periods.sort((a, b) => (a.startsOn < b.startsOn ? -1 : 1));
    draft.books = { ...draft.books, periods };
    return 12;
  }

  #post(draft: { books: Books }, entries: readonly PreparedEntry[]): Outcome[] {
    this.calls.push(entries.length);
    this.onPost(entries);
    const all = new Map(draft.books.entries);
    const outcomes = entries.map((prepared, index): Outcome => {
      const refusal = this.refuses(prepared, index);
      if (refusal !== null) throw refusal;
      const known = new Set([...draft.books.accounts.values()].map((account) => account.id));
      if (!prepared.accountIds.every((id) => known.has(id))) {
        throw new DatabaseError('IB205', 'account unknown', `entry ${index + 1}: no such account`);
      }
      if (all.has(prepared.entry.key)) return 'replayed';
      all.set(prepared.entry.key, prepared);
      return 'posted';
    });
    draft.books = { ...draft.books, entries: all };
    return outcomes;
  }
}
