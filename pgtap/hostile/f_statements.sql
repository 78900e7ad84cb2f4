-- The kinds of statement by which rows get into or out of a table.
begin;
select plan(56);

select tests.act_as('clerk', 'acme');

-- What becomes of a statement, which is undone: its code, or accepted if the checks of COMMIT pass and all entries are sound.
create function pg_temp.outcome(p_sql text) returns text language plpgsql as $$
begin
  perform tests.set_context('clerk', 'acme');
  execute p_sql;
  set constraints all immediate;
  perform tests.set_context('clerk', 'acme');
  raise exception using errcode = 'UNDO1', message = case
    when exists (select from finance.v_journal_integrity where status <> 'PASS') then 'broken' else 'accepted' end;
exception
  when sqlstate 'UNDO1' then
    return sqlerrm;
  when others then
    return sqlstate;
end $$;
-- The lines of an entry as a list of VALUES: balanced, or one off.
create function pg_temp.rows(p_entry text, p_credit bigint default 5) returns text language sql
return format($$
  (%1$L::uuid, %2$L::uuid, 1, %3$L::uuid, 'USD', 5::bigint, 0::bigint), (%1$L, %2$L, 2, %4$L, 'USD', 0, %5$s)
$$, tests.tenant('acme'), tests.entry(p_entry), tests.account('acme', '1000'), tests.account('acme', '4000'), p_credit);
create function pg_temp.into_lines() returns text language sql return
  'insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents) ';
create function pg_temp.into_headers(p_entry text) returns text language sql return format(
  'insert into finance.journal_entries (tenant_id, id, company_id, entry_date, description) values (%L, %L, %L, %L, %L) ',
  tests.tenant('acme'), tests.entry(p_entry), tests.company('acme'), '2026-03-10', p_entry);
create function pg_temp.begun(p_entry text, p_then text) returns text language sql return
  format('select tests.insert_header(%L, %L);', 'acme', p_entry) || p_then;

-- Inserts, updates and reads under one tenant that name another.

select is(pg_temp.outcome(format('insert into finance.companies (tenant_id, code, name, functional_currency) values (%L, %L, %L, %L)',
  tests.tenant('globex'), 'mine', 'Mine', 'USD')), '42501', 'F1 a row of another tenant is not inserted (42501)');
select is(pg_temp.outcome(format('insert into finance.companies (tenant_id, code, name, functional_currency) values (%L, %L, %L, %L), (%L, %L, %L, %L)',
  tests.tenant('acme'), 'mine', 'Mine', 'USD', tests.tenant('globex'), 'mine', 'Mine', 'USD')), '42501',
  'F1 not among rows of one''s own either (42501)');
select is(pg_temp.outcome($$
  select set_config('app.tenant_id', tests.tenant('globex')::text, true);
  insert into finance.journal_entries (tenant_id, company_id, entry_date, description)
  values (tests.tenant('acme'), tests.company('acme'), date '2026-03-10', 'x')
$$), '42501', 'F1 nor a header of one''s own under another tenant (42501)');
select is(pg_temp.outcome($$update finance.document_metadata set tenant_id = tests.tenant('globex')$$), 'accepted',
  'F2 an update of no row is accepted');
insert into finance.document_metadata (tenant_id, company_id, title, media_type, size_bytes, sha256, storage, storage_key)
values (tests.tenant('acme'), tests.company('acme'), 'Lease', 'application/pdf', 1, sha256('x'), 'disk', 'lease');
select is(pg_temp.outcome($$update finance.document_metadata set tenant_id = tests.tenant('globex')$$), 'IB103',
  'F2 a row does not move to another tenant (IB103)');
select is(pg_temp.outcome($$update finance.companies set tenant_id = tests.tenant('globex')$$), '42501',
  'F2 where the column may be named at all (42501)');
create temp table returned (tenant_id uuid);
with u as (update finance.companies set name = name returning tenant_id) insert into returned select tenant_id from u;
select is((select array_agg(distinct tenant_id) from returned), array[tests.tenant('acme')], 'F4 RETURNING shows rows of one''s own alone');
create function pg_temp.leak(p_value text) returns boolean language plpgsql cost 0.000001 as $$
begin
  perform set_config('tests.leaked', current_setting('tests.leaked') || ' ' || p_value, true);
  return true;
end $$;
select set_config('tests.leaked', '', true);
select count(*) from finance.companies where pg_temp.leak(name);
select is(current_setting('tests.leaked'), ' Acme Ltd', 'E4 a function in a condition sees no row of another tenant, however cheap it says it is');
select set_config('tests.leaked', '', true);
insert into finance.companies (tenant_id, id, code, name, functional_currency)
values (tests.tenant('acme'), tests.company('globex'), 'main', 'Probe', 'USD')
on conflict (tenant_id, code) do update set name = companies.name where pg_temp.leak(companies.name);
select is(current_setting('tests.leaked'), ' Acme Ltd', 'F5 nor does one in ON CONFLICT');
select is(pg_temp.outcome($$
  insert into finance.companies (tenant_id, id, code, name, functional_currency)
  values (tests.tenant('globex'), tests.company('globex'), 'main', 'Probe', 'USD')
  on conflict (tenant_id, id) do update set name = 'taken over'
$$), '42501', 'F5 ON CONFLICT does not update another tenant''s row (42501)');

select is(pg_temp.outcome($$
  merge into finance.companies c using (select tests.company('globex') as id) s on c.id = s.id
  when matched then update set name = 'taken over'
  when not matched then do nothing
$$), 'accepted', 'F7 a MERGE that would update another tenant''s row …');
select is(pg_temp.outcome($$
  merge into finance.companies c using (select tests.company('globex') as id) s on c.id = s.id
  when matched then update set name = 'taken over'
  when not matched then insert (tenant_id, id, code, name, functional_currency)
    values (tests.tenant('globex'), s.id, 'x', 'X', 'USD')
$$), '42501', 'F7 … or insert one is refused (42501)');
select tests.act_as('auditor', 'globex');
select is((select name from finance.companies where id = tests.company('globex')), 'Globex Ltd', 'F7 … and finds nothing to update');
select tests.act_as('clerk', 'acme');

-- Entries by other statements than two plain INSERTs.

select is(pg_temp.outcome(pg_temp.begun('merged', format($$
  merge into finance.journal_lines l using (values %s) as v (tenant_id, entry_id, line_no, account_id, currency, debit, credit)
  on l.tenant_id = v.tenant_id and l.journal_entry_id = v.entry_id and l.line_no = v.line_no
  when not matched then insert (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
    values (v.tenant_id, v.entry_id, v.line_no, v.account_id, v.currency, v.debit, v.credit)
$$, pg_temp.rows('merged', c.credit)))), c.code, format('F7 lines that come by MERGE are proven as well (%s)', c.code))
from (values (5, 'accepted'), (4, 'IB201')) as c (credit, code);
select is(pg_temp.outcome(format($$
  merge into finance.journal_lines l using (values %s) as v (tenant_id, entry_id, line_no, account_id, currency, debit, credit)
  on l.tenant_id = v.tenant_id and l.journal_entry_id = v.entry_id and l.line_no = v.line_no
  when matched then update set debit_cents = 1
$$, pg_temp.rows('first of acme'))), '42501', 'F7 a MERGE does not update posted lines (42501)');
select is(pg_temp.outcome(format($$
  merge into finance.journal_lines l using (values %s) as v (tenant_id, entry_id, line_no, account_id, currency, debit, credit)
  on l.tenant_id = v.tenant_id and l.journal_entry_id = v.entry_id and l.line_no = v.line_no
  when matched then delete
$$, pg_temp.rows('first of acme'))), '42501', 'F7 nor delete them (42501)');
select is(pg_temp.outcome(pg_temp.into_lines() || 'values ' || pg_temp.rows('first of acme')
  || 'on conflict (tenant_id, journal_entry_id, line_no) do update set debit_cents = excluded.debit_cents + 1'), '42501',
  'F5 ON CONFLICT does not update posted lines (42501)');
select is(pg_temp.outcome(pg_temp.into_headers('first of acme') || 'on conflict (tenant_id, id) do update set description = excluded.description'),
  '42501', 'F5 nor a posted header (42501)');
select is(pg_temp.outcome(pg_temp.into_headers('first of acme') || 'on conflict do nothing'), 'accepted', 'F5 it may be skipped …');
select is(pg_temp.outcome(pg_temp.into_headers('first of acme') || 'on conflict do nothing;' || pg_temp.into_lines()
  || replace(replace('values ' || pg_temp.rows('first of acme'), ', 1, ', ', 3, '), ', 2, ', ', 4, ')), 'IB203',
  'F5 … and is no header of this transaction then (IB203)');
select is(pg_temp.outcome(pg_temp.begun('thinned', pg_temp.into_lines() || 'values ' || pg_temp.rows('thinned') || format(', (%L, %L, 2, %L, %L, 0, 9)',
    tests.tenant('acme'), tests.entry('thinned'), tests.account('acme', '4000'), 'USD') || 'on conflict do nothing')), 'accepted',
  'F5 of two lines with one number the first stays, and the entry balances without the second');
select is(pg_temp.outcome(pg_temp.begun('thinned', pg_temp.into_lines() || 'values ' || format('(%L, %L, 1, %L, %L, 9, 0), ',
    tests.tenant('acme'), tests.entry('thinned'), tests.account('acme', '4000'), 'USD') || pg_temp.rows('thinned') || 'on conflict do nothing')), 'IB201',
  'F5 it must balance without it (IB201)');

select is(pg_temp.outcome(format('with l as (%s returning 1), h as (%s returning 1) select count(*) from h, l',
    pg_temp.into_lines() || 'values ' || pg_temp.rows('one statement', c.credit), pg_temp.into_headers('one statement'))), c.code,
  format('F11 lines before their header in one statement are proven at its end (%s)', c.code))
from (values (5, 'accepted'), (4, 'IB201')) as c (credit, code);
select is(pg_temp.outcome(format('with h as (%s returning 1), l as (%s returning 1) select 1', pg_temp.into_headers('one statement'),
    pg_temp.into_lines() || 'values ' || pg_temp.rows('one statement', c.credit))), c.code,
  format('F11 a header before its lines too, though nothing reads what they return (%s)', c.code))
from (values (5, 'accepted'), (4, 'IB201')) as c (credit, code);
select is(pg_temp.outcome(pg_temp.begun('in two', format('with a as (%1$s values %2$s returning 1) %1$s values %3$s', pg_temp.into_lines(),
    split_part(pg_temp.rows('in two'), '), (', 1) || ')', '(' || split_part(pg_temp.rows('in two'), '), (', 2)))), 'accepted',
  'F11 two INSERTs of one statement make one entry together');
select is(pg_temp.outcome(pg_temp.begun('in two', format('with a as (%1$s values %2$s returning 1) %1$s values %3$s', pg_temp.into_lines(),
    split_part(pg_temp.rows('in two', 4), '), (', 1) || ')', '(' || split_part(pg_temp.rows('in two', 4), '), (', 2)))), 'IB201',
  'F11 and are proven together (IB201)');
select is(pg_temp.outcome(pg_temp.begun('in two', format('with a as (%1$s values %2$s returning 1) select 1; %1$s values %3$s', pg_temp.into_lines(),
    split_part(pg_temp.rows('in two'), '), (', 1) || ')', '(' || split_part(pg_temp.rows('in two'), '), (', 2)))), 'IB202',
  'F11 two statements do not (IB202)');
select is(pg_temp.outcome(pg_temp.begun('unread', format('with a as (%s returning 1) select 1 where false',
    pg_temp.into_lines() || 'values ' || pg_temp.rows('unread', 4)))), 'IB201', 'F11 an INSERT that nobody reads is proven (IB201)');
select is(pg_temp.outcome(format($$
  with h as (select id from finance.journal_entries), l as (%s returning 1) select count(*) from h, l
$$, pg_temp.into_lines() || 'values ' || pg_temp.rows('first of globex'))), '23503',
  'F11 reading entries beside writing lines gives no header (23503)');

select is(pg_temp.outcome(pg_temp.begun('explained', 'explain analyze ' || pg_temp.into_lines() || 'values ' || pg_temp.rows('explained', 4))), 'IB201',
  'F11 EXPLAIN ANALYZE proves what it inserts (IB201)');
select is(pg_temp.outcome('explain ' || pg_temp.into_lines() || 'values ' || pg_temp.rows('explained', 4)), 'accepted',
  'F11 EXPLAIN alone inserts nothing');
create view pg_temp.lines as
  select tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents from finance.journal_lines;
create view pg_temp.headers as select tenant_id, id, company_id, entry_date, description from finance.journal_entries;
select is(pg_temp.outcome(pg_temp.begun('through a view', replace(pg_temp.into_lines(), 'finance.journal_lines', 'pg_temp.lines')
    || 'values ' || pg_temp.rows('through a view', c.credit))), c.code,
  format('E2 lines that come through a view of the client''s own are proven (%s)', c.code))
from (values (5, 'accepted'), (4, 'IB201')) as c (credit, code);
select is(pg_temp.outcome(replace(pg_temp.into_headers('through a view'), 'finance.journal_entries', 'pg_temp.headers')), 'IB202',
  'E2 and so are headers (IB202)');

create function pg_temp.half_read(p_entry text) returns void language plpgsql as $$
declare
  r record;
begin
  perform tests.insert_header('acme', p_entry);
  for r in execute pg_temp.into_lines() || 'values ' || pg_temp.rows(p_entry, 4) || ' returning line_no' loop
    exit;
  end loop;
end $$;
select is(pg_temp.outcome($$select pg_temp.half_read('half read')$$), 'IB201', 'F13 a loop that reads half of what was inserted is proven whole (IB201)');
create function pg_temp.lazy() returns setof integer language sql as $$
  select tests.insert_header('acme', 'lazy');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values (tests.tenant('acme'), tests.entry('lazy'), 1, tests.account('acme', '1000'), 'USD', 5, 0),
    (tests.tenant('acme'), tests.entry('lazy'), 2, tests.account('acme', '4000'), 'USD', 0, 4)
  returning line_no
$$;
select is(pg_temp.outcome($$select pg_temp.lazy() limit 1$$), 'IB201', 'F13 so is a function of which one row is taken (IB201)');
select is(pg_temp.outcome($$declare c cursor for $$ || 'with l as (' || pg_temp.into_lines() || 'values ' || pg_temp.rows('c') || ' returning 1) select 1'),
  '0A000', 'F13 a cursor inserts nothing (0A000)');
create function pg_temp.fetch_across_tenants() returns text language plpgsql as $$
declare
  c refcursor;
  code text;
  codes text[] := '{}';
begin
  open c for select tenant_id::text from finance.accounts;
  fetch c into code;
  codes := codes || code;
  perform tests.set_context('clerk', 'globex');
  loop
    fetch c into code;
    exit when not found;
    codes := codes || code;
  end loop;
  return (select string_agg(distinct u, ' ') from unnest(codes) u);
end $$;
select is(pg_temp.fetch_across_tenants(), tests.tenant('acme')::text, 'F13 a cursor that was begun under a tenant never shows another''s rows');
select tests.set_context('clerk', 'acme');
select is(pg_temp.outcome(format('do $do$ begin perform tests.insert_header(%L, %L); %s values %s; end $do$', 'acme', 'done', pg_temp.into_lines(),
    pg_temp.rows('done', 4))), 'IB201', 'F11 a DO block is proven at each of its statements (IB201)');

select set_config('plan_cache_mode', 'force_generic_plan', true);
prepare own_companies as select tenant_id, id from finance.companies order by id;
prepare add_lines (uuid, uuid, uuid, uuid, bigint, bigint) as
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  values ($1, $2, 1, $3, 'USD', $5, 0), ($1, $2, 2, $4, 'USD', 0, $6);
select results_eq('execute own_companies', $$values (tests.tenant('acme'), tests.company('acme'))$$, 'F14 a generic plan shows one''s own rows');
select tests.set_context('clerk', 'globex');
select results_eq('execute own_companies', $$values (tests.tenant('globex'), tests.company('globex'))$$, 'F14 and under another tenant that tenant''s');
select tests.set_context('clerk', null);
select throws_ok('execute own_companies', '42501', 'tenant_id required', 'F14 and under none nothing (42501)');
select is(pg_temp.outcome(pg_temp.begun('prepared', format('execute add_lines (%L, %L, %L, %L, 5, %s)', tests.tenant('acme'), tests.entry('prepared'),
    tests.account('acme', '1000'), tests.account('acme', '4000'), c.credit))), c.code, format('F14 prepared lines are proven at each execution (%s)', c.code))
from (values (5, 'accepted'), (4, 'IB201')) as c (credit, code);
deallocate all;
select tests.set_context('clerk', 'acme');

select is((select count(*) from finance.companies where ctid is not null and tableoid <> 0 and xmin <> '0'), 1::bigint,
  'F16 system columns show one''s own rows alone');
select is((select count(distinct tenant_id) from finance.accounts tablesample system (100)), 1::bigint, 'F16 so does a sample');
select is((select count(*) from finance.companies where ctid = any (array(select format('(0,%s)', n)::tid from generate_series(1, 100) n))), 1::bigint,
  'F16 so does guessing where rows lie');

select is(pg_temp.outcome('truncate ' || name), '42501', format('F10 %s is not truncated (42501)', name))
from unnest(array['finance.companies', 'finance.journal_drafts', 'finance.document_metadata']) as name;

-- COPY FROM a file that is empty: refused before it is read, even to whoever may read files of the server.
select is(pg_temp.outcome('copy finance.journal_lines from ''/dev/null'''), '42501', 'F8 an application copies nothing from files (42501)');
select is(pg_temp.outcome('copy finance.journal_lines from program ''true'''), '42501', 'F8 nor from programs (42501)');
select tests.act_as_superuser();
grant pg_read_server_files to aibos_finance_role;
select tests.act_as('clerk', 'acme');
select is(pg_temp.outcome('copy finance.companies (tenant_id, code, name, functional_currency) from ''/dev/null'''), '0A000',
  'F8 COPY FROM is not open to whom row security binds (0A000)');

select * from finish();
rollback;
