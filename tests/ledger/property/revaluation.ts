import {
  type ForeignAccount,
  type ForeignEntry,
  type ForeignLine,
  type ForeignWorld,
  foreignTypes,
} from './foreign.ts';
import { inEuro, lastDayOf } from './rates.ts';

/** The monetary accounts, in the order of their codes. */
const monetary = (Object.keys(foreignTypes) as readonly ForeignAccount[]).filter((name) =>
  ['asset', 'liability'].includes(foreignTypes[name]),
);

/** What the euro value of a balance lacks to be that of the last day. */
function differenceOf(lines: readonly ForeignLine[], currency: string, on: string): bigint {
  const balance = lines.reduce((sum, { debit, credit }) => sum + debit - credit, 0n);
  const carried = lines.reduce(
    (sum, { baseDebit, baseCredit }) => sum + (baseDebit ?? 0n) - (baseCredit ?? 0n),
    0n,
  );
  const due = inEuro(balance, currency, on);
  if (due === null) throw new Error(`there is no rate for ${currency} on ${on}`);
  return due - carried;
}

/** A line that moves nothing but euros. */
function baseOnly(account: string, currency: string, cents: bigint): ForeignLine {
  return {
    ...{ account, currency, debit: 0n, credit: 0n },
    ...{ baseDebit: cents > 0n ? cents : 0n, baseCredit: cents < 0n ? -cents : 0n },
  };
}

/** The entry that a revaluation of a month must post; without lines it posts none. */
export function revaluationOf(
  { accounts }: ForeignWorld,
  entries: readonly ForeignEntry[],
  month: number,
): Pick<ForeignEntry, 'date' | 'description' | 'lines'> {
  const date = lastDayOf(month);
  const told = entries.filter((entry) => entry.date <= date).flatMap(({ lines }) => lines);
  const adjusted = monetary.flatMap((name) =>
    ['JPY', 'KWD', 'USD'].map((currency) => {
      const isOf = (line: ForeignLine) =>
        line.account === accounts[name] && line.currency === currency;
      const cents = differenceOf(told.filter(isOf), currency, date);
      return baseOnly(accounts[name], currency, cents);
    }),
  );
  const isMoved = ({ baseDebit, baseCredit }: ForeignLine) => baseDebit !== baseCredit;
  const gained = adjusted.reduce((sum, { baseDebit }) => sum + (baseDebit ?? 0n), 0n);
  const lost = adjusted.reduce((sum, { baseCredit }) => sum + (baseCredit ?? 0n), 0n);
  const results = [
    baseOnly(accounts.gains, 'EUR', -gained),
    baseOnly(accounts.losses, 'EUR', lost),
  ];
  const description = `Revaluation at ${date} with rates of TEST`;
  return { date, description, lines: [...adjusted, ...results].filter(isMoved) };
}
