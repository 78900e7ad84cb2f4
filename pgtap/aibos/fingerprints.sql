begin;
set local client_min_messages = error;
select plan(19);

create temporary view differing as
select coalesce(f.routine, g.routine) as routine
from aibos.routine_fingerprints() f
full join (select r.routine, r.sha256 from aibos.guard_fingerprints r where r.routine like '%)') g on g.routine = f.routine
where f.sha256 is distinct from g.sha256;

select is_empty('select d.routine from differing d', 'every routine is as the installation left it');
select is((select count(*) from aibos.guard_fingerprints g where g.routine like '%)'), (select count(*) from lint.routines), 'every routine has its fingerprint');

select is(lint.after(f.fault, 'select d.routine from differing d'), f.routine, f.promise)
from (values
  (1, $$create or replace function aibos.forbid_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as 'begin return new; end'$$,
    'aibos.forbid_change()', 'a guard with another body shows'),
  (2, 'alter function aibos.forbid_change() owner to aibos_migration', 'aibos.forbid_change()', 'one of another owner shows'),
  (3, 'alter function aibos.forbid_change() security definer', 'aibos.forbid_change()', 'one that runs as its owner shows'),
  (4, 'alter function aibos.assert_tenant_may_write() security invoker', 'aibos.assert_tenant_may_write()', 'one that no longer does shows'),
  (5, 'alter function aibos.forbid_change() stable', 'aibos.forbid_change()', 'one of another volatility shows'),
  (6, 'alter function aibos.current_tenant_id() parallel unsafe', 'aibos.current_tenant_id()', 'one of another parallel safety shows'),
  (7, 'alter function aibos.forbid_change() leakproof', 'aibos.forbid_change()', 'one that claims to be leakproof shows'),
  (8, 'alter function aibos.forbid_change() set search_path = public', 'aibos.forbid_change()', 'I8 one with another search_path shows'),
  (9, 'alter function aibos.forbid_change() reset all', 'aibos.forbid_change()', 'I8 one without settings shows'),
  (10, 'create or replace function aibos.netstring(p_value text) returns text language sql immutable parallel safe return p_value',
    'aibos.netstring(text)', 'one whose parsed body was replaced shows'),
  (11, 'create function aibos.forbid_change(integer) returns integer language sql return 1', 'aibos.forbid_change(integer)', 'E17 an overload shows'),
  (12, 'drop function finance.open_fiscal_year(uuid, date)', 'finance.open_fiscal_year(uuid,date)', 'a dropped function shows')
) as f (position, fault, routine, promise)
order by f.position;

-- What is no change of a routine does not show.
select is(lint.after($$set local search_path = finance, aibos, public, tap; comment on function aibos.netstring(text) is 'x'$$,
  'select count(*)::text from differing'), '0', 'neither a comment nor the search_path of who asks shows');

-- Recording is the last step of an installation.
select is(lint.after('alter function aibos.forbid_change() stable; drop function finance.open_fiscal_year(uuid, date); call aibos.record_fingerprints()',
  'select count(*)::text from differing'), '0', 'after recording the routines are as they were recorded');

select tests.act_as('migrator');
select throws_ok('call aibos.record_fingerprints()', '42501', null, 'nobody else records (42501)');
select throws_ok($$update aibos.guard_fingerprints set sha256 = repeat('0', 64)$$, '42501', null, 'nor rewrites the record (42501)');
select tests.act_as('clerk', 'acme');
select throws_ok('select g.routine from aibos.guard_fingerprints g', '42501', null, 'an application does not read it (42501)');

select * from finish();
rollback;
