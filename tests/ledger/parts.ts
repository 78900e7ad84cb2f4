import type pg from 'pg';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { type Book, contextOf, openBook } from './books.ts';
import { settle } from './closes.ts';
import { ways } from './postings.ts';

/** The statements with which parts of the ledger come and go. */
export const partMoves = {
  /** Ends the last part as soon as nobody writes, which `finance.open_journal_part()` does for a coming time alone; for a superuser. */
  end: `set local role aibos_owner;
    select finance._lock_tables(array['finance.journal_entries', 'finance.journal_lines']::regclass[], 'access exclusive');
    select finance._open_part(aibos.uuid_v7_from(clock_timestamp() + interval '2 ms'));
    reset role`,
  archive: "select finance.archive_journal_part(1, 'a race') as entries",
  restore: "select finance.restore_journal_part(1, 'a race')",
  drop: "select finance.drop_archived_part(1, 'a copy exists')",
} as const;

/** Resolves once the last part has begun: entries made from then on belong to it. */
export async function untilBegun(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ begun: boolean }>(
      `select p.begins_at <= clock_timestamp() as begun from finance.v_journal_parts p where p.ends_before is null`,
    );
    if (rows[0]?.begun !== false) return;
  }
}

/** Ends the last part of the ledger of a database, and waits until the next has begun. */
export async function endPart(database: TestDatabase): Promise<void> {
  await withClient(database.admin, async (admin) => {
    await admin.query('select finance.prepare_journal_part()');
    await admin.query(`begin; ${partMoves.end}; commit`);
    await untilBegun(admin);
  });
}

/** A database whose first part has ended, with entries that all lie in closed periods, and a second one with two more. */
export async function openArchivable(
  major: TestDatabase['server']['major'],
): Promise<{ readonly database: TestDatabase; readonly book: Book }> {
  const database = await openDatabase({ major });
  const book = await openBook(database);
  await withClient(database.login('finance'), (client) =>
    client.query(
      `begin; ${contextOf(book)}; ${ways['finance.post_journal'](book, { description: 'old', date: '2026-01-10', key: 'old' })}; commit`,
    ),
  );
  await endPart(database);
  await settle(database, book, '2026-01');
  await withClient(database.login('finance'), (client) =>
    client.query(
      `begin; ${contextOf(book)}; ${ways['finance.post_journal'](book, { description: 'new', date: '2026-03-10' })}; commit`,
    ),
  );
  return { database, book };
}
