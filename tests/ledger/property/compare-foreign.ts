import type pg from 'pg';
import type { ForeignEntry } from './foreign.ts';
import type { Balances, Model } from './model.ts';
import {
  bookedEntries,
  convertedBalances,
  shownBalanceSheet,
  shownProfitAndLoss,
} from './readings.ts';
import { balanceSheet, profitAndLoss, type Span } from './statements.ts';
import type { World } from './world.ts';

/** Takes what the model says and what the books say of something. */
export type Compare = (what: string, expected: Balances, actual: Balances) => void;

/** Compares the company that keeps its foreign amounts in euros too, in all and in a span of days as known at a time. */
export async function compareForeign(
  auditor: pg.Client,
  { foreign }: World,
  model: Model,
  { compare, span, at }: { compare: Compare; span: Span; at: string | null },
): Promise<void> {
  const entries = [...model.foreign.values()];
  const told = { entries, chart: foreign.chart, functional: 'EUR' };
  const { from = null, to = null, knownAt = Number.POSITIVE_INFINITY } = span;
  const name = (what: string) => `${what} in euro from ${from} to ${to} as of ${knownAt}`;
  if (at === null) {
    compare('entries in euro', listed(entries), await bookedEntries(auditor, foreign));
  }
  const balances = await convertedBalances(auditor, foreign, to, at);
  compare(name('balances'), balancesOf(entries, to, knownAt), balances);
  const sheet = await shownBalanceSheet(auditor, foreign, to, at);
  compare(name('balance sheet'), balanceSheet(told, span), sheet);
  const earned = await shownProfitAndLoss(auditor, foreign, from, to, at);
  compare(name('profit and loss'), profitAndLoss(told, span), earned);
}

function listed(entries: readonly ForeignEntry[]): Balances {
  return new Map(
    entries.map(({ id, date, description, reverses, lines }) => {
      const parts = lines.flatMap((line) => [
        ...[line.account, line.currency, line.debit, line.credit],
        ...[line.baseDebit, line.baseCredit].filter((base) => base !== null),
      ]);
      return [id, [date, description, reverses ?? '-', ...parts].join(' ')];
    }),
  );
}

function balancesOf(
  entries: readonly ForeignEntry[],
  to: string | null,
  knownAt: number,
): Balances {
  const sums = new Map<string, readonly [bigint, bigint, bigint, bigint]>();
  for (const { date, knownFrom, lines } of entries) {
    if ((to !== null && date > to) || knownFrom > knownAt) continue;
    for (const { account, currency, debit, credit, baseDebit, baseCredit } of lines) {
      const place = `${account} ${currency}`;
      const [one, two, three, four] = sums.get(place) ?? [0n, 0n, 0n, 0n];
      const [left, right] = [baseDebit ?? debit, baseCredit ?? credit];
      sums.set(place, [one + debit, two + credit, three + left, four + right]);
    }
  }
  return new Map([...sums].map(([place, cents]) => [place, cents.join('/')]));
}
