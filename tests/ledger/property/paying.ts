import { randomUUID } from 'node:crypto';
import { edited, type ModelPayment, moved, type PaymentStatus, stepProblem } from './documents.ts';
import type { Attempt, Moment, Operation } from './operation.ts';
import { beneficiary, settle } from './settling.ts';

function make({ world, model, dice, user }: Moment): Attempt {
  const id = randomUUID();
  const payment: ModelPayment = {
    ...{ id, no: dice.below(3) === 2 ? null : `no ${id}`, currency: dice.one(['USD', 'EUR']) },
    ...{ amount: BigInt(1 + dice.below(1_000_000)), account: 'DE01', revision: 1 },
    ...{ maker: user, editors: [], approvedBy: null, entryId: null },
    status: 'draft',
    trail: ['draft'],
  };
  return {
    sql: `insert into finance.payments (tenant_id, id, company_id, payment_no, currency, amount_cents,
        beneficiary_name, beneficiary_account)
      values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    values: [
      ...[world.book.tenantId, id, world.book.companyId, payment.no, payment.currency],
      ...[payment.amount, beneficiary, payment.account],
    ],
    refusedWith: null,
    apply: () => model.payments.set(id, payment),
  };
}

function edit({ model, dice, user }: Moment): Attempt | null {
  const payment = dice.recent(model.payments.values());
  if (payment === null) return null;
  const content = dice.one<Partial<Pick<ModelPayment, 'amount' | 'account'>>>([
    { amount: payment.amount + 1n },
    { account: `${payment.account}1` },
  ]);
  const { amount, account } = { ...payment, ...content };
  const isOpen = ['draft', 'submitted', 'approved'].includes(payment.status);
  return {
    sql: 'update finance.payments set amount_cents = $2, beneficiary_account = $3 where id = $1',
    values: [payment.id, amount, account],
    refusedWith: isOpen ? null : 'IB812',
    apply: () => model.payments.set(payment.id, edited(payment, user, content)),
  };
}

/** A step that needs nothing but the payment, and the reason where one has to be given. */
function step(
  { model, dice }: Moment,
  status: PaymentStatus,
  call: string,
  isReasoned = false,
): Attempt | null {
  const payment = dice.mostly(
    model.payments.values(),
    (other) => stepProblem(other, status) === null,
  );
  if (payment === null) return null;
  const reason = dice.one(['called off', 'paid twice', ' ']);
  const problem = stepProblem(payment, status);
  return {
    sql: `select finance.${call}`,
    values: isReasoned ? [payment.id, reason] : [payment.id],
    refusedWith: problem ?? (isReasoned && reason === ' ' ? '23514' : null),
    apply: () => model.payments.set(payment.id, moved(payment, status)),
  };
}

function approve({ model, dice, user }: Moment): Attempt | null {
  const payment = dice.mostly(model.payments.values(), ({ status }) => status === 'submitted');
  if (payment === null) return null;
  const revision = dice.below(4) === 3 ? payment.revision - 1 : payment.revision;
  const refusal = () => {
    if (revision !== payment.revision) return 'IB813';
    if (payment.status !== 'submitted') return 'IB810';
    return payment.maker === user || payment.editors.includes(user) ? 'IB814' : null;
  };
  return {
    sql: 'select finance.approve_payment($1, $2)',
    values: [payment.id, revision],
    refusedWith: refusal(),
    apply: () =>
      model.payments.set(payment.id, { ...moved(payment, 'approved'), approvedBy: user }),
  };
}

/** Payments from their making to the bank, also by ways that are closed. */
export const payingOperations: readonly Operation[] = [
  { name: 'make a payment', weight: 4, plan: make },
  { name: 'edit a payment', weight: 1, plan: edit },
  {
    name: 'submit a payment',
    weight: 5,
    plan: (moment) => step(moment, 'submitted', 'submit_payment($1)'),
  },
  { name: 'approve a payment', weight: 6, plan: approve },
  {
    name: 'release a payment',
    weight: 5,
    plan: (moment) => step(moment, 'released', 'release_payment($1)'),
  },
  { name: 'settle a payment', weight: 6, plan: settle },
  {
    name: 'reject a payment',
    weight: 1,
    plan: (moment) => step(moment, 'rejected', 'reject_payment($1, $2)', true),
  },
  {
    name: 'cancel a payment',
    weight: 1,
    plan: (moment) => step(moment, 'cancelled', 'cancel_payment($1, $2)', true),
  },
];
