begin;
set local client_min_messages = error;
select plan(29);

select bag_eq($$select r.short_name from lint.relations r where r.schema_name = 'config' and r.relkind in ('r', 'p')$$,
  $$values ('currencies'), ('provider_profiles'), ('selection_rules'), ('settings')$$, 'these are the tables of config');
select is_empty($$
  select r.name from lint.relations r
  where r.schema_name = 'config' and r.relkind in ('r', 'p')
    and (select count(*) from pg_trigger t where t.tgrelid = r.oid and t.tgenabled = 'A' and t.tgfoid = 'aibos.record_change()'::regprocedure) <> 3
$$, 'each leaves an event when a row is made, changed or removed');

-- A migration changes configuration, and it shows who, when and why.
select tests.act_as('migrator', null, 'opening a region');
select lives_ok($$insert into config.provider_profiles (code, name, provider, adapter, regions, created_at)
  values ('own-eu', 'Own, Europe', 'self-hosted', 'postgres', array['eu'], '2020-01-01')$$, 'a profile is made');
select lives_ok($$insert into config.selection_rules (priority, profile_code, explanation) values (1, 'own-eu', 'Everyone lives in Europe.')$$, 'a rule is made');
select lives_ok($$insert into config.settings (key, value, description) values ('posting.limit', '100', 'Entries per call.')$$, 'a setting is made');
select lives_ok($$update config.settings set value = '200' where key = 'posting.limit'$$, 'a setting is changed');
select is((select p.created_at from config.provider_profiles p where p.code = 'own-eu'), now(), 'N5 the database dates the row, not the client');
select isnt((select r.id from config.selection_rules r where r.priority = 1), null, 'a rule gets an id from the database');
select tests.act_as_superuser();
select is((select array_agg(e.action || ' ' || e.object || ' ' || coalesce(e.object_id, '') order by e.occurred_at, e.id)
    from kernel.audit_events e where e.reason = 'opening a region' and e.object <> 'config.selection_rules'),
  array['insert config.provider_profiles own-eu', 'insert config.settings posting.limit', 'update config.settings posting.limit'],
  'each change left an event of the platform');
select is((select e.before || e.after from kernel.audit_events e where e.action = 'update' and e.object = 'config.settings' and e.reason = 'opening a region') -> 'value',
  '200'::jsonb, 'with what it was and what it became');
select is((select distinct e.tenant_id from kernel.audit_events e where e.reason = 'opening a region'), '00000000-0000-0000-0000-000000000000'::uuid,
  'they belong to no tenant');

-- Run-time roles read and nothing else.
select tests.act_as(p.person, 'acme') from (values ('clerk')) as p (person);
select isnt_empty('select s.key from config.settings s', 'a service of the data plane reads configuration');
select throws_ok($$update config.settings set value = '0'$$, '42501', null, 'it changes none (42501)');
select throws_ok($$insert into config.settings (key, value, description) values ('a', '1', 'x')$$, '42501', null, 'it adds none (42501)');
select throws_ok('delete from config.settings', '42501', null, 'it removes none (42501)');
select tests.act_as('operator', 'acme');
select throws_ok($$update config.provider_profiles set is_active = false$$, '42501', null, 'nor does a service of the control plane (42501)');
select tests.act_as('admin', 'acme');
select throws_ok($$update config.currencies set exponent = 0$$, '42501', null, 'nor an administrator of a tenant (42501)');
select tests.act_as('reader');
select isnt_empty('select c.code from config.currencies c', 'configuration is read without a tenant');
select throws_ok($$update config.selection_rules set is_active = false$$, '42501', null, 'by a role that only reads (42501)');
select tests.act_as('monitor');
select throws_ok('select s.key from config.settings s', '42501', null, 'the monitor does not read it (42501)');
select tests.act_as('migrator');
select throws_ok('delete from config.settings', '42501', null, 'a migration removes none: it sets a row inactive or changes it (42501)');
select tests.act_as_superuser();
select throws_ok('truncate config.settings', 'IB302', null, 'N13 nobody truncates it (IB302)');
set local session_replication_role = replica;
delete from config.settings where key = 'posting.limit';
set local session_replication_role = origin;
select is((select count(*) from kernel.audit_events e where e.action = 'delete' and e.object = 'config.settings'), 1::bigint, 'I4 what comes by replication leaves an event');

-- Malformed rows.
select tests.act_as('migrator');
select throws_ok($$insert into config.settings (key, value, description) values ('Posting', '1', 'x')$$, '23514', null, 'a key is lower case (23514)');
select throws_ok($$insert into config.settings (key, value, description) values ('a', null, 'x')$$, '23502', null, 'a setting has a value (23502)');
select throws_ok($$insert into config.selection_rules (priority, profile_code, explanation) values (2, 'missing', 'x')$$, '23503', null, 'a rule names a profile that exists (23503)');
select throws_ok($$insert into config.selection_rules (priority, profile_code, explanation) values (1, 'own-eu', 'x')$$, '23505', null, 'two rules cannot have one priority (23505)');
select throws_ok($$insert into config.selection_rules (priority, profile_code, condition, explanation) values (3, 'own-eu', '[]', 'x')$$, '23514', null, 'a condition is an object (23514)');
select throws_ok($$insert into config.provider_profiles (code, name, provider, adapter, max_connections) values ('zero', 'Zero', 'x', 'x', 0)$$, '23514', null, 'a profile allows a connection or any number (23514)');

select * from finish();
rollback;
