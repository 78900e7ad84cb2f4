begin;
select plan(13);

-- Each kind of object is first shown to be reported without a comment, then that all of ours have one.

select is(lint.after($$comment on schema finance is null$$,
  $$select problem from lint.uncommented where object = 'schema finance'$$),
  'no comment', 'the linter sees a schema without a comment');
select is(lint.after($$comment on table finance.accounts is null$$,
  $$select problem from lint.uncommented where object = 'table finance.accounts'$$),
  'no comment', 'the linter sees a table without a comment');
select is(lint.after($$comment on view finance.v_posted_journals is null$$,
  $$select problem from lint.uncommented where object = 'view finance.v_posted_journals'$$),
  'no comment', 'the linter sees a view without a comment');
select is(lint.after($$comment on column finance.accounts.code is null$$,
  $$select problem from lint.uncommented where object = 'column finance.accounts.code'$$),
  'no comment', 'the linter sees a column without a comment');
select is(lint.after($$comment on column finance.v_posted_journals.status is null$$,
  $$select problem from lint.uncommented where object = 'column finance.v_posted_journals.status'$$),
  'no comment', 'the linter sees a column of a view without a comment');
select is(lint.after($$comment on function aibos.netstring(text) is null$$,
  $$select problem from lint.uncommented where object = 'routine aibos.netstring'$$),
  'no comment', 'the linter sees a function without a comment');
select is(lint.after($$comment on procedure aibos.append_only(regclass) is null$$,
  $$select problem from lint.uncommented where object = 'routine aibos.append_only'$$),
  'no comment', 'the linter sees a procedure without a comment');
select is(lint.after($$comment on type finance.posted_arrays is null$$,
  $$select problem from lint.uncommented where object = 'type finance.posted_arrays'$$),
  'no comment', 'the linter sees a type without a comment');
select is(lint.after($$create policy lint_bad on finance.accounts for select to aibos_guard using (true)$$,
  $$select problem from lint.uncommented where object = 'policy lint_bad on finance.accounts'$$),
  'no comment', 'the linter sees a policy without a comment');
select is(lint.after($$comment on trigger journal_entry_has_lines on finance.journal_entries is null$$,
  $$select problem from lint.uncommented where object = 'constraint trigger journal_entry_has_lines on finance.journal_entries'$$),
  'no comment', 'the linter sees a constraint trigger without a comment');
select is(lint.after($$comment on trigger journal_entry_has_lines on finance.journal_entries is null;
    create constraint trigger lint_bad after insert on finance.journal_entries_part_1 for each row execute function finance.assert_entry_has_lines()$$,
  $$select string_agg(object, ', ' order by object) from lint.uncommented where object like 'constraint trigger %'$$),
  'constraint trigger journal_entry_has_lines on finance.journal_entries, constraint trigger lint_bad on finance.journal_entries_part_1',
  'of a partition it sees one of its own, and what it has from the whole there alone');

select is_empty($$select object from lint.uncommented where object not like 'policy %'$$,
  'every schema, table, view, column, function, type and constraint trigger says what it is');
select is_empty($$select object from lint.uncommented where object like 'policy %'$$,
  'every policy says whom it lets see what');

select * from finish();
rollback;
