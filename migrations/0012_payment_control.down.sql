drop function if exists finance.stamp_payment() cascade;
drop function if exists finance.stamp_approval() cascade;
drop function if exists finance.record_payment_event() cascade;
drop function if exists finance.bump_approval_rules() cascade;
drop function if exists finance.submit_payment(uuid);
drop function if exists finance.approve_payment(uuid, integer);
drop function if exists finance.reject_payment(uuid, text);
drop function if exists finance.release_payment(uuid);
drop function if exists finance.cancel_payment(uuid, text);
drop function if exists finance.settle_payment(uuid, date, uuid, uuid);
drop function if exists finance._move_payment(uuid, text, text);
drop table finance.payment_approvals cascade;
drop table finance.approval_limits cascade;
drop table finance.payment_approvers cascade;
drop table finance.payment_transitions cascade;
alter table finance.companies drop column approval_rules_revision cascade;
alter table finance.payments
  drop constraint payments_four_eyes_ck,
  drop constraint payments_status_reason_ck,
  drop constraint payments_approvals_ck,
  drop column status_reason,
  drop column approvals,
  drop column edited_by,
  drop column category,
  drop column reference,
  add constraint payments_four_eyes_ck check (approved_by <> created_by);
