import {
  arrayOf,
  companyId,
  drawEntry,
  type Entry,
  entryDate,
  tenantId,
  userId,
  writtenIn,
} from '../books.ts';
import type { Draw } from '../random.ts';
import { type StatementValues, sqlVariant, type Variant } from '../variant.ts';
import type { PreparedStatement } from '../wire.ts';

/** The description of every entry. */
export const description = 'Invoice 4711 of a customer';
const requestId = 'request-0123456789';

/** The statement that carries tenant and user, sent in the round trip of the work itself. */
export const contextStatement: PreparedStatement = {
  name: 'context',
  text: "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.request_id', $3, true), set_config('app.reason', $4, true)",
};

/** The values of {@link contextStatement}. */
export const contextOf = (tenant: number): readonly string[] => [
  tenantId(tenant),
  userId,
  requestId,
  '',
];

const post: PreparedStatement = {
  name: 'post',
  text: 'select finance.post_journal($1, $2, $3, $4, $5, $6, $7)',
};

/** The context, and a posting in it. */
export const postStatements: readonly PreparedStatement[] = [contextStatement, post];

const direct: PreparedStatement = {
  name: 'direct',
  text: `with header as (
    insert into finance.journal_entries (tenant_id, company_id, entry_date, description)
    values ($1, $2, $3, $4) returning id
  )
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select $1, h.id, l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents
  from header h, unnest($5::uuid[], $6::bigint[], $7::bigint[], $8::text[])
    with ordinality as l (account_id, debit_cents, credit_cents, currency, line_no)`,
};

const unguarded: PreparedStatement = {
  name: 'unguarded',
  text: `with header as (
    insert into bench_a.journal_entries (tenant_id, company_id, period_id, entry_date, description, created_by)
    values ($1, $2, $2, $3, $4, $9) returning id
  )
  insert into bench_a.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select $1, h.id, l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents
  from header h, unnest($5::uuid[], $6::bigint[], $7::bigint[], $8::text[])
    with ordinality as l (account_id, debit_cents, credit_cents, currency, line_no)`,
};

/** A: the entry without any guard, one statement. */
export function unguardedVariant(lines: number): Variant {
  return sqlVariant(
    {
      name: 'A',
      summary: 'tables without guards, one statement per entry',
      effect: writtenIn('bench_a'),
    },
    [unguarded],
    (draw) => [[...insertValues(drawEntry(draw, lines)), userId]],
  );
}

/** The entry through finance.post_journal. */
export function postVariant(
  lines: number,
  facts: Partial<Omit<Variant, 'open'>> = {},
  keepsBalance = false,
): Variant {
  return postingVariant(facts, (draw) => drawEntry(draw, lines, { keepsBalance }));
}

/** Entries drawn by the caller through finance.post_journal. */
export function postingVariant(
  facts: Partial<Omit<Variant, 'open'>>,
  drawn: (draw: Draw) => Entry,
): Variant {
  return sqlVariant(
    {
      name: 'post_journal',
      summary: 'finance.post_journal, the context in the same round trip',
      effect: writtenIn('finance'),
      ...facts,
    },
    postStatements,
    postValues(drawn),
  );
}

/** The values of {@link postStatements} for entries drawn by the caller. */
export function postValues(drawn: (draw: Draw) => Entry): StatementValues {
  return (draw) => {
    const entry = drawn(draw);
    return [
      contextOf(entry.tenant),
      [companyId(entry.tenant), entryDate, description, ...lineArrays(entry)],
    ];
  };
}

/** The entry by INSERT of the application role, header and lines in one statement. */
export function directVariant(lines: number, facts: Partial<Omit<Variant, 'open'>> = {}): Variant {
  return sqlVariant(
    {
      name: 'direct',
      summary: 'INSERT of header and lines in one statement, the context in the same round trip',
      effect: writtenIn('finance'),
      ...facts,
    },
    [contextStatement, direct],
    (draw) => {
      const entry = drawEntry(draw, lines);
      return [contextOf(entry.tenant), insertValues(entry)];
    },
  );
}

/** The columns of an entry's lines in the order of the arguments of finance.post_journal. */
function lineArrays(entry: Entry): readonly string[] {
  return [
    arrayOf(entry.accounts),
    arrayOf(entry.debits),
    arrayOf(entry.credits),
    arrayOf(entry.accounts.map(() => 'USD')),
  ];
}

function insertValues(entry: Entry): readonly string[] {
  return [
    tenantId(entry.tenant),
    companyId(entry.tenant),
    entryDate,
    description,
    ...lineArrays(entry),
  ];
}
