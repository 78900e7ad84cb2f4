import type { Note, Refusal } from '../import/entry.ts';
import { errorFacts, ImportError } from '../import/errors.ts';
import type { Step } from '../import/modes.ts';
import type { Stop } from '../import/report.ts';
import type { Row } from '../import/rows.ts';
import type { Progress } from '../import/run.ts';
import type { Company } from '../import/unit.ts';
import { formatMinorUnits } from '../money.ts';
import type { Drafted } from './drafting.ts';
import { checkLine, type LineRules, type Payment } from './line.ts';
import { type PaymentReport, reasonsOf } from './report.ts';

/** Makes drafts of one batch. */
export type Drafter = Step<Payment, Drafted>;

/** One import of payments in progress: the batch in hand and what became of all lines before it. */
export class PaymentRun {
  readonly #rules: LineRules;
  readonly #limit: number;
  readonly #seen = new Map<string, number>();
  #batch: Payment[] = [];
  #line = 1;
  #read = 0;
  #accepted = 0;
  #before = 0;
  #skipped = 0;
  #stopped: Stop | null = null;
  readonly #refused: Refusal[] = [];
  readonly #notes: Note[] = [];
  readonly #sums = new Map<string, bigint>();

  constructor(rules: LineRules, limit: number) {
    this.#rules = rules;
    this.#limit = limit;
  }

  /** Whether the batch in hand should be stored before more is taken. */
  get isFull(): boolean {
    return this.#batch.length >= this.#limit;
  }

  /** Whether the import has ended before its time. */
  get isStopped(): boolean {
    return this.#stopped !== null;
  }

  /** Whether anything was refused or cut off. */
  get hasFaults(): boolean {
    return this.#refused.length > 0 || this.isStopped;
  }

  get progress(): Progress {
    return {
      line: this.#line,
      read: this.#read,
      accepted: this.#accepted,
      replayed: this.#before,
      refused: this.#refused.length,
    };
  }

  /** Checks a line and puts its payment in the batch, or sets it aside. */
  take(row: Row): void {
    this.#line = row.endLine;
    if (row.cells.every((cell) => cell.trim() === '')) return;
    this.#read += 1;
    const checked = checkLine(row, this.#rules, (number, line) => {
      const before = this.#seen.get(number) ?? null;
      if (before === null) this.#seen.set(number, line);
      return before;
    });
    if ('payment' in checked) this.#batch.push(checked.payment);
    else if ('refusal' in checked) this.#refused.push(checked.refusal);
    else {
      this.#skipped += 1;
      const { number: txn, amount } = checked.creditNote;
      this.#notes.push({ line: row.line, txn, message: `a credit note of ${amount} was left out` });
    }
  }

  /** Ends the import at a line after which rows cannot be told apart. */
  breakOff(error: unknown): void {
    const line = error instanceof ImportError ? (error.line ?? this.#line) : this.#line;
    this.#stopped = { ...errorFacts(error), line };
  }

  /** Stores the batch in hand; a fault of the database ends the import at the first line of the batch. */
  async flush(draft: Drafter): Promise<void> {
    const batch = this.#batch;
    const [first] = batch;
    if (first === undefined) return;
    this.#batch = [];
    try {
      const { made, before, refused } = await draft(batch);
      this.#accepted += made.length;
      this.#before += before.length;
      this.#refused.push(...refused);
      for (const { currency, amount } of made) {
        this.#sums.set(currency, (this.#sums.get(currency) ?? 0n) + amount);
      }
    } catch (error) {
      this.#stopped = { ...errorFacts(error), line: first.line };
    }
  }

  /** Ends the import after the last batch, because what was accepted could not be committed. */
  failCommit(error: unknown): void {
    this.#stopped ??= { ...errorFacts(error), line: this.#line };
  }

  /** The report; `committed` says whether what was accepted is stored. */
  report(
    about: Pick<PaymentReport, 'file' | 'strict' | 'dryRun'>,
    company: Company,
    committed: boolean,
  ): PaymentReport {
    const refused = this.#refused.toSorted((a, b) => a.firstLine - b.firstLine);
    return {
      ...about,
      company: { id: company.id, code: company.code },
      committed,
      columns: Object.fromEntries(
        [...this.#rules.columns].map(([field, { name }]) => [field, name]),
      ),
      stopped: this.#stopped,
      payments: {
        read: this.#read,
        accepted: this.#accepted,
        imported: committed ? this.#accepted : 0,
        before: this.#before,
        skipped: this.#skipped,
        refused: refused.length,
      },
      totals: [...this.#sums].map(([currency, minor]) => {
        const exponent = this.#rules.currencies.get(currency) ?? 0;
        return {
          currency,
          exponent,
          amountMinor: `${minor}`,
          amount: formatMinorUnits(minor, exponent),
        };
      }),
      reasons: reasonsOf(refused),
      refused,
      notes: this.#notes,
    };
  }
}
