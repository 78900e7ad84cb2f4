import type { Posting, RawEntry } from './entry.ts';

/** Most postings one entry may have. */
export const MAX_ENTRY_LINES = 100_000;

/** Collects consecutive postings of the same transaction; holds one transaction at a time. */
export class EntryGrouper {
  #postings: Posting[] = [];
  #count = 0;
  #lastLine = 0;

  /** Takes the next posting; returns the entry that it closes, if it begins another one. */
  push(posting: Posting): RawEntry | null {
    const closed = this.#postings[0]?.txn === posting.txn ? null : this.close();
    if (this.#postings.length < MAX_ENTRY_LINES) this.#postings.push(posting);
    this.#count += 1;
    this.#lastLine = posting.endLine;
    return closed;
  }

  /** Returns the entry in hand, if any, and starts afresh. */
  close(): RawEntry | null {
    const first = this.#postings[0];
    if (first === undefined) return null;
    const entry: RawEntry = {
      txn: first.txn,
      firstLine: first.line,
      lastLine: this.#lastLine,
      count: this.#count,
      postings: this.#postings,
    };
    this.#postings = [];
    this.#count = 0;
    return entry;
  }
}
