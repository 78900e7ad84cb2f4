-- plane: data
-- Control of payments: which moves there are, who edited and who approved, who may approve up to which amount.

alter table finance.payments
  add column reference text,
  add column category text,
  add column edited_by uuid[] not null default '{}',
  add column approvals integer not null default 0,
  add column status_reason text,
  add constraint payments_approvals_ck check (approvals >= 0),
  add constraint payments_status_reason_ck check (
    status not in ('rejected', 'cancelled') or status_reason is not null and btrim(status_reason) <> ''
  ),
  drop constraint payments_four_eyes_ck,
  add constraint payments_four_eyes_ck check (approved_by <> created_by and approved_by <> all (edited_by));
comment on column finance.payments.reference is 'What the beneficiary will read, or the invoice that is paid.';
comment on column finance.payments.category is 'What it is paid for, in the words of whoever made it.';
comment on column finance.payments.edited_by is 'Everyone who changed it after it was made; none of them may approve it.';
comment on column finance.payments.approvals is 'How many approved its present revision.';
comment on column finance.payments.status_reason is 'Why it was rejected or cancelled.';

create table finance.payment_transitions (
  from_status text not null,
  to_status text not null,
  meaning text not null,
  constraint payment_transitions_from_status_to_status_pk primary key (from_status, to_status)
);
comment on table finance.payment_transitions is 'Every move that the status of a payment can make; the same for all tenants.';
comment on column finance.payment_transitions.from_status is 'Status before; one without a row here is final.';
comment on column finance.payment_transitions.to_status is 'Status after.';
comment on column finance.payment_transitions.meaning is 'What the move says.';

create table finance.payment_approvers (
  tenant_id uuid not null,
  company_id uuid not null,
  user_id uuid not null,
  role_name text not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payment_approvers_tenant_id_company_id_user_id_role_name_pk
    primary key (tenant_id, company_id, user_id, role_name),
  constraint payment_approvers_company_id_fk foreign key (tenant_id, company_id)
    references finance.companies (tenant_id, id),
  constraint payment_approvers_role_name_ck check (btrim(role_name) <> '')
);
comment on table finance.payment_approvers is 'Who holds which approval role in a company.';
comment on column finance.payment_approvers.tenant_id is 'Owning tenant.';
comment on column finance.payment_approvers.company_id is 'Company whose payments are approved.';
comment on column finance.payment_approvers.user_id is 'User who holds the role.';
comment on column finance.payment_approvers.role_name is 'Role, as named in finance.approval_limits.';
comment on column finance.payment_approvers.is_active is 'Whether the user still holds it.';
comment on column finance.payment_approvers.created_at is 'When the row was made.';
comment on column finance.payment_approvers.updated_at is 'When the row last changed.';

create table finance.approval_limits (
  tenant_id uuid not null,
  company_id uuid not null,
  role_name text not null,
  currency text not null,
  approvals_required smallint not null default 1,
  max_amount_cents bigint not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint approval_limits_tenant_id_company_id_role_name_currency_pk
    primary key (tenant_id, company_id, role_name, currency, approvals_required),
  constraint approval_limits_company_id_fk foreign key (tenant_id, company_id)
    references finance.companies (tenant_id, id),
  constraint approval_limits_role_name_ck check (btrim(role_name) <> ''),
  constraint approval_limits_currency_ck check (currency ~ '^[A-Z][A-Z0-9]{1,11}$'),
  constraint approval_limits_approvals_required_ck check (approvals_required in (1, 2)),
  constraint approval_limits_max_amount_cents_ck check (
    max_amount_cents > 0 and max_amount_cents <= 100000000000000000
  )
);
comment on table finance.approval_limits is
  'Up to which amount a role approves payments of a company, alone or as one of two; a company without rows has no limits.';
comment on column finance.approval_limits.tenant_id is 'Owning tenant.';
comment on column finance.approval_limits.company_id is 'Company whose payments are approved.';
comment on column finance.approval_limits.role_name is 'Role, as given in finance.payment_approvers.';
comment on column finance.approval_limits.currency is 'Currency of the limit; it says nothing of other currencies.';
comment on column finance.approval_limits.approvals_required is
  'How many must approve a payment under this limit: 1 for a role that decides alone, 2 for one that needs another approver.';
comment on column finance.approval_limits.max_amount_cents is 'Largest amount, in minor units.';
comment on column finance.approval_limits.is_active is 'Whether the limit still counts.';
comment on column finance.approval_limits.created_at is 'When the row was made.';
comment on column finance.approval_limits.updated_at is 'When the row last changed.';

create table finance.payment_approvals (
  tenant_id uuid not null,
  payment_id uuid not null,
  revision integer not null,
  approved_by uuid not null,
  role_name text,
  approvals_required smallint not null,
  occurred_at timestamptz not null default clock_timestamp(),
  reason text,
  request_id text,
  constraint payment_approvals_one_each_pk primary key (tenant_id, payment_id, revision, approved_by),
  constraint payment_approvals_payment_id_fk foreign key (tenant_id, payment_id)
    references finance.payments (tenant_id, id)
);
comment on table finance.payment_approvals is
  'Append-only trail of approvals: who approved which revision of a payment, in what role; nobody counts twice.';
comment on column finance.payment_approvals.tenant_id is 'Owning tenant.';
comment on column finance.payment_approvals.payment_id is 'The payment.';
comment on column finance.payment_approvals.revision is 'Revision that was approved; an approval of another revision is void.';
comment on column finance.payment_approvals.approved_by is 'User who approved, named by the context.';
comment on column finance.payment_approvals.role_name is 'Role whose limit covered the amount; null where the company had no limits.';
comment on column finance.payment_approvals.approvals_required is 'How many approvals that limit asks for.';
comment on column finance.payment_approvals.occurred_at is 'Server clock at the moment of recording.';
comment on column finance.payment_approvals.reason is 'Reason given by the context.';
comment on column finance.payment_approvals.request_id is 'Request named by the context.';

-- What approvals and changes of their rules meet on, so that neither overlooks the other.
alter table finance.companies add column approval_rules_revision integer not null default 0;
comment on column finance.companies.approval_rules_revision is
  'Grows with every change of the approvers and limits of the company; each approval locks it.';
