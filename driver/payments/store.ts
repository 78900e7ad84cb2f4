import type { TenantContext } from '../context.ts';
import { type Target, TenantUnit, targetOf, type Unit } from '../import/unit.ts';
import type { TenantDb } from '../tenant-db.ts';
import type { Payment } from './line.ts';

/** What of a payment is compared with a line that has the same number. */
export type PaymentContent = Omit<Payment, 'line'>;

/** What an import needs of the payments of a company, inside one transaction and one tenant. */
export interface PaymentUnit extends Unit {
  /** The payments of a company that have one of these numbers. */
  stored(companyId: string, numbers: readonly string[]): Promise<readonly PaymentContent[]>;
  /** Makes drafts of all payments whose number is free; returns the numbers of those made. */
  insert(companyId: string, payments: readonly Payment[]): Promise<readonly string[]>;
}

/** Where payments are kept. */
export type PaymentStore = Target<PaymentUnit>;

/** The payments of one tenant in the database. */
export function createPaymentStore(db: TenantDb, context: TenantContext): PaymentStore {
  return targetOf(db, context, (tx, tenantId) => new TenantPayments(tx, tenantId));
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

class TenantPayments extends TenantUnit implements PaymentUnit {
  async stored(companyId: string, numbers: readonly string[]): Promise<readonly PaymentContent[]> {
    const rows = await this.rows<StoredRow>(
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
      [this.tenantId, companyId, numbers],
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
    const rows = await this.rows<{ payment_no: string }>(
      `insert into finance.payments (tenant_id, company_id, payment_no, currency, amount_cents,
         beneficiary_account, beneficiary_name, due_on, reference, category)
       select $1, $2, p.payment_no, p.currency, p.amount_cents, p.account, p.name, p.due_on, p.reference, p.category
       from unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::date[], $9::text[], $10::text[])
         as p (payment_no, currency, amount_cents, account, name, due_on, reference, category)
       on conflict (tenant_id, company_id, payment_no) do nothing
       returning payment_no`,
      [
        this.tenantId,
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
}
