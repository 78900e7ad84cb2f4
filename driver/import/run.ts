import { formatMinorUnits } from '../money.ts';
import type { Booking } from './booking.ts';
import { checkEntry } from './check.ts';
import type { Entry, Note, RawEntry, Refusal } from './entry.ts';
import { errorFacts, ImportError } from './errors.ts';
import type { CheckRules } from './fields.ts';
import type { NewAccount } from './ledger.ts';
import type { Step } from './modes.ts';
import type { ImportReport, OpenedYear, Stop } from './report.ts';
import type { Company } from './unit.ts';

/** How far an import is. */
export interface Progress {
  /** Last line of the file that was taken in. */
  readonly line: number;
  readonly read: number;
  readonly accepted: number;
  readonly replayed: number;
  readonly refused: number;
}

/** Books one batch. */
export type Booker = Step<Entry, Booking>;

/** Most entries and lines that one batch holds; an entry of more lines is a batch of its own. */
export interface BatchLimits {
  readonly entries: number;
  readonly lines: number;
}

/** One import in progress: the batch in hand and what became of all before it. */
export class ImportRun {
  readonly #rules: CheckRules;
  readonly #limits: BatchLimits;
  #batch: Entry[] = [];
  #batchLines = 0;
  #line = 1;
  #read = { entries: 0, lines: 0 };
  #accepted = { entries: 0, lines: 0 };
  #replayed = 0;
  #stopped: Stop | null = null;
  readonly #refused: Refusal[] = [];
  readonly #notes: Note[] = [];
  readonly #accounts = new Map<string, NewAccount>();
  readonly #years = new Map<string, OpenedYear>();
  readonly #debits = new Map<string, bigint>();

  constructor(rules: CheckRules, limits: BatchLimits) {
    this.#rules = rules;
    this.#limits = limits;
  }

  /** Whether the batch in hand should be booked before more is taken. */
  get isFull(): boolean {
    return this.#batch.length >= this.#limits.entries || this.#batchLines >= this.#limits.lines;
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
      read: this.#read.entries,
      accepted: this.#accepted.entries,
      replayed: this.#replayed,
      refused: this.#refused.length,
    };
  }

  /** Checks an entry of the file and puts it in the batch, or sets it aside. */
  take(raw: RawEntry): void {
    this.#count(raw);
    const { entry, refusal, notes } = checkEntry(raw, this.#rules);
    this.#notes.push(...notes);
    if (refusal !== null) this.#refused.push(refusal);
    if (entry === null) return;
    this.#batch.push(entry);
    this.#batchLines += entry.lines.length;
  }

  /** Ends the import at a broken line; the entry in hand may go on there, so it is refused. */
  breakOff(error: unknown, cut: RawEntry | null): void {
    const line = error instanceof ImportError ? (error.line ?? this.#line) : this.#line;
    this.#stopped = { ...errorFacts(error), line };
    if (cut === null) return;
    this.#count(cut);
    const { txn, firstLine, lastLine } = cut;
    const message = `the entry may go on in line ${line}, which cannot be read`;
    const hint = 'Mend the line and import the file again; what is booked stays booked once.';
    const problem = { line: firstLine, code: 'IB952', message, hint, by: 'importer' } as const;
    this.#refused.push({ txn, firstLine, lastLine, problems: [problem] });
  }

  /** Books the batch in hand; a fault of the database ends the import at the first line of the batch. */
  async flush(book: Booker): Promise<void> {
    const batch = this.#batch;
    const first = batch[0];
    if (first === undefined) return;
    this.#batch = [];
    this.#batchLines = 0;
    try {
      this.#add(await book(batch));
    } catch (error) {
      this.#stopped = { ...errorFacts(error), line: first.firstLine };
    }
  }

  /** Ends the import after the last batch, because what was accepted could not be committed. */
  failCommit(error: unknown): void {
    this.#stopped ??= { ...errorFacts(error), line: this.#line };
  }

  /** The report; `committed` says whether what was accepted is in the books. */
  report(
    about: Pick<ImportReport, 'file' | 'format' | 'strict' | 'dryRun'>,
    company: Company,
    committed: boolean,
  ): ImportReport {
    const booked = committed ? this.#accepted : { entries: 0, lines: 0 };
    const [read, accepted] = [this.#read, this.#accepted];
    return {
      ...about,
      company: { id: company.id, code: company.code },
      committed,
      stopped: this.#stopped,
      entries: {
        read: read.entries,
        accepted: accepted.entries,
        booked: booked.entries,
        replayed: this.#replayed,
        refused: this.#refused.length,
      },
      lines: { read: read.lines, accepted: accepted.lines, booked: booked.lines },
      newAccounts: [...this.#accounts.values()],
      newYears: [...this.#years.values()],
      totals: [...this.#debits].map(([currency, minor]) => {
        const exponent = this.#rules.currencies.get(currency) ?? 0;
        const debit = formatMinorUnits(minor, exponent);
        return { currency, exponent, debitMinor: `${minor}`, debit };
      }),
      refused: this.#refused.toSorted((a, b) => a.firstLine - b.firstLine),
      notes: this.#notes,
    };
  }

  #count(raw: RawEntry): void {
    this.#line = raw.lastLine;
    this.#read.entries += 1;
    this.#read.lines += raw.count;
  }

  #add(booking: Booking): void {
    for (const { lines } of booking.accepted) {
      this.#accepted.entries += 1;
      this.#accepted.lines += lines.length;
      for (const { currency, amount } of lines) {
        if (amount > 0n) this.#debits.set(currency, (this.#debits.get(currency) ?? 0n) + amount);
      }
    }
    this.#replayed += booking.replayed.length;
    this.#refused.push(...booking.refused);
    for (const account of booking.newAccounts) this.#accounts.set(account.code, account);
    for (const year of booking.newYears) {
      if (!this.#years.has(year.startsOn)) this.#years.set(year.startsOn, year);
    }
  }
}
