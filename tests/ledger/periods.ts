import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { TestDatabase } from '../support/database.ts';
import { openSessions, type Session, type Step } from '../support/sessions.ts';
import { type Book, begin, entriesCalled, type Level, openBook, setStatus } from './books.ts';
import { reverse, ways } from './postings.ts';

/** Every way to post into a period; a reversal is one more. */
export const periodWays = [
  'finance.post_journal',
  'finance.post_journals',
  'direct INSERT',
  'one INSERT of both',
  'finance.reverse_journal',
] as const;

/** One of {@link periodWays}. */
export type PeriodWay = (typeof periodWays)[number];

/** Who takes part: a poster as the application, a closer and a stopper as superusers. */
export interface Racers {
  readonly database: TestDatabase;
  readonly book: Book;
  readonly poster: Session;
  readonly closer: Session;
  readonly stopper: Session;
}

/** How a race went. */
export interface Race {
  /** What became of the posting: `posted`, or the code that refused it. */
  readonly posting: string;
  /** Whether the close waited for the posting to end. */
  readonly closeWaited: boolean;
  /** Whether the entry was committed after the period had closed. */
  readonly isLate: boolean;
}

/** Opens the sessions of a race in a book of its own. */
export async function openRace(database: TestDatabase): Promise<Racers> {
  const book = await openBook(database);
  const sessions = await openSessions(database, {
    poster: database.login('finance'),
    closer: database.admin,
    stopper: database.admin,
  });
  return { database, book, ...sessions };
}

/** Opens the period again and returns the statement that posts into it, with a description that no other entry has. */
export async function preparePosting(
  racers: Racers,
  way: PeriodWay,
): Promise<{ readonly description: string; readonly sql: string }> {
  const { book, closer, database } = racers;
  await begin(closer, book, 'read committed');
  await closer.run(setStatus(book, '2026-03', 'open'));
  await closer.run('commit');
  const description = `race ${randomUUID()}`;
  if (way !== 'finance.reverse_journal')
    return { description, sql: ways[way](book, { description }) };
  const original = `original of ${description}`;
  await begin(closer, book, 'read committed');
  await closer.run(ways['direct INSERT'](book, { description: original, date: '2026-02-10' }));
  await closer.run('commit');
  const [entry] = await entriesCalled(database, original);
  return { description, sql: reverse(entry ?? '', '2026-03-10', description) };
}

/** The period closes after the poster's snapshot was taken and before it posts. */
export async function closeBeforePosting(
  racers: Racers,
  way: PeriodWay,
  level: Level,
): Promise<Race> {
  const { description, sql } = await preparePosting(racers, way);
  await begin(racers.poster, racers.book, level);
  await close(racers).result();
  await racers.closer.run('commit');
  const posting = await outcomeOf(racers.poster, racers.poster.start(sql));
  return { posting, closeWaited: false, isLate: await exists(racers, description) };
}

/** The period closes while the posting has found it open and has not yet written its lines. */
export async function closeWithinPosting(
  racers: Racers,
  way: PeriodWay,
  level: Level,
): Promise<Race> {
  const { stopper, poster, book } = racers;
  const { description, sql } = await preparePosting(racers, way);
  await begin(stopper, book, 'read committed');
  // Whatever reads goes on; a superuser's lock stops what writes lines, hence the posting in its middle.
  await stopper.run(
    way === 'one INSERT of both'
      ? `select from finance.accounts where tenant_id = '${book.tenantId}' for update`
      : 'lock table finance.journal_lines in share mode',
  );
  await begin(poster, book, level);
  const step = poster.start(sql);
  await step.blocked(stopper);
  const closing = close(racers);
  const closeWaited = await waitsFor(closing, poster);
  if (!closeWaited) await racers.closer.run('commit');
  await stopper.run('rollback');
  const posting = await outcomeOf(poster, step);
  return finish(racers, description, { posting, closeWaited, closing });
}

/** The period closes between the posting and its COMMIT. */
export async function closeBeforeCommit(
  racers: Racers,
  way: PeriodWay,
  level: Level,
): Promise<Race> {
  const { poster, book } = racers;
  const { description, sql } = await preparePosting(racers, way);
  await begin(poster, book, level);
  await poster.run(sql);
  const closing = close(racers);
  const closeWaited = await waitsFor(closing, poster);
  if (!closeWaited) await racers.closer.run('commit');
  const posting = await outcomeOf(poster);
  return finish(racers, description, { posting, closeWaited, closing });
}

/** Begins to close the period; the transaction stays open. */
export function close({ closer, book }: Racers): Step {
  const opening = begin(closer, book, 'read committed');
  opening.catch(() => {});
  return closer.start(setStatus(book, '2026-03', 'closing'));
}

/** Waits for the posting, where one is under way, and commits; `posted` or the code that refused it. */
export async function outcomeOf(poster: Session, step?: Step): Promise<string> {
  try {
    await step?.result();
    await poster.run('commit');
    return 'posted';
  } catch (reason) {
    await poster.run('rollback');
    const { code } = reason as pg.DatabaseError;
    if (code === undefined) throw reason;
    return code;
  }
}

async function finish(
  racers: Racers,
  description: string,
  race: { posting: string; closeWaited: boolean; closing: Step },
): Promise<Race> {
  await race.closing.result();
  if (race.closeWaited) await racers.closer.run('commit');
  const { posting, closeWaited } = race;
  const isLate = !closeWaited && (await exists(racers, description));
  return { posting, closeWaited, isLate };
}

async function exists(racers: Racers, description: string): Promise<boolean> {
  return (await entriesCalled(racers.database, description)).length > 0;
}

async function waitsFor(step: Step, session: Session): Promise<boolean> {
  return step.blocked(session).then(
    () => true,
    () => false,
  );
}
