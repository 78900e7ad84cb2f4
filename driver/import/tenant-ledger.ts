import type { TenantContext } from '../context.ts';
import type { FabricTables, TenantDb } from '../tenant-db.ts';
import type { TenantTransaction } from '../transaction.ts';
import { ACCOUNT_TYPES } from './account-types.ts';
import type {
  Account,
  Company,
  Currency,
  Ledger,
  LedgerUnit,
  NewAccount,
  Outcome,
  Period,
  PreparedEntry,
} from './ledger.ts';

type Transaction = TenantTransaction<FabricTables>;

/** How often a batch runs again after a serialization failure or a deadlock. */
const RETRIES = 5;

/** Characters that one call may send: an entry of 100,000 lines with a memo of ordinary length fits. */
export const MAX_CALL_LENGTH = 100_000_000;

/**
 * The books of one tenant in the database. The `TenantDb` should allow values of MAX_CALL_LENGTH characters.
 * Errors are those of the driver and the server.
 */
export class TenantLedger implements Ledger {
  readonly #db: TenantDb;
  readonly #context: TenantContext;

  constructor(db: TenantDb, context: TenantContext) {
    this.#db = db;
    this.#context = context;
  }

  async transaction<T>(
    work: (unit: LedgerUnit) => Promise<T>,
    options: { readonly once?: boolean } = {},
  ): Promise<T> {
    return this.#db.transaction(
      this.#context,
      (tx) => work(new TenantUnit(tx, this.#context.tenantId)),
      { retries: options.once === true ? 0 : RETRIES },
    );
  }
}

class TenantUnit implements LedgerUnit {
  #tx: Transaction;
  readonly #tenantId: string;

  constructor(tx: Transaction, tenantId: string) {
    this.#tx = tx;
    this.#tenantId = tenantId;
  }

  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const outer = this.#tx;
    try {
      return await outer.transaction((inner) => {
        this.#tx = inner;
        return work();
      });
    } finally {
      this.#tx = outer;
    }
  }

  async company(idOrCode: string): Promise<Company | null> {
    const [row] = await this.#rows<{ id: string; code: string; functional_currency: string }>(
      `select c.id, c.code, c.functional_currency from finance.companies c
       where c.tenant_id = $1 and (c.id::text = lower($2) or c.code = $2)
       order by c.id::text = lower($2) desc limit 1`,
      [this.#tenantId, idOrCode],
    );
    if (row === undefined) return null;
    return { id: row.id, code: row.code, functionalCurrency: row.functional_currency };
  }

  async currencies(): Promise<readonly Currency[]> {
    return this.#rows<Currency>(
      'select c.code, c.exponent from config.currencies c where c.is_active order by c.code',
    );
  }

  async accounts(companyId: string, codes: readonly string[]): Promise<readonly Account[]> {
    const rows = await this.#rows<{
      id: string;
      code: string;
      account_type: string;
      currency: string | null;
      is_active: boolean;
    }>(
      `select a.id, a.code, a.account_type, a.currency, a.is_active from finance.accounts a
       where a.tenant_id = $1 and a.company_id = $2 and a.code = any ($3::text[])`,
      [this.#tenantId, companyId, codes],
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
    await this.#rows(
      `insert into finance.accounts (tenant_id, company_id, code, name, account_type)
       select $1, $2, a.code, a.name, a.account_type
       from unnest($3::text[], $4::text[], $5::text[]) as a (code, name, account_type)
       on conflict (tenant_id, company_id, code) do nothing`,
      [this.#tenantId, companyId, column('code'), column('name'), column('type')],
    );
    return this.accounts(companyId, column('code'));
  }

  async bookedKeys(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#rows<{ key: string }>(
      `select e.idempotency_key as key from finance.journal_entries e
       where e.tenant_id = $1 and e.idempotency_key = any ($2::text[])`,
      [this.#tenantId, keys],
    );
    return new Set(rows.map(({ key }) => key));
  }

  async periods(companyId: string): Promise<readonly Period[]> {
    return this.#rows<Period>(
      `select p.name, p.starts_on as "startsOn", p.ends_on as "endsOn", p.status,
         p.fiscal_year_starts_on as "yearStartsOn"
       from finance.fiscal_periods p
       where p.tenant_id = $1 and p.company_id = $2 order by p.starts_on`,
      [this.#tenantId, companyId],
    );
  }

  async openYear(companyId: string, startsOn: string): Promise<number> {
    const [row] = await this.#rows<{ made: number }>(
      'select finance.open_fiscal_year($1, $2::date) as made',
      [companyId, startsOn],
    );
    return row?.made ?? 0;
  }

  async post(companyId: string, entries: readonly PreparedEntry[]): Promise<readonly Outcome[]> {
    const rows = await this.#rows<{ outcome: Outcome }>(
      'select p.outcome from finance.post_journals($1::jsonb) p order by p.entry_index',
      [JSON.stringify(entries.map((prepared) => asElement(companyId, prepared)))],
    );
    return rows.map(({ outcome }) => outcome);
  }

  async #rows<R>(sql: string, params: readonly unknown[] = []): Promise<readonly R[]> {
    return (await this.#tx.query<R>(sql, params)).rows;
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
