begin;
set local client_min_messages = error;
select plan(37);

-- Every table of the control plane has the three calls.
select bag_eq($$select r.short_name from lint.relations r where r.schema_name = 'kernel' and r.relkind in ('r', 'p')$$,
  $$values ('tenants'), ('users'), ('roles'), ('user_roles'), ('sessions'), ('routes'), ('audit_events')$$, 'these are the tables of the control plane');
select is_empty($$
  select r.name from lint.relations r
  where r.schema_name = 'kernel' and r.relkind in ('r', 'p') and r.short_name <> 'audit_events'
    and (select count(*) from pg_trigger t where t.tgrelid = r.oid and t.tgenabled = 'A' and t.tgfoid = 'aibos.record_change()'::regprocedure) <> 3
$$, 'each leaves an event when a row is made, changed or removed');

-- What a service of the control plane does, for its tenant.
select tests.act_as('operator', 'acme', 'a new colleague');
select lives_ok($$insert into kernel.users (tenant_id, id, email, display_name) values (tests.tenant('acme'), tests.person('ann'), 'ann@acme.test', 'Ann')$$, 'a user is made');
select lives_ok($$insert into kernel.roles (tenant_id, id, name, permissions) values (tests.tenant('acme'), tests.entry('role'), 'bookkeeper', array['post'])$$, 'a role is made');
select lives_ok($$insert into kernel.user_roles (tenant_id, user_id, role_id) values (tests.tenant('acme'), tests.person('ann'), tests.entry('role'))$$, 'the user is given the role');
select lives_ok($$insert into kernel.sessions (tenant_id, user_id, token_hash, expires_at)
  values (tests.tenant('acme'), tests.person('ann'), sha256('token'), now() + interval '1 hour')$$, 'the user signs in');
select lives_ok($$insert into kernel.routes (tenant_id, method, path, permission) values (tests.tenant('acme'), 'POST', '/journals', 'post')$$, 'a route is opened');
select lives_ok('update kernel.sessions set revoked_at = now()', 'the session is ended');
select lives_ok('delete from kernel.user_roles', 'the role is taken away');
select tests.act_as_superuser();
select is((select array_agg(e.action || ' ' || e.object order by e.occurred_at, e.id) from kernel.audit_events e where e.reason = 'a new colleague'),
  array['insert kernel.users', 'insert kernel.roles', 'insert kernel.user_roles', 'insert kernel.sessions', 'insert kernel.routes',
    'update kernel.sessions', 'delete kernel.user_roles'], 'each of these left an event, in order');
select is((select e.object_id from kernel.audit_events e where e.object = 'kernel.user_roles' and e.action = 'delete'),
  tests.person('ann') || '/' || tests.entry('role'), 'an event names its row by the key within the tenant');

-- One tenant and another.
select tests.act_as('operator', 'globex');
select is_empty($$select u.id from kernel.users u where u.email like '%acme%'$$, 'another tenant reads none of them');
select is_empty('select r.id from kernel.roles r', 'no role');
select is_empty('select s.id from kernel.sessions s', 'no session');
select is_empty('select r.id from kernel.routes r', 'no route');
select is_empty($$with changed as (update kernel.users set display_name = 'x' where email = 'ann@acme.test' returning id) select c.id from changed c$$, 'it changes none');
select is_empty($$with gone as (delete from kernel.routes returning id) select g.id from gone g$$, 'it removes none');
select throws_ok($$insert into kernel.user_roles (tenant_id, user_id, role_id) values (tests.tenant('globex'), tests.person('ann'), tests.entry('role'))$$, '23503', null,
  'G1 it cannot give a role to another tenant''s user (23503)');
select throws_ok($$insert into kernel.sessions (tenant_id, user_id, token_hash, expires_at)
  values (tests.tenant('globex'), tests.person('ann'), sha256('token'), now() + interval '1 hour')$$, '23503', null, 'G1 nor sign in as one (23503)');
select is(
  lint.attempt($$insert into kernel.user_roles (tenant_id, user_id, role_id) values (tests.tenant('globex'), tests.person('ann'), tests.entry('role'))$$),
  lint.attempt($$insert into kernel.user_roles (tenant_id, user_id, role_id) values (tests.tenant('globex'), tests.person('nobody'), tests.entry('no role'))$$),
  'G2 a foreign id is refused like one that does not exist');
select lives_ok($$insert into kernel.users (tenant_id, id, email) values (tests.tenant('globex'), tests.person('ann'), 'ann@acme.test')$$,
  'G5 ids and addresses are unique within a tenant alone');
select throws_ok($$insert into kernel.users (tenant_id, id, email) values (tests.tenant('acme'), tests.person('eve'), 'eve@acme.test')$$, '42501', null,
  'F1 it writes no row for another tenant (42501)');
select tests.act_as('operator');
select throws_ok('select u.id from kernel.users u', '42501', 'tenant_id required', 'A1 without a tenant nothing is read (42501)');

-- Other roles.
select tests.act_as('clerk', 'acme');
select throws_ok('select u.id from kernel.users u', '42501', null, 'a service of the data plane reads no user (42501)');
select throws_ok('select s.token_hash from kernel.sessions s', '42501', null, 'nor a session (42501)');
select tests.act_as('auditor', 'acme');
select throws_ok('select s.token_hash from kernel.sessions s', '42501', null, 'nor does an auditor (42501)');
select isnt_empty($$select e.id from kernel.audit_events e where e.object = 'kernel.users'$$, 'an auditor reads the events of the tenant');
select is_empty($$select e.id from kernel.audit_events e where e.tenant_id <> tests.tenant('acme')$$, 'N11 and of no other');
select tests.act_as('operator', 'acme');
select throws_ok('select e.id from kernel.audit_events e', '42501', null, 'a service does not read the log (42501)');

-- Malformed rows.
select throws_ok($$insert into kernel.users (tenant_id, email) values (tests.tenant('acme'), 'Upper@acme.test')$$, '23514', null, 'an address is lower case (23514)');
select throws_ok($$insert into kernel.users (tenant_id, email) values (tests.tenant('acme'), 'nobody')$$, '23514', null, 'an address has an at sign (23514)');
select throws_ok($$insert into kernel.users (tenant_id, email) values (tests.tenant('acme'), 'clerk@acme.test')$$, '23505', null, 'an address is unique within the tenant (23505)');
select throws_ok($$insert into kernel.sessions (tenant_id, user_id, token_hash, expires_at)
  values (tests.tenant('acme'), tests.person('ann'), 'token', now() + interval '1 hour')$$, '23514', null, 'a session keeps a hash, never a token (23514)');
select throws_ok($$insert into kernel.sessions (tenant_id, user_id, token_hash, expires_at)
  values (tests.tenant('acme'), tests.person('ann'), sha256('other'), now() - interval '1 hour')$$, '23514', null, 'a session ends after it began (23514)');
select throws_ok($$insert into kernel.routes (tenant_id, method, path) values (tests.tenant('acme'), 'TRACE', '/')$$, '23514', null, 'an unknown method is refused (23514)');
select throws_ok($$insert into kernel.routes (tenant_id, method, path) values (tests.tenant('acme'), 'GET', 'journals')$$, '23514', null, 'a path begins with a slash (23514)');
select throws_ok($$delete from kernel.users where email = 'ann@acme.test'$$, '23503', null, 'a user that has sessions cannot be removed (23503)');

select * from finish();
rollback;
