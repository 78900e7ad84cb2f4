import { hollow, type Mutant, mutant, mutantsOfTrigger, rewritten } from './mutant.ts';

const proof = 'finance/payments.sql';
const installed = 'aibos/installation_check.sql';
const machine = 'finance.stamp_payment()';
const approval = 'finance.stamp_approval()';
const event = 'finance.record_payment_event()';

function guard(table: string, trigger: string, ...behaviour: readonly string[]): readonly Mutant[] {
  return mutantsOfTrigger(`finance.${table}`, trigger, {
    disabled: behaviour,
    notAlways: [installed],
    neverFiring: behaviour,
  });
}

/** Mutants of what holds payments: steps, approvals, limits and the trail. */
export const paymentMutants: readonly Mutant[] = [
  ...guard('payments', 't30_stamp_payment', proof, 'finance/governance.sql'),
  ...guard('payments', 't90_record_event', proof, 'finance/governance.sql'),
  ...guard('payments', 't10_forbid_rekey', proof),
  ...guard('payment_events', 't10_forbid_forgery', proof, 'finance/governance.sql'),
  ...guard('payment_events', 't10_forbid_change', 'finance/immutability.sql'),
  ...guard('payment_approvals', 't30_stamp_approval', proof, 'finance/governance.sql'),
  ...guard('payment_approvals', 't10_forbid_change', 'finance/immutability.sql'),
  ...guard('payment_approvers', 't50_bump_rules', proof, 'finance/governance.sql'),
  ...guard('payment_approvers', 't10_forbid_rekey', proof),
  ...guard('approval_limits', 't50_bump_rules', proof, 'finance/governance.sql'),
  ...guard('approval_limits', 't10_forbid_rekey', proof),
  ...guard('approval_limits', 't40_assert_currency', proof),
  ...guard('approval_limits', 't90_record_insert', proof),
  mutant('a payment may take any step', hollow(machine, 'return new'), proof),
  mutant(
    'a payment may be born approved',
    rewritten(machine, `if new.status is distinct from 'draft' then`, 'if false then'),
    proof,
  ),
  mutant(
    'a payment is made by whom the client says',
    rewritten(
      machine,
      'new.created_by := aibos.current_user_id();',
      'new.created_by := new.created_by;',
    ),
    'hostile/m_payments.sql',
  ),
  mutant(
    'a final payment may change',
    rewritten(
      machine,
      'if not exists (select from finance.payment_transitions t where t.from_status = old.status) then',
      'if false then',
    ),
    proof,
  ),
  mutant(
    'a payment may be edited and moved at once',
    rewritten(machine, 'elsif is_edited and is_moved then', 'elsif false then'),
    proof,
  ),
  mutant(
    'a released payment may be edited',
    rewritten(
      machine,
      `elsif is_edited and old.status <> 'draft' and not exists`,
      'elsif false and not exists',
    ),
    proof,
  ),
  mutant(
    'steps are not looked up',
    rewritten(machine, 'elsif is_moved and not exists', 'elsif false and not exists'),
    proof,
  ),
  ...[
    'payment_no',
    'currency',
    'amount_cents',
    'beneficiary_name',
    'beneficiary_account',
    'due_on',
    'reference',
    'category',
  ].map((column) =>
    mutant(
      `an edit of ${column} voids nothing`,
      rewritten(machine, `old.${column}`, `new.${column}`),
      proof,
    ),
  ),
  mutant(
    'an edit keeps the revision',
    rewritten(machine, 'new.revision := old.revision + 1;', ''),
    proof,
  ),
  mutant('an edit keeps the status', rewritten(machine, `new.status := 'draft';`, ''), proof),
  mutant(
    'an editor is forgotten',
    rewritten(machine, 'new.edited_by := old.edited_by || aibos.current_user_id();', ''),
    proof,
  ),
  mutant(
    'the last editor alone is remembered',
    rewritten(
      machine,
      'new.edited_by := old.edited_by || aibos.current_user_id();',
      'new.edited_by := array[aibos.current_user_id()];',
    ),
    proof,
  ),
  mutant(
    'what is taken back keeps its approvals',
    rewritten(
      machine,
      `if is_edited or is_moved and new.status = 'draft' then`,
      'if is_edited then',
    ),
    proof,
  ),
  mutant(
    'a status is approval enough',
    rewritten(machine, ') is not true then', ') is null and false then'),
    proof,
  ),
  mutant(
    'one approval of two is enough for the status',
    rewritten(machine, 'count(*) >= min(a.approvals_required) and', ''),
    'hostile/m_payments.sql',
  ),
  mutant(
    'somebody else than an approver may set the status',
    rewritten(machine, 'and bool_or(a.approved_by = aibos.current_user_id())', ''),
    'hostile/m_payments.sql',
  ),
  mutant(
    'the beneficiary is not looked at again',
    rewritten(machine, 'if new.beneficiary_snapshot\n', 'if false and new.beneficiary_snapshot\n'),
    proof,
  ),
  mutant(
    'any entry settles a payment',
    rewritten(machine, `if new.status = 'settled' and not exists`, 'if false and not exists'),
    proof,
  ),
  mutant(
    'an entry of another transaction settles a payment',
    rewritten(machine, 'and e.created_xid = pg_current_xact_id()', ''),
    'hostile/m_payments.sql',
  ),
  mutant(
    'an entry of another company settles a payment',
    rewritten(machine, 'and e.company_id = new.company_id', ''),
    'hostile/m_payments.sql',
  ),
  mutant(
    'an entry over another amount settles a payment',
    rewritten(machine, 'and new.amount_cents = (', 'and 0 < ('),
    proof,
  ),
  mutant(
    'an entry in another currency settles a payment',
    rewritten(machine, 'and l.currency = new.currency', ''),
    'hostile/m_payments.sql',
  ),
  mutant('a step leaves no event', hollow(event, 'return null'), proof),
  mutant(
    'an event forgets its reason',
    rewritten(
      event,
      `coalesce(new.status_reason, nullif(current_setting('app.reason', true), ''))`,
      'null::text',
    ),
    proof,
  ),
  mutant(
    'an event forgets its actor',
    rewritten(event, 'aibos.current_actor()', 'null::uuid'),
    proof,
  ),
  mutant(
    'a swallowed event is not noticed',
    rewritten(event, 'if not found then', 'if false then'),
    proof,
  ),
  mutant(
    'an approval may be of another revision',
    rewritten(
      approval,
      'elsif payment.revision is distinct from new.revision then',
      'elsif false then',
    ),
    proof,
  ),
  mutant(
    'an approval may be of a draft',
    rewritten(approval, `elsif payment.status <> 'submitted' then`, 'elsif false then'),
    proof,
  ),
  mutant(
    'the maker approves',
    rewritten(approval, 'new.approved_by = payment.created_by or', ''),
    proof,
  ),
  mutant(
    'an editor approves a payment',
    rewritten(approval, 'or new.approved_by = any (payment.edited_by)', ''),
    proof,
  ),
  mutant(
    'an approval names whom it likes',
    rewritten(approval, 'new.approved_by := aibos.current_user_id();', ''),
    proof,
  ),
  mutant(
    'an approval may be of another tenant',
    rewritten(
      approval,
      'perform aibos.assert_row_in_context(new.tenant_id, tg_table_schema, tg_table_name);',
      '',
    ),
    'hostile/m_payments.sql',
  ),
  mutant(
    'limits are not asked for',
    rewritten(approval, 'if has_limits and granted.role_name is null then', 'if false then'),
    proof,
  ),
  mutant(
    'a limit covers any amount',
    rewritten(approval, 'and l.max_amount_cents >= payment.amount_cents', ''),
    proof,
  ),
  mutant(
    'a limit covers any currency',
    rewritten(approval, 'and l.currency = payment.currency', ''),
    proof,
  ),
  mutant('a dismissed approver approves', rewritten(approval, 'and a.is_active and', 'and'), proof),
  mutant(
    'a limit that was taken away covers',
    rewritten(approval, 'and l.is_active\n    and l.currency', 'and l.currency'),
    proof,
  ),
  mutant(
    'limits of other tenants bind',
    rewritten(
      approval,
      'l.tenant_id = new.tenant_id and l.company_id = payment.company_id and l.is_active',
      'l.is_active',
    ),
    proof,
  ),
  mutant(
    'the application may set the status of a payment',
    'grant update (status) on finance.payments to aibos_finance_role',
    proof,
  ),
  mutant(
    'the application may delete payments',
    'grant delete on finance.payments to aibos_finance_role',
    proof,
  ),
  mutant(
    'the application may insert approvals',
    'grant insert on finance.payment_approvals to aibos_finance_role',
    proof,
  ),
  mutant(
    'the application may insert events of payments',
    'grant insert on finance.payment_events to aibos_finance_role',
    proof,
  ),
  mutant(
    'the application may set limits',
    'grant insert on finance.approval_limits to aibos_finance_role',
    proof,
  ),
  mutant(
    'the application may add steps',
    'grant insert on finance.payment_transitions to aibos_finance_role',
    proof,
  ),
  mutant(
    'a step is added',
    `insert into finance.payment_transitions values ('draft', 'released', 'Short cut.')`,
    proof,
    'finance/governance.sql',
  ),
  mutant(
    'the machine of payments runs with the rights of the caller',
    'alter function finance.stamp_payment() security invoker',
    'finance/governance.sql',
  ),
  mutant(
    'the maker of a payment may approve it',
    'alter table finance.payments drop constraint payments_four_eyes_ck',
    proof,
  ),
  mutant(
    'a rejection needs no reason',
    'alter table finance.payments drop constraint payments_status_reason_ck',
    proof,
  ),
  mutant(
    'one user approves twice',
    'alter table finance.payment_approvals drop constraint payment_approvals_one_each_pk',
    proof,
  ),
  mutant(
    'an entry settles many payments',
    'alter table finance.payments drop constraint payments_settlement_entry_id_uq',
    'hostile/m_payments.sql',
  ),
  mutant(
    'a payment with a trail may be deleted',
    'alter table finance.payment_events drop constraint payment_events_payment_id_fk',
    proof,
  ),
];
