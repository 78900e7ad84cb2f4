import type { Entry, Refusal } from './entry.ts';
import { errorFacts } from './errors.ts';

/** Whether an error of the database refuses what was sent, rather than telling of a fault of connection, rights or tenant. */
export function isRefusal(error: unknown): boolean {
  return /^(22|23|54|IB[2348])/.test(errorFacts(error).code);
}

/** Index (from 0) of the entry that an error names in its DETAIL (`entry <n>: …`), or null when it names none of `count`. */
export function blamedEntry(error: unknown, count: number): number | null {
  const named = /^entry (\d+):/.exec(errorFacts(error).detail ?? '')?.[1];
  const index = named === undefined ? -1 : Number(named) - 1;
  return index >= 0 && index < count ? index : null;
}

/** The refusal of an entry by the database, in the database's words. */
export function refusalOf(entry: Entry, error: unknown): Refusal {
  const { code, message, detail, hint } = errorFacts(error);
  const facts = detail?.replace(/^entry \d+: /, '') ?? '';
  const { txn, firstLine, lastLine } = entry;
  return {
    txn,
    firstLine,
    lastLine,
    problems: [
      {
        line: firstLine,
        code,
        message: facts === '' ? message : `${message} (${facts})`,
        hint,
        by: 'database',
      },
    ],
  };
}
