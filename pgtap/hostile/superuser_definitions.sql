-- Faults beside the definitions themselves: switched-off foreign keys, defaults, rules, options.
begin;
set local client_min_messages = warning;
select plan(8);

create function pg_temp.failures() returns text language sql stable as $$
  select string_agg(format('%s: %s: %s', v.check_name, v.object, v.detail), E'\n' order by v.check_name, v.object)
  from (
    select check_name, object, detail, status from finance.v_double_entry_check
    union all
    select check_name, object, detail, status from finance.v_immutability_check
    union all
    select check_name, object, detail, status from aibos.v_tenant_isolation_check where status = 'FAIL'
    union all
    select check_name, object, detail, status from aibos.v_installation_check
  ) v
  where v.status <> 'PASS'
$$;
-- Disables the triggers of the foreign keys that a table has or that others have to it.
create function pg_temp.without_keys(p_table text) returns text language sql as $$
  select string_agg(format('alter table %s disable trigger %I', p_table, t.tgname), '; ')
  from pg_trigger t where t.tgrelid = p_table::regclass and t.tgisinternal and t.tgparentid = 0
$$;
select is(pg_temp.failures(), null, 'nothing fails before');
select isnt(lint.after(f.fault, 'select pg_temp.failures()'), 'nothing', f.what || ' is seen')
from (values
  ('foreign keys whose triggers are disabled', pg_temp.without_keys('finance.payments')),
  ('the key of a part whose triggers on its lines are disabled', pg_temp.without_keys('finance.journal_lines_part_1')),
  ('the same on its entries, of which lines could then be left behind', pg_temp.without_keys('finance.journal_entries_part_1')),
  ('a rule on a part', 'create rule silent as on insert to finance.journal_lines_part_1 do instead nothing'),
  ('a default made another', 'alter table finance.journal_entries alter column posted_at set default timestamptz ''2020-01-01'''),
  ('a rule on the lines', 'create rule silent as on insert to finance.journal_lines do instead nothing'),
  ('a barrier taken away', 'alter view kernel.v_tenant_health reset (security_barrier)')
) as f (what, fault);

select * from finish();
rollback;
