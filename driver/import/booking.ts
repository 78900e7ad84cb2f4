import { type AccountTypeRules, accountNameOf, accountTypeOf } from './account-types.ts';
import type { Entry, Refusal } from './entry.ts';
import { judgeEntry } from './judging.ts';
import type { Account, LedgerUnit, NewAccount } from './ledger.ts';
import { blamedEntry, isRefusal, refusalOf } from './refusing.ts';
import type { OpenedYear } from './report.ts';
import { middleDate, openableYears } from './years.ts';

/** How checked entries are booked. */
export interface BookingRules {
  readonly companyId: string;
  readonly accountTypes: AccountTypeRules;
  /** Whether fiscal years are opened for dates that no period holds. */
  readonly openPeriods: boolean;
}

/** What became of one batch. */
export interface Booking {
  readonly accepted: readonly Entry[];
  readonly replayed: readonly Entry[];
  readonly refused: readonly Refusal[];
  readonly newAccounts: readonly NewAccount[];
  readonly newYears: readonly OpenedYear[];
}

/**
 * Books a batch inside one transaction: what is booked already is passed over, what the books or the database refuse is
 * set aside with its reason, and the rest goes in. It keeps nothing between calls, so it may run again.
 * @throws whatever is not the refusal of an entry, such as a lost connection.
 */
export async function bookBatch(
  unit: LedgerUnit,
  entries: readonly Entry[],
  rules: BookingRules,
): Promise<Booking> {
  const known = await unit.bookedKeys(entries.map((entry) => entry.key));
  const fresh = entries.filter((entry) => !known.has(entry.key));
  const codes = new Set(fresh.flatMap((entry) => entry.lines.map((line) => line.account)));
  const accounts = new Map(
    (await unit.accounts(rules.companyId, [...codes])).map((account) => [account.code, account]),
  );
  const booking = {
    accepted: [] as Entry[],
    replayed: entries.filter((entry) => known.has(entry.key)),
    refused: [] as Refusal[],
    newAccounts: [] as NewAccount[],
    newYears: [] as OpenedYear[],
  };
  const periods = fresh.length === 0 ? [] : await unit.periods(rules.companyId);
  const unopened = new Map<string, unknown>();
  const anchor = middleDate(fresh);
  const good: Entry[] = [];
  for (const entry of fresh) {
    const problems = judgeEntry(entry, accounts, periods, { ...rules, anchor });
    const years = problems.length === 0 ? (openableYears(entry, periods, anchor) ?? []) : [];
    const stuck = await openYears(unit, years, rules, booking.newYears, unopened);
    if (stuck !== undefined) booking.refused.push(refusalOf(entry, unopened.get(stuck)));
    else if (problems.length > 0) {
      const { txn, firstLine, lastLine } = entry;
      booking.refused.push({ txn, firstLine, lastLine, problems });
    } else good.push(entry);
  }
  await postGood(unit, good, accounts, rules, booking);
  return booking;
}

/** Opens years one after the other, each once; returns the first that the database refuses, with its error in `unopened`. */
async function openYears(
  unit: LedgerUnit,
  years: readonly string[],
  rules: BookingRules,
  opened: OpenedYear[],
  unopened: Map<string, unknown>,
): Promise<string | undefined> {
  for (const year of years) {
    if (opened.some(({ startsOn }) => startsOn === year)) continue;
    if (unopened.has(year)) return year;
    try {
      const made = await unit.attempt(() => unit.openYear(rules.companyId, year));
      opened.push({ startsOn: year, periods: made });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      unopened.set(year, error);
      return year;
    }
  }
  return undefined;
}

/** Posts as many at once as go: after a refusal the entry named is set aside, what came before it follows, then more and more. */
async function postGood(
  unit: LedgerUnit,
  good: readonly Entry[],
  accounts: Map<string, Account>,
  rules: BookingRules,
  booking: { accepted: Entry[]; replayed: Entry[]; refused: Refusal[]; newAccounts: NewAccount[] },
): Promise<void> {
  let pending = good;
  let size = good.length;
  while (pending.length > 0) {
    const chunk = pending.slice(0, size);
    try {
      const { made, outcomes } = await unit.attempt(() => postChunk(unit, chunk, accounts, rules));
      for (const account of made.accounts) accounts.set(account.code, account);
      booking.newAccounts.push(...made.drafts);
      for (const [at, entry] of chunk.entries()) {
        booking[outcomes[at] === 'replayed' ? 'replayed' : 'accepted'].push(entry);
      }
      pending = pending.slice(chunk.length);
      size *= 2;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const blamed = blamedEntry(error, chunk.length) ?? (chunk.length === 1 ? 0 : null);
      const bad = blamed === null ? undefined : chunk[blamed];
      if (bad !== undefined) {
        booking.refused.push(refusalOf(bad, error));
        pending = pending.filter((entry) => entry !== bad);
      }
      size = Math.max(1, blamed || Math.floor(chunk.length / (blamed === null ? 2 : 4)));
    }
  }
}

async function postChunk(
  unit: LedgerUnit,
  chunk: readonly Entry[],
  accounts: ReadonlyMap<string, Account>,
  rules: BookingRules,
) {
  const drafts = new Map<string, NewAccount>();
  for (const { account: code, accountName } of chunk.flatMap((entry) => entry.lines)) {
    const type = accountTypeOf(code, rules.accountTypes);
    if (accounts.has(code) || drafts.has(code) || type === null) continue;
    drafts.set(code, { code, type, name: accountName === '' ? accountNameOf(code) : accountName });
  }
  const made =
    drafts.size === 0 ? [] : await unit.createAccounts(rules.companyId, [...drafts.values()]);
  const ids = new Map([...accounts.values(), ...made].map((account) => [account.code, account.id]));
  const outcomes = await unit.post(
    rules.companyId,
    chunk.map((entry) => ({
      entry,
      accountIds: entry.lines.map((line) => ids.get(line.account) ?? ''),
    })),
  );
  return { made: { accounts: made, drafts: [...drafts.values()] }, outcomes };
}
