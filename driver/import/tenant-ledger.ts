import type { TenantContext } from '../context.ts';
import type { TenantDb } from '../tenant-db.ts';
import { ACCOUNT_TYPES } from './account-types.ts';
import type {
  Account,
  Ledger,
  LedgerUnit,
  NewAccount,
  Outcome,
  Period,
  PreparedEntry,
} from './ledger.ts';
import { TenantUnit, targetOf } from './unit.ts';

/** Characters that one call may send: an entry of 100,000 lines with a memo of ordinary length fits. */
export const MAX_CALL_LENGTH = 100_000_000;

/**
 * The books of one tenant in the database. The `TenantDb` should allow values of MAX_CALL_LENGTH characters.
 * Errors are those of the driver and the server.
 */
export function createLedger(db: TenantDb, context: TenantContext): Ledger {
  return targetOf(db, context, (tx, tenantId) => new TenantBooks(tx, tenantId));
}

class TenantBooks extends TenantUnit implements LedgerUnit {
  async accounts(companyId: string, codes: readonly string[]): Promise<readonly Account[]> {
    const rows = await this.rows<{
      id: string;
      code: string;
      account_type: string;
      currency: string | null;
      is_active: boolean;
    }>(
      `select a.id, a.code, a.account_type, a.currency, a.is_active from finance.accounts a
       where a.tenant_id = $1 and a.company_id = $2 and a.code = any ($3::text[])`,
      [this.tenantId, companyId, codes],
    );
    return rows.map(({ account_type, is_active, ...account }) => ({
      ...account,
      type: ACCOUNT_TYPES.find((type) => type === account_type) ?? 'asset',
      isActive: is_active,
    }));
  }

  async createAccounts(
    companyId: string,
    accounts: readonly NewAccount[],
  ): Promise<readonly Account[]> {
    const column = (key: keyof NewAccount) => accounts.map((account) => account[key]);
    await this.rows(
      `insert into finance.accounts (tenant_id, company_id, code, name, account_type)
       select $1, $2, a.code, a.name, a.account_type
       from unnest($3::text[], $4::text[], $5::text[]) as a (code, name, account_type)
       on conflict (tenant_id, company_id, code) do nothing`,
      [this.tenantId, companyId, column('code'), column('name'), column('type')],
    );
    return this.accounts(companyId, column('code'));
  }

  async bookedKeys(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.rows<{ key: string }>(
      `select e.idempotency_key as key from finance.journal_keys e
       where e.tenant_id = $1 and e.idempotency_key = any ($2::text[])`,
      [this.tenantId, keys],
    );
    return new Set(rows.map(({ key }) => key));
  }

  async periods(companyId: string): Promise<readonly Period[]> {
    return this.rows<Period>(
      `select p.name, p.starts_on as "startsOn", p.ends_on as "endsOn", p.status,
         p.fiscal_year_starts_on as "yearStartsOn"
       from finance.fiscal_periods p
       where p.tenant_id = $1 and p.company_id = $2 order by p.starts_on`,
      [this.tenantId, companyId],
    );
  }

  async openYear(companyId: string, startsOn: string): Promise<number> {
    const [row] = await this.rows<{ made: number }>(
      'select finance.open_fiscal_year($1, $2::date) as made',
      [companyId, startsOn],
    );
    return row?.made ?? 0;
  }

  async post(companyId: string, entries: readonly PreparedEntry[]): Promise<readonly Outcome[]> {
    const rows = await this.rows<{ outcome: Outcome }>(
      'select p.outcome from finance.post_journals($1::jsonb) p order by p.entry_index',
      [JSON.stringify(entries.map((prepared) => asElement(companyId, prepared)))],
    );
    return rows.map(({ outcome }) => outcome);
  }
}

function asElement(companyId: string, { entry, accountIds }: PreparedEntry) {
  return {
    company_id: companyId,
    entry_date: entry.date,
    description: entry.description,
    reference: entry.reference,
    idempotency_key: entry.key,
    lines: entry.lines.map(({ currency, amount, memo }, at) => ({
      account_id: accountIds[at],
      currency,
      debit_cents: amount > 0n ? `${amount}` : '0',
      credit_cents: amount < 0n ? `${-amount}` : '0',
      memo,
    })),
  };
}
