begin;
select plan(9);

-- Each rule is first shown to report what breaks it, then that nothing of ours does.

select is(lint.after('create view finance.lint_bad as select a.id from finance.accounts a',
  $$select problem from lint.definer_views where object = 'finance.lint_bad'$$),
  'runs as ' || current_user, 'the linter sees a view that reads as its owner');
select is(lint.after('create view finance.lint_bad as select a.id from finance.accounts a; alter view finance.lint_bad owner to aibos_guard',
  $$select problem from lint.definer_views where object = 'finance.lint_bad'$$),
  'has no security_barrier', 'the linter sees a view that reads as a guard');
select is(lint.after('alter view finance.v_posted_journals reset (security_invoker)',
  $$select problem from lint.definer_views where object = 'finance.v_posted_journals'$$),
  'runs as aibos_owner', 'the linter sees a view that lost security_invoker');
select is_empty('select object, problem from lint.definer_views',
  'views read as their reader, but for one that shows counts across tenants behind a security barrier');

select is_empty(
  $$select p.object, p.grantee::regrole, p.privilege_type from lint.privileges p
    where p.object in ('kernel.v_tenant_health', 'kernel.v_governance_summary', 'finance.v_journal_integrity_summary')
      and not (p.grantee = 'aibos_monitor_role'::regrole and p.privilege_type = 'SELECT')$$,
  'the views that span tenants are granted to the monitor alone');

-- A view that reads as its reader, over one that does not, would be a way around (attack E2).
select is_empty($$
  with recursive reads (view_oid, oid) as (
    select r.ev_class, d.refobjid
    from pg_rewrite r
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
    where d.refobjid <> r.ev_class
    union
    select reads.view_oid, d.refobjid
    from reads
    join pg_rewrite r on r.ev_class = reads.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
    where d.refobjid <> r.ev_class
  )
  select v.name, b.name
  from reads
  join lint.relations v on v.oid = reads.view_oid
  join lint.relations b on b.oid = reads.oid and b.relkind = 'v'
  where not coalesce(b.reloptions @> array['security_invoker=true'], false)
$$, 'no view reads, at any depth, from a view that reads as its owner');

select is(lint.after('create materialized view finance.lint_bad as select a.id from finance.accounts a',
  $$select problem from lint.stored_copies where object = 'finance.lint_bad'$$),
  'a materialized view', 'the linter sees a stored copy of tenant rows');
select is_empty('select object, problem from lint.stored_copies', 'there is no materialized view and no foreign table');

select cmp_ok(
  (select count(*) from lint.relations r where r.relkind = 'v'), '>', 10::bigint,
  'the rules on views have views to look at');

select * from finish();
rollback;
