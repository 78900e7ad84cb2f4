begin;
set local client_min_messages = error;
select plan(29);

-- A data plane on its own: whoever runs the sync job registers tenants.
select tests.act_as('migrator');
select lives_ok($$select aibos.register_tenant('33333333-3333-4333-8333-333333333333', 'initech', 'active', 'eu')$$, 'a tenant is registered');
select lives_ok($$select aibos.register_tenant('33333333-3333-4333-8333-333333333333', 'initech', 'active', 'eu')$$, 'registering it again is allowed');
select tests.act_as_superuser();
select results_eq($$select r.slug, r.status, r.region from aibos.tenant_registry r where r.tenant_id = '33333333-3333-4333-8333-333333333333'$$,
  $$values ('initech', 'active', 'eu')$$, 'it is known as it was given');
select tests.enter('33333333-3333-4333-8333-333333333333'), set_config('role', 'aibos_finance_role', true);
select lives_ok($$insert into finance.companies (tenant_id, code, name, functional_currency)
  values ('33333333-3333-4333-8333-333333333333', 'main', 'Initech', 'USD')$$, 'a registered tenant writes');
select tests.act_as('migrator');
select aibos.register_tenant('33333333-3333-4333-8333-333333333333', 'initech-2', 'suspended', 'us');
select tests.act_as_superuser();
select results_eq($$select r.slug, r.status, r.region from aibos.tenant_registry r where r.tenant_id = '33333333-3333-4333-8333-333333333333'$$,
  $$values ('initech-2', 'suspended', 'us')$$, 'what is known of it is brought up to date');
select tests.enter('33333333-3333-4333-8333-333333333333'), set_config('role', 'aibos_finance_role', true);
select throws_ok($$update finance.companies set name = 'x'$$, 'IB102', null, 'from then on it does not write (IB102)');
select tests.act_as_superuser();
select is((select count(*) from kernel.audit_events e where e.object = 'aibos.tenant_registry' and e.tenant_id = '33333333-3333-4333-8333-333333333333'),
  2::bigint, 'registering and changing a tenant leave an event each, repeating leaves none');

-- What is no tenant.
select tests.act_as('migrator');
select throws_ok($$select aibos.register_tenant('00000000-0000-0000-0000-000000000000', 'nil')$$, '23514', null, 'A8 the nil UUID is no tenant (23514)');
select throws_ok($$select aibos.register_tenant(null, 'nobody')$$, '23502', null, 'nor is none at all (23502)');
select throws_ok($$select aibos.register_tenant('44444444-4444-4444-8444-444444444444', 'No Slug')$$, '23514', null, 'a slug is lower case, without blanks (23514)');
select throws_ok($$select aibos.register_tenant('44444444-4444-4444-8444-444444444444', 'acme')$$, '23505', null, 'two tenants cannot share a slug (23505)');
select throws_ok($$select aibos.register_tenant('44444444-4444-4444-8444-444444444444', 'four', 'asleep')$$, '23514', null, 'an unknown status is refused (23514)');

-- Nobody else reaches it.
select throws_ok($$select r.slug from aibos.tenant_registry r$$, '42501', null, 'a migration reads no tenant (42501)');
select throws_ok($$insert into aibos.tenant_registry (tenant_id, slug) values ('44444444-4444-4444-8444-444444444444', 'four')$$, '42501', null,
  'nor writes one past the function (42501)');
select tests.act_as('clerk', 'acme');
select throws_ok($$select aibos.register_tenant('44444444-4444-4444-8444-444444444444', 'four')$$, '42501', null, 'an application registers no tenant (42501)');
select throws_ok($$update aibos.tenant_registry set status = 'active'$$, '42501', null, 'nor activates one (42501)');
select tests.act_as('operator', 'acme');
select throws_ok($$update aibos.tenant_registry set status = 'active'$$, '42501', null, 'nor does a service of the control plane (42501)');
select tests.act_as('admin', 'acme');
select throws_ok($$delete from aibos.tenant_registry$$, '42501', null, 'nor does an administrator remove one (42501)');
select tests.act_as_superuser();
select throws_ok($$truncate aibos.tenant_registry cascade$$, 'IB302', null, 'the registry cannot be truncated (IB302)');
select throws_ok($$update aibos.tenant_registry set tenant_id = '44444444-4444-4444-8444-444444444444'
  where tenant_id = '33333333-3333-4333-8333-333333333333'$$, 'IB103', null, 'F2 a tenant cannot become another one (IB103)');
select throws_ok($$delete from aibos.tenant_registry where tenant_id = '33333333-3333-4333-8333-333333333333'$$, '23503', null,
  'a tenant that has rows cannot be removed (23503)');

-- The registry is isolated: a context sees one row of it, should it ever be granted.
grant select on aibos.tenant_registry to aibos_finance_role;
select tests.act_as('clerk', 'acme');
select results_eq('select r.slug from aibos.tenant_registry r', array['acme'], 'a tenant would see its own row alone');
select tests.act_as('clerk');
select throws_ok('select r.slug from aibos.tenant_registry r', '42501', 'tenant_id required', 'and none without a context (42501)');

-- Tenant tables lead back to it.
select tests.act_as_superuser();
select is_empty($$
  with recursive leads_back (oid) as (
    select 'aibos.tenant_registry'::regclass::oid
    union
    -- The keys of a partitioned table may be those of its partitions.
    select k.relation from leads_back cross join lateral (
      select c.conrelid from pg_constraint c where c.confrelid = leads_back.oid and c.contype = 'f'
      union all
      select i.inhparent from pg_inherits i where i.inhrelid = leads_back.oid
    ) as k (relation)
  )
  select t.name from lint.tenant_tables t
  where not exists (select from leads_back l where l.oid = t.oid)
    and t.name not in ('kernel.tenants', 'kernel.audit_events', 'finance.audit_events', 'finance.balance_deltas',
      'finance.journal_keys', 'finance.journal_reversals', 'finance.journal_archives', 'finance.journal_restorations')
$$, 'every tenant table leads back to the registry, but the logs, which outlive it, and what is derived');
-- What postings claim is written beside their entries, whose company leads back, and one row of an archive is for all tenants.
-- None takes a tenant of its own either.
select tests.enter('44444444-4444-4444-8444-444444444444');
select throws_ok(format('insert into finance.%s (tenant_id, %s) values (%L, %s)', t.name, t.columns, '44444444-4444-4444-8444-444444444444', t.row_values),
  'IB101', null, format('finance.%s takes no row of a tenant that the registry does not know (IB101)', t.name))
from (values
  ('journal_keys', 'idempotency_key, journal_entry_id', '''key'', aibos.uuid_v7()'),
  ('journal_reversals', 'reverses_entry_id, journal_entry_id', 'aibos.uuid_v7(), aibos.uuid_v7()'),
  ('journal_archives', 'id, part_no, from_id, before_id, entries, lines, leaves_sha256, reason',
    'aibos.uuid_v7(), 1, aibos.uuid_v7_from(''2020-01-01''), aibos.uuid_v7_from(''2021-01-01''), 1, 2, sha256(''x''), ''x''')
) as t (name, columns, row_values);
select is((select r.status from aibos.tenant_registry r where r.tenant_id = tests.tenant('acme')),
  (select t.status from kernel.tenants t where t.id = tests.tenant('acme')), 'both planes know the same status');
select is(
  (select count(*) from kernel.tenants t full join aibos.tenant_registry r on r.tenant_id = t.id
    where r.tenant_id <> '33333333-3333-4333-8333-333333333333' and t.status is distinct from r.status),
  0::bigint, 'of every tenant that both know');

select * from finish();
rollback;
