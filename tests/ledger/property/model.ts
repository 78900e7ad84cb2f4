import type { ModelDraft, ModelPayment } from './documents.ts';
import type { ForeignEntry } from './foreign.ts';

/** The months of the fiscal year, by index. */
export const months = 12;

/** A line as the model holds it. */
export interface ModelLine {
  readonly account: string;
  readonly currency: string;
  readonly debit: bigint;
  readonly credit: bigint;
}

/** An entry that was posted, as the model remembers it. */
export interface ModelEntry {
  readonly id: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly description: string;
  readonly key: string | null;
  /** Whether the same entry sent again under its key is recognized: one that was inserted directly keeps no hash to compare. */
  readonly isReplayable: boolean;
  readonly lines: readonly ModelLine[];
  readonly reverses: string | null;
  /** The entry that it was posted to put right, reversed with it. */
  readonly corrects: string | null;
  /** Number of the transaction that posted it. */
  readonly knownFrom: number;
}

/** Debits and credits per account and currency, as `account currency` → `debit/credit`; without what never moved. */
export type Balances = ReadonlyMap<string, string>;

/**
 * What the books of one company must be, worked out from what was asked of them and from nothing that the database
 * computes. A copy of it is what a transaction sees; it takes the place of the original when the transaction commits.
 */
export class Model {
  /** Number of the transaction under way. */
  now = 1;
  /** Whether drafts need the approval of someone who had no hand in them. */
  needsFourEyes = false;
  /** By id, in the order of making. */
  readonly drafts = new Map<string, ModelDraft>();
  /** By id, in the order of making. */
  readonly payments = new Map<string, ModelPayment>();
  /** Entries of the company in euros, by id. */
  readonly foreign = new Map<string, ForeignEntry>();
  readonly #closed: boolean[];
  readonly #entries: Map<string, ModelEntry>;
  readonly #byKey: Map<string, ModelEntry>;
  readonly #reversed: Set<string>;

  constructor() {
    this.#closed = Array<boolean>(months).fill(false);
    this.#entries = new Map();
    this.#byKey = new Map();
    this.#reversed = new Set();
  }

  /** A copy for the transaction of a number. */
  copy(number: number): Model {
    const copy = new Model();
    copy.now = number;
    copy.needsFourEyes = this.needsFourEyes;
    for (const [month, isClosed] of this.#closed.entries()) copy.setClosed(month, isClosed);
    for (const entry of this.#entries.values()) copy.#remember(entry);
    for (const [id, draft] of this.drafts) copy.drafts.set(id, draft);
    for (const [id, payment] of this.payments) copy.payments.set(id, payment);
    for (const [id, entry] of this.foreign) copy.foreign.set(id, entry);
    return copy;
  }

  /** All entries, in the order of posting. */
  get entries(): readonly ModelEntry[] {
    return [...this.#entries.values()];
  }

  add(entry: Omit<ModelEntry, 'knownFrom'>): void {
    this.#remember({ ...entry, knownFrom: this.now });
  }

  #remember(entry: ModelEntry): void {
    this.#entries.set(entry.id, entry);
    if (entry.key !== null) this.#byKey.set(entry.key, entry);
    if (entry.reverses !== null) this.#reversed.add(entry.reverses);
  }

  /** The entry that has an idempotency key. */
  keyed(key: string): ModelEntry | undefined {
    return this.#byKey.get(key);
  }

  isReversed(id: string): boolean {
    return this.#reversed.has(id);
  }

  isClosed(month: number): boolean {
    return this.#closed[month] === true;
  }

  setClosed(month: number, isClosed: boolean): void {
    this.#closed[month] = isClosed;
  }

  /** How many months from the first on are closed; they close in order, so no other is. */
  get closedMonths(): number {
    return this.#closed.filter(Boolean).length;
  }

  /** Why nothing can be posted on a date, or null where it can. */
  dateProblem(date: string): 'IB801' | 'IB802' | null {
    if (!date.startsWith('2026-')) return 'IB801';
    return this.isClosed(Number(date.slice(5, 7)) - 1) ? 'IB802' : null;
  }

  /** Movements up to and including a date, as they were known when a transaction had ended. */
  balances(asOf = '9999-12-31', knownAt = Number.POSITIVE_INFINITY): Balances {
    const sums = new Map<string, { debit: bigint; credit: bigint }>();
    for (const { date, knownFrom, lines } of this.#entries.values()) {
      if (date > asOf || knownFrom > knownAt) continue;
      for (const { account, currency, debit, credit } of lines) {
        const place = `${account} ${currency}`;
        const sum = sums.get(place) ?? { debit: 0n, credit: 0n };
        sums.set(place, { debit: sum.debit + debit, credit: sum.credit + credit });
      }
    }
    return new Map([...sums].map(([place, { debit, credit }]) => [place, `${debit}/${credit}`]));
  }
}
