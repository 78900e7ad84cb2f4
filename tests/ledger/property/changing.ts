import { randomUUID } from 'node:crypto';
import type { Attempt, Moment, Operation } from './operation.ts';
import { drawDate } from './world.ts';

function closeMonth({ world, model }: Moment, month: number): Attempt {
  return {
    sql: 'select finance.close_period($1, $2)',
    values: [world.periods[month], 'month end'],
    refusedWith: model.isClosed(month) ? 'IB805' : month > model.closedMonths ? 'IB806' : null,
    apply: () => model.setClosed(month, true),
  };
}

function reopenMonth({ world, model, session }: Moment, month: number, reason: string): Attempt {
  const refusal = !model.isClosed(month)
    ? 'IB805'
    : reason === ''
      ? 'IB807'
      : month < model.closedMonths - 1
        ? 'IB806'
        : null;
  return {
    sql: 'select finance.reopen_period($1, $2)',
    values: [world.periods[month], reason],
    refusedWith: session === 'administrator' ? refusal : '42501',
    apply: () => model.setClosed(month, false),
  };
}

/** A line more for an entry that is posted. */
function addLines({ world, model, dice }: Moment): Attempt | null {
  if (model.entries.length === 0) return null;
  const entry = dice.one(model.entries);
  const { tenantId, accounts } = world.book;
  const no = entry.lines.length;
  return {
    sql: `insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
      values ($1, $2, $3, $5, 'USD', 1, 0), ($1, $2, $4, $5, 'USD', 0, 1)`,
    values: [tenantId, entry.id, no + 1, no + 2, accounts.cash],
    // In its own transaction the entry is found out by the numbers.
    refusedWith: entry.knownFrom === model.now ? 'IB204' : 'IB203',
  };
}

/** An entry that never gets its lines. */
function headerAlone({ world, model, dice }: Moment): Attempt {
  const date = drawDate(dice);
  return {
    sql: `insert into finance.journal_entries (tenant_id, company_id, entry_date, description)
      values ($1, $2, $3, 'a header alone')`,
    values: [world.book.tenantId, world.book.companyId, date],
    afterwards: 'set constraints all immediate',
    refusedWith: model.dateProblem(date) ?? 'IB202',
  };
}

/** A statement that no client may run. */
function forbidden(sql: string, values: (moment: Moment) => readonly unknown[] | null) {
  return (moment: Moment): Attempt | null => {
    const given = values(moment);
    return given === null ? null : { sql, values: given, refusedWith: '42501' };
  };
}

const someEntry = ({ model, dice }: Moment) =>
  model.entries.length === 0 ? null : [dice.one(model.entries).id];

/** What happens to books once there is something in them, allowed or not. */
export const changingOperations: readonly Operation[] = [
  {
    name: 'close the next period',
    weight: 2,
    plan: (moment) =>
      moment.model.closedMonths === 12 ? null : closeMonth(moment, moment.model.closedMonths),
  },
  {
    name: 'close some period',
    weight: 1,
    plan: (moment) => closeMonth(moment, moment.dice.below(12)),
  },
  {
    name: 'reopen the last period',
    weight: 2,
    plan: (moment) =>
      reopenMonth(moment, Math.max(0, moment.model.closedMonths - 1), 'a late invoice'),
  },
  {
    name: 'reopen some period',
    weight: 1,
    plan: (moment) => reopenMonth(moment, moment.dice.below(12), moment.dice.one(['why not', ''])),
  },
  { name: 'add lines to a posted entry', weight: 1, plan: addLines },
  { name: 'insert a header alone', weight: 1, plan: headerAlone },
  {
    name: 'change a posted line',
    weight: 1,
    plan: forbidden(
      'update finance.journal_lines set debit_cents = debit_cents + 1 where journal_entry_id = $1',
      someEntry,
    ),
  },
  {
    name: 'delete a posted entry',
    weight: 1,
    plan: forbidden('delete from finance.journal_entries where id = $1', someEntry),
  },
  {
    name: 'insert for another tenant',
    weight: 1,
    plan: forbidden(
      `insert into finance.journal_entries (tenant_id, company_id, entry_date, description) values ($1, $2, '2026-12-01', 'x')`,
      ({ world }) => [randomUUID(), world.book.companyId],
    ),
  },
];
