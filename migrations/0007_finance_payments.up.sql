-- plane: data
-- Payments with their trail, and what is known of documents kept elsewhere.

create table finance.payments (
  tenant_id uuid not null,
  id uuid not null,
  company_id uuid not null,
  payment_no text,
  status text not null default 'draft',
  currency text not null,
  amount_cents bigint not null,
  beneficiary_name text not null,
  beneficiary_account text not null,
  beneficiary_snapshot jsonb,
  due_on date,
  revision integer not null default 1,
  approved_revision integer,
  approved_by uuid,
  approved_at timestamptz,
  settlement_entry_id uuid,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payments_tenant_id_id_pk primary key (tenant_id, id),
  constraint payments_company_id_fk foreign key (tenant_id, company_id) references finance.companies (tenant_id, id),
  constraint payments_settlement_entry_id_fk foreign key (tenant_id, settlement_entry_id)
    references finance.audit_events (tenant_id, id),
  constraint payments_settlement_entry_id_uq unique (tenant_id, settlement_entry_id),
  constraint payments_payment_no_uq unique (tenant_id, company_id, payment_no),
  constraint payments_status_ck check (
    status in ('draft', 'submitted', 'approved', 'released', 'settled', 'rejected', 'cancelled')
  ),
  constraint payments_currency_ck check (currency ~ '^[A-Z][A-Z0-9]{1,11}$'),
  constraint payments_amount_cents_ck check (amount_cents > 0 and amount_cents <= 100000000000000000),
  constraint payments_beneficiary_ck check (btrim(beneficiary_name) <> '' and btrim(beneficiary_account) <> ''),
  constraint payments_revision_ck check (revision > 0),
  constraint payments_approval_ck check (
    (approved_revision is null) = (approved_by is null) and (approved_by is null) = (approved_at is null)
    and (approved_by is null) = (beneficiary_snapshot is null)
    and (status not in ('approved', 'released', 'settled')
      or approved_revision is not null and approved_revision = revision)
  ),
  constraint payments_four_eyes_ck check (approved_by <> created_by),
  constraint payments_settled_ck check ((status = 'settled') = (settlement_entry_id is not null))
);
create index payments_tenant_id_company_id_status_idx on finance.payments (tenant_id, company_id, status);
comment on table finance.payments is 'Outgoing payments; approved by someone else than their maker.';
comment on column finance.payments.tenant_id is 'Owning tenant.';
comment on column finance.payments.id is 'The payment.';
comment on column finance.payments.company_id is 'Company that pays.';
comment on column finance.payments.payment_no is 'Number, unique within the company.';
comment on column finance.payments.status is 'draft, submitted, approved, released, settled, rejected or cancelled.';
comment on column finance.payments.currency is 'Currency of the amount.';
comment on column finance.payments.amount_cents is 'Amount in minor units.';
comment on column finance.payments.beneficiary_name is 'Who is paid.';
comment on column finance.payments.beneficiary_account is 'Where the money goes.';
comment on column finance.payments.beneficiary_snapshot is 'Beneficiary as it was approved.';
comment on column finance.payments.due_on is 'Day it is due.';
comment on column finance.payments.revision is 'Grows with every change; an approval names the revision it saw.';
comment on column finance.payments.approved_revision is 'Revision that was approved.';
comment on column finance.payments.approved_by is 'User who approved it; never its maker.';
comment on column finance.payments.approved_at is 'When it was approved.';
comment on column finance.payments.settlement_entry_id is 'Journal entry that settled it.';
comment on column finance.payments.created_by is 'User who made it.';
comment on column finance.payments.created_at is 'When the row was made.';
comment on column finance.payments.updated_at is 'When the row last changed.';

create table finance.payment_events (
  tenant_id uuid not null,
  id uuid not null,
  payment_id uuid not null,
  occurred_at timestamptz not null default clock_timestamp(),
  from_status text,
  to_status text not null,
  revision integer not null,
  actor uuid,
  reason text,
  request_id text,
  constraint payment_events_tenant_id_id_pk primary key (tenant_id, id),
  constraint payment_events_payment_id_fk foreign key (tenant_id, payment_id) references finance.payments (tenant_id, id)
);
create index payment_events_tenant_id_payment_id_idx on finance.payment_events (tenant_id, payment_id);
comment on table finance.payment_events is 'Append-only trail of every status a payment went through.';
comment on column finance.payment_events.tenant_id is 'Owning tenant.';
comment on column finance.payment_events.id is 'The event.';
comment on column finance.payment_events.payment_id is 'The payment.';
comment on column finance.payment_events.occurred_at is 'Server clock at the moment of recording.';
comment on column finance.payment_events.from_status is 'Status before; null for the first event.';
comment on column finance.payment_events.to_status is 'Status after.';
comment on column finance.payment_events.revision is 'Revision of the payment at that moment.';
comment on column finance.payment_events.actor is 'User named by the context.';
comment on column finance.payment_events.reason is 'Reason given by the context.';
comment on column finance.payment_events.request_id is 'Request named by the context.';

create table finance.document_metadata (
  tenant_id uuid not null,
  id uuid not null,
  company_id uuid not null,
  journal_entry_id uuid,
  payment_id uuid,
  title text not null,
  media_type text not null,
  size_bytes bigint not null,
  sha256 bytea not null,
  storage text not null,
  storage_key text not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint document_metadata_tenant_id_id_pk primary key (tenant_id, id),
  constraint document_metadata_company_id_fk foreign key (tenant_id, company_id)
    references finance.companies (tenant_id, id),
  constraint document_metadata_journal_entry_id_fk foreign key (tenant_id, journal_entry_id)
    references finance.audit_events (tenant_id, id),
  constraint document_metadata_payment_id_fk foreign key (tenant_id, payment_id)
    references finance.payments (tenant_id, id),
  constraint document_metadata_title_ck check (btrim(title) <> ''),
  constraint document_metadata_size_bytes_ck check (size_bytes >= 0),
  constraint document_metadata_sha256_ck check (octet_length(sha256) = 32),
  constraint document_metadata_storage_uq unique (tenant_id, storage, storage_key)
);
create index document_metadata_tenant_id_journal_entry_id_idx
  on finance.document_metadata (tenant_id, journal_entry_id) where journal_entry_id is not null;
create index document_metadata_tenant_id_payment_id_idx
  on finance.document_metadata (tenant_id, payment_id) where payment_id is not null;
create index document_metadata_tenant_id_company_id_idx on finance.document_metadata (tenant_id, company_id);
comment on table finance.document_metadata is 'Documents kept in the tenant''s own storage: where they are and what their bytes must hash to.';
comment on column finance.document_metadata.tenant_id is 'Owning tenant.';
comment on column finance.document_metadata.id is 'The document.';
comment on column finance.document_metadata.company_id is 'Company it belongs to.';
comment on column finance.document_metadata.journal_entry_id is 'Entry it supports.';
comment on column finance.document_metadata.payment_id is 'Payment it supports.';
comment on column finance.document_metadata.title is 'Title shown to people.';
comment on column finance.document_metadata.media_type is 'IANA media type.';
comment on column finance.document_metadata.size_bytes is 'Size in bytes.';
comment on column finance.document_metadata.sha256 is 'SHA-256 of the bytes.';
comment on column finance.document_metadata.storage is 'Storage adapter that holds it.';
comment on column finance.document_metadata.storage_key is 'Key within that storage.';
comment on column finance.document_metadata.created_by is 'User who registered it.';
comment on column finance.document_metadata.created_at is 'When the row was made.';
comment on column finance.document_metadata.updated_at is 'When the row last changed.';
