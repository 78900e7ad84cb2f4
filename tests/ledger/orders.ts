import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '../support/database.ts';
import { openSessions, type Session, type Step } from '../support/sessions.ts';
import { type Book, begin, type Level, setStatus } from './books.ts';
import { outcomeOf } from './periods.ts';
import { type Posting, postJournals, ways } from './postings.ts';

/** Two posters whose arrays run in opposite directions, and two superusers who hold what both need. */
export interface Crossing {
  readonly forth: Session;
  readonly back: Session;
  readonly early: Session;
  readonly late: Session;
}

/** How a crossing went. */
export interface Crossed {
  /** Whom the two posters waited for at first. */
  readonly waits: readonly [forth: string, back: string];
  /** What became of the two postings: `posted`, or the code that refused it. */
  readonly outcomes: readonly [forth: string, back: string];
  /** How often the entries of each end of the arrays may be found. */
  readonly descriptions: readonly [string, string];
}

/** Opens the sessions of a crossing. */
export function openCrossing(database: TestDatabase): Promise<Crossing> {
  const login = database.login('finance');
  return openSessions(database, {
    forth: login,
    back: login,
    early: database.admin,
    late: database.admin,
  });
}

/**
 * Two arrays need a period of each of two books, in opposite order, while one closer holds each of the periods: `early`
 * the one that comes first by company and date, `late` the other.
 */
export async function crossPeriods(
  crossing: Crossing,
  books: readonly [Book, Book],
  level: Level,
): Promise<Crossed> {
  const { forth, back, early, late } = crossing;
  const name = randomUUID();
  const [first, last] =
    books[0].companyId <= books[1].companyId ? books : ([books[1], books[0]] as const);
  const february = [first, { description: `${name} february`, date: '2026-02-10' }] as const;
  const march = [last, { description: `${name} march`, date: '2026-03-10' }] as const;
  await begin(early, first, 'read committed');
  await early.run(setStatus(first, '2026-02', 'closing'));
  await begin(late, last, 'read committed');
  await late.run(setStatus(last, '2026-03', 'closing'));
  await begin(forth, first, level);
  await begin(back, first, level);
  const steps = [
    forth.start(postJournals([february, march])),
    back.start(postJournals([march, february])),
  ] as const;
  const waits = [
    await holderOf(steps[0], forth, [early, late]),
    await holderOf(steps[1], back, [early, late]),
  ] as const;
  await early.run('rollback');
  await late.run('rollback');
  const outcomes = [await outcomeOf(forth, steps[0]), await outcomeOf(back, steps[1])] as const;
  return { waits, outcomes, descriptions: [`${name} february`, `${name} march`] };
}

/** Two arrays hold the same two keys in opposite order, while `late` has posted under the last of them. */
export async function crossKeys(crossing: Crossing, book: Book, level: Level): Promise<Crossed> {
  const { forth, back, early, late } = crossing;
  const name = randomUUID();
  const entry = (key: string): readonly [Book, Posting] => [book, { description: key, key }];
  const [a, b] = [entry(`${name} a`), entry(`${name} b`)];
  await begin(late, book, 'read committed');
  await late.run(ways['finance.post_journal'](...b));
  await begin(forth, book, level);
  await begin(back, book, level);
  const holders = [early, late, forth];
  const firstStep = forth.start(postJournals([a, b]));
  const firstWait = await holderOf(firstStep, forth, holders);
  const secondStep = back.start(postJournals([b, a]));
  const secondWait = await holderOf(secondStep, back, holders);
  await late.run('rollback');
  const outcomes = await Promise.all([
    outcomeOf(forth, firstStep),
    outcomeOf(back, secondStep),
  ] as const);
  return {
    waits: [firstWait, secondWait],
    outcomes,
    descriptions: [a[1].description, b[1].description],
  };
}

/** The name of the one among `holders` that a statement of `session` waits for. The first of them looks. */
async function holderOf(
  step: Step,
  session: Session,
  holders: readonly Session[],
): Promise<string> {
  await step.blocked();
  const observed = await holders[0]?.run('select pg_blocking_pids($1) as pids', [session.pid]);
  const pids: readonly number[] = observed?.rows[0]?.pids ?? [];
  return holders.find((holder) => pids.includes(holder.pid))?.name ?? 'nobody';
}
