-- Guarantee: no transaction can commit an entry that has no lines, nor a line that has no entry.
-- How: a deferred constraint trigger on the header looks for line 1 at COMMIT, and the foreign key of the lines needs the
--   header at once. Line 1 cannot exist without the others: they arrive together (double_entry.sql).
-- Raises: IB202, 23503
-- Proved by: pgtap/finance/no_orphans.sql

create or replace function finance.assert_entry_has_lines()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $function$
begin
  if not exists (
    select from finance.journal_lines l
    where l.tenant_id = new.tenant_id and l.journal_entry_id = new.id and l.line_no = 1
  ) then
    perform finance.raise_posting_error('IB202', new.id::text, 'The entry has no lines.');
  end if;
  return null;
end
$function$;
alter function finance.assert_entry_has_lines() owner to aibos_guard;
comment on function finance.assert_entry_has_lines() is
  'Deferred constraint trigger: raises IB202 when an entry is about to commit without lines. Definer, since it must see the lines whatever the context says at COMMIT.';

do $no_orphans$
begin
  -- CREATE OR REPLACE does not exist for constraint triggers.
  if not exists (
    select from pg_trigger t
    where t.tgrelid = 'finance.journal_entries'::regclass and t.tgname = 'journal_entry_has_lines'
      and pg_get_triggerdef(t.oid) like '%is_poster()%'
  ) then
    drop trigger if exists journal_entry_has_lines on finance.journal_entries;
    create constraint trigger journal_entry_has_lines after insert on finance.journal_entries
      deferrable initially deferred
      for each row when (not aibos.is_poster()) execute function finance.assert_entry_has_lines();
  end if;
end
$no_orphans$;
alter table finance.journal_entries enable always trigger journal_entry_has_lines;
comment on trigger journal_entry_has_lines on finance.journal_entries is
  'An entry has lines when its transaction commits.';
