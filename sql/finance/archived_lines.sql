-- Guarantee: what needs lines that were archived is refused, never answered without them.
-- How: an archive says up to which fiscal period it took entries of a company. Everything that reads lines asks, and
--   begins after that period, with the totals of its close; where it cannot, it raises.
-- Raises: IB242
-- Proved by: pgtap/finance/archived_lines.sql

call aibos.isolate_tenant('finance.journal_archives');
call aibos.isolate_tenant('finance.journal_archive_companies');
call aibos.isolate_tenant('finance.journal_restorations');
call aibos.append_only('finance.journal_archives');
call aibos.append_only('finance.journal_archive_companies');
call aibos.append_only('finance.journal_restorations');
call aibos._set_policy('finance.journal_archives', 'posting', 'select', 'aibos_poster', 'true', null,
  'The posting functions name the tenant themselves.');
call aibos._set_policy('finance.journal_archive_companies', 'posting', 'select', 'aibos_poster', 'true', null,
  'The posting functions name the tenant themselves.');
call aibos._set_policy('finance.journal_restorations', 'posting', 'select', 'aibos_poster', 'true', null,
  'The posting functions name the tenant themselves.');
grant select on finance.journal_archives, finance.journal_archive_companies, finance.journal_restorations to aibos_poster;

create or replace view finance.v_archives_in_force with (security_invoker = true) as
select a.tenant_id, a.id as journal_archive_id, a.part_no, a.from_id, a.before_id, a.entries, a.lines, a.leaves_sha256, a.archived_by, a.reason,
  a.created_at as archived_at
from finance.journal_archives a
where not exists (
  select from finance.journal_restorations r where r.tenant_id = a.tenant_id and r.journal_archive_id = a.id
);
comment on view finance.v_archives_in_force is 'Archives of the tenant in context whose part has not come back.';
comment on column finance.v_archives_in_force.tenant_id is 'Owning tenant.';
comment on column finance.v_archives_in_force.journal_archive_id is 'The archive.';
comment on column finance.v_archives_in_force.part_no is 'Number of the part.';
comment on column finance.v_archives_in_force.from_id is 'Least id that an entry in it can have.';
comment on column finance.v_archives_in_force.before_id is 'Ids of its entries are less than this.';
comment on column finance.v_archives_in_force.entries is 'Entries of the tenant in it.';
comment on column finance.v_archives_in_force.lines is 'Lines of these entries.';
comment on column finance.v_archives_in_force.leaves_sha256 is 'Digest of the leaf hashes of these entries.';
comment on column finance.v_archives_in_force.archived_by is 'User named by the context; null where none was.';
comment on column finance.v_archives_in_force.reason is 'Why it was archived.';
comment on column finance.v_archives_in_force.archived_at is 'When it was archived.';

create or replace view finance.v_archive_boundaries with (security_invoker = true) as
select b.tenant_id, b.company_id, b.through_on, p.id as period_id, p.close_id as period_close_id
from (
  select c.tenant_id, c.company_id, max(c.through_on) as through_on
  from finance.journal_archive_companies c
  join finance.v_archives_in_force a on a.tenant_id = c.tenant_id and a.journal_archive_id = c.journal_archive_id
  group by c.tenant_id, c.company_id
) b
join finance.fiscal_periods p on p.tenant_id = b.tenant_id and p.company_id = b.company_id and p.ends_on = b.through_on;
comment on view finance.v_archive_boundaries is
  'Up to which day the books of each company of the tenant in context rest on the totals of a close, since entries were archived.';
comment on column finance.v_archive_boundaries.tenant_id is 'Owning tenant.';
comment on column finance.v_archive_boundaries.company_id is 'The company.';
comment on column finance.v_archive_boundaries.through_on is 'Last day of the last fiscal period that has archived entries.';
comment on column finance.v_archive_boundaries.period_id is 'That period; it stays closed.';
comment on column finance.v_archive_boundaries.period_close_id is 'Its close, whose totals stand for all lines up to that day.';

create or replace function finance.assert_lines_present(p_tenant_id uuid, p_company_id uuid, p_from date, p_to date)
returns boolean
language plpgsql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
declare
  gone record;
begin
  -- A day without a period has no entries.
  select b.through_on into gone
  from finance.v_archive_boundaries b
  where b.tenant_id = p_tenant_id and b.company_id = p_company_id and b.through_on >= coalesce(p_from, '-infinity')
    and exists (
      select from finance.fiscal_periods p
      where p.tenant_id = b.tenant_id and p.company_id = b.company_id and p.starts_on <= b.through_on
        and p.ends_on >= coalesce(p_from, '-infinity') and p.starts_on <= coalesce(p_to, 'infinity')
    );
  if found then
    -- Here, since whoever reads may run it.
    raise exception using
      errcode = 'IB242',
      message = format('lines of company %s up to %s are archived', p_company_id, to_char(gone.through_on::timestamp, 'YYYY-MM-DD')),
      detail = format('Lines dated from %s to %s are needed.', coalesce(to_char(p_from::timestamp, 'YYYY-MM-DD'), 'the first'),
        coalesce(to_char(p_to::timestamp, 'YYYY-MM-DD'), 'the last')),
      hint = 'Ask as of the last day of a closed period, as known now; or have the part restored: finance.restore_journal_part(part_no, reason).',
      schema = 'finance', table = 'journal_lines', constraint = 'journal_lines_present';
  end if;
  return true;
end
$function$;
comment on function finance.assert_lines_present(uuid, uuid, date, date) is
  'Raises IB242 where lines of a company between two dates may be archived; returns true otherwise. Takes tenant, company, first and last date (null for no limit).';

create or replace function finance.is_archived(p_tenant_id uuid, p_entry_id uuid)
returns boolean
language sql
stable
parallel safe
security invoker
set search_path = pg_catalog, pg_temp
as $function$
  select exists (
    select from finance.v_archives_in_force a
    where a.tenant_id = p_tenant_id and a.from_id <= p_entry_id and p_entry_id < a.before_id
  );
$function$;
comment on function finance.is_archived(uuid, uuid) is
  'Whether the id of an entry lies in an archived part. Takes tenant and entry.';
