import type { Refusal } from '../import/entry.ts';
import { errorFacts } from '../import/errors.ts';
import { isRefusal } from '../import/refusing.ts';
import { PaymentLineError } from './errors.ts';
import type { Payment } from './line.ts';
import type { PaymentContent, PaymentUnit } from './store.ts';

/** What became of one batch. */
export interface Drafted {
  readonly made: readonly Payment[];
  /** Stored before, just as the file has them. */
  readonly before: readonly Payment[];
  readonly refused: readonly Refusal[];
}

/**
 * Makes drafts of a batch inside one transaction: what is stored alike is passed over, what is stored otherwise or what the
 * database refuses is set aside with its reason. It keeps nothing between calls, so it may run again.
 * @throws whatever is not the refusal of a payment, such as a lost connection.
 */
export async function draftBatch(
  unit: PaymentUnit,
  companyId: string,
  payments: readonly Payment[],
): Promise<Drafted> {
  const drafted = { made: [] as Payment[], before: [] as Payment[], refused: [] as Refusal[] };
  const fresh = await compare(unit, companyId, payments, drafted);
  await insert(unit, companyId, fresh, drafted);
  return drafted;
}

type Drafting = { made: Payment[]; before: Payment[]; refused: Refusal[] };

/** Sets aside what is stored already; returns the rest. */
async function compare(
  unit: PaymentUnit,
  companyId: string,
  payments: readonly Payment[],
  drafted: Drafting,
): Promise<readonly Payment[]> {
  const stored = await unit.stored(
    companyId,
    payments.map(({ number }) => number),
  );
  const byNumber = new Map(stored.map((content) => [content.number, content]));
  return payments.filter((payment) => {
    const known = byNumber.get(payment.number);
    if (known === undefined) return true;
    const differs = differenceOf(payment, known);
    if (differs.length === 0) drafted.before.push(payment);
    else drafted.refused.push(refusalOf(payment, storedOtherwise(payment, differs)));
    return false;
  });
}

/** Inserts as many at once as go; where the database refuses, halves are tried, down to the payment that is to blame. */
async function insert(
  unit: PaymentUnit,
  companyId: string,
  payments: readonly Payment[],
  drafted: Drafting,
): Promise<void> {
  if (payments.length === 0) return;
  try {
    const numbers = new Set(await unit.attempt(() => unit.insert(companyId, payments)));
    drafted.made.push(...payments.filter(({ number }) => numbers.has(number)));
    // Somebody else stored these numbers since they were looked up.
    const taken = payments.filter(({ number }) => !numbers.has(number));
    if (taken.length > 0)
      await insert(unit, companyId, await compare(unit, companyId, taken, drafted), drafted);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [first] = payments;
    if (payments.length === 1 && first !== undefined) {
      drafted.refused.push(refusalOf(first, error));
      return;
    }
    const middle = Math.ceil(payments.length / 2);
    await insert(unit, companyId, payments.slice(0, middle), drafted);
    await insert(unit, companyId, payments.slice(middle), drafted);
  }
}

const COMPARED = {
  amount: 'amount',
  currency: 'currency',
  supplierId: 'supplier id',
  supplierName: 'supplier name',
  dueOn: 'date',
  reference: 'reference',
  category: 'category',
} as const satisfies Partial<Record<keyof PaymentContent, string>>;

function differenceOf(payment: Payment, stored: PaymentContent): readonly string[] {
  const fields = Object.keys(COMPARED) as (keyof typeof COMPARED)[];
  return fields.filter((field) => payment[field] !== stored[field]).map((field) => COMPARED[field]);
}

function storedOtherwise(payment: Payment, differs: readonly string[]): PaymentLineError {
  return new PaymentLineError(
    'IB982',
    `payment ${payment.number} is stored with another ${differs.join(', ')}`,
    'Edit or cancel the stored payment, or give this one another number.',
  );
}

function refusalOf(payment: Payment, error: unknown): Refusal {
  const { code, message, hint } = errorFacts(error);
  const by = error instanceof PaymentLineError ? 'importer' : 'database';
  const { line, number } = payment;
  return {
    txn: number,
    firstLine: line,
    lastLine: line,
    problems: [{ line, code, message, hint, by }],
  };
}
