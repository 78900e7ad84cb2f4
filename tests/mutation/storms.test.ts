import { expect, test } from 'vitest';
import { faultsOf, openBook } from '../ledger/books.ts';
import { acknowledgedIn, oddities, storedIn } from '../ledger/storm/found.ts';
import { rage } from '../ledger/storm/storm.ts';
import { openDatabase } from '../support/database.ts';
import { withClient } from '../support/run.ts';
import { hollow, rewritten } from './mutant.ts';

/** What a storm finds in a database of its own in which the statements have been committed. */
async function stormOver(sql: string) {
  const database = await openDatabase();
  await withClient(database.admin, (admin) => admin.query(sql));
  const books = [await openBook(database), await openBook(database)];
  const tally = await rage(database, { seed: 'mutant', connections: 4, transactions: 140, books });
  const faults = [];
  for (const book of books) faults.push(...(await faultsOf(database, book)));
  return {
    violations: tally.violations,
    acknowledged: acknowledgedIn(tally),
    stored: await storedIn(database),
    faults,
    oddities: await oddities(database),
  };
}

test('a storm finds nothing where nothing was changed', async () => {
  const { acknowledged, stored, ...found } = await stormOver('select 1');
  expect(found).toEqual({ violations: [], faults: [], oddities: [] });
  expect(stored).toEqual(acknowledged);
  expect(stored.length).toBeGreaterThan(50);
});

test('a storm finds a post_journal that takes unbalanced entries', async () => {
  const post =
    'finance.post_journal(uuid, date, text, uuid[], bigint[], bigint[], text[], text[], text, text)';
  const found = await stormOver(rewritten(post, 'and imbalance = 0', ''));
  expect(found.violations.join('\n')).toContain('unbalanced by function: it was accepted');
  expect(found.faults.join('\n')).toContain('Debits and credits differ');
  expect(found.stored).not.toEqual(found.acknowledged);
});

test('a storm finds a balance guard that does nothing', async () => {
  const found = await stormOver(hollow('finance.assert_lines_balanced()', 'return null'));
  expect(found.violations.join('\n')).toContain('unbalanced directly: it was accepted');
  expect(found.violations.join('\n')).toContain('one line directly: it was accepted');
  expect(found.violations.join('\n')).toContain('a reader saw a broken book');
});

test('a storm finds entries that move no kept balance', async () => {
  const found = await stormOver(
    'alter table finance.journal_lines disable trigger t50_derive_deltas',
  );
  expect(found.faults.join('\n')).toContain('drift of ');
});

test('a storm finds entries that leave no event', async () => {
  const found = await stormOver(hollow('finance.record_posting()', 'return null'));
  expect(found.faults.join('\n')).toContain('The posting left no event.');
});

test('a storm finds entries that are not what was asked for', async () => {
  const found = await stormOver(`
    create function public.change() returns trigger language plpgsql as
      'begin new.description := upper(new.description); return new; end';
    create trigger t99_change before insert on finance.journal_entries
      for each row when (length(new.description) % 7 = 0) execute function public.change()`);
  expect(found.stored.length).toBe(found.acknowledged.length);
  expect(found.stored).not.toEqual(found.acknowledged);
});

test('a storm finds entries that are lost after their COMMIT', async () => {
  const found = await stormOver(`
    create function public.lose_entry() returns trigger language plpgsql as 'begin return null; end';
    create trigger t99_lose before insert on finance.journal_entries for each row
      when (current_user <> 'aibos_poster' and new.description like '%3') execute function public.lose_entry();
    create function public.lose_line() returns trigger language plpgsql as 'begin
      if exists (select from finance.journal_entries e where e.id = new.journal_entry_id) then return new; end if;
      return null;
    end';
    create trigger t99_lose before insert on finance.journal_lines for each row
      when (current_user <> 'aibos_poster') execute function public.lose_line()`);
  expect(found.stored.length).toBeLessThan(found.acknowledged.length);
});

test('a storm finds lines that may be changed', async () => {
  const found = await stormOver(`
    alter table finance.journal_lines disable trigger t10_forbid_change, disable trigger t10_forbid_row_change`);
  expect(found.violations.join('\n')).toContain('update finance.journal_lines');
});
