import { createHash } from 'node:crypto';
import type { Entry } from './entry.ts';

/** What an idempotency key is made of: everything of an entry that gets booked, and nothing of the file around it. */
export type EntryContent = Pick<Entry, 'date' | 'description' | 'reference'> & {
  readonly lines: readonly Pick<
    Entry['lines'][number],
    'account' | 'currency' | 'amount' | 'memo'
  >[];
};

/**
 * Gives each entry of one file its idempotency key: `import:<SHA-256 of the content>:<occurrence>`.
 * The content covers company, date, description, reference and lines in order, plus the source label when one is given;
 * the occurrence counts equal contents within the file. File name, line numbers and transaction numbers stay out of it.
 */
export class EntryIdentity {
  readonly #scope: readonly [string, string];
  readonly #seen = new OccurrenceCounter();

  constructor(companyId: string, source = '') {
    this.#scope = [companyId, source];
  }

  /** Returns the key of the next entry of the file. */
  key(content: EntryContent): string {
    const hash = createHash('sha256')
      .update(
        JSON.stringify([
          'journal-import-1',
          ...this.#scope,
          content.date,
          content.description,
          content.reference,
          content.lines.map((line) => [line.account, line.currency, `${line.amount}`, line.memo]),
        ]),
      )
      .digest();
    return `import:${hash.toString('hex')}:${this.#seen.next(hash)}`;
  }
}

/**
 * Counts how often a hash came by, in 12 bytes a slot: an open-addressing table over the first 64 bits.
 * Two hashes that agree there share a count, which keeps keys distinct and the same on every run over a file.
 */
export class OccurrenceCounter {
  #slots = new Uint32Array(3 * 1024);
  #used = 0;

  /** Counts the hash once more and returns the count, from 1. */
  next(hash: Buffer): number {
    if (this.#used * 10 > (this.#slots.length / 3) * 7) this.#grow();
    const at = place(this.#slots, hash.readUInt32LE(0), hash.readUInt32LE(4));
    const count = (this.#slots[at + 2] ?? 0) + 1;
    if (count === 1) this.#used += 1;
    this.#slots[at] = hash.readUInt32LE(0);
    this.#slots[at + 1] = hash.readUInt32LE(4);
    this.#slots[at + 2] = count;
    return count;
  }

  /** Bytes held by the table. */
  get bytes(): number {
    return this.#slots.byteLength;
  }

  #grow(): void {
    const old = this.#slots;
    const grown = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 3) {
      if (old[at + 2] !== 0)
        grown.set(old.subarray(at, at + 3), place(grown, old[at] ?? 0, old[at + 1] ?? 0));
    }
    this.#slots = grown;
  }
}

function place(slots: Uint32Array, low: number, high: number): number {
  const mask = slots.length / 3 - 1;
  let slot = low & mask;
  while (slots[slot * 3 + 2] !== 0 && (slots[slot * 3] !== low || slots[slot * 3 + 1] !== high)) {
    slot = (slot + 1) & mask;
  }
  return slot * 3;
}
