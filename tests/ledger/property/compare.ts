import type pg from 'pg';
import type { TestDatabase } from '../../support/database.ts';
import { withClient } from '../../support/run.ts';
import { contextOf, faultsOf } from '../books.ts';
import type { Balances, ModelEntry } from './model.ts';
import type { History } from './run.ts';
import type { World } from './world.ts';

/** A point in both times: what the balance was on a date, as known when a transaction had ended. */
export interface Question {
  /** YYYY-MM-DD. */
  readonly asOf: string;
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
  await withClient(database.login('auditor'), async (auditor) => {
    await auditor.query(`begin; ${contextOf(world.book)}`);
    found.push(...differing('entries', listed(model.entries), await bookedEntries(auditor, world)));
    found.push(...differing('balances', model.balances(), await trialBalance(auditor, world)));
    for (const { asOf, knownAt } of endedAt.length === 0 ? [] : questions) {
      const transaction = 1 + (knownAt % endedAt.length);
      const at = endedAt[transaction - 1] ?? '';
      const expected = model.balances(asOf, transaction);
      const actual = await trialBalance(auditor, world, asOf, at);
      found.push(
        ...differing(`balances on ${asOf} after transaction ${transaction}`, expected, actual),
      );
    }
    const { rows } = await auditor.query('select d.* from finance.v_period_close_drift d');
    found.push(...rows.map((row) => `drift of a close: ${JSON.stringify(row)}`));
    await auditor.query('commit');
  });
  return found;
}

async function trialBalance(
  auditor: pg.Client,
  world: World,
  asOf: string | null = null,
  knownAt: string | null = null,
): Promise<Balances> {
  const { rows } = await auditor.query<Record<'place' | 'sums', string>>(
    `select t.account_id || ' ' || t.currency as place, t.debit_cents || '/' || t.credit_cents as sums
     from finance.trial_balance($1, $2, $3) t`,
    [world.book.companyId, asOf, knownAt],
  );
  return new Map(rows.map(({ place, sums }) => [place, sums]));
}

async function bookedEntries(auditor: pg.Client, world: World): Promise<Balances> {
  const { rows } = await auditor.query<Record<'id' | 'content', string>>(
    `select e.id, concat_ws(' ', e.entry_date, e.description, coalesce(e.reverses_entry_id::text, '-'),
       string_agg(concat_ws(' ', l.account_id, l.currency, l.debit_cents, l.credit_cents), ' ' order by l.line_no)) as content
     from finance.journal_entries e
     left join finance.journal_lines l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
     where e.company_id = $1 group by e.tenant_id, e.id`,
    [world.book.companyId],
  );
  return new Map(rows.map(({ id, content }) => [id, content]));
}

function listed(entries: readonly ModelEntry[]): Balances {
  return new Map(
    entries.map(({ id, date, description, reverses, lines }) => {
      const parts = lines.map((line) =>
        [line.account, line.currency, line.debit, line.credit].join(' '),
      );
      return [id, [date, description, reverses ?? '-', ...parts].join(' ')];
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
