begin;
select plan(25);

-- Each rule is first shown to report what breaks it, then that nothing of ours does.

select is(lint.after('alter table finance.accounts add check (code <> name)',
  $$select problem from lint.misnamed_constraints where object like 'accounts_check%'$$),
  'must be accounts_…_ck', 'the linter sees a check that PostgreSQL had to name');
select is(lint.after('create table finance.lint_bad (id uuid primary key)',
  $$select problem from lint.misnamed_constraints where object = 'lint_bad_pkey on finance.lint_bad'$$),
  'must be lint_bad_…_pk', 'the linter sees a primary key that PostgreSQL had to name');
select is(lint.after('create table finance.lint_bad (code text references config.currencies (code))',
  $$select problem from lint.misnamed_constraints where object = 'lint_bad_code_fkey on finance.lint_bad'$$),
  'must be lint_bad_…_fk', 'the linter sees a foreign key that PostgreSQL had to name');
select is(lint.after('alter table finance.journal_lines_part_1 add check (line_no > 0)',
  $$select string_agg(object || ' ' || problem, ', ') from lint.misnamed_constraints$$),
  'journal_lines_part_1_line_no_check on finance.journal_lines_part_1 must be journal_lines_part_1_…_ck',
  'the linter sees a constraint of a partition''s own');
select is(lint.after('alter table finance.journal_lines add check (line_no > 0)',
  $$select string_agg(object || ' ' || problem, ', ') from lint.misnamed_constraints$$),
  'journal_lines_line_no_check on finance.journal_lines must be journal_lines_…_ck', 'and one of the whole there alone');
select is_empty('select object, problem from lint.misnamed_constraints', 'every constraint is named <table>_<rule>_{pk,fk,uq,ck,ex}');

select is(lint.after('create index on finance.accounts (tenant_id, name)',
  $$select count(*)::text from lint.misnamed_indexes where object like '%accounts_tenant_id_name_idx%'$$),
  '0', 'an index that PostgreSQL names from its columns is named as ours are');
select is(lint.after('create index lint_bad on finance.accounts (tenant_id, name)',
  $$select problem from lint.misnamed_indexes where object like '%lint_bad'$$),
  'must be accounts_…_idx', 'the linter sees an index that does not name its table');
select is(lint.after('create unique index accounts_name_idx on finance.accounts (tenant_id, name)',
  $$select problem from lint.misnamed_indexes where object like '%accounts_name_idx'$$),
  'must be accounts_…_uq', 'the linter sees a unique index that does not say so');
select is_empty('select object, problem from lint.misnamed_indexes', 'every index is named <table>_<columns>_{idx,uq}');

select is(lint.after('create trigger lint_bad before insert on finance.accounts for each row execute function aibos.stamp_change()',
  $$select count(*)::text from lint.misnamed_triggers where object = 'lint_bad on finance.accounts'$$),
  '1', 'the linter sees a trigger whose name does not say when it fires');
select is_empty('select object, problem from lint.misnamed_triggers', 'every trigger is named by when it fires and what it does');

select is(lint.after('alter table finance.accounts add balance_cents double precision',
  $$select problem from lint.wrong_types where object = 'finance.accounts.balance_cents'$$),
  'double precision', 'the linter sees money in a float');
select is(lint.after('alter table finance.accounts add balance_cents numeric(12, 2)',
  $$select problem from lint.wrong_types where object = 'finance.accounts.balance_cents'$$),
  'numeric', 'the linter sees minor units with decimals');
select is(lint.after('alter table finance.accounts add balance_cents numeric',
  $$select problem from lint.wrong_types where object = 'finance.accounts.balance_cents'$$),
  'numeric', 'the linter sees minor units of any number of decimals');
select is(lint.after('alter table finance.accounts add balance_cents integer',
  $$select problem from lint.wrong_types where object = 'finance.accounts.balance_cents'$$),
  'integer', 'the linter sees minor units that would overflow');
select is(lint.after('alter table finance.accounts add share money',
  $$select problem from lint.wrong_types where object = 'finance.accounts.share'$$),
  'money', 'the linter sees the money type, which depends on the locale');
select is(lint.after('alter table finance.accounts add closed_at timestamp',
  $$select problem from lint.wrong_types where object = 'finance.accounts.closed_at'$$),
  'timestamp without time zone', 'the linter sees a time without a zone');
select is(lint.after('alter table finance.accounts add closed_at date',
  $$select problem from lint.wrong_types where object = 'finance.accounts.closed_at'$$),
  'date', 'the linter sees an _at that is not a time');
select is(lint.after('alter table finance.accounts add closed_on timestamptz',
  $$select problem from lint.wrong_types where object = 'finance.accounts.closed_on'$$),
  'timestamp with time zone', 'the linter sees an _on that is not a date');
select is(lint.after('alter table finance.accounts add is_closed text',
  $$select problem from lint.wrong_types where object = 'finance.accounts.is_closed'$$),
  'text', 'the linter sees an is_ that is not a boolean');
select is(lint.after('alter table finance.accounts add parent_account_id bigint',
  $$select problem from lint.wrong_types where object = 'finance.accounts.parent_account_id'$$),
  'bigint', 'the linter sees a reference that is not a uuid');
select is(lint.after('alter table finance.accounts add picture oid',
  $$select problem from lint.wrong_types where object = 'finance.accounts.picture'$$),
  'oid', 'the linter sees a large object, which no tenant policy covers');
-- The migration library writes this column in its own shape.
select is_empty($$select object, problem from lint.wrong_types where object <> 'aibos.pgmigrations.run_on'$$,
  'money is bigint or a whole numeric, times have a zone, nothing is a float');

select cmp_ok(
  (select count(*) from lint.columns c where c.name ~ '_cents$' and c.relkind in ('r', 'p')), '>', 10::bigint,
  'the rule on money has columns of minor units to look at');

select * from finish();
rollback;
