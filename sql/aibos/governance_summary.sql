-- Guarantee: one look says whether every governance check passes, in whatever planes this database holds.
-- How: counts the rows of each check view that exists here; nothing is remembered between two looks.
-- Raises: nothing
-- Proved by: pgtap/aibos/governance_summary.sql

create or replace function aibos.governance_summary()
returns table (check_name text, passed bigint, failed bigint, warned bigint, status text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  source record;
begin
  for source in
    select s.title, s.view_name, s.counts
    from (values
      (1, 'Tenant isolation', 'aibos.v_tenant_isolation_check', null),
      (2, 'Schema boundary', 'aibos.v_schema_boundary_check', null),
      (3, 'Double entry', 'finance.v_double_entry_check', null),
      (4, 'Immutability', 'finance.v_immutability_check', null),
      (7, 'Logins', 'aibos.v_login_check', null),
      (8, 'Environment', 'aibos.v_environment_check', null),
      (6, 'Installation', 'aibos.v_installation_check', null),
      (5, 'Journal integrity', 'finance.journal_integrity_by_tenant()',
        'coalesce(sum(v.passed), 0)::bigint, coalesce(sum(v.failed), 0)::bigint, 0::bigint')
    ) as s (position, title, view_name, counts)
    where case when s.view_name like '%()' then to_regprocedure(s.view_name)::oid else to_regclass(s.view_name)::oid end
      is not null
    order by s.position
  loop
    return query execute format($query$
      select %1$L::text, c.passed, c.failed, c.warned,
        case when c.failed > 0 then 'FAIL' when c.warned > 0 then 'WARN' else 'PASS' end
      from (select %2$s from %3$s v) as c (passed, failed, warned)
      $query$,
      source.title,
      coalesce(source.counts, $counts$count(*) filter (where v.status = 'PASS'),
        count(*) filter (where v.status = 'FAIL'), count(*) filter (where v.status = 'WARN')$counts$),
      source.view_name);
  end loop;
end
$function$;
alter function aibos.governance_summary() owner to aibos_guard;
comment on function aibos.governance_summary() is
  'Counts of every governance check in this database. Takes nothing; returns check_name, passed, failed, warned and status. Definer, since the journal check spans tenants and returns counts alone.';

create or replace function aibos._count_rows_of_tenant(p_table text, p_tenant_id uuid)
returns bigint
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  total bigint;
begin
  -- Only these: a name that its caller may choose could be a view of the caller's, run with the rights of the guard.
  if p_table collate "C" not in ('kernel.users', 'finance.companies', 'finance.journal_entries') or to_regclass(p_table) is null then
    return null;
  end if;
  execute format('select count(*) from %s where tenant_id = $1', to_regclass(p_table)) into total using p_tenant_id;
  return total;
end
$function$;
alter function aibos._count_rows_of_tenant(text, uuid) owner to aibos_guard;
comment on function aibos._count_rows_of_tenant(text, uuid) is
  'How many rows a tenant has in a table, or null where the table is in another database or none of those the view shows. Takes the table and the tenant. Definer for the health view alone, so that no view joins two planes.';
