import type pg from 'pg';
import type { Balances } from './model.ts';

/** Names the company that is read. */
interface Company {
  readonly book: { readonly companyId: string };
}

async function read(
  auditor: pg.Client,
  sql: string,
  values: readonly unknown[],
): Promise<Balances> {
  const { rows } = await auditor.query<Record<'place' | 'content', string>>(sql, [...values]);
  return new Map(rows.map(({ place, content }) => [place, content]));
}

/** What was posted: entry → date, description, reversed entry and lines, with base amounts where there are any. */
export async function bookedEntries(auditor: pg.Client, { book }: Company): Promise<Balances> {
  return read(
    auditor,
    `select e.id as place, concat_ws(' ', e.entry_date, e.description, coalesce(e.reverses_entry_id::text, '-'),
       string_agg(concat_ws(' ', l.account_id, l.currency, l.debit_cents, l.credit_cents, l.base_debit_cents, l.base_credit_cents),
         ' ' order by l.line_no)) as content
     from finance.journal_entries e
     left join finance.journal_lines l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
     where e.company_id = $1 group by e.tenant_id, e.id`,
    [book.companyId],
  );
}

/** Drafts: id → date, status, revision, approver, entry, editors and lines. */
export async function keptDrafts(auditor: pg.Client, { book }: Company): Promise<Balances> {
  return read(
    auditor,
    `select d.id as place, concat_ws(' ', d.entry_date, d.status, d.revision, coalesce(d.approved_by::text, '-'),
       coalesce(d.posted_entry_id::text, '-'), array_to_string(d.editors, ','),
       string_agg(concat_ws(' ', l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents), ' ' order by l.line_no)
         filter (where l.line_no is not null)) as content
     from finance.journal_drafts d
     left join finance.journal_draft_lines l on l.tenant_id = d.tenant_id and l.journal_draft_id = d.id
     where d.company_id = $1 group by d.tenant_id, d.id`,
    [book.companyId],
  );
}

/** Payments: id → status, revision, amount, beneficiary, approver, entry, editors and trail. */
export async function keptPayments(auditor: pg.Client, { book }: Company): Promise<Balances> {
  return read(
    auditor,
    `select p.id as place, concat_ws(' ', p.status, p.revision, p.amount_cents, p.currency, p.beneficiary_account,
       coalesce(p.approved_by::text, '-'), coalesce(p.settlement_entry_id::text, '-'), array_to_string(p.edited_by, ','),
       string_agg(e.to_status, ',' order by e.occurred_at, e.id)) as content
     from finance.payments p
     left join finance.payment_events e on e.tenant_id = p.tenant_id and e.payment_id = p.id
     where p.company_id = $1 group by p.tenant_id, p.id`,
    [book.companyId],
  );
}

/** Account and currency → debits and credits, up to a date and as known at a time. */
export async function trialBalance(
  auditor: pg.Client,
  { book }: Company,
  asOf: string | null = null,
  knownAt: string | null = null,
): Promise<Balances> {
  return read(
    auditor,
    `select t.account_id || ' ' || t.currency as place, t.debit_cents || '/' || t.credit_cents as content
     from finance.trial_balance($1, $2, $3) t`,
    [book.companyId, asOf, knownAt],
  );
}

/** The same with base debits and credits. */
export async function convertedBalances(
  auditor: pg.Client,
  { book }: Company,
  asOf: string | null = null,
  knownAt: string | null = null,
): Promise<Balances> {
  return read(
    auditor,
    `select t.account_id || ' ' || t.currency as place,
       concat_ws('/', t.debit_cents, t.credit_cents, t.base_debit_cents, t.base_credit_cents) as content
     from finance.trial_balance($1, $2, $3) t`,
    [book.companyId, asOf, knownAt],
  );
}

const statement = `select concat_ws(' ', s.section, coalesce(s.account_id::text, s.name), s.currency,
  case when s.is_unconverted then 'unconverted' end) as place, s.amount_cents || '/' || s.total_cents as content`;

/** Section, account or result, and currency → amount and total, up to a date and as known at a time. */
export async function shownBalanceSheet(
  auditor: pg.Client,
  { book }: Company,
  asOf: string | null = null,
  knownAt: string | null = null,
): Promise<Balances> {
  const values = [book.companyId, asOf, knownAt];
  return read(auditor, `${statement} from finance.balance_sheet($1, $2, $3) s`, values);
}

/** The same of the income and expenses between two dates. */
export async function shownProfitAndLoss(
  auditor: pg.Client,
  { book }: Company,
  from: string | null = null,
  to: string | null = null,
  knownAt: string | null = null,
): Promise<Balances> {
  const values = [book.companyId, from, to, knownAt];
  return read(auditor, `${statement} from finance.profit_and_loss($1, $2, $3, $4) s`, values);
}
