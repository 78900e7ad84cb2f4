import type pg from 'pg';
import type { Book } from '../books.ts';
import { newEntryId } from '../ids.ts';
import type { Line } from '../postings.ts';
import type { Random } from './random.ts';
import type { Claim } from './tally.ts';

/** What an operation works with: a transaction that is open, with the tenant of `book` in context. */
export interface Scene {
  readonly client: pg.Client;
  readonly random: Random;
  readonly book: Book;
  /** The book of another tenant. */
  readonly foreign: Book;
  /** A description that no other operation uses. */
  readonly mark: string;
  /** Entries of the tenant of `book` that have been acknowledged. */
  readonly known: readonly Claim[];
}

/** What an operation posted, if it is committed. */
export interface Effect {
  readonly claims?: readonly Claim[];
  /** Entries that were there before, or perhaps were. */
  readonly replays?: readonly Claim[];
  /** What it saw that must not be. */
  readonly problem?: string;
  /** Whether the operation wants to be rolled back. */
  readonly isGivenUp?: boolean;
}

/** One thing that a connection does in one transaction. */
export interface Operation {
  readonly kind: string;
  /** How often it comes up, against the others. */
  readonly weight: number;
  /** The codes that may refuse it, besides 40001. */
  readonly codes: readonly string[];
  run(scene: Scene): Promise<Effect>;
}

/** Dates of which the first lies in a period that stays open; the others lie in periods that close and open. */
export const dates = ['2026-02-10', '2026-03-10', '2026-04-10'] as const;

/** The periods of the later dates. */
export const restlessPeriods = ['2026-03', '2026-04'] as const;

/** Two to five lines that balance, on accounts that take any currency. */
export function balancedLines(random: Random, book: Book): readonly Line[] {
  const { cash, sales, kept } = book.accounts;
  const count = 2 + random.below(4);
  const amounts = Array.from({ length: count - 1 }, () => 1 + random.below(90_000));
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  const side = random.pick([1, -1]);
  return [...amounts.map((amount) => amount * side), -total * side].map((cents, index) => ({
    no: index + 1,
    account: random.pick([cash, sales, kept]),
    cents,
    memo: random.pick([null, 'as agreed', '3:für,', '']),
  }));
}

/** An entry to post, described by the mark of the scene. */
export function newClaim(scene: Scene, part = ''): Claim {
  const { random, book, mark } = scene;
  return {
    tenantId: book.tenantId,
    id: newEntryId(),
    description: `${mark}${part}`,
    date: random.pick(dates),
    lines: balancedLines(random, book),
  };
}

/** The entry that mirrors another one. */
export function mirrorOf(original: Claim, description: string): Claim {
  return {
    ...original,
    id: newEntryId(),
    description,
    lines: original.lines.map((line) => ({ ...line, cents: -line.cents })),
    isReversal: true,
  };
}
