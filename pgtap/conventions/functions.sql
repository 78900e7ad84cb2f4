begin;
select plan(24);

-- Each rule is first shown to report a function that breaks it, then that none of ours does.

select is(lint.after(
  $$create function finance.lint_bad() returns int language plpgsql as 'begin return 1; end'$$,
  $$select problem from lint.unpinned_functions where object = 'finance.lint_bad'$$),
  'search_path is not pinned', 'the linter sees a function without a pinned search_path');
select is(lint.after(
  $$create function finance.lint_bad() returns int language plpgsql security definer set search_path = finance, pg_catalog as 'begin return 1; end'$$,
  $$select problem from lint.unpinned_functions where object = 'finance.lint_bad'$$),
  'search_path is finance, pg_catalog', 'the linter sees a search_path that does not end in pg_temp');
select is(lint.after(
  $$create function finance.lint_bad() returns int language sql security definer return 1$$,
  $$select problem from lint.unpinned_functions where object = 'finance.lint_bad'$$),
  'search_path is not pinned', 'the linter sees a definer function with a parsed body and no pinned search_path');
select is_empty('select object, problem from lint.unpinned_functions',
  'every function pins its search_path to pg_catalog, with pg_temp last');

select is(lint.after(
  $$create function finance.lint_bad() returns int language sql security definer return 1;
    grant execute on function finance.lint_bad() to public$$,
  $$select problem from lint.public_functions where object = 'finance.lint_bad'$$),
  'PUBLIC may execute it', 'the linter sees a function that PUBLIC may execute');
select is_empty('select object, problem from lint.public_functions', 'PUBLIC may execute no function, definer or not');

select is(lint.after(
  $$alter function finance.open_fiscal_year(uuid, date) owner to aibos_guard$$,
  $$select problem from lint.misowned_functions where object = 'finance.open_fiscal_year'$$),
  'owned by aibos_guard', 'the linter sees an invoker function that a guard owns');
select is(lint.after(
  $$alter function aibos.record_change() owner to aibos_migration$$,
  $$select problem from lint.misowned_functions where object = 'aibos.record_change'$$),
  'owned by aibos_migration', 'the linter sees a definer function of the wrong owner');
select is_empty('select object, problem from lint.misowned_functions',
  'functions belong to aibos_owner, definer functions to it, aibos_guard or aibos_poster');

select is(lint.after(
  $$create function finance.open_fiscal_year(text) returns int language sql return 1$$,
  $$select problem from lint.overloads where object = 'finance.open_fiscal_year'$$),
  '2 routines of that name', 'the linter sees two functions of one name');
select is_empty('select object, problem from lint.overloads', 'no two functions of a schema share a name');

select is(lint.after(
  $$alter function finance.assert_lines_balanced() stable$$,
  $$select problem from lint.unstable_triggers where object = 'finance.assert_lines_balanced'$$),
  'a trigger function that is not volatile', 'the linter sees a guard that was marked stable');
select is_empty('select object, problem from lint.unstable_triggers', 'every trigger function is volatile');

select is(lint.after(
  $$alter function aibos.netstring(text) leakproof$$,
  $$select problem from lint.leakproof_functions where object = 'aibos.netstring'$$),
  'leakproof', 'the linter sees a leakproof function');
select is_empty('select object, problem from lint.leakproof_functions', 'no function claims to be leakproof');

select is(lint.after(
  $$create function finance.lint_bad(cstring) returns int language internal strict as 'boolin'$$,
  $$select problem from lint.foreign_languages where object = 'finance.lint_bad'$$),
  'written in internal', 'the linter sees a function of another language');
select is_empty('select object, problem from lint.foreign_languages', 'every function is written in SQL or PL/pgSQL');

select is(lint.after(
  $$create function finance.lint_bad() returns int language plpgsql as 'begin return 1; exception when Others then return 2; end'$$,
  $$select problem from lint.swallowed_errors where object = 'finance.lint_bad'$$),
  'exception when others', 'the linter sees a handler of every error');
select is_empty('select object, problem from lint.swallowed_errors', 'no function catches every error');

select is(lint.after(
  $$create function finance.lint_bad() returns bigint language sql as 'select a.* from finance.accounts a; select count(*) from finance.accounts'$$,
  $$select problem from lint.stars where object = 'finance.lint_bad'$$),
  'select *', 'the linter sees a star in stored code');
select is_empty('select object, problem from lint.stars', 'stored code names the columns it reads');

select is(lint.after(
  $$create function finance.lint_bad(p text) returns void language plpgsql as 'begin execute ''select '' || p; execute p; end'$$,
  $$select problem from lint.loose_dynamic_sql where object = 'finance.lint_bad'$$),
  'executes a text that is neither a literal nor made by format()', 'the linter sees dynamic SQL made of loose text');
-- The policy generator puts together verbs made by format() and predicates of its own; its callers are table owners.
select is_empty($$select object, problem from lint.loose_dynamic_sql where object <> 'aibos._set_policy'$$,
  'dynamic SQL is a literal or made by format()');
select is(
  (select r.is_definer from lint.routines r where r.full_name = 'aibos._set_policy'), false,
  'the one exception runs with the rights of its caller alone');

select * from finish();
rollback;
