import format from 'pg-format';
import { namedId } from '../demo/challenge.ts';
import type { Canary } from './canary.ts';

/** What fills a table of the fabric for a canary, and the schema it needs. */
export interface Sowing {
  readonly what: string;
  readonly schema: 'kernel' | 'finance';
  /** Statements of one transaction, as their user; a list of users acts in turn. */
  readonly sql: readonly string[];
  /** Who acts; the canary's own user unless told otherwise. */
  readonly userId?: string;
  /** A role of the fabric that writes it in truth; only a superuser can take it on. */
  readonly role?: 'aibos_guard';
}

/** Ids of the books that {@link sowings} make. */
export function bookIds(canary: Canary) {
  const id = (what: string): string => namedId(`${canary.marker ?? canary.tenantId} ${what}`);
  return {
    company: id('company'),
    cash: id('cash'),
    sales: id('sales'),
    limited: id('limited'),
    payment: id('payment'),
    draft: id('draft'),
    approver: id('approver'),
    role: id('role'),
    id,
  } as const;
}

/** The rows of a canary in the fabric's own tables, its marker in every text and its amounts in every amount. */
export function sowings(canary: Canary): readonly Sowing[] {
  const ids = bookIds(canary);
  const mark = canary.marker ?? 'canary';
  const tenant = format('%L', canary.tenantId);
  const amount = (n: number): string => String(canary.amount + BigInt(n));
  const s = (text: string): string => format('%L', text);
  const line = (account: string, debit: string, credit: string) => ({
    ...{ account_id: account, currency: 'EUR', memo: mark },
    ...{ debit_cents: debit, credit_cents: credit },
  });
  const entry = (n: number, date: string) => ({
    ...{ company_id: ids.company, entry_date: date, description: mark, reference: mark },
    idempotency_key: `${mark}:${n}`,
    lines: [line(ids.cash, amount(n), '0'), line(ids.sales, '0', amount(n))],
  });
  const entries = [entry(1, '2026-01-10'), entry(2, '2026-02-10'), entry(3, '2026-03-10')];
  const limited = {
    ...entry(4, '2026-03-11'),
    lines: [line(ids.limited, amount(4), '0'), line(ids.sales, '0', amount(4))],
  };

  return [
    {
      what: 'users, roles, sessions and routes',
      schema: 'kernel',
      sql: [
        `insert into kernel.users (tenant_id, id, email, display_name) values (${tenant}, ${s(canary.userId)}, ${s(`${mark}@${mark}.test`)}, ${s(mark)})`,
        `insert into kernel.roles (tenant_id, id, name, permissions) values (${tenant}, ${s(ids.role)}, ${s(mark)}, array[${s(mark)}])`,
        `insert into kernel.user_roles (tenant_id, user_id, role_id) values (${tenant}, ${s(canary.userId)}, ${s(ids.role)})`,
        `insert into kernel.sessions (tenant_id, id, user_id, token_hash, expires_at) values (${tenant}, ${s(ids.id('session'))}, ${s(canary.userId)}, sha256(${s(mark)}), now() + interval '1 hour')`,
        `insert into kernel.routes (tenant_id, id, method, path, permission) values (${tenant}, ${s(ids.id('route'))}, 'GET', ${s(`/${mark}`)}, ${s(mark)})`,
      ],
    },
    {
      what: 'company, accounts, periods, rates and documents',
      schema: 'finance',
      sql: [
        `insert into finance.companies (tenant_id, id, code, name, functional_currency, fx_source) values (${tenant}, ${s(ids.company)}, ${s(mark)}, ${s(mark)}, 'EUR', ${s(mark)})`,
        `insert into finance.accounts (tenant_id, id, company_id, code, name, account_type, currency, keeps_balance, has_limit) values
          (${tenant}, ${s(ids.cash)}, ${s(ids.company)}, ${s(`${mark}-1`)}, ${s(mark)}, 'asset', null, true, false),
          (${tenant}, ${s(ids.sales)}, ${s(ids.company)}, ${s(`${mark}-2`)}, ${s(mark)}, 'income', null, true, false),
          (${tenant}, ${s(ids.limited)}, ${s(ids.company)}, ${s(`${mark}-3`)}, ${s(mark)}, 'asset', 'EUR', false, true)`,
        `select finance.open_fiscal_year(${s(ids.company)}, '2026-01-01')`,
        `insert into finance.fx_rates (tenant_id, id, base_currency, quote_currency, rate, source, valid_from, valid_to) values (${tenant}, ${s(ids.id('rate'))}, 'EUR', 'USD', 1.1, ${s(mark)}, '2026-01-01', '2026-01-31')`,
        `insert into finance.document_metadata (tenant_id, id, company_id, title, media_type, size_bytes, sha256, storage, storage_key) values (${tenant}, ${s(ids.id('document'))}, ${s(ids.company)}, ${s(mark)}, ${s(mark)}, ${amount(5)}, sha256(${s(mark)}), ${s(mark)}, ${s(mark)})`,
      ],
    },
    {
      what: 'entries',
      schema: 'finance',
      sql: [
        `select finance.post_journals(${s(JSON.stringify([...entries, limited]))}::jsonb)`,
        `select finance.reverse_journal((select id from finance.journal_entries where tenant_id = ${tenant} and idempotency_key = ${s(`${mark}:3`)}), '2026-03-31', ${s(mark)})`,
      ],
    },
    {
      what: 'drafts',
      schema: 'finance',
      sql: [
        `insert into finance.journal_drafts (tenant_id, id, company_id, entry_date, description, reference) values (${tenant}, ${s(ids.draft)}, ${s(ids.company)}, '2026-03-20', ${s(mark)}, ${s(mark)})`,
        `insert into finance.journal_draft_lines (tenant_id, journal_draft_id, line_no, account_id, currency, debit_cents, memo) values (${tenant}, ${s(ids.draft)}, 1, ${s(ids.cash)}, 'EUR', ${amount(6)}, ${s(mark)})`,
      ],
    },
    {
      what: 'approvers, limits and a payment',
      schema: 'finance',
      sql: [
        `insert into finance.payment_approvers (tenant_id, company_id, user_id, role_name) values (${tenant}, ${s(ids.company)}, ${s(ids.approver)}, ${s(mark)})`,
        `insert into finance.approval_limits (tenant_id, company_id, role_name, currency, max_amount_cents) values (${tenant}, ${s(ids.company)}, ${s(mark)}, 'EUR', ${amount(9_999)})`,
        `insert into finance.payments (tenant_id, id, company_id, payment_no, currency, amount_cents, beneficiary_name, beneficiary_account, reference, category) values (${tenant}, ${s(ids.payment)}, ${s(ids.company)}, ${s(mark)}, 'EUR', ${amount(7)}, ${s(mark)}, ${s(mark)}, ${s(mark)}, ${s(mark)})`,
        `select finance.submit_payment(${s(ids.payment)})`,
      ],
    },
    {
      what: 'the approval of the payment',
      schema: 'finance',
      userId: ids.approver,
      sql: [`select finance.approve_payment(${s(ids.payment)}, 1)`],
    },
    {
      what: 'the close of a period',
      schema: 'finance',
      sql: [
        `select finance.close_period((select id from finance.fiscal_periods where tenant_id = ${tenant} and starts_on = '2026-01-01'), ${s(mark)})`,
      ],
    },
    {
      what: 'an archive that came back',
      schema: 'finance',
      // Archiving in truth would take the part out of the ledger of every tenant.
      role: 'aibos_guard',
      sql: [
        `insert into finance.journal_archives (tenant_id, id, part_no, from_id, before_id, entries, lines, leaves_sha256, archived_by, reason) values (${tenant}, ${s(ids.id('archive'))}, 9999, '00000000-0000-7000-8000-000000000000', '00000000-0000-7000-8000-000000000001', ${amount(8)}, ${amount(8)} * 2, sha256(${s(mark)}), ${s(canary.userId)}, ${s(mark)})`,
        `insert into finance.journal_archive_companies (tenant_id, journal_archive_id, company_id, through_on, entries, lines) values (${tenant}, ${s(ids.id('archive'))}, ${s(ids.company)}, '2025-12-31', ${amount(8)}, ${amount(8)} * 2)`,
        `insert into finance.journal_restorations (tenant_id, journal_archive_id, restored_by, reason) values (${tenant}, ${s(ids.id('archive'))}, ${s(canary.userId)}, ${s(mark)})`,
      ],
    },
  ];
}
