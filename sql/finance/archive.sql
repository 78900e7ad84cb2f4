-- Guarantee: a part of the ledger leaves it only when all of it lies in closed periods and is proven once more, and what
--   stays behind proves it from then on.
-- How: under locks that stop postings and reopenings, the entries of the part are compared with their leaves, their lines added
--   up, kept balances and the totals of closes compared with the lines; then the part is detached. The events with their
--   leaf hashes, the totals, keys and reversals stay; the archive records how many there were and the digest of the leaves.
-- Raises: 55P03, IB241, IB243, IB304
-- Proved by: pgtap/finance/archive.sql

call aibos._set_policy('finance.journal_archives', 'record', 'insert', 'aibos_guard', null, 'true',
  'The archive is recorded for every tenant.');
call aibos._set_policy('finance.journal_archive_companies', 'record', 'insert', 'aibos_guard', null, 'true',
  'The archive is recorded for every tenant.');
call aibos._set_policy('finance.journal_restorations', 'record', 'insert', 'aibos_guard', null, 'true',
  'The restoration is recorded for every tenant.');
grant insert on finance.journal_archives, finance.journal_archive_companies, finance.journal_restorations to aibos_guard;

create or replace trigger t10_forbid_forgery before insert on finance.journal_archives
  for each row when (current_user <> 'aibos_guard') execute function aibos.forbid_forgery();
create or replace trigger t10_forbid_forgery before insert on finance.journal_archive_companies
  for each row when (current_user <> 'aibos_guard') execute function aibos.forbid_forgery();
create or replace trigger t10_forbid_forgery before insert on finance.journal_restorations
  for each row when (current_user <> 'aibos_guard') execute function aibos.forbid_forgery();
alter table finance.journal_archives enable always trigger t10_forbid_forgery;
alter table finance.journal_archive_companies enable always trigger t10_forbid_forgery;
alter table finance.journal_restorations enable always trigger t10_forbid_forgery;

create or replace function finance.leaves_digest(p_tenant_id uuid, p_from_id uuid, p_before_id uuid)
returns table (entries bigint, sha256 bytea)
language sql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
  select coalesce(sum(c.entries), 0)::bigint, pg_catalog.sha256(coalesce(string_agg(c.hash, '' order by c.chunk), ''))
  from (
    select n.chunk, count(*) as entries, pg_catalog.sha256(string_agg(n.leaf_hash, '' order by n.id)) as hash
    from (
      -- In runs of 10,000, so that no value grows with the ledger.
      select a.id, a.leaf_hash, (row_number() over (order by a.id) - 1) / 10000 as chunk
      from finance.audit_events a
      where a.tenant_id = p_tenant_id and a.id >= p_from_id and a.id < p_before_id and a.action = 'journal.posted'
    ) n
    group by n.chunk
  ) c;
$function$;
comment on function finance.leaves_digest(uuid, uuid, uuid) is
  'Counts the postings of a tenant whose ids lie in a range and digests their leaves: the SHA-256 of the SHA-256s of each 10,000 leaf hashes, in the order of the ids. Takes tenant, first id and the id before which the range ends.';

create or replace function finance._lock_periods_of_part(p_part_no integer)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  -- In the order of the calendar, as closes take them; none of them is reopened until this transaction ends.
  execute format('select from finance.fiscal_periods p
    where exists (select from (select distinct e.tenant_id, e.period_id from finance.journal_entries_part_%s e) d
      where d.tenant_id = p.tenant_id and d.period_id = p.id)
    order by p.tenant_id, p.company_id, p.starts_on for share', p_part_no);
end
$function$;
alter function finance._lock_periods_of_part(integer) owner to aibos_guard;
comment on function finance._lock_periods_of_part(integer) is
  'Locks the fiscal periods that have entries in a part. Takes its number. Definer, since it spans tenants; for finance.archive_journal_part() only.';

create or replace function finance._assert_part_proven(p_part_no integer)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  wrong record;
begin
  -- By one scan of each table, whatever stands in it: content against leaf, number and balance of the lines.
  execute format('
    select e.tenant_id, e.id,
      case
        when a.leaf_hash is null then ''It has no event with a leaf.''
        when l.lines is null or l.lines < 2 then ''It has fewer than two lines.''
        when not l.is_balanced then ''It does not balance.''
        else ''Its content is not what was posted.''
      end as problem
    from finance.journal_entries_part_%1$s e
    left join (
      select c.tenant_id, c.journal_entry_id, count(*) as lines, bool_and(c.imbalance = 0) as is_balanced,
        string_agg(c.leaf_line, '''' order by c.line_no) as leaf_lines
      from (
        select l.tenant_id, l.journal_entry_id, l.line_no,
          sum(l.debit_cents - l.credit_cents) over (partition by l.tenant_id, l.journal_entry_id, l.currency) as imbalance,
          finance.leaf_line(l.line_no, l.account_id, l.currency, l.debit_cents, l.credit_cents, l.memo, l.base_debit_cents,
            l.base_credit_cents, l.fx_rate_id, l.fx_cross_rate_id) as leaf_line
        from finance.journal_lines_part_%1$s l
      ) c
      group by c.tenant_id, c.journal_entry_id
    ) l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
    left join finance.audit_events a on a.tenant_id = e.tenant_id and a.id = e.id and a.action = ''journal.posted''
    where (l.lines >= 2) is not true or l.is_balanced is not true
      or a.leaf_hash is distinct from finance.leaf_hash(e.tenant_id, e.id, e.entry_no, e.posted_at, e.created_by,
        finance.leaf_payload(e.company_id, e.entry_date, e.entry_type, e.description, e.reference, e.idempotency_key,
          e.reverses_entry_id, l.leaf_lines))
    limit 1', p_part_no) into wrong;
  if wrong.id is not null then
    perform finance.raise_part_error('IB243', format('part %s of the ledger is not as it was posted', p_part_no),
      format('Entry %s of tenant %s: %s', wrong.id, wrong.tenant_id, wrong.problem),
      'Find out who changed it: finance.v_journal_integrity and v_journal_leaf_check show what is wrong.');
  end if;
  execute format('
    select l.tenant_id, l.journal_entry_id as id from finance.journal_lines_part_%1$s l
    where not exists (
      select from finance.journal_entries_part_%1$s e where e.tenant_id = l.tenant_id and e.id = l.journal_entry_id)
    limit 1', p_part_no) into wrong;
  if wrong.id is not null then
    perform finance.raise_part_error('IB243', format('part %s of the ledger is not as it was posted', p_part_no),
      format('Lines of tenant %s have no entry %s.', wrong.tenant_id, wrong.id),
      'Find out who changed it: finance.v_journal_integrity shows what is wrong.');
  end if;
end
$function$;
alter function finance._assert_part_proven(integer) owner to aibos_guard;
comment on function finance._assert_part_proven(integer) is
  'Raises IB243 unless each entry of a part is whole, balanced and what its leaf says. Takes its number. Definer, since it spans tenants; for the functions of this file only.';

create or replace function finance._record_archive(p_part_no integer, p_from_id uuid, p_before_id uuid, p_reason text)
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  nil constant uuid := '00000000-0000-0000-0000-000000000000';
  wrong record;
  company record;
  archived bigint;
begin
  execute format('
    select p.tenant_id, p.company_id, p.name,
      case when p.status <> ''closed'' then ''is '' || p.status else ''was closed before closes were recorded'' end as problem
    from (select distinct e.tenant_id, e.period_id from finance.journal_entries_part_%s e) d
    join finance.fiscal_periods p on p.tenant_id = d.tenant_id and p.id = d.period_id
    where p.status <> ''closed'' or p.close_id is null
    order by p.starts_on, p.tenant_id, p.company_id
    limit 1', p_part_no) into wrong;
  if wrong.tenant_id is not null then
    perform finance.raise_part_error('IB241', format('part %s of the ledger cannot be archived yet', p_part_no),
      format('It has entries in period %s of company %s, tenant %s, which %s.', wrong.name, wrong.company_id, wrong.tenant_id, wrong.problem),
      'Close the periods of its entries first: finance.close_period(); one closed before closes were recorded is reopened and closed again.');
  end if;
  perform finance._assert_part_proven(p_part_no);

  -- What will stand for the lines from now on says the same as they do.
  for company in execute format('
    select d.tenant_id, d.company_id, p.id as period_id
    from (
      select e.tenant_id, e.company_id, max(p.ends_on) as through_on
      from finance.journal_entries_part_%s e
      join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id
      group by e.tenant_id, e.company_id
    ) d
    join finance.fiscal_periods p on p.tenant_id = d.tenant_id and p.company_id = d.company_id and p.ends_on = d.through_on
    order by d.tenant_id, d.company_id', p_part_no)
  loop
    if exists (select from finance.v_period_close_drift d where d.tenant_id = company.tenant_id and d.period_id = company.period_id)
      or exists (
        select from finance.accounts a
        join finance.v_balance_drift d on d.tenant_id = a.tenant_id and d.account_id = a.id
        where a.tenant_id = company.tenant_id and a.company_id = company.company_id and a.keeps_balance)
      or exists (
        select from finance.accounts a
        join finance.v_limit_drift d on d.tenant_id = a.tenant_id and d.account_id = a.id
        where a.tenant_id = company.tenant_id and a.company_id = company.company_id and a.has_limit)
    then
      perform finance.raise_part_error('IB243', format('part %s of the ledger has lines that its totals do not say', p_part_no),
        format('Company %s of tenant %s.', company.company_id, company.tenant_id),
        'Find out who changed it: finance.v_period_close_drift, v_balance_drift and v_limit_drift show what differs.');
    end if;
  end loop;

  execute format('
    with company as materialized (
      select e.tenant_id, e.company_id, max(p.ends_on) as through_on, count(*) as entries, sum(l.lines)::bigint as lines
      from finance.journal_entries_part_%1$s e
      join finance.fiscal_periods p on p.tenant_id = e.tenant_id and p.id = e.period_id
      join (
        select l.tenant_id, l.journal_entry_id, count(*) as lines
        from finance.journal_lines_part_%1$s l group by l.tenant_id, l.journal_entry_id
      ) l on l.tenant_id = e.tenant_id and l.journal_entry_id = e.id
      group by e.tenant_id, e.company_id
    ), tenant as materialized (
      select t.tenant_id, t.entries, t.lines, d.entries as events, d.sha256
      from (
        select c.tenant_id, sum(c.entries)::bigint as entries, sum(c.lines)::bigint as lines from company c group by c.tenant_id
      ) t
      cross join lateral finance.leaves_digest(t.tenant_id, $1, $2) d
    ), archive as (
      insert into finance.journal_archives
        (tenant_id, id, part_no, from_id, before_id, entries, lines, leaves_sha256, archived_by, reason)
      select t.tenant_id, aibos.uuid_v7(), %1$s, $1, $2, t.entries, t.lines, t.sha256, aibos.current_actor(), $3
      from tenant t
      returning tenant_id, id
    ), companies as (
      insert into finance.journal_archive_companies (tenant_id, journal_archive_id, company_id, through_on, entries, lines)
      select c.tenant_id, a.id, c.company_id, c.through_on, c.entries, c.lines
      from company c
      join archive a on a.tenant_id = c.tenant_id
    )
    select t.tenant_id, t.entries, t.events from tenant t where t.events <> t.entries limit 1', p_part_no)
  into wrong using p_from_id, p_before_id, p_reason;
  if wrong.tenant_id is not null then
    perform finance.raise_part_error('IB243', format('part %s of the ledger is not as it was posted', p_part_no),
      format('Tenant %s has %s entries in it, but %s postings of that time.', wrong.tenant_id, wrong.entries, wrong.events),
      'Find out who removed the others: finance.v_journal_integrity shows them.');
  end if;
  insert into finance.journal_archives
    (tenant_id, id, part_no, from_id, before_id, entries, lines, leaves_sha256, archived_by, reason)
  select nil, aibos.uuid_v7(), p_part_no, p_from_id, p_before_id, coalesce(sum(a.entries), 0), coalesce(sum(a.lines), 0),
    sha256(coalesce(string_agg(a.leaves_sha256, '' order by a.tenant_id), '')), aibos.current_actor(), p_reason
  from finance.v_archives_in_force a
  where a.part_no = p_part_no
  returning entries into archived;
  insert into finance.audit_events (tenant_id, id, actor, action, object, object_id, after, reason, request_id)
  select a.tenant_id, aibos.uuid_v7(), aibos.current_actor(), 'journal.archived', 'finance.journal_archives', a.journal_archive_id::text,
    jsonb_build_object('part_no', a.part_no, 'entries', a.entries, 'lines', a.lines, 'leaves_sha256', encode(a.leaves_sha256, 'hex')),
    p_reason, nullif(current_setting('app.request_id', true), '')
  from finance.v_archives_in_force a
  where a.part_no = p_part_no;
  return archived;
end
$function$;
alter function finance._record_archive(integer, uuid, uuid, text) owner to aibos_guard;
comment on function finance._record_archive(integer, uuid, uuid, text) is
  'Proves a part and records it as archived, for each tenant and as a whole, with an event; returns how many entries it holds. Takes its number, the range of its ids and the reason. Definer, since it spans tenants; for finance.archive_journal_part() only.';

create or replace function finance.archive_journal_part(p_part_no integer, p_reason text)
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  part record;
  archived bigint;
  parent regclass;
begin
  select p.part_no, p.from_id, p.before_id, p.ends_before into part
  from finance.v_journal_parts p where p.part_no = p_part_no;
  if part.ends_before is null or part.ends_before > clock_timestamp() or btrim(coalesce(p_reason, '')) = ''
    or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')
  then
    perform finance.raise_part_error('IB241', format('part %s of the ledger cannot be archived', coalesce(p_part_no::text, 'null')),
      case
        when part.part_no is null then 'The ledger has no such part.'
        when part.ends_before is null then 'It is the last one, which new entries go to.'
        when part.ends_before > clock_timestamp() then format('New entries go to it until %s.', part.ends_before)
        when btrim(coalesce(p_reason, '')) = '' then 'No reason was given.'
        else format('The transaction is %s and reads by one snapshot, in which the last postings may be missing.',
          upper(current_setting('transaction_isolation')))
      end,
      'Pass the number of a part that has ended (finance.v_journal_parts) and the reason, at READ COMMITTED.');
  end if;

  -- No reopening and no posting is under way from here on.
  perform finance._lock_periods_of_part(p_part_no);
  perform finance._lock_tables(array['finance.journal_entries', 'finance.journal_lines']::regclass[], 'access exclusive');
  if not exists (select from finance.v_journal_parts p where p.part_no = p_part_no) then
    perform finance.raise_part_error('IB241', format('part %s of the ledger cannot be archived', p_part_no),
      'It was archived in this moment.', 'finance.archived_parts() shows what is archived.');
  end if;
  archived := finance._record_archive(p_part_no, coalesce(part.from_id, '00000000-0000-0000-0000-000000000000'), part.before_id, p_reason);

  foreach parent in array array['finance.journal_entries', 'finance.journal_lines']::regclass[]
  loop
    execute format('alter table %1$s detach partition %1$s_part_%2$s', parent, p_part_no);
    -- Its row triggers were those of the whole; as a table of its own it gets its own.
    call aibos.isolate_tenant(format('%s_part_%s', parent, p_part_no)::regclass);
    call aibos.append_only(format('%s_part_%s', parent, p_part_no)::regclass);
    execute format('comment on table %1$s_part_%2$s is %3$L', parent, p_part_no,
      format('Part %s of %s, archived. finance.restore_journal_part() brings it back.', p_part_no, parent));
  end loop;
  call finance._record_part(p_part_no);
  return archived;
end
$function$;
comment on function finance.archive_journal_part(integer, text) is
  'Proves a part of the ledger, records it as archived and detaches it; returns how many entries left. Takes its number and the reason. Its tables stay, out of the ledger, until finance.drop_archived_part(). Stops postings while it runs. Raises IB241 unless it has ended, a reason is given and all of its entries lie in closed periods, IB243 where the part is not as it was posted, 55P03. Definer, since the tables belong to aibos_owner; for aibos_migration only.';

create or replace function finance.archived_parts()
returns table (
  part_no integer, begins_at timestamptz, ends_before timestamptz, entries bigint, lines bigint, archived_at timestamptz, reason text,
  tables_present boolean
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $function$
  select
    a.part_no, case when a.from_id > '00000000-0000-0000-0000-000000000000' then aibos.uuid_v7_time(a.from_id) end,
    aibos.uuid_v7_time(a.before_id), a.entries, a.lines, a.archived_at, a.reason,
    to_regclass(format('finance.journal_entries_part_%s', a.part_no)) is not null
      and to_regclass(format('finance.journal_lines_part_%s', a.part_no)) is not null
  from finance.v_archives_in_force a
  where a.tenant_id = '00000000-0000-0000-0000-000000000000'
  order by a.part_no;
$function$;
alter function finance.archived_parts() owner to aibos_guard;
comment on function finance.archived_parts() is
  'Parts of the ledger that are archived, and whether their tables are still in this database. Takes nothing. Definer, since it spans tenants and returns counts alone.';

create or replace function finance._record_restoration(p_part_no integer, p_reason text, out from_id uuid, out before_id uuid)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  wrong record;
begin
  select a.from_id, a.before_id into from_id, before_id
  from finance.v_archives_in_force a
  where a.part_no = p_part_no and a.tenant_id = '00000000-0000-0000-0000-000000000000';
  perform finance._assert_part_proven(p_part_no);
  execute format('
    select coalesce(a.tenant_id, e.tenant_id) as tenant_id, coalesce(a.entries, 0) as entries, coalesce(e.entries, 0) as found
    from (
      select a.tenant_id, a.entries
      from finance.v_archives_in_force a
      cross join lateral finance.leaves_digest(a.tenant_id, a.from_id, a.before_id) d
      where a.part_no = %1$s and a.tenant_id <> ''00000000-0000-0000-0000-000000000000''
        and d.entries = a.entries and d.sha256 = a.leaves_sha256
    ) a
    full join (select e.tenant_id, count(*) as entries from finance.journal_entries_part_%1$s e group by e.tenant_id) e
      on e.tenant_id = a.tenant_id
    where a.entries is distinct from e.entries
    limit 1', p_part_no) into wrong;
  if wrong.tenant_id is not null then
    perform finance.raise_part_error('IB243', format('part %s of the ledger is not what was archived', p_part_no),
      format('Tenant %s: %s entries were archived with the leaves that are there now, %s are in the tables.', wrong.tenant_id,
        wrong.entries, wrong.found),
      'Restore the tables from the copy that was made when the part was archived.');
  end if;
  insert into finance.audit_events (tenant_id, id, actor, action, object, object_id, reason, request_id)
  select a.tenant_id, aibos.uuid_v7(), aibos.current_actor(), 'journal.restored', 'finance.journal_archives', a.journal_archive_id::text,
    p_reason, nullif(current_setting('app.request_id', true), '')
  from finance.v_archives_in_force a
  where a.part_no = p_part_no;
  insert into finance.journal_restorations (tenant_id, journal_archive_id, restored_by, reason)
  select a.tenant_id, a.journal_archive_id, aibos.current_actor(), p_reason
  from finance.v_archives_in_force a
  where a.part_no = p_part_no;
end
$function$;
alter function finance._record_restoration(integer, text) owner to aibos_guard;
comment on function finance._record_restoration(integer, text) is
  'Proves the tables of an archived part against what was archived and records that it came back; returns the range of its ids. Takes its number and the reason. Definer, since it spans tenants; for finance.restore_journal_part() only.';

create or replace function finance.restore_journal_part(p_part_no integer, p_reason text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  part record;
  bounds record;
  parent regclass;
begin
  select a.part_no, a.tables_present into part from finance.archived_parts() a where a.part_no = p_part_no;
  if part.tables_present is not true or btrim(coalesce(p_reason, '')) = '' then
    perform finance.raise_part_error('IB241', format('part %s of the ledger cannot be restored', coalesce(p_part_no::text, 'null')),
      case
        when part.part_no is null then 'It is not archived.'
        when not part.tables_present then format('There is no table finance.journal_entries_part_%1$s or journal_lines_part_%1$s.', p_part_no)
        else 'No reason was given.'
      end,
      'finance.archived_parts() shows what is archived; bring dropped tables back with pg_restore first, and give the reason.');
  end if;
  perform finance._lock_tables(array['finance.journal_entries', 'finance.journal_lines']::regclass[], 'access exclusive');
  if not exists (select from finance.archived_parts() a where a.part_no = p_part_no) then
    perform finance.raise_part_error('IB241', format('part %s of the ledger cannot be restored', p_part_no),
      'It was restored in this moment.', 'finance.v_journal_parts shows what is in the ledger.');
  end if;
  select r.from_id, r.before_id into bounds from finance._record_restoration(p_part_no, p_reason) r;

  foreach parent in array array['finance.journal_entries', 'finance.journal_lines']::regclass[]
  loop
    perform finance._attach_part(parent, p_part_no, nullif(bounds.from_id, '00000000-0000-0000-0000-000000000000'), bounds.before_id);
  end loop;
  call finance._guard_part(p_part_no);
  call finance._record_part(p_part_no);
end
$function$;
comment on function finance.restore_journal_part(integer, text) is
  'Brings an archived part back into the ledger, once its tables are proven to be what was archived. Takes its number and the reason. Stops postings while it runs. Raises IB241 unless it is archived, its tables are there and a reason is given, IB243 where they are not what was archived, 55P03. Definer, since the tables belong to aibos_owner; for aibos_migration only.';

create or replace function finance._record_drop(p_part_no integer, p_reason text)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $function$
  insert into finance.audit_events (tenant_id, id, actor, action, object, object_id, reason, request_id)
  select a.tenant_id, aibos.uuid_v7(), aibos.current_actor(), 'journal.dropped', 'finance.journal_archives', a.journal_archive_id::text,
    p_reason, nullif(current_setting('app.request_id', true), '')
  from finance.v_archives_in_force a
  where a.part_no = p_part_no;
$function$;
alter function finance._record_drop(integer, text) owner to aibos_guard;
comment on function finance._record_drop(integer, text) is
  'Records for each tenant that the tables of an archived part were dropped. Takes its number and the reason. Definer, since it spans tenants; for finance.drop_archived_part() only.';

create or replace function finance.drop_archived_part(p_part_no integer, p_reason text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  part record;
begin
  select a.part_no, a.tables_present into part from finance.archived_parts() a where a.part_no = p_part_no;
  if part.tables_present is not true or btrim(coalesce(p_reason, '')) = '' then
    perform finance.raise_part_error('IB241', format('part %s of the ledger cannot be dropped', coalesce(p_part_no::text, 'null')),
      case
        when part.part_no is null then 'It is not archived.'
        when not part.tables_present then 'Its tables are not there.'
        else 'No reason was given.'
      end,
      'finance.archived_parts() shows what is archived. Take a copy of the tables first: pg_dump --table.');
  end if;
  perform finance._record_drop(p_part_no, p_reason);
  execute format('drop table finance.journal_lines_part_%1$s, finance.journal_entries_part_%1$s', p_part_no);
  call finance._record_part(p_part_no);
end
$function$;
comment on function finance.drop_archived_part(integer, text) is
  'Drops the tables of an archived part; take a copy of them first. Takes its number and the reason, which an event of each tenant keeps. Raises IB241 unless it is archived, its tables are there and a reason is given. For a superuser or whoever may act as aibos_owner; no role of ours may.';
