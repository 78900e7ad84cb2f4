import type pg from 'pg';
import type { TestDatabase } from '../../support/database.ts';
import { withClient } from '../../support/run.ts';
import { contextOf, faultsOf } from '../books.ts';
import { type Compare, compareForeign } from './compare-foreign.ts';
import type { Balances, Model } from './model.ts';
import {
  bookedEntries,
  keptDrafts,
  keptPayments,
  shownBalanceSheet,
  shownProfitAndLoss,
  trialBalance,
} from './readings.ts';
import type { History } from './run.ts';
import { balanceSheet, profitAndLoss } from './statements.ts';
import type { World } from './world.ts';

/** A point in both times: what the books said on a date, as known when a transaction had ended. */
export interface Question {
  /** YYYY-MM-DD. */
  readonly asOf: string;
  /** The other end of the days that a profit and loss is asked of. */
  readonly from: string;
  /** Chooses the transaction. */
  readonly knownAt: number;
}

/** Where the books differ from the model, or from themselves; nothing while all is well. */
export async function differences(
  database: TestDatabase,
  world: World,
  { model, endedAt }: History,
  questions: readonly Question[],
): Promise<readonly string[]> {
  const found = (await faultsOf(database, world.book)).map(String);
  const compare = (what: string, expected: Balances, actual: Balances) =>
    found.push(...differing(what, expected, actual));
  const stated = { entries: model.entries, chart: world.chart, functional: 'USD' };
  await withClient(database.login('auditor'), async (auditor) => {
    await auditor.query(`begin; ${contextOf(world.book)}`);
    compare('entries', entriesOf(model), await bookedEntries(auditor, world));
    compare('drafts', draftsOf(model), await keptDrafts(auditor, world));
    compare('payments', paymentsOf(model), await keptPayments(auditor, world));
    compare('balances', model.balances(), await trialBalance(auditor, world));
    const sheet = await shownBalanceSheet(auditor, world);
    compare('balance sheet', balanceSheet(stated, {}), sheet);
    const result = await shownProfitAndLoss(auditor, world);
    compare('profit and loss', profitAndLoss(stated, {}), result);
    await compareForeign(auditor, world, model, { compare, span: {}, at: null });
    for (const { asOf, from: other, knownAt } of endedAt.length === 0 ? [] : questions) {
      const number = 1 + (knownAt % endedAt.length);
      const at = endedAt[number - 1] ?? '';
      const [from, to] = other < asOf ? [other, asOf] : [asOf, other];
      const span = { from, to, knownAt: number };
      await compareStatements(auditor, world, model, { compare, asOf, span, at });
      await compareForeign(auditor, world, model, { compare, span, at });
    }
    const { rows } = await auditor.query('select d.* from finance.v_period_close_drift d');
    found.push(...rows.map((row) => `drift of a close: ${JSON.stringify(row)}`));
    await auditor.query('commit');
  });
  return found;
}

/**
 * Where the statements as of the end of each month, and since its beginning, differ from the model, as known now: what
 * they may still be asked when all months are closed and entries were archived.
 */
export async function differencesByMonth(
  database: TestDatabase,
  world: World,
  { model }: History,
): Promise<readonly string[]> {
  const found = (await faultsOf(database, world.book)).map(String);
  const compare = (what: string, expected: Balances, actual: Balances) =>
    found.push(...differing(what, expected, actual));
  await withClient(database.login('auditor'), async (auditor) => {
    await auditor.query(`begin; ${contextOf(world.book)}`);
    compare('drafts', draftsOf(model), await keptDrafts(auditor, world));
    compare('payments', paymentsOf(model), await keptPayments(auditor, world));
    for (let month = 1; month <= 12; month += 1) {
      const span = { from: dayOf(month, 1), to: dayOf(month + 1, 0) };
      await compareStatements(auditor, world, model, { compare, asOf: span.to, span, at: null });
    }
    const { rows } = await auditor.query('select d.* from finance.v_period_close_drift d');
    found.push(...rows.map((row) => `drift of a close: ${JSON.stringify(row)}`));
    await auditor.query('commit');
  });
  return found;
}

/** Compares the statements as of a day and over a span of days, as known when a transaction had ended, or now. */
async function compareStatements(
  auditor: pg.Client,
  world: World,
  model: Model,
  asked: {
    readonly compare: Compare;
    readonly asOf: string;
    readonly span: { readonly from: string; readonly to: string; readonly knownAt?: number };
    readonly at: string | null;
  },
): Promise<void> {
  const { compare, asOf, span, at } = asked;
  const { from, to, knownAt } = span;
  const stated = { entries: model.entries, chart: world.chart, functional: 'USD' };
  const known = knownAt === undefined ? {} : { knownAt };
  const told = knownAt === undefined ? asOf : `${asOf} after transaction ${knownAt}`;
  const balances = await trialBalance(auditor, world, asOf, at);
  compare(`balances on ${told}`, model.balances(asOf, knownAt), balances);
  const sheet = await shownBalanceSheet(auditor, world, asOf, at);
  compare(`balance sheet on ${told}`, balanceSheet(stated, { to: asOf, ...known }), sheet);
  const earned = await shownProfitAndLoss(auditor, world, from, to, at);
  compare(`profit and loss from ${from} to ${to}, ${told}`, profitAndLoss(stated, span), earned);
}

function dayOf(month: number, day: number): string {
  return new Date(Date.UTC(2026, month - 1, day)).toISOString().slice(0, 10);
}

function entriesOf({ entries }: Model): Balances {
  return new Map(
    entries.map(({ id, date, description, reverses, lines }) => {
      const parts = lines.map((line) =>
        [line.account, line.currency, line.debit, line.credit].join(' '),
      );
      return [id, [date, description, reverses ?? '-', ...parts].join(' ')];
    }),
  );
}

function draftsOf({ drafts }: Model): Balances {
  return new Map(
    [...drafts.values()].map((draft) => {
      const { id, date, status, revision, approvedBy, entryId, editors, lines } = draft;
      const head = [date, status, revision, approvedBy ?? '-', entryId ?? '-', editors.join(',')];
      const parts = lines.map((line) =>
        [line.no, line.account, line.currency, line.debit, line.credit].join(' '),
      );
      return [id, [...head, ...parts].join(' ')];
    }),
  );
}

function paymentsOf({ payments }: Model): Balances {
  return new Map(
    [...payments.values()].map((payment) => {
      const { id, status, revision, amount, currency, account, approvedBy, entryId } = payment;
      const head = [status, revision, amount, currency, account, approvedBy ?? '-', entryId ?? '-'];
      return [id, [...head, payment.editors.join(','), payment.trail.join(',')].join(' ')];
    }),
  );
}

function differing(what: string, expected: Balances, actual: Balances): readonly string[] {
  const places = new Set([...expected.keys(), ...actual.keys()]);
  return [...places].flatMap((place) => {
    const [wanted, found] = [expected.get(place), actual.get(place)];
    return wanted === found
      ? []
      : [`${what}: ${place} is ${found ?? 'absent'}, not ${wanted ?? 'absent'}`];
  });
}
