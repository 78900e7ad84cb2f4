import { randomUUID } from 'node:crypto';
import { connectTenant } from '../../driver/import/connection.ts';
import { importPayments, type PaymentImportOptions } from '../../driver/payments/importer.ts';
import type { PaymentReport } from '../../driver/payments/report.ts';
import { createPaymentStore } from '../../driver/payments/store.ts';
import { asSuperuser, type Stage } from '../import/live-support.ts';

/** The header of a file that is recognised by itself. */
export const HEADER = 'Trans No,Amount,Paid Date,Supplier ID,Supplier Name,Expenditure Category';

/** A payments file with lines of the columns of {@link HEADER}. */
export function paymentsCsv(...lines: readonly string[]): string {
  return `${[HEADER, ...lines].join('\n')}\n`;
}

/** Text as a stream of bytes, in small pieces so that no line arrives whole. */
export async function* bytesOf(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Imports bytes or a text into company MAIN of a stage, as its user. */
export async function importInto(
  stage: Stage,
  source: string | AsyncIterable<Uint8Array>,
  options: Partial<PaymentImportOptions> = {},
): Promise<PaymentReport> {
  const { url, tenantId: tenant, userId } = stage;
  const requestId = randomUUID();
  const { db, context, close } = await connectTenant(
    { url, tenant, userId, requestId, reason: 'payments test' },
    'payments test',
  );
  try {
    const store = createPaymentStore(db, context);
    const bytes = typeof source === 'string' ? bytesOf(source) : source;
    return await importPayments(bytes, store, { file: 'test.csv', company: 'MAIN', ...options });
  } finally {
    await close();
  }
}

/** A stored payment as a superuser finds it. */
export interface StoredPayment {
  readonly payment_no: string;
  readonly status: string;
  readonly currency: string;
  readonly amount_cents: string;
  readonly beneficiary_name: string;
  readonly beneficiary_account: string;
  readonly due_on: string;
  readonly reference: string | null;
  readonly category: string | null;
  readonly created_by: string;
  readonly events: number;
}

/** Every payment of a stage, by number. */
export async function storedIn(stage: Stage): Promise<readonly StoredPayment[]> {
  return asSuperuser<StoredPayment>(
    stage,
    `select p.payment_no, p.status, p.currency, p.amount_cents::text, p.beneficiary_name, p.beneficiary_account,
       p.due_on::text, p.reference, p.category, p.created_by,
       (select count(*)::int from finance.payment_events e
         where e.tenant_id = p.tenant_id and e.payment_id = p.id) as events
     from finance.payments p where p.tenant_id = $1 order by p.payment_no`,
  );
}

/** The codes of a report by the line they were found on. */
export function codesByLine(report: PaymentReport): Record<number, readonly string[]> {
  return Object.fromEntries(
    report.refused.map(({ firstLine, problems }) => [firstLine, problems.map(({ code }) => code)]),
  );
}
