import type { Line } from '../postings.ts';

/** An entry whose COMMIT was acknowledged. */
export interface Claim {
  readonly tenantId: string;
  readonly id: string;
  readonly description: string;
  readonly date: string;
  readonly lines: readonly Line[];
  readonly isReversal?: boolean;
}

/** What a storm has done so far. */
export class Tally {
  readonly claims: Claim[] = [];
  /** Entries that a posting under a known key was answered with. */
  readonly replays: Claim[] = [];
  /** What must never happen, in words. */
  readonly violations: string[] = [];
  readonly #accepted = new Map<string, number>();
  readonly #refused = new Map<string, number>();

  accept(kind: string, claims: readonly Claim[], replays: readonly Claim[]): void {
    this.#accepted.set(kind, (this.#accepted.get(kind) ?? 0) + 1);
    this.claims.push(...claims);
    this.replays.push(...replays);
  }

  refuse(kind: string, code: string): void {
    const key = `${kind}: ${code}`;
    this.#refused.set(key, (this.#refused.get(key) ?? 0) + 1);
  }

  /** How often an operation of a kind was committed. */
  accepted(kind: string): number {
    return this.#accepted.get(kind) ?? 0;
  }

  /** How often an operation of a kind was refused with one of the codes. */
  refused(kind: string, codes: readonly string[]): number {
    return codes.reduce((sum, code) => sum + (this.#refused.get(`${kind}: ${code}`) ?? 0), 0);
  }

  /** One line for each kind, and for each kind and code. */
  summary(): string {
    const lines = [...this.#accepted].map(([kind, count]) => `accepted ${kind}: ${count}`);
    lines.push(...[...this.#refused].map(([key, count]) => `refused ${key}: ${count}`));
    return lines.sort().join('\n');
  }
}

/** The lines of an entry as one text, for comparison with what the database holds. */
export function linesText(lines: readonly Line[]): string {
  return [...lines]
    .sort((a, b) => a.no - b.no)
    .map((line) => `${line.no} ${line.account} ${line.cents} ${line.memo ?? '(none)'}`)
    .join('; ');
}
