-- Names: what stands in a schema of the caller, first in the search_path, or in pg_temp must never be taken for ours. An application
-- has neither schema nor temporary tables by default; here it gets both.
begin;
set local client_min_messages = error;
select plan(45);

create schema evil;
grant all on schema evil to public;
-- What the traps below remember: as whom they ran.
select set_config('tests.ran_as', '', true);
create function evil.remember() returns void language plpgsql set search_path = pg_catalog as $$
begin
  perform set_config('tests.ran_as', current_setting('tests.ran_as') || ' ' || current_user, true);
end $$;

select tests.act_as('clerk', 'acme');

-- Operators that our statements use, and functions by the names that they call.
do $traps$
declare
  t text;
begin
  foreach t in array array['uuid', 'text', 'name', 'bigint', 'integer', 'numeric', 'date', 'xid8', 'bytea', 'boolean']
  loop
    execute format($f$
      create function evil.true_of(%1$s, %1$s) returns boolean language plpgsql as $b$ begin perform evil.remember(); return true; end $b$;
      create operator evil.= (leftarg = %1$s, rightarg = %1$s, function = evil.true_of);
      create operator evil.<> (leftarg = %1$s, rightarg = %1$s, function = evil.true_of);
      create operator evil.<= (leftarg = %1$s, rightarg = %1$s, function = evil.true_of);
    $f$, t);
  end loop;
  foreach t in array array['numeric', 'bigint']
  loop
    execute format($f$
      create function evil.zero_of(%1$s, %1$s) returns %1$s language plpgsql as $b$ begin perform evil.remember(); return 0; end $b$;
      create operator evil.- (leftarg = %1$s, rightarg = %1$s, function = evil.zero_of);
      create aggregate evil.sum(%1$s) (sfunc = evil.zero_of, stype = %1$s, initcond = '0');
      create aggregate evil.min(%1$s) (sfunc = evil.zero_of, stype = %1$s, initcond = '0');
      create aggregate evil.max(%1$s) (sfunc = evil.zero_of, stype = %1$s, initcond = '0');
    $f$, t);
  end loop;
end
$traps$;
create function evil.same_text(text, text) returns text language plpgsql as $$ begin perform evil.remember(); return 'x'; end $$;
create operator evil.|| (leftarg = text, rightarg = text, function = evil.same_text);
create function evil.now() returns timestamptz language plpgsql as $$ begin perform evil.remember(); return '2020-01-01'; end $$;
create function evil.clock_timestamp() returns timestamptz language plpgsql as $$ begin perform evil.remember(); return '2020-01-01'; end $$;
create function evil.pg_current_xact_id() returns xid8 language plpgsql as $$ begin perform evil.remember(); return '3'; end $$;
create function evil.current_setting(text, boolean) returns text language plpgsql as $$ begin perform evil.remember(); return tests.tenant('globex')::text; end $$;
create function evil.sha256(bytea) returns bytea language plpgsql as $$ begin perform evil.remember(); return ''; end $$;
create function evil.octet_length(text) returns integer language plpgsql as $$ begin perform evil.remember(); return 0; end $$;
create function evil.convert_to(text, name) returns bytea language plpgsql as $$ begin perform evil.remember(); return ''; end $$;
create function evil.to_char(timestamp, text) returns text language plpgsql as $$ begin perform evil.remember(); return ''; end $$;
create function evil.nullif(text, text) returns text language plpgsql as $$ begin perform evil.remember(); return ''; end $$;
create function evil.to_jsonb(anyelement) returns jsonb language plpgsql as $$ begin perform evil.remember(); return '{}'; end $$;
-- Tables by the names of ours and of the transition tables: without a row, or with rows that would please a guard.
create temp table new_lines (tenant_id uuid, journal_entry_id uuid, line_no integer, account_id uuid, currency text, debit_cents bigint, credit_cents bigint, memo text);
create temp table old_rows (tenant_id uuid, id uuid);
create temp table new_rows (tenant_id uuid, id uuid);
create temp table journal_lines as select * from finance.journal_lines;
create temp table journal_entries as select * from finance.journal_entries;
create temp table accounts as select * from finance.accounts;
create temp table fiscal_periods as select id, company_id, name, starts_on, ends_on, 'open'::text as status from finance.fiscal_periods;
create temp table tenant_registry as select tests.tenant('globex') as tenant_id, 'active'::text as status;
create temp table currencies as select 'QQQ'::text as code, 2::smallint as exponent, true as is_active;
create temp view pg_class as select 1 as oid;
create temp view pg_trigger as select 1 as oid;
create table evil.journal_lines as select * from finance.journal_lines;
create table evil.journal_entries as select * from finance.journal_entries;
create table evil.audit_events (tenant_id uuid, id uuid);
create domain evil.uuid as text;
create domain evil.text as integer;
create domain pg_temp.record as integer;
create domain pg_temp.posted_arrays as integer;
grant all on all tables in schema evil to public;

-- What becomes of a statement sent with the traps first in the path, or pg_temp; it is undone, but who was caught is remembered.
create function pg_temp.outcome(p_sql text) returns text language plpgsql as $$
declare
  ran_as pg_catalog.text;
  answer pg_catalog.text;
begin
  begin
    execute p_sql;
    set constraints all immediate;
    answer := 'accepted';
    ran_as := pg_catalog.current_setting('tests.ran_as');
    raise exception using errcode = 'UNDO1';
  exception
    when sqlstate 'UNDO1' then
      null;
    when others then
      answer := sqlstate;
  end;
  perform pg_catalog.set_config('tests.ran_as', pg_catalog.concat(pg_catalog.current_setting('tests.ran_as'), ran_as), true);
  return answer;
end $$;
create function pg_temp.with_evil_first(p_sql text) returns text language plpgsql set search_path = evil, pg_temp, pg_catalog, public
  as $$ begin return pg_temp.outcome(p_sql); end $$;
create function pg_temp.with_temp_first(p_sql text) returns text language plpgsql set search_path = pg_temp, evil, pg_catalog, public
  as $$ begin return pg_temp.outcome(p_sql); end $$;

select is(pg_temp.with_evil_first($$select count(*) from pg_catalog.pg_database where datname = current_database()$$), 'accepted',
  'a statement that uses a shadowed operator …');
select matches(current_setting('tests.ran_as'), 'aibos_finance_role', '… is caught by the trap, as who sent it');
select is(pg_temp.with_temp_first('select tenant_id from tenant_registry where true'), 'accepted', 'a table of pg_temp is found first');
select set_config('tests.ran_as', '', true);

create temp table attempts (what text, code text, sql text);
grant select on attempts to public;
insert into attempts values
  ('a balanced entry by direct SQL', 'accepted', $$select tests.insert_header('acme', 'direct'), tests.insert_lines('acme', 'direct', 5, -5)$$),
  ('an unbalanced one', 'IB201', $$select tests.insert_header('acme', 'direct'), tests.insert_lines('acme', 'direct', 5, -4)$$),
  ('an entry without lines', 'IB202', $$select tests.insert_header('acme', 'direct')$$),
  ('lines for a posted entry', 'IB203', $$insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
    values (tests.tenant('acme'), tests.entry('first of acme'), 3, tests.account('acme', '1000'), 'USD', 5, 0),
      (tests.tenant('acme'), tests.entry('first of acme'), 4, tests.account('acme', '4000'), 'USD', 0, 5)$$),
  ('a header in a closed period', 'IB802', $$select tests.insert_header('acme', 'closed', pg_catalog.make_date(2026, 1, 10))$$),
  ('a header of another tenant', '42501', $$select tests.insert_header('globex', 'foreign')$$),
  ('an entry by the function', 'accepted', $$select finance.post_journal(tests.company('acme'), pg_catalog.make_date(2026, 3, 10), 'x',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD'])$$),
  ('an unbalanced one by the function', 'IB201', $$select finance.post_journal(tests.company('acme'), pg_catalog.make_date(2026, 3, 10), 'x',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 4], array['USD', 'USD'])$$),
  ('a currency that only pg_temp knows', 'IB206', $$select finance.post_journal(tests.company('acme'), pg_catalog.make_date(2026, 3, 10), 'x',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['QQQ', 'QQQ'])$$),
  ('an array of entries', 'accepted', $$select finance.post_journals(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
    'company_id', tests.company('acme'), 'entry_date', '2026-03-10', 'description', 'x', 'idempotency_key', 'k', 'lines', pg_catalog.jsonb_build_array(
      pg_catalog.jsonb_build_object('account_id', tests.account('acme', '1000'), 'currency', 'USD', 'debit_cents', 5),
      pg_catalog.jsonb_build_object('account_id', tests.account('acme', '4000'), 'currency', 'USD', 'credit_cents', 5)))))$$),
  ('an array with an unknown field', 'IB210', $$select finance.post_journals(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('x', 1)))$$),
  ('a reversal', 'accepted', $$select finance.reverse_journal(tests.entry('first of acme'), pg_catalog.make_date(2026, 3, 10), 'x')$$),
  ('a change to a tracked table', 'accepted', $$insert into finance.companies (tenant_id, code, name, functional_currency)
    values (tests.tenant('acme'), 'x', 'X', 'USD'); update finance.companies set name = 'Y' where code operator(pg_catalog.=) 'x'$$),
  ('a change to a posted line', '42501', $$update finance.journal_lines set memo = 'x'$$),
  ('a year of periods', 'accepted', $$select finance.open_fiscal_year(tests.company('acme'), pg_catalog.make_date(2027, 1, 1))$$);

select is(pg_temp.with_evil_first(sql), code, format('E8 traps first in the path change nothing: %s (%s)', what, code)) from attempts;
select is(pg_temp.with_temp_first(sql), code, format('E7 nor do tables in pg_temp: %s (%s)', what, code)) from attempts;
select unalike(current_setting('tests.ran_as'), '%aibos_%guard%', 'E8 no trap ran as the guard')
union all
select unalike(current_setting('tests.ran_as'), '%aibos_poster%', 'E8 nor as the poster')
union all
select unalike(current_setting('tests.ran_as'), '%aibos_owner%', 'E8 nor as the owner');

-- What is posted with the traps in place has the right leaf.
create function pg_temp.post_under_traps() returns void language plpgsql set search_path = evil, pg_temp, pg_catalog, public as $$
begin
  perform tests.insert_header('acme', 'trapped');
  perform tests.insert_lines('acme', 'trapped', 5, -5);
  perform finance.reverse_journal(tests.entry('trapped'), pg_catalog.make_date(2026, 3, 10), 'x');
end $$;
select pg_temp.post_under_traps();
select tests.act_as('auditor', 'acme');
select is((select count(*) from finance.v_journal_leaf_check where status = 'PASS'), 3::bigint,
  'E8 an entry posted with the traps in place has the leaf of its content');
select tests.act_as('clerk', 'acme');

-- Values whose types and functions are the client's own run its code before ours begins, as the client.
create function evil.post_aside() returns boolean language plpgsql as $$
begin
  perform evil.remember();
  perform finance.post_journal(tests.company('acme'), date '2026-03-10', 'aside',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[1, 0], array[0, 1], array['USD', 'USD']);
  return true;
end $$;
create domain evil.amount as bigint check (evil.post_aside());
create domain evil.words as pg_catalog.text check (evil.post_aside());
select set_config('tests.ran_as', '', true);
select lives_ok($$
  select finance.post_journal(tests.company('acme'), date '2026-03-10', 'of a domain'::evil.words,
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5::evil.amount, 0::evil.amount]::bigint[], array[0, 5], array['USD', 'USD'])
$$, 'E10 arguments of domains whose checks post entries are accepted');
select is((select count(*) from finance.journal_entries where description = 'of a domain'), 1::bigint, '… once');
select lives_ok($$
  select tests.insert_header('acme', 'of a domain, direct');
  insert into finance.journal_lines (tenant_id, journal_entry_id, line_no, account_id, currency, debit_cents, credit_cents)
  select tests.tenant('acme'), tests.entry('of a domain, direct'), v.n, tests.account('acme', v.account), 'USD', v.debit::evil.amount, v.credit::evil.amount
  from (values (1, '1000', 5, 0), (2, '4000', 0, 5)) as v (n, account, debit, credit)
$$, 'E10 so are lines');
select is((select string_agg(distinct r, ' ') from regexp_split_to_table(btrim(current_setting('tests.ran_as')), ' ') r), 'aibos_finance_role',
  'E10 and the checks run as the client');
create function evil.company_while_switching() returns uuid language plpgsql as $$
begin
  perform tests.set_context('clerk', 'globex');
  return tests.company('acme');
end $$;
select throws_ok($$
  select finance.post_journal(evil.company_while_switching(), date '2026-03-10', 'switched',
    array[tests.account('acme', '1000'), tests.account('acme', '4000')], array[5, 0], array[0, 5], array['USD', 'USD'])
$$, 'IB205', null, 'E11 an argument that switches the tenant posts nothing across tenants (IB205)');
select tests.set_context('clerk', 'acme');

prepare of_the_clerk as select count(*) from finance.journal_entries;
select lives_ok('execute of_the_clerk', 'E16 a statement is prepared and executed by a clerk');
set local role aibos_config_role;
select throws_ok('execute of_the_clerk', '42501', null, 'E16 executed by another role it has that role''s rights (42501)');
deallocate all;

select tests.act_as('clerk', 'acme');
select is_empty($$select journal_entry_id, detail from finance.v_journal_integrity where status <> 'PASS'$$,
  'every entry proves whole, balanced and recorded afterwards');

select * from finish();
rollback;
