begin;
set local client_min_messages = error;
select plan(17);

select bag_eq('select c.name from aibos.capabilities c',
  $$values ('event_triggers'), ('large_objects_closed'), ('pg_stat_statements'), ('hypopg'), ('pgaudit'), ('pg_cron'), ('signed_context')$$,
  'the installation has probed every capability');
select is_empty($$select c.name from aibos.capabilities c where btrim(c.detail) = '' or btrim(c.costs_without) = ''$$,
  'each says what the probe saw and what is missing without it');
select is((select c.is_present from aibos.capabilities c where c.name = 'signed_context'), false, 'an unsigned context is said to be unsigned');

-- By trying: the same probe answers differently to who may more.
call aibos.probe_capabilities();
select is((select c.is_present from aibos.capabilities c where c.name = 'event_triggers'), true, 'a superuser can make event triggers, so the probe finds them');
select is_empty($$select e.evtname from pg_event_trigger e where e.evtname = 'aibos_probe'$$, 'the probe leaves nothing behind');
create role proofs_installer;
grant aibos_owner to proofs_installer;
set local role proofs_installer;
call aibos.probe_capabilities();
reset role;
select is((select c.is_present from aibos.capabilities c where c.name = 'event_triggers'), false, 'who cannot make them is told so, not stopped');
select matches((select c.detail from aibos.capabilities c where c.name = 'event_triggers'), 'permission denied', 'in the words of the server');

-- Large objects: what is recorded is how it is.
revoke execute on function pg_catalog.lo_create(oid) from public;
call aibos.probe_capabilities();
select is((select c.is_present from aibos.capabilities c where c.name = 'large_objects_closed'), true, 'H5 closed large objects are found closed');
grant execute on function pg_catalog.lo_create(oid) to public;
call aibos.probe_capabilities();
select is((select c.is_present from aibos.capabilities c where c.name = 'large_objects_closed'), false, 'H5 open large objects are found open');

-- Extensions.
select is_empty($$
  select c.name from aibos.capabilities c
  where c.name in ('pg_stat_statements', 'hypopg', 'pgaudit', 'pg_cron')
    and c.is_present <> exists (select from pg_extension e where e.extname = c.name)
$$, 'an extension is present when it is installed in this database');

-- Probing again without a change changes nothing.
create temporary table before_again as select c.name, c.probed_at, c.detail from aibos.capabilities c;
call aibos.probe_capabilities();
select results_eq('select b.name, b.probed_at, b.detail from before_again b order by 1',
  'select c.name, c.probed_at, c.detail from aibos.capabilities c order by 1', 'probing again changes nothing');
call aibos._record_capability('pg_cron', true, 'Seen.', 'Nothing.');
select is((select c.detail from aibos.capabilities c where c.name = 'pg_cron'), 'Seen.', 'a new finding replaces the old one');
select isnt((select c.probed_at from aibos.capabilities c where c.name = 'pg_cron'), (select b.probed_at from before_again b where b.name = 'pg_cron'),
  'with the time it was found');
call aibos._record_capability('moonlight', false, 'Dark.', 'Nothing to see by.');
select is((select c.is_present from aibos.capabilities c where c.name = 'moonlight'), false, 'a capability that was not known is added');

-- Who may.
select tests.act_as('auditor', 'acme');
select isnt_empty('select c.name from aibos.capabilities c', 'an auditor reads them');
select throws_ok('call aibos.probe_capabilities()', '42501', null, 'but does not probe (42501)');
select tests.act_as('clerk', 'acme');
select throws_ok('select c.name from aibos.capabilities c', '42501', null, 'an application does neither (42501)');

select * from finish();
rollback;
