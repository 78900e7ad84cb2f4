-- The audit log: who may write to it, what it can be made to say, and who reads it.
begin;
set local client_min_messages = warning;
select plan(74);

create role hostile_clerk login in role aibos_finance_role;

-- The newest events of a table since the test began, oldest first, for an auditor: action, key, before and after of a column.
create function pg_temp.events(p_object text, p_column text) returns setof text language sql as $$
  select format('%s %s: %s -> %s', a.action, a.object_id, coalesce(a.before ->> p_column, '-'), coalesce(a.after ->> p_column, '-'))
  from finance.audit_events a where a.object = p_object and a.occurred_at >= now() order by a.occurred_at, a.ctid
$$;

-- N1, N2, N4: by nobody.

create temp table logs (name text);
insert into logs values ('finance.audit_events'), ('kernel.audit_events');
create temp table attempts (id text, what text, sql text);
insert into attempts values
  ('N1', 'updates no event', 'update %s set actor = null'),
  ('N1', 'updates no event by MERGE', 'merge into %s a using (select 1) s on a.reason is not null when matched then update set reason = null'),
  ('N2', 'deletes no event', 'delete from %s'),
  ('N2', 'truncates no log', 'truncate %s cascade'),
  ('N4', 'inserts no event', 'insert into %s (tenant_id, id, action, object) values (tests.tenant(''acme''), gen_random_uuid(), ''insert'', ''finance.accounts'')');
grant select on logs, attempts to public;
create function pg_temp.truncations(p_person text) returns text language plpgsql as $$
begin
  perform tests.act_as(p_person, 'acme');
  return (select string_agg(distinct tests.outcome('truncate ' || l.name), ', ') from logs l);
end $$;
create function pg_temp.outcomes(p_person text) returns table (id text, what text, log text, code text) language plpgsql as $$
declare
  a record;
begin
  perform tests.act_as(p_person, 'acme');
  return query select t.id, t.what, l.name, tests.outcome(format(t.sql, l.name)) from attempts t, logs l;
end $$;
select is(o.code, '42501', format('%s a %s %s in %s (42501)', o.id, p, o.what, o.log))
from unnest(array['clerk', 'operator', 'admin', 'migrator']) as p cross join lateral pg_temp.outcomes(p) o;
select is(pg_temp.truncations(p), '42501', format('N2 a %s truncates neither log alone (42501)', p))
from unnest(array['clerk', 'operator', 'admin', 'migrator']) as p;
select tests.act_as_superuser();
select is(tests.outcome(format(t.sql, l.name)), 'IB301', format('%s nor does a superuser: who %s in %s (IB301)', t.id, t.what, l.name))
from attempts t, logs l where t.id <> 'N4';
-- Without CASCADE PostgreSQL looks first at what refers to a log: payments, drafts, documents and reversals name postings.
select is(tests.outcome('truncate ' || l.name), l.code, format('N2 nor %s alone (%s)', l.name, l.code))
from (values ('finance.audit_events', '0A000'), ('kernel.audit_events', 'IB301')) as l (name, code);

-- What it records.

select tests.act_as('clerk', 'acme', 'spring cleaning');
update finance.accounts set name = name || '!' where code in ('1000', '3000', '4000', '5000');
select tests.act_as('auditor', 'acme');
select set_eq($$select pg_temp.events('finance.accounts', 'name')$$, $$
  select format('update %s: %s -> %s!', tests.account('acme', v.code), v.name, v.name)
  from (values ('1000', 'Cash'), ('3000', 'Equity'), ('4000', 'Sales'), ('5000', 'Rent')) as v (code, name)
$$, 'N1 an update of many rows leaves one event each, before and after of the same row');

select tests.act_as('clerk', 'acme');
with first as (
  update finance.accounts set name = 'First' where code = '1000' returning 1
)
update finance.accounts set name = 'Second' where code = '3000';
insert into finance.accounts (tenant_id, id, company_id, code, name, account_type)
values (tests.tenant('acme'), tests.account('acme', 'new'), tests.company('acme'), '5000', 'Upserted', 'expense')
on conflict (tenant_id, company_id, code) do update set name = excluded.name;
merge into finance.accounts a using (values ('4000', 'Merged')) as s (code, name) on a.code = s.code
when matched then update set name = s.name;
select tests.act_as('auditor', 'acme');
select set_eq($$select e from pg_temp.events('finance.accounts', 'name') as e where e not like '%!'$$, $$
  select format('update %s: %s! -> %s', tests.account('acme', v.code), v.old, v.new)
  from (values ('1000', 'Cash', 'First'), ('3000', 'Equity', 'Second'), ('4000', 'Sales', 'Merged'), ('5000', 'Rent', 'Upserted')) as v (code, old, new)
$$, 'N1 so do two updates of one statement, an upsert and a MERGE');
select is(
  (select string_agg(distinct format('%s/%s/%s/%s/%s', a.actor = tests.person('clerk'), a.reason, a.request_id, a.session_role = session_user,
      a.transaction_id = pg_current_xact_id()), ' ')
    from finance.audit_events a where a.object = 'finance.accounts' and a.reason = 'spring cleaning' and a.occurred_at >= now()),
  't/spring cleaning/request of clerk/t/t', 'N7 each with actor, reason, request, login and transaction');

select tests.act_as('clerk', 'acme');
insert into finance.document_metadata (tenant_id, id, company_id, title, media_type, size_bytes, sha256, storage, storage_key)
values (tests.tenant('acme'), tests.entry('lease'), tests.company('acme'), 'Lease', 'application/pdf', 1, sha256('x'), 'disk', 'lease');
update finance.document_metadata set title = title;
delete from finance.document_metadata where id = tests.entry('lease');
insert into finance.document_metadata (tenant_id, company_id, title, media_type, size_bytes, sha256, storage, storage_key)
select tests.tenant('acme'), tests.company('acme'), 'Never', 'application/pdf', 1, sha256('x'), 'disk', 'never' where false;
select tests.act_as('auditor', 'acme');
select results_eq($$select pg_temp.events('finance.document_metadata', 'title')$$, $$
  values (format('insert %s: - -> Lease', tests.entry('lease'))), (format('delete %s: Lease -> -', tests.entry('lease')))
$$, 'N2 a row that was made and removed leaves both; no change and no row leave nothing');

-- N5: times.

select tests.act_as('clerk', 'acme');
select is(tests.outcome(format('insert into finance.%s (tenant_id, company_id, code, name, account_type, created_at, updated_at) '
    'values (tests.tenant(%L), tests.company(%L), %L, %L, %L, %L, %L)', 'accounts', 'acme', 'acme', 'dated', 'Dated', 'asset', '2020-01-01', '2020-01-01')),
  'accepted', 'N5 a client may send times …');
select tests.act_as('auditor', 'acme');
select ok(bool_and(a.occurred_at >= now() and (a.after ->> 'created_at')::timestamptz = now() and (a.after ->> 'updated_at')::timestamptz = now()),
  'N5 … and the row and its event have the server''s') from finance.audit_events a where a.after ->> 'code' = 'dated';

-- N7: actors. A real login, with everything a client can set about itself.

create function pg_temp.act_as_somebody_else() returns void language plpgsql as $$
begin
  perform tests.set_context('boss', 'acme');
  perform set_config('session_authorization', 'hostile_clerk', true);
  perform set_config('application_name', 'boss', true);
  update finance.accounts set name = 'Acted' where code = '1000';
end $$;
select tests.act_as_superuser();
select pg_temp.act_as_somebody_else();
reset session authorization;
select tests.act_as('auditor', 'acme');
select is(
  (select format('%s/%s/%s', a.session_role, a.backend_pid = pg_backend_pid(), a.actor = tests.person('boss'))
    from finance.audit_events a where a.after ->> 'name' = 'Acted'), 'hostile_clerk/t/t',
  'N7 the login and the backend are recorded whatever the client calls itself; the actor is what the service named');
select tests.act_as('clerk', 'acme');
select set_config('app.user_id', '', true);
update finance.accounts set name = 'Nobody' where code = '1000';
select set_config('app.user_id', 'the boss', true);
update finance.accounts set name = 'Nonsense' where code = '1000';
select tests.act_as('auditor', 'acme');
select is((select array_agg(a.actor) from finance.audit_events a where a.after ->> 'name' in ('Nobody', 'Nonsense')), array[null, null]::uuid[],
  'N7 without a user, or with what is none, the event has no actor');

-- N8: what did not happen.

select tests.act_as('clerk', 'acme');
create function pg_temp.undo(p_sql text) returns void language plpgsql as $$
begin
  execute p_sql;
  raise exception 'undo';
exception when raise_exception then
  null;
end $$;
select pg_temp.undo($$update finance.accounts set name = 'Undone' where code = '1000'$$);
select tests.act_as('auditor', 'acme');
select is((select count(*) from finance.audit_events a where a.after ->> 'name' = 'Undone'), 0::bigint,
  'N8 a write that was rolled back leaves no event');

-- N11: readers.

select tests.act_as('clerk', 'globex');
update finance.accounts set name = 'Secret of globex' where code = '1000';
select tests.act_as_superuser();
update config.settings set value = value where false;
insert into config.settings (key, value, description) values ('hostile.key', '1', 'A platform setting');
select isnt_empty($$select from kernel.audit_events where object = 'config.settings' and tenant_id = '00000000-0000-0000-0000-000000000000'$$,
  'N11 a change of the platform is recorded under no tenant');
select tests.act_as('auditor', 'acme');
select is((select array_agg(distinct tenant_id) from finance.audit_events), array[tests.tenant('acme')],
  'N11 an auditor reads the events of the tenant in context alone');
select is((select array_agg(distinct tenant_id) from kernel.audit_events), array[tests.tenant('acme')], 'N11 in the control plane too');
select tests.act_as('admin', 'acme');
select is((select array_agg(distinct tenant_id) from finance.audit_events), array[tests.tenant('acme')], 'N11 so does an administrator');
select tests.act_as('clerk', 'acme');
select is((select array_agg(distinct tenant_id) from finance.audit_events), array[tests.tenant('acme')], 'N11 so does a clerk …');
select is(tests.outcome('select before, after from finance.audit_events'), '42501', 'N11 … who does not read what was before and after (42501)');
select is(tests.outcome('select id from kernel.audit_events'), '42501', 'N11 nor the log of the control plane (42501)');
select tests.act_as('operator', 'acme');
select is(tests.outcome('select id from finance.audit_events'), '42501', 'N11 nor an operator that of the data plane (42501)');
select tests.act_as('monitor', 'acme');
select is(tests.outcome('select id from finance.audit_events'), '42501', 'N11 nor the monitor any (42501)');
select tests.act_as('auditor', null);
select is(tests.outcome('select id from finance.audit_events'), '42501', 'N11 without a tenant nobody reads (42501)');
select set_config('app.tenant_id', '00000000-0000-0000-0000-000000000000', true);
select is(tests.outcome('select id from kernel.audit_events'), '42501', 'N11 nor does naming no tenant show the events of the platform (42501)');

select * from finish();
rollback;
