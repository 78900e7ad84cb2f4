import type { ModelLine } from './model.ts';

/** A line of a draft, by its number. */
export interface DraftLine extends ModelLine {
  readonly no: number;
}

/** A draft as the model holds it. */
export interface ModelDraft {
  readonly id: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly description: string;
  readonly lines: readonly DraftLine[];
  readonly status: 'draft' | 'approved' | 'posted' | 'discarded';
  readonly revision: number;
  /** Users who made or changed it, in order. */
  readonly editors: readonly string[];
  readonly approvedBy: string | null;
  readonly entryId: string | null;
}

/** Whether a draft has come to its end. */
export function isClosed({ status }: ModelDraft): boolean {
  return status === 'posted' || status === 'discarded';
}

/** A draft after a user changed its content: a new revision that nobody has approved. */
export function changed(
  draft: ModelDraft,
  user: string,
  content: Partial<Pick<ModelDraft, 'date' | 'lines'>>,
): ModelDraft {
  return {
    ...{ ...draft, ...content, revision: draft.revision + 1, approvedBy: null },
    status: 'draft',
    editors: draft.editors.includes(user) ? draft.editors : [...draft.editors, user],
  };
}

/** How far a payment may come. */
export type PaymentStatus =
  | 'draft'
  | 'submitted'
  | 'approved'
  | 'released'
  | 'settled'
  | 'rejected'
  | 'cancelled';

/** A payment as the model holds it. */
export interface ModelPayment {
  readonly id: string;
  readonly no: string | null;
  readonly currency: string;
  readonly amount: bigint;
  readonly account: string;
  readonly status: PaymentStatus;
  readonly revision: number;
  readonly maker: string;
  /** Users who edited it, in order. */
  readonly editors: readonly string[];
  readonly approvedBy: string | null;
  readonly entryId: string | null;
  /** A status for each event, in order. */
  readonly trail: readonly PaymentStatus[];
}

/** The steps that are taken by function; an edit leads back to draft besides. */
const steps: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  draft: ['submitted', 'cancelled'],
  submitted: ['approved', 'rejected', 'cancelled'],
  approved: ['released', 'rejected', 'cancelled'],
  released: ['settled', 'cancelled'],
  settled: [],
  rejected: [],
  cancelled: [],
};

/** Why a payment does not take a step, or null where it does. */
export function stepProblem(
  { status }: ModelPayment,
  step: PaymentStatus,
): 'IB810' | 'IB812' | null {
  if (status === step) return 'IB810';
  if (steps[status].length === 0) return 'IB812';
  return steps[status].includes(step) ? null : 'IB810';
}

/** A payment after a step. */
export function moved(payment: ModelPayment, status: PaymentStatus): ModelPayment {
  return { ...payment, status, trail: [...payment.trail, status] };
}

/** A payment after a user changed its content: a draft again, at a new revision that nobody has approved. */
export function edited(
  payment: ModelPayment,
  user: string,
  content: Partial<Pick<ModelPayment, 'amount' | 'account'>>,
): ModelPayment {
  return {
    ...moved({ ...payment, ...content, revision: payment.revision + 1, approvedBy: null }, 'draft'),
    editors: payment.editors.includes(user) ? payment.editors : [...payment.editors, user],
  };
}
