import type { ErrorFacts } from '../import/errors.ts';
import type { Fault, Rate, RateRow } from './rates.ts';
import { type Difference, type FxReport, REPORT_LIMIT } from './report.ts';
import type { Loaded } from './store.ts';

/** Which rates of a file to take; days as YYYY-MM-DD, both inclusive. */
export interface RateFilter {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** A rate is taken when both of its currencies are among these. */
  readonly currencies?: readonly string[] | undefined;
}

/** How far an import is. */
export interface FxProgress {
  readonly line: number;
  readonly read: number;
  readonly loaded: number;
}

/** Counts an import and keeps what its report will say. */
export class Tally {
  readonly #filter: RateFilter;
  readonly #wanted: ReadonlySet<string> | null;
  readonly #seen = new Set<string>();
  readonly #currencies = new Set<string>();
  readonly #faults: Fault[] = [];
  readonly #differences: Difference[] = [];
  readonly #cells = { unreadable: 0, blank: 0, leftOut: 0 };
  readonly #rates = { read: 0, loaded: 0, already: 0, different: 0 };
  #rows = 0;
  #line = 1;
  #first = '';
  #last = '';
  #stopped: FxReport['stopped'] = null;

  constructor(filter: RateFilter) {
    this.#filter = filter;
    this.#wanted = filter.currencies === undefined ? null : new Set(filter.currencies);
  }

  get progress(): FxProgress {
    return { line: this.#line, read: this.#rates.read, loaded: this.#rates.loaded };
  }

  /** Counts a row and returns the rates of it that the filter lets through. */
  take(line: number, { rates, faults, blanks }: RateRow): readonly Rate[] {
    this.#rows += 1;
    this.#line = line;
    this.#cells.blank += blanks;
    this.#cells.unreadable += faults.length;
    this.#faults.push(...faults.slice(0, REPORT_LIMIT - this.#faults.length));
    const taken = rates.filter((rate) => this.#lets(rate));
    this.#cells.leftOut += rates.length - taken.length;
    for (const { base, quote, day } of taken) {
      this.#currencies.add(base).add(quote);
      if (this.#first === '' || day < this.#first) this.#first = day;
      if (day > this.#last) this.#last = day;
    }
    this.#rates.read += taken.length;
    return taken;
  }

  /** Counts what became of a batch. */
  settle(batch: readonly Rate[], { loaded, others }: Loaded): void {
    this.#rates.loaded += loaded;
    this.#rates.different += others.length;
    this.#rates.already += batch.length - loaded - others.length;
    for (const { given, ...stored } of others.slice(0, REPORT_LIMIT - this.#differences.length)) {
      this.#differences.push({ ...given, code: 'IB967', stored });
    }
  }

  /** Notes why the import ends here. */
  stop(facts: ErrorFacts, line: number | null): void {
    this.#stopped = { ...facts, line: line ?? this.#line };
  }

  /** The report; `known` are the active currencies. */
  report(
    about: Pick<FxReport, 'file' | 'format' | 'source' | 'dryRun'>,
    known: ReadonlySet<string>,
  ): FxReport {
    const currencies = [...this.#currencies].toSorted();
    return {
      ...about,
      stopped: this.#stopped,
      rows: this.#rows,
      rates: { ...this.#rates },
      cells: { ...this.#cells },
      days: this.#first === '' ? null : { first: this.#first, last: this.#last },
      currencies,
      unknownCurrencies: currencies.filter((code) => !known.has(code)),
      absentCurrencies: [...(this.#wanted ?? [])].filter((code) => !this.#seen.has(code)),
      differences: this.#differences,
      faults: this.#faults,
    };
  }

  #lets({ base, quote, day }: Rate): boolean {
    this.#seen.add(base).add(quote);
    const { from, to } = this.#filter;
    if ((from !== undefined && day < from) || (to !== undefined && day > to)) return false;
    return this.#wanted === null || (this.#wanted.has(base) && this.#wanted.has(quote));
  }
}
