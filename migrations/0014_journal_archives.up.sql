-- plane: data
-- Archives: parts of the ledger that were taken out of it, and what must stay so that reports and evidence hold without them.

create table finance.journal_archives (
  tenant_id uuid not null,
  id uuid not null,
  part_no integer not null,
  from_id uuid not null,
  before_id uuid not null,
  entries bigint not null,
  lines bigint not null,
  leaves_sha256 aibos.sha256_hash not null,
  archived_by uuid,
  reason text not null,
  created_at timestamptz not null default now(),
  constraint journal_archives_tenant_id_id_pk primary key (tenant_id, id),
  constraint journal_archives_part_no_ck check (part_no > 0),
  constraint journal_archives_ids_ck check (from_id < before_id),
  constraint journal_archives_counts_ck check (entries >= 0 and lines >= 2 * entries),
  constraint journal_archives_reason_ck check (btrim(reason) <> '')
);
comment on table finance.journal_archives is
  'What each tenant had in a part of the ledger when it was archived; the nil tenant stands for the whole part.';
comment on column finance.journal_archives.tenant_id is 'Owning tenant; the nil UUID for the part as a whole.';
comment on column finance.journal_archives.id is 'The archive.';
comment on column finance.journal_archives.part_no is 'Number of the part.';
comment on column finance.journal_archives.from_id is 'Least id that an entry in it can have.';
comment on column finance.journal_archives.before_id is 'Ids of its entries are less than this.';
comment on column finance.journal_archives.entries is 'Entries of the tenant in it.';
comment on column finance.journal_archives.lines is 'Lines of these entries.';
comment on column finance.journal_archives.leaves_sha256 is
  'Digest of the leaf hashes of these entries in the order of their ids, as finance.leaves_digest() computes it.';
comment on column finance.journal_archives.archived_by is 'User named by the context; null where none was.';
comment on column finance.journal_archives.reason is 'Why it was archived.';
comment on column finance.journal_archives.created_at is 'When it was archived.';

create table finance.journal_restorations (
  tenant_id uuid not null,
  journal_archive_id uuid not null,
  restored_by uuid,
  reason text not null,
  created_at timestamptz not null default now(),
  constraint journal_restorations_key_pk primary key (tenant_id, journal_archive_id),
  constraint journal_restorations_journal_archive_id_fk foreign key (tenant_id, journal_archive_id)
    references finance.journal_archives (tenant_id, id),
  constraint journal_restorations_reason_ck check (btrim(reason) <> '')
);
comment on table finance.journal_restorations is 'Archives whose part came back into the ledger: they are no longer in force.';
comment on column finance.journal_restorations.tenant_id is 'Owning tenant; the nil UUID for the part as a whole.';
comment on column finance.journal_restorations.journal_archive_id is 'The archive.';
comment on column finance.journal_restorations.restored_by is 'User named by the context; null where none was.';
comment on column finance.journal_restorations.reason is 'Why it came back.';
comment on column finance.journal_restorations.created_at is 'When it came back.';

create table finance.journal_archive_companies (
  tenant_id uuid not null,
  journal_archive_id uuid not null,
  company_id uuid not null,
  through_on date not null,
  entries bigint not null,
  lines bigint not null,
  created_at timestamptz not null default now(),
  constraint journal_archive_companies_key_pk primary key (tenant_id, journal_archive_id, company_id),
  constraint journal_archive_companies_journal_archive_id_fk foreign key (tenant_id, journal_archive_id)
    references finance.journal_archives (tenant_id, id),
  constraint journal_archive_companies_company_id_fk foreign key (tenant_id, company_id)
    references finance.companies (tenant_id, id),
  constraint journal_archive_companies_counts_ck check (entries > 0 and lines >= 2 * entries)
);
create index journal_archive_companies_tenant_id_company_id_idx on finance.journal_archive_companies (tenant_id, company_id);
comment on table finance.journal_archive_companies is
  'How far the archived entries of a company reach: up to there, statements rest on the totals of closes.';
comment on column finance.journal_archive_companies.tenant_id is 'Owning tenant.';
comment on column finance.journal_archive_companies.journal_archive_id is 'The archive.';
comment on column finance.journal_archive_companies.company_id is 'The company.';
comment on column finance.journal_archive_companies.through_on is 'Last day of the last fiscal period that has an entry in it.';
comment on column finance.journal_archive_companies.entries is 'Entries of the company in it.';
comment on column finance.journal_archive_companies.lines is 'Lines of these entries.';
comment on column finance.journal_archive_companies.created_at is 'When it was archived.';
