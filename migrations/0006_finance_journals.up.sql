-- plane: data
-- Journals: drafts that may change, and posted entries that are born posted and never change.

-- Every posting evaluates these checks. As domains they are read once and kept; as table checks PostgreSQL would parse and
-- plan them anew for each statement (docs/decisions/0006-domains-instead-of-table-checks.md).
create domain finance.minor_units as bigint
  constraint minor_units_ck check (value between 0 and 100000000000000000);
comment on domain finance.minor_units is 'An amount in minor units of its currency: 0 to 10^17.';
create domain finance.accounting_date as date
  constraint accounting_date_ck check (value between date '1900-01-01' and date '9999-12-31');
comment on domain finance.accounting_date is 'Day an entry belongs to in the books.';
create domain finance.entry_number as bigint
  constraint entry_number_ck check (value > 0);
comment on domain finance.entry_number is 'Number of an entry within a series.';
create domain finance.entry_type as text
  constraint entry_type_ck check (value in ('standard', 'reversal', 'opening', 'closing', 'revaluation'));
comment on domain finance.entry_type is 'standard, reversal, opening, closing or revaluation.';
create domain finance.entry_description as text
  constraint entry_description_ck check (btrim(value) <> '' and length(value) <= 2000);
comment on domain finance.entry_description is 'What happened, in words: 1 to 2,000 characters.';
create domain finance.entry_reference as text
  constraint entry_reference_ck check (length(value) <= 255);
comment on domain finance.entry_reference is 'Document an entry rests on: at most 255 characters.';
create domain finance.idempotency_key as text
  constraint idempotency_key_ck check (btrim(value) <> '' and length(value) <= 255);
comment on domain finance.idempotency_key is 'Key under which a client books something once: 1 to 255 characters.';
create domain finance.line_memo as text
  constraint line_memo_ck check (length(value) <= 2000);
comment on domain finance.line_memo is 'Note on a line: at most 2,000 characters.';

create function finance.is_line_sided(
  p_debit_cents bigint,
  p_credit_cents bigint,
  p_base_debit_cents bigint,
  p_base_credit_cents bigint,
  p_fx_rate_id uuid,
  p_fx_cross_rate_id uuid
)
returns boolean
language plpgsql
immutable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
begin
  return case
    when p_base_debit_cents is null and p_base_credit_cents is null then
      (p_debit_cents > 0) <> (p_credit_cents > 0) and p_fx_rate_id is null and p_fx_cross_rate_id is null
    when p_base_debit_cents is null or p_base_credit_cents is null or p_base_debit_cents > 0 and p_base_credit_cents > 0 then
      false
    -- A base-only line moves nothing in its currency: a rounding difference or a revaluation.
    when p_debit_cents = 0 and p_credit_cents = 0 then
      p_base_debit_cents + p_base_credit_cents > 0 and p_fx_rate_id is null and p_fx_cross_rate_id is null
    else
      (p_debit_cents > 0) <> (p_credit_cents > 0)
      and not (p_debit_cents > 0 and p_base_credit_cents > 0) and not (p_credit_cents > 0 and p_base_debit_cents > 0)
  end;
end
$function$;
comment on function finance.is_line_sided(bigint, bigint, bigint, bigint, uuid, uuid) is
  'Whether a line is a debit or a credit and its base amount is on the same side. Takes its amounts in minor units of the line''s and of the functional currency and its rates. That the base amount is the right one is the business of the guards.';

create table finance.journal_entries (
  tenant_id uuid not null,
  id uuid not null,
  company_id uuid not null,
  period_id uuid not null,
  entry_no finance.entry_number,
  entry_date finance.accounting_date not null,
  entry_type finance.entry_type not null default 'standard',
  description finance.entry_description not null,
  reference finance.entry_reference,
  idempotency_key finance.idempotency_key,
  reverses_entry_id uuid,
  posted_at timestamptz not null default now(),
  created_by uuid not null,
  created_xid xid8 not null default pg_current_xact_id(),
  constraint journal_entries_tenant_id_id_pk primary key (tenant_id, id),
  constraint journal_entries_reversal_ck check (
    (entry_type = 'reversal') = (reverses_entry_id is not null)
  )
) partition by range (id);
-- These do not begin with the tenant: where nothing was analysed yet, an index that shares only the tenant with a lookup
-- by key looks as cheap as the key itself, and the plans of foreign keys are kept.
create index journal_entries_company_id_tenant_id_entry_date_idx
  on finance.journal_entries (company_id, tenant_id, entry_date);
comment on table finance.journal_entries is 'Posted journal entries, partitioned by the time that begins their id. Insert-only: corrected by reversal, never changed or removed.';
comment on column finance.journal_entries.tenant_id is 'Owning tenant.';
comment on column finance.journal_entries.id is 'The entry.';
comment on column finance.journal_entries.company_id is 'Company whose books it is in.';
comment on column finance.journal_entries.period_id is 'Fiscal period that holds its date; found by the database.';
comment on column finance.journal_entries.entry_no is 'Number from a series, where a series asks for one at posting.';
comment on column finance.journal_entries.entry_date is 'Accounting date.';
comment on column finance.journal_entries.entry_type is 'standard or reversal; opening, closing and revaluation are written by the database''s own functions.';
comment on column finance.journal_entries.description is 'What happened, in words.';
comment on column finance.journal_entries.reference is 'Document the entry rests on, such as an invoice number.';
comment on column finance.journal_entries.idempotency_key is 'Client''s key; finance.journal_keys holds it once per tenant.';
comment on column finance.journal_entries.reverses_entry_id is 'Entry that this one reverses; finance.journal_reversals holds it once.';
comment on column finance.journal_entries.posted_at is 'Server time of the posting transaction.';
comment on column finance.journal_entries.created_by is 'User named by the context.';
comment on column finance.journal_entries.created_xid is 'Transaction that posted it; its lines must come in the same one.';

create table finance.journal_lines (
  tenant_id uuid not null,
  journal_entry_id uuid not null,
  line_no integer not null,
  account_id uuid not null,
  currency text not null,
  debit_cents finance.minor_units not null default 0,
  credit_cents finance.minor_units not null default 0,
  memo finance.line_memo,
  base_debit_cents finance.minor_units,
  base_credit_cents finance.minor_units,
  fx_rate_id uuid,
  fx_cross_rate_id uuid,
  constraint journal_lines_tenant_id_journal_entry_id_line_no_pk primary key (tenant_id, journal_entry_id, line_no),
  constraint journal_lines_one_side_ck check (
    finance.is_line_sided(debit_cents, credit_cents, base_debit_cents, base_credit_cents, fx_rate_id, fx_cross_rate_id)
  )
) partition by range (journal_entry_id);
create index journal_lines_account_id_tenant_id_idx on finance.journal_lines (account_id, tenant_id);
comment on table finance.journal_lines is 'Lines of posted entries; they arrive with their entry, in one statement, and never change.';
comment on column finance.journal_lines.tenant_id is 'Owning tenant.';
comment on column finance.journal_lines.journal_entry_id is 'Entry the line belongs to.';
comment on column finance.journal_lines.line_no is 'Position, 1 to n without a gap.';
comment on column finance.journal_lines.account_id is 'Account moved.';
comment on column finance.journal_lines.currency is 'Currency of the amounts (config.currencies).';
comment on column finance.journal_lines.debit_cents is 'Debit in minor units; 0 on a credit line. At most 10^17.';
comment on column finance.journal_lines.credit_cents is 'Credit in minor units; 0 on a debit line. At most 10^17.';
comment on column finance.journal_lines.memo is 'Note on the line.';
comment on column finance.journal_lines.base_debit_cents is 'Debit in minor units of the company''s functional currency, for a foreign line.';
comment on column finance.journal_lines.base_credit_cents is 'Credit in minor units of the company''s functional currency, for a foreign line.';
comment on column finance.journal_lines.fx_rate_id is 'Rate version used for the base amount.';
comment on column finance.journal_lines.fx_cross_rate_id is
  'Second rate version, where the first leads to a currency between the line''s and the functional one.';

-- The first parts, for all times until others are opened (sql/finance/partitions.sql). Each part has its own foreign keys, and
-- its lines refer to its entries: keys of the partitioned tables would look into every part, keep each from leaving, and
-- lock what they refer to whenever one comes or goes.
create table finance.journal_entries_part_1 partition of finance.journal_entries for values from (minvalue) to (maxvalue);
create table finance.journal_lines_part_1 partition of finance.journal_lines for values from (minvalue) to (maxvalue);
alter table finance.journal_entries_part_1
  add constraint journal_entries_part_1_period_id_fk foreign key (tenant_id, company_id, period_id)
    references finance.fiscal_periods (tenant_id, company_id, id),
  -- The event of a posting has the id of the entry and stays when the entry is archived.
  add constraint journal_entries_part_1_reverses_entry_id_fk foreign key (tenant_id, reverses_entry_id)
    references finance.audit_events (tenant_id, id);
alter table finance.journal_lines_part_1
  add constraint journal_lines_part_1_journal_entry_id_fk foreign key (tenant_id, journal_entry_id)
    references finance.journal_entries_part_1 (tenant_id, id),
  add constraint journal_lines_part_1_account_id_fk foreign key (tenant_id, account_id)
    references finance.accounts (tenant_id, id),
  add constraint journal_lines_part_1_fx_rate_id_fk foreign key (tenant_id, fx_rate_id)
    references finance.fx_rates (tenant_id, id),
  add constraint journal_lines_part_1_fx_cross_rate_id_fk foreign key (tenant_id, fx_cross_rate_id)
    references finance.fx_rates (tenant_id, id);
comment on table finance.journal_entries_part_1 is 'Entries with ids of the first part; named by nobody, read and written through finance.journal_entries.';
comment on table finance.journal_lines_part_1 is 'Lines of the entries of the first part; named by nobody, read and written through finance.journal_lines.';

-- What must be unique over all time cannot be an index of one part.
create table finance.journal_keys (
  tenant_id uuid not null,
  idempotency_key finance.idempotency_key not null,
  journal_entry_id uuid not null,
  payload_hash aibos.sha256_hash,
  constraint journal_keys_tenant_id_idempotency_key_pk primary key (tenant_id, idempotency_key)
);
comment on table finance.journal_keys is 'Idempotency keys of posted entries: each books once, also after its entry was archived.';
comment on column finance.journal_keys.tenant_id is 'Owning tenant.';
comment on column finance.journal_keys.idempotency_key is 'Key that a client chose.';
comment on column finance.journal_keys.journal_entry_id is 'Entry that was posted under it.';
comment on column finance.journal_keys.payload_hash is
  'SHA-256 of what was asked under it; null for an entry that was not posted by a function, which no request can repeat.';

create table finance.journal_reversals (
  tenant_id uuid not null,
  reverses_entry_id uuid not null,
  journal_entry_id uuid not null,
  constraint journal_reversals_tenant_id_reverses_entry_id_pk primary key (tenant_id, reverses_entry_id)
);
comment on table finance.journal_reversals is 'Reversed entries: each is reversed once at most.';
comment on column finance.journal_reversals.tenant_id is 'Owning tenant.';
comment on column finance.journal_reversals.reverses_entry_id is 'Entry that was reversed.';
comment on column finance.journal_reversals.journal_entry_id is 'Entry that reverses it.';

create table finance.journal_drafts (
  tenant_id uuid not null,
  id uuid not null,
  company_id uuid not null,
  entry_date date not null,
  description text not null,
  reference text,
  status text not null default 'draft',
  revision integer not null default 1,
  approved_revision integer,
  approved_by uuid,
  approved_at timestamptz,
  posted_entry_id uuid,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint journal_drafts_tenant_id_id_pk primary key (tenant_id, id),
  constraint journal_drafts_company_id_fk foreign key (tenant_id, company_id)
    references finance.companies (tenant_id, id),
  constraint journal_drafts_posted_entry_id_fk foreign key (tenant_id, posted_entry_id)
    references finance.audit_events (tenant_id, id),
  constraint journal_drafts_posted_entry_id_uq unique (tenant_id, posted_entry_id),
  constraint journal_drafts_description_ck check (btrim(description) <> '' and length(description) <= 2000),
  constraint journal_drafts_status_ck check (status in ('draft', 'approved', 'posted', 'discarded')),
  constraint journal_drafts_revision_ck check (revision > 0),
  constraint journal_drafts_approval_ck check (
    (approved_revision is null) = (approved_by is null) and (approved_by is null) = (approved_at is null)
    and (status <> 'approved' or approved_revision is not null and approved_revision = revision)
  ),
  constraint journal_drafts_posted_ck check ((status = 'posted') = (posted_entry_id is not null))
);
create index journal_drafts_tenant_id_company_id_idx on finance.journal_drafts (tenant_id, company_id);
comment on table finance.journal_drafts is 'Entries in the making; free to change until posted.';
comment on column finance.journal_drafts.tenant_id is 'Owning tenant.';
comment on column finance.journal_drafts.id is 'The draft.';
comment on column finance.journal_drafts.company_id is 'Company whose books it is meant for.';
comment on column finance.journal_drafts.entry_date is 'Accounting date.';
comment on column finance.journal_drafts.description is 'What happened, in words.';
comment on column finance.journal_drafts.reference is 'Document the entry rests on.';
comment on column finance.journal_drafts.status is 'draft, approved, posted or discarded.';
comment on column finance.journal_drafts.revision is 'Grows with every change; an approval names the revision it saw.';
comment on column finance.journal_drafts.approved_revision is 'Revision that was approved.';
comment on column finance.journal_drafts.approved_by is 'User who approved it.';
comment on column finance.journal_drafts.approved_at is 'When it was approved.';
comment on column finance.journal_drafts.posted_entry_id is 'Entry that it became.';
comment on column finance.journal_drafts.created_by is 'User who made the draft.';
comment on column finance.journal_drafts.created_at is 'When the row was made.';
comment on column finance.journal_drafts.updated_at is 'When the row last changed.';

create table finance.journal_draft_lines (
  tenant_id uuid not null,
  journal_draft_id uuid not null,
  line_no integer not null,
  account_id uuid not null,
  currency text not null,
  debit_cents bigint not null default 0,
  credit_cents bigint not null default 0,
  memo text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint journal_draft_lines_tenant_id_journal_draft_id_line_no_pk
    primary key (tenant_id, journal_draft_id, line_no),
  constraint journal_draft_lines_journal_draft_id_fk foreign key (tenant_id, journal_draft_id)
    references finance.journal_drafts (tenant_id, id),
  constraint journal_draft_lines_account_id_fk foreign key (tenant_id, account_id)
    references finance.accounts (tenant_id, id),
  constraint journal_draft_lines_line_no_ck check (line_no > 0),
  constraint journal_draft_lines_one_side_ck check (
    debit_cents >= 0 and credit_cents >= 0 and not (debit_cents > 0 and credit_cents > 0)
  ),
  constraint journal_draft_lines_amount_ck check (
    debit_cents <= 100000000000000000 and credit_cents <= 100000000000000000
  )
);
create index journal_draft_lines_tenant_id_account_id_idx on finance.journal_draft_lines (tenant_id, account_id);
comment on table finance.journal_draft_lines is 'Lines of drafts.';
comment on column finance.journal_draft_lines.tenant_id is 'Owning tenant.';
comment on column finance.journal_draft_lines.journal_draft_id is 'Draft the line belongs to.';
comment on column finance.journal_draft_lines.line_no is 'Position.';
comment on column finance.journal_draft_lines.account_id is 'Account to move.';
comment on column finance.journal_draft_lines.currency is 'Currency of the amounts.';
comment on column finance.journal_draft_lines.debit_cents is 'Debit in minor units.';
comment on column finance.journal_draft_lines.credit_cents is 'Credit in minor units.';
comment on column finance.journal_draft_lines.memo is 'Note on the line.';
comment on column finance.journal_draft_lines.created_at is 'When the row was made.';
comment on column finance.journal_draft_lines.updated_at is 'When the row last changed.';

-- Written by the posting functions and the guards alone, which have the account and the period in hand: no foreign keys.
create table finance.balance_deltas (
  tenant_id uuid not null,
  account_id uuid not null,
  id uuid not null,
  period_id uuid not null,
  currency text not null,
  debit_cents numeric(38, 0) not null,
  credit_cents numeric(38, 0) not null,
  created_at timestamptz not null default now(),
  constraint balance_deltas_tenant_id_account_id_id_pk primary key (tenant_id, account_id, id)
);
comment on table finance.balance_deltas is 'Movements not yet folded into a balance: a cache of the lines, never their replacement.';
comment on column finance.balance_deltas.tenant_id is 'Owning tenant.';
comment on column finance.balance_deltas.id is 'The delta.';
comment on column finance.balance_deltas.account_id is 'Account moved.';
comment on column finance.balance_deltas.period_id is 'Period of the entry.';
comment on column finance.balance_deltas.currency is 'Currency of the amounts.';
comment on column finance.balance_deltas.debit_cents is 'Debits in minor units.';
comment on column finance.balance_deltas.credit_cents is 'Credits in minor units.';
comment on column finance.balance_deltas.created_at is 'When the movement was posted.';

create table finance.account_balances (
  tenant_id uuid not null,
  account_id uuid not null,
  period_id uuid not null,
  currency text not null,
  debit_cents numeric(38, 0) not null default 0,
  credit_cents numeric(38, 0) not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint account_balances_key_pk primary key (tenant_id, account_id, currency, period_id),
  constraint account_balances_account_id_fk foreign key (tenant_id, account_id)
    references finance.accounts (tenant_id, id),
  constraint account_balances_period_id_fk foreign key (tenant_id, period_id)
    references finance.fiscal_periods (tenant_id, id),
  constraint account_balances_amount_ck check (debit_cents >= 0 and credit_cents >= 0)
);
comment on table finance.account_balances is 'Folded movements per account, currency and period: a cache of the lines.';
comment on column finance.account_balances.tenant_id is 'Owning tenant.';
comment on column finance.account_balances.account_id is 'The account.';
comment on column finance.account_balances.period_id is 'The period.';
comment on column finance.account_balances.currency is 'Currency of the amounts.';
comment on column finance.account_balances.debit_cents is 'Sum of debits in minor units.';
comment on column finance.account_balances.credit_cents is 'Sum of credits in minor units.';
comment on column finance.account_balances.created_at is 'When the row was made.';
comment on column finance.account_balances.updated_at is 'When deltas were last folded in.';
