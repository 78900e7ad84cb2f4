import type { Entry } from './entry.ts';
import type { Period } from './ledger.ts';

/** How many years may be opened at once to reach a date; a date further away is taken for a slip. */
export const MAX_NEW_YEARS = 50;

/** Whether a period holds the date of an entry. */
export function periodOf(entry: Entry, periods: readonly Period[]): Period | null {
  return periods.find((p) => p.startsOn <= entry.date && entry.date <= p.endsOn) ?? null;
}

/**
 * First days of the fiscal years to open for an entry, outward from the periods there are, so that no gap arises at any
 * moment; none where a period holds its date, null where it is too far away. Where there are no periods at all, the
 * calendar year of `anchor` comes first.
 */
export function openableYears(
  entry: Entry,
  periods: readonly Period[],
  anchor: string,
): readonly string[] | null {
  if (periodOf(entry, periods) !== null) return [];
  const [first, last] = [periods[0], periods.at(-1)];
  const years: string[] = [];
  let start = `${anchor.slice(0, 4)}-01-01`;
  if (first === undefined || last === undefined) {
    years.push(start);
  } else if (entry.date > last.endsOn) {
    // The last year may be there in part only; opening it again adds what is missing.
    const following = plusYears(last.yearStartsOn, 1);
    start = following <= dayAfter(last.endsOn) ? following : last.yearStartsOn;
    years.push(start);
  } else {
    start =
      first.yearStartsOn < first.startsOn ? first.yearStartsOn : plusYears(first.yearStartsOn, -1);
    years.push(start);
  }
  const step = entry.date < start ? -1 : 1;
  const holds = (year: string) => year <= entry.date && entry.date < plusYears(year, 1);
  while (!holds(start)) {
    if (years.length > MAX_NEW_YEARS) return null;
    start = plusYears(start, step);
    years.push(start);
  }
  return years;
}

/** The date in the middle of those of a batch: one slip among them does not decide where the books begin. */
export function middleDate(entries: readonly Entry[]): string {
  const dates = entries.map((entry) => entry.date).toSorted();
  return dates[Math.floor((dates.length - 1) / 2)] ?? '';
}

function plusYears(date: string, years: number): string {
  return `${String(Number(date.slice(0, 4)) + years).padStart(4, '0')}${date.slice(4)}`;
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
