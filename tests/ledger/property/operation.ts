import type { Dice } from './dice.ts';
import type { Model } from './model.ts';
import type { World } from './world.ts';

/** The sessions that transactions run in. */
export const sessions = ['clerk', 'colleague', 'administrator'] as const;

/** One of {@link sessions}. */
export type SessionName = (typeof sessions)[number];

/** What an operation needs to know of the moment. */
export interface Moment {
  readonly world: World;
  /** The books as this transaction sees them. */
  readonly model: Model;
  readonly dice: Dice;
  readonly session: SessionName;
  /** Id of the user who acts. */
  readonly user: string;
}

/** A row that came back. */
export type Row = Readonly<Record<string, unknown>>;

/** One thing to ask of the database, and what must come of it. */
export interface Attempt {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Sent after it, in the same savepoint. */
  readonly afterwards?: string;
  /** SQLSTATE that must come, or null where it must go through. */
  readonly refusedWith: string | null;
  /** Writes into the model what went through, given the rows. */
  readonly apply?: (rows: readonly Row[]) => void;
}

/** A kind of thing that clients do to the books, legal or not. To add one, write one of these and list it. */
export interface Operation {
  readonly name: string;
  /** How often it is drawn, compared with the others. */
  readonly weight: number;
  /** The attempt for a moment, or null where there is nothing to attempt, as with a reversal in empty books. */
  plan(moment: Moment): Attempt | null;
}

/** The text of a column of a row. @throws where it is none. */
export function textOf(row: Row | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== 'string') throw new Error(`no text in column ${column}`);
  return value;
}
