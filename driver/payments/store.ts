import type { TenantContext } from '../context.ts';
import type { Company, Currency } from '../import/ledger.ts';
import type { FabricTables, TenantDb } from '../tenant-db.ts';
import type { TenantTransaction } from '../transaction.ts';
import type { Payment } from './line.ts';

/** How often a batch runs again after a serialization failure or a deadlock. */
const RETRIES = 5;

/** What of a payment is compared with a line that has the same number. */
export type PaymentContent = Omit<Payment, 'line'>;

/** What an import needs of the payments of a company, inside one transaction and one tenant. */
export interface PaymentUnit {
  /** Runs work so that, when it fails, it leaves nothing behind and the transaction goes on. */
  attempt<T>(work: () => Promise<T>): Promise<T>;
  /** Finds a company by id or code. */
  company(idOrCode: string): Promise<Company | null>;
  currencies(): Promise<readonly Currency[]>;
  /** The payments of a company that have one of these numbers. */
  stored(companyId: string, numbers: readonly string[]): Promise<readonly PaymentContent[]>;
  /** Makes drafts of all payments whose number is free; returns the numbers of those made. */
  insert(companyId: string, payments: readonly Payment[]): Promise<readonly string[]>;
}

/** Where payments are kept: anything that can run work in a transaction. */
export interface PaymentStore {
  /** Runs work in one transaction; unless `once` is set, it may run again after a serialization failure. */
  transaction<T>(
    work: (unit: PaymentUnit) => Promise<T>,
    options?: { readonly once?: boolean },
  ): Promise<T>;
}

/** The payments of one tenant in the database. */
export function createPaymentStore(db: TenantDb, context: TenantContext): PaymentStore {
  return {
    transaction: (work, options = {}) =>
      db.transaction(context, (tx) => work(new TenantPayments(tx, context.tenantId)), {
        retries: options.once === true ? 0 : RETRIES,
      }),
  };
}

interface StoredRow {
  readonly payment_no: string;
  readonly currency: string;
  readonly amount_cents: string;
  readonly beneficiary_name: string;
  readonly beneficiary_account: string;
  readonly due_on: string;
  readonly reference: string | null;
  readonly category: string | null;
}

class TenantPayments implements PaymentUnit {
  #tx: TenantTransaction<FabricTables>;
  readonly #tenantId: string;

  constructor(tx: TenantTransaction<FabricTables>, tenantId: string) {
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

  async stored(companyId: string, numbers: readonly string[]): Promise<readonly PaymentContent[]> {
    const rows = await this.#rows<StoredRow>(
      // Number by number, whatever the statistics say: a batch must not read all payments of the company.
      `select p.payment_no, p.currency, p.amount_cents::text as amount_cents, p.beneficiary_name,
         p.beneficiary_account, p.due_on::text as due_on, p.reference, p.category
       from unnest($3::text[]) as n (payment_no)
       cross join lateral (
         select f.payment_no, f.currency, f.amount_cents, f.beneficiary_name, f.beneficiary_account, f.due_on,
           f.reference, f.category
         from finance.payments f
         where f.tenant_id = $1 and f.company_id = $2 and f.payment_no = n.payment_no
         offset 0
       ) p`,
      [this.#tenantId, companyId, numbers],
    );
    return rows.map((row) => ({
      number: row.payment_no,
      currency: row.currency,
      amount: BigInt(row.amount_cents),
      supplierId: row.beneficiary_account,
      supplierName: row.beneficiary_name,
      dueOn: row.due_on,
      reference: row.reference,
      category: row.category,
    }));
  }

  async insert(companyId: string, payments: readonly Payment[]): Promise<readonly string[]> {
    const column = <K extends keyof Payment>(key: K) => payments.map((payment) => payment[key]);
    const rows = await this.#rows<{ payment_no: string }>(
      `insert into finance.payments (tenant_id, company_id, payment_no, currency, amount_cents,
         beneficiary_account, beneficiary_name, due_on, reference, category)
       select $1, $2, p.payment_no, p.currency, p.amount_cents, p.account, p.name, p.due_on, p.reference, p.category
       from unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::date[], $9::text[], $10::text[])
         as p (payment_no, currency, amount_cents, account, name, due_on, reference, category)
       on conflict (tenant_id, company_id, payment_no) do nothing
       returning payment_no`,
      [
        this.#tenantId,
        companyId,
        column('number'),
        column('currency'),
        column('amount').map(String),
        column('supplierId'),
        column('supplierName'),
        column('dueOn'),
        column('reference'),
        column('category'),
      ],
    );
    return rows.map((row) => row.payment_no);
  }

  async #rows<R>(sql: string, params: readonly unknown[] = []): Promise<readonly R[]> {
    return (await this.#tx.query<R>(sql, params)).rows;
  }
}
